//! A client of a Primary Server through the C functions, from the first request to a lease, over
//! failing storage, restarts and answers that are not believed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod support;

use core::ffi::{CStr, c_void};
use core::ptr::{null, null_mut};

use hwlicense::primary::{Answer, Outcome, Refusal};
use hwlicense_ffi::check::{HWL_GRANTED, hwl_report, hwl_report_grant};
use hwlicense_ffi::client::device::hwl_client_device;
use hwlicense_ffi::client::exchange::*;
use hwlicense_ffi::client::rights::*;
use hwlicense_ffi::client::storage::hwl_storage;
use hwlicense_ffi::client::*;
use hwlicense_ffi::status::*;
use hwlicense_ffi::trust::hwl_trust;
use hwlicense_ffi::types::{HWL_ABSENT, HWL_READ};
use hwlicense_tests::site::{self, BRAND, CHANNELS, ISSUED, Signer};
use support::client::{self, Flash};
use support::{text, zeroed};

/// A client with all that it needs.
struct Camera {
    client: Box<hwl_client>,
    flash: Box<Flash>,
    trust: Box<hwl_trust>,
    device: client::Device,
    uptime_s: u64,
}

impl Camera {
    fn new() -> Self {
        let trust = support::trust(&Signer::Root.public().bytes);
        let (client, flash) = (Box::new(zeroed()), Box::new(Flash::erased()));
        let mut camera = Self { client, flash, trust, device: client::device(), uptime_s: 0 };
        assert_eq!(camera.restart(), HWL_OK);
        camera
    }

    /// Begins again with what the flash holds.
    fn restart(&mut self) -> i32 {
        self.uptime_s = 0;
        // SAFETY: all are alive; the flash stays where it is.
        unsafe { hwl_client_init(&raw mut *self.client, &self.flash.storage(), &client::config()) }
    }

    fn due(&self) -> u64 {
        let mut due = 77;
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_client_poll_timeout(&raw const *self.client, &raw mut due) }, HWL_OK);
        due
    }

    /// Waits for the next request, and gives the body of its frame.
    fn request(&mut self) -> Vec<u8> {
        let frame = loop {
            self.uptime_s = self.due().max(self.uptime_s);
            // SAFETY: the client is alive.
            assert_eq!(unsafe { hwl_client_handle_timeout(&raw mut *self.client, self.uptime_s) }, HWL_OK);
            match self.transmit(4096) {
                (HWL_OK, frame) if frame.is_empty() => {}
                (status, frame) => {
                    assert_eq!(status, HWL_OK);
                    break frame;
                }
            }
        };
        let mut length = 0;
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_frame_head(frame.as_ptr(), &raw mut length) }, HWL_OK);
        assert_eq!(length, frame.len() - HWL_FRAME_HEAD_BYTES);
        frame[HWL_FRAME_HEAD_BYTES..].to_vec()
    }

    fn transmit(&mut self, capacity: usize) -> (i32, Vec<u8>) {
        let (mut frame, mut length, mut server) = (vec![0; capacity], 0, 77);
        // SAFETY: all are alive.
        let status = unsafe {
            hwl_client_poll_transmit(
                &raw mut *self.client,
                self.uptime_s,
                [9; 32].as_ptr(),
                &self.device.plain,
                frame.as_mut_ptr(),
                capacity,
                &raw mut length,
                &raw mut server,
            )
        };
        assert_eq!(server, if status == HWL_OK { 0 } else { 77 });
        frame.truncate(length);
        (status, frame)
    }

    /// Takes an answer, and gives its kind and number.
    fn take(&mut self, body: &[u8]) -> Result<(u32, u32), i32> {
        let mut answer = hwl_answer { struct_size: 16, kind: 77, number: 77, reserved: 0 };
        // SAFETY: all are alive.
        let status = unsafe {
            hwl_client_handle_input(
                &raw mut *self.client,
                self.uptime_s,
                body.as_ptr(),
                body.len(),
                &raw const *self.trust,
                &self.device.plain,
                &raw mut answer,
            )
        };
        if status == HWL_OK { Ok((answer.kind, answer.number)) } else { Err(status) }
    }

    /// The report, and the channels that are good.
    fn check(&mut self) -> (hwl_report, u32) {
        let mut report = hwl_report { struct_size: support::size::<hwl_report>(), ..zeroed() };
        let mut channels = 77;
        let mut seen = Vec::<(u32, bool, String)>::new();
        // SAFETY: all are alive.
        let status = unsafe {
            hwl_client_check(
                &raw mut *self.client,
                self.uptime_s,
                &raw const *self.trust,
                &self.device.plain,
                (&raw mut seen).cast(),
                Some(note),
                &raw mut report,
                &raw mut channels,
            )
        };
        assert_eq!(status, HWL_OK);
        let shown: u32 = seen.iter().filter(|(.., is_good, _)| *is_good).map(|(count, ..)| *count).sum();
        assert_eq!(shown, channels);
        assert_eq!(is_granted(&report), channels > 0);
        assert!(seen.iter().all(|(_, _, key)| *key == site::license_key().to_string()));
        (report, channels)
    }

    fn records(&mut self) -> bool {
        is_granted(&self.check().0)
    }

    fn facts(&self) -> hwl_client_facts {
        let mut facts = hwl_client_facts { struct_size: support::size::<hwl_client_facts>(), ..zeroed() };
        // SAFETY: both are alive.
        let status = unsafe { hwl_client_standing(&raw const *self.client, self.uptime_s, &raw mut facts) };
        assert_eq!(status, HWL_OK);
        facts
    }

    fn fail(&mut self) {
        // SAFETY: the client is alive.
        assert_eq!(unsafe { hwl_client_handle_failure(&raw mut *self.client, self.uptime_s) }, HWL_OK);
    }

    /// Becomes licensed.
    fn license(&mut self) {
        let request = self.request();
        let answer = site::answer(&request, ISSUED + 60, Outcome::Licensed);
        assert_eq!(self.take(&answer), Ok((HWL_ANSWER_LICENSED, 0)));
    }
}

