//! The libraries that C programs link, each built once and then used by every stage.
//!
//! Cargo decides whether anything has to be built again, so whoever needs a library asks for it
//! here, and gets the path of a finished file under `archives/TARGET` in the output folder:
//!
//! - [`firmware`]: `libhwlicense.a` without the standard library, for every target of
//!   [`FIRMWARE`] and [`LINUX`]
//! - [`host_static`] and [`host_shared`]: for programs of this machine
//! - [`linux_shared`]: the shared library for a target of [`LINUX`]
//!
//! The modules below hold one idea each: what the header promises ([`exports`]), one object out of
//! many ([`prelink`]), the shared library ([`shared`]), and what must hold for all of them
//! ([`check`], [`neighbour`]).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{command, run};
use crate::lint::host_cargo;
use crate::toolchain::{Compiler, FIRMWARE_RUSTFLAGS, host, with_firmware_flags};
use crate::{parallel, tree};

pub(crate) mod check;
pub(crate) mod elf;
pub(crate) mod exports;
pub(crate) mod neighbour;
pub(crate) mod prelink;
pub(crate) mod shared;

/// The crate that becomes the libraries.
pub(crate) const PACKAGE: &str = "hwlicense-ffi";
/// What cargo calls its static library.
const BUILT: &str = "libhwlicense_ffi.a";
/// What is installed is called.
pub(crate) const ARCHIVE: &str = "libhwlicense.a";
/// What the same is called with assembly in it.
pub(crate) const FAST_ARCHIVE: &str = "libhwlicense-fast.a";
/// Features of the archives for firmware.
pub(crate) const FIRMWARE_FEATURES: &str = "panic-abort,ed25519-small";
/// Features of those with assembly.
const FAST_FEATURES: &str = "panic-abort,ed25519-assembly";
/// The profile of the archives for firmware.
const FIRMWARE_PROFILE: &str = "firmware";
/// The profile of the libraries with the standard library.
const STD_PROFILE: &str = "release";

/// A target that a library is built for.
pub(crate) struct Target {
    /// The target triple.
    pub(crate) name: &'static str,
    /// What it runs on, as a buyer of chips would say it.
    pub(crate) runs_on: &'static str,
}

/// Bare metal and real-time systems: one archive each, without the standard library.
pub(crate) const FIRMWARE: &[Target] = &[
    Target { name: "thumbv6m-none-eabi", runs_on: "Cortex-M0, M0+, M1" },
    Target { name: "thumbv7m-none-eabi", runs_on: "Cortex-M3" },
    Target { name: "thumbv7em-none-eabi", runs_on: "Cortex-M4, M7, soft float" },
    Target { name: "thumbv7em-none-eabihf", runs_on: "Cortex-M4F, M7F, hard float" },
    Target { name: "thumbv8m.main-none-eabi", runs_on: "Cortex-M33, M35P, M55, soft float" },
    Target { name: "thumbv8m.main-none-eabihf", runs_on: "Cortex-M33F, M35PF, M55, hard float" },
    Target { name: "riscv32imac-unknown-none-elf", runs_on: "RISC-V with atomics (ESP32-C6, H2)" },
    Target { name: "riscv32imc-unknown-none-elf", runs_on: "RISC-V without atomics (ESP32-C2, C3)" },
];

/// Linux on ARM: an archive without the standard library, which serves glibc, musl and uClibc
/// alike, and a shared library for glibc.
pub(crate) const LINUX: &[Target] = &[
    Target { name: "armv7-unknown-linux-gnueabihf", runs_on: "32-bit ARM Linux, hard float" },
    Target { name: "aarch64-unknown-linux-gnu", runs_on: "64-bit ARM Linux" },
];

/// Every target that has an archive without the standard library.
pub(crate) fn without_std() -> impl Iterator<Item = &'static Target> {
    FIRMWARE.iter().chain(LINUX)
}

