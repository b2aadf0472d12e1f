//! The core and the independent implementation answer alike, about what each of them makes.
//!
//! Needs `python3`; says so aloud and skips where it is missing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment, Evidence, Machine};
use hwlicense::license::{
    Binding, BoundDigests, Class, ClassSet, EvidencePolicy, License, LicenseKey, Tolerance, Weights,
};
use hwlicense::signed::{
    Algorithm, BUNDLE_BYTES_MAX, Brands, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Header, Kind, KindSet, Label,
    Payload, PublicKey, VerifyError, armor, seal,
};
use hwlicense::time::UnixSeconds;
use hwlicense_tests::descriptor::descriptor;
use hwlicense_tests::random::Random;
use hwlicense_tests::vectors::{bytes, folder, hex, load, maybe};
use hwlicense_tests::verdict::{differences, report};
use serde_json::{Value, json};

const PYTHON: &str = "python3";
const ISSUED: u64 = 1_780_272_000;
const DAY: u64 = 86_400;

/// `check.py`, running.
struct Independent {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Independent {
    /// `None`, said aloud, where there is no Python.
    fn start() -> Option<Self> {
        let script = folder().join("independent/check.py");
        let spawned = Command::new(PYTHON).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = spawned else {
            println!("SKIPPED: {PYTHON} is not installed; the independent implementation was not asked");
            return None;
        };
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, questions, answers })
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?} to {question}"))
    }
}

impl Drop for Independent {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}

/// The committed vectors are, bit for bit, what the generator writes.
#[test]
fn the_vectors_are_reproduced() {
    let target = std::env::temp_dir().join(format!("hwlicense-vectors-{}", std::process::id()));
    fs::create_dir_all(&target).unwrap();
    let script = folder().join("independent/generate.py");
    let Ok(status) = Command::new(PYTHON).arg(script).arg(&target).status() else {
        println!("SKIPPED: {PYTHON} is not installed; the vectors were not made again");
        return;
    };
    assert!(status.success());
    for entry in fs::read_dir(&target).unwrap() {
        let entry = entry.unwrap();
        let committed = fs::read(folder().join("vectors").join(entry.file_name())).unwrap();
        assert_eq!(fs::read(entry.path()).unwrap(), committed, "{}", entry.path().display());
    }
    fs::remove_dir_all(&target).unwrap();
}

/// Replaces fields of a descriptor from the vectors by those of others, or hides or drops them.
fn mutate(random: &mut Random, value: &mut Value, others: &[&Value]) {
    for name in ["kind", "board", "cpu", "memory", "nics", "platform_ids"] {
        if random.once_in(3) {
            let other = random.pick(others).get(name).cloned().unwrap_or(Value::Null);
            value[name] = if other.is_null() { empty(name) } else { other };
        }
        match &mut value[name] {
            Value::Object(fields) if !fields.contains_key("unreadable") => {
                for field in fields.values_mut().filter(|field| field.is_object()) {
                    if random.once_in(12) {
                        *field = json!({"unreadable": true});
                    }
                }
                if random.once_in(6) {
                    let dropped = fields.keys().next().cloned();
                    dropped.map(|name| fields.remove(&name));
                }
            }
            Value::Array(entries) => {
                random.shuffle(entries);
                if random.once_in(4) {
                    entries.pop();
                }
                let fields = entries.iter_mut().filter_map(Value::as_object_mut).flat_map(|entry| entry.values_mut());
                for field in fields.filter(|field| field.is_object()) {
                    if random.once_in(25) {
                        *field = json!({"unreadable": true});
                    }
                }
            }
            Value::Null => value[name] = empty(name),
            _ => {}
        }
    }
}

fn empty(name: &str) -> Value {
    match name {
        "kind" => json!("physical"),
        "nics" | "platform_ids" => json!([]),
        _ => json!({}),
    }
}

fn answer(machine: Result<Machine<'_>, hwlicense::hwid::HardwareError>) -> Value {
    let machine = match machine {
        Ok(machine) => machine,
        Err(error) => return json!({"error": error.code()}),
    };
    match machine.hwid() {
        Ok(hwid) => {
            let evidence: Vec<&str> = machine.identity().evidence().iter().map(Evidence::name).collect();
            json!({"hwid": hwid.to_string(), "evidence": evidence})
        }
        Err(error) => json!({"error": error.code()}),
    }
}

