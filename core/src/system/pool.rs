//! The pool: channels of all licences that count, by class, and who may use them.
//!
//! # How it is exact
//! Devices come one by one, in their order. Whether a further one fits is a question of flow
//! between the needs and the classes that meet them, and there are few of both: a device takes
//! what is left of a class that meets its need; if nothing is left, devices before it are moved to
//! other classes, along a shortest path, until something is. If there is no such path, no choice
//! of classes serves all the devices so far and this one (Ford and Fulkerson), so each device is
//! served if and only if it can be beside those before it. Among sets of devices with one channel
//! each, which form a matroid, that serves the most of the highest priority, then of the next.

use heapless::Vec;

use super::substitution::{CLASSES, SOURCES_MAX, class_at, position, sources};
use crate::license::Class;

/// Most classes in one System: those that stand in for each other, and 16 that stand alone (the
/// video wall, and those of vendors).
pub const POOL_CLASSES_MAX: usize = CLASSES + 16;

/// What one class has, and what was asked of it.
#[derive(Clone, Copy, Debug)]
struct Shelf {
    class: Class,
    /// Units that were added.
    units: u32,
    /// Units that nobody took.
    left: u32,
    /// Units that devices of this need were refused.
    refused: u32,
    /// Devices that were refused.
    without: u32,
}

/// Channels, while they are given out.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// The classes that stand in for each other, by their positions, then others.
    shelves: Vec<Shelf, POOL_CLASSES_MAX>,
    /// For each need by position, how much it has of each class that may meet it.
    flows: [[u32; SOURCES_MAX]; CLASSES],
    /// For each need, the fewest units that it was refused: what was refused stays refused.
    refused_from: [u32; CLASSES],
}

/// More classes than [`POOL_CLASSES_MAX`].
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManyClasses;

/// How a need was reached on the way to something left: `from` wants what this one has in slot
/// `here`, and would have it in its own slot `there`.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    there: usize,
    here: usize,
}

/// Adds to a number that is there; all sums were checked to fit.
fn add(slot: Option<&mut u32>, units: u32) {
    slot.into_iter().for_each(|slot| *slot = slot.saturating_add(units));
}

/// Takes from a number that is there and at least as large.
fn subtract(slot: Option<&mut u32>, units: u32) {
    slot.into_iter().for_each(|slot| *slot = slot.saturating_sub(units));
}

/// The classes that meet a need, by their slots.
fn slots(need: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..SOURCES_MAX).zip(sources(need).iter().map(|class| usize::from(*class)))
}

impl Pool {
    /// A pool without shelves. It is large, so it is put where it stays, and set up there.
    pub(super) const EMPTY: Self =
        Self { shelves: Vec::new(), flows: [[0; SOURCES_MAX]; CLASSES], refused_from: [u32::MAX; CLASSES] };

    /// Sets up the shelves of the classes that stand in for each other: without channels.
    pub(super) fn set_up(&mut self) {
        for class in (0..CLASSES).filter_map(class_at) {
            // There is room for these and more.
            let _ = self.shelves.push(Shelf { class, units: 0, left: 0, refused: 0, without: 0 });
        }
    }

    fn shelf(&mut self, class: Class) -> Result<&mut Shelf, TooManyClasses> {
        let found = self.shelves.iter().position(|shelf| shelf.class == class);
        let position = found.unwrap_or(self.shelves.len());
        if found.is_none() {
            let empty = Shelf { class, units: 0, left: 0, refused: 0, without: 0 };
            self.shelves.push(empty).map_err(|_| TooManyClasses)?;
        }
        self.shelves.get_mut(position).ok_or(TooManyClasses)
    }

    /// Adds units of a class.
    pub(super) fn add(&mut self, class: Class, units: u32) -> Result<(), TooManyClasses> {
        let shelf = self.shelf(class)?;
        shelf.units = shelf.units.saturating_add(units);
        shelf.left = shelf.left.saturating_add(units);
        Ok(())
    }

