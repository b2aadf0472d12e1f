//! The HWID's text form: whatever is accepted is written back as 34 lower-case digits.

#![no_main]

use hwlicense::hwid::{HWID_TEXT_BYTES, Hwid};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(hwid) = text.parse::<Hwid>() {
        let written = hwid.to_string();
        assert_eq!(written.len(), HWID_TEXT_BYTES);
        assert_eq!(written, text.trim().to_ascii_lowercase());
        assert_eq!(written.parse(), Ok(hwid));
    }
});
