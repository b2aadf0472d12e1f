//! Updates: to whom they go, and how far they have come.

use hwlicense_server::ledger::update::UpdateView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::text::show_time;

/// An update as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpdateEntry {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Brand that it is for.
    pub brand: String,
    /// Component that it is for.
    pub component: String,
    /// Models that it is for.
    pub models: Vec<String>,
    /// First revision of the hardware that it is for.
    pub hardware_min: u16,
    /// Last revision of the hardware that it is for.
    pub hardware_max: u16,
    /// Its version.
    pub version: String,
    /// Its security version.
    pub security_version: u32,
    /// Oldest version from which it can be made in one step.
    pub version_min: String,
    /// Bytes of the image.
    pub size: u32,
    /// Last time at which it is offered.
    pub valid_until: String,
    /// `active`, `paused` or `withdrawn`.
    pub state: &'static str,
    /// Why; empty where there is nothing to say.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Thousandths of the clients that get it.
    pub share: u16,
    /// Groups of clients that get it; empty for all.
    pub groups: Vec<String>,
    /// When it was published.
    pub published: String,
    /// Clients to which it was offered, and that said nothing of it yet.
    pub offered: u32,
    /// Clients that fetch it.
    pub downloading: u32,
    /// Clients that have it and did not start with it yet.
    pub ready: u32,
    /// Clients that run it.
    pub installed: u32,
    /// Clients on which it failed.
    pub failed: u32,
}

impl UpdateEntry {
    /// Columns of the list.
    pub const HEADER: [&'static str; 13] = [
        "Id",
        "Component",
        "Version",
        "Models",
        "State",
        "Share",
        "Groups",
        "Offered",
        "Downloading",
        "Ready",
        "Installed",
        "Failed",
        "Reason",
    ];
    /// Digits of an id in the list: enough to name it.
    const DIGITS: usize = 8;

    /// The entry of an update.
    #[must_use]
    pub fn of(update: &UpdateView) -> Self {
        let row = &update.row;
        Self {
            id: row.id.iter().map(|byte| format!("{byte:02x}")).collect(),
            brand: row.brand.clone(),
            component: row.component.clone(),
            models: update.models.clone(),
            hardware_min: update.hardware.0,
            hardware_max: update.hardware.1,
            version: row.version.to_string(),
            security_version: row.security_version,
            version_min: update.version_min.to_string(),
            size: row.size,
            valid_until: show_time(row.valid_until),
            state: row.state.code(),
            reason: row.reason.clone(),
            since: show_time(row.since),
            share: row.share,
            groups: row.groups.clone(),
            published: show_time(row.published),
            offered: update.reach.offered,
            downloading: update.reach.downloading,
            ready: update.reach.ready,
            installed: update.reach.installed,
            failed: update.reach.failed,
        }
    }

    /// Its row in the list.
    #[must_use]
    pub fn cells(&self) -> [String; 13] {
        [
            self.id.chars().take(Self::DIGITS).collect(),
            self.component.clone(),
            self.version.clone(),
            self.models.join(", "),
            self.state.to_owned(),
            share_in_words(self.share),
            if self.groups.is_empty() { "-".to_owned() } else { self.groups.join(", ") },
            self.offered.to_string(),
            self.downloading.to_string(),
            self.ready.to_string(),
            self.installed.to_string(),
            self.failed.to_string(),
            self.reason.clone(),
        ]
    }
}

/// A share in thousandths as people write it: `10%`, `2.5%`.
#[must_use]
pub fn share_in_words(thousandths: u16) -> String {
    let (whole, tenths) = (thousandths.div_euclid(10), thousandths.rem_euclid(10));
    if tenths == 0 { format!("{whole}%") } else { format!("{whole}.{tenths}%") }
}

/// A share as people write it, in thousandths; `None` if it is none.
#[must_use]
pub fn share_of_words(text: &str) -> Option<u16> {
    let number = text.strip_suffix('%')?;
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(tenths) || tenths.len() > 1 {
        return None;
    }
    let thousandths = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(tenths.parse().ok()?)?;
    (thousandths <= 1_000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_they_are_shown() {
        for share in 0..=1_000 {
            assert_eq!(share_of_words(&share_in_words(share)), Some(share));
        }
        assert_eq!([share_in_words(100), share_in_words(25), share_in_words(1)], ["10%", "2.5%", "0.1%"]);
        for text in ["", "%", "10", "100.1%", "101%", "-1%", "+1%", "1.%", ".5%", "1.55%", "1,5%", "1 %", "99999%"] {
            assert_eq!(share_of_words(text), None, "{text}");
        }
    }
}
