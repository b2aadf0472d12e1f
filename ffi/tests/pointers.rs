//! Every function of the header with each of its pointers wrong in turn: null, and misaligned.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::fs;

use core::ffi::c_void;
use core::ptr::null_mut;
use hwlicense::update::Part;
use hwlicense_ffi::armor::hwl_armor_decode;
use hwlicense_ffi::check::*;
use hwlicense_ffi::client::exchange::*;
use hwlicense_ffi::client::rights::*;
use hwlicense_ffi::client::storage::hwl_storage;
use hwlicense_ffi::client::*;
use hwlicense_ffi::comparison::*;
use hwlicense_ffi::descriptor::hwl_descriptor;
use hwlicense_ffi::ed25519::hwl_ed25519_verify;
use hwlicense_ffi::enrollment::*;
use hwlicense_ffi::fetch::*;
use hwlicense_ffi::handover::*;
use hwlicense_ffi::hwid::*;
use hwlicense_ffi::identity::*;
use hwlicense_ffi::image::hwl_image;
use hwlicense_ffi::license::*;
use hwlicense_ffi::pinned::*;
use hwlicense_ffi::product::*;
use hwlicense_ffi::selftest::*;
use hwlicense_ffi::status::*;
use hwlicense_ffi::system::allocate::*;
use hwlicense_ffi::system::outcome::*;
use hwlicense_ffi::system::plan::hwl_system_plan;
use hwlicense_ffi::system::rows::*;
use hwlicense_ffi::trust::*;
use hwlicense_ffi::types::*;
use hwlicense_ffi::update::*;
use hwlicense_fixture::{DESCRIPTOR, ISSUED, LICENSE_STRICT, ROOT};
use hwlicense_tests::{release, site};

/// What is done to one pointer of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    Nothing,
    Null(usize),
    Misaligned(usize),
}

impl Wrong {
    /// The pointer at this place of the call.
    fn at<T>(self, place: usize, pointer: *mut T) -> *mut T {
        match self {
            Self::Null(wrong) if wrong == place => null_mut(),
            Self::Misaligned(wrong) if wrong == place => pointer.wrapping_byte_add(1),
            _ => pointer,
        }
    }
}

/// Good arguments of every function.
struct Good {
    machine: support::Machine,
    enrollment: Vec<u8>,
    armored: Vec<u8>,
    trust: Box<hwl_trust>,
    license: Box<hwl_license>,
    identity: Box<hwl_identity>,
    other_trust: Box<hwl_trust>,
    other_license: Box<hwl_license>,
    other_identity: Box<hwl_identity>,
    hwid: hwl_hwid,
    hwid_out: hwl_hwid,
    buffer: Vec<u8>,
    length: usize,
    number: u32,
    time: u64,
    facts: hwl_facts,
    comparison: hwl_comparison,
    config: hwl_trust_config,
    terms: hwl_terms,
    text: hwl_text,
    context: hwl_context,
    installation: Box<Installation>,
    asking: Box<Asking>,
    pinned: Box<support::Pinned>,
    fetching: Box<Fetching>,
    // Apart from the others, so that a pointer that is off by one overlaps nothing.
    report: Box<hwl_report>,
}

/// A System of one server without devices, and what calls on it write.
struct Installation {
    server: hwl_server,
    system: hwl_system,
    moment: hwl_moment,
    allocation: hwl_allocation,
    plan: hwl_plan,
    shortage: hwl_shortage,
    fault: hwl_fault,
    device: hwl_device,
    grant: hwl_grant,
    placement: hwl_placement,
    workspace: [u64; 128],
}

/// A client that is about to ask, and what it is given.
struct Asking {
    client: Box<hwl_client>,
    other: Box<hwl_client>,
    flash: support::client::Flash,
    device: support::client::Device,
    storage: hwl_storage,
    config: hwl_client_config,
    random: [u8; 32],
    head: [u8; 5],
    answer: Box<hwl_answer>,
    standing: Box<hwl_client_facts>,
    correction: Vec<u8>,
}

