//! Processor: signature and serial number.

use super::component::Component;
use super::digest::Reading;
use super::evidence::{Evidence, FieldName};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::junk::TextWorth;
use crate::hardware::{Field, MachineKind};

/// The processor of a virtual machine is its host's, and changes when the machine moves there.
pub(super) const fn counts_signature(kind: MachineKind) -> bool {
    !matches!(kind, MachineKind::VirtualMachine)
}

#[inline(never)]
pub(super) fn digest(reading: &mut Reading<'_, '_>, into: &mut Field<Unsalted>) {
    let before = reading.unreadable;
    let mut hash = FieldHasher::new();
    hash.component(Component::Cpu);
    if reading.counted.factor(Factor::CpuModel) && counts_signature(reading.descriptor.kind) {
        reading.check(&reading.descriptor.cpu.signature, FieldName::CpuSignature);
        if let Field::Read(signature) = reading.descriptor.cpu.signature {
            hash.bytes(1, &signature.to_le_bytes());
        }
    }
    if reading.counted.factor(Factor::CpuSerial) {
        let serial = reading.text(&reading.descriptor.cpu.serial, FieldName::CpuSerial, TextWorth::Serial);
        if !serial.is_empty() {
            reading.found(Evidence::CpuSerial);
            hash.text(2, serial);
        }
    }
    reading.component(before, &mut hash, into);
}
