//! The whole check of a licence beside the bare signature verification of the same bytes, and the
//! HWID of a full descriptor: `cargo bench`.
//!
//! Compare rows within one run. The HWID is computed and the issuer's certificate verified
//! beforehand, as in a program that checks its licence again and again.

#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ed25519_dalek::{Signature, VerifyingKey};
use hwlicense::hwid::Machine;
use hwlicense::license::{Contact, Context, License, check};
use hwlicense::signed::{Bundle, Certificate, Ed25519, Kind, PublicKey, Trust};
use hwlicense::time::{Clock, UnixSeconds};
use hwlicense_fixture::{DESCRIPTOR, ISSUED, LICENSE_STRICT, LICENSE_TOLERANT, ROOT};

fn hwid(criterion: &mut Criterion) {
    criterion.bench_function("HWID of the full descriptor", |bencher| {
        bencher.iter(|| Machine::read(black_box(&DESCRIPTOR)).unwrap().hwid().unwrap());
    });
}

fn license(criterion: &mut Criterion) {
    for (name, file) in [("strict", LICENSE_STRICT), ("tolerant", LICENSE_TOLERANT)] {
        let mut group = criterion.benchmark_group(format!("{name} licence"));
        let bundle = Bundle::parse(file).unwrap();
        let certificate = bundle.only(Kind::Certificate).unwrap();
        let issuer = certificate.unverified::<Certificate<'_>>().unwrap().public_key;
        let (message, signature) = bundle.only(Kind::License).unwrap().bytes().split_last_chunk::<64>().unwrap();
        let signature = Signature::from_bytes(signature);
        group.bench_function("bare verification, key decoded each time", |bencher| {
            bencher.iter(|| {
                let key = VerifyingKey::from_bytes(black_box(&issuer)).unwrap();
                key.verify_strict(black_box(message), black_box(&signature)).unwrap();
            });
        });
        let machine = Machine::read(&DESCRIPTOR).unwrap();
        let context = Context {
            identity: machine.identity(),
            brand: Some("northgate".into()),
            clock: Clock::new(Some(UnixSeconds(ISSUED + 1000)), UnixSeconds(ISSUED)),
            contact: Contact::None,
        };
        let mut trust = Trust::new(Ed25519, [PublicKey::ed25519(ROOT)]).unwrap();
        trust.admit(&certificate).unwrap();
        group.bench_function("whole check, from bytes to verdict", |bencher| {
            bencher.iter(|| {
                let bundle = Bundle::parse(black_box(file)).unwrap();
                let license = trust.verify_bundle::<License<'_>>(&bundle).unwrap();
                assert!(check(&license, black_box(&context)).verdict.grant().is_some());
            });
        });
        group.finish();
    }
}

criterion_group!(benches, hwid, license);
criterion_main!(benches);
