//! `update show`: what a manifest says.

use std::path::PathBuf;

use hwlicense::signed::{Bundle, Kind};
use hwlicense::update::{Manifest, update_id};
use hwlicense_server::registration::digits;
use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::payloads;
use crate::sealing;

/// Show what the manifest of an update says
///
/// Nothing is verified; `hwlicense update publish --dry-run` does.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update show dome-2.7.hwlup\n  hwlicense update show dome-2.7.hwlup --json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The manifest
    file: PathBuf,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let bytes = sealing::read_sound(&args.file)?;
    let bundle = Bundle::parse(&bytes).map_err(|error| sealing::unusable(&args.file, error))?;
    let envelope = sealing::only(&bundle, Kind::UpdateManifest, &args.file)?;
    let manifest: Manifest<'_> = envelope.unverified().map_err(|error| sealing::unusable(&args.file, error))?;
    let mut facts = vec![("id", json!(digits(&update_id(&envelope))))];
    facts.extend(payloads::manifest(&manifest));
    output.facts("update", "", &facts)?;
    Ok(Exit::Done)
}
