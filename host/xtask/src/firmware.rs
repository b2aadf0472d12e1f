//! Counts instructions of core's operations on an emulated Cortex-M4.
//!
//! Each file in `tests/qemu/count-m4/src/bin` is one operation. A count is exact: the same image
//! gives the same number on every machine, so budgets are held as tests, and no time is.

use core::time::Duration;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::command::{command, find, is_ci, output_within, run};
use crate::report;
use crate::stage::Outcome;
use crate::toolchain::{Compiler, with_firmware_flags};
use crate::tree;

const TARGET: &str = "thumbv7em-none-eabihf";
const PROFILE: &str = "firmware";
/// The image that counts nothing; its size is subtracted from every other.
const EMPTY: &str = "empty";
/// An image that runs longer than this has hung. The slowest takes about a second.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);
/// The largest function that an image may hold, in bytes. The unrolled SHA-512, which no firmware
/// shall have, is one function of 26,600 bytes; the largest other is below 8,400.
const FUNCTION_BYTES_MAX: u64 = 16_000;

/// What was found out about one operation.
pub(crate) struct Figure {
    /// Its name: that of its file in the counting firmware.
    pub(crate) operation: String,
    /// Instructions of one call.
    pub(crate) instructions: u64,
    /// Flash that its image takes beyond the empty one, in bytes.
    pub(crate) flash_bytes: u64,
}

/// What came of measuring.
pub(crate) enum Measured {
    /// A figure for every operation, in order of name.
    Figures(Vec<Figure>),
    /// It cannot be done here, and why.
    Skipped(String),
}

/// Measures, prints the table, and fails if a budget is exceeded.
pub(crate) fn test() -> Result<Outcome> {
    match measure()? {
        Measured::Skipped(reason) => Ok(Outcome::Skipped(reason)),
        Measured::Figures(figures) => {
            report::print(&figures);
            report::check_budgets(&figures)?;
            Ok(Outcome::Done)
        }
    }
}

/// Builds every image, runs it in the emulator and reads its size.
pub(crate) fn measure() -> Result<Measured> {
    let compiler = match Compiler::choose(TARGET) {
        Ok(compiler) => compiler,
        Err(error) if !is_ci() => return Ok(Measured::Skipped(error.to_string())),
        Err(error) => return Err(error),
    };
    if find("qemu-system-arm").is_none() {
        return Ok(Measured::Skipped("no qemu-system-arm".to_owned()));
    }
    let crate_dir = tree::count_m4()?;
    eprintln!("{TARGET}: {}", compiler.version());
    let images = build(compiler, &crate_dir)?;
    let empty = Image::read(&images.join(EMPTY))?;
    let mut figures = Vec::new();
    for operation in tree::programs(&crate_dir)? {
        let path = images.join(&operation);
        let instructions = count(&path)?;
        if operation == EMPTY {
            continue;
        }
        let image = Image::read(&path)?;
        image.check_functions(&operation)?;
        figures.push(Figure {
            operation,
            instructions,
            flash_bytes: image.flash_bytes.saturating_sub(empty.flash_bytes),
        });
    }
    Ok(Measured::Figures(figures))
}

/// Builds all images, and returns the folder that they lie in.
fn build(compiler: Compiler, crate_dir: &Path) -> Result<PathBuf> {
    let mut cargo = compiler.cargo("build", crate_dir, TARGET, "core")?;
    cargo.args(["--bins", "--profile", PROFILE]);
    run(with_firmware_flags(&mut cargo))?;
    compiler.built(TARGET, PROFILE)
}

/// Runs an image, and returns the instructions that it reports.
///
/// With `shift=0` an instruction takes one nanosecond of virtual time, and with `sleep=off`
/// virtual time does not wait for real time.
fn count(image: &Path) -> Result<u64> {
    let mut emulator = command("qemu-system-arm", &tree::root()?);
    emulator
        .args(["-machine", "mps2-an386", "-nographic"])
        .args(["-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-icount", "shift=0,sleep=off", "-kernel"])
        .arg(image);
    let printed = output_within(&mut emulator, RUN_TIME_MAX)?;
    reported(&printed).with_context(|| format!("{} reported no count:\n{printed}", image.display()))
}

/// The number in `instructions N`.
fn reported(printed: &str) -> Option<u64> {
    printed.lines().find_map(|line| line.strip_prefix("instructions "))?.trim().parse().ok()
}

/// What a linked image says about its size.
pub(crate) struct Image {
    /// What its sections take in flash.
    pub(crate) flash_bytes: u64,
    /// What its sections take in RAM from start to end.
    pub(crate) ram_bytes: u64,
    largest_function: (String, u64),
}

impl Image {
    /// Reads a linked image.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let elf = object::File::parse(bytes.as_slice())?;
        let flash_bytes = elf
            .sections()
            .filter(|section| {
                matches!(section.name(), Ok(".vectors" | ".vector_table" | ".text" | ".rodata" | ".data"))
            })
            .map(|section| section.size())
            .sum();
        let ram_bytes = elf
            .sections()
            .filter(|section| matches!(section.name(), Ok(".data" | ".bss")))
            .map(|section| section.size())
            .sum();
        let largest_function = elf
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .max_by_key(ObjectSymbol::size)
            .map(|symbol| (symbol.name().unwrap_or("?").to_owned(), symbol.size()))
            .with_context(|| format!("{} names no function", path.display()))?;
        Ok(Self { flash_bytes, ram_bytes, largest_function })
    }

    /// Fails if the image holds something unrolled: then the flags for firmware had no effect.
    pub(crate) fn check_functions(&self, operation: &str) -> Result<()> {
        let (name, size) = &self.largest_function;
        if *size > FUNCTION_BYTES_MAX {
            bail!(
                "{operation} holds a function of {size} bytes, {name}; at most \
                 {FUNCTION_BYTES_MAX} are allowed, and the unrolled SHA-512 is one of 26,600: \
                 did the cfg for the compact SHA-2 reach it?"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_count_is_believed() {
        assert_eq!(reported("\ninstructions 20036\n"), Some(20_036));
        assert_eq!(reported("instructions \n"), None);
        assert_eq!(reported("panicked at 'instructions'"), None);
    }
}
