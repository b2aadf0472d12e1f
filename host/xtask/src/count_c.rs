//! What the C ABI costs on emulated boards: instructions, flash and stack of the whole check.
//!
//! The images lie in `tests/qemu/budget` and link the archive that is shipped. Flash is that of an
//! image less that of an empty one with the same startup code; stack is what a painted memory shows
//! after the call; a count is exact, as in [`crate::firmware`].

mod limits;
pub(crate) mod panics;
mod stacks;
mod verifiers;

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::limits::Figures;
use crate::boards::{BOARDS, Board, M4F};
use crate::command::{is_ci, output_within};
use crate::firmware::Image;
use crate::stage::Outcome;
use crate::toolchain::Compiler;
use crate::vector_table::c_text::{self, Tables};
use crate::vector_table::{self, load};
use crate::{archive, report, tree};

/// An image that runs longer than this has hung.
const RUN_TIME_MAX: Duration = Duration::from_secs(300);

/// The golden vectors whose envelopes make the chain: a certificate, two lists, and the licence.
const CHAIN: &str = "list-replaces";

/// An image of the whole check.
struct Check {
    name: &'static str,
    flags: &'static [&'static str],
}

const BUILT_IN: Check =
    Check { name: "built-in Ed25519, HWID computed", flags: &["-DIDENTITY_READ", "-DVERIFY_BUILTIN"] };
const BUILT_IN_GIVEN: Check = Check { name: "built-in Ed25519, HWID given", flags: &["-DVERIFY_BUILTIN"] };
const CALLBACK: Check = Check { name: "callback, HWID computed", flags: &["-DIDENTITY_READ"] };
const CALLBACK_GIVEN: Check = Check { name: "callback, HWID given", flags: &[] };

/// Measures everything, prints it, and fails where a limit is exceeded.
pub(crate) fn test() -> Result<Outcome> {
    if let Some(program) = M4F.missing() {
        return Ok(Outcome::Skipped(format!("no {program}")));
    }
    let compiler = match Compiler::choose(M4F.target) {
        Err(error) if !is_ci() => return Ok(Outcome::Skipped(error.to_string())),
        Err(error) => return Err(error),
        Ok(compiler) => compiler,
    };
    eprintln!("{}: {}", M4F.target, compiler.version());
    let slack = compiler.slack_hundredths();
    let work = tree::output()?.join("budget");
    write_fixture(&work)?;
    let mut figures = Figures::default();
    flash(&work, &mut figures)?;
    whole_check(&work, &mut figures)?;
    chain(&work, &mut figures)?;
    let wrong = stacks::compare(&work, slack)?;
    let others = other_boards(&work)?;
    verifiers::measure(&work, &mut figures)?;
    figures.print();
    if let (Some(instructions), Some(flash)) =
        (figures.value("instructions: one signature"), figures.value("flash: built-in Ed25519, HWID computed"))
    {
        report::print_beside_peers("a whole check of ours, HWID computed", instructions, flash);
    }
    let mut failed = figures.exceeded(slack);
    failed.extend(wrong);
    if !failed.is_empty() {
        bail!("over the limits:\n  {}", failed.join("\n  "));
    }
    Ok(match others {
        skipped if skipped.is_empty() => Outcome::Done,
        skipped => Outcome::Skipped(skipped.join("; ")),
    })
}

/// Writes the stack of every function into its documentation.
pub(crate) fn write_stacks() -> Result<Outcome> {
    let work = tree::output()?.join("budget");
    write_fixture(&work)?;
    stacks::write(&work)?;
    Ok(Outcome::Done)
}

fn source(name: &str) -> Result<PathBuf> {
    Ok(tree::root()?.join("tests/qemu/budget").join(name))
}

/// Builds one image for `board` with the archive that is shipped.
fn build(board: &Board, work: &Path, name: &str, sources: &[&str], flags: &[&str]) -> Result<PathBuf> {
    let sources = sources.iter().map(|name| source(name)).collect::<Result<Vec<_>>>()?;
    build_with(board, &archive::firmware(board.target)?, work, name, &sources, flags)
}

