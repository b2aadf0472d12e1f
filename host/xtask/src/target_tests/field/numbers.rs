//! Numbers for the field's operations, and what big integers say becomes of them.

#![allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow, and a test may panic")]

use anyhow::{Result, ensure};
use num_bigint::BigUint;

use crate::vector_table::c_text::Tables;

/// How often a number is squared in one call.
const TIMES: [u32; 5] = [1, 2, 3, 10, 125];

/// How many random numbers there are beside those that are made.
const RANDOM: u32 = 400;

/// How many products, and how many squares, shall have each of the rare carries.
const RARE_MIN: usize = 20;

type Pair = (BigUint, BigUint);

/// Writes the tables.
pub(super) fn write(tables: &mut Tables) -> Result<()> {
    let (pairs, roots) = (pairs(), roots());
    let squares: Vec<Pair> = roots.iter().map(|root| (root.clone(), root.clone())).collect();
    for products in [&pairs, &squares] {
        let beyond_word = products.iter().filter(|(a, b)| Carry::of(a, b) == Carry::BeyondWord).count();
        let beyond_all = products.iter().filter(|(a, b)| Carry::of(a, b) == Carry::BeyondAll).count();
        ensure!(beyond_word >= RARE_MIN && beyond_all >= RARE_MIN, "too few carries: {beyond_word}, {beyond_all}");
    }
    tables.array("pair_case", "pair_cases", &pairs.iter().map(pair_row).collect::<Vec<_>>());
    let powers: Vec<String> = roots.iter().flat_map(|root| TIMES.map(|times| power_row(root, times))).collect();
    tables.array("power_case", "power_cases", &powers);
    Ok(())
}

/// How far what is folded last goes in a product: 38 times what the first fold carried.
#[derive(PartialEq, Eq, Debug)]
enum Carry {
    WithinWord,
    BeyondWord,
    BeyondAll,
}

impl Carry {
    fn of(a: &BigUint, b: &BigUint) -> Self {
        let product = a * b;
        let folded = &product % all() + (&product >> 256) * 38_u32;
        let (carried, rest) = ((&folded >> 256) * 38_u32, folded % all());
        if &rest + &carried >= all() {
            Self::BeyondAll
        } else if rest % power_of_two(32) + carried >= power_of_two(32) {
            Self::BeyondWord
        } else {
            Self::WithinWord
        }
    }
}

fn power_of_two(exponent: u32) -> BigUint {
    BigUint::from(1_u32) << exponent
}

/// 2^256, where numbers of 8 words end.
fn all() -> BigUint {
    power_of_two(256)
}

fn p() -> BigUint {
    power_of_two(255) - 19_u32
}

/// Numbers where something changes, with their neighbours.
fn edges() -> Vec<BigUint> {
    let around = [0_u32, 19, 38, 38 * 38].map(BigUint::from).into_iter();
    let around = around.chain([32, 64, 128, 160, 224, 255, 256].map(power_of_two)).chain([p(), p() * 2_u32, p() >> 1]);
    let mut edges: Vec<BigUint> = around
        .flat_map(|value| [0_u32, 1, 2, 3].map(|more| value.clone() + more))
        .filter(|n| *n >= 2_u32.into())
        .map(|n| n - 2_u32)
        .collect();
    edges.retain(|number| *number < all());
    edges.sort();
    edges.dedup();
    edges
}

/// SplitMix64.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Words that are all bits, no bits or any bits, a quarter, a quarter and a half of the time.
    pub(super) fn number(&mut self) -> BigUint {
        let words = core::array::from_fn::<u32, 8, _>(|_| match self.next() % 4 {
            0 => 0,
            1 => u32::MAX,
            _ => u32::try_from(self.next() >> 32).unwrap_or(u32::MAX),
        });
        BigUint::from_slice(&words)
    }
}

/// What a product shall be modulo 2p for a rare carry.
///
/// Folding keeps a number modulo 2p = 2^256 - 38. One that comes out as `m` times 2^256 and `rest`
/// is 38 m + rest there; so if that is a small number beyond a multiple of 2^(32 n), `rest` is just
/// below it, and what is folded last carries through n words: all of them for the multiple 0.
fn rare() -> Vec<BigUint> {
    let above = (1..8).map(|words| power_of_two(32 * words)).chain([p()]);
    let some = above.flat_map(|above| [38_u32, 39, 75, 76, 114, 190, 300].map(|small| &above + small));
    some.chain((38..700_u32).step_by(7).map(BigUint::from)).collect()
}

/// Pairs for every operation.
fn pairs() -> Vec<Pair> {
    let edges = edges();
    let mut pairs: Vec<Pair> = edges.iter().flat_map(|a| edges.iter().map(|b| (a.clone(), b.clone()))).collect();
    let mut random = Random::new(25519);
    pairs.extend((0..RANDOM).map(|_| (random.number(), random.number())));
    let modulus = p() * 2_u32;
    for residue in rare() {
        // Large numbers, so that much is carried. An odd one has an inverse modulo 2p.
        for low in [1_u32, 3, 0x7654_3211] {
            let a: BigUint = all() - ((random.number() >> 8_u32) << 1_u32) - low;
            if let Some(inverse) = a.modinv(&modulus) {
                pairs.push((a, inverse * &residue % &modulus));
            }
        }
    }
    // Sums that come back just below a multiple of 2^(32 n), and differences just above it: 38 more
    // or less carry through n words.
    for words in 1..8 {
        for near in [1_u32, 20, 38] {
            let sum = power_of_two(32 * words) - near;
            pairs.push((all() - 1_u32, sum + 1_u32));
            pairs.push((power_of_two(32 * words) + near - 2_u32, all() - 1_u32));
        }
    }
    pairs
}

/// Numbers to be squared.
fn roots() -> Vec<BigUint> {
    let mut roots = edges();
    let mut random = Random::new(4);
    roots.extend((0..RANDOM).map(|_| random.number()));
    let root_of_minus_one = BigUint::from(2_u32).modpow(&(p() >> 2), &p());
    for residue in rare().into_iter().flat_map(|residue| (0..8_u32).map(move |more| &residue + more)) {
        let root = residue.modpow(&((p() + 3_u32) >> 3), &p());
        for root in [&root * &root_of_minus_one % p(), root] {
            // The same modulo 2p, too: as odd or even as its square shall be.
            let root = if root.bit(0) == residue.bit(0) { root } else { root + p() };
            if &root * &root % (p() * 2_u32) == residue {
                roots.push(root);
            }
        }
    }
    roots
}

/// A number as C has it.
fn words(number: &BigUint) -> String {
    let digits: String = number.iter_u32_digits().map(|word| format!("{word:#x},")).collect();
    if digits.is_empty() { "{0}".to_owned() } else { format!("{{{digits}}}") }
}

fn pair_row((a, b): &Pair) -> String {
    let sum = (a + b) % p();
    let difference = (a + p() * 3_u32 - b) % p();
    let product = a * b % p();
    let numbers = [a, b, &sum, &difference, &product].map(words);
    format!("{{{}}}", numbers.join(", "))
}

fn power_row(root: &BigUint, times: u32) -> String {
    let result = root.modpow(&power_of_two(times), &p());
    format!("{{{}, {times}, {}}}", words(root), words(&result))
}
