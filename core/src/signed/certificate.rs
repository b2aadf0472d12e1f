//! A root's word that a key may issue, and what it may issue.

use heapless::Vec;
use serde::Serialize;

use super::key::{Algorithm, PUBLIC_KEY_BYTES, PublicKey};
use super::mandate::{Bounds, Mandate, read_fields};
use super::payload::{Claim, Kind, Payload};
use super::trust::VerifyError;
use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::license::ClassSet;
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
pub(super) const SIGNED_BY_ROOT: KindSet = KindSet::of(&[Kind::Certificate, Kind::RootChange, Kind::TimeCorrection]);

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
