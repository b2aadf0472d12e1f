//! The client of a Primary Server through the C functions, with storage of arbitrary contents and
//! answers of which bytes were changed: no crash, nothing changed by an answer that was refused,
//! nothing granted that a restart forgets.
//!
//! The verifier accepts everything, and digests are put right, so that what comes after them is
//! reached.

#![no_main]

#[path = "../c_source.rs"]
mod c_source;

use core::ffi::c_void;
use core::ptr::null_mut;

use hwlicense::license::LicenseKey;
use hwlicense::primary::{Answer, enclosed_digest, request_digest};
use hwlicense::signed::{Bundle, Kind};
use hwlicense_ffi::check::{HWL_GRANTED, hwl_report, hwl_report_grant};
use hwlicense_ffi::client::device::hwl_client_device;
use hwlicense_ffi::client::exchange::*;
use hwlicense_ffi::client::rights::*;
use hwlicense_ffi::client::storage::hwl_storage;
use hwlicense_ffi::client::*;
use hwlicense_ffi::identity::{hwl_identity, hwl_identity_from_hwid};
use hwlicense_ffi::status::{HWL_E_PANIC, HWL_OK};
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::types::{hwl_hwid, hwl_text};
use hwlicense_ffi::version::HWL_ABI_VERSION;
use libfuzzer_sys::fuzz_target;

use c_source::{ROOT, Source, accepting, plain};

const REQUEST: &[u8] = include_bytes!("../../../fixture/src/exchange-1-request.bin");
const ANSWER: &[u8] = include_bytes!("../../../fixture/src/exchange-1-answer.bin");
const CORRECTION: &[u8] = include_bytes!("../../../fixture/src/correction.hwl");
/// The machine of the fixture, and when everything in it was signed.
const HWID: [u8; 16] = [0x4b, 0x92, 0x9d, 0xc1, 0x70, 0x0b, 0xed, 0x72, 0xc6, 0x65, 0x78, 0xbf, 0x5c, 0x3a, 0x1d, 0xa8];
const ISSUED: u64 = 1_780_272_000;

/// Two slots, and how many more calls succeed.
struct Flash {
    slots: [[u8; 8192]; 2],
    good_for: u32,
}

impl Flash {
    fn step(&mut self) -> i32 {
        self.good_for = self.good_for.saturating_sub(1);
        if self.good_for == 0 { -1 } else { 0 }
    }
}

unsafe extern "C" fn read(ctx: *mut c_void, slot: u32, offset: u32, bytes: *mut u8, length: u32) -> i32 {
    // SAFETY: the context is a flash that is alive, and so many bytes are writable.
    unsafe {
        let flash = &mut *ctx.cast::<Flash>();
        let from = &flash.slots[slot as usize][offset as usize..][..length as usize];
        core::ptr::copy_nonoverlapping(from.as_ptr(), bytes, from.len());
        flash.step()
    }
}

unsafe extern "C" fn erase(ctx: *mut c_void, slot: u32) -> i32 {
    // SAFETY: the context is a flash that is alive.
    let flash = unsafe { &mut *ctx.cast::<Flash>() };
    flash.slots[slot as usize].fill(0xff);
    flash.step()
}

unsafe extern "C" fn write(ctx: *mut c_void, slot: u32, offset: u32, bytes: *const u8) -> i32 {
    // SAFETY: the context is a flash that is alive, and the library lends 64 bytes.
    unsafe {
        let flash = &mut *ctx.cast::<Flash>();
        let into = &mut flash.slots[slot as usize][offset as usize..][..64];
        core::ptr::copy_nonoverlapping(bytes, into.as_mut_ptr(), 64);
        flash.step()
    }
}

/// CRC-32 (ISO-HDLC), bit by bit.
fn crc(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
}

/// A slot whose check holds, whatever the record is.
fn put_record(slot: &mut [u8; 8192], record: &[u8]) {
    let (sequence, length) = (1u32.to_le_bytes(), u32::try_from(record.len()).unwrap_or(0).to_le_bytes());
    let check = crc(sequence.into_iter().chain(length).chain(record.iter().copied())).to_le_bytes();
    let head = b"HWLS\x01\0\0\0".iter().copied().chain(sequence).chain(length).chain(check);
    slot.iter_mut().zip(head).for_each(|(to, from)| *to = from);
    slot[64..][..record.len()].copy_from_slice(record);
}

/// Replaces bytes wherever they stand.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    for at in 0..bytes.len().saturating_sub(old.len()) {
        if &bytes[at..at + old.len()] == old {
            bytes[at..at + new.len()].copy_from_slice(new);
        }
    }
}

