//! What travels with requests and replies: what a device runs, and what it is offered.
//!
//! Both are the content of an extension ([`EXTENSION_TAG`]) that is not critical: software that knows
//! nothing of updates passes over it.

use serde::Serialize;

use super::manifest::{COMPONENT_BYTES_MAX, MODEL_BYTES_MAX, UpdateId};
use super::version::Version;
use crate::decode::{self, Decode, Reader};
use crate::extension::{Extension, Extensions};
use crate::license::BRAND_BYTES_MAX;
use crate::signed::{Label, SealError};

/// Tag of the extension: of a request it holds [`Running`], of a reply [`Offer`].
pub const EXTENSION_TAG: u16 = 1;
/// Largest [`Running`] in bytes.
pub const RUNNING_BYTES_MAX: usize = 192;
/// Largest [`Offer`] in bytes.
pub const OFFER_BYTES_MAX: usize = 48;

/// How far an update has come on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Progress {
    /// So many thousandths of the image are stored.
    Downloading(u16),
    /// The image is whole, and the vendor's updater has it or will get it.
    Ready,
    /// It runs.
    Installed,
    /// It will not be made; the number is that of an [`UpdateError`](super::UpdateError), perhaps of one
    /// that this software does not know.
    Failed(u16),
}

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report {
    /// The update.
    pub update: UpdateId,
    /// How far it has come.
    pub progress: Progress,
}

/// What a device runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Running<'a> {
    /// Brand of the product.
    pub brand: Label<'a>,
    /// Component that is updated.
    pub component: Label<'a>,
    /// Model.
    pub model: Label<'a>,
    /// Revision of the hardware.
    pub hardware: u16,
    /// Version of the software.
    pub version: Version,
    /// Its security version.
    pub security_version: u32,
    /// What became of the last update.
    pub report: Option<Report>,
}

impl<'a> Running<'a> {
    /// Writes it into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// [`SealError::NotWellFormed`] when a name is too long or not clean.
    pub fn write<'b>(&self, buffer: &'b mut [u8; RUNNING_BYTES_MAX]) -> Result<&'b [u8], SealError> {
        let bytes = postcard::to_slice(self, buffer).map_err(|_| SealError::TooLarge)?;
        if decode::exact::<Running<'_>>(bytes).is_some() { Ok(bytes) } else { Err(SealError::NotWellFormed) }
    }

    /// Reads what [`Self::write`] wrote; `None` if the bytes are something else.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        decode::exact(bytes)
    }

    /// What a request says of it, if it does.
    #[must_use]
    pub fn in_request(extensions: &Extensions<'a>) -> Option<Self> {
        Self::parse(content(extensions)?)
    }
}

impl<'a> Decode<'a> for Running<'a> {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        self.brand = reader.text(BRAND_BYTES_MAX);
        self.component = reader.text(COMPONENT_BYTES_MAX);
        self.model = reader.text(MODEL_BYTES_MAX);
        self.hardware = reader.u16();
        self.version = Version::read(reader);
        self.security_version = reader.u32();
        self.report = reader.option(|reader| Report {
            update: reader.array(),
            progress: match reader.u32() {
                0 => Progress::Downloading(reader.u16()),
                1 => Progress::Ready,
                2 => Progress::Installed,
                3 => Progress::Failed(reader.u16()),
                _ => {
                    reader.fail();
                    Progress::Ready
                }
            },
        });
    }
}

/// An update that a Primary Server offers to a device, in a signed reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Offer {
    /// The update.
    pub update: UpdateId,
    /// Lets this device fetch it.
    pub ticket: [u8; 16],
}

impl Offer {
    /// Writes it into the buffer and gives the part that was written.
    ///
    /// # Errors
    /// None: the buffer takes every offer.
    pub fn write<'b>(&self, buffer: &'b mut [u8; OFFER_BYTES_MAX]) -> Result<&'b [u8], SealError> {
        postcard::to_slice(self, buffer).map(|bytes| &*bytes).map_err(|_| SealError::TooLarge)
    }

    /// What a reply offers, if it does.
    #[must_use]
    pub fn in_reply(extensions: &Extensions<'_>) -> Option<Self> {
        decode::exact(content(extensions)?)
    }
}

impl<'a> Decode<'a> for Offer {
    fn blank() -> Self {
        Self { update: [0; 32], ticket: [0; 16] }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        reader.fill(&mut self.update);
        reader.fill(&mut self.ticket);
    }
}

/// The extension with this content.
#[must_use]
pub(crate) const fn extension(bytes: &[u8]) -> Extension<'_> {
    Extension { tag: EXTENSION_TAG, critical: false, bytes }
}

fn content<'a>(extensions: &Extensions<'a>) -> Option<&'a [u8]> {
    extensions.iter().find(|extension| extension.tag == EXTENSION_TAG).map(|extension| extension.bytes)
}
