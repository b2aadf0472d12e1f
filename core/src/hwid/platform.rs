//! Identifiers that the maker of the platform provides.

use super::component::Component;
use super::digest::{Counted, Notes};
use super::evidence::{Evidence, FieldName};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use crate::hardware::{Descriptor, Field, PlatformId, PlatformIdSource};

#[inline(never)]
pub(super) fn digest(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<Unsalted> {
    let before = notes.unreadable;
    let mut hash = FieldHasher::of_component(Component::Platform);
    if counted.factor(Factor::Platform) {
        // In each walk the least of those that are greater than the last one.
        let mut last = None;
        loop {
            let mut next = None;
            for id in descriptor.platform_ids.iter() {
                notes.check(&id.bytes, FieldName::PlatformIds);
                let Some(id) = usable(&id) else { continue };
                if last.is_none_or(|last| id > last) && next.is_none_or(|next| id < next) {
                    next = Some(id);
                }
            }
            let Some((source, bytes)) = next else { break };
            notes.found(match source {
                PlatformIdSource::Generated => Evidence::Generated,
                _ => Evidence::PlatformId,
            });
            hash.bytes(source.number(), bytes);
            last = next;
        }
    }
    notes.component(before, &mut hash)
}

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

/// Fuses that were never blown read as one byte over and over.
fn usable<'a>(id: &PlatformId<'a>) -> Option<(PlatformIdSource, &'a [u8])> {
    let bytes = id.bytes.read()?;
    let first = bytes.first()?;
    (bytes.len() >= 4 && bytes.iter().any(|byte| byte != first)).then_some((id.source, bytes))
}