/// The same with the archive that is given.
fn build_with(
    board: &Board,
    library: &Path,
    work: &Path,
    name: &str,
    sources: &[PathBuf],
    flags: &[&str],
) -> Result<PathBuf> {
    let mut paths = vec![work.join("fixture.c")];
    paths.extend_from_slice(sources);
    let mut flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("-I{}", source("")?.display()));
    flags.push(format!("-DINSTRUCTIONS_PER_TICK={}u", board.instructions_per_tick.unwrap_or(1)));
    let file = format!("{}-{name}.elf", board.target).replace([' ', ','], "-");
    board.image_with(library, &paths, &flags, &work.join(file))
}

/// What an image says, as (what, name) to number.
type Measured = BTreeMap<(String, String), u64>;

/// Runs an image, and returns what it says.
fn measured(board: &Board, image: &Path) -> Result<Measured> {
    let mut emulator = board.emulator(image)?;
    emulator.args(["-icount", "shift=0,sleep=off"]);
    let printed = output_within(&mut emulator, RUN_TIME_MAX)?;
    let said = printed.lines().filter_map(row).collect::<Measured>();
    if said.is_empty() || printed.contains("FAILED") || printed.contains("FAULT") {
        bail!("{} measured nothing:\n{printed}", image.display());
    }
    Ok(said)
}

/// `(stack, name), 12` of `stack name 12`.
fn row(line: &str) -> Option<((String, String), u64)> {
    let mut words = line.split(' ');
    let (what, name, number) = (words.next()?, words.next()?, words.next()?);
    Some(((what.to_owned(), name.to_owned()), number.parse().ok()?))
}

fn said(figures: &Measured, what: &str, name: &str) -> Result<u64> {
    figures
        .get(&(what.to_owned(), name.to_owned()))
        .copied()
        .with_context(|| format!("no {what} of {name} was measured"))
}

/// Flash of each kind of image beyond the empty one, and which of them may panic.
fn flash(work: &Path, figures: &mut Figures) -> Result<()> {
    // The quiet images hold no variable of the harness, so what they hold is the library's.
    let mut static_ram = 0;
    for check in [&BUILT_IN, &BUILT_IN_GIVEN, &CALLBACK, &CALLBACK_GIVEN] {
        let empty = build(&M4F, work, &format!("{}-empty", check.name), &["empty.c", "machine.c"], check.flags)?;
        let empty = Image::read(&empty)?.flash_bytes;
        let mut flags = check.flags.to_vec();
        flags.push("-DQUIET");
        let path = build(&M4F, work, &format!("{}-quiet", check.name), &["check.c", "machine.c"], &flags)?;
        let image = Image::read(&path)?;
        image.check_functions(check.name)?;
        static_ram = static_ram.max(image.ram_bytes);
        figures.put(&format!("flash: {}", check.name), image.flash_bytes.saturating_sub(empty));
        panics::check(check.name, &path)?;
    }
    figures.put("static RAM", static_ram);
    Ok(())
}

/// Instructions and stack of the whole check.
fn whole_check(work: &Path, figures: &mut Figures) -> Result<()> {
    let image = counted_image(&M4F, work)?;
    let numbers = measured(&M4F, &image)?;
    let lent: u64 = ["hwl_trust", "hwl_license", "hwl_identity", "hwl_context", "hwl_report"]
        .iter()
        .map(|name| said(&numbers, "size", name))
        .sum::<Result<u64>>()?;
    let stack = said(&numbers, "stack", "two-signatures")?;
    figures.put("instructions: one signature", said(&numbers, "instructions", "one-signature")?);
    figures.put("instructions: two signatures", said(&numbers, "instructions", "two-signatures")?);
    figures.put("stack: with all objects on it", stack);
    figures.put("stack: without the objects", stack.saturating_sub(lent));
    Ok(())
}

fn counted_image(board: &Board, work: &Path) -> Result<PathBuf> {
    let flags = ["-DIDENTITY_READ", "-DVERIFY_BUILTIN", "-DADMIT"];
    build(board, work, "check", &["check.c", "machine.c", "measure.c"], &flags)
}

