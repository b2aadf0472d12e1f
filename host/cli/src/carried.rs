//! Requests and answers that a person carries: files, and pictures on the terminal.

use std::path::Path;

use hwlicense::primary::frame::{FRAME_BYTES_MAX, read_head};
use hwlicense_admin::carried::{PART_BYTES_MAX, PARTS_MAX, code_of, join, parts};
use hwlicense_admin::qr::Picture;

use crate::exit::Failure;
use crate::files;
use crate::output::Output;

/// Longest file: the text of all pictures of the largest frame, with room for what was joined badly.
const FILE_BYTES_MAX: usize = PARTS_MAX * PART_BYTES_MAX * 2;

/// A frame out of a file, or out of a file with the text of its pictures.
pub(crate) struct Carried {
    frame: Vec<u8>,
}

impl Carried {
    /// Reads it; `-` is standard input. `what` is its name in a sentence.
    pub(crate) fn read(path: &Path, what: &str, next_step: &str) -> Result<Self, Failure> {
        let wrong = |why: &dyn core::fmt::Display, next_step: &str| {
            Failure::usage("not-carried", format!("{} is no {what}: {why}", path.display()), next_step)
        };
        let bytes = files::read(path, FILE_BYTES_MAX)?;
        let text =
            core::str::from_utf8(&bytes).ok().filter(|text| text.trim_start().to_ascii_uppercase().starts_with("HWL1"));
        let frame = match text {
            Some(text) => join(text).map_err(|error| wrong(&error, error.next_step()))?,
            None => bytes,
        };
        let (head, body) = frame.split_first_chunk().ok_or_else(|| wrong(&"it is too short", next_step))?;
        match read_head(*head).map_err(|error| wrong(&error, next_step))? == body.len() {
            true if body.len() <= FRAME_BYTES_MAX => Ok(Self { frame }),
            _ => Err(wrong(&"it is cut off, or something follows it", next_step)),
        }
    }

    /// What the frame holds.
    pub(crate) fn body(&self) -> &[u8] {
        self.frame.split_first_chunk::<{ hwlicense::primary::frame::FRAME_HEAD_BYTES }>().map_or(&[], |(_, body)| body)
    }

    /// The short code by which people compare it with what the other side shows.
    pub(crate) fn code(&self) -> String {
        code_of(&self.frame)
    }
}

/// Shows a frame as pictures, one below the other, with the text of each for those who cannot scan.
pub(crate) fn show(frame: &[u8], output: Output) -> Result<(), Failure> {
    let parts = parts(frame);
    for (index, part) in parts.iter().enumerate() {
        let picture = Picture::of(part).ok_or_else(|| Failure::internal("qr", "a part does not fit a picture"))?;
        let number = index.saturating_add(1);
        output.line(&format!("{}{number} of {}\n{part}\n", picture.terminal(), parts.len()))?;
    }
    output.line(&format!("Code: {}", code_of(frame)))
}