/// A static library that holds the standard library, and what it needs of the system.
pub(crate) struct StdArchive {
    /// As cargo built it: every symbol of the standard library is visible in it.
    pub(crate) path: PathBuf,
    /// What the compiler says must be linked after it.
    pub(crate) native_libs: Vec<String>,
}

/// Whether the processors of a target may have the DSP extension, which the assembly needs.
pub(crate) fn has_fast(target: &str) -> bool {
    target.starts_with("thumbv7em-") || target.starts_with("thumbv8m.main-")
}

/// Builds every library for other processors, several at once: optimising across crates, which is
/// most of the time, keeps only one processor busy.
pub(crate) fn for_other_processors() -> Result<()> {
    parallel::for_each(without_std(), |target| {
        firmware(target.name)?;
        if has_fast(target.name) {
            fast(target.name)?;
        }
        if is_linux(target.name) {
            linux_shared(target.name)?;
        }
        Ok(())
    })
}

/// `libhwlicense-fast.a` for a target that [`has_fast`]: the same with assembly.
pub(crate) fn fast(target: &str) -> Result<PathBuf> {
    if !has_fast(target) {
        bail!("there is no assembly for {target}");
    }
    without_the_library(target, FAST_FEATURES, FAST_ARCHIVE)
}

/// `libhwlicense.a` for firmware, or for Linux without the standard library.
pub(crate) fn firmware(target: &str) -> Result<PathBuf> {
    without_the_library(target, FIRMWARE_FEATURES, ARCHIVE)
}

/// An archive without the standard library.
fn without_the_library(target: &str, features: &str, name: &str) -> Result<PathBuf> {
    if !without_std().any(|known| known.name == target) {
        bail!("no archive is shipped for {target}");
    }
    let compiler = Compiler::choose(target)?;
    let mut cargo = compiler.cargo("rustc", &tree::root()?, target, "core")?;
    cargo
        .args(["--package", PACKAGE, "--lib", "--crate-type", "staticlib"])
        .args(["--profile", FIRMWARE_PROFILE])
        .args(["--no-default-features", "--features", features]);
    with_archive_flags(&mut cargo, target);
    if name == FAST_ARCHIVE && target.starts_with("thumbv8m.main-") {
        // The target alone promises no DSP extension.
        cargo.env("RUSTFLAGS", format!("{FIRMWARE_RUSTFLAGS} -Ctarget-cpu=cortex-m33"));
    }
    run(&mut cargo)?;
    let built = compiler.built(target, FIRMWARE_PROFILE)?.join(BUILT);
    let finished = folder(target)?.join(name);
    copy(&built, &finished)?;
    leave_memory_to_the_program(target, &finished)?;
    Ok(finished)
}

/// Makes the archive use the `mem*` family of whoever links it.
///
/// For bare metal the compiler puts its own into every static library. It would replace that of the
/// C library in all of the firmware, and takes twice as many instructions.
fn leave_memory_to_the_program(target: &str, archive: &Path) -> Result<()> {
    let mut objcopy = command(objcopy_for(target)?, &tree::root()?);
    // Bitcode is of no use to a C linker, and one with a plugin for it stumbles over it.
    objcopy.args(["--wildcard", "--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    if is_linux(target) {
        // For Linux the compiler asks for `bcmp`, which not every C library has.
        objcopy.args(["--redefine-sym", "bcmp=memcmp"]);
    } else {
        // What is Rust's own in that part would be there twice beside another Rust library.
        objcopy
            .args(["mem*", "__aeabi_mem*", "bcmp", "strlen", "_R*"].map(|names| format!("--localize-symbol={names}")));
    }
    run(objcopy.arg(archive))
}

/// The program that changes object files of a target.
pub(crate) fn objcopy_for(target: &str) -> Result<String> {
    Ok(match target {
        linux if is_linux(linux) => shared::cross_objcopy(linux)?,
        riscv if riscv.starts_with("riscv32") => "riscv64-unknown-elf-objcopy".to_owned(),
        _ => "arm-none-eabi-objcopy".to_owned(),
    })
}

/// Gives the command the flags of an archive without the standard library.
///
/// On Linux every function would have an entry for unwinding, and on 32-bit ARM that entry asks
/// for an unwinder; nothing here unwinds.
pub(crate) fn with_archive_flags<'command>(cargo: &'command mut Command, target: &str) -> &'command mut Command {
    let cargo = with_firmware_flags(cargo);
    if is_linux(target) {
        cargo.env("RUSTFLAGS", format!("{FIRMWARE_RUSTFLAGS} -Cforce-unwind-tables=no"));
    }
    cargo
}