fn asking() -> Box<Asking> {
    let mut it = Box::new(Asking {
        client: Box::new(support::zeroed()),
        other: Box::new(support::zeroed()),
        flash: support::client::Flash::erased(),
        device: support::client::device(),
        storage: support::zeroed(),
        config: support::client::config(),
        random: [9; 32],
        head: [0, 0, 0, 2, 1],
        answer: Box::new(hwl_answer { struct_size: support::size::<hwl_answer>(), ..support::zeroed() }),
        standing: Box::new(hwl_client_facts { struct_size: support::size::<hwl_client_facts>(), ..support::zeroed() }),
        correction: site::correction(support::client::hwid(), 1, ISSUED),
    });
    it.storage = it.flash.storage();
    // SAFETY: all are alive, and the flash stays where it is.
    unsafe {
        assert_eq!(hwl_client_init(&raw mut *it.client, &it.storage, &it.config), HWL_OK);
        assert_eq!(hwl_client_handle_timeout(&raw mut *it.client, 10), HWL_OK);
    }
    it
}

/// An update that is about to ask for its manifest, and what it is given.
struct Fetching {
    client: Box<hwl_client>,
    update: Box<hwl_update>,
    other: Box<hwl_update>,
    trust: Box<hwl_trust>,
    client_flash: support::client::Flash,
    flash: support::client::Flash,
    partition: support::update::Partition,
    device: support::client::Device,
    product: hwl_product,
    storage: hwl_storage,
    image: hwl_image,
    config: hwl_update_config,
    head: [u8; 5],
    manifest: Vec<u8>,
    told: Vec<u8>,
    fetched: Box<hwl_fetched>,
    handover: Box<hwl_handover>,
    standing: Box<hwl_update_facts>,
}

fn fetching() -> Box<Fetching> {
    let device = support::client::device();
    let mut told = [0; HWL_RUNNING_BYTES_MAX];
    let mut it = Box::new(Fetching {
        client: Box::new(support::zeroed()),
        update: Box::new(support::zeroed()),
        other: Box::new(support::zeroed()),
        trust: support::trust(&ROOT),
        client_flash: support::client::Flash::erased(),
        flash: support::client::Flash::erased(),
        partition: support::update::Partition::new(),
        product: support::update::product(&device.identity),
        device,
        storage: support::zeroed(),
        image: support::zeroed(),
        config: support::update::config(),
        head: [0, 0, 0, 2, 2],
        manifest: release::answer(Part::Manifest),
        told: release::running().write(&mut told).unwrap().to_vec(),
        fetched: Box::new(hwl_fetched { struct_size: support::size::<hwl_fetched>(), ..support::zeroed() }),
        handover: Box::new(hwl_handover { struct_size: support::size::<hwl_handover>(), ..support::zeroed() }),
        standing: Box::new(hwl_update_facts { struct_size: support::size::<hwl_update_facts>(), ..support::zeroed() }),
    });
    (it.storage, it.image) = (it.flash.storage(), it.partition.image());
    it.device.plain.running = it.told.as_ptr();
    it.device.plain.running_length = it.told.len();
    let (mut frame, mut length, mut server) = ([0; 4096], 0, 0);
    let mut answer = hwl_answer { struct_size: support::size::<hwl_answer>(), ..support::zeroed() };
    // SAFETY: all are alive, and what is pointed to stays where it is.
    unsafe {
        let (storage, config) = (it.client_flash.storage(), support::client::config());
        let (client, device, update) = (&raw mut *it.client, &raw const it.device.plain, &raw mut *it.update);
        assert_eq!(hwl_client_init(client, &storage, &config), HWL_OK);
        assert_eq!(hwl_client_handle_timeout(client, 10), HWL_OK);
        let (at, length_out, server_out) = (frame.as_mut_ptr(), &raw mut length, &raw mut server);
        let asked = hwl_client_poll_transmit(client, 10, [9; 32].as_ptr(), device, at, 4096, length_out, server_out);
        assert_eq!(asked, HWL_OK);
        let body = site::answer_offering(
            &frame[HWL_FRAME_HEAD_BYTES..length],
            ISSUED,
            hwlicense::primary::Outcome::Waiting,
            Some(release::offer()),
        );
        let trust = &raw const *it.trust;
        let taken = hwl_client_handle_input(client, 10, body.as_ptr(), body.len(), trust, device, &raw mut answer);
        assert_eq!(taken, HWL_OK);
        assert_eq!(hwl_update_init(update, &it.storage, &it.image, &it.config, &it.product), HWL_OK);
        assert_eq!(hwl_update_handle_reply(update, 10, client, it.told.as_ptr(), it.told.len()), HWL_OK);
        assert_eq!(hwl_update_handle_timeout(update, 10), HWL_OK);
    }
    it
}

