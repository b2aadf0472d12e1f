//! What came of each source, and which fields stayed unread.

use crate::reading::{Source, Unreadable};
use crate::tree::{Failure, Found};

/// Notes taken while probing.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) sources: Vec<Source>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Notes {
    /// Notes what a source gave, and passes it on. An absent source is noted as such.
    pub(crate) fn source<T>(&mut self, source: &str, found: Found<T>, detail: &str) -> Found<T> {
        let (status, detail) = match &found {
            Ok(_) => ("read", detail.to_owned()),
            Err(Failure::Absent) => ("absent", String::new()),
            Err(failure) => ("unreadable", failure.reason().unwrap_or_default()),
        };
        self.push(source, status, &detail);
        found
    }

    pub(crate) fn push(&mut self, source: &str, status: &str, detail: &str) {
        self.sources.push(Source {
            source: Some(source.to_owned()),
            status: Some(status.to_owned()),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
        });
    }

    /// Notes a field that the machine has, unless the failure says that it has not: what is
    /// absent or makes no sense is so for every user, and nobody can read more of it.
    pub(crate) fn unreadable(&mut self, field: &str, source: &str, failure: &Failure) {
        let cure = match failure {
            Failure::Absent | Failure::Malformed(_) => return,
            Failure::Denied => "as root, once: sudo hwlicense enroll --out FILE; then pass --enrollment FILE",
            Failure::Failed(_) => "try again; if it stays, the system's log (dmesg) says why the file cannot be read",
        };
        self.unreadable.push(Unreadable {
            field: Some(field.to_owned()),
            source: Some(source.to_owned()),
            reason: failure.reason(),
            cure: Some(cure.to_owned()),
        });
    }
}
