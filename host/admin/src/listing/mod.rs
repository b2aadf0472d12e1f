//! What people, spreadsheets and programs are shown of the ledger: one entry for each row, with the
//! same words on the command line, in the API and on the pages.

mod audit;
mod client;
mod license;
mod update;

pub use audit::AuditEntry;
pub use client::{ClientEntry, Holding, SILENT_HOURS, each_client, next_step};
pub use license::{LicenseEntry, Status};
pub use update::{UpdateEntry, share_in_words, share_of_words};

use hwlicense::time::UnixSeconds;

use crate::text::{csv, show_time};

/// A list for spreadsheets: its header and its rows (RFC 4180).
pub fn csv_table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = csv::row(header);
    rows.for_each(|row| text.push_str(&csv::row(&row)));
    text
}

fn shown(time: Option<UnixSeconds>) -> Option<String> {
    time.map(show_time)
}

fn or_dash(text: Option<&String>) -> String {
    text.map_or("-", String::as_str).to_owned()
}
