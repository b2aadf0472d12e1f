//! A root's word that a key may issue, and what it may issue.

use heapless::Vec;
use serde::Serialize;

use super::key::{Algorithm, PUBLIC_KEY_BYTES, PublicKey};
use super::payload::{Claim, Kind, Payload};
use super::trust::VerifyError;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::license::{BRAND_BYTES_MAX, ClassSet};
use crate::text::Label;
use crate::time::UnixSeconds;

/// Longest name of an issuer in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Most brands that one certificate names.
pub const BRANDS_MAX: usize = 8;

/// A set of kinds, one bit for each number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KindSet(pub u32);

impl KindSet {
    /// The set of these kinds.
    #[must_use]
    pub const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut rest = kinds;
        while let Some((kind, others)) = rest.split_first() {
            bits |= Self::bit(*kind);
            rest = others;
        }
        Self(bits)
    }

    /// Whether it holds the kind.
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    const fn bit(kind: Kind) -> u32 {
        1u32.wrapping_shl(u32::from_le_bytes([kind.number(), 0, 0, 0]))
    }
}

/// What no issuer may sign.
const SIGNED_BY_ROOT: KindSet = KindSet::of(&[Kind::Certificate, Kind::RootChange, Kind::TimeCorrection]);

const _: () = {
    let mut rest: &[Kind] = &Kind::ALL;
    while let Some((kind, others)) = rest.split_first() {
        assert!(kind.number() < 32 && kind.is_signed_by_root() == SIGNED_BY_ROOT.contains(*kind));
        rest = others;
    }
};

/// For which brands an issuer may issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Brands<'a> {
    /// For each brand.
    Any,
    /// For these, compared byte by byte.
    Only(Vec<Label<'a>, BRANDS_MAX>),
}

impl Brands<'_> {
    /// Whether the brand is among them.
    #[must_use]
    pub fn include(&self, brand: Label<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(brands) => brands.contains(&brand),
        }
    }
}

/// An issuer's certificate. Signed by a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate<'a> {
    /// Algorithm of the issuer's key.
    pub algorithm: u8,
    /// The issuer's public key.
    pub public_key: [u8; PUBLIC_KEY_BYTES],
    /// The issuer's name, for people.
    pub name: Label<'a>,
    /// Which kinds it may sign. Kinds that roots sign are never among them.
    pub kinds: KindSet,
    /// For which brands.
    pub brands: Brands<'a>,
    /// Which classes of licence.
    pub classes: ClassSet,
    /// The greatest count in one licence.
    pub count_max: u32,
    /// When the certificate was signed.
    pub issued: UnixSeconds,
    /// First second of issue that it covers.
    pub valid_from: UnixSeconds,
    /// Last second of issue that it covers.
    pub valid_until: UnixSeconds,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

/// What of a certificate is judged, but for its brands.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    kinds: KindSet,
    classes: ClassSet,
    count_max: u32,
    valid_from: UnixSeconds,
    valid_until: UnixSeconds,
}

impl Bounds {
    /// Whether the issuer may sign a payload of this kind with this claim.
    fn cover(&self, kind: Kind, claim: &Claim<'_>, is_for: impl FnOnce(Label<'_>) -> bool) -> Result<(), VerifyError> {
        if !self.kinds.contains(kind) {
            return Err(VerifyError::IssuerNotAllowedKind);
        }
        if claim.issued < self.valid_from || claim.issued > self.valid_until {
            return Err(VerifyError::IssuerNotAllowedTime);
        }
        if claim.brand.is_some_and(|brand| !is_for(brand)) {
            return Err(VerifyError::IssuerNotAllowedBrand);
        }
        let Some(grant) = claim.grant else { return Ok(()) };
        if !self.classes.contains(grant.class) {
            return Err(VerifyError::IssuerNotAllowedClass);
        }
        if grant.count > self.count_max {
            return Err(VerifyError::IssuerNotAllowedCount);
        }
        Ok(())
    }
}

/// A certificate as the path of trust needs it, which keeps no list: the brands stay in the bytes.
#[derive(Clone, Debug)]
pub(super) struct Mandate<'a> {
    algorithm: u8,
    pub(super) public_key: [u8; PUBLIC_KEY_BYTES],
    bounds: Bounds,
    /// The list of brands, if there is one: checked, and at its beginning.
    brands: Option<Reader<'a>>,
    pub(super) issued: UnixSeconds,
    has_unknown_critical: bool,
}

