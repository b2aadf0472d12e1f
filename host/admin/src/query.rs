//! Which clients, licences and updates of all are listed, in which order: the same for pages, API and CSV.

use core::cmp::Ordering;

use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{ClientView, Standing};
use hwlicense_server::store::EntitlementRow;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::listing::{SILENT_HOURS, Status, next_step};

/// Most rows of a page.
const PAGE_MAX: u32 = 500;
/// Rows of a page unless something else is said.
const PAGE: u32 = 50;

/// Which clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Show {
    /// All of them.
    #[default]
    All,
    /// Those that need somebody's attention.
    Attention,
    /// Those that made contact and may not record.
    Unlicensed,
    /// Those that were not heard for 8 hours.
    Silent,
    /// Those whose lease has ended.
    LeaseEnded,
    /// Those that may be two.
    Clone,
    /// Those that ask for a change of hardware.
    Changed,
    /// Those that are expected and never made contact.
    Never,
}

impl Show {
    /// All of them, with what they are called.
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::All, "All"),
        (Self::Attention, "Need attention"),
        (Self::Unlicensed, "Not licensed"),
        (Self::Silent, "Not seen for 8 h"),
        (Self::LeaseEnded, "Lease ended"),
        (Self::Clone, "Possible clone"),
        (Self::Changed, "Hardware changed"),
        (Self::Never, "Never made contact"),
    ];

    /// Its name in an address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Attention => "attention",
            Self::Unlicensed => "unlicensed",
            Self::Silent => "silent",
            Self::LeaseEnded => "lease-ended",
            Self::Clone => "clone",
            Self::Changed => "changed",
            Self::Never => "never",
        }
    }

    /// Whether a client is one of them.
    pub(crate) fn fits(self, client: &ClientView, now: UnixSeconds) -> bool {
        let silent_s = u64::from(SILENT_HOURS).saturating_mul(3_600);
        match self {
            Self::All => true,
            Self::Attention => next_step(client).is_some() || Self::Silent.fits(client, now),
            Self::Unlicensed => {
                matches!(client.standing, Standing::Waiting | Standing::Refused(_) | Standing::GivenUp)
            }
            Self::Silent => client.last_contact.is_some_and(|last| last.after(silent_s) < now),
            Self::LeaseEnded => matches!(client.standing, Standing::LeaseEnded { .. }),
            Self::Clone => client.clone_mark.is_some(),
            Self::Changed => client.change_asked.is_some(),
            Self::Never => client.standing == Standing::NeverSeen,
        }
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sort {
    /// By name.
    #[default]
    Name,
    /// By version of the software.
    Version,
    /// By state.
    State,
    /// By last contact, the newest first; those that never made contact last.
    LastContact,
}

impl Sort {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Version => "version",
            Self::State => "state",
            Self::LastContact => "last-contact",
        }
    }

    fn compare(self, a: &ClientView, b: &ClientView) -> Ordering {
        let by_name =
            || (a.name.as_str(), a.hwid.map(|hwid| hwid.bytes)).cmp(&(b.name.as_str(), b.hwid.map(|hwid| hwid.bytes)));
        match self {
            Self::Name => by_name(),
            Self::Version => a.software.cmp(&b.software).then_with(by_name),
            Self::State => a.standing.code().cmp(b.standing.code()).then_with(by_name),
            Self::LastContact => b.last_contact.cmp(&a.last_contact).then_with(by_name),
        }
    }
}

/// Which clients of all, in which order, and which page of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct Query {
    /// Text that is part of the name, of the Hardware ID or of a licence key, in any case.
    pub(crate) search: String,
    /// Which of them.
    pub(crate) show: Show,
    /// In which order.
    pub(crate) sort: Sort,
    /// Page, counted from 1.
    pub(crate) page: Option<u32>,
    /// Most clients of a page: 50, and at most 500.
    pub(crate) limit: Option<u32>,
}

/// Which licences of all, and which page of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct LicenseQuery {
    /// Text that is part of the key, of the class, of the holder or of the status, in any case.
    pub(crate) search: String,
    /// Page, counted from 1.
    pub(crate) page: Option<u32>,
    /// Most licences of a page: 50, and at most 500.
    pub(crate) limit: Option<u32>,
}

/// A page of what was asked for.
pub(crate) struct Found<T> {
    pub(crate) rows: Vec<T>,
    /// How many there are on all pages.
    pub(crate) total: usize,
    pub(crate) page: u32,
    pub(crate) pages: u32,
}

impl<T> Found<T> {
    /// The page of all that was asked for; the last one if there are fewer.
    pub(crate) fn of(all: Vec<T>, page: Option<u32>, limit: Option<u32>) -> Self {
        let limit = usize::try_from(limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)).unwrap_or(1);
        let total = all.len();
        let pages = u32::try_from(total.div_ceil(limit).max(1)).unwrap_or(u32::MAX);
        let page = page.unwrap_or(1).clamp(1, pages);
        let skipped = usize::try_from(page.saturating_sub(1)).unwrap_or(0).saturating_mul(limit);
        Self { rows: all.into_iter().skip(skipped).take(limit).collect(), total, page, pages }
    }
}

/// A text as it stands in an address after the question mark.
pub(crate) fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

impl Query {
    /// All that fit, in order.
    pub(crate) fn all<'a>(&self, clients: &'a [ClientView], now: UnixSeconds) -> Vec<&'a ClientView> {
        let wanted = self.search.trim().to_lowercase();
        let has = |client: &ClientView| {
            wanted.is_empty()
                || client.name.to_lowercase().contains(&wanted)
                || client.hwid.is_some_and(|hwid| hwid.to_string().contains(&wanted))
                || client.holds.iter().any(|(key, _)| key.to_string().to_lowercase().contains(&wanted))
        };
        let mut found: Vec<_> = clients.iter().filter(|client| self.show.fits(client, now) && has(client)).collect();
        found.sort_by(|a, b| self.sort.compare(a, b));
        found
    }

    /// The page of them that was asked for.
    pub(crate) fn find<'a>(&self, clients: &'a [ClientView], now: UnixSeconds) -> Found<&'a ClientView> {
        Found::of(self.all(clients, now), self.page, self.limit)
    }
}

impl LicenseQuery {
    /// The page of those that fit.
    pub(crate) fn find<'a>(&self, licenses: &'a [EntitlementRow], now: UnixSeconds) -> Found<&'a EntitlementRow> {
        let wanted = self.search.trim().to_lowercase();
        let has = |row: &&EntitlementRow| {
            let status = Status::of(row, now);
            let class = row.class.to_string();
            let texts = [&row.key.to_string(), &class, &row.holder, status.word, status.reason];
            wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        Found::of(licenses.iter().filter(has).collect(), self.page, self.limit)
    }
}
