//! Frames: how requests and answers follow each other on a connection.
//!
//! A frame is the length of what follows (u32, big-endian), a version byte and a body. The client
//! sends a frame with a request, the server one with an [`Answer`]; then either closes the
//! connection, or the client goes on with the next request.

use serde::Serialize;

use crate::decode::Reader;
use crate::numbered::numbered;
use crate::signed::SealError;

/// The TCP port of a Primary Server. It must be the same on both sides.
pub const PORT: u16 = 16_770;
/// Version of the frames in which licences are asked for.
pub const FRAME_VERSION: u8 = 1;
/// Version of the frames in which updates are fetched: they go over the same port.
pub const FETCH_VERSION: u8 = 2;
/// Bytes before the body: length and version.
pub const FRAME_HEAD_BYTES: usize = 5;
/// Largest frame after its length, in bytes.
pub const FRAME_BYTES_MAX: usize = 65_536;
/// Largest body in bytes.
pub const BODY_BYTES_MAX: usize = FRAME_BYTES_MAX - 1;

numbered! {
    /// Why bytes are no frame.
    FrameError {
        /// What answers speaks something else: HTTP, TLS, SSH. Check address and port on both sides.
        NotThisProtocol = 550, "not-this-protocol", "what answers there is no Primary Server: check the address, and that the port (16770) and TLS are set alike on both sides";
        /// The frame says that it is empty, or larger than [`FRAME_BYTES_MAX`].
        Size = 551, "frame-size", "the message is empty, or larger than it may be";
        /// Written in another version of the protocol. Update the older side.
        UnsupportedVersion = 552, "unsupported-frame-version", "the other side speaks another version of the protocol: update the older one";
        /// The body is not what it should be: cut off, damaged, or not in canonical form.
        Malformed = 553, "malformed-message", "the message is damaged";
    }
}

impl core::error::Error for FrameError {}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Purpose {
    /// Its body is a request, or an [`Answer`] to one.
    Licensing,
    /// Its body is a [`Fetch`](crate::update::Fetch), or what was [`Fetched`](crate::update::Fetched).
    Updates,
}

impl Purpose {
    const fn version(self) -> u8 {
        match self {
            Self::Licensing => FRAME_VERSION,
            Self::Updates => FETCH_VERSION,
        }
    }
}

/// Reads what precedes the body of a request or an answer, and gives the length of the body.
///
/// # Errors
/// [`FrameError`], before a single byte of the body needs room.
pub fn read_head(head: [u8; FRAME_HEAD_BYTES]) -> Result<usize, FrameError> {
    match read_any_head(head)? {
        (Purpose::Licensing, body_bytes) => Ok(body_bytes),
        (Purpose::Updates, _) => Err(FrameError::UnsupportedVersion),
    }
}

/// Reads what precedes any body, and gives what the frame is for and the length of the body.
///
/// # Errors
/// As for [`read_head`].
pub fn read_any_head(head: [u8; FRAME_HEAD_BYTES]) -> Result<(Purpose, usize), FrameError> {
    let [length @ .., version] = head;
    let length = u32::from_be_bytes(length);
    // Whatever begins with a letter, or with a TLS record, declares sixteen megabytes and more.
    if length >= 1 << 24 {
        return Err(FrameError::NotThisProtocol);
    }
    let length = usize::try_from(length).ok().filter(|length| *length <= FRAME_BYTES_MAX);
    let body = length.and_then(|length| length.checked_sub(1)).filter(|body| *body > 0).ok_or(FrameError::Size)?;
    match version {
        FRAME_VERSION => Ok((Purpose::Licensing, body)),
        FETCH_VERSION => Ok((Purpose::Updates, body)),
        _ => Err(FrameError::UnsupportedVersion),
    }
}

/// What precedes the body of a request or an answer of this length.
///
/// # Errors
/// [`FrameError::Size`].
pub fn write_head(body_bytes: usize) -> Result<[u8; FRAME_HEAD_BYTES], FrameError> {
    write_any_head(Purpose::Licensing, body_bytes)
}

/// What precedes a body of this length.
///
/// # Errors
/// [`FrameError::Size`].
pub fn write_any_head(purpose: Purpose, body_bytes: usize) -> Result<[u8; FRAME_HEAD_BYTES], FrameError> {
    let length = body_bytes.checked_add(1).filter(|length| body_bytes > 0 && *length <= FRAME_BYTES_MAX);
    let length = length.and_then(|length| u32::try_from(length).ok()).ok_or(FrameError::Size)?;
    let [a, b, c, d] = length.to_be_bytes();
    Ok([a, b, c, d, purpose.version()])
}

/// The body of what a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Answer<'a> {
    /// A bundle with a signed [`Reply`](super::Reply).
    Reply(&'a [u8]),
    /// The server has too much to do. Not signed: it delays the next contact, by so many seconds and
    /// at most by [`BUSY_S_MAX`](super::BUSY_S_MAX), and does nothing else.
    Busy(u32),
    /// The server does not understand the request; the number is that of a [`FrameError`]. Not signed:
    /// it tells the administrator something, and does nothing else.
    NotUnderstood(u16),
}

impl<'a> Answer<'a> {
    /// Takes a body apart.
    ///
    /// # Errors
    /// [`FrameError::Malformed`].
    pub fn parse(body: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let answer = match reader.u32() {
            0 => Self::Reply(reader.bytes()),
            1 => Self::Busy(reader.u32()),
            2 => Self::NotUnderstood(reader.u16()),
            _ => return Err(FrameError::Malformed),
        };
        if reader.is_at_end() { Ok(answer) } else { Err(FrameError::Malformed) }
    }

    /// Writes a body into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`SealError::TooLarge`].
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], SealError> {
        let body = postcard::to_slice(self, buffer).map_err(|_| SealError::TooLarge)?;
        if body.len() > BODY_BYTES_MAX { Err(SealError::TooLarge) } else { Ok(body) }
    }
}
