//! The factors: parts of components that an enrolment remembers one by one.

use super::board::{BoardFields, NAMES};
use super::component::Component;
use super::cpu;
use super::digest::{All, Reading};
use super::evidence::{FieldName, FieldSet};
use super::hasher::{FieldHasher, Unsalted};
use super::identity::{ComponentDigest, FACTOR_ID, Salt, salted};
use super::junk::TextWorth;
use super::{memory, platform};
use crate::hardware::{Descriptor, Field};

/// A part of a component that enrolment remembers by itself. The numbers are part of scheme 03.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    BoardModel = 1,
    BoardSerial = 2,
    SystemSerial = 3,
    SystemUuid = 4,
    CpuModel = 5,
    CpuSerial = 6,
    Memory = 7,
    Platform = 8,
}

impl Factor {
    pub(super) const COUNT: usize = 8;
    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::BoardModel,
        Self::BoardSerial,
        Self::SystemSerial,
        Self::SystemUuid,
        Self::CpuModel,
        Self::CpuSerial,
        Self::Memory,
        Self::Platform,
    ];

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::BoardModel => 1,
            Self::BoardSerial => 2,
            Self::SystemSerial => 3,
            Self::SystemUuid => 4,
            Self::CpuModel => 5,
            Self::CpuSerial => 6,
            Self::Memory => 7,
            Self::Platform => 8,
        }
    }

    pub(super) const fn component(self) -> Component {
        match self {
            Self::BoardModel | Self::BoardSerial | Self::SystemSerial | Self::SystemUuid => Component::Board,
            Self::CpuModel | Self::CpuSerial => Component::Cpu,
            Self::Memory => Component::Memory,
            Self::Platform => Component::Platform,
        }
    }
}

/// The salted digest of one factor of a descriptor.
pub(super) fn factor_digest(descriptor: &Descriptor<'_>, factor: Factor, salt: &Salt) -> Field<ComponentDigest> {
    let mut reading = Reading::new(descriptor, &All);
    let mut digest = Field::Absent;
    match factor {
        Factor::BoardModel | Factor::BoardSerial | Factor::SystemSerial | Factor::SystemUuid => {
            of_board(reading, factor, &mut digest);
        }
        Factor::CpuModel | Factor::CpuSerial => of_cpu(reading, factor, &mut digest),
        Factor::Memory => memory::digest(&mut reading, &mut digest),
        Factor::Platform => platform::digest(&mut reading, &mut digest),
    }
    digest.map(|digest| salted(FACTOR_ID | factor.number(), salt, &digest))
}

fn of_board(mut reading: Reading<'_, '_>, factor: Factor, into: &mut Field<Unsalted>) {
    let board = BoardFields::of(&mut reading);
    let mut hash = FieldHasher::new();
    hash.raw(b"hwl03fac");
    let needed = match factor {
        Factor::BoardSerial => {
            hash.text(1, board.serial);
            FieldSet::EMPTY.with(FieldName::BoardSerial)
        }
        Factor::SystemSerial => {
            hash.text(1, board.system_serial);
            FieldSet::EMPTY.with(FieldName::SystemSerial)
        }
        Factor::SystemUuid => {
            if let Some(uuid) = board.uuid {
                hash.bytes(1, &uuid);
            }
            FieldSet::EMPTY.with(FieldName::SystemUuid)
        }
        _ => {
            board.feed_names(&mut hash);
            NAMES
        }
    };
    reading.component(reading.unreadable.without(needed), &mut hash, into);
}

fn of_cpu(mut reading: Reading<'_, '_>, factor: Factor, into: &mut Field<Unsalted>) {
    let mut hash = FieldHasher::new();
    hash.raw(b"hwl03fac");
    match factor {
        Factor::CpuSerial => {
            let serial = reading.text(&reading.descriptor.cpu.serial, FieldName::CpuSerial, TextWorth::Serial);
            hash.text(1, serial);
        }
        _ if cpu::counts_signature(reading.descriptor.kind) => {
            reading.check(&reading.descriptor.cpu.signature, FieldName::CpuSignature);
            if let Field::Read(signature) = reading.descriptor.cpu.signature {
                hash.bytes(1, &signature.to_le_bytes());
            }
        }
        _ => {}
    }
    reading.component(FieldSet::EMPTY, &mut hash, into);
}
