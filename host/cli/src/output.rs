//! Output: data on stdout, everything else on stderr, and nothing that plays with a terminal.

use std::io::{ErrorKind, Write as _};

use comfy_table::{Table, presets};
use hwlicense_admin::text::is_deceptive;
pub(crate) use hwlicense_admin::text::printable;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Failure};

/// Where a run writes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Output {
    /// Text on stdout, with a line end.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        self.raw(format!("{text}\n").as_bytes())
    }

    /// Bytes on stdout, as they are.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::reader_gone(),
            _ => Failure::usage(
                "output-failed",
                format!("cannot write the output: {error}"),
                "Check the disk or the program that the output goes to.",
            ),
        })
    }

    /// One JSON object on a line of stdout, with the schema and the version of this tool.
    pub(crate) fn object(&self, schema: &str, object: Value) -> Result<(), Failure> {
        self.line(&json_text(&with_schema(schema, object)?))
    }

    /// Facts as a JSON object, or as a table for people below a heading.
    pub(crate) fn facts(&self, schema: &str, heading: &str, facts: &[Fact]) -> Result<(), Failure> {
        if self.json {
            return self.object(schema, object_of(facts));
        }
        if !heading.is_empty() {
            self.line(heading)?;
        }
        self.line(&fact_table(facts))
    }

    /// How far long work is, on stderr; nothing where that is no terminal, or nobody wants to see it.
    pub(crate) fn progress(&self, steps: usize) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX))
    }

    /// A remark for the person, on stderr.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            // A remark that nobody can read is no reason to stop.
            let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
        }
    }

    /// Says why a run ends, on stderr, and in `--json` on stdout as well.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.exit == Exit::Done {
            return;
        }
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "hwlicense: {}", printable(&failure.message));
        if !failure.next_step.is_empty() {
            let _ = writeln!(stderr, "  next: {}", printable(&failure.next_step));
        }
        if self.json {
            let error = json!({
                "code": failure.code,
                "message": failure.message,
                "next_step": failure.next_step,
            });
            let _ = self.object("error", json!({ "error": error }));
        }
    }
}

/// An object that names its schema and the version of this tool.
pub(crate) fn with_schema(schema: &str, object: Value) -> Result<Value, Failure> {
    let Value::Object(mut fields) = object else {
        return Err(Failure::internal("not-an-object", format!("output {schema} is no object")));
    };
    fields.insert("schema".to_owned(), json!(format!("hwlicense.{schema}/1")));
    fields.insert("tool_version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    Ok(Value::Object(fields))
}

/// A named value, shown in a table or as a field of JSON.
pub(crate) type Fact = (&'static str, Value);

/// Facts as one JSON object.
pub(crate) fn object_of(facts: &[Fact]) -> Value {
    Value::Object(facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>())
}

/// Facts as two columns.
pub(crate) fn fact_table(facts: &[Fact]) -> String {
    table(None, facts.iter().map(|(name, value)| vec![format!("  {}", name.replace('_', " ")), cell(value)]))
}

/// A table without borders: it can be read, cut and searched.
pub(crate) fn table(header: Option<&[&str]>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(header) = header {
        table.set_header(header);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A value as people read it.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "-".to_owned(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Number(number) => number.to_string(),
        Value::Object(fields) => {
            let parts = fields.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), cell(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
    }
}

/// JSON on one line, with everything that could play with a terminal written as an escape.
pub(crate) fn json_text(value: &Value) -> String {
    json_escaped(&value.to_string())
}

/// The same, laid out for people.
pub(crate) fn json_pretty(value: &Value) -> String {
    format!("{value:#}").lines().map(json_escaped).collect::<Vec<_>>().join("\n")
}

fn json_escaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        if is_deceptive(character) {
            // Such a character can only stand inside a JSON string.
            let mut units = [0u16; 2];
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_or_reorders_text_gets_out() {
        let hostile = "a\u{1b}[2Jb\u{202e}c\rd\u{9b}e\u{e0041}f";
        assert_eq!(printable(hostile), "a\\u{1b}[2Jb\\u{202e}c\\u{d}d\\u{9b}e\\u{e0041}f");
        let json = json_text(&json!({ "text": hostile }));
        assert!(!json.chars().any(is_deceptive), "{json}");
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!({ "text": hostile }));
        assert!(!table(None, core::iter::once(vec![hostile.to_owned()])).contains('\u{1b}'));
    }
}
