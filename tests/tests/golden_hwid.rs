//! The core against the golden vectors of HWIDs and enrolments.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use hwlicense::hardware::{Board, Descriptor, Field, Mac, Nic, NicClass, Rows, Uuid};
use hwlicense::hwid::{Component, ENROLLMENT_BYTES_MAX, Enrollment, Evidence, EvidenceSet, HwidError, Machine};
use hwlicense_tests::descriptor::descriptor;
use hwlicense_tests::vectors::{array, bytes, hex, list, load, maybe, text};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn names(set: EvidenceSet) -> Vec<&'static str> {
    set.iter().map(Evidence::name).collect()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The HWID, or the name of the error, of a descriptor with or without an enrolment.
fn outcome(machine: &Machine<'_>) -> (Option<String>, Option<&'static str>) {
    match machine.hwid() {
        Ok(hwid) => (Some(hwid.to_string()), None),
        Err(error) => (None, Some(error.code())),
    }
}

/// What differs between a machine and its vector, beside the HWID.
fn differences(case: &Value, machine: &Machine<'_>, salt: &[u8; 16]) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, left: Vec<String>, right: Vec<String>| {
        if left != right {
            found.push(format!("{}: {what} {left:?}, expected {right:?}", text(case, "name")));
        }
    };
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    compare("evidence", owned(names(machine.identity().evidence())), texts(case, "evidence"));
    let mut unreadable = owned(machine.identity().unreadable().iter().map(|field| field.name()).collect());
    unreadable.sort_unstable();
    let mut expected = texts(case, "unreadable");
    expected.dedup();
    compare("unreadable", unreadable, expected);
    compare("nics", machine.identity().nic_digests(salt).map(|digest| hex(&digest)).collect(), texts(case, "nics"));
    for component in Component::ALL {
        // What is unreadable has no digest in either implementation.
        let digest = machine.identity().component_digest(component, salt).read().map(|digest| hex(&digest));
        let expected = maybe(&case["components"][component.name()], "salted").map(str::to_owned);
        compare(component.name(), digest.into_iter().collect(), expected.into_iter().collect());
    }
    found
}

#[test]
fn descriptors_have_their_hwids() {
    let file = load("hwid.json");
    let salt = array(text(&file, "salt"));
    let mut wrong = Vec::new();
    for case in list(&file, "cases") {
        let name = text(case, "name");
        let machine = match Machine::read(descriptor(&case["descriptor"])) {
            Ok(machine) => machine,
            Err(error) => {
                assert_eq!(maybe(case, "error"), Some(error.code()), "{name}");
                continue;
            }
        };
        let expected = (maybe(case, "hwid").map(str::to_owned), maybe(case, "error"));
        if outcome(&machine) != expected {
            wrong.push(format!("{name}: {:?}, expected {expected:?}", outcome(&machine)));
        }
        if let Err(HwidError::NotReadable(fields)) = machine.hwid() {
            assert_eq!(fields, machine.identity().unreadable(), "{name}");
        }
        wrong.extend(differences(case, &machine, &salt));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The preimages in the file are those of the digests that the core agrees with.
#[test]
fn preimages_hash_to_the_digests() {
    for case in list(&load("hwid.json"), "cases") {
        for component in case.get("components").and_then(Value::as_object).into_iter().flat_map(|map| map.values()) {
            if component.is_object() {
                let digest = Sha256::digest(bytes(text(component, "preimage")));
                assert_eq!(hex(&digest), text(component, "digest"), "{}", text(case, "name"));
            }
        }
    }
}

fn read(descriptor: &Descriptor<'_>) -> Option<String> {
    Machine::read(descriptor).unwrap().hwid().ok().map(|hwid| hwid.to_string())
}

fn each(file: &Value, group: &str, hwid: impl Fn(&Value) -> Option<String>) {
    for case in list(&file[group], "cases") {
        assert_eq!(hwid(case).as_deref(), maybe(case, "hwid"), "{group}: {case}");
    }
}

#[test]
fn placeholders_are_told_from_values() {
    let file = load("junk.json");
    each(&file, "serials", |case| {
        let board = Board { vendor: "Maker of things".into(), serial: text(case, "text").into(), ..Board::default() };
        read(&Descriptor { board, ..Descriptor::default() })
    });
    each(&file, "names", |case| {
        let board = Board { vendor: text(case, "text").into(), serial: "D0JHP72".into(), ..Board::default() };
        read(&Descriptor { board, ..Descriptor::default() })
    });
    let uuid = |digits: &str| Board { system_uuid: Field::Read(Uuid(array(digits))), ..Board::default() };
    each(&file, "uuids", |case| read(&Descriptor { board: uuid(text(case, "hex")), ..Descriptor::default() }));
    let nic = |case: &Value| {
        let permanent_mac = Field::Read(Mac(array(text(case, "hex"))));
        [Nic { permanent_mac, class: NicClass::Physical, ..Nic::default() }]
    };
    each(&file, "macs", |case| {
        read(&Descriptor { nics: Field::Read(Rows::held(&nic(case))), ..Descriptor::default() })
    });
    let beside = uuid(text(&file["hypervisors"]["descriptor"]["board"]["system_uuid"], "hex"));
    each(&file, "hypervisors", |case| {
        read(&Descriptor { board: beside, nics: Field::Read(Rows::held(&nic(case))), ..Descriptor::default() })
    });
}

#[test]
fn enrolled_machines_read_as_they_should() {
    let mut wrong = Vec::new();
    for case in list(&load("enrollment.json"), "cases") {
        let name = text(case, "name");
        let salt = array(text(case, "salt"));
        let machine = Machine::read(descriptor(&case["descriptor"])).unwrap();
        let enrollment = match Enrollment::new(&machine, salt) {
            Ok(enrollment) => enrollment,
            Err(error) => {
                assert_eq!(maybe(case, "error"), Some(error.code()), "{name}");
                continue;
            }
        };
        let mut buffer = [0; ENROLLMENT_BYTES_MAX];
        assert_eq!(hex(enrollment.encode(&mut buffer).unwrap()), text(case, "encoded"), "{name}");
        let encoded = bytes(text(case, "encoded"));
        assert_eq!(Enrollment::decode(&encoded), Ok(enrollment.clone()), "{name}");
        assert_eq!(enrollment.hwid().to_string(), text(case, "hwid"), "{name}");
        for later in list(case, "later") {
            let machine = Machine::read_enrolled(descriptor(&later["descriptor"]), &enrollment).unwrap();
            let expected = (maybe(later, "hwid").map(str::to_owned), maybe(later, "error"));
            if outcome(&machine) != expected {
                wrong.push(format!("{name}, {}: {:?}, expected {expected:?}", text(later, "name"), outcome(&machine)));
            } else if machine.hwid().is_ok() && names(machine.identity().evidence()) != texts(later, "evidence") {
                wrong.push(format!("{name}, {}: {}", text(later, "name"), machine.identity().evidence()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn enrolments_are_accepted_and_refused() {
    let file = load("enrollment.json");
    for case in list(&file, "accepted") {
        let enrollment = Enrollment::decode(&bytes(text(case, "bytes"))).unwrap();
        assert_eq!(enrollment.hwid().to_string(), text(case, "hwid"), "{}", text(case, "name"));
    }
    for case in list(&file, "refused") {
        let found = Enrollment::decode(&bytes(text(case, "bytes"))).map(|_| ()).map_err(|error| error.code());
        assert_eq!(found, Err(text(case, "error")), "{}", text(case, "name"));
    }
}
