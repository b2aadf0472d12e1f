//! The assembly of the Ed25519 field, by itself, on the boards that have UMAAL.
//!
//! The files of `core/ed25519/src/assembly` are assembled into an image of their own and compared with
//! tables of `num-bigint`'s arithmetic. Most carries happen for one number in millions, so numbers
//! are made for which they do.

mod numbers;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::boards::Board;
use crate::command::output_within;
use crate::tree;

use super::RUN_TIME_MAX;
pub(super) use numbers::write;

/// The targets whose boards have UMAAL. The Cortex-M33 may lack it, but the emulated one has it.
const TARGETS: [&str; 2] = ["thumbv7em-none-eabihf", "thumbv8m.main-none-eabi"];

/// Runs the assembly on a board that has UMAAL; the others have nothing to test here.
pub(super) fn on_board(board: &'static Board, work: &Path, tables: &Path) -> Result<()> {
    if !TARGETS.contains(&board.target) {
        return Ok(());
    }
    let folder = tree::root()?.join("tests/qemu/field");
    let assembly = tree::root()?.join("core/ed25519/src/assembly");
    let sources: Vec<PathBuf> =
        vec![folder.join("runner.c"), folder.join("operations.S"), tables.join("field.c"), tables.join("signatures.c")];
    let vectors = tree::root()?.join("tests/qemu/vectors");
    let flags: Vec<String> = [&folder, &vectors]
        .iter()
        .map(|path| format!("-I{}", path.display()))
        .chain([format!("-Wa,-I,{}", assembly.display())])
        .collect();
    let image = board.image(&sources, &flags, &work.join(format!("field-{}.elf", board.target)))?;
    let printed = output_within(&mut board.emulator(&image)?, RUN_TIME_MAX)?;
    if !printed.lines().any(|line| line == "wrong 0") {
        bail!("{}: the assembly of the field is wrong:\n{printed}", board.name);
    }
    println!("{}: the assembly of the field agrees with num-bigint", board.name);
    Ok(())
}
