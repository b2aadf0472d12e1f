//! The verdict of the core on a case of the golden vectors.

use hwlicense::hwid::{Enrollment, Machine};
use hwlicense::license::{Contact, Context, License, Report, check, refuse};
use hwlicense::signed::{BUNDLE_BYTES_MAX, Bundle, Ed25519, Envelope, Label, PublicKey, Trust, VerifyError, armor};
use hwlicense::time::{Clock, UnixSeconds};
use serde_json::Value;

use crate::descriptor::descriptor;
use crate::vectors::{array, bytes, list, maybe, text};

/// Checks the file of a case on one of the machines, as an application would.
#[must_use]
pub fn report(case: &Value, machines: &[Value]) -> Report {
    let name = text(case, "name");
    let field = |name: &str| case.get(name).unwrap_or(&Value::Null);
    let roots: Vec<PublicKey> =
        list(case, "roots").iter().map(|root| PublicKey::ed25519(array(root.as_str().unwrap()))).collect();
    let admitted: Vec<(Vec<u8>, Option<&str>)> =
        list(case, "admitted").iter().map(|entry| (bytes(text(entry, "bytes")), maybe(entry, "error"))).collect();
    let file = bytes(text(case, "file"));
    let mut buffer = [0; BUNDLE_BYTES_MAX];
    let mut trust = Trust::new(Ed25519, &roots).unwrap();
    for (envelope, error) in &admitted {
        let found = trust.admit(&Envelope::parse(envelope).unwrap()).err();
        assert_eq!(found.map(VerifyError::code), *error, "{name}: admission");
    }
    let plain = if armor::is_armored(&file) {
        match armor::decode(&file, &mut buffer) {
            Ok(plain) => plain,
            Err(_) => return refuse(VerifyError::Malformed),
        }
    } else {
        &file
    };
    let bundle = match Bundle::parse(plain) {
        Ok(bundle) => bundle,
        Err(error) => return refuse(error),
    };
    let license = match trust.verify_bundle::<License<'_>>(&bundle) {
        Ok(license) => license,
        Err(error) => return refuse(error),
    };
    let index = field("machine").as_u64().and_then(|index| usize::try_from(index).ok()).unwrap();
    let reading = descriptor(machines.get(index).unwrap());
    let machine = match maybe(case, "enrollment") {
        Some(encoded) => Machine::read_enrolled(reading, &Enrollment::decode(&bytes(encoded)).unwrap()),
        None => Machine::read(reading),
    }
    .unwrap();
    let context = field("context");
    let number = |name: &str| context.get(name).and_then(Value::as_u64).map(UnixSeconds);
    let in_contact = context.get("contact").and_then(Value::as_bool).unwrap_or_default();
    let context = Context {
        identity: machine.identity(),
        brand: maybe(context, "brand").map(Label::from),
        clock: Clock::new(number("wall"), number("floor").unwrap_or_default()),
        contact: if in_contact { Contact::Current } else { Contact::None },
    };
    check(&license, &context)
}

/// What is wrong with the core's verdicts on the cases of a file: one line for each.
#[must_use]
pub fn differences(file: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in list(file, "cases") {
        let report = report(case, list(file, "machines"));
        let found = (report.reason.code(), report.cause.map(VerifyError::code));
        let expected = (text(case, "reason"), maybe(case, "cause"));
        if found != expected {
            wrong.push(format!("{}: {found:?}, expected {expected:?}", text(case, "name")));
        }
        if report.verdict.grant().is_some() != matches!(expected.0, "valid" | "expires-soon") {
            wrong.push(format!("{}: the word of the verdict disagrees", text(case, "name")));
        }
    }
    wrong
}
