//! The promises of a HWID, kept on readings of real machines.
//!
//! The readings are not part of the project. They are looked for in the folder that
//! `HWLICENSE_SHARED_DATA` names, else in `../shared/data` beside the workspace; where they are
//! missing, the tests say so aloud and skip.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use hwlicense::hwid::{Hwid, HwidError, Machine};
use hwlicense_probe::{Reading, parse_document};
use hwlicense_tests::random::Random;
use serde_json::{Value, json};

fn collection() -> Option<Vec<Value>> {
    let folder = std::env::var_os("HWLICENSE_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let file = folder.join("hw-dev.jsonl");
    let Ok(text) = fs::read_to_string(&file) else {
        println!("SKIPPED: there are no readings of real machines at {}", file.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn reading(json: &Value) -> Reading {
    parse_document(json.to_string().as_bytes()).unwrap()
}

fn hwid(json: &Value) -> Result<Hwid, HwidError> {
    Machine::read(&reading(json).hardware().descriptor()).unwrap().hwid()
}

#[test]
fn no_hwid_is_shared_by_two_machines() {
    let Some(all) = collection() else { return };
    let mut owners = BTreeMap::<String, &str>::new();
    let (mut unique, mut not_unique) = (0, 0);
    for json in &all {
        let label = json["machine"].as_str().unwrap();
        match hwid(json) {
            Ok(hwid) => {
                unique += 1;
                let owner = *owners.entry(hwid.to_string()).or_insert(label);
                assert_eq!(owner, label, "{hwid}: {}", json["source"]);
            }
            Err(error) => {
                assert_eq!(error, HwidError::NotUnique, "{}", json["source"]);
                not_unique += 1;
            }
        }
    }
    println!("{} readings: {unique} with a HWID ({} different), {not_unique} not unique", all.len(), owners.len());
    assert!(unique > 0 && not_unique > 0);
}

/// Objects in which the texts of a reading stand that may be respelt.
fn respell(random: &mut Random, object: &mut Value, names: &[&str], pad: &[&str]) {
    let (upper, before, after) = (random.below(3), *random.pick(pad), *random.pick(pad));
    for name in names {
        if let Some(text) = object[*name].as_str() {
            let text = match upper {
                0 => text.to_ascii_uppercase(),
                1 => text.to_ascii_lowercase(),
                _ => text.to_owned(),
            };
            object[*name] = json!(format!("{before}{text}{after}"));
        }
    }
}

fn swapped(uuid: &str) -> Option<String> {
    let digits: String = uuid.chars().filter(char::is_ascii_hexdigit).collect();
    let pairs: Vec<&str> = (0..16).filter_map(|index| digits.get(index * 2..index * 2 + 2)).collect();
    let [a, b, c, d, e, f, g, h, rest @ ..] = &pairs[..] else { return None };
    let whole = digits.len() == 32 && uuid.len() == 36;
    whole.then(|| format!("{d}{c}{b}{a}-{f}{e}-{h}{g}-{}-{}", rest[..2].concat(), rest[2..].concat()))
}

/// NICs that come and go without the machine becoming another.
fn visitors(random: &mut Random) -> Vec<Value> {
    let mac = |random: &mut Random, first: u8| {
        let [_, b, c, d, e, f] = random.bytes::<6>();
        format!("{first:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    };
    let all = [
        json!({"name": "docker0", "mac": mac(random, 0x02), "driver": "bridge"}),
        json!({"name": "docker0", "mac": mac(random, 0x02)}),
        json!({"name": "br-4f1d9a2c", "mac": mac(random, 0x02)}),
        json!({"name": "veth8a1b2c3", "mac": mac(random, 0x46), "driver": "veth"}),
        json!({"name": "veth8a1b2c3@if7", "mac": mac(random, 0x3c)}),
        json!({"name": "tun0", "driver": "tun"}),
        json!({"name": "virbr0", "mac": "52:54:00:12:34:56"}),
        json!({"name": "lo", "mac": "00:00:00:00:00:00"}),
        json!({"name": "eth9", "mac": mac(random, 0x00), "bus": "/devices/pci0000:00/usb1/1-4/net", "driver": "r8152"}),
        json!({"name": "eth9", "mac": mac(random, 0x00), "driver": "cdc_ether"}),
        json!({"name": "enx00e04c680001", "mac": "00:e0:4c:68:00:01"}),
        json!({"name": "eth8", "mac": mac(random, 0x00), "is_virtual": true}),
        json!({"name": "eth8", "mac": mac(random, 0x00), "class": "aggregate"}),
        json!({"name": "eth8", "mac": mac(random, 0x02)}),
    ];
    all.into_iter().filter(|_| random.once_in(3)).collect()
}

/// The total that a kernel would show of the same memory, where this is such a total.
fn as_the_kernel_says(random: &mut Random, total: u64) -> Option<u64> {
    let installed = total.checked_next_power_of_two()?;
    let kept_back = installed - total;
    (kept_back <= installed / 100 * 8).then(|| installed - installed / 1000 * (10 + random.next() % 71))
}

/// The same machine, read in another way. Says what was done.
fn perturbed(random: &mut Random, original: &Value) -> (Value, String) {
    let mut json = original.clone();
    let mut done = Vec::new();
    for list in ["/nics", "/memory/modules"] {
        if let Some(entries) = json.pointer_mut(list).and_then(Value::as_array_mut).filter(|_| random.once_in(2)) {
            random.shuffle(entries);
            done.push("order");
        }
    }
    if random.once_in(2) {
        let pad = ["", " ", "  ", ".", "...", "\t", " \0"];
        let texts = ["vendor", "product", "serial", "system_vendor", "system_product", "system_serial"];
        respell(random, &mut json["board"], &texts, &pad);
        respell(random, &mut json["board"], &["system_uuid"], &["", " "]);
        respell(random, &mut json["cpu"], &["serial"], &pad);
        for module in json["memory"]["modules"].as_array_mut().into_iter().flatten() {
            respell(random, module, &["part", "serial"], &pad);
        }
        for nic in json["nics"].as_array_mut().into_iter().flatten() {
            respell(random, nic, &["mac", "permanent_mac"], &[""]);
        }
        done.push("spelling");
    }
    let uuid = json["board"]["system_uuid"].as_str().map(str::trim).and_then(swapped);
    if let Some(uuid) = uuid.filter(|_| random.once_in(2)) {
        json["board"]["system_uuid"] = json!(uuid);
        done.push("byte order");
    }
    if random.once_in(2) {
        let more = visitors(random);
        if let Some(nics) = json["nics"].as_array_mut() {
            nics.extend(more);
            random.shuffle(nics);
        }
        done.push("visitors");
    }
    let no_modules = json["memory"]["modules"].as_array().is_none_or(Vec::is_empty);
    let total = json["memory"]["total_bytes"].as_u64().filter(|total| no_modules && *total > 0);
    if let Some(total) = total.and_then(|total| as_the_kernel_says(random, total)) {
        json["memory"]["total_bytes"] = json!(total);
        done.push("total");
    }
    for nic in json["nics"].as_array_mut().into_iter().flatten().filter(|nic| nic.is_object()) {
        nic["link"] = json!(random.pick(&["up", "down"]));
    }
    (json, done.join(", "))
}

#[test]
fn what_must_not_matter_does_not() {
    let Some(all) = collection() else { return };
    let mut random = Random::announced("what_must_not_matter_does_not");
    let (mut tried, mut wrong) = (0, Vec::new());
    for json in &all {
        let expected = hwid(json);
        for _ in 0..12 {
            let (other, done) = perturbed(&mut random, json);
            tried += 1;
            if hwid(&other) != expected {
                wrong.push(format!(
                    "{} ({done}): {expected:?} became {:?}\n{json}\n{other}",
                    json["source"],
                    hwid(&other)
                ));
            }
        }
    }
    println!("{} readings, {tried} perturbations, {} differ", all.len(), wrong.len());
    assert!(wrong.is_empty(), "{}\n{} in all", wrong[..wrong.len().min(5)].join("\n"), wrong.len());
}

/// What somebody who knows nothing of the rules would say of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Guess {
    Nothing,
    Doubtful,
    Unique,
}

fn significant(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn different(text: &str) -> usize {
    text.chars().collect::<std::collections::BTreeSet<_>>().len()
}

fn guess_serial(text: Option<&str>, names: &[String]) -> Guess {
    const WORDS: [&str; 22] = [
        "filled",
        "default",
        "serial",
        "specified",
        "none",
        "unknown",
        "notav",
        "notapp",
        "empty",
        "invalid",
        "oem",
        "123456789",
        "987654321",
        "type",
        "asset",
        "manufacturer",
        "eval",
        "test",
        "removed",
        "anonym",
        "product",
        "x0000",
    ];
    let text = significant(text.unwrap_or_default());
    let steps = text.as_bytes().windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    if different(&text) <= 1 || text == "na" || text == "null" {
        Guess::Nothing
    } else if WORDS.iter().any(|word| text.contains(word)) || steps + 2 >= text.len() || names.contains(&text) {
        // A number may follow a word, and a word may stand inside a number.
        let letters_only = text.chars().all(|character| character.is_ascii_alphabetic());
        if letters_only && text.len() > 5 { Guess::Nothing } else { Guess::Doubtful }
    } else if text.len() < 5 || different(&text) < 4 || !text.contains(|c: char| c.is_ascii_digit()) {
        Guess::Doubtful
    } else {
        Guess::Unique
    }
}

fn guess_uuid(text: Option<&str>) -> Guess {
    let digits: String = text.unwrap_or_default().chars().filter(char::is_ascii_hexdigit).collect();
    match (digits.len(), different(&digits.to_ascii_lowercase())) {
        (32, 9..) if !digits.contains("000400050006") && !digits.starts_with("123456781234") => Guess::Unique,
        (32, 4..) => Guess::Doubtful,
        _ => Guess::Nothing,
    }
}

fn guess_nic(nic: &Value) -> Guess {
    const HYPERVISORS: [&str; 8] = ["000569", "000c29", "005056", "080027", "00155d", "00163e", "001c42", "525400"];
    let mut guess = Guess::Nothing;
    for field in ["permanent_mac", "mac"] {
        let mac: String =
            nic[field].as_str().unwrap_or_default().to_lowercase().chars().filter(char::is_ascii_hexdigit).collect();
        let Some(first) = mac.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { continue };
        if mac.len() != 12 || first & 3 != 0 || HYPERVISORS.iter().any(|prefix| mac.starts_with(prefix)) {
            continue;
        }
        let name = nic["name"].as_str().unwrap_or_default();
        let plain = name.len() == 4 && name.starts_with("eth") && nic["is_virtual"] != json!(true);
        let plain = plain && nic["driver"].is_null() && nic["bus"].is_null() && nic["vendor_device"].is_null();
        guess = guess.max(if plain && different(&mac) >= 5 { Guess::Unique } else { Guess::Doubtful });
    }
    guess
}

fn guess(json: &Value) -> Guess {
    let (board, cpu) = (&json["board"], &json["cpu"]);
    let names: Vec<String> = ["vendor", "product", "system_vendor", "system_product"]
        .iter()
        .filter_map(|name| board[*name].as_str().map(significant))
        .collect();
    let serials = [&board["serial"], &board["system_serial"], &cpu["serial"]];
    let serials = serials.map(|serial| guess_serial(serial.as_str(), &names)).into_iter();
    let nics = json["nics"].as_array().into_iter().flatten().map(guess_nic);
    let most = serials.chain(nics).max().unwrap_or(Guess::Nothing);
    most.max(guess_uuid(board["system_uuid"].as_str()))
}

#[test]
fn a_hwid_is_there_where_something_is_unique() {
    let Some(all) = collection() else { return };
    let mut counts = BTreeMap::<(Guess, bool), u32>::new();
    let mut wrong = Vec::new();
    for json in &all {
        let (guess, found) = (guess(json), hwid(json).is_ok());
        *counts.entry((guess, found)).or_default() += 1;
        if (guess, found) == (Guess::Nothing, true) || (guess, found) == (Guess::Unique, false) {
            wrong.push(format!("{guess:?}, HWID {found}: {json}"));
        }
    }
    println!("by guess and whether there is a HWID: {counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
