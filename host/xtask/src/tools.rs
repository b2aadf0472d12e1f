//! Tools that no Debian package gives, in folders of their own under `tools` in the output folder.
//!
//! Each is installed when a stage first asks for it, in the version named here, and found there
//! from then on. Nothing is installed for the user or for the whole machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, find, run};
use crate::stage::Outcome;
use crate::tree;

/// Decodes what firmware logs by defmt.
const DEFMT_PRINT_VERSION: &str = "1.2.0";

/// Python packages of the fault injection: a processor, a disassembler and a reader of images.
const PYTHON_PACKAGES: &[&str] = &["unicorn==2.1.4", "capstone==5.0.9", "pyelftools==0.33"];

/// The C library that the static program for 64-bit ARM Linux is linked with.
const MUSL_PACKAGE: &str = "musl-dev";

/// Installs every tool, so that the stages after it measure only themselves.
pub(crate) fn install() -> Result<Outcome> {
    defmt_print()?;
    python()?;
    match musl_arm64() {
        Ok(_) => Ok(Outcome::Done),
        Err(error) => Ok(Outcome::Skipped(format!("{error:#}"))),
    }
}

/// The program `defmt-print`.
pub(crate) fn defmt_print() -> Result<PathBuf> {
    if let Some(found) = find("defmt-print") {
        return Ok(found);
    }
    let root = folder(&format!("defmt-print-{DEFMT_PRINT_VERSION}"))?;
    let program = root.join("bin/defmt-print");
    if !program.is_file() {
        let mut cargo = command("cargo", &tree::root()?);
        cargo.args(["install", "--locked", "--version", DEFMT_PRINT_VERSION, "--root"]).arg(&root);
        // Its objects are not ours, and would lie in the output folder for ever.
        cargo.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        run(cargo.arg("defmt-print"))?;
    }
    Ok(program)
}

/// A Python interpreter that can import unicorn, capstone and elftools.
pub(crate) fn python() -> Result<PathBuf> {
    let root = folder("python")?;
    let interpreter = root.join("bin/python3");
    // Written last, so that an installation that broke off is begun again.
    let done = root.join("installed.txt");
    let wanted = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    run(command("python3", &tree::root()?).args(["-m", "venv", "--clear"]).arg(&root))?;
    let mut pip = command(&interpreter, &tree::root()?);
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PYTHON_PACKAGES))?;
    std::fs::write(&done, wanted)?;
    Ok(interpreter)
}

/// A folder with musl's headers in `include` and its objects in `lib`, for 64-bit ARM.
///
/// Debian has no cross package of it. The package of the other architecture is unpacked here, with
/// package lists of its own, so that the machine's own choice of architectures stays as it is.
pub(crate) fn musl_arm64() -> Result<PathBuf> {
    let root = folder("musl-arm64")?;
    let unpacked = root.join("unpacked");
    let usable = root.join("usable");
    if !usable.join("lib/libc.a").is_file() {
        if find("apt-get").is_none() || find("dpkg-deb").is_none() {
            bail!("musl for 64-bit ARM is unpacked from a Debian package, and this system has no apt-get");
        }
        fetch(&root)?;
        let package = package_in(&root)?;
        run(command("dpkg-deb", &root).arg("-x").arg(&package).arg(&unpacked))?;
        std::fs::create_dir_all(&usable)?;
        rename(&unpacked.join("usr/include/aarch64-linux-musl"), &usable.join("include"))?;
        rename(&unpacked.join("usr/lib/aarch64-linux-musl"), &usable.join("lib"))?;
    }
    Ok(usable)
}

/// Has apt fetch the package into `root`, without looking at or changing what is installed.
fn fetch(root: &Path) -> Result<()> {
    for sub in ["lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(root.join(sub))?;
    }
    let apt_get = || {
        let mut apt = command("apt-get", root);
        apt.args(["-o", "APT::Architecture=arm64", "-o", "APT::Architectures=arm64"])
            .args(["-o", "Acquire::Languages=none", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root"])
            .args(["-o", "Dir::State::status=/dev/null", "-o", &format!("Dir::State::lists={}/lists", root.display())])
            .args(["-o", &format!("Dir::Cache={}/cache", root.display()), "-q"]);
        apt
    };
    run(apt_get().arg("update"))?;
    run(apt_get().args(["download", MUSL_PACKAGE]))
}

fn package_in(root: &Path) -> Result<PathBuf> {
    for entry in std::fs::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            return Ok(path);
        }
    }
    bail!("apt-get left no package in {}", root.display())
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

/// The folder of one tool.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = tree::output()?.join("tools").join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
