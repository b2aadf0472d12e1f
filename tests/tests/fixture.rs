//! The fixture's licences are what these seeds give, and are valid on the fixture's machine.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::Extensions;
use hwlicense::hwid::{Enrollment, Machine};
use hwlicense::license::{
    Binding, BoundDigests, Class, ClassSet, Contact, Context, EvidencePolicy, GRACE_OFFLINE_S, License, LicenseKey,
    Reason, Tolerance, Weights, check,
};
use hwlicense::signed::{
    Algorithm, BUNDLE_BYTES_MAX, Brands, Bundle, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Ed25519, Header, Kind,
    KindSet, Label, Payload, PublicKey, Trust, seal,
};
use hwlicense::time::{Clock, UnixSeconds};
use hwlicense_fixture::{DESCRIPTOR, ISSUED, ISSUER, LICENSE_STRICT, LICENSE_TOLERANT, ROOT};

const YEAR_S: u64 = 31_536_000;

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::ed25519(key.verifying_key().to_bytes())
}

fn sealed<'p, T: Payload<'p>>(signer: &SigningKey, payload: &T) -> Vec<u8> {
    let header =
        Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id: public(signer).id(), epoch: 0, sequence: 1 };
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    seal(header, payload, &mut buffer, |message| signer.sign(message).to_bytes()).unwrap().to_vec()
}

fn license(binding: Binding<'_>) -> License<'_> {
    let issued = UnixSeconds(ISSUED);
    License {
        key: LicenseKey::from_random([0x5a, 0x11, 0xc3, 0x70, 0x09, 0xee, 0x42, 0x8d, 0x36, 0x00]),
        brand: "northgate".into(),
        class: Class::PROFESSIONAL,
        count: 16,
        holder: "Harbour Authority, Pier 7".into(),
        edition: "standard".into(),
        maintenance_until: Some(issued.after(YEAR_S)),
        features: heapless::Vec::from_slice(&["analytics", "failover"].map(Label::from)).unwrap(),
        binding,
        evidence: EvidencePolicy::default(),
        issued,
        not_before: issued,
        expires: Some(issued.after(YEAR_S)),
        grace_offline_s: GRACE_OFFLINE_S,
        grace_changed_s: 0,
        contact_required: false,
        extensions: Extensions::new(),
    }
}

/// Compares with the committed file, or writes it when `HWLICENSE_BLESS` is set.
fn settle(name: &str, made: &[u8], committed: &[u8]) {
    if std::env::var_os("HWLICENSE_BLESS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixture/src").join(name), made).unwrap();
    } else {
        assert_eq!(made, committed, "{name} is not what its seeds give; HWLICENSE_BLESS=1 writes it again");
    }
}

#[test]
fn the_licences_are_what_the_seeds_give_and_are_valid() {
    let (root, issuer) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let issued = UnixSeconds(ISSUED);
    let certificate = sealed(
        &root,
        &Certificate {
            algorithm: Algorithm::Ed25519.number(),
            public_key: public(&issuer).bytes,
            name: "Northgate licence desk".into(),
            kinds: KindSet::of(&[Kind::License, Kind::RevocationList]),
            brands: Brands::Only(heapless::Vec::from_slice(&["northgate".into()]).unwrap()),
            classes: ClassSet::ALL,
            count_max: 1024,
            issued,
            valid_from: issued,
            valid_until: issued.after(YEAR_S),
            extensions: Extensions::new(),
        },
    );
    let machine = Machine::read(&DESCRIPTOR).unwrap();
    let enrollment = Enrollment::new(&machine, [7; 16]).unwrap();
    let digests = BoundDigests::of(&enrollment);
    let tolerance = Tolerance::of(&enrollment, &digests, Weights::default()).unwrap();
    settle("root.key", &public(&root).bytes, &ROOT);
    settle("issuer.key", &public(&issuer).bytes, &ISSUER);
    for (name, binding, committed) in [
        ("license-strict.hwl", Binding::Strict(machine.hwid().unwrap()), LICENSE_STRICT),
        ("license-tolerant.hwl", Binding::Tolerant(tolerance), LICENSE_TOLERANT),
    ] {
        let envelope = sealed(&issuer, &license(binding));
        let mut bundle = BundleWriter::new();
        bundle.push(&envelope).unwrap();
        bundle.push(&certificate).unwrap();
        let mut buffer = vec![0; BUNDLE_BYTES_MAX];
        let made = bundle.write(&mut buffer).unwrap();
        settle(name, made, committed);

        let trust = Trust::new(Ed25519, [public(&root)]).unwrap();
        let license = trust.verify_bundle::<License<'_>>(&Bundle::parse(made).unwrap()).unwrap();
        let context = Context {
            identity: machine.identity(),
            brand: Some("northgate".into()),
            clock: Clock::new(Some(issued.after(1000)), issued),
            contact: Contact::None,
        };
        let report = check(&license, &context);
        assert_eq!(report.reason, Reason::Valid);
        assert!(report.verdict.grant().is_some());
    }
}
