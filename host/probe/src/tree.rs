//! Reading files below a root: the file system of this machine, or a recorded copy of parts of it.
//!
//! Links are followed by this module and not by the system, so that in a recorded tree an
//! absolute one starts at the root of the tree and no number of `..` leaves it.
//!
//! A recorded tree may hold two files of its own at its root. `unreadable-paths` names files and
//! folders, one a line, that were there and could not be read for lack of rights: a copy cannot
//! show that, since `git` keeps no such modes and root ignores them. `permanent-addresses` is
//! described in [`crate::permanent`].

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Most bytes read of one file.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Most entries taken of one folder.
pub(crate) const NAMES_MAX: usize = hwlicense::hardware::NICS_MAX;
/// Most symbolic links followed for one path, as many as Linux follows.
const LINKS_MAX: u32 = 40;

/// Why a file gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not there, or it is empty.
    Absent,
    /// It is there, and this process may not read it.
    Denied,
    /// It is there, and reading it failed otherwise.
    Failed(String),
    /// It was read, and does not hold what it should, whoever reads it.
    Malformed(String),
}

impl Failure {
    fn of(error: &io::Error) -> Self {
        match error.kind() {
            // A path through a file, as below a container's masked /proc files, is not there.
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Absent,
            ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Failed(error.to_string()),
        }
    }

    /// The reason in words; `None` if there is nothing.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Denied => Some("permission denied".to_owned()),
            Self::Failed(reason) | Self::Malformed(reason) => Some(reason.clone()),
        }
    }
}

/// What reading a file gave.
pub(crate) type Found<T> = Result<T, Failure>;

/// A root, and what of it must be treated as unreadable.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    denied: Vec<Vec<String>>,
}

impl Tree {
    pub(crate) fn open(root: &Path) -> Self {
        let mut tree = Self { root: root.to_owned(), denied: Vec::new() };
        if !tree.is_live() {
            let list = tree.text("unreadable-paths").unwrap_or_default();
            tree.denied = list
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(|line| parts(line).collect())
                .collect();
        }
        tree
    }

    /// Whether this is the running machine, of which more can be asked than files.
    pub(crate) fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// All bytes of a file of at most [`FILE_BYTES_MAX`].
    pub(crate) fn bytes(&self, path: &str) -> Found<Vec<u8>> {
        let bytes = self.read(path)?;
        if u64::try_from(bytes.len()).is_ok_and(|size| size <= FILE_BYTES_MAX) {
            Ok(bytes)
        } else {
            Err(Failure::Failed(format!("larger than {FILE_BYTES_MAX} bytes")))
        }
    }

    /// The text of a file without the line end or zero byte after it. Empty text is absent.
    ///
    /// Bytes that are no UTF-8 become replacement characters, since a reading is JSON.
    pub(crate) fn text(&self, path: &str) -> Found<String> {
        text_of(&self.bytes(path)?)
    }

    /// The first [`FILE_BYTES_MAX`] bytes of a text that may be longer.
    pub(crate) fn beginning(&self, path: &str) -> Found<String> {
        text_of(&self.read(path)?)
    }

    /// Names in a folder, sorted: the order in which a system lists them must not matter.
    pub(crate) fn names(&self, folder: &str) -> Found<Vec<String>> {
        let (_, real) = self.resolve(folder, true)?;
        let entries = fs::read_dir(real).map_err(|error| Failure::of(&error))?;
        let mut names: Vec<String> =
            entries.take(NAMES_MAX).filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Whether there is something at this path.
    pub(crate) fn exists(&self, path: &str) -> bool {
        match self.resolve(path, true) {
            Ok(_) | Err(Failure::Denied) => true,
            Err(_) => false,
        }
    }

    /// The path inside the tree where this path really leads, from `/` on.
    pub(crate) fn real_path(&self, path: &str) -> Option<String> {
        let (inside, _) = self.resolve(path, true).ok()?;
        Some(format!("/{}", inside.join("/")))
    }

    /// The text of a symbolic link, not followed.
    pub(crate) fn link_text(&self, path: &str) -> Option<String> {
        let (_, real) = self.resolve(path, false).ok()?;
        fs::read_link(real).ok()?.into_os_string().into_string().ok()
    }

    /// At most one byte more than [`FILE_BYTES_MAX`], so that the caller sees what was cut.
    fn read(&self, path: &str) -> Found<Vec<u8>> {
        let (_, real) = self.resolve(path, true)?;
        let read = || {
            // Opening a pipe in a hostile tree would wait for ever.
            if !fs::metadata(&real)?.is_file() {
                return Err(io::Error::other("not a regular file"));
            }
            let mut bytes = Vec::new();
            fs::File::open(&real)?.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error| Failure::of(&error))
    }

    /// Follows every link of a path inside the tree; the last one only if asked to.
    fn resolve(&self, path: &str, follow_last: bool) -> Found<(Vec<String>, PathBuf)> {
        let mut ahead: Vec<String> = parts(path).collect();
        ahead.reverse();
        let mut inside: Vec<String> = Vec::new();
        let mut links_left = LINKS_MAX;
        while let Some(part) = ahead.pop() {
            if part == ".." {
                inside.pop();
                continue;
            }
            inside.push(part);
            if self.denied.iter().any(|denied| inside.starts_with(denied)) {
                return Err(Failure::Denied);
            }
            let here = self.place(&inside);
            let metadata = fs::symlink_metadata(&here).map_err(|error| Failure::of(&error))?;
            if !metadata.is_symlink() || (ahead.is_empty() && !follow_last) {
                continue;
            }
            links_left =
                links_left.checked_sub(1).ok_or_else(|| Failure::Failed("too many symbolic links".to_owned()))?;
            let target = fs::read_link(&here).map_err(|error| Failure::of(&error))?;
            let target = target.to_str().ok_or_else(|| Failure::Failed("a link that is no text".to_owned()))?;
            inside.pop();
            if target.starts_with('/') {
                inside.clear();
            }
            let mut targets: Vec<String> = parts(target).collect();
            targets.reverse();
            ahead.append(&mut targets);
        }
        let real = self.place(&inside);
        Ok((inside, real))
    }

    fn place(&self, inside: &[String]) -> PathBuf {
        let mut place = self.root.clone();
        place.extend(inside);
        place
    }
}

/// The parts of a path that lead somewhere.
fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned)
}

fn text_of(bytes: &[u8]) -> Found<String> {
    let text = String::from_utf8_lossy(bytes);
    match text.trim_end_matches(['\n', '\r', '\0']) {
        "" => Err(Failure::Absent),
        text => Ok(text.to_owned()),
    }
}
