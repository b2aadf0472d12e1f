//! Any JSON in place of any field: an error or a reading, and never a panic.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test says what is wrong by failing"
)]

use proptest::prelude::*;
use serde_json::{Value, json};

/// A reading with every field that there is.
fn whole() -> Value {
    json!({
        "schema": "hwlicense.reading/1", "tool_version": "1.2.3", "source": "test", "kind": "bare",
        "board": {
            "vendor": "V", "product": "P", "version": "1", "serial": "S", "system_vendor": "V", "system_product": "P",
            "system_version": "1", "system_serial": "S", "system_uuid": "31d7a4c2-08be-4f11-9c55-6a0e1d20b374",
            "bios_vendor": "V", "bios_version": "1", "chassis_serial": "S"
        },
        "cpu": {
            "vendor": "V", "model": "M", "signature": "Type 0, Family 6, Model 78, Stepping 3",
            "id": "E3 06 04 00 FF FB EB BF", "serial": "S", "cores": 4, "sockets": 1
        },
        "memory": {
            "total_bytes": 8_589_934_592_u64,
            "modules": [{"serial": "S", "part": "P", "size": 8_589_934_592_u64, "vendor": "V"}]
        },
        "nics": [{
            "name": "eth0", "mac": "00:40:8c:12:34:56", "permanent_mac": "00:40:8c:12:34:56", "driver": "igb",
            "bus": "/devices/pci0000:00/0000:00:1c.0", "vendor_device": "0x8086:0x1533", "is_virtual": false,
            "class": "physical", "master": "bond0", "link": "up"
        }],
        "tags": ["t"], "machine": "m",
        "platform_ids": [{"source": "soc", "id": "4a0013c8"}],
        "unreadable": [{"field": "board.serial", "source": "s", "reason": "r", "cure": "c"}],
        "virtualization": [{"name": "kvm", "kind": "vm", "evidence": "e"}],
        "sources": [{"source": "s", "status": "read", "detail": "d"}]
    })
}

/// Pointers (RFC 6901) to every place of a value.
fn places(value: &Value, here: &str, places: &mut Vec<String>) {
    places.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                self::places(value, &format!("{here}/{name}"), places);
            }
        }
        Value::Array(entries) => {
            for (index, value) in entries.iter().enumerate() {
                self::places(value, &format!("{here}/{index}"), places);
            }
        }
        _ => {}
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9A-Fa-fx:., -]{0,40}".prop_map(Value::from),
        "(impl|family|Type|model|rev|part|&|JEP-106| |,|0x|[0-9a-f]){0,12}".prop_map(Value::from),
        Just(Value::from("x".repeat(5000))),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,12}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Everything that can be done with a text that may be a reading.
fn use_it(json: &[u8]) -> bool {
    let _ = hwlicense_probe::readings(json).take(8).count();
    match hwlicense_probe::parse_document(json) {
        Ok(reading) => {
            let hardware = reading.hardware();
            let _ = format!("{:?}", hardware.descriptor());
            let _ = reading.rows();
            let again = serde_json::to_vec(&reading).unwrap();
            assert_eq!(hwlicense_probe::parse_document(&again).unwrap(), reading);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

#[test]
fn the_whole_reading_is_read() {
    assert!(use_it(whole().to_string().as_bytes()));
    let mut all = Vec::new();
    places(&whole(), "", &mut all);
    for place in all.iter().filter(|place| !place.is_empty()) {
        let mut reading = whole();
        *reading.pointer_mut(place).unwrap() = Value::Null;
        assert!(use_it(reading.to_string().as_bytes()), "null is absent: {place}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_value_in_place_of_any_field(place in any::<prop::sample::Index>(), value in any_value()) {
        let mut reading = whole();
        let mut all = Vec::new();
        places(&reading, "", &mut all);
        let place: &String = place.get(&all);
        *reading.pointer_mut(place).unwrap() = value;
        use_it(reading.to_string().as_bytes());
        use_it(serde_json::to_string_pretty(&reading).unwrap().as_bytes());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use_it(&bytes);
    }

    #[test]
    fn an_altered_text(index in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut text = whole().to_string().into_bytes();
        let index = index.index(text.len());
        text[index] = byte;
        use_it(&text);
        text.truncate(cut.index(text.len()));
        use_it(&text);
    }
}
