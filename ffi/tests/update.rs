//! A software update through the C functions: from the offer in a reply to the report that it is
//! installed, over failing storage and flash, restarts, and answers that are not believed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod support;

use core::ffi::{CStr, c_void};
use core::ptr::null_mut;

use hwlicense::primary::Outcome;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, write_any_head};
use hwlicense::update::{Fetch, FetchRefusal, Fetched, Part, Progress, Running};
use hwlicense_ffi::check::HWL_REFUSED;
use hwlicense_ffi::client::exchange::*;
use hwlicense_ffi::client::*;
use hwlicense_ffi::ed25519::hwl_ed25519_verify;
use hwlicense_ffi::fetch::*;
use hwlicense_ffi::handover::*;
use hwlicense_ffi::product::*;
use hwlicense_ffi::status::*;
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::update::*;
use hwlicense_tests::release;
use hwlicense_tests::site::{self, ISSUED, Signer};
use support::client::{self, Flash};
use support::update::{self, Partition};
use support::{text, zeroed};

/// A camera with a licence and with updates.
struct Camera {
    client: Box<hwl_client>,
    client_flash: Box<Flash>,
    update: Box<hwl_update>,
    flash: Box<Flash>,
    partition: Box<Partition>,
    trust: Box<hwl_trust>,
    device: client::Device,
    product: hwl_product,
    told: Vec<u8>,
    uptime_s: u64,
}

impl Camera {
    fn new() -> Self {
        let device = client::device();
        let product = update::product(&device.identity);
        let mut camera = Self {
            client: Box::new(zeroed()),
            client_flash: Box::new(Flash::erased()),
            update: Box::new(zeroed()),
            flash: Box::new(Flash::erased()),
            partition: Box::new(Partition::new()),
            trust: support::trust(&Signer::Root.public().bytes),
            device,
            product,
            told: Vec::new(),
            uptime_s: 0,
        };
        assert_eq!(camera.restart(), HWL_OK);
        camera
    }

    /// The device starts.
    fn restart(&mut self) -> i32 {
        self.uptime_s = 0;
        // SAFETY: all are alive; flash and slot stay where they are.
        unsafe {
            let (storage, config) = (self.client_flash.storage(), client::config());
            assert_eq!(hwl_client_init(&raw mut *self.client, &storage, &config), HWL_OK);
            let (storage, image) = (self.flash.storage(), self.partition.image());
            hwl_update_init(&raw mut *self.update, &storage, &image, &update::config(), &self.product)
        }
    }

    /// Starts with what it was given.
    fn start_with_update(&mut self) -> i32 {
        let version = release::VERSION;
        self.product.version_minor = version.minor.into();
        self.product.version_build = version.build;
        self.product.security_version = 3;
        self.restart()
    }

