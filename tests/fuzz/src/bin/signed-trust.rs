//! The whole check of a hostile file: trust, bundle, certificate, revocation list, terms, verdict.
//!
//! Two engines take turns: the real one, under which nothing that a fuzzer writes is accepted, and
//! one that says yes to every signature, so that all that lies behind it is reached.

#![no_main]

#[path = "../envelope.rs"]
mod envelope;

use hwlicense::hardware::{Board, Descriptor};
use hwlicense::hwid::Machine;
use hwlicense::license::{Contact, Context, License, check, refuse};
use hwlicense::signed::{
    Bundle, BundleWriter, Certificate, Ed25519, Envelope, Kind, PublicKey, SignatureAnswer, SignatureVerifier, Trust,
    VerifyError,
};
use hwlicense::time::{Clock, UnixSeconds};
use libfuzzer_sys::fuzz_target;

/// Believes everything.
#[derive(Clone)]
struct Yes;

impl SignatureVerifier for Yes {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8; 64]) -> SignatureAnswer {
        SignatureAnswer::HOLDS
    }
}

/// The public key of RFC 8032 7.1, TEST 1.
const ROOT: PublicKey = PublicKey::ed25519([
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
    0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
]);

/// The file as a program opens it, and a report as it shows it.
fn open<'a, V: SignatureVerifier>(trust: &Trust<'a, V>, bytes: &'a [u8], now: u64) -> Result<bool, VerifyError> {
    let verified = trust.verify_bundle::<License<'_>>(&Bundle::parse(bytes)?)?;
    let board = Board { vendor: "Axis".into(), serial: "B8A44F9A3C51".into(), ..Board::default() };
    let descriptor = Descriptor { board, ..Descriptor::default() };
    let machine = Machine::read(&descriptor).expect("the descriptor is within bounds");
    let clock = Clock::new(Some(UnixSeconds(now)), UnixSeconds(now >> 1));
    let report = check(
        &verified,
        &Context { identity: machine.identity(), brand: Some("A".into()), clock, contact: Contact::None },
    );
    assert_eq!(report.verdict.grant().is_some(), report.reason.is_accepting());
    Ok(report.reason.is_accepting())
}

/// A file made of the three parts of the input: certificate, revocation list, terms.
fn wrapped(certificate: &[u8], list: &[u8], terms: &[u8]) -> Option<[Vec<u8>; 3]> {
    let chain = envelope::around(certificate, Kind::Certificate, ROOT.id());
    let issuer = Envelope::parse(&chain).ok()?.unverified::<Certificate<'_>>().ok()?.key().ok()?.id();
    let list = envelope::around(list, Kind::RevocationList, issuer);
    let terms = envelope::around(terms, Kind::License, issuer);
    Some([chain, list, terms])
}

fuzz_target!(|input: (&[u8], &[u8], &[u8], u64)| {
    let (first, second, third, now) = input;
    let strict = Trust::new(Ed25519, [ROOT]).expect("one root");
    let error = open(&strict, first, now).expect_err("nobody here has the root's private key");
    assert!(refuse(error).verdict.grant().is_none());

    let believing = Trust::new(Yes, &[ROOT]).expect("one root");
    let _ = open(&believing, first, now);

    let Some([chain, list, terms]) = wrapped(first, second, third) else { return };
    let mut file = [0; 16_384];
    let mut writer = BundleWriter::new();
    for part in [&chain, &terms] {
        writer.push(part).expect("there is room for two");
    }
    let Ok(file) = writer.write(&mut file) else { return };
    assert!(open(&strict, file, now).is_err());
    let carried = open(&believing, file, now);

    // The same file once the certificate is known gives the same answer.
    let mut knowing = believing.clone();
    if knowing.admit(&Envelope::parse(&chain).expect("it was parsed before")).is_ok() {
        assert_eq!(open(&knowing, file, now), carried);
    }
    if let Ok(list) = Envelope::parse(&list) {
        let _ = knowing.admit(&list);
        let _ = open(&knowing, file, now);
    }
});
