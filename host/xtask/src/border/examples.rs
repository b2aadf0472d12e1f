//! The server examples in C and Python: a licence verified and explained, with the output asserted.
//!
//! Both read a made-up `/sys`, so that they see the same machine wherever they run, and both must
//! say the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{RUN_TIME_MAX, WARNINGS, files, folder};
use crate::archive;
use crate::command::{command, find, output_within, run};
use crate::stage::Outcome;
use crate::toolchain::host;
use crate::tree;

/// What the made-up machine says of itself, below its `class`.
const SYS: &[(&str, &str)] = &[
    ("dmi/id/board_vendor", "Supermicro\n"),
    ("dmi/id/board_name", "X11SSH-F\n"),
    ("dmi/id/board_serial", "ZM16AS034417\n"),
    ("dmi/id/sys_vendor", "Northgate Video Systems\n"),
    ("dmi/id/product_name", "NVS-4200 Recorder\n"),
    ("dmi/id/product_serial", "NVS42-0091834\n"),
    ("dmi/id/product_uuid", "3f6a1c52-7d90-4b1e-8a27-0025905cd138\n"),
    ("net/eno1/address", "00:25:90:5c:d1:38\n"),
    ("net/eno1/addr_assign_type", "0\n"),
    ("net/eno1/device/vendor", "0x8086\n"),
    ("net/lo/address", "00:00:00:00:00:00\n"),
    ("net/lo/addr_assign_type", "0\n"),
];
/// Within the terms of the licence.
const NOW: &str = "1781136000";

/// Builds the one, runs both, and compares.
pub(crate) fn all() -> Result<Outcome> {
    if find("cc").is_none() || find("python3").is_none() {
        return Ok(Outcome::Skipped("no cc or no python3".to_owned()));
    }
    let sys = made_up_machine()?;
    let shared = archive::host_shared()?;
    let server = build(&shared)?;
    let script = tree::root()?.join("examples/server-python/server.py");
    let mut said = Vec::new();
    for is_python in [false, true] {
        let program = || {
            let mut program =
                if is_python { command("python3", Path::new("/")) } else { command(&server, Path::new("/")) };
            if is_python {
                program.arg(&script).arg("--library").arg(&shared);
            }
            program.args(["--now", NOW, "--sys"]).arg(&sys);
            program
        };
        said.push(scenes(program)?);
    }
    let [c, python] = said.as_slice() else { bail!("two programs speak") };
    if c != python {
        bail!("the examples differ; in C:\n{c}\nin Python:\n{python}");
    }
    eprint!("{c}");
    Ok(Outcome::Done)
}

/// What one program says of a licence for another machine, for this one, and of a damaged file.
fn scenes(program: impl Fn() -> Command) -> Result<String> {
    let files = files()?;
    let (root, strict) = (files.join("root.key"), files.join("strict.hwl"));
    let mut other = program();
    let refused = refusal(other.arg(&root).arg("Northgate").arg(&strict))?;
    expect(&refused, &["hwid       03", "licence    5HRE-2AVT-0S3F-J8KW", "verdict    other-hardware"])?;
    // The same for the machine that the licence was issued for, as a factory has noted it.
    let mut this = program();
    let issued_for = issued_for(&refused)?;
    this.args(["--hwid", &issued_for]).arg(&root).arg("Northgate").arg(&strict);
    let granted = output_within(&mut this, RUN_TIME_MAX)?;
    expect(&granted, &["verdict    valid", "recording  16 channels"])?;
    let damaged = folder("examples")?.join("damaged.hwl");
    let mut bytes = std::fs::read(&strict)?;
    if let Some(byte) = bytes.last_mut() {
        *byte ^= 1;
    }
    std::fs::write(&damaged, bytes)?;
    let mut third = program();
    let broken = refusal(third.arg(&root).arg("Northgate").arg(&damaged))?;
    expect(&broken, &["HWL_E_BAD_SIGNATURE"])?;
    Ok(format!("{refused}{granted}{broken}"))
}

/// The HWID in the line about the licence.
fn issued_for(said: &str) -> Result<String> {
    let line = said.lines().find_map(|line| line.strip_prefix("issued for "));
    line.map(|hwid| hwid.trim().to_owned()).with_context(|| format!("no HWID of the licence in:\n{said}"))
}

/// What a program prints that ends with status 1.
fn refusal(program: &mut Command) -> Result<String> {
    let output = program.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() != Some(1) {
        bail!("{} instead of status 1:\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}

fn expect(said: &str, lines: &[&str]) -> Result<()> {
    for line in lines {
        if !said.contains(line) {
            bail!("`{line}` is missing in:\n{said}");
        }
    }
    Ok(())
}

fn made_up_machine() -> Result<PathBuf> {
    let sys = folder("examples")?.join("sys");
    for (name, text) in SYS {
        let path = sys.join("class").join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(sys)
}

fn build(shared: &Path) -> Result<PathBuf> {
    let server = folder("examples")?.join("server");
    let mut cc = command("cc", &tree::root()?.join("examples/server-c"));
    cc.args(["-std=c99", "-O2"]).args(WARNINGS).arg("-I").arg(archive::exports::include()?);
    cc.args(["main.c", "machine.c"]).arg(shared);
    run(cc.arg(format!("-Wl,-rpath,{}", archive::folder(&host()?)?.display())).arg("-o").arg(&server))?;
    Ok(server)
}
