//! What else can be wrong with a call: sizes, values, overlaps, lengths, states of objects.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use core::ptr::{null, null_mut};
use hwlicense_ffi::armor::hwl_armor_decode;
use hwlicense_ffi::check::*;
use hwlicense_ffi::descriptor::*;
use hwlicense_ffi::enrollment::hwl_enroll;
use hwlicense_ffi::hwid::*;
use hwlicense_ffi::identity::*;
use hwlicense_ffi::license::*;
use hwlicense_ffi::status::*;
use hwlicense_ffi::trust::*;
use hwlicense_ffi::types::*;
use hwlicense_fixture::{DESCRIPTOR, ISSUED, LICENSE_STRICT, ROOT};
use support::zeroed;

const NOW: u64 = ISSUED + 86_400;

fn bound_hwid() -> hwl_hwid {
    hwlicense::hwid::Machine::read(&DESCRIPTOR).unwrap().hwid().unwrap().into()
}

fn read(descriptor: &hwl_descriptor) -> i32 {
    let mut identity: Box<hwl_identity> = Box::new(zeroed());
    // SAFETY: both are alive, and so is what the descriptor points to.
    unsafe { hwl_identity_read(&raw mut *identity, descriptor) }
}

fn empty() -> hwl_descriptor {
    hwl_descriptor { struct_size: support::size::<hwl_descriptor>(), ..zeroed() }
}

#[test]
fn input_structs_may_be_older_or_newer() {
    let full = support::machine(&DESCRIPTOR).descriptor;
    let whole = support::size::<hwl_descriptor>();
    for size in [0, 1, 4, 7, 4097, u32::MAX] {
        assert_eq!(read(&hwl_descriptor { struct_size: size, ..full }), HWL_E_SIZE, "{size}");
    }
    // A version that ended after the kind of machine.
    assert_eq!(read(&hwl_descriptor { struct_size: 8, ..full }), HWL_OK);
    #[repr(C)]
    struct Newer {
        known: hwl_descriptor,
        later: u64,
    }
    let mut newer = Newer { known: hwl_descriptor { struct_size: whole + 8, ..empty() }, later: 0 };
    assert_eq!(read(&newer.known), HWL_OK);
    newer.later = 1;
    let pointer = (&raw const newer).cast();
    let mut identity: Box<hwl_identity> = Box::new(zeroed());
    // SAFETY: both are alive; the pointer is that of the whole newer struct.
    assert_eq!(unsafe { hwl_identity_read(&raw mut *identity, pointer) }, HWL_E_VALUE);
}

#[test]
fn output_structs_are_written_as_far_as_they_go() {
    let identity = support::known(bound_hwid());
    let mut facts = hwl_facts { struct_size: 8, counted_nics: 77, ..zeroed() };
    // SAFETY: both are alive.
    assert_eq!(unsafe { hwl_identity_facts(&raw const *identity, &mut facts) }, HWL_OK);
    assert_eq!((facts.struct_size, facts.evidence, facts.counted_nics), (8, HWL_EVIDENCE_BOARD_SERIAL, 77));
    for size in [0, 4, 7, 4097, u32::MAX] {
        facts.struct_size = size;
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_identity_facts(&raw const *identity, &mut facts) }, HWL_E_SIZE);
    }
    let mut report = hwl_report { struct_size: 12, ..support::report() };
    // SAFETY: it is alive. A report without its verdict and reason is none.
    assert_eq!(unsafe { hwl_report_refused(HWL_E_MALFORMED, &mut report) }, HWL_E_SIZE);
}

