//! Which functions of a linked image belong to panicking or formatting.

use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSymbol, SymbolKind};

/// Parts of the mangled names of everything that a panic needs.
const SIGNS: &[&str] = &["9panicking", "4core3fmt", "core..fmt", "_fail", "unwrap_failed", "expect_failed", "begin_unwind"];

/// Formatting, which no image may hold, whatever else it does.
const FORMATTING: &[&str] = &["4core3fmt", "core..fmt", "panic_fmt"];

/// Functions of the curve's crates that end an image that verifies signatures itself.
///
/// They are what is left of checks on indices that never fail. Whoever adds a name here says in
/// the commit which function needs it.
const OF_THE_CURVE: &[&str] = &["panic_bounds_check", "panic_fmt", "rust_begin_unwind", "panic_const", "slice_index_fail"];

/// Fails if an image holds what it may not; prints the names of those that it may.
pub(super) fn check(name: &str, image: &Path, verifies: bool) -> Result<()> {
    let found = signs(image)?;
    let unknown: Vec<&String> = found
        .iter()
        .filter(|symbol| !verifies || !OF_THE_CURVE.iter().any(|known| symbol.contains(known)))
        .collect();
    if !unknown.is_empty() {
        bail!("{name} holds {unknown:?}");
    }
    let formatting = found.iter().filter(|symbol| FORMATTING.iter().any(|sign| symbol.contains(sign))).count();
    println!("panics of {name}: {} symbols {found:?}, {formatting} of formatting", found.len());
    Ok(())
}

fn signs(image: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(image).with_context(|| format!("cannot read {}", image.display()))?;
    let elf = object::File::parse(bytes.as_slice())?;
    let mut found: Vec<String> = elf
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| symbol.name().ok().map(str::to_owned))
        .filter(|symbol| SIGNS.iter().any(|sign| symbol.contains(sign)))
        .collect();
    found.sort();
    Ok(found)
}
