//! The whole licence check by each built-in verifier: which to choose, in figures.
//!
//! The HWID is given, as a factory writes it, and one signature is verified: that of the licence,
//! whose issuer is known. Flash is that of an image which verifies both signatures, with the tables
//! of both keys where they are pinned.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::limits::{Figures, OF_A_CHECK};
use super::{build_with, measured, panics, said, source};
use crate::archive;
use crate::boards::{Board, M0, M3, M4F, M33};
use crate::firmware::Image;
use crate::pin::Tool;

/// Who verifies.
#[derive(Clone, Copy)]
enum Verifier {
    /// A stub in the place of an engine: what the rest of a check takes.
    Stub,
    /// `hwl_ed25519_verify`.
    Any,
    /// `hwl_ed25519_verify_pinned`, with combs of so many teeth.
    Pinned(u8),
}

/// A row of the table.
struct Profile {
    name: &'static str,
    board: &'static Board,
    /// Whether the archive is the one with assembly.
    is_fast: bool,
    verifier: Verifier,
}

const fn profile(name: &'static str, board: &'static Board, is_fast: bool, verifier: Verifier) -> Profile {
    Profile { name, board, is_fast, verifier }
}

const PROFILES: &[Profile] = &[
    profile("M4F, stub", &M4F, false, Verifier::Stub),
    profile("M4F, any key", &M4F, false, Verifier::Any),
    profile("M4F, any key, assembly", &M4F, true, Verifier::Any),
    profile("M4F, pinned, 4 teeth", &M4F, false, Verifier::Pinned(4)),
    profile("M4F, pinned, 4 teeth, assembly", &M4F, true, Verifier::Pinned(4)),
    profile("M4F, pinned, 5 teeth, assembly", &M4F, true, Verifier::Pinned(5)),
    profile("M4F, pinned, 6 teeth, assembly", &M4F, true, Verifier::Pinned(6)),
    profile("M33, any key, assembly", &M33, true, Verifier::Any),
    profile("M33, pinned, 4 teeth, assembly", &M33, true, Verifier::Pinned(4)),
    profile("M3, any key", &M3, false, Verifier::Any),
    profile("M3, pinned, 4 teeth", &M3, false, Verifier::Pinned(4)),
    profile("M3, pinned, 6 teeth", &M3, false, Verifier::Pinned(6)),
    profile("M0+, any key", &M0, false, Verifier::Any),
    profile("M0+, pinned, 4 teeth", &M0, false, Verifier::Pinned(4)),
    profile("M0+, pinned, 6 teeth", &M0, false, Verifier::Pinned(6)),
];

/// What somebody else's takes on one of these boards.
struct Peer {
    name: &'static str,
    instructions: u64,
    stack_bytes: Option<u64>,
    flash_bytes: Option<u64>,
}

const fn peer(name: &'static str, instructions: u64, stack_bytes: u64, flash_bytes: u64) -> Peer {
    Peer { name, instructions, stack_bytes: Some(stack_bytes), flash_bytes: Some(flash_bytes) }
}

const fn counted(name: &'static str, instructions: u64) -> Peer {
    Peer { name, instructions, stack_bytes: None, flash_bytes: None }
}

/// # Source
/// Measured by the same recipe, rustc 1.96 and arm-none-eabi-gcc 12.2, QEMU 7.2. All but the first
/// row are one verification alone.
const PEERS: &[Peer] = &[
    peer("M4: a check with dalek 3, compact SHA-2", 1_746_582, 7_912, 19_496),
    peer("M4: wolfSSL 5.9, assembly", 506_117, 2_904, 28_732),
    peer("M4: MCUboot, fiat field", 1_329_315, 3_624, 14_704),
    peer("M4: Monocypher 4.0.3", 1_757_161, 1_680, 11_084),
    peer("M4: ed25519-dalek 2.2, compact SHA-2", 1_704_638, 7_576, 16_516),
    counted("M3: MCUboot", 1_310_000),
    counted("M3: ed25519-dalek", 1_520_000),
    counted("M3: Monocypher", 1_720_000),
    counted("M0+: MCUboot", 12_200_000),
    counted("M0+: ed25519-dalek", 13_800_000),
    Peer { name: "M0+: Monocypher", instructions: 16_700_000, stack_bytes: Some(1_900), flash_bytes: None },
];

