//! The table of statuses, the texts of every number, and the versions in the header.

#![allow(clippy::unwrap_used, clippy::as_conversions, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use std::fs;

use core::ffi::{CStr, c_char};
use hwlicense::hwid::{
    Component, EnrollmentError, Evidence, FieldName, FieldSet, HardwareError, HwidError, HwidParseError,
};
use hwlicense::license::{BindingError, Class, LicenseKeyError, Reason};
use hwlicense::primary::client::ReplyError;
use hwlicense::primary::{ClientState, FrameError, Refusal};
use hwlicense::signed::VerifyError;
use hwlicense::signed::armor::ArmorError;
use hwlicense::system::failover::{Obstacle, Part, PlanError};
use hwlicense::system::{AllocateError, Event, Problem, ServerIndex, Status};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{FetchRefusal, UpdateError};
use hwlicense_ffi::client::words::*;
use hwlicense_ffi::explain::*;
use hwlicense_ffi::handover::{hwl_update_progress_name, hwl_update_progress_text};
use hwlicense_ffi::status::{ALL_STATUSES, HWL_E_BUFFER, core_status};
use hwlicense_ffi::system::rows::{HWL_EVENT_DETACH, HWL_EVENT_FAIL};
use hwlicense_ffi::system::words::*;
use hwlicense_ffi::version::{HWL_ABI_VERSION, hwl_abi_version, hwl_version, hwl_version_text};

fn read(text: *const c_char) -> String {
    assert!(!text.is_null());
    // SAFETY: every text is static and terminated.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

fn header() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../include/hwlicense.h")).unwrap()
}

/// The numbers that the header defines, by name.
fn defines() -> BTreeMap<String, i64> {
    header()
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
        .collect()
}

#[test]
fn statuses_are_unique_textual_and_all_in_the_header() {
    let numbers: BTreeSet<i32> = ALL_STATUSES.iter().copied().collect();
    assert_eq!(numbers.len(), ALL_STATUSES.len());
    let mut names = BTreeSet::new();
    for status in ALL_STATUSES {
        let name = read(hwl_status_name(*status));
        assert_eq!(defines().get(&name), Some(&i64::from(*status)), "{name}");
        assert!(names.insert(name.clone()), "{name}");
        for text in [read(hwl_status_text(*status)), read(hwl_status_remedy(*status))] {
            assert!(text.len() > 3 && text != "unknown", "{name}: {text}");
        }
    }
    let in_header: BTreeSet<String> =
        defines().into_keys().filter(|name| name.starts_with("HWL_E_") || name == "HWL_OK").collect();
    let without_tests: BTreeSet<String> =
        in_header.into_iter().filter(|name| name != "HWL_ENVELOPE_BYTES_MAX").collect();
    assert_eq!(without_tests, names);
    for unknown in [1, -11, -99, -120, -9999, i32::MIN, i32::MAX] {
        assert_eq!(read(hwl_status_name(unknown)), "unknown");
        assert_eq!(read(hwl_status_text(unknown)), "unknown");
        assert_eq!(read(hwl_status_remedy(unknown)), "unknown");
    }
}

