//! Figures of the emulated Cortex-M4: what others reach, what ours may cost, and the table.

use anyhow::{Result, bail};

use crate::firmware::Figure;

/// What someone else's implementation of an operation takes on the same emulated board.
struct Peer {
    name: &'static str,
    instructions: u64,
    flash_bytes: u64,
}

/// Peers of one operation.
struct Peers {
    operation: &'static str,
    rows: &'static [Peer],
}

/// The operation that most others offer too.
const VERIFICATION: &str = "ed25519-verify-200-bytes";

/// # Source
/// Measured with the same recipe, rustc 1.96 and arm-none-eabi-gcc 12.2, QEMU 7.2.
const PEERS: &[Peers] = &[
    Peers {
        operation: VERIFICATION,
        rows: &[
            peer("wolfSSL 5.9, assembly", 506_117, 28_732),
            peer("MCUboot, fiat field", 1_329_315, 14_704),
            peer("orlp/ed25519, ref10", 1_333_608, 17_228),
            peer("ed25519-compact 2.6, opt_size", 1_666_493, 17_152),
            peer("Monocypher 4.0.3", 1_757_161, 11_084),
            peer("salty 0.3, s", 4_283_123, 10_300),
        ],
    },
    Peers {
        operation: "sha256-256-bytes",
        rows: &[peer("BearSSL small", 13_544, 2_368), peer("sha2 0.10, compact", 20_036, 1_376)],
    },
];

const fn peer(name: &'static str, instructions: u64, flash_bytes: u64) -> Peer {
    Peer { name, instructions, flash_bytes }
}

/// What an operation may cost.
enum Budget {
    /// This many instructions.
    Instructions(u64),
    /// This many thousandths of what another operation costs in the same run.
    PerMille { of: &'static str, at_most: u64 },
}

/// Budgets by operation. One whose operation has no firmware is said to be open.
const BUDGETS: &[(&str, Budget)] = &[
    ("hwid-full-descriptor", Budget::Instructions(100_000)),
    ("license-check-strict", Budget::PerMille { of: "license-verify-bare-strict", at_most: 1_030 }),
    ("license-check-tolerant", Budget::PerMille { of: "license-verify-bare-tolerant", at_most: 1_030 }),
];

/// Prints our figures, each with its peers below it.
pub(crate) fn print(figures: &[Figure]) {
    println!("{:<42} {:>12} {:>8}", "Cortex-M4, emulated", "instructions", "flash B");
    for figure in figures {
        row(&figure.operation, figure.instructions, figure.flash_bytes);
        for peer in PEERS.iter().filter(|peers| peers.operation == figure.operation).flat_map(|peers| peers.rows) {
            row(&format!("    {}", peer.name), peer.instructions, peer.flash_bytes);
        }
    }
}

/// Prints what others take for one Ed25519 verification, beside the cost of a whole check of ours.
pub(crate) fn print_beside_peers(name: &str, instructions: u64, flash_bytes: u64) {
    println!("{:<42} {:>12} {:>8}", "beside one verification by others", "instructions", "flash B");
    row(name, instructions, flash_bytes);
    for peer in PEERS.iter().filter(|peers| peers.operation == VERIFICATION).flat_map(|peers| peers.rows) {
        row(&format!("    {}", peer.name), peer.instructions, peer.flash_bytes);
    }
}

fn row(name: &str, instructions: u64, flash_bytes: u64) {
    println!("  {name:<40} {instructions:>12} {flash_bytes:>8}");
}

/// Prints how each budget stands, and fails if one is exceeded.
pub(crate) fn check_budgets(figures: &[Figure]) -> Result<()> {
    let mut exceeded = Vec::new();
    for (operation, budget) in BUDGETS {
        let Some((spent, limit)) = compare(figures, operation, budget) else {
            println!("budget of {operation}: open, no firmware counts it yet");
            continue;
        };
        println!("budget of {operation}: {spent} of {limit} instructions");
        if spent > limit {
            exceeded.push(*operation);
        }
    }
    if !exceeded.is_empty() {
        bail!("over budget: {}", exceeded.join(", "));
    }
    Ok(())
}

/// What the operation costs and may cost, if everything that takes has a figure.
fn compare(figures: &[Figure], operation: &str, budget: &Budget) -> Option<(u64, u64)> {
    let cost_of = |name: &str| figures.iter().find(|figure| figure.operation == name).map(|figure| figure.instructions);
    let limit = match budget {
        Budget::Instructions(limit) => *limit,
        Budget::PerMille { of, at_most } => cost_of(of)?.saturating_mul(*at_most) / 1_000,
    };
    Some((cost_of(operation)?, limit))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn figure(operation: &str, instructions: u64) -> Figure {
        Figure { operation: operation.to_owned(), instructions, flash_bytes: 0 }
    }

    #[test]
    fn a_budget_ends_at_its_last_instruction() {
        check_budgets(&[figure("hwid-full-descriptor", 100_000)]).unwrap();
        let error = check_budgets(&[figure("hwid-full-descriptor", 100_001)]).unwrap_err();
        assert_eq!(error.to_string(), "over budget: hwid-full-descriptor");
    }

    #[test]
    fn a_relative_budget_follows_the_other_operation() {
        let bare = figure("license-verify-bare-strict", 1_000_000);
        check_budgets(&[bare, figure("license-check-strict", 1_030_000)]).unwrap();
        let bare = figure("license-verify-bare-strict", 1_000_000);
        check_budgets(&[bare, figure("license-check-strict", 1_030_001)]).unwrap_err();
    }
}
