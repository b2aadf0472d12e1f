//! A software update through the C functions, with a slot and a record that fail, products of any kind, and
//! parts of which bytes were changed: no crash, and whatever is cleared for the vendor's updater is the
//! image that the vendor signed.
//!
//! The verifier accepts everything, so that what comes after it is reached.

#![no_main]

#[path = "../c_source.rs"]
mod c_source;

use core::ffi::c_void;

use hwlicense::update::{Fetch, Fetched, Part};
use hwlicense_ffi::check::HWL_REFUSED;
use hwlicense_ffi::client::device::hwl_client_device;
use hwlicense_ffi::client::exchange::*;
use hwlicense_ffi::client::storage::hwl_storage;
use hwlicense_ffi::client::*;
use hwlicense_ffi::fetch::*;
use hwlicense_ffi::handover::*;
use hwlicense_ffi::identity::{hwl_identity, hwl_identity_from_hwid};
use hwlicense_ffi::image::hwl_image;
use hwlicense_ffi::product::{HWL_RUNNING_BYTES_MAX, hwl_product};
use hwlicense_ffi::status::{HWL_E_PANIC, HWL_OK};
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::types::{hwl_hwid, hwl_text};
use hwlicense_ffi::update::*;
use hwlicense_ffi::version::HWL_ABI_VERSION;
use libfuzzer_sys::fuzz_target;

use c_source::{ROOT, Source, accepting, plain};

const ANSWER: &[u8] = include_bytes!("../../../fixture/src/update-answer.bin");
const MANIFEST: &[u8] = include_bytes!("../../../fixture/src/update-manifest.bin");
const CHUNKS: [&[u8]; 3] = [
    include_bytes!("../../../fixture/src/update-chunk-0.bin"),
    include_bytes!("../../../fixture/src/update-chunk-1.bin"),
    include_bytes!("../../../fixture/src/update-chunk-2.bin"),
];
/// The machine of the fixture, and when everything in it was signed.
const HWID: [u8; 16] = [0x4b, 0x92, 0x9d, 0xc1, 0x70, 0x0b, 0xed, 0x72, 0xc6, 0x65, 0x78, 0xbf, 0x5c, 0x3a, 0x1d, 0xa8];
const ISSUED: u64 = 1_780_272_000;
/// What its HWID rests on, as the recorded request says.
const EVIDENCE: u32 = 0x5f;
/// Bytes of the slots of the client; those of the update are shorter.
const SLOT: usize = 8_192;

/// Flash, and how many more changes succeed.
struct Flash {
    slots: [[u8; SLOT]; 2],
    image: [u8; 4_096],
    good_for: u32,
}

impl Flash {
    fn new() -> Box<Self> {
        Box::new(Self { slots: [[0xff; SLOT]; 2], image: [0xff; 4_096], good_for: u32::MAX })
    }

    fn step(&mut self) -> i32 {
        self.good_for = self.good_for.saturating_sub(1);
        if self.good_for == 0 { -1 } else { 0 }
    }

    fn storage(&mut self) -> hwl_storage {
        hwl_storage {
            struct_size: size_of::<hwl_storage>() as u32,
            reserved: 0,
            ctx: (&raw mut *self).cast(),
            read: Some(read),
            erase: Some(erase),
            write: Some(write),
        }
    }

    fn image(&mut self, block_bytes: u32) -> hwl_image {
        hwl_image {
            struct_size: size_of::<hwl_image>() as u32,
            reserved: 0,
            size_bytes: 4_096,
            block_bytes,
            ctx: (&raw mut *self).cast(),
            read: Some(read_image),
            erase: Some(erase_image),
            write: Some(write_image),
            flush: None,
        }
    }
}

/// The flash that is the context of a callback.
unsafe fn flash<'a>(ctx: *mut c_void) -> &'a mut Flash {
    // SAFETY: `storage` and `image` made the context of a flash that is alive.
    unsafe { &mut *ctx.cast() }
}

unsafe extern "C" fn read(ctx: *mut c_void, slot: u32, offset: u32, bytes: *mut u8, length: u32) -> i32 {
    // SAFETY: as `flash`, and so many bytes are writable.
    unsafe {
        let from = &flash(ctx).slots[slot as usize][offset as usize..][..length as usize];
        core::ptr::copy_nonoverlapping(from.as_ptr(), bytes, from.len());
    }
    0
}

