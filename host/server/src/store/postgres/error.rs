//! What PostgreSQL's errors mean for a ledger.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(state) => of_state(state),
            // What is in a column has another shape than what this software writes.
            None if is_of_a_column(&error) => Self::Corrupt,
            None => Self::Unavailable,
        }
    }
}

fn is_of_a_column(error: &Error) -> bool {
    use core::error::Error as _;
    error.source().is_some_and(|source| source.is::<super::columns::WrongShape>())
}

pub(super) fn of_state(state: &SqlState) -> StoreError {
    match *state {
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        SqlState::INSUFFICIENT_PRIVILEGE => StoreError::ReadOnly,
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => StoreError::Denied,
        SqlState::UNDEFINED_DATABASE | SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => StoreError::NotALedger,
        SqlState::DISK_FULL | SqlState::OUT_OF_MEMORY => StoreError::Full,
        SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED
        | SqlState::TOO_MANY_CONNECTIONS => StoreError::Busy,
        // A statement failed before, outside of an attempt, and the work went on.
        SqlState::IN_FAILED_SQL_TRANSACTION => StoreError::Conflict,
        _ => match state.code().get(..2) {
            Some("23") => StoreError::Conflict,
            Some("XX") => StoreError::Corrupt,
            _ => StoreError::Unavailable,
        },
    }
}

/// What a failed statement says about the transaction that it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Race {
    /// Nothing: the statement is wrong by itself, or the connection is gone.
    None,
    /// Somebody else may have entered the same at the same time. If not, the statement fails again.
    Perhaps,
    /// Somebody else was in the way.
    Certain,
}

impl Race {
    pub(super) fn of(error: &Error) -> Self {
        match error.code() {
            Some(state) if *state == SqlState::UNIQUE_VIOLATION || *state == SqlState::FOREIGN_KEY_VIOLATION => {
                Self::Perhaps
            }
            Some(state)
                if [
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::T_R_SERIALIZATION_FAILURE,
                    SqlState::LOCK_NOT_AVAILABLE,
                ]
                .contains(state) =>
            {
                Self::Certain
            }
            _ => Self::None,
        }
    }
}
