//! `license inspect`: what a signed file says of itself. Nothing here is verified, and says so.

use std::path::PathBuf;

use hwlicense::signed::Bundle;
use serde_json::{Value, json};

use crate::exit::{Exit, Outcome};
use crate::output::{Output, cell, fact_table};
use crate::payloads;
use crate::sealing;

/// Show what a licence, certificate or revocation list says, without verifying it
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense license inspect camera.hwl\n  hwlicense license inspect desk.cert --json"
)]
pub(crate) struct Args {
    /// The file, binary or armoured; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let bytes = sealing::read(&args.file)?.map_err(|error| sealing::unusable(&args.file, error))?;
    let bundle = Bundle::parse(&bytes).map_err(|error| sealing::unusable(&args.file, error))?;
    if output.json {
        let envelopes: Vec<Value> = bundle.envelopes().map(|envelope| payloads::envelope_value(&envelope)).collect();
        output.object("inspection", json!({ "verified": false, "envelopes": envelopes }))?;
        return Ok(Exit::Done);
    }
    output.line("NOT VERIFIED: this is what the file says of itself. Use `hwlicense license check` to believe it.")?;
    for envelope in bundle.envelopes() {
        let header = payloads::header(envelope.header());
        let kind = header.first().map(|(_, kind)| cell(kind)).unwrap_or_default();
        output.line(&format!("\n{kind} (not verified)"))?;
        output.line(&fact_table(header.get(1..).unwrap_or_default()))?;
        match payloads::payload(&envelope) {
            Ok(facts) => output.line(&fact_table(&facts))?,
            Err(error) => output.line(&format!("  its content cannot be shown: {error}"))?,
        }
    }
    Ok(Exit::Done)
}
