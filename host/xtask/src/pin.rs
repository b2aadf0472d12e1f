//! Tables of pinned keys for images, written by the command that users have: `hwlicense key pin`.

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{command, output_within, run};
use crate::lint::host_cargo;
use crate::tree;
use crate::vector_table::{c_text, load};

/// A table takes far less than a second, even where nothing is optimised.
const RUN_TIME_MAX: Duration = Duration::from_secs(60);

/// The command `hwlicense`, built.
pub(crate) struct Tool {
    path: PathBuf,
}

impl Tool {
    /// Builds it.
    pub(crate) fn build() -> Result<Self> {
        run(host_cargo("build")?.args(["--package", "hwlicense-cli"]))?;
        Ok(Self { path: tree::output()?.join("debug/hwlicense") })
    }

    /// Writes the tables of both keys of the fixture in C into `folder`, and returns the files, which
    /// define `pinned_root` and `pinned_issuer`.
    pub(crate) fn fixture_in_c(&self, folder: &Path, teeth: u8) -> Result<Vec<PathBuf>> {
        self.in_c(fixture, folder, teeth)
    }

    /// The same of the keys that sign the golden vectors.
    pub(crate) fn vectors_in_c(&self, folder: &Path, teeth: u8) -> Result<Vec<PathBuf>> {
        let vectors = load("license.json")?;
        let keys = vectors.get("keys").context("the vectors name no keys")?;
        self.in_c(|name| c_text::unhex(c_text::text(keys, name)?), folder, teeth)
    }

    fn in_c(&self, key: impl Fn(&str) -> Result<Vec<u8>>, folder: &Path, teeth: u8) -> Result<Vec<PathBuf>> {
        std::fs::create_dir_all(folder)?;
        let write = |name| -> Result<PathBuf> {
            let file = folder.join(format!("pinned_{name}_{teeth}.c"));
            std::fs::write(&file, self.text(name, &key(name)?, "c", teeth)?)
                .with_context(|| format!("cannot write {}", file.display()))?;
            Ok(file)
        };
        ["root", "issuer"].into_iter().map(write).collect()
    }

    /// The table of a key, called `pinned_NAME`.
    pub(crate) fn text(&self, name: &str, key: &[u8], format: &str, teeth: u8) -> Result<String> {
        let folder = tree::output()?.join("pinned");
        std::fs::create_dir_all(&folder)?;
        let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = format!("{name}.pub");
        std::fs::write(folder.join(&file), digits).with_context(|| format!("cannot write {file}"))?;
        let mut tool = command(&self.path, &folder);
        tool.args(["key", "pin", &file, "--format", format, "--teeth", &teeth.to_string()]);
        output_within(&mut tool, RUN_TIME_MAX)
    }
}

/// A public key of the fixture: `root` or `issuer`.
pub(crate) fn fixture(name: &str) -> Result<Vec<u8>> {
    std::fs::read(tree::root()?.join(format!("tests/fixture/src/{name}.key")))
        .with_context(|| format!("the fixture has no key {name}"))
}
