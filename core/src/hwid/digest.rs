//! From a descriptor to the digests of its components: what all of them have in common.

use super::canonical;
use super::enrollment::Enrollment;
use super::error::HardwareError;
use super::evidence::{Evidence, EvidenceSet, FieldName, FieldSet};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::identity::Identity;
use super::junk::TextWorth;
use super::{board, cpu, memory, nics, platform};
use crate::hardware::{Descriptor, Field, Mac, MachineKind, TEXT_BYTES_MAX, Text};

/// Which facts of a descriptor count: [`All`] that are usable, or those of the day of enrolment.
///
/// It is a trait, so that firmware that never enrols holds nothing of an [`Enrollment`].
pub(super) trait Counted {
    /// Whether the part of a component counts.
    fn factor(&self, factor: Factor) -> bool;

    /// Whether the address counts.
    fn mac(&self, mac: &Mac) -> bool;
}

/// All facts that are usable.
pub(super) struct All;

impl Counted for All {
    fn factor(&self, _: Factor) -> bool {
        true
    }

    fn mac(&self, _: &Mac) -> bool {
        true
    }
}

impl Counted for Enrollment {
    fn factor(&self, factor: Factor) -> bool {
        self.has_factor(factor)
    }

    fn mac(&self, mac: &Mac) -> bool {
        self.has_mac(*mac)
    }
}

/// A reading while it is digested: what was read, what of it counts, and what it rests on.
pub(super) struct Reading<'r, 'a> {
    pub(super) descriptor: &'r Descriptor<'a>,
    pub(super) counted: &'r dyn Counted,
    pub(super) evidence: EvidenceSet,
    pub(super) unreadable: FieldSet,
    /// Whether a text is longer than [`TEXT_BYTES_MAX`].
    pub(super) has_long_text: bool,
}

impl<'r, 'a> Reading<'r, 'a> {
    pub(super) const fn new(descriptor: &'r Descriptor<'a>, counted: &'r dyn Counted) -> Self {
        let (evidence, unreadable) = (EvidenceSet::EMPTY, FieldSet::EMPTY);
        Self { descriptor, counted, evidence, unreadable, has_long_text: false }
    }

    pub(super) fn found(&mut self, evidence: Evidence) {
        self.evidence = self.evidence.with(evidence);
    }

    /// Notes the field if it is unreadable.
    pub(super) fn check<T>(&mut self, field: &Field<T>, name: FieldName) {
        if matches!(field, Field::Unreadable) {
            self.unreadable = self.unreadable.with(name);
        }
    }

    /// The bytes of a text; none, and a note, where it is unreadable or too long.
    #[inline(never)]
    pub(super) fn bytes(&mut self, field: &Text<'a>, name: FieldName) -> &'a [u8] {
        self.check(field, name);
        let bytes = field.read().unwrap_or_default();
        if bytes.len() > TEXT_BYTES_MAX {
            self.has_long_text = true;
            return &[];
        }
        bytes
    }

    /// The same, unless the text is not worth so much: then it is empty.
    #[inline(never)]
    pub(super) fn text(&mut self, field: &Text<'a>, name: FieldName, least: TextWorth) -> &'a [u8] {
        let bytes = self.bytes(field, name);
        if canonical::counts(bytes, least) { bytes } else { &[] }
    }

    /// Puts the digest of a component into its place: of the fields that were fed, if none of them
    /// was unreadable.
    #[inline(never)]
    pub(super) fn component(&self, before: FieldSet, hash: &mut FieldHasher, into: &mut Field<Unsalted>) {
        if self.unreadable == before {
            hash.finish_if_fed(into);
        } else {
            *into = Field::Unreadable;
        }
    }
}

/// Digests a descriptor whose lists are within bounds into a blank identity.
///
/// # Errors
/// [`HardwareError::TextTooLong`], and [`HardwareError::TooManyCountedNics`], which shows only when
/// all NICs were judged.
pub(super) fn digest(
    identity: &mut Identity,
    descriptor: &Descriptor<'_>,
    counted: &dyn Counted,
) -> Result<(), HardwareError> {
    let mut reading = Reading::new(descriptor, counted);
    match descriptor.kind {
        MachineKind::VirtualMachine => reading.found(Evidence::VirtualMachine),
        MachineKind::Container => reading.found(Evidence::Container),
        MachineKind::Unknown | MachineKind::Physical => {}
    }
    let [board, cpu, memory, nic, platform] = &mut identity.components;
    board::digest(&mut reading, board);
    cpu::digest(&mut reading, cpu);
    memory::digest(&mut reading, memory);
    platform::digest(&mut reading, platform);
    if reading.has_long_text {
        return Err(HardwareError::TextTooLong);
    }
    // Last, because a radio counts only where nothing else is unique.
    nics::gather(&mut reading, &mut identity.macs)?;
    nics::digest(&identity.macs, &reading, nic);
    (identity.evidence, identity.unreadable) = (reading.evidence, reading.unreadable);
    identity.settle();
    Ok(())
}
