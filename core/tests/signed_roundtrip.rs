//! Whatever is sealed comes back; whatever comes from outside neither panics nor changes a claim.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::{Enrollment, Hwid};
use hwlicense::license::{Binding, BoundDigest, Class, ClassSet, EvidencePolicy, License, LicenseKey, Tolerance};
use hwlicense::signed::{
    Brands, Bundle, Certificate, Envelope, Kind, KindSet, Label, Payload, Revocation, RevocationList,
    RevocationListWriter, RootAction, RootChange, armor,
};
use hwlicense::time::UnixSeconds;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use support::hardware::{nameless_pc, server};
use support::{
    Key, bundle, certificate, encoded, envelope, issuer, leak_bytes, license, open, root, trust, trust_in_issuer,
};

fn text(bytes_max: usize) -> impl Strategy<Value = &'static str> {
    let alphabet = prop_oneof![4 => prop::char::range(' ', '~'), 1 => Just('é'), 1 => Just('東'), 1 => Just('🏭')];
    vec(alphabet, 0..=bytes_max).prop_map(move |characters| {
        let mut text = String::new();
        for character in characters {
            if text.len() + character.len_utf8() <= bytes_max {
                text.push(character);
            }
        }
        &*text.leak()
    })
}

fn any_extensions() -> impl Strategy<Value = Extensions<'static>> {
    btree_map(any::<u16>(), vec(any::<u8>(), 0..40), 0..=8).prop_map(|list| {
        let extension = |(tag, bytes): (u16, Vec<u8>)| Extension { tag, critical: false, bytes: leak_bytes(bytes) };
        list.into_iter().map(extension).collect()
    })
}

prop_compose! {
    fn any_hwid()(scheme: u8, bytes: [u8; 16]) -> Hwid {
        Hwid { scheme, bytes }
    }
}

fn bound_digest((component, digest): (u8, [u8; 16])) -> BoundDigest {
    let mut bound = [component; 17];
    bound[1..].copy_from_slice(&digest);
    bound
}

fn any_binding() -> impl Strategy<Value = Binding<'static>> {
    let digests = btree_set((1..=5u8, any::<[u8; 16]>()), 1..=16);
    let tolerant = (any_hwid(), any::<[u8; 16]>(), digests, 1..=255u8, any::<u16>()).prop_map(
        |(hwid, salt, digests, weight, threshold)| {
            let bound: Vec<u8> = digests.iter().map(|(component, _)| *component).collect();
            let weights: [u8; 5] = core::array::from_fn(|at| if bound.contains(&(at as u8 + 1)) { weight } else { 0 });
            let total: u16 = weights.iter().map(|weight| u16::from(*weight)).sum();
            Binding::Tolerant(Tolerance {
                hwid,
                salt,
                weights,
                mandatory: 1 << bound[0],
                threshold: threshold % total + 1,
                digests: digests.into_iter().map(bound_digest).collect::<Vec<_>>().leak(),
            })
        },
    );
    prop_oneof![any_hwid().prop_map(Binding::Strict), tolerant]
}

prop_compose! {
    fn any_license()(
        texts in (text(32), text(96), text(32)),
        numbers in (any::<[u8; 10]>(), 1..=31u16, any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>()),
        times in (any::<Option<u64>>(), any::<u64>(), 0..u64::MAX, any::<Option<u64>>()),
        features in btree_set(text(32), 0..16),
        binding in any_binding(),
        policy: (u16, u16),
        extensions in any_extensions(),
    ) -> License<'static> {
        let (key, class, count, grace_offline_s, grace_changed_s, contact_required) = numbers;
        let (maintenance_until, issued, not_before, expires) = times;
        License {
            key: LicenseKey::from_random(key),
            brand: texts.0.into(),
            class: Class(class),
            count,
            holder: texts.1.into(),
            edition: texts.2.into(),
            maintenance_until: maintenance_until.map(UnixSeconds),
            features: features.into_iter().filter(|feature| !feature.is_empty()).map(Label::from).collect(),
            binding,
            evidence: postcard::from_bytes::<EvidencePolicy>(&encoded(&policy)).unwrap(),
            issued: UnixSeconds(issued),
            not_before: UnixSeconds(not_before),
            expires: expires.map(|expires| UnixSeconds(expires.max(not_before + 1))),
            grace_offline_s,
            grace_changed_s,
            contact_required,
            extensions,
        }
    }
}

