//! Core for bare metal, and the probe for systems other than this one.

use anyhow::Result;

use crate::command::{is_ci, run};
use crate::stage::Outcome;
use crate::toolchain::{Compiler, with_firmware_flags};
use crate::{parallel, tree};

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

/// Targets with an operating system that the probe must compile for: the SMBIOS part on Windows, and
/// cameras with a 32-bit Linux.
pub(crate) const SYSTEMS: &[&str] = &["x86_64-pc-windows-gnu", "armv7-unknown-linux-gnueabihf"];

/// Type-checks core for every bare-metal target with every feature set. Most of them are built and
/// run by the stages for archives, examples and counts, with whose profile they share most.
pub(crate) fn core_for_bare_metal() -> Result<Outcome> {
    let root = tree::root()?;
    for_each_target(BARE_METAL, |target, compiler| {
        for features in CORE_FEATURES {
            let mut cargo = compiler.cargo("check", &root, target, "core")?;
            cargo.args(["--package", "hwlicense", "--profile", "firmware"]).args(*features);
            run(with_firmware_flags(&mut cargo))?;
        }
        Ok(())
    })
}

/// Type-checks the probe for every system that is not this one.
pub(crate) fn probe_for_other_systems() -> Result<Outcome> {
    let root = tree::root()?;
    for_each_target(SYSTEMS, |target, compiler| {
        let mut cargo = compiler.cargo("check", &root, target, "std,panic_abort")?;
        run(cargo.args(["--package", "hwlicense-probe"]))
    })
}

/// Does the work for each target with its compiler, unless there is none for one of them.
fn for_each_target(targets: &[&str], work: impl Fn(&str, Compiler) -> Result<()> + Sync) -> Result<Outcome> {
    let mut chosen = Vec::new();
    for target in targets {
        match Compiler::choose(target) {
            Ok(compiler) => chosen.push((*target, compiler)),
            Err(error) if !is_ci() => return Ok(Outcome::Skipped(error.to_string())),
            Err(error) => return Err(error),
        }
    }
    parallel::for_each(chosen, |(target, compiler)| {
        eprintln!("{target}: {}", compiler.version());
        work(target, compiler)
    })?;
    Ok(Outcome::Done)
}
