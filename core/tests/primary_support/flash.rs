//! Two slots of flash whose power can fail in the middle of anything.

use core::cell::RefCell;
use std::rc::Rc;

use hwlicense::primary::client::{SLOT_BYTES, Slot, Storage, WRITE_BYTES};

/// Bytes of a slot.
pub(crate) const SLOT: usize = SLOT_BYTES as usize;

/// Why it did not do as told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FlashError;

impl core::fmt::Display for FlashError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the flash failed")
    }
}

/// What a write or an erase leaves when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Torn {
    /// Nothing was done.
    Before,
    /// A part of it.
    Half,
    /// Something else.
    Garbage,
    /// All of it.
    After,
    /// What can no longer be read, as flash with error correction has it.
    Unreadable,
}

impl Torn {
    pub(crate) const ALL: [Self; 5] = [Self::Before, Self::Half, Self::Garbage, Self::After, Self::Unreadable];
}

/// What happens at the next failure.
#[derive(Clone, Copy, Debug)]
struct Failure {
    /// After so many writes and erases.
    after: usize,
    torn: Torn,
    /// Whether the device goes dark, or only hears of an error.
    is_power_cut: bool,
}

#[derive(Debug)]
struct Cells {
    slots: [Vec<u8>; 2],
    unreadable: [bool; 2],
    failure: Option<Failure>,
    is_dark: bool,
    changes: usize,
}

/// The flash. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Flash(Rc<RefCell<Cells>>);

impl Flash {
    /// As it leaves the factory.
    pub(crate) fn new() -> Self {
        Self::holding([vec![0xff; SLOT], vec![0xff; SLOT]])
    }

    /// With this content.
    pub(crate) fn holding(slots: [Vec<u8>; 2]) -> Self {
        let cells = Cells { slots, unreadable: [false; 2], failure: None, is_dark: false, changes: 0 };
        Self(Rc::new(RefCell::new(cells)))
    }

    pub(crate) fn content(&self) -> [Vec<u8>; 2] {
        self.0.borrow().slots.clone()
    }

    /// How often something was written or erased.
    pub(crate) fn changes(&self) -> usize {
        self.0.borrow().changes
    }

    /// The power fails in the write or erase after so many more.
    pub(crate) fn cut_after(&self, after: usize, torn: Torn) {
        self.0.borrow_mut().failure = Some(Failure { after, torn, is_power_cut: true });
    }

    /// A write or erase fails after so many more, once.
    pub(crate) fn fail_after(&self, after: usize, torn: Torn) {
        self.0.borrow_mut().failure = Some(Failure { after, torn, is_power_cut: false });
    }

    /// Whether the power failed.
    pub(crate) fn is_dark(&self) -> bool {
        self.0.borrow().is_dark
    }

    pub(crate) fn power_on(&self) {
        let mut cells = self.0.borrow_mut();
        (cells.is_dark, cells.failure) = (false, None);
    }

    /// A slot can no longer be read.
    pub(crate) fn spoil(&self, slot: usize) {
        self.0.borrow_mut().unreadable[slot] = true;
    }

    pub(crate) fn flip(&self, slot: usize, bit: usize) {
        self.0.borrow_mut().slots[slot][bit / 8] ^= 1 << (bit % 8);
    }
}

const fn number(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

impl Cells {
    /// Whether the next change happens as it should; if not, what it leaves.
    fn next(&mut self) -> Result<Option<Torn>, FlashError> {
        if self.is_dark {
            return Err(FlashError);
        }
        self.changes += 1;
        match &mut self.failure {
            Some(Failure { after: 0, torn, is_power_cut }) => {
                let torn = *torn;
                self.is_dark = *is_power_cut;
                self.failure = None;
                Ok(Some(torn))
            }
            Some(failure) => {
                failure.after -= 1;
                Ok(None)
            }
            None => Ok(None),
        }
    }

    fn change(&mut self, slot: Slot, offset: usize, bytes: &[u8]) -> Result<(), FlashError> {
        let torn = self.next()?;
        let cells = &mut self.slots[number(slot)][offset..offset + bytes.len()];
        let half = bytes.len() / 2;
        match torn {
            None | Some(Torn::After) => cells.copy_from_slice(bytes),
            Some(Torn::Before) => {}
            Some(Torn::Half) => cells[..half].copy_from_slice(&bytes[..half]),
            Some(Torn::Garbage) => {
                for (place, cell) in cells.iter_mut().enumerate() {
                    *cell = (place * 37 + 11) as u8;
                }
            }
            Some(Torn::Unreadable) => self.unreadable[number(slot)] = true,
        }
        if torn.is_none() { Ok(()) } else { Err(FlashError) }
    }
}

impl Storage for Flash {
    type Error = FlashError;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let cells = self.0.borrow();
        let offset = offset as usize;
        if cells.is_dark || cells.unreadable[number(slot)] {
            return Err(FlashError);
        }
        bytes.copy_from_slice(&cells.slots[number(slot)][offset..offset + bytes.len()]);
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), FlashError> {
        let mut cells = self.0.borrow_mut();
        cells.change(slot, 0, &[0xff; SLOT])?;
        cells.unreadable[number(slot)] = false;
        Ok(())
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), FlashError> {
        let offset = offset as usize;
        assert_eq!(offset % WRITE_BYTES, 0, "a write begins where it should");
        let mut cells = self.0.borrow_mut();
        let before = &cells.slots[number(slot)][offset..offset + WRITE_BYTES];
        assert!(before.iter().all(|byte| *byte == 0xff), "what is written was erased");
        cells.change(slot, offset, bytes)
    }
}
