//! Requests out, answers in.

use hwlicense::primary::Outcome as Decision;
use hwlicense::primary::client::{Answered, Random};
use hwlicense::primary::frame::{BODY_BYTES_MAX, FRAME_HEAD_BYTES, PORT, read_head};
use hwlicense::signed::BUNDLE_BYTES_MAX;

use super::device::{self, hwl_client_device};
use super::hwl_client;
use crate::guard::guard;
use crate::opaque::{self, Object, guard_object};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_OK, Outcome, hwl_status};
use crate::text::c_text;
use crate::trust::{Believed, hwl_trust};
use crate::types::{HWL_LOG_INFO, HWL_LOG_WARNING};

/// The TCP port of a Primary Server. It must be the same on both sides.
pub const HWL_PORT: u16 = 16770;
/// Bytes before the body of a frame: `hwl_frame_head` reads them.
pub const HWL_FRAME_HEAD_BYTES: usize = 5;
/// Largest body of a frame in bytes.
pub const HWL_FRAME_BODY_BYTES_MAX: usize = 65535;
/// Largest answer of a Primary Server in bytes: one whose frame says more need not be read. One that
/// this device could keep has under 8 KiB.
pub const HWL_ANSWER_BYTES_MAX: usize = 16388;
/// A buffer of this size takes the request of a device that holds one lease.
pub const HWL_REQUEST_BYTES: usize = 4096;
/// Bytes that nobody can guess, fresh for each request.
pub const HWL_RANDOM_BYTES: usize = 32;

const _: () = assert!(
    HWL_PORT == PORT
        && HWL_FRAME_HEAD_BYTES == FRAME_HEAD_BYTES
        && HWL_FRAME_BODY_BYTES_MAX == BODY_BYTES_MAX
        // The kind, the length of the bundle in three bytes at most, and the bundle.
        && HWL_ANSWER_BYTES_MAX == 1 + 3 + BUNDLE_BYTES_MAX
        && HWL_RANDOM_BYTES == size_of::<Random>()
);

/// The answer: the client has a licence, which travelled with it.
pub const HWL_ANSWER_LICENSED: u32 = 1;
/// The answer: nobody assigned a licence to the client yet.
pub const HWL_ANSWER_WAITING: u32 = 2;
/// The answer: there is none; the number is that of a refusal.
pub const HWL_ANSWER_REFUSED: u32 = 3;
/// The answer: what was to be deactivated is.
pub const HWL_ANSWER_DEACTIVATED: u32 = 4;
/// The answer: the server has too much to do, and the next contact is delayed.
pub const HWL_ANSWER_BUSY: u32 = 5;
/// The answer: the server does not understand this client; the number is the negative of a status,
/// and `hwl_client_handle_failure` was done already.
pub const HWL_ANSWER_NOT_UNDERSTOOD: u32 = 6;

/// What an answer was. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_answer {
    /// sizeof(hwl_answer); set it before the call.
    pub struct_size: u32,
    /// One of the HWL_ANSWER_ numbers.
    pub kind: u32,
    /// The refusal, which `hwl_refusal_text` puts in words, or the negative of a status; else 0.
    pub number: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: u32s.
