//! Long work: it goes on when the browser is closed, and a page shows how far it is.

use core::sync::atomic::{AtomicU32, Ordering};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Most jobs that are remembered.
const JOBS_MAX: usize = 32;

/// Long work that was begun.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) number: u32,
    pub(crate) title: String,
    pub(crate) by: String,
    pub(crate) steps: u32,
    done: AtomicU32,
    outcome: Mutex<Option<Result<String, Problem>>>,
}

/// Long work, as programs are told of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JobEntry {
    /// Its number.
    pub(crate) number: u32,
    /// What it is.
    pub(crate) title: String,
    /// Who began it.
    pub(crate) by: String,
    /// Steps in all.
    pub(crate) steps: u32,
    /// Steps that are done.
    pub(crate) done: u32,
    /// `running`, `done` or `failed`.
    pub(crate) state: &'static str,
    /// What came of it.
    pub(crate) message: Option<String>,
    /// What to do next, where it failed.
    pub(crate) next_step: Option<String>,
}

impl Job {
    /// Another step is done.
    pub(crate) fn step(&self, steps: u32) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// How far it is.
    pub(crate) fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }

    /// It has ended.
    pub(crate) fn end(&self, outcome: Result<String, Problem>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }

    /// As programs are told of it.
    pub(crate) fn entry(&self) -> JobEntry {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (state, message, next_step) = match outcome {
            None => ("running", None, None),
            Some(Ok(message)) => ("done", Some(message), None),
            Some(Err(problem)) => ("failed", Some(problem.message), Some(problem.next_step)),
        };
        Self::entry_of(self, state, message, next_step)
    }

    fn entry_of(&self, state: &'static str, message: Option<String>, next_step: Option<String>) -> JobEntry {
        JobEntry {
            number: self.number,
            title: self.title.clone(),
            by: self.by.clone(),
            steps: self.steps,
            done: self.done(),
            state,
            message,
            next_step,
        }
    }
}

/// The jobs since the start, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    count: AtomicU32,
    list: Mutex<VecDeque<Arc<Job>>>,
}

impl Jobs {
    /// Begins a job.
    pub(crate) fn begin(&self, title: String, by: &str, steps: usize) -> Arc<Job> {
        let job = Arc::new(Job {
            number: self.count.fetch_add(1, Ordering::Relaxed).saturating_add(1),
            title,
            by: by.to_owned(),
            steps: u32::try_from(steps).unwrap_or(u32::MAX),
            done: AtomicU32::new(0),
            outcome: Mutex::new(None),
        });
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push_front(Arc::clone(&job));
        list.truncate(JOBS_MAX);
        job
    }

    /// All that are remembered.
    pub(crate) fn all(&self) -> Vec<JobEntry> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|job| job.entry()).collect()
    }
}
