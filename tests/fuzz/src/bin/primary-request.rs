//! Requests to a Primary Server: what is read is written again as the same bytes.

#![no_main]

use hwlicense::primary::{Authentication, Authenticator, Secret, SignedRequest, write_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], [u8; 32])| {
    let (body, secret) = input;
    let secret = Secret::new(secret);
    let Ok(read) = SignedRequest::parse(body) else { return };
    let mut buffer = [0; 65_536];
    let with = match read.authenticator() {
        Authenticator::None => Authentication::None,
        Authenticator::Client(_) => Authentication::Client(&secret),
        Authenticator::Administrator(_) => Authentication::Administrator(&secret),
    };
    let written = write_request(&read.request, with, &mut buffer).expect("what was read is within bounds");
    assert_eq!(written.len(), body.len());
    // They differ in the authenticator at most, and only if it was made with another secret.
    let again = SignedRequest::parse(written).expect("what was written is read");
    assert_eq!(again.request, read.request);
    assert_eq!(again.verifies(&secret), with != Authentication::None);
    assert_eq!(written == body, with == Authentication::None || read.verifies(&secret));
});
