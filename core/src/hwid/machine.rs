//! A machine as scheme 03 sees it: its reading, and the identity that follows from it.

use super::Hwid;
use super::digest::{All, Counted, digest};
use super::enrollment::Enrollment;
use super::error::{HardwareError, HwidError};
use super::identity::Identity;
use crate::hardware::{Descriptor, MODULES_MAX, NICS_MAX, PLATFORM_IDS_MAX};

/// A machine after its descriptor was judged and digested: the reading, and the identity that
/// follows from it.
///
/// # Bounds
/// About 1 KiB. Reading it costs one SHA-256 for each component and one for the HWID; the
/// descriptor's lists are walked once for each element that counts.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    pub(super) descriptor: Descriptor<'a>,
    pub(super) identity: Identity,
}

impl<'a> Machine<'a> {
    /// Judges and digests a reading by itself, without an enrolment.
    ///
    /// # Errors
    /// [`HardwareError`] when the descriptor breaks a bound. A machine without a HWID is no error
    /// here: [`Machine::hwid`] says why.
    pub fn read(descriptor: &Descriptor<'a>) -> Result<Self, HardwareError> {
        Ok(Self { descriptor: *descriptor, identity: Identity::read(descriptor)? })
    }

    /// Judges and digests a reading on a machine that was enrolled.
    ///
    /// While the enrolment still describes this machine, its HWID is the enrolled one: NICs and
    /// serial numbers that came later do not count, and components that may not be read now are
    /// taken from the enrolment. They are taken only if every component that is read matches and
    /// at least one of those is unique: the enrolment keeps them masked with exactly these
    /// ([`Enrollment`]), so a copied or forged file yields nothing. Otherwise the enrolment is
    /// ignored and the result is that of [`Machine::read`].
    ///
    /// # Errors
    /// [`HardwareError`] when the descriptor breaks a bound.
    pub fn read_enrolled(descriptor: &Descriptor<'a>, enrollment: &Enrollment) -> Result<Self, HardwareError> {
        let mut machine = Self { descriptor: *descriptor, identity: Identity::blank() };
        machine.identity.count(descriptor, enrollment)?;
        enrollment.stand_in(&mut machine);
        match machine.hwid() {
            Ok(hwid) if hwid == enrollment.hwid() => Ok(machine),
            _ => Self::read(descriptor),
        }
    }

    /// The HWID of scheme 03, or why there is none: that of its [`Identity`].
    ///
    /// # Errors
    /// [`HwidError`], as [`Identity::hwid`].
    pub fn hwid(&self) -> Result<Hwid, HwidError> {
        self.identity.hwid()
    }

    /// What a licence is checked against.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The identity without the reading, to be kept longer than that.
    #[must_use]
    pub fn into_identity(self) -> Identity {
        self.identity
    }
}

impl Identity {
    /// Judges and digests a reading by itself, without an enrolment: [`Machine::read`] for those
    /// who need nothing but who it is.
    ///
    /// # Errors
    /// [`HardwareError`] when the descriptor breaks a bound. A machine without a HWID is no error
    /// here: [`Identity::hwid`] says why.
    pub fn read(descriptor: &Descriptor<'_>) -> Result<Self, HardwareError> {
        let mut identity = Self::blank();
        identity.read_into(descriptor)?;
        Ok(identity)
    }

    /// The same into an [`Identity::blank`] one: an identity is large to move on a small core.
    ///
    /// # Errors
    /// As [`Identity::read`]; it has no HWID then.
    pub fn read_into(&mut self, descriptor: &Descriptor<'_>) -> Result<(), HardwareError> {
        self.count(descriptor, &All)
    }

    #[inline(never)]
    fn count(&mut self, descriptor: &Descriptor<'_>, counted: &dyn Counted) -> Result<(), HardwareError> {
        check_counts(descriptor)?;
        digest(self, descriptor, counted)
    }
}

/// That no list is longer than it may be.
fn check_counts(descriptor: &Descriptor<'_>) -> Result<(), HardwareError> {
    if descriptor.memory.modules.read().is_some_and(|modules| modules.len() > MODULES_MAX) {
        return Err(HardwareError::TooManyModules);
    }
    if descriptor.nics.read().is_some_and(|nics| nics.len() > NICS_MAX) {
        return Err(HardwareError::TooManyNics);
    }
    if descriptor.platform_ids.len() > PLATFORM_IDS_MAX {
        return Err(HardwareError::TooManyPlatformIds);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::hardware::{Board, TEXT_BYTES_MAX};

    #[test]
    fn a_reading_in_its_place_is_the_same_and_a_refused_one_has_no_hwid() {
        let of = |serial: &'static str| Descriptor {
            board: Board { serial: serial.into(), ..Board::default() },
            ..Descriptor::default()
        };
        let camera = of("B8A44F9A3C51");
        let mut identity = Identity::blank();
        assert_eq!(identity.hwid(), Err(HwidError::NotUnique));
        identity.read_into(&camera).unwrap();
        assert_eq!(identity.hwid(), Machine::read(&camera).unwrap().hwid());
        assert!(identity.hwid().is_ok());
        let mut refused = Identity::blank();
        let long = "B8A44F9A3C51".repeat(TEXT_BYTES_MAX);
        assert_eq!(
            refused.read_into(&of(std::boxed::Box::leak(long.into_boxed_str()))),
            Err(HardwareError::TextTooLong)
        );
        assert_eq!(refused.hwid(), Err(HwidError::NotUnique));
    }
}
