//! The decision that an image may be handed over, made twice.
//!
//! A fault here installs foreign software. So all of it is decided again, from the signed bytes, at the
//! moment when the image is to be handed over, on two paths; and the outcome is a word that only all
//! checks of both in their order give, as that of a licence is.

use core::hint::black_box;

use crate::path::Path;
use crate::signed::{Bundle, Kind, SignatureVerifier, Trust};
use crate::time::UnixSeconds;
use crate::update::error::UpdateError;
use crate::update::manifest::{Manifest, UpdateId, update_id};
use crate::update::offer::Running;
use crate::update::tree::Digest;
use crate::update::version::Version;

/// Whether an image may be handed over, hardened: against single faults, as a licence's
/// [`Verdict`](crate::license::Verdict).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Clearance {
    word: u32,
    inverse: u32,
}

const FIRST: Path = Path::new(0x1f83_d9ab, 0x27d4_eb2f);
const SECOND: Path = Path::new(0x5be0_cd19, 0x1656_67b1);
/// How many checks each path makes.
const STEPS: u32 = 4;

const _: () = assert!(Clearance::GRANTED.count_ones() >= 8 && Clearance::GRANTED.count_zeros() >= 8);

impl Clearance {
    /// The word of an image that may be handed over, for those who compare it once more where it counts.
    pub const GRANTED: u32 = FIRST.end(STEPS) ^ SECOND.end(STEPS);

    fn of(first: Path, second: Path) -> Self {
        let (first, second) = (first.word(), second.word());
        Self { word: black_box(first) ^ second, inverse: !(first ^ black_box(second)) }
    }

    /// The clearance as a word: [`Self::GRANTED`], or something else.
    #[must_use]
    pub const fn word(self) -> u32 {
        self.word
    }

    /// The same word inverted, as it was computed beside it.
    #[must_use]
    pub const fn inverse(self) -> u32 {
        self.inverse
    }

    /// The right to hand the image over, checked once more.
    #[must_use]
    pub fn grant(self) -> Option<Cleared> {
        let word = black_box(self.word);
        let inverse = black_box(self.inverse);
        (word == Self::GRANTED && !inverse == Self::GRANTED).then_some(Cleared(()))
    }
}

/// Proof that a [`Clearance`] was checked where it is used.
#[derive(Clone, Copy, Debug)]
pub struct Cleared(());

/// An image that is whole, for the vendor's updater. Look at the clearance before anything is done with
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Handover {
    /// Whether the image may be handed over.
    pub clearance: Clearance,
    /// The update.
    pub update: UpdateId,
    /// Its version.
    pub version: Version,
    /// Its security version.
    pub security_version: u32,
    /// Bytes of the image.
    pub size: u32,
    /// SHA-256 of the image.
    pub sha256: Digest,
}

/// What the manifest of an update must fit to.
pub(super) struct Found<'f> {
    /// The update that was offered.
    pub(super) update: &'f UpdateId,
    /// SHA-256 of the image as it was read back.
    pub(super) sha256: &'f Digest,
    /// How many bytes that were.
    pub(super) read_bytes: u32,
    pub(super) running: &'f Running<'f>,
    pub(super) floor: u32,
    pub(super) time: UnixSeconds,
}

/// Decides over a bundle with a manifest. Of several reasons against it the first is given.
pub(super) fn decide<'b, V: SignatureVerifier>(
    trust: &Trust<'b, V>,
    bundle: &'b [u8],
    found: &Found<'_>,
) -> Result<Handover, UpdateError> {
    let bundle = Bundle::parse(bundle).map_err(|_| UpdateError::NotBelieved)?;
    let verified = trust.verify_bundle::<Manifest<'_>>(&bundle).map_err(|_| UpdateError::NotBelieved)?;
    let envelope = bundle.only(Kind::UpdateManifest).map_err(|_| UpdateError::NotBelieved)?;
    let manifest = verified.claims();
    let mut first = FIRST;
    walk(&mut first, &manifest, &update_id(&envelope), found)?;
    // Once more from the signed bytes.
    let mut second = SECOND;
    walk(&mut second, &verified.claims(), &update_id(&envelope), black_box(found))?;
    second.spoil(verified.doubt());
    Ok(Handover {
        clearance: Clearance::of(first, second),
        update: *found.update,
        version: manifest.version,
        security_version: manifest.security_version,
        size: manifest.size,
        sha256: manifest.sha256,
    })
}

#[inline(never)]
fn walk(path: &mut Path, manifest: &Manifest<'_>, id: &UpdateId, found: &Found<'_>) -> Result<(), UpdateError> {
    let is_same = id == found.update;
    path.step(is_same);
    let suits = manifest.suits(found.running, found.floor, found.time);
    path.step(suits.is_ok());
    let is_whole = manifest.size == found.read_bytes;
    path.step(is_whole);
    let is_image = manifest.sha256 == *found.sha256;
    path.step(is_image);
    if !is_same {
        return Err(UpdateError::OtherManifest);
    }
    suits?;
    if is_whole && is_image { Ok(()) } else { Err(UpdateError::WrongImage) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(start: Path, failing: u32, skipped: u32) -> Path {
        let mut path = start;
        (0..STEPS).filter(|step| skipped >> step & 1 == 0).for_each(|step| path.step(failing >> step & 1 == 0));
        path
    }

    #[test]
    fn only_all_steps_of_both_paths_clear() {
        let all = 0..1 << STEPS;
        for (failing, skipped) in all.clone().flat_map(|failing| all.clone().map(move |skipped| (failing, skipped))) {
            for other in all.clone() {
                let is_good = failing == 0 && skipped == 0 && other == 0;
                let (bad, good) = (walked(FIRST, failing, skipped), walked(SECOND, other, 0));
                assert_eq!(Clearance::of(bad, good).grant().is_some(), is_good, "{failing} {skipped} {other}");
                let (good, bad) = (walked(FIRST, other, 0), walked(SECOND, failing, skipped));
                assert_eq!(Clearance::of(good, bad).grant().is_some(), is_good, "{failing} {skipped} {other}");
            }
        }
    }

    #[test]
    fn no_flipped_bit_and_no_zeroed_memory_clears() {
        let good = Clearance { word: Clearance::GRANTED, inverse: !Clearance::GRANTED };
        assert!(good.grant().is_some());
        for bit in 0..32 {
            assert!(Clearance { word: good.word ^ 1 << bit, ..good }.grant().is_none());
            assert!(Clearance { inverse: good.inverse ^ 1 << bit, ..good }.grant().is_none());
        }
        assert!(Clearance { word: 0, inverse: 0 }.grant().is_none());
        assert!(Clearance { word: u32::MAX, inverse: u32::MAX }.grant().is_none());
    }
}
