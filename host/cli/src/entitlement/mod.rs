//! `entitlement`: what a Primary Server may lease to its clients, as the vendor's desk issues it.

mod issue;
mod terms;

use clap::Subcommand;

use crate::exit::Outcome;
use crate::output::Output;

/// Issue what a Primary Server may lease to its clients
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense entitlement issue --key desk.key --certificate desk.cert \\\n      --server site.json --brand acme --class edge --count 100 \\\n      --out site.entitlement\n  hwlicense license inspect site.entitlement"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Issue(issue::Args),
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::Issue(args) => issue::run(args, output),
    }
}
