//! Keys and values of a TOML file, each with its line.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin, Problem};
use super::settings::Setting;
use super::value::Value;

/// Longest configuration in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// How deep tables may be nested. Settings are one deep.
const DEPTH_MAX: u32 = 4;

/// A key with its tables, its value, and where it stands.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) line: usize,
}

/// All entries of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, ConfigError> {
    let at = |line, problem| ConfigError { origin: Origin::File { path: path.to_owned(), line }, problem };
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    if read.map_err(|error| at(1, Problem::Unreadable(error)))? >= usize::try_from(FILE_BYTES_MAX).unwrap_or(0) {
        return Err(at(1, Problem::TooLong));
    }
    let table = DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(&text, span.start));
        at(line, Problem::Syntax(error.message().to_owned()))
    })?;
    let mut entries = Vec::new();
    collect(&text, "", table.get_ref(), DEPTH_MAX, &mut entries);
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn collect(text: &str, prefix: &str, table: &DeTable<'_>, depth: u32, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
        match value.get_ref() {
            DeValue::Table(inner) if depth > 0 && (!inner.is_empty() || Setting::is_table(&key)) => {
                collect(text, &key, inner, depth.saturating_sub(1), entries);
            }
            other => {
                let line = line_of(text, name.span().start);
                entries.push(Entry { key, value: Value::of(other), line });
            }
        }
    }
}

/// The line, counted from 1, in which a byte stands.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count().saturating_add(1)
}
