//! Stages of a job: each announced, timed, and listed at the end with its minutes.

use core::time::Duration;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::is_ci;

/// How a stage ended, if it did not fail.
pub(crate) enum Outcome {
    /// It ran.
    Done,
    /// It could not run here, and this is why. In CI that is a failure.
    Skipped(String),
}

/// The stages of one job so far.
pub(crate) struct Stages {
    job: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    took: Duration,
    remark: String,
}

impl Stages {
    /// No stage has run yet.
    pub(crate) fn new(job: &'static str) -> Self {
        Self { job, rows: Vec::new() }
    }

    /// Runs one stage. After a failure the minutes so far are still printed.
    pub(crate) fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
        eprintln!("\n== {}: {name}", self.job);
        let start = Instant::now();
        let outcome = work().and_then(|outcome| match outcome {
            Outcome::Skipped(reason) if is_ci() => bail!("may not be skipped in CI: {reason}"),
            outcome => Ok(outcome),
        });
        let remark = match &outcome {
            Ok(Outcome::Done) => String::new(),
            Ok(Outcome::Skipped(reason)) => format!("SKIPPED: {reason}"),
            Err(_) => "FAILED".to_owned(),
        };
        if !remark.is_empty() {
            eprintln!("== {}: {name}: {remark}", self.job);
        }
        self.rows.push(Row { name, took: start.elapsed(), remark });
        if outcome.is_err() {
            self.print();
        }
        outcome.map(drop).with_context(|| format!("{}: {name}", self.job))
    }

    /// Prints the minutes of every stage and of all.
    pub(crate) fn print(&self) {
        eprintln!("\n{:<44} minutes", self.job);
        for row in &self.rows {
            eprintln!("  {:<42} {:>7.2}  {}", row.name, minutes(row.took), row.remark);
        }
        let total = self.rows.iter().map(|row| row.took).sum();
        eprintln!("  {:<42} {:>7.2}", "all", minutes(total));
    }
}

fn minutes(took: Duration) -> f64 {
    took.as_secs_f64() / 60.0
}
