//! Envelopes and, in each that is accepted, every kind of payload, before any signature is looked
//! at: `license inspect` shows such bytes to a person.

#![no_main]

use hwlicense::license::License;
use hwlicense::signed::{Certificate, Envelope, RevocationList, RootChange};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::parse(bytes) {
        assert_eq!(envelope.bytes(), bytes, "nothing stands outside an envelope");
        let _ = envelope.unverified::<License<'_>>();
        let _ = envelope.unverified::<Certificate<'_>>();
        let _ = envelope.unverified::<RootChange<'_>>();
        if let Ok(list) = envelope.unverified::<RevocationList<'_>>() {
            let _ = list.entries().count();
        }
    }
});
