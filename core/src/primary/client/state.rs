//! What a client keeps over a restart.

use heapless::Vec;
use serde::Serialize;

use crate::decode::{Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hwid::Hwid;
use crate::license::LicenseKey;
use crate::primary::entitlement::LedgerId;
use crate::primary::lease::{Lease, LeaseOrder};
use crate::primary::secret::{SECRET_BYTES, Secret};
use crate::time::UnixSeconds;

/// Largest sum of the envelopes that a client keeps, in bytes: rights, their certificates, and
/// revocation lists.
pub const RIGHTS_BYTES_MAX: usize = 6_144;
/// Most ledgers whose epoch a client remembers. A further one takes the place of the oldest.
pub const LEDGERS_MAX: usize = 4;
/// Most entitlements that a client remembers to have given up. A further one takes the place of the
/// oldest.
pub const TOMBSTONES_MAX: usize = 4;

/// The highest epoch of a ledger that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LedgerMark {
    pub(super) ledger: LedgerId,
    pub(super) epoch: u32,
}

/// Leases that are dead, because the client gave them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Tombstone {
    pub(super) entitlement: LicenseKey,
    pub(super) ledger: LedgerId,
    /// This one, and all before it.
    pub(super) up_to: LeaseOrder,
}

impl Tombstone {
    /// Whether it lies on a lease.
    fn covers(&self, lease: &Lease<'_>) -> bool {
        self.entitlement == lease.entitlement && self.ledger == lease.ledger && lease.order() <= self.up_to
    }
}

/// Whether one of the tombstones lies on a lease.
pub(super) fn is_buried(tombstones: &[Tombstone], lease: &Lease<'_>) -> bool {
    tombstones.iter().any(|tombstone| tombstone.covers(lease))
}

/// The bundle of rights; empty if there are none.
pub(super) type Rights = Vec<u8, RIGHTS_BYTES_MAX>;

/// Puts other rights in place of these; whether there is room for them. Byte by byte, because the
/// sum of two lengths could overflow for all that the compiler knows, and no firmware may panic.
pub(super) fn fill(rights: &mut Rights, bytes: &[u8]) -> bool {
    rights.clear();
    bytes.iter().all(|byte| rights.push(*byte).is_ok())
}

/// Reads what [`record`] wrote. A record with a critical extension that this software does not know is
/// none; then nothing is read.
pub(super) fn take(record: &[u8], state: &mut State, rights: &mut Rights) -> bool {
    *state = State::erased();
    rights.clear();
    let mut reader = Reader::new(record);
    state.read(&mut reader);
    let kept = reader.bytes();
    reader.require(fill(rights, kept));
    let mut extensions = Extensions::new();
    extension::read(&mut extensions, &mut reader);
    let is_good = reader.is_at_end() && !extension::unknown_critical(&extensions);
    if !is_good {
        *state = State::erased();
        rights.clear();
    }
    is_good
}

/// What is saved.
pub(super) fn record<'r>(state: &'r State, rights: &'r [u8]) -> impl Serialize + 'r {
    (state, rights, Extensions::new())
}

/// Everything but the rights.
#[derive(Clone, Debug, Serialize)]
pub(super) struct State {
    /// The machine that it belongs to.
    pub(super) hwid: Option<Hwid>,
    pub(super) secret: Option<Secret>,
    /// The contact counter never exceeds it without its being saved.
    pub(super) counter_reserved: u64,
    pub(super) floor: UnixSeconds,
    pub(super) floor_epoch: u32,
    /// When a server last answered, by its clock.
    pub(super) last_contact: Option<UnixSeconds>,
    /// Whether there ever was a licence.
    pub(super) was_licensed: bool,
    /// The last refusal.
    pub(super) refusal: Option<u16>,
    pub(super) ledgers: Vec<LedgerMark, LEDGERS_MAX>,
    pub(super) tombstones: Vec<Tombstone, TOMBSTONES_MAX>,
    /// What is to be deactivated at the server.
    pub(super) giving_up: Option<LicenseKey>,
    /// Digest of a request that was carried away as a file.
    pub(super) carried: Option<[u8; 32]>,
}

