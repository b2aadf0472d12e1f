//! The golden vectors through the C ABI, on every emulated board and on ARM Linux.
//!
//! One runner in C walks the same tables everywhere, so what is tested is the archive that is
//! shipped. It prints a digest over all that the library answered, for each group of tables, and
//! these must be equal on all targets. Boards that have UMAAL run all of it with the assembly of the
//! Ed25519 verifier once more, and that assembly by itself.

mod field;

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::boards::{BOARDS, Board, C_FLAGS};
use crate::command::{command, find, is_ci, output_within, run};
use crate::stage::Outcome;
use crate::toolchain::Compiler;
use crate::vector_table::{self, GROUPS};
use crate::{archive, tree};

/// A run that takes longer has hung; the slowest, all signatures on a Cortex-M0, takes half a
/// minute on a machine that does something else beside it.
const RUN_TIME_MAX: Duration = Duration::from_secs(600);

/// Linux under QEMU's emulation of single programs.
struct Linux {
    target: &'static str,
    emulator: &'static str,
    /// Where Debian puts the C library of that processor.
    root: &'static str,
}

const LINUX: &[Linux] = &[
    Linux { target: "armv7-unknown-linux-gnueabihf", emulator: "qemu-arm", root: "/usr/arm-linux-gnueabihf" },
    Linux { target: "aarch64-unknown-linux-gnu", emulator: "qemu-aarch64", root: "/usr/aarch64-linux-gnu" },
];