prop_compose! {
    fn any_certificate()(
        name in text(64),
        seed in 100..200u8,
        sets: (u32, u32, u32),
        brands in proptest::option::of(vec(text(32), 0..=8)),
        times: (u64, u64, u64),
        extensions in any_extensions(),
    ) -> Certificate<'static> {
        let by_roots = KindSet::of(&[Kind::Certificate, Kind::RootChange, Kind::TimeCorrection]);
        Certificate {
            algorithm: 1,
            public_key: Key::new(seed).public.bytes,
            name: name.into(),
            kinds: KindSet(sets.0 & !by_roots.0),
            brands: brands.map_or(Brands::Any, |brands| Brands::Only(brands.into_iter().map(Label::from).collect())),
            classes: ClassSet(sets.1),
            count_max: sets.2,
            issued: UnixSeconds(times.0),
            valid_from: UnixSeconds(times.1.min(times.2)),
            valid_until: UnixSeconds(times.1.max(times.2)),
            extensions,
        }
    }
}

fn any_revocation() -> impl Strategy<Value = Revocation> {
    (0..3u8, any::<[u8; 16]>(), any::<u64>()).prop_map(|(what, id, time)| {
        let key = hwlicense::signed::KeyId(id);
        match what {
            0 => Revocation::KeyRetired(key, UnixSeconds(time)),
            1 => Revocation::KeyRevoked(key),
            _ => Revocation::LicenseRevoked(LicenseKey::from_random(*id.first_chunk().unwrap())),
        }
    })
}

/// A certificate that covers every time, and all else.
fn boundless() -> Certificate<'static> {
    Certificate {
        count_max: u32::MAX,
        valid_from: UnixSeconds(0),
        valid_until: UnixSeconds(u64::MAX),
        ..certificate(&issuer())
    }
}