/// Who keeps what of a certificate is not judged, or is judged where it lies.
trait Keep<'a> {
    fn name(&mut self, _name: Label<'a>) {}

    /// The list of brands, of which there is one.
    fn brands(&mut self, reader: &mut Reader<'a>) {
        for _ in 0..reader.count(BRANDS_MAX) {
            reader.text(BRAND_BYTES_MAX);
        }
    }

    /// Whether there is a critical one.
    fn extensions(&mut self, reader: &mut Reader<'a>) -> bool {
        extension::pass(reader)
    }
}

/// Keeps nothing.
impl Keep<'_> for () {}

impl<'a> Keep<'a> for Certificate<'a> {
    fn name(&mut self, name: Label<'a>) {
        self.name = name;
    }

    fn brands(&mut self, reader: &mut Reader<'a>) {
        let mut brands = Vec::new();
        reader.texts(&mut brands, BRAND_BYTES_MAX);
        self.brands = Brands::Only(brands);
    }

    fn extensions(&mut self, reader: &mut Reader<'a>) -> bool {
        extension::read(&mut self.extensions, reader);
        extension::unknown_critical(&self.extensions)
    }
}

/// The fields of a certificate, in their order.
#[inline(always)]
fn read_fields<'a>(mandate: &mut Mandate<'a>, kept: &mut impl Keep<'a>, reader: &mut Reader<'a>) {
    let bounds = &mut mandate.bounds;
    mandate.algorithm = reader.byte();
    reader.fill(&mut mandate.public_key);
    kept.name(reader.text(NAME_BYTES_MAX));
    bounds.kinds = KindSet(reader.u32());
    // The number of the variant, of which there are two.
    if reader.flag() {
        mandate.brands = Some(*reader);
        kept.brands(reader);
    }
    bounds.classes = ClassSet(reader.u32());
    bounds.count_max = reader.u32();
    mandate.issued = UnixSeconds(reader.u64());
    bounds.valid_from = UnixSeconds(reader.u64());
    bounds.valid_until = UnixSeconds(reader.u64());
    mandate.has_unknown_critical = kept.extensions(reader);
    reader.require(bounds.valid_from <= bounds.valid_until && bounds.kinds.0 & SIGNED_BY_ROOT.0 == 0);
}

impl<'a> Decode<'a> for Mandate<'a> {
    #[inline(never)]
    fn blank() -> Self {
        Self {
            algorithm: 0,
            public_key: [0; PUBLIC_KEY_BYTES],
            bounds: Bounds::default(),
            brands: None,
            issued: UnixSeconds(0),
            has_unknown_critical: false,
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        read_fields(self, &mut (), reader);
    }
}

impl<'a> Mandate<'a> {
    /// What the certificate claims.
    pub(super) const fn claim(&self) -> Claim<'a> {
        Claim { issued: self.issued, brand: None, grant: None, has_unknown_critical: self.has_unknown_critical }
    }

    /// The algorithm of the key, for who takes its bytes as they lie.
    pub(super) fn algorithm(&self) -> Result<Algorithm, VerifyError> {
        Algorithm::from_number(self.algorithm).ok_or(VerifyError::UnsupportedAlgorithm)
    }

    /// As [`Certificate::covers`].
    #[inline(never)]
    pub(super) fn covers(&self, kind: Kind, claim: &Claim<'_>) -> Result<(), VerifyError> {
        self.bounds.cover(kind, claim, |brand| {
            self.brands
                .is_none_or(|mut brands| (0..brands.count(BRANDS_MAX)).any(|_| brands.bytes() == brand.as_bytes()))
        })
    }
}

impl<'a> Decode<'a> for Certificate<'a> {
    fn blank() -> Self {
        Self {
            algorithm: 0,
            public_key: [0; PUBLIC_KEY_BYTES],
            name: Label::default(),
            kinds: KindSet(0),
            brands: Brands::Any,
            classes: ClassSet(0),
            count_max: 0,
            issued: UnixSeconds(0),
            valid_from: UnixSeconds(0),
            valid_until: UnixSeconds(0),
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        let mut mandate = Mandate::blank();
        read_fields(&mut mandate, self, reader);
        let Bounds { kinds, classes, count_max, valid_from, valid_until } = mandate.bounds;
        (self.algorithm, self.public_key, self.issued) = (mandate.algorithm, mandate.public_key, mandate.issued);
        (self.kinds, self.classes, self.count_max) = (kinds, classes, count_max);
        (self.valid_from, self.valid_until) = (valid_from, valid_until);
    }
}

