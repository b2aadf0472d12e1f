//! The identity of a machine: what is kept of it once its descriptor was digested.

use heapless::Vec;

use super::component::{self, Component};
use super::error::HwidError;
use super::evidence::{EvidenceSet, FieldSet};
use super::hasher::{FieldHasher, Unsalted};
use super::{Hwid, SCHEME};
use crate::digest::Sha256;
use crate::hardware::{Field, Mac};
use crate::license::{Compare, compare, nothing_read};

/// Most NICs that count for one machine.
pub const COUNTED_NICS_MAX: usize = 32;

/// Random bytes that make the digests in one document different from those in another.
pub type Salt = [u8; 16];

/// A salted digest of a component, cut to 16 bytes. A pseudonym, not a secret.
pub type ComponentDigest = [u8; 16];

/// Who a machine is: its HWID or why it has none, what that rests on, and the digests of its
/// components. It borrows nothing, so it outlives the reading that it was made of.
///
/// It comes from [`Machine::read`](super::Machine::read) or
/// [`Machine::read_enrolled`](super::Machine::read_enrolled); from [`Identity::known`] where only
/// the HWID was kept.
///
/// ```
/// use hwlicense::hardware::{Board, Descriptor};
/// use hwlicense::hwid::{Evidence, Identity, Machine};
///
/// fn identity() -> Identity {
///     let serial = String::from("B8A44F9A3C51");
///     let camera = Descriptor { board: Board { serial: (*serial).into(), ..Board::default() }, ..Descriptor::default() };
///     Machine::read(&camera).unwrap().into_identity()
/// }
/// assert!(identity().hwid().is_ok());
/// assert!(identity().evidence().contains(Evidence::BoardSerial));
/// ```
///
/// # Bounds
/// About 500 bytes. A salted digest costs two blocks of SHA-256 for a component, one for a NIC.
// What is asked for most comes first, where a small core reaches it with shorter instructions.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Identity {
    /// How it compares with a tolerant binding.
    compare: Compare,
    pub(super) evidence: EvidenceSet,
    pub(super) unreadable: FieldSet,
    pub(super) stood_in: FieldSet,
    /// Counts only where everything was read and something is unique.
    hwid: Hwid,
    /// In the order of [`Component::ALL`].
    pub(super) components: [Field<Unsalted>; 5],
    pub(super) macs: Vec<Mac, COUNTED_NICS_MAX>,
}

// Constants, because a small core fills a place with one and would copy an array into it.
const ABSENT: [Field<Unsalted>; 5] = [Field::Absent; 5];
const UNREADABLE: [Field<Unsalted>; 5] = [Field::Unreadable; 5];

impl Identity {
    /// The identity of a machine of which only the HWID is known, and what it rested on: firmware
    /// that computed it at the factory and keeps it in one-time programmable memory.
    ///
    /// A strict licence is checked on it as on the machine itself. For a tolerant one, every
    /// component is there and cannot be read, so the answer is never that the hardware matches.
    /// Evidence without anything unique gives no HWID: [`Identity::hwid`] says
    /// [`HwidError::NotUnique`].
    ///
    /// ```
    /// use hwlicense::hwid::{Component, Evidence, EvidenceSet, Hwid, HwidError, Identity};
    /// use hwlicense::hardware::Field;
    ///
    /// let kept: Hwid = "03ab5c00112233445566778899aabbccdd".parse().unwrap();
    /// let camera = Identity::known(kept, EvidenceSet::EMPTY.with(Evidence::PlatformId));
    /// assert_eq!(camera.hwid(), Ok(kept));
    /// assert_eq!(camera.component_state(Component::Platform), Field::Unreadable);
    /// assert_eq!(Identity::known(kept, EvidenceSet::EMPTY).hwid(), Err(HwidError::NotUnique));
    /// ```
    #[must_use]
    pub fn known(hwid: Hwid, evidence: EvidenceSet) -> Self {
        Self {
            components: UNREADABLE,
            macs: Vec::new(),
            evidence,
            unreadable: FieldSet::EMPTY,
            stood_in: FieldSet::EMPTY,
            hwid,
            compare: nothing_read,
        }
    }

    /// That of a machine of which nothing is known: it has no HWID. For a place into which a reading
    /// comes ([`Identity::read_into`]).
    #[must_use]
    #[inline]
    pub const fn blank() -> Self {
        Self {
            components: ABSENT,
            macs: Vec::new(),
            evidence: EvidenceSet::EMPTY,
            unreadable: FieldSet::EMPTY,
            stood_in: FieldSet::EMPTY,
            hwid: Hwid { scheme: SCHEME, bytes: [0; 16] },
            compare,
        }
    }

