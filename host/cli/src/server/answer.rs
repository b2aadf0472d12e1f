//! `server answer`: activation by file, for sites without a network.

use std::path::PathBuf;

use hwlicense::primary::frame::write_head;
use hwlicense::primary::{self, Outcome as Decided, Refusal, SignedRequest};
use hwlicense_admin::carried::code_of;
use hwlicense_server::ledger::answer;
use serde_json::json;

use super::site::{Keep, SiteArgs};
use crate::carried::{self, Carried};
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::Output;

/// What precedes the bytes of a reply in a body.
const ANSWER_EXTRA_BYTES: usize = 8;

/// Answer a request that was carried here, as a file or as pictures
///
/// A device without a network writes its request into a file, or shows it as QR codes; the answer goes back
/// the same way. Both hold the frame that would have passed over TCP, and both sides show a short code of
/// each to compare. The answer holds the device's secret if it is the
/// device's first: it is readable by its owner only. Exit code 1 if the device is given no licence.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server answer quay-7.request --out quay-7.answer\n  hwlicense server answer quay-7.request --out quay-7.answer --json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The device's request, or the text of all its pictures; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the answer
    #[arg(long, value_name = "FILE", required_unless_present = "qr")]
    out: Option<PathBuf>,
    /// Show the answer as QR codes that a telephone scans from the terminal
    #[arg(long, conflicts_with = "json")]
    qr: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let next_step = "Get it again from the device: `hwlicense agent request` makes it.";
    let request = Carried::read(&args.file, "request of a device", next_step)?;
    let no_request = |why: &dyn core::fmt::Display| {
        Failure::usage("no-request", format!("{} is no request of a device: {why}", args.file.display()), next_step)
    };
    let signed = SignedRequest::parse(request.body()).map_err(|error| no_request(&error))?;
    if signed.request.has_unknown_critical() {
        return Err(no_request(&"the device's software is newer than this server's"));
    }
    if let Some(out) = &args.out {
        files::check_free(out, Existing::Keep)?;
    }
    let mut site = args.site.open()?;
    let answer = site.change(Keep::Changes, |book| Ok(answer(book, &signed)?))?;
    let reply = answer.seal(&site.key).map_err(|error| Failure::internal("seal", error))?;
    let reply = framed(&reply)?;
    if let Some(out) = &args.out {
        files::write(out, &reply, Mode::Secret, Existing::Keep)?;
    }
    if args.qr {
        carried::show(&reply, output)?;
    }
    let outcome = answer.outcome();
    let refusal = if let Decided::Refused(number) = outcome { Refusal::from_number(number) } else { None };
    let facts = [
        ("hwid", json!(signed.request.hwid().map(|hwid| hwid.to_string()))),
        ("name", json!(&*signed.request.name)),
        ("outcome", json!(outcome_code(outcome))),
        ("reason", json!(refusal.map(Refusal::code))),
        ("next_step", json!(refusal.map(Refusal::next_step))),
        ("request_code", json!(request.code())),
        ("answer_code", json!(code_of(&reply))),
        ("file", json!(args.out.as_ref().map(|out| out.display().to_string()))),
    ];
    output.facts("server-answer", "answered", &facts)?;
    Ok(if matches!(outcome, Decided::Licensed | Decided::Deactivated) { Exit::Done } else { Exit::No })
}

const fn outcome_code(outcome: Decided) -> &'static str {
    match outcome {
        Decided::Licensed => "licensed",
        Decided::Waiting => "waiting",
        Decided::Refused(_) => "refused",
        Decided::Deactivated => "deactivated",
    }
}

/// The frame in which a reply would go over TCP.
fn framed(reply: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut buffer = vec![0; reply.len().saturating_add(ANSWER_EXTRA_BYTES)];
    let body = primary::Answer::Reply(reply).write(&mut buffer).map_err(|error| Failure::internal("answer", error))?;
    let head = write_head(body.len()).map_err(|error| Failure::internal("frame", error))?;
    Ok([head.as_slice(), body].concat())
}
