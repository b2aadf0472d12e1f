//! Board and system: names, serial numbers, UUID.

use core::cmp::Ordering;

use super::canonical::{self, Characters};
use super::component::Component;
use super::digest::Reading;
use super::evidence::{Evidence, FieldName, FieldSet};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::junk::{self, TextWorth};
use crate::hardware::Field;

/// The fields that only describe the model.
pub(super) const NAMES: FieldSet = FieldSet::EMPTY
    .with(FieldName::BoardVendor)
    .with(FieldName::BoardProduct)
    .with(FieldName::SystemVendor)
    .with(FieldName::SystemProduct);

/// The fields of board and system that count, judged. An empty text does not count.
pub(super) struct BoardFields<'a> {
    /// Vendor and product of the board, then of the system.
    names: [&'a [u8]; 4],
    pub(super) serial: &'a [u8],
    pub(super) system_serial: &'a [u8],
    pub(super) uuid: Option<[u8; 16]>,
}

impl<'a> BoardFields<'a> {
    pub(super) fn of(reading: &mut Reading<'_, 'a>) -> Self {
        let board = &reading.descriptor.board;
        let mut fields = Self { names: [&[], &[], &[], &[]], serial: &[], system_serial: &[], uuid: None };
        if reading.counted.factor(Factor::BoardModel) {
            let names = [
                (&board.vendor, FieldName::BoardVendor),
                (&board.product, FieldName::BoardProduct),
                (&board.system_vendor, FieldName::SystemVendor),
                (&board.system_product, FieldName::SystemProduct),
            ];
            for (slot, (field, name)) in fields.names.iter_mut().zip(names) {
                *slot = reading.text(field, name, TextWorth::Name);
            }
        }
        if reading.counted.factor(Factor::SystemUuid) {
            reading.check(&board.system_uuid, FieldName::SystemUuid);
            if let Field::Read(uuid) = &board.system_uuid {
                fields.uuid = junk::usable_uuid(uuid);
            }
        }
        if reading.counted.factor(Factor::BoardSerial) {
            let serial = reading.text(&board.serial, FieldName::BoardSerial, TextWorth::Serial);
            fields.serial = fields.unless_a_name(serial);
        }
        if reading.counted.factor(Factor::SystemSerial) {
            let serial = reading.text(&board.system_serial, FieldName::SystemSerial, TextWorth::Serial);
            // Hypervisors put the UUID of the machine, or of their host, in its place.
            if fields.uuid.is_none() || !has_uuid_shape(serial) {
                fields.system_serial = fields.unless_a_name(serial);
            }
        }
        fields
    }

    /// Some firmware repeats the product's name where the serial number belongs.
    fn unless_a_name(&self, serial: &'a [u8]) -> &'a [u8] {
        if self.names.iter().any(|name| canonical::order(name, serial) == Ordering::Equal) { &[] } else { serial }
    }

    pub(super) fn feed_names(&self, hash: &mut FieldHasher) {
        for (number, name) in [1, 2, 4, 5].into_iter().zip(self.names) {
            hash.text(number, name);
        }
    }
}

fn has_uuid_shape(serial: &[u8]) -> bool {
    let mut digits = 0u16;
    for digit in Characters(serial) {
        if !digit.is_ascii_hexdigit() {
            return false;
        }
        digits = digits.wrapping_add(1);
    }
    digits == 32
}

/// Serial numbers are unique within a maker's product line, so they are hashed with its names. A
/// UUID is unique by itself, and where one counts the names are left out: updates respell them.
#[inline(never)]
pub(super) fn digest(reading: &mut Reading<'_, '_>, into: &mut Field<Unsalted>) {
    let before = reading.unreadable;
    let fields = BoardFields::of(reading);
    let mut hash = FieldHasher::new();
    hash.component(Component::Board);
    if fields.uuid.is_some() {
        reading.found(Evidence::SystemUuid);
        reading.unreadable = reading.unreadable.without(NAMES);
    } else {
        fields.feed_names(&mut hash);
    }
    if !fields.serial.is_empty() {
        reading.found(Evidence::BoardSerial);
        hash.text(3, fields.serial);
    }
    if !fields.system_serial.is_empty() {
        reading.found(Evidence::SystemSerial);
        hash.text(6, fields.system_serial);
    }
    if let Some(uuid) = fields.uuid {
        hash.bytes(7, &uuid);
    }
    reading.component(before, &mut hash, into);
}
