//! `server clients`: who records, who does not, why, and what to do next.

use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{Book, ClientView, Page, Standing, clients};
use serde_json::{Value, json};

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};
use crate::system::csv;

/// Clients that are read at a time.
const PAGE: u32 = 500;
/// Seconds until the next contact of a client that has a licence.
const CONTACT_LICENSED_S: u64 = 4 * 3_600;
/// And of one that has none.
const CONTACT_UNLICENSED_S: u64 = 60;

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
        each(book, |client| {
            if args.wants(&client, now) {
                listed.push(client);
            }
        })
    })?;
    if output.json {
        let rows: Vec<Value> = listed.iter().map(object).collect();
        output.object("server-clients", json!({ "clients": rows }))?;
    } else if args.csv {
        let mut text = csv::row(&HEADER);
        listed.iter().for_each(|client| text.push_str(&csv::row(&cells(client))));
        output.raw(text.as_bytes())?;
    } else {
        output.line(&table(Some(&HEADER), listed.iter().map(|client| cells(client).to_vec())))?;
    }
    Ok(if listed.is_empty() { Exit::No } else { Exit::Done })
}

/// Every client of the ledger, those that are only expected last.
pub(crate) fn each(book: &mut Book<'_>, mut look: impl FnMut(ClientView)) -> Result<(), Failure> {
    let mut page = Some(Page::Clients(None));
    while let Some(at) = page {
        let (views, next) = clients(book, at, PAGE)?;
        views.into_iter().for_each(&mut look);
        page = next;
    }
    Ok(())
}

const HEADER: [&str; 9] =
    ["Name", "Hardware ID", "Version", "State", "License Key", "Channels", "Last Contact", "Next Contact", "Next Step"];

fn cells(client: &ClientView) -> [String; 9] {
    let keys: Vec<String> = client.holds.iter().map(|(key, _)| key.to_string()).collect();
    let count = client.holds.iter().fold(0u32, |sum, (_, count)| sum.saturating_add(*count));
    let time = |time: Option<UnixSeconds>| time.map_or_else(|| "-".to_owned(), clock::show);
    [
        client.name.clone(),
        client.hwid.map_or_else(|| "-".to_owned(), |hwid| hwid.to_string()),
        client.software.clone(),
        client.standing.code().to_owned(),
        keys.join(" "),
        count.to_string(),
        time(client.last_contact),
        time(next_contact(client)),
        next_step(client).unwrap_or_default().to_owned(),
    ]
}

fn object(client: &ClientView) -> Value {
    let holds: Vec<Value> =
        client.holds.iter().map(|(key, count)| json!({ "license_key": key.to_string(), "channels": count })).collect();
    json!({
        "name": client.name,
        "hwid": client.hwid.map(|hwid| hwid.to_string()),
        "brand": client.brand,
        "version": client.software,
        "state": client.standing.code(),
        "reason": client.standing.reason(),
        "next_step": next_step(client),
        "lease_until": match client.standing {
            Standing::Licensed { until } => clock::value(until),
            _ => Value::Null,
        },
        "holds": holds,
        "assigned": client.assigned.map(|key| key.to_string()),
        "problem": client.problem.map(|refusal| refusal.code()),
        "possible_clone_since": clock::value(client.clone_mark.map(|mark| mark.since)),
        "change_asked": client.change_asked.map(|hwid| hwid.to_string()),
        "first_contact": clock::value(client.first_contact),
        "last_contact": clock::value(client.last_contact),
        "next_contact": clock::value(next_contact(client)),
        "clock": clock::value(client.clock),
    })
}

/// When it is going to ask again, if it is well.
fn next_contact(client: &ClientView) -> Option<UnixSeconds> {
    let after_s = match client.standing {
        Standing::Licensed { .. } => CONTACT_LICENSED_S,
        _ => CONTACT_UNLICENSED_S,
    };
    client.last_contact.map(|last| last.after(after_s))
}

/// What somebody has to do, the most urgent first; nothing for a client that is well.
fn next_step(client: &ClientView) -> Option<&'static str> {
    let clone = client.clone_mark.map(|mark| mark.sign.next_step());
    let standing = match client.standing {
        Standing::Licensed { .. } => client.problem.map(|refusal| refusal.next_step()),
        standing => Some(standing.next_step()),
    };
    clone.or(standing)
}
