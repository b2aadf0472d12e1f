//! Licences: what the vendor gave this site, and what is in use.

use hwlicense::time::UnixSeconds;
use hwlicense_server::store::EntitlementRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::shown;
use crate::text::show_time;

/// How long before its end a licence is said to expire soon: 15 days.
const SOON_S: u64 = 15 * 86_400;

/// How a licence is, in one word, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// `OK`, `Expires soon`, `Expired` or `Error`.
    pub word: &'static str,
    /// Why; empty for `OK`.
    pub reason: &'static str,
    /// What the administrator does next; empty for `OK`.
    pub next_step: &'static str,
}

impl Status {
    /// How a licence is at a time.
    #[must_use]
    pub fn of(row: &EntitlementRow, now: UnixSeconds) -> Self {
        let soon = now.after(SOON_S);
        let (word, reason, next_step) = match row.expires {
            _ if row.revoked.is_some() => {
                ("Error", "the vendor revoked it", "Ask the vendor for another licence, and assign it.")
            }
            _ if row.not_before > now => ("Error", "it is not valid yet", "Wait until it begins, or check the clock."),
            Some(expires) if expires <= now => ("Expired", "its time is over", "Ask the vendor to renew it."),
            _ if row.serves_until < now => {
                ("Error", "the mandate of this server's key has ended", "Ask the vendor for a new issue.")
            }
            _ if row.excess > 0 => (
                "Error",
                "more channels are in use than were paid for",
                "Deactivate devices that need none, or buy the missing channels.",
            ),
            Some(expires) if expires <= soon => {
                ("Expires soon", "less than 15 days are left", "Ask the vendor to renew it.")
            }
            _ if row.serves_until <= soon => {
                ("Expires soon", "the mandate of this server's key ends", "Ask the vendor for a new issue.")
            }
            _ => ("OK", "", ""),
        };
        Self { word, reason, next_step }
    }
}

/// A licence as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LicenseEntry {
    /// Its key.
    pub license_key: String,
    /// Brand that it is for.
    pub brand: String,
    /// Class.
    pub class: String,
    /// Who it was issued to.
    pub holder: String,
    /// Channels that were paid for.
    pub channels: u32,
    /// Channels in use.
    pub used: u32,
    /// Channels that are free.
    pub free: u32,
    /// Channels in use beyond those paid for.
    pub excess: u32,
    /// Most channels of one client.
    pub per_client: u32,
    /// How often its channels may move to other hardware in all.
    pub moves_max: u16,
    /// How often they did.
    pub moves_used: u16,
    /// When it was issued.
    pub issued: String,
    /// When it begins.
    pub not_before: String,
    /// When it ends; null for never.
    pub expires: Option<String>,
    /// End of the mandate of this server's key.
    pub serves_until: String,
    /// Length of a lease in seconds; null for leases without an end.
    pub lease_s: Option<u32>,
    /// When it was imported.
    pub imported: String,
    /// `OK`, `Expires soon`, `Expired` or `Error`.
    pub status: &'static str,
    /// Why; empty for `OK`.
    pub reason: &'static str,
    /// What the administrator does next; empty for `OK`.
    pub next_step: &'static str,
}

impl LicenseEntry {
    /// Columns of the list.
    pub const HEADER: [&'static str; 9] =
        ["Type", "Channels", "Used", "Free", "Beyond", "License Key", "Expires", "Status", "Moves Left"];

    /// The entry of a licence at a time.
    #[must_use]
    pub fn of(row: &EntitlementRow, now: UnixSeconds) -> Self {
        let Status { word: status, reason, next_step } = Status::of(row, now);
        Self {
            license_key: row.key.to_string(),
            brand: row.brand.clone(),
            class: row.class.to_string(),
            holder: row.holder.clone(),
            channels: row.capacity,
            used: row.used,
            free: row.capacity.saturating_sub(row.used),
            excess: row.excess,
            per_client: row.per_client,
            moves_max: row.moves_max,
            moves_used: row.moves_used,
            issued: show_time(row.issued),
            not_before: show_time(row.not_before),
            expires: shown(row.expires),
            serves_until: show_time(row.serves_until),
            lease_s: row.lease_s,
            imported: show_time(row.imported),
            status,
            reason,
            next_step,
        }
    }

    /// How often its channels may still move.
    #[must_use]
    pub const fn moves_left(&self) -> u16 {
        self.moves_max.saturating_sub(self.moves_used)
    }

    /// Its row in the list.
    #[must_use]
    pub fn cells(&self) -> [String; 9] {
        [
            self.class.clone(),
            self.channels.to_string(),
            self.used.to_string(),
            self.free.to_string(),
            self.excess.to_string(),
            self.license_key.clone(),
            self.expires.clone().unwrap_or_else(|| "Never".to_owned()),
            self.status.to_owned(),
            self.moves_left().to_string(),
        ]
    }
}
