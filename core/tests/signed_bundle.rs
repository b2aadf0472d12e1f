//! Files that were cut, damaged, lengthened or put together wrongly: none of them is accepted.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::license::{Reason, refuse};
use hwlicense::signed::{
    BUNDLE_BYTES_MAX, Bundle, BundleWriter, ENVELOPES_MAX, Ed25519, Envelope, Kind, SealError, Trust, VerifyError,
    armor,
};
use support::{
    Key, bundle, certificate, envelope, issuer, leak_bytes, license, list, open, root, trust, trust_in_issuer, varint,
};

/// A licence with its certificate, as the licence desk sends it.
fn file() -> Vec<u8> {
    let license = issuer().seal(&license(), 1);
    let certificate = root().seal(&certificate(&issuer()), 1);
    bundle(&[&license, &certificate])
}

/// The trust of a program that saw the certificate before, and of one that did not.
fn trusts() -> [(&'static str, Trust<'static, Ed25519>); 2] {
    [("certificate known", trust_in_issuer()), ("certificate new", trust())]
}

/// No damage makes one of the reasons that blame something else than the file.
fn is_of_damage(error: VerifyError) -> bool {
    matches!(
        error,
        VerifyError::Malformed
            | VerifyError::UnsupportedVersion
            | VerifyError::UnsupportedAlgorithm
            | VerifyError::UnknownKind
            | VerifyError::WrongKind
            | VerifyError::UnknownKey
            | VerifyError::BadSignature
    )
}

fn open_leaked(trust: &Trust<'static, Ed25519>, bytes: Vec<u8>) -> Result<(), VerifyError> {
    open(trust, leak_bytes(bytes)).map(drop)
}

#[test]
fn the_untouched_file_is_accepted() {
    for (name, trust) in trusts() {
        let verified = open(&trust, leak_bytes(file())).unwrap();
        assert_eq!(verified.claims(), license(), "{name}");
        assert_eq!(verified.header(), issuer().header(Kind::License, 1), "{name}");
    }
}

#[test]
fn every_truncation_is_malformed() {
    let file = leak_bytes(file());
    for (name, trust) in trusts() {
        for length in 0..file.len() {
            let error = open(&trust, &file[..length]).unwrap_err();
            assert_eq!(error, VerifyError::Malformed, "{name}, {length} bytes");
        }
    }
}

#[test]
fn every_truncation_of_one_envelope_is_malformed() {
    let whole = issuer().seal(&license(), 1);
    for length in 0..whole.len() {
        assert_eq!(Envelope::parse(&whole[..length]), Err(VerifyError::Malformed), "{length} bytes");
        let cut = leak_bytes(bundle(&[&whole[..length]]));
        assert_eq!(open(&trust_in_issuer(), cut).unwrap_err(), VerifyError::Malformed, "{length} bytes");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let file = file();
    for (name, trust) in trusts() {
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let error = open_leaked(&trust, damaged).expect_err(&format!("{name}, bit {bit} was accepted"));
            assert!(is_of_damage(error), "{name}, bit {bit}: {error:?}");
            let report = refuse(error);
            assert!(report.verdict.grant().is_none() && !report.reason.is_accepting());
        }
    }
}

