//! Identifiers that the maker of the platform provides.

use core::cmp::Ordering;

use super::component::Component;
use super::digest::Reading;
use super::evidence::{Evidence, FieldName};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use crate::hardware::{Field, PlatformId, PlatformIdSource, Rows};

#[inline(never)]
pub(super) fn digest(reading: &mut Reading<'_, '_>, into: &mut Field<Unsalted>) {
    let before = reading.unreadable;
    let mut hash = FieldHasher::new();
    hash.component(Component::Platform);
    if reading.counted.factor(Factor::Platform) {
        let ids = Ids(reading.descriptor.platform_ids);
        // In each walk the least of those that are greater than the last one.
        let mut last = None;
        loop {
            let mut next = None;
            for index in 0..ids.0.len() {
                if ids.is_usable(index, reading)
                    && last.is_none_or(|last| ids.order(index, last).is_gt())
                    && next.is_none_or(|next| ids.order(index, next).is_lt())
                {
                    next = Some(index);
                }
            }
            let Some(index) = next else { break };
            let (source, bytes) = ids.number_and_bytes(index);
            reading.found(if source == GENERATED { Evidence::Generated } else { Evidence::PlatformId });
            hash.bytes(source, bytes);
            last = next;
        }
    }
    reading.component(before, &mut hash, into);
}

/// Number of [`PlatformIdSource::Generated`].
const GENERATED: u8 = PlatformIdSource::Generated.number();

impl PlatformIdSource {
    const fn number(self) -> u8 {
        match self {
            Self::Soc => 1,
            Self::EFuse => 2,
            Self::Tpm => 3,
            Self::SecureElement => 4,
            Self::EmmcCid => 5,
            Self::Generated => 255,
        }
    }
}

/// Identifiers by their index.
struct Ids<'a>(Rows<'a, PlatformId<'a>>);

impl<'a> Ids<'a> {
    #[inline(never)]
    fn number_and_bytes(&self, index: usize) -> (u8, &'a [u8]) {
        match self.0.row(index) {
            Some(id) => (id.source.number(), id.bytes.read().unwrap_or_default()),
            None => (0, &[]),
        }
    }

    #[inline(never)]
    fn order(&self, one: usize, other: usize) -> Ordering {
        self.number_and_bytes(one).cmp(&self.number_and_bytes(other))
    }

    /// Notes what is unreadable. Fuses that were never blown read as one byte over and over.
    fn is_usable(&self, index: usize, reading: &mut Reading<'_, 'a>) -> bool {
        let Some(id) = self.0.row(index) else { return false };
        let bytes = reading.bytes(&id.bytes, FieldName::PlatformIds);
        bytes.len() >= 4 && bytes.iter().any(|byte| bytes.first() != Some(byte))
    }
}