#[test]
fn descriptors_and_enrolments_are_read_alike() {
    let mut random = Random::announced("descriptors_and_enrolments_are_read_alike");
    let Some(mut independent) = Independent::start() else { return };
    let (one, other) = (load("hwid.json"), load("enrollment.json"));
    let mut known: Vec<&Value> = one["cases"].as_array().unwrap().iter().map(|case| &case["descriptor"]).collect();
    for case in other["cases"].as_array().unwrap() {
        known.push(&case["descriptor"]);
        known.extend(case["later"].as_array().into_iter().flatten().map(|later| &later["descriptor"]));
    }
    // Descriptors at a bound are refused whatever else they hold.
    known.retain(|value| Machine::read(descriptor(value)).is_ok());
    let (mut with_hwid, mut enrolled_again) = (0, 0);
    let mut wrong = Vec::new();
    for _ in 0..1500 {
        let mut reading = (*random.pick(&known)).clone();
        mutate(&mut random, &mut reading, &known);
        let machine = Machine::read(descriptor(&reading)).unwrap();
        let found = answer(Ok(machine.clone()));
        let asked = independent.ask(&json!({"ask": "hwid", "descriptor": reading}));
        if found != asked {
            wrong.push(format!("{found} here, {asked} there: {reading}"));
        }
        let salt = random.bytes::<16>();
        let Ok(enrollment) = Enrollment::new(&machine, salt) else { continue };
        with_hwid += 1;
        let mut buffer = [0; ENROLLMENT_BYTES_MAX];
        let encoded = hex(enrollment.encode(&mut buffer).unwrap());
        let asked = independent.ask(&json!({"ask": "enroll", "descriptor": reading, "salt": hex(&salt)}));
        if maybe(&asked, "bytes") != Some(&*encoded) {
            wrong.push(format!("{encoded} enrolled here, {asked} there: {reading}"));
        }
        for _ in 0..3 {
            let mut later = reading.clone();
            let close: Vec<&Value> = vec![&reading, *random.pick(&known)];
            mutate(&mut random, &mut later, &close);
            let found = answer(Machine::read_enrolled(descriptor(&later), &enrollment));
            let asked = independent.ask(&json!({"ask": "hwid", "descriptor": later, "enrollment": encoded}));
            if found != asked {
                wrong.push(format!("{found} here, {asked} there: enrolled as {reading}, read as {later}"));
            }
            enrolled_again += u32::from(maybe(&found, "hwid") == Some(&*enrollment.hwid().to_string()));
        }
    }
    println!("1500 descriptors, {with_hwid} with a HWID; {enrolled_again} later readings kept it");
    assert!(wrong.is_empty(), "{}\n{} differ", wrong[..wrong.len().min(5)].join("\n"), wrong.len());
    assert!(with_hwid > 300 && enrolled_again > 300);
}

fn sealed<'p, T: Payload<'p>>(signer: &SigningKey, payload: &T, sequence: u64) -> Vec<u8> {
    let key = PublicKey::ed25519(signer.verifying_key().to_bytes());
    let header = Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id: key.id(), epoch: 3, sequence };
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    seal(header, payload, &mut buffer, |message| signer.sign(message).to_bytes()).unwrap().to_vec()
}

/// A file made by the core, with random terms, sometimes damaged.
fn random_file(random: &mut Random, root: &SigningKey, enrollment: &Enrollment) -> Vec<u8> {
    let issuer = SigningKey::from_bytes(&random.bytes());
    let brands = if random.once_in(2) {
        Brands::Any
    } else {
        Brands::Only([Label::from(*random.pick(&["Acme", ""]))].into_iter().collect())
    };
    let certificate = Certificate {
        algorithm: 1,
        public_key: issuer.verifying_key().to_bytes(),
        name: "Desk \u{e9}".into(),
        kinds: KindSet::of(if random.once_in(10) { &[Kind::Lease] } else { &[Kind::License] }),
        brands,
        classes: ClassSet(if random.once_in(3) { u32::MAX } else { 0b110 }),
        count_max: 300,
        issued: UnixSeconds(ISSUED - DAY),
        valid_from: UnixSeconds(ISSUED - DAY),
        valid_until: UnixSeconds(ISSUED + 3 * DAY),
        extensions: Extensions::new(),
    };
    let digests = BoundDigests::of(enrollment);
    let binding = if random.once_in(2) {
        Binding::Strict(enrollment.hwid())
    } else {
        Binding::Tolerant(Tolerance::of(enrollment, &digests, Weights::default()).unwrap())
    };
    let content: [u8; 5] = random.bytes();
    let mut extensions = Extensions::new();
    if random.once_in(2) {
        extensions.push(Extension { tag: 700, critical: random.once_in(8), bytes: &content }).unwrap();
    }
    let issued = ISSUED + random.next() % (4 * DAY);
    let not_before = UnixSeconds(issued + random.next() % (3 * DAY));
    let license = License {
        key: LicenseKey::from_random(random.bytes()),
        brand: Label::from(*random.pick(&["Acme", "", "Other"])),
        class: Class(*random.pick(&[1, 2, 3, 13, 32_768])),
        count: *random.pick(&[0, 1, 127, 128, 300, 301, u32::MAX]),
        holder: "\u{1f4f7} & Söhne".into(),
        edition: Label::default(),
        maintenance_until: random.once_in(2).then(|| UnixSeconds(random.next())),
        features: ["a", "ab", "b", "\u{e9}"].into_iter().filter(|_| !random.once_in(3)).map(Label::from).collect(),
        binding,
        evidence: EvidencePolicy::default(),
        issued: UnixSeconds(issued),
        not_before,
        expires: random.once_in(2).then(|| not_before.after(1 + random.next() % (30 * DAY))),
        grace_offline_s: 1,
        grace_changed_s: u32::MAX,
        contact_required: random.once_in(5),
        extensions,
    };
    let (license, certificate) = (sealed(&issuer, &license, random.next()), sealed(root, &certificate, 1));
    let mut envelopes = [&*license, &*certificate];
    random.shuffle(&mut envelopes);
    let mut writer = BundleWriter::new();
    envelopes.into_iter().for_each(|envelope| writer.push(envelope).unwrap());
    let mut buffer = [0; BUNDLE_BYTES_MAX];
    let mut file = writer.write(&mut buffer).unwrap().to_vec();
    if random.once_in(4) {
        let position = random.below(file.len());
        file[position] ^= 1 << random.below(8);
    }
    if random.once_in(3) {
        let mut text = [0; armor::ARMORED_BYTES_MAX];
        return armor::encode(&file, &mut text).unwrap().as_bytes().to_vec();
    }
    file
}

