//! The one way bytes become a structure: whole, and in canonical form only.
//!
//! The bytes are postcard's, which [`serde::Serialize`] writes. They are read by hand, because a
//! reader has to be stricter than postcard and smaller: postcard ignores what follows the
//! structure and accepts over-long varints, both of which would give one signed meaning several
//! byte strings, and serde's generated code is several times as large on a small core. The tests
//! compare this reader with postcard's own.

use heapless::{Vec, VecView};

use crate::text::Label;
use crate::time::UnixSeconds;

/// A structure that can be read.
pub trait Decode<'a>: Sized {
    /// What is there before anything was read.
    fn blank() -> Self;

    /// Reads the fields in their order, each into its place, and fails the reader where one of them
    /// breaks a bound. What is then there counts only if the reader is still good at the end.
    fn read(&mut self, reader: &mut Reader<'a>);
}

/// Reads a structure that fills the bytes. `None` if they are cut off, exceed a bound, have
/// something after their end, or write a number longer than it needs to be.
#[inline(always)]
pub(crate) fn exact<'a, T: Decode<'a>>(bytes: &'a [u8]) -> Option<T> {
    let mut reader = Reader::new(bytes);
    let mut value = T::blank();
    value.read(&mut reader);
    reader.is_at_end().then_some(value)
}

/// The number at the front of the bytes, and what follows: seven bits in each byte, the lowest first,
/// each byte but the last with its top bit set.
#[inline(always)]
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut byte, mut rest) = bytes.split_first()?;
    let (mut number, mut shift) = (u64::from(*byte & 0x7f), 0u32);
    while *byte >= 0x80 {
        (byte, rest) = rest.split_first()?;
        shift = shift.wrapping_add(7);
        // A zero at the end says nothing, and of a tenth byte there is room for one bit.
        if *byte == 0 || (*byte > 1 && shift == 63) {
            return None;
        }
        let bits = *byte & 0x7f;
        // Most numbers end within a word, and to shift two is dear on a small core.
        number |=
            if shift < 28 { u32::from(bits).wrapping_shl(shift).into() } else { u64::from(bits).wrapping_shl(shift) };
    }
    Some((number, rest))
}

