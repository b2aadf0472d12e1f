//! `server expect`: clients before their first contact.

use std::path::PathBuf;

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense_server::ledger::{Expected, expect, read_csv};
use serde_json::json;

use super::site::{Keep, SiteArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;

/// Longest CSV file in bytes.
const CSV_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Enter clients that are to come, one or a CSV file of them
///
/// They are listed as `V 0.0 (0000)` until their first contact, and get the licence that is named
/// here. The first row of a CSV file names its columns: name, hwid, key, note.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server expect quay-7 --key 7QHX-4M2K-9D1T-RB6W\n  hwlicense server expect --csv cameras.csv --dry-run",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Name that the device will give
    #[arg(value_name = "NAME", required_unless_present_any = ["csv", "hwid"])]
    name: Option<String>,
    /// Hardware ID by which it will be known; then the name says nothing
    #[arg(long)]
    hwid: Option<Hwid>,
    /// Licence that it gets
    #[arg(long, value_name = "KEY")]
    key: Option<LicenseKey>,
    /// A remark for people
    #[arg(long, default_value = "")]
    note: String,
    /// Enter the clients of this CSV file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "hwid", "key", "note"])]
    csv: Option<PathBuf>,
    /// Only say whether they could be entered
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let expected = match &args.csv {
        Some(path) => {
            let bytes = files::read(path, CSV_BYTES_MAX)?;
            let wrong = |what: &dyn core::fmt::Display| {
                Failure::usage("csv", format!("{}: {what}", path.display()), "Mend that line; nothing was entered.")
            };
            let text = core::str::from_utf8(&bytes).map_err(|_| wrong(&"it is not UTF-8 text"))?;
            read_csv(text).map_err(|error| wrong(&error))?
        }
        None => {
            let (name, hwid, assigned) = (args.name.clone(), args.hwid, args.key);
            vec![Expected { name, hwid, assigned, note: args.note.clone() }]
        }
    };
    args.site.open()?.change(Keep::unless(args.dry_run), |book| {
        expected.iter().try_for_each(|one| expect(book, one).map(|_| ()).map_err(|error| named(one, error.into())))
    })?;
    let heading = if args.dry_run { "could be entered" } else { "entered" };
    output.facts("server-expect", heading, &[("clients", json!(expected.len())), ("dry_run", json!(args.dry_run))])?;
    Ok(Exit::Done)
}

/// Which of several could not be entered.
fn named(expected: &Expected, failure: Failure) -> Failure {
    let hwid = || expected.hwid.map(|hwid| hwid.to_string());
    let name = expected.name.clone().or_else(hwid).unwrap_or_default();
    Failure { message: format!("{name}: {}", failure.message), ..failure }
}