impl State {
    /// That of a client that has nothing.
    pub(super) const fn erased() -> Self {
        Self {
            hwid: None,
            secret: None,
            counter_reserved: 0,
            floor: UnixSeconds(0),
            floor_epoch: 0,
            last_contact: None,
            was_licensed: false,
            refusal: None,
            ledgers: Vec::new(),
            tombstones: Vec::new(),
            giving_up: None,
            carried: None,
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        let key = |reader: &mut Reader<'_>| {
            let mut key = LicenseKey::blank();
            key.read(reader);
            key
        };
        self.hwid = reader.option(|reader| {
            let mut hwid = Hwid::blank();
            hwid.read(reader);
            hwid
        });
        self.secret = reader.option(Reader::array::<SECRET_BYTES>).map(Secret::new);
        self.counter_reserved = reader.u64();
        self.floor = UnixSeconds(reader.u64());
        self.floor_epoch = reader.u32();
        reader.time(&mut self.last_contact);
        self.was_licensed = reader.flag();
        self.refusal = reader.option(Reader::u16);
        reader.list(
            &mut self.ledgers,
            |reader| LedgerMark { ledger: reader.array(), epoch: reader.u32() },
            |_, _| true,
        );
        let tombstone = |reader: &mut Reader<'_>| {
            let (entitlement, ledger, mut up_to) = (key(reader), reader.array(), LeaseOrder::blank());
            up_to.read(reader);
            Tombstone { entitlement, ledger, up_to }
        };
        reader.list(&mut self.tombstones, tombstone, |_, _| true);
        self.giving_up = reader.option(key);
        self.carried = reader.option(Reader::array);
    }

    /// The highest epoch of a ledger that was seen; zero if none was.
    pub(super) fn ledger_epoch(&self, ledger: &LedgerId) -> u32 {
        self.ledgers.iter().find(|mark| mark.ledger == *ledger).map_or(0, |mark| mark.epoch)
    }

    /// Remembers the epoch of a ledger.
    pub(super) fn see_ledger(&mut self, ledger: LedgerId, epoch: u32) {
        put_newest(&mut self.ledgers, LedgerMark { ledger, epoch }, |mark| mark.ledger == ledger);
    }

    /// Begins a new floor of trusted time. A contact that the old one put into the future counts no more.
    pub(super) fn correct(&mut self, floor_epoch: u32, time: UnixSeconds) {
        (self.floor_epoch, self.floor) = (floor_epoch, time);
        self.last_contact = self.last_contact.filter(|last| *last <= time);
    }

    /// Lays a tombstone, or widens the one that is there.
    pub(super) fn bury(&mut self, mut tombstone: Tombstone) {
        let Tombstone { entitlement, ledger, .. } = tombstone;
        let is_same = |known: &Tombstone| known.entitlement == entitlement && known.ledger == ledger;
        let known = self.tombstones.iter().find(|known| is_same(known)).map(|known| known.up_to);
        tombstone.up_to = tombstone.up_to.max(known.unwrap_or_default());
        put_newest(&mut self.tombstones, tombstone, is_same);
    }
}

/// Adds at the end, in place of the one that is the same, or of the first if there is no room.
fn put_newest<T: Copy, const N: usize>(list: &mut Vec<T, N>, value: T, is_same: impl Fn(&T) -> bool) {
    let is_crowded = list.is_full() && !list.iter().any(&is_same);
    let old = core::mem::take(list);
    for kept in old.iter().skip(usize::from(is_crowded)).filter(|known| !is_same(known)) {
        // There is room: at least one fewer than before.
        let _ = list.push(*kept);
    }
    let _ = list.push(value);
}
