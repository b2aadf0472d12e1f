//! The rows of a ledger, as every store holds them.
//!
//! Signed things are kept as the bytes that were signed; the columns beside them are what a query
//! asks for. Numbers above `i64::MAX` are kept as `i64::MAX`.

use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, LicenseKey};
use hwlicense::signed::KeyId;
use hwlicense::time::UnixSeconds;

use super::RunningRow;

/// Which ledger this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its id: the server id in entitlements.
    pub id: [u8; 16],
    /// Grows with each restore.
    pub epoch: u32,
    /// The serial of the next lease.
    pub next_serial: u64,
    /// When it was founded.
    pub founded: UnixSeconds,
}

/// Number of a client within the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub i64);

/// Why two machines may be using one HWID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloneSign {
    /// Somebody with this HWID does not know the secret.
    SecondSecret,
    /// The contact counter went back.
    CounterWentBack,
}

/// A client may be two: since when, and what showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloneMark {
    /// When it was noticed first.
    pub since: UnixSeconds,
    /// What was noticed.
    pub sign: CloneSign,
}

/// Whether a client is given licences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// As the ledger's rules say.
    #[default]
    Offered,
    /// It gave up what it had. Until it names a licence key, or is assigned one, it waits.
    GivenUp,
    /// The administrator withdrew it. Until it is assigned a licence, it is refused.
    Withdrawn,
}

/// A client, without its secrets and its enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRow {
    /// Number within the store.
    pub id: ClientId,
    /// Its HWID of scheme 03.
    pub hwid: Hwid,
    /// Name that it gives itself.
    pub name: String,
    /// Brand of its software.
    pub brand: String,
    /// Version of its software.
    pub software: String,
    /// State that it reported, by number.
    pub state: u8,
    /// Highest contact counter seen.
    pub counter: u64,
    /// Class of licence that it asks for.
    pub wanted_class: Class,
    /// Channels that it asks for.
    pub wanted_count: u32,
    /// What its clock said at the last contact.
    pub clock: Option<UnixSeconds>,
    /// First contact.
    pub first_contact: UnixSeconds,
    /// Last contact.
    pub last_contact: UnixSeconds,
    /// Outcome of the last contact, by number.
    pub outcome: u8,
    /// Reason of the last refusal, by number; 0 for none.
    pub reason: u16,
    /// Entitlement that the administrator assigned.
    pub assigned: Option<LicenseKey>,
    /// Whether it is given licences without being asked for by name.
    pub service: Service,
    /// HWID that asked to take its place after a change of hardware, and was refused.
    pub change_asked: Option<Hwid>,
    /// HWID that the administrator allowed to take its place.
    pub change_allowed: Option<Hwid>,
    /// Whether it may be two machines.
    pub clone_mark: Option<CloneMark>,
    /// What it runs, as far as it said so.
    pub running: Option<RunningRow>,
    /// Group that the administrator put it into, for updates.
    pub group: Option<String>,
}

/// The secrets of a client. They are keys of a MAC, so they are kept as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// The secret that counts.
    pub secret: [u8; 32],
    /// Whether a request was authenticated with it.
    pub confirmed: bool,
    /// The secret of somebody else with this HWID.
    pub candidate: Option<[u8; 32]>,
}

/// Says nothing of the secrets.
impl core::fmt::Debug for SecretRow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SecretRow").field("confirmed", &self.confirmed).finish_non_exhaustive()
    }
}

/// What was answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// Id of the request.
    pub request: [u8; 16],
    /// Digest of the request.
    pub digest: [u8; 32],
    /// What was decided, in the ledger's own form.
    pub decision: Vec<u8>,
}

/// A client that has not made contact yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    /// Number within the store; chosen by the store on insertion.
    pub id: i64,
    /// Name by which it will be known.
    pub name: Option<String>,
    /// HWID by which it will be known.
    pub hwid: Option<Hwid>,
    /// Entitlement that it gets.
    pub assigned: Option<LicenseKey>,
    /// For people.
    pub note: String,
    /// When it was entered.
    pub entered: UnixSeconds,
    /// Client that it turned out to be.
    pub client: Option<ClientId>,
}

/// Which entitlements are looked for: those that leases may be given under now.
#[derive(Clone, Copy, Debug)]
pub struct Usable<'a> {
    /// Of this brand.
    pub brand: &'a str,
    /// Of this class.
    pub class: Class,
    /// Begun, not ended and not revoked at this time.
    pub now: UnixSeconds,
    /// With room for so many channels, or for as many as one client may have; 0 for any.
    pub room: u32,
}

/// An entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementRow {
    /// Licence key.
    pub key: LicenseKey,
    /// Brand that it is for.
    pub brand: String,
    /// Class.
    pub class: Class,
    /// Channels that were paid for.
    pub capacity: u32,
    /// Channels in use; never more than `capacity`.
    pub used: u32,
    /// Channels in use beyond that, after a restore or a smaller re-issue.
    pub excess: u32,
    /// Most channels of one client.
    pub per_client: u32,
    /// Who it was issued to.
    pub holder: String,
    /// When it was issued.
    pub issued: UnixSeconds,
    /// When it begins.
    pub not_before: UnixSeconds,
    /// When it ends.
    pub expires: Option<UnixSeconds>,
    /// End of the mandate of the server's key.
    pub serves_until: UnixSeconds,
    /// Length of a lease in seconds; `None` for leases without an end.
    pub lease_s: Option<u32>,
    /// How often its channels may move to other hardware in all.
    pub moves_max: u16,
    /// How often they did.
    pub moves_used: u16,
    /// When it was found to be revoked.
    pub revoked: Option<UnixSeconds>,
    /// When it was imported.
    pub imported: UnixSeconds,
    /// The signed envelope.
    pub envelope: Vec<u8>,
    /// The certificate of its issuer, as a signed envelope.
    pub certificate: Vec<u8>,
}

