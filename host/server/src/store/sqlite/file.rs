//! Files of a ledger: whose they are, and whether they are on the disk.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// Makes an empty file for its owner only: SQLite would let everybody read it, and a ledger holds the
/// clients' secrets. What SQLite puts beside it is for the same.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path).map(drop).map_err(of_file)
}

/// Puts the names in a file's folder on the disk.
pub(super) fn sync_folder(of: &Path) -> Result<(), StoreError> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(of_file)
}

/// A path with something appended to its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What an error of the file system means for a ledger.
pub(super) fn of_file(error: std::io::Error) -> StoreError {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => StoreError::Full,
        Kind::ReadOnlyFilesystem | Kind::PermissionDenied => StoreError::ReadOnly,
        _ => StoreError::Unavailable,
    }
}
