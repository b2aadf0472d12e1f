//! Where things lie in the source tree, and where build output goes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the workspace.
pub(crate) fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .context("xtask does not lie two folders below the workspace root")
}

/// The crate with the fuzz targets, outside the workspace.
pub(crate) fn fuzz() -> Result<PathBuf> {
    Ok(root()?.join("tests/fuzz"))
}

/// The counting firmware, outside the workspace.
pub(crate) fn count_m4() -> Result<PathBuf> {
    Ok(root()?.join("tests/qemu/count-m4"))
}

/// A Rust library that is linked beside ours, outside the workspace.
pub(crate) fn neighbour() -> Result<PathBuf> {
    Ok(root()?.join("tests/consumers/neighbour"))
}

/// The firmware example in Rust, outside the workspace.
pub(crate) fn firmware_rust() -> Result<PathBuf> {
    Ok(root()?.join("examples/firmware-rust"))
}

/// Folder for build output: of the host's compiler itself, and the parent of the others'.
pub(crate) fn output() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        // A relative one is meant from where the user stands, and every command runs elsewhere.
        Some(given) => Ok(std::env::current_dir()?.join(given)),
        None => Ok(root()?.join("target")),
    }
}

/// Names of the programs in `crate_dir/src/bin`, sorted. A new file there is a new program.
pub(crate) fn programs(crate_dir: &Path) -> Result<Vec<String>> {
    let dir = crate_dir.join("src/bin");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
