//! A C program that knows only the header, linked against the static library.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use hwlicense::hwid::Machine;
use hwlicense_fixture::{DESCRIPTOR, ISSUED};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The folder of the libraries that cargo built for this test: two above its own program.
fn libraries() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf()
}

#[test]
fn a_c_program_reaches_a_verdict() {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("smoke");
    let compiled = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-o"])
        .arg(&program)
        .arg(root().join("tests/c/smoke.c"))
        .arg("-I")
        .arg(root().join("include"))
        .arg(libraries().join("libhwlicense_ffi.a"))
        .args(["-lpthread", "-ldl", "-lm"])
        .status();
    match compiled {
        Ok(status) => assert!(status.success()),
        Err(error) => {
            println!("SKIPPED: no C compiler `cc` here: {error}");
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