/// Licences made by the core get the same verdict from both.
#[test]
fn licences_of_the_core_are_judged_alike() {
    let mut random = Random::announced("licences_of_the_core_are_judged_alike");
    let Some(mut independent) = Independent::start() else { return };
    let vectors = load("enrollment.json");
    let machines: Vec<Value> = ["server", "camera", "serial-only"]
        .iter()
        .map(|name| vectors["cases"].as_array().unwrap().iter().find(|case| case["name"] == **name).unwrap())
        .map(|case| case["descriptor"].clone())
        .collect();
    let root = SigningKey::from_bytes(&random.bytes());
    let mut reasons = std::collections::BTreeMap::<&str, u32>::new();
    for number in 0..150 {
        let home = random.below(machines.len());
        let machine = Machine::read(descriptor(&machines[home])).unwrap();
        let enrollment = Enrollment::new(&machine, random.bytes()).unwrap();
        let file = random_file(&mut random, &root, &enrollment);
        let context = json!({
            "wall": if random.once_in(5) { None } else { Some(ISSUED - DAY + random.next() % (30 * DAY)) },
            "floor": if random.once_in(2) { 0 } else { ISSUED + random.next() % (10 * DAY) },
            "contact": random.once_in(2),
            "brand": if random.once_in(2) { None } else { Some("Acme") },
        });
        let here = if random.once_in(6) { random.below(machines.len()) } else { home };
        let case = json!({
            "name": format!("file {number}"), "roots": [hex(&root.verifying_key().to_bytes())], "admitted": [],
            "file": hex(&file), "machine": here, "context": context,
        });
        let report = report(&case, &machines);
        let mut question = case.clone();
        question["ask"] = json!("check");
        question["descriptor"] = machines[here].clone();
        let asked = independent.ask(&question);
        let found = json!({"reason": report.reason.code(), "cause": report.cause.map(VerifyError::code)});
        assert_eq!(found, asked, "{case}");
        assert_eq!(report.verdict.grant().is_some(), report.reason.is_accepting());
        *reasons.entry(report.reason.code()).or_default() += 1;
    }
    println!("150 licences of the core: {reasons:?}");
    assert!(reasons.len() >= 6, "the terms are too tame: {reasons:?}");
}

/// Licences made by the independent implementation get the same verdict from both.
#[test]
fn licences_of_the_independent_are_judged_alike() {
    let mut random = Random::announced("licences_of_the_independent_are_judged_alike");
    let Some(mut independent) = Independent::start() else { return };
    let seed = random.next() >> 16;
    let file = independent.ask(&json!({"ask": "files", "seed": seed, "count": 150}));
    assert_eq!(file["cases"].as_array().unwrap().len(), 150);
    let wrong = differences(&file);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Flipped bits of a good file are refused by both, for the same reason.
#[test]
fn flipped_bits_are_refused_alike() {
    let Some(mut independent) = Independent::start() else { return };
    let vectors = load("license.json");
    let good = vectors["cases"].as_array().unwrap().iter().find(|case| case["name"] == "tolerant").unwrap();
    let blob = bytes(good["file"].as_str().unwrap());
    let machines = vectors["machines"].as_array().unwrap();
    // A prime step meets every bit of a byte and keeps the slow verification in Python short.
    for bit in (0..blob.len() * 8).step_by(29) {
        let mut flipped = blob.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut case = good.clone();
        case["file"] = json!(hex(&flipped));
        let report = report(&case, machines);
        assert!(report.verdict.grant().is_none(), "bit {bit}");
        let asked = independent.ask(&json!({
            "ask": "check", "file": hex(&flipped), "roots": good["roots"], "context": good["context"],
            "descriptor": machines[0],
        }));
        let found = json!({"reason": report.reason.code(), "cause": report.cause.map(VerifyError::code)});
        assert_eq!(found, asked, "bit {bit}");
    }
}
