//! CSV for spreadsheets (RFC 4180), in which no cell is run as a formula.

/// A row, with its line end.
pub(crate) fn row<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let text = if starts_formula(text) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Whether a spreadsheet would run this: it looks past blanks, and takes full-width signs for the
/// common ones.
fn starts_formula(text: &str) -> bool {
    let blank = |character: char| character.is_whitespace() || character.is_control() || character == '\u{feff}';
    let first = text.trim_start_matches(blank).chars().next();
    text.starts_with(['\t', '\r', '\n']) || first.is_some_and(|first| "=+-@＝＋－＠".contains(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            (" +1", "' +1"),
            ("\t-1", "'\t-1"),
            ("\u{feff}@SUM(A1)", "'\u{feff}@SUM(A1)"),
            ("＝1", "'＝1"),
            ("\r", "\"'\r\""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected, "{text:?}");
        }
        assert_eq!(row(["a", "b,c"]), "a,\"b,c\"\r\n");
    }
}
