//! UUIDs as text: the reading of what was written is the same UUID.

#![no_main]

use hwlicense::hardware::Uuid;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(uuid) = Uuid::parse(text) {
        let written: String = uuid.0.iter().map(|byte| format!("{byte:02x}-")).collect();
        assert_eq!(Uuid::parse(&format!("{{{written}}}")), Some(uuid));
    }
});
