//! Who may sign what: coverage of certificates, retirement, revocation, roots, order and limits.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use core::cell::Cell;

use hwlicense::hwid::{Evidence, EvidenceSet, Identity};
use hwlicense::license::{Class, ClassSet, Contact, Context, License, LicenseKey, check};
use hwlicense::signed::{
    Admitted, Brands, Bundle, Certificate, Ed25519, ISSUERS_MAX, Kind, KindSet, LISTS_MAX, Payload as _, PublicKey,
    ROOTS_MAX, Revocation, RevocationList, RootAction, SignatureAnswer, SignatureVerifier, Trust, VerifyError,
};
use hwlicense::time::{Clock, UnixSeconds};
use support::{
    BRAND, DAY, ISSUED, Key, bundle, certificate, envelope, issuer, leak_bytes, license, list, open, root, root_change,
    trust, trust_in_issuer, trust_with,
};

fn verify(trust: &Trust<'static, Ed25519>, license: &License<'_>) -> Result<(), VerifyError> {
    trust.verify::<License<'_>>(&envelope(issuer().seal(license, 1))).map(drop)
}

/// The result for a licence under a certificate, with the certificate known and with it in the file.
fn under(certificate: &Certificate<'_>, license: &License<'_>) -> Result<(), VerifyError> {
    let chain = root().seal(certificate, 1);
    let signed = issuer().seal(license, 1);
    let known = verify(&trust_with(&[envelope(chain.clone())]), license);
    let carried = open(&trust(), leak_bytes(bundle(&[&signed, &chain]))).map(drop);
    assert_eq!(known, carried);
    known
}

#[test]
fn a_certificate_covers_kind_brand_class_count_and_time() {
    let exact = Certificate {
        brands: Brands::Only([BRAND.into()].into_iter().collect()),
        classes: ClassSet::of(&[Class::PROFESSIONAL]),
        count_max: license().count,
        valid_from: UnixSeconds(ISSUED),
        valid_until: UnixSeconds(ISSUED),
        kinds: KindSet::of(&[Kind::License]),
        ..certificate(&issuer())
    };
    assert_eq!(under(&exact, &license()), Ok(()));

    for kinds in [KindSet::default(), KindSet::of(&[Kind::RevocationList, Kind::Entitlement, Kind::Lease])] {
        let narrow = Certificate { kinds, ..exact.clone() };
        assert_eq!(under(&narrow, &license()), Err(VerifyError::IssuerNotAllowedKind));
    }
    for brand in ["acme", "Acme ", "Acm", "Other", ""] {
        let other = License { brand: brand.into(), ..license() };
        assert_eq!(under(&exact, &other), Err(VerifyError::IssuerNotAllowedBrand), "{brand:?}");
    }
    let none = Certificate { brands: Brands::Only(core::iter::empty().collect()), ..exact.clone() };
    assert_eq!(under(&none, &license()), Err(VerifyError::IssuerNotAllowedBrand));
    for class in [0, 1, 3, 12, 31, 32, 34, 0x7fff, 0x8000, 0x8002, 0xffff] {
        let other = License { class: Class(class), ..license() };
        assert_eq!(under(&exact, &other), Err(VerifyError::IssuerNotAllowedClass), "class {class}");
    }
    let more = License { count: license().count + 1, ..license() };
    assert_eq!(under(&exact, &more), Err(VerifyError::IssuerNotAllowedCount));
    let most = License { count: u32::MAX, ..license() };
    assert_eq!(under(&exact, &most), Err(VerifyError::IssuerNotAllowedCount));
    for issued in [0, ISSUED - 1, ISSUED + 1, u64::MAX] {
        let other = License { issued: UnixSeconds(issued), ..license() };
        assert_eq!(under(&exact, &other), Err(VerifyError::IssuerNotAllowedTime), "{issued}");
    }
}