unsafe impl Plain for hwl_answer {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_answer {
    const BYTES_MIN: usize = 8;
}

impl From<Answered> for hwl_answer {
    fn from(answered: Answered) -> Self {
        let (kind, number) = match answered {
            Answered::Reply(Decision::Licensed) => (HWL_ANSWER_LICENSED, 0),
            Answered::Reply(Decision::Waiting) => (HWL_ANSWER_WAITING, 0),
            Answered::Reply(Decision::Refused(number)) => (HWL_ANSWER_REFUSED, number),
            Answered::Reply(Decision::Deactivated) => (HWL_ANSWER_DEACTIVATED, 0),
            Answered::Busy => (HWL_ANSWER_BUSY, 0),
            Answered::NotUnderstood(number) => (HWL_ANSWER_NOT_UNDERSTOOD, number),
        };
        Self { struct_size: 0, kind, number: number.into(), reserved: 0 }
    }
}

/// The request that is due, as a whole frame for a connection to a server, if one is.
///
/// `*out_length` becomes its length, 0 if none is due; `*out_server` which server of the list it is
/// for, the first being 0. The buffer need not be larger than HWL_REQUEST_BYTES for a device that
/// holds one lease. After a failure its contents mean nothing, and the contact counts as failed.
///
/// # Errors
/// HWL_E_NO_HWID for a machine without one (`hwl_identity_hwid` says why), HWL_E_STORAGE, HWL_E_NO_ROOM
/// when the buffer is too small, HWL_E_TEXT_TOO_LONG, HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED,
/// HWL_E_NOT_AN_ENROLLMENT for one that is too long, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
/// - `random`: HWL_RANDOM_BYTES are readable. They are fresh, and nobody can guess them.
/// - `device`: readable, with all that it points to.
/// - `frame`: `capacity` bytes are writable.
/// - `out_length`, `out_server`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 2880 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_poll_transmit(
    client: *mut hwl_client,
    uptime_s: u64,
    random: *const u8,
    device: *const hwl_client_device,
    frame: *mut u8,
    capacity: usize,
    out_length: *mut usize,
    out_server: *mut u32,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| {
        ptr::check_one(out_server)?;
        let server = Range::of(out_server, 1);
        // SAFETY: the caller's word on each.
        let lent = unsafe { Lent::new(object, random, device, (frame, capacity), out_length) }?;
        ptr::disjoint(server, &[lent.buffer, lent.length, object.range(), Range::of(random, HWL_RANDOM_BYTES)])?;
        lent.described.is_apart_from(server)?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let client = unsafe { object.get_mut() }?;
        // SAFETY: the caller's word on `frame`, which overlaps nothing.
        let frame = unsafe { ptr::bytes_mut(frame, capacity) }?;
        let transmit = client.poll_transmit(uptime_s, lent.random, &lent.described.device, frame)?;
        let (length, which) = transmit.map_or((0, 0), |transmit| (transmit.frame.len(), transmit.server));
        // SAFETY: the caller's word on `out_length` and `out_server`.
        unsafe {
            ptr::write(out_length, length)?;
            ptr::write(out_server, which.into())
        }
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// A request to be carried to the server as a file, for a site without a network: the body of a
/// frame. Its answer is taken by `hwl_client_handle_input`, also after a restart.
///
/// `*out_length` becomes its length. After a failure the contents of the buffer mean nothing.
///
/// # Errors
/// Those of `hwl_client_poll_transmit`.
///
/// # Safety
/// - `client`: begun.
/// - `random`: HWL_RANDOM_BYTES are readable. They are fresh, and nobody can guess them.
/// - `device`: readable, with all that it points to.
/// - `buffer`: `capacity` bytes are writable.
/// - `out_length`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 3440 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_write_carried(
    client: *mut hwl_client,
    uptime_s: u64,
    random: *const u8,
    device: *const hwl_client_device,
    buffer: *mut u8,
    capacity: usize,
    out_length: *mut usize,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| {
        // SAFETY: the caller's word on each.
        let lent = unsafe { Lent::new(object, random, device, (buffer, capacity), out_length) }?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let client = unsafe { object.get_mut() }?;
        // SAFETY: the caller's word on `buffer`, which overlaps nothing.
        let buffer = unsafe { ptr::bytes_mut(buffer, capacity) }?;
        let length = client.write_carried(uptime_s, lent.random, &lent.described.device, buffer)?.len();
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, length) }
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// What the two functions that write requests are lent; no output shares a byte with anything else.
struct Lent<'a> {
    random: &'a Random,
    described: device::Described<'a>,
    buffer: Range,
    length: Range,
}

impl Lent<'_> {
    /// # Safety
    /// If the checks pass, all are readable or writable as the functions say, and inputs stay
    /// unchanged meanwhile.
    #[inline(never)]
    unsafe fn new(
        object: &Object<hwl_client>,
        random: *const u8,
        device: *const hwl_client_device,
        (buffer, capacity): (*mut u8, usize),
        out_length: *mut usize,
    ) -> Result<Self, Failure> {
        ptr::check_one(out_length)?;
        ptr::check_buffer(buffer, capacity)?;
        let lent = Self {
            // SAFETY: as this function's own contract.
            random: unsafe { ptr::array(random) }?,
            // SAFETY: as this function's own contract.
            described: unsafe { device::read(device) }?,
            buffer: Range::of(buffer, capacity),
            length: Range::of(out_length, 1),
        };
        let random = Range::of(random, HWL_RANDOM_BYTES);
        ptr::disjoint(lent.buffer, &[lent.length, object.range(), random])?;
        ptr::disjoint(lent.length, &[object.range(), random])?;
        ptr::disjoint(object.range(), &[random])?;
        for output in [lent.buffer, lent.length, object.range()] {
            lent.described.is_apart_from(output)?;
        }
        Ok(lent)
    }
}

