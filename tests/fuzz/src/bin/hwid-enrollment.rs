//! Stored enrolments: what is read is written back and read again as the same.
//!
//! The integrity check would keep the fuzzer out, so it is put right first.

#![no_main]

use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};

fuzz_target!(|body: &[u8]| {
    let _ = Enrollment::decode(body);
    let check = Sha256::new().chain_update(b"hwl03enr").chain_update(body).finalize();
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(&check[..8]);
    if let Ok(enrollment) = Enrollment::decode(&bytes) {
        let mut buffer = [0; ENROLLMENT_BYTES_MAX];
        let written = enrollment.encode(&mut buffer).expect("what was read fits");
        assert_eq!(Enrollment::decode(written), Ok(enrollment));
    }
});
