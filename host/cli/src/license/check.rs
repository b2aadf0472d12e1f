//! `license check`: the verdict on a licence, the reason, and the next step.

use std::path::{Path, PathBuf};

use hwlicense::license::{Contact, Context, License, Match, Reason, Report, check, refuse};
use hwlicense::signed::{Bundle, Ed25519, Envelope, Kind, Label, PublicKey, Trust, Verified, VerifyError};
use hwlicense::time::{Clock, UnixSeconds};
use serde_json::{Value, json};

use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::keyfile;
use crate::machine::{MachineArgs, Subject};
use crate::output::{Fact, Output, fact_table, object_of, table};
use crate::payloads;
use crate::sealing;

/// Check a licence on this machine, and say why
///
/// Exit code 0 if it may be used, 1 if not, 3 if the hardware that it is bound to cannot be read.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense license check camera.hwl --trust vendor.pub\n  hwlicense license check camera.pem --trust vendor.pub \\\n      --revocations revoked.hwl --enrollment machine.enrollment --json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The licence, binary or armoured; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A root's public key
    #[arg(long, value_name = "PUB", required = true)]
    trust: Vec<PathBuf>,
    /// More roots' public keys; as good as another --trust
    #[arg(value_name = "PUB")]
    more_trust: Vec<PathBuf>,
    #[command(flatten)]
    withdrawn: WithdrawnArgs,
    /// Check as if it were this time, to try things out
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<UnixSeconds>,
    /// Brand of the product; any if nothing is said
    #[arg(long)]
    brand: Option<String>,
    #[command(flatten)]
    machine: MachineArgs,
}

/// What was signed after the roots' public keys were handed out.
#[derive(Debug, clap::Args)]
pub(crate) struct WithdrawnArgs {
    /// A revocation list; again for each
    #[arg(long, value_name = "FILE")]
    revocations: Vec<PathBuf>,
    /// A root change; again for each, in the order in which they were made
    #[arg(long, value_name = "FILE")]
    root_changes: Vec<PathBuf>,
}

/// The files that trust is made of, read.
pub(crate) struct TrustFiles {
    roots: Vec<PublicKey>,
    changes: Vec<Source>,
    lists: Vec<Source>,
}

impl TrustFiles {
    pub(crate) fn read<'p>(
        roots: impl Iterator<Item = &'p PathBuf>,
        withdrawn: &WithdrawnArgs,
    ) -> Result<Self, Failure> {
        Ok(Self {
            roots: roots.map(|path| keyfile::read_public(path)).collect::<Result<_, _>>()?,
            changes: sources(&withdrawn.root_changes)?,
            lists: sources(&withdrawn.revocations)?,
        })
    }

    pub(crate) fn trust(&self) -> Result<Trust<'_, Ed25519>, Failure> {
        trust(&self.roots, &self.changes, &self.lists)
    }
}

/// A signed file and where it came from.
struct Source {
    path: PathBuf,
    bytes: Vec<u8>,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let trusted = TrustFiles::read(args.trust.iter().chain(&args.more_trust), &args.withdrawn)?;
    let trust = trusted.trust()?;
    let subject = args.machine.subject()?;
    let licence = sealing::read(&args.file)?;
    let clock = Clock::new(Some(args.now.unwrap_or_else(clock::now)), trust.latest_signed());
    let question = Question { trust: &trust, subject: &subject, brand: args.brand.as_deref(), clock };
    let judged = question.judge(licence.as_deref().map_err(|error| *error))?;
    judged.print(output)?;
    Ok(judged.exit())
}

fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    paths.iter().map(|path| Ok(Source { path: path.clone(), bytes: sealing::read_sound(path)? })).collect()
}