#[test]
fn every_byte_of_a_signed_part_is_covered_by_its_signature() {
    let sealed = issuer().seal(&license(), 1);
    let trust = trust_in_issuer();
    let message = sealed.len() - 64;
    let mut refused_by_signature = 0;
    for position in 0..sealed.len() {
        for value in 0..=u8::MAX {
            if value == sealed[position] || (position >= message && value % 16 != 0) {
                continue;
            }
            let mut damaged = sealed.clone();
            damaged[position] = value;
            let error = Envelope::parse(leak_bytes(damaged))
                .and_then(|envelope| trust.verify::<hwlicense::license::License<'_>>(&envelope).map(drop))
                .unwrap_err();
            assert!(is_of_damage(error), "byte {position} = {value}: {error:?}");
            refused_by_signature += u32::from(error == VerifyError::BadSignature);
        }
    }
    assert!(refused_by_signature > 10_000, "only {refused_by_signature} reached the signature");
}

#[test]
fn every_truncation_of_the_armoured_file_is_refused() {
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let file = file();
    let text = armor::encode(&file, &mut buffer).unwrap().to_owned();
    let mut decoded = vec![0; BUNDLE_BYTES_MAX];
    assert_eq!(armor::decode(text.as_bytes(), &mut decoded).unwrap(), file);
    for length in 0..text.len() {
        match armor::decode(&text.as_bytes()[..length], &mut decoded) {
            Err(error) => assert_eq!(error, armor::ArmorError::Malformed, "{length} bytes"),
            // Mail programs take the last line end away; nothing is lost with it.
            Ok(bytes) => assert!(length + 1 == text.len() && bytes == file, "{length} bytes"),
        }
    }
}

#[test]
fn every_flipped_bit_of_the_armoured_file_is_refused_or_changes_nothing() {
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let file = file();
    let text = armor::encode(&file, &mut buffer).unwrap().as_bytes().to_vec();
    let trust = trust();
    let mut accepted = Vec::new();
    for bit in 0..text.len() * 8 {
        let mut damaged = text.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let mut decoded = vec![0; BUNDLE_BYTES_MAX];
        let Ok(bytes) = armor::decode(&damaged, &mut decoded) else { continue };
        if bytes == file {
            accepted.push((char::from(text[bit / 8]), damaged[bit / 8]));
            continue;
        }
        open_leaked(&trust, bytes.to_vec()).expect_err(&format!("bit {bit} was accepted"));
    }
    // Only a line end may be written in another way.
    assert!(accepted.iter().all(|&(was, is)| was == '\n' && matches!(is, b'\r' | b' ' | b'\t')), "{accepted:?}");
}

#[test]
fn armour_is_read_strictly() {
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let file = file();
    let text = armor::encode(&file, &mut buffer).unwrap().to_owned();
    let decode = |text: &str| armor::decode(text.as_bytes(), &mut vec![0; BUNDLE_BYTES_MAX]).map(<[u8]>::to_vec);
    assert_eq!(decode(&text.replace('\n', "\r\n")), Ok(file.clone()));
    for bad in [
        format!(" {text}"),
        format!("\n{text}"),
        format!("Dear customer,\n{text}"),
        format!("{text}{text}"),
        format!("{text}x"),
        format!("\u{feff}{text}"),
        text.replace("HWLICENSE", "CERTIFICATE"),
        text.replace("HWLICENSE", "HWLICENCE"),
        text.replacen("-----END HWLICENSE", "-----END HWLICENCE", 1),
        text.replacen("-----\n", "-----\nComment: hello\n\n", 1),
        text.replacen('\n', "", 2),
        text.replacen("-----\n", "-----\nAAAA", 1),
    ] {
        assert_eq!(decode(&bad), Err(armor::ArmorError::Malformed), "{bad}");
    }
    let small = &mut vec![0; file.len() - 1];
    assert_eq!(armor::decode(text.as_bytes(), small), Err(armor::ArmorError::TooLarge));
    let long = "A".repeat(armor::ARMORED_BYTES_MAX + 1);
    assert_eq!(decode(&long), Err(armor::ArmorError::TooLarge));
    assert_eq!(armor::encode(&file, &mut [0; 64]), Err(armor::ArmorError::TooLarge));
}

#[test]
fn the_largest_bundle_survives_armour() {
    let largest = vec![0xa5; BUNDLE_BYTES_MAX];
    let mut buffer = vec![0; armor::ARMORED_BYTES_MAX];
    let text = armor::encode(&largest, &mut buffer).unwrap().replace('\n', "\r\n");
    assert!(text.len() <= armor::ARMORED_BYTES_MAX);
    let mut decoded = vec![0; BUNDLE_BYTES_MAX];
    assert_eq!(armor::decode(text.as_bytes(), &mut decoded).unwrap(), largest);
}

#[test]
fn trailing_bytes_are_malformed_wherever_they_are() {
    for (name, trust) in trusts() {
        for tail in [&[0][..], &[0; 64], b"\n", &file()] {
            let error = open_leaked(&trust, [file().as_slice(), tail].concat()).unwrap_err();
            assert_eq!(error, VerifyError::Malformed, "{name}");
            let sealed = [issuer().seal(&license(), 1).as_slice(), tail].concat();
            let certificate = root().seal(&certificate(&issuer()), 1);
            assert!(open_leaked(&trust, bundle(&[&sealed, &certificate])).is_err(), "{name}");
        }
    }
}

#[test]
fn what_a_bundle_holds_twice_or_besides_is_refused() {
    let (signed, other) = (issuer().seal(&license(), 1), issuer().seal(&license(), 2));
    let chain = root().seal(&certificate(&issuer()), 1);
    let revocations = issuer().seal(&list(&[]), 1);
    let unsigned = Key::new(9).seal(&certificate(&Key::new(8)), 1);
    for (envelopes, expected) in [
        (&[&signed[..], &chain, &chain][..], VerifyError::Malformed),
        (&[&signed, &signed, &chain], VerifyError::Malformed),
        (&[&signed, &other, &chain], VerifyError::Malformed),
        (&[&chain], VerifyError::WrongKind),
        (&[&signed, &chain, &revocations], VerifyError::WrongKind),
        (&[&signed, &chain, &unsigned], VerifyError::UnknownKey),
        (&[], VerifyError::Malformed),
        (&[&[]], VerifyError::Malformed),
    ] {
        for (name, trust) in trusts() {
            assert_eq!(open_leaked(&trust, bundle(envelopes)), Err(expected), "{name}");
        }
    }
    let unrelated = root().seal(&certificate(&Key::new(8)), 1);
    for (name, trust) in trusts() {
        let file = bundle(&[&chain, &unrelated, &signed]);
        assert_eq!(open_leaked(&trust, file), Ok(()), "{name}: any order, and certificates of others");
    }
}

#[test]
fn a_known_revocation_list_may_travel_in_a_file() {
    let chain = root().seal(&certificate(&issuer()), 1);
    let revocations = issuer().seal(&list(&[]), 1);
    let mut trust = trust_in_issuer();
    trust.admit(&envelope(revocations.clone())).unwrap();
    let file = bundle(&[&issuer().seal(&license(), 1), &chain, &revocations]);
    assert_eq!(open_leaked(&trust, file), Ok(()));
}

#[test]
fn the_header_of_a_bundle_is_fixed() {
    let file = file();
    let with = |at: usize, value: u8| {
        let mut bytes = file.clone();
        bytes[at] = value;
        Bundle::parse(leak_bytes(bytes)).map(drop)
    };
    assert_eq!(with(0, b'h'), Err(VerifyError::Malformed));
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        assert_eq!(with(4, version), Err(VerifyError::UnsupportedVersion));
    }
    for count in (0..=u8::MAX).filter(|count| *count != 2) {
        assert_eq!(with(5, count), Err(VerifyError::Malformed), "{count} envelopes");
    }
    let overlong = [&file[..5], &[0x82, 0x00], &file[6..]].concat();
    assert_eq!(Bundle::parse(&overlong), Err(VerifyError::Malformed));
    let length = varint(issuer().seal(&license(), 1).len() as u64);
    assert_eq!(&file[6..6 + length.len()], length);
    let mut longer = length.clone();
    *longer.last_mut().unwrap() |= 0x80;
    longer.push(0);
    let overlong = [&file[..6], &longer, &file[6 + length.len()..]].concat();
    assert_eq!(Bundle::parse(&overlong), Err(VerifyError::Malformed));
}