/// Takes bytes apart from the front.
///
/// After the first mistake it gives zeros and empty slices, and says at the end that it failed:
/// one question at the end is smaller than one after each field.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What is left; `None` after the first mistake.
    rest: Option<&'a [u8]>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: Some(bytes) }
    }

    /// Whether nothing was wrong, and nothing is left.
    pub(crate) const fn is_at_end(&self) -> bool {
        matches!(self.rest, Some([]))
    }

    /// What is left, if nothing was wrong.
    pub(crate) const fn rest(&self) -> Option<&'a [u8]> {
        self.rest
    }

    /// Whoever reads says that a value is none of its type's.
    pub(crate) const fn fail(&mut self) {
        self.rest = None;
    }

    /// Fails unless what was read obeys its bounds.
    pub(crate) const fn require(&mut self, obeys: bool) {
        if !obeys {
            self.fail();
        }
    }

    /// As many bytes.
    #[inline(never)]
    pub(crate) fn take(&mut self, length: usize) -> &'a [u8] {
        let Some((taken, rest)) = self.rest.and_then(|rest| rest.split_at_checked(length)) else {
            return self.nothing();
        };
        self.rest = Some(rest);
        taken
    }

    /// There is less than was to be taken. On its own, so that the way without it is short.
    #[cold]
    #[inline(never)]
    const fn nothing(&mut self) -> &'a [u8] {
        self.fail();
        &[]
    }

    /// One byte.
    #[inline(never)]
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A number of 64 bits.
    #[inline(never)]
    pub(crate) fn u64(&mut self) -> u64 {
        let number = self.rest.and_then(varint);
        self.rest = number.map(|(_, rest)| rest);
        number.map_or(0, |(number, _)| number)
    }

    /// A number that is at most so large.
    #[inline(never)]
    fn number(&mut self, most: u32) -> u32 {
        match u32::try_from(self.u64()) {
            Ok(number) if number <= most => number,
            _ => {
                self.fail();
                0
            }
        }
    }

    /// A number of 16 bits.
    #[inline(never)]
    pub(crate) fn u16(&mut self) -> u16 {
        let [low, high, ..] = self.number(u16::MAX.into()).to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// A number of 32 bits.
    #[inline(never)]
    pub(crate) fn u32(&mut self) -> u32 {
        self.number(u32::MAX)
    }

    /// Zero or one.
    pub(crate) fn flag(&mut self) -> bool {
        self.number(1) & 1 != 0
    }

    /// A length or a count. None of ours needs more than 32 bits.
    pub(crate) fn count(&mut self, count_max: usize) -> usize {
        let most = u32::try_from(count_max).unwrap_or(u32::MAX);
        usize::try_from(self.number(most)).unwrap_or(usize::MAX)
    }

    /// As many bytes as the array has.
    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        self.fill(&mut array);
        array
    }

    /// As many bytes as there are slots.
    #[inline(never)]
    pub(crate) fn fill(&mut self, slots: &mut [u8]) {
        let taken = self.take(slots.len());
        if taken.len() == slots.len() {
            slots.copy_from_slice(taken);
        }
    }

    /// Bytes with their length before them.
    #[inline(never)]
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = self.count(usize::MAX);
        self.take(length)
    }

    /// A text with its length before it: at most so long, and clean.
    #[inline(never)]
    pub(crate) fn text(&mut self, bytes_max: usize) -> Label<'a> {
        let length = self.count(bytes_max);
        let text = Label::read(self.take(length));
        self.require(text.is_some());
        text.unwrap_or_default()
    }

    /// A value, or the mark that there is none.
    #[inline(always)]
    pub(crate) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| read(self))
    }

    /// A time, or the mark that there is none.
    #[inline(never)]
    pub(crate) fn time(&mut self, time: &mut Option<UnixSeconds>) {
        *time = self.option(Self::u64).map(UnixSeconds);
    }

    /// A list of rows of the same size with its count before it: at most so many.
    #[inline(always)]
    pub(crate) fn arrays<const N: usize>(&mut self, arrays_max: usize) -> &'a [[u8; N]] {
        let count = self.count(arrays_max);
        self.take(count.wrapping_mul(N)).as_chunks().0
    }

    /// A list of texts with its count before it: each at most so long, and clean.
    #[inline(never)]
    pub(crate) fn texts(&mut self, texts: &mut VecView<Label<'a>>, bytes_max: usize) {
        for _ in 0..self.count(texts.capacity()) {
            let is_kept = texts.push(self.text(bytes_max)).is_ok();
            self.require(is_kept);
        }
    }

    /// The same, ascending, each once.
    #[inline(never)]
    pub(crate) fn names(&mut self, names: &mut VecView<Label<'a>>, bytes_max: usize) {
        self.texts(names, bytes_max);
        self.require(names.is_sorted_by(|before, after| before < after));
    }

    /// The same, none of them empty and none of them kept.
    #[inline(always)]
    pub(crate) fn pass_names(&mut self, names_max: usize, bytes_max: usize) {
        let mut last = Label::default();
        for _ in 0..self.count(names_max) {
            let name = self.text(bytes_max);
            self.require(last < name);
            last = name;
        }
    }

    /// A list with its count before it, in which each element follows the one before as `follows`
    /// says.
    #[inline(always)]
    pub(crate) fn list<T: Copy, const N: usize>(
        &mut self,
        list: &mut Vec<T, N>,
        read: impl Fn(&mut Self) -> T,
        follows: impl Fn(&T, &T) -> bool,
    ) {
        let mut last = None;
        for _ in 0..self.count(N) {
            let value = read(self);
            let is_in_order = last.is_none_or(|last| follows(&last, &value));
            self.require(is_in_order && list.push(value).is_ok());
            last = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use postcard::ser_flavors::Size;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize)]
    struct Everything<'a> {
        small: u16,
        middle: u32,
        large: u64,
        flag: bool,
        array: [u8; 3],
        text: Label<'a>,
        bytes: &'a [u8],
        option: Option<UnixSeconds>,
        list: Vec<Label<'a>, 2>,
        byte: u8,
    }

    /// The same as postcard reads it.
    #[derive(Deserialize)]
    struct Plain<'a>(
        u16,
        u32,
        u64,
        bool,
        [u8; 3],
        &'a str,
        &'a [u8],
        Option<u64>,
        #[serde(borrow)] Vec<&'a str, 2>,
        u8,
    );

    impl<'a> Decode<'a> for Everything<'a> {
        fn blank() -> Self {
            Self {
                small: 0,
                middle: 0,
                large: 0,
                flag: false,
                array: [0; 3],
                text: Label::default(),
                bytes: &[],
                option: None,
                list: Vec::new(),
                byte: 0,
            }
        }

        fn read(&mut self, reader: &mut Reader<'a>) {
            self.small = reader.u16();
            self.middle = reader.u32();
            self.large = reader.u64();
            self.flag = reader.flag();
            reader.fill(&mut self.array);
            self.text = reader.text(usize::MAX);
            self.bytes = reader.bytes();
            reader.time(&mut self.option);
            reader.texts(&mut self.list, usize::MAX);
            self.byte = reader.byte();
        }
    }

    impl<'a> Decode<'a> for (u32, bool) {
        fn blank() -> Self {
            (0, false)
        }

        fn read(&mut self, reader: &mut Reader<'a>) {
            *self = (reader.u32(), reader.flag());
        }
    }

    /// What postcard reads, if it is whole and postcard would write it so.
    fn by_postcard<'a, T: Deserialize<'a> + Serialize>(bytes: &'a [u8]) -> Option<T> {
        let (value, rest) = postcard::take_from_bytes::<T>(bytes).ok()?;
        (rest.is_empty() && size(&value) == bytes.len()).then_some(value)
    }

    fn size<T: Serialize>(value: &T) -> usize {
        postcard::serialize_with_flavor::<T, Size, usize>(value, Size::default()).unwrap()
    }

    /// The same of everything, if its texts are clean.
    fn everything_by_postcard(bytes: &[u8]) -> Option<Everything<'_>> {
        let (plain, rest) = postcard::take_from_bytes::<Plain<'_>>(bytes).ok()?;
        let Plain(small, middle, large, flag, array, text, blob, option, list, byte) = plain;
        let clean = |text: &'_ str| Label::read(text.as_bytes()).is_some();
        let value = Everything {
            small,
            middle,
            large,
            flag,
            array,
            text: text.into(),
            bytes: blob,
            option: option.map(UnixSeconds),
            list: list.iter().map(|text| Label::from(*text)).collect(),
            byte,
        };
        let is_clean = clean(text) && list.iter().all(|text| clean(text));
        (is_clean && rest.is_empty() && size(&value) == bytes.len()).then_some(value)
    }

    #[test]
    fn only_the_whole_and_shortest_form_decodes() {
        assert_eq!(exact::<(u32, bool)>(&[0x80, 0x01, 1]), Some((128, true)));
        for bad in [&[0x80, 0x81, 0x00, 1][..], &[0x80, 0x01, 1, 0], &[0x80, 0x01, 2], &[0x80], &[0x83, 0x80, 0x00, 0]]
        {
            assert_eq!(exact::<(u32, bool)>(bad), None, "{bad:x?}");
        }
    }

    #[test]
    fn widest_numbers_are_read_and_wider_ones_are_not() {
        assert_eq!(exact::<(u32, bool)>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]), Some((u32::MAX, true)));
        assert_eq!(exact::<(u32, bool)>(&[0xff, 0xff, 0xff, 0xff, 0x1f, 1]), None);
        assert_eq!(exact::<(u32, bool)>(&[0xff, 0xff, 0xff, 0xff, 0x8f, 0x00, 1]), None);
    }

    #[test]
    fn numbers_of_64_bits_take_ten_bytes_at_most_and_no_zero_at_the_end() {
        let number = |tail: &[u8]| {
            let bytes = [&[0xff; 8][..], tail].concat();
            let mut reader = Reader::new(&bytes);
            let number = reader.u64();
            reader.is_at_end().then_some(number)
        };
        assert_eq!(number(&[0xff, 0x01]), Some(u64::MAX));
        assert_eq!(number(&[0x7f]), Some(u64::MAX >> 1));
        for bad in [&[0xff, 0x02][..], &[0xff, 0x81, 0x00], &[0xff, 0x00], &[0xff], &[]] {
            assert_eq!(number(bad), None, "{bad:x?}");
        }
    }

    #[test]
    fn every_short_input_is_read_as_postcard_reads_it() {
        for length in 0..=3u32 {
            for number in 0..256u32.pow(length) {
                let bytes = number.to_le_bytes();
                let bytes = bytes.get(..usize::try_from(length).unwrap()).unwrap();
                assert_eq!(exact::<(u32, bool)>(bytes), by_postcard(bytes), "{bytes:x?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_damage_is_judged_as_postcard_judges_it(
            (small, middle, large, flag, byte) in any::<(u16, u32, u64, bool, u8)>(),
            shrink in 0..64u32,
            text in "[ -~\u{a0}-\u{bf}]{0,8}",
            bytes in prop::collection::vec(any::<u8>(), 0..8),
            option in any::<Option<u64>>(),
            texts in prop::collection::vec("[a-z\u{20ac}]{0,4}", 0..3),
            (place, value) in any::<(prop::sample::Index, u8)>(),
        ) {
            let written = Everything {
                small: small >> (shrink % 16),
                middle: middle >> (shrink % 32),
                large: large >> shrink,
                flag,
                array: [byte; 3],
                text: Label::from(text.as_str()),
                bytes: &bytes,
                option: option.map(|option| UnixSeconds(option >> shrink)),
                list: texts.iter().take(2).map(|text| Label::from(text.as_str())).collect(),
                byte,
            };
            let mut buffer = [0; 256];
            let encoded = postcard::to_slice(&written, &mut buffer).unwrap();
            prop_assert_eq!(&exact::<Everything<'_>>(encoded), &Some(written));
            if let Some(byte) = encoded.get_mut(place.index(encoded.len())) {
                *byte = value;
            }
            let damaged = &*encoded;
            prop_assert_eq!(exact::<Everything<'_>>(damaged), everything_by_postcard(damaged));
        }

        #[test]
        fn any_bytes_are_judged_as_postcard_judges_them(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(exact::<Everything<'_>>(&bytes), everything_by_postcard(&bytes));
        }
    }
}