    /// Gives a device all the units that it needs, or nothing. Says whether it did.
    pub(super) fn take(&mut self, need: Class, units: u32) -> Result<bool, TooManyClasses> {
        let taken = match position(need) {
            Some(position) if self.refused_from.get(position).is_some_and(|refused| units >= *refused) => 0,
            _ => self.take_up_to(need, units)?,
        };
        if taken < units {
            self.give_back(need, taken)?;
            let shelf = self.shelf(need)?;
            shelf.refused = shelf.refused.saturating_add(units);
            shelf.without = shelf.without.saturating_add(1);
            let refused_from = position(need).and_then(|position| self.refused_from.get_mut(position));
            refused_from.into_iter().for_each(|fewest| *fewest = units.min(*fewest));
        }
        Ok(taken >= units)
    }

    /// Gives a device as many of the units that it needs as there are. Says whether that is all.
    pub(super) fn reserve(&mut self, need: Class, units: u32) -> Result<bool, TooManyClasses> {
        Ok(self.take_up_to(need, units)? >= units)
    }

    fn take_up_to(&mut self, need: Class, units: u32) -> Result<u32, TooManyClasses> {
        let Some(position) = position(need) else {
            let shelf = self.shelf(need)?;
            let taken = shelf.left.min(units);
            shelf.left = shelf.left.saturating_sub(taken);
            return Ok(taken);
        };
        let mut taken = 0u32;
        while taken < units {
            match self.something_left(position) {
                Some((slot, class, left)) => {
                    let now = left.min(units.saturating_sub(taken));
                    subtract(self.left(class), now);
                    add(self.flow(position, slot), now);
                    taken = taken.saturating_add(now);
                }
                None if self.move_others(position) => {}
                None => break,
            }
        }
        Ok(taken)
    }

    /// Takes units from a need again; of which class makes no difference to anyone.
    fn give_back(&mut self, need: Class, mut units: u32) -> Result<(), TooManyClasses> {
        let Some(position) = position(need) else {
            add(Some(&mut self.shelf(need)?.left), units);
            return Ok(());
        };
        for (slot, class) in slots(position) {
            let now = units.min(self.flow(position, slot).map_or(0, |flow| *flow));
            subtract(self.flow(position, slot), now);
            add(self.left(class), now);
            units = units.saturating_sub(now);
        }
        Ok(())
    }

    fn flow(&mut self, need: usize, slot: usize) -> Option<&mut u32> {
        self.flows.get_mut(need).and_then(|slots| slots.get_mut(slot))
    }

    fn left(&mut self, class: usize) -> Option<&mut u32> {
        self.shelves.get_mut(class).map(|shelf| &mut shelf.left)
    }

    /// The first class for a need that is not used up: its slot, the class and what is left.
    fn something_left(&self, need: usize) -> Option<(usize, usize, u32)> {
        let left = |(slot, class): (usize, usize)| Some((slot, class, self.shelves.get(class)?.left));
        slots(need).filter_map(left).find(|(_, _, left)| *left > 0)
    }

    /// Moves units of other needs, so that something is left for this one. Says whether it could.
    fn move_others(&mut self, need: usize) -> bool {
        let mut steps: [Option<Step>; CLASSES] = [None; CLASSES];
        let mut queue: Vec<usize, CLASSES> = Vec::new();
        let mut next = need;
        let mut taken_up = 0usize;
        loop {
            if next != need && self.something_left(next).is_some() {
                self.shift(need, next, &steps);
                return true;
            }
            for (there, class) in slots(next) {
                for other in (0..CLASSES).filter(|other| *other != need) {
                    let is_new = steps.get(other).is_some_and(Option::is_none);
                    let here = slots(other).find(|(_, has)| *has == class).map(|(slot, _)| slot);
                    let Some(here) = here.filter(|_| is_new) else { continue };
                    if self.flow(other, here).is_some_and(|flow| *flow > 0) {
                        let step = Step { from: next, there, here };
                        steps.get_mut(other).into_iter().for_each(|slot| *slot = Some(step));
                        // There is room for each need, and each comes once.
                        let _ = queue.push(other);
                    }
                }
            }
            let Some(following) = queue.get(taken_up) else { return false };
            next = *following;
            taken_up = taken_up.saturating_add(1);
        }
    }

