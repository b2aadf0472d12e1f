//! The licence texts that must go wherever the libraries go: ours, and those of every crate in
//! them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::linked::Linked;
use crate::archive;
use crate::command::try_output;
use crate::tree;

/// How the files begin that hold a licence or a notice.
const BEGINNINGS: &[&str] = &["license", "licence", "copying", "copyright", "notice"];

/// Copies the texts into `folder`: ours at its top, and one folder for each crate.
pub(super) fn install(folder: &Path, linked: &[Linked]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        archive::copy(&tree::root()?.join(name), &folder.join(name))?;
    }
    for package in linked.iter().filter(|package| package.checksum.is_some()) {
        let texts = texts_in(&package.source)?;
        if texts.is_empty() && !package.license.contains("Apache-2.0") {
            bail!("{} {} comes without its licence text ({})", package.name, package.version, package.license);
        }
        // A crate without a text offers Apache-2.0, and that text is at the top.
        if !texts.is_empty() {
            copy_all(&texts, &folder.join("crates").join(format!("{}-{}", package.name, package.version)))?;
        }
    }
    standard_library(&folder.join("rust-standard-library"))
}

/// The standard library's own copyright notice, as its compiler brings it.
fn standard_library(folder: &Path) -> Result<()> {
    let mut rustc = crate::command::command("rustc", &tree::root()?);
    let sysroot = try_output(rustc.args(["--print", "sysroot"])).context("`rustc` names no sysroot")?;
    let texts: Vec<PathBuf> = ["share/doc/rust/COPYRIGHT-library.html", "share/doc/rustc-web/copyright"]
        .iter()
        .map(|path| Path::new(&sysroot).join(path))
        .filter(|path| path.is_file())
        .collect();
    if texts.is_empty() {
        bail!("the compiler in {sysroot} comes without the standard library's copyright notice");
    }
    copy_all(&texts, folder)
}

fn texts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
            texts.push(path);
        }
    }
    Ok(texts)
}

fn copy_all(texts: &[PathBuf], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for text in texts {
        archive::copy(text, &folder.join(text.file_name().context("a text without a name")?))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::package::linked;

    #[test]
    fn every_crate_brings_its_text() {
        let folder = std::env::temp_dir().join(format!("hwlicense-texts-{}", std::process::id()));
        let outcome = install(&folder, &linked::all().unwrap());
        let crates = std::fs::read_dir(folder.join("crates")).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        outcome.unwrap();
        assert!(crates > 5, "{crates}");
    }
}
