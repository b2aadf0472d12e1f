//! What a library says about its symbols.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol, SymbolFlags, SymbolKind, elf};

/// Symbols of one library.
#[derive(Default)]
pub(crate) struct Symbols {
    /// Defined, and seen by whatever is linked beside it.
    pub(crate) visible: BTreeSet<String>,
    /// Needed, and defined in none of its objects.
    pub(crate) missing: BTreeSet<String>,
    /// Name and bytes of the largest function.
    pub(crate) largest: (String, u64),
    /// Bytes of the largest function that compresses a block of SHA-2; 0 if there is none.
    pub(crate) compression: u64,
}

impl Symbols {
    /// Reads a static library.
    pub(crate) fn of_archive(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let archive = ArchiveFile::parse(bytes.as_slice())?;
        let mut symbols = Self::default();
        let mut defined = BTreeSet::new();
        for member in archive.members() {
            let file = object::File::parse(member?.data(bytes.as_slice())?)?;
            for symbol in file.symbols() {
                symbols.add(&symbol, &mut defined)?;
            }
        }
        symbols.missing.retain(|name| !defined.contains(name));
        Ok(symbols)
    }

    /// Reads what a shared library offers to others.
    pub(crate) fn of_shared(path: &Path) -> Result<BTreeSet<String>> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = object::File::parse(bytes.as_slice())?;
        let mut offered = BTreeSet::new();
        for symbol in file.dynamic_symbols() {
            // The version's own name is listed as an absolute symbol, and sections as local ones.
            if symbol.is_global() && !symbol.is_undefined() && symbol.section_index().is_some() {
                offered.insert(symbol.name()?.to_owned());
            }
        }
        Ok(offered)
    }

    fn add<'data>(&mut self, symbol: &impl ObjectSymbol<'data>, defined: &mut BTreeSet<String>) -> Result<()> {
        let name = symbol.name()?;
        if symbol.kind() == SymbolKind::Text {
            if symbol.size() > self.largest.1 {
                self.largest = (name.to_owned(), symbol.size());
            }
            if name.contains("compress") && name.to_lowercase().contains("sha") {
                self.compression = self.compression.max(symbol.size());
            }
        }
        if symbol.is_undefined() {
            // The first entry of every table is undefined and has no name. A weak one may stay so.
            if !name.is_empty() && !symbol.is_weak() {
                self.missing.insert(name.to_owned());
            }
        } else if symbol.is_global() {
            defined.insert(name.to_owned());
            if is_default_visible(symbol.flags()) {
                self.visible.insert(name.to_owned());
            }
        }
        Ok(())
    }
}

fn is_default_visible<Section, Symbol>(flags: SymbolFlags<Section, Symbol>) -> bool {
    match flags {
        SymbolFlags::Elf { st_other, .. } => st_other.visibility() == elf::STV_DEFAULT,
        _ => true,
    }
}
