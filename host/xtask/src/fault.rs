//! Fault injection: each instruction on the way to a refusal skipped once, on an emulated Cortex-M4.
//!
//! The image is `tests/fault/image.c` with the archive for firmware; the driver is
//! `tests/fault/sweep.py`. A second image whose caller asks for the right only once shows that the
//! driver finds a weakness where there is one. Two more verify signatures themselves, those of any
//! key and those of pinned keys.

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::command::{command, find, output_within, run};
use crate::pin::Tool;
use crate::stage::Outcome;
use crate::{archive, tools, tree};

const TARGET: &str = "thumbv7em-none-eabihf";
const COMPILER: &str = "arm-none-eabi-gcc";
const PROCESSOR: [&str; 4] = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];
/// Teeth of the tables of pinned keys.
const TEETH: u8 = 4;
/// Up to eight minutes of two cores for an image that verifies itself, all of it.
const RUN_TIME_MAX: Duration = Duration::from_secs(1800);
/// Of the images that verify signatures themselves `test` takes one instruction in this many, chosen
/// anew each time: following one to its end takes some thirty times as long as with a callback.
const SHARE_IN_TEST: &str = "5";

/// How much of the images that verify signatures themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verifiers {
    /// Every instruction.
    Whole,
    /// One in [`SHARE_IN_TEST`].
    Sampled,
}

/// Builds the images and sweeps them.
pub(crate) fn sweep(verifiers: Verifiers) -> Result<Outcome> {
    if find(COMPILER).is_none() {
        return Ok(Outcome::Skipped(format!("no {COMPILER}")));
    }
    let library = archive::firmware(TARGET)?;
    let folder = archive::folder(TARGET)?;
    let planted = image(&library, &["-DASKED_ONCE"], &[], folder.join("fault-planted.elf"))?;
    let good = image(&library, &[], &[], folder.join("fault.elf"))?;
    // What is swept is not the arithmetic, and with assembly an attempt takes half as long.
    let fast = archive::fast(TARGET)?;
    let any = image(&fast, &["-DVERIFY_ANY"], &[], folder.join("fault-any.elf"))?;
    let tables = Tool::build()?.vectors_in_c(&folder, TEETH)?;
    let pinned = image(&fast, &["-DVERIFY_PINNED"], &tables, folder.join("fault-pinned.elf"))?;
    let python = tools::python()?;
    let driver = tree::root()?.join("tests/fault/sweep.py");
    for (mode, image) in [(Some("--planted"), planted), (None, good), (Some("--any"), any), (Some("--pinned"), pinned)]
    {
        let mut python = command(&python, &tree::root()?);
        // No compiled files are left in the source tree.
        python.env("PYTHONDONTWRITEBYTECODE", "1").arg(&driver).args(mode);
        if verifiers == Verifiers::Sampled && [Some("--any"), Some("--pinned")].contains(&mode) {
            python.args(["--every", SHARE_IN_TEST]);
        }
        python.arg(image);
        print!("{}", output_within(&mut python, RUN_TIME_MAX)?);
    }
    Ok(Outcome::Done)
}

fn image(library: &Path, more: &[&str], tables: &[PathBuf], image: PathBuf) -> Result<PathBuf> {
    let tests = tree::root()?.join("tests");
    let mut cc = command(COMPILER, &tests);
    cc.arg("-std=c11").args(PROCESSOR).args(["-Os", "-g", "-ffunction-sections", "-fdata-sections"]);
    cc.args(["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]).args(more);
    cc.arg("-I").arg(archive::exports::include()?).args(["-I", "c", "fault/image.c"]).args(tables).arg(library);
    cc.args(["--specs=nano.specs", "-nostartfiles", "-T", "fault/image.ld", "-Wl,--gc-sections"]);
    cc.args(["-Wl,--no-warn-rwx-segments", "-Wl,--no-warn-execstack", "-o"]).arg(&image);
    run(&mut cc)?;
    if !image.is_file() {
        bail!("the compiler left no {}", image.display());
    }
    Ok(image)
}
