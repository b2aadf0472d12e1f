//! Format, clippy and documentation, warnings denied.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{command, is_ci, run};
use crate::stage::Outcome;
use crate::tree;

/// A cargo command of the host's compiler at the root of the workspace.
pub(crate) fn host_cargo(verb: &str) -> Result<Command> {
    let mut cargo = command("cargo", &tree::root()?);
    cargo.arg(verb);
    if is_ci() && verb != "fmt" {
        cargo.arg("--locked");
    }
    Ok(cargo)
}

/// Checks the format of every crate, those outside the workspace included.
pub(crate) fn format() -> Result<Outcome> {
    let manifests: [PathBuf; 5] =
        [tree::root()?, tree::fuzz()?, tree::count_m4()?, tree::firmware_rust()?, tree::neighbour()?];
    for dir in manifests {
        let mut cargo = host_cargo("fmt")?;
        run(cargo.args(["--all", "--check", "--manifest-path"]).arg(dir.join("Cargo.toml")))?;
    }
    Ok(Outcome::Done)
}

/// Runs clippy over the whole workspace, and over core with its other feature sets.
pub(crate) fn clippy() -> Result<Outcome> {
    let selections: [&[&str]; 3] = [
        &["--workspace", "--all-targets"],
        &["--package", "hwlicense", "--no-default-features"],
        &["--package", "hwlicense", "--features", "defmt"],
    ];
    for selection in selections {
        run(host_cargo("clippy")?.args(selection).args(["--", "-D", "warnings"]))?;
    }
    Ok(Outcome::Done)
}

/// Builds the documentation of our own crates.
pub(crate) fn documentation() -> Result<Outcome> {
    run(host_cargo("doc")?.args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Done)
}
