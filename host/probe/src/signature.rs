//! The processor's own id register, out of the several ways in which tools write it.
//!
//! # Source
//! Intel SDM volume 2A, CPUID leaf 1 (how family and model are split over EAX); Arm ARM, MIDR_EL1.

/// Bits of CPUID leaf 1 EAX that say family, model and stepping. The processor type and the
/// reserved bits are left out, since text forms do not carry them.
const CPUID_MASK: u32 = 0x0fff_0fff;
/// MIDR architecture field of every core that has been made since Armv7: "see the id registers".
const MIDR_ARCHITECTURE: u32 = 0xf << 16;

/// The register from the id bytes if they hold it, else from the words.
pub(crate) fn decode(id: Option<&str>, words: Option<&str>) -> Option<u32> {
    // With a JEP-106 code the id names the system on chip (SMBIOS 3.6, 7.5.3.3), no core.
    if words.is_some_and(|words| words.contains("JEP-106")) {
        return None;
    }
    id.and_then(from_id).or_else(|| words.and_then(from_words))
}

/// The register from an SMBIOS processor id in hex: its first four bytes, lowest first.
pub(crate) fn from_id(id: &str) -> Option<u32> {
    let digits: String = id.split_whitespace().collect();
    let bytes = crate::hex::HexBytes::parse(&digits)?;
    let register = u32::from_le_bytes(*bytes.0.first_chunk::<4>()?);
    match register {
        0 | u32::MAX => None,
        // x86 leaves the top four bits zero; every implementer code of Arm sets one of them.
        midr if midr >> 28 != 0 => (midr & MIDR_ARCHITECTURE == MIDR_ARCHITECTURE).then_some(midr),
        cpuid => Some(cpuid & CPUID_MASK).filter(|&masked| masked != 0),
    }
}

/// The register from words such as `Type 0, Family 6, Model 78, Stepping 3` or
/// `impl 0x41 arch 8 var 0x0 part 0xd03 rev 2`.
pub(crate) fn from_words(words: &str) -> Option<u32> {
    let pairs = pairs(words)?;
    let number = |names: &[&str], radix| {
        let value = pairs.iter().find(|(name, _)| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))?.1;
        match value.strip_prefix("0x").or(value.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => u32::from_str_radix(value, radix).ok(),
        }
    };
    let cpuid_in =
        |radix| cpuid(number(&["family"], radix)?, number(&["model"], radix)?, number(&["stepping"], radix)?);
    // Old dmidecode printed single hex digits, which a letter as in `Family F` gives away.
    if let Some(register) = cpuid_in(10).or_else(|| cpuid_in(16)) {
        return Some(register);
    }
    midr(
        number(&["impl", "implementer", "implementor"], 10)?,
        number(&["var", "variant"], 10)?,
        number(&["part"], 10)?,
        number(&["rev", "revision"], 10)?,
    )
}

/// Words in pairs of a name and its value; `None` if they are not of that form.
fn pairs(words: &str) -> Option<Vec<(&str, &str)>> {
    let mut words = words.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut pairs = Vec::new();
    while let Some(name) = words.next() {
        // A big.LITTLE reading names two values; which core it means is not known.
        if name == "&" {
            return None;
        }
        pairs.push((name, words.next()?));
    }
    Some(pairs)
}

/// CPUID leaf 1 EAX of a displayed family, model and stepping.
pub(crate) fn cpuid(family: u32, model: u32, stepping: u32) -> Option<u32> {
    let (base, extended) = if family > 0xf { (0xf, family.checked_sub(0xf)?) } else { (family, 0) };
    // Only families 6 and 15 have the upper half of the model; no other family needs it.
    let fits = extended <= 0xff && model <= 0xff && stepping <= 0xf;
    let register = (extended << 20) | ((model >> 4) << 16) | (base << 8) | ((model & 0xf) << 4) | stepping;
    (fits && register != 0).then_some(register)
}

/// MIDR of the parts that Linux prints.
pub(crate) fn midr(implementer: u32, variant: u32, part: u32, revision: u32) -> Option<u32> {
    let fits = implementer <= 0xff && variant <= 0xf && part <= 0xfff && revision <= 0xf;
    (fits && implementer != 0)
        .then_some((implementer << 24) | (variant << 20) | MIDR_ARCHITECTURE | (part << 4) | revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_bytes_and_words_give_the_same_register() {
        for (id, words, register) in [
            ("E3 06 04 00 FF FB EB BF", "Type 0, Family 6, Model 78, Stepping 3", 0x0004_06e3),
            ("29 0F 00 00 FF FB EB BF", "Type 0, Family F, Model 2, Stepping 9", 0x0000_0f29),
            ("4A 0F 00 00 FF FB EB BF", "Type 0, Family F, Model 4, Stepping A", 0x0000_0f4a),
            ("12 0F 80 00 FF FB 8B 17", "family 23 model 1 stepping 2", 0x0080_0f12),
            ("73 D0 1F 41 00 00 00 00", "impl 0x41 arch 8 var 0x1 part 0xd07 rev 3", 0x411f_d073),
            (
                "83 D0 0F 41 00 00 00 00",
                "Implementor 0x41, Variant 0x0, Architecture 15, Part 0xd08, Revision 3",
                0x410f_d083,
            ),
        ] {
            assert_eq!(from_id(id), Some(register), "{id}");
            assert_eq!(from_words(words), Some(register), "{words}");
        }
    }

    #[test]
    fn the_processor_type_does_not_count() {
        assert_eq!(from_id("E3 36 04 F0 FF FB EB BF"), None, "reserved bits: no x86 processor");
        assert_eq!(from_id("E3 36 04 00 FF FB EB BF"), Some(0x0004_06e3));
    }

    #[test]
    fn anything_else_is_absent() {
        for words in [
            "",
            "1",
            "D1",
            "2.0 (pvr 004b 0200)",
            "Intel(R) Core(TM) i7-3667U CPU @ 2.00GHz",
            "family None model None stepping None",
            "impl 0x41 arch 7 var 0x0 part None rev None",
            "impl 0x41 arch 7 var 0x0 & 0x3 part 0xc07 & 0xc0f rev 5 & 3",
            "family 4294967295 model 4294967295 stepping 4294967295",
        ] {
            assert_eq!(from_words(words), None, "{words}");
        }
        assert_eq!(from_id("00 00 00 00 00 00 00 00"), None);
        assert_eq!(from_id("FF FF FF FF FF FF FF FF"), None);
        assert_eq!(from_id("E3 06"), None);
        assert_eq!(
            decode(
                Some("34 02 6B 03 00 00 00 00"),
                Some("JEP-106 Bank 0x03 Manufacturer 0x6b, SoC ID 0x0234, SoC Revision 0x00000401"),
            ),
            None
        );
    }
}
