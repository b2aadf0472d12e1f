//! `server clients`: who records, who does not, why, and what to do next.

use hwlicense::time::UnixSeconds;
use hwlicense_admin::listing::{ClientEntry, csv_table, each_client, next_step};
use hwlicense_server::ledger::ClientView;
use serde_json::json;

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// List the clients: licence, version, last contact, and why one does not record
///
/// Exit code 0 if something is listed, 1 if no client fits.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server clients\n  hwlicense server clients --not-seen-for 8 --csv",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Only clients without contact for so many hours, or without any
    #[arg(long, value_name = "HOURS")]
    not_seen_for: Option<u32>,
    /// Only clients that do not have a licence, or that need somebody's attention
    #[arg(long)]
    problems: bool,
    /// Write CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Args {
    fn wants(&self, client: &ClientView, now: UnixSeconds) -> bool {
        let patience_s = self.not_seen_for.map(|hours| u64::from(hours).saturating_mul(3_600));
        let is_silent = patience_s
            .is_none_or(|patience_s| client.last_contact.is_none_or(|last| last.0.saturating_add(patience_s) < now.0));
        is_silent && (!self.problems || next_step(client).is_some())
    }
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let now = clock::now();
    let mut listed = Vec::new();
    args.site.open()?.read(|book| {
        Ok(each_client(book, |client| {
            if args.wants(&client, now) {
                listed.push(ClientEntry::of(&client));
            }
        })?)
    })?;
    if output.json {
        output.object("server-clients", json!({ "clients": listed }))?;
    } else if args.csv {
        output.raw(csv_table(&ClientEntry::HEADER, listed.iter().map(ClientEntry::cells)).as_bytes())?;
    } else {
        output.line(&table(Some(&ClientEntry::HEADER), listed.iter().map(|client| client.cells().to_vec())))?;
    }
    Ok(if listed.is_empty() { Exit::No } else { Exit::Done })
}
