//! How a run ends: the exit codes of the whole tool, and failures that know theirs.

use core::fmt::Display;

/// Exit codes. They mean the same for every verb and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Yes, or done.
    Done,
    /// A clean no: everything could be read, and the answer is no.
    No,
    /// Wrong usage, or input that cannot be read.
    Usage,
    /// Missing rights, or hardware that cannot be read.
    Rights,
    /// The Primary Server cannot be reached.
    Unreachable,
    /// The Primary Server refused.
    Refused,
    /// A mistake in this program.
    Internal,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Rights => 3,
            Self::Unreachable => 4,
            Self::Refused => 5,
            Self::Internal => 70,
        }
    }

    /// The worse of two: what a run over several inputs ends with.
    pub(crate) const fn worse(self, other: Self) -> Self {
        if self.code() >= other.code() { self } else { other }
    }
}

/// The table for help and man pages.
pub(crate) const EXIT_HELP: &str = "\
Exit codes:
  0   yes, or done
  1   a clean no; the reason is in the output
  2   wrong usage, or input that cannot be read
  3   missing rights, or hardware that cannot be read
  4   the Primary Server cannot be reached
  5   the Primary Server refused
  70  a mistake in this program; please report it";

/// A run that cannot go on: what happened, what to do next, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Stable name, for `--json`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) next_step: String,
}

impl Failure {
    fn new(exit: Exit, code: &'static str, message: impl Display, next_step: impl Display) -> Self {
        Self { exit, code, message: message.to_string(), next_step: next_step.to_string() }
    }

    pub(crate) fn no(code: &'static str, message: impl Display, next_step: impl Display) -> Self {
        Self::new(Exit::No, code, message, next_step)
    }

    pub(crate) fn usage(code: &'static str, message: impl Display, next_step: impl Display) -> Self {
        Self::new(Exit::Usage, code, message, next_step)
    }

    pub(crate) fn rights(code: &'static str, message: impl Display, next_step: impl Display) -> Self {
        Self::new(Exit::Rights, code, message, next_step)
    }

    pub(crate) fn internal(code: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Internal, code, message, "This is a mistake in hwlicense. Please report it with the command.")
    }

    /// What the system said about a file. Missing rights are told apart from everything else.
    pub(crate) fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let message = format!("cannot {what} {}: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                Self::rights("permission-denied", message, "Run as the owner of that file or folder, or as root.")
            }
            std::io::ErrorKind::NotFound => {
                Self::usage("not-found", message, "Check the path: the file, or a folder on the way, is not there.")
            }
            _ => Self::usage("file-error", message, "Check the path and the disk."),
        }
    }

    /// Nobody listens any more: the reader of our output went away.
    pub(crate) fn reader_gone() -> Self {
        Self::new(Exit::Done, "reader-gone", "", "")
    }
}

/// What a verb gives back.
pub(crate) type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_manual() {
        let all = [Exit::Done, Exit::No, Exit::Usage, Exit::Rights, Exit::Unreachable, Exit::Refused, Exit::Internal];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 70]);
        for exit in all {
            assert!(EXIT_HELP.contains(&format!("\n  {:<3} ", exit.code())), "{exit:?}");
            assert_eq!(exit.worse(Exit::Done), exit);
        }
    }
}
