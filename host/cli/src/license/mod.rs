//! `license`: issuing, finding, inspecting and checking licences.

pub(crate) mod check;
mod inspect;
pub(crate) mod issue;
pub(crate) mod log;
pub(crate) mod terms;

use clap::Subcommand;

use crate::exit::Outcome;
use crate::output::Output;

/// Issue, find, inspect and check licences
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense license check camera.hwl --trust vendor.pub\n  hwlicense license issue --key desk.key --certificate desk.cert \\\n      --terms terms.json --enrollment machine.enrollment --out camera.hwl"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one value of it exists in a run")]
enum Verb {
    Issue(issue::Args),
    Issued(log::Args),
    Inspect(inspect::Args),
    Check(check::Args),
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::Issue(args) => issue::run(args, output),
        Verb::Issued(args) => log::run(args, output),
        Verb::Inspect(args) => inspect::run(args, output),
        Verb::Check(args) => check::run(args, output),
    }
}