    /// What a request says of what runs.
    fn running(&mut self) -> Running<'static> {
        let (mut bytes, mut length) = ([0; HWL_RUNNING_BYTES_MAX], 0);
        // SAFETY: all are alive.
        let status = unsafe {
            hwl_update_write_running(&raw const *self.update, &self.product, bytes.as_mut_ptr(), &raw mut length)
        };
        assert_eq!(status, HWL_OK);
        self.told = bytes[..length].to_vec();
        Running::parse(self.told.clone().leak()).unwrap()
    }

    /// A contact, in which the server offers the update or does not.
    fn contact(&mut self, is_offered: bool) -> i32 {
        let running = self.running();
        let (mut frame, mut length, mut server) = (vec![0; 4096], 0, 0);
        self.device.plain.running = self.told.as_ptr();
        self.device.plain.running_length = self.told.len();
        let mut answer = hwl_answer { struct_size: support::size::<hwl_answer>(), ..zeroed() };
        // SAFETY: all are alive.
        unsafe {
            let (client, device) = (&raw mut *self.client, &raw const self.device.plain);
            assert_eq!(hwl_client_set_servers(client, 1, self.uptime_s), HWL_OK);
            assert_eq!(hwl_client_handle_timeout(client, self.uptime_s), HWL_OK);
            let (random, at) = ([9; 32], frame.as_mut_ptr());
            let (length_out, server_out) = (&raw mut length, &raw mut server);
            let status = hwl_client_poll_transmit(
                client,
                self.uptime_s,
                random.as_ptr(),
                device,
                at,
                4096,
                length_out,
                server_out,
            );
            assert_eq!(status, HWL_OK);
            let request = &frame[FRAME_HEAD_BYTES..length];
            let signed = hwlicense::primary::SignedRequest::parse(request).unwrap();
            assert_eq!(Running::in_request(&signed.request.extensions), Some(running));
            let offer = is_offered.then(release::offer);
            let body = site::answer_offering(request, ISSUED + 60, Outcome::Licensed, offer);
            let trust = &raw const *self.trust;
            let out = &raw mut answer;
            let status = hwl_client_handle_input(client, self.uptime_s, body.as_ptr(), body.len(), trust, device, out);
            assert_eq!((status, answer.kind), (HWL_OK, HWL_ANSWER_LICENSED));
            let (told, told_length) = (self.told.as_ptr(), self.told.len());
            hwl_update_handle_reply(&raw mut *self.update, self.uptime_s, client, told, told_length)
        }
    }

    fn due(&self) -> u64 {
        let mut due = 77;
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_update_poll_timeout(&raw const *self.update, &raw mut due) }, HWL_OK);
        due
    }

    fn facts(&self) -> hwl_update_facts {
        let mut facts = hwl_update_facts { struct_size: support::size::<hwl_update_facts>(), ..zeroed() };
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_update_standing(&raw const *self.update, &raw mut facts) }, HWL_OK);
        facts
    }

    /// The part that is asked for next, if one is; waits for it.
    fn ask(&mut self) -> Option<Part> {
        loop {
            // SAFETY: all are alive, and the frame has as many bytes as is said.
            let frame = unsafe {
                let _ = hwl_update_handle_timeout(&raw mut *self.update, self.uptime_s);
                let (mut frame, mut length, mut server) = ([0; HWL_UPDATE_REQUEST_BYTES], 0, 9);
                let (at, length_out, server_out) = (frame.as_mut_ptr(), &raw mut length, &raw mut server);
                let (update, product) = (&raw mut *self.update, &raw const self.product);
                let status =
                    hwl_update_poll_transmit(update, self.uptime_s, product, at, frame.len(), length_out, server_out);
                assert_eq!((status, server), (HWL_OK, 0));
                frame[..length].to_vec()
            };
            if !frame.is_empty() {
                return Some(Fetch::parse(&frame[FRAME_HEAD_BYTES..]).unwrap().part);
            }
            match self.due() {
                u64::MAX => return None,
                due => self.uptime_s = self.uptime_s.max(due),
            }
        }
    }

    /// Takes the body of an answer: what it was, or why it was not taken.
    fn take(&mut self, body: &[u8]) -> Result<(u32, u32), i32> {
        let mut out = hwl_fetched { struct_size: support::size::<hwl_fetched>(), ..zeroed() };
        // SAFETY: all are alive.
        let status = unsafe {
            let (trust, client) = (&raw const *self.trust, &raw const *self.client);
            let (update, product) = (&raw mut *self.update, &raw const self.product);
            let (body, length) = (body.as_ptr(), body.len());
            let status =
                hwl_update_handle_input(update, self.uptime_s, body, length, trust, client, product, &raw mut out);
            if status != HWL_OK {
                assert_eq!(out.kind, 0);
                let _ = hwl_update_handle_failure(update, self.uptime_s);
            }
            status
        };
        if status == HWL_OK { Ok((out.kind, out.number)) } else { Err(status) }
    }

    /// Fetches all that an honest server has, until something goes wrong.
    fn fetch(&mut self) {
        while let Some(part) = self.ask() {
            if self.take(&release::answer(part)).is_err() {
                break;
            }
        }
    }

    fn hand_over(&mut self) -> (i32, hwl_handover) {
        let mut out = cleared();
        // SAFETY: all are alive.
        let status = unsafe {
            let (trust, client) = (&raw const *self.trust, &raw const *self.client);
            let (update, product) = (&raw mut *self.update, &raw const self.product);
            hwl_update_hand_over(update, self.uptime_s, trust, client, product, &raw mut out)
        };
        (status, out)
    }

    fn refused_by_updater(&mut self) -> i32 {
        // SAFETY: the update is alive.
        unsafe { hwl_update_handle_refusal(&raw mut *self.update) }
    }
}

