//! `license issue`: signs a licence for one machine.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use hwlicense::hwid::{Enrollment, Evidence, Hwid};
use hwlicense::license::{Binding, BoundDigests, EvidencePolicy, License, LicenseKey, Tolerance, Weights};
use hwlicense::signed::{Certificate, Claim, Envelope, Kind, Payload as _};
use serde_json::json;

use super::log::{self, Issued, Log};
use super::terms::{Subject, Terms};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::machine;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::payloads;
use crate::random;
use crate::sealing::{self, Form};

/// Issue a licence for one machine
///
/// Bound to an enrolment it is tolerant: a NIC, the processor or the memory may change (--strict
/// for none of that). Bound to a bare Hardware ID it is strict. Every licence is written to the
/// issuing log, on the disk, before its own file appears.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense license issue --key desk.key --certificate desk.cert \\\n      --brand acme --class professional --count 16 \\\n      --enrollment machine.enrollment --out camera.hwl\n  hwlicense license issue --key desk.key --certificate desk.cert \\\n      --terms terms.json --hwid 03ab5c00112233445566778899aabbccdd \\\n      --out camera.pem --armor",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The issuer's private key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The issuer's certificate; it goes into the licence file
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Terms as a JSON object; its fields have the names of the flags, with _ for -
    #[arg(long = "terms", value_name = "FILE")]
    terms_file: Option<PathBuf>,
    /// The machine's Hardware ID
    #[arg(long, required_unless_present = "enrollment", conflicts_with = "enrollment")]
    hwid: Option<Hwid>,
    /// The machine's enrolment
    #[arg(long, value_name = "FILE")]
    enrollment: Option<PathBuf>,
    /// Bind to exactly the Hardware ID, also from an enrolment
    #[arg(long)]
    strict: bool,
    /// Where to write the licence
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Write it as text, for e-mail
    #[arg(long)]
    armor: bool,
    /// The issuing log; issued.jsonl beside the key if nothing is said
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Show what would be issued; write nothing, not even to the log
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten, next_help_heading = "Terms")]
    terms: Terms,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    if let Some(out) = args.out.as_deref().filter(|_| !args.dry_run) {
        files::check_free(out, existing)?;
    }
    let file_terms = args.terms_file.as_deref().map(Terms::read).transpose()?.unwrap_or_default();
    let terms = args.terms.clone().over(file_terms);
    let key = keyfile::read_private(&args.key, &args.passphrase)?;
    let public = keyfile::public_of(&key);
    let certificate = args.certificate.as_deref().map(|path| sealing::certificate_for(path, &public)).transpose()?;
    let issued = clock::now();
    let mut digests = None;
    let binding = binding(args, terms.evidence()?, &mut digests)?;
    let subject = Subject { key: license_key(&terms)?, binding, issued };
    let license = terms.license(subject)?;
    match &certificate {
        Some(certificate) => check_allowed(certificate, Kind::License, &license.claim())?,
        None => output.note("no --certificate: the licence is good only where its issuer is known already"),
    }
    let issuer = public.id().to_string();
    let log_path = args.log.clone().unwrap_or_else(|| log::path_for(&args.key));
    if args.dry_run {
        // Signing it as well finds what does not fit.
        sealing::sign(&key, 0, 0, &license)?;
        output.facts("license", "would issue", &payloads::license(&license))?;
        return Ok(Exit::Done);
    }
    let Some(out) = args.out.as_deref() else {
        return Err(Failure::internal("no-out", "--out is missing"));
    };
    let mut log = Log::open(&log_path, output)?;
    log.check_unused(license.key, args.force, &log_path)?;
    let sequence = log.next_sequence(&issuer);
    let file = signed_file(&key, sequence, &license, certificate.as_deref(), Form::of(args.armor))?;
    log.append(&Issued::license(&license, &issuer, sequence), out)?;
    files::write(out, &file, Mode::Public, existing)?;
    let mut facts = payloads::license(&license);
    facts.push(("file", json!(out.display().to_string())));
    facts.push(("log", json!(log_path.display().to_string())));
    output.facts("license", "issued", &facts)?;
    Ok(Exit::Done)
}

