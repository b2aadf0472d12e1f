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
//!
//! # Parts of a System
//! While servers cannot hear each other, each part goes on by itself. What devices held when all
//! agreed stays theirs in every part; a device that is new may use only what is left of licences
//! whose servers this part hears. So all the parts together never use a channel twice.

use heapless::Vec;

use super::substitution::{CLASSES, SOURCES_MAX, class_at, position, sources};
use crate::license::Class;

/// Most classes in one System: those that stand in for each other, and 16 that stand alone (the
/// video wall, and those of vendors).
pub const POOL_CLASSES_MAX: usize = CLASSES + 16;

/// Who may use a channel, and who asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Everyone.
    Open,
    /// Devices that held a channel when all servers agreed.
    Held,
}

/// Shares in one class.
const SHARES: usize = 2;
/// Shares of all classes that stand in for each other.
const STOCKS: usize = CLASSES * SHARES;
/// Needs for all classes that stand in for each other, of either share.
const DEMANDS: usize = CLASSES * SHARES;
/// Stocks that one demand may use.
const SLOTS: usize = SOURCES_MAX * SHARES;

/// The pool of one class, as it was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClassBalance {
    /// The class.
    pub class: Class,
    /// Units of its licences that count now: channels, or half licences for a video wall.
    pub units: u32,
    /// Units of them in use.
    pub used: u32,
    /// Units that are missing for all wanted devices of this need to be served.
    pub missing: u32,
    /// Devices of this need that go without.
    pub without: u32,
}

/// One class in the pool.
#[derive(Clone, Copy, Debug)]
struct Shelf {
    class: Class,
    units: u32,
    /// What is left for everyone, and for holders; of a class that stands alone.
    left: [u32; SHARES],
    /// Units that devices of this need were refused, open and held.
    refused: [u32; SHARES],
    without: u32,
}

/// The pool, while it is given out.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    shelves: Vec<Shelf, POOL_CLASSES_MAX>,
    /// What is left of each stock of the classes that stand in for each other.
    left: [u32; STOCKS],
    /// For each demand, how much it has of each stock that it may use.
    flows: [[u32; SLOTS]; DEMANDS],
    /// For each demand, the fewest units that it was refused: what was refused stays refused.
    refused_from: [u32; DEMANDS],
}

/// More classes than [`POOL_CLASSES_MAX`].
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManyClasses;

/// How a demand was reached on the way to something left: `from` wants what this one has in
/// `here`, and would have it in `there`.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    there: usize,
    here: usize,
}

impl Share {
    const fn offset(self) -> usize {
        match self {
            Self::Open => 0,
            Self::Held => 1,
        }
    }

    /// Which of a pair, one for each class, belongs to this share.
    const fn of(self, position: usize) -> usize {
        position.wrapping_mul(SHARES).wrapping_add(self.offset())
    }
}

/// The stocks that a demand may use, preferred ones first, with their slots: of each class what is
/// held for it, then what is open to everyone.
fn stocks(demand: usize) -> impl Iterator<Item = (usize, usize)> {
    let holds = demand % SHARES == Share::Held.offset();
    let of_class = |class: &u8| [Share::Held, Share::Open].map(|share| (share, share.of(usize::from(*class))));
    let stocks = sources(demand / SHARES).iter().flat_map(of_class).enumerate();
    stocks.filter(move |(_, (share, _))| holds || *share == Share::Open).map(|(slot, (_, stock))| (slot, stock))
}

/// Adds to a number that is there; all sums were checked to fit.
fn add(slot: Option<&mut u32>, units: u32) {
    slot.into_iter().for_each(|slot| *slot = slot.saturating_add(units));
}

/// Takes from a number that is there and at least as large.
fn subtract(slot: Option<&mut u32>, units: u32) {
    slot.into_iter().for_each(|slot| *slot = slot.saturating_sub(units));
}

impl Pool {
    /// A pool without licences.
    pub(super) const fn new() -> Self {
        Self { shelves: Vec::new(), left: [0; STOCKS], flows: [[0; SLOTS]; DEMANDS], refused_from: [u32::MAX; DEMANDS] }
    }

    fn shelf(&mut self, class: Class) -> Result<&mut Shelf, TooManyClasses> {
        let found = self.shelves.iter().position(|shelf| shelf.class == class);
        let position = found.unwrap_or(self.shelves.len());
        if found.is_none() {
            let empty = Shelf { class, units: 0, left: [0; SHARES], refused: [0; SHARES], without: 0 };
            self.shelves.push(empty).map_err(|_| TooManyClasses)?;
        }
        self.shelves.get_mut(position).ok_or(TooManyClasses)
    }

