//! Why something was not taken, or not handed over.

use core::fmt;

use crate::primary::FrameError;
use crate::signed::VerifyError;
use crate::slots::SaveError;
use crate::update::error::UpdateError;

/// Why what was fetched was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum InputError<E> {
    /// Nothing was asked for, or something else.
    NotAsked,
    /// It is no answer.
    Frame(FrameError),
    /// The manifest is not believed.
    NotBelieved(VerifyError),
    /// The update is not made, or this server does not give what was offered.
    Update(UpdateError),
    /// Progress could not be saved.
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

impl<E> From<UpdateError> for InputError<E> {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

impl<E> From<SaveError<E>> for InputError<E> {
    fn from(error: SaveError<E>) -> Self {
        Self::Save(error)
    }
}

impl<E: fmt::Display> fmt::Display for InputError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("nothing was asked of the Primary Server"),
            Self::Frame(error) => error.fmt(f),
            Self::NotBelieved(error) => error.fmt(f),
            Self::Update(error) => error.fmt(f),
            Self::Save(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for InputError<E> {}

/// Why no image is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum HandOverError<E> {
    /// There is none that is whole.
    NotReady,
    /// The update is not made any more: it has expired, or its signer was revoked.
    Update(UpdateError),
    /// That it is handed over could not be saved. The image is read back once more; then it may be tried
    /// again.
    Save(SaveError<E>),
}

impl<E: fmt::Display> fmt::Display for HandOverError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => f.write_str("no image is ready"),
            Self::Update(error) => error.fmt(f),
            Self::Save(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for HandOverError<E> {}
