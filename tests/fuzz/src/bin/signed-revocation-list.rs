//! Revocation lists: what is accepted is written again as the same bytes, and every entry is read.

#![no_main]

#[path = "../envelope.rs"]
mod envelope;

use hwlicense::signed::{ENVELOPE_BYTES_MAX, Envelope, KeyId, Kind, RevocationList, RevocationListWriter, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    let bytes = envelope::around(payload, Kind::RevocationList, KeyId([0; 16]));
    let Ok(envelope) = Envelope::parse(&bytes) else { return };
    let Ok(claims) = envelope.unverified::<RevocationList<'_>>() else { return };
    let mut writer = RevocationListWriter::new();
    let entries: Vec<_> = claims.entries().collect();
    for entry in entries.iter().rev() {
        writer.push(*entry).expect("a parsed list is within bounds");
    }
    assert!(RevocationList::new(claims.issued, &writer).entries().eq(entries));
    // What is accepted has one form: sealing it again gives the same bytes.
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    assert_eq!(seal(envelope.header(), &claims, &mut buffer, |_| [0; 64]), Ok(&bytes[..]));
});
