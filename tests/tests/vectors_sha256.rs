//! SHA-256 as the library links it: well-known digests always, NIST's CAVP files where they are.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod vectors_support;

use sha2::{Digest as _, Sha256};
use vectors_support::{hex, shared};

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

#[test]
fn well_known_digests() {
    for (message, digest) in [
        (&b""[..], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        ),
        (&[b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        (b"\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"),
    ] {
        assert_eq!(sha256(message), hex(digest), "{} bytes", message.len());
    }
}

#[test]
fn a_digest_does_not_depend_on_how_the_message_is_fed() {
    let message: Vec<u8> = (0..=u8::MAX).collect();
    for split in 0..message.len() {
        let mut hash = Sha256::new();
        hash.update(&message[..split]);
        hash.update(&message[split..]);
        assert_eq!(hash.finalize().to_vec(), sha256(&message), "split at {split}");
    }
}

/// The values of a CAVP response file in order: name and text.
fn values(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.trim(), value.trim())).collect()
}

#[test]
fn nist_short_and_long_messages() {
    for (name, count) in [("SHA256ShortMsg.rsp", 65), ("SHA256LongMsg.rsp", 64)] {
        let Some(text) = shared(&format!("nist-sha256/{name}")) else { continue };
        let mut checked = 0;
        let mut bits = 0;
        let mut message = Vec::new();
        for (name, value) in values(&text) {
            match name {
                "Len" => bits = value.parse::<usize>().unwrap(),
                "Msg" => message = hex(value)[..bits / 8].to_vec(),
                "MD" => {
                    assert_eq!(sha256(&message), hex(value), "{bits} bits");
                    checked += 1;
                }
                _ => {}
            }
        }
        assert_eq!(checked, count, "{name}");
    }
}

#[test]
fn nist_monte_carlo() {
    let Some(text) = shared("nist-sha256/SHA256Monte.rsp") else { return };
    let mut seed = Vec::new();
    let mut checked = 0;
    for (name, value) in values(&text) {
        match name {
            "Seed" => seed = hex(value),
            "MD" => {
                // SHAVS 6.4: each of a thousand digests is over the last three.
                let mut last = [seed.clone(), seed.clone(), seed.clone()];
                for _ in 0..1_000 {
                    let digest = sha256(&last.concat());
                    last.rotate_left(1);
                    last[2] = digest;
                }
                seed = last[2].clone();
                assert_eq!(seed, hex(value), "round {checked}");
                checked += 1;
            }
            _ => {}
        }
    }
    assert_eq!(checked, 100);
}