    /// Adds units of a class.
    pub(super) fn add(&mut self, class: Class, share: Share, units: u32) -> Result<(), TooManyClasses> {
        let shelf = self.shelf(class)?;
        shelf.units = shelf.units.saturating_add(units);
        match position(class) {
            Some(position) => add(self.left.get_mut(share.of(position)), units),
            None => add(shelf.left.get_mut(share.offset()), units),
        }
        Ok(())
    }

    /// Gives a device all the units that it needs, or nothing. Says whether it did.
    pub(super) fn take(&mut self, need: Class, share: Share, units: u32) -> Result<bool, TooManyClasses> {
        let served = match position(need) {
            Some(position) => self.take_shared(share.of(position), units),
            None => {
                let shelf = self.shelf(need)?;
                take_lone(shelf, share, units)
            }
        };
        if !served {
            let shelf = self.shelf(need)?;
            add(shelf.refused.get_mut(share.offset()), units);
            shelf.without = shelf.without.saturating_add(1);
        }
        Ok(served)
    }

    fn take_shared(&mut self, demand: usize, units: u32) -> bool {
        if self.refused_from.get(demand).is_none_or(|refused| units >= *refused) {
            return false;
        }
        let got = self.take_up_to(demand, units);
        if got < units {
            self.give_back(demand, got);
            self.refused_from.get_mut(demand).into_iter().for_each(|refused| *refused = units);
        }
        got == units
    }

    /// Gives a demand as many of these units as there are.
    fn take_up_to(&mut self, demand: usize, units: u32) -> u32 {
        let mut got = 0u32;
        while got < units {
            match self.something_left(demand) {
                Some((slot, stock, left)) => {
                    let now = left.min(units.saturating_sub(got));
                    subtract(self.left.get_mut(stock), now);
                    add(self.flow(demand, slot), now);
                    got = got.saturating_add(now);
                }
                None if self.move_others(demand) => {}
                None => break,
            }
        }
        got
    }

    /// Takes units from a demand again; of which class makes no difference to anyone.
    fn give_back(&mut self, demand: usize, mut units: u32) {
        for (slot, stock) in stocks(demand) {
            let now = units.min(self.flow(demand, slot).map_or(0, |flow| *flow));
            subtract(self.flow(demand, slot), now);
            add(self.left.get_mut(stock), now);
            units = units.saturating_sub(now);
        }
    }

    fn flow(&mut self, demand: usize, slot: usize) -> Option<&mut u32> {
        self.flows.get_mut(demand).and_then(|slots| slots.get_mut(slot))
    }

    /// The first stock for a demand that is not used up: its slot, the stock and what is left.
    fn something_left(&self, demand: usize) -> Option<(usize, usize, u32)> {
        let left = |(slot, stock)| Some((slot, stock, self.left.get(stock).copied()?));
        stocks(demand).filter_map(left).find(|(_, _, left)| *left > 0)
    }

    /// Moves units of other demands, so that something is left for this one. Says whether it could.
    fn move_others(&mut self, demand: usize) -> bool {
        let mut steps: [Option<Step>; DEMANDS] = [None; DEMANDS];
        let mut queue: Vec<usize, DEMANDS> = Vec::new();
        let mut next = demand;
        let mut taken_up = 0usize;
        loop {
            if next != demand && self.something_left(next).is_some() {
                self.shift(demand, next, &steps);
                return true;
            }
            for (there, stock) in stocks(next) {
                for other in (0..DEMANDS).filter(|other| *other != demand) {
                    let is_new = steps.get(other).is_some_and(Option::is_none);
                    let here = stocks(other).find(|(_, has)| *has == stock).map(|(slot, _)| slot);
                    let Some(here) = here.filter(|_| is_new) else { continue };
                    if self.flow(other, here).is_some_and(|flow| *flow > 0) {
                        let step = Step { from: next, there, here };
                        steps.get_mut(other).into_iter().for_each(|slot| *slot = Some(step));
                        // There is room for each demand, and each comes once.
                        let _ = queue.push(other);
                    }
                }
            }
            let Some(following) = queue.get(taken_up) else { return false };
            next = *following;
            taken_up = taken_up.saturating_add(1);
        }
    }