fn is_linux(target: &str) -> bool {
    LINUX.iter().any(|known| known.name == target)
}

/// `libhwlicense.a` for this machine: one object, with only the header's functions visible.
pub(crate) fn host_static() -> Result<PathBuf> {
    let archive = host_std()?;
    let folder = folder(&host()?)?;
    prelink::prelink(&archive.path, &exports::functions()?, &folder.join(ARCHIVE))
}

/// The shared library for this machine, under its full name.
pub(crate) fn host_shared() -> Result<PathBuf> {
    shared::link("cc", &host_std()?, &folder(&host()?)?)
}

/// The shared library for a target of [`LINUX`], under its full name.
pub(crate) fn linux_shared(target: &str) -> Result<PathBuf> {
    let compiler = Compiler::choose(target)?;
    let cargo = compiler.cargo("rustc", &tree::root()?, target, "std,panic_abort")?;
    let archive = std_archive(cargo, compiler.built(target, STD_PROFILE)?)?;
    shared::link(shared::cross_compiler(target)?, &archive, &folder(target)?)
}

/// What this machine's own programs link, as cargo builds it.
pub(crate) fn host_std() -> Result<StdArchive> {
    std_archive(host_cargo("rustc")?, tree::output()?.join(STD_PROFILE))
}

/// Builds the static library with the standard library and every feature for servers.
///
/// The compiler writes what must be linked beside it into a file, because cargo calls the
/// compiler only when something has changed.
fn std_archive(mut cargo: Command, folder: PathBuf) -> Result<StdArchive> {
    let listed = folder.join("hwlicense-native-static-libs");
    std::fs::create_dir_all(&folder)?;
    cargo
        .args(["--package", PACKAGE, "--lib", "--crate-type", "staticlib", "--profile", STD_PROFILE, "--"])
        .arg(format!("--print=native-static-libs={}", listed.display()));
    run(&mut cargo)?;
    let text = std::fs::read_to_string(&listed).with_context(|| format!("cannot read {}", listed.display()))?;
    let native_libs: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    Ok(StdArchive { path: folder.join(BUILT), native_libs: without_repetition(native_libs) })
}

/// The compiler names a library once for every crate that needs it.
fn without_repetition(names: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// Where finished libraries for `target` lie.
pub(crate) fn folder(target: &str) -> Result<PathBuf> {
    let folder = tree::output()?.join("archives").join(target);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Copies one file, with both names in the message if it fails.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn each_library_is_named_once() {
        let names = ["-lgcc_s", "-lc", "-lgcc_s"].map(str::to_owned).to_vec();
        assert_eq!(without_repetition(names), ["-lgcc_s", "-lc"]);
    }

    #[test]
    fn the_document_lists_every_archive() {
        let document = std::fs::read_to_string(tree::root().unwrap().join("docs/porting.md")).unwrap();
        for target in without_std() {
            let row = format!("| `{}` | {} |", target.name, target.runs_on);
            assert!(document.contains(&row), "docs/porting.md lacks: {row}");
        }
    }

    #[test]
    fn only_shipped_targets_have_an_archive() {
        assert!(firmware("x86_64-unknown-none").is_err());
    }
}