/// A handover that says yes, as an older one in the same place may.
fn cleared() -> hwl_handover {
    hwl_handover {
        struct_size: support::size::<hwl_handover>(),
        clearance: HWL_CLEARED,
        clearance_inverse: !HWL_CLEARED,
        ..zeroed()
    }
}

fn grant(handover: &hwl_handover) -> u32 {
    // SAFETY: it is alive.
    unsafe { hwl_handover_grant(handover) }
}

#[test]
fn an_update_is_offered_fetched_handed_over_installed_and_reported() {
    let mut camera = Camera::new();
    assert_eq!(camera.facts().progress, HWL_UPDATE_NONE);
    assert_eq!((camera.ask(), camera.due()), (None, u64::MAX));
    assert_eq!(camera.contact(true), HWL_OK);
    assert_eq!(camera.due(), 0);
    assert_eq!(camera.ask(), Some(Part::Manifest));
    assert_eq!(camera.take(&release::answer(Part::Manifest)), Ok((HWL_FETCHED_MANIFEST, 0)));
    for index in 0..release::CHUNKS {
        let facts = camera.facts();
        assert_eq!((facts.progress, facts.stored_permille), (HWL_UPDATE_DOWNLOADING, index * 1_000 / 3));
        assert_eq!(camera.ask(), Some(Part::Chunk(index)));
        assert_eq!(camera.take(&release::answer(Part::Chunk(index))), Ok((HWL_FETCHED_CHUNK, 0)));
    }
    assert_eq!(camera.hand_over().0, HWL_E_NOT_READY);
    assert_eq!(camera.ask(), None);
    assert_eq!((camera.facts().progress, camera.partition.flushes), (HWL_UPDATE_READY, 3));
    assert_eq!(camera.running().report.unwrap().progress, Progress::Ready);

    let (status, handover) = camera.hand_over();
    assert_eq!((status, grant(&handover)), (HWL_OK, HWL_CLEARED));
    let image = release::image();
    assert_eq!((handover.size_bytes as usize, handover.security_version), (image.len(), 3));
    let version = [handover.version_major, handover.version_minor, handover.version_patch, handover.version_build];
    assert_eq!((version, handover.update), ([4, 3, 0, 1_400], release::offer().update));
    assert!(camera.partition.bytes.starts_with(&image));
    assert_eq!((camera.facts().progress, camera.hand_over().0), (HWL_UPDATE_HANDED_OVER, HWL_E_NOT_READY));

    assert_eq!(camera.start_with_update(), HWL_OK);
    let facts = camera.facts();
    assert_eq!((facts.progress, facts.floor, facts.update), (HWL_UPDATE_INSTALLED, 3, release::offer().update));
    assert_eq!(camera.contact(false), HWL_OK);
    assert_eq!((camera.facts().progress, camera.facts().update), (HWL_UPDATE_NONE, [0; 32]));
}

#[test]
fn a_report_counts_as_told_only_when_the_request_carried_it() {
    let mut camera = Camera::new();
    assert_eq!(camera.contact(true), HWL_OK);
    // What the request of this contact says is older than what becomes of the update meanwhile.
    camera.running();
    let before = camera.told.clone();
    camera.fetch();
    assert_eq!(grant(&camera.hand_over().1), HWL_CLEARED);
    assert_eq!(camera.refused_by_updater(), HWL_OK);
    let facts = camera.facts();
    assert_eq!((facts.progress, facts.failure), (HWL_UPDATE_FAILED, HWL_E_UPDATE_NOT_INSTALLED));
    // SAFETY: all are alive.
    let reply = |camera: &mut Camera, told: &[u8]| unsafe {
        hwl_update_handle_reply(&raw mut *camera.update, 0, &raw const *camera.client, told.as_ptr(), told.len())
    };
    assert_eq!(reply(&mut camera, &before), HWL_OK);
    assert_eq!(camera.facts().progress, HWL_UPDATE_FAILED);
    assert_eq!(reply(&mut camera, b"no report"), HWL_E_VALUE);
    assert_eq!(reply(&mut camera, b""), HWL_OK);
    assert_eq!(camera.facts().progress, HWL_UPDATE_FAILED);
    camera.running();
    let now = camera.told.clone();
    assert_eq!(reply(&mut camera, &now), HWL_OK);
    // It was told, and is offered once more: the second attempt of three.
    assert_eq!(camera.facts().progress, HWL_UPDATE_NONE);
    assert_eq!(camera.ask(), Some(Part::Manifest));
}

