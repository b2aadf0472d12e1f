//! The allocation: who gets a channel, and who goes without.
//!
//! # Parts of a System
//! While servers cannot hear each other, each part of a System goes on by itself, and no channel
//! may be used in two of them. So the channels that devices held when all servers last agreed stay
//! with those devices, in every part and in one order, whether a part wants them recorded or not;
//! if some of those channels no longer count, every part sees the same devices lose them. All
//! other devices share what is left of the licences whose servers the part hears, and each licence
//! is heard in one part.
//!
//! For that order to be one, what a device needs and its priority may change only while every
//! server is in contact; whether it is wanted may change at any time.

use core::fmt;

use heapless::Vec;

use super::checked::Checked;
use super::grant::Grant;
use super::model::{Channel, Device, PoolLicense};
use super::pool::{Balances, ClassBalance, POOL_CLASSES_MAX, Pool, TooManyClasses};
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
/// the caller's rows. In a System that is whole, each device is served if and only if it can be
/// beside those before it in [`Checked::devices_by_rank`]; in a part of one, devices keep what they
/// hold and the others are served in that order from what is left. The order of the rows changes
/// nothing.
///
/// # Errors
/// [`AllocateError::NoRoom`] if a slice is too short, [`AllocateError::TooManyClasses`].
///
/// # Bounds
/// A constant number of steps for each device and licence; about 3 KiB of stack on a Cortex-M4.
pub fn allocate(
    system: &Checked<'_>,
    now: UnixSeconds,
    event: Option<Event>,
    tallies: &mut [Tally],
    grants: &mut [Grant],
) -> Result<Allocation, AllocateError> {
    let mut stock = Stock::empty(Moment { system: system.system(), now, event });
    stock.take_in(system, tallies)?;
    let grants = grants.get_mut(..system.system().devices.len()).ok_or(AllocateError::NoRoom)?;
    stock.reserve_what_is_held(system, grants)?;
    for (index, device) in system.devices_by_rank() {
        let Some(grant) = at(grants, index) else { continue };
        *grant = stock.serve(device, *grant)?;
    }
    stock.share_out_uses(system, tallies);
    stock.name_classes(system, grants);
    let mut allocation = Allocation { licensed: 0, without: 0, classes: Balances::new() };
    for grant in grants {
        let without = u32::from(matches!(grant, Grant::Without(_)));
        allocation.licensed = allocation.licensed.saturating_add(grant.allows_recording().into());
        allocation.without = allocation.without.saturating_add(without);
    }
    stock.add_to(&mut allocation.classes)?;
    Ok(allocation)
}

/// Whether a device that is not wanted yet could be: all that are wanted come before it.
///
/// `tallies` and `grants` are memory, one entry for each licence and each device.
///
/// # Errors
/// As [`allocate`]; inside, the [`Refusal`].
pub fn switch_on(
    system: &Checked<'_>,
    now: UnixSeconds,
    device: &Device,
    tallies: &mut [Tally],
    grants: &mut [Grant],
) -> Result<Result<(), Refusal>, AllocateError> {
    let moment = Moment { system: system.system(), now, event: None };
    let mut stock = Stock::empty(moment);
    stock.take_in(system, tallies)?;
    let grants = grants.get_mut(..system.system().devices.len()).ok_or(AllocateError::NoRoom)?;
    stock.reserve_what_is_held(system, grants)?;
    let mut kept = Grant::NotWanted;
    for (index, other) in system.devices_by_rank() {
        let Some(grant) = at(grants, index) else { continue };
        if other.id == device.id {
            kept = *grant;
        } else {
            stock.serve(other, *grant)?;
        }
    }
    let Grant::Without(class) = stock.serve(&Device { wanted: true, ..*device }, kept)? else { return Ok(Ok(())) };
    let mut balances = Balances::new();
    stock.add_to(&mut balances)?;
    let missing = balances.iter().find(|balance| balance.class == class).map_or(0, |balance| balance.missing);
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

/// Marks, while channels are given out, a device that keeps what it holds. No class has number 0.
const KEPT: Class = Class(0);

/// The channels of a System at one moment: what devices hold, and what is open to everyone.
#[derive(Clone, Debug)]
struct Stock<'s> {
    moment: Moment<'s>,
    is_whole: bool,
    held: Pool,
    open: Pool,
}

impl<'s> Stock<'s> {
    fn empty(moment: Moment<'s>) -> Self {
        Self { moment, is_whole: moment.is_whole(), held: Pool::EMPTY, open: Pool::EMPTY }
    }