/// Asks for the next part.
fn ask_for_part(it: &mut Fetching) {
    let (mut frame, mut length, mut server) = ([0; HWL_UPDATE_REQUEST_BYTES], 0, 0);
    let (at, update, product) = (frame.as_mut_ptr(), &raw mut *it.update, &raw const it.product);
    // SAFETY: all are alive.
    let asked =
        unsafe { hwl_update_poll_transmit(update, 10, product, at, frame.len(), &raw mut length, &raw mut server) };
    assert!(asked == HWL_OK && length > 0);
}

/// One server with one device that needs no licence.
fn installation() -> Box<Installation> {
    let mut it = Box::new(support::zeroed::<Installation>());
    it.server.presence = HWL_PRESENCE_ONLINE;
    (it.device.class_number, it.device.channels, it.device.priority) = (12, 1, HWL_PRIORITY_LOW);
    it.system.struct_size = support::size::<hwl_system>();
    (it.system.server_count, it.system.server_size) = (1, support::size::<hwl_server>());
    (it.system.device_count, it.system.device_size) = (1, support::size::<hwl_device>());
    it.system.servers = &raw const it.server;
    it.system.devices = &raw const it.device;
    it.moment.struct_size = support::size::<hwl_moment>();
    it.allocation.struct_size = support::size::<hwl_allocation>();
    (it.allocation.grants, it.allocation.grant_size) = (&raw mut it.grant, support::size::<hwl_grant>());
    it.plan.struct_size = support::size::<hwl_plan>();
    (it.plan.grants, it.plan.grant_size) = (&raw const it.grant, support::size::<hwl_grant>());
    (it.plan.placements, it.plan.placement_size) = (&raw mut it.placement, support::size::<hwl_placement>());
    it.shortage.struct_size = support::size::<hwl_shortage>();
    it.fault.struct_size = support::size::<hwl_fault>();
    it
}

fn good() -> Good {
    let machine = support::machine(&DESCRIPTOR);
    let reading = hwlicense::hwid::Machine::read(&DESCRIPTOR).unwrap();
    let mut buffer = vec![0; 1024];
    let enrollment = hwlicense::hwid::Enrollment::new(&reading, [7; 16]).unwrap();
    let enrollment = enrollment.encode(&mut buffer).unwrap().to_vec();
    let mut text = vec![0; 2048];
    let armored = hwlicense::signed::armor::encode(LICENSE_STRICT, &mut text).unwrap().as_bytes().to_vec();
    let trust = support::trust(&ROOT);
    let license = support::license(&trust, LICENSE_STRICT);
    let hwid = hwl_hwid::from(reading.hwid().unwrap());
    Good {
        machine,
        enrollment,
        armored,
        trust,
        license,
        identity: support::known(hwid),
        other_trust: Box::new(support::zeroed()),
        other_license: Box::new(support::zeroed()),
        other_identity: Box::new(support::zeroed()),
        hwid,
        hwid_out: hwl_hwid::default(),
        buffer: vec![0; HWL_BLOB_BYTES_MAX],
        length: 0,
        number: 0,
        time: 0,
        facts: hwl_facts { struct_size: support::size::<hwl_facts>(), ..support::zeroed() },
        comparison: hwl_comparison { struct_size: support::size::<hwl_comparison>(), ..support::zeroed() },
        config: support::config(&ROOT),
        terms: hwl_terms { struct_size: support::size::<hwl_terms>(), ..support::zeroed() },
        text: support::zeroed(),
        context: support::context(b"northgate", ISSUED + 86_400),
        installation: installation(),
        asking: asking(),
        pinned: support::pinned(),
        fetching: fetching(),
        report: Box::new(support::report()),
    }
}

/// A call, and the alignment of the pointers in it, in their order. `None` is one that may be null.
struct Call {
    name: &'static str,
    aligns: &'static [Option<usize>],
    call: fn(&mut Good, Wrong) -> i32,
}

/// What a status would say of the answer of a callback, which has none.
fn answered(wrong: Wrong, answer: u32) -> i32 {
    match (answer, wrong) {
        (HWL_SIGNATURE_HOLDS, _) => HWL_OK,
        (HWL_SIGNATURE_FAILS, Wrong::Null(_)) => HWL_E_NULL,
        (HWL_SIGNATURE_FAILS, Wrong::Misaligned(_)) => HWL_E_ALIGN,
        _ => HWL_E_PANIC,
    }
}