#[test]
fn what_does_not_suit_is_refused_at_the_manifest() {
    type Change = fn(&mut hwl_product);
    let cases: [(Change, i32); 7] = [
        (|product| product.brand = text(b"acme"), HWL_E_UPDATE_OTHER_BRAND),
        (|product| product.component = text(b"recorder"), HWL_E_UPDATE_OTHER_COMPONENT),
        (|product| product.model = text(b"NG-999"), HWL_E_UPDATE_OTHER_MODEL),
        (|product| product.hardware = 9, HWL_E_UPDATE_OTHER_HARDWARE),
        (|product| product.version_minor = 3, HWL_E_UPDATE_NOT_NEWER),
        (|product| product.version_major = 5, HWL_E_UPDATE_NOT_NEWER),
        (|product| product.security_version = 4, HWL_E_UPDATE_BELOW_FLOOR),
    ];
    for (change, expected) in cases {
        let mut camera = Camera::new();
        change(&mut camera.product);
        camera.product.version_build = 1_400;
        assert_eq!(camera.contact(true), HWL_OK);
        assert_eq!(camera.ask(), Some(Part::Manifest));
        assert_eq!(camera.take(&release::answer(Part::Manifest)), Err(expected));
        let facts = camera.facts();
        assert_eq!((facts.progress, facts.failure), (HWL_UPDATE_FAILED, expected));
        assert_eq!((camera.ask(), camera.partition.bytes), (None, [0x5a; 4096]));
        // It is not begun again, whatever is offered.
        assert_eq!(camera.contact(true), HWL_OK);
        assert_eq!(camera.contact(true), HWL_OK);
        assert_eq!(camera.ask(), None);
    }
}

#[test]
fn the_floor_is_what_ever_ran() {
    let mut camera = Camera::new();
    camera.product.security_version = 4;
    assert_eq!(camera.restart(), HWL_OK);
    camera.product.security_version = 2;
    assert_eq!(camera.restart(), HWL_OK);
    assert_eq!(camera.facts().floor, 4);
    assert_eq!(camera.contact(true), HWL_OK);
    camera.ask();
    assert_eq!(camera.take(&release::answer(Part::Manifest)), Err(HWL_E_UPDATE_BELOW_FLOOR));
}

#[test]
fn altered_parts_are_not_taken_and_not_written() {
    let mut camera = Camera::new();
    assert_eq!(camera.contact(true), HWL_OK);
    camera.ask();
    let manifest = release::answer(Part::Manifest);
    assert_eq!(camera.take(&manifest[..manifest.len() - 1]), Err(HWL_E_MALFORMED_MESSAGE));
    camera.ask();
    let mut altered = manifest.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert!(camera.take(&altered).is_err());
    camera.ask();
    // A chunk was not asked for.
    assert_eq!(camera.take(&release::answer(Part::Chunk(0))), Err(HWL_E_NOT_ASKED));
    camera.ask();
    assert_eq!(camera.take(&manifest), Ok((HWL_FETCHED_MANIFEST, 0)));
    camera.ask();
    let mut altered = release::answer(Part::Chunk(0));
    *altered.last_mut().unwrap() ^= 1;
    assert_eq!(camera.take(&altered), Err(HWL_E_UPDATE_WRONG_CHUNK));
    assert_eq!(camera.partition.bytes, [0x5a; 4096]);
    assert_eq!(camera.ask(), Some(Part::Chunk(0)));
    assert_eq!(camera.take(&release::answer(Part::Chunk(1))), Err(HWL_E_UPDATE_WRONG_CHUNK));
    assert_eq!(camera.ask(), Some(Part::Chunk(0)));
    assert_eq!(camera.take(&release::body(&Fetched::Busy(60))), Ok((HWL_FETCHED_BUSY, 0)));
    let busy_since = camera.uptime_s;
    assert_eq!(camera.ask(), Some(Part::Chunk(0)));
    assert!(camera.uptime_s >= busy_since + 60);
    let refused = release::body(&Fetched::Refused(FetchRefusal::BadTicket.number()));
    assert_eq!(camera.take(&refused), Ok((HWL_FETCHED_REFUSED, HWL_E_BAD_TICKET.unsigned_abs())));
    // The one server of the list does not give it: the update is over until it is offered again.
    assert_eq!(camera.ask(), None);
    assert_eq!(camera.take(&release::answer(Part::Chunk(0))), Err(HWL_E_NOT_ASKED));
}

