//! What must hold for every library before anybody links it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::elf::Symbols;
use super::{LINUX, Target, exports, neighbour, shared};
use crate::command::{command, find, is_ci, try_output};
use crate::stage::Outcome;
use crate::toolchain::Compiler;
use crate::tree;

/// What a C program always has, or must supply.
const SUPPLIED: &[&str] = &["memcpy", "memmove", "memset", "memcmp", exports::ON_PANIC];
/// ARM's names for the same family, which only rustup's compiler uses.
const SUPPLIED_ARM: &[&str] = &["__aeabi_memcpy", "__aeabi_memmove", "__aeabi_memset", "__aeabi_memclr"];

/// The largest function that an archive may hold, in bytes. The unrolled SHA-512, which no
/// firmware shall have, is one function of 26,600 bytes on a Cortex-M4.
const FUNCTION_BYTES_MAX: u64 = 16_000;
/// The largest compression function of the compact SHA-2, in bytes: 896 on a Cortex-M0, and more
/// where instructions are longer.
const COMPRESSION_BYTES_MAX: u64 = 3_000;

/// Builds every library and checks its symbols.
pub(crate) fn archives() -> Result<Outcome> {
    let functions = exports::functions()?;
    if find("ld").is_none() || find("objcopy").is_none() {
        return Ok(Outcome::Skipped("no binutils (`ld`, `objcopy`)".to_owned()));
    }
    host(&functions)?;
    for target in LINUX {
        let compiler = shared::cross_compiler(target.name)?;
        if find(compiler).is_none() {
            return skip(anyhow::anyhow!("no {compiler}"));
        }
    }
    for target in super::without_std() {
        let objcopy = super::objcopy_for(target.name)?;
        if find(&objcopy).is_none() {
            return skip(anyhow::anyhow!("no {objcopy}"));
        }
        if let Err(error) = Compiler::choose(target.name) {
            return skip(error);
        }
    }
    super::for_other_processors()?;
    for target in super::without_std() {
        firmware(target, &super::firmware(target.name)?, &functions)?;
        if super::has_fast(target.name) {
            firmware(target, &super::fast(target.name)?, &functions)?;
        }
    }
    for target in LINUX {
        exports_exactly(&super::linux_shared(target.name)?, &functions)?;
    }
    neighbour::links()
}

/// What cannot be done on a developer's machine is said; in CI it is a failure.
fn skip(error: anyhow::Error) -> Result<Outcome> {
    if is_ci() { Err(error) } else { Ok(Outcome::Skipped(error.to_string())) }
}

/// Checks one archive without the standard library, as it is and as a program links it.
fn firmware(target: &Target, archive: &Path, functions: &BTreeSet<String>) -> Result<()> {
    let symbols = Symbols::of_archive(archive)?;
    let shown = archive.display();
    for name in &symbols.visible {
        if !name.starts_with(exports::PREFIX) {
            bail!("{shown} shows `{name}`, which is not ours to define");
        }
    }
    same(&symbols.visible, functions).with_context(|| format!("{shown} and the header differ"))?;
    let compiler = Compiler::choose(target.name)?;
    only_supplied(&symbols.missing, compiler).with_context(|| format!("{shown} needs too much"))?;
    let (name, size) = &symbols.largest;
    if *size > FUNCTION_BYTES_MAX {
        bail!(
            "{shown} holds a function of {size} bytes, {name}; at most {FUNCTION_BYTES_MAX} are allowed, and the \
             unrolled SHA-512 is one of 26,600: did the cfg for the compact SHA-2 reach it?"
        );
    }
    if symbols.compression == 0 || symbols.compression > COMPRESSION_BYTES_MAX {
        bail!(
            "{shown} compresses blocks of SHA-2 in a function of {} bytes; the compact one takes up to \
             {COMPRESSION_BYTES_MAX}, and 0 is one that is not found",
            symbols.compression
        );
    }
    let unresolved = unresolved_without_libraries(archive, functions)?;
    only_supplied(&unresolved, compiler)
        .with_context(|| format!("{shown}, linked with no other library, needs too much"))?;
    if !unresolved.iter().any(|name| name != exports::ON_PANIC) {
        bail!("{shown} brings its own memcpy, which would replace the C library's in all of the firmware");
    }
    let left: Vec<&str> = unresolved.iter().map(String::as_str).collect();
    eprintln!(
        "{} ({}): {} exports, largest function {size} bytes, left to the program: {}",
        target.name,
        target.runs_on,
        symbols.visible.len(),
        left.join(" ")
    );
    Ok(())
}

/// Checks this machine's two libraries.
fn host(functions: &BTreeSet<String>) -> Result<()> {
    let archive = super::host_static()?;
    let symbols = Symbols::of_archive(&archive)?;
    same(&symbols.visible, functions).with_context(|| format!("{} and the header differ", archive.display()))?;
    exports_exactly(&super::host_shared()?, functions)
}

