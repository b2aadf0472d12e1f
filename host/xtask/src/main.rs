//! The project's own jobs: `cargo xtask <job>`.
//!
//! `cargo xtask test` installs what the tests need and runs all of them; `cargo xtask ci` is that
//! and the lints. Every job is a list of stages, and the minutes of each stage are printed at the
//! end. What a job runs is listed in [`jobs`]; how one thing is run lies in the module named
//! after it:
//!
//! - [`setup`]: the system packages that the tests need
//! - [`tools`]: programs that no package of the system gives, in folders of their own
//! - [`toolchain`]: which compiler builds for which target, and where its output goes
//! - [`archive`]: the libraries that C programs link, and what must hold for them
//! - [`target_tests`]: the golden vectors on emulated boards ([`boards`]), as the tables of
//!   [`vector_table`], and on ARM Linux
//! - [`examples_firmware`]: the firmware examples, and what they print
//! - [`count_c`]: instructions, flash and stack of the C ABI
//! - [`border`]: C programs at the border, plainly and watched; [`fault`]: instructions skipped
//! - [`cross`]: core for bare metal, the probe for other systems
//! - [`pin`]: the tables of pinned keys in images
//! - [`firmware`]: counting instructions of core on an emulated Cortex-M4
//! - [`fuzz`]: the fuzz targets
//! - [`header`]: the C header, generated from `ffi`
//! - [`parallel`]: work that keeps one processor busy, done on all of them
//! - [`package`]: the tree that is installed for C, and programs that use it
//! - [`lint`]: format, clippy, documentation
//! - [`locks`]: the lock files outside the workspace agree with the workspace's

#![forbid(unsafe_code)]

mod archive;
mod boards;
mod border;
mod command;
mod count_c;
mod cross;
mod examples_firmware;
mod fault;
mod firmware;
mod fuzz;
mod header;
mod jobs;
mod lint;
mod locks;
mod package;
mod parallel;
mod pin;
mod report;
mod setup;
mod stage;
mod target_tests;
mod toolchain;
mod tools;
mod tree;
mod vector_table;

use std::process::ExitCode;

const USAGE: &str = "\
The project's own jobs.

Usage: cargo xtask <JOB>

  setup            install what the tests need; does nothing when all is there
  test             setup, then every test
  archives         build every library for C and check its symbols
  package [DIR]    build the tree that is installed for C (default target/package)
  border           the C programs of tests/c: plainly, under valgrind, with sanitizers
  fault            skip each instruction on the way to a refusal, and look what happens
  consumers        build that tree, and programs of C projects from a copy of it
  ci               test, then format, clippy and documentation, warnings denied
  header           write include/hwlicense.h from the sources of ffi
  firmware-fixture write the licence of examples/firmware-c from the fixture
  firmware-examples  build and run the firmware examples
  stacks           measure the stack of every C function and write it into its documentation
  count-c          instructions, flash and stack of the C ABI on emulated boards
  target-tests     the golden vectors on emulated boards and on ARM Linux
  bench            host benchmarks, and instruction counts on an emulated Cortex-M4
  fuzz [SECONDS]   every fuzz target for that long (default 60)

Environment:
  FW_TOOLCHAIN     auto (default), rustup or debian: the compiler for other targets
  CI               when set, nothing may be skipped and lock files may not change
  CARGO_TARGET_DIR where to build (default: target)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["setup"] => jobs::setup(),
        ["test"] => jobs::test(),
        ["archives"] => jobs::archives(),
        ["package"] => jobs::package(None),
        ["package", folder] => jobs::package(Some(folder)),
        ["consumers"] => jobs::consumers(),
        ["ci"] => jobs::ci(),
        ["border"] => jobs::border(),
        ["fault"] => jobs::fault(),
        ["header"] => jobs::header(),
        ["firmware-fixture"] => jobs::firmware_fixture(),
        ["firmware-examples"] => jobs::firmware_examples(),
        ["stacks"] => jobs::stacks(),
        ["count-c"] => jobs::count_c(),
        ["target-tests"] => jobs::target_tests(),
        ["bench"] => jobs::bench(),
        ["fuzz"] => jobs::fuzz(60),
        ["fuzz", seconds] => match seconds.parse() {
            Ok(seconds) => jobs::fuzz(seconds),
            Err(_) => return usage(),
        },
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}
