//! Where a ledger is, as the setting `database` says it.

use core::fmt;
use std::path::{Path, PathBuf};

use super::postgres::Address;

/// Where a ledger is. No form of it that is shown holds a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Address),
}

impl Location {
    /// What a location looks like, for messages.
    pub const EXPECTED: &str =
        "the path of a file, or postgres://USER@HOST/DATABASE with sslmode=verify-full or disable";

    /// Reads a path, `sqlite:PATH`, or a URL that begins with `postgres://` or `postgresql://`.
    /// Relative paths begin at the folder. `None` if it is none of them.
    ///
    /// ```
    /// use hwlicense_server::store::Location;
    /// let location = Location::parse("postgres://hwlicense:secret@db.site/ledger", "/etc".as_ref());
    /// assert_eq!(location.unwrap().to_string(), "postgres://hwlicense@db.site/ledger");
    /// let location = Location::parse("ledger.sqlite", "/var/lib/hwlicense".as_ref());
    /// assert_eq!(location.unwrap().to_string(), "/var/lib/hwlicense/ledger.sqlite");
    /// ```
    #[must_use]
    pub fn parse(text: &str, folder: &Path) -> Option<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Address::parse(text).map(Self::Postgres);
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        (!path.is_empty()).then(|| Self::Sqlite(folder.join(path)))
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}
