//! The image of an update: cut into chunks, and the digests that a manifest names it by.

use core::fmt;
use std::io::{self, Read};

use hwlicense::update::Manifest;
use hwlicense::update::tree::{self, Digest};
use sha2::{Digest as _, Sha256};

/// Most chunks of an image: 2 GiB in the largest chunks. The path of each is computed from the digests
/// of all.
pub const CHUNKS_MAX: usize = 65_536;

/// Why an image cannot be an update.
#[derive(Debug)]
pub enum ImageError {
    /// There is not one byte in it.
    Empty,
    /// It has more than [`CHUNKS_MAX`] chunks, or 2³² bytes and more.
    TooLarge,
    /// It cannot be read.
    Read(io::Error),
}

impl From<io::Error> for ImageError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the image is empty"),
            Self::TooLarge => write!(f, "the image has more than {CHUNKS_MAX} chunks, or 4 GiB and more"),
            Self::Read(error) => write!(f, "the image cannot be read: {error}"),
        }
    }
}

impl core::error::Error for ImageError {}

/// What an image is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Bytes of the image.
    pub size: u32,
    /// SHA-256 of it.
    pub sha256: Digest,
    /// The leaf of each chunk.
    pub leaves: Vec<Digest>,
    /// The root over them.
    pub root: Digest,
}

impl Digests {
    /// Reads an image to its end. `told` hears after each chunk how many bytes were read.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn of(image: &mut impl Read, chunk_bytes: u32, told: &mut dyn FnMut(u32)) -> Result<Self, ImageError> {
        let (mut sha256, mut builder) = (Sha256::new(), tree::Builder::new());
        let (mut size, mut leaves) = (0u32, Vec::new());
        while let Some(chunk) = next_chunk(image, chunk_bytes)? {
            if leaves.len() >= CHUNKS_MAX {
                return Err(ImageError::TooLarge);
            }
            let more = u32::try_from(chunk.len()).map_err(|_| ImageError::TooLarge)?;
            size = size.checked_add(more).ok_or(ImageError::TooLarge)?;
            sha256.update(&chunk);
            let leaf = tree::leaf(&chunk);
            builder.push(leaf);
            leaves.push(leaf);
            told(size);
        }
        let root = builder.root().ok_or(ImageError::Empty)?;
        Ok(Self { size, sha256: sha256.finalize().into(), leaves, root })
    }

    /// Whether a manifest names this image.
    #[must_use]
    pub fn are_those_of(&self, manifest: &Manifest<'_>) -> bool {
        (self.size, self.sha256, self.root) == (manifest.size, manifest.sha256, manifest.chunks_root)
    }
}

/// The next chunk: whole, or the rest of the image; `None` at its end.
///
/// # Errors
/// What the image's source says.
pub fn next_chunk(image: &mut impl Read, chunk_bytes: u32) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = Vec::new();
    image.take(chunk_bytes.into()).read_to_end(&mut chunk)?;
    Ok((!chunk.is_empty()).then_some(chunk))
}