unsafe extern "C" fn erase(ctx: *mut c_void, slot: u32) -> i32 {
    // SAFETY: as `flash`.
    let flash = unsafe { flash(ctx) };
    flash.slots[slot as usize].fill(0xff);
    flash.step()
}

unsafe extern "C" fn write(ctx: *mut c_void, slot: u32, offset: u32, bytes: *const u8) -> i32 {
    // SAFETY: as `flash`, and the library lends 64 bytes.
    unsafe {
        let into = &mut flash(ctx).slots[slot as usize][offset as usize..][..64];
        core::ptr::copy_nonoverlapping(bytes, into.as_mut_ptr(), 64);
        flash(ctx).step()
    }
}

unsafe extern "C" fn read_image(ctx: *mut c_void, offset: u32, bytes: *mut u8, length: u32) -> i32 {
    // SAFETY: as `flash`, and so many bytes are writable.
    unsafe {
        let from = &flash(ctx).image[offset as usize..][..length as usize];
        core::ptr::copy_nonoverlapping(from.as_ptr(), bytes, from.len());
    }
    0
}

unsafe extern "C" fn erase_image(ctx: *mut c_void, offset: u32) -> i32 {
    // SAFETY: as `flash`.
    let flash = unsafe { flash(ctx) };
    flash.image[offset as usize..][..512].fill(0xff);
    flash.step()
}

unsafe extern "C" fn write_image(ctx: *mut c_void, offset: u32, bytes: *const u8, length: u32) -> i32 {
    // SAFETY: as `flash`, and the library lends so many bytes.
    unsafe {
        let into = &mut flash(ctx).image[offset as usize..][..length as usize];
        core::ptr::copy_nonoverlapping(bytes, into.as_mut_ptr(), into.len());
        flash(ctx).step()
    }
}

/// The image that the vendor signed.
fn image() -> Vec<u8> {
    let chunk = |body| match Fetched::parse(body) {
        Ok(Fetched::Chunk { bytes, .. }) => bytes,
        other => panic!("{other:?}"),
    };
    CHUNKS.map(chunk).concat()
}

fn text(text: &'static [u8]) -> hwl_text {
    hwl_text { bytes: text.as_ptr(), length: text.len() as u32, state: 2 }
}

/// A device that was offered the update, and what it is given in each call.
struct Camera {
    client: Box<hwl_client>,
    update: Box<hwl_update>,
    flash: Box<Flash>,
    trust: Box<hwl_trust>,
    _identity: Box<hwl_identity>,
    product: hwl_product,
    told: Vec<u8>,
    asked: Option<Part>,
    uptime_s: u64,
}

impl Camera {
    fn new() -> Self {
        let mut config: hwl_trust_config = plain(&mut Source(&[]));
        config.abi_version = HWL_ABI_VERSION;
        config.roots = ROOT.as_ptr();
        config.root_count = 1;
        config.verify = Some(accepting);
        let mut identity = Box::new(hwl_identity { opaque: [0; _] });
        let hwid = hwl_hwid { scheme: 3, bytes: HWID };
        let mut camera = Self {
            client: Box::new(hwl_client { opaque: [0; _] }),
            update: Box::new(hwl_update { opaque: [0; _] }),
            flash: Flash::new(),
            trust: Box::new(hwl_trust { opaque: [0; _] }),
            product: hwl_product {
                hardware: 3,
                version_major: 4,
                version_minor: 2,
                version_build: 1_337,
                security_version: 2,
                identity: &raw const *identity,
                brand: text(b"northgate"),
                component: text(b"firmware"),
                model: text(b"NG-210"),
                ..plain(&mut Source(&[]))
            },
            told: Vec::new(),
            asked: None,
            uptime_s: 0,
            _identity: {
                // SAFETY: both are alive, and the identity stays where it is.
                let status = unsafe { hwl_identity_from_hwid(&raw mut *identity, &raw const hwid, EVIDENCE) };
                assert_eq!(status, HWL_OK);
                identity
            },
        };
        // SAFETY: both are alive.
        assert_eq!(unsafe { hwl_trust_init(&raw mut *camera.trust, &raw const config) }, HWL_OK);
        assert_eq!(camera.restart(512), HWL_OK);
        camera.contact();
        camera
    }

