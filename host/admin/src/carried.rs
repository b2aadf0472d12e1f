//! Requests and replies that a person carries: text in parts, each small enough for a QR code.
//!
//! A part reads `HWL1-CODE-NUMBER-COUNT-CONTENT`: the version, the short code of the whole, which part
//! it is and of how many, and its share in Crockford's base 32. All of these are characters of a QR
//! code's alphanumeric mode, so that base 32 costs 5.5 bits for 5; base 45 would save a twelfth, and
//! its blanks and signs do not survive e-mail, terminals and fields of a page. White space anywhere is
//! passed over. The letter L is none of base 32, so that parts can be told apart however they are
//! joined.
//!
//! The code is the first 40 bits of the SHA-256 of the whole, shown on both sides so that a person can
//! compare them. It finds what was mixed up and what was read wrong; who may believe what is decided
//! by the signature inside.

use core::fmt;

use hwlicense::primary::frame::FRAME_BYTES_MAX;
use sha2::{Digest as _, Sha256};

/// What begins a part.
const MARK: &str = "HWL1";
/// Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Most bytes of a part: a QR code of 85 modules a side, which a telephone reads from a screen.
pub const PART_BYTES_MAX: usize = 400;
/// Most parts: those of the largest frame.
pub const PARTS_MAX: usize = FRAME_BYTES_MAX.div_ceil(PART_BYTES_MAX);
/// Characters of the short code.
const CODE_CHARS: usize = 8;

/// Why text is not something that was carried here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedError {
    /// There is no part in it. Copy all of the text, from `HWL1` on.
    NoPart,
    /// A part is cut off or was altered. Scan it again.
    Malformed,
    /// Parts of two different things. Begin anew with one of them.
    Mixed,
    /// A part is missing: scan this one as well.
    Missing {
        /// Its number, counted from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// The whole is not what its code says. Scan all parts again.
    WrongCode,
}

impl CarriedError {
    /// What the person does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::NoPart => "Copy all of the text, from HWL1 on.",
            Self::Malformed => "Scan that picture again.",
            Self::Mixed => "Begin anew, with the pictures of one device only.",
            Self::Missing { .. } => "Scan the part that is missing as well, and put all parts into the field.",
            Self::WrongCode => "Scan all pictures again.",
        }
    }
}

impl fmt::Display for CarriedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPart => f.write_str("there is no part of a request or reply in it"),
            Self::Malformed => f.write_str("a part is cut off, or was altered"),
            Self::Mixed => f.write_str("parts of two different things were mixed"),
            Self::Missing { number, count } => write!(f, "part {number} of {count} is missing"),
            Self::WrongCode => f.write_str("the whole is not what its code says"),
        }
    }
}

impl core::error::Error for CarriedError {}

/// The short code of something, as people compare it: `7QHX-4M2K`.
#[must_use]
pub fn code_of(bytes: &[u8]) -> String {
    let digits = raw_code(bytes);
    let (first, last) = digits.split_at(CODE_CHARS.wrapping_div(2));
    format!("{first}-{last}")
}

fn raw_code(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let mut digits = encode(&digest);
    digits.truncate(CODE_CHARS);
    digits
}

/// Something to be carried, in parts. Bytes beyond [`PARTS_MAX`] parts do not exist: a frame is smaller.
#[must_use]
pub fn parts(bytes: &[u8]) -> Vec<String> {
    let code = raw_code(bytes);
    let count = bytes.len().div_ceil(PART_BYTES_MAX);
    let part =
        |(index, share): (usize, &[u8])| format!("{MARK}-{code}-{}-{count}-{}", index.saturating_add(1), encode(share));
    bytes.chunks(PART_BYTES_MAX).enumerate().map(part).collect()
}

/// What was carried, out of text that holds all of its parts in any order, some perhaps twice.
///
/// # Errors
/// [`CarriedError`].
pub fn join(text: &str) -> Result<Vec<u8>, CarriedError> {
    let mut text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    text.make_ascii_uppercase();
    let mut found: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut whole: Option<(String, usize)> = None;
    for part in text.split(MARK).skip(1) {
        let (code, number, count, share) = read_part(part).ok_or(CarriedError::Malformed)?;
        let of = whole.get_or_insert_with(|| (code.to_owned(), count));
        if *of != (code.to_owned(), count) {
            return Err(CarriedError::Mixed);
        }
        if !found.iter().any(|(known, _)| *known == number) {
            found.push((number, share));
        }
    }
    let (code, count) = whole.ok_or(CarriedError::NoPart)?;
    found.sort();
    if let Some(number) = (1..=count).find(|number| !found.iter().any(|(known, _)| known == number)) {
        return Err(CarriedError::Missing { number, count });
    }
    let bytes: Vec<u8> = found.into_iter().flat_map(|(_, share)| share).collect();
    if raw_code(&bytes) == code { Ok(bytes) } else { Err(CarriedError::WrongCode) }
}

