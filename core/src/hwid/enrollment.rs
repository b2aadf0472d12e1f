//! What a machine keeps from the day it was enrolled.

use core::fmt;

use heapless::Vec;
use serde::Serialize;

use super::component::{Component, is_unique_by};
use super::error::HwidError;
use super::evidence::{Evidence, EvidenceSet, FieldName, FieldSet};
use super::factor::{Factor, factor_digest};
use super::hasher::FieldHasher;
use super::identity::{COUNTED_NICS_MAX, ComponentDigest, Identity, Salt, salted_mac};
use super::machine::Machine;
use super::{Hwid, SCHEME, same_bytes};
use crate::decode::{Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hardware::{Descriptor, Field, Mac};

/// Largest enrolment in bytes. It fits one flash page of 1 KiB.
pub const ENROLLMENT_BYTES_MAX: usize = 1024;

/// First bytes of every enrolment.
const MAGIC: [u8; 4] = *b"HWLE";
/// Version of the enrolment's format.
const VERSION: u8 = 1;
/// Length of the integrity check at the end.
const CHECK_BYTES: usize = 8;

/// Whose digest is masked.
const SEALED_BOARD: u8 = 0x80;
const SEALED_MEMORY: u8 = 0x81;

/// A machine on the day it was enrolled: its HWID, which facts counted, and salted digests of
/// them, so that later readings can be compared and explained without the facts themselves.
///
/// Components that an ordinary user may not read (board and memory on x86) are kept as well, each
/// masked with a key made of all the others (NICs, processor, platform). Whoever reads those
/// others as they were can unmask them; on another machine the key is another. This is what lets
/// an enrolment stand in for unreadable fields without turning a copied file into a copied
/// machine.
///
/// # Bounds
/// At most [`ENROLLMENT_BYTES_MAX`] bytes encoded. It is pseudonymous, not secret, and not
/// authentic: where the board is hidden, a forged one gives a HWID that nobody else has, and never
/// that of a machine with other NICs, processor or platform identifiers. What rests on it is
/// marked [`Evidence::Enrollment`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enrollment {
    magic: [u8; 4],
    version: u8,
    hwid: Hwid,
    salt: Salt,
    evidence: u16,
    /// Salted digests by component, in the order of [`Component::ALL`]; that of the NICs is
    /// always `None`, they follow one by one.
    components: [Option<ComponentDigest>; 5],
    factors: [Option<ComponentDigest>; Factor::COUNT],
    nics: Vec<ComponentDigest, COUNTED_NICS_MAX>,
    sealed_board: Option<[u8; 32]>,
    sealed_memory: Option<[u8; 32]>,
}

/// Why bytes are no enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EnrollmentError {
    /// Not an enrolment at all, or larger than [`ENROLLMENT_BYTES_MAX`].
    NotAnEnrollment,
    /// Written by newer software. Update.
    UnsupportedVersion,
    /// Cut off, damaged, or not in canonical form. Enrol again.
    Damaged,
    /// The caller's buffer is too small; [`ENROLLMENT_BYTES_MAX`] always suffices.
    BufferTooSmall,
}

impl EnrollmentError {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAnEnrollment => "not-an-enrollment",
            Self::UnsupportedVersion => "unsupported-version",
            Self::Damaged => "damaged",
            Self::BufferTooSmall => "buffer-too-small",
        }
    }
}

impl fmt::Display for EnrollmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnEnrollment => "this is no enrolment",
            Self::UnsupportedVersion => "the enrolment was written by newer software",
            Self::Damaged => "the enrolment is damaged",
            Self::BufferTooSmall => "the buffer is too small for the enrolment",
        })
    }
}

impl core::error::Error for EnrollmentError {}

impl Decode<'_> for Enrollment {
    fn blank() -> Self {
        Self {
            magic: [0; 4],
            version: 0,
            hwid: Hwid::blank(),
            salt: [0; 16],
            evidence: 0,
            components: [None; 5],
            factors: [None; Factor::COUNT],
            nics: Vec::new(),
            sealed_board: None,
            sealed_memory: None,
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        reader.fill(&mut self.magic);
        self.version = reader.byte();
        self.hwid.read(reader);
        reader.fill(&mut self.salt);
        self.evidence = reader.u16();
        for digest in self.components.iter_mut().chain(&mut self.factors) {
            *digest = reader.option(Reader::array);
        }
        reader.list(&mut self.nics, Reader::array, |_, _| true);
        self.sealed_board = reader.option(Reader::array);
        self.sealed_memory = reader.option(Reader::array);
    }
}