/// Counts what it verifies, in the number that is its context.
unsafe extern "C" fn counting(
    ctx: *mut c_void,
    key: *const u8,
    message: *const u8,
    message_length: usize,
    signature: *const u8,
) -> u32 {
    // SAFETY: the context is a counter that is alive; the rest is as the library gave it.
    unsafe {
        *ctx.cast::<u32>() += 1;
        hwl_ed25519_verify(null_mut(), key, message, message_length, signature)
    }
}

#[test]
fn a_manifest_counts_with_all_that_the_client_holds_and_a_chunk_costs_no_signature() {
    let mut camera = Camera::new();
    assert_eq!(camera.contact(true), HWL_OK);
    let verified = Box::into_raw(Box::new(0));
    let root = Signer::Root.public().bytes;
    let config = hwl_trust_config { verify: Some(counting), verify_ctx: verified.cast(), ..support::config(&root) };
    // SAFETY: all are alive, the counter until the end of the test.
    unsafe {
        assert_eq!(hwl_trust_init(&raw mut *camera.trust, &config), HWL_OK);
        camera.ask();
        assert_eq!(camera.take(&release::answer(Part::Manifest)), Ok((HWL_FETCHED_MANIFEST, 0)));
        // Those of the licence desk, which the client holds, and of the release desk, and the manifest.
        assert_eq!(*verified, 3);
        camera.ask();
        assert_eq!(camera.take(&release::answer(Part::Chunk(0))), Ok((HWL_FETCHED_CHUNK, 0)));
        assert_eq!(*verified, 3);
        drop(Box::from_raw(verified));
    }
}

/// The power fails in each change of the slot for the image in turn, and in each of the record's.
#[test]
fn power_cuts_cost_time_and_nothing_else() {
    for is_record in [false, true] {
        let mut cuts = 0;
        for step in 0..400 {
            let mut camera = Camera::new();
            assert_eq!(camera.contact(true), HWL_OK);
            let fails_after = if is_record { &mut camera.flash.fails_after } else { &mut camera.partition.fails_after };
            *fails_after = Some(step);
            camera.fetch();
            let is_over = camera.facts().progress == HWL_UPDATE_READY;
            (camera.flash.fails_after, camera.partition.fails_after) = (None, None);
            assert_eq!(camera.restart(), HWL_OK);
            // One that failed must be told before it is begun again.
            assert_eq!(camera.contact(true), HWL_OK);
            assert_eq!(camera.contact(true), HWL_OK);
            camera.fetch();
            let (status, handover) = camera.hand_over();
            assert_eq!((status, grant(&handover)), (HWL_OK, HWL_CLEARED), "step {step}");
            assert!(camera.partition.bytes.starts_with(&release::image()));
            assert_eq!(camera.start_with_update(), HWL_OK);
            assert_eq!(camera.facts().progress, HWL_UPDATE_INSTALLED);
            if is_over {
                break;
            }
            cuts += 1;
        }
        assert!((5..399).contains(&cuts), "{cuts} power cuts");
    }
}

#[test]
fn a_handover_that_is_not_made_grants_nothing() {
    let mut camera = Camera::new();
    let (status, handover) = camera.hand_over();
    assert_eq!((status, grant(&handover)), (HWL_E_NOT_READY, HWL_REFUSED));
    assert_eq!(camera.contact(true), HWL_OK);
    camera.fetch();
    // It goes below the security version that runs meanwhile.
    camera.product.security_version = 9;
    let (status, handover) = camera.hand_over();
    assert_eq!((status, grant(&handover)), (HWL_E_UPDATE_BELOW_FLOOR, HWL_REFUSED));
    let good = cleared();
    assert_eq!(grant(&good), HWL_CLEARED);
    for bit in 0..32 {
        assert_eq!(grant(&hwl_handover { clearance: good.clearance ^ 1 << bit, ..good }), HWL_REFUSED);
        assert_eq!(grant(&hwl_handover { clearance_inverse: good.clearance_inverse ^ 1 << bit, ..good }), HWL_REFUSED);
    }
    assert_eq!(grant(&hwl_handover { struct_size: 12, ..good }), HWL_REFUSED);
    assert_eq!(grant(&zeroed()), HWL_REFUSED);
}

