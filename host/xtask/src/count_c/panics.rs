//! Which functions of a linked image belong to panicking or formatting.

use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSymbol, SymbolKind};

/// Parts of the mangled names of everything that a panic needs.
const SIGNS: &[&str] =
    &["9panicking", "4core3fmt", "core..fmt", "_fail", "unwrap_failed", "expect_failed", "begin_unwind"];

/// Fails if an image can panic. None may, not even one that verifies signatures itself.
pub(crate) fn check(name: &str, image: &Path) -> Result<()> {
    let found = signs(image)?;
    if !found.is_empty() {
        bail!("{name} can panic: it holds {}", found.join(", "));
    }
    println!("panics of {name}: none");
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
