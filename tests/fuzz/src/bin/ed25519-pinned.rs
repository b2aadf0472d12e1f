//! Tables of pinned Ed25519 keys against dalek's `verify_strict`: keys as they come, where they can be
//! pinned, and honest signatures with damage.

#![no_main]

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hwlicense_ed25519::{Pinned4, Pinned6, PinnedTable, TablePoint};
use libfuzzer_sys::fuzz_target;

/// The answer of dalek, and of the table if there is one.
fn holds(pinned: Option<&Pinned4>, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let dalek = VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok());
    if let Some(pinned) = pinned {
        assert_eq!(pinned.verify(message, signature).is_ok(), dalek);
    }
    dalek
}

fuzz_target!(|input: ([u8; 32], [u8; 32], [u8; 32], [u8; 32], &[u8])| {
    let (key, secret, mut r, mut s, message) = input;
    let mut signature = [0; 64];
    let join = |signature: &mut [u8; 64], r: &[u8; 32], s: &[u8; 32]| {
        signature.iter_mut().zip(r.iter().chain(s)).for_each(|(byte, half)| *byte = *half);
    };
    join(&mut signature, &r, &s);
    let pinned = Pinned4::generate(&key).ok();
    assert!(pinned.is_none() || VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak()));
    holds(pinned.as_ref(), &key, message, &signature);

    // A private key, and the other two parts as damage to its signature.
    let signer = SigningKey::from_bytes(&secret);
    let key = signer.verifying_key().to_bytes();
    let pinned = Pinned4::generate(&key).expect("an honest key can be pinned");
    let honest = signer.sign(message);
    assert!(holds(Some(&pinned), &key, message, &honest.to_bytes()));
    let words = Pinned6::generate(&key).expect("and so it can").words();
    let points: Vec<TablePoint> = words.iter().map(TablePoint::from_words).collect();
    let table = PinnedTable::new(&key, Pinned6::BASE, &points).expect("32 points are a table");
    let (first, second) = message.split_at(message.len() / 2);
    assert_eq!(table.verify_parts(&[first, second], &honest.to_bytes()), Ok(()));
    let damaged = r != [0; 32] || s != [0; 32];
    r.iter_mut().zip(honest.r_bytes()).for_each(|(byte, honest)| *byte ^= honest);
    s.iter_mut().zip(honest.s_bytes()).for_each(|(byte, honest)| *byte ^= honest);
    join(&mut signature, &r, &s);
    assert_eq!(holds(Some(&pinned), &key, message, &signature), !damaged);
});
