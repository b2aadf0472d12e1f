//! The firmware examples, built as their readers build them, run on the emulated board, and what
//! they print compared with the committed snapshot.

mod client;

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::boards::M4F;
use crate::command::{command, find, is_ci, output_within, run};
use crate::count_c::panics;
use crate::firmware::Image;
use crate::pin::{self, Tool};
use crate::stage::Outcome;
use crate::toolchain::{Compiler, with_firmware_flags};
use crate::{archive, tools, tree};

/// An example that runs longer than this has hung.
const RUN_TIME_MAX: Duration = Duration::from_secs(60);
/// The file with what an example prints, in its folder.
const SNAPSHOT: &str = "expected.txt";
/// The file with root key and licence, which is generated and committed.
const FACTORY: &str = "factory.c";
/// The file with the recorded exchange, which is as well.
const EXCHANGE: &str = "exchange.c";

/// What the line of the System example begins with that names its memory: it depends on compilers.
const MEMORY: &str = "memory ";
/// RAM of the board that the System example is linked for, in bytes.
const SYSTEM_RAM_BYTES: u32 = 16 * 1024;

/// Teeth of the pinned keys: the smallest tables.
const TEETH: u8 = 4;
/// What the example in C is built with, and who verifies then.
const VERIFIERS_IN_C: &[&str] = &["any", "any-fast", "pinned", "pinned-fast", "pinned-or-any", "pinned-or-any-fast"];
/// Features of the example in Rust.
const VERIFIERS_IN_RUST: &[&str] = &["dalek", "small", "small,assembly", "pinned", "pinned,assembly"];

/// Builds and runs all examples.
pub(crate) fn all() -> Result<Outcome> {
    if let Some(program) = M4F.missing() {
        return Ok(Outcome::Skipped(format!("no {program}")));
    }
    let compiler = match Compiler::choose(M4F.target) {
        Ok(compiler) => compiler,
        Err(error) if !is_ci() => return Ok(Outcome::Skipped(error.to_string())),
        Err(error) => return Err(error),
    };
    pinned_keys_are_fresh()?;
    in_c()?;
    system_in_c()?;
    client::in_c()?;
    in_rust(compiler)?;
    Ok(Outcome::Done)
}

/// Writes the files with root key, licence and exchange again, from the fixture, and the tables of
/// its keys.
pub(crate) fn write_factory() -> Result<Outcome> {
    let mut files = pinned_keys()?;
    files.push((c_folder()?.join(FACTORY), factory()?));
    files.push((client::folder()?.join(EXCHANGE), client::exchange()?));
    for (path, text) in files {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Outcome::Done)
}

fn c_folder() -> Result<PathBuf> {
    Ok(tree::root()?.join("examples/firmware-c"))
}

/// The committed files with the tables of pinned keys, and what the command writes.
fn pinned_keys() -> Result<Vec<(PathBuf, String)>> {
    let tool = Tool::build()?;
    let (in_c, in_rust) = (c_folder()?, tree::firmware_rust()?.join("src/engine"));
    let mut files = Vec::new();
    for name in ["root", "issuer"] {
        let key = pin::fixture(name)?;
        files.push((in_c.join(format!("pinned_{name}.c")), tool.text(name, &key, "c", TEETH)?));
        files.push((in_rust.join(format!("pinned_{name}.rs")), tool.text(name, &key, "rust", TEETH)?));
    }
    Ok(files)
}

fn pinned_keys_are_fresh() -> Result<()> {
    for (path, text) in pinned_keys()? {
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            bail!("{} is not what `hwlicense key pin` writes; run `cargo xtask firmware-fixture`", path.display());
        }
    }
    Ok(())
}

/// The example in C, by its own build script, from a folder laid out like the package.
fn in_c() -> Result<()> {
    let folder = c_folder()?;
    let committed = std::fs::read_to_string(folder.join(FACTORY))?;
    if committed != factory()? {
        bail!("examples/firmware-c/{FACTORY} does not hold the fixture; run `cargo xtask firmware-fixture`");
    }
    let work = tree::output()?.join("examples/firmware-c");
    let package = package_in(&work)?;
    let build = |name: &str, verifier: &str, more: Option<&str>| -> Result<String> {
        let image = work.join(format!("{name}.elf"));
        let mut build = command(folder.join("build.sh"), &work);
        run(build.env("VERIFIER", verifier).arg(&package).arg(&image).args(more))?;
        panics::check(name, &image)?;
        output_within(&mut M4F.emulator(&image)?, RUN_TIME_MAX)
    };
    for verifier in VERIFIERS_IN_C {
        let printed = build(verifier, verifier, None)?;
        same_but_for_the_version(&folder.join(SNAPSHOT), &printed, verifier)?;
    }
    let printed = build("self-test", "any", Some("-DSELF_TEST"))?;
    if !printed.contains("self-test  passed") {
        bail!("the self-test did not pass:\n{printed}");
    }
    eprintln!("firmware-c: the self-test passes");
    Ok(())
}

/// Compares with the snapshot, in which the archive without assembly names itself.
fn same_but_for_the_version(snapshot: &Path, printed: &str, verifier: &str) -> Result<()> {
    let (with, without) = ("(small ed25519, assembly)", "(small ed25519)");
    let expected = if verifier.ends_with("-fast") { with } else { without };
    if !printed.contains(expected) {
        bail!("with {verifier} the library does not say {expected}:\n{printed}");
    }
    same(snapshot, &printed.replace(with, without))
}

