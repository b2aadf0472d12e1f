//! Why a store did not do what was asked.

use core::fmt;

/// Why a store failed. Nothing of the transaction was kept, and nothing may be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else holds the store, for longer than the time that was set for waiting.
    Busy,
    /// The store cannot be reached or read: file gone, disk failing, connection lost.
    Unavailable,
    /// The store may be read and not written.
    ReadOnly,
    /// There is no room left.
    Full,
    /// What the store holds is damaged, or is not what this software wrote there.
    Corrupt,
    /// A change breaks a rule of the store: something that may exist once exists already, more is
    /// used than there is, or something is named that does not exist.
    Conflict,
    /// The store was last written by newer software.
    NewerSchema,
    /// There is something, and it is no ledger.
    NotALedger,
    /// The ledger was moved to another database, and goes on there.
    Moved,
    /// The database does not let the server in.
    Denied,
    /// The database would forget in a power cut what it acknowledged.
    NotDurable,
}

impl StoreError {
    /// Stable name, as it appears in JSON and in logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Busy => "store-busy",
            Self::Unavailable => "store-unavailable",
            Self::ReadOnly => "store-read-only",
            Self::Full => "store-full",
            Self::Corrupt => "store-corrupt",
            Self::Conflict => "store-conflict",
            Self::NewerSchema => "store-newer-schema",
            Self::NotALedger => "store-not-a-ledger",
            Self::Moved => "store-moved",
            Self::Denied => "store-denied",
            Self::NotDurable => "store-not-durable",
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Busy => {
                "Look for another program that has the ledger open (a second server, a backup tool); stop it."
            }
            Self::Unavailable => "Check that the disk is mounted and healthy, or that the database server runs.",
            Self::ReadOnly => {
                "Give the server's user the right to write the ledger's file and folder (in a database: the grants of \
                 docs/postgresql.md); check the mount."
            }
            Self::Full => "Free space on the disk of the ledger. The server goes on by itself.",
            Self::Corrupt => "Stop the server, keep the file for the vendor, and restore the last backup.",
            Self::Conflict => "Nothing was changed. Look again at the present state and repeat what is still wanted.",
            Self::NewerSchema => {
                "Install the newer server again, or restore the backup that was made before the update."
            }
            Self::NotALedger => {
                "Check `database` in the configuration: what is there belongs to something else, or was never set up."
            }
            Self::Moved => "Name the new place as `database` in the configuration; this file is only a memory of it.",
            Self::Denied => "Check user and password (PGPASSFILE), and the database's pg_hba.conf.",
            Self::NotDurable => "Set fsync and full_page_writes to on in the database's configuration.",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the ledger is in use by somebody else",
            Self::Unavailable => "the ledger cannot be reached",
            Self::ReadOnly => "the ledger cannot be written",
            Self::Full => "there is no room left for the ledger",
            Self::Corrupt => "the ledger is damaged",
            Self::Conflict => "the change contradicts what the ledger holds",
            Self::NewerSchema => "the ledger was written by newer software",
            Self::NotALedger => "what is there is no ledger",
            Self::Moved => "the ledger was moved to another database",
            Self::Denied => "the database does not let the server in",
            Self::NotDurable => "the database would forget in a power cut what it acknowledged",
        })
    }
}

impl core::error::Error for StoreError {}
