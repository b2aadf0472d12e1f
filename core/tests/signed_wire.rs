//! Envelopes and payloads that are signed, and yet are not what the format says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::license::License;
use hwlicense::signed::{
    Certificate, Ed25519, Envelope, Kind, Label, Payload, RevocationList, RootAction, RootChange, Trust, VerifyError,
};
use support::{
    ISSUED, Key, RawEnvelope, certificate, encoded, envelope, extensions, issuer, leak_bytes, license, list, root,
    root_change, trust, trust_in_issuer, varint,
};

fn verify_license(bytes: Vec<u8>) -> Result<(), VerifyError> {
    let envelope = Envelope::parse(leak_bytes(bytes))?;
    trust_in_issuer().verify::<License<'_>>(&envelope).map(drop)
}

fn admit(trust: &mut Trust<'static, Ed25519>, bytes: Vec<u8>) -> Result<(), VerifyError> {
    trust.admit(&Envelope::parse(leak_bytes(bytes))?).map(drop)
}

/// A licence envelope before something is done to it.
fn raw() -> RawEnvelope {
    RawEnvelope { payload: encoded(&license()), ..RawEnvelope::new(&issuer()) }
}

/// The same number in one byte more than it needs, and in as many as fit.
fn overlong(number: u64, bytes_max: usize) -> Vec<Vec<u8>> {
    let mut longer = varint(number);
    let mut forms = Vec::new();
    while longer.len() < bytes_max {
        *longer.last_mut().unwrap() |= 0x80;
        longer.push(0);
        forms.push(longer.clone());
    }
    forms
}

#[test]
fn the_handmade_envelope_is_the_one_that_seal_writes() {
    assert_eq!(raw().signed(&issuer()), issuer().seal(&license(), 1));
    assert_eq!(verify_license(raw().signed(&issuer())), Ok(()));
}

#[test]
fn header_numbers_have_one_form() {
    for epoch in overlong(1, 5) {
        assert_eq!(verify_license(RawEnvelope { epoch, ..raw() }.signed(&issuer())), Err(VerifyError::Malformed));
    }
    for sequence in overlong(1, 10) {
        assert_eq!(verify_license(RawEnvelope { sequence, ..raw() }.signed(&issuer())), Err(VerifyError::Malformed));
    }
    for length in overlong(raw().payload.len() as u64, 5) {
        let raw = RawEnvelope { length: Some(length), ..raw() };
        assert_eq!(verify_license(raw.signed(&issuer())), Err(VerifyError::Malformed));
    }
    let too_wide = RawEnvelope { epoch: varint(1 << 32), ..raw() };
    assert_eq!(verify_license(too_wide.signed(&issuer())), Err(VerifyError::Malformed));
    let too_wide = RawEnvelope { sequence: vec![0xff; 10], ..raw() };
    assert_eq!(verify_license(too_wide.signed(&issuer())), Err(VerifyError::Malformed));
    let greatest = RawEnvelope { epoch: varint(u64::from(u32::MAX)), sequence: varint(u64::MAX), ..raw() };
    assert_eq!(verify_license(greatest.signed(&issuer())), Ok(()));
}

#[test]
fn a_length_that_is_not_the_payloads_is_malformed() {
    let right = raw().payload.len() as u64;
    for wrong in [0, 1, right - 1, right + 1, right + 64, right + 65, u64::from(u32::MAX), u64::MAX >> 1] {
        let raw = RawEnvelope { length: Some(varint(wrong)), ..raw() };
        assert_eq!(verify_license(raw.signed(&issuer())), Err(VerifyError::Malformed), "{wrong}");
    }
}

#[test]
fn unknown_versions_kinds_and_algorithms_are_told_apart() {
    for number in 0..=u8::MAX {
        let version = verify_license(RawEnvelope { version: number, ..raw() }.signed(&issuer()));
        assert_eq!(version, if number == 1 { Ok(()) } else { Err(VerifyError::UnsupportedVersion) });

        let algorithm = verify_license(RawEnvelope { algorithm: number, ..raw() }.signed(&issuer()));
        assert_eq!(algorithm, if number == 1 { Ok(()) } else { Err(VerifyError::UnsupportedAlgorithm) });

        let kind = verify_license(RawEnvelope { kind: number, ..raw() }.signed(&issuer()));
        let expected = match number {
            3 => Ok(()),
            1..=11 => Err(VerifyError::WrongKind),
            _ => Err(VerifyError::UnknownKind),
        };
        assert_eq!(kind, expected, "kind {number}");
    }
    let magic = RawEnvelope { magic: b"hwLicense:".to_vec(), ..raw() };
    assert_eq!(verify_license(magic.signed(&issuer())), Err(VerifyError::Malformed));
}