/// Trust in these roots, with what changed since. A file that cannot be believed ends the check:
/// going on without a revocation list would be the wrong kind of yes.
fn trust<'a>(roots: &[PublicKey], changes: &'a [Source], lists: &'a [Source]) -> Result<Trust<'a, Ed25519>, Failure> {
    let mut trust = Trust::new(Ed25519, roots).map_err(|error| {
        Failure::usage(error.code(), "these roots cannot be used together", "Name each root once, and at most four.")
    })?;
    // Root changes in the order given; of the rest certificates first and then lists, each from the
    // oldest to the newest, so that neither the order of the files nor that inside them matters.
    admit(&mut trust, &found(changes, Kind::RootChange, Needed::InEach)?)?;
    for (kind, needed) in [(Kind::Certificate, Needed::No), (Kind::RevocationList, Needed::InEach)] {
        let mut envelopes = found(lists, kind, needed)?;
        envelopes.sort_by_key(|(_, envelope)| (envelope.header().epoch, envelope.header().sequence));
        admit(&mut trust, &envelopes)?;
    }
    Ok(trust)
}

/// Whether each file must hold an envelope of the kind that is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    InEach,
    No,
}

fn found<'a>(sources: &'a [Source], kind: Kind, needed: Needed) -> Result<Vec<(&'a Source, Envelope<'a>)>, Failure> {
    let mut envelopes = Vec::new();
    for source in sources {
        let bundle = Bundle::parse(&source.bytes).map_err(|error| not_believed(source, error))?;
        let before = envelopes.len();
        let of_kind = bundle.envelopes().filter(|envelope| envelope.header().kind == kind);
        envelopes.extend(of_kind.map(|envelope| (source, envelope)));
        if needed == Needed::InEach && envelopes.len() == before {
            return Err(not_believed(source, VerifyError::WrongKind));
        }
    }
    Ok(envelopes)
}

fn admit<'a>(trust: &mut Trust<'a, Ed25519>, envelopes: &[(&Source, Envelope<'a>)]) -> Result<(), Failure> {
    envelopes.iter().try_for_each(|(source, envelope)| {
        trust.admit(envelope).map(|_| ()).map_err(|error| not_believed(source, error))
    })
}

fn not_believed(source: &Source, error: VerifyError) -> Failure {
    Failure::usage(
        error.code(),
        format!("{} is not believed: {error}", source.path.display()),
        "Check that it is the right file, whole, and that --trust names its root.",
    )
}

/// What a licence is checked against.
pub(crate) struct Question<'q, 'a> {
    pub(crate) trust: &'q Trust<'a, Ed25519>,
    pub(crate) subject: &'q Subject,
    pub(crate) brand: Option<&'q str>,
    pub(crate) clock: Clock,
}

impl<'a> Question<'_, 'a> {
    /// The verdict on the binary form of a licence file, or on one that could not be read.
    pub(crate) fn judge(&self, licence: Result<&'a [u8], VerifyError>) -> Result<Judged, Failure> {
        let verified = licence.and_then(|bytes| {
            let bundle = Bundle::parse(bytes)?;
            self.trust.verify_bundle::<License<'a>>(&bundle)
        });
        self.subject.with_machine(|machine| {
            let report = match &verified {
                Err(error) => refuse(*error),
                Ok(license) => {
                    let context = Context {
                        identity: machine.identity(),
                        brand: self.brand.map(Label::from),
                        clock: self.clock,
                        contact: Contact::None,
                    };
                    check(license, &context)
                }
            };
            Judged {
                report,
                hwid: machine.hwid().ok().map(|hwid| hwid.to_string()),
                evidence: payloads::evidence(machine.identity().evidence()),
                license: verified.as_ref().map_or_else(|_| Vec::new(), |license| verified_facts(license)),
                checked_at: self.clock.moment(UnixSeconds(0)).now,
            }
        })
    }
}

/// What a verified licence grants, in short.
fn verified_facts(license: &Verified<'_, License<'_>>) -> Vec<Fact> {
    const SHOWN: [&str; 9] =
        ["license_key", "brand", "class", "count", "holder", "features", "hwid", "binding", "expires"];
    payloads::license(&license.claims()).into_iter().filter(|(name, _)| SHOWN.contains(name)).collect()
}

