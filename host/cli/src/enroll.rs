//! `enroll`: what this machine keeps from today, to compare with later.

use std::path::PathBuf;

use hwlicense::hwid::{Enrollment, Machine};
use hwlicense_probe::Reading;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::hw_log::{Found, HwLogArgs};
use crate::machine::{self, IDENTITY_NAME, MachineArgs, no_hwid};
use crate::output::Output;
use crate::payloads;
use crate::random;

/// Write down what identifies this machine today
///
/// Run it once with the rights to read everything (root). Later readings are compared with it, and
/// an ordinary user passes it where fields may not be read.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  sudo hwlicense enroll --out machine.enrollment\n  hwlicense enroll --from machine.json --out machine.enrollment",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Where to write the enrolment
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A recorded reading in JSON instead of this machine; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// A generated identity that exists already
    #[arg(long, value_name = "FILE", conflicts_with = "generate_identity")]
    identity: Option<PathBuf>,
    /// Make an identity by software, kept as machine.identity beside the enrolment: for machines with nothing unique.
    /// Whoever copies both files copies the machine; a licence must accept that
    #[arg(long)]
    generate_identity: bool,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    history: HwLogArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    files::check_free(&args.out, existing)?;
    let machine_args = MachineArgs { from: args.from.clone(), enrollment: None, identity: args.identity.clone() };
    let mut subject = machine_args.subject()?;
    if args.generate_identity {
        let path = files::beside(&args.out, IDENTITY_NAME);
        let identity = machine::generate_identity(&path, existing)?;
        output.note(&format!("wrote {}: a copy of this file is a copy of the machine", path.display()));
        subject = subject.with_identity(&identity)?;
    }
    let enrollment = subject.with_machine(|machine| enroll(machine, &subject.reading))??;
    files::write(&args.out, &machine::enrollment_bytes(&enrollment)?, Mode::Public, existing)?;
    let hwid = enrollment.hwid().to_string();
    args.history.record(&args.out, args.from.is_some(), Found::Enrolled(&hwid), output)?;
    let facts = [
        ("hwid", json!(hwid)),
        ("evidence", payloads::evidence(enrollment.evidence())),
        ("nics", json!(enrollment.nic_digests().len())),
        ("file", json!(args.out.display().to_string())),
    ];
    output.facts("enrollment", "enrolled", &facts)?;
    Ok(Exit::Done)
}

/// Enrols a machine with a fresh salt.
pub(crate) fn enroll(machine: &Machine<'_>, reading: &Reading) -> Result<Enrollment, Failure> {
    Enrollment::new(machine, random::bytes()?).map_err(|error| no_hwid(error, reading))
}