/// How many bytes follow the first HWL_FRAME_HEAD_BYTES of what a server sends: the body, which
/// `hwl_client_handle_input` takes.
///
/// # Errors
/// HWL_E_NOT_THIS_PROTOCOL, HWL_E_FRAME_SIZE and HWL_E_FRAME_VERSION, before a single byte of the body
/// needs room; and those of a wrong call.
///
/// # Safety
/// - `head`: HWL_FRAME_HEAD_BYTES are readable.
/// - `out_length`: writable.
///
/// Any thread. Interrupt: yes. Stack: 56 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_frame_head(head: *const u8, out_length: *mut usize) -> hwl_status {
    guard(|| {
        ptr::check_one(out_length)?;
        ptr::disjoint(Range::of(out_length, 1), &[Range::of(head, HWL_FRAME_HEAD_BYTES)])?;
        // SAFETY: the caller's word on `head`.
        let length = read_head(*unsafe { ptr::array(head) }?)?;
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, length) }
    })
}

/// Takes the body of the frame that a server answered with, or of one that was carried here. What it
/// says counts only after it was saved.
///
/// After a failure the state is as before; call `hwl_client_handle_failure` then, unless the answer
/// was carried here.
///
/// # Errors
/// HWL_E_MALFORMED_MESSAGE when it is no answer, HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL when
/// something in it is not believed, HWL_E_NOT_ASKED to HWL_E_NO_HWID when it is not what was asked
/// for, HWL_E_STORAGE, HWL_E_NO_ROOM, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
/// - `body`: `length` bytes are readable.
/// - `trust`: initialised with the vendor's roots, and not changed meanwhile.
/// - `device`: readable, with all that it points to.
/// - `out`: writable, with its struct_size set.
///
/// One thread at a time per object. Interrupt: no. Stack: 9224 bytes and that of the verifier or of the
/// storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_handle_input(
    client: *mut hwl_client,
    uptime_s: u64,
    body: *const u8,
    length: usize,
    trust: *const hwl_trust,
    device: *const hwl_client_device,
    out: *mut hwl_answer,
) -> hwl_status {
    let call = |object: &Object<hwl_client>| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        let inputs = [Range::of(body, length), Range::of(trust, 1)];
        ptr::disjoint(out.range(), &[object.range()])?;
        ptr::disjoint(out.range(), &inputs)?;
        ptr::disjoint(object.range(), &inputs)?;
        // SAFETY: the caller's word on `device`.
        let described = unsafe { device::read(device) }?;
        described.is_apart_from(out.range())?;
        described.is_apart_from(object.range())?;
        // SAFETY: the caller's word on `body`.
        let body = unsafe { ptr::bytes(body, length) }?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let client = unsafe { object.get_mut() }?;
        let answered = client.handle_input(uptime_s, body, &believed.trust, &described.device).map_err(Failure::from);
        out.write(&hwl_answer::from(logged(believed, answered)?));
        Ok(())
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, call) }
}

/// Says what became of something that was taken in.
fn logged<T>(believed: &Believed, outcome: Result<T, Failure>) -> Result<T, Failure> {
    match &outcome {
        Ok(_) => believed.log.send(HWL_LOG_INFO, HWL_OK, c_text!("client: answer taken")),
        Err(failure) => believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("client: answer refused")),
    }
    outcome
}

/// Takes a correction of the floor of trusted time, that a root signed for this machine: one
/// envelope, in binary form.
///
/// # Errors
/// HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL when it is not believed, HWL_E_REPLY_OTHER_HWID,
/// HWL_E_OLD_CORRECTION, HWL_E_STORAGE, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
/// - `envelope`: `length` bytes are readable.
/// - `trust`: initialised with the vendor's roots, and not changed meanwhile.
/// - `device`: readable, with all that it points to.
///
/// One thread at a time per object. Interrupt: no. Stack: 2256 bytes and that of the verifier or of the
/// storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_handle_correction(
    client: *mut hwl_client,
    uptime_s: u64,
    envelope: *const u8,
    length: usize,
    trust: *const hwl_trust,
    device: *const hwl_client_device,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| -> Outcome {
        ptr::disjoint(object.range(), &[Range::of(envelope, length), Range::of(trust, 1)])?;
        // SAFETY: the caller's word on `device`.
        let described = unsafe { device::read(device) }?;
        described.is_apart_from(object.range())?;
        // SAFETY: the caller's word on `envelope`.
        let envelope = unsafe { ptr::bytes(envelope, length) }?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let client = unsafe { object.get_mut() }?;
        let corrected = client.handle_correction(uptime_s, envelope, &believed.trust, &described.device);
        logged(believed, corrected.map_err(Failure::from))
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}
