//! Why an answer is not believed.

use core::fmt;

use crate::numbered::numbered;
use crate::primary::frame::FrameError;
use crate::signed::{SealError, VerifyError};
use crate::slots::SaveError;

numbered! {
    /// Why a reply whose signatures may hold changes nothing.
    ReplyError {
        /// Nothing was asked, or the answer came too late.
        NotAsked = 520, "not-asked", "nothing was asked of the Primary Server";
        /// It answers another request.
        OtherRequest = 521, "other-request", "the reply answers another request";
        /// It was answered already.
        Replayed = 522, "replayed", "the reply came a second time";
        /// It is for another machine.
        OtherHwid = 523, "reply-other-hwid", "the reply is for another Hardware ID";
        /// It is for products of another brand.
        OtherBrand = 524, "reply-other-brand", "the reply is for products of another brand";
        /// It is of another ledger than its entitlement names.
        OtherLedger = 525, "other-ledger", "the reply is of another ledger than the entitlement names";
        /// It is of an epoch of the ledger that is over: of a Primary Server that was restored from a
        /// backup without saying so.
        OldLedgerEpoch = 526, "old-ledger-epoch", "the Primary Server shows an old state of its ledger: was it restored by hand?";
        /// No entitlement that is known here names the key that signed it.
        NotEntitled = 527, "not-entitled", "no entitlement names this Primary Server";
        /// A lease goes beyond its entitlement, comes without it, is for another machine, or of another
        /// ledger.
        NotCovered = 528, "not-covered", "the reply grants more than its entitlement allows";
        /// What travels with it is not what it names, or it grants a licence and brings none.
        Incomplete = 529, "incomplete", "something was added to the reply, or left out";
        /// What is to be kept is more than [`RIGHTS_BYTES_MAX`](super::RIGHTS_BYTES_MAX).
        TooLarge = 530, "rights-too-large", "the licences are larger than this device can keep";
        /// There is no HWID, so nothing can be for this machine.
        NoHwid = 531, "no-hwid", "this machine has no Hardware ID";
        /// A correction of time that is not newer than the last one.
        OldCorrection = 532, "old-correction", "the correction of time is not newer than the last one";
    }
}

impl core::error::Error for ReplyError {}

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RequestError<E> {
    /// This machine has no HWID. Give it an identity of its own, or generate one.
    NoHwid,
    /// What the [`Device`](super::Device) says of itself is longer than it may be.
    NotWellFormed,
    /// The buffer is too small; [`FRAME_BYTES_MAX`](crate::primary::frame::FRAME_BYTES_MAX) always do.
    BufferTooSmall,
    /// The contact counter could not be saved, so that it might go back.
    Save(SaveError<E>),
}

impl<E> From<SaveError<E>> for RequestError<E> {
    fn from(error: SaveError<E>) -> Self {
        Self::Save(error)
    }
}

impl<E> From<SealError> for RequestError<E> {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NotWellFormed => Self::NotWellFormed,
            SealError::TooLarge => Self::BufferTooSmall,
        }
    }
}

impl<E: fmt::Display> fmt::Display for RequestError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHwid => ReplyError::NoHwid.fmt(f),
            Self::NotWellFormed => f.write_str("what the device says of itself is longer than it may be"),
            Self::BufferTooSmall => f.write_str("the buffer is too small for the request"),
            Self::Save(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for RequestError<E> {}

/// Why an answer was not taken. The state is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InputError<E> {
    /// It is no answer.
    Frame(FrameError),
    /// Something in it is not believed.
    NotBelieved(VerifyError),
    /// It is believed, and not what was asked for.
    Reply(ReplyError),
    /// It could not be saved.
    Save(SaveError<E>),
}

impl<E> From<FrameError> for InputError<E> {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

impl<E> From<VerifyError> for InputError<E> {
    fn from(error: VerifyError) -> Self {
        Self::NotBelieved(error)
    }
}

impl<E> From<ReplyError> for InputError<E> {
    fn from(error: ReplyError) -> Self {
        Self::Reply(error)
    }
}

impl<E: fmt::Display> fmt::Display for InputError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::NotBelieved(error) => error.fmt(f),
            Self::Reply(error) => error.fmt(f),
            Self::Save(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for InputError<E> {}
