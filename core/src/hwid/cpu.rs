//! Processor: signature and serial number.

use super::component::Component;
use super::digest::{Counted, Notes};
use super::evidence::{Evidence, FieldName};
use super::factor::Factor;
use super::hasher::{FieldHasher, Unsalted};
use super::junk::TextWorth;
use crate::hardware::{Descriptor, Field, MachineKind};

/// The processor of a virtual machine is its host's, and changes when the machine moves there.
pub(super) const fn counts_signature(kind: MachineKind) -> bool {
    !matches!(kind, MachineKind::VirtualMachine)
}

#[inline(never)]
pub(super) fn digest(descriptor: &Descriptor<'_>, counted: &dyn Counted, notes: &mut Notes) -> Field<Unsalted> {
    let before = notes.unreadable;
    let mut hash = FieldHasher::of_component(Component::Cpu);
    if counted.factor(Factor::CpuModel) && counts_signature(descriptor.kind) {
        notes.check(&descriptor.cpu.signature, FieldName::CpuSignature);
        if let Field::Read(signature) = descriptor.cpu.signature {
            hash.bytes(1, &signature.to_le_bytes());
        }
    }
    if counted.factor(Factor::CpuSerial) {
        let serial = notes.text(&descriptor.cpu.serial, FieldName::CpuSerial, TextWorth::Serial);
        if !serial.is_empty() {
            notes.found(Evidence::CpuSerial);
            hash.text(2, serial);
        }
    }
    notes.component(before, &mut hash)
}
