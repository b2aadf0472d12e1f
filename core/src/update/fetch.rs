//! How a device fetches a manifest and chunks from its Primary Server.
//!
//! Bodies of frames whose fifth byte is [`FETCH_VERSION`](crate::primary::frame::FETCH_VERSION). What is
//! answered is not signed: a manifest is, and names the rest.

use serde::Serialize;

use super::manifest::UpdateId;
use super::tree::{Digest, PATH_MAX};
use crate::decode::{self, Decode, Reader};
use crate::hwid::Hwid;
use crate::primary::{FrameError, Secret};
use crate::signed::SealError;

/// Most bytes that a [`Fetched::Chunk`] takes beside the chunk itself.
pub const CHUNK_ANSWER_OVERHEAD_MAX: usize = 1 + 5 + 1 + 32 * PATH_MAX + 5;

/// What is fetched of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Part {
    /// The manifest with its certificate.
    Manifest,
    /// The chunk with this index, and its path.
    Chunk(u32),
}

/// What a device asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fetch {
    /// The device.
    pub hwid: Hwid,
    /// The update.
    pub update: UpdateId,
    /// What the offer gave.
    pub ticket: [u8; 16],
    /// What of it.
    pub part: Part,
}

impl Fetch {
    /// Takes the body of a frame apart.
    ///
    /// # Errors
    /// [`FrameError::Malformed`].
    pub fn parse(body: &[u8]) -> Result<Self, FrameError> {
        decode::exact(body).ok_or(FrameError::Malformed)
    }

    /// Writes a body into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`SealError::TooLarge`]; 128 bytes always do.
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], SealError> {
        postcard::to_slice(self, buffer).map(|bytes| &*bytes).map_err(|_| SealError::TooLarge)
    }
}

impl<'a> Decode<'a> for Fetch {
    fn blank() -> Self {
        Self { hwid: Hwid::blank(), update: [0; 32], ticket: [0; 16], part: Part::Manifest }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        self.hwid.read(reader);
        reader.fill(&mut self.update);
        reader.fill(&mut self.ticket);
        self.part = match reader.u32() {
            0 => Part::Manifest,
            1 => Part::Chunk(reader.u32()),
            _ => return reader.fail(),
        };
    }
}

/// What a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fetched<'a> {
    /// A bundle of the manifest and its certificate.
    Manifest(&'a [u8]),
    /// A chunk.
    Chunk {
        /// Which one.
        index: u32,
        /// Its path in the tree, from the leaf upwards.
        path: &'a [Digest],
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The server has too much to do: ask again after so many seconds.
    Busy(u32),
    /// Not to be had; the number is that of a [`FetchRefusal`](super::FetchRefusal), or of a
    /// [`FrameError`].
    Refused(u16),
}

impl<'a> Fetched<'a> {
    /// Takes the body of a frame apart.
    ///
    /// # Errors
    /// [`FrameError::Malformed`].
    pub fn parse(body: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let fetched = match reader.u32() {
            0 => Self::Manifest(reader.bytes()),
            1 => Self::Chunk { index: reader.u32(), path: reader.arrays(PATH_MAX), bytes: reader.bytes() },
            2 => Self::Busy(reader.u32()),
            3 => Self::Refused(reader.u16()),
            _ => return Err(FrameError::Malformed),
        };
        if reader.is_at_end() { Ok(fetched) } else { Err(FrameError::Malformed) }
    }

    /// Writes a body into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`SealError::TooLarge`].
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], SealError> {
        postcard::to_slice(self, buffer).map(|bytes| &*bytes).map_err(|_| SealError::TooLarge)
    }
}

/// The ticket with which a device fetches an update. Servers that share the secret need to remember
/// none.
#[must_use]
pub fn ticket(secret: &Secret, hwid: Hwid, update: &UpdateId) -> [u8; 16] {
    let mut device = [0; 17];
    let [scheme, digest @ ..] = &mut device;
    *scheme = hwid.scheme;
    *digest = hwid.bytes;
    let [ticket @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        secret.authenticate(&[b"hwlticket", &device, update]);
    ticket
}
