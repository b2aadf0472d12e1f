//! What a vendor signs of an update.

use heapless::Vec;
use serde::Serialize;

use super::error::UpdateError;
use super::offer::Running;
use super::tree::Digest;
use super::version::Version;
use crate::decode::{self, Decode, Reader};
use crate::digest::Sha256;
use crate::extension::{self, Extensions};
use crate::license::BRAND_BYTES_MAX;
use crate::signed::{Claim, Envelope, Kind, Label, Payload};
use crate::time::UnixSeconds;

/// Longest name of a component in bytes.
pub const COMPONENT_BYTES_MAX: usize = 32;
/// Longest name of a model in bytes.
pub const MODEL_BYTES_MAX: usize = 32;
/// Most models of one manifest.
pub const MODELS_MAX: usize = 16;
/// Smallest chunk in bytes.
pub const CHUNK_BYTES_MIN: u32 = 1_024;
/// Largest chunk in bytes: with its path it fits into a frame.
pub const CHUNK_BYTES_MAX: u32 = 32_768;

/// The id of an update: see [`update_id`].
pub type UpdateId = [u8; 32];

/// The id of an update: SHA-256 over a domain tag and the envelope of its manifest.
#[must_use]
pub fn update_id(manifest: &Envelope<'_>) -> UpdateId {
    let mut hash = Sha256::new();
    hash.update(b"hwlupdate");
    hash.update(manifest.bytes());
    hash.finish()
}

/// A software update: one image, and the devices it is for. Signed by an issuer of the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest<'a> {
    /// When it was signed.
    pub issued: UnixSeconds,
    /// Last second for which it is offered or begun.
    pub valid_until: UnixSeconds,
    /// Brand of the products it is for.
    pub brand: Label<'a>,
    /// Component of the product: `firmware`, `recorder`.
    pub component: Label<'a>,
    /// Models it is for: one at least, ascending, each once.
    pub models: Vec<Label<'a>, MODELS_MAX>,
    /// First revision of the hardware it is for.
    pub hardware_min: u16,
    /// Last revision of the hardware it is for.
    pub hardware_max: u16,
    /// Version of the image.
    pub version: Version,
    /// Grows when a fault of security is mended that nobody may go back behind.
    pub security_version: u32,
    /// Oldest version from which it can be made in one step.
    pub version_min: Version,
    /// Bytes of the image: one at least.
    pub size: u32,
    /// SHA-256 of the image.
    pub sha256: Digest,
    /// Bytes of each chunk but the last: a power of two from [`CHUNK_BYTES_MIN`] to [`CHUNK_BYTES_MAX`].
    pub chunk_bytes: u32,
    /// Root of the tree over the chunks ([`tree`](super::tree)).
    pub chunks_root: Digest,
    /// Thousandths of the devices that get it at first, of 1000: the vendor's advice to the site.
    pub share: u16,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl Manifest<'_> {
    /// How many chunks the image has.
    #[must_use]
    pub fn chunk_count(&self) -> u32 {
        let last = self.size.checked_sub(1).and_then(|last| last.checked_div(self.chunk_bytes));
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// How many bytes the chunk with this index has; 0 if there is none.
    #[must_use]
    pub fn chunk_length(&self, index: u32) -> u32 {
        if index >= self.chunk_count() {
            return 0;
        }
        let left = self.size.saturating_sub(self.chunk_bytes.saturating_mul(index));
        left.min(self.chunk_bytes)
    }

    /// Whether the update is for a device that runs this, at a time that has certainly passed.
    ///
    /// `floor` is the highest security version that the device ever ran, as far as whoever asks
    /// knows; what it runs now counts in any case.
    ///
    /// # Errors
    /// The first of [`UpdateError::OtherBrand`] to [`UpdateError::Expired`], in the order of their
    /// numbers, that is against it.
    #[expect(
        clippy::manual_contains,
        reason = "a second `contains` over labels would be outlined, and firmware without updates pays for it"
    )]
    pub fn suits(&self, running: &Running<'_>, floor: u32, now: UnixSeconds) -> Result<(), UpdateError> {
        if self.brand != running.brand {
            return Err(UpdateError::OtherBrand);
        }
        if self.component != running.component {
            return Err(UpdateError::OtherComponent);
        }
        if !self.models.iter().any(|model| *model == running.model) {
            return Err(UpdateError::OtherModel);
        }
        if running.hardware < self.hardware_min || running.hardware > self.hardware_max {
            return Err(UpdateError::OtherHardware);
        }
        if self.version <= running.version {
            return Err(UpdateError::NotNewer);
        }
        if self.security_version < floor.max(running.security_version) {
            return Err(UpdateError::BelowFloor);
        }
        if running.version < self.version_min {
            return Err(UpdateError::TooOld);
        }
        if now > self.valid_until {
            return Err(UpdateError::Expired);
        }
        Ok(())
    }
}

impl<'a> Decode<'a> for Manifest<'a> {
    #[inline(never)]
    fn blank() -> Self {
        Self {
            issued: UnixSeconds(0),
            valid_until: UnixSeconds(0),
            brand: Label::default(),
            component: Label::default(),
            models: Vec::new(),
            hardware_min: 0,
            hardware_max: 0,
            version: Version::UNKNOWN,
            security_version: 0,
            version_min: Version::UNKNOWN,
            size: 0,
            sha256: [0; 32],
            chunk_bytes: 0,
            chunks_root: [0; 32],
            share: 0,
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        self.valid_until = UnixSeconds(reader.u64());
        self.brand = reader.text(BRAND_BYTES_MAX);
        self.component = reader.text(COMPONENT_BYTES_MAX);
        reader.names(&mut self.models, MODEL_BYTES_MAX);
        self.hardware_min = reader.u16();
        self.hardware_max = reader.u16();
        self.version = Version::read(reader);
        self.security_version = reader.u32();
        self.version_min = Version::read(reader);
        self.size = reader.u32();
        reader.fill(&mut self.sha256);
        self.chunk_bytes = reader.u32();
        reader.fill(&mut self.chunks_root);
        self.share = reader.u16();
        extension::read(&mut self.extensions, reader);
        reader.require(!self.models.is_empty() && self.size > 0 && self.share <= 1_000);
        reader.require(self.hardware_min <= self.hardware_max);
        reader.require(
            self.chunk_bytes.is_power_of_two() && (CHUNK_BYTES_MIN..=CHUNK_BYTES_MAX).contains(&self.chunk_bytes),
        );
    }
}

impl<'a> Payload<'a> for Manifest<'a> {
    const KIND: Kind = Kind::UpdateManifest;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<Manifest<'_>>(bytes).is_some()
    }

    fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: Some(self.brand),
            grant: None,
            has_unknown_critical: extension::unknown_critical(&self.extensions),
        }
    }
}