/// What is wrong about how an update begins.
type Mistake = fn(&mut Camera, &mut hwlicense_ffi::image::hwl_image, &mut hwl_update_config);

#[test]
fn a_beginning_that_makes_no_sense_is_refused() {
    let cases: [(Mistake, i32); 14] = [
        (|_, image, _| image.block_bytes = 0, HWL_E_VALUE),
        (|_, image, _| image.block_bytes = 3, HWL_E_VALUE),
        (|_, image, _| image.reserved = 1, HWL_E_VALUE),
        (|_, image, _| image.erase = None, HWL_E_NULL),
        (|_, image, _| image.write = None, HWL_E_NULL),
        (|_, image, _| image.read = None, HWL_E_NULL),
        (|_, _, config| config.abi_version += 1, HWL_E_ABI),
        (|_, _, config| config.server_count = 256, HWL_E_VALUE),
        (|_, _, config| config.restart = 2, HWL_E_VALUE),
        (|_, _, config| config.struct_size = 8, HWL_E_SIZE),
        (|camera, _, _| camera.product.model = zeroed(), HWL_E_VALUE),
        (|camera, _, _| camera.product.brand = text(&[b'x'; 33]), HWL_E_TEXT_TOO_LONG),
        (|camera, _, _| camera.product.version_patch = 65_536, HWL_E_VALUE),
        (|camera, _, _| camera.product.reserved = 1, HWL_E_VALUE),
    ];
    for (at, (wrong, expected)) in cases.into_iter().enumerate() {
        let mut camera = Camera::new();
        let (storage, mut image, mut config) = (camera.flash.storage(), camera.partition.image(), update::config());
        wrong(&mut camera, &mut image, &mut config);
        let mut due = 0;
        // SAFETY: all are alive.
        unsafe {
            let found = hwl_update_init(&raw mut *camera.update, &storage, &image, &config, &camera.product);
            assert_eq!(found, expected, "case {at}");
            assert_eq!(hwl_update_poll_timeout(&raw const *camera.update, &raw mut due), HWL_E_STATE);
        }
    }
    // Nothing can be read, and what runs cannot be saved.
    for step in 0..6 {
        let mut camera = Camera::new();
        camera.product.security_version = 5;
        camera.flash.fails_after = Some(step);
        let (mut due, status) = (0, camera.restart());
        assert_eq!(status, HWL_E_STORAGE, "step {step}");
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_update_poll_timeout(&raw const *camera.update, &raw mut due) }, HWL_E_STATE);
    }
    // A slot of which every byte can be written again needs neither an erase nor a flush.
    let mut camera = Camera::new();
    let (storage, mut image) = (camera.flash.storage(), camera.partition.image());
    (image.block_bytes, image.erase, image.flush) = (1, None, None);
    // SAFETY: all are alive.
    unsafe {
        let begun = hwl_update_init(&raw mut *camera.update, &storage, &image, &update::config(), &camera.product);
        assert_eq!(begun, HWL_OK);
    }
    // A request takes no more than what runs takes.
    camera.device.plain.running = camera.told.as_ptr();
    camera.device.plain.running_length = HWL_RUNNING_BYTES_MAX + 1;
    let (mut frame, mut length, mut server) = ([0; 16], 0, 0);
    // SAFETY: the length is refused before anything is read.
    let status = unsafe {
        let (client, device) = (&raw mut *camera.client, &raw const camera.device.plain);
        let (at, out) = (frame.as_mut_ptr(), &raw mut length);
        hwl_client_poll_transmit(client, 0, [9; 32].as_ptr(), device, at, 16, out, &raw mut server)
    };
    assert_eq!(status, HWL_E_VALUE);
}

