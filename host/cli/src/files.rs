//! Files: bounded reads, and writes that are whole or not there at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::random;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only its owner.
    Secret,
    /// Whoever the system lets.
    Public,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and the write is refused.
    Keep,
    /// It is replaced.
    Replace,
}

impl Existing {
    pub(crate) const fn forced(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// Opens a file for reading; a folder is told apart.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Failure::usage(
            "is-a-folder",
            format!("cannot read {}: it is a folder", path.display()),
            "Name a file in it.",
        ));
    }
    Ok(file)
}

/// The bytes of a file, up to `bytes_max`; a longer one is refused before it is read whole.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let (bytes, is_whole) = read_beginning(path, bytes_max)?;
    if is_whole {
        return Ok(bytes);
    }
    Err(Failure::usage(
        "too-large",
        format!("{} is longer than {bytes_max} bytes, so it is not what is expected here", path.display()),
        "Check that it is the right file.",
    ))
}

/// The first `bytes_max` bytes of a file, and whether that is all of it.
pub(crate) fn read_beginning(path: &Path, bytes_max: usize) -> Result<(Vec<u8>, bool), Failure> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let source: Box<dyn std::io::Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(open(path)?) };
    source
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file("read", path, &error))?;
    let is_whole = bytes.len() <= bytes_max;
    bytes.truncate(bytes_max);
    Ok((bytes, is_whole))
}

/// Refuses early if a file is there that may not be replaced.
pub(crate) fn check_free(path: &Path, existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Keep && fs::symlink_metadata(path).is_ok() { Err(is_there(path)) } else { Ok(()) }
}

fn is_there(path: &Path) -> Failure {
    Failure::usage(
        "file-exists",
        format!("{} is there already and was left alone", path.display()),
        "Choose another name, or say --force to replace it.",
    )
}

/// Writes a file whole: into a temporary one beside it, synced, then moved into its place.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: Mode, existing: Existing) -> Result<(), Failure> {
    check_free(path, existing)?;
    let fail = |error: std::io::Error| Failure::file("write", path, &error);
    let temporary = temporary_beside(path)?;
    let written = write_synced(&temporary, bytes, mode).and_then(|()| place(&temporary, path, existing));
    if let Err(error) = written {
        // Whatever is left of it is worth nothing; the error that counts is the first one.
        let _ = fs::remove_file(&temporary);
        return Err(if error.kind() == ErrorKind::AlreadyExists { is_there(path) } else { fail(error) });
    }
    Ok(())
}

fn place(temporary: &Path, path: &Path, existing: Existing) -> std::io::Result<()> {
    match existing {
        Existing::Replace => fs::rename(temporary, path)?,
        // Unlike a rename, a link never replaces what came in between.
        Existing::Keep => match fs::hard_link(temporary, path) {
            Ok(()) => fs::remove_file(temporary)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
            // Some file systems have no links.
            Err(_) => fs::rename(temporary, path)?,
        },
    }
    sync_folder(path)
}

fn write_synced(path: &Path, bytes: &[u8], mode: Mode) -> std::io::Result<()> {
    let mut file = options(mode).write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Options that create a file with its mode from the first moment.
pub(crate) fn options(mode: Mode) -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(match mode {
            Mode::Secret => 0o600,
            Mode::Public => 0o644,
        });
    }
    #[cfg(not(unix))]
    let _ = mode;
    options
}

/// Makes the entry of a file in its folder last.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file of another name in the same folder.
pub(crate) fn beside(path: &Path, name: &str) -> PathBuf {
    folder_of(path).join(name)
}

fn temporary_beside(path: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = path.file_name() else {
        return Err(Failure::usage(
            "no-file-name",
            format!("{} names no file", path.display()),
            "Name a file, not a folder.",
        ));
    };
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{:016x}.tmp", u64::from_le_bytes(random::bytes()?)));
    Ok(folder_of(path).join(temporary))
}
