//! The allocation: who gets a channel, and who goes without.

use core::fmt;

use heapless::Vec;

use super::checked::Checked;
use super::grant::Grant;
use super::model::{Channel, Device, PoolLicense};
use super::pool::{ClassBalance, POOL_CLASSES_MAX, Pool, Share, TooManyClasses};
use super::status::{Event, Moment, Status};
use crate::license::Class;
use crate::time::UnixSeconds;

/// What becomes of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// What it is worth.
    pub status: Status,
    /// Its [units](PoolLicense::units) that devices use.
    pub used: u32,
}

impl Default for Tally {
    /// Of a licence that was not looked at yet.
    fn default() -> Self {
        Self { status: Status::NeverSeen, used: 0 }
    }
}

/// The pool as it was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Devices that may be recorded.
    pub licensed: u32,
    /// Devices that are wanted and go without.
    pub without: u32,
    /// What became of each class that is there or needed, by its number.
    pub classes: Vec<ClassBalance, POOL_CLASSES_MAX>,
}

/// Why there is no allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AllocateError {
    /// The slices lent for the outcome are shorter than the lists of the System.
    NoRoom,
    /// More than [`POOL_CLASSES_MAX`] classes are there or needed.
    TooManyClasses,
}

impl fmt::Display for AllocateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "the memory lent holds fewer rows than the System has",
            Self::TooManyClasses => "the System has more classes of licences than this software counts",
        })
    }
}

impl core::error::Error for AllocateError {}

impl From<TooManyClasses> for AllocateError {
    fn from(_: TooManyClasses) -> Self {
        Self::TooManyClasses
    }
}

/// A device cannot be switched on: the pool has no channel left for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refusal {
    /// The class that it needs.
    pub class: Class,
    /// Units of that class that are missing for all that is wanted.
    pub missing: u32,
}

/// Gives out the channels of a System at one time, or as after an event.
///
/// `tallies` takes one entry for each licence and `grants` one for each device, in the order of
/// the caller's rows. Each device is served if and only if it can be beside those before it in
/// [`Checked::devices_by_rank`]; the outcome does not depend on the order of the rows.
///
/// # Errors
/// [`AllocateError::NoRoom`] if a slice is too short, [`AllocateError::TooManyClasses`].
///
/// # Bounds
/// A constant number of steps for each device and licence; about 2 KiB of stack.
pub fn allocate(
    system: &Checked<'_>,
    now: UnixSeconds,
    event: Option<Event>,
    tallies: &mut [Tally],
    grants: &mut [Grant],
) -> Result<Allocation, AllocateError> {
    let moment = Moment { system: system.system(), now, event };
    let mut pool = stock_up(system, &moment, tallies)?;
    let is_whole = moment.is_whole();
    let grants = grants.get_mut(..system.system().devices.len()).ok_or(AllocateError::NoRoom)?;
    for (index, device) in system.devices_by_rank() {
        let grant = serve(&mut pool, device, is_whole)?;
        at(grants, index).into_iter().for_each(|slot| *slot = grant);
    }
    share_out_uses(system, &moment, &pool, tallies);
    let (mut licensed, mut without) = (0u32, 0u32);
    let mut flows = pool.clone();
    for (index, device) in system.devices_by_rank() {
        let Some(grant) = at(grants, index) else { continue };
        if let Grant::Licensed(class) = grant {
            *class = flows.assign(device.need.class, share_of(device, is_whole), device.need.units().into());
        }
        licensed = licensed.saturating_add(grant.allows_recording().into());
        without = without.saturating_add(matches!(grant, Grant::Without(_)).into());
    }
    Ok(Allocation { licensed, without, classes: pool.balances() })
}

/// Whether a device that is not wanted yet could be: all that are wanted come before it.
///
/// `tallies` is memory, one entry for each licence.
///
/// # Errors
/// As [`allocate`]; inside, the [`Refusal`].
pub fn switch_on(
    system: &Checked<'_>,
    now: UnixSeconds,
    device: &Device,
    tallies: &mut [Tally],
) -> Result<Result<(), Refusal>, AllocateError> {
    let moment = Moment { system: system.system(), now, event: None };
    let mut pool = stock_up(system, &moment, tallies)?;
    let is_whole = moment.is_whole();
    for (_, other) in system.devices_by_rank().filter(|(_, other)| other.id != device.id) {
        serve(&mut pool, other, is_whole)?;
    }
    let grant = serve(&mut pool, &Device { wanted: true, ..*device }, is_whole)?;
    let Grant::Without(class) = grant else { return Ok(Ok(())) };
    let missing = pool.balances().iter().find(|balance| balance.class == class).map_or(0, |balance| balance.missing);
    Ok(Err(Refusal { class, missing }))
}

/// What each licence is worth at a time, or after an event; `tallies` takes one entry for each.
///
/// # Errors
/// [`AllocateError::NoRoom`] if `tallies` is too short.
pub fn statuses(
    system: &Checked<'_>,
    now: UnixSeconds,
    event: Option<Event>,
    tallies: &mut [Tally],
) -> Result<(), AllocateError> {
    judge(system, &Moment { system: system.system(), now, event }, tallies)
}

impl Channel {
    /// What a device holds after an allocation. Keep it in [`Device::channel`].
    ///
    /// What was agreed on by all is forgotten only when all are in contact again.
    #[must_use]
    pub const fn after(self, grant: Grant, is_whole: bool) -> Self {
        match (self, grant) {
            (Self::Agreed, _) if !is_whole => Self::Agreed,
            (_, Grant::Licensed(_)) if is_whole => Self::Agreed,
            (_, Grant::Licensed(_)) => Self::Local,
            _ => Self::None,
        }
    }
}