/// What decodes is encoded to the same bytes again.
fn reencodes<'a, T: Payload<'a>>(envelope: &Envelope<'a>, payload: &[u8]) {
    if let Ok(claims) = envelope.unverified::<T>() {
        assert_eq!(encoded(&claims), payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_licence_comes_back(license in any_license(), epoch: u32, sequence: u64) {
        let trust = support::trust_with(&[envelope(root().seal(&boundless(), 1))]);
        let sealed = envelope(issuer().seal_in_epoch(&license, epoch, sequence));
        let verified = trust.verify::<License<'_>>(&sealed).unwrap();
        prop_assert_eq!(verified.claims(), license.clone());
        prop_assert_eq!((verified.header().epoch, verified.header().sequence), (epoch, sequence));
        prop_assert_eq!(sealed.unverified::<License<'_>>().unwrap(), license);
    }

    #[test]
    fn a_certificate_comes_back(certificate in any_certificate(), sequence: u64) {
        let sealed = envelope(root().seal(&certificate, sequence));
        prop_assert_eq!(&sealed.unverified::<Certificate<'_>>().unwrap(), &certificate);
        prop_assert!(trust().admit(&sealed).is_ok());
    }

    #[test]
    fn a_revocation_list_comes_back_sorted(entries in vec(any_revocation(), 0..60), issued: u64) {
        let mut writer = RevocationListWriter::new();
        for entry in entries.iter().chain(&entries) {
            writer.push(*entry).unwrap();
        }
        let sealed = issuer().seal(&RevocationList::new(UnixSeconds(issued), &writer), 1);
        let read = Envelope::parse(&sealed).unwrap();
        let read = read.unverified::<RevocationList<'_>>().unwrap();
        let found: Vec<_> = read.entries().collect();
        prop_assert!(entries.iter().all(|entry| found.contains(entry)));
        prop_assert!(found.iter().all(|entry| entries.contains(entry)));
        let mut unique = found.clone();
        unique.dedup();
        prop_assert_eq!(&unique, &found);
        let mut again = RevocationListWriter::new();
        entries.iter().rev().for_each(|entry| again.push(*entry).unwrap());
        prop_assert_eq!(&again, &writer, "the order in which they came does not matter");
    }

    #[test]
    fn a_root_change_comes_back(action in 0..3u8, seed in 100..200u8, issued: u64, extensions in any_extensions()) {
        let action = [RootAction::Add, RootAction::Retire, RootAction::Revoke][usize::from(action)];
        let change = RootChange { extensions, ..support::root_change(action, &Key::new(seed), issued) };
        let sealed = envelope(root().seal(&change, 1));
        prop_assert_eq!(sealed.unverified::<RootChange<'_>>().unwrap(), change);
    }

    #[test]
    fn armour_comes_back(bytes in vec(any::<u8>(), 1..3_000)) {
        let mut text = vec![0; armor::ARMORED_BYTES_MAX];
        let text = armor::encode(&bytes, &mut text).unwrap();
        prop_assert!(armor::is_armored(text.as_bytes()));
        let mut decoded = vec![0; 3_000];
        prop_assert_eq!(armor::decode(text.as_bytes(), &mut decoded).unwrap(), &bytes);
    }

    #[test]
    fn a_licence_key_and_a_hwid_come_back(random: [u8; 10], hwid in any_hwid()) {
        let key = LicenseKey::from_random(random);
        prop_assert_eq!(key.to_string().parse(), Ok(key));
        prop_assert_eq!(LicenseKey::from_random(key.bytes()), key);
        prop_assert_eq!(hwid.to_string().parse(), Ok(hwid));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in vec(any::<u8>(), 0..600), text: String) {
        let _ = Envelope::parse(&bytes);
        let _ = Bundle::parse(&bytes);
        let _ = Enrollment::decode(&bytes);
        let _ = armor::decode(&bytes, &mut [0; 512]);
        let _ = text.parse::<LicenseKey>();
        let _ = text.parse::<Hwid>();
        let framed = format!("-----BEGIN HWLICENSE-----\n{text}\n-----END HWLICENSE-----\n");
        let _ = armor::decode(framed.as_bytes(), &mut [0; 512]);
    }

    #[test]
    fn arbitrary_signed_payloads_decode_in_one_form_only(payload in vec(any::<u8>(), 0..200), of_license: bool) {
        // Half of them differ from a licence in a few places.
        let mut whole = encoded(&license());
        if of_license {
            for pair in payload.chunks(40).filter(|pair| pair.len() > 1) {
                let at = usize::from(pair[0]) % whole.len();
                whole[at] = pair[1];
            }
        } else {
            whole = payload;
        }
        for kind in [Kind::Certificate, Kind::RootChange, Kind::License, Kind::RevocationList] {
            let signer = if kind.is_signed_by_root() { root() } else { issuer() };
            let sealed = envelope(signer.seal_bytes(kind.number(), &whole));
            match kind {
                Kind::Certificate => reencodes::<Certificate<'_>>(&sealed, &whole),
                Kind::RootChange => reencodes::<RootChange<'_>>(&sealed, &whole),
                Kind::License => reencodes::<License<'_>>(&sealed, &whole),
                _ => reencodes::<RevocationList<'_>>(&sealed, &whole),
            }
            let mut trust = trust_in_issuer();
            let _ = trust.admit(&sealed);
            let _ = trust.verify::<License<'_>>(&sealed);
        }
    }

    #[test]
    fn no_mutation_of_a_file_changes_a_claim(edits in vec((any::<u16>(), 0..4u8, any::<u8>()), 1..4), known: bool) {
        let chain = root().seal(&certificate(&issuer()), 1);
        let mut file = bundle(&[&issuer().seal(&license(), 1), &chain]);
        for (at, what, value) in edits {
            let at = usize::from(at) % file.len();
            match what {
                0 => file[at] = value,
                1 => file.insert(at, value),
                2 => drop(file.remove(at)),
                _ => file.rotate_left(at),
            }
        }
        let trust = if known { trust_in_issuer() } else { trust() };
        if let Ok(verified) = open(&trust, leak_bytes(file)) {
            prop_assert_eq!(verified.claims(), license());
        }
    }

    #[test]
    fn an_enrolment_comes_back_and_no_damage_to_it_is_missed(salt: u8, at: u16, bit in 0..8u8, small: bool) {
        let enrollment = if small { nameless_pc() } else { server() }.enrollment(salt);
        let mut buffer = [0; hwlicense::hwid::ENROLLMENT_BYTES_MAX];
        let written = enrollment.encode(&mut buffer).unwrap().to_vec();
        prop_assert_eq!(Enrollment::decode(&written), Ok(enrollment.clone()));
        let at = usize::from(at) % written.len();
        let mut damaged = written.clone();
        damaged[at] ^= 1 << bit;
        prop_assert!(Enrollment::decode(&damaged).is_err());
        prop_assert!(Enrollment::decode(&written[..at]).is_err());
        prop_assert!(Enrollment::decode(&[&written[..], &[0]].concat()).is_err());
        prop_assert!(enrollment.encode(&mut vec![0; at]).is_err());
    }
}
