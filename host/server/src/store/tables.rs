//! The operations on each table. All of them fail with [`StoreError`] only.
#![allow(clippy::missing_errors_doc, reason = "one sentence for all of them: see the module")]

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::time::UnixSeconds;

use super::{
    ActivationId, ActivationRow, AnswerRow, AuditRow, ClientId, ClientRow, ContactsRow, EntitlementRow, ExpectedRow,
    HeldRow, LastEnd, LeaseRow, LedgerRow, ListRow, MoveRow, SecretRow, StoreError, TokenRow, Usable, UsageRow,
};

/// Which ledger this is, and settings of the server.
pub trait LedgerTable {
    /// The ledger; `None` until it was founded.
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError>;
    /// Founds the ledger, or changes what is kept of it.
    fn put_ledger(&mut self, row: &LedgerRow) -> Result<(), StoreError>;
    /// The serial of the next lease, which nobody gets a second time.
    fn take_serial(&mut self) -> Result<u64, StoreError>;
    /// A setting.
    fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError>;
    /// Changes a setting.
    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError>;
}

/// Clients, with their secrets, enrolments and the answers they got.
pub trait ClientTable {
    /// The client with this number.
    fn client(&mut self, id: ClientId) -> Result<Option<ClientRow>, StoreError>;
    /// The client with this HWID.
    fn client_by_hwid(&mut self, hwid: Hwid) -> Result<Option<ClientRow>, StoreError>;
    /// Up to `limit` clients after the one with this number, in the order of their numbers.
    fn clients_after(&mut self, after: Option<ClientId>, limit: u32) -> Result<Vec<ClientRow>, StoreError>;
    /// Enters a client; its `id` is chosen by the store and returned.
    fn insert_client(&mut self, row: &ClientRow) -> Result<ClientId, StoreError>;
    /// Writes every column of a client.
    fn update_client(&mut self, row: &ClientRow) -> Result<(), StoreError>;
    /// Forgets a client, its secrets and its answers.
    fn delete_client(&mut self, id: ClientId) -> Result<(), StoreError>;

    /// Its enrolment.
    fn enrollment(&mut self, id: ClientId) -> Result<Option<Vec<u8>>, StoreError>;
    /// Changes its enrolment.
    fn put_enrollment(&mut self, id: ClientId, enrollment: &[u8]) -> Result<(), StoreError>;

    /// Its secrets.
    fn secret(&mut self, id: ClientId) -> Result<Option<SecretRow>, StoreError>;
    /// Enters or changes its secrets.
    fn put_secret(&mut self, id: ClientId, row: &SecretRow) -> Result<(), StoreError>;

    /// What was answered to a request of it.
    fn answer(&mut self, id: ClientId, request: [u8; 16]) -> Result<Option<AnswerRow>, StoreError>;
    /// Keeps an answer, and of older ones so many that `keep` are left.
    fn put_answer(&mut self, id: ClientId, row: &AnswerRow, keep: u32) -> Result<(), StoreError>;
}

