//! Which functions of a linked image belong to panicking or formatting.

use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSymbol, SymbolKind};

/// Parts of the mangled names of everything that a panic needs.
const SIGNS: &[&str] =
    &["9panicking", "4core3fmt", "core..fmt", "_fail", "unwrap_failed", "expect_failed", "begin_unwind"];

/// What verifying signatures ourselves still needs: one addition in the digits of a scalar, which
/// never overflows.
const OF_THE_CURVE: &[&str] = &["panic_const_add_overflow"];

/// The handler and what leads to it; there if, and only if, anything above is.
const HANDLER: &[&str] = &["panic_fmt", "begin_unwind"];

/// Fails if an image holds what it may not, and prints what it holds.
pub(super) fn check(name: &str, image: &Path, flags: &[&str]) -> Result<()> {
    let found = signs(image)?;
    let mut allowed: Vec<&str> = Vec::new();
    if flags.contains(&"-DVERIFY_BUILTIN") {
        allowed.extend(OF_THE_CURVE.iter().chain(HANDLER));
    }
    let unknown: Vec<&String> =
        found.iter().filter(|symbol| !allowed.iter().any(|known| symbol.contains(known))).collect();
    if !unknown.is_empty() {
        bail!("{name} holds {unknown:?}");
    }
    let listed = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
    println!("panics of {name}: {listed}");
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
