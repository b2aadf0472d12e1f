//! One of the two walks over the terms of a licence.

use super::reason::Reason;
use crate::path::Path;

/// A path of checks, and the reason that belongs to the first of them that failed.
pub(crate) struct Walk {
    pub(crate) path: Path,
    pub(crate) reason: Reason,
}

impl Walk {
    /// At its beginning.
    pub(crate) const fn new(path: Path) -> Self {
        Self { path, reason: Reason::Valid }
    }

    /// One check, and the reason if it is the first that fails.
    #[inline(never)]
    pub(crate) fn step(&mut self, passed: bool, otherwise: Reason) {
        self.path.step(passed);
        if !passed && self.reason == Reason::Valid {
            self.reason = otherwise;
        }
    }
}
