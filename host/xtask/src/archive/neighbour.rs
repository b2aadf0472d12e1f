//! Our archive beside another Rust static library in one C program.
//!
//! Two such libraries hold the same runtime twice. The program in `tests/consumers/neighbour`
//! links both in either order: on this machine with the standard library in each, for a Cortex-M4
//! and for 32-bit ARM Linux without it.

use core::time::Duration;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::exports;
use crate::command::{command, find, is_ci, output_within, run};
use crate::stage::Outcome;
use crate::toolchain::Compiler;
use crate::tree;

const CORTEX_M4: &str = "thumbv7em-none-eabihf";
const ARM_LINUX: &str = "armv7-unknown-linux-gnueabihf";
/// The program ends at once, or has hung.
const RUN_TIME_MAX: Duration = Duration::from_secs(20);

/// Links the program for all three, and runs it where it can be run.
pub(crate) fn links() -> Result<Outcome> {
    let standard = super::host_std()?;
    let mut cargo = command("cargo", &tree::neighbour()?);
    cargo.args(["build", "--release", "--features", "std"]).env("CARGO_TARGET_DIR", tree::output()?);
    run(locked(&mut cargo))?;
    let neighbour = tree::output()?.join("release/libneighbour.a");
    for program in link("cc", &[], [&super::host_static()?, &neighbour], &standard.native_libs, "host")? {
        output_within(&mut Command::new(program), RUN_TIME_MAX)?;
    }

    for needed in ["arm-none-eabi-gcc", "arm-linux-gnueabihf-gcc", "qemu-arm"] {
        if find(needed).is_none() {
            return Ok(Outcome::Skipped(format!("no {needed}")));
        }
    }
    let cortex_m4 = [
        "-DWITHOUT_STD",
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
        "-nostartfiles",
        "-Wl,-e,main",
    ];
    let libraries = [&super::firmware(CORTEX_M4)?, &for_target(CORTEX_M4)?];
    link("arm-none-eabi-gcc", &cortex_m4, libraries, &[], CORTEX_M4)?;

    let libraries = [&super::firmware(ARM_LINUX)?, &for_target(ARM_LINUX)?];
    for program in link("arm-linux-gnueabihf-gcc", &["-DWITHOUT_STD", "-static"], libraries, &[], ARM_LINUX)? {
        output_within(command("qemu-arm", &tree::root()?).arg(program), RUN_TIME_MAX)?;
    }
    Ok(Outcome::Done)
}

fn locked(cargo: &mut Command) -> &mut Command {
    if is_ci() { cargo.arg("--locked") } else { cargo }
}

/// The neighbour's archive without the standard library.
fn for_target(target: &str) -> Result<PathBuf> {
    let compiler = Compiler::choose(target)?;
    let mut cargo = compiler.cargo("build", &tree::neighbour()?, target, "core")?;
    cargo.args(["--profile", "firmware"]);
    run(super::with_archive_flags(&mut cargo, target))?;
    Ok(compiler.built(target, "firmware")?.join("libneighbour.a"))
}

/// Links the program in both orders.
fn link(
    compiler: &str,
    flags: &[&str],
    [ours, theirs]: [&PathBuf; 2],
    native_libs: &[String],
    name: &str,
) -> Result<[PathBuf; 2]> {
    let output = tree::output()?.join("consumers/neighbour");
    std::fs::create_dir_all(&output)?;
    let programs = [output.join(format!("{name}-ours-first")), output.join(format!("{name}-theirs-first"))];
    for (program, libraries) in programs.iter().zip([[ours, theirs], [theirs, ours]]) {
        let mut cc = command(compiler, &tree::neighbour()?);
        cc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Os", "-I"]).arg(exports::include()?);
        cc.args(flags).arg("main.c").args(libraries).args(native_libs);
        run(cc.arg("-Wl,--gc-sections").arg("-o").arg(program))?;
    }
    Ok(programs)
}
