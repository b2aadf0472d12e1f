//! `update list`: how far each update has come.

use hwlicense_admin::listing::{UpdateEntry, csv_table};
use hwlicense_server::ledger::update::updates;
use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};
use crate::server::site::SiteArgs;

/// List the updates of this server: to whom they go, and how far they have come
///
/// Exit code 0 if something is listed, 1 if nothing was published.
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense update list\n  hwlicense update list --csv", verbatim_doc_comment)]
pub(crate) struct Args {
    /// Write CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let views = args.site.open()?.read(|book| Ok(updates(book)?))?;
    let listed: Vec<UpdateEntry> = views.iter().map(UpdateEntry::of).collect();
    if output.json {
        output.object("update-list", json!({ "updates": listed }))?;
    } else if args.csv {
        output.raw(csv_table(&UpdateEntry::HEADER, listed.iter().map(UpdateEntry::cells)).as_bytes())?;
    } else {
        output.line(&table(Some(&UpdateEntry::HEADER), listed.iter().map(|update| update.cells().to_vec())))?;
    }
    Ok(if listed.is_empty() { Exit::No } else { Exit::Done })
}