/// Number of an activation within the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivationId(pub i64);

/// Whether an activation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationState {
    /// In use.
    Active,
    /// Given up, and counted until the last lease has ended; `None`: for ever.
    Leaving {
        /// When its channels are free.
        free_from: Option<UnixSeconds>,
    },
    /// Counts no more. Kept, because a trial is given to a HWID only once.
    Ended,
}

/// An entitlement in use by a HWID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRow {
    /// Number within the store; chosen by the store on insertion.
    pub id: ActivationId,
    /// Entitlement.
    pub entitlement: LicenseKey,
    /// HWID. It need not have made contact.
    pub hwid: Hwid,
    /// Channels.
    pub count: u32,
    /// Whether it counts.
    pub state: ActivationState,
    /// When it was activated for the first time.
    pub first_start: UnixSeconds,
}

/// A lease that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Epoch of the ledger that signed it.
    pub epoch: u32,
    /// Its serial.
    pub serial: u64,
    /// Activation that it belongs to.
    pub activation: ActivationId,
    /// HWID in it.
    pub hwid: Hwid,
    /// Channels in it.
    pub count: u32,
    /// When it begins.
    pub starts: UnixSeconds,
    /// When it ends.
    pub ends: Option<UnixSeconds>,
    /// The signed envelope.
    pub envelope: Vec<u8>,
}

/// What a client has of an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// The client.
    pub client: ClientId,
    /// The entitlement.
    pub entitlement: LicenseKey,
    /// Channels of it.
    pub count: u32,
    /// When the last lease ends.
    pub last_end: LastEnd,
}

/// When the last of some leases ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastEnd {
    /// There is none.
    NoLease,
    /// Then.
    At(UnixSeconds),
    /// Never.
    Never,
}

impl LastEnd {
    /// Of so many leases, as many as have an end, and the last of these ends.
    pub(super) const fn of(leases: i64, with_end: i64, last: Option<UnixSeconds>) -> Self {
        match last {
            _ if leases == 0 => Self::NoLease,
            Some(last) if leases == with_end => Self::At(last),
            _ => Self::Never,
        }
    }
}

/// Why channels changed hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveKind {
    /// To other hardware. Costs one of the entitlement's moves.
    Move,
    /// To the same machine after a change of its hardware. Costs one of the client's rebinds.
    Rebind,
}

/// Channels that changed hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveRow {
    /// Why.
    pub kind: MoveKind,
    /// Client, for a rebind.
    pub client: Option<ClientId>,
    /// Entitlement, for a move.
    pub entitlement: Option<LicenseKey>,
    /// From.
    pub old_hwid: Hwid,
    /// To; `None` where they only became free.
    pub new_hwid: Option<Hwid>,
    /// When.
    pub at: UnixSeconds,
}

/// A token of an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Name, unique.
    pub name: String,
    /// SHA-256 of the token with its tag.
    pub digest: [u8; 32],
    /// What it may do, by number.
    pub role: u8,
    /// When it was made.
    pub created: UnixSeconds,
    /// When it ends.
    pub expires: Option<UnixSeconds>,
    /// When it was taken back.
    pub revoked: Option<UnixSeconds>,
}

/// The newest revocation list of one signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Key that signed it.
    pub signer: KeyId,
    /// Epoch of the signer.
    pub epoch: u32,
    /// Sequence within the epoch.
    pub sequence: u64,
    /// The signed envelope.
    pub envelope: Vec<u8>,
    /// The certificate of its signer, as a signed envelope.
    pub certificate: Vec<u8>,
}

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Number within the store; chosen by the store when it is appended.
    pub id: i64,
    /// When.
    pub at: UnixSeconds,
    /// Who.
    pub actor: String,
    /// What, by number.
    pub action: u16,
    /// About which HWID.
    pub hwid: Option<Hwid>,
    /// About which entitlement.
    pub entitlement: Option<LicenseKey>,
    /// More, for people. Holds no secret.
    pub detail: String,
}

/// What clients were told in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactsRow {
    /// The hour, counted from 1970 (UTC).
    pub hour: u32,
    /// Contacts of clients that have a licence, or gave one up.
    pub licensed: u32,
    /// Contacts of those that wait for one.
    pub waiting: u32,
    /// Contacts that were refused.
    pub refused: u32,
    /// Clients that were told to come again later.
    pub put_off: u32,
}

/// The most channels of a class that were in use in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The hour, counted from 1970 (UTC).
    pub hour: u32,
    /// Class.
    pub class: Class,
    /// Channels in use, with those beyond what was paid for.
    pub used: u32,
    /// Channels that were paid for.
    pub capacity: u32,
}
