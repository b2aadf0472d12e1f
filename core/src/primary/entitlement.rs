//! What a Primary Server may lease.

use heapless::Vec;
use serde::Serialize;

use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::license::{
    BRAND_BYTES_MAX, Class, EDITION_BYTES_MAX, EvidencePolicy, FEATURE_BYTES_MAX, FEATURES_MAX, HOLDER_BYTES_MAX,
    LicenseKey,
};
use crate::signed::{
    Algorithm, Claim, Delegation, Grant, Kind, Label, PUBLIC_KEY_BYTES, Payload, PublicKey, VerifyError,
};
use crate::time::{DAY_S, UnixSeconds};

/// How long a lease lasts unless its entitlement says otherwise: 30 days.
pub const LEASE_S: u32 = 30 * DAY_S;
/// Most channels that one client gets of a trial, as the vendor's desk issues it.
pub const TRIAL_CHANNELS: u32 = 4;

/// The id of a ledger: of what a Primary Server, or several that share one database, have given out.
pub type LedgerId = [u8; 16];

/// A licence of a site, which its Primary Server leases to clients in parts. Signed by an issuer
/// of the vendor.
///
/// The server's own key signs only leases and replies within it. Everything that a client gets
/// carries the entitlement along, so a server can give no more than it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entitlement<'a> {
    /// Licence key.
    pub key: LicenseKey,
    /// Brand of the products it is for, compared byte by byte.
    pub brand: Label<'a>,
    /// Class. One of class [`Class::TRIAL`] is given to a client that has no licence key, and to each
    /// HWID once.
    pub class: Class,
    /// Channels in all.
    pub count: u32,
    /// Most channels of one lease.
    pub per_client: u32,
    /// To whom it was given.
    pub holder: Label<'a>,
    /// Edition of the product.
    pub edition: Label<'a>,
    /// Last second for which updates are included.
    pub maintenance_until: Option<UnixSeconds>,
    /// Features it unlocks, ascending, each once.
    pub features: Vec<Label<'a>, FEATURES_MAX>,
    /// What evidence it asks of a client's machine.
    pub evidence: EvidencePolicy,
    /// Ledger of the Primary Server that may lease it.
    pub ledger: LedgerId,
    /// Algorithm of the server's key.
    pub algorithm: u8,
    /// The server's public key.
    pub public_key: [u8; PUBLIC_KEY_BYTES],
    /// When it was signed.
    pub issued: UnixSeconds,
    /// First second at which it is good.
    pub not_before: UnixSeconds,
    /// First second at which it is no longer good; never, if absent.
    pub expires: Option<UnixSeconds>,
    /// Last second for which the server's key is believed: nothing that it signs later, and no later
    /// time that it vouches for.
    pub serves_until: UnixSeconds,
    /// How long a lease lasts, in seconds; without an end, if absent.
    pub lease_s: Option<u32>,
    /// How often channels may go to other hardware before their lease has ended, in all.
    pub moves_max: u16,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl Entitlement<'_> {
    /// The server's key.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedAlgorithm`].
    pub fn server_key(&self) -> Result<PublicKey, VerifyError> {
        let algorithm = Algorithm::from_number(self.algorithm).ok_or(VerifyError::UnsupportedAlgorithm)?;
        Ok(PublicKey { algorithm, bytes: self.public_key })
    }

    /// Whether it unlocks a feature.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|known| *known == feature)
    }
}

impl<'a> Decode<'a> for Entitlement<'a> {
    #[inline(never)]
    fn blank() -> Self {
        Self {
            key: LicenseKey::blank(),
            brand: Label::default(),
            class: Class(0),
            count: 0,
            per_client: 0,
            holder: Label::default(),
            edition: Label::default(),
            maintenance_until: None,
            features: Vec::new(),
            evidence: EvidencePolicy::blank(),
            ledger: [0; 16],
            algorithm: 0,
            public_key: [0; PUBLIC_KEY_BYTES],
            issued: UnixSeconds(0),
            not_before: UnixSeconds(0),
            expires: None,
            serves_until: UnixSeconds(0),
            lease_s: None,
            moves_max: 0,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.key.read(reader);
        self.brand = reader.text(BRAND_BYTES_MAX);
        self.class = Class(reader.u16());
        self.count = reader.u32();
        self.per_client = reader.u32();
        self.holder = reader.text(HOLDER_BYTES_MAX);
        self.edition = reader.text(EDITION_BYTES_MAX);
        reader.time(&mut self.maintenance_until);
        reader.names(&mut self.features, FEATURE_BYTES_MAX);
        self.evidence.read(reader);
        reader.fill(&mut self.ledger);
        self.algorithm = reader.byte();
        reader.fill(&mut self.public_key);
        self.issued = UnixSeconds(reader.u64());
        self.not_before = UnixSeconds(reader.u64());
        reader.time(&mut self.expires);
        self.serves_until = UnixSeconds(reader.u64());
        self.lease_s = reader.option(Reader::u32);
        self.moves_max = reader.u16();
        extension::read(&mut self.extensions, reader);
        reader.require(
            // In ascending order only the first can be empty.
            self.features.first().is_none_or(|feature| *feature != Label::default())
                && self.per_client <= self.count
                && self.lease_s != Some(0)
                && self.issued <= self.serves_until
                && self.expires.is_none_or(|expires| expires > self.not_before),
        );
    }
}

impl<'a> Payload<'a> for Entitlement<'a> {
    const KIND: Kind = Kind::Entitlement;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Entitlement<'_>>(bytes).is_some()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: Some(self.brand),
            grant: Some(Grant { license: self.key, class: self.class, count: self.count }),
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}

impl<'a> Delegation<'a> for Entitlement<'a> {
    fn key(&self) -> Result<PublicKey, VerifyError> {
        self.server_key()
    }

    fn covers(&self, kind: Kind, claim: &Claim<'_>) -> Result<(), VerifyError> {
        if !matches!(kind, Kind::Lease | Kind::Reply | Kind::DeactivationReceipt) {
            return Err(VerifyError::IssuerNotAllowedKind);
        }
        if claim.issued < self.issued_with_tolerance() || claim.issued > self.serves_until {
            return Err(VerifyError::IssuerNotAllowedTime);
        }
        Ok(())
    }
}

impl Entitlement<'_> {
    /// From when on the server's key is believed: its clock may be behind that of the vendor.
    fn issued_with_tolerance(&self) -> UnixSeconds {
        UnixSeconds(self.issued.0.saturating_sub(crate::time::CLOCK_TOLERANCE_S.into()))
    }
}