fn read_part(text: &str) -> Option<(&str, usize, usize, Vec<u8>)> {
    let mut fields = text.strip_prefix('-')?.splitn(4, '-');
    let code = fields.next().filter(|code| code.len() == CODE_CHARS)?;
    let number: usize = fields.next()?.parse().ok()?;
    let count = fields.next()?.parse().ok().filter(|count| (1..=PARTS_MAX).contains(count))?;
    let share = decode(fields.next()?)?;
    (1..=count).contains(&number).then_some((code, number, count, share))
}

/// Bytes in base 32, the last digit filled with zero bits.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(8).div_ceil(5));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held = held.saturating_add(8);
        while held >= 5 {
            held = held.saturating_sub(5);
            text.push(digit(bits >> held));
            bits &= !(u32::MAX << held);
        }
    }
    if held > 0 {
        text.push(digit(bits << 5u32.saturating_sub(held)));
    }
    text
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or(0);
    DIGITS.get(index).map_or('0', |digit| char::from(*digit))
}

/// Bytes out of base 32; `None` if it is none, or if bits are left over that are not zero.
fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > PART_BYTES_MAX.saturating_mul(2) {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for character in text.bytes() {
        let value = u32::try_from(DIGITS.iter().position(|digit| *digit == character)?).ok()?;
        bits = (bits << 5) | value;
        held = held.saturating_add(5);
        if held >= 8 {
            held = held.saturating_sub(8);
            bytes.push(u8::try_from(bits >> held).ok()?);
            bits &= !(u32::MAX << held);
        }
    }
    (bits == 0 && held < 5).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|index| u8::try_from(index.wrapping_mul(131) % 251).unwrap()).collect()
    }

    #[test]
    fn what_is_carried_arrives_in_any_order_and_however_it_is_joined() {
        for length in [1, 4, 5, 399, 400, 401, 1_000, 16_384, FRAME_BYTES_MAX] {
            let bytes = sample(length);
            let mut parts = parts(&bytes);
            assert_eq!(parts.len(), length.div_ceil(PART_BYTES_MAX));
            assert!(
                parts
                    .iter()
                    .all(|part| part.bytes().all(|byte| byte == b'-' || DIGITS.contains(&byte) || byte == b'L'))
            );
            parts.reverse();
            assert_eq!(join(&parts.concat()).unwrap(), bytes);
            parts.push(parts[0].to_lowercase());
            assert_eq!(join(&format!("\n  {} \r\n", parts.join("\n"))).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_missing_mixed_or_altered_is_told_apart() {
        let parts_of_one = parts(&sample(1_000));
        assert_eq!(join("nothing"), Err(CarriedError::NoPart));
        let two = [parts_of_one[0].clone(), parts_of_one[2].clone()].join(" ");
        assert_eq!(join(&two), Err(CarriedError::Missing { number: 2, count: 3 }));
        let mixed = format!("{}{}", parts_of_one[0], parts(&sample(999))[1]);
        assert_eq!(join(&mixed), Err(CarriedError::Mixed));
        let whole = parts_of_one.concat();
        for wrong in
            [whole.replacen("HWL1-", "HWL1", 1), format!("{whole}U"), format!("{whole}1"), "HWL1-A-1-1-00".into()]
        {
            assert_eq!(join(&wrong), Err(CarriedError::Malformed), "{wrong}");
        }
        let first = whole.chars().last().unwrap();
        let other = if first == '0' { '8' } else { '0' };
        let altered = format!("{}{other}{first}", &whole[..whole.len() - 2]);
        if altered != whole {
            assert!(matches!(join(&altered), Err(CarriedError::WrongCode | CarriedError::Malformed)));
        }
    }

    #[test]
    fn the_code_is_what_people_can_read_out() {
        // SHA-256 of the empty text begins with e3b0c44298.
        assert_eq!(code_of(b""), "WERC-8GMR");
    }
}
