//! A manifest and its image become an update.
//!
//! An image may be larger than what one transaction should hold while clients wait for the ledger. So
//! it arrives in steps: [`begin`], [`clear`] until nothing is left of an attempt before, [`keep_chunks`]
//! for some chunks at a time, [`finish`]. Until the last step nobody is offered it; what was begun and
//! never finished is swept away a day later, or by the next attempt.

use hwlicense::signed::{Bundle, Envelope, Kind, PublicKey, Revocation};
use hwlicense::update::tree::{self, Digest};
use hwlicense::update::{Manifest, UpdateId, update_id};

use super::{UPDATES_MAX, UpdateFault, steer};
use crate::image::{CHUNKS_MAX, Digests};
use crate::ledger::import::trust_in;
use crate::ledger::{Action, Book, ImportError};
use crate::store::{StoreError, UpdateRow, UpdateState};

/// How long an update may take to arrive: a day.
const ARRIVAL_S: u64 = 86_400;
/// Chunks that one pass deletes.
const DELETED_MAX: u32 = 512;

/// To whom an update is offered at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Thousandths of the clients; `None` for what the vendor advises.
    pub share: Option<u16>,
    /// Groups of clients; empty for all.
    pub groups: Vec<String>,
}

/// An update that is being entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its id.
    pub id: UpdateId,
    /// Bytes of each chunk but the last.
    pub chunk_bytes: u32,
}

/// Begins to publish an update: verifies the manifest in a file, and that the image is the one that it
/// names.
///
/// # Errors
/// [`UpdateFault`]; then nothing was changed.
pub fn begin(
    book: &mut Book<'_>,
    roots: &[PublicKey],
    file: &[u8],
    image: &Digests,
    plan: &Plan,
) -> Result<Arrival, UpdateFault> {
    let lists = book.tx.lists()?;
    let trust = trust_in(roots, &lists).map_err(|error| match error {
        ImportError::Verify(error) => UpdateFault::Verify(error),
        ImportError::Store(error) => UpdateFault::Store(error),
        _ => UpdateFault::Store(StoreError::Corrupt),
    })?;
    let bundle = Bundle::parse(file)?;
    let manifest = trust.verify_bundle::<Manifest<'_>>(&bundle)?.claims();
    let certificate = bundle.only(Kind::Certificate).map_err(|_| UpdateFault::NoCertificate)?;
    let envelope = bundle.only(Kind::UpdateManifest)?;
    let id = update_id(&envelope);
    check(book, &id, &manifest, image)?;
    let share = plan.share.unwrap_or(manifest.share);
    steer::check_share(share)?;
    steer::check_groups(&plan.groups)?;
    book.tx.put_update(&UpdateRow {
        id,
        brand: manifest.brand.to_string(),
        component: manifest.component.to_string(),
        version: manifest.version,
        security_version: manifest.security_version,
        size: manifest.size,
        valid_until: manifest.valid_until,
        state: UpdateState::Arriving,
        reason: String::new(),
        since: book.now,
        share,
        groups: plan.groups.clone(),
        round: 0,
        published: book.now,
        manifest: envelope.bytes().to_vec(),
        certificate: certificate.bytes().to_vec(),
    })?;
    Ok(Arrival { id, chunk_bytes: manifest.chunk_bytes })
}

fn check(book: &mut Book<'_>, id: &UpdateId, manifest: &Manifest<'_>, image: &Digests) -> Result<(), UpdateFault> {
    if manifest.valid_until < book.now {
        return Err(UpdateFault::Expired);
    }
    if image.leaves.len() > CHUNKS_MAX {
        return Err(UpdateFault::TooManyChunks);
    }
    if !image.are_those_of(manifest) {
        return Err(UpdateFault::OtherImage);
    }
    match book.tx.update(id)?.map(|row| row.state) {
        None | Some(UpdateState::Arriving) => {}
        Some(UpdateState::Active | UpdateState::Paused) => return Err(UpdateFault::Published),
        Some(UpdateState::Withdrawn) => return Err(UpdateFault::Withdrawn),
    }
    let known = book.tx.updates()?;
    if known.len() >= UPDATES_MAX {
        return Err(UpdateFault::TooMany);
    }
    for row in known.iter().filter(|row| row.id != *id && row.is_current()) {
        let envelope = Envelope::parse(&row.manifest)?;
        if is_same_for_some(&envelope.unverified::<Manifest<'_>>()?, manifest) {
            return Err(UpdateFault::SameVersion);
        }
    }
    Ok(())
}