#[test]
fn an_update_knows_where_it_was_made_and_ends_wiped() {
    let mut camera = Camera::new();
    let mut copy: Box<hwl_update> = Box::new(zeroed());
    assert!(hwl_update_size() == size_of::<hwl_update>());
    // SAFETY: all are alive.
    unsafe {
        assert_eq!(hwl_update_handle_timeout(&raw mut *copy, 0), HWL_E_STATE);
        core::ptr::copy_nonoverlapping(&raw const *camera.update, &raw mut *copy, 1);
        assert_eq!(hwl_update_handle_timeout(&raw mut *copy, 0), HWL_E_STATE);
        assert_eq!(hwl_update_set_servers(&raw mut *camera.update, 256, 0), HWL_E_VALUE);
        assert_eq!(hwl_update_set_servers(&raw mut *camera.update, 2, 0), HWL_OK);
        assert_eq!(hwl_update_deinit(&raw mut *camera.update), HWL_OK);
        assert_eq!(hwl_update_handle_timeout(&raw mut *camera.update, 0), HWL_E_STATE);
    }
    assert!(camera.update.opaque.iter().all(|word| *word == 0));
}

#[test]
fn outputs_overlap_nothing() {
    let mut camera = Camera::new();
    let update = &raw mut *camera.update;
    let inside = update.cast::<u8>();
    let mut length = 0;
    let mut frame = [0u64; 64];
    let at = frame.as_mut_ptr().cast::<u8>();
    // SAFETY: every range is alive; what overlaps is noticed before anything is touched.
    unsafe {
        let product = &raw const camera.product;
        let status = hwl_update_write_running(update, product, inside, &raw mut length);
        assert_eq!(status, HWL_E_OVERLAP);
        let over = camera.product.model.bytes.cast_mut();
        assert_eq!(hwl_update_write_running(update, product, over, &raw mut length), HWL_E_OVERLAP);
        assert_eq!(hwl_update_poll_timeout(update, inside.cast()), HWL_E_OVERLAP);
        assert_eq!(hwl_update_standing(update, update.cast()), HWL_E_SIZE);
        assert_eq!(hwl_update_frame_head(at, at.cast()), HWL_E_OVERLAP);
        let client = &raw const *camera.client;
        assert_eq!(hwl_update_handle_reply(update, 0, client, inside, 8), HWL_E_OVERLAP);
        let mut server = 0;
        let (length, server) = (&raw mut length, &raw mut server);
        assert_eq!(hwl_update_poll_transmit(update, 0, product, inside, 160, length, server), HWL_E_OVERLAP);
        assert_eq!(hwl_update_poll_transmit(update, 0, product, over, 160, length, server), HWL_E_OVERLAP);
        assert_eq!(hwl_update_poll_transmit(update, 0, product, at, 512, at.cast(), server), HWL_E_OVERLAP);
        let out = (&raw mut camera.product).cast::<hwl_handover>();
        let trust = &raw const *camera.trust;
        assert_eq!(hwl_update_hand_over(update, 0, trust, client, product, out), HWL_E_OVERLAP);
        let mut fetched = hwl_fetched { struct_size: support::size::<hwl_fetched>(), ..zeroed() };
        let body = (&raw mut fetched).cast::<u8>();
        let out = &raw mut fetched;
        assert_eq!(hwl_update_handle_input(update, 0, body, 4, trust, client, product, out), HWL_E_OVERLAP);
        assert_eq!(hwl_update_handle_input(update, 0, inside, 4, trust, client, product, out), HWL_E_OVERLAP);
    }
}

#[test]
fn frames_of_updates_are_told_from_those_of_licences() {
    let mut length = 0;
    // SAFETY: both are alive.
    let mut head = |head: [u8; 5]| unsafe { (hwl_update_frame_head(head.as_ptr(), &raw mut length), length) };
    assert_eq!(head(write_any_head(Purpose::Updates, 300).unwrap()), (HWL_OK, 300));
    assert_eq!(head(write_any_head(Purpose::Licensing, 300).unwrap()).0, HWL_E_FRAME_VERSION);
    assert_eq!(head(*b"HTTP/").0, HWL_E_NOT_THIS_PROTOCOL);
    assert_eq!(head([0, 0, 0, 1, 2]).0, HWL_E_FRAME_SIZE);
}

#[test]
fn progress_has_words() {
    // SAFETY: every text is static and terminated.
    let read = |text| unsafe { CStr::from_ptr(text) }.to_str().unwrap();
    let names: Vec<&str> = (0..7).map(|number| read(hwl_update_progress_name(number))).collect();
    assert_eq!(names, ["none", "downloading", "ready", "handed-over", "installed", "failed", "unknown"]);
    assert!((0..6).all(|number| read(hwl_update_progress_text(number)).ends_with('.')));
}
