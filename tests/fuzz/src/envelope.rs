//! A payload in an envelope of the right shape, so that a fuzzer need not find the shape itself.

use hwlicense::signed::{KeyId, Kind};

/// The envelope of a payload. Its signature is zeros: these targets use an engine that says yes.
pub(crate) fn around(payload: &[u8], kind: Kind, key_id: KeyId) -> Vec<u8> {
    let mut bytes = b"hwlicense:".to_vec();
    bytes.extend([1, kind.number(), 1]);
    bytes.extend(key_id.0);
    bytes.extend([1, 1]); // epoch and sequence
    let mut length = payload.len();
    while length > 0x7f {
        bytes.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap_or(0));
    bytes.extend(payload);
    bytes.extend([0; 64]);
    bytes
}
