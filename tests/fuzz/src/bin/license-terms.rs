//! Terms of a licence: what is accepted is written again as the same bytes.

#![no_main]

#[path = "../envelope.rs"]
mod envelope;

use hwlicense::license::License;
use hwlicense::signed::{ENVELOPE_BYTES_MAX, Envelope, KeyId, Kind, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let bytes = envelope::around(payload, Kind::License, KeyId([0; 16]));
    let Ok(envelope) = Envelope::parse(&bytes) else { return };
    let Ok(claims) = envelope.unverified::<License<'_>>() else { return };
    // What is accepted has one form: sealing it again gives the same bytes.
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    assert_eq!(seal(envelope.header(), &claims, &mut buffer, |_| [0; 64]), Ok(&bytes[..]));
});
