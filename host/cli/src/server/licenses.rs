//! `server licenses`: what the vendor gave this site, and what is in use.

use hwlicense_admin::listing::{LicenseEntry, csv_table};
use serde_json::json;

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// List the licences of this server: channels in all, in use, free
///
/// Exit code 0 if something is listed, 1 if no entitlement was imported.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server licenses\n  hwlicense server licenses --csv",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Write CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let now = clock::now();
    let rows = args.site.open()?.read(|book| Ok(book.rows().entitlements()?))?;
    let rows: Vec<LicenseEntry> = rows.iter().map(|row| LicenseEntry::of(row, now)).collect();
    if output.json {
        output.object("server-licenses", json!({ "licenses": rows }))?;
    } else if args.csv {
        output.raw(csv_table(&LicenseEntry::HEADER, rows.iter().map(LicenseEntry::cells)).as_bytes())?;
    } else {
        output.line(&table(Some(&LicenseEntry::HEADER), rows.iter().map(|row| row.cells().to_vec())))?;
    }
    Ok(if rows.is_empty() { Exit::No } else { Exit::Done })
}