/// The digest of each group, by its name, and who said it first.
type Digests = BTreeMap<String, (String, &'static str)>;

/// Runs the vectors on every target, and compares what they answered.
pub(crate) fn all() -> Result<Outcome> {
    let work = tree::output()?.join("target-tests");
    let tables = work.join("tables");
    vector_table::write(&tables)?;
    field::write(&tables)?;
    let mut digests = Digests::new();
    let mut skipped = Vec::new();
    for board in BOARDS {
        match ready(board.target, board.missing()) {
            Ok(()) => {
                on_board(board, &work, &tables, &mut digests)?;
                field::on_board(board, &work, &tables)?;
            }
            Err(error) if !is_ci() => skipped.push(format!("{}: {error:#}", board.name)),
            Err(error) => return Err(error.context(board.name)),
        }
    }
    for linux in LINUX {
        let gcc = archive::shared::cross_compiler(linux.target)?;
        let missing = [gcc, linux.emulator].into_iter().find(|name| find(name).is_none());
        match ready(linux.target, missing) {
            Ok(()) => on_linux(linux, gcc, &work, &tables, &mut digests)?,
            Err(error) if !is_ci() => skipped.push(format!("{}: {error:#}", linux.target)),
            Err(error) => return Err(error.context(linux.target)),
        }
    }
    for (group, (digest, _)) in &digests {
        println!("{group:<12} {digest} on every target that ran");
    }
    Ok(if skipped.is_empty() { Outcome::Done } else { Outcome::Skipped(skipped.join("; ")) })
}

/// Whether a target can be built for and run here.
fn ready(target: &str, missing: Option<&str>) -> Result<()> {
    if let Some(program) = missing {
        bail!("no {program}");
    }
    Compiler::choose(target).map(drop)
}

/// The runner and some tables, below `work`.
fn sources(tables: &Path, groups: &[&vector_table::Group]) -> Result<Vec<PathBuf>> {
    let mut sources = vec![tree::root()?.join("tests/qemu/vectors/runner.c")];
    sources.extend(groups.iter().map(|group| tables.join(group.file)));
    Ok(sources)
}

/// Runs every group on one board: together where there is room, else one image for each.
fn on_board(board: &'static Board, work: &Path, tables: &Path, digests: &mut Digests) -> Result<()> {
    let groups: Vec<&vector_table::Group> = GROUPS.iter().filter(|group| board.holds(group.name)).collect();
    let images: Vec<Vec<&vector_table::Group>> =
        if board.is_small() { groups.iter().map(|group| vec![*group]).collect() } else { vec![groups] };
    let mut libraries = vec![archive::firmware(board.target)?];
    if archive::has_fast(board.target) {
        libraries.push(archive::fast(board.target)?);
    }
    for (library, groups) in libraries.iter().flat_map(|library| images.iter().map(move |groups| (library, groups))) {
        let bits: u32 = groups.iter().map(|group| group.bit).sum();
        let stem = library.file_stem().map_or_else(Default::default, |stem| stem.to_string_lossy());
        let image = work.join(format!("{}-{stem}-{bits}.elf", board.name.replace([' ', ','], "-")));
        let include = tree::root()?.join("tests/qemu/vectors");
        let flags = [format!("-DGROUPS={bits}"), format!("-I{}", include.display())];
        let image = board.image_with(library, &sources(tables, groups)?, &flags, &image)?;
        let printed = output_within(&mut board.emulator(&image)?, RUN_TIME_MAX)?;
        take(board.name, &printed, groups, digests)?;
    }
    for group in GROUPS.iter().filter(|group| !board.holds(group.name)) {
        println!("{}: {} do not fit its memory; they run as the same code on a larger board", board.name, group.name);
    }
    Ok(())
}

/// Runs everything as a program of Linux, through the shared library.
fn on_linux(linux: &'static Linux, gcc: &str, work: &Path, tables: &Path, digests: &mut Digests) -> Result<()> {
    let root = tree::root()?;
    let library = archive::linux_shared(linux.target)?;
    let folder = library.parent().context("a library lies in a folder")?;
    let groups: Vec<&vector_table::Group> = GROUPS.iter().collect();
    let program = work.join(linux.target);
    let boards = root.join("tests/qemu/boards");
    let mut compile = command(gcc, &root);
    compile.args(C_FLAGS).arg("-I").arg(root.join("include")).arg("-I").arg(&boards);
    compile.arg("-I").arg(root.join("tests/qemu/vectors")).arg(boards.join("linux.c"));
    compile.args(sources(tables, &groups)?).arg("-L").arg(folder).arg("-lhwlicense");
    run(compile.arg("-o").arg(&program))?;
    let mut emulator = command(linux.emulator, &root);
    emulator.arg("-L").arg(linux.root).arg("-E").arg(format!("LD_LIBRARY_PATH={}", folder.display())).arg(&program);
    let printed = output_within(&mut emulator, RUN_TIME_MAX)?;
    take(linux.target, &printed, &groups, digests)
}

/// Reads what a runner printed: nothing wrong, every group there, every digest as elsewhere.
fn take(name: &'static str, printed: &str, groups: &[&vector_table::Group], digests: &mut Digests) -> Result<()> {
    if !printed.lines().any(|line| line == "wrong 0") {
        bail!("{name} differs from the vectors:\n{printed}");
    }
    for group in groups {
        let prefix = format!("group {} ", group.name);
        let Some(line) = printed.lines().find_map(|line| line.strip_prefix(&prefix)) else {
            bail!("{name} did not run the {}:\n{printed}", group.name);
        };
        println!("{name}: {} {line}", group.name);
        let (digest, first) = digests.entry(group.name.to_owned()).or_insert_with(|| (line.to_owned(), name));
        if digest != line {
            bail!("{name} and {first} answer differently for the {}: {line}, {digest}", group.name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn another_answer_on_another_target_is_told() {
        let groups = [&GROUPS[0]];
        let mut digests = Digests::new();
        take("one", "group hwids cases 3 digest 0a\nwrong 0\n", &groups, &mut digests).unwrap();
        take("two", "group hwids cases 3 digest 0a\nwrong 0\n", &groups, &mut digests).unwrap();
        take("three", "group hwids cases 3 digest 0b\nwrong 0\n", &groups, &mut digests).unwrap_err();
        take("four", "wrong 0\n", &groups, &mut digests).unwrap_err();
        take("five", "group hwids cases 3 digest 0a\nwrong 1\n", &groups, &mut digests).unwrap_err();
    }
}