const BYTE: Option<usize> = Some(1);
const FREE: Option<usize> = None;

macro_rules! calls {
    ($( $name:ident [$($align:expr),*] |$g:ident, $w:ident| $body:expr; )*) => {
        &[$( Call { name: stringify!($name), aligns: &[$($align),*], call: |$g, $w| {
            // SAFETY: every pointer is that of a live argument, or is wrong in a way that the
            // function must notice before it looks.
            unsafe { $body }
        } } ),*]
    };
}

fn of<T>() -> Option<usize> {
    Some(align_of::<T>())
}

const U32: Option<usize> = Some(align_of::<u32>());
const U64: Option<usize> = Some(align_of::<u64>());
const POINTER: Option<usize> = Some(align_of::<*const u8>());
const SIZE: Option<usize> = Some(align_of::<usize>());
const DESCRIPTOR_ALIGN: Option<usize> = Some(align_of::<hwl_descriptor>());
const TEXT: Option<usize> = Some(align_of::<hwl_text>());
const CONFIG: Option<usize> = Some(align_of::<hwl_trust_config>());

static CALLS: &[Call] = calls! {
    hwl_hwid_parse [BYTE, BYTE] |g, w| {
        let text = b"03ab5c00112233445566778899aabbccdd";
        hwl_hwid_parse(w.at(0, text.as_ptr().cast_mut()), text.len(), w.at(1, &raw mut g.hwid_out))
    };
    hwl_hwid_format [BYTE, BYTE, SIZE] |g, w| hwl_hwid_format(
        w.at(0, &raw mut g.hwid), w.at(1, g.buffer.as_mut_ptr()), 34, w.at(2, &raw mut g.length));
    hwl_hwid_equal [BYTE, BYTE] |g, w| hwl_hwid_equal(w.at(0, &raw mut g.hwid), w.at(1, &raw mut g.hwid));
    hwl_identity_read [U64, DESCRIPTOR_ALIGN] |g, w| hwl_identity_read(
        w.at(0, &raw mut *g.other_identity), w.at(1, &raw mut g.machine.descriptor));
    hwl_identity_read_enrolled [U64, DESCRIPTOR_ALIGN, BYTE] |g, w| hwl_identity_read_enrolled(
        w.at(0, &raw mut *g.other_identity), w.at(1, &raw mut g.machine.descriptor),
        w.at(2, g.enrollment.as_mut_ptr()), g.enrollment.len());
    hwl_identity_from_hwid [U64, BYTE] |g, w| hwl_identity_from_hwid(
        w.at(0, &raw mut *g.other_identity), w.at(1, &raw mut g.hwid), HWL_EVIDENCE_MAC);
    hwl_identity_hwid [U64, BYTE] |g, w| hwl_identity_hwid(
        w.at(0, &raw mut *g.identity), w.at(1, &raw mut g.hwid_out));
    hwl_identity_facts [U64, U32] |g, w| hwl_identity_facts(
        w.at(0, &raw mut *g.identity), w.at(1, &raw mut g.facts));
    hwl_identity_deinit [U64] |g, w| hwl_identity_deinit(w.at(0, &raw mut *g.other_identity));
    hwl_enroll [DESCRIPTOR_ALIGN, BYTE, BYTE, SIZE] |g, w| hwl_enroll(
        w.at(0, &raw mut g.machine.descriptor), w.at(1, [9u8; 16].as_mut_ptr()),
        w.at(2, g.buffer.as_mut_ptr()), 1024, w.at(3, &raw mut g.length));
    hwl_enrollment_hwid [BYTE, BYTE] |g, w| hwl_enrollment_hwid(
        w.at(0, g.enrollment.as_mut_ptr()), g.enrollment.len(), w.at(1, &raw mut g.hwid_out));
    hwl_compare [DESCRIPTOR_ALIGN, BYTE, U32] |g, w| hwl_compare(
        w.at(0, &raw mut g.machine.descriptor), w.at(1, g.enrollment.as_mut_ptr()), g.enrollment.len(),
        w.at(2, &raw mut g.comparison));
    hwl_trust_init [U64, CONFIG] |g, w| hwl_trust_init(
        w.at(0, &raw mut *g.other_trust), w.at(1, &raw mut g.config));
    hwl_trust_admit [U64, BYTE, U32] |g, w| hwl_trust_admit(
        w.at(0, &raw mut *g.trust), w.at(1, LICENSE_STRICT.as_ptr().cast_mut()), LICENSE_STRICT.len(),
        w.at(2, &raw mut g.number));
    hwl_trust_latest_signed [U64, U64] |g, w| hwl_trust_latest_signed(
        w.at(0, &raw mut *g.trust), w.at(1, &raw mut g.time));
    hwl_trust_deinit [U64] |g, w| hwl_trust_deinit(w.at(0, &raw mut *g.other_trust));
    hwl_armor_decode [BYTE, BYTE, SIZE] |g, w| hwl_armor_decode(
        w.at(0, g.armored.as_mut_ptr()), g.armored.len(), w.at(1, g.buffer.as_mut_ptr()), g.buffer.len(),
        w.at(2, &raw mut g.length));
    hwl_license_verify [U64, U64, BYTE, BYTE] |g, w| hwl_license_verify(
        w.at(0, &raw mut *g.other_license), w.at(1, &raw mut *g.trust), w.at(2, g.armored.as_mut_ptr()),
        g.armored.len(), w.at(3, g.buffer.as_mut_ptr()), g.buffer.len());
    hwl_license_verify_binary [U64, U64, BYTE] |g, w| hwl_license_verify_binary(
        w.at(0, &raw mut *g.other_license), w.at(1, &raw mut *g.trust),
        w.at(2, LICENSE_STRICT.as_ptr().cast_mut()), LICENSE_STRICT.len());
    hwl_license_terms [U64, U64] |g, w| hwl_license_terms(
        w.at(0, &raw mut *g.license), w.at(1, &raw mut g.terms));
    hwl_license_feature [U64, TEXT] |g, w| match hwl_license_feature(
        w.at(0, &raw mut *g.license), 0, w.at(1, &raw mut g.text)) {
            // The fixture names no feature.
            HWL_E_NOT_FOUND => HWL_OK,
            other => other,
        };
    hwl_license_has_feature [U64, BYTE] |g, w| match hwl_license_has_feature(
        w.at(0, &raw mut *g.license), w.at(1, b"analytics".as_ptr().cast_mut()), 9) {
            HWL_E_NOT_FOUND => HWL_OK,
            other => other,
        };
    hwl_license_deinit [U64] |g, w| hwl_license_deinit(w.at(0, &raw mut *g.other_license));
    hwl_license_check [U64, U64, U64, U64] |g, w| hwl_license_check(
        w.at(0, &raw mut *g.license), w.at(1, &raw mut *g.identity), w.at(2, &raw mut g.context),
        w.at(3, &raw mut *g.report));
    hwl_report_refused [U64] |g, w| hwl_report_refused(HWL_E_BAD_SIGNATURE, w.at(0, &raw mut *g.report));
    hwl_report_grant [U64] |g, w| {
        (g.report.verdict, g.report.verdict_inverse) = (HWL_GRANTED, !HWL_GRANTED);
        match hwl_report_grant(w.at(0, &raw mut *g.report)) {
            HWL_GRANTED => HWL_OK,
            HWL_REFUSED => match w { Wrong::Null(_) => HWL_E_NULL, _ => HWL_E_ALIGN },
            _ => HWL_E_PANIC,
        }
    };
    hwl_ed25519_verify [FREE, BYTE, BYTE, BYTE] |g, w| {
        let row = &data()[0][..32 + 16 + 64];
        let _ = g;
        answered(w, hwl_ed25519_verify(
            w.at(0, null_mut::<c_void>()), w.at(1, row.as_ptr().cast_mut()), w.at(2, row[32..].as_ptr().cast_mut()),
            16, w.at(3, row[48..].as_ptr().cast_mut())))
    };
    hwl_pinned_keys_check [POINTER] |g, w| hwl_pinned_keys_check(w.at(0, &raw mut g.pinned.keys));
    hwl_ed25519_verify_pinned [POINTER, BYTE, BYTE, BYTE] |g, w| {
        let (message, signature) = support::certificate();
        answered(w, hwl_ed25519_verify_pinned(
            w.at(0, &raw mut g.pinned.keys).cast(), w.at(1, ROOT.as_ptr().cast_mut()),
            w.at(2, message.as_ptr().cast_mut()), message.len(), w.at(3, signature.as_ptr().cast_mut())))
    };
    hwl_ed25519_verify_pinned_or_any [POINTER, BYTE, BYTE, BYTE] |g, w| {
        let (message, signature) = support::certificate();
        answered(w, hwl_ed25519_verify_pinned_or_any(
            w.at(0, &raw mut g.pinned.keys).cast(), w.at(1, ROOT.as_ptr().cast_mut()),
            w.at(2, message.as_ptr().cast_mut()), message.len(), w.at(3, signature.as_ptr().cast_mut())))
    };
    hwl_system_allocate [POINTER, U64, U64, POINTER, U64] |g, w| {
        let it = &mut *g.installation;
        hwl_system_allocate(
            w.at(0, &raw mut it.system), w.at(1, &raw mut it.moment), w.at(2, it.workspace.as_mut_ptr()).cast(), 960,
            w.at(3, &raw mut it.allocation), w.at(4, &raw mut it.fault))
    };
    hwl_system_switch_on [POINTER, U64, U64, U32, U64] |g, w| {
        let it = &mut *g.installation;
        hwl_system_switch_on(
            w.at(0, &raw mut it.system), w.at(1, &raw mut it.moment), 0, w.at(2, it.workspace.as_mut_ptr()).cast(),
            960, w.at(3, &raw mut it.shortage), w.at(4, &raw mut it.fault))
    };
    hwl_system_plan [POINTER, U64, U64, POINTER, U64] |g, w| {
        let it = &mut *g.installation;
        hwl_system_plan(
            w.at(0, &raw mut it.system), w.at(1, &raw mut it.moment), w.at(2, it.workspace.as_mut_ptr()).cast(), 960,
            w.at(3, &raw mut it.plan), w.at(4, &raw mut it.fault))
    };
    hwl_client_init [U64, POINTER, U64] |g, w| {
        let it = &mut *g.asking;
        hwl_client_init(w.at(0, &raw mut *it.other), w.at(1, &raw mut it.storage), w.at(2, &raw mut it.config))
    };
    hwl_client_poll_timeout [U64, U64] |g, w| hwl_client_poll_timeout(
        w.at(0, &raw mut *g.asking.client), w.at(1, &raw mut g.time));
    hwl_client_handle_timeout [U64] |g, w| hwl_client_handle_timeout(w.at(0, &raw mut *g.asking.client), 10);
    hwl_client_handle_failure [U64] |g, w| hwl_client_handle_failure(w.at(0, &raw mut *g.asking.client), 10);
    hwl_client_set_servers [U64] |g, w| hwl_client_set_servers(w.at(0, &raw mut *g.asking.client), 2, 10);
    hwl_client_deinit [U64] |g, w| hwl_client_deinit(w.at(0, &raw mut *g.asking.client));
    hwl_client_poll_transmit [U64, BYTE, U64, BYTE, SIZE, U32] |g, w| {
        let it = &mut *g.asking;
        hwl_client_poll_transmit(
            w.at(0, &raw mut *it.client), 10, w.at(1, it.random.as_mut_ptr()), w.at(2, &raw mut it.device.plain),
            w.at(3, g.buffer.as_mut_ptr()), g.buffer.len(), w.at(4, &raw mut g.length), w.at(5, &raw mut g.number))
    };
    hwl_client_write_carried [U64, BYTE, U64, BYTE, SIZE] |g, w| {
        let it = &mut *g.asking;
        hwl_client_write_carried(
            w.at(0, &raw mut *it.client), 10, w.at(1, it.random.as_mut_ptr()), w.at(2, &raw mut it.device.plain),
            w.at(3, g.buffer.as_mut_ptr()), g.buffer.len(), w.at(4, &raw mut g.length))
    };
    hwl_frame_head [BYTE, SIZE] |g, w| hwl_frame_head(
        w.at(0, g.asking.head.as_mut_ptr()), w.at(1, &raw mut g.length));
    hwl_client_handle_input [U64, BYTE, U64, U64, U32] |g, w| {
        let it = &mut *g.asking;
        let (buffer, device) = (g.buffer.as_mut_ptr(), &raw const it.device.plain);
        assert_eq!(
            hwl_client_poll_transmit(
                &raw mut *it.client, 10, it.random.as_ptr(), device, buffer, g.buffer.len(), &raw mut g.length,
                &raw mut g.number),
            HWL_OK
        );
        let status = hwl_client_handle_input(
            w.at(0, &raw mut *it.client), 10, w.at(1, [2, 169, 4].as_mut_ptr()), 3, w.at(2, &raw mut *g.trust),
            w.at(3, &raw mut it.device.plain), w.at(4, &raw mut *it.answer));
        // The server does not understand the client.
        assert_eq!(it.answer.kind, if status == HWL_OK { HWL_ANSWER_NOT_UNDERSTOOD } else { 0 });
        status
    };
    hwl_client_handle_correction [U64, BYTE, U64, U64] |g, w| {
        let it = &mut *g.asking;
        hwl_client_handle_correction(
            w.at(0, &raw mut *it.client), 10, w.at(1, it.correction.as_mut_ptr()), it.correction.len(),
            w.at(2, &raw mut *g.trust), w.at(3, &raw mut it.device.plain))
    };
    hwl_client_check [U64, U64, U64, FREE, U64, U32] |g, w| {
        let it = &mut *g.asking;
        hwl_client_check(
            w.at(0, &raw mut *it.client), 10, w.at(1, &raw mut *g.trust), w.at(2, &raw mut it.device.plain),
            w.at(3, null_mut::<c_void>()), None, w.at(4, &raw mut *g.report), w.at(5, &raw mut g.number))
    };
    hwl_client_standing [U64, U64] |g, w| hwl_client_standing(
        w.at(0, &raw mut *g.asking.client), 10, w.at(1, &raw mut *g.asking.standing));
    hwl_client_give_up [U64, BYTE] |g, w| hwl_client_give_up(
        w.at(0, &raw mut *g.asking.client), 10, w.at(1, b"KWCQ-0C8D-XGD2-VBRM".as_ptr().cast_mut()), 19);
    hwl_update_init [U64, POINTER, POINTER, U64, POINTER] |g, w| {
        let it = &mut *g.fetching;
        hwl_update_init(
            w.at(0, &raw mut *it.other), w.at(1, &raw mut it.storage), w.at(2, &raw mut it.image),
            w.at(3, &raw mut it.config), w.at(4, &raw mut it.product))
    };
    hwl_update_write_running [U64, POINTER, BYTE, SIZE] |g, w| {
        let it = &mut *g.fetching;
        hwl_update_write_running(
            w.at(0, &raw mut *it.update), w.at(1, &raw mut it.product), w.at(2, g.buffer.as_mut_ptr()),
            w.at(3, &raw mut g.length))
    };
    hwl_update_handle_reply [U64, U64, BYTE] |g, w| {
        let it = &mut *g.fetching;
        hwl_update_handle_reply(
            w.at(0, &raw mut *it.update), 10, w.at(1, &raw mut *it.client), w.at(2, it.told.as_mut_ptr()),
            it.told.len())
    };
    hwl_update_poll_timeout [U64, U64] |g, w| hwl_update_poll_timeout(
        w.at(0, &raw mut *g.fetching.update), w.at(1, &raw mut g.time));
    hwl_update_handle_timeout [U64] |g, w| hwl_update_handle_timeout(w.at(0, &raw mut *g.fetching.update), 10);
    hwl_update_handle_failure [U64] |g, w| hwl_update_handle_failure(w.at(0, &raw mut *g.fetching.update), 10);
    hwl_update_set_servers [U64] |g, w| hwl_update_set_servers(w.at(0, &raw mut *g.fetching.update), 2, 10);
    hwl_update_deinit [U64] |g, w| hwl_update_deinit(w.at(0, &raw mut *g.fetching.update));
    hwl_update_poll_transmit [U64, POINTER, BYTE, SIZE, U32] |g, w| {
        let it = &mut *g.fetching;
        hwl_update_poll_transmit(
            w.at(0, &raw mut *it.update), 10, w.at(1, &raw mut it.product), w.at(2, g.buffer.as_mut_ptr()),
            g.buffer.len(), w.at(3, &raw mut g.length), w.at(4, &raw mut g.number))
    };
    hwl_update_frame_head [BYTE, SIZE] |g, w| hwl_update_frame_head(
        w.at(0, g.fetching.head.as_mut_ptr()), w.at(1, &raw mut g.length));
    hwl_update_handle_input [U64, BYTE, U64, U64, POINTER, U32] |g, w| {
        let it = &mut *g.fetching;
        ask_for_part(it);
        let status = hwl_update_handle_input(
            w.at(0, &raw mut *it.update), 10, w.at(1, it.manifest.as_mut_ptr()), it.manifest.len(),
            w.at(2, &raw mut *it.trust), w.at(3, &raw mut *it.client), w.at(4, &raw mut it.product),
            w.at(5, &raw mut *it.fetched));
        assert_eq!(it.fetched.kind, if status == HWL_OK { HWL_FETCHED_MANIFEST } else { 0 });
        status
    };
    hwl_update_hand_over [U64, U64, U64, POINTER, U32] |g, w| {
        let it = &mut *g.fetching;
        match hwl_update_hand_over(
            w.at(0, &raw mut *it.update), 10, w.at(1, &raw mut *it.trust), w.at(2, &raw mut *it.client),
            w.at(3, &raw mut it.product), w.at(4, &raw mut *it.handover)) {
                // Nothing is fetched yet.
                HWL_E_NOT_READY => HWL_OK,
                other => other,
            }
    };
    hwl_handover_grant [U32] |g, w| {
        let handover = &mut *g.fetching.handover;
        (handover.clearance, handover.clearance_inverse) = (HWL_CLEARED, !HWL_CLEARED);
        match hwl_handover_grant(w.at(0, handover)) {
            HWL_CLEARED => HWL_OK,
            HWL_REFUSED => match w { Wrong::Null(_) => HWL_E_NULL, _ => HWL_E_ALIGN },
            _ => HWL_E_PANIC,
        }
    };
    hwl_update_handle_refusal [U64] |g, w| hwl_update_handle_refusal(w.at(0, &raw mut *g.fetching.update));
    hwl_update_standing [U64, U32] |g, w| hwl_update_standing(
        w.at(0, &raw mut *g.fetching.update), w.at(1, &raw mut *g.fetching.standing));
    hwl_self_test_verify [FREE, BYTE] |g, w| {
        let _ = g;
        let verify: hwl_verify_fn = if w == Wrong::Null(1) { None } else { Some(hwl_ed25519_verify) };
        hwl_self_test_verify(null_mut(), verify)
    };
    hwl_self_test [FREE, BYTE] |g, w| {
        let _ = g;
        let verify: hwl_verify_fn = if w == Wrong::Null(1) { None } else { Some(hwl_ed25519_verify) };
        hwl_self_test(null_mut(), verify)
    };
};

