//! Journals: rows of JSON, one a line, only ever appended to.
//!
//! A row is on the disk when it was appended. A power cut can cost the last row, or leave a part of
//! it: the next row then begins on a line of its own, and the part is named and passed over.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::Failure;
use crate::files::{self, Existing, Mode};
use crate::output::{Output, json_text};

/// Longest row in bytes.
const ROW_BYTES_MAX: u64 = 16 * 1024;

/// What a journal is made of. Each row carries its schema in a field of that name.
pub(crate) trait Row: Serialize + DeserializeOwned {
    /// Name and version of its shape; a row of another one is passed over.
    const SCHEMA: &'static str;
    /// What people call the journal.
    const JOURNAL: &'static str;
    /// Who may read it.
    const MODE: Mode;
}

/// A journal, open and locked: nobody else writes to it until this is dropped.
pub(crate) struct Journal<R> {
    path: PathBuf,
    file: File,
    rows: Vec<R>,
}

impl<R: Row> Journal<R> {
    /// Opens the journal, or begins it, and waits for whoever is writing to it.
    pub(crate) fn open(path: &Path, output: Output) -> Result<Self, Failure> {
        let failed = |error| Failure::file(&format!("open {}", R::JOURNAL), path, &error);
        let is_new = std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        let mut file = open_locked(path, R::MODE).map_err(failed)?;
        if is_new {
            files::sync_folder(path).map_err(failed)?;
        }
        let rows = read_rows(path, &file, output)?;
        // A row that a crash cut off ends here, so that the next one stands on its own line.
        if !ends_with_newline(&mut file).map_err(failed)? {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), file, rows })
    }

    /// The rows, oldest first.
    pub(crate) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Adds a row and returns when it is on the disk.
    pub(crate) fn append(&mut self, row: R) -> Result<(), Failure> {
        let failed = |error| Failure::file(&format!("write to {}", R::JOURNAL), &self.path, &error);
        self.file.write_all(line(&row)?.as_bytes()).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        self.rows.push(row);
        Ok(())
    }

    /// Forgets all rows but the newest. The shorter journal takes the place of the longer one as a
    /// whole, and nobody else writes in between.
    pub(crate) fn keep_newest(self, count: usize, output: Output) -> Result<Self, Failure> {
        let kept = self.rows.iter().skip(self.rows.len().saturating_sub(count));
        let text: String = kept.map(line).collect::<Result<_, _>>()?;
        files::write(&self.path, text.as_bytes(), R::MODE, Existing::Replace)?;
        let path = self.path.clone();
        drop(self);
        Self::open(&path, output)
    }
}

/// A row as its line.
pub(crate) fn line<R: Row>(row: &R) -> Result<String, Failure> {
    let value = serde_json::to_value(row).map_err(|error| Failure::internal("row-encoding", error))?;
    Ok(format!("{}\n", json_text(&value)))
}

/// The rows of a journal that is only read.
pub(crate) fn read<R: Row>(path: &Path, output: Output) -> Result<Vec<R>, Failure> {
    read_rows(path, &files::open(path)?, output)
}

fn open_locked(path: &Path, mode: Mode) -> std::io::Result<File> {
    loop {
        let file = files::options(mode).read(true).append(true).create(true).open(path)?;
        file.lock()?;
        // Whoever held the lock may have put a shorter journal in the place of this one.
        if is_still_at(path, &file)? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_still_at(path: &Path, file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let opened = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &Path, _: &File) -> std::io::Result<bool> {
    Ok(true)
}

fn ends_with_newline(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The rows of a journal. One that is damaged is named and passed over: it must not hide the others.
fn read_rows<R: Row>(path: &Path, file: &File, output: Output) -> Result<Vec<R>, Failure> {
    let mut input = BufReader::new(file);
    let mut rows = Vec::new();
    let mut number = 0u64;
    loop {
        let mut line = Vec::new();
        let taken = input
            .by_ref()
            .take(ROW_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::file(&format!("read {}", R::JOURNAL), path, &error))?;
        if taken == 0 {
            return Ok(rows);
        }
        number = number.saturating_add(1);
        if line.trim_ascii().is_empty() {
            continue;
        }
        match parse(&line) {
            Some(row) => rows.push(row),
            None => output.note(&format!("{}: line {number} is damaged and was passed over", path.display())),
        }
    }
}

fn parse<R: Row>(line: &[u8]) -> Option<R> {
    let value: Value = serde_json::from_slice(line).ok()?;
    (value.get("schema")?.as_str()? == R::SCHEMA).then_some(())?;
    serde_json::from_value(value).ok()
}
