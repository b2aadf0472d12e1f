//! The small Ed25519 verifier against dalek's `verify_strict`: whatever one accepts, both accept, and
//! so do the tables of a pinned key, where the key has any.
//!
//! Published vectors are in `vectors_ed25519.rs`, which asks both verifiers, too. Here are cases
//! made from a seed: honest signatures and everything near them. `HWLICENSE_LONG=1` asks for ten
//! million cases, `HWLICENSE_SEED` for another seed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, VerifyingKey};
use hwlicense_ed25519::{
    FAILS, HOLDS, Pinned4, Pinned5, Pinned6, PinnedKey, PinnedTable, Refused, TablePoint, Unpinnable, answer_parts,
    verify, verify_parts,
};
use hwlicense_tests::random::Random;
use sha2::{Digest as _, Sha512};

/// Cases of an ordinary run.
const CASES: u64 = 12_000;
/// Cases of a run that was asked to be long.
const CASES_LONG: u64 = 10_000_000;

/// The answer of both.
fn holds(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let dalek = VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok());
    let small = verify(key, message, signature);
    assert_eq!(small.is_ok(), dalek, "{small:?}: key {key:02x?}, message {message:02x?}, signature {signature:02x?}");
    assert_eq!(answer_parts(key, &[message], signature), if dalek { HOLDS } else { FAILS });
    dalek
}

/// The table of a key, of any size, and that of the base point.
struct Pinned {
    key: [u8; 32],
    base: &'static [TablePoint],
    points: Vec<TablePoint>,
}

impl Pinned {
    /// Tables with combs of 4, 5 or 6 teeth.
    fn new(key: &[u8; 32], teeth: usize) -> Result<Self, Unpinnable> {
        fn pinned<const ENTRIES: usize>(key: &[u8; 32]) -> Result<Pinned, Unpinnable> {
            let words = PinnedKey::<ENTRIES>::generate(key)?.words();
            let points = words.iter().map(TablePoint::from_words).collect();
            Ok(Pinned { key: *key, base: PinnedKey::<ENTRIES>::BASE, points })
        }
        match teeth {
            4 => pinned::<8>(key),
            5 => pinned::<16>(key),
            _ => pinned::<32>(key),
        }
    }

    fn table(&self) -> PinnedTable<'_> {
        PinnedTable::new(&self.key, self.base, &self.points).unwrap()
    }

    fn verify_parts(&self, parts: &[&[u8]], signature: &[u8; 64]) -> Result<(), Refused> {
        self.table().verify_parts(parts, signature)
    }

    /// The answer of all three.
    fn holds(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let expected = holds(&self.key, message, signature);
        let found = self.verify_parts(&[message], signature);
        assert_eq!(
            found.is_ok(),
            expected,
            "{found:?}: pinned {:02x?}, message {message:02x?}, signature {signature:02x?}",
            self.key
        );
        let answer = self.table().answer_parts(&[message], signature);
        assert_eq!(answer, if expected { HOLDS } else { FAILS });
        expected
    }
}

/// What a generator of tables has to say to a key, by dalek's arithmetic.
fn why_unpinnable(key: &[u8; 32]) -> Option<Unpinnable> {
    let Some(point) = CompressedEdwardsY(*key).decompress() else {
        // Without its sign a y of p or more is above every y that is below p.
        let mut y = *key;
        y[31] &= 0x7f;
        let canonical = y[31] < 0x7f || y[0] < 0xed || y[1..31].iter().any(|byte| *byte != 0xff);
        return Some(if canonical { Unpinnable::NotAPoint } else { Unpinnable::NotCanonical });
    };
    if point.compress().0 != *key {
        Some(Unpinnable::NotCanonical)
    } else if point.is_small_order() {
        Some(Unpinnable::SmallOrder)
    } else {
        (!point.is_torsion_free()).then_some(Unpinnable::NotPrimeOrder)
    }
}

fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    [r, s].concat().try_into().unwrap()
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest([&r[..], key, message].concat()).into())
}

fn bytes<const N: usize>(random: &mut Random) -> [u8; N] {
    core::array::from_fn(|_| random.next() as u8)
}

fn scalar(random: &mut Random) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&bytes(random))
}

/// The number of 32 bytes plus `times` the order; `None` beyond 256 bits.
fn plus_order(s: &[u8; 32], times: u32) -> Option<[u8; 32]> {
    // The order is one more than its greatest scalar.
    let order = (-Scalar::ONE).to_bytes();
    let mut carry = times;
    let mut sum = [0; 32];
    for ((sum, s), order) in sum.iter_mut().zip(s).zip(order) {
        carry += u32::from(*s) + u32::from(order) * times;
        *sum = carry as u8;
        carry >>= 8;
    }
    (carry == 0).then_some(sum)
}

/// All encodings whose y is not below p = 2^255 - 19, and those of x = 0 with a sign.
fn odd_encodings() -> Vec<[u8; 32]> {
    let with = |low: u8, middle: u8, high: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (low, high);
        bytes
    };
    let mut encodings = vec![with(1, 0, 0x80), with(0xec, 0xff, 0xff)];
    for low in 0xed..=0xff {
        encodings.extend([with(low, 0xff, 0x7f), with(low, 0xff, 0xff)]);
    }
    encodings
}

/// All encodings of the points of small order.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let odd = odd_encodings().into_iter().filter(|encoding| {
        let point = CompressedEdwardsY(*encoding).decompress();
        point.is_some_and(|point| point.is_small_order())
    });
    EIGHT_TORSION.iter().map(|point| point.compress().0).chain(odd).collect()
}

/// Somebody who signs, and whose key is pinned.
struct Signer {
    a: Scalar,
    point: EdwardsPoint,
    pinned: Pinned,
}

impl Signer {
    fn new(random: &mut Random) -> Self {
        let a = scalar(random);
        let point = EdwardsPoint::mul_base(&a);
        let teeth = 4 + usize::try_from(random.next() % 3).unwrap();
        Self { a, point, pinned: Pinned::new(&point.compress().0, teeth).unwrap() }
    }
}

/// What the cases are made with, and how many were accepted.
struct Cases {
    random: Random,
    signer: Signer,
    small: Vec<[u8; 32]>,
    odd: Vec<[u8; 32]>,
    made: u64,
    accepted: u64,
}