impl Enrollment {
    /// Enrols a machine. The salt is 16 fresh random bytes.
    ///
    /// # Errors
    /// [`HwidError`] when the machine has no HWID: nobody enrols what is not known for certain.
    pub fn new(machine: &Machine<'_>, salt: Salt) -> Result<Self, HwidError> {
        let identity = &machine.identity;
        let hwid = identity.hwid()?;
        if !identity.stood_in().is_empty() {
            return Err(HwidError::NotReadable(identity.stood_in()));
        }
        let mut nics = Vec::new();
        for digest in identity.nic_digests(&salt) {
            // Never full: both lists have the same capacity.
            let _ = nics.push(digest);
        }
        let seal = |id, component: Component| {
            let key = Key::of(identity, id, &salt)?;
            identity.component(component).as_ref().read().map(|digest| key.apply(*digest))
        };
        Ok(Self {
            magic: MAGIC,
            version: VERSION,
            hwid,
            salt,
            evidence: identity.evidence().bits(),
            components: Component::ALL.map(|component| match component {
                Component::Nic => None,
                _ => identity.component_digest(component, &salt).read(),
            }),
            factors: Factor::ALL.map(|factor| factor_digest(&machine.descriptor, factor, &salt).read()),
            nics,
            sealed_board: seal(SEALED_BOARD, Component::Board),
            sealed_memory: seal(SEALED_MEMORY, Component::Memory),
        })
    }

    /// Reads an enrolment.
    ///
    /// # Errors
    /// [`EnrollmentError`]; the integrity check covers every byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnrollmentError> {
        if bytes.len() > ENROLLMENT_BYTES_MAX || !bytes.starts_with(&MAGIC) {
            return Err(EnrollmentError::NotAnEnrollment);
        }
        if bytes.get(MAGIC.len()).is_some_and(|version| *version != VERSION) {
            return Err(EnrollmentError::UnsupportedVersion);
        }
        let (body, found) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(EnrollmentError::Damaged)?;
        if check(body) != *found {
            return Err(EnrollmentError::Damaged);
        }
        let mut reader = Reader::new(body);
        let mut enrollment = Self::blank();
        enrollment.read(&mut reader);
        let mut extensions = Extensions::new();
        extension::read(&mut extensions, &mut reader);
        if !reader.is_at_end() {
            return Err(EnrollmentError::Damaged);
        }
        let nic_as_a_whole = enrollment.component_digest(Component::Nic);
        if nic_as_a_whole.is_some() || enrollment.evidence().bits() != enrollment.evidence {
            return Err(EnrollmentError::Damaged);
        }
        if enrollment.hwid.scheme != SCHEME || extension::unknown_critical(&extensions) {
            return Err(EnrollmentError::UnsupportedVersion);
        }
        Ok(enrollment)
    }

    /// Writes it into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`EnrollmentError::BufferTooSmall`].
    pub fn encode<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], EnrollmentError> {
        let whole = (self, Extensions::new());
        let length = postcard::to_slice(&whole, buffer).map_err(|_| EnrollmentError::BufferTooSmall)?.len();
        let (body, rest) = buffer.split_at_mut_checked(length).ok_or(EnrollmentError::BufferTooSmall)?;
        rest.get_mut(..CHECK_BYTES).ok_or(EnrollmentError::BufferTooSmall)?.copy_from_slice(&check(body));
        buffer.get(..length.saturating_add(CHECK_BYTES)).ok_or(EnrollmentError::BufferTooSmall)
    }

    /// The HWID on the day of enrolment.
    #[must_use]
    pub fn hwid(&self) -> Hwid {
        self.hwid
    }

    /// What it rested on.
    #[must_use]
    pub fn evidence(&self) -> EvidenceSet {
        EvidenceSet::from_bits(self.evidence)
    }

    /// The salt of every digest in it.
    #[must_use]
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// The salted digest of a component other than the NICs, if it had any.
    #[must_use]
    pub fn component_digest(&self, component: Component) -> Option<ComponentDigest> {
        Component::ALL.into_iter().zip(self.components).find(|(c, _)| *c == component)?.1
    }

    /// The salted digests of the NICs that counted.
    #[must_use]
    pub fn nic_digests(&self) -> &[ComponentDigest] {
        &self.nics
    }

    /// Whether something unique that belongs to this component was enrolled.
    #[must_use]
    pub fn is_unique_by(&self, component: Component) -> bool {
        is_unique_by(self.evidence(), component)
    }

    pub(super) fn factor(&self, factor: Factor) -> Option<ComponentDigest> {
        Factor::ALL.into_iter().zip(self.factors).find(|(f, _)| *f == factor)?.1
    }

    pub(super) fn has_factor(&self, factor: Factor) -> bool {
        self.factor(factor).is_some()
    }

    pub(super) fn has_mac(&self, mac: Mac) -> bool {
        let digest = salted_mac(mac, &self.salt);
        self.nics.iter().any(|enrolled| same_bytes(enrolled, &digest))
    }

    /// Fills in board and memory where they could not be read, under the conditions of
    /// [`Machine::read_enrolled`]. The caller compares the HWID that results.
    pub(super) fn stand_in(&self, machine: &mut Machine<'_>) {
        const STOOD_IN_FOR: [FieldName; 7] = [
            FieldName::BoardVendor,
            FieldName::BoardProduct,
            FieldName::BoardSerial,
            FieldName::SystemVendor,
            FieldName::SystemProduct,
            FieldName::SystemSerial,
            FieldName::SystemUuid,
        ];
        let identity = &machine.identity;
        let mut stood_in = FieldSet::EMPTY;
        let [mut board, cpu, mut memory, nic, platform] = identity.components;
        if matches!(board, Field::Unreadable) {
            if !self.readable_board_matches(&machine.descriptor) {
                return;
            }
            let Some(unsealed) = self.unseal(identity, SEALED_BOARD, self.sealed_board) else { return };
            board = unsealed;
            for name in STOOD_IN_FOR.into_iter().filter(|name| identity.unreadable.contains(*name)) {
                stood_in = stood_in.with(name);
            }
        }
        if matches!(memory, Field::Unreadable) {
            let Some(unsealed) = self.unseal(identity, SEALED_MEMORY, self.sealed_memory) else { return };
            memory = unsealed;
            for name in [FieldName::MemoryModules, FieldName::MemoryTotal] {
                if identity.unreadable.contains(name) {
                    stood_in = stood_in.with(name);
                }
            }
        }
        if stood_in.is_empty() {
            return;
        }
        let identity = &mut machine.identity;
        identity.components = [board, cpu, memory, nic, platform];
        identity.unreadable = FieldSet::from_bits(identity.unreadable.bits() & !stood_in.bits());
        identity.stood_in = stood_in;
        identity.evidence = identity
            .evidence
            .union(EvidenceSet::from_bits(self.evidence & BOARD_EVIDENCE.bits()))
            .with(Evidence::Enrollment);
        identity.settle();
    }

    /// Whether none of the board's fields that are read now differs.
    fn readable_board_matches(&self, descriptor: &Descriptor<'_>) -> bool {
        Factor::ALL.into_iter().filter(|factor| factor.component() == Component::Board).all(|factor| {
            match (self.factor(factor), factor_digest(descriptor, factor, &self.salt)) {
                (Some(enrolled), Field::Read(now)) => same_bytes(&enrolled, &now),
                (Some(_), Field::Absent) => false,
                (Some(_), Field::Unreadable) | (None, _) => true,
            }
        })
    }

    fn unseal(&self, identity: &Identity, id: u8, sealed: Option<[u8; 32]>) -> Option<Field<[u8; 32]>> {
        let key = Key::of(identity, id, &self.salt)?;
        Some(sealed.map_or(Field::Absent, |sealed| Field::Read(key.apply(sealed))))
    }
}

