//! Core for bare metal, and the probe for systems other than this one.

use anyhow::Result;

use crate::command::{is_ci, run};
use crate::stage::Outcome;
use crate::toolchain::{Compiler, with_firmware_flags};
use crate::tree;

/// Bare-metal targets that core must compile for: without atomics, with a hardware float unit,
/// and of another architecture.
pub(crate) const BARE_METAL: &[&str] = &["thumbv6m-none-eabi", "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"];

/// Feature sets of core that firmware may choose.
const CORE_FEATURES: &[&[&str]] = &[
    &[],
    &["--no-default-features"],
    &["--no-default-features", "--features", "ed25519-small"],
    &["--no-default-features", "--features", "ed25519-assembly"],
    &["--features", "defmt"],
    &["--no-default-features", "--features", "defmt"],
];

/// A target with an operating system that the probe must compile for.
pub(crate) struct System {
    /// Its target triple.
    pub(crate) target: &'static str,
    /// Why it is in the list.
    reason: &'static str,
}

/// Targets with an operating system that the probe must compile for.
pub(crate) const SYSTEMS: &[System] = &[
    System { target: "x86_64-pc-windows-gnu", reason: "the SMBIOS part on Windows" },
    System { target: "armv7-unknown-linux-gnueabihf", reason: "cameras with a 32-bit Linux" },
];

/// Nothing of a check is run, but the standard library is built for it: optimised it takes three
/// times as long.
const UNOPTIMISED: &[&str] = &["--config", "profile.dev.debug=0", "--config", "profile.dev.package.\"*\".opt-level=0"];

/// Type-checks core for every bare-metal target with every feature set. Most of them are built and
/// run by the stages for archives, examples and counts.
pub(crate) fn core_for_bare_metal() -> Result<Outcome> {
    let root = tree::root()?;
    for target in BARE_METAL {
        let compiler = match Compiler::choose(target) {
            Ok(compiler) => compiler,
            Err(error) if !is_ci() => return Ok(Outcome::Skipped(error.to_string())),
            Err(error) => return Err(error),
        };
        eprintln!("{target}: {}", compiler.version());
        for features in CORE_FEATURES {
            let mut cargo = compiler.cargo("check", &root, target, "core")?;
            cargo.args(["--package", "hwlicense"]).args(UNOPTIMISED).args(*features);
            run(with_firmware_flags(&mut cargo))?;
        }
    }
    Ok(Outcome::Done)
}

/// Type-checks the probe for every system that is not this one.
pub(crate) fn probe_for_other_systems() -> Result<Outcome> {
    let root = tree::root()?;
    for system in SYSTEMS {
        let target = system.target;
        let compiler = match Compiler::choose(target) {
            Ok(compiler) => compiler,
            Err(error) if !is_ci() => return Ok(Outcome::Skipped(error.to_string())),
            Err(error) => return Err(error),
        };
        eprintln!("{target} ({}): {}", system.reason, compiler.version());
        let mut cargo = compiler.cargo("check", &root, target, "std,panic_abort")?;
        run(cargo.args(["--package", "hwlicense-probe"]).args(UNOPTIMISED))?;
    }
    Ok(Outcome::Done)
}
