//! `server audit`: who changed what, when.

use hwlicense_admin::listing::{AuditEntry, csv_table};
use serde_json::json;

use super::site::SiteArgs;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// Most lines that are read at a time.
const LINES_MAX: u32 = 1_000;

/// Show what changed in the ledger, who changed it and when
///
/// The audit is only ever appended to. Exit code 0 if something is listed, 1 if there are no more lines.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server audit\n  hwlicense server audit --after 1000 --csv",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Only lines after the one with this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<i64>,
    /// Most lines; 1000 at a time
    #[arg(long, value_name = "COUNT", default_value_t = LINES_MAX, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Write CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let rows = args.site.open()?.read(|book| Ok(book.rows().audit_after(args.after, args.limit)?))?;
    let rows: Vec<AuditEntry> = rows.iter().map(AuditEntry::of).collect();
    if output.json {
        output.object("server-audit", json!({ "lines": rows }))?;
    } else if args.csv {
        output.raw(csv_table(&AuditEntry::HEADER, rows.iter().map(AuditEntry::cells)).as_bytes())?;
    } else {
        output.line(&table(Some(&AuditEntry::HEADER), rows.iter().map(|row| row.cells().to_vec())))?;
    }
    Ok(if rows.is_empty() { Exit::No } else { Exit::Done })
}
