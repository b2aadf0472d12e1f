//! MAC addresses as text: the reading of what was written is the same address.

#![no_main]

use hwlicense::hardware::Mac;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(mac) = Mac::parse(text) {
        let [a, b, c, d, e, f] = mac.0;
        let written = format!("{a:02x}:{b:02X}-{c:02x}.{d:02X}{e:02x}{f:02X}");
        assert_eq!(Mac::parse(&written), Some(mac));
    }
});