/// What the examples need of the package, laid out as it is.
fn package_in(work: &Path) -> Result<PathBuf> {
    let package = work.join("package");
    let library = package.join("firmware").join(M4F.target);
    std::fs::create_dir_all(&library)?;
    std::fs::create_dir_all(package.join("include"))?;
    archive::copy(&archive::firmware(M4F.target)?, &library.join(archive::ARCHIVE))?;
    archive::copy(&archive::fast(M4F.target)?, &library.join(archive::FAST_ARCHIVE))?;
    archive::copy(&tree::root()?.join("include/hwlicense.h"), &package.join("include/hwlicense.h"))?;
    Ok(package)
}

/// The System in 16 KiB of RAM, and the same with a stack that does not suffice, which must fault:
/// so it is known that the limit is one.
fn system_in_c() -> Result<()> {
    let folder = tree::root()?.join("examples/firmware-system-c");
    let work = tree::output()?.join("examples/firmware-system-c");
    let package = package_in(&work)?;
    let build = |name: &str, more: Option<&str>| -> Result<PathBuf> {
        let image = work.join(format!("{name}.elf"));
        run(command(folder.join("build.sh"), &work).arg(&package).arg(&image).args(more))?;
        Ok(image)
    };
    let plain = build("plain", None)?;
    panics::check("firmware-system-c", &plain)?;
    let printed = output_within(&mut M4F.emulator(&plain)?, RUN_TIME_MAX)?;
    let (memory, lines): (Vec<&str>, Vec<&str>) = printed.lines().partition(|line| line.starts_with(MEMORY));
    let used: u32 = memory.iter().flat_map(|line| numbers(line)).sum();
    if memory.len() != 1 || used > SYSTEM_RAM_BYTES {
        bail!("the System example uses {used} bytes of RAM: {memory:?}");
    }
    eprintln!("firmware-system-c: {} of {SYSTEM_RAM_BYTES} bytes of RAM ({})", used, memory.join(""));
    same(&folder.join(SNAPSHOT), &lines.iter().flat_map(|line| [line, "\n"]).collect::<String>())?;
    match output_within(&mut M4F.emulator(&build("overflow", Some("-DOVERFLOW"))?)?, RUN_TIME_MAX) {
        Ok(printed) => bail!("a stack that runs out of its memory went unnoticed:\n{printed}"),
        Err(_) => Ok(()),
    }
}

/// The numbers in a line.
fn numbers(line: &str) -> impl Iterator<Item = u32> {
    line.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

/// The example in Rust, its log decoded on this machine.
fn in_rust(compiler: Compiler) -> Result<()> {
    let folder = tree::firmware_rust()?;
    if find("bash").is_none() {
        bail!("no bash to run the example");
    }
    let image = compiler.built(M4F.target, "firmware")?.join("firmware-rust");
    for features in VERIFIERS_IN_RUST {
        let mut cargo = compiler.cargo("build", &folder, M4F.target, "core")?;
        cargo.args(["--bins", "--profile", "firmware", "--no-default-features", "--features", features]);
        run(with_firmware_flags(cargo.env("DEFMT_LOG", "info")))?;
        let flash = Image::read(&image)?;
        flash.check_functions("firmware-rust")?;
        eprintln!("firmware-rust, {features}: {} bytes of flash", flash.flash_bytes);
        let mut script = command(folder.join("run.sh"), &folder);
        let printed = output_within(script.arg(&image).env("DEFMT_PRINT", tools::defmt_print()?), RUN_TIME_MAX)?;
        same(&folder.join(SNAPSHOT), &printed)?;
    }
    Ok(())
}

/// Fails if an example prints something else than what is committed.
fn same(snapshot: &Path, printed: &str) -> Result<()> {
    let expected = std::fs::read_to_string(snapshot).with_context(|| format!("cannot read {}", snapshot.display()))?;
    if expected != printed {
        bail!("{} holds\n{expected}\nbut the example prints\n{printed}", snapshot.display());
    }
    eprintln!("{}: as committed", snapshot.display());
    Ok(())
}

/// A file of the fixture.
fn fixture(name: &str) -> Result<Vec<u8>> {
    std::fs::read(tree::root()?.join("tests/fixture/src").join(name)).with_context(|| format!("cannot read {name}"))
}

/// The C file with the fixture's root key and strict licence.
fn factory() -> Result<String> {
    let (root, license) = (fixture("root.key")?, fixture("license-strict.hwl")?);
    Ok(format!(
        "/* Generated by `cargo xtask firmware-fixture` from tests/fixture: do not edit. */\n\n\
         #include \"factory.h\"\n\n\
         const uint8_t factory_root[HWL_PUBLIC_KEY_BYTES] = {{\n{}}};\n\n\
         __attribute__((section(\".license\"), used)) const volatile license_page license_flash = {{\n    \
             .length = {},\n    .bytes = {{\n{}    }},\n}};\n",
        rows(&root, "    "),
        license.len(),
        rows(&license, "        "),
    ))
}

/// Bytes as C has them, sixteen in a line.
fn rows(bytes: &[u8], indent: &str) -> String {
    let line = |chunk: &[u8]| {
        let digits: Vec<String> = chunk.iter().map(|byte| format!("0x{byte:02x},")).collect();
        format!("{indent}{}\n", digits.join(" "))
    };
    bytes.chunks(16).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_words() {
        assert_eq!(numbers("memory     static 12, stack 3").collect::<Vec<_>>(), [12, 3]);
    }

    #[test]
    fn bytes_are_written_sixteen_in_a_line() {
        assert_eq!(rows(&[0xa5; 17], " ").lines().count(), 2);
        assert!(rows(&[1], "  ").starts_with("  0x01,"));
    }
}
