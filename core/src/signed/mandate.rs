//! A certificate as the path of trust needs it, which keeps no list: the brands stay in the bytes.

use heapless::Vec;

use super::certificate::{BRANDS_MAX, Brands, Certificate, KindSet, NAME_BYTES_MAX, SIGNED_BY_ROOT};
use super::key::{Algorithm, PUBLIC_KEY_BYTES};
use super::payload::{Claim, Kind};
use super::trust::VerifyError;
use crate::decode::{Decode, Reader};
use crate::extension;
use crate::license::{BRAND_BYTES_MAX, ClassSet};
use crate::text::Label;
use crate::time::UnixSeconds;

/// What of a certificate is judged, but for its brands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    pub(super) kinds: KindSet,
    pub(super) classes: ClassSet,
    pub(super) count_max: u32,
    pub(super) valid_from: UnixSeconds,
    pub(super) valid_until: UnixSeconds,
}

impl Bounds {
    /// Whether the issuer may sign a payload of this kind with this claim.
    pub(super) fn cover(
        &self,
        kind: Kind,
        claim: &Claim<'_>,
        is_for: impl FnOnce(Label<'_>) -> bool,
    ) -> Result<(), VerifyError> {
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

/// What of a certificate is judged.
#[derive(Clone, Debug)]
pub(super) struct Mandate<'a> {
    pub(super) algorithm: u8,
    pub(super) public_key: [u8; PUBLIC_KEY_BYTES],
    pub(super) bounds: Bounds,
    /// The list of brands, if there is one: checked, and at its beginning.
    brands: Option<Reader<'a>>,
    pub(super) issued: UnixSeconds,
    has_unknown_critical: bool,
}

/// Who keeps what of a certificate is not judged, or is judged where it lies.
pub(super) trait Keep<'a> {
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
pub(super) fn read_fields<'a>(mandate: &mut Mandate<'a>, kept: &mut impl Keep<'a>, reader: &mut Reader<'a>) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::decode;
    use crate::extension::Extension;
    use crate::license::{Class, LicenseKey};
    use crate::signed::{Grant, Payload};

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
