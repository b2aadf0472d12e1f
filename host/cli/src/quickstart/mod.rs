//! `quickstart`: the whole way on this machine, from the hardware to a licence that is checked.

mod nic;
mod story;
mod workshop;

use std::path::{Path, PathBuf};

use hwlicense::hwid::{Cause, Enrollment, HwidError, compare};
use hwlicense::license::{Binding, BoundDigests, License};
use hwlicense::time::Clock;
use serde_json::{Value, json};

use crate::clock;
use crate::enroll;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::license::check::{Judged, Question};
use crate::license::issue;
use crate::machine::{self, IDENTITY_NAME, MachineArgs, Subject, no_hwid};
use crate::output::Output;
use crate::payloads;
use crate::sealing::{self, Form};
use story::Story;
use workshop::Workshop;

/// Do everything once on this machine: read, identify, sign, check, and explain a change
///
/// Leaves in DIR: vendor.key and vendor.pub (the root that --trust takes), issuer.key, issuer.pub
/// and issuer.cert, machine.enrollment, license.hwl (binary, with its chain) and license.pem (the
/// same as text). It can be run again: what is there and still good is kept. The keys are not
/// encrypted, so use them to try things out and for nothing else.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense quickstart\n  hwlicense quickstart /tmp/try --json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR", default_value = "hwlicense-quickstart")]
    folder: PathBuf,
    /// A recorded reading in JSON instead of this machine; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let folder = args.folder.as_path();
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
    let mut story = Story::new(output);

    let Subject { reading, .. } = MachineArgs { from: args.from.clone(), ..MachineArgs::default() }.subject()?;
    let summary = [
        ("kind", json!(reading.kind)),
        ("board", known(&[&reading.board.vendor, &reading.board.product])),
        ("cpu", json!(reading.cpu.model)),
        ("network_interfaces", json!(reading.nics.len())),
        ("fields_not_readable", json!(reading.unreadable.len())),
    ];
    story.step("Read the hardware", "hwlicense probe", &summary)?;

    let bare = Subject { reading, enrollment: None };
    tell_own_hwid(&bare, &mut story)?;
    let (subject, enrollment) = enrolled(bare, folder, &mut story)?;

    let workshop = Workshop::open(folder)?;
    workshop.tell(&mut story)?;
    let licence = licence(&workshop, &subject, &enrollment, &mut story)?;
    let judged = judge(&workshop, &subject, &licence)?;
    let from = args.from.as_ref().map(|path| format!(" --from {}", path.display())).unwrap_or_default();
    let command = format!(
        "hwlicense license check {} --trust {} --enrollment {}{from}",
        folder.join("license.hwl").display(),
        folder.join("vendor.pub").display(),
        folder.join("machine.enrollment").display()
    );
    story.judged("Check the licence on this machine", &command, &judged)?;

    tell_changed_nic(&workshop, &subject, &enrollment, &licence, &mut story)?;
    story.end(folder, judged.is_granted())?;
    Ok(if judged.is_granted() { Exit::Done } else { Exit::No })
}

/// Those of the texts that there are.
fn known(texts: &[&Option<String>]) -> Value {
    json!(texts.iter().filter_map(|text| text.as_deref()).collect::<Vec<_>>())
}

/// The HWID of the machine by itself, or why it has none and what would cure that.
fn tell_own_hwid(bare: &Subject, story: &mut Story) -> Result<(), Failure> {
    let (hwid, evidence) =
        bare.with_machine(|machine| (machine.hwid(), payloads::evidence(machine.identity().evidence())))?;
    let facts = match hwid {
        Ok(hwid) => vec![("hwid", json!(hwid.to_string())), ("evidence", evidence)],
        Err(error) => {
            let failure = no_hwid(error, &bare.reading);
            vec![
                ("error", json!(error.code())),
                ("message", json!(failure.message)),
                ("cure", json!(failure.next_step)),
            ]
        }
    };
    story.step("Compute the Hardware ID", "hwlicense hwid", &facts)
}

/// The machine as it is enrolled: as it was in an earlier run if that still fits, else anew.
fn enrolled(bare: Subject, folder: &Path, story: &mut Story) -> Result<(Subject, Enrollment), Failure> {
    let path = folder.join("machine.enrollment");
    let kept = path.exists().then(|| machine::read_enrollment(&path));
    let mut remark = None;
    match kept {
        Some(Ok(enrollment)) => {
            let args = MachineArgs { enrollment: Some(path.clone()), ..MachineArgs::default() };
            let subject = args.subject_of(bare.reading.clone())?;
            if subject.with_machine(|machine| machine.hwid() == Ok(enrollment.hwid()))? {
                tell_enrollment(&enrollment, &path, "kept from an earlier run", story)?;
                return Ok((subject, enrollment));
            }
            let cause = subject.with_bare_machine(|machine| compare(&enrollment, machine).cause)?;
            remark = Some(set_aside(&path, cause.explanation())?);
        }
        Some(Err(failure)) if failure.exit == Exit::Usage => {
            remark = Some(set_aside(&path, &failure.message)?);
        }
        Some(Err(failure)) => return Err(failure),
        None => {}
    }
    let mut subject = identified(bare, folder, story)?;
    let enrollment = subject.with_machine(|machine| enroll::enroll(machine, &subject.reading))??;
    files::write(&path, &machine::enrollment_bytes(&enrollment)?, Mode::Public, Existing::Replace)?;
    tell_enrollment(&enrollment, &path, remark.as_deref().unwrap_or("new"), story)?;
    subject.enrollment = Some(enrollment.clone());
    Ok((subject, enrollment))
}

