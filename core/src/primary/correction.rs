//! How a floor of trusted time that was set too high is mended.

use serde::Serialize;

use crate::decode::{self, Decode, Reader};
use crate::extension::{self, Extensions};
use crate::hwid::Hwid;
use crate::signed::{Claim, Kind, Payload};
use crate::time::UnixSeconds;

/// A new floor of trusted time for one machine. Signed by a root, because it can set time back.
///
/// Each has a higher floor epoch than the one before, so an old one never comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeCorrection<'a> {
    /// When it was signed.
    pub issued: UnixSeconds,
    /// The machine.
    pub hwid: Hwid,
    /// Number of the floor that begins with it.
    pub floor_epoch: u32,
    /// The floor.
    pub time: UnixSeconds,
    /// Room to grow.
    pub extensions: Extensions<'a>,
}

impl<'a> Decode<'a> for TimeCorrection<'a> {
    fn blank() -> Self {
        Self {
            issued: UnixSeconds(0),
            hwid: Hwid::blank(),
            floor_epoch: 0,
            time: UnixSeconds(0),
            extensions: Extensions::new(),
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        self.issued = UnixSeconds(reader.u64());
        self.hwid.read(reader);
        self.floor_epoch = reader.u32();
        self.time = UnixSeconds(reader.u64());
        extension::read(&mut self.extensions, reader);
    }
}

impl<'a> Payload<'a> for TimeCorrection<'a> {
    const KIND: Kind = Kind::TimeCorrection;

    fn is_one(bytes: &[u8]) -> bool {
        decode::exact::<TimeCorrection<'_>>(bytes).is_some()
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