fn is_granted(report: &hwl_report) -> bool {
    // SAFETY: the report is alive.
    unsafe { hwl_report_grant(report) == HWL_GRANTED }
}

/// Notes a right that the check shows.
unsafe extern "C" fn note(ctx: *mut c_void, right: *const hwl_right) {
    // SAFETY: the context is the list of the check, and the right is alive.
    let (seen, right) = unsafe { (&mut *ctx.cast::<Vec<(u32, bool, String)>>(), &*right) };
    assert_eq!(right.struct_size, support::size::<hwl_right>());
    let key = CStr::from_bytes_until_nul(&right.key).unwrap().to_str().unwrap();
    seen.push((right.count, is_granted(&right.report), key.to_owned()));
}

#[test]
fn a_camera_is_licensed_keeps_recording_without_its_server_and_knows_it_after_a_restart() {
    let mut camera = Camera::new();
    assert_eq!(camera.facts().state, HWL_CLIENT_UNLICENSED);
    let (report, channels) = camera.check();
    assert!(!is_granted(&report));
    assert_eq!(channels, 0);
    camera.license();
    let (report, channels) = camera.check();
    assert!(is_granted(&report));
    assert_eq!(channels, CHANNELS);
    let facts = camera.facts();
    assert_eq!((facts.state, facts.refusal), (HWL_CLIENT_LICENSED, 0));
    assert_eq!((facts.last_contact_state, facts.last_contact_unix_s), (HWL_READ, ISSUED + 60));
    let _ = camera.request();
    camera.fail();
    assert_eq!(camera.facts().state, HWL_CLIENT_CONTACT_LOST);
    assert!(camera.records());
    assert_eq!(camera.restart(), HWL_OK);
    let (report, channels) = camera.check();
    assert!(is_granted(&report) && channels == CHANNELS);
    assert_eq!(camera.facts().last_contact_unix_s, ISSUED + 60);
    // After 31 days without a server the lease has ended.
    camera.uptime_s = 31 * 86_400;
    let (report, channels) = camera.check();
    assert!(!is_granted(&report) && channels == 0);
    assert_eq!(camera.facts().state, HWL_CLIENT_REFUSED);
}

