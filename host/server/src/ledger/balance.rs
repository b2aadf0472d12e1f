//! Whether the books balance: what is counted as used is what the activations say, and nothing is
//! leased beyond it.

use hwlicense::license::LicenseKey;

use super::Book;
use crate::store::{ActivationState, EntitlementRow, StoreError};

/// Something that does not balance. Any of them is a fault of this software, or of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// What is counted as in use is not what the activations add up to.
    Miscounted {
        /// Entitlement.
        entitlement: LicenseKey,
        /// What is counted, with the excess.
        counted: u64,
        /// What the activations add up to.
        found: u64,
    },
    /// More is used than was paid for, and it is not named as excess.
    Overused {
        /// Entitlement.
        entitlement: LicenseKey,
    },
    /// A lease says more channels than its activation has.
    LeaseTooLarge {
        /// Entitlement.
        entitlement: LicenseKey,
        /// Serial of the lease.
        serial: u64,
    },
    /// A serial of this epoch was given out that is still to come.
    SerialAhead {
        /// Serial of the lease.
        serial: u64,
    },
}

/// Goes through the books.
///
/// # Errors
/// [`StoreError`].
pub fn balance(book: &mut Book<'_>) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for row in book.tx.entitlements()? {
        balance_entitlement(book, &row, &mut findings)?;
    }
    Ok(findings)
}

fn balance_entitlement(
    book: &mut Book<'_>,
    row: &EntitlementRow,
    findings: &mut Vec<Finding>,
) -> Result<(), StoreError> {
    let entitlement = row.key;
    let ledger = book.tx.ledger()?.ok_or(StoreError::NotALedger)?;
    let mut found = 0u64;
    for activation in book.tx.activations_of(entitlement)? {
        if activation.state == ActivationState::Ended {
            continue;
        }
        found = found.saturating_add(activation.count.into());
        if let Some(lease) = book.tx.newest_lease(activation.id)? {
            if lease.count > activation.count {
                findings.push(Finding::LeaseTooLarge { entitlement, serial: lease.serial });
            }
            if lease.epoch == ledger.epoch && lease.serial >= ledger.next_serial {
                findings.push(Finding::SerialAhead { serial: lease.serial });
            }
        }
    }
    let counted = u64::from(row.used).saturating_add(row.excess.into());
    if counted != found {
        findings.push(Finding::Miscounted { entitlement, counted, found });
    }
    if row.used > row.capacity || (row.excess > 0 && row.used < row.capacity) {
        findings.push(Finding::Overused { entitlement });
    }
    Ok(())
}