/// Digests of what travels with a reply.
fn enclosed(body: &[u8]) -> Vec<[u8; 16]> {
    let Ok(Answer::Reply(bundle)) = Answer::parse(body) else { return Vec::new() };
    let Ok(bundle) = Bundle::parse(bundle) else { return Vec::new() };
    let others = bundle.envelopes().filter(|envelope| envelope.header().kind != Kind::Reply);
    others.map(|envelope| enclosed_digest(&envelope)).collect()
}

/// The recorded answer with some bytes changed, as an answer to this request.
fn answer_to(source: &mut Source<'_>, request: &[u8]) -> Vec<u8> {
    let mut body = ANSWER.to_vec();
    for _ in 0..source.byte() % 6 {
        let at = usize::from(u16::from_le_bytes(source.number())) % body.len();
        body[at] = source.byte();
    }
    replace(&mut body, &request_digest(&REQUEST[HWL_FRAME_HEAD_BYTES..]), &request_digest(request));
    for (old, new) in enclosed(ANSWER).iter().zip(enclosed(&body)) {
        replace(&mut body, old, &new);
    }
    body
}

/// The client, and what it is given in each call.
struct Camera {
    client: Box<hwl_client>,
    flash: Box<Flash>,
    trust: Box<hwl_trust>,
    identity: Box<hwl_identity>,
    device: hwl_client_device,
    uptime_s: u64,
    request: Vec<u8>,
}

impl Camera {
    fn new(source: &mut Source<'_>) -> Option<Self> {
        let mut config: hwl_trust_config = plain(&mut Source(&[]));
        config.abi_version = HWL_ABI_VERSION;
        config.roots = ROOT.as_ptr();
        config.root_count = 1;
        config.verify = Some(accepting);
        let text = |text: &'static [u8]| hwl_text { bytes: text.as_ptr(), length: text.len() as u32, state: 2 };
        let mut camera = Self {
            client: Box::new(hwl_client { opaque: [0; _] }),
            flash: Box::new(Flash { slots: [[0xff; 8192]; 2], good_for: u32::MAX }),
            trust: Box::new(hwl_trust { opaque: [0; _] }),
            identity: Box::new(hwl_identity { opaque: [0; _] }),
            device: hwl_client_device {
                class_number: 6,
                count: 4,
                wall_state: u32::from(source.byte() & 1) * 2,
                brand: text(b"northgate"),
                name: source.text(),
                ..plain(&mut Source(&[]))
            },
            uptime_s: 0,
            request: Vec::new(),
        };
        if camera.device.wall_state != 0 {
            camera.device.wall_unix_s = ISSUED + u64::from(source.word());
        }
        let record = source.bytes();
        if !record.is_empty() {
            put_record(&mut camera.flash.slots[usize::from(source.byte() & 1)], record);
        }
        // SAFETY: all are alive, and stay where they are.
        unsafe {
            assert_eq!(hwl_trust_init(&raw mut *camera.trust, &raw const config), HWL_OK);
            let hwid = hwl_hwid { scheme: 3, bytes: HWID };
            assert_eq!(hwl_identity_from_hwid(&raw mut *camera.identity, &raw const hwid, 4), HWL_OK);
        }
        camera.device.identity = &raw const *camera.identity;
        (camera.restart() == HWL_OK).then_some(camera)
    }

    fn restart(&mut self) -> i32 {
        let storage = hwl_storage {
            struct_size: size_of::<hwl_storage>() as u32,
            reserved: 0,
            ctx: (&raw mut *self.flash).cast(),
            read: Some(read),
            erase: Some(erase),
            write: Some(write),
        };
        let config = hwl_client_config {
            struct_size: size_of::<hwl_client_config>() as u32,
            abi_version: HWL_ABI_VERSION,
            built_unix_s: ISSUED,
            seed: 7,
            uptime_s: self.uptime_s,
            server_count: 2,
            reserved: 0,
        };
        // SAFETY: all are alive; the flash stays where it is.
        unsafe { hwl_client_init(&raw mut *self.client, &raw const storage, &raw const config) }
    }

    /// Whether it may record.
    fn is_granted(&mut self) -> bool {
        let mut report: hwl_report = plain(&mut Source(&[]));
        let mut channels = 0;
        // SAFETY: all are alive.
        unsafe {
            let status = hwl_client_check(
                &raw mut *self.client,
                self.uptime_s,
                &raw const *self.trust,
                &raw const self.device,
                null_mut(),
                None,
                &raw mut report,
                &raw mut channels,
            );
            assert_ne!(status, HWL_E_PANIC);
            let is_granted = hwl_report_grant(&raw const report) == HWL_GRANTED;
            assert!(status == HWL_OK || !is_granted);
            is_granted
        }
    }

