//! What is handed out of an update to a device that has a ticket for it.
//!
//! Nothing is written: a fetch is answered from a store that is only read, beside the ledger's own
//! transactions.

use hwlicense::primary::frame::BODY_BYTES_MAX;
use hwlicense::signed::BundleWriter;
use hwlicense::update::{FetchRefusal, Fetched, Part, UpdateId, tree};

use super::publish::leaves_of;
use crate::store::{StoreError, Transaction, UpdateState};

/// What becomes of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedOut {
    /// The body of the answer: a [`Fetched`] that holds something, good for as long as the update is
    /// active.
    Body(Vec<u8>),
    /// The update is paused: later, perhaps.
    Paused,
    /// It is not to be had.
    Refused(FetchRefusal),
}

/// Reads a part of an update. Whether the device may have it was found out before.
///
/// # Errors
/// [`StoreError`].
pub fn hand_out(tx: &mut dyn Transaction, id: &UpdateId, part: Part) -> Result<HandedOut, StoreError> {
    let Some(row) = tx.update(id)? else { return Ok(HandedOut::Refused(FetchRefusal::UnknownUpdate)) };
    match row.state {
        UpdateState::Active => {}
        UpdateState::Paused => return Ok(HandedOut::Paused),
        UpdateState::Arriving | UpdateState::Withdrawn => {
            return Ok(HandedOut::Refused(FetchRefusal::UnknownUpdate));
        }
    }
    match part {
        Part::Manifest => {
            let mut buffer = vec![0; BODY_BYTES_MAX];
            let mut writer = BundleWriter::new();
            writer.push(&row.manifest).and_then(|()| writer.push(&row.certificate)).map_err(|_| StoreError::Corrupt)?;
            let bundle = writer.write(&mut buffer).map_err(|_| StoreError::Corrupt)?;
            written(&Fetched::Manifest(bundle))
        }
        Part::Chunk(index) => {
            let leaves = leaves_of(&tx.leaves(id)?.unwrap_or_default());
            let path = usize::try_from(index).ok().and_then(|index| tree::path(&leaves, index));
            match (path, tx.chunk(id, index)?) {
                (Some(path), Some(bytes)) => written(&Fetched::Chunk { index, path: &path, bytes: &bytes }),
                (None, None) => Ok(HandedOut::Refused(FetchRefusal::NoSuchChunk)),
                // An image is there whole, or its update is not active.
                _ => Err(StoreError::Corrupt),
            }
        }
    }
}

fn written(fetched: &Fetched<'_>) -> Result<HandedOut, StoreError> {
    let mut buffer = vec![0; BODY_BYTES_MAX];
    let length = fetched.write(&mut buffer).map_err(|_| StoreError::Corrupt)?.len();
    buffer.truncate(length);
    buffer.shrink_to_fit();
    Ok(HandedOut::Body(buffer))
}