    fn restart(&mut self, block_bytes: u32) -> i32 {
        let config = hwl_update_config {
            struct_size: size_of::<hwl_update_config>() as u32,
            abi_version: HWL_ABI_VERSION,
            seed: 7,
            server_count: 2,
            restart: HWL_RESTART_DEVICE,
        };
        let (storage, image) = (self.flash.storage(), self.flash.image(block_bytes));
        let (update, product) = (&raw mut *self.update, &raw const self.product);
        self.asked = None;
        // SAFETY: all are alive; the flash stays where it is.
        unsafe { hwl_update_init(update, &raw const storage, &raw const image, &raw const config, product) }
    }

    fn say_what_runs(&mut self) -> i32 {
        let (mut bytes, mut length) = ([0; HWL_RUNNING_BYTES_MAX], 0);
        let (update, product) = (&raw const *self.update, &raw const self.product);
        // SAFETY: all are alive, and the buffer has the size that is asked for.
        let status = unsafe { hwl_update_write_running(update, product, bytes.as_mut_ptr(), &raw mut length) };
        self.told = bytes[..length].to_vec();
        status
    }

    fn handle_reply(&mut self, told: &[u8]) -> i32 {
        let (update, client) = (&raw mut *self.update, &raw const *self.client);
        // SAFETY: all are alive.
        unsafe { hwl_update_handle_reply(update, self.uptime_s, client, told.as_ptr(), told.len()) }
    }

    /// The recorded contact, in which the update is offered.
    fn contact(&mut self) {
        let mut kept = Flash::new();
        let config = hwl_client_config {
            struct_size: size_of::<hwl_client_config>() as u32,
            abi_version: HWL_ABI_VERSION,
            built_unix_s: ISSUED,
            seed: 7,
            uptime_s: 0,
            server_count: 1,
            reserved: 0,
        };
        assert_eq!(self.say_what_runs(), HWL_OK);
        let device = hwl_client_device {
            class_number: 6,
            count: 4,
            identity: self.product.identity,
            brand: text(b"northgate"),
            name: text(b"quay 7"),
            software: text(b"4.2 (1337)"),
            running: self.told.as_ptr(),
            running_length: self.told.len(),
            ..plain(&mut Source(&[]))
        };
        let (mut frame, mut length, mut server, mut due) = ([0; 4_096], 0, 0, 0);
        let mut answer = plain::<hwl_answer>(&mut Source(&[]));
        let (client, device, storage) = (&raw mut *self.client, &raw const device, kept.storage());
        // SAFETY: all are alive; nothing is saved after this contact, so the flash may go.
        unsafe {
            assert_eq!(hwl_client_init(client, &raw const storage, &raw const config), HWL_OK);
            assert_eq!(hwl_client_poll_timeout(client, &raw mut due), HWL_OK);
            assert_eq!(hwl_client_handle_timeout(client, due), HWL_OK);
            let (at, out, which) = (frame.as_mut_ptr(), &raw mut length, &raw mut server);
            let asked = hwl_client_poll_transmit(client, due, [0xa3; 32].as_ptr(), device, at, 4_096, out, which);
            assert_eq!(asked, HWL_OK);
            let (body, trust) = (ANSWER.as_ptr(), &raw const *self.trust);
            let taken = hwl_client_handle_input(client, due, body, ANSWER.len(), trust, device, &raw mut answer);
            assert_eq!((taken, answer.kind), (HWL_OK, HWL_ANSWER_LICENSED));
        }
        self.uptime_s = due;
        assert_eq!(self.handle_reply(&self.told.clone()), HWL_OK);
    }

    fn ask(&mut self, source: &mut Source<'_>) -> i32 {
        let (mut frame, mut length, mut server) = ([0; HWL_UPDATE_REQUEST_BYTES], 0, 0);
        let capacity = if source.byte() < 240 { frame.len() } else { usize::from(source.byte()).min(160) };
        let (update, product) = (&raw mut *self.update, &raw const self.product);
        let (at, out, which) = (frame.as_mut_ptr(), &raw mut length, &raw mut server);
        // SAFETY: all are alive, and the buffer has the length that is said with it.
        let status = unsafe { hwl_update_poll_transmit(update, self.uptime_s, product, at, capacity, out, which) };
        if status == HWL_OK && length > 0 {
            self.asked = Some(Fetch::parse(&frame[HWL_FRAME_HEAD_BYTES..length]).expect("it is well formed").part);
        }
        status
    }