/// The functions that the header declares, each with the number of its pointers.
fn declared() -> BTreeMap<String, usize> {
    let header = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../include/hwlicense.h")).unwrap();
    let code: String = header
        .lines()
        .filter(|line| !line.trim_start().starts_with(['*', '#', '/']) && !line.contains("typedef"))
        .collect::<Vec<_>>()
        .join(" ");
    code.split(';')
        .filter_map(|declaration| declaration.split_once('('))
        .filter_map(|(before, parameters)| {
            let name = before.split([' ', '*']).next_back()?;
            name.starts_with("hwl_").then(|| {
                let callbacks = parameters.matches("hwl_verify_fn").count();
                (name.to_owned(), parameters.matches('*').count() + callbacks)
            })
        })
        .collect()
}

#[test]
fn the_table_holds_every_function_that_takes_a_pointer() {
    let mut declared = declared();
    assert!(declared.len() > 45, "{declared:?}");
    assert_eq!(declared.remove("hwl_on_panic"), Some(0));
    declared.retain(|_, pointers| *pointers > 0);
    let table: BTreeMap<String, usize> = CALLS.iter().map(|call| (call.name.to_owned(), call.aligns.len())).collect();
    assert_eq!(table, declared);
    assert_eq!(of::<hwl_license>(), U64);
}

#[test]
fn good_calls_succeed() {
    for call in CALLS {
        assert_eq!((call.call)(&mut good(), Wrong::Nothing), HWL_OK, "{}", call.name);
    }
}

#[test]
fn no_pointer_may_be_null_but_contexts() {
    for call in CALLS {
        for (place, align) in call.aligns.iter().enumerate() {
            let expected = if align.is_some() { HWL_E_NULL } else { HWL_OK };
            assert_eq!((call.call)(&mut good(), Wrong::Null(place)), expected, "{} {place}", call.name);
        }
    }
}

#[test]
fn no_pointer_may_be_misaligned() {
    for call in CALLS {
        for (place, align) in call.aligns.iter().enumerate() {
            if align.is_some_and(|align| align > 1) {
                let found = (call.call)(&mut good(), Wrong::Misaligned(place));
                assert_eq!(found, HWL_E_ALIGN, "{} {place}", call.name);
            }
        }
    }
}