#[test]
fn what_is_not_believed_changes_nothing_and_has_its_own_status() {
    let mut camera = Camera::new();
    assert_eq!(camera.take(&site::body(Answer::Busy(5))), Err(HWL_E_NOT_ASKED));
    let request = camera.request();
    let good = site::answer(&request, ISSUED + 60, Outcome::Licensed);
    let mut forged = good.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert!(camera.take(&forged).is_err());
    assert_eq!(camera.take(&good[..last]), Err(HWL_E_MALFORMED_MESSAGE));
    assert_eq!(camera.take(&[]), Err(HWL_E_MALFORMED_MESSAGE));
    // Longer than a frame can be, and in another process's words: a null buffer of a length.
    // SAFETY: no memory is behind the pointer, and none is looked at.
    let status = unsafe {
        let mut answer = hwl_answer { struct_size: 16, ..zeroed() };
        let (client, device) = (&raw mut *camera.client, &raw const camera.device.plain);
        hwl_client_handle_input(client, 0, null(), 5, &raw const *camera.trust, device, &raw mut answer)
    };
    assert_eq!(status, HWL_E_NULL);
    assert_eq!(camera.facts().state, HWL_CLIENT_UNLICENSED);
    camera.device.plain.brand = text(b"Harbourside");
    assert_eq!(camera.take(&good), Err(HWL_E_REPLY_OTHER_BRAND));
    camera.device.plain.brand = text(BRAND.as_bytes());
    assert_eq!(camera.take(&good), Ok((HWL_ANSWER_LICENSED, 0)));
    assert_eq!(camera.take(&good), Err(HWL_E_REPLAYED));
    let _ = camera.request();
    assert_eq!(camera.take(&site::answer(&request[..], ISSUED, Outcome::Waiting)), Err(HWL_E_REPLAYED));
    assert!(camera.records());
}

#[test]
fn each_kind_of_answer_arrives_with_its_number() {
    let mut camera = Camera::new();
    let _ = camera.request();
    assert_eq!(camera.take(&site::body(Answer::Busy(60))), Ok((HWL_ANSWER_BUSY, 0)));
    assert!(camera.due() >= camera.uptime_s + 60);
    let _ = camera.request();
    assert_eq!(camera.take(&site::body(Answer::NotUnderstood(552))), Ok((HWL_ANSWER_NOT_UNDERSTOOD, 552)));
    for (outcome, expected) in [
        (Outcome::Waiting, (HWL_ANSWER_WAITING, 0)),
        (Outcome::refused(Refusal::NoCapacity), (HWL_ANSWER_REFUSED, 503)),
        (Outcome::Refused(599), (HWL_ANSWER_REFUSED, 599)),
    ] {
        let request = camera.request();
        assert_eq!(camera.take(&site::answer(&request, ISSUED, outcome)), Ok(expected));
        assert_eq!(camera.facts().refusal, expected.1);
    }
    assert_eq!(camera.facts().state, HWL_CLIENT_REFUSED);
}

#[test]
fn giving_up_ends_the_lease_and_is_told_to_the_server() {
    let mut camera = Camera::new();
    camera.license();
    let key = site::license_key().to_string();
    let give_up = |camera: &mut Camera, key: &str| {
        // SAFETY: both are alive.
        unsafe { hwl_client_give_up(&raw mut *camera.client, camera.uptime_s, key.as_ptr(), key.len()) }
    };
    assert_eq!(give_up(&mut camera, "KWCQ-0C8D-XGD2-VBRN"), HWL_E_KEY_MISTYPED);
    assert_eq!(give_up(&mut camera, "key"), HWL_E_NOT_A_KEY);
    camera.flash.fails_after = Some(0);
    assert_eq!(give_up(&mut camera, &key), HWL_E_STORAGE);
    camera.flash.fails_after = None;
    assert!(camera.records());
    assert_eq!(give_up(&mut camera, &key), HWL_OK);
    assert!(!camera.records());
    let request = camera.request();
    let answer = site::answer(&request, ISSUED + 120, Outcome::Deactivated);
    assert_eq!(camera.take(&answer), Ok((HWL_ANSWER_DEACTIVATED, 0)));
    assert_eq!(camera.restart(), HWL_OK);
    assert!(!camera.records());
}