/// What each further envelope adds to the bare verification of its signature.
fn chain(work: &Path, figures: &mut Figures) -> Result<()> {
    let image = build(&M4F, work, "chain", &["chain.c", "measure.c"], &[])?;
    let numbers = measured(&M4F, &image)?;
    let (mut whole, mut envelopes) = (0_u64, 0_u64);
    for name in LINK_NAMES {
        let (link, bare) = (said(&numbers, "link", name)?, said(&numbers, "bare", name)?);
        whole = whole.saturating_add(link);
        envelopes = envelopes.saturating_add(1);
        let added = link.saturating_sub(bare).saturating_mul(1_000).checked_div(bare).unwrap_or(u64::MAX);
        println!("chain of {envelopes}: {whole} instructions; {name}: {link}, bare {bare}, {added} per mille over it");
        figures.put(&format!("per mille over bare: {name}"), added);
    }
    Ok(())
}

/// The links of the chain, in order.
const LINK_NAMES: [&str; 4] = ["certificate", "list", "newer-list", "licence"];

/// The same check on the other boards, for the watchdog. Returns those that were skipped.
fn other_boards(work: &Path) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    println!("{:<34} {:>14} {:>14} {:>8}", "whole check on", "one signature", "two", "stack B");
    for board in BOARDS {
        if board.instructions_per_tick.is_none() {
            println!("  {:<32} counts as the same code on a larger board", board.name);
            continue;
        }
        if let Some(program) = board.missing() {
            if is_ci() {
                bail!("{}: no {program}", board.name);
            }
            skipped.push(format!("{}: no {program}", board.name));
            continue;
        }
        let numbers = measured(board, &counted_image(board, work)?)?;
        println!(
            "  {:<32} {:>14} {:>14} {:>8}",
            board.name,
            said(&numbers, "instructions", "one-signature")?,
            said(&numbers, "instructions", "two-signatures")?,
            said(&numbers, "stack", "two-signatures")?,
        );
    }
    Ok(skipped)
}

/// The last word of a file's name, as C names it.
fn stem(name: &str) -> &str {
    let stem = name.split('.').next().unwrap_or(name);
    stem.rsplit('-').next().unwrap_or(stem)
}

/// Writes the licences that the images hold.
fn write_fixture(work: &Path) -> Result<()> {
    std::fs::create_dir_all(work)?;
    let folder = tree::root()?.join("tests/fixture/src");
    let read = |name: &str| std::fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"));
    let mut tables = Tables::new("fixture.h");
    let license = read("license-strict.hwl")?;
    tables.public_bytes("fixture_root", &read("root.key")?);
    tables.public_bytes("fixture_license", &license);
    tables.public_number("fixture_license_length", license.len());
    for name in ["exchange-1-answer.bin", "correction.hwl"] {
        let (name, bytes) = (format!("fixture_{}", stem(name)), read(name)?);
        tables.public_bytes(&name, &bytes);
        tables.public_number(&format!("{name}_length"), bytes.len());
    }
    let vectors = load("license.json")?;
    let cases = c_text::list(&vectors, "cases")?;
    let case = cases.iter().find(|case| c_text::maybe(case, "name") == Some(CHAIN)).context("no vector for a chain")?;
    let root = c_text::list(case, "roots")?.first().and_then(|root| root.as_str()).context("a chain without a root")?;
    tables.public_bytes("chain_root", &c_text::unhex(root)?);
    let mut files = Vec::new();
    for row in c_text::list(case, "admitted")? {
        files.push(c_text::unhex(c_text::text(row, "bytes")?)?);
    }
    files.push(c_text::unhex(c_text::text(case, "file")?)?);
    let mut rows = Vec::new();
    for (name, file) in LINK_NAMES.iter().zip(&files) {
        let bytes = tables.bytes(file);
        rows.push(format!("{{\"{name}\", {bytes}, {}, {}}}", file.len(), u32::from(*name == "licence")));
    }
    tables.array("chain_link", "chain_links", &rows);
    vector_table::write(&work.join("tables"))?;
    std::fs::write(work.join("fixture.c"), tables.finish()).context("cannot write the fixture")
}
