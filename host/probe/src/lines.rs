//! Readings out of JSON text: one document, or JSON Lines.

use std::io::{BufRead, Read};

use crate::reading::Reading;

/// Longest JSON text of one reading, in bytes.
pub const READING_BYTES_MAX: u64 = 1024 * 1024;

/// Why a text gives no reading. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// The text is not JSON, or a field has another type than it must have.
    #[error("line {line}: {message}")]
    Malformed {
        /// Line of the input on which the mistake was found.
        line: u64,
        /// What was found there, and in which column.
        message: String,
    },
    /// One reading is longer than [`READING_BYTES_MAX`].
    #[error("line {line}: a reading is longer than {READING_BYTES_MAX} bytes")]
    TooLong {
        /// Line on which that reading begins.
        line: u64,
    },
    /// The input could not be read to its end.
    #[error("line {line}: the input cannot be read: {cause}")]
    Input {
        /// Line that was being read.
        line: u64,
        /// What the system said.
        cause: std::io::Error,
    },
    /// There is no reading in the input.
    #[error("the input holds no reading")]
    Empty,
}

/// The one reading in a JSON text, on one line or many.
///
/// # Errors
/// [`ReadingError::Malformed`], [`ReadingError::TooLong`], or [`ReadingError::Empty`] for a text
/// of white space. A second reading after the first is malformed.
pub fn parse_document(json: &[u8]) -> Result<Reading, ReadingError> {
    let mut readings = readings(json);
    let (_, reading) = readings.next().unwrap_or(Err(ReadingError::Empty))?;
    match readings.next() {
        None => Ok(reading),
        Some(Ok((line, _))) => {
            Err(ReadingError::Malformed { line, message: "a second reading where one was expected".to_owned() })
        }
        Some(Err(error)) => Err(error),
    }
}

/// The readings of an input, each with the line on which it begins.
///
/// The first reading decides how the input is divided. If it is complete on its line, every
/// line is a reading of its own, blank ones apart, and a broken line costs only itself. If it is
/// not, the input is one or several readings printed over many lines; there the first mistake
/// ends the iteration, since nothing says where the next reading begins.
///
/// ```
/// let input = b"{\"machine\": \"a\"}\n{\"machine\": 4242}\n{\"machine\": \"c\"}\n";
/// let readings: Vec<_> = hwlicense_probe::readings(&input[..]).collect();
/// assert!(readings[0].is_ok() && readings[2].is_ok());
/// assert!(readings[1].as_ref().unwrap_err().to_string().starts_with("line 2:"));
/// ```
///
/// # Bounds
/// Holds at most [`READING_BYTES_MAX`] bytes of the input at a time.
pub fn readings<R: BufRead>(input: R) -> Readings<R> {
    Readings { input, line: 0, layout: Layout::Undecided }
}

/// Iterator that [`readings`] returns.
#[derive(Debug)]
pub struct Readings<R> {
    input: R,
    /// Number of the line that was read last.
    line: u64,
    layout: Layout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// No reading was seen yet.
    Undecided,
    /// One reading a line.
    Lines,
    /// Readings over many lines.
    Documents,
    /// Nothing more can be read.
    Ended,
}

impl<R: BufRead> Iterator for Readings<R> {
    type Item = Result<(u64, Reading), ReadingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.layout == Layout::Ended {
            return None;
        }
        let outcome = self.advance().transpose();
        match &outcome {
            None => self.layout = Layout::Ended,
            Some(Err(ReadingError::Input { .. })) => self.layout = Layout::Ended,
            Some(Err(_)) if self.layout == Layout::Documents => self.layout = Layout::Ended,
            Some(_) => {}
        }
        outcome
    }
}

impl<R: BufRead> Readings<R> {
    fn advance(&mut self) -> Result<Option<(u64, Reading)>, ReadingError> {
        let Some(mut text) = self.next_text_line()? else {
            return Ok(None);
        };
        let first_line = self.line;
        let mut depth = Depth::default();
        depth.scan(&text);
        if self.layout == Layout::Undecided {
            self.layout = if depth.is_open() { Layout::Documents } else { Layout::Lines };
        }
        while self.layout == Layout::Documents && depth.is_open() {
            let Some(more) = self.next_line(limit_left(&text), first_line)? else {
                break;
            };
            depth.scan(&more);
            text.extend_from_slice(&more);
        }
        parse(&text, first_line).map(|reading| Some((first_line, reading)))
    }

    /// The next line that is not blank.
    fn next_text_line(&mut self) -> Result<Option<Vec<u8>>, ReadingError> {
        loop {
            let first_line = self.line.saturating_add(1);
            match self.next_line(READING_BYTES_MAX, first_line)? {
                Some(line) if line.trim_ascii().is_empty() => {}
                line => return Ok(line),
            }
        }
    }

    /// One line with its end, of at most `bytes_max` bytes.
    ///
    /// A longer one is passed over to its end, so that the next call begins on a line.
    fn next_line(&mut self, bytes_max: u64, first_line: u64) -> Result<Option<Vec<u8>>, ReadingError> {
        self.line = self.line.saturating_add(1);
        let line = self.line;
        let mut text = Vec::new();
        let taken = self
            .input
            .by_ref()
            .take(bytes_max.saturating_add(1))
            .read_until(b'\n', &mut text)
            .map_err(|cause| ReadingError::Input { line, cause })?;
        if taken == 0 {
            return Ok(None);
        }
        if u64::try_from(taken).is_ok_and(|taken| taken <= bytes_max) {
            if line == 1 && text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len());
            }
            return Ok(Some(text));
        }
        if text.last() != Some(&b'\n') {
            self.input.skip_until(b'\n').map_err(|cause| ReadingError::Input { line, cause })?;
        }
        Err(ReadingError::TooLong { line: first_line })
    }
}

/// Editors on Windows put it in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn limit_left(text: &[u8]) -> u64 {
    u64::try_from(text.len()).map_or(0, |taken| READING_BYTES_MAX.saturating_sub(taken))
}

fn parse(text: &[u8], first_line: u64) -> Result<Reading, ReadingError> {
    // With its line end, a text that breaks off would be found wanting on the line after it.
    let text = text.trim_ascii_end();
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(ReadingError::Malformed {
            line: first_line,
            message: "a reading is a JSON object and begins with '{'".to_owned(),
        });
    }
    serde_json::from_slice(text).map_err(|error| {
        let line_offset = u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
        let text = error.to_string();
        // The position inside the text would contradict the line of the input.
        let cause = text.rsplit_once(" at line ").map_or(&*text, |(cause, _)| cause);
        ReadingError::Malformed {
            line: first_line.saturating_add(line_offset),
            message: format!("{cause} (column {})", error.column()),
        }
    })
}

/// Nesting of JSON text, followed byte by byte: enough to know where a document ends.
#[derive(Default)]
struct Depth {
    open_count: u64,
    in_string: bool,
    after_backslash: bool,
}

impl Depth {
    fn scan(&mut self, text: &[u8]) {
        for &byte in text {
            if self.in_string {
                let escaped = core::mem::replace(&mut self.after_backslash, false);
                match byte {
                    b'\\' => self.after_backslash = !escaped,
                    b'"' => self.in_string = escaped,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.open_count = self.open_count.saturating_add(1),
                b'}' | b']' => self.open_count = self.open_count.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_open(&self) -> bool {
        self.in_string || self.open_count > 0
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
