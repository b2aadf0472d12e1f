//! What a client asks of its Primary Server.

use heapless::Vec;
use serde::Serialize;

use super::frame::{BODY_BYTES_MAX, FRAME_VERSION, FrameError};
use super::secret::{MAC_BYTES, Secret};
use crate::decode::{self, Decode, Reader};
use crate::digest::Sha256;
use crate::extension::{self, Extensions};
use crate::hwid::{ENROLLMENT_BYTES_MAX, Hwid};
use crate::license::{BRAND_BYTES_MAX, Class, LicenseKey};
use crate::signed::{KeyId, Label, SealError};
use crate::time::UnixSeconds;

/// Most HWIDs of one machine: one for each scheme.
pub const HWIDS_MAX: usize = 4;
/// Longest name of a device in bytes.
pub const DEVICE_NAME_BYTES_MAX: usize = 64;
/// Longest name of a software version in bytes.
pub const SOFTWARE_BYTES_MAX: usize = 32;
/// Most leases that a client shows.
pub const HELD_MAX: usize = 4;

/// In which state a client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ClientState {
    /// It never had a licence: it does not record, and asks every minute.
    #[default]
    Unlicensed,
    /// It has a licence, and asks every four hours.
    Licensed,
    /// It has a licence, and cannot reach its server: it asks every hour.
    ContactLost,
    /// It was refused, or what it had has ended: it does not record, and asks every minute.
    Refused,
}

impl ClientState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Unlicensed, Self::Licensed, Self::ContactLost, Self::Refused];

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Unlicensed => 0,
            Self::Licensed => 1,
            Self::ContactLost => 2,
            Self::Refused => 3,
        }
    }

    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unlicensed => "unlicensed",
            Self::Licensed => "licensed",
            Self::ContactLost => "contact-lost",
            Self::Refused => "refused",
        }
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Operation {
    /// To be known, to get a licence or a newer lease, and to learn what was revoked.
    #[default]
    Contact,
    /// To give up the channels of an entitlement. The client has stopped to use them.
    Deactivate(LicenseKey),
}

/// What a client needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Wanted {
    /// Class of licence.
    pub class: Class,
    /// Channels.
    pub count: u32,
}

/// Up to where a client knows the revocation lists of a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ListMark {
    /// Who signed the list.
    pub signer: KeyId,
    /// Epoch of the signer.
    pub epoch: u32,
    /// Sequence of the list.
    pub sequence: u64,
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Request<'a> {
    /// Random, so that no two requests of a client have the same. A request that is sent again,
    /// because no answer came, has the same id and the same content.
    pub id: [u8; 16],
    /// Random: makes the answer one to this request only.
    pub nonce: [u8; 16],
    /// How often the client asked: it never goes back, unless the client was reset or copied.
    pub counter: u64,
    /// What the client's clock says, if it is set. For the administrator.
    pub clock: Option<UnixSeconds>,
    /// The machine: its HWID in every scheme that the client knows; the first is the newest.
    pub hwids: Vec<Hwid, HWIDS_MAX>,
    /// The HWID that the machine had before its hardware was changed.
    pub previous: Option<Hwid>,
    /// Its enrolment ([`Enrollment::encode`](crate::hwid::Enrollment::encode)); empty if it has none.
    pub enrollment: &'a [u8],
    /// What its HWID rests on ([`EvidenceSet::bits`](crate::hwid::EvidenceSet::bits)).
    pub evidence: u16,
    /// Brand of the product.
    pub brand: Label<'a>,
    /// Name of the device, by which an administrator expects it.
    pub name: Label<'a>,
    /// Version of the product's software.
    pub software: Label<'a>,
    /// In which state the client is.
    pub state: ClientState,
    /// What the request is for.
    pub operation: Operation,
    /// Licence key that somebody entered on the device.
    pub license_key: Option<LicenseKey>,
    /// What the client needs.
    pub wanted: Wanted,
    /// The leases that it holds, as envelopes: what a server that was restored from a backup may have
    /// forgotten.
    pub held: Vec<&'a [u8], HELD_MAX>,
    /// The newest revocation list that it knows.
    pub list: Option<ListMark>,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl Request<'_> {
    /// The machine's HWID, in the newest scheme that the client knows.
    #[must_use]
    pub fn hwid(&self) -> Option<Hwid> {
        self.hwids.first().copied()
    }

    /// Whether it holds a critical extension that this software does not know.
    #[must_use]
    pub fn has_unknown_critical(&self) -> bool {
        extension::unknown_critical(&self.extensions)
    }
}

