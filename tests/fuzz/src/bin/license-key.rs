//! Licence keys as people type them: whatever is accepted is written in the one form.

#![no_main]

use hwlicense::license::{LICENSE_KEY_TEXT_BYTES, LicenseKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<LicenseKey>() {
        let written = key.to_string();
        assert_eq!(written.len(), LICENSE_KEY_TEXT_BYTES);
        assert_eq!(written.parse(), Ok(key));
        assert_eq!(LicenseKey::from_random(key.bytes()), key, "its check belongs to its bits");
    }
});