/// Evidence that belongs to the board.
const BOARD_EVIDENCE: EvidenceSet =
    EvidenceSet::EMPTY.with(Evidence::SystemUuid).with(Evidence::SystemSerial).with(Evidence::BoardSerial);

/// The mask over a sealed digest: a digest of all components that everyone may read.
struct Key([u8; 32]);

impl Key {
    /// None while one of these components cannot be read, or none of them is unique.
    fn of(identity: &Identity, id: u8, salt: &Salt) -> Option<Self> {
        const OPEN: [Component; 3] = [Component::Cpu, Component::Nic, Component::Platform];
        if !OPEN.into_iter().any(|component| identity.is_unique_by(component)) {
            return None;
        }
        let mut hash = FieldHasher::new();
        hash.raw(b"hwl03k");
        hash.raw(&[id]);
        hash.raw(salt);
        for component in OPEN {
            match identity.component(component) {
                Field::Read(digest) => {
                    hash.raw(&[1]);
                    hash.raw(digest);
                }
                Field::Absent => hash.raw(&[0]),
                Field::Unreadable => return None,
            }
        }
        Some(Self(hash.finish()))
    }

    fn apply(&self, mut digest: [u8; 32]) -> [u8; 32] {
        for (byte, mask) in digest.iter_mut().zip(self.0) {
            *byte ^= mask;
        }
        digest
    }
}

/// Finds damage; it does not authenticate.
fn check(body: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hash = FieldHasher::new();
    hash.raw(b"hwl03enr");
    hash.raw(body);
    hash.finish()
}