    /// Judges the licences and takes in the channels of those that count.
    fn take_in(&mut self, system: &Checked<'_>, tallies: &mut [Tally]) -> Result<(), AllocateError> {
        judge(system, &self.moment, tallies)?;
        self.held.set_up();
        self.open.set_up();
        for (index, license) in system.licenses_by_key() {
            if at(tallies, index).is_some_and(|tally| tally.status.counts(self.moment.now)) {
                let (held, open) = self.parts_of(license);
                self.held.add(license.class, held)?;
                self.open.add(license.class, open)?;
            }
        }
        Ok(())
    }

    /// The units of a licence that devices hold, and those that are open.
    fn parts_of(&self, license: &PoolLicense) -> (u32, u32) {
        if self.is_whole {
            return (0, license.units());
        }
        let is_heard = license.server.is_some_and(|server| self.moment.presence(server).is_online());
        (license.held, if is_heard { license.units().saturating_sub(license.held) } else { 0 })
    }

    /// Gives devices what they hold, and marks in `grants` those that have it all. One that no
    /// longer gets all keeps what it gets: so losing more channels never serves another device.
    fn reserve_what_is_held(&mut self, system: &Checked<'_>, grants: &mut [Grant]) -> Result<(), TooManyClasses> {
        for (index, device) in system.devices_by_rank() {
            let holds = !self.is_whole && device.channel == Channel::Agreed;
            let keeps = holds && self.held.reserve(device.need.class, device.need.units().into())?;
            let mark = if keeps { Grant::Licensed(KEPT) } else { Grant::NotWanted };
            at(grants, index).into_iter().for_each(|grant| *grant = mark);
        }
        Ok(())
    }

    /// Serves a device: with what it keeps, or with what is open.
    fn serve(&mut self, device: &Device, kept: Grant) -> Result<Grant, TooManyClasses> {
        let class = device.need.class;
        if !device.wanted {
            return Ok(Grant::NotWanted);
        }
        if class == Class::FREE {
            return Ok(Grant::Free);
        }
        if kept.allows_recording() {
            return Ok(kept);
        }
        let served = self.open.take(class, device.need.units().into())?;
        Ok(if served { Grant::Licensed(class) } else { Grant::Without(class) })
    }

    /// Names for each device that was served from which class it was. By itself, so that what it
    /// keeps is on the stack no longer than it has to be.
    #[inline(never)]
    fn name_classes(&self, system: &Checked<'_>, grants: &mut [Grant]) {
        // One pool after the other: a device that keeps what it holds is marked until its turn comes.
        for (pool, keeps) in [(&self.open, false), (&self.held, true)] {
            let mut flows = pool.flows();
            for (index, device) in system.devices_by_rank() {
                if let Some(Grant::Licensed(class)) = at(grants, index)
                    && (*class == KEPT) == keeps
                {
                    *class = flows.assign(device.need.class, device.need.units().into());
                }
            }
        }
    }

    /// Says how much of each licence is used: of one class, those that come first by key are used
    /// first. By itself for the same reason as [`Self::name_classes`].
    #[inline(never)]
    fn share_out_uses(&self, system: &Checked<'_>, tallies: &mut [Tally]) {
        // What is left of a class is left by the licences that come last.
        let mut left: Vec<(Class, u32, u32), POOL_CLASSES_MAX> = Vec::new();
        for (index, license) in system.licenses_by_key().rev() {
            let Some(tally) = at(tallies, index).filter(|tally| tally.status.counts(self.moment.now)) else { continue };
            let class = license.class;
            if !left.iter().any(|(known, _, _)| *known == class) {
                // The pools have room for each class that counts.
                let _ = left.push((class, self.held.left_of(class), self.open.left_of(class)));
            }
            let Some((_, held_left, open_left)) = left.iter_mut().find(|(known, _, _)| *known == class) else {
                continue;
            };
            let (held, open) = self.parts_of(license);
            let (held_idle, open_idle) = (held.min(*held_left), open.min(*open_left));
            *held_left = held_left.saturating_sub(held_idle);
            *open_left = open_left.saturating_sub(open_idle);
            tally.used = held.saturating_add(open).saturating_sub(held_idle.saturating_add(open_idle));
        }
    }

    /// Adds what became of each class, what is kept and what was open together, to the balances.
    fn add_to(&mut self, balances: &mut Balances) -> Result<(), TooManyClasses> {
        self.open.add_to(balances)?;
        self.held.add_to(balances)
    }
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
