//! Each bounded field at its greatest size, and one beyond it: refused when sealing, and refused
//! when somebody signs it all the same.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use heapless::Vec as List;
use hwlicense::extension::{EXTENSIONS_MAX, Extension};
use hwlicense::hwid::Hwid;
use hwlicense::license::{
    BOUND_DIGESTS_MAX, BRAND_BYTES_MAX, Binding, BoundDigest, EDITION_BYTES_MAX, FEATURE_BYTES_MAX, FEATURES_MAX,
    HOLDER_BYTES_MAX, License, Tolerance,
};
use hwlicense::signed::{
    BRANDS_MAX, Brands, Certificate, ENVELOPE_BYTES_MAX, Envelope, Kind, Label, NAME_BYTES_MAX, Payload,
    REVOCATIONS_MAX, Revocation, RevocationListWriter, SealError, VerifyError, seal,
};
use hwlicense::time::UnixSeconds;
use serde::Serialize;
use support::{
    ISSUED, Key, SOME_HWID, certificate, encoded, extensions, issuer, leak, leak_bytes, license, list, root, trust,
    trust_in_issuer,
};

fn verify_license(payload: &[u8]) -> Result<(), VerifyError> {
    let bytes = issuer().seal_bytes(Kind::License.number(), payload);
    trust_in_issuer().verify::<License<'_>>(&Envelope::parse(leak_bytes(bytes))?).map(drop)
}

fn admit(signer: &Key, kind: Kind, payload: &[u8]) -> Result<(), VerifyError> {
    let bytes = signer.seal_bytes(kind.number(), payload);
    let mut trust = if kind == Kind::Certificate { trust() } else { trust_in_issuer() };
    trust.admit(&Envelope::parse(leak_bytes(bytes))?).map(drop)
}

fn seals<'p, T: Payload<'p>>(payload: &T) -> Result<(), SealError> {
    let key = issuer();
    let header = key.header(T::KIND, 1);
    seal(header, payload, &mut [0; ENVELOPE_BYTES_MAX], |message| key.sign(message)).map(drop)
}

fn good_license(license: &License<'_>) {
    assert_eq!(seals(license), Ok(()));
    assert_eq!(verify_license(&encoded(license)), Ok(()));
}

fn bad_license(license: &License<'_>) {
    assert_eq!(seals(license), Err(SealError::NotWellFormed));
    assert_eq!(verify_license(&encoded(license)), Err(VerifyError::Malformed));
}

fn text(bytes: usize) -> &'static str {
    "x".repeat(bytes).leak()
}