impl PoolLicense {
    /// What of it is held after an allocation. Keep it in [`PoolLicense::held`].
    #[must_use]
    pub const fn held_after(&self, tally: Tally, is_whole: bool) -> u32 {
        if is_whole { tally.used } else { self.held }
    }
}

/// The entry at a position.
fn at<T>(entries: &mut [T], index: u32) -> Option<&mut T> {
    usize::try_from(index).ok().and_then(|position| entries.get_mut(position))
}

/// What a device may use: while servers cannot hear each other, only those that held a channel
/// before may use what was held.
fn share_of(device: &Device, is_whole: bool) -> Share {
    if !is_whole && device.channel == Channel::Agreed { Share::Held } else { Share::Open }
}

fn serve(pool: &mut Pool, device: &Device, is_whole: bool) -> Result<Grant, TooManyClasses> {
    let class = device.need.class;
    if !device.wanted {
        return Ok(Grant::NotWanted);
    }
    if class == Class::FREE {
        return Ok(Grant::Free);
    }
    let served = pool.take(class, share_of(device, is_whole), device.need.units().into())?;
    Ok(if served { Grant::Licensed(class) } else { Grant::Without(class) })
}

/// Says what each licence is worth.
fn judge(system: &Checked<'_>, moment: &Moment<'_>, tallies: &mut [Tally]) -> Result<(), AllocateError> {
    let tallies = tallies.get_mut(..system.system().licenses.len()).ok_or(AllocateError::NoRoom)?;
    let mut before = None;
    for (index, license) in system.licenses_by_key() {
        let status = moment.status(license);
        let is_second = before == Some(license.key) && status.counts(moment.now);
        before = Some(license.key);
        let status = if is_second { Status::Duplicate } else { status };
        at(tallies, index).into_iter().for_each(|tally| *tally = Tally { status, used: 0 });
    }
    for class in [Class::STARTER, Class::NVR] {
        keep_greatest(system, class, moment.now, tallies);
    }
    Ok(())
}

/// Of the licences of one class that count, lets only the greatest count; of equals the first key.
fn keep_greatest(system: &Checked<'_>, class: Class, now: UnixSeconds, tallies: &mut [Tally]) {
    let of_class = || system.licenses_by_key().filter(|(_, license)| license.class == class);
    let counts = |tallies: &mut [Tally], index| at(tallies, index).is_some_and(|tally| tally.status.counts(now));
    let mut greatest: Option<(u32, u32)> = None;
    for (index, license) in of_class() {
        if counts(tallies, index) && greatest.is_none_or(|(_, channels)| channels < license.channels) {
            greatest = Some((index, license.channels));
        }
    }
    for (index, _) in of_class() {
        if counts(tallies, index) && greatest.is_some_and(|(winner, _)| winner != index) {
            at(tallies, index).into_iter().for_each(|tally| tally.status = Status::OnePerSystem);
        }
    }
}

/// The units of a licence, for everyone and for holders.
fn shares(license: &PoolLicense, moment: &Moment<'_>, is_whole: bool) -> (u32, u32) {
    let units = license.units();
    if is_whole {
        return (units, 0);
    }
    let is_heard = license.server.is_some_and(|server| moment.presence(server).is_online());
    (if is_heard { units.saturating_sub(license.held) } else { 0 }, license.held)
}

/// Judges the licences and puts what counts into a pool.
fn stock_up(system: &Checked<'_>, moment: &Moment<'_>, tallies: &mut [Tally]) -> Result<Pool, AllocateError> {
    judge(system, moment, tallies)?;
    let is_whole = moment.is_whole();
    let mut pool = Pool::new();
    for (index, license) in system.licenses_by_key() {
        if at(tallies, index).is_some_and(|tally| tally.status.counts(moment.now)) {
            let (open, held) = shares(license, moment, is_whole);
            pool.add(license.class, Share::Open, open)?;
            pool.add(license.class, Share::Held, held)?;
        }
    }
    Ok(pool)
}

/// Says how much of each licence is used: of one class, those that come first by key are used first.
fn share_out_uses(system: &Checked<'_>, moment: &Moment<'_>, pool: &Pool, tallies: &mut [Tally]) {
    let is_whole = moment.is_whole();
    let mut left: Vec<(Class, u32, u32), POOL_CLASSES_MAX> = Vec::new();
    // What is left of a class is left by the licences that come last.
    for (index, license) in system.licenses_by_key().rev() {
        let Some(tally) = at(tallies, index).filter(|tally| tally.status.counts(moment.now)) else { continue };
        let class = license.class;
        if !left.iter().any(|(known, _, _)| *known == class) {
            // The pool has room for each class.
            let _ = left.push((class, pool.left(class, Share::Open), pool.left(class, Share::Held)));
        }
        let Some((_, open_left, held_left)) = left.iter_mut().find(|(known, _, _)| *known == class) else { continue };
        let (open, held) = shares(license, moment, is_whole);
        let (open_idle, held_idle) = (open.min(*open_left), held.min(*held_left));
        *open_left = open_left.saturating_sub(open_idle);
        *held_left = held_left.saturating_sub(held_idle);
        tally.used = open.saturating_add(held).saturating_sub(open_idle.saturating_add(held_idle));
    }
}