#[test]
fn a_bundle_has_a_greatest_size_and_count() {
    let sealed: Vec<_> = (0..=ENVELOPES_MAX as u64).map(|sequence| issuer().seal(&license(), sequence)).collect();
    let mut writer = BundleWriter::new();
    for envelope in &sealed[..ENVELOPES_MAX] {
        writer.push(envelope).unwrap();
    }
    assert_eq!(writer.push(&sealed[ENVELOPES_MAX]), Err(SealError::TooLarge));
    let mut buffer = vec![0; BUNDLE_BYTES_MAX];
    let written = writer.write(&mut buffer).unwrap();
    assert_eq!(Bundle::parse(written).unwrap().envelopes().count(), ENVELOPES_MAX);
    assert_eq!(writer.write(&mut [0; 100]), Err(SealError::TooLarge));

    let mut nine = b"HWLB\x01\x09".to_vec();
    for envelope in &sealed {
        nine.extend(varint(envelope.len() as u64));
        nine.extend(envelope);
    }
    assert_eq!(Bundle::parse(&nine), Err(VerifyError::Malformed));
    assert_eq!(Bundle::parse(&vec![0; BUNDLE_BYTES_MAX]), Err(VerifyError::Malformed));
    assert_eq!(Bundle::parse(&vec![0; BUNDLE_BYTES_MAX + 1]), Err(VerifyError::TooLarge));
}

#[test]
fn a_bundle_of_exactly_the_greatest_size_is_read() {
    let sized = |sequence: u64, bytes: usize| {
        let mut raw = support::RawEnvelope::new(&issuer());
        raw.sequence = varint(sequence);
        let room = bytes - raw.signed(&issuer()).len() - 1;
        raw.payload = vec![0; room];
        let sealed = raw.signed(&issuer());
        assert_eq!(sealed.len(), bytes);
        sealed
    };
    // Magic, version and count, and five lengths of two bytes.
    let rest = BUNDLE_BYTES_MAX - 6 - 5 * 2 - 4 * 4000;
    for (last, expected) in [(rest, true), (rest + 1, false)] {
        let parts: Vec<_> = (0..4).map(|sequence| sized(sequence, 4000)).chain([sized(9, last)]).collect();
        let mut file = b"HWLB\x01\x05".to_vec();
        for part in &parts {
            file.extend(varint(part.len() as u64));
            file.extend(part);
        }
        assert_eq!(file.len() == BUNDLE_BYTES_MAX, expected);
        assert_eq!(
            Bundle::parse(&file).map(|bundle| bundle.envelopes().count()),
            if expected { Ok(5) } else { Err(VerifyError::TooLarge) }
        );
    }
}

#[test]
fn each_error_has_its_reason() {
    for error in VerifyError::ALL {
        let report = refuse(*error);
        assert!(!report.reason.is_accepting() && report.verdict.grant().is_none(), "{error:?}");
        assert_eq!(report.cause, Some(*error));
        assert_ne!(report.reason, Reason::Valid);
        assert!(!report.next_step().is_empty() && !error.message().is_empty() && !error.code().is_empty());
    }
}