#[test]
fn what_is_not_covered_in_several_ways_names_the_first() {
    let narrow = Certificate {
        brands: Brands::Only(["Other".into()].into_iter().collect()),
        classes: ClassSet::default(),
        count_max: 0,
        valid_until: UnixSeconds(ISSUED - 1),
        kinds: KindSet::default(),
        ..certificate(&issuer())
    };
    let mut wider = narrow.clone();
    assert_eq!(under(&wider, &license()), Err(VerifyError::IssuerNotAllowedKind));
    wider.kinds = KindSet::of(&[Kind::License]);
    assert_eq!(under(&wider, &license()), Err(VerifyError::IssuerNotAllowedTime));
    wider.valid_until = UnixSeconds(ISSUED);
    assert_eq!(under(&wider, &license()), Err(VerifyError::IssuerNotAllowedBrand));
    wider.brands = Brands::Any;
    assert_eq!(under(&wider, &license()), Err(VerifyError::IssuerNotAllowedClass));
    wider.classes = ClassSet::ALL;
    assert_eq!(under(&wider, &license()), Err(VerifyError::IssuerNotAllowedCount));
    wider.count_max = u32::MAX;
    assert_eq!(under(&wider, &license()), Ok(()));
}

#[test]
fn only_roots_certify_and_roots_sign_nothing_else() {
    let forged = issuer().seal(&certificate(&Key::new(7)), 1);
    assert_eq!(trust_in_issuer().admit(&envelope(forged.clone())), Err(VerifyError::UnknownKey));
    let file = bundle(&[&Key::new(7).seal(&license(), 1), &forged, &root().seal(&certificate(&issuer()), 1)]);
    assert_eq!(open(&trust(), leak_bytes(file)).unwrap_err(), VerifyError::UnknownKey);

    let by_root = envelope(root().seal(&license(), 1));
    assert_eq!(trust_in_issuer().verify::<License<'_>>(&by_root).unwrap_err(), VerifyError::UnknownKey);
    let list_by_root = envelope(root().seal(&list(&[]), 1));
    assert_eq!(trust_in_issuer().admit(&list_by_root), Err(VerifyError::UnknownKey));
    let change_by_issuer = envelope(issuer().seal(&root_change(RootAction::Add, &Key::new(7), ISSUED), 1));
    assert_eq!(trust_in_issuer().admit(&change_by_issuer), Err(VerifyError::UnknownKey));
    let own = envelope(root().seal(&certificate(&root()), 1));
    assert_eq!(trust().admit(&own), Err(VerifyError::Malformed), "a root is no issuer");

    for kind in [Kind::Certificate, Kind::RootChange, Kind::TimeCorrection] {
        let greedy = Certificate { kinds: KindSet::of(&[Kind::License, kind]), ..certificate(&issuer()) };
        let bytes = root().seal_bytes(Kind::Certificate.number(), &support::encoded(&greedy));
        assert_eq!(trust().admit(&envelope(bytes)), Err(VerifyError::Malformed), "{kind:?}");
        assert_eq!(greedy.covers(kind, &greedy.claim()), Err(VerifyError::IssuerNotAllowedKind));
    }
}

#[test]
fn unknown_keys_are_told_from_bad_signatures() {
    assert_eq!(verify(&trust(), &license()), Err(VerifyError::UnknownKey));
    let stranger = envelope(Key::new(9).seal(&license(), 1));
    assert_eq!(trust_in_issuer().verify::<License<'_>>(&stranger).unwrap_err(), VerifyError::UnknownKey);
    let mut impostor = support::RawEnvelope::new(&issuer());
    impostor.payload = support::encoded(&license());
    let impostor = envelope(impostor.signed(&Key::new(9)));
    assert_eq!(trust_in_issuer().verify::<License<'_>>(&impostor).unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn retired_and_revoked_keys_and_revoked_licences_are_refused() {
    // Revocations come from a second issuer, so that the first one can be revoked by it.
    let desk = Key::new(3);
    let trust_after = |entries: &[Revocation]| {
        let chain = envelope(root().seal(&certificate(&issuer()), 1));
        let desk_chain = envelope(root().seal(&certificate(&desk), 1));
        trust_with(&[chain, desk_chain, envelope(desk.seal(&list(entries), 1))])
    };
    let id = issuer().public.id();
    assert_eq!(verify(&trust_after(&[]), &license()), Ok(()));
    assert_eq!(verify(&trust_after(&[Revocation::KeyRevoked(id)]), &license()), Err(VerifyError::KeyRevoked));
    assert_eq!(verify(&trust_after(&[Revocation::KeyRevoked(Key::new(9).public.id())]), &license()), Ok(()));
    for (retired, expected) in [
        (ISSUED + 1, Ok(())),
        (ISSUED, Ok(())),
        (ISSUED - 1, Err(VerifyError::IssuerNotAllowedTime)),
        (0, Err(VerifyError::IssuerNotAllowedTime)),
    ] {
        let trust = trust_after(&[Revocation::KeyRetired(id, UnixSeconds(retired))]);
        assert_eq!(verify(&trust, &license()), expected);
        let again =
            [Revocation::KeyRetired(id, UnixSeconds(u64::MAX)), Revocation::KeyRetired(id, UnixSeconds(retired))];
        assert_eq!(verify(&trust_after(&again), &license()), expected, "the earliest counts");
    }
    let revoked = trust_after(&[Revocation::LicenseRevoked(license().key)]);
    assert_eq!(verify(&revoked, &license()), Err(VerifyError::LicenseRevoked));
    assert!(revoked.is_license_revoked(license().key));
    let other = License { key: LicenseKey::from_random(*b"another---"), ..license() };
    assert_eq!(verify(&revoked, &other), Ok(()));
    let both = trust_after(&[Revocation::LicenseRevoked(license().key), Revocation::KeyRevoked(id)]);
    assert_eq!(verify(&both, &license()), Err(VerifyError::KeyRevoked));
}

#[test]
fn older_lists_and_certificates_do_not_come_back() {
    let revoked = Revocation::LicenseRevoked(license().key);
    let (first, second) = (list(&[]), list(&[revoked]));
    let mut trust = trust_in_issuer();
    let desk = issuer();
    assert_eq!(trust.admit(&envelope(desk.seal(&first, 5))), Ok(Admitted::RevocationList(desk.public.id())));
    assert_eq!(trust.admit(&envelope(desk.seal(&second, 6))), Ok(Admitted::RevocationList(desk.public.id())));
    assert_eq!(trust.admit(&envelope(desk.seal(&second, 6))), Ok(Admitted::Known));
    for sequence in [0, 5, 6] {
        assert_eq!(trust.admit(&envelope(desk.seal(&first, sequence))), Err(VerifyError::OutOfSequence));
        assert_eq!(verify(&trust, &license()), Err(VerifyError::LicenseRevoked));
    }
    let lower_epoch = envelope(desk.seal_in_epoch(&first, 0, u64::MAX));
    assert_eq!(trust.admit(&lower_epoch), Err(VerifyError::OutOfSequence));
    let higher_epoch = envelope(desk.seal_in_epoch(&first, 2, 0));
    assert!(trust.admit(&higher_epoch).is_ok());
    assert_eq!(verify(&trust, &license()), Ok(()));

    let narrow = Certificate { count_max: 1, ..certificate(&issuer()) };
    let mut trust = support::trust();
    assert!(trust.admit(&envelope(root().seal(&narrow, 8))).is_ok());
    let wide = root().seal(&certificate(&issuer()), 7);
    assert_eq!(trust.admit(&envelope(wide.clone())), Err(VerifyError::OutOfSequence));
    assert_eq!(verify(&trust, &license()), Err(VerifyError::IssuerNotAllowedCount));
    let replayed = leak_bytes(bundle(&[&issuer().seal(&license(), 1), &wide]));
    assert_eq!(open(&trust, replayed).unwrap_err(), VerifyError::IssuerNotAllowedCount);
    assert!(trust.admit(&envelope(root().seal(&certificate(&issuer()), 9))).is_ok());
    assert_eq!(verify(&trust, &license()), Ok(()));
}

#[test]
fn a_renewed_certificate_may_travel_in_a_file() {
    let ended = Certificate { valid_until: UnixSeconds(ISSUED - DAY), ..certificate(&issuer()) };
    let trust = trust_with(&[envelope(root().seal(&ended, 1))]);
    let file = bundle(&[&issuer().seal(&license(), 1), &root().seal(&certificate(&issuer()), 2)]);
    assert_eq!(open(&trust, leak_bytes(file)).map(drop), Ok(()), "the newer of two certificates counts");
}

#[test]
fn a_refused_envelope_changes_nothing() {
    let mut trust = trust_in_issuer();
    let before = format!("{trust:?}");
    for bytes in [
        Key::new(9).seal(&certificate(&Key::new(8)), 9),
        issuer().seal(&license(), 9),
        root().seal(&certificate(&root()), 9),
        root().seal(&root_change(RootAction::Revoke, &root(), ISSUED), 9),
        root().seal(&root_change(RootAction::Retire, &Key::new(9), ISSUED), 9),
    ] {
        assert!(trust.admit(&envelope(bytes)).is_err());
        assert_eq!(format!("{trust:?}"), before);
    }
}

#[test]
fn the_sets_are_bounded() {
    let keys: Vec<_> = (50..).map(Key::new).take(ISSUERS_MAX + 1).collect();
    let publics: Vec<PublicKey> = keys.iter().map(|key| key.public).collect();
    assert!(Trust::new(Ed25519, &publics[..ROOTS_MAX]).is_ok());
    assert_eq!(Trust::new(Ed25519, &publics[..=ROOTS_MAX]).unwrap_err(), VerifyError::Full);
    let nobody: [PublicKey; 0] = [];
    assert_eq!(Trust::new(Ed25519, nobody).unwrap_err(), VerifyError::Malformed);
    assert_eq!(Trust::new(Ed25519, [publics[0], publics[0]]).unwrap_err(), VerifyError::Malformed);

    let mut trust = trust();
    for key in &keys[..ISSUERS_MAX] {
        assert_eq!(trust.admit(&envelope(root().seal(&certificate(key), 1))), Ok(Admitted::Issuer(key.public.id())));
    }
    let one_more = envelope(root().seal(&certificate(&keys[ISSUERS_MAX]), 1));
    assert_eq!(trust.admit(&one_more), Err(VerifyError::Full));
    assert!(trust.admit(&envelope(root().seal(&certificate(&keys[0]), 2))).is_ok(), "renewing needs no room");
    for key in &keys[..LISTS_MAX] {
        assert!(trust.admit(&envelope(key.seal(&list(&[]), 1))).is_ok());
    }
    assert_eq!(trust.admit(&envelope(keys[LISTS_MAX].seal(&list(&[]), 1))), Err(VerifyError::Full));
    assert!(trust.admit(&envelope(keys[0].seal(&list(&[]), 2))).is_ok(), "a newer list needs no room");
}

#[test]
fn the_latest_signed_time_is_that_of_certificates_and_lists() {
    assert_eq!(trust().latest_signed(), UnixSeconds(0));
    let mut trust = trust_in_issuer();
    assert_eq!(trust.latest_signed(), certificate(&issuer()).issued);
    trust.admit(&envelope(issuer().seal(&list(&[]), 1))).unwrap();
    assert_eq!(trust.latest_signed(), UnixSeconds(ISSUED));
    let late = certificate(&issuer()).valid_until;
    let mut beyond = list(&[]);
    beyond.issued = late.after(1);
    let beyond = envelope(issuer().seal(&beyond, 2));
    assert_eq!(trust.admit(&beyond), Err(VerifyError::IssuerNotAllowedTime), "not beyond its certificate's end");
    assert_eq!(trust.latest_signed(), UnixSeconds(ISSUED));
}

/// Counts what it verifies.
#[derive(Default)]
struct Counting(Cell<u32>);

impl SignatureVerifier for Counting {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> SignatureAnswer {
        self.0.set(self.0.get() + 1);
        Ed25519.verify(key, message, signature)
    }
}

#[test]
fn a_check_costs_one_signature_once_the_certificate_is_known() {
    let counting = Counting::default();
    let chain = leak_bytes(root().seal(&certificate(&issuer()), 1));
    let file = leak_bytes(bundle(&[&issuer().seal(&license(), 1), chain]));
    let mut trust = Trust::new(&counting, [root().public]).unwrap();
    let cost = |trust: &Trust<'static, &Counting>| {
        counting.0.set(0);
        trust.verify_bundle::<License<'_>>(&Bundle::parse(file).unwrap()).unwrap();
        counting.0.get()
    };
    assert_eq!(cost(&trust), 2);
    trust.admit(&envelope(chain.to_vec())).unwrap();
    assert_eq!(cost(&trust), 1);
    trust.admit(&envelope(issuer().seal(&list(&[]), 1))).unwrap();
    assert_eq!(cost(&trust), 1);
    counting.0.set(0);
    assert_eq!(trust.admit(&envelope(chain.to_vec())), Ok(Admitted::Known));
    assert_eq!(counting.0.get(), 0);
}

#[test]
fn only_the_exact_answer_of_an_engine_counts() {
    struct Engine(u32);
    impl SignatureVerifier for Engine {
        fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8; 64]) -> SignatureAnswer {
            SignatureAnswer::from_word(self.0)
        }
    }
    let answered = |word| {
        let mut trust = Trust::new(Engine(word), [root().public]).unwrap();
        trust.admit(&envelope(root().seal(&certificate(&issuer()), 1))).map(drop)
    };
    let holds = SignatureAnswer::HOLDS.word();
    assert_eq!(answered(holds), Ok(()));
    for bit in 0..32 {
        assert_eq!(answered(holds ^ 1 << bit), Err(VerifyError::BadSignature));
    }
    for word in [0, 1, u32::MAX, !holds, SignatureAnswer::FAILS.word()] {
        assert_eq!(answered(word), Err(VerifyError::BadSignature));
    }
    assert_eq!(answered(SignatureAnswer::NOT_PINNED.word()), Err(VerifyError::KeyNotPinned));
    for no in [SignatureAnswer::FAILS, SignatureAnswer::NOT_PINNED] {
        assert!((holds ^ no.word()).count_ones() >= 16);
    }
    assert!(holds.count_ones() >= 8 && holds.count_zeros() >= 8);
}

