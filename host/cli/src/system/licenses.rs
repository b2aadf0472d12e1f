//! The licence list: what people, spreadsheets and programs are shown of the licences.

use hwlicense::license::Reason;
use hwlicense::system::{PoolLicense, Status, Tally};
use hwlicense::time::UnixSeconds;
use hwlicense_admin::text::csv;
use serde_json::{Value, json};

use super::model::Model;
use super::say;
use crate::clock;
use crate::exit::Failure;
use crate::output::{Output, table};

/// The columns of the list.
pub(crate) const COLUMNS: [&str; 7] = ["Type", "Channels", "License Key", "Expires", "Status", "Server", "Hardware ID"];

/// The licences of a System with what each is worth at a time.
#[derive(Debug)]
pub(super) struct LicenseList<'m> {
    rows: Vec<(&'m PoolLicense, Tally)>,
    servers: Vec<String>,
    at: UnixSeconds,
}

/// What a person reads of a status at a glance; message and next step say the rest.
pub(crate) fn word(status: Status, at: UnixSeconds) -> &'static str {
    match status {
        Status::Verdict(Reason::Valid) => "OK",
        Status::Verdict(Reason::ExpiresSoon) => "Expires soon",
        Status::Verdict(Reason::Expired) => "Expired",
        Status::Verdict(
            Reason::HardwareNotReadable | Reason::ClockNotPlausible | Reason::NotYetValid | Reason::ContactRequired,
        ) => "Not verified",
        Status::ServerOffline { .. } | Status::HardwareChanged { .. } if status.counts(at) => "In grace",
        Status::Duplicate | Status::OnePerSystem => "Not counted",
        _ => "Error",
    }
}

/// `Never`, or when it ends.
fn expires(license: &PoolLicense) -> String {
    license.expires.map_or_else(|| "Never".to_owned(), clock::show)
}

impl<'m> LicenseList<'m> {
    pub(super) fn of(model: &'m Model, tallies: &[Tally], at: UnixSeconds) -> Self {
        let rows = model.licenses.iter().zip(tallies.iter().copied()).collect();
        Self { rows, servers: model.server_labels(), at }
    }

    /// Only the licences of which something is true.
    pub(super) fn only(mut self, mut is_meant: impl FnMut(usize) -> bool) -> Self {
        let mut number = 0usize;
        self.rows.retain(|_| {
            let is_meant = is_meant(number);
            number = number.saturating_add(1);
            is_meant
        });
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn server(&self, license: &PoolLicense) -> Option<&str> {
        license.server.and_then(|index| self.servers.get(index.position())).map(String::as_str)
    }

    fn cells(&self) -> impl Iterator<Item = Vec<String>> {
        self.rows.iter().map(|(license, tally)| {
            vec![
                license.class.to_string(),
                license.channels.to_string(),
                license.key.to_string(),
                expires(license),
                word(tally.status, self.at).to_owned(),
                self.server(license).unwrap_or_default().to_owned(),
                license.hwid.to_string(),
            ]
        })
    }

    /// The list for people, and below it the reason and the next step of each that is not in order.
    pub(super) fn print(&self, output: Output) -> Result<(), Failure> {
        say(output, &table(Some(&COLUMNS), self.cells()))?;
        for (license, tally) in &self.rows {
            let status = tally.status;
            if status == Status::Verdict(Reason::Valid) {
                continue;
            }
            let until = status.counts_until().map(|until| {
                let word = if status.counts(self.at) { "counts until" } else { "stopped counting at" };
                format!(" It {word} {}.", clock::show(until))
            });
            say(output, &format!("\n{}: {}{}", license.key, status.message(), until.unwrap_or_default()))?;
            say(output, &format!("  next: {}", status.next_step()))?;
        }
        Ok(())
    }

    /// The list for spreadsheets.
    pub(super) fn csv(&self) -> String {
        let rows: String = self.cells().map(|cells| csv::row(&cells)).collect();
        csv::row(&COLUMNS) + &rows
    }

    /// The list for programs.
    pub(super) fn value(&self) -> Value {
        let value = |(license, tally): &(&PoolLicense, Tally)| {
            json!({
                "key": license.key.to_string(),
                "class": license.class.to_string(),
                "channels": license.channels,
                "expires": clock::value(license.expires),
                "server": self.server(license),
                "hwid": license.hwid.to_string(),
                "status": word(tally.status, self.at),
                "counts": tally.status.counts(self.at),
                "counts_until": clock::value(tally.status.counts_until()),
                "code": tally.status.code(),
                "reason_number": tally.status.number(),
                "reason": tally.status.message(),
                "next_step": tally.status.next_step(),
                "units_used": tally.used,
            })
        };
        self.rows.iter().map(value).collect()
    }
}