impl<'a> Decode<'a> for Request<'a> {
    fn blank() -> Self {
        Self::default()
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        reader.fill(&mut self.id);
        reader.fill(&mut self.nonce);
        self.counter = reader.u64();
        reader.time(&mut self.clock);
        let hwid = |reader: &mut Reader<'a>| {
            let mut hwid = Hwid::blank();
            hwid.read(reader);
            hwid
        };
        reader.list(&mut self.hwids, hwid, |before, after| before.scheme > after.scheme);
        self.previous = reader.option(hwid);
        self.enrollment = reader.bytes();
        self.evidence = reader.u16();
        self.brand = reader.text(BRAND_BYTES_MAX);
        self.name = reader.text(DEVICE_NAME_BYTES_MAX);
        self.software = reader.text(SOFTWARE_BYTES_MAX);
        self.state = match reader.u32() {
            0 => ClientState::Unlicensed,
            1 => ClientState::Licensed,
            2 => ClientState::ContactLost,
            3 => ClientState::Refused,
            _ => return reader.fail(),
        };
        let key = |reader: &mut Reader<'a>| {
            let mut key = LicenseKey::blank();
            key.read(reader);
            key
        };
        self.operation = match reader.u32() {
            0 => Operation::Contact,
            1 => Operation::Deactivate(key(reader)),
            _ => return reader.fail(),
        };
        self.license_key = reader.option(key);
        self.wanted = Wanted { class: Class(reader.u16()), count: reader.u32() };
        reader.list(&mut self.held, Reader::bytes, |_, _| true);
        self.list = reader.option(|reader| ListMark {
            signer: KeyId(reader.array()),
            epoch: reader.u32(),
            sequence: reader.u64(),
        });
        extension::read(&mut self.extensions, reader);
        reader.require(!self.hwids.is_empty() && self.enrollment.len() <= ENROLLMENT_BYTES_MAX);
    }
}

/// With what a request is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// With nothing: the client has no secret yet.
    None,
    /// With the client's secret.
    Client(&'a Secret),
    /// With an administrator's token ([`Secret::of_token`]).
    Administrator(&'a Secret),
}

/// By whom a request says that it was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Authenticator {
    /// By nobody.
    None,
    /// By the client.
    Client([u8; MAC_BYTES]),
    /// By an administrator.
    Administrator([u8; MAC_BYTES]),
}

impl Authenticator {
    const fn tag(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Client(_) => 1,
            Self::Administrator(_) => 2,
        }
    }
}

/// What precedes the message in every authenticator.
const MAC_DOMAIN: &[u8] = b"hwlreqmac";

/// A request as it lies in the body of a frame, and how it was authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest<'a> {
    body: &'a [u8],
    message: &'a [u8],
    authenticator: Authenticator,
    /// The request. Whether it comes from whom it names is what [`Self::verifies`] tells.
    pub request: Request<'a>,
}

impl<'a> SignedRequest<'a> {
    /// Takes the body of a frame apart.
    ///
    /// # Errors
    /// [`FrameError::Malformed`].
    pub fn parse(body: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let mut request = Request::blank();
        request.read(&mut reader);
        let rest = reader.rest().ok_or(FrameError::Malformed)?;
        let message_length = body.len().saturating_sub(rest.len());
        let message = body.get(..message_length).ok_or(FrameError::Malformed)?;
        let authenticator = match reader.byte() {
            0 => Authenticator::None,
            1 => Authenticator::Client(reader.array()),
            2 => Authenticator::Administrator(reader.array()),
            _ => return Err(FrameError::Malformed),
        };
        if !reader.is_at_end() {
            return Err(FrameError::Malformed);
        }
        Ok(Self { body, message, authenticator, request })
    }

    /// How it was authenticated.
    #[must_use]
    pub const fn authenticator(&self) -> Authenticator {
        self.authenticator
    }

    /// Whether it was authenticated with this secret, in the same time wherever it differs. One that
    /// was not authenticated was with none.
    #[must_use]
    pub fn verifies(&self, secret: &Secret) -> bool {
        match self.authenticator {
            Authenticator::None => false,
            Authenticator::Client(mac) | Authenticator::Administrator(mac) => {
                secret.verifies(&parts(self.message, &[self.authenticator.tag()]), &mac)
            }
        }
    }

    /// Its digest, by which the reply names it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        request_digest(self.body)
    }
}

/// What an authenticator is made over.
fn parts<'m>(message: &'m [u8], tag: &'m [u8; 1]) -> [&'m [u8]; 4] {
    [MAC_DOMAIN, &[FRAME_VERSION], message, tag]
}

/// The digest of a request: SHA-256 over a domain tag, the version of the frame and its body.
#[must_use]
pub fn request_digest(body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"hwlreq");
    hash.update(&[FRAME_VERSION]);
    hash.update(body);
    hash.finish()
}

/// Writes a request, authenticated, as the body of a frame into the buffer, and gives the part that
/// was written.
///
/// # Errors
/// [`SealError::TooLarge`] when the buffer is too small, [`SealError::NotWellFormed`] when the
/// request breaks one of its bounds.
pub fn write_request<'b>(
    request: &Request<'_>,
    with: Authentication<'_>,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], SealError> {
    let message_length = postcard::to_slice(request, buffer).map_err(|_| SealError::TooLarge)?.len();
    let (message, rest) = buffer.split_at_mut_checked(message_length).ok_or(SealError::TooLarge)?;
    if decode::exact::<Request<'_>>(message).is_none() {
        return Err(SealError::NotWellFormed);
    }
    let (tag, secret) = match with {
        Authentication::None => (0, None),
        Authentication::Client(secret) => (1, Some(secret)),
        Authentication::Administrator(secret) => (2, Some(secret)),
    };
    let (first, rest) = rest.split_first_mut().ok_or(SealError::TooLarge)?;
    *first = tag;
    let mut length = message_length.saturating_add(1);
    if let Some(secret) = secret {
        let slot = rest.first_chunk_mut::<MAC_BYTES>().ok_or(SealError::TooLarge)?;
        *slot = secret.authenticate(&parts(message, &[tag]));
        length = length.saturating_add(MAC_BYTES);
    }
    buffer.get(..length).filter(|body| body.len() <= BODY_BYTES_MAX).ok_or(SealError::TooLarge)
}
