//! `server licenses`: what the vendor gave this site, and what is in use.

use hwlicense::time::UnixSeconds;
use hwlicense_server::store::EntitlementRow;
use serde_json::{Value, json};

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};
use crate::system::csv;

/// How long before its end a licence is said to expire soon: 15 days.
const SOON_S: u64 = 15 * 86_400;

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
    let rows = args.site.open()?.read(|book| Ok(book.rows().entitlements(None)?))?;
    if output.json {
        let rows: Vec<Value> = rows.iter().map(|row| object(row, now)).collect();
        output.object("server-licenses", json!({ "licenses": rows }))?;
    } else if args.csv {
        let mut text = csv::row(&HEADER);
        rows.iter().for_each(|row| text.push_str(&csv::row(&cells(row, now))));
        output.raw(text.as_bytes())?;
    } else {
        output.line(&table(Some(&HEADER), rows.iter().map(|row| cells(row, now).to_vec())))?;
    }
    Ok(if rows.is_empty() { Exit::No } else { Exit::Done })
}

const HEADER: [&str; 9] =
    ["Type", "Channels", "Used", "Free", "Beyond", "License Key", "Expires", "Status", "Moves Left"];

fn cells(row: &EntitlementRow, now: UnixSeconds) -> [String; 9] {
    [
        row.class.to_string(),
        row.capacity.to_string(),
        row.used.to_string(),
        row.capacity.saturating_sub(row.used).to_string(),
        row.excess.to_string(),
        row.key.to_string(),
        row.expires.map_or_else(|| "Never".to_owned(), clock::show),
        status(row, now).0.to_owned(),
        row.moves_max.saturating_sub(row.moves_used).to_string(),
    ]
}

/// Status word, and why.
fn status(row: &EntitlementRow, now: UnixSeconds) -> (&'static str, &'static str) {
    let soon = now.after(SOON_S);
    match row.expires {
        _ if row.revoked.is_some() => ("Error", "the vendor revoked it"),
        _ if row.not_before > now => ("Error", "it is not valid yet"),
        Some(expires) if expires <= now => ("Expired", "its time is over"),
        _ if row.serves_until < now => ("Error", "the mandate of this server's key has ended: ask for a new issue"),
        _ if row.excess > 0 => ("Error", "more channels are in use than were paid for"),
        Some(expires) if expires <= soon => ("Expires soon", "less than 15 days are left"),
        _ if row.serves_until <= soon => ("Expires soon", "the mandate of this server's key ends: ask for a new issue"),
        _ => ("OK", ""),
    }
}

fn object(row: &EntitlementRow, now: UnixSeconds) -> Value {
    let (status, reason) = status(row, now);
    json!({
        "license_key": row.key.to_string(),
        "brand": row.brand,
        "class": row.class.to_string(),
        "holder": row.holder,
        "channels": row.capacity,
        "used": row.used,
        "free": row.capacity.saturating_sub(row.used),
        "excess": row.excess,
        "per_client": row.per_client,
        "moves_max": row.moves_max,
        "moves_used": row.moves_used,
        "issued": clock::value(Some(row.issued)),
        "not_before": clock::value(Some(row.not_before)),
        "expires": clock::value(row.expires),
        "serves_until": clock::value(Some(row.serves_until)),
        "lease_s": row.lease_s,
        "imported": clock::value(Some(row.imported)),
        "status": status,
        "reason": reason,
    })
}
