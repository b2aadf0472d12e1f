//! Roots that are added, retired and revoked by other roots.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::license::License;
use hwlicense::signed::{Admitted, Certificate, Ed25519, ROOTS_MAX, RootAction, Trust, VerifyError};
use hwlicense::time::UnixSeconds;
use support::{DAY, ISSUED, Key, certificate, envelope, issuer, license, root, root_change, trust};

fn second() -> Key {
    Key::new(11)
}

/// Trust in two roots.
fn two_roots() -> Trust<'static, Ed25519> {
    Trust::new(Ed25519, [root().public, second().public]).unwrap()
}

fn change(
    trust: &mut Trust<'static, Ed25519>,
    by: &Key,
    action: RootAction,
    of: &Key,
    issued: u64,
) -> Result<Admitted, VerifyError> {
    trust.admit(&envelope(by.seal(&root_change(action, of, issued), 1)))
}

fn certify(trust: &mut Trust<'static, Ed25519>, by: &Key, issued: u64) -> Result<Admitted, VerifyError> {
    let issued = UnixSeconds(issued);
    trust.admit(&envelope(by.seal(&Certificate { issued, ..certificate(&issuer()) }, 1)))
}

fn verify(trust: &Trust<'static, Ed25519>) -> Result<(), VerifyError> {
    trust.verify::<License<'_>>(&envelope(issuer().seal(&license(), 1))).map(drop)
}

#[test]
fn an_added_root_certifies() {
    let mut trust = trust();
    assert_eq!(certify(&mut trust, &second(), ISSUED), Err(VerifyError::UnknownKey));
    let id = second().public.id();
    assert_eq!(change(&mut trust, &root(), RootAction::Add, &second(), ISSUED), Ok(Admitted::Root(id)));
    assert_eq!(change(&mut trust, &root(), RootAction::Add, &second(), ISSUED), Ok(Admitted::Known));
    assert_eq!(certify(&mut trust, &second(), ISSUED), Ok(Admitted::Issuer(issuer().public.id())));
    assert_eq!(verify(&trust), Ok(()));
}

#[test]
fn a_retired_root_keeps_what_it_certified_before() {
    for (issued, expected) in [
        (ISSUED - 1, Ok(Admitted::Issuer(issuer().public.id()))),
        (ISSUED, Ok(Admitted::Issuer(issuer().public.id()))),
        (ISSUED + 1, Err(VerifyError::IssuerNotAllowedTime)),
    ] {
        let mut trust = two_roots();
        let id = root().public.id();
        assert_eq!(change(&mut trust, &second(), RootAction::Retire, &root(), ISSUED), Ok(Admitted::Root(id)));
        assert_eq!(certify(&mut trust, &root(), issued), expected);
        assert_eq!(verify(&trust).is_ok(), expected.is_ok());
        let third = Key::new(12);
        let changed = change(&mut trust, &root(), RootAction::Add, &third, ISSUED - 1);
        assert_eq!(changed, Err(VerifyError::IssuerNotAllowedTime), "a retired root changes no roots");
    }
}

#[test]
fn retirement_does_not_depend_on_what_arrived_first() {
    let mut trust = two_roots();
    assert!(certify(&mut trust, &root(), ISSUED + DAY).is_ok());
    assert!(change(&mut trust, &second(), RootAction::Retire, &root(), ISSUED).is_ok());
    assert_eq!(verify(&trust), Err(VerifyError::IssuerNotAllowedTime), "certified after the root was retired");
}

#[test]
fn a_root_cannot_be_retired_later_or_brought_back() {
    let mut trust = two_roots();
    for at in [ISSUED, ISSUED + DAY] {
        assert!(change(&mut trust, &second(), RootAction::Retire, &root(), at).is_ok());
    }
    assert_eq!(certify(&mut trust, &root(), ISSUED + 1), Err(VerifyError::IssuerNotAllowedTime));
    assert!(change(&mut trust, &second(), RootAction::Retire, &root(), ISSUED - DAY).is_ok());
    assert_eq!(certify(&mut trust, &root(), ISSUED), Err(VerifyError::IssuerNotAllowedTime));

    assert!(change(&mut trust, &second(), RootAction::Revoke, &root(), ISSUED).is_ok());
    for action in [RootAction::Retire, RootAction::Add] {
        assert!(change(&mut trust, &second(), action, &root(), ISSUED + DAY).is_ok());
        assert_eq!(certify(&mut trust, &root(), 0), Err(VerifyError::KeyRevoked));
    }
}

#[test]
fn a_revoked_root_takes_its_issuers_with_it() {
    let mut trust = two_roots();
    assert!(certify(&mut trust, &root(), ISSUED - DAY).is_ok());
    assert_eq!(verify(&trust), Ok(()));
    assert!(change(&mut trust, &second(), RootAction::Revoke, &root(), ISSUED).is_ok());
    assert_eq!(verify(&trust), Err(VerifyError::KeyRevoked));
    assert_eq!(change(&mut trust, &root(), RootAction::Revoke, &second(), ISSUED), Err(VerifyError::KeyRevoked));
    let certified_again = Certificate { issued: UnixSeconds(ISSUED), ..certificate(&issuer()) };
    assert!(trust.admit(&envelope(second().seal(&certified_again, 2))).is_ok());
    assert_eq!(verify(&trust), Ok(()), "another root may certify the issuer again");
}

#[test]
fn no_root_removes_itself_so_one_is_always_left() {
    for action in [RootAction::Retire, RootAction::Revoke] {
        let mut trust = trust();
        assert_eq!(change(&mut trust, &root(), action, &root(), ISSUED), Err(VerifyError::LastRoot));
        let mut trust = two_roots();
        assert_eq!(change(&mut trust, &root(), action, &root(), ISSUED), Err(VerifyError::LastRoot));
        assert!(change(&mut trust, &root(), action, &second(), ISSUED).is_ok());
        assert!(change(&mut trust, &second(), action, &root(), ISSUED).is_err());
        assert!(certify(&mut trust, &root(), ISSUED).is_ok());
        let unknown = Key::new(13);
        assert_eq!(change(&mut trust, &root(), action, &unknown, ISSUED), Err(VerifyError::UnknownKey));
    }
}

#[test]
fn roots_are_bounded() {
    let mut trust = trust();
    for seed in 1..ROOTS_MAX as u8 {
        assert!(change(&mut trust, &root(), RootAction::Add, &Key::new(20 + seed), ISSUED).is_ok());
    }
    assert_eq!(change(&mut trust, &root(), RootAction::Add, &Key::new(40), ISSUED), Err(VerifyError::Full));
}

#[test]
fn an_issuer_does_not_become_a_root() {
    let mut trust = trust();
    assert!(certify(&mut trust, &root(), ISSUED).is_ok());
    let added = change(&mut trust, &root(), RootAction::Add, &issuer(), ISSUED);
    assert_eq!(added, Err(VerifyError::Malformed), "one key would sign certificates and licences");
}
