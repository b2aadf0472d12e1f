//! A machine as scheme 03 sees it: its reading, and the identity that follows from it.

use super::Hwid;
use super::digest::{Counted, digest};
use super::enrollment::Enrollment;
use super::error::{HardwareError, HwidError};
use super::identity::Identity;
use crate::hardware::{Descriptor, Field, MODULES_MAX, NICS_MAX, PLATFORM_IDS_MAX, TEXT_BYTES_MAX, Text};

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
        check_bounds(descriptor)?;
        Self::counting(descriptor, &Counted::All)
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
        check_bounds(descriptor)?;
        let mut machine = Self::counting(descriptor, &Counted::Enrolled(enrollment))?;
        enrollment.stand_in(&mut machine);
        match machine.hwid() {
            Ok(hwid) if hwid == enrollment.hwid() => Ok(machine),
            _ => Self::counting(descriptor, &Counted::All),
        }
    }

    fn counting(descriptor: &Descriptor<'a>, counted: &Counted<'_>) -> Result<Self, HardwareError> {
        Ok(Self { descriptor: *descriptor, identity: digest(descriptor, counted)? })
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

#[inline(never)]
fn check_bounds(descriptor: &Descriptor<'_>) -> Result<(), HardwareError> {
    let Descriptor { board, cpu, memory, nics, platform_ids, .. } = descriptor;
    let modules = memory.modules.read().unwrap_or_default();
    if modules.len() > MODULES_MAX {
        return Err(HardwareError::TooManyModules);
    }
    if nics.read().unwrap_or_default().len() > NICS_MAX {
        return Err(HardwareError::TooManyNics);
    }
    if platform_ids.len() > PLATFORM_IDS_MAX {
        return Err(HardwareError::TooManyPlatformIds);
    }
    let mut too_long = is_too_long(&board.vendor)
        | is_too_long(&board.product)
        | is_too_long(&board.serial)
        | is_too_long(&board.system_vendor)
        | is_too_long(&board.system_product)
        | is_too_long(&board.system_serial)
        | is_too_long(&cpu.serial);
    for index in 0..modules.len() {
        too_long |= modules.row(index).is_some_and(|module| is_too_long(&module.part) | is_too_long(&module.serial));
    }
    for index in 0..platform_ids.len() {
        too_long |= platform_ids.row(index).is_some_and(|id| is_too_long(&id.bytes));
    }
    if too_long { Err(HardwareError::TextTooLong) } else { Ok(()) }
}

#[inline(never)]
fn is_too_long(text: &Text<'_>) -> bool {
    matches!(text, Field::Read(bytes) if bytes.len() > TEXT_BYTES_MAX)
}