#[test]
fn texts_of_a_licence() {
    for (bytes_max, with) in [
        (BRAND_BYTES_MAX, (|text| License { brand: text.into(), ..license() }) as fn(&'static str) -> License<'static>),
        (HOLDER_BYTES_MAX, |text| License { holder: text.into(), ..license() }),
        (EDITION_BYTES_MAX, |text| License { edition: text.into(), ..license() }),
        (FEATURE_BYTES_MAX, |text| License { features: [text.into()].into_iter().collect(), ..license() }),
    ] {
        good_license(&with(text(1)));
        good_license(&with(text(bytes_max)));
        bad_license(&with(text(bytes_max + 1)));
        bad_license(&with(text(2_000)));
        // The bound is one of bytes, not of characters.
        good_license(&with("ü".repeat(bytes_max / 2).leak()));
        bad_license(&with("ü".repeat(bytes_max / 2 + 1).leak()));
    }
    good_license(&License {
        brand: Label::default(),
        holder: Label::default(),
        edition: Label::default(),
        features: [].into_iter().collect(),
        ..license()
    });
    bad_license(&License { features: ["".into()].into_iter().collect(), ..license() });
}

/// Control characters, and all that Unicode calls Bidi_Control, with the line separators.
#[test]
fn texts_hold_nothing_that_makes_a_screen_lie() {
    let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
    let bidi = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter().chain('\u{202a}'..='\u{202e}');
    let others = ('\u{2066}'..='\u{2069}').chain(['\u{2028}', '\u{2029}', '\u{feff}']);
    for character in controls.chain(bidi).chain(others) {
        let holder = Label::from(&*format!("Harbour{character}Authority").leak());
        let found = verify_license(&encoded(&License { holder, ..license() }));
        assert_eq!(found, Err(VerifyError::Malformed), "U+{:04X}", u32::from(character));
        bad_license(&License { holder, ..license() });
    }
    good_license(&License { holder: "Zürich – Ελλάδα 東京 קיבוץ 🏭".into(), ..license() });
}

#[test]
fn features_ascend_and_occur_once() {
    let features =
        |names: &[&'static str]| License { features: names.iter().copied().map(Label::from).collect(), ..license() };
    good_license(&features(&["a", "aa", "b"]));
    bad_license(&features(&["b", "a"]));
    bad_license(&features(&["a", "a"]));
    let names: Vec<&'static str> = (0..FEATURES_MAX).map(|n| &*format!("feature-{n:02}").leak()).collect();
    good_license(&features(&names));
}

/// The fields of a licence with lists that are longer than a licence has room for.
fn oversized(features: &[&'static str], binding: &impl Serialize, extensions: &[Extension<'static>]) -> Vec<u8> {
    let terms = license();
    let features: List<&str, 20> = features.iter().copied().collect();
    let extensions: List<Extension<'_>, 20> = extensions.iter().copied().collect();
    let head = (terms.key, terms.brand, terms.class, terms.count, terms.holder, terms.edition, terms.maintenance_until);
    let tail = (terms.grace_offline_s, terms.grace_changed_s, terms.contact_required, extensions);
    encoded(&(head, features, binding, terms.evidence, terms.issued, terms.not_before, terms.expires, tail))
}

#[test]
fn a_list_has_no_room_for_one_more() {
    let names: Vec<&'static str> = (0..=FEATURES_MAX).map(|n| &*format!("f{n:02}").leak()).collect();
    let many: Vec<Extension<'_>> =
        (0..=EXTENSIONS_MAX as u16).map(|tag| Extension { tag, critical: false, bytes: b"" }).collect();
    let strict = license().binding;
    assert_eq!(oversized(&["failover", "video-wall"], &strict, &[]), encoded(&license()), "the fields are these");
    assert_eq!(verify_license(&oversized(&names[1..], &strict, &many[1..])), Ok(()));
    assert_eq!(verify_license(&oversized(&names, &strict, &[])), Err(VerifyError::Malformed));
    assert_eq!(verify_license(&oversized(&[], &strict, &many)), Err(VerifyError::Malformed));
}

#[test]
fn a_payload_of_nothing_but_extensions_is_bounded_too() {
    let mut change = support::root_change(hwlicense::signed::RootAction::Add, &Key::new(7), ISSUED);
    change.extensions = (0..EXTENSIONS_MAX as u16).map(|tag| Extension { tag, critical: false, bytes: b"" }).collect();
    let payload = encoded(&change);
    assert_eq!(admit(&root(), Kind::RootChange, &payload), Ok(()));
    let mut more = encoded(&support::root_change(hwlicense::signed::RootAction::Add, &Key::new(7), ISSUED));
    assert_eq!(more.pop(), Some(0), "no extensions");
    more.push(EXTENSIONS_MAX as u8 + 1);
    (0..=EXTENSIONS_MAX as u8).for_each(|tag| more.extend([tag, 0, 0]));
    assert_eq!(admit(&root(), Kind::RootChange, &more), Err(VerifyError::Malformed));
}

fn digest(component: u8, first: u8) -> BoundDigest {
    let mut digest = [first; 17];
    digest[0] = component;
    digest
}

fn tolerance() -> Tolerance<'static> {
    Tolerance {
        hwid: SOME_HWID,
        salt: [9; 16],
        weights: [50, 0, 0, 20, 0],
        mandatory: 1 << 1,
        threshold: 60,
        digests: leak([digest(1, 1), digest(4, 1), digest(4, 2)]),
    }
}

#[test]
fn a_tolerant_binding_obeys_its_bounds() {
    let with = |change: fn(&mut Tolerance<'static>)| {
        let mut tolerance = tolerance();
        change(&mut tolerance);
        License { binding: Binding::Tolerant(tolerance), ..license() }
    };
    good_license(&with(|_| {}));
    good_license(&with(|tolerance| tolerance.threshold = 70));
    good_license(&with(|tolerance| tolerance.threshold = 1));
    good_license(&with(|tolerance| tolerance.weights = [255, 0, 0, 255, 0]));
    bad_license(&with(|tolerance| tolerance.threshold = 71));
    bad_license(&with(|tolerance| tolerance.threshold = 0));
    bad_license(&with(|tolerance| tolerance.mandatory = 0));
    bad_license(&with(|tolerance| tolerance.mandatory |= 1));
    bad_license(&with(|tolerance| tolerance.mandatory |= 1 << 6));
    bad_license(&with(|tolerance| tolerance.mandatory |= 1 << 2));
    bad_license(&with(|tolerance| tolerance.weights[0] = 0));
    bad_license(&with(|tolerance| tolerance.weights[1] = 10));
    let with_digests = |digests: Vec<BoundDigest>| {
        let tolerance = Tolerance { digests: digests.leak(), ..tolerance() };
        License { binding: Binding::Tolerant(tolerance), ..license() }
    };
    let (board, nic, other_nic) = (digest(1, 1), digest(4, 1), digest(4, 2));
    bad_license(&with_digests(vec![]));
    bad_license(&with_digests(vec![nic, board, other_nic]));
    bad_license(&with_digests(vec![board, other_nic, nic]));
    bad_license(&with_digests(vec![board, other_nic, other_nic]));
    bad_license(&with_digests(vec![board, nic, other_nic, digest(6, 0)]));
    bad_license(&with_digests(vec![digest(0, 1), nic, other_nic]));

    let full =
        with_digests([board].into_iter().chain((1..BOUND_DIGESTS_MAX as u8).map(|first| digest(4, first))).collect());
    good_license(&full);
    let digests: List<BoundDigest, 20> =
        [digest(1, 1)].into_iter().chain((0..BOUND_DIGESTS_MAX as u8).map(|first| digest(4, first))).collect();
    let Tolerance { hwid, salt, weights, mandatory, threshold, .. } = tolerance();
    let one_more = (1u8, (hwid, salt, weights, mandatory, threshold, digests));
    assert_eq!(verify_license(&oversized(&[], &one_more, &[])), Err(VerifyError::Malformed));
    let unknown = (2u8, Hwid { scheme: 3, bytes: [0; 16] });
    assert_eq!(verify_license(&oversized(&[], &unknown, &[])), Err(VerifyError::Malformed), "a third kind of binding");
}

#[test]
fn a_licence_key_is_checked_and_a_term_is_not_empty() {
    let mut payload = encoded(&license());
    payload[0] ^= 1;
    assert_eq!(verify_license(&payload), Err(VerifyError::Malformed));
    let until = |expires: u64| License { expires: Some(UnixSeconds(expires)), ..license() };
    good_license(&until(ISSUED + 1));
    bad_license(&until(ISSUED));
    bad_license(&until(0));
}

#[test]
fn a_certificate_obeys_its_bounds() {
    let good = |certificate: Certificate<'_>| {
        assert_eq!(seals(&certificate), Ok(()));
        assert_eq!(admit(&root(), Kind::Certificate, &encoded(&certificate)), Ok(()));
    };
    let bad = |certificate: Certificate<'_>| {
        assert_eq!(seals(&certificate), Err(SealError::NotWellFormed));
        assert_eq!(admit(&root(), Kind::Certificate, &encoded(&certificate)), Err(VerifyError::Malformed));
    };
    let base = || certificate(&issuer());
    good(Certificate { name: Label::default(), ..base() });
    good(Certificate { name: text(NAME_BYTES_MAX).into(), ..base() });
    bad(Certificate { name: text(NAME_BYTES_MAX + 1).into(), ..base() });
    bad(Certificate { name: "line\nbreak".into(), ..base() });
    good(Certificate { brands: Brands::Only([text(BRAND_BYTES_MAX).into()].into_iter().collect()), ..base() });
    bad(Certificate { brands: Brands::Only([text(BRAND_BYTES_MAX + 1).into()].into_iter().collect()), ..base() });
    good(Certificate { valid_from: UnixSeconds(7), valid_until: UnixSeconds(7), ..base() });
    bad(Certificate { valid_from: UnixSeconds(8), valid_until: UnixSeconds(7), ..base() });

    let brands: Vec<&'static str> = (0..=BRANDS_MAX).map(|n| &*format!("brand {n}").leak()).collect();
    good(Certificate { brands: Brands::Only(brands[1..].iter().copied().map(Label::from).collect()), ..base() });
    let whole = base();
    let nine: List<&str, 9> = brands.into_iter().collect();
    let head = (whole.algorithm, whole.public_key, whole.name, whole.kinds, 1u8, nine);
    let tail = (whole.classes, whole.count_max, whole.issued, whole.valid_from, whole.valid_until, whole.extensions);
    assert_eq!(admit(&root(), Kind::Certificate, &encoded(&(head, tail))), Err(VerifyError::Malformed));
}

