//! The golden vectors through the C functions: HWIDs, enrolments, licences and their verdicts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use core::ffi::{CStr, c_char};
use hwlicense_ffi::armor::hwl_armor_decode;
use hwlicense_ffi::check::*;
use hwlicense_ffi::comparison::*;
use hwlicense_ffi::ed25519::hwl_ed25519_verify;
use hwlicense_ffi::enrollment::*;
use hwlicense_ffi::explain::*;
use hwlicense_ffi::hwid::*;
use hwlicense_ffi::identity::*;
use hwlicense_ffi::license::*;
use hwlicense_ffi::selftest::*;
use hwlicense_ffi::status::*;
use hwlicense_ffi::trust::*;
use hwlicense_ffi::types::*;
use hwlicense_fixture::{DESCRIPTOR, ISSUED, LICENSE_STRICT, LICENSE_TOLERANT, ROOT};
use hwlicense_tests::descriptor::descriptor;
use hwlicense_tests::vectors::{array, bytes, hex, list, load, maybe, text};
use serde_json::Value;
use support::zeroed;

fn words(text: *const c_char) -> &'static str {
    // SAFETY: every text is static and terminated.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

/// The HWID of an identity as text, or the name of the error in the vectors.
fn outcome(identity: &hwl_identity) -> Result<String, &'static str> {
    let mut hwid = hwl_hwid::default();
    let mut buffer = [0u8; HWL_HWID_TEXT_BYTES];
    let mut length = 0;
    // SAFETY: all are alive.
    unsafe {
        match hwl_identity_hwid(identity, &mut hwid) {
            HWL_OK => {}
            HWL_E_NOT_UNIQUE => return Err("not-unique"),
            HWL_E_NOT_READABLE => return Err("not-readable"),
            other => panic!("{}", words(hwl_status_name(other))),
        }
        assert_eq!(hwl_hwid_format(&hwid, buffer.as_mut_ptr(), buffer.len(), &mut length), HWL_OK);
        let mut again = hwl_hwid::default();
        assert_eq!(hwl_hwid_parse(buffer.as_ptr(), length, &mut again), HWL_OK);
        assert_eq!(hwl_hwid_equal(&hwid, &again), HWL_OK);
    }
    Ok(String::from_utf8(buffer.to_vec()).unwrap())
}

fn expected(case: &Value) -> Result<String, &str> {
    maybe(case, "hwid").map(str::to_owned).ok_or_else(|| text(case, "error"))
}

fn facts(identity: &hwl_identity) -> hwl_facts {
    let mut facts = hwl_facts { struct_size: support::size::<hwl_facts>(), ..zeroed() };
    // SAFETY: both are alive.
    assert_eq!(unsafe { hwl_identity_facts(identity, &mut facts) }, HWL_OK);
    facts
}