impl<'a> Payload<'a> for Certificate<'a> {
    const KIND: Kind = Kind::Certificate;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Certificate<'_>>(bytes).is_some()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: None,
            grant: None,
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}

impl Certificate<'_> {
    /// The issuer's key.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedAlgorithm`].
    pub fn key(&self) -> Result<PublicKey, VerifyError> {
        let algorithm = Algorithm::from_number(self.algorithm).ok_or(VerifyError::UnsupportedAlgorithm)?;
        Ok(PublicKey { algorithm, bytes: self.public_key })
    }

    /// Whether the issuer may sign a payload of this kind with this claim.
    ///
    /// # Errors
    /// One of the five `IssuerNotAllowed…` variants of [`VerifyError`], in the order kind, time,
    /// brand, class, count.
    pub fn covers(&self, kind: Kind, claim: &Claim<'_>) -> Result<(), VerifyError> {
        let Self { kinds, classes, count_max, valid_from, valid_until, .. } = *self;
        // One that was not read may name anything.
        let kinds = KindSet(kinds.0 & !SIGNED_BY_ROOT.0);
        let bounds = Bounds { kinds, classes, count_max, valid_from, valid_until };
        bounds.cover(kind, claim, |brand| self.brands.include(brand))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::extension::Extension;
    use crate::license::{Class, LicenseKey};
    use crate::signed::Grant;

    fn certificate(brands: &[&'static str]) -> Certificate<'static> {
        let only = || Brands::Only(brands.iter().map(|brand| Label::from(*brand)).collect());
        Certificate {
            algorithm: 1,
            public_key: [6; PUBLIC_KEY_BYTES],
            name: "Northgate".into(),
            kinds: KindSet::of(&[Kind::License, Kind::RevocationList]),
            brands: if brands.is_empty() { Brands::Any } else { only() },
            classes: ClassSet::of(&[Class::PROFESSIONAL]),
            count_max: 9,
            issued: UnixSeconds(50),
            valid_from: UnixSeconds(100),
            valid_until: UnixSeconds(200),
            extensions: [Extension { tag: 3, critical: true, bytes: &[9] }].into_iter().collect(),
        }
    }

    /// Claims on each side of each bound.
    fn claims() -> impl Iterator<Item = (Kind, Claim<'static>)> {
        let grants = [(Class::PROFESSIONAL, 9), (Class::PROFESSIONAL, 10), (Class::TRIAL, 1)]
            .map(|(class, count)| Some(Grant { license: LicenseKey::from_random([1; 10]), class, count }));
        let brands = ["acme", "other", ""].map(|brand| Some(Label::from(brand)));
        let times = [99, 100, 200, 201].map(UnixSeconds);
        [Kind::License, Kind::Lease, Kind::Certificate].into_iter().flat_map(move |kind| {
            times.into_iter().flat_map(move |issued| {
                brands.into_iter().chain([None]).flat_map(move |brand| {
                    let claim = move |grant| (kind, Claim { issued, brand, grant, has_unknown_critical: false });
                    grants.into_iter().chain([None]).map(claim)
                })
            })
        })
    }

    #[test]
    fn a_mandate_is_what_the_whole_certificate_says() {
        let mut good = 0;
        for brands in [&[][..], &["acme"], &["acme", "other", ""]] {
            let mut buffer = [0; 256];
            let written = postcard::to_slice(&certificate(brands), &mut buffer).unwrap();
            for place in 0..written.len() {
                for value in 0..=u8::MAX {
                    let mut changed = written.to_vec();
                    changed[place] = value;
                    let (mandate, whole) =
                        (decode::exact::<Mandate<'_>>(&changed), decode::exact::<Certificate<'_>>(&changed));
                    assert_eq!(mandate.is_some(), whole.is_some(), "{changed:x?}");
                    let Some((mandate, whole)) = mandate.zip(whole) else { continue };
                    good += 1;
                    assert_eq!(mandate.claim(), whole.claim());
                    assert_eq!(mandate.algorithm().map(|_| mandate.public_key), whole.key().map(|key| key.bytes));
                    for (kind, claim) in claims() {
                        assert_eq!(mandate.covers(kind, &claim), whole.covers(kind, &claim), "{kind:?} {claim:?}");
                    }
                }
            }
        }
        assert!(good > 10_000, "{good}");
    }
}