impl Cases {
    fn new(seed: u64) -> Self {
        let (small, odd) = (small_order_encodings(), odd_encodings());
        assert_eq!((small.len(), odd.len()), (14, 40));
        let mut random = Random::new(seed);
        let signer = Signer::new(&mut random);
        Self { random, signer, small, odd, made: 0, accepted: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn ask(&mut self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        let pinned = &self.signer.pinned;
        let found = if *key == pinned.key { pinned.holds(message, signature) } else { holds(key, message, signature) };
        self.made += 1;
        self.accepted += u64::from(found);
        found
    }

    fn torsion(&mut self) -> EdwardsPoint {
        EIGHT_TORSION[self.below(8)]
    }

    /// An honest signature and what an attacker may make of it.
    fn round(&mut self) {
        let length = self.below(301);
        let message: Vec<u8> = (0..length).map(|_| self.random.next() as u8).collect();
        // Tables take as long as some verifications.
        if self.below(8) == 0 {
            self.signer = Signer::new(&mut self.random);
        }
        let (a, honest_a, key) = (self.signer.a, self.signer.point, self.signer.pinned.key);
        let r = scalar(&mut self.random);
        let honest_r = EdwardsPoint::mul_base(&r);
        let r_bytes = honest_r.compress().0;
        let s = (r + challenge(&r_bytes, &key, &message) * a).to_bytes();
        let signature = joined(r_bytes, s);
        assert!(self.ask(&key, &message, &signature), "an honest signature");
        let split = self.below(length + 1);
        let parts = [&message[..split], &[], &message[split..]];
        assert_eq!(verify_parts(&key, &parts, &signature), Ok(()));
        assert_eq!(self.signer.pinned.verify_parts(&parts, &signature), Ok(()));

        // One bit of each.
        let bit = self.below(512);
        let mut damaged = signature;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(!self.ask(&key, &message, &damaged), "bit {bit} of the signature");
        let bit = self.below(256);
        let mut damaged = key;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(!self.ask(&damaged, &message, &signature), "bit {bit} of the key");
        if length > 0 {
            let bit = self.below(length * 8);
            let mut damaged = message.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!self.ask(&key, &damaged, &signature), "bit {bit} of the message");
        }

        // The same S in other words, and other S.
        let times = u32::try_from(self.below(15)).unwrap() + 1;
        if let Some(more) = plus_order(&s, times) {
            assert!(!self.ask(&key, &message, &joined(r_bytes, more)), "S + {times} L");
            assert_eq!(verify(&key, &message, &joined(r_bytes, more)), Err(Refused::Scalar));
            let found = self.signer.pinned.verify_parts(&[&message], &joined(r_bytes, more));
            assert_eq!(found, Err(Refused::Scalar));
        }
        let other = match self.below(4) {
            0 => [0; 32],
            1 => (-Scalar::ONE).to_bytes(),
            2 => plus_order(&[0; 32], times).unwrap(),
            _ => bytes(&mut self.random),
        };
        self.ask(&key, &message, &joined(r_bytes, other));

        // The other sign of R, signed as if it were this one: only the comparison of R sees it.
        let negative = (-honest_r).compress().0;
        let s = (r + challenge(&negative, &key, &message) * a).to_bytes();
        assert!(!self.ask(&key, &message, &joined(negative, s)), "R with the other sign");

        // Small order: the equation holds where the attacker can make it hold.
        let (index, other) = (self.below(14), self.below(14));
        let (small_a, small_r) = (self.small[index], self.small[other]);
        assert!(!self.ask(&small_a, &message, &joined(r_bytes, r.to_bytes())), "small A {index}");
        assert!(!self.ask(&small_a, &message, &joined(small_r, [0; 32])), "small A {index}, small R {other}");
        let s = (challenge(&small_r, &key, &message) * a).to_bytes();
        assert!(!self.ask(&key, &message, &joined(small_r, s)), "small R {other}");

        // Mixed order, with and without what makes the equation hold.
        let (key_torsion, r_torsion) = (self.torsion(), self.torsion());
        let mixed_key = (honest_a + key_torsion).compress().0;
        let mixed_r = (honest_r + r_torsion).compress().0;
        let k = challenge(&mixed_r, &mixed_key, &message);
        let s = (r + k * a).to_bytes();
        let expected = key_torsion * k + r_torsion == EIGHT_TORSION[0];
        assert_eq!(self.ask(&mixed_key, &message, &joined(mixed_r, s)), expected, "mixed order");

        // Encodings that are not canonical, of either.
        let index = self.below(40);
        let odd = self.odd[index];
        self.ask(&odd, &message, &signature);
        self.ask(&key, &message, &joined(odd, s));
        let (key, signature) = (bytes(&mut self.random), bytes(&mut self.random));
        self.ask(&key, &message, &signature);
    }
}

#[test]
fn both_verifiers_give_one_answer() {
    let long = std::env::var_os("HWLICENSE_LONG").is_some_and(|value| value == "1");
    let total = if long { CASES_LONG } else { CASES };
    let seed: u64 = std::env::var("HWLICENSE_SEED").map_or(8032, |seed| seed.parse().unwrap());
    println!("both_verifiers_give_one_answer: HWLICENSE_SEED={seed}, {total} cases");
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let workers: Vec<_> = (0..threads)
        .map(|index| {
            std::thread::spawn(move || {
                let mut cases = Cases::new(seed.wrapping_add(index << 32));
                while cases.made < total.div_ceil(threads) {
                    cases.round();
                }
                (cases.made, cases.accepted)
            })
        })
        .collect();
    let counts = workers.into_iter().map(|worker| worker.join().unwrap());
    let (made, accepted) = counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    // One honest signature and about an eighth of a mixed one in 16 cases.
    assert!(made >= total && accepted > made / 17, "{accepted} of {made}");
}

#[test]
fn every_bit_of_a_signature_and_its_key_matters() {
    let mut random = Random::new(64);
    let (a, r) = (scalar(&mut random), scalar(&mut random));
    let (key, r_bytes) = (EdwardsPoint::mul_base(&a).compress().0, EdwardsPoint::mul_base(&r).compress().0);
    let message: [u8; 40] = bytes(&mut random);
    let signature = joined(r_bytes, (r + challenge(&r_bytes, &key, &message) * a).to_bytes());
    assert!(holds(&key, &message, &signature));
    let pinned = [4, 5, 6].map(|teeth| Pinned::new(&key, teeth).unwrap());
    assert!(pinned.iter().all(|pinned| pinned.holds(&message, &signature)));
    for bit in 0..(64 + 32 + 40) * 8 {
        let (mut key, mut message, mut signature) = (key, message, signature);
        let (index, mask) = (bit / 8, 1 << (bit % 8));
        match index {
            0..64 => signature[index] ^= mask,
            64..96 => key[index - 64] ^= mask,
            _ => message[index - 96] ^= mask,
        }
        assert!(!holds(&key, &message, &signature), "bit {bit}");
        if !(64..96).contains(&index) {
            assert!(!pinned.iter().any(|pinned| pinned.holds(&message, &signature)), "bit {bit}");
        }
    }
}

#[test]
fn every_length_of_message_up_to_300() {
    let mut random = Random::new(300);
    let a = scalar(&mut random);
    let key = EdwardsPoint::mul_base(&a).compress().0;
    let pinned = Pinned::new(&key, 5).unwrap();
    let message: [u8; 301] = bytes(&mut random);
    let r = scalar(&mut random);
    let r_bytes = EdwardsPoint::mul_base(&r).compress().0;
    for length in 0..=300 {
        let part = &message[..length];
        let signature = joined(r_bytes, (r + challenge(&r_bytes, &key, part) * a).to_bytes());
        assert!(pinned.holds(part, &signature), "{length} bytes");
        assert!(!pinned.holds(&message[..length + 1], &signature), "{length} bytes and one more");
    }
}

#[test]
fn messages_of_megabytes() {
    let mut random = Random::new(1 << 22);
    let signer = Signer::new(&mut random);
    let pattern: [u8; 251] = bytes(&mut random);
    let message: Vec<u8> = pattern.iter().copied().cycle().take((3 << 20) + 77).collect();
    let r = scalar(&mut random);
    let r_bytes = EdwardsPoint::mul_base(&r).compress().0;
    let s = r + challenge(&r_bytes, &signer.pinned.key, &message) * signer.a;
    let signature = joined(r_bytes, s.to_bytes());
    assert!(signer.pinned.holds(&message, &signature));
    let parts: Vec<&[u8]> = message.chunks(65_521).collect();
    assert_eq!(signer.pinned.verify_parts(&parts, &signature), Ok(()));
    assert!(!signer.pinned.holds(&message[1..], &signature));
}

#[test]
fn every_odd_or_small_encoding_against_every_other() {
    let encodings: Vec<_> = small_order_encodings().into_iter().chain(odd_encodings()).collect();
    for key in &encodings {
        for r in &encodings {
            for s in [[0; 32], Scalar::ONE.to_bytes()] {
                assert!(!holds(key, b"message", &joined(*r, s)));
            }
        }
    }
}

#[test]
fn a_refusal_says_what_was_wrong() {
    let mut random = Random::new(3);
    let (a, r) = (scalar(&mut random), scalar(&mut random));
    let (key, r_bytes) = (EdwardsPoint::mul_base(&a).compress().0, EdwardsPoint::mul_base(&r).compress().0);
    let s = (r + challenge(&r_bytes, &key, b"message") * a).to_bytes();
    assert_eq!(verify(&key, b"message", &joined(r_bytes, s)), Ok(()));
    assert_eq!(verify(&key, b"Message", &joined(r_bytes, s)), Err(Refused::Signature));
    assert_eq!(verify(&key, b"message", &joined(r_bytes, [0xff; 32])), Err(Refused::Scalar));
    for small in small_order_encodings() {
        assert_eq!(verify(&small, b"message", &joined(r_bytes, s)), Err(Refused::Key));
    }
    // 2 is no y of the curve.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(verify(&no_point, b"message", &joined(r_bytes, s)), Err(Refused::Key));
}

#[test]
fn tables_are_made_for_keys_of_prime_order_alone() {
    let mut random = Random::new(25519);
    let mut keys: Vec<([u8; 32], Unpinnable)> = Vec::new();
    keys.extend(EIGHT_TORSION.iter().map(|point| (point.compress().0, Unpinnable::SmallOrder)));
    keys.extend(odd_encodings().into_iter().map(|key| (key, Unpinnable::NotCanonical)));
    for _ in 0..4 {
        let point = EdwardsPoint::mul_base(&scalar(&mut random));
        let mixed = EIGHT_TORSION[1..].iter().map(|torsion| (point + torsion).compress().0);
        keys.extend(mixed.map(|key| (key, Unpinnable::NotPrimeOrder)));
    }
    // 2 is no y of the curve.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    keys.push((no_point, Unpinnable::NotAPoint));
    for (key, expected) in keys {
        assert_eq!(why_unpinnable(&key), Some(expected), "{key:02x?}");
        assert_eq!(Pinned4::generate(&key).err(), Some(expected), "{key:02x?}");
        assert_eq!(Pinned6::generate(&key).err(), Some(expected), "{key:02x?}");
    }
    // Half of all bytes are a point, and an eighth of those of prime order.
    let mut pinned = 0;
    for _ in 0..200 {
        let key = bytes(&mut random);
        let found = Pinned::new(&key, 4);
        assert_eq!(found.as_ref().err().copied(), why_unpinnable(&key), "{key:02x?}");
        pinned += u32::from(found.is_ok());
    }
    assert!((2..30).contains(&pinned), "{pinned}");
}

/// The key of RFC 8032 7.1, test 1.
const KEY: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, //
    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

#[allow(long_running_const_eval, reason = "a table takes the compiler some seconds")]
const PINNED: Pinned5 = match Pinned5::generate(&KEY) {
    Ok(pinned) => pinned,
    Err(_) => panic!("a key of prime order"),
};

#[test]
fn a_constant_is_what_run_time_makes_and_what_words_make() {
    let again = Pinned5::generate(&KEY).unwrap();
    assert_eq!(PINNED.words(), again.words());
    assert_eq!(PinnedKey::from_words(KEY, &PINNED.words()).words(), again.words());
    assert_eq!(PINNED.public_key(), &KEY);
    let layout = [size_of::<Pinned4>(), size_of::<Pinned5>(), size_of::<Pinned6>(), align_of::<Pinned6>()];
    assert_eq!(layout, [32 + 8 * 96, 32 + 16 * 96, 32 + 32 * 96, 4]);
}

#[test]
fn tables_have_8_16_or_32_points_each() {
    let points = vec![TablePoint::from_words(&[[0; 8]; 3]); 70];
    for base in 0..=70 {
        for key in 0..=70 {
            let is_table = base == key && [8, 16, 32].contains(&key);
            let table = PinnedTable::new(&KEY, &points[..base], &points[..key]);
            assert_eq!(table.is_some(), is_table, "{base} and {key}");
        }
    }
}