#[test]
fn storage_that_fails_at_any_step_leaves_the_old_state_or_the_new_one() {
    let mut licensed_although_cut = 0;
    for step in 0.. {
        let mut camera = Camera::new();
        let request = camera.request();
        let answer = site::answer(&request, ISSUED + 60, Outcome::Licensed);
        camera.flash.fails_after = Some(step);
        let taken = camera.take(&answer);
        camera.flash.fails_after = None;
        assert_eq!(camera.restart(), HWL_OK);
        let is_licensed = camera.records();
        if taken == Ok((HWL_ANSWER_LICENSED, 0)) {
            assert!(is_licensed && step > 10, "only {step} steps");
            break;
        }
        assert_eq!(taken, Err(HWL_E_STORAGE), "step {step}");
        licensed_although_cut += u32::from(is_licensed);
    }
    // The head is written last, and its first half is enough.
    assert!(licensed_although_cut <= 1);
}

#[test]
fn a_request_and_its_answer_may_be_carried() {
    let mut camera = Camera::new();
    let (mut body, mut length) = (vec![0; 4096], 0);
    // SAFETY: all are alive.
    let status = unsafe {
        let (client, device) = (&raw mut *camera.client, &raw const camera.device.plain);
        hwl_client_write_carried(client, 0, [8; 32].as_ptr(), device, body.as_mut_ptr(), 4096, &raw mut length)
    };
    assert_eq!(status, HWL_OK);
    let answer = site::answer(&body[..length], ISSUED, Outcome::Licensed);
    assert_eq!(camera.restart(), HWL_OK);
    assert_eq!(camera.take(&answer), Ok((HWL_ANSWER_LICENSED, 0)));
}

#[test]
fn a_root_corrects_time_once() {
    let mut camera = Camera::new();
    camera.license();
    let hwid = client::hwid();
    let correct = |camera: &mut Camera, envelope: &[u8]| {
        // SAFETY: all are alive.
        unsafe {
            let (client, device) = (&raw mut *camera.client, &raw const camera.device.plain);
            let trust = &raw const *camera.trust;
            hwl_client_handle_correction(client, camera.uptime_s, envelope.as_ptr(), envelope.len(), trust, device)
        }
    };
    let other = hwlicense::hwid::Hwid { scheme: 3, bytes: [1; 16] };
    assert_eq!(correct(&mut camera, &site::correction(other, 1, 5)), HWL_E_REPLY_OTHER_HWID);
    assert_eq!(correct(&mut camera, &site::correction(hwid, 1, ISSUED - 5)), HWL_OK);
    assert_eq!(camera.facts().floor_unix_s, ISSUED - 5);
    assert_eq!(correct(&mut camera, &site::correction(hwid, 1, 5)), HWL_E_OLD_CORRECTION);
    assert_eq!(correct(&mut camera, b"no envelope"), HWL_E_MALFORMED);
}

/// What is wrong about a device, given a text that is too long.
type Mistake = fn(&mut hwl_client_device, &[u8]);

