//! A board with two slots for a record and one for an image, whose power can fail in the middle of
//! anything.

use core::cell::RefCell;
use std::rc::Rc;

use hwlicense::update::client::{Image, Slot, Storage, UPDATE_SLOT_BYTES, WRITE_BYTES};

const SLOT: usize = UPDATE_SLOT_BYTES as usize;
/// Bytes that are programmed at once.
const PAGE: usize = 512;
/// Bytes for an image.
pub(crate) const CAPACITY: usize = 80 * 1_024;

/// Why it did not do as told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BoardError;

impl core::fmt::Display for BoardError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the board failed")
    }
}

/// What a change leaves when it fails.
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
}

impl Torn {
    pub(crate) const ALL: [Self; 4] = [Self::Before, Self::Half, Self::Garbage, Self::After];
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    after: usize,
    torn: Torn,
    is_power_cut: bool,
}

#[derive(Clone, Debug)]
struct Cells {
    slots: [Vec<u8>; 2],
    image: Vec<u8>,
    block: usize,
    failure: Option<Failure>,
    is_dark: bool,
    changes: usize,
    image_changes: usize,
    saves: usize,
    reads: usize,
}

/// The board. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Board(Rc<RefCell<Cells>>);

/// What is in the record slots and the image slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) slots: [Vec<u8>; 2],
    pub(crate) image: Vec<u8>,
}

impl Board {
    /// As it leaves the factory, with blocks of this size.
    pub(crate) fn new(block: usize) -> Self {
        let cells = Cells {
            slots: [vec![0xff; SLOT], vec![0xff; SLOT]],
            image: vec![0xff; CAPACITY],
            block,
            failure: None,
            is_dark: false,
            changes: 0,
            image_changes: 0,
            saves: 0,
            reads: 0,
        };
        Self(Rc::new(RefCell::new(cells)))
    }

    /// Another one with the same content.
    pub(crate) fn copy(&self) -> Self {
        let cells = Cells { failure: None, is_dark: false, ..self.0.borrow().clone() };
        Self(Rc::new(RefCell::new(cells)))
    }

    pub(crate) fn content(&self) -> Content {
        let cells = self.0.borrow();
        Content { slots: cells.slots.clone(), image: cells.image.clone() }
    }

    pub(crate) fn put_slots(&self, slots: [Vec<u8>; 2]) {
        self.0.borrow_mut().slots = slots;
    }

    pub(crate) fn image_starts_with(&self, image: &[u8]) -> bool {
        self.0.borrow().image.starts_with(image)
    }

    pub(crate) fn changes(&self) -> usize {
        self.0.borrow().changes
    }

    pub(crate) fn image_changes(&self) -> usize {
        self.0.borrow().image_changes
    }

    /// How often a record was saved.
    pub(crate) fn saves(&self) -> usize {
        self.0.borrow().saves
    }

    /// How many bytes of the image were read.
    pub(crate) fn reads(&self) -> usize {
        self.0.borrow().reads
    }

    /// The power fails in the change after so many more.
    pub(crate) fn cut_after(&self, after: usize, torn: Torn) {
        self.0.borrow_mut().failure = Some(Failure { after, torn, is_power_cut: true });
    }

    /// A change fails after so many more, once.
    pub(crate) fn fail_after(&self, after: usize, torn: Torn) {
        self.0.borrow_mut().failure = Some(Failure { after, torn, is_power_cut: false });
    }

    pub(crate) fn is_dark(&self) -> bool {
        self.0.borrow().is_dark
    }

    pub(crate) fn power_on(&self) {
        let mut cells = self.0.borrow_mut();
        (cells.is_dark, cells.failure) = (false, None);
    }

    pub(crate) fn flip_image(&self, bit: usize) {
        self.0.borrow_mut().image[bit / 8] ^= 1 << (bit % 8);
    }
}

const fn number(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

impl Cells {
    fn next(&mut self) -> Result<Option<Torn>, BoardError> {
        if self.is_dark {
            return Err(BoardError);
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

    fn change(
        &mut self,
        of: fn(&mut Self) -> [&mut Vec<u8>; 3],
        part: usize,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), BoardError> {
        let torn = self.next()?;
        let [a, b, image] = of(self);
        let whole = match part {
            0 => a,
            1 => b,
            _ => image,
        };
        let cells = &mut whole[offset..offset + bytes.len()];
        let half = bytes.len() / 2;
        match torn {
            None | Some(Torn::After) => cells.copy_from_slice(bytes),
            Some(Torn::Before) => {}
            Some(Torn::Half) => cells[..half].copy_from_slice(&bytes[..half]),
            Some(Torn::Garbage) => cells.iter_mut().enumerate().for_each(|(at, cell)| *cell = (at * 37 + 11) as u8),
        }
        if torn.is_none() { Ok(()) } else { Err(BoardError) }
    }

    fn parts(&mut self) -> [&mut Vec<u8>; 3] {
        let [a, b] = &mut self.slots;
        [a, b, &mut self.image]
    }
}

const IMAGE: usize = 2;

impl Storage for Board {
    type Error = BoardError;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), BoardError> {
        let cells = self.0.borrow();
        if cells.is_dark {
            return Err(BoardError);
        }
        let offset = offset as usize;
        bytes.copy_from_slice(&cells.slots[number(slot)][offset..offset + bytes.len()]);
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), BoardError> {
        let mut cells = self.0.borrow_mut();
        cells.saves += 1;
        cells.change(Cells::parts, number(slot), 0, &[0xff; SLOT])
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), BoardError> {
        let offset = offset as usize;
        let mut cells = self.0.borrow_mut();
        let before = &cells.slots[number(slot)][offset..offset + WRITE_BYTES];
        assert!(before.iter().all(|byte| *byte == 0xff), "what is written was erased");
        cells.change(Cells::parts, number(slot), offset, bytes)
    }
}

impl Image for Board {
    type Error = BoardError;

    fn capacity(&self) -> u32 {
        CAPACITY as u32
    }

    fn block_bytes(&self) -> u32 {
        self.0.borrow().block as u32
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), BoardError> {
        let mut cells = self.0.borrow_mut();
        cells.image_changes += 1;
        let (block, offset) = (cells.block, offset as usize);
        for (page, at) in bytes.chunks(PAGE).zip((offset..).step_by(PAGE)) {
            if block > 1 {
                // Whatever block begins within this page is erased now.
                for begin in (at..at + page.len()).filter(|begin| begin % block == 0) {
                    cells.change(Cells::parts, IMAGE, begin, &vec![0xff; block])?;
                }
                let is_erased = cells.image[at..at + page.len()].iter().all(|byte| *byte == 0xff);
                assert!(is_erased, "what is written at {at} was erased");
            }
            cells.change(Cells::parts, IMAGE, at, page)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BoardError> {
        if self.is_dark() { Err(BoardError) } else { Ok(()) }
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), BoardError> {
        let mut cells = self.0.borrow_mut();
        cells.reads += bytes.len();
        if cells.is_dark {
            return Err(BoardError);
        }
        let offset = offset as usize;
        bytes.copy_from_slice(&cells.image[offset..offset + bytes.len()]);
        Ok(())
    }
}
