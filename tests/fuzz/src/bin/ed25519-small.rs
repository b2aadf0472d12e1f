//! The small Ed25519 verifier against dalek's `verify_strict`: bytes as they come, and honest
//! signatures with damage.

#![no_main]

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hwlicense_ed25519::{verify, verify_parts};
use libfuzzer_sys::fuzz_target;

/// The answer of both.
fn holds(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let dalek = VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok());
    assert_eq!(verify(key, message, signature).is_ok(), dalek);
    dalek
}

fuzz_target!(|input: ([u8; 32], [u8; 32], [u8; 32], &[u8])| {
    let (mut key, mut r, mut s, message) = input;
    let mut signature = [0; 64];
    let join = |signature: &mut [u8; 64], r: &[u8; 32], s: &[u8; 32]| {
        signature.iter_mut().zip(r.iter().chain(s)).for_each(|(byte, half)| *byte = *half);
    };
    join(&mut signature, &r, &s);
    holds(&key, message, &signature);

    // The first part as a private key; the other two as damage to its signature.
    let signer = SigningKey::from_bytes(&key);
    key = signer.verifying_key().to_bytes();
    let honest = signer.sign(message);
    assert!(holds(&key, message, &honest.to_bytes()));
    let (first, second) = message.split_at(message.len() / 2);
    assert_eq!(verify_parts(&key, &[first, second], &honest.to_bytes()), Ok(()));
    let damaged = r != [0; 32] || s != [0; 32];
    r.iter_mut().zip(honest.r_bytes()).for_each(|(byte, honest)| *byte ^= honest);
    s.iter_mut().zip(honest.s_bytes()).for_each(|(byte, honest)| *byte ^= honest);
    join(&mut signature, &r, &s);
    assert_eq!(holds(&key, message, &signature), !damaged);
});
