//! Extensions: how a format grows while old software still reads it.
//!
//! Postcard cannot pass over what it does not know, so every payload and stored record ends with
//! a list of extensions. Each has a tag, says whether a reader that does not know it must refuse,
//! and carries bytes. Tags ascend and occur once.

use heapless::Vec;
use serde::Serialize;

use crate::decode::Reader;

/// Most extensions in one list.
pub const EXTENSIONS_MAX: usize = 8;

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Extension<'a> {
    /// Its number. None is assigned in this version.
    pub tag: u16,
    /// Whether a reader that does not know it must refuse the whole.
    pub critical: bool,
    /// Its content.
    pub bytes: &'a [u8],
}

/// A list of extensions.
pub type Extensions<'a> = Vec<Extension<'a>, EXTENSIONS_MAX>;

/// Reads a list.
#[inline(never)]
pub(crate) fn read<'a>(extensions: &mut Extensions<'a>, reader: &mut Reader<'a>) {
    each(reader, |extension| extensions.push(extension).is_ok());
}

/// Passes over a list, and says whether one of them is critical. No tag is known yet.
#[inline(never)]
pub(crate) fn pass(reader: &mut Reader<'_>) -> bool {
    let mut has_critical = false;
    each(reader, |extension| {
        has_critical |= extension.critical;
        true
    });
    has_critical
}

/// Hands over each of a list, as long as there is room for them.
#[inline(always)]
fn each<'a>(reader: &mut Reader<'a>, mut has_room: impl FnMut(Extension<'a>) -> bool) {
    let mut least = 0;
    for _ in 0..reader.count(EXTENSIONS_MAX) {
        let extension = Extension { tag: reader.u16(), critical: reader.flag(), bytes: reader.bytes() };
        let tag = u32::from(extension.tag);
        reader.require(tag >= least && has_room(extension));
        least = tag.wrapping_add(1);
    }
}

/// Whether one of them is critical. No tag is known yet, so each critical one refuses.
#[inline(never)]
pub(crate) fn unknown_critical(extensions: &[Extension<'_>]) -> bool {
    extensions.iter().any(|extension| extension.critical)
}
