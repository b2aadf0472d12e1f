//! The server's own key, and what it signs.

use core::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::primary::{ENCLOSED_MAX, Lease, Secret, enclosed_digest};
use hwlicense::signed::{
    Algorithm, BUNDLE_BYTES_MAX, BundleWriter, ENVELOPE_BYTES_MAX, Envelope, Header, KeyId, Kind, Payload, PublicKey,
    SealError, seal,
};
use sha2::{Digest as _, Sha256};

use crate::store::EntitlementRow;

/// The private key of a Primary Server. It signs leases, replies and receipts, and can make no
/// licence: entitlements name its public half.
pub struct ServerKey {
    signing: SigningKey,
    public: PublicKey,
    tickets: Secret,
}

/// Says nothing of the private half.
impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl ServerKey {
    /// The key with this seed: 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey::ed25519(signing.verifying_key().to_bytes());
        let mut hash = Sha256::new();
        hash.update(b"hwl-ticket-secret");
        hash.update(seed);
        Self { signing, public, tickets: Secret::new(hash.finalize().into()) }
    }

    /// Its public half, for the vendor's desk.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public.id()
    }

    /// The secret of the tickets with which devices fetch updates. It follows from the private key, so
    /// that all servers with this key take each other's, and it is never sent.
    #[must_use]
    pub const fn ticket_secret(&self) -> &Secret {
        &self.tickets
    }

    /// Whether an entitlement names it, so that clients believe what it signs under it.
    #[must_use]
    pub fn may_serve(&self, row: &EntitlementRow) -> bool {
        row.terms().is_ok_and(|terms| terms.public_key == self.public.bytes)
    }

    /// Signs a payload, as an envelope.
    ///
    /// # Errors
    /// [`SealError`] when the payload breaks one of its bounds.
    pub fn seal<'p, T: Payload<'p>>(&self, payload: &T, epoch: u32, sequence: u64) -> Result<Vec<u8>, SealError> {
        let header = Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id: self.id(), epoch, sequence };
        let mut buffer = [0; ENVELOPE_BYTES_MAX];
        seal(header, payload, &mut buffer, |message| self.signing.sign(message).to_bytes()).map(<[u8]>::to_vec)
    }

    /// Signs a lease.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal_lease(&self, lease: &Lease<'_>) -> Result<Vec<u8>, SealError> {
        self.seal(lease, lease.ledger_epoch, lease.serial)
    }

    /// The lease in an envelope, if this key signed it.
    ///
    /// Ed25519 gives one key and message one signature (RFC 8032, 5.1.6), so the lease is signed
    /// again and the bytes are compared.
    #[must_use]
    pub fn own_lease<'a>(&self, bytes: &'a [u8]) -> Option<Lease<'a>> {
        let envelope = Envelope::parse(bytes).ok()?;
        if envelope.header().kind != Kind::Lease || envelope.header().key_id != self.id() {
            return None;
        }
        let lease = envelope.unverified::<Lease<'_>>().ok()?;
        (self.seal_lease(&lease).ok()?.as_slice() == bytes).then_some(lease)
    }
}

/// The digests under which a reply names what travels with it.
pub(super) fn digests_of(
    envelopes: &[Vec<u8>],
) -> Result<heapless::Vec<hwlicense::primary::EnclosedDigest, ENCLOSED_MAX>, SealError> {
    let mut digests = heapless::Vec::new();
    for bytes in envelopes {
        let envelope = Envelope::parse(bytes).map_err(|_| SealError::NotWellFormed)?;
        digests.push(enclosed_digest(&envelope)).map_err(|_| SealError::TooLarge)?;
    }
    Ok(digests)
}

/// A file of a reply and what travels with it.
pub(super) fn bundle(reply: &[u8], enclosed: &[Vec<u8>]) -> Result<Vec<u8>, SealError> {
    let mut writer = BundleWriter::new();
    writer.push(reply)?;
    for envelope in enclosed {
        writer.push(envelope)?;
    }
    let mut buffer = vec![0; BUNDLE_BYTES_MAX];
    let length = writer.write(&mut buffer)?.len();
    buffer.truncate(length);
    Ok(buffer)
}
