//! How far long work has come: one line on a terminal that is written over, and nothing elsewhere.

use std::io::{IsTerminal as _, Write as _};

use crate::output::Output;

/// A line that says how much of something is done.
pub(crate) struct Progress {
    what: &'static str,
    total: u64,
    /// Hundredths that were shown last; `None` where nobody looks.
    shown: Option<u64>,
}

impl Progress {
    /// Begins to show how much of so much is done, if people look at the terminal.
    pub(crate) fn begin(what: &'static str, total: u64, output: Output) -> Self {
        let is_seen = !output.quiet && !output.json && std::io::stderr().is_terminal();
        Self { what, total, shown: is_seen.then_some(u64::MAX) }
    }

    /// So much of it is done.
    pub(crate) fn reach(&mut self, done: u64) {
        let hundredths = done.saturating_mul(100).checked_div(self.total).unwrap_or(100).min(100);
        if self.shown.is_some_and(|shown| shown != hundredths) {
            self.shown = Some(hundredths);
            self.write(&format!("\r{}: {hundredths:3} %", self.what));
        }
    }

    fn write(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        // What nobody can read is no reason to stop.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

impl Drop for Progress {
    /// Leaves an empty line for what comes next.
    fn drop(&mut self) {
        if self.shown.is_some_and(|shown| shown <= 100) {
            self.write(&format!("\r{}\r", " ".repeat(self.what.len().saturating_add(8))));
        }
    }
}
