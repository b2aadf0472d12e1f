//! What SQLite's errors mean for a ledger.

use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::SqliteFailure(failure, _) => of_code(failure.code),
            Error::SqlInputError { error, .. } => of_code(error.code),
            // What lies there has another shape than what this software writes.
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::InvalidColumnIndex(_)
            | Error::InvalidColumnName(_)
            | Error::Utf8Error(..) => Self::Corrupt,
            _ => Self::Unavailable,
        }
    }
}

pub(super) fn of_code(code: ErrorCode) -> StoreError {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => StoreError::Busy,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseCorrupt => StoreError::Corrupt,
        ErrorCode::NotADatabase => StoreError::NotALedger,
        ErrorCode::ConstraintViolation => StoreError::Conflict,
        _ => StoreError::Unavailable,
    }
}
