//! Memory: the modules in ascending order, or the size class of a total.

use core::cmp::Ordering;

use super::canonical;
use super::component::Component;
use super::digest::Reading;
use super::evidence::FieldName;
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::junk::TextWorth;
use crate::hardware::{Field, MODULES_MAX, Module, Rows, Text};

#[inline(never)]
pub(super) fn digest(reading: &mut Reading<'_, '_>, into: &mut Field<Unsalted>) {
    let before = reading.unreadable;
    let mut hash = FieldHasher::new();
    hash.component(Component::Memory);
    if reading.counted.factor(Factor::Memory) {
        let memory = &reading.descriptor.memory;
        reading.check(&memory.modules, FieldName::MemoryModules);
        let mut modules = Modules { rows: memory.modules.read().unwrap_or_default(), marks: [0; MODULES_MAX / 2] };
        modules.judge(reading);
        let mut known = false;
        while let Some(least) = modules.least() {
            known = true;
            modules.flip(least, THERE);
            let module = modules.key(least);
            hash.bytes(2, &module.size_bytes.to_le_bytes());
            hash.text(3, module.part);
            hash.text(4, module.serial);
        }
        if !known && reading.unreadable == before {
            reading.check(&memory.total_bytes, FieldName::MemoryTotal);
            if let Field::Read(total @ 1..) = memory.total_bytes {
                hash.bytes(1, &[size_class(total)]);
            }
        }
    }
    reading.component(before, &mut hash, into);
}

/// Modules, judged once for each, because they are walked once for each.
struct Modules<'a> {
    rows: Rows<'a, Module<'a>>,
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
#[derive(Default)]
struct Key<'a> {
    part: &'a [u8],
    serial: &'a [u8],
    size_bytes: u64,
}

impl<'a> Modules<'a> {
    #[inline(never)]
    fn judge(&mut self, reading: &mut Reading<'_, 'a>) {
        // Most modules of a machine have the same part number; it is judged once.
        let mut last: (&[u8], u8) = (&[], 0);
        for index in 0..self.rows.len() {
            let Some(module) = self.rows.row(index) else { continue };
            if module.size_bytes == 0 {
                continue;
            }
            let part = reading.bytes(&module.part, FieldName::MemoryModules);
            if part != last.0 {
                last = (part, if canonical::counts(part, TextWorth::Name) { HAS_PART } else { 0 });
            }
            let serial = reading.bytes(&module.serial, FieldName::MemoryModules);
            let has_serial = if canonical::counts(serial, TextWorth::Name) { HAS_SERIAL } else { 0 };
            self.flip(index, THERE | last.1 | has_serial);
        }
    }

    #[inline(never)]
    fn marks(&self, index: usize) -> u8 {
        self.marks.get(index / 2).copied().unwrap_or(0) >> ((index % 2) << 2)
    }

    #[inline(never)]
    fn flip(&mut self, index: usize, marks: u8) {
        if let Some(two) = self.marks.get_mut(index / 2) {
            *two ^= marks << ((index % 2) << 2);
        }
    }

    #[inline(never)]
    fn key(&self, index: usize) -> Key<'a> {
        let Some(module) = self.rows.row(index) else { return Key::default() };
        let marks = self.marks(index);
        let counted = |text: Text<'a>, bit| if marks & bit == 0 { &[] } else { text.read().unwrap_or_default() };
        Key {
            part: counted(module.part, HAS_PART),
            serial: counted(module.serial, HAS_SERIAL),
            size_bytes: module.size_bytes,
        }
    }

    #[inline(never)]
    fn order(&self, one: usize, other: usize) -> Ordering {
        let (one, other) = (self.key(one), self.key(other));
        canonical::order(one.part, other.part)
            .then_with(|| canonical::order(one.serial, other.serial))
            .then_with(|| one.size_bytes.cmp(&other.size_bytes))
    }

    /// The least of the modules that are there.
    #[inline(never)]
    fn least(&self) -> Option<usize> {
        let mut least = None;
        for index in 0..self.rows.len() {
            if self.marks(index) & THERE != 0 && least.is_none_or(|least| self.order(index, least).is_lt()) {
                least = Some(index);
            }
        }
        least
    }
}

/// The size class of a total that the kernel reports: the exponent of the smallest power of two
/// that, with a sixteenth to spare, is not less. Kernels keep a part of the memory for
/// themselves, and another part after each update.
fn size_class(total: u64) -> u8 {
    let (mut class, mut power) = (0u8, 1u64);
    // What follows the greatest power is zero.
    while power != 0 && total > power.wrapping_add(power >> 4) {
        power <<= 1;
        class = class.wrapping_add(1);
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_leave_a_sixteenth_to_spare() {
        for exponent in 0..64u8 {
            let power = 1u64 << exponent;
            let most = power.saturating_add(power >> 4);
            assert_eq!(size_class(power), exponent);
            assert_eq!(size_class(most), exponent);
            assert_eq!(size_class(most + 1), exponent + 1);
        }
        assert_eq!(size_class(u64::MAX), 64);
    }
}
