//! Reads the collection of real readings, where it is present.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test says what is wrong by failing"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use hwlicense::hardware::{Field, NicClass};
use hwlicense_probe::{Reading, readings};

/// `hw-dev.jsonl` in `HWLICENSE_SHARED_DATA`, else in `../shared/data` beside the workspace.
fn collection() -> Option<PathBuf> {
    let folder = std::env::var_os("HWLICENSE_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let file = folder.join("hw-dev.jsonl");
    if !file.is_file() {
        println!("SKIPPED: there are no shared readings at {}", file.display());
        return None;
    }
    Some(file)
}

fn all() -> Option<Vec<Reading>> {
    let file = BufReader::new(File::open(collection()?).unwrap());
    Some(readings(file).map(|reading| reading.unwrap().1).collect())
}

#[test]
fn every_line_is_a_reading() {
    let Some(all) = all() else { return };
    assert_eq!(all.len(), 2032);
    for reading in &all {
        let hardware = reading.hardware();
        let descriptor = hardware.descriptor();
        assert_eq!(descriptor.memory.modules.read().unwrap_or_default().len(), reading.memory.modules.len());
        let json = serde_json::to_vec(reading).unwrap();
        assert_eq!(&hwlicense_probe::parse_document(&json).unwrap(), reading);
        assert!(!reading.rows().is_empty());
    }
}

#[test]
fn uuids_macs_and_signatures_are_understood() {
    let Some(all) = all() else { return };
    let mut strange = BTreeMap::<&str, Vec<&str>>::new();
    let mut signatures = 0;
    for reading in &all {
        let hardware = reading.hardware();
        let descriptor = hardware.descriptor();
        if let (Some(uuid), Field::Absent) = (&reading.board.system_uuid, descriptor.board.system_uuid) {
            strange.entry("uuid").or_default().push(uuid);
        }
        for (nic, text) in descriptor.nics.read().unwrap_or_default().iter().zip(&reading.nics) {
            if let (Some(mac), Field::Absent) = (&text.mac, nic.current_mac) {
                strange.entry("mac").or_default().push(mac);
            }
        }
        signatures += usize::from(descriptor.cpu.signature.read().is_some());
    }
    println!("{signatures} signatures; not understood: {strange:?}");
    assert!(signatures > 1500);
    assert!(strange.get("mac").is_none_or(|macs| macs.len() <= 12));
}

#[test]
fn id_bytes_and_words_agree_on_the_processor() {
    let Some(all) = all() else { return };
    let signature = |reading: &Reading| reading.hardware().descriptor().cpu.signature;
    let (mut agreeing, mut differing) = (0, Vec::new());
    for reading in &all {
        let (mut by_id, mut by_words) = (reading.clone(), reading.clone());
        by_id.cpu.signature = None;
        by_words.cpu.id = None;
        if let (Field::Read(id), Field::Read(words)) = (signature(&by_id), signature(&by_words)) {
            if id == words {
                agreeing += 1;
            } else {
                differing.push((&reading.cpu.id, &reading.cpu.signature));
            }
        }
    }
    println!("{agreeing} agree, differing: {differing:?}");
    assert!(agreeing > 1000);
    assert!(differing.len() * 100 < agreeing, "{differing:?}");
}

#[test]
fn classes_are_sensible() {
    let Some(all) = all() else { return };
    let mut names = BTreeMap::<&str, BTreeMap<String, usize>>::new();
    for reading in &all {
        let hardware = reading.hardware();
        let descriptor = hardware.descriptor();
        for (nic, text) in descriptor.nics.read().unwrap_or_default().iter().zip(&reading.nics) {
            let class = match nic.class {
                NicClass::Physical => "physical",
                NicClass::Usb => "usb",
                NicClass::Wireless => "wireless",
                NicClass::Virtual => "virtual",
                NicClass::Aggregate => "aggregate",
            };
            let name = text.name.clone().unwrap_or_default();
            *names.entry(class).or_default().entry(name).or_default() += 1;
            if text.is_virtual == Some(true) {
                assert_ne!(nic.class, NicClass::Physical, "{text:?}");
            }
            let bus = text.bus.as_deref().unwrap_or("");
            if bus.contains("/usb") {
                assert!(!matches!(nic.class, NicClass::Physical), "{text:?}");
            }
        }
    }
    let count = |class: &str| names.get(class).map_or(0, |names| names.values().sum::<usize>());
    for (class, names) in &names {
        println!("{class} {}: {names:?}", count(class));
    }
    assert_eq!(["physical", "usb", "wireless", "virtual", "aggregate"].map(count).iter().sum::<usize>(), 752);
    assert!(count("physical") > 500 && count("virtual") > 100 && count("wireless") > 30);
    assert!(count("usb") >= 10 && count("aggregate") >= 10);
}