/// Measures every row and prints them beside those of others.
pub(super) fn measure(work: &Path, figures: &mut Figures) -> Result<()> {
    let tool = Tool::build()?;
    println!(
        "{:<42} {:>12} {:>8} {:>8}",
        "a whole check, HWID given, one signature", "instructions", "stack B", "flash B"
    );
    for profile in PROFILES {
        let Profile { name, board, .. } = profile;
        if let Some(program) = board.missing() {
            println!("  {name:<40} skipped: no {program}");
            continue;
        }
        let images = Images::of(profile, &tool, work)?;
        let numbers = measured(board, &images.build("counted", &["measure.c"], &["-DADMIT"])?)?;
        let instructions = said(&numbers, "instructions", "one-signature")?;
        // What the program lends is not the library's.
        let lent =
            ["hwl_license", "hwl_identity", "hwl_context", "hwl_report"].map(|name| said(&numbers, "size", name));
        let lent = lent.into_iter().sum::<Result<u64>>()?;
        let stack = said(&numbers, "stack", "one-signature")?.saturating_sub(lent);
        let quiet = images.build("quiet", &[], &["-DQUIET"])?;
        panics::check(name, &quiet)?;
        let flash = Image::read(&quiet)?.flash_bytes.saturating_sub(images.empty()?);
        println!("  {name:<40} {instructions:>12} {stack:>8} {flash:>8}");
        for (what, figure) in OF_A_CHECK.iter().zip([instructions, stack, flash]) {
            figures.put(&format!("{name}: {what}"), figure);
        }
    }
    let shown = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    for Peer { name, instructions, stack_bytes, flash_bytes } in PEERS {
        println!("    {name:<38} {instructions:>12} {:>8} {:>8}", shown(*stack_bytes), shown(*flash_bytes));
    }
    Ok(())
}

/// The images of one row.
struct Images<'w> {
    board: &'static Board,
    work: &'w Path,
    name: &'static str,
    library: PathBuf,
    tables: Vec<PathBuf>,
    flags: &'static [&'static str],
}

impl<'w> Images<'w> {
    fn of(profile: &Profile, tool: &Tool, work: &'w Path) -> Result<Self> {
        let Profile { name, board, is_fast, verifier } = *profile;
        let library = if is_fast { archive::fast(board.target)? } else { archive::firmware(board.target)? };
        let (flags, tables): (&[&str], _) = match verifier {
            Verifier::Stub => (&[], Vec::new()),
            Verifier::Any => (&["-DVERIFY_BUILTIN"], Vec::new()),
            Verifier::Pinned(teeth) => (&["-DVERIFY_PINNED"], tool.fixture_in_c(work, teeth)?),
        };
        Ok(Self { board, work, name, library, tables, flags })
    }

    fn build(&self, kind: &str, more: &[&str], flags: &[&str]) -> Result<PathBuf> {
        let mut sources = self.tables.clone();
        for name in ["check.c"].iter().chain(more) {
            sources.push(source(name)?);
        }
        let flags = [self.flags, flags].concat();
        build_with(self.board, &self.library, self.work, &format!("{}-{kind}", self.name), &sources, &flags)
    }

    /// Flash of the image with the fixture and nothing else.
    fn empty(&self) -> Result<u64> {
        let name = format!("{}-empty", self.name);
        let image = build_with(self.board, &self.library, self.work, &name, &[source("empty.c")?], &[])?;
        Ok(Image::read(&image)?.flash_bytes)
    }
}
