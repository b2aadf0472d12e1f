//! Clients: who records, who does not, why, and what to do next.

use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{Book, ClientView, Page, Standing, clients};
use hwlicense_server::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use super::{or_dash, shown};

/// Clients that are read at a time.
const PAGE: u32 = 500;
/// Seconds until the next contact of a client that has a licence.
const CONTACT_LICENSED_S: u64 = 4 * 3_600;
/// And of one that has none.
const CONTACT_UNLICENSED_S: u64 = 60;
/// After how many hours without contact a client is said to be silent: two contacts were missed.
pub const SILENT_HOURS: u32 = 8;

/// What a client has of a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holding {
    /// The licence.
    pub license_key: String,
    /// Channels.
    pub channels: u32,
}

/// A client as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClientEntry {
    /// Name that it gives itself, or by which it is expected.
    pub name: String,
    /// Its Hardware ID; none for one that is expected by name.
    pub hwid: Option<String>,
    /// Brand of its software; empty before its first contact.
    pub brand: String,
    /// Version of its software; `V 0.0 (0000)` before its first contact.
    pub version: String,
    /// Its model, if it said so.
    pub model: Option<String>,
    /// Group that it is in, for updates.
    pub group: Option<String>,
    /// How it stands: `licensed`, `waiting`, `never-seen`, `lease-ended`, `given-up`, or why it was refused.
    pub state: &'static str,
    /// Why it stands so.
    pub reason: &'static str,
    /// What somebody has to do; nothing for a client that is well.
    pub next_step: Option<&'static str>,
    /// Until when it may record without another contact; null also for "for ever".
    pub lease_until: Option<String>,
    /// What it has.
    pub holds: Vec<Holding>,
    /// Licence that an administrator assigned.
    pub assigned: Option<String>,
    /// Why it did not get something else that it asked for.
    pub problem: Option<&'static str>,
    /// Since when two machines may be using its Hardware ID.
    pub possible_clone_since: Option<String>,
    /// Hardware ID that asked to take its place.
    pub change_asked: Option<String>,
    /// Number under which it is expected, to strike it out; null once it made contact.
    pub expected: Option<i64>,
    /// First contact.
    pub first_contact: Option<String>,
    /// Last contact.
    pub last_contact: Option<String>,
    /// When it is going to ask again, if it is well.
    pub next_contact: Option<String>,
    /// What its clock said at the last contact.
    pub clock: Option<String>,
}

impl ClientEntry {
    /// Columns of the list.
    pub const HEADER: [&'static str; 9] = [
        "Name",
        "Hardware ID",
        "Version",
        "State",
        "License Key",
        "Channels",
        "Last Contact",
        "Next Contact",
        "Next Step",
    ];

    /// The entry of a client.
    #[must_use]
    pub fn of(client: &ClientView) -> Self {
        let holding = |(key, channels): &(_, u32)| Holding { license_key: format!("{key}"), channels: *channels };
        Self {
            name: client.name.clone(),
            hwid: client.hwid.map(|hwid| hwid.to_string()),
            brand: client.brand.clone(),
            version: client.software.clone(),
            model: client.model.clone(),
            group: client.group.clone(),
            state: client.standing.code(),
            reason: client.standing.reason(),
            next_step: next_step(client),
            lease_until: match client.standing {
                Standing::Licensed { until } => shown(until),
                _ => None,
            },
            holds: client.holds.iter().map(holding).collect(),
            assigned: client.assigned.map(|key| key.to_string()),
            problem: client.problem.map(|refusal| refusal.code()),
            possible_clone_since: shown(client.clone_mark.map(|mark| mark.since)),
            change_asked: client.change_asked.map(|hwid| hwid.to_string()),
            expected: client.expected,
            first_contact: shown(client.first_contact),
            last_contact: shown(client.last_contact),
            next_contact: shown(next_contact(client)),
            clock: shown(client.clock),
        }
    }

    /// Channels that it has in all.
    #[must_use]
    pub fn channels(&self) -> u32 {
        self.holds.iter().fold(0, |sum, holding| sum.saturating_add(holding.channels))
    }

    /// Its row in the list.
    #[must_use]
    pub fn cells(&self) -> [String; 9] {
        let keys: Vec<&str> = self.holds.iter().map(|holding| holding.license_key.as_str()).collect();
        [
            self.name.clone(),
            or_dash(self.hwid.as_ref()),
            self.version.clone(),
            self.state.to_owned(),
            keys.join(" "),
            self.channels().to_string(),
            or_dash(self.last_contact.as_ref()),
            or_dash(self.next_contact.as_ref()),
            self.next_step.unwrap_or_default().to_owned(),
        ]
    }
}

/// Every client of the ledger, those that are only expected last.
///
/// # Errors
/// [`StoreError`].
pub fn each_client(book: &mut Book<'_>, mut look: impl FnMut(ClientView)) -> Result<(), StoreError> {
    let mut page = Some(Page::Clients(None));
    while let Some(at) = page {
        let (views, next) = clients(book, at, PAGE)?;
        views.into_iter().for_each(&mut look);
        page = next;
    }
    Ok(())
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
#[must_use]
pub fn next_step(client: &ClientView) -> Option<&'static str> {
    let clone = client.clone_mark.map(|mark| mark.sign.next_step());
    let standing = match client.standing {
        Standing::Licensed { .. } => client.problem.map(|refusal| refusal.next_step()),
        standing => Some(standing.next_step()),
    };
    clone.or(standing)
}