#[test]
fn a_certificate_for_an_unknown_algorithm_is_refused() {
    for algorithm in (0..=u8::MAX).filter(|number| *number != 1) {
        let bytes = root().seal(&Certificate { algorithm, ..certificate(&issuer()) }, 1);
        assert_eq!(admit(&mut trust(), bytes), Err(VerifyError::UnsupportedAlgorithm));
        let change = RootChange { algorithm, ..root_change(RootAction::Add, &Key::new(7), ISSUED) };
        assert_eq!(admit(&mut trust(), root().seal(&change, 1)), Err(VerifyError::UnsupportedAlgorithm));
    }
}

/// Refuses the payload in each form that differs from the canonical one by a longer byte, or by a
/// byte too many or too few.
fn only_one_form<'p, T: Payload<'p>>(payload: &T, verify: impl Fn(&[u8]) -> Result<(), VerifyError>) {
    let canonical = encoded(payload);
    assert_eq!(verify(&canonical), Ok(()));
    for position in 0..canonical.len() {
        let cut = &canonical[..position];
        assert_eq!(verify(cut), Err(VerifyError::Malformed), "{:?}, {position} bytes", T::KIND);
        let byte = canonical[position];
        let last_of_varint: &[u8] = &[byte | 0x80, 0];
        let longer = [&canonical[..position], last_of_varint, &canonical[position + 1..]].concat();
        assert_eq!(verify(&longer), Err(VerifyError::Malformed), "{:?}, longer at byte {position}", T::KIND);
    }
    for tail in [&[0][..], &[0, 0], &[1], &canonical] {
        let longer = [&canonical, tail].concat();
        assert_eq!(verify(&longer), Err(VerifyError::Malformed), "{:?} and {} bytes", T::KIND, tail.len());
    }
}

#[test]
fn signed_payloads_have_one_form() {
    let license = License { extensions: extensions(&[(1, false, b"ab"), (300, false, b"")]), ..license() };
    only_one_form(&license, |bytes| verify_license(issuer().seal_bytes(Kind::License.number(), bytes)));

    let mut whole = certificate(&issuer());
    whole.brands = hwlicense::signed::Brands::Only(["Acme", "Other"].map(Label::from).into_iter().collect());
    whole.extensions = extensions(&[(7, false, b"x")]);
    only_one_form(&whole, |bytes| admit(&mut trust(), root().seal_bytes(Kind::Certificate.number(), bytes)));

    let mut change = root_change(RootAction::Add, &Key::new(7), ISSUED);
    change.extensions = extensions(&[(7, false, b"x")]);
    only_one_form(&change, |bytes| admit(&mut trust(), root().seal_bytes(Kind::RootChange.number(), bytes)));

    let mut revocations = list(&[hwlicense::signed::Revocation::KeyRevoked(Key::new(8).public.id())]);
    revocations.extensions = extensions(&[(7, false, b"x")]);
    only_one_form(&revocations, |bytes| {
        admit(&mut trust_in_issuer(), issuer().seal_bytes(Kind::RevocationList.number(), bytes))
    });
}