    /// Makes the HWID of what is filled in.
    pub(super) fn settle(&mut self) {
        let mut hash = FieldHasher::new();
        hash.raw(b"hwl03hid");
        for component in &self.components {
            let digest = component.as_ref().read();
            hash.raw(&[u8::from(digest.is_some())]);
            hash.raw(digest.map_or(&[], |digest| digest.as_slice()));
        }
        hash.finish_into(&mut self.hwid.bytes);
    }

    /// The HWID of scheme 03, or why there is none.
    ///
    /// # Errors
    /// [`HwidError::NotReadable`] before [`HwidError::NotUnique`]: what could not be read might
    /// have been unique.
    pub fn hwid(&self) -> Result<Hwid, HwidError> {
        self.settled().copied()
    }

    /// The same where it lies.
    pub(crate) fn settled(&self) -> Result<&Hwid, HwidError> {
        if !self.unreadable.is_empty() {
            return Err(HwidError::NotReadable(self.unreadable));
        }
        if !self.evidence.is_unique() {
            return Err(HwidError::NotUnique);
        }
        Ok(&self.hwid)
    }

    /// What the HWID rests on.
    #[must_use]
    pub fn evidence(&self) -> EvidenceSet {
        self.evidence
    }

    /// Fields that exist and could neither be read nor be taken from an enrolment.
    #[must_use]
    pub fn unreadable(&self) -> FieldSet {
        self.unreadable
    }

    /// Fields that could not be read and that an enrolment stands in for.
    #[must_use]
    pub fn stood_in(&self) -> FieldSet {
        self.stood_in
    }

    /// How many NICs count.
    #[must_use]
    pub fn counted_nics(&self) -> usize {
        self.macs.len()
    }

    /// How it compares with a tolerant binding.
    pub(crate) const fn compare(&self) -> Compare {
        self.compare
    }

    /// The digests of the components, in the order of [`Component::ALL`].
    pub(crate) const fn components(&self) -> &[Field<Unsalted>; 5] {
        &self.components
    }

    pub(super) fn component(&self, component: Component) -> &Field<Unsalted> {
        let [board, cpu, memory, nic, platform] = &self.components;
        match component {
            Component::Board => board,
            Component::Cpu => cpu,
            Component::Memory => memory,
            Component::Nic => nic,
            Component::Platform => platform,
        }
    }

    /// Whether the evidence holds something unique that belongs to this component.
    #[must_use]
    pub fn is_unique_by(&self, component: Component) -> bool {
        component::is_unique_by(self.evidence, component)
    }

    /// Whether a component is absent, unreadable, or there.
    #[must_use]
    pub fn component_state(&self, component: Component) -> Field<()> {
        self.component(component).as_ref().map(|_| ())
    }

    /// The salted digest of a component other than the NICs, for documents that leave the machine.
    ///
    /// NICs are compared one by one: [`Identity::nic_digests`].
    #[must_use]
    pub fn component_digest(&self, component: Component, salt: &Salt) -> Field<ComponentDigest> {
        self.component(component).as_ref().map(|digest| salted(component.number(), salt, digest))
    }

    /// The salted digests of the NICs that count.
    pub fn nic_digests<'i>(&'i self, salt: &'i Salt) -> impl Iterator<Item = ComponentDigest> + 'i {
        self.macs.iter().map(move |mac| salted_mac(*mac, salt))
    }

    /// Puts the salted digest of each NIC that counts into the slot, until one of them will do.
    pub(crate) fn show_nic(
        &self,
        salt: &Salt,
        shown: &mut ComponentDigest,
        mut will_do: impl FnMut(&ComponentDigest) -> bool,
    ) {
        for mac in &self.macs {
            salt_into(shown, NIC_ID, salt, &mac.0);
            if will_do(shown) {
                break;
            }
        }
    }
}

/// Id of a single NIC in a salted digest, beside the numbers of the components.
const NIC_ID: u8 = 0x40;
/// First id of the factors in a salted digest.
pub(super) const FACTOR_ID: u8 = 0x10;

/// SHA-256 over tag, id, salt and bytes, cut to 16 bytes. One block of the hash for 32 bytes.
pub(super) fn salted(id: u8, salt: &Salt, bytes: &[u8]) -> ComponentDigest {
    let mut digest = ComponentDigest::default();
    salt_into(&mut digest, id, salt, bytes);
    digest
}

/// The same into a slot that is there.
#[inline(never)]
pub(crate) fn salt_into(slot: &mut ComponentDigest, id: u8, salt: &Salt, bytes: &[u8]) {
    let mut hash = Sha256::new();
    hash.update(b"hwl03s");
    hash.update(&[id]);
    hash.update(salt);
    hash.update(bytes);
    hash.finish_into(slot.as_chunks_mut().0);
}

pub(super) fn salted_mac(mac: Mac, salt: &Salt) -> ComponentDigest {
    salted(NIC_ID, salt, &mac.0)
}
