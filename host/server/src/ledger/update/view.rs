//! Updates as an administrator sees them.

use hwlicense::signed::Envelope;
use hwlicense::update::Manifest;

use crate::ledger::Book;
use crate::store::{Reach, StoreError, UpdateRow, UpdateState};

/// An update, with what its manifest says and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateView {
    /// What is kept of it.
    pub row: UpdateRow,
    /// Models that it is for.
    pub models: Vec<String>,
    /// First and last revision of the hardware that it is for.
    pub hardware: (u16, u16),
    /// Oldest version from which it can be made in one step.
    pub version_min: hwlicense::update::Version,
    /// How many clients it has reached.
    pub reach: Reach,
}

/// All updates, the newest first. Those that are just being entered are left out.
///
/// # Errors
/// [`StoreError`].
pub fn updates(book: &mut Book<'_>) -> Result<Vec<UpdateView>, StoreError> {
    let rows = book.tx.updates()?;
    rows.into_iter().filter(|row| row.state != UpdateState::Arriving).map(|row| view(book, row)).collect()
}

fn view(book: &mut Book<'_>, row: UpdateRow) -> Result<UpdateView, StoreError> {
    let reach = book.tx.reach(&row.id)?;
    let envelope = Envelope::parse(&row.manifest).map_err(|_| StoreError::Corrupt)?;
    let manifest = envelope.unverified::<Manifest<'_>>().map_err(|_| StoreError::Corrupt)?;
    let models = manifest.models.iter().map(|model| model.to_string()).collect();
    let hardware = (manifest.hardware_min, manifest.hardware_max);
    let version_min = manifest.version_min;
    drop(manifest);
    Ok(UpdateView { models, hardware, version_min, reach, row })
}

impl UpdateState {
    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Withdrawn => "withdrawn",
        }
    }
}
