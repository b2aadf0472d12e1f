//! The assembly of the Ed25519 verifier, by itself, on the boards that have UMAAL.
//!
//! The files of `core/ed25519/src/assembly` are assembled into an image of their own and compared with
//! tables of `num-bigint`'s arithmetic and of `sha2`'s hashes. Most carries happen for one number in millions, so numbers
//! are made for which they do.

mod hashes;
mod numbers;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::boards::Board;
use crate::command::output_within;
use crate::vector_table::c_text::Tables;
use crate::{archive, tree};

use super::RUN_TIME_MAX;

/// Writes the tables into `folder`.
pub(super) fn write(folder: &Path) -> Result<()> {
    let mut tables = Tables::new("field.h");
    numbers::write(&mut tables)?;
    hashes::write(&mut tables);
    let path = folder.join("field.c");
    std::fs::write(&path, tables.finish()).with_context(|| format!("cannot write {}", path.display()))
}

/// Runs the assembly on a board that has UMAAL; the others have nothing to test here.
pub(super) fn on_board(board: &'static Board, work: &Path, tables: &Path) -> Result<()> {
    if !archive::has_fast(board.target) {
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
    let image = work.join(format!("field-{}.elf", board.target));
    let image = board.image_with(&archive::fast(board.target)?, &sources, &flags, &image)?;
    let printed = output_within(&mut board.emulator(&image)?, RUN_TIME_MAX)?;
    if !printed.lines().any(|line| line == "wrong 0") {
        bail!("{}: the assembly is wrong:\n{printed}", board.name);
    }
    println!("{}: the assembly agrees with num-bigint and sha2", board.name);
    Ok(())
}
