//! A look at all clients and licences at one moment: what needs a person, and how much is in use.

use std::collections::BTreeMap;

use hwlicense::license::{Class, LicenseKey};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{Book, ClientView, Standing};
use hwlicense_server::store::{EntitlementRow, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::listing::{SILENT_HOURS, Status, each_client};
use crate::query::{Show, escaped};

/// Most licences with the same thing wrong that are named one by one.
const NAMED_MAX: usize = 3;

/// All clients and licences. About 300 bytes for each.
pub(crate) struct Census {
    pub(crate) now: UnixSeconds,
    pub(crate) clients: Vec<ClientView>,
    /// Without what was signed.
    pub(crate) licenses: Vec<EntitlementRow>,
}

/// Channels of one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ClassSum {
    /// The class.
    pub(crate) class: String,
    /// Channels of licences that are valid.
    pub(crate) total: u64,
    /// Channels in use.
    pub(crate) used: u64,
    /// Channels that are free.
    pub(crate) free: u64,
    /// Channels of devices that record, and were not heard for 8 hours.
    pub(crate) in_grace: u64,
    /// Channels of licences that are expired, revoked or not valid yet.
    pub(crate) invalid: u64,
    /// When the first of its licences ends; null for never.
    pub(crate) first_expiry: Option<String>,
}

/// Something that a person has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) is_urgent: bool,
    pub(crate) what: String,
    pub(crate) next_step: &'static str,
    /// Where to look.
    pub(crate) path: String,
}

impl Census {
    /// Reads the whole ledger.
    pub(crate) fn take(book: &mut Book<'_>) -> Result<Self, StoreError> {
        let mut clients = Vec::new();
        each_client(book, |client| clients.push(client))?;
        let mut licenses = book.rows().entitlements()?;
        for row in &mut licenses {
            (row.envelope, row.certificate) = (Vec::new(), Vec::new());
        }
        Ok(Self { now: book.now(), clients, licenses })
    }

    pub(crate) fn count(&self, show: Show) -> usize {
        self.clients.iter().filter(|client| show.fits(client, self.now)).count()
    }

    /// Licences from which something can be given.
    pub(crate) fn with_room(&self) -> impl Iterator<Item = &EntitlementRow> {
        let has_room = |row: &&EntitlementRow| row.is_valid(self.now) && row.used < row.capacity;
        self.licenses.iter().filter(has_room)
    }

    /// Channels by class.
    pub(crate) fn sums(&self) -> Vec<ClassSum> {
        let mut sums: BTreeMap<Class, (ClassSum, Option<UnixSeconds>)> = BTreeMap::new();
        let classes: BTreeMap<LicenseKey, Class> = self.licenses.iter().map(|row| (row.key, row.class)).collect();
        for row in &self.licenses {
            let (sum, first) = sums.entry(row.class).or_default();
            let capacity = u64::from(row.capacity);
            let used = u64::from(row.used).saturating_add(row.excess.into());
            sum.used = sum.used.saturating_add(used);
            if row.is_valid(self.now) {
                sum.total = sum.total.saturating_add(capacity);
                sum.free = sum.free.saturating_add(capacity.saturating_sub(row.used.into()));
                *first = [*first, row.expires].into_iter().flatten().min();
            } else {
                sum.invalid = sum.invalid.saturating_add(capacity);
            }
        }
        for client in self.clients.iter().filter(|client| self.is_in_grace(client)) {
            for (key, count) in &client.holds {
                if let Some((sum, _)) = classes.get(key).and_then(|class| sums.get_mut(class)) {
                    sum.in_grace = sum.in_grace.saturating_add((*count).into());
                }
            }
        }
        let named = |(class, (sum, first)): (Class, (ClassSum, Option<UnixSeconds>))| ClassSum {
            class: class.to_string(),
            first_expiry: first.map(crate::text::show_time),
            ..sum
        };
        sums.into_iter().map(named).collect()
    }

    fn is_in_grace(&self, client: &ClientView) -> bool {
        matches!(client.standing, Standing::Licensed { .. }) && Show::Silent.fits(client, self.now)
    }

    /// Licences that somebody has to look at: each by itself, or all with the same reason together.
    fn license_alarms(&self) -> impl Iterator<Item = Alarm> {
        let mut reasons: BTreeMap<&str, (Status, Vec<&EntitlementRow>)> = BTreeMap::new();
        for row in &self.licenses {
            let status = Status::of(row, self.now);
            if status.word != "OK" {
                reasons.entry(status.reason).or_insert((status, Vec::new())).1.push(row);
            }
        }
        reasons.into_values().flat_map(|(status, rows)| {
            let alarm = |what: String| Alarm {
                is_urgent: status.word != "Expires soon",
                what: format!("{what}: {}", status.reason),
                next_step: status.next_step,
                path: format!("/licenses?search={}", escaped(status.reason)),
            };
            if rows.len() > NAMED_MAX {
                return vec![alarm(format!("{} licences", rows.len()))];
            }
            let each = rows.iter();
            let named =
                |row: &&EntitlementRow| format!("Licence {} ({}, {} channels)", row.key, row.class, row.capacity);
            each.map(|row| alarm(named(row))).collect()
        })
    }

    /// What needs a person, the most urgent first.
    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let mut clients = |show: Show, is_urgent, what: &str, next_step| {
            let count = self.count(show);
            if count > 0 {
                let noun = if count == 1 { "device" } else { "devices" };
                let path = format!("/clients?show={}", show.word());
                alarms.push(Alarm { is_urgent, what: format!("{count} {noun} {what}"), next_step, path });
            }
        };
        clients(
            Show::Unlicensed,
            true,
            "asked and may not record",
            "Open each: the page says why, and what to do. Most need a licence that is free.",
        );
        clients(
            Show::LeaseEnded,
            true,
            "stopped recording: their lease has ended",
            "Check that they are on and reach TCP port 16770 of this server.",
        );
        clients(
            Show::Clone,
            true,
            "may be two: somebody else uses their Hardware ID",
            "Look for a second device. If a device was reset, accept it on its page.",
        );
        clients(
            Show::Changed,
            true,
            "came back with other hardware",
            "Compare with the work that was done on site, and allow the change on the device's page.",
        );
        clients(
            Show::Silent,
            false,
            &format!("were not heard for {SILENT_HOURS} hours"),
            "They record until their lease ends. Check power and network.",
        );
        clients(
            Show::Never,
            false,
            "are expected and never made contact",
            "Check that they are on, and that server address and port (16770) are set on them.",
        );
        if self.licenses.is_empty() {
            alarms.push(Alarm {
                is_urgent: true,
                what: "No licence was imported yet: nobody can record".to_owned(),
                next_step: "Import the file that the vendor made for this server.",
                path: "/licenses".to_owned(),
            });
        }
        alarms.extend(self.license_alarms());
        alarms.sort_by_key(|alarm| !alarm.is_urgent);
        alarms
    }
}