#[test]
fn every_core_error_has_one_status() {
    let mut seen = BTreeMap::new();
    let mut note = |name: String, status: i32| {
        assert!(ALL_STATUSES.contains(&status), "{name}");
        // An output buffer that is too small is the same mistake everywhere.
        if status != HWL_E_BUFFER {
            assert_eq!(seen.insert(status, name.clone()), None, "{name}");
        }
    };
    for error in VerifyError::ALL {
        note(format!("{error:?}"), core_status(*error));
        assert_eq!(core_status(*error), -i32::from(error.number()));
        assert_eq!(read(hwl_status_text(core_status(*error))), error.message());
    }
    for error in [
        HardwareError::TextTooLong,
        HardwareError::TooManyNics,
        HardwareError::TooManyCountedNics,
        HardwareError::TooManyModules,
        HardwareError::TooManyPlatformIds,
    ] {
        note(format!("{error:?}"), core_status(error));
    }
    for error in [HwidError::NotUnique, HwidError::NotReadable(FieldSet::EMPTY)] {
        note(format!("{error:?}"), core_status(error));
    }
    for error in [
        EnrollmentError::NotAnEnrollment,
        EnrollmentError::UnsupportedVersion,
        EnrollmentError::Damaged,
        EnrollmentError::BufferTooSmall,
    ] {
        note(format!("{error:?}"), core_status(error));
    }
    note("binding".to_owned(), core_status(BindingError::NotUnique));
    note("hwid".to_owned(), core_status(HwidParseError));
    for error in [LicenseKeyError::Format, LicenseKeyError::Check] {
        note(format!("{error:?}"), core_status(error));
    }
    for error in [ArmorError::Malformed, ArmorError::TooLarge] {
        note(format!("{error:?}"), core_status(error));
    }
    for problem in Problem::ALL {
        note(format!("{problem:?}"), core_status(*problem));
        assert_eq!(core_status(*problem), -300 - i32::from(problem.number()));
        assert_eq!(read(hwl_status_text(core_status(*problem))), problem.message());
    }
    for error in ReplyError::ALL {
        note(format!("{error:?}"), core_status(*error));
        assert_eq!(core_status(*error), -i32::from(error.number()));
        assert_eq!(read(hwl_status_text(core_status(*error))), error.message());
    }
    for error in FrameError::ALL {
        note(format!("{error:?}"), core_status(*error));
        assert_eq!(core_status(*error), -i32::from(error.number()));
        assert_eq!(read(hwl_status_text(core_status(*error))), error.message());
    }
    for error in UpdateError::ALL {
        note(format!("{error:?}"), core_status(*error));
        assert_eq!(core_status(*error), -i32::from(error.number()));
        assert_eq!(read(hwl_status_text(core_status(*error))), error.message());
    }
    // No function fails with a refusal: `hwl_fetched` carries its number.
    for refusal in FetchRefusal::ALL {
        note(format!("{refusal:?}"), -i32::from(refusal.number()));
        assert_eq!(read(hwl_status_text(-i32::from(refusal.number()))), refusal.message());
    }
    note("allocation".to_owned(), core_status(AllocateError::TooManyClasses));
    note("plan".to_owned(), core_status(PlanError::ReachOverflow));
    let short = PlanError::TooShort { part: Part::Loads, needed: 1 };
    assert_eq!([core_status(AllocateError::NoRoom), core_status(short)], [HWL_E_BUFFER; 2]);
    let of_the_core = ALL_STATUSES.iter().filter(|status| **status <= -100).count();
    assert_eq!(seen.len(), of_the_core, "a status of the core that no error gives");
}

