//! Why a client does not record, and what to do next.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::Refusal;
use hwlicense::time::UnixSeconds;

use super::Book;
use crate::store::{ClientId, ClientRow, CloneMark, CloneSign, HeldRow, LastEnd, StoreError};

/// What stands for the version of a client that never made contact.
pub const RECORDER_NEVER_SEEN: &str = "V 0.0 (0000)";

/// How a client stands with its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is expected, and never made contact.
    NeverSeen,
    /// Nobody assigned a licence to it.
    Waiting,
    /// It has a licence; its lease ends then, or never.
    Licensed {
        /// When its last lease ends.
        until: Option<UnixSeconds>,
    },
    /// Its lease has ended, and it did not come for another.
    LeaseEnded {
        /// When it ended.
        since: UnixSeconds,
    },
    /// It was refused.
    Refused(Refusal),
    /// It gave up what it had.
    GivenUp,
}

impl Standing {
    /// Stable name, as it appears in JSON and CSV.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NeverSeen => "never-seen",
            Self::Waiting => "waiting",
            Self::Licensed { .. } => "licensed",
            Self::LeaseEnded { .. } => "lease-ended",
            Self::Refused(refusal) => refusal.code(),
            Self::GivenUp => "given-up",
        }
    }

    /// Why it stands so, as one sentence.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NeverSeen => "The device never made contact with this server.",
            Self::Waiting => "No licence was assigned to the device, and none that fits is free to be given.",
            Self::Licensed { .. } => "The device has its licence.",
            Self::LeaseEnded { .. } => "The device did not make contact before its lease ended.",
            Self::Refused(refusal) => refusal.message(),
            Self::GivenUp => "The licence of the device was given up.",
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::NeverSeen => {
                "Check that the device is on, and that its server address and port (16770) are those of this server."
            }
            Self::Waiting => "Assign a licence to the device, or import one of the class that it needs.",
            Self::Licensed { .. } => "Nothing to do.",
            Self::LeaseEnded { .. } => {
                "Check that the device is on and reaches TCP port 16770 of this server; it gets a new lease by itself."
            }
            Self::Refused(refusal) => refusal.next_step(),
            Self::GivenUp => "Assign a licence to the device if it is to record again, or enter a key on it.",
        }
    }
}

/// A client as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// Number under which it is expected; `None` once it made contact.
    pub expected: Option<i64>,
    /// Its HWID; `None` for one that is expected by name.
    pub hwid: Option<Hwid>,
    /// Its name.
    pub name: String,
    /// Its brand; empty until its first contact.
    pub brand: String,
    /// Version of its software, as the one that updates are made from if it named that; [`RECORDER_NEVER_SEEN`] until its first contact.
    pub software: String,
    /// Its model, if it said so.
    pub model: Option<String>,
    /// Group that it is in, for updates.
    pub group: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Why it did not get something else that it asked for.
    pub problem: Option<Refusal>,
    /// Whether it may be two machines, since when and why.
    pub clone_mark: Option<CloneMark>,
    /// HWID that waits to take its place.
    pub change_asked: Option<Hwid>,
    /// What it has: entitlements and channels.
    pub holds: Vec<(LicenseKey, u32)>,
    /// Entitlement that the administrator assigned.
    pub assigned: Option<LicenseKey>,
    /// First contact.
    pub first_contact: Option<UnixSeconds>,
    /// Last contact.
    pub last_contact: Option<UnixSeconds>,
    /// What its clock said at that moment.
    pub clock: Option<UnixSeconds>,
}

impl CloneSign {
    /// What it means, and what the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::SecondSecret => {
                "Somebody asked with this Hardware ID and without the device's secret. If the device was reset, \
                 accept it (`hwlicense server accept`, or on its page); otherwise look for a second device with a copy of its software."
            }
            Self::CounterWentBack => {
                "The device counted its contacts anew: an old copy of its memory was put back, or it runs twice. \
                 Look for a second device."
            }
        }
    }
}

/// Where to go on with a list of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Those that made contact, after this one.
    Clients(Option<ClientId>),
    /// Those that are expected, after the one with this number.
    Expected(Option<i64>),
}

