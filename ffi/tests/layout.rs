//! A C and a C++ compiler agree with Rust on the layout of every struct of the header, and take
//! the header without a warning.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use core::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use hwlicense_ffi::layout::LAYOUTS;

const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

/// Compilers and languages to be tried.
const COMPILERS: [(&str, &str, &str); 6] = [
    ("gcc", "c", "-std=c99"),
    ("g++", "c++", "-std=c++17"),
    ("clang", "c", "-std=c99"),
    ("clang++", "c++", "-std=c++17"),
    ("clang-22", "c", "-std=c99"),
    ("clang++-22", "c++", "-std=c++17"),
];

#[test]
fn compilers_agree_on_the_layout() {
    let mut program = String::from("#include \"hwlicense.h\"\n");
    let mut count = 0;
    let mut check = |expression: String, expected: usize| {
        writeln!(program, "typedef char check_{count}[({expression}) == {expected} ? 1 : -1];").unwrap();
        count += 1;
    };
    for (name, size, fields) in LAYOUTS {
        check(format!("sizeof({name})"), *size);
        for (field, offset) in *fields {
            check(format!("offsetof({name}, {field})"), *offset);
        }
    }
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout.c");
    fs::write(&source, program).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include");
    for (compiler, language, standard) in COMPILERS {
        let mut command = Command::new(compiler);
        command.args(["-x", language, standard, "-fsyntax-only", "-I"]).arg(&include).args(WARNINGS).arg(&source);
        match command.output() {
            Ok(output) => assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => println!("SKIPPED {compiler}: {error}"),
        }
    }
}
