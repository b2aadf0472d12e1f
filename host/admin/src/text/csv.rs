//! CSV (RFC 4180) that no spreadsheet takes for formulas.

use super::printable;

/// A row, with its line end.
/// Text that a spreadsheet would run, or that plays with a terminal, comes out harmless.
#[must_use]
pub fn row<C: AsRef<str>>(cells: &[C]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell. Text that a spreadsheet would run gets an apostrophe, which makes it text again; what
/// plays with a terminal is written as an escape.
fn cell(text: &str) -> String {
    let visible = printable(text);
    let harmless = if is_formula(&visible) { format!("'{visible}") } else { visible };
    // Programs that expect other separators must not find a second cell in it either.
    let needs_quotes = harmless.contains(['"', ',', ';', '\n']);
    if needs_quotes { format!("\"{}\"", harmless.replace('"', "\"\"")) } else { harmless }
}

/// Whether a spreadsheet may run it: programs look past white space, and take full-width forms for
/// the characters that they resemble.
fn is_formula(text: &str) -> bool {
    let begins = text.trim_start().chars().next();
    begins.is_some_and(|first| {
        matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '−' | '﹢' | '﹣' | '﹦' | '﹫')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_as_rfc_4180_says() {
        assert_eq!(
            row(&["a", "b,c", "say \"hi\"", "", "two\nlines"]),
            "a,\"b,c\",\"say \"\"hi\"\"\",,\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn nothing_is_left_that_a_spreadsheet_would_run() {
        let formulas =
            ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\u{a0}=1", "\n=1", "\u{3000}@x", "＝1", "＋1", "－1", "＠x"];
        for formula in formulas {
            assert!(row(&[formula]).starts_with("\"'") || row(&[formula]).starts_with('\''), "{formula:?}");
        }
        // Control characters and those without width come out as escapes, which begin with a backslash.
        for hidden in ["\t=1", "\r=1", "\u{feff}=1", "\u{200b}=1", "\0=1"] {
            assert!(row(&[hidden]).starts_with("\\u{"), "{hidden:?}");
        }
        for plain in ["quay", "2-3", "03ab5c00", "AAAA-BBBB", "é=1"] {
            assert!(!row(&[plain]).contains('\''), "{plain:?}");
        }
    }
}