#[test]
fn a_revocation_list_obeys_its_bounds() {
    let key = |n: u8| Revocation::KeyRevoked(Key::new(n).public.id());
    let full: Vec<_> = (0..REVOCATIONS_MAX as u8).map(key).collect();
    let mut writer = RevocationListWriter::new();
    for entry in &full {
        writer.push(*entry).unwrap();
        writer.push(*entry).unwrap();
    }
    assert_eq!(writer.push(key(200)), Err(SealError::TooLarge));
    assert_eq!(seals(&list(&full)), Ok(()));
    assert_eq!(list(&full).entries().count(), REVOCATIONS_MAX);

    let signed = |entries: &[Vec<u8>]| {
        let entries = entries.concat();
        let mut payload = support::varint(ISSUED);
        payload.extend(support::varint(entries.len() as u64));
        payload.extend(entries);
        payload.push(0);
        admit(&issuer(), Kind::RevocationList, &payload)
    };
    let entry = |what: u8, id: u8, time: u64| [&[what][..], &[id; 16], &time.to_le_bytes()].concat();
    let license = [&[3][..], &license().key.bytes(), &[0; 14]].concat();
    assert_eq!(signed(&[]), Ok(()));
    assert_eq!(signed(&[entry(1, 5, ISSUED), entry(2, 5, 0), license.clone()]), Ok(()));
    let entries: Vec<_> = (0..=REVOCATIONS_MAX as u8).map(|id| entry(2, id, 0)).collect();
    assert_eq!(signed(&entries[1..]), Ok(()));
    let mut padded = license.clone();
    padded[11] = 1;
    for bad in [
        &entries[..],
        &[entry(2, 6, 0), entry(2, 5, 0)],
        &[entry(2, 5, 0), entry(2, 5, 0)],
        &[entry(2, 5, 1)],
        &[entry(0, 5, 0)],
        &[entry(4, 5, 0)],
        &[entry(2, 5, 0), vec![2]],
        &[padded],
        &[license, entry(2, 5, 0)],
    ] {
        assert_eq!(signed(bad), Err(VerifyError::Malformed));
    }
}