#[test]
fn values_without_their_state_are_noticed() {
    let text = support::text(b"ZM16AS034417");
    let mac = [0, 0x25, 0x90, 0x5c, 0xd1, 0x38];
    for wrong in [
        hwl_descriptor { board_serial: hwl_text { state: HWL_ABSENT, ..text }, ..empty() },
        hwl_descriptor { board_serial: hwl_text { state: HWL_UNREADABLE, ..text }, ..empty() },
        hwl_descriptor { board_serial: hwl_text { state: 3, ..text }, ..empty() },
        hwl_descriptor { system_uuid: [1; 16], ..empty() },
        hwl_descriptor { cpu_signature: 1, ..empty() },
        hwl_descriptor { memory_total_bytes: 1, ..empty() },
        hwl_descriptor { machine_kind: 4, ..empty() },
        hwl_descriptor { nics_state: 3, ..empty() },
    ] {
        assert_eq!(read(&wrong), HWL_E_VALUE, "{wrong:?}");
    }
    let good = hwl_nic { kind: HWL_NIC_PHYSICAL, permanent_mac: mac, permanent_mac_state: HWL_READ, ..zeroed() };
    let with = |nic: hwl_nic, state: u32| {
        let nic_size = support::size::<hwl_nic>();
        read(&hwl_descriptor { nics: &raw const nic, nic_count: 1, nic_size, nics_state: state, ..empty() })
    };
    assert_eq!(with(good, HWL_READ), HWL_OK);
    assert_eq!(with(good, HWL_ABSENT), HWL_E_VALUE);
    assert_eq!(with(hwl_nic { permanent_mac_state: 0, ..good }, HWL_READ), HWL_E_VALUE);
    assert_eq!(with(hwl_nic { kind: 5, ..good }, HWL_READ), HWL_E_VALUE);
    assert_eq!(with(hwl_nic { membership: 2, ..good }, HWL_READ), HWL_E_VALUE);
    assert_eq!(with(hwl_nic { reserved: 1, ..good }, HWL_READ), HWL_E_VALUE);
    let id = hwl_platform_id { id: support::text(b"0123456789"), source: 6, reserved: 0 };
    let platform_id_size = support::size::<hwl_platform_id>();
    let ids = hwl_descriptor { platform_ids: &raw const id, platform_id_count: 1, platform_id_size, ..empty() };
    assert_eq!(read(&ids), HWL_E_VALUE);
}

#[test]
fn lists_and_lengths_are_bounded() {
    let nic: hwl_nic = zeroed();
    let nic_size = support::size::<hwl_nic>();
    let list = hwl_descriptor { nics: &raw const nic, nic_count: 1, nic_size, nics_state: HWL_READ, ..empty() };
    assert_eq!(read(&list), HWL_OK);
    assert_eq!(read(&hwl_descriptor { nics: null(), ..list }), HWL_E_NULL);
    assert_eq!(read(&hwl_descriptor { nics: list.nics.wrapping_byte_add(1), ..list }), HWL_E_ALIGN);
    assert_eq!(read(&hwl_descriptor { nic_count: 4097, ..list }), HWL_E_TOO_MANY_NICS);
    assert_eq!(read(&hwl_descriptor { nic_count: u32::MAX, ..list }), HWL_E_TOO_MANY_NICS);
    assert_eq!(read(&hwl_descriptor { module_count: 1025, ..list }), HWL_E_TOO_MANY_MODULES);
    assert_eq!(read(&hwl_descriptor { platform_id_count: 17, ..list }), HWL_E_TOO_MANY_PLATFORM_IDS);
    for size in [0, 1, nic_size - 1, 1025, u32::MAX] {
        assert_eq!(read(&hwl_descriptor { nic_size: size, ..list }), HWL_E_SIZE, "{size}");
    }
    let end = core::ptr::without_provenance::<hwl_nic>(usize::MAX - 7);
    assert_eq!(read(&hwl_descriptor { nics: end, ..list }), HWL_E_LENGTH);
    let long = support::text(&[b'x'; 1025]);
    assert_eq!(read(&hwl_descriptor { board_serial: long, ..empty() }), HWL_E_TEXT_TOO_LONG);
    let nothing = hwl_text { bytes: null(), ..support::text(b"serial") };
    assert_eq!(read(&hwl_descriptor { board_serial: nothing, ..empty() }), HWL_E_NULL);

    let mut out = hwl_hwid::default();
    let end = core::ptr::without_provenance::<u8>(usize::MAX - 7);
    // SAFETY: a length that wraps is noticed before anything is read.
    unsafe {
        assert_eq!(hwl_hwid_parse(end, 100, &mut out), HWL_E_LENGTH);
        // So long that the output lies within it.
        let found = hwl_hwid_parse(b"x".as_ptr(), usize::MAX / 2 + 2, &mut out);
        assert!(matches!(found, HWL_E_LENGTH | HWL_E_OVERLAP), "{found}");
        assert_eq!(hwl_hwid_parse(null(), 0, &mut out), HWL_E_NOT_A_HWID);
    }
}

#[test]
fn rows_may_be_newer() {
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Newer {
        known: hwl_nic,
        later: u64,
    }
    let serial = support::text(b"ZM16AS034417");
    let mut rows = [Newer { known: zeroed(), later: 0 }; 3];
    let nic_size = support::size::<Newer>();
    let list = |rows: &[Newer; 3]| hwl_descriptor {
        nics: rows.as_ptr().cast(),
        nic_count: 3,
        nic_size,
        nics_state: HWL_READ,
        board_serial: serial,
        ..empty()
    };
    assert_eq!(read(&list(&rows)), HWL_OK);
    rows[2].later = 1;
    assert_eq!(read(&list(&rows)), HWL_E_VALUE);
}