fn names(bits: u32, name: extern "C" fn(u32) -> *const c_char) -> Vec<String> {
    (0..32).filter(|bit| bits >> bit & 1 == 1).map(|bit| words(name(1 << bit)).to_owned()).collect()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn descriptors_have_their_hwids() {
    let file = load("hwid.json");
    for case in list(&file, "cases") {
        let name = text(case, "name");
        let machine = support::machine(descriptor(&case["descriptor"]));
        let mut identity: Box<hwl_identity> = Box::new(zeroed());
        // SAFETY: all are alive.
        let status = unsafe { hwl_identity_read(&raw mut *identity, &machine.descriptor) };
        if status != HWL_OK {
            let code = words(hwl_status_name(status)).trim_start_matches("HWL_E_").to_lowercase().replace('_', "-");
            assert_eq!(maybe(case, "error"), Some(code.as_str()), "{name}");
            continue;
        }
        assert_eq!(outcome(&identity).map_err(str::to_owned), expected(case).map_err(str::to_owned), "{name}");
        assert_eq!(names(facts(&identity).evidence, hwl_evidence_name), texts(case, "evidence"), "{name}");
    }
}

#[test]
fn enrolments_are_those_of_the_vectors() {
    for case in list(&load("enrollment.json"), "cases") {
        let name = text(case, "name");
        let machine = support::machine(descriptor(&case["descriptor"]));
        let salt: [u8; 16] = array(text(case, "salt"));
        let mut buffer = vec![0u8; HWL_ENROLLMENT_BYTES_MAX];
        let mut length = 0;
        let mut enroll = |capacity: usize| {
            // SAFETY: all are alive, and the capacity is at most that of the buffer.
            let status =
                unsafe { hwl_enroll(&machine.descriptor, salt.as_ptr(), buffer.as_mut_ptr(), capacity, &mut length) };
            (status, length, buffer.clone())
        };
        let (status, length, encoded) = enroll(HWL_ENROLLMENT_BYTES_MAX);
        if status != HWL_OK {
            let expected = if status == HWL_E_NOT_UNIQUE { "not-unique" } else { "not-readable" };
            assert_eq!(maybe(case, "error"), Some(expected), "{name}");
            continue;
        }
        let encoded = &encoded[..length];
        assert_eq!(hex(encoded), text(case, "encoded"), "{name}");
        assert_eq!(enroll(length).0, HWL_OK);
        let (status, needed, _) = enroll(length - 1);
        assert_eq!((status, needed), (HWL_E_BUFFER, length));
        let mut hwid = hwl_hwid::default();
        // SAFETY: all are alive.
        assert_eq!(unsafe { hwl_enrollment_hwid(encoded.as_ptr(), length, &mut hwid) }, HWL_OK);
        assert_eq!(hex(&[&[hwid.scheme], &hwid.bytes[..]].concat()), text(case, "hwid"));
        for later in list(case, "later") {
            let machine = support::machine(descriptor(&later["descriptor"]));
            let mut identity: Box<hwl_identity> = Box::new(zeroed());
            let mut comparison = hwl_comparison { struct_size: support::size::<hwl_comparison>(), ..zeroed() };
            // SAFETY: all are alive.
            unsafe {
                let pointer = &raw mut *identity;
                let status = hwl_identity_read_enrolled(pointer, &machine.descriptor, encoded.as_ptr(), length);
                assert_eq!(status, HWL_OK);
                let status = hwl_compare(&machine.descriptor, encoded.as_ptr(), length, &mut comparison);
                // Comparing looks at every NIC, and reading an enrolled machine only at its own.
                if status == HWL_E_TOO_MANY_COUNTED_NICS {
                    comparison.cause = HWL_CAUSE_NIC_ADDED;
                } else {
                    assert_eq!(status, HWL_OK);
                }
            }
            let found = outcome(&identity).map_err(str::to_owned);
            assert_eq!(found, expected(later).map_err(str::to_owned), "{name}: {}", text(later, "name"));
            assert_ne!(words(hwl_change_cause_name(comparison.cause)), "unknown");
        }
    }
    for case in list(&load("enrollment.json"), "refused") {
        let bad = bytes(text(case, "bytes"));
        let mut hwid = hwl_hwid::default();
        // SAFETY: all are alive.
        let status = unsafe { hwl_enrollment_hwid(bad.as_ptr(), bad.len(), &mut hwid) };
        let expected = match text(case, "error") {
            "not-an-enrollment" => HWL_E_NOT_AN_ENROLLMENT,
            "unsupported-version" => HWL_E_ENROLLMENT_VERSION,
            _ => HWL_E_ENROLLMENT_DAMAGED,
        };
        assert_eq!(status, expected, "{}", text(case, "name"));
    }
}

/// The identity of a machine of the licence vectors.
fn identity_of(case: &Value, machines: &[Value]) -> Box<hwl_identity> {
    let index = usize::try_from(case["machine"].as_u64().unwrap()).unwrap();
    let machine = support::machine(descriptor(&machines[index]));
    let mut identity: Box<hwl_identity> = Box::new(zeroed());
    // SAFETY: all are alive.
    let status = unsafe {
        match maybe(case, "enrollment") {
            Some(encoded) => {
                let encoded = bytes(encoded);
                let pointer = &raw mut *identity;
                hwl_identity_read_enrolled(pointer, &machine.descriptor, encoded.as_ptr(), encoded.len())
            }
            None => hwl_identity_read(&raw mut *identity, &machine.descriptor),
        }
    };
    assert_eq!(status, HWL_OK);
    identity
}

#[test]
fn licences_have_their_verdicts() {
    let file = load("license.json");
    for case in list(&file, "cases") {
        let name = text(case, "name");
        let roots: Vec<u8> = list(case, "roots").iter().flat_map(|root| array::<32>(root.as_str().unwrap())).collect();
        let mut trust = support::trust(&roots);
        let admitted: Vec<Vec<u8>> = list(case, "admitted").iter().map(|entry| bytes(text(entry, "bytes"))).collect();
        for (entry, envelope) in list(case, "admitted").iter().zip(&admitted) {
            let mut kind = 0;
            // SAFETY: all are alive as long as the trust.
            let status = unsafe { hwl_trust_admit(&raw mut *trust, envelope.as_ptr(), envelope.len(), &mut kind) };
            assert_eq!(status == HWL_OK, maybe(entry, "error").is_none(), "{name}");
        }
        let blob = bytes(text(case, "file"));
        let mut scratch = vec![0u8; HWL_BLOB_BYTES_MAX];
        let mut license: Box<hwl_license> = Box::new(zeroed());
        let mut report = support::report();
        // SAFETY: all are alive as long as the licence.
        let status = unsafe {
            let (file, scratch) = ((blob.as_ptr(), blob.len()), (scratch.as_mut_ptr(), scratch.len()));
            hwl_license_verify(&raw mut *license, &raw const *trust, file.0, file.1, scratch.0, scratch.1)
        };
        if status == HWL_OK {
            let given = &case["context"];
            let mut context = match maybe(given, "brand") {
                Some(brand) => support::context(brand.as_bytes(), 0),
                None => hwl_context { flags: HWL_CHECK_ANY_BRAND, brand: zeroed(), ..support::context(b"", 0) },
            };
            context.wall_unix_s = given["wall"].as_u64().unwrap_or_default();
            context.wall_state = if given["wall"].is_u64() { HWL_READ } else { HWL_ABSENT };
            context.floor_unix_s = given["floor"].as_u64().unwrap_or_default();
            context.contact = u32::from(given["contact"].as_bool().unwrap_or_default());
            let identity = identity_of(case, list(&file, "machines"));
            // SAFETY: all are alive.
            let checked =
                unsafe { hwl_license_check(&raw const *license, &raw const *identity, &context, &mut report) };
            assert_eq!(checked, HWL_OK, "{name}");
        } else {
            // SAFETY: it is alive.
            assert_eq!(unsafe { hwl_report_refused(status, &mut report) }, HWL_OK);
        }
        assert_eq!(words(hwl_reason_name(report.reason)), text(case, "reason"), "{name}");
        // SAFETY: it is alive.
        let granted = unsafe { hwl_report_grant(&report) } == HWL_GRANTED;
        assert_eq!(granted, matches!(text(case, "reason"), "valid" | "expires-soon"), "{name}");
        if let Some(cause) = maybe(case, "cause")
            && status > HWL_E_NOT_ARMOR
        {
            let found = words(hwl_status_name(report.cause)).trim_start_matches("HWL_E_").to_lowercase();
            let cause = cause.replace('-', "_").replace("not_allowed_", "");
            assert_eq!(found, cause, "{name}");
        }
    }
}

#[test]
fn the_fixture_goes_all_the_way() {
    let mut trust = support::trust(&ROOT);
    let machine = support::machine(&DESCRIPTOR);
    let mut identity: Box<hwl_identity> = Box::new(zeroed());
    // SAFETY: both are alive.
    assert_eq!(unsafe { hwl_identity_read(&raw mut *identity, &machine.descriptor) }, HWL_OK);
    drop(machine);
    let mut admitted = 9;
    let mut latest = 0;
    let file = LICENSE_STRICT;
    // SAFETY: all are alive, and the file is static.
    unsafe {
        assert_eq!(hwl_trust_admit(&raw mut *trust, file.as_ptr(), file.len(), &mut admitted), HWL_OK);
        assert_eq!(admitted, HWL_ADMITTED_ISSUER);
        assert_eq!(hwl_trust_admit(&raw mut *trust, file.as_ptr(), file.len(), &mut admitted), HWL_OK);
        assert_eq!(admitted, 0);
        assert_eq!(hwl_trust_latest_signed(&raw const *trust, &mut latest), HWL_OK);
    }
    assert!(latest > 1_700_000_000);
    for (file, flag) in [(LICENSE_STRICT, 0), (LICENSE_TOLERANT, HWL_TERM_TOLERANT)] {
        let license = support::license(&trust, file);
        let mut terms = hwl_terms { struct_size: support::size::<hwl_terms>(), ..zeroed() };
        let mut report = support::report();
        let context = support::context(b"northgate", ISSUED + 86_400);
        let mut feature: hwl_text = zeroed();
        // SAFETY: all are alive.
        unsafe {
            assert_eq!(hwl_license_terms(&raw const *license, &mut terms), HWL_OK);
            let status = hwl_license_check(&raw const *license, &raw const *identity, &context, &mut report);
            assert_eq!(status, HWL_OK);
            assert_eq!(hwl_report_grant(&report), HWL_GRANTED);
            for index in 0..terms.feature_count {
                assert_eq!(hwl_license_feature(&raw const *license, index, &mut feature), HWL_OK);
                let length = usize::try_from(feature.length).unwrap();
                assert_eq!(hwl_license_has_feature(&raw const *license, feature.bytes, length), HWL_OK);
            }
            let beyond = hwl_license_feature(&raw const *license, terms.feature_count, &mut feature);
            assert_eq!(beyond, HWL_E_NOT_FOUND);
            assert_eq!(hwl_license_has_feature(&raw const *license, b"x".as_ptr(), 1), HWL_E_NOT_FOUND);
        }
        assert_eq!(terms.flags & HWL_TERM_TOLERANT, flag);
        assert_eq!((terms.issued_unix_s, terms.key[4], terms.key[19]), (ISSUED, b'-', 0));
        assert_eq!(report.components[0], if flag == 0 { HWL_MATCH_NOT_BOUND } else { HWL_MATCH_SAME });
    }
}

#[test]
fn armour_says_what_it_needs() {
    let mut text = vec![0; 2048];
    let armored = hwlicense::signed::armor::encode(LICENSE_STRICT, &mut text).unwrap().as_bytes();
    let mut buffer = vec![0xaau8; armored.len()];
    let mut length = 0;
    let mut decode = |capacity: usize| {
        // SAFETY: all are alive, and the capacity is at most that of the buffer.
        let status =
            unsafe { hwl_armor_decode(armored.as_ptr(), armored.len(), buffer.as_mut_ptr(), capacity, &mut length) };
        (status, length, buffer[..capacity].to_vec())
    };
    let (status, needed, left) = decode(10);
    assert_eq!((status, left), (HWL_E_BUFFER, vec![0; 10]));
    assert_eq!(decode(0).0, HWL_E_BUFFER);
    let (status, length, decoded) = decode(needed);
    assert_eq!((status, &decoded[..length]), (HWL_OK, LICENSE_STRICT));
}

#[test]
fn the_self_test_passes_and_finds_bad_verifiers() {
    extern "C" fn yes(_: *mut core::ffi::c_void, _: *const u8, _: *const u8, _: usize, _: *const u8) -> u32 {
        HWL_SIGNATURE_HOLDS
    }
    extern "C" fn no(_: *mut core::ffi::c_void, _: *const u8, _: *const u8, _: usize, _: *const u8) -> u32 {
        0
    }
    let ctx = core::ptr::null_mut();
    // SAFETY: the verifiers are functions of the type, and need no context.
    unsafe {
        assert_eq!(hwl_self_test(ctx, Some(hwl_ed25519_verify)), HWL_OK);
        assert_eq!(hwl_self_test_verify(ctx, Some(hwl_ed25519_verify)), HWL_OK);
        assert_eq!(hwl_self_test_verify(ctx, Some(yes)), HWL_E_SELF_TEST_ACCEPTED);
        assert_eq!(hwl_self_test_verify(ctx, Some(no)), HWL_E_SELF_TEST_REFUSED);
    }
}

#[test]
fn the_self_test_holds_what_its_sources_say() {
    let [signatures, enrollment, license, root] = data();
    assert_eq!((license, root), (LICENSE_STRICT, &ROOT[..]));
    let file = load("enrollment.json");
    let case = list(&file, "cases").iter().find(|case| text(case, "name") == "serial-only").unwrap();
    assert_eq!(hex(enrollment), text(case, "encoded"));
    let holding = signatures.chunks(113).filter(|row| row[112] == 1).count();
    assert_eq!((signatures.len() / 113, holding), (12, 2));
}

#[test]
fn messages_name_what_happened_and_no_contents() {
    use std::sync::Mutex;
    static SEEN: Mutex<Vec<(u32, i32, String)>> = Mutex::new(Vec::new());
    extern "C" fn log(_: *mut core::ffi::c_void, level: u32, number: i32, text: *const c_char) {
        SEEN.lock().unwrap().push((level, number, words(text).to_owned()));
    }
    let config = hwl_trust_config { log: Some(log), log_level: HWL_LOG_WARNING, ..support::config(&ROOT) };
    let mut trust: Box<hwl_trust> = Box::new(zeroed());
    let mut license: Box<hwl_license> = Box::new(zeroed());
    // SAFETY: all are alive.
    unsafe {
        assert_eq!(hwl_trust_init(&raw mut *trust, &config), HWL_OK);
        let file = LICENSE_STRICT;
        let good = hwl_license_verify_binary(&raw mut *license, &raw const *trust, file.as_ptr(), file.len());
        assert_eq!(good, HWL_OK);
        let bad = hwl_license_verify_binary(&raw mut *license, &raw const *trust, file.as_ptr(), file.len() - 1);
        assert_eq!(bad, HWL_E_MALFORMED);
    }
    let seen = SEEN.lock().unwrap().clone();
    assert_eq!(seen, [(HWL_LOG_WARNING, HWL_E_MALFORMED, "licence: refused".to_owned())]);
}
