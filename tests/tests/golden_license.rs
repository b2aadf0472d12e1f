//! The core against the golden vectors of licences and licence keys.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use hwlicense::license::{License, LicenseKey, LicenseKeyError};
use hwlicense::signed::{Bundle, Ed25519, PublicKey, Trust};
use hwlicense::time::UnixSeconds;
use hwlicense_tests::vectors::{array, bytes, hex, list, load, maybe, text};
use hwlicense_tests::verdict::differences;

#[test]
fn licences_have_their_verdicts() {
    let wrong = differences(&load("license.json"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn terms_are_read_as_they_were_written() {
    let file = load("license.json");
    let (terms, keys) = (&file["terms"], &file["keys"]);
    let case = list(&file, "cases").iter().find(|case| text(case, "name") == "strict").unwrap();
    let blob = bytes(text(case, "file"));
    let bundle = Bundle::parse(&blob).unwrap();
    let mut trust = Trust::new(Ed25519, [PublicKey::ed25519(array(text(keys, "root")))]).unwrap();
    for envelope in bundle.envelopes().skip(1) {
        trust.admit(&envelope).unwrap();
    }
    let verified = trust.verify::<License<'_>>(&bundle.envelopes().next().unwrap()).unwrap();
    let license = verified.claims();
    let number = |name: &str| terms[name].as_u64().unwrap();
    assert_eq!(license.key.to_string(), text(terms, "key"));
    assert_eq!((license.brand.as_str(), license.holder.as_str()), (text(terms, "brand"), text(terms, "holder")));
    assert_eq!((license.edition.as_str(), u64::from(license.class.0)), (text(terms, "edition"), number("class")));
    assert_eq!(u64::from(license.count), number("count"));
    assert_eq!(license.maintenance_until, Some(UnixSeconds(number("maintenance_until"))));
    let features: Vec<&str> = list(terms, "features").iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(license.features, features[..]);
    assert_eq!(u64::from(license.evidence.required().bits()), number("evidence_required"));
    assert_eq!(u64::from(license.evidence.accepted().bits()), number("evidence_accepted"));
    assert_eq!((license.issued.0, license.not_before.0), (number("issued"), number("not_before")));
    assert_eq!(license.expires, None);
    assert_eq!(u64::from(license.grace_offline_s), number("grace_offline_s"));
    assert_eq!(u64::from(license.grace_changed_s), number("grace_changed_s"));
    assert!(!license.contact_required && license.extensions.is_empty());
    let header = verified.header();
    assert_eq!(header.key_id.to_string(), text(keys, "issuer-id"));
    assert_eq!((header.epoch, header.sequence), (0, 7));
}

#[test]
fn key_ids_are_those_of_the_keys() {
    let keys = &load("license.json")["keys"];
    for name in ["root", "issuer"] {
        let key = PublicKey::ed25519(array(text(keys, name)));
        assert_eq!(key.id().to_string(), text(keys, &format!("{name}-id")));
    }
}

#[test]
fn licence_keys_read_and_write() {
    let file = load("license-key.json");
    for case in list(&file, "from-random") {
        let key = LicenseKey::from_random(array(text(case, "random")));
        assert_eq!(hex(&key.bytes()), text(case, "bytes"));
        assert_eq!(key.to_string(), text(case, "text"));
    }
    for case in list(&file, "texts") {
        let found = text(case, "text").parse::<LicenseKey>();
        match maybe(case, "bytes") {
            Some(bytes) => assert_eq!(hex(&found.unwrap().bytes()), bytes, "{case}"),
            None if text(case, "error") == "check" => assert_eq!(found, Err(LicenseKeyError::Check), "{case}"),
            None => assert_eq!(found, Err(LicenseKeyError::Format), "{case}"),
        }
    }
}