#[test]
fn numbers_have_the_words_of_the_core() {
    for reason in Reason::ALL {
        let number = u32::from(reason.number());
        assert_eq!(read(hwl_reason_name(number)), reason.code());
        assert_eq!(read(hwl_reason_text(number)), reason.message());
        assert_eq!(read(hwl_reason_next_step(number)), reason.next_step());
    }
    for component in Component::ALL {
        assert_eq!(read(hwl_component_name(component.number().into())), component.name());
    }
    for evidence in Evidence::ALL {
        assert_eq!(read(hwl_evidence_name(1 << *evidence as u32)), evidence.name());
        let name = evidence.name().replace('-', "_").to_uppercase();
        assert_eq!(defines()[&format!("HWL_EVIDENCE_{name}")], 1 << *evidence as u32);
    }
    for field in FieldName::ALL {
        assert_eq!(read(hwl_field_name(1 << *field as u32)), field.name());
    }
    for (class, name) in Class::KNOWN {
        assert_eq!(read(hwl_class_name(class.0.into())), name);
    }
    assert_eq!(read(hwl_class_name(0x8001)), "vendor");
    assert_eq!(read(hwl_change_name(4)), "newly-readable");
    assert_eq!(read(hwl_change_cause_name(9)), "other-machine");
    assert!(read(hwl_change_cause_text(8)).contains("motherboard"));
    assert!(read(hwl_change_next_step(1)).contains("Nothing"));
    for refusal in Refusal::ALL {
        let number = u32::from(refusal.number());
        assert_eq!(read(hwl_refusal_name(number)), refusal.code());
        assert_eq!(read(hwl_refusal_text(number)), refusal.message());
        assert_eq!(read(hwl_refusal_next_step(number)), refusal.next_step());
    }
    for state in ClientState::ALL {
        let name = read(hwl_client_state_name(state.number().into()));
        assert_eq!(name.replace('-', ""), format!("{state:?}").to_lowercase());
        assert!(read(hwl_client_state_text(state.number().into())).ends_with('.'));
    }
    let all: [extern "C" fn(u32) -> *const c_char; 25] = [
        hwl_client_state_name,
        hwl_client_state_text,
        hwl_update_progress_name,
        hwl_update_progress_text,
        hwl_refusal_name,
        hwl_refusal_text,
        hwl_refusal_next_step,
        hwl_tally_name,
        hwl_tally_text,
        hwl_tally_next_step,
        hwl_obstacle_name,
        hwl_obstacle_text,
        hwl_obstacle_next_step,
        hwl_event_precaution,
        hwl_reason_name,
        hwl_reason_text,
        hwl_reason_next_step,
        hwl_component_name,
        hwl_evidence_name,
        hwl_field_name,
        hwl_class_name,
        hwl_change_name,
        hwl_change_cause_name,
        hwl_change_cause_text,
        hwl_change_next_step,
    ];
    for function in all {
        for unknown in [30, 0x4000, 0x10000, u32::MAX] {
            assert_eq!(read(function(unknown)), "unknown");
        }
    }
}

#[test]
fn numbers_of_systems_have_the_words_of_the_core() {
    let counts_until = UnixSeconds(0);
    for status in [
        Status::Verdict(Reason::Revoked),
        Status::NeverSeen,
        Status::ServerRemoved,
        Status::HardwareChanged { counts_until },
        Status::ServerOffline { counts_until },
        Status::Duplicate,
        Status::OnePerSystem,
    ] {
        let number = u32::from(status.number());
        assert_eq!(read(hwl_tally_name(number)), status.code());
        assert_eq!(read(hwl_tally_text(number)), status.message());
        assert_eq!(read(hwl_tally_next_step(number)), status.next_step());
    }
    for obstacle in Obstacle::ALL {
        let number = u32::from(obstacle.number());
        assert_eq!(read(hwl_obstacle_name(number)), obstacle.code());
        assert_eq!(read(hwl_obstacle_text(number)), obstacle.message());
        assert_eq!(read(hwl_obstacle_next_step(number)), obstacle.next_step());
    }
    let server = ServerIndex(0);
    assert_eq!(read(hwl_event_precaution(HWL_EVENT_DETACH)), Event::Detach(server).precaution());
    assert_eq!(read(hwl_event_precaution(HWL_EVENT_FAIL)), Event::Fail(server).precaution());
}

#[test]
fn versions_are_those_of_the_crate() {
    let mut parts = env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse::<u32>().unwrap());
    let (major, minor, patch) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let defines = defines();
    for (name, number) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch)] {
        assert_eq!(defines[&format!("HWL_VERSION_{name}")], i64::from(number));
    }
    assert_eq!(hwl_version(), major << 24 | minor << 16 | patch);
    assert_eq!(hwl_abi_version(), HWL_ABI_VERSION);
    assert_eq!(defines["HWL_ABI_VERSION"], i64::from(HWL_ABI_VERSION));
    let text = read(hwl_version_text());
    assert!(text.contains(env!("CARGO_PKG_VERSION")) && text.contains("ed25519"), "{text}");
}
