//! C programs at the border: `tests/c`, compiled by every compiler that is here, linked statically
//! and shared, and run plainly, under valgrind and with sanitizers.
//!
//! - [`plainly`]: the headers alone, then the tests with each compiler and each library
//! - [`under_valgrind`]: the same tests, watched by memcheck
//! - [`sanitize`]: the library itself built with a sanitizer
//! - [`examples`]: the server examples in C and Python
//! - [`camera`]: the camera example with a real Primary Server

pub(crate) mod camera;
pub(crate) mod examples;
pub(crate) mod sanitize;

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::archive;
use crate::command::{command, find, output_within, run};
use crate::pin::Tool;
use crate::stage::Outcome;
use crate::toolchain::host;
use crate::tree;
use crate::vector_table::load;

/// No program runs longer; under valgrind they take about fifteen seconds.
const RUN_TIME_MAX: Duration = Duration::from_secs(300);
const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];
/// The files that make up the tests.
const SOURCES: [&str; 12] = [
    "main.c",
    "texts.c",
    "pointers.c",
    "structs.c",
    "objects.c",
    "journey.c",
    "verifiers.c",
    "pinned.c",
    "threads.c",
    "clients.c",
    "updates.c",
    "systems.c",
];
/// Teeth of the tables of pinned keys: the middle one of three sizes.
const TEETH: u8 = 5;
/// Files of the fixture that the tests use, and under which names.
const FIXTURE: [(&str, &str); 9] = [
    ("root.key", "fixture.key"),
    ("exchange-1-request.bin", "exchange-1-request.bin"),
    ("exchange-1-answer.bin", "exchange-1-answer.bin"),
    ("update-request.bin", "update-request.bin"),
    ("update-answer.bin", "update-answer.bin"),
    ("update-manifest.bin", "update-manifest.bin"),
    ("update-chunk-0.bin", "update-chunk-0.bin"),
    ("update-chunk-1.bin", "update-chunk-1.bin"),
    ("update-chunk-2.bin", "update-chunk-2.bin"),
];
/// Compilers to be tried: for C, and for C++.
const COMPILERS: [(&str, &str); 2] = [("gcc", "g++"), ("clang-22", "clang++-22")];
/// What the tests with a static library need of the system.
const SYSTEM: [&str; 4] = ["-lgcc_s", "-lpthread", "-ldl", "-lm"];

/// How a library is linked.
struct Library {
    name: &'static str,
    arguments: Vec<String>,
}

fn sources() -> Result<PathBuf> {
    Ok(tree::root()?.join("tests/c"))
}

/// A folder for what is built here.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = tree::output()?.join("border").join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The licences of the golden vectors that the tests use, as files.
fn files() -> Result<PathBuf> {
    let folder = folder("files")?;
    let vectors = load("license.json")?;
    let put = |name: &str, value: &Value| -> Result<()> {
        let text = value.as_str().with_context(|| format!("the vectors have no text for {name}"))?;
        let bytes = hex(text).with_context(|| format!("{name} is not in hexadecimal"))?;
        std::fs::write(folder.join(name), bytes).with_context(|| format!("cannot write {name}"))
    };
    let case = |name: &str| -> Result<&Value> {
        let cases = vectors.get("cases").and_then(Value::as_array).into_iter().flatten();
        cases
            .into_iter()
            .find(|case| case.get("name").and_then(Value::as_str) == Some(name))
            .with_context(|| format!("the vectors have no case {name}"))
    };
    put("root.key", vectors.pointer("/keys/root").unwrap_or(&Value::Null))?;
    for name in ["strict", "tolerant", "armoured"] {
        put(&format!("{name}.hwl"), case(name)?.get("file").unwrap_or(&Value::Null))?;
    }
    let revoked = case("license-revoked")?;
    let fixture = tree::root()?.join("tests/fixture/src");
    for (from, to) in FIXTURE {
        std::fs::copy(fixture.join(from), folder.join(to)).with_context(|| format!("cannot copy {from}"))?;
    }
    put("certificate.hwl", revoked.pointer("/admitted/0/bytes").unwrap_or(&Value::Null))?;
    put("list.hwl", revoked.pointer("/admitted/1/bytes").unwrap_or(&Value::Null))?;
    Ok(folder)
}