/// Checks what a shared library offers, and under which name the loader will look for it.
pub(crate) fn exports_exactly(library: &Path, functions: &BTreeSet<String>) -> Result<()> {
    let shown = library.display();
    same(&Symbols::of_shared(library)?, functions).with_context(|| format!("{shown} and the header differ"))?;
    let mut readelf = command("readelf", &tree::root()?);
    let dynamic = try_output(readelf.args(["--dynamic", "--wide"]).arg(library)).context("readelf failed")?;
    let soname = shared::soname()?;
    if !dynamic.contains(&format!("soname: [{soname}]")) {
        bail!("{shown} is not called {soname}");
    }
    eprintln!("{shown}: {} exports, soname {soname}", functions.len());
    Ok(())
}

/// Fails with the names that only one of the two has.
fn same(exported: &BTreeSet<String>, declared: &BTreeSet<String>) -> Result<()> {
    let only_exported: Vec<&str> = exported.difference(declared).map(String::as_str).collect();
    let only_declared: Vec<&str> = declared.difference(exported).map(String::as_str).collect();
    if !only_exported.is_empty() || !only_declared.is_empty() {
        bail!("only exported: {}; only declared: {}", named(&only_exported), named(&only_declared));
    }
    Ok(())
}

fn named(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

/// Fails with the names that no C program would supply.
fn only_supplied(names: &BTreeSet<String>, compiler: Compiler) -> Result<()> {
    let strange: Vec<&str> = names.iter().map(String::as_str).filter(|name| !is_supplied(name, compiler)).collect();
    if !strange.is_empty() {
        bail!("nobody supplies {}", strange.join(" "));
    }
    Ok(())
}

fn is_supplied(name: &str, compiler: Compiler) -> bool {
    // ARM's forms may end in the alignment that the caller promises.
    let plain = name.strip_suffix('4').or_else(|| name.strip_suffix('8')).unwrap_or(name);
    SUPPLIED.contains(&name) || (compiler == Compiler::Rustup && SUPPLIED_ARM.contains(&plain))
}

/// What stays undefined when a program calls every function and links nothing else.
fn unresolved_without_libraries(archive: &Path, functions: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let Some(linker) = find("ld.lld-22").or_else(|| find("ld.lld")) else {
        bail!("no ld.lld to link the archive for another processor");
    };
    let mut lld: Command = command(linker, &tree::root()?);
    lld.args(["-nostdlib", "--gc-sections", "--error-limit=0", "-e", "0", "-o"]).arg(archive.with_extension("elf"));
    for name in functions {
        lld.args(["-u", name.as_str()]);
    }
    let output = lld.arg(archive).output().context("cannot start the linker")?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    let unresolved = undefined_in(&printed);
    // Firmware always leaves something to the program, so a silent linker did not link anything.
    let all_explained = printed.lines().filter(|line| line.contains("error:")).all(|line| undefined(line).is_some());
    if unresolved.is_empty() || !all_explained {
        bail!("the linker said neither what is undefined nor that all is well:\n{printed}");
    }
    Ok(unresolved)
}

/// The names in the linker's messages about undefined symbols.
fn undefined_in(printed: &str) -> BTreeSet<String> {
    printed.lines().filter_map(undefined).collect()
}

fn undefined(line: &str) -> Option<String> {
    let (_, name) = line.split_once("error: undefined symbol: ")?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_difference_is_named_both_ways() {
        let error = same(&set(&["hwl_a", "hwl_b"]), &set(&["hwl_b", "hwl_c"])).unwrap_err().to_string();
        assert_eq!(error, "only exported: hwl_a; only declared: hwl_c");
        assert!(same(&set(&["hwl_a"]), &set(&["hwl_a"])).is_ok());
    }

    #[test]
    fn only_memory_functions_and_the_panic_are_supplied() {
        for compiler in [Compiler::Rustup, Compiler::Debian] {
            assert!(only_supplied(&set(&["memcpy", "memset", "hwl_on_panic"]), compiler).is_ok());
            assert!(only_supplied(&set(&["__aeabi_lmul"]), compiler).is_err());
            assert!(only_supplied(&set(&["rust_eh_personality"]), compiler).is_err());
        }
        let by_arm = set(&["__aeabi_memclr8", "__aeabi_memcpy"]);
        assert!(only_supplied(&by_arm, Compiler::Rustup).is_ok());
        assert!(only_supplied(&by_arm, Compiler::Debian).is_err());
    }

    #[test]
    fn undefined_symbols_are_read_from_the_linker() {
        let printed = "ld.lld: error: undefined symbol: hwl_on_panic\n>>> referenced by lib.rs\n";
        assert_eq!(undefined_in(printed), set(&["hwl_on_panic"]));
    }
}