/// Up to `limit` clients, those that made contact before those that are expected, and where to go
/// on; `None` at the end. Begin with [`Page::Clients`]`(None)`.
///
/// # Errors
/// [`StoreError`].
pub fn clients(book: &mut Book<'_>, page: Page, limit: u32) -> Result<(Vec<ClientView>, Option<Page>), StoreError> {
    match page {
        Page::Clients(after) => {
            let rows = book.tx.clients_after(after, limit)?;
            let next = match rows.last() {
                Some(last) => Page::Clients(Some(last.id)),
                None => Page::Expected(None),
            };
            let held = match (rows.first(), rows.last()) {
                (Some(first), Some(last)) => book.tx.held_between(first.id, last.id)?,
                _ => Vec::new(),
            };
            let mut rest = held.as_slice();
            let views = rows.into_iter().map(|row| {
                // Both are in the order of the clients.
                let (own, others) = rest.split_at(rest.partition_point(|held| held.client <= row.id));
                rest = others;
                view(row, own, book.now)
            });
            Ok((views.collect(), Some(next)))
        }
        Page::Expected(after) => {
            let rows = book.tx.expected_after(after, limit)?;
            let next = rows.last().map(|last| Page::Expected(Some(last.id)));
            let views = rows.into_iter().map(|row| ClientView {
                expected: Some(row.id),
                hwid: row.hwid,
                name: row.name.unwrap_or_default(),
                brand: String::new(),
                software: RECORDER_NEVER_SEEN.into(),
                model: None,
                group: None,
                standing: Standing::NeverSeen,
                problem: None,
                clone_mark: None,
                change_asked: None,
                holds: Vec::new(),
                assigned: row.assigned,
                first_contact: None,
                last_contact: None,
                clock: None,
            });
            Ok((views.collect(), next))
        }
    }
}

/// The client with a HWID, if it made contact.
///
/// # Errors
/// [`StoreError`].
pub fn client(book: &mut Book<'_>, hwid: Hwid) -> Result<Option<ClientView>, StoreError> {
    let Some(row) = book.tx.client_by_hwid(hwid)? else { return Ok(None) };
    let held = book.tx.held_between(row.id, row.id)?;
    Ok(Some(view(row, &held, book.now)))
}

fn view(row: ClientRow, held: &[HeldRow], now: UnixSeconds) -> ClientView {
    let last_end = held.iter().fold(LastEnd::NoLease, |last_end, held| later(last_end, held.last_end));
    let problem = Refusal::from_number(row.reason);
    let standing = standing(&row, last_end, now);
    let running = row.running;
    ClientView {
        expected: None,
        hwid: Some(row.hwid),
        name: row.name,
        brand: row.brand,
        software: running.as_ref().map_or(row.software, |running| running.version.to_string()),
        model: running.map(|running| running.model),
        group: row.group,
        standing,
        problem,
        clone_mark: row.clone_mark,
        change_asked: row.change_asked,
        holds: held.iter().map(|held| (held.entitlement, held.count)).collect(),
        assigned: row.assigned,
        first_contact: Some(row.first_contact),
        last_contact: Some(row.last_contact),
        clock: row.clock,
    }
}

fn later(a: LastEnd, b: LastEnd) -> LastEnd {
    match (a, b) {
        (LastEnd::Never, _) | (_, LastEnd::Never) => LastEnd::Never,
        (LastEnd::At(a), LastEnd::At(b)) => LastEnd::At(a.max(b)),
        (LastEnd::NoLease, other) | (other, LastEnd::NoLease) => other,
    }
}

fn standing(row: &ClientRow, last_end: LastEnd, now: UnixSeconds) -> Standing {
    use crate::store::Service;
    match (row.service, row.outcome, last_end) {
        (Service::Withdrawn, ..) => Standing::Refused(Refusal::Withdrawn),
        (Service::GivenUp, _, LastEnd::NoLease) => Standing::GivenUp,
        (_, 2, _) => Refusal::from_number(row.reason).map_or(Standing::Waiting, Standing::Refused),
        (_, _, LastEnd::Never) => Standing::Licensed { until: None },
        (_, _, LastEnd::At(end)) if end > now => Standing::Licensed { until: Some(end) },
        (_, _, LastEnd::At(since)) => Standing::LeaseEnded { since },
        (_, _, LastEnd::NoLease) => Standing::Waiting,
    }
}
