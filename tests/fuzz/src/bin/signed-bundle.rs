//! Bundles and the envelopes in them: what is accepted is what its parts write again.

#![no_main]

use hwlicense::signed::{BUNDLE_BYTES_MAX, Bundle, BundleWriter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(bundle) = Bundle::parse(bytes) else { return };
    let mut writer = BundleWriter::new();
    for envelope in bundle.envelopes() {
        writer.push(envelope.bytes()).expect("a parsed bundle is within bounds");
    }
    let mut buffer = [0; BUNDLE_BYTES_MAX];
    // One file, one meaning: a second encoding of the same bundle would be a second identity.
    assert_eq!(writer.write(&mut buffer), Ok(bytes));
});
