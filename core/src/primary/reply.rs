//! A Primary Server's signed answer.

use heapless::Vec;
use serde::Serialize;

use super::entitlement::LedgerId;
use super::refusal::Refusal;
use super::secret::{SECRET_BYTES, Secret};
use crate::decode::{self, Decode, Reader};
use crate::digest::Sha256;
use crate::extension::{self, Extensions};
use crate::hwid::Hwid;
use crate::license::BRAND_BYTES_MAX;
use crate::signed::{Claim, ENVELOPES_MAX, Envelope, Kind, Label, Payload};
use crate::time::UnixSeconds;

/// Most envelopes that travel with a reply.
pub const ENCLOSED_MAX: usize = ENVELOPES_MAX - 1;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The client has a licence: it travels with the reply.
    Licensed,
    /// Nobody assigned a licence to the client yet.
    Waiting,
    /// There is none for it; the number is that of a [`Refusal`], perhaps of one that this software
    /// does not know.
    Refused(u16),
    /// What was to be deactivated is.
    Deactivated,
}

impl Outcome {
    /// A refusal.
    #[must_use]
    pub const fn refused(refusal: Refusal) -> Self {
        Self::Refused(refusal.number())
    }

    /// The refusal, if it is one that this software knows.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Refused(number) => Refusal::from_number(number),
            _ => None,
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Licensed => (0u32, 0u16),
            Self::Waiting => (1, 0),
            Self::Refused(number) => (2, number),
            Self::Deactivated => (3, 0),
        }
        .serialize(serializer)
    }
}

impl Decode<'_> for Outcome {
    fn blank() -> Self {
        Self::Waiting
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        *self = match (reader.u32(), reader.u16()) {
            (0, 0) => Self::Licensed,
            (1, 0) => Self::Waiting,
            (2, number) => Self::Refused(number),
            (3, 0) => Self::Deactivated,
            _ => return reader.fail(),
        };
    }
}

/// The digest of an envelope that travels with a reply.
pub type EnclosedDigest = [u8; 16];

/// An answer to one request of one client. Signed by the key of a Primary Server that an
/// entitlement names.
///
/// It names the digest of the whole request, so it answers no other, and those of all envelopes
/// that travel with it, so that nobody on the way can leave one out or put an older one in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reply<'a> {
    /// The server's time when it was signed.
    pub issued: UnixSeconds,
    /// Digest of the request ([`SignedRequest::digest`](super::SignedRequest::digest)).
    pub request: [u8; 32],
    /// The client.
    pub hwid: Hwid,
    /// Its brand.
    pub brand: Label<'a>,
    /// The server's ledger.
    pub ledger: LedgerId,
    /// Epoch of that ledger: a restored backup raises it.
    pub ledger_epoch: u32,
    /// What became of the request.
    pub outcome: Outcome,
    /// Digests of the envelopes that travel with it, in their order.
    pub enclosed: Vec<EnclosedDigest, ENCLOSED_MAX>,
    /// The secret with which the client authenticates its later requests.
    pub secret: Option<Secret>,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

/// The digest under which a reply names an envelope.
#[must_use]
pub fn enclosed_digest(envelope: &Envelope<'_>) -> EnclosedDigest {
    let mut hash = Sha256::new();
    hash.update(b"hwlencl");
    hash.update(envelope.bytes());
    hash.finish()
}

impl<'a> Decode<'a> for Reply<'a> {
    fn blank() -> Self {
        Self {
            issued: UnixSeconds(0),
            request: [0; 32],
            hwid: Hwid::blank(),
            brand: Label::default(),
            ledger: [0; 16],
            ledger_epoch: 0,
            outcome: Outcome::blank(),
            enclosed: Vec::new(),
            secret: None,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        reader.fill(&mut self.request);
        self.hwid.read(reader);
        self.brand = reader.text(BRAND_BYTES_MAX);
        reader.fill(&mut self.ledger);
        self.ledger_epoch = reader.u32();
        self.outcome.read(reader);
        reader.list(&mut self.enclosed, Reader::array, |_, _| true);
        self.secret = reader.option(Reader::array::<SECRET_BYTES>).map(Secret::new);
        extension::read(&mut self.extensions, reader);
    }
}

impl<'a> Payload<'a> for Reply<'a> {
    const KIND: Kind = Kind::Reply;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Reply<'_>>(bytes).is_some()
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