/// Whether there may be a device that both bring the same version to.
fn is_same_for_some(one: &Manifest<'_>, other: &Manifest<'_>) -> bool {
    (&one.brand, &one.component, one.version) == (&other.brand, &other.component, other.version)
        && one.models.iter().any(|model| other.models.contains(model))
        && one.hardware_min <= other.hardware_max
        && other.hardware_min <= one.hardware_max
}

impl UpdateRow {
    /// Whether it is offered, or may be again.
    pub(super) fn is_current(&self) -> bool {
        matches!(self.state, UpdateState::Active | UpdateState::Paused)
    }
}

/// Deletes some of what an attempt before left of an image; whether there may be more.
///
/// # Errors
/// [`UpdateFault`].
pub fn clear(book: &mut Book<'_>, arrival: &Arrival) -> Result<bool, UpdateFault> {
    arriving(book, arrival)?;
    Ok(book.tx.delete_chunks(&arrival.id, DELETED_MAX)? == DELETED_MAX)
}

/// Keeps chunks of an image that follow each other, of which the first has this index.
///
/// # Errors
/// [`UpdateFault::OtherImage`] for one that is not what the digests say: the file was changed since.
pub fn keep_chunks(
    book: &mut Book<'_>,
    arrival: &Arrival,
    image: &Digests,
    first: usize,
    chunks: &[Vec<u8>],
) -> Result<(), UpdateFault> {
    arriving(book, arrival)?;
    for (index, chunk) in (first..).zip(chunks) {
        if image.leaves.get(index) != Some(&tree::leaf(chunk)) {
            return Err(UpdateFault::OtherImage);
        }
        book.tx.insert_chunk(&arrival.id, u32::try_from(index).map_err(|_| UpdateFault::TooManyChunks)?, chunk)?;
    }
    Ok(())
}

/// Makes an update active whose chunks are all there.
///
/// # Errors
/// [`UpdateFault::OtherImage`] if some are not.
pub fn finish(book: &mut Book<'_>, arrival: &Arrival, image: &Digests) -> Result<(), UpdateFault> {
    let row = arriving(book, arrival)?;
    let kept = book.tx.chunk_count(&arrival.id)?;
    if u32::try_from(image.leaves.len()) != Ok(kept) {
        return Err(UpdateFault::OtherImage);
    }
    book.tx.put_leaves(&arrival.id, &image.leaves.concat())?;
    let now = book.now;
    book.tx.put_update(&UpdateRow { state: UpdateState::Active, since: now, published: now, ..row.clone() })?;
    let detail = format!("{}, to {} thousandths, {}", row.title(), row.share, steer::groups_in_words(&row.groups));
    Ok(book.note(Action::UpdatePublished, None, None, detail)?)
}

fn arriving(book: &mut Book<'_>, arrival: &Arrival) -> Result<UpdateRow, UpdateFault> {
    let row = book.tx.update(&arrival.id)?.ok_or(UpdateFault::Unknown)?;
    if row.state == UpdateState::Arriving { Ok(row) } else { Err(UpdateFault::Published) }
}

/// Gives back the room of images that nobody fetches any more: of updates that were withdrawn, and of
/// those that never arrived. What one pass leaves the next one finds.
pub(in crate::ledger) fn sweep(book: &mut Book<'_>) -> Result<(), StoreError> {
    for row in book.tx.updates()? {
        let is_left = row.state == UpdateState::Arriving && row.since.after(ARRIVAL_S) < book.now;
        if !is_left && row.state != UpdateState::Withdrawn {
            continue;
        }
        let deleted = book.tx.delete_chunks(&row.id, DELETED_MAX)?;
        if deleted == DELETED_MAX {
            return Ok(());
        }
        if is_left {
            book.tx.delete_update(&row.id)?;
        }
    }
    Ok(())
}

/// Withdraws updates whose issuer's key is revoked.
pub(in crate::ledger) fn revoke(book: &mut Book<'_>, revoked: &[Revocation]) -> Result<(), ImportError> {
    for row in book.tx.updates()? {
        let envelope = Envelope::parse(&row.manifest)?;
        let issuer = envelope.header().key_id;
        let issued = envelope.unverified::<Manifest<'_>>()?.issued;
        let is_revoked = revoked.iter().any(|entry| match entry {
            Revocation::LicenseRevoked(_) => false,
            Revocation::KeyRevoked(id) => *id == issuer,
            Revocation::KeyRetired(id, at) => *id == issuer && issued > *at,
        });
        if is_revoked && row.state != UpdateState::Withdrawn {
            steer::set_state(book, row, UpdateState::Withdrawn, "the vendor revoked the key that signed it")?;
        }
    }
    Ok(())
}

/// The leaf of each chunk, out of the row that holds them all.
pub(super) fn leaves_of(row: &[u8]) -> Vec<Digest> {
    let (leaves, _) = row.as_chunks();
    leaves.to_vec()
}
