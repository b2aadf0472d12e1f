//! What is wrong with a System file: the place, the problem and the cure.

use core::fmt::Display;
use std::path::Path;

use hwlicense::system::{ModelError, Problem};

use crate::exit::Failure;

/// What is wrong with a System, and at which of its rows.
#[derive(Debug)]
pub(super) struct Fault {
    /// As `devices[3].reach[1]`; empty for the whole.
    place: String,
    problem: String,
    next_step: String,
}

impl Fault {
    pub(super) fn new(place: &str, problem: impl Display, next_step: impl Display) -> Self {
        // The whole of a document is a dot to the reader that names places.
        let place = if place == "." { String::new() } else { place.to_owned() };
        Self { place, problem: problem.to_string(), next_step: next_step.to_string() }
    }

    /// The same, in the file at a path.
    pub(super) fn in_file(self, path: &Path) -> Failure {
        Self { problem: self.sentence(), place: path.display().to_string(), ..self }.into()
    }

    fn sentence(&self) -> String {
        if self.place.is_empty() { self.problem.clone() } else { format!("{}: {}", self.place, self.problem) }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::usage("not-a-system", fault.sentence(), fault.next_step)
    }
}

impl Fault {
    /// The row that the core refuses, as the file names it; `counted` is the list whose channels add
    /// up to too many.
    pub(super) fn of_row(error: ModelError, counted: &str) -> Self {
        let (list, field, next_step) = match error.problem {
            Problem::NoServers => {
                return Self::new("servers", error.problem, "Write at least one server that was not removed.");
            }
            Problem::TooManyServers => ("servers", "", "Divide the System."),
            Problem::TooManyDevices => ("devices", "", "Divide the System."),
            Problem::TooManyLicenses => ("licenses", "", "Remove licences that no longer count."),
            Problem::DuplicateServer => ("servers", ".id", "Give each server an id of its own."),
            Problem::DuplicateDevice => ("devices", ".id", "Give each device an id of its own."),
            Problem::UnknownHost => ("devices", ".host", "Name a server of the System."),
            Problem::UnknownPreferred => ("devices", ".preferred", "Name a server of the System."),
            Problem::UnknownReach => ("devices", ".reach", "Name servers of the System."),
            Problem::UnknownTie => ("licenses", ".server", "Name a server of the System."),
            Problem::NoChannels => ("devices", ".channels", "Write 1 or more; `wanted: false` switches it off."),
            Problem::CountOverflow => (counted, ".channels", "Check the numbers of channels up to this row."),
            Problem::HeldTooMany => ("licenses", ".held", "Write at most its channels, twice that for a video wall."),
            _ => ("", "", "Check the rows."),
        };
        let place = if list.is_empty() { String::new() } else { format!("{list}[{}]{field}", error.index) };
        Self::new(&place, error.problem, next_step)
    }
}