/// The bytes of a text of hexadecimal digits.
fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// Compiles and links the tests.
fn compile(compiler: &str, more: &[&str], library: &[String], program: &Path) -> Result<()> {
    let mut cc = command(compiler, &sources()?);
    cc.args(["-std=c99", "-g", "-O1"]).args(WARNINGS).args(more).arg("-I").arg(archive::exports::include()?);
    cc.args(SOURCES).args(Tool::build()?.vectors_in_c(&folder("pinned")?, TEETH)?);
    run(cc.args(library).arg("-o").arg(program))
}

/// Runs a program of the tests on their files.
fn tests_of(program: &Path, through: &[&str]) -> Result<()> {
    let mut words = through.iter().copied();
    let root = tree::root()?;
    let mut tests = match words.next() {
        Some(runner) => command(runner, &root),
        None => command(program, &root),
    };
    tests.args(words);
    if !through.is_empty() {
        tests.arg(program);
    }
    let printed = output_within(tests.arg(files()?), RUN_TIME_MAX)?;
    eprint!("{printed}");
    Ok(())
}

fn libraries() -> Result<[Library; 2]> {
    let archive = archive::host_static()?.display().to_string();
    let shared = archive::host_shared()?;
    let shared_folder = archive::folder(&host()?)?.display().to_string();
    let system = SYSTEM.map(str::to_owned);
    Ok([
        Library { name: "static", arguments: [archive].into_iter().chain(system).collect() },
        Library {
            name: "shared",
            arguments: vec![
                shared.display().to_string(),
                format!("-Wl,-rpath,{shared_folder}"),
                "-lpthread".to_owned(),
            ],
        },
    ])
}

/// The headers alone, and the tests with every compiler and both libraries.
pub(crate) fn plainly() -> Result<Outcome> {
    let libraries = libraries()?;
    let programs = folder("plain")?;
    for (cc, cxx) in COMPILERS {
        if find(cc).is_none() || find(cxx).is_none() {
            return Ok(Outcome::Skipped(format!("no {cc} or no {cxx}")));
        }
        headers_alone(cc, cxx)?;
        for library in &libraries {
            let program = programs.join(format!("{cc}-{}", library.name));
            compile(cc, &[], &library.arguments, &program)?;
            tests_of(&program, &[])?;
        }
    }
    Ok(Outcome::Done)
}

fn headers_alone(cc: &str, cxx: &str) -> Result<()> {
    let include = archive::exports::include()?;
    let languages = [
        (cc, "c", "-std=c99", "hwlicense.h"),
        (cxx, "c++", "-std=c++17", "hwlicense.h"),
        (cxx, "c++", "-std=c++17", "hwlicense.hpp"),
        (cxx, "c++", "-std=c++20", "hwlicense.hpp"),
    ];
    for (compiler, language, standard, header) in languages {
        let mut alone = command(compiler, &include);
        alone.args(["-fsyntax-only", standard]).args(WARNINGS).args(["-include", header, "-x", language]);
        run(alone.args(["-I", ".", "/dev/null"]))?;
    }
    // The C++ face as a whole, with spans and without.
    for standard in ["-std=c++17", "-std=c++20"] {
        let mut smoke = command(cxx, &sources()?);
        smoke.args(["-fsyntax-only", standard]).args(WARNINGS).arg("-I").arg(&include);
        run(smoke.arg("smoke.cpp"))?;
    }
    Ok(())
}

/// The tests, watched by memcheck: no wrong access, no use of what was never written, no leak.
pub(crate) fn under_valgrind() -> Result<Outcome> {
    if find("valgrind").is_none() {
        return Ok(Outcome::Skipped("no valgrind".to_owned()));
    }
    let program = folder("plain")?.join("valgrind");
    let [_, shared] = libraries()?;
    compile("gcc", &[], &shared.arguments, &program)?;
    tests_of(&program, &["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=all"])?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex("00ff"), Some(vec![0, 255]));
        assert_eq!(hex("0"), None);
        assert_eq!(hex("0g"), None);
    }
}
