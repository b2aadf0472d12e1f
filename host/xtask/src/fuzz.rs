//! Builds and runs the fuzz targets of `tests/fuzz`.
//!
//! Each file in `tests/fuzz/src/bin` is one target. libFuzzer comes with the crate
//! `libfuzzer-sys`; the flags below make the compiler count which branches an input takes, so
//! no further tool is needed. Only a nightly compiler has them.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{command, find, is_ci, output_within, run};
use crate::stage::Outcome;
use crate::toolchain::{host, nightly_is_there};
use crate::{parallel, tree};

/// Coverage for libFuzzer, AddressSanitizer, and every check that a release build leaves out.
///
/// One codegen unit, because the counters of several would be numbered apart.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

/// One allocation larger than this is a finding: nothing of ours allocates by a length it read.
const MEMORY_MIB_MAX: u32 = 1024;
/// Longest input tried, in bytes.
const INPUT_BYTES_MAX: u32 = 16_384;
/// An input that keeps a target busy for longer than this is a finding.
const INPUT_SECONDS_MAX: u32 = 5;
/// Time to read the corpus and to write the statistics, beside the time asked for.
const START_AND_END_MAX: Duration = Duration::from_secs(120);

/// Runs every target for `seconds`. The first finding fails, and its input is kept.
pub(crate) fn all(seconds: u32) -> Result<Outcome> {
    if !nightly_is_there() {
        return Ok(Outcome::Skipped(
            "no nightly toolchain is installed, and only that can count coverage; \
             `rustup toolchain install nightly` gives one"
                .to_owned(),
        ));
    }
    if find("c++").is_none() {
        return Ok(Outcome::Skipped("no C++ compiler for libFuzzer".to_owned()));
    }
    let crate_dir = tree::fuzz()?;
    let targets = tree::programs(&crate_dir)?;
    if targets.is_empty() {
        bail!("no fuzz target in {}", crate_dir.display());
    }
    let programs = build(&crate_dir)?;
    parallel::for_each(&targets, |target| one(&crate_dir, &programs.join(target), target, seconds))?;
    eprintln!("{} targets, {seconds} s each, no finding", targets.len());
    Ok(Outcome::Done)
}

/// Builds all targets, and returns the folder of the programs.
fn build(crate_dir: &Path) -> Result<PathBuf> {
    let host = host()?;
    let output = tree::output()?.join("nightly-fuzz");
    let mut cargo: Command = command("rustup", crate_dir);
    // A target is named so that build scripts and macros of the compiler run without the flags.
    cargo
        .args(["run", "nightly", "cargo", "build", "--release", "--bins"])
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &output)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("RUSTFLAGS", RUSTFLAGS);
    if is_ci() {
        cargo.arg("--locked");
    }
    run(&mut cargo)?;
    Ok(output.join(host).join("release"))
}

/// Runs one target from its seeds and from what earlier runs have found.
fn one(crate_dir: &Path, program: &Path, target: &str, seconds: u32) -> Result<()> {
    let work = program.parent().context("the program lies in no folder")?.join("fuzz").join(target);
    let corpus = work.join("corpus");
    std::fs::create_dir_all(&corpus)?;
    let seeds = crate_dir.join("seeds").join(target);
    let mut fuzzer = command(program, crate_dir);
    fuzzer
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-artifact_prefix={}/", work.display()))
        .args(["-print_final_stats=1", "-verbosity=0"])
        .arg(&corpus);
    // The first folder receives what is found; the seeds are only read.
    if seeds.is_dir() {
        fuzzer.arg(&seeds);
    }
    let limit = Duration::from_secs(u64::from(seconds)).saturating_add(START_AND_END_MAX);
    let printed = output_within(&mut fuzzer, limit)
        .with_context(|| format!("fuzz target `{target}` found something; its input is in {}", work.display()))?;
    let tried = statistic(&printed, "number_of_executed_units")
        .with_context(|| format!("fuzz target `{target}` printed no statistics:\n{printed}"))?;
    let kept = std::fs::read_dir(&corpus)?.count();
    // With no counters, no input is more interesting than the first, and nothing is ever kept.
    if kept < 2 {
        bail!("fuzz target `{target}` kept {kept} of {tried} inputs: coverage is not counted");
    }
    eprintln!("{target}: {tried} inputs tried, {kept} kept");
    Ok(())
}

/// The value of one of the statistics that libFuzzer prints at its end.
fn statistic(printed: &str, name: &str) -> Option<u64> {
    printed
        .lines()
        .find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_found_by_their_whole_name() {
        let printed = "Done\nstat::new_units_added:          742\nstat::new_units: 1\n";
        assert_eq!(statistic(printed, "new_units_added"), Some(742));
        assert_eq!(statistic(printed, "new_units"), Some(1));
        assert_eq!(statistic(printed, "units"), None);
    }
}
