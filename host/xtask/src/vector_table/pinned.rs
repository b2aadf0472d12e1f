//! Tables of pinned keys in C, for keys of which a case may not say whether they can be pinned.

use core::fmt::Write;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use hwlicense_ed25519::{PUBLIC_KEY_BYTES, PinnedKey, TablePoint, Unpinnable};

use super::c_text::Tables;

/// Those that were written already, by their key.
#[derive(Default)]
pub(super) struct Pinned {
    names: BTreeMap<Vec<u8>, String>,
    /// Sizes of which the base point's table was written.
    bases: BTreeSet<usize>,
}

impl Pinned {
    /// A pointer to the key with its table; `NULL` if it can have none.
    pub(super) fn put(&mut self, tables: &mut Tables, key: &[u8]) -> Result<String> {
        if let Some(name) = self.names.get(key) {
            return Ok(name.clone());
        }
        let bytes = key.try_into().context("a public key has another length")?;
        // The first tables have each size; the others shall fit a small board together.
        let text = match self.names.len() {
            0 => table::<32>(bytes),
            1 => table::<16>(bytes),
            _ => table::<8>(bytes),
        };
        let name = match text {
            Ok(Words { entries, base, key: words }) => {
                let number = self.names.len();
                if self.bases.insert(entries) {
                    tables.line(&format!("static const uint32_t base_{entries}[] = {{{base}}};"));
                }
                let digits: String = key.iter().map(|byte| format!("{byte},")).collect();
                tables.line(&format!("static const uint32_t words_{number}[] = {{{words}}};"));
                tables.line(&format!("static const hwl_pinned_key pinned_{number} = {{sizeof(hwl_pinned_key), {entries}, {{{digits}}}, base_{entries}, words_{number}}};"));
                format!("&pinned_{number}")
            }
            Err(_) => "NULL".to_owned(),
        };
        self.names.insert(key.to_vec(), name.clone());
        Ok(name)
    }
}

/// Both tables of a key, as the words of an array.
struct Words {
    entries: usize,
    base: String,
    key: String,
}

fn table<const ENTRIES: usize>(key: &[u8; PUBLIC_KEY_BYTES]) -> Result<Words, Unpinnable> {
    let points = PinnedKey::<ENTRIES>::generate(key)?.words();
    let base: Vec<[[u32; 8]; 3]> = PinnedKey::<ENTRIES>::BASE.iter().map(TablePoint::words).collect();
    Ok(Words { entries: ENTRIES, base: text(&base), key: text(&points) })
}

fn text(points: &[[[u32; 8]; 3]]) -> String {
    let mut text = String::new();
    for word in points.as_flattened().as_flattened() {
        // Text takes whatever is written to it.
        let _ = write!(text, "{word:#x},");
    }
    text
}
