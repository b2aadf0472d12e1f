//! What comes from the vendor: entitlements and revocation lists.

use hwlicense::primary::{Entitlement, ListMark, Outcome, Refusal};
use hwlicense::signed::{Revocation, VerifyError};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, ImportError, Imported};

use crate::site::{DAY, Device, Key, NOW, Site, bundle, certificate, entitlement, issuer, key, root, sqlite};

#[test]
fn an_entitlement_is_for_this_server_or_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    let good = entitlement(1, 3);
    assert_eq!(site.import(&Entitlement { ledger: [9; 16], ..good.clone() }), Err(ImportError::OtherServer));
    let other_key = Key::new(77).public().bytes;
    assert_eq!(site.import(&Entitlement { public_key: other_key, ..good.clone() }), Err(ImportError::OtherServer));
    let import = |site: &mut Site<_>, envelopes: &[&[u8]]| {
        let file = bundle(envelopes);
        site.with(|book| ledger::import_entitlement(book, &[root().public()], &file))
    };
    let signed = issuer().seal(&good, 1);
    assert_eq!(import(&mut site, &[&signed]), Err(ImportError::Verify(VerifyError::UnknownKey)));
    let forged = Key::new(3).seal(&good, 1);
    assert_eq!(import(&mut site, &[&forged, &certificate()]), Err(ImportError::Verify(VerifyError::UnknownKey)));
    for position in 0..signed.len() {
        let mut damaged = signed.clone();
        damaged[position] ^= 1;
        let mut file = bundle(&[&signed, &certificate()]);
        let start = file.windows(signed.len()).position(|window| window == signed).unwrap();
        file[start..start + signed.len()].copy_from_slice(&damaged);
        assert!(site.with(|book| ledger::import_entitlement(book, &[root().public()], &file)).is_err(), "{position}");
    }
    assert_eq!(import(&mut site, &[&signed, &certificate()]), Ok(Imported::New(key(1))));
    assert_eq!(import(&mut site, &[&signed, &certificate()]), Ok(Imported::Unchanged(key(1))));
}

#[test]
fn a_later_issue_takes_the_place_of_an_earlier_and_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 3)).unwrap();
    for number in 1..=3 {
        Device::new(number).contact(&mut site);
    }
    let smaller = Entitlement { issued: UnixSeconds(NOW), ..entitlement(1, 1) };
    assert_eq!(site.import(&smaller), Ok(Imported::Replaced(key(1))));
    assert_eq!(site.used(1), (1, 2));
    assert_eq!(site.import(&entitlement(1, 3)), Err(ImportError::Older));
    for number in 1..=3 {
        assert_eq!(Device { counter: 10, ..Device::new(number) }.contact(&mut site).outcome, Outcome::Licensed);
    }
    // The excess goes first.
    site.with(|book| ledger::move_channels(book, key(1), crate::site::hwid(1), None)).unwrap();
    assert_eq!(site.used(1), (1, 1));
    assert_eq!(Device::new(4).contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    let larger = Entitlement { issued: UnixSeconds(NOW + 1), ..entitlement(1, 3) };
    site.import(&larger).unwrap();
    assert_eq!(site.used(1), (2, 0));
    site.assert_balanced();
}

#[test]
fn what_is_revoked_is_leased_no_more_and_clients_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 3)).unwrap();
    site.import(&entitlement(2, 3)).unwrap();
    let mut camera = Device::new(1);
    assert!(!camera.contact(&mut site).has_list);
    site.revoke(1, Revocation::LicenseRevoked(key(1))).unwrap();
    assert_eq!(site.revoke(1, Revocation::LicenseRevoked(key(2))), Err(ImportError::Older));
    // The client goes over to what is still good.
    let answered = camera.contact(&mut site);
    assert!(answered.has_list);
    assert_eq!(answered.leases[0].0, key(2));
    camera.list = Some(ListMark { signer: issuer().public().id(), epoch: 1, sequence: 1 });
    assert!(!camera.contact(&mut site).has_list);
    camera.list = Some(ListMark { signer: issuer().public().id(), epoch: 1, sequence: 0 });
    assert!(camera.contact(&mut site).has_list);
    let mut other = Device::new(2);
    other.entered = Some(key(1));
    assert_eq!(other.contact(&mut site).outcome, Outcome::refused(Refusal::Revoked));
    // And it cannot come back under a later date.
    let again = Entitlement { issued: UnixSeconds(NOW + DAY), ..entitlement(1, 3) };
    assert_eq!(site.import(&again), Err(ImportError::Verify(VerifyError::LicenseRevoked)));
}

#[test]
fn an_answer_without_a_licence_carries_what_the_server_is_believed_by() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.policy.assignment = ledger::Assignment::Manual;
    site.import(&entitlement(1, 3)).unwrap();
    // Reading the answer verifies it under the enclosed entitlement.
    let answered = Device::new(1).contact(&mut site);
    assert_eq!((answered.outcome, answered.leases), (Outcome::Waiting, vec![]));
    let file = hwlicense::signed::Bundle::parse(&answered.bytes).unwrap();
    assert!(file.only(hwlicense::signed::Kind::Entitlement).is_ok());
}
