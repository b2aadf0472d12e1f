//! `hwid`: the 34 digits, for this machine or for recorded readings.

use std::io::{BufRead, BufReader};
use std::path::Path;

use hwlicense::hwid::HwidError;
use hwlicense_probe::ReadingError;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::machine::{MachineArgs, Subject, no_hwid};
use crate::output::{Output, json_text};
use crate::payloads;

/// Print the Hardware ID of this machine, or of recorded readings
///
/// Prints the 34 digits and nothing else on stdout; why there are none goes to stderr.
///
/// With --from, one line for each reading: its digits, or an empty line. A single reading ends
/// like a machine: 1 if nothing in it is unique, 3 if fields that it needs could not be read. Of
/// several readings each answer is a result, so the exit code is 0 unless one could not be
/// understood (2).
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense hwid\n  hwlicense hwid --from readings.jsonl --json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(flatten)]
    machine: MachineArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.machine.from {
        None => one(&args.machine.subject()?, output),
        Some(path) if path == Path::new("-") => several(args, BufReader::new(std::io::stdin()), output),
        Some(path) => several(args, BufReader::new(files::open(path)?), output),
    }
}

fn one(subject: &Subject, output: Output) -> Outcome {
    let answer = Answer::of(subject)?;
    answer.print("", output)?;
    Ok(answer.exit())
}

/// One line for each reading.
fn several(args: &Args, input: impl BufRead, output: Output) -> Outcome {
    let (mut count, mut single, mut worst) = (0u64, Exit::Done, Exit::Done);
    for entry in hwlicense_probe::readings(input) {
        count = count.saturating_add(1);
        let answer = entry.map_err(|error| unreadable(&error)).and_then(|(line, reading)| {
            let subject = args.machine.subject_of(reading)?;
            Ok((line, Answer::of(&subject).map_err(|failure| at_line(failure, line))?))
        });
        match answer {
            Ok((line, answer)) => {
                answer.print(&format!("line {line}: "), output)?;
                single = answer.exit();
            }
            // A broken reading costs only itself; that the enrolment is broken would cost them all.
            Err(failure) if failure.code == "not-a-reading" => {
                print_unreadable(&failure, output)?;
                single = failure.exit;
                worst = worst.worse(failure.exit);
            }
            Err(failure) => return Err(failure),
        }
    }
    match count {
        0 => Err(Failure::usage(
            "not-a-reading",
            "the input holds no reading",
            "Give readings as `hwlicense probe --json` writes them.",
        )),
        1 => Ok(single),
        _ => Ok(worst),
    }
}

fn unreadable(error: &ReadingError) -> Failure {
    Failure::usage("not-a-reading", error, "Give readings as `hwlicense probe --json` writes them.")
}

fn at_line(failure: Failure, line: u64) -> Failure {
    Failure { code: "not-a-reading", message: format!("line {line}: {}", failure.message), ..failure }
}

fn print_unreadable(failure: &Failure, output: Output) -> Result<(), Failure> {
    if output.json {
        let object = json!({
            "machine": null,
            "hwid": null,
            "error": failure.code,
            "message": failure.message,
            "next_step": failure.next_step,
            "evidence": [],
            "unreadable": [],
        });
        return output.object("hwid", object);
    }
    output.note(&failure.message);
    output.line("")
}

/// What one machine's HWID is, or why it has none.
pub(crate) struct Answer {
    machine: Value,
    hwid: Result<String, (HwidError, Failure)>,
    evidence: Value,
    unreadable: Vec<&'static str>,
    stood_in: Vec<&'static str>,
    counted_nics: usize,
}

impl Answer {
    pub(crate) fn of(subject: &Subject) -> Result<Self, Failure> {
        subject.with_machine(|machine| Self {
            machine: json!(subject.reading.machine),
            hwid: match machine.hwid() {
                Ok(hwid) => Ok(hwid.to_string()),
                Err(error) => Err((error, no_hwid(error, &subject.reading))),
            },
            evidence: payloads::evidence(machine.identity().evidence()),
            unreadable: machine.identity().unreadable().iter().map(hwlicense::hwid::FieldName::name).collect(),
            stood_in: machine.identity().stood_in().iter().map(hwlicense::hwid::FieldName::name).collect(),
            counted_nics: machine.identity().counted_nics(),
        })
    }

    fn exit(&self) -> Exit {
        self.hwid.as_ref().map_or_else(|(_, failure)| failure.exit, |_| Exit::Done)
    }

    /// As `--json` shows it.
    pub(crate) fn object(&self) -> Value {
        let error = self.hwid.as_ref().err();
        json!({
            "machine": self.machine,
            "hwid": self.hwid.as_ref().ok(),
            "error": error.map(|(error, _)| error.code()),
            "message": error.map(|(_, failure)| failure.message.as_str()),
            "next_step": error.map(|(_, failure)| failure.next_step.as_str()),
            "evidence": self.evidence,
            "unreadable": self.unreadable,
            "stood_in": self.stood_in,
            "counted_nics": self.counted_nics,
        })
    }

    fn print(&self, place: &str, output: Output) -> Result<(), Failure> {
        if output.json {
            return output.object("hwid", self.object());
        }
        match &self.hwid {
            Ok(hwid) => output.line(hwid),
            Err((_, failure)) => {
                let who =
                    self.machine.as_str().map(|name| format!("{}: ", json_text(&json!(name)))).unwrap_or_default();
                // The reason is the whole answer here, so --quiet does not hide it.
                Output { json: false, ..output }.failure(&Failure {
                    exit: failure.exit,
                    code: failure.code,
                    message: format!("{place}{who}{}", failure.message),
                    next_step: failure.next_step.clone(),
                });
                if place.is_empty() { Ok(()) } else { output.line("") }
            }
        }
    }
}