#[test]
fn a_device_that_is_described_wrongly_is_refused_before_anything_is_read() {
    let mut camera = Camera::new();
    camera.uptime_s = camera.due();
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_handle_timeout(&raw mut *camera.client, camera.uptime_s) }, HWL_OK);
    let long = [b'x'; 65];
    let wrongs: [(Mistake, i32); 10] = [
        (|device, _| device.struct_size = 4, HWL_E_SIZE),
        (|device, _| device.wall_state = 1, HWL_E_VALUE),
        (|device, _| device.wall_unix_s = 1, HWL_E_VALUE),
        (|device, _| device.class_number = 0x10000, HWL_E_VALUE),
        (|device, _| device.reserved_pointer = device.identity.cast(), HWL_E_VALUE),
        (|device, _| device.enrollment_length = 1025, HWL_E_NOT_AN_ENROLLMENT),
        (|device, _| device.brand = zeroed(), HWL_E_VALUE),
        (|device, long| device.name = text(long), HWL_E_TEXT_TOO_LONG),
        (|device, _| device.software = text(&[0xff]), HWL_E_VALUE),
        (|device, _| device.license_key = text(b"KWCQ"), HWL_E_NOT_A_KEY),
    ];
    for (wrong, expected) in wrongs {
        let right = camera.device.plain;
        wrong(&mut camera.device.plain, &long);
        assert_eq!(camera.transmit(4096), (expected, Vec::new()));
        camera.device.plain = right;
    }
    assert_eq!(camera.transmit(4).0, HWL_E_NO_ROOM);
    assert_eq!(camera.transmit(4096).0, HWL_OK);
    // Nothing is due any more.
    assert_eq!(camera.transmit(4096), (HWL_OK, Vec::new()));
}

#[test]
fn a_machine_without_a_hwid_asks_nobody_and_goes_on() {
    let mut camera = Camera::new();
    camera.uptime_s = camera.due();
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_handle_timeout(&raw mut *camera.client, camera.uptime_s) }, HWL_OK);
    let mut identity: Box<hwlicense_ffi::identity::hwl_identity> = Box::new(zeroed());
    let empty = hwlicense_ffi::descriptor::hwl_descriptor {
        struct_size: support::size::<hwlicense_ffi::descriptor::hwl_descriptor>(),
        ..zeroed()
    };
    // SAFETY: both are alive.
    assert_eq!(unsafe { hwlicense_ffi::identity::hwl_identity_read(&raw mut *identity, &empty) }, HWL_OK);
    camera.device.plain.identity = &raw const *identity;
    assert_eq!(camera.transmit(4096).0, HWL_E_NO_HWID);
    assert!(camera.due() > camera.uptime_s, "it must not ask again at once");
}

#[test]
fn outputs_may_not_overlap_what_is_read() {
    let mut camera = Camera::new();
    camera.uptime_s = camera.due();
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_handle_timeout(&raw mut *camera.client, camera.uptime_s) }, HWL_OK);
    let mut name = vec![b'n'; 64];
    camera.device.plain.name = text(&name);
    let client = &raw mut *camera.client;
    let device = &raw const camera.device.plain;
    let mut frame = vec![0u8; 4096];
    let mut random = [7u8; 4096];
    let (mut length, mut server) = (0, 0);
    let length_in_frame = frame.as_mut_ptr().cast::<usize>();
    let whole = size_of::<hwl_client>();
    // SAFETY: all are alive; the calls are refused before anything is written.
    unsafe {
        let transmit = |random: *const u8, frame: *mut u8, capacity, length, server| {
            hwl_client_poll_transmit(client, 10, random, device, frame, capacity, length, server)
        };
        let (random_at, frame_at) = (random.as_mut_ptr(), frame.as_mut_ptr());
        let (length_at, server_at) = (&raw mut length, &raw mut server);
        for status in [
            transmit(random_at, name.as_mut_ptr(), 64, length_at, server_at),
            transmit(random_at, random_at, 4096, length_at, server_at),
            transmit(random_at, client.cast(), whole, length_at, server_at),
            transmit(random_at, frame_at, 4096, length_in_frame, server_at),
            transmit(random_at, frame_at, 4096, length_at, frame_at.cast()),
            transmit(random_at, frame_at, 4096, length_at, length_at.cast()),
            transmit(random_at, frame_at, 4096, client.cast(), server_at),
            transmit(client.cast(), frame_at, 4096, length_at, server_at),
            hwl_client_poll_timeout(client, client.cast()),
            hwl_frame_head(length_at.cast(), length_at),
            hwl_client_give_up(client, 0, client.cast(), 19),
            hwl_client_handle_correction(client, 0, client.cast(), 100, &raw const *camera.trust, device),
            hwl_client_handle_input(client, 0, client.cast(), 9, &raw const *camera.trust, device, &mut answer()),
        ] {
            assert_eq!(status, HWL_E_OVERLAP);
        }
        assert_eq!(transmit(random_at, frame_at, 4096, length_at, server_at), HWL_OK);
    }
}