/// Clients that have not made contact yet.
pub trait ExpectedTable {
    /// Enters one; its number is returned.
    fn insert_expected(&mut self, row: &ExpectedRow) -> Result<i64, StoreError>;
    /// Writes every column of one.
    fn update_expected(&mut self, row: &ExpectedRow) -> Result<(), StoreError>;
    /// Strikes one out.
    fn delete_expected(&mut self, id: i64) -> Result<(), StoreError>;
    /// The one that is still expected with this HWID; if there is none, the one with this name and
    /// no HWID.
    fn expected_for(&mut self, hwid: Hwid, name: &str) -> Result<Option<ExpectedRow>, StoreError>;
    /// Up to `limit` that are still expected, after the one with this number.
    fn expected_after(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<ExpectedRow>, StoreError>;
}

/// Entitlements.
pub trait EntitlementTable {
    /// The entitlement with this key.
    fn entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError>;
    /// The same, and no other transaction changes it until this one ends.
    fn lock_entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError>;
    /// All entitlements, in the order of their keys.
    fn entitlements(&mut self) -> Result<Vec<EntitlementRow>, StoreError>;
    /// Up to `limit` of those that can be used for something, in the order of their keys, after one.
    fn usable_entitlements(
        &mut self,
        usable: &Usable<'_>,
        after: Option<LicenseKey>,
        limit: u32,
    ) -> Result<Vec<EntitlementRow>, StoreError>;
    /// That of a brand which is not revoked and serves for longest.
    fn credential(&mut self, brand: &str) -> Result<Option<EntitlementRow>, StoreError>;
    /// Enters an entitlement, or writes every column of it.
    fn put_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError>;
    /// Writes what of an entitlement is in use: `used`, `excess` and `moves_used`.
    fn count_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError>;
}

/// Entitlements in use.
pub trait ActivationTable {
    /// The activation of an entitlement for a HWID.
    fn activation(&mut self, entitlement: LicenseKey, hwid: Hwid) -> Result<Option<ActivationRow>, StoreError>;
    /// The activation with this number.
    fn activation_by_id(&mut self, id: ActivationId) -> Result<Option<ActivationRow>, StoreError>;
    /// All activations of a HWID, the newest first.
    fn activations_of_hwid(&mut self, hwid: Hwid) -> Result<Vec<ActivationRow>, StoreError>;
    /// All activations of an entitlement.
    fn activations_of(&mut self, entitlement: LicenseKey) -> Result<Vec<ActivationRow>, StoreError>;
    /// Up to `limit` that are leaving and whose channels are free by now, of one entitlement or all.
    fn activations_to_free(
        &mut self,
        entitlement: Option<LicenseKey>,
        now: UnixSeconds,
        limit: u32,
    ) -> Result<Vec<ActivationRow>, StoreError>;
    /// Enters an activation; its `id` is chosen by the store and returned.
    fn insert_activation(&mut self, row: &ActivationRow) -> Result<ActivationId, StoreError>;
    /// Writes every column of an activation.
    fn update_activation(&mut self, row: &ActivationRow) -> Result<(), StoreError>;
}

/// Leases.
pub trait LeaseTable {
    /// Keeps a lease.
    fn insert_lease(&mut self, row: &LeaseRow) -> Result<(), StoreError>;
    /// The lease with this epoch and serial.
    fn lease(&mut self, epoch: u32, serial: u64) -> Result<Option<LeaseRow>, StoreError>;
    /// The newest lease of an activation, by epoch and serial.
    fn newest_lease(&mut self, activation: ActivationId) -> Result<Option<LeaseRow>, StoreError>;
    /// When the last lease of an activation ends.
    fn last_end(&mut self, activation: ActivationId) -> Result<LastEnd, StoreError>;
    /// What the clients from one number to another have, both included: in the order of the clients, the
    /// newest activation of each first.
    fn held_between(&mut self, first: ClientId, last: ClientId) -> Result<Vec<HeldRow>, StoreError>;
    /// Deletes up to `limit` leases that ended before a time, and says how many. The newest lease of
    /// each activation stays.
    fn delete_leases_ended(&mut self, before: UnixSeconds, limit: u32) -> Result<u32, StoreError>;
}

/// Moves, tokens of administrators, and revocation lists.
pub trait RightsTable {
    /// Notes that channels changed hardware.
    fn insert_move(&mut self, row: &MoveRow) -> Result<(), StoreError>;
    /// How often a client was rebound since a time.
    fn rebinds_since(&mut self, client: ClientId, since: UnixSeconds) -> Result<u32, StoreError>;

    /// Enters a token.
    fn insert_token(&mut self, row: &TokenRow) -> Result<(), StoreError>;
    /// All tokens, by name.
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError>;
    /// Takes a token back; whether there was one that had not been.
    fn revoke_token(&mut self, name: &str, at: UnixSeconds) -> Result<bool, StoreError>;

    /// The newest list of each signer.
    fn lists(&mut self) -> Result<Vec<ListRow>, StoreError>;
    /// Keeps a list in place of the signer's former one.
    fn put_list(&mut self, row: &ListRow) -> Result<(), StoreError>;
}

/// What happened. Lines are appended, and never changed or deleted.
pub trait AuditTable {
    /// Appends a line.
    fn append_audit(&mut self, row: &AuditRow) -> Result<(), StoreError>;
    /// Up to `limit` lines after the one with this number.
    fn audit_after(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// Up to `limit` lines before the one with this number, the newest first; of one HWID or of all.
    fn audit_before(
        &mut self,
        hwid: Option<Hwid>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError>;
}

/// What happened in each hour, for pictures. Nothing is decided by it.
pub trait StatisticsTable {
    /// Adds contacts to those of their hour.
    fn add_contacts(&mut self, row: &ContactsRow) -> Result<(), StoreError>;
    /// The contacts of an hour and of those after it, in their order.
    fn contacts_since(&mut self, hour: u32) -> Result<Vec<ContactsRow>, StoreError>;
    /// Raises what is noted of a class in an hour, where this is more.
    fn raise_usage(&mut self, row: &UsageRow) -> Result<(), StoreError>;
    /// What is noted of an hour and of those after it, by hour and class.
    fn usage_since(&mut self, hour: u32) -> Result<Vec<UsageRow>, StoreError>;
    /// Forgets the hours before one.
    fn delete_statistics_before(&mut self, hour: u32) -> Result<(), StoreError>;
}