    fn facts(&self) -> [u64; 5] {
        let mut facts: hwl_client_facts = plain(&mut Source(&[]));
        // SAFETY: both are alive.
        let status = unsafe { hwl_client_standing(&raw const *self.client, self.uptime_s, &raw mut facts) };
        assert_eq!(status, HWL_OK);
        let hwl_client_facts { refusal, last_contact_state, last_contact_unix_s, floor_unix_s, .. } = facts;
        [refusal.into(), last_contact_state.into(), last_contact_unix_s, floor_unix_s, 0]
    }

    fn ask(&mut self, source: &mut Source<'_>) {
        let mut frame = [0; 4096];
        let capacity = if source.byte() < 240 { frame.len() } else { usize::from(source.byte()) };
        let (mut length, mut server, random) = (0, 0, [source.byte(); 32]);
        let (client, device) = (&raw mut *self.client, &raw const self.device);
        let is_carried = source.byte() < 32;
        // SAFETY: all are alive, and the buffer has the length that is said with it.
        let status = unsafe {
            let (at, out) = (frame.as_mut_ptr(), &raw mut length);
            if is_carried {
                hwl_client_write_carried(client, self.uptime_s, random.as_ptr(), device, at, capacity, out)
            } else {
                let which = &raw mut server;
                hwl_client_poll_transmit(client, self.uptime_s, random.as_ptr(), device, at, capacity, out, which)
            }
        };
        assert_ne!(status, HWL_E_PANIC);
        if status == HWL_OK && length > 0 {
            let head = if is_carried { 0 } else { HWL_FRAME_HEAD_BYTES };
            self.request = frame[head..length].to_vec();
        }
    }

    fn take(&mut self, source: &mut Source<'_>) {
        let body = if source.byte() < 16 { source.bytes().to_vec() } else { answer_to(source, &self.request) };
        let (before, mut answer) = (self.facts(), plain::<hwl_answer>(&mut Source(&[])));
        // SAFETY: all are alive.
        let status = unsafe {
            let (client, device, trust) = (&raw mut *self.client, &raw const self.device, &raw const *self.trust);
            hwl_client_handle_input(client, self.uptime_s, body.as_ptr(), body.len(), trust, device, &raw mut answer)
        };
        assert_ne!(status, HWL_E_PANIC);
        assert!(status == HWL_OK || self.facts() == before, "an answer that was refused changed something");
        // A clock of its own may say something else before a server has told the time again.
        if answer.kind == HWL_ANSWER_LICENSED && self.device.wall_state == 0 && self.is_granted() {
            self.flash.good_for = u32::MAX;
            assert_eq!(self.restart(), HWL_OK);
            assert!(self.is_granted(), "a restart forgot what was granted");
        }
    }

    fn step(&mut self, source: &mut Source<'_>) {
        let client = &raw mut *self.client;
        let mut due = 0;
        // SAFETY: all are alive.
        let status = unsafe {
            match source.byte() % 10 {
                0 => {
                    assert_eq!(hwl_client_poll_timeout(client, &raw mut due), HWL_OK);
                    self.uptime_s = self.uptime_s.max(due);
                    hwl_client_handle_timeout(client, self.uptime_s)
                }
                1 => {
                    // Half a year at most: no device is up for longer than its floor of time is high.
                    self.uptime_s = self.uptime_s.saturating_add((source.word() >> 8).into());
                    hwl_client_handle_timeout(client, self.uptime_s)
                }
                2 => hwl_client_handle_failure(client, self.uptime_s),
                3 => hwl_client_set_servers(client, source.choice(3), self.uptime_s),
                4 => {
                    let key = LicenseKey::from_random(*b"0123456789").text();
                    hwl_client_give_up(client, self.uptime_s, key.as_ptr(), key.len())
                }
                5 => {
                    let (trust, device) = (&raw const *self.trust, &raw const self.device);
                    let (at, length) = (CORRECTION.as_ptr(), CORRECTION.len());
                    hwl_client_handle_correction(client, self.uptime_s, at, length, trust, device)
                }
                6 => {
                    self.flash.good_for = source.word() % 64 + 1;
                    HWL_OK
                }
                7 => {
                    self.flash.good_for = u32::MAX;
                    self.is_granted();
                    self.restart()
                }
                8 => {
                    self.ask(source);
                    HWL_OK
                }
                _ => {
                    self.take(source);
                    HWL_OK
                }
            }
        };
        assert_ne!(status, HWL_E_PANIC);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut source = Source(bytes);
    let Some(mut camera) = Camera::new(&mut source) else { return };
    for _ in 0..24 {
        if source.0.is_empty() {
            break;
        }
        camera.step(&mut source);
    }
});