/// Keeps an enrolment that no longer fits under another name.
fn set_aside(path: &Path, why: &str) -> Result<String, Failure> {
    let aside = path.with_extension("enrollment.old");
    std::fs::rename(path, &aside).map_err(|error| Failure::file("rename", path, &error))?;
    Ok(format!("new; the old one is now {}, because: {why}", aside.display()))
}

fn tell_enrollment(enrollment: &Enrollment, path: &Path, state: &str, story: &mut Story) -> Result<(), Failure> {
    let facts = [
        ("hwid", json!(enrollment.hwid().to_string())),
        ("evidence", payloads::evidence(enrollment.evidence())),
        ("file", json!(path.display().to_string())),
        ("state", json!(state)),
    ];
    story.step("Enrol this machine", &format!("hwlicense enroll --out {}", path.display()), &facts)
}

/// The machine itself if it has a HWID, else with a generated identity that is kept in the folder.
fn identified(bare: Subject, folder: &Path, story: &mut Story) -> Result<Subject, Failure> {
    let Err(error) = bare.with_machine(|machine| machine.hwid())? else {
        return Ok(bare);
    };
    let path = folder.join(IDENTITY_NAME);
    let identity =
        if path.exists() { machine::read_identity(&path)? } else { machine::generate_identity(&path, Existing::Keep)? };
    let subject = bare.with_identity(&identity)?;
    let why = match error {
        HwidError::NotReadable(_) => "fields that exist may not be read, so they are left out here",
        _ => "nothing on this machine is unique",
    };
    let facts = [
        ("why", json!(why)),
        ("identity", json!("generated by software; whoever copies the file copies the machine")),
        ("file", json!(path.display().to_string())),
    ];
    story.step("Go on with a generated identity", "hwlicense enroll --generate-identity", &facts)?;
    Ok(subject)
}

/// The licence in its binary form: that of an earlier run if it is still good, else a new one.
fn licence(
    workshop: &Workshop,
    subject: &Subject,
    enrollment: &Enrollment,
    story: &mut Story,
) -> Result<Vec<u8>, Failure> {
    let binary_path = workshop.folder.join("license.hwl");
    let armored_path = workshop.folder.join("license.pem");
    if binary_path.exists()
        && let Ok(bytes) = sealing::read(&binary_path)?
        && judge(workshop, subject, &bytes)?.is_granted()
    {
        files::write(&armored_path, &sealing::armored(&bytes)?, Mode::Public, Existing::Replace)?;
        let facts = [("file", json!(binary_path.display().to_string())), ("state", json!("kept from an earlier run"))];
        story.step("Issue a licence for this machine", "hwlicense license issue", &facts)?;
        return Ok(bytes);
    }
    let terms = workshop::terms(enrollment);
    let digests = BoundDigests::of(enrollment);
    let license = workshop.license(&terms, issue::tolerant(enrollment, &digests)?)?;
    let bytes = workshop.issue(&license, &binary_path)?;
    files::write(&binary_path, &bytes, Mode::Public, Existing::Replace)?;
    files::write(&armored_path, &sealing::armored(&bytes)?, Mode::Public, Existing::Replace)?;
    tell_licence(&license, &binary_path, story)?;
    Ok(bytes)
}

fn tell_licence(license: &License<'_>, path: &Path, story: &mut Story) -> Result<(), Failure> {
    const SHOWN: [&str; 7] = ["license_key", "class", "count", "hwid", "binding", "expires", "evidence_accepted"];
    let mut facts: Vec<_> = payloads::license(license).into_iter().filter(|(name, _)| SHOWN.contains(name)).collect();
    facts.push(("file", json!(path.display().to_string())));
    facts.push(("state", json!("new")));
    story.step("Issue a licence for this machine", "hwlicense license issue", &facts)
}

fn judge(workshop: &Workshop, subject: &Subject, licence: &[u8]) -> Result<Judged, Failure> {
    let trust = workshop.trust()?;
    let clock = Clock::new(Some(clock::now()), trust.latest_signed());
    Question { trust: &trust, subject, brand: None, clock }.judge(Ok(licence))
}

/// The same licence on a copy of the reading in which a NIC was replaced; and, for comparison, one
/// that allows no change.
fn tell_changed_nic(
    workshop: &Workshop,
    subject: &Subject,
    enrollment: &Enrollment,
    licence: &[u8],
    story: &mut Story,
) -> Result<(), Failure> {
    let (changed, what) = nic::changed(subject, enrollment)?;
    let comparison = changed.with_bare_machine(|machine| compare(enrollment, machine))?;
    let facts = [
        ("change", json!(what)),
        ("likely_reason", json!(comparison.cause.explanation())),
        ("next_step", json!(comparison.cause.next_step())),
    ];
    story.step(
        "Imagine a changed network interface (in a copy of the reading; the machine stays as it is)",
        "hwlicense explain machine.enrollment --from changed.json",
        &facts,
    )?;
    story.judged(
        "The same licence there",
        "hwlicense license check ... --from changed.json",
        &judge(workshop, &changed, licence)?,
    )?;
    let terms = workshop::terms(enrollment);
    let strict = workshop.license(&terms, Binding::Strict(enrollment.hwid()))?;
    // It is signed for this comparison only, and never leaves the program.
    let bytes = issue::signed_file(&workshop.issuer, 0, &strict, Some(&workshop.certificate), Form::Binary)?;
    // The enrolment is what makes a NIC that came later not count; without it a strict licence sees
    // another machine.
    let (title, subject) = if comparison.cause == Cause::NicAdded {
        let unenrolled = Subject { enrollment: None, ..changed };
        ("A strict licence there, without the enrolment", unenrolled)
    } else {
        ("A strict licence there", changed)
    };
    story.judged(title, "hwlicense license issue --strict ...", &judge(workshop, &subject, &bytes)?)
}
