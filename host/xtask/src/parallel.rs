//! Work that keeps one processor busy, done on all of them.

use core::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

use anyhow::{Result, bail};

/// Does `work` for each item, for as many at once as this machine has processors, and begins no
/// other after one has failed. Returns what failed first.
pub(crate) fn for_each<T: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    work: impl Fn(T) -> Result<()> + Sync,
) -> Result<()> {
    let waiting = Mutex::new((items.into_iter(), Ok(())));
    let next = || {
        let mut waiting = waiting.lock().ok()?;
        if waiting.1.is_ok() { waiting.0.next() } else { None }
    };
    let worker = || {
        while let Some(item) = next() {
            let outcome = work(item);
            if let Ok(mut waiting) = waiting.lock()
                && waiting.1.is_ok()
            {
                waiting.1 = outcome;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
            scope.spawn(worker);
        }
    });
    match waiting.into_inner() {
        Ok((_, outcome)) => outcome,
        Err(_) => bail!("a thread ended by a panic"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_worked_on_once() {
        let done = Mutex::new(Vec::new());
        let outcome = for_each(0..100, |number| {
            done.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(number);
            Ok(())
        });
        let mut done = done.into_inner().unwrap_or_default();
        done.sort_unstable();
        assert!(outcome.is_ok());
        assert_eq!(done, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_is_returned_and_ends_the_work() {
        let begun = Mutex::new(0_u64);
        let outcome = for_each(0_u64.., |number| {
            if let Ok(mut begun) = begun.lock() {
                *begun = begun.saturating_add(1);
            }
            if number == 3 { bail!("number three") } else { Ok(()) }
        });
        assert_eq!(outcome.map_err(|error| error.to_string()), Err("number three".to_owned()));
        assert!(begun.into_inner().is_ok_and(|begun| begun >= 4));
    }
}