/// A licence, judged.
pub(crate) struct Judged {
    pub(crate) report: Report,
    hwid: Option<String>,
    evidence: Value,
    license: Vec<Fact>,
    pub(crate) checked_at: UnixSeconds,
}

impl Judged {
    /// Whether the licence may be used: what unlocks is the verdict, not the reason.
    pub(crate) fn is_granted(&self) -> bool {
        self.report.verdict.grant().is_some()
    }

    fn exit(&self) -> Exit {
        match self.report.reason {
            _ if self.is_granted() => Exit::Done,
            Reason::HardwareNotReadable => Exit::Rights,
            _ => Exit::No,
        }
    }

    /// The verdict and everything that explains it.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let report = &self.report;
        let components: Value = report
            .components
            .all()
            .iter()
            .map(|(component, found)| (component.name().to_owned(), json!(found.map(match_name))))
            .collect();
        let unreadable: Vec<&str> = report.unreadable.iter().map(hwlicense::hwid::FieldName::name).collect();
        vec![
            ("verdict", json!(if self.is_granted() { "yes" } else { "no" })),
            ("code", json!(report.reason.code())),
            ("reason_number", json!(report.reason.number())),
            ("reason", json!(report.reason.message())),
            ("cause", json!(report.cause.map(VerifyError::code))),
            ("next_step", json!(report.next_step())),
            ("components", components),
            ("unreadable", json!(unreadable)),
            ("evidence_missing", payloads::evidence(report.evidence_missing)),
            ("evidence_not_accepted", payloads::evidence(report.evidence_unwanted)),
            ("expires", clock::value(report.expires)),
            ("checked_at", clock::value(Some(self.checked_at))),
            ("machine_hwid", json!(self.hwid)),
            ("machine_evidence", self.evidence.clone()),
        ]
    }

    /// As `--json` shows it.
    pub(crate) fn object(&self) -> Value {
        let mut facts = self.facts();
        let license = if self.license.is_empty() { Value::Null } else { object_of(&self.license) };
        facts.push(("license", license));
        object_of(&facts)
    }

    pub(crate) fn print(&self, output: Output) -> Result<(), Failure> {
        if output.json {
            return output.object("check", self.object());
        }
        let facts = self.facts();
        let skipped = ["components", "reason_number"];
        let shown: Vec<Fact> = facts
            .into_iter()
            .filter(|(name, value)| !skipped.contains(name) && !value.is_null() && *value != json!([]))
            .collect();
        output.line(&fact_table(&shown))?;
        if let Some(components) = self.component_table() {
            output.line(&format!("\n{components}"))?;
        }
        if !self.license.is_empty() {
            output.line(&format!("\nlicence (verified)\n{}", fact_table(&self.license)))?;
        }
        Ok(())
    }

    /// What became of each component; nothing for a strict licence, which knows none.
    pub(crate) fn component_table(&self) -> Option<String> {
        let bound: Vec<Vec<String>> = self
            .report
            .components
            .all()
            .iter()
            .filter_map(|(component, found)| Some(vec![format!("  {component}"), match_name((*found)?).to_owned()]))
            .collect();
        (!bound.is_empty()).then(|| table(Some(&["  component", "against the licence"]), bound.into_iter()))
    }
}

fn match_name(found: Match) -> &'static str {
    match found {
        Match::Matches => "matches",
        Match::Differs => "differs",
        Match::NotReadable => "not-readable",
        Match::NotUnique => "not-unique",
    }
}

/// Trust in a single root, for those who have just made it.
pub(crate) fn trust_in(root: &Path) -> Result<Trust<'static, Ed25519>, Failure> {
    trust(&[keyfile::read_public(root)?], &[], &[])
}
