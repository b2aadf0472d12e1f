//! The whole check of a licence, and the bare verification of the same bytes beside it.
//!
//! Done beforehand, and not counted: reading the machine, and verifying the issuer's certificate,
//! as in firmware that checks again and again.

use core::hint::black_box;

use hwlicense::hwid::Machine;
use hwlicense::license::{Contact, Context, License, check};
use hwlicense::signed::{Bundle, Certificate, Ed25519, Kind, PublicKey, SIGNATURE_BYTES, Trust};
use hwlicense::time::{Clock, UnixSeconds};
use hwlicense_fixture::{DESCRIPTOR, ISSUED, ROOT};

use crate::report;

/// Calls counted; their instructions together stay far below what the timer can count.
const REPEATS: u32 = 4;
/// The time of the check: 30 days after the licences were issued, within the terms of both.
const NOW: UnixSeconds = UnixSeconds(ISSUED + 30 * 86_400);

/// Counts parsing, key lookup, signature, binding and terms.
///
/// # Panics
/// If the licence is refused.
pub fn report_check(license: &'static [u8]) {
    let descriptor = DESCRIPTOR;
    let machine = Machine::read(&descriptor).expect("the fixture obeys the bounds");
    machine.hwid().expect("the fixture is unique");
    let mut trust = Trust::new(Ed25519, [PublicKey::ed25519(ROOT)]).expect("one root fits");
    let certificate = parse(license).only(Kind::Certificate).expect("the fixture carries its certificate");
    trust.admit(&certificate).expect("the root signed it");
    let context = Context {
        identity: machine.identity(),
        brand: Some("northgate".into()),
        clock: Clock::new(Some(NOW), NOW),
        contact: Contact::None,
    };
    report(REPEATS, || {
        let bundle = parse(black_box(license));
        let license = trust.verify_bundle::<License<'_>>(&bundle).expect("the issuer signed it");
        check(&license, black_box(&context)).verdict.grant().expect("the licence is good on this machine")
    });
}

/// Counts the strict verification of the licence's signature alone, decoding of the key included.
///
/// # Panics
/// If the signature does not hold.
pub fn report_signature(license: &'static [u8]) {
    let bundle = parse(license);
    let key = bundle
        .only(Kind::Certificate)
        .and_then(|certificate| certificate.unverified::<Certificate<'_>>())
        .expect("the fixture carries its certificate")
        .public_key;
    let envelope = bundle.only(Kind::License).expect("the fixture holds one licence").bytes();
    let (message, signature) = envelope.split_last_chunk::<SIGNATURE_BYTES>().expect("the signature comes last");
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    report(REPEATS, || {
        ed25519_dalek::VerifyingKey::from_bytes(black_box(&key))
            .and_then(|key| key.verify_strict(black_box(message), black_box(&signature)))
            .expect("the issuer signed it")
    });
}

fn parse(bundle: &[u8]) -> Bundle<'_> {
    Bundle::parse(bundle).expect("the fixture is a bundle")
}
