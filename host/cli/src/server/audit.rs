//! `server audit`: who changed what, when.

use hwlicense_server::ledger::Action;
use hwlicense_server::store::AuditRow;
use serde_json::{Value, json};

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};
use crate::system::csv;

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
    if output.json {
        let rows: Vec<Value> = rows.iter().map(object).collect();
        output.object("server-audit", json!({ "lines": rows }))?;
    } else if args.csv {
        let mut text = csv::row(&HEADER);
        rows.iter().for_each(|row| text.push_str(&csv::row(&cells(row))));
        output.raw(text.as_bytes())?;
    } else {
        output.line(&table(Some(&HEADER), rows.iter().map(|row| cells(row).to_vec())))?;
    }
    Ok(if rows.is_empty() { Exit::No } else { Exit::Done })
}

const HEADER: [&str; 7] = ["Number", "When", "Who", "What", "Hardware ID", "License Key", "More"];

/// The stable name of what happened.
fn action(row: &AuditRow) -> String {
    // A line of newer software has a number that this one does not know.
    Action::from_number(row.action).map_or_else(|| row.action.to_string(), |action| action.code().to_owned())
}

fn cells(row: &AuditRow) -> [String; 7] {
    [
        row.id.to_string(),
        clock::show(row.at),
        row.actor.clone(),
        action(row),
        row.hwid.map_or_else(|| "-".to_owned(), |hwid| hwid.to_string()),
        row.entitlement.map_or_else(|| "-".to_owned(), |key| key.to_string()),
        row.detail.clone(),
    ]
}

fn object(row: &AuditRow) -> Value {
    json!({
        "number": row.id,
        "at": clock::show(row.at),
        "actor": row.actor,
        "action": action(row),
        "hwid": row.hwid.map(|hwid| hwid.to_string()),
        "license_key": row.entitlement.map(|key| key.to_string()),
        "detail": row.detail,
    })
}
