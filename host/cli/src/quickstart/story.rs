//! How `quickstart` tells what it does: step by step for people, one object for programs.

use std::path::Path;

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::license::check::Judged;
use crate::output::{Fact, Output, cell, fact_table, object_of};

/// The steps so far.
pub(super) struct Story {
    output: Output,
    steps: Vec<Value>,
}

impl Story {
    pub(super) const fn new(output: Output) -> Self {
        Self { output, steps: Vec::new() }
    }

    /// Tells one step, and the command that does it alone.
    pub(super) fn step(&mut self, title: &str, command: &str, facts: &[Fact]) -> Result<(), Failure> {
        self.steps.push(json!({ "title": title, "command": command, "facts": object_of(facts) }));
        if self.output.json {
            return Ok(());
        }
        let gap = if self.steps.len() > 1 { "\n" } else { "" };
        self.output.line(&format!("{gap}{}. {title}\n   $ {command}", self.steps.len()))?;
        // A message of several lines stands better below the table than in a cell of it.
        let (long, short): (Vec<&Fact>, Vec<&Fact>) = facts.iter().partition(|(_, value)| cell(value).contains('\n'));
        for (name, value) in long {
            self.output.line(&format!("  {}: {}", name.replace('_', " "), crate::output::printable(&cell(value))))?;
        }
        let short: Vec<Fact> = short.into_iter().cloned().collect();
        self.output.line(&fact_table(&short))
    }

    /// Tells a verdict.
    pub(super) fn judged(&mut self, title: &str, command: &str, judged: &Judged) -> Result<(), Failure> {
        const SHOWN: [&str; 6] = ["verdict", "code", "reason", "next_step", "machine_hwid", "machine_evidence"];
        let all = judged.facts();
        if self.output.json {
            return self.step(title, command, &all);
        }
        let shown: Vec<Fact> = all.into_iter().filter(|(name, _)| SHOWN.contains(name)).collect();
        self.step(title, command, &shown)?;
        judged.component_table().map_or(Ok(()), |components| self.output.line(&components))
    }

    /// Tells what is left behind.
    pub(super) fn end(&self, folder: &Path, granted: bool) -> Result<(), Failure> {
        if self.output.json {
            let verdict = if granted { "yes" } else { "no" };
            let folder = folder.display().to_string();
            return self
                .output
                .object("quickstart", json!({ "folder": folder, "verdict": verdict, "steps": self.steps }));
        }
        self.output.line(&format!(
            "\nEverything is in {}. The keys there are not encrypted: whoever reads them can sign. Make real ones \
             with `hwlicense key new`.",
            folder.display()
        ))
    }
}