    /// Moves units along the way that was found from `need` to `last`, which has something left:
    /// as many at once as there are, so that ways are searched seldom.
    fn shift(&mut self, need: usize, last: usize, steps: &[Option<Step>; CLASSES]) {
        let step_to = |at: usize| steps.get(at).copied().flatten().filter(|_| at != need);
        let Some((free_slot, free_class, mut units)) = self.something_left(last) else { return };
        let mut at = last;
        while let Some(step) = step_to(at) {
            units = units.min(self.flow(at, step.here).map_or(0, |flow| *flow));
            at = step.from;
        }
        subtract(self.left(free_class), units);
        add(self.flow(last, free_slot), units);
        at = last;
        while let Some(step) = step_to(at) {
            subtract(self.flow(at, step.here), units);
            if step.from == need {
                let class = slots(need).find(|(slot, _)| *slot == step.there).map(|(_, class)| class);
                add(class.and_then(|class| self.left(class)), units);
            } else {
                add(self.flow(step.from, step.there), units);
            }
            at = step.from;
        }
    }

    /// What is left of a class.
    pub(super) fn left_of(&self, class: Class) -> u32 {
        self.shelves.iter().find(|shelf| shelf.class == class).map_or(0, |shelf| shelf.left)
    }

    /// What devices of each need have, to be taken up by [`Flows::assign`].
    pub(super) const fn flows(&self) -> Flows {
        Flows(self.flows)
    }

    /// Adds what became of each class that is there or was asked for to the balances, which stay
    /// in order of their classes. Ends the giving out.
    pub(super) fn add_to(&mut self, balances: &mut Balances) -> Result<(), TooManyClasses> {
        for shelf in self.shelves.iter().filter(|shelf| shelf.units > 0 || shelf.without > 0) {
            let balance = balance_of(balances, shelf.class)?;
            balance.units = balance.units.saturating_add(shelf.units);
            balance.used = balance.used.saturating_add(shelf.units.saturating_sub(shelf.left));
            balance.missing = balance.missing.saturating_add(shelf.refused);
            balance.without = balance.without.saturating_add(shelf.without);
        }
        // What is left may serve a part of what was refused; only the rest has to be bought.
        for index in 0..self.shelves.len() {
            let Some(Shelf { class, refused, .. }) = self.shelves.get(index).copied() else { continue };
            if refused > 0 {
                let served = self.take_up_to(class, refused)?;
                subtract(Some(&mut balance_of(balances, class)?.missing), served);
            }
        }
        Ok(())
    }
}

/// How much the devices of each need have of each class, while it is taken up one by one.
pub(super) struct Flows([[u32; SOURCES_MAX]; CLASSES]);

impl Flows {
    /// Takes up from which class a device of this need was served: one call for each device that
    /// was, in an order that is always the same.
    pub(super) fn assign(&mut self, need: Class, units: u32) -> Class {
        let Some(position) = position(need) else { return need };
        let mut first = None;
        let mut rest = units;
        for (slot, class) in slots(position) {
            let flow = self.0.get_mut(position).and_then(|slots| slots.get_mut(slot));
            let now = rest.min(flow.as_ref().map_or(0, |flow| **flow));
            subtract(flow, now);
            rest = rest.saturating_sub(now);
            if now > 0 && first.is_none() {
                first = class_at(class);
            }
        }
        first.unwrap_or(need)
    }
}

/// The balance of each class, by its number.
pub(super) type Balances = Vec<ClassBalance, POOL_CLASSES_MAX>;

/// The balance of a class; a new one takes its place in the order.
fn balance_of(balances: &mut Balances, class: Class) -> Result<&mut ClassBalance, TooManyClasses> {
    if !balances.iter().any(|balance| balance.class == class) {
        let empty = ClassBalance { class, units: 0, used: 0, missing: 0, without: 0 };
        balances.push(empty).map_err(|_| TooManyClasses)?;
        if let Some((new, sorted)) = balances.split_last_mut() {
            sorted.iter_mut().filter(|each| class < each.class).for_each(|each| core::mem::swap(new, each));
        }
    }
    balances.iter_mut().find(|balance| balance.class == class).ok_or(TooManyClasses)
}

/// The pool of one class, as it was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClassBalance {
    /// The class.
    pub class: Class,
    /// Units of its licences that count now: channels, or half licences for a video wall.
    pub units: u32,
    /// Units of them in use, or kept for devices that hold them.
    pub used: u32,
    /// Units that are missing for all wanted devices of this need to be served.
    pub missing: u32,
    /// Devices of this need that go without.
    pub without: u32,
}
