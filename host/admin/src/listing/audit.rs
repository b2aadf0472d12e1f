//! The audit: who changed what, when.

use hwlicense_server::ledger::Action;
use hwlicense_server::store::AuditRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::or_dash;
use crate::text::show_time;

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What, by its stable name.
    pub action: String,
    /// About which Hardware ID.
    pub hwid: Option<String>,
    /// About which licence.
    pub license_key: Option<String>,
    /// More, for people.
    pub detail: String,
}

impl AuditEntry {
    /// Columns of the list.
    pub const HEADER: [&'static str; 7] = ["Number", "When", "Who", "What", "Hardware ID", "License Key", "More"];

    /// The entry of a row.
    #[must_use]
    pub fn of(row: &AuditRow) -> Self {
        Self {
            number: row.id,
            at: show_time(row.at),
            actor: row.actor.clone(),
            // A line of newer software has a number that this one does not know.
            action: Action::from_number(row.action)
                .map_or_else(|| row.action.to_string(), |action| action.code().to_owned()),
            hwid: row.hwid.map(|hwid| hwid.to_string()),
            license_key: row.entitlement.map(|key| key.to_string()),
            detail: row.detail.clone(),
        }
    }

    /// Its row in the list.
    #[must_use]
    pub fn cells(&self) -> [String; 7] {
        [
            self.number.to_string(),
            self.at.clone(),
            self.actor.clone(),
            self.action.clone(),
            or_dash(self.hwid.as_ref()),
            or_dash(self.license_key.as_ref()),
            self.detail.clone(),
        ]
    }
}
