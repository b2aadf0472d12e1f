//! Where the ledger is kept: transactions, and typed operations on rows within them.
//!
//! ```text
//! Store::transaction(|tx| ..)  ->  dyn Transaction  ->  rows
//! ```
//!
//! A [`Store`] opens transactions; everything that is to be true together happens in one. What the
//! operations mean is decided in [`ledger`](crate::ledger); a store only keeps rows, and refuses
//! what breaks the rules that it is told to watch: channels used beyond those paid for, two
//! activations of one HWID for one entitlement, an audit that is changed afterwards.
//!
//! There are two: [`sqlite`], one file and nothing else to install, and [`postgres`], which several
//! servers share. [`AnyStore`] is the one that a [`Location`] names.
//!
//! Calls block. A store behind a network brings its own runtime, so none is used on a thread that
//! drives another one.

mod any;
mod error;
mod location;
pub mod moving;
pub mod postgres;
mod rows;
pub mod sqlite;
mod tables;
mod updates;
mod writer;

pub use any::AnyStore;
pub use error::StoreError;
pub use location::Location;
pub use rows::{
    ActivationId, ActivationRow, ActivationState, AnswerRow, AuditRow, ClientId, ClientRow, CloneMark, CloneSign,
    ContactsRow, EntitlementRow, ExpectedRow, HeldRow, LastEnd, LeaseRow, LedgerRow, ListRow, MoveKind, MoveRow,
    SecretRow, Service, TokenRow, Usable, UsageRow,
};
pub use tables::{
    ActivationTable, AuditTable, ClientTable, EntitlementTable, ExpectedTable, LeaseTable, LedgerTable, RightsTable,
    StatisticsTable,
};
pub use updates::{DeliveryRow, Reach, RunningRow, Stage, UpdateRow, UpdateState, UpdateTable, Verdict};
pub use writer::{BATCH_MAX, JOBS_WAITING_MAX, SHARED_BATCH_MAX, SubmitError, Writer, WriterHandle};

/// What an open store may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything; what is not there is made, and brought up to date.
    Write,
    /// Read what is there.
    Read,
}

/// Opens transactions.
pub trait Store: Send {
    /// Runs work in a transaction that may change everything, and commits what it did.
    ///
    /// When this returns `Ok`, what was done survives a power cut. When it returns `Err`, nothing of
    /// it was done; only where the connection was lost during the commit is that not certain, and who
    /// repeats the work must be ready to find it done.
    ///
    /// Work that met that of somebody else is undone and runs again, so it must do the same each time.
    ///
    /// # Errors
    /// What the work returned, or why the store could not begin or commit.
    fn transaction<R, E: From<StoreError>>(
        &mut self,
        work: impl FnMut(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E>;

    /// Runs work that only reads, on one consistent state. Writers do not wait for it.
    ///
    /// # Errors
    /// What the work returned, or why the store could not be read; [`StoreError::ReadOnly`] if the
    /// work tries to write.
    fn snapshot<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
    ) -> Result<R, E>;
}

/// What to do with the innermost savepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Savepoint {
    /// Open one within those that are open.
    Open,
    /// Keep what was done since it was opened, and close it.
    Keep,
    /// Undo what was done since it was opened, and close it.
    Undo,
}

/// An open transaction. After an operation failed outside of an [`attempt`], it can only be given up.
pub trait Transaction:
    LedgerTable
    + ClientTable
    + ExpectedTable
    + EntitlementTable
    + ActivationTable
    + LeaseTable
    + RightsTable
    + UpdateTable
    + AuditTable
    + StatisticsTable
{
    /// Opens or closes a savepoint. Use [`attempt`], which never leaves one open.
    ///
    /// # Errors
    /// [`StoreError`] when the transaction can no longer be used.
    fn savepoint(&mut self, step: Savepoint) -> Result<(), StoreError>;
}

/// Runs work within a transaction so that its failure undoes only what it did itself.
///
/// The outer result says whether the transaction can go on; the inner one is the work's own.
///
/// # Errors
/// [`StoreError`] when the savepoint could not be opened or closed: then the whole transaction must
/// be given up.
pub fn attempt<R, E>(
    tx: &mut dyn Transaction,
    work: impl FnOnce(&mut dyn Transaction) -> Result<R, E>,
) -> Result<Result<R, E>, StoreError> {
    tx.savepoint(Savepoint::Open)?;
    let result = work(tx);
    tx.savepoint(if result.is_ok() { Savepoint::Keep } else { Savepoint::Undo })?;
    Ok(result)
}
