//! The C tests with the library itself built with a sanitizer: what Rust does with the memory of C
//! is watched as well. Each stage first shows that a planted mistake within the library is found.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

use super::{RUN_TIME_MAX, compile, folder, sources, tests_of};
use crate::archive;
use crate::command::{command, find, output_within, run};
use crate::stage::Outcome;
use crate::toolchain::{Compiler, debian_is_there, host, nightly_is_there};
use crate::tree;

const CLANG: &str = "clang-22";
/// Where clang's sanitizers find the names of functions.
const SYMBOLIZER: &str = "/usr/lib/llvm-22/bin/llvm-symbolizer";
const SYSTEM: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

/// AddressSanitizer in both languages, and undefined behaviour in C.
pub(crate) fn address() -> Result<Outcome> {
    if find(CLANG).is_none() {
        return Ok(Outcome::Skipped(format!("no {CLANG}")));
    }
    if !nightly_is_there() {
        return Ok(Outcome::Skipped("no nightly toolchain, which alone has AddressSanitizer".to_owned()));
    }
    let output = tree::output()?.join("nightly-address");
    let mut cargo = command("rustup", &tree::root()?);
    cargo.args(["run", "nightly", "cargo", "rustc"]).env_remove("RUSTUP_TOOLCHAIN").env("CARGO_TARGET_DIR", &output);
    let library = built(&mut cargo, "-Zsanitizer=address", &output)?;
    mentions(&library, "__asan_report_load")?;
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    let arguments = linked(&library);

    let planted = folder("address")?.join("planted");
    let mut cc = command(CLANG, &sources()?);
    cc.args(["-std=c99", "-g"]).args(flags).arg("-I").arg(archive::exports::include()?);
    run(cc.arg("planted.c").args(&arguments).arg("-o").arg(&planted))?;
    is_found(&mut Command::new(&planted), "heap-buffer-overflow")?;

    let program = folder("address")?.join("tests");
    compile(CLANG, &flags, &arguments, &program)?;
    tests_of(&program, &[])?;
    Ok(Outcome::Done)
}

/// ThreadSanitizer in both languages.
///
/// Debian's compiler builds the standard library as well: rustup's brings one that is not
/// instrumented, and its sanitizer does not fit clang's.
pub(crate) fn thread() -> Result<Outcome> {
    if find(CLANG).is_none() {
        return Ok(Outcome::Skipped(format!("no {CLANG}")));
    }
    if !debian_is_there() {
        return Ok(Outcome::Skipped("no rustc-web, cargo-web and rust-web-src of Debian".to_owned()));
    }
    let output = tree::output()?.join("debian-thread");
    let mut cargo = Compiler::Debian.cargo("rustc", &tree::root()?, &host()?, "std,panic_unwind")?;
    cargo.env("CARGO_TARGET_DIR", &output);
    let flags = "-Zsanitizer=thread -Zexternal-clangrt -Clinker=clang-22 -Clink-arg=-fsanitize=thread";
    let library = built(&mut cargo, flags, &output)?;
    mentions(&library, "__tsan_read")?;
    let arguments = linked(&library);

    let planted = folder("thread")?.join("planted");
    compile(CLANG, &["-fsanitize=thread", "-DPLANTED_RACE"], &arguments, &planted)?;
    let mut racing = Command::new(&planted);
    is_found(racing.arg(super::files()?), "data race")?;

    let program = folder("thread")?.join("tests");
    compile(CLANG, &["-fsanitize=thread"], &arguments, &program)?;
    tests_of(&program, &[])?;
    Ok(Outcome::Done)
}

/// Builds the library with a sanitizer.
fn built(cargo: &mut Command, flags: &str, output: &Path) -> Result<PathBuf> {
    let host = host()?;
    if !cargo.get_args().any(|argument| argument == "--target") {
        // Named, so that build scripts and macros of the compiler run without the flags.
        cargo.args(["--target", &host]);
    }
    cargo
        .args(["--package", archive::PACKAGE, "--lib", "--crate-type", "staticlib", "--release"])
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("LD_LIBRARY_PATH")
        .env("RUSTFLAGS", flags);
    run(cargo)?;
    Ok(output.join(host).join("release/libhwlicense_ffi.a"))
}

fn linked(library: &Path) -> Vec<String> {
    [library.display().to_string()].into_iter().chain(SYSTEM.map(str::to_owned)).collect()
}

/// Fails unless an object of the library calls the sanitizer: a build without it would find nothing.
fn mentions(library: &Path, function: &str) -> Result<()> {
    let bytes = std::fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let archive = ArchiveFile::parse(bytes.as_slice())?;
    for member in archive.members() {
        let member = member?;
        if !String::from_utf8_lossy(member.name()).contains("hwlicense") {
            continue;
        }
        let Ok(object) = object::File::parse(member.data(bytes.as_slice())?) else { continue };
        if object.symbols().any(|symbol| symbol.name().is_ok_and(|name| name.starts_with(function))) {
            return Ok(());
        }
    }
    bail!("{} was built without the sanitizer: nothing of ours calls {function}", library.display())
}

/// Fails unless the program fails with this report, and a function of the library in it.
fn is_found(program: &mut Command, report: &str) -> Result<()> {
    for variable in ["ASAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH"] {
        program.env(variable, SYMBOLIZER);
    }
    match output_within(program, RUN_TIME_MAX) {
        Ok(printed) => bail!("the planted mistake was not found:\n{printed}"),
        Err(error) => {
            let text = error.to_string();
            if !text.contains(report) || !text.contains("hwlicense") {
                bail!("the planted mistake was not reported as {report} within the library:\n{text}");
            }
            eprintln!("the planted mistake was found: {report}");
            Ok(())
        }
    }
}
