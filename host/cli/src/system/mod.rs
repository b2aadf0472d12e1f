//! `system`: merged servers and what they share: licences, recording, failover.
//!
//! | Room | One idea |
//! |---|---|
//! | `text` | values that a System file holds as text |
//! | `file` | the rows of a System file |
//! | `fault` | what is wrong with a System, and where |
//! | `model` | a System that owns its rows |
//! | `rows` | from a System file to a System, and back |
//! | `shares` | what devices hold, and get, of the licences |
//! | `licenses` | the licence list for people, programs and spreadsheets |
//! | `look` | a System as the pages of a Primary Server show it |
//! | `show`, `allocate`, `what_if`, `add`, `merge`, `failover`, `simulate` | the verbs of these names |

mod add;
mod allocate;
mod failover;
mod fault;
mod file;
pub(crate) mod licenses;
mod look;
mod merge;
mod model;
mod rows;
mod shares;
mod show;
mod simulate;
mod text;
mod what_if;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use hwlicense::time::UnixSeconds;

use crate::clock;
use crate::exit::{Failure, Outcome};
use crate::output::{Output, printable};
use licenses::LicenseList;
use model::Model;

pub(crate) use look::look;

/// Show, plan and merge Systems of servers that share licences
///
/// A System is read from a JSON file, which docs/system.md describes.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system show harbour.json\n  hwlicense system allocate harbour.json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(show::Args),
    Allocate(allocate::Args),
    WhatIf(what_if::Args),
    Add(add::Args),
    Merge(merge::Args),
    Failover(failover::Args),
    Simulate(simulate::Args),
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::Show(args) => show::run(args, output),
        Verb::Allocate(args) => allocate::run(args, output),
        Verb::WhatIf(args) => what_if::run(args, output),
        Verb::Add(args) => add::run(args, output),
        Verb::Merge(args) => merge::run(args, output),
        Verb::Failover(args) => failover::run(args, output),
        Verb::Simulate(args) => simulate::run(args, output),
    }
}

/// The licence list of a System file for spreadsheets, as `system show --csv` writes it.
pub(crate) fn license_list(file: &Path, at: UnixSeconds) -> Result<String, Failure> {
    let model = Model::read_agreed(file, at)?;
    let shares = model.shares(at, None)?;
    Ok(LicenseList::of(&model, &shares.tallies, at).csv())
}

/// Which System, and when.
#[derive(Debug, clap::Args)]
struct SystemArgs {
    /// The System file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    moment: MomentArgs,
}

/// When.
#[derive(Clone, Copy, Debug, clap::Args)]
struct MomentArgs {
    /// The time to look at; now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    at: Option<UnixSeconds>,
}

impl MomentArgs {
    fn time(self) -> UnixSeconds {
        self.at.unwrap_or_else(clock::now)
    }
}

impl SystemArgs {
    /// The System as it is agreed on, and the time.
    fn read(&self) -> Result<(Model, UnixSeconds), Failure> {
        let at = self.moment.time();
        Ok((Model::read_agreed(&self.file, at)?, at))
    }
}

/// Text for people, in which names from a file may stand.
fn say(output: Output, text: &str) -> Result<(), Failure> {
    output.line(&printable(text))
}