#[test]
fn an_envelope_has_a_greatest_size() {
    let with = |bytes: usize| License { extensions: extensions(&[(1, false, leak(vec![7; bytes]))]), ..license() };
    let overhead = issuer().seal(&with(2_000), 1).len() - 2_000;
    let greatest = with(ENVELOPE_BYTES_MAX - overhead);
    let sealed = issuer().seal(&greatest, 1);
    assert_eq!(sealed.len(), ENVELOPE_BYTES_MAX);
    assert_eq!(verify_license(&encoded(&greatest)), Ok(()));

    let larger = with(ENVELOPE_BYTES_MAX - overhead + 1);
    let mut room = vec![0; 2 * ENVELOPE_BYTES_MAX];
    let key = issuer();
    let refused = seal(key.header(Kind::License, 1), &larger, &mut room, |message| key.sign(message));
    assert_eq!(refused.map(drop), Err(SealError::TooLarge));
    assert_eq!(verify_license(&encoded(&larger)), Err(VerifyError::TooLarge));
    assert_eq!(Envelope::parse(&vec![0; ENVELOPE_BYTES_MAX + 1]), Err(VerifyError::TooLarge));
    assert_eq!(Envelope::parse(&vec![0; ENVELOPE_BYTES_MAX]), Err(VerifyError::Malformed));
    for room in 0..sealed.len() {
        let mut small = vec![0; room];
        let refused = seal(key.header(Kind::License, 1), &greatest, &mut small, |message| key.sign(message));
        assert_eq!(refused.map(drop), Err(SealError::TooLarge), "{room} bytes of room");
    }
}