#[test]
fn outputs_overlap_nothing() {
    let machine = support::machine(&DESCRIPTOR);
    let mut buffer = [0u8; 2048];
    let start = buffer.as_mut_ptr();
    let mut length = 0usize;
    let mut trust = support::trust(&ROOT);
    let mut license: Box<hwl_license> = Box::new(zeroed());
    let inside = (&raw mut *trust).cast::<u8>();
    let out_inside = (&raw mut *trust).cast::<hwl_license>();
    let file = LICENSE_STRICT;
    // SAFETY: every range is alive; what overlaps is noticed before anything is touched.
    unsafe {
        assert_eq!(hwl_enroll(&machine.descriptor, start, start.add(8), 1024, &mut length), HWL_E_OVERLAP);
        assert_eq!(hwl_armor_decode(start, 100, start.add(99), 100, &mut length), HWL_E_OVERLAP);
        assert_eq!(hwl_armor_decode(start, 100, start.add(100), 100, &mut length), HWL_E_NOT_ARMOR);
        assert_eq!(hwl_hwid_parse(start, 34, start.add(33).cast()), HWL_E_OVERLAP);
        let trust = &raw const *trust;
        let status = hwl_license_verify(out_inside, trust, file.as_ptr(), file.len(), null_mut(), 0);
        assert_eq!(status, HWL_E_OVERLAP);
        let status = hwl_license_verify(&raw mut *license, trust, file.as_ptr(), file.len(), inside, 64);
        assert_eq!(status, HWL_E_OVERLAP);
        let status = hwl_license_verify(&raw mut *license, trust, start, 2048, start.add(2047), 1);
        assert_eq!(status, HWL_E_OVERLAP);
        assert_eq!(hwl_license_verify_binary(&raw mut *license, trust, (&raw const *license).cast(), 8), HWL_E_OVERLAP);
    }
    // The trust that was named as an output is as it was.
    let _ = support::license(&trust, LICENSE_STRICT);
}

#[test]
fn objects_know_where_they_were_made() {
    let mut trust = support::trust(&ROOT);
    let license = support::license(&trust, LICENSE_STRICT);
    let mut terms = hwl_terms { struct_size: support::size::<hwl_terms>(), ..zeroed() };
    let mut copy: Box<hwl_license> = Box::new(zeroed());
    let mut time = 0;
    // SAFETY: all are alive; a copy of opaque storage is bytes, and is noticed as one.
    unsafe {
        assert_eq!(hwl_license_terms(&raw const *copy, &mut terms), HWL_E_STATE);
        core::ptr::copy_nonoverlapping(&raw const *license, &raw mut *copy, 1);
        assert_eq!(hwl_license_terms(&raw const *copy, &mut terms), HWL_E_STATE);
        assert_eq!(hwl_license_terms(&raw const *license, &mut terms), HWL_OK);
        // One type of object is not another.
        assert_eq!(hwl_identity_hwid((&raw const *license).cast(), &mut hwl_hwid::default()), HWL_E_STATE);
        assert_eq!(hwl_trust_deinit(&raw mut *trust), HWL_OK);
        assert_eq!(hwl_trust_latest_signed(&raw const *trust, &mut time), HWL_E_STATE);
        assert!(trust.opaque.iter().all(|word| *word == 0));
        // The licence does not need the trust any more.
        assert_eq!(hwl_license_terms(&raw const *license, &mut terms), HWL_OK);
    }
}

#[test]
fn a_failed_verification_leaves_nothing_to_be_used() {
    let trust = support::trust(&ROOT);
    let mut license = support::license(&trust, LICENSE_STRICT);
    let mut terms = hwl_terms { struct_size: support::size::<hwl_terms>(), ..zeroed() };
    let mut bad = LICENSE_STRICT.to_vec();
    let last = bad.len() - 1;
    bad[last] ^= 1;
    // SAFETY: all are alive.
    unsafe {
        let status = hwl_license_verify_binary(&raw mut *license, &raw const *trust, bad.as_ptr(), bad.len());
        assert!(status <= HWL_E_MALFORMED, "{status}");
        assert_eq!(hwl_license_terms(&raw const *license, &mut terms), HWL_E_STATE);
    }
}