#[test]
fn a_payload_of_another_kind_is_malformed_or_of_the_wrong_kind() {
    let payloads = [
        (Kind::Certificate, encoded(&certificate(&issuer()))),
        (Kind::RootChange, encoded(&root_change(RootAction::Add, &Key::new(7), ISSUED))),
        (Kind::License, encoded(&license())),
        (Kind::RevocationList, encoded(&list(&[]))),
    ];
    for (said, _) in &payloads {
        for (is, payload) in payloads.iter().filter(|(is, _)| is != said) {
            let signer = if said.is_signed_by_root() { root() } else { issuer() };
            let bytes = signer.seal_bytes(said.number(), payload);
            let result =
                if *said == Kind::License { verify_license(bytes) } else { admit(&mut trust_in_issuer(), bytes) };
            assert_eq!(result, Err(VerifyError::Malformed), "{is:?} that says it is a {said:?}");
        }
    }
    let license = envelope(issuer().seal(&license(), 1));
    let trust = trust_in_issuer();
    assert_eq!(trust.verify::<RevocationList<'_>>(&license).unwrap_err(), VerifyError::WrongKind);
    assert_eq!(trust.verify::<Certificate<'_>>(&license).unwrap_err(), VerifyError::WrongKind);
    assert_eq!(trust.clone().admit(&license), Err(VerifyError::WrongKind));
    for number in [4, 5, 6, 8, 9, 10, 11] {
        let later = issuer().seal_bytes(number, b"what a later version says");
        assert_eq!(admit(&mut trust_in_issuer(), later), Err(VerifyError::WrongKind), "kind {number}");
    }
}

#[test]
fn critical_extensions_refuse_and_others_are_passed_over() {
    for (list, expected) in [
        (&[(1, false, &b"later"[..])][..], Ok(())),
        (&[(0, false, b""), (1, false, b""), (u16::MAX, false, b"z")], Ok(())),
        (&[(1, true, b"")], Err(VerifyError::UnknownCritical)),
        (&[(1, false, b""), (2, true, b"x")], Err(VerifyError::UnknownCritical)),
        (&[(2, false, b""), (1, false, b"")], Err(VerifyError::Malformed)),
        (&[(1, false, b""), (1, false, b"")], Err(VerifyError::Malformed)),
        (&[(2, true, b""), (1, true, b"")], Err(VerifyError::Malformed)),
    ] {
        let license = License { extensions: extensions(list), ..license() };
        let bytes = issuer().seal_bytes(Kind::License.number(), &encoded(&license));
        assert_eq!(verify_license(bytes), expected, "licence {list:?}");

        let certificate = Certificate { extensions: extensions(list), ..certificate(&issuer()) };
        let bytes = root().seal_bytes(Kind::Certificate.number(), &encoded(&certificate));
        assert_eq!(admit(&mut trust(), bytes), expected, "certificate {list:?}");

        let change = RootChange { extensions: extensions(list), ..root_change(RootAction::Add, &Key::new(7), ISSUED) };
        let bytes = root().seal_bytes(Kind::RootChange.number(), &encoded(&change));
        assert_eq!(admit(&mut trust(), bytes), expected, "root change {list:?}");

        let mut revocations = support::list(&[]);
        revocations.extensions = extensions(list);
        let bytes = issuer().seal_bytes(Kind::RevocationList.number(), &encoded(&revocations));
        assert_eq!(admit(&mut trust_in_issuer(), bytes), expected, "revocation list {list:?}");
    }
}

#[test]
fn an_extension_says_critical_with_a_zero_or_a_one() {
    let license = License { extensions: extensions(&[(5, false, b"")]), ..license() };
    let payload = encoded(&license);
    // It ends with count 1, tag 5, critical 0, length 0.
    assert_eq!(payload[payload.len() - 4..], [1, 5, 0, 0]);
    for value in 2..=u8::MAX {
        let mut odd = payload.clone();
        let at = odd.len() - 2;
        odd[at] = value;
        let result = verify_license(issuer().seal_bytes(Kind::License.number(), &odd));
        assert_eq!(result, Err(VerifyError::Malformed), "{value}");
    }
}

#[test]
fn the_signature_covers_magic_and_header() {
    // A signature over the payload alone, or over everything but the magic, is none of ours.
    let sealed = issuer().seal(&license(), 1);
    let message = &sealed[..sealed.len() - 64];
    for signed in [&encoded(&license())[..], &message[10..], &message[..message.len() - 1]] {
        let forged = [message, &issuer().sign(signed)].concat();
        assert_eq!(verify_license(forged), Err(VerifyError::BadSignature));
    }
}

#[test]
fn unverified_reading_obeys_the_same_form() {
    let payload = encoded(&license());
    let whole = envelope(issuer().seal_bytes(Kind::License.number(), &payload));
    assert_eq!(whole.unverified::<License<'_>>().unwrap(), license());
    assert_eq!(whole.unverified::<Certificate<'_>>(), Err(VerifyError::WrongKind));
    let longer = envelope(issuer().seal_bytes(Kind::License.number(), &[&payload[..], &[0]].concat()));
    assert_eq!(longer.unverified::<License<'_>>(), Err(VerifyError::Malformed));
}
