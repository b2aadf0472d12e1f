//! A C and a C++ program that know only the headers, linked against the static library.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use hwlicense::hwid::Machine;
use hwlicense_fixture::{DESCRIPTOR, ISSUED};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The folder of the libraries that cargo built for this test: that of its own program. The one
/// above holds those of the last `cargo build`, which may be older.
fn libraries() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_path_buf()
}

const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

/// Compiles the program, and runs it on the right machine and on two wrong ones.
fn reaches_a_verdict(compiler: &str, standard: &str, source: &str) {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{source}-{standard}"));
    let compiled = Command::new(compiler)
        .arg(format!("-std={standard}"))
        .args(WARNINGS)
        .arg("-o")
        .arg(&program)
        .arg(root().join("tests/c").join(source))
        .arg("-I")
        .arg(root().join("include"))
        .arg(libraries().join("libhwlicense_ffi.a"))
        .args(["-lpthread", "-ldl", "-lm"])
        .status();
    match compiled {
        Ok(status) => assert!(status.success()),
        Err(error) => {
            println!("SKIPPED: no compiler `{compiler}` here: {error}");
            return;
        }
    }
    let hwid = Machine::read(&DESCRIPTOR).unwrap().hwid().unwrap().to_string();
    let fixture = root().join("tests/fixture/src");
    let run = |hwid: &str, brand: &str| {
        let now = (ISSUED + 86_400).to_string();
        Command::new(&program)
            .arg(fixture.join("root.key"))
            .arg(fixture.join("license-strict.hwl"))
            .args([hwid, brand, &now])
            .output()
            .unwrap()
    };
    let good = run(&hwid, "northgate");
    let text = String::from_utf8(good.stdout).unwrap();
    assert!(good.status.success() && text.ends_with("granted\n"), "{text}");
    let other = run("0300112233445566778899aabbccddeeff", "northgate");
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(run(&hwid, "southgate").status.code(), Some(1));
}

#[test]
fn a_c_program_reaches_a_verdict() {
    reaches_a_verdict("cc", "c99", "smoke.c");
}

#[test]
fn a_cpp_program_reaches_a_verdict() {
    reaches_a_verdict("c++", "c++17", "smoke.cpp");
    reaches_a_verdict("c++", "c++20", "smoke.cpp");
}
