//! `key correct-time`: mends the floor of trusted time of one machine.

use hwlicense::extension::Extensions;
use hwlicense::hwid::Hwid;
use hwlicense::primary::TimeCorrection;
use hwlicense::time::UnixSeconds;
use serde_json::json;

use super::change::SignArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::output::Output;
use crate::sealing::{self, Form};

/// Mend the floor of trusted time of a device that was told a time far ahead
///
/// Signed by a root, because it can set time back. Each correction of a machine needs a higher floor
/// epoch than the one before; the first is 1.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key correct-time --hwid 03ab5c00112233445566778899aabbccdd \\\n      --key vendor.key --out camera.time\n  hwlicense key correct-time --hwid 03ab5c00112233445566778899aabbccdd \\\n      --floor-epoch 2 --time 2027-01-31 --key vendor.key --out camera.time",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The machine's Hardware ID
    #[arg(long)]
    hwid: Hwid,
    /// Number of the floor that begins with it
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    floor_epoch: u32,
    /// The floor; now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    time: Option<UnixSeconds>,
    #[command(flatten)]
    sign: SignArgs,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.sign.force);
    files::check_free(&args.sign.out, existing)?;
    let root = keyfile::read_private(&args.sign.key, &args.sign.passphrase)?;
    let issued = clock::now();
    let correction = TimeCorrection {
        issued,
        hwid: args.hwid,
        floor_epoch: args.floor_epoch,
        time: args.time.unwrap_or(issued),
        extensions: Extensions::new(),
    };
    // Like certificates: the time orders them without anybody keeping a count.
    let envelope = sealing::sign(&root, 0, issued.0, &correction)?;
    if !args.sign.dry_run {
        let file = sealing::bundle(&[&envelope], Form::of(args.sign.armor))?;
        files::write(&args.sign.out, &file, Mode::Public, existing)?;
    }
    let facts = [
        ("hwid", json!(args.hwid.to_string())),
        ("floor_epoch", json!(args.floor_epoch)),
        ("time", clock::value(Some(correction.time))),
        ("signed_by", json!(keyfile::public_of(&root).id().to_string())),
        ("file", json!((!args.sign.dry_run).then(|| args.sign.out.display().to_string()))),
    ];
    output.facts("time-correction", if args.sign.dry_run { "would correct" } else { "corrected" }, &facts)?;
    Ok(Exit::Done)
}
