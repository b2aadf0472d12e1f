//! Descriptors in JSON, as in `tests/independent/hwid.py`.
//!
//! A field is left out when absent, `{"unreadable": true}` when it may not be read, and else
//! `{"text": …}`, `{"hex": …}` or `{"value": …}`. What is made here is leaked: a test ends soon.

use hwlicense::hardware::{
    Board, Cpu, Descriptor, Field, Mac, MachineKind, Memory, Module, Nic, NicClass, NicMembership, PlatformId,
    PlatformIdSource, Rows, Text, Uuid,
};
use serde_json::Value;

use crate::vectors;

/// The descriptor of a JSON value.
#[must_use]
pub fn descriptor(json: &Value) -> &'static Descriptor<'static> {
    let (board, cpu, memory) = (part(json, "board"), part(json, "cpu"), part(json, "memory"));
    Box::leak(Box::new(Descriptor {
        kind: match json.get("kind").and_then(Value::as_str) {
            Some("physical") => MachineKind::Physical,
            Some("virtual-machine") => MachineKind::VirtualMachine,
            Some("container") => MachineKind::Container,
            _ => MachineKind::Unknown,
        },
        board: Board {
            vendor: text(board, "vendor"),
            product: text(board, "product"),
            version: text(board, "version"),
            serial: text(board, "serial"),
            system_vendor: text(board, "system_vendor"),
            system_product: text(board, "system_product"),
            system_version: text(board, "system_version"),
            system_serial: text(board, "system_serial"),
            system_uuid: fixed(board, "system_uuid").map(Uuid),
        },
        cpu: Cpu {
            vendor: text(cpu, "vendor"),
            model: text(cpu, "model"),
            signature: number(cpu, "signature").map(|value| u32::try_from(value).unwrap()),
            serial: text(cpu, "serial"),
        },
        memory: Memory { total_bytes: number(memory, "total_bytes"), modules: list(memory, "modules", module) },
        nics: list(json, "nics", nic),
        platform_ids: list(json, "platform_ids", platform_id).read().unwrap_or_default(),
    }))
}

fn part<'j>(json: &'j Value, name: &str) -> &'j Value {
    json.get(name).unwrap_or(&Value::Null)
}

fn field<T>(json: &Value, name: &str, read: impl Fn(&Value) -> T) -> Field<T> {
    match json.get(name) {
        None | Some(Value::Null) => Field::Absent,
        Some(field) if field.get("unreadable").is_some() => Field::Unreadable,
        Some(field) => Field::Read(read(field)),
    }
}

fn raw(field: &Value) -> Vec<u8> {
    match field.get("hex").and_then(Value::as_str) {
        Some(digits) => vectors::bytes(digits),
        None => vectors::text(field, "text").as_bytes().to_vec(),
    }
}

fn text(json: &Value, name: &str) -> Text<'static> {
    field(json, name, |field| &*raw(field).leak())
}

fn fixed<const N: usize>(json: &Value, name: &str) -> Field<[u8; N]> {
    field(json, name, |field| raw(field).try_into().unwrap())
}

fn number(json: &Value, name: &str) -> Field<u64> {
    field(json, name, |field| field.get("value").and_then(Value::as_u64).unwrap())
}

fn list<T>(json: &Value, name: &str, read: impl Fn(&Value) -> T) -> Field<Rows<'static, T>> {
    field(json, name, |entries| Rows::held(entries.as_array().unwrap().iter().map(&read).collect::<Vec<T>>().leak()))
}

fn module(json: &Value) -> Module<'static> {
    Module {
        part: text(json, "part"),
        serial: text(json, "serial"),
        size_bytes: json.get("size_bytes").and_then(Value::as_u64).unwrap(),
    }
}

fn nic(json: &Value) -> Nic<'static> {
    Nic {
        bus: text(json, "bus"),
        driver: text(json, "driver"),
        permanent_mac: fixed(json, "permanent_mac").map(Mac),
        current_mac: fixed(json, "current_mac").map(Mac),
        class: match json.get("class").and_then(Value::as_str) {
            Some("physical") => NicClass::Physical,
            Some("usb") => NicClass::Usb,
            Some("wireless") => NicClass::Wireless,
            Some("aggregate") => NicClass::Aggregate,
            _ => NicClass::Virtual,
        },
        membership: match json.get("membership").and_then(Value::as_str) {
            Some("enslaved") => NicMembership::Enslaved,
            _ => NicMembership::Independent,
        },
    }
}

fn platform_id(json: &Value) -> PlatformId<'static> {
    PlatformId {
        source: match vectors::text(json, "source") {
            "soc" => PlatformIdSource::Soc,
            "efuse" => PlatformIdSource::EFuse,
            "tpm" => PlatformIdSource::Tpm,
            "secure-element" => PlatformIdSource::SecureElement,
            "emmc-cid" => PlatformIdSource::EmmcCid,
            "generated" => PlatformIdSource::Generated,
            other => panic!("unknown source {other}"),
        },
        bytes: text(json, "bytes"),
    }
}