#[test]
fn a_list_can_be_verified_without_taking_it_in() {
    let trust = trust_in_issuer();
    let entries = [Revocation::KeyRevoked(Key::new(9).public.id()), Revocation::LicenseRevoked(license().key)];
    let verified = trust.verify::<RevocationList<'_>>(&envelope(issuer().seal(&list(&entries), 3))).unwrap();
    assert_eq!(verified.claims().entries().collect::<Vec<_>>(), entries);
    assert_eq!(verified.header().sequence, 3);
}

#[test]
fn trust_that_has_not_begun_believes_nobody_and_then_the_same_as_any() {
    let chain = root().seal(&certificate(&issuer()), 1);
    let signed = issuer().seal(&license(), 1);
    let file = leak_bytes(bundle(&[&signed, &chain]));
    let mut trust = Trust::blank(Ed25519);
    assert_eq!(open(&trust, file).map(drop), Err(VerifyError::UnknownKey));
    assert_eq!(trust.begin::<PublicKey>([]), Err(VerifyError::Malformed));
    assert_eq!(trust.begin([root().public]), Ok(()));
    // What is believed is believed both times, or no check would grant.
    let verified = open(&trust, file).unwrap();
    let identity = Identity::known(license().binding.hwid(), EvidenceSet::EMPTY.with(Evidence::BoardSerial));
    let clock = Clock::new(None, UnixSeconds(ISSUED + DAY));
    let context = Context { identity: &identity, brand: None, clock, contact: Contact::None };
    assert!(check(&verified, &context).verdict.grant().is_some());
}
