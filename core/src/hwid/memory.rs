//! Memory: the modules in ascending order, or the size class of a total.

use core::cmp::Ordering;

use super::canonical;
use super::component::Component;
use super::digest::{Counted, Notes};
use super::evidence::FieldName;
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::junk::TextWorth;
use crate::hardware::{Descriptor, Field, MODULES_MAX, Module, Rows, Text};

#[inline(never)]
pub(super) fn digest(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<Unsalted> {
    let before = notes.unreadable;
    let mut hash = FieldHasher::of_component(Component::Memory);
    if counted.factor(Factor::Memory) {
        let memory = &descriptor.memory;
        notes.check(&memory.modules, FieldName::MemoryModules);
        let mut modules = Judged::new(memory.modules.read().unwrap_or_default(), notes);
        let mut known = false;
        while let Some((index, module)) = modules.least() {
            known = true;
            modules.flip(index, THERE);
            hash.bytes(2, &module.size_bytes.to_le_bytes());
            hash.text(3, module.part);
            hash.text(4, module.serial);
        }
        if !known && notes.unreadable == before {
            notes.check(&memory.total_bytes, FieldName::MemoryTotal);
            if let Field::Read(total @ 1..) = memory.total_bytes {
                hash.bytes(1, &[size_class(total)]);
            }
        }
    }
    notes.component(before, &mut hash)
}

/// Modules, judged once for each, because they are walked once for each.
struct Judged<'a> {
    modules: Rows<'a, Module<'a>>,
    /// Four bits for each: [`THERE`], [`HAS_PART`], [`HAS_SERIAL`].
    marks: [u8; MODULES_MAX / 2],
}

/// It has a size, which an empty slot has not, and was not fed yet.
const THERE: u8 = 1;
/// Its part number counts.
const HAS_PART: u8 = 2;
/// Its serial number counts.
const HAS_SERIAL: u8 = 4;

/// What of a memory module counts, in its order. Its maker does not: tools spell it in several
/// ways. An empty text does not count.
#[derive(Clone, Copy)]
struct Key<'a> {
    part: &'a [u8],
    serial: &'a [u8],
    size_bytes: u64,
}

impl<'a> Judged<'a> {
    fn new(modules: Rows<'a, Module<'a>>, notes: &mut Notes) -> Self {
        let mut judged = Self { modules, marks: [0; MODULES_MAX / 2] };
        // Most modules of a machine have the same part number; it is judged once.
        let mut last: (Text<'_>, u8) = (Text::Absent, 0);
        for (index, module) in modules.iter().enumerate().filter(|(_, module)| module.size_bytes > 0) {
            let mut mark = |text, bit| {
                if notes.text(&text, FieldName::MemoryModules, TextWorth::Name).is_empty() { 0 } else { bit }
            };
            if module.part != last.0 {
                last = (module.part, mark(module.part, HAS_PART));
            }
            judged.flip(index, THERE | last.1 | mark(module.serial, HAS_SERIAL));
        }
        judged
    }

    fn marks(&self, index: usize) -> u8 {
        self.marks.get(index / 2).copied().unwrap_or(0) >> ((index % 2) << 2)
    }

    fn flip(&mut self, index: usize, marks: u8) {
        if let Some(two) = self.marks.get_mut(index / 2) {
            *two ^= marks << ((index % 2) << 2);
        }
    }

    /// The least of the modules that are there, and its index.
    fn least(&self) -> Option<(usize, Key<'a>)> {
        let mut least: Option<(usize, Key<'a>)> = None;
        for (index, module) in self.modules.iter().enumerate() {
            let marks = self.marks(index);
            if marks & THERE == 0 {
                continue;
            }
            let counted = |text: Text<'a>, bit| if marks & bit == 0 { &[] } else { text.read().unwrap_or_default() };
            let (part, serial) = (counted(module.part, HAS_PART), counted(module.serial, HAS_SERIAL));
            let key = Key { part, serial, size_bytes: module.size_bytes };
            if least.is_none_or(|(_, least)| key.order(&least).is_lt()) {
                least = Some((index, key));
            }
        }
        least
    }
}

impl Key<'_> {
    #[inline(never)]
    fn order(&self, other: &Self) -> Ordering {
        canonical::order(self.part, other.part)
            .then_with(|| canonical::order(self.serial, other.serial))
            .then_with(|| self.size_bytes.cmp(&other.size_bytes))
    }
}

/// The size class of a total that the kernel reports: the exponent of the smallest power of two
/// that, with a sixteenth to spare, is not less. Kernels keep a part of the memory for
/// themselves, and another part after each update.
fn size_class(total: u64) -> u8 {
    (0..=63u8)
        .find(|exponent| {
            let power = 1u64 << exponent;
            total <= power.saturating_add(power >> 4)
        })
        .unwrap_or(64)
}