    /// What an honest server would answer, with some bytes changed; or any bytes.
    fn answer(&self, source: &mut Source<'_>) -> Vec<u8> {
        let good = match self.asked {
            Some(Part::Chunk(index)) => CHUNKS[index as usize],
            _ => MANIFEST,
        };
        if source.byte() < 16 {
            return source.bytes().to_vec();
        }
        let mut body = good.to_vec();
        for _ in 0..source.byte() % 4 {
            let at = usize::from(u16::from_le_bytes(source.number())) % body.len();
            body[at] = source.byte();
        }
        body
    }

    fn take(&mut self, source: &mut Source<'_>) -> i32 {
        let body = self.answer(source);
        let mut out = plain::<hwl_fetched>(&mut Source(&[]));
        let (trust, client) = (&raw const *self.trust, &raw const *self.client);
        let (update, product) = (&raw mut *self.update, &raw const self.product);
        // SAFETY: all are alive.
        let status = unsafe {
            let (at, length) = (body.as_ptr(), body.len());
            hwl_update_handle_input(update, self.uptime_s, at, length, trust, client, product, &raw mut out)
        };
        assert_eq!(out.kind != 0, status == HWL_OK, "what was not taken says what it was");
        status
    }

    fn hand_over(&mut self) -> i32 {
        let mut out = plain::<hwl_handover>(&mut Source(&[]));
        let (trust, client) = (&raw const *self.trust, &raw const *self.client);
        let (update, product) = (&raw mut *self.update, &raw const self.product);
        // SAFETY: all are alive.
        let (status, grant) = unsafe {
            let status = hwl_update_hand_over(update, self.uptime_s, trust, client, product, &raw mut out);
            (status, hwl_handover_grant(&raw const out))
        };
        assert_eq!(grant, if status == HWL_OK { HWL_CLEARED } else { HWL_REFUSED });
        if status == HWL_OK {
            assert!(self.flash.image.starts_with(&image()), "what is handed over is not the vendor's image");
        }
        status
    }

    fn step(&mut self, source: &mut Source<'_>) {
        let update = &raw mut *self.update;
        let mut due = 0;
        let mut facts = plain::<hwl_update_facts>(&mut Source(&[]));
        // SAFETY: all are alive.
        let status = unsafe {
            match source.byte() % 13 {
                0 => {
                    let status = hwl_update_poll_timeout(update, &raw mut due);
                    self.uptime_s = if due == u64::MAX { self.uptime_s } else { self.uptime_s.max(due) };
                    if status == HWL_OK { hwl_update_handle_timeout(update, self.uptime_s) } else { status }
                }
                1 => hwl_update_handle_failure(update, self.uptime_s),
                2 => hwl_update_set_servers(update, source.choice(3), self.uptime_s),
                3 => {
                    self.flash.good_for = source.word() % 64 + 1;
                    HWL_OK
                }
                4 => {
                    self.flash.good_for = u32::MAX;
                    self.restart(if source.byte() < 240 { 512 } else { source.word() })
                }
                5 => {
                    let told = if source.byte() < 32 { source.bytes().to_vec() } else { self.told.clone() };
                    self.handle_reply(&told)
                }
                6 => self.say_what_runs(),
                7 => {
                    self.product.model = if source.byte() < 128 { text(b"NG-210") } else { source.text() };
                    self.product.security_version = source.choice(4);
                    HWL_OK
                }
                8 => hwl_update_handle_refusal(update),
                9 => self.ask(source),
                10 => self.hand_over(),
                // An honest server, so that the end is reached.
                11 => {
                    self.ask(&mut Source(&[]));
                    self.take(&mut Source(&[16]));
                    hwl_update_handle_timeout(update, self.uptime_s)
                }
                _ => self.take(source),
            }
        };
        assert_ne!(status, HWL_E_PANIC);
        // SAFETY: both are alive.
        assert_ne!(unsafe { hwl_update_standing(update, &raw mut facts) }, HWL_E_PANIC);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut source = Source(bytes);
    let mut camera = Camera::new();
    for _ in 0..48 {
        if source.0.is_empty() {
            break;
        }
        camera.step(&mut source);
    }
});