fn answer() -> hwl_answer {
    hwl_answer { struct_size: 16, ..zeroed() }
}

#[test]
fn a_check_that_fails_leaves_a_report_that_refuses() {
    let mut camera = Camera::new();
    camera.license();
    let (mut report, mut channels) = camera.check();
    assert!(is_granted(&report) && report.expires_state == HWL_READ);
    camera.device.plain.brand = zeroed();
    // SAFETY: all are alive.
    let status = unsafe {
        let (client, device) = (&raw mut *camera.client, &raw const camera.device.plain);
        let (trust, out) = (&raw const *camera.trust, &raw mut report);
        hwl_client_check(client, 60, trust, device, null_mut(), None, out, &raw mut channels)
    };
    assert_eq!(status, HWL_E_VALUE);
    assert!(!is_granted(&report) && report.expires_state == HWL_ABSENT);
}

#[test]
fn a_client_begins_only_with_all_that_it_needs_and_where_it_stays() {
    let mut camera = Camera::new();
    let (storage, config) = (camera.flash.storage(), client::config());
    let mut init = |storage: hwl_storage, config: hwl_client_config| {
        // SAFETY: all are alive.
        unsafe { hwl_client_init(&raw mut *camera.client, &storage, &config) }
    };
    assert_eq!(init(hwl_storage { read: None, ..storage }, config), HWL_E_NULL);
    assert_eq!(init(hwl_storage { erase: None, ..storage }, config), HWL_E_NULL);
    assert_eq!(init(hwl_storage { write: None, ..storage }, config), HWL_E_NULL);
    assert_eq!(init(hwl_storage { reserved: 1, ..storage }, config), HWL_E_VALUE);
    assert_eq!(init(storage, hwl_client_config { abi_version: 77, ..config }), HWL_E_ABI);
    assert_eq!(init(storage, hwl_client_config { server_count: 256, ..config }), HWL_E_VALUE);
    assert_eq!(init(storage, hwl_client_config { reserved: 1, ..config }), HWL_E_VALUE);
    let due = |client: &hwl_client| {
        // SAFETY: the client is alive.
        unsafe { hwl_client_poll_timeout(client, &mut 0) }
    };
    assert_eq!(due(&camera.client), HWL_E_STATE, "it could not begin");
    camera.flash.fails_after = Some(0);
    assert_eq!(camera.restart(), HWL_E_STORAGE);
    camera.flash.fails_after = None;
    assert_eq!(camera.restart(), HWL_OK);
    // A copy at another place is none.
    let copy = Box::new(hwl_client { opaque: camera.client.opaque });
    assert_eq!(due(&copy), HWL_E_STATE);
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_set_servers(&raw mut *camera.client, 256, 0) }, HWL_E_VALUE);
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_set_servers(&raw mut *camera.client, 2, 5) }, HWL_OK);
    assert_eq!(camera.due(), 5);
    // SAFETY: the client is alive.
    assert_eq!(unsafe { hwl_client_deinit(&raw mut *camera.client) }, HWL_OK);
    assert!(camera.client.opaque.iter().all(|word| *word == 0), "nothing of the secret is left");
}

#[test]
fn heads_of_other_protocols_are_told_apart() {
    let mut length = 0;
    for (head, expected) in [
        (*b"HTTP/", HWL_E_NOT_THIS_PROTOCOL),
        ([0, 0, 0, 1, 1], HWL_E_FRAME_SIZE),
        ([0, 0, 0, 2, 2], HWL_E_FRAME_VERSION),
        ([0, 0, 0, 2, 1], HWL_OK),
    ] {
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_frame_head(head.as_ptr(), &raw mut length) }, expected);
    }
    assert_eq!(length, 1);
}
