//! The history of a machine's HWIDs (`hw_log`): when it was enrolled, and what `explain` found since.
//!
//! A journal beside the enrolment. It grows only when something changed, so it can be asked every
//! hour, and forgets its oldest half when it is full.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hwlicense::hwid::{Comparison, ComponentChange};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::exit::Failure;
use crate::files::Mode;
use crate::journal::{self, Journal};
use crate::output::Output;

/// Most rows of a history.
const ROWS_MAX: usize = 512;
/// Rows that are left when it was full.
const ROWS_KEPT: usize = ROWS_MAX / 2;
/// What is put in the place of the enrolment's extension.
const EXTENSION: &str = "hw_log.jsonl";

/// Where the history is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct HwLogArgs {
    /// Where the history of HWIDs is kept, instead of beside the enrolment
    ///
    /// A recorded reading (--from) may be of any machine, so it enters a history only if this names one.
    #[arg(long, value_name = "FILE")]
    hw_log: Option<PathBuf>,
    /// Keep no history of HWIDs
    #[arg(long, conflicts_with = "hw_log")]
    no_hw_log: bool,
}

impl HwLogArgs {
    /// Adds what was found to the history, if one is kept.
    ///
    /// # Errors
    /// The history that was named cannot be written. One that nobody named is only missed with a
    /// remark: it is no reason to withhold the answer.
    pub(crate) fn record(
        &self,
        enrollment: &Path,
        is_recorded: bool,
        found: Found<'_>,
        output: Output,
    ) -> Result<(), Failure> {
        match &self.hw_log {
            Some(path) => record(path, found, output),
            None if self.no_hw_log || is_recorded => Ok(()),
            None => record(&path_for(enrollment), found, output).or_else(|failure| {
                output.note(&format!("the history of HWIDs was not kept: {}", failure.message));
                Ok(())
            }),
        }
    }
}

/// Where the history is that belongs to an enrolment.
pub(crate) fn path_for(enrollment: &Path) -> PathBuf {
    enrollment.with_extension(EXTENSION)
}

/// What is written down.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'f> {
    /// The machine was enrolled with this HWID.
    Enrolled(&'f str),
    /// It was compared with its enrolment, and has this HWID now, if any.
    Compared(Option<&'f str>, &'f Comparison),
}

/// One row of a history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    schema: String,
    tool_version: String,
    /// When, by this machine's clock.
    at: String,
    /// `enrolled` or `compared`.
    event: String,
    /// The HWID; none where too little could be read.
    hwid: Option<String>,
    /// What changed since the enrolment, component by component.
    changed: BTreeMap<String, String>,
    /// The likely reason.
    cause: Option<String>,
}

impl journal::Row for Row {
    const SCHEMA: &'static str = "hwlicense.hw-log/1";
    const JOURNAL: &'static str = "the history of HWIDs";
    const MODE: Mode = Mode::Public;
}

impl Row {
    fn new(found: Found<'_>) -> Self {
        let (event, hwid, comparison) = match found {
            Found::Enrolled(hwid) => ("enrolled", Some(hwid), None),
            Found::Compared(hwid, comparison) => ("compared", hwid, Some(comparison)),
        };
        let components = comparison.into_iter().flat_map(|comparison| comparison.components.iter());
        let changed = components
            .filter(|(_, change)| !matches!(change, ComponentChange::Same | ComponentChange::Absent))
            .map(|(component, change)| (component.name().to_owned(), change.name().to_owned()));
        Self {
            schema: <Self as journal::Row>::SCHEMA.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            at: clock::show(clock::now()),
            event: event.to_owned(),
            hwid: hwid.map(str::to_owned),
            changed: changed.collect(),
            cause: comparison.map(|comparison| comparison.cause.code().to_owned()),
        }
    }

    /// Whether this tells nothing that the row before does not tell.
    fn repeats(&self, before: &Self) -> bool {
        self.event != "enrolled" && self.hwid == before.hwid && self.changed == before.changed
    }
}

fn record(path: &Path, found: Found<'_>, output: Output) -> Result<(), Failure> {
    let mut journal: Journal<Row> = Journal::open(path, output)?;
    let row = Row::new(found);
    if journal.rows().last().is_some_and(|before| row.repeats(before)) {
        return Ok(());
    }
    if journal.rows().len() >= ROWS_MAX {
        journal = journal.keep_newest(ROWS_KEPT, output)?;
    }
    journal.append(row)
}

/// The history as it is handed on: its sound rows, oldest first.
pub(crate) fn text(path: &Path, output: Output) -> Result<String, Failure> {
    journal::read::<Row>(path, output)?.iter().map(journal::line).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]
    use super::*;

    const QUIET: Output = Output { json: false, quiet: true };

    fn hwids(path: &Path) -> Vec<String> {
        journal::read::<Row>(path, QUIET).unwrap().into_iter().filter_map(|row| row.hwid).collect()
    }

    #[test]
    fn a_full_history_forgets_its_oldest_half_and_goes_on() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("m.hw_log.jsonl");
        for number in 0..=ROWS_MAX {
            record(&path, Found::Enrolled(&number.to_string()), QUIET).unwrap();
        }
        let expected: Vec<String> =
            (ROWS_MAX.abs_diff(ROWS_KEPT)..=ROWS_MAX).map(|number| number.to_string()).collect();
        assert_eq!(hwids(&path), expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_history_cut_anywhere_is_read_and_goes_on() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("m.hw_log.jsonl");
        for hwid in ["a", "b"] {
            record(&path, Found::Enrolled(hwid), QUIET).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, whole.get(..length).unwrap()).unwrap();
            record(&path, Found::Enrolled("c"), QUIET).unwrap();
            let found = hwids(&path);
            assert_eq!(found.last().map(String::as_str), Some("c"), "cut at {length}");
            assert_eq!(found.first().map(String::as_str) == Some("a"), length >= first, "cut at {length}");
        }
    }

    #[test]
    fn several_writers_lose_nothing_while_the_history_is_shortened() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("m.hw_log.jsonl");
        for number in 0..ROWS_MAX.saturating_sub(8) {
            record(&path, Found::Enrolled(&number.to_string()), QUIET).unwrap();
        }
        std::thread::scope(|scope| {
            for writer in ["w0", "w1", "w2", "w3"] {
                let path = &path;
                scope.spawn(move || (0..8).for_each(|_| record(path, Found::Enrolled(writer), QUIET).unwrap()));
            }
        });
        let found = hwids(&path);
        for writer in ["w0", "w1", "w2", "w3"] {
            assert_eq!(found.iter().filter(|hwid| *hwid == writer).count(), 8);
        }
    }
}