#[test]
fn a_failed_check_leaves_a_report_that_refuses() {
    let trust = support::trust(&ROOT);
    let license = support::license(&trust, LICENSE_STRICT);
    let identity = support::known(bound_hwid());
    let good = support::context(b"northgate", NOW);
    let check = |context: &hwl_context| {
        let mut report = support::report();
        (report.verdict, report.verdict_inverse) = (HWL_GRANTED, !HWL_GRANTED);
        // SAFETY: all are alive.
        let status = unsafe { hwl_license_check(&raw const *license, &raw const *identity, context, &mut report) };
        // SAFETY: it is alive.
        (status, unsafe { hwl_report_grant(&report) } == HWL_GRANTED)
    };
    assert_eq!(check(&good), (HWL_OK, true));
    let no_brand = hwl_context { brand: zeroed(), ..good };
    assert_eq!(check(&no_brand), (HWL_E_VALUE, false));
    assert_eq!(check(&hwl_context { flags: HWL_CHECK_ANY_BRAND, ..no_brand }), (HWL_OK, true));
    for wrong in [
        hwl_context { flags: 1, ..good },
        hwl_context { flags: 2, ..good },
        hwl_context { contact: 2, ..good },
        hwl_context { wall_state: HWL_ABSENT, ..good },
        hwl_context { wall_state: HWL_UNREADABLE, ..good },
        hwl_context { brand: hwl_text { state: HWL_UNREADABLE, ..zeroed() }, ..good },
        hwl_context { struct_size: support::size::<hwl_context>() - 1, ..good },
        hwl_context { reserved_pointer: (&raw const good).cast(), ..good },
    ] {
        let expected = if wrong.struct_size == good.struct_size { HWL_E_VALUE } else { HWL_E_SIZE };
        assert_eq!(check(&wrong), (expected, false), "{wrong:?}");
    }
    for other in [&b"southgate"[..], &[0xff, 0xfe]] {
        assert_eq!(check(&hwl_context { brand: support::text(other), ..good }), (HWL_OK, false));
    }
}

#[test]
fn only_the_two_words_of_acceptance_grant() {
    let mut report = support::report();
    let mut granted = |verdict: u32, verdict_inverse: u32| {
        (report.verdict, report.verdict_inverse) = (verdict, verdict_inverse);
        // SAFETY: it is alive.
        unsafe { hwl_report_grant(&report) == HWL_GRANTED }
    };
    assert!(granted(HWL_GRANTED, !HWL_GRANTED));
    for bit in 0..32 {
        assert!(!granted(HWL_GRANTED ^ 1 << bit, !HWL_GRANTED));
        assert!(!granted(HWL_GRANTED, !HWL_GRANTED ^ 1 << bit));
        assert!(!granted(HWL_GRANTED ^ 1 << bit, !HWL_GRANTED ^ 1 << bit));
    }
    assert!(!granted(0, 0) && !granted(u32::MAX, u32::MAX) && !granted(0, u32::MAX) && !granted(1, 1));
    for status in [HWL_E_MALFORMED, HWL_E_NOT_READABLE, HWL_E_NULL, HWL_OK, 1] {
        let mut report = support::report();
        // SAFETY: it is alive.
        let made = unsafe { hwl_report_refused(status, &mut report) };
        assert_eq!(made, if status < 0 { HWL_OK } else { HWL_E_VALUE });
        // SAFETY: it is alive.
        assert_eq!(unsafe { hwl_report_grant(&report) }, HWL_REFUSED);
    }
}

#[test]
fn configurations_are_checked() {
    let init = |config: &hwl_trust_config| {
        let mut trust: Box<hwl_trust> = Box::new(zeroed());
        // SAFETY: both are alive.
        unsafe { hwl_trust_init(&raw mut *trust, config) }
    };
    let good = support::config(&ROOT);
    assert_eq!(init(&good), HWL_OK);
    assert_eq!(init(&hwl_trust_config { abi_version: 2, ..good }), HWL_E_ABI);
    assert_eq!(init(&hwl_trust_config { root_count: 0, ..good }), HWL_E_VALUE);
    assert_eq!(init(&hwl_trust_config { root_count: 5, ..good }), HWL_E_FULL);
    assert_eq!(init(&hwl_trust_config { log_level: 4, ..good }), HWL_E_VALUE);
    assert_eq!(init(&hwl_trust_config { verify: None, ..good }), HWL_E_NULL);
    assert_eq!(init(&hwl_trust_config { roots: null(), ..good }), HWL_E_NULL);
    let mut place: Box<hwl_trust> = Box::new(zeroed());
    let last = size_of::<hwl_trust>() - 1;
    for at in [0, last] {
        let inside = (&raw mut *place).cast::<u8>().cast_const().wrapping_add(at);
        let config = hwl_trust_config { roots: inside, ..good };
        // SAFETY: all are alive; that roots and trust overlap is noticed before either is touched.
        assert_eq!(unsafe { hwl_trust_init(&raw mut *place, &config) }, HWL_E_OVERLAP, "at {at}");
    }
    let twice = [ROOT, ROOT].concat();
    assert_eq!(init(&support::config(&twice)), HWL_E_MALFORMED);
}
