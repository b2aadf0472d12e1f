//! Blocks for the compression of SHA-512, and what another implementation makes of them.

#![allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow, and a test may panic")]

use num_bigint::BigUint;
use sha2::block_api::compress512;

use crate::vector_table::c_text::Tables;

use super::numbers::Random;

/// How many blocks there are.
const BLOCKS: usize = 200;

/// Writes the table, and the constants of the rounds.
pub(super) fn write(tables: &mut Tables) {
    let primes = (2_u32..).filter(|n| (2..*n).all(|d| n % d != 0));
    // Of the cube roots of the first 80 primes, 64 bits after the point (FIPS 180-4, 4.2.3).
    let rounds: Vec<u64> = primes.take(80).map(|prime| low_word(&(BigUint::from(prime) << 192_u32).cbrt())).collect();
    tables.line(&format!("const uint64_t hash_rounds[] = {};", words(&rounds)));
    let mut random = Random::new(512);
    let rows: Vec<String> = (0..BLOCKS)
        .map(|_| {
            let state: [u64; 8] = core::array::from_fn(|_| low_word(&random.number()));
            let block: [u64; 16] = core::array::from_fn(|_| low_word(&random.number()));
            let mut bytes = [0; 128];
            for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&block) {
                *bytes = word.to_be_bytes();
            }
            let mut result = state;
            compress512(&mut result, &[bytes]);
            format!("{{{}, {}, {}}}", words(&state), words(&block), words(&result))
        })
        .collect();
    tables.array("hash_case", "hash_cases", &rows);
}

/// The lowest 64 bits.
fn low_word(number: &BigUint) -> u64 {
    number.iter_u64_digits().next().unwrap_or(0)
}

fn words(words: &[u64]) -> String {
    let digits: String = words.iter().map(|word| format!("{word:#x}u,")).collect();
    format!("{{{digits}}}")
}
