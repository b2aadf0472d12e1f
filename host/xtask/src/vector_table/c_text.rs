//! C source out of values: byte strings held once, arrays of rows, and JSON read strictly.

use core::fmt::Write;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// C source that grows: constants first, each array after what it points to.
pub(crate) struct Tables {
    text: String,
    held: BTreeMap<Vec<u8>, usize>,
    arrays: usize,
}

impl Tables {
    /// Source with nothing but its include.
    pub(crate) fn new(header: &str) -> Self {
        let text = format!("/* Written by xtask. */\n\n#include \"{header}\"\n\n");
        Self { text, held: BTreeMap::new(), arrays: 0 }
    }

    /// The whole source.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// The name of an array that holds these bytes; `NULL` for none.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> String {
        if bytes.is_empty() {
            return "NULL".to_owned();
        }
        let next = self.held.len();
        let number = *self.held.entry(bytes.to_vec()).or_insert(next);
        let name = format!("bytes_{number}");
        if number == next {
            let digits: String = bytes.iter().map(|byte| format!("{byte},")).collect();
            self.line(&format!("static const uint8_t {name}[] = {{{digits}}};"));
        }
        name
    }

    /// A `blob` of these bytes.
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> String {
        let name = self.bytes(bytes);
        format!("{{{name}, {}}}", bytes.len())
    }

    /// An array that others point to, by its name; `NULL` for none.
    pub(crate) fn rows(&mut self, of: &str, rows: &[String]) -> String {
        if rows.is_empty() {
            return "NULL".to_owned();
        }
        let name = format!("rows_{}", self.arrays);
        self.arrays = self.arrays.saturating_add(1);
        self.line(&format!("static const {of} {name}[] = {{\n  {}\n}};", rows.join(",\n  ")));
        name
    }

    /// One of the arrays that `cases.h` declares, and its count.
    pub(crate) fn array(&mut self, of: &str, name: &str, rows: &[String]) {
        let one = name.strip_suffix('s').unwrap_or(name);
        self.line(&format!("const {of} {name}[] = {{\n  {}\n}};", rows.join(",\n  ")));
        self.line(&format!("const uint32_t {one}_count = {};", rows.len()));
    }

    /// Bytes that a header declares as an array of no size.
    pub(crate) fn public_bytes(&mut self, name: &str, bytes: &[u8]) {
        let digits: String = bytes.iter().map(|byte| format!("{byte},")).collect();
        self.line(&format!("const uint8_t {name}[] = {{{digits}}};"));
        self.line("");
    }

    /// A number that a header declares.
    pub(crate) fn public_number(&mut self, name: &str, number: usize) {
        self.line(&format!("const uint32_t {name} = {number};"));
    }

    /// A named constant.
    pub(crate) fn constant(&mut self, declaration: &str, value: &str) {
        self.line(&format!("static const {declaration} = {value};"));
    }

    pub(crate) fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{line}");
    }
}

/// A C string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A C string, or `NULL`.
pub(crate) fn quoted_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), quoted)
}

/// The entries of a list that must be there.
pub(crate) fn list<'j>(json: &'j Value, name: &str) -> Result<&'j [Value]> {
    json.get(name).and_then(Value::as_array).map(Vec::as_slice).with_context(|| format!("no list `{name}`"))
}

/// A text that must be there.
pub(crate) fn text<'j>(json: &'j Value, name: &str) -> Result<&'j str> {
    maybe(json, name).with_context(|| format!("no text `{name}`"))
}

/// A text that may be there.
pub(crate) fn maybe<'j>(json: &'j Value, name: &str) -> Option<&'j str> {
    json.get(name).and_then(Value::as_str)
}

/// The bytes of `{"text": …}` or `{"hex": …}`.
pub(crate) fn raw(field: &Value) -> Result<Vec<u8>> {
    match maybe(field, "hex") {
        Some(digits) => unhex(digits),
        None => Ok(text(field, "text")?.as_bytes().to_vec()),
    }
}

/// Bytes of hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Result<Vec<u8>> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = core::str::from_utf8(pair)?;
            u8::from_str_radix(pair, 16).with_context(|| format!("`{pair}` is no byte"))
        })
        .collect()
}