/// A licence in its file, with the certificate of its issuer.
pub(crate) fn signed_file(
    key: &SigningKey,
    sequence: u64,
    license: &License<'_>,
    certificate: Option<&[u8]>,
    form: Form,
) -> Result<Vec<u8>, Failure> {
    let envelope = sealing::sign(key, 0, sequence, license)?;
    let chain: Vec<&[u8]> = [Some(envelope.as_slice()), certificate].into_iter().flatten().collect();
    sealing::bundle(&chain, form)
}

pub(crate) fn license_key(terms: &Terms) -> Result<LicenseKey, Failure> {
    terms.key()?.map_or_else(new_license_key, Ok)
}

/// A licence key that nobody else has.
pub(crate) fn new_license_key() -> Result<LicenseKey, Failure> {
    Ok(LicenseKey::from_random(random::bytes()?))
}

fn binding<'d>(
    args: &Args,
    policy: EvidencePolicy,
    digests: &'d mut Option<BoundDigests>,
) -> Result<Binding<'d>, Failure> {
    let Some(path) = args.enrollment.as_deref() else {
        let hwid = args.hwid.ok_or_else(|| Failure::internal("no-hwid", "--hwid is missing"))?;
        return Ok(Binding::Strict(hwid));
    };
    let enrollment = machine::read_enrollment(path)?;
    check_evidence(&enrollment, path, policy)?;
    if args.strict {
        return Ok(Binding::Strict(enrollment.hwid()));
    }
    tolerant(&enrollment, digests.insert(BoundDigests::of(&enrollment)))
}

/// The tolerant binding of an enrolment, with the weights of the core.
pub(crate) fn tolerant<'d>(enrollment: &Enrollment, digests: &'d BoundDigests) -> Result<Binding<'d>, Failure> {
    Tolerance::of(enrollment, digests, Weights::default()).map(Binding::Tolerant).map_err(|error| {
        Failure::no("not-unique", error, "Enrol the machine with an identity of its own, or use --strict.")
    })
}

/// A licence that its own machine could never use is not issued.
fn check_evidence(enrollment: &Enrollment, path: &Path, policy: EvidencePolicy) -> Result<(), Failure> {
    let (missing, unwanted) = policy.objections(enrollment.evidence());
    if missing.is_empty() && unwanted.is_empty() {
        return Ok(());
    }
    let next_step = if unwanted.contains(Evidence::Generated) {
        "If an identity that can be copied will do, say --accept-evidence generated; else enrol real hardware."
    } else {
        "Change the terms (--require-evidence, --refuse-evidence), or enrol a machine that meets them."
    };
    Err(Failure::no(
        "evidence-too-weak",
        format!(
            "the machine enrolled in {} could not use this licence; missing evidence: {}; not accepted: {}",
            path.display(),
            named(&missing.to_string()),
            named(&unwanted.to_string())
        ),
        next_step,
    ))
}

fn named(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}

/// Whether the issuer's certificate covers what is claimed, before anybody else says no.
pub(crate) fn check_allowed(certificate: &[u8], kind: Kind, claim: &Claim<'_>) -> Result<(), Failure> {
    let envelope = Envelope::parse(certificate).map_err(|error| Failure::internal("own-envelope", error))?;
    let certificate: Certificate<'_> =
        envelope.unverified().map_err(|error| Failure::internal("own-payload", error))?;
    certificate.covers(kind, claim).map_err(|error| {
        Failure::no(
            error.code(),
            format!("the certificate of `{}` does not cover this {}: {error}", certificate.name, kind.name()),
            "Change the terms, or have the issuer certified for them: hwlicense key certify.",
        )
    })
}