    /// Moves units along the way that was found from `demand` to `last`, which has something left:
    /// as many at once as there are, so that ways are searched seldom.
    fn shift(&mut self, demand: usize, last: usize, steps: &[Option<Step>; DEMANDS]) {
        let step_to = |demand: usize| steps.get(demand).copied().flatten();
        let Some((free_slot, free_stock, mut units)) = self.something_left(last) else { return };
        let mut at = last;
        while let Some(step) = step_to(at).filter(|_| at != demand) {
            units = units.min(self.flow(at, step.here).map_or(0, |flow| *flow));
            at = step.from;
        }
        subtract(self.left.get_mut(free_stock), units);
        add(self.flow(last, free_slot), units);
        at = last;
        while let Some(step) = step_to(at).filter(|_| at != demand) {
            subtract(self.flow(at, step.here), units);
            if step.from == demand {
                let stock = stocks(demand).find(|(slot, _)| *slot == step.there).map(|(_, stock)| stock);
                add(stock.and_then(|stock| self.left.get_mut(stock)), units);
            } else {
                add(self.flow(step.from, step.there), units);
            }
            at = step.from;
        }
    }

    /// What is left of a class for a share.
    pub(super) fn left(&self, class: Class, share: Share) -> u32 {
        let left = match position(class) {
            Some(position) => self.left.get(share.of(position)),
            None => {
                let shelf = self.shelves.iter().find(|shelf| shelf.class == class);
                shelf.and_then(|shelf| shelf.left.get(share.offset()))
            }
        };
        left.copied().unwrap_or_default()
    }

    /// Takes up which class a device of this need was served from; one call for each that was, in
    /// any order that is always the same.
    pub(super) fn assign(&mut self, need: Class, share: Share, units: u32) -> Class {
        let Some(position) = position(need) else { return need };
        let demand = share.of(position);
        let mut first = None;
        let mut rest = units;
        for (slot, stock) in stocks(demand) {
            let now = rest.min(self.flow(demand, slot).map_or(0, |flow| *flow));
            subtract(self.flow(demand, slot), now);
            rest = rest.saturating_sub(now);
            if now > 0 && first.is_none() {
                first = class_at(stock / SHARES);
            }
        }
        first.unwrap_or(need)
    }

    /// The balances, by class. Ends the giving out.
    pub(super) fn balances(mut self) -> Vec<ClassBalance, POOL_CLASSES_MAX> {
        let used = |pool: &Self, shelf: &Shelf| {
            let left = pool.left(shelf.class, Share::Open).saturating_add(pool.left(shelf.class, Share::Held));
            shelf.units.saturating_sub(left)
        };
        let balance = |shelf: &Shelf| ClassBalance {
            class: shelf.class,
            units: shelf.units,
            used: used(&self, shelf),
            missing: 0,
            without: shelf.without,
        };
        let mut balances: Vec<ClassBalance, POOL_CLASSES_MAX> = self.shelves.iter().map(balance).collect();
        // What is left may serve a part of what was refused; only the rest has to be bought.
        for (number, balance) in balances.iter_mut().enumerate() {
            for share in [Share::Held, Share::Open] {
                let Some(mut shelf) = self.shelves.get(number).copied() else { continue };
                let refused = shelf.refused.get(share.offset()).copied().unwrap_or_default();
                let got = match position(shelf.class) {
                    Some(position) => self.take_up_to(share.of(position), refused),
                    None => lone_left(&mut shelf, share, refused),
                };
                balance.missing = balance.missing.saturating_add(refused.saturating_sub(got));
            }
        }
        balances.sort_unstable_by_key(|balance| balance.class);
        balances
    }
}

/// Takes as many units as there are, of what is held first.
fn lone_left(shelf: &mut Shelf, share: Share, units: u32) -> u32 {
    let mut got = 0u32;
    for from in [Share::Held, Share::Open] {
        if share == Share::Held || from == Share::Open {
            let left = shelf.left.get_mut(from.offset());
            let now = left.as_ref().map_or(0, |left| (**left).min(units.saturating_sub(got)));
            subtract(left, now);
            got = got.saturating_add(now);
        }
    }
    got
}

/// Takes these units, or none.
fn take_lone(shelf: &mut Shelf, share: Share, units: u32) -> bool {
    let mut after = *shelf;
    let served = lone_left(&mut after, share, units) == units;
    if served {
        *shelf = after;
    }
    served
}
