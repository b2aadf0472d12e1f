//! Network interfaces: the addresses burnt into those that count.

use heapless::Vec;

use super::component::Component;
use super::digest::Reading;
use super::error::HardwareError;
use super::evidence::{Evidence, FieldName, FieldSet};
use super::hasher::{FieldHasher, Unsalted};
use super::identity::COUNTED_NICS_MAX;
use super::junk::{MacWorth, mac_worth};
use crate::hardware::{Field, Mac, NicClass, NicMembership};

/// Addresses ascending, each once.
pub(super) type Macs = Vec<Mac, COUNTED_NICS_MAX>;

/// Fills in the addresses that count.
///
/// # Errors
/// [`HardwareError::TooManyCountedNics`].
#[inline(never)]
pub(super) fn gather(reading: &mut Reading<'_, '_>, macs: &mut Macs) -> Result<(), HardwareError> {
    reading.check(&reading.descriptor.nics, FieldName::Nics);
    gather_class(NicClass::Physical, Evidence::Mac, reading, macs)?;
    // A radio is the last resort: only where no wired NIC counts and nothing else is unique.
    if macs.is_empty() && !reading.evidence.is_unique() && reading.unreadable.is_empty() {
        gather_class(NicClass::Wireless, Evidence::WirelessMac, reading, macs)?;
    }
    Ok(())
}

/// The digest of the addresses that count, if none is hidden.
#[inline(never)]
pub(super) fn digest(macs: &Macs, reading: &Reading<'_, '_>, into: &mut Field<Unsalted>) {
    let mut hash = FieldHasher::new();
    hash.component(Component::Nic);
    for mac in macs {
        hash.bytes(1, &mac.0);
    }
    reading.component(reading.unreadable.without(FieldSet::EMPTY.with(FieldName::Nics)), &mut hash, into);
}

/// Takes up the addresses of one class that are read, and notes those that are hidden.
#[inline(never)]
fn gather_class(
    class: NicClass,
    unique: Evidence,
    reading: &mut Reading<'_, '_>,
    macs: &mut Macs,
) -> Result<(), HardwareError> {
    let nics = reading.descriptor.nics.read().unwrap_or_default();
    for index in 0..nics.len() {
        let Some(nic) = &nics.row(index) else { continue };
        if nic.class != class {
            continue;
        }
        // The address burnt in is the permanent one; where the driver knows none, the current one
        // of a NIC that is in no aggregate.
        let mut address = &nic.permanent_mac;
        let mut worth = worth_of(address);
        let is_hidden = matches!(address, Field::Unreadable);
        if worth == MacWorth::None && !is_hidden && nic.membership == NicMembership::Independent {
            address = &nic.current_mac;
            worth = worth_of(address);
        }
        reading.check(address, FieldName::Nics);
        if worth != MacWorth::None
            && let Field::Read(mac) = address
            && reading.counted.mac(mac)
        {
            if worth == MacWorth::Unique {
                reading.found(unique);
            } else if class == NicClass::Physical {
                reading.found(Evidence::HypervisorMac);
            }
            insert(macs, mac)?;
        }
    }
    Ok(())
}

/// Puts an address in its place, unless it is there already: from the end, past those that come
/// after it.
#[inline(never)]
fn insert(macs: &mut Macs, mac: &Mac) -> Result<(), HardwareError> {
    if macs.contains(mac) {
        return Ok(());
    }
    macs.push(*mac).map_err(|_| HardwareError::TooManyCountedNics)?;
    let mut rest = macs.as_mut_slice();
    while let [before @ .., last] = rest
        && let Some(one_before) = before.last_mut()
        && *last < *one_before
    {
        core::mem::swap(last, one_before);
        rest = before;
    }
    Ok(())
}

fn worth_of(address: &Field<Mac>) -> MacWorth {
    match address {
        Field::Read(mac) => mac_worth(mac),
        Field::Absent | Field::Unreadable => MacWorth::None,
    }
}
