//! The parts of an update: requests out, answers in.

use hwlicense::primary::FrameError;
use hwlicense::primary::client::Client;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head};
use hwlicense::signed::Trust;
use hwlicense::update::client::{Answered, MANIFEST_BUNDLE_BYTES_MAX};
use hwlicense::update::{CHUNK_ANSWER_OVERHEAD_MAX, CHUNK_BYTES_MAX, Fetched};

use crate::client::exchange::HWL_FRAME_HEAD_BYTES;
use crate::client::hwl_client;
use crate::client::storage::Slots;
use crate::guard::guard;
use crate::opaque::{self, Object, guard_object};
use crate::product::{self, hwl_product};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_NO_ROOM, HWL_OK, hwl_status};
use crate::text::c_text;
use crate::trust::{Believed, Callback, hwl_trust};
use crate::types::{HWL_LOG_INFO, HWL_LOG_WARNING};
use crate::update::hwl_update;

/// A buffer of this size takes every request for a part.
pub const HWL_UPDATE_REQUEST_BYTES: usize = 160;
/// Largest chunk that a vendor may choose, in bytes.
pub const HWL_CHUNK_BYTES_MAX: u32 = 32768;
/// Most bytes that an answer with a chunk has beside the chunk.
pub const HWL_CHUNK_OVERHEAD_BYTES: usize = 716;
/// Most bytes of an answer with a manifest. A device whose vendor signs chunks of N bytes needs room for
/// the larger of this and N + HWL_CHUNK_OVERHEAD_BYTES.
pub const HWL_MANIFEST_ANSWER_BYTES_MAX: usize = 3075;

const _: () = assert!(
    HWL_FRAME_HEAD_BYTES == FRAME_HEAD_BYTES
        && HWL_CHUNK_BYTES_MAX == CHUNK_BYTES_MAX
        && HWL_CHUNK_OVERHEAD_BYTES == CHUNK_ANSWER_OVERHEAD_MAX
        // The kind, the length of the bundle in two bytes, and the bundle.
        && HWL_MANIFEST_ANSWER_BYTES_MAX == 1 + 2 + MANIFEST_BUNDLE_BYTES_MAX
);

/// The answer: the manifest, which is believed and suits this device.
pub const HWL_FETCHED_MANIFEST: u32 = 1;
/// The answer: a chunk, which is verified and stored.
pub const HWL_FETCHED_CHUNK: u32 = 2;
/// The answer: the server has too much to do, and the next part is asked for later.
pub const HWL_FETCHED_BUSY: u32 = 3;
/// The answer: the server does not give it; the number is the negative of a status, and
/// `hwl_update_handle_failure` was done already.
pub const HWL_FETCHED_REFUSED: u32 = 4;

/// What an answer with a part was. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_fetched {
    /// sizeof(hwl_fetched); set it before the call.
    pub struct_size: u32,
    /// One of the HWL_FETCHED_ numbers.
    pub kind: u32,
    /// The negative of a status, if the server refused; else 0.
    pub number: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: u32s.
unsafe impl Plain for hwl_fetched {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_fetched {
    const BYTES_MIN: usize = 8;
}

impl From<Answered> for hwl_fetched {
    fn from(answered: Answered) -> Self {
        let (kind, number) = match answered {
            Answered::Manifest => (HWL_FETCHED_MANIFEST, 0),
            Answered::Chunk => (HWL_FETCHED_CHUNK, 0),
            Answered::Busy => (HWL_FETCHED_BUSY, 0),
            Answered::Refused(number) => (HWL_FETCHED_REFUSED, number),
        };
        Self { struct_size: 0, kind, number: number.into(), reserved: 0 }
    }
}

/// The request for the next part, as a whole frame for a connection to a server, if one is due.
///
/// `*out_length` becomes its length, 0 if none is due; `*out_server` which server of the list it is for,
/// the first being 0. A connection may be kept from one part to the next.
///
/// # Errors
/// HWL_E_NO_ROOM when the buffer is smaller than HWL_UPDATE_REQUEST_BYTES, those that `hwl_update_init`
/// names for a product, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
/// - `product`: readable, with all that it points to.
/// - `frame`: `capacity` bytes are writable.
/// - `out_length`, `out_server`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 808 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_poll_transmit(
    update: *mut hwl_update,
    uptime_s: u64,
    product: *const hwl_product,
    frame: *mut u8,
    capacity: usize,
    out_length: *mut usize,
    out_server: *mut u32,
) -> hwl_status {
    let body = |object: &Object<hwl_update>| {
        ptr::check_one(out_length)?;
        ptr::check_one(out_server)?;
        ptr::check_buffer(frame, capacity)?;
        let (buffer, length, server) = (Range::of(frame, capacity), Range::of(out_length, 1), Range::of(out_server, 1));
        ptr::disjoint(buffer, &[length, server, object.range()])?;
        ptr::disjoint(length, &[server, object.range()])?;
        ptr::disjoint(server, &[object.range()])?;
        // SAFETY: the caller's word on `product`.
        let described = unsafe { product::read(product) }?;
        for output in [buffer, length, server, object.range()] {
            described.is_apart_from(output)?;
        }
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        let update = unsafe { object.get_mut() }?;
        // SAFETY: the caller's word on `frame`, which overlaps nothing.
        let frame = unsafe { ptr::bytes_mut(frame, capacity) }?;
        let transmit = update.poll_transmit(uptime_s, described.hwid, frame).map_err(|_| Failure::of(HWL_E_NO_ROOM))?;
        let (length, which) = transmit.map_or((0, 0), |transmit| (transmit.frame.len(), transmit.server));
        // SAFETY: the caller's word on `out_length` and `out_server`.
        unsafe {
            ptr::write(out_length, length)?;
            ptr::write(out_server, which.into())
        }
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// How many bytes follow the first HWL_FRAME_HEAD_BYTES of what a server sends to a request for a part:
/// the body, which `hwl_update_handle_input` takes. It is `hwl_frame_head` for the frames of updates.
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
pub unsafe extern "C" fn hwl_update_frame_head(head: *const u8, out_length: *mut usize) -> hwl_status {
    guard(|| {
        ptr::check_one(out_length)?;
        ptr::disjoint(Range::of(out_length, 1), &[Range::of(head, HWL_FRAME_HEAD_BYTES)])?;
        // SAFETY: the caller's word on `head`.
        let (Purpose::Updates, length) = read_any_head(*unsafe { ptr::array(head) }?)? else {
            return Err(FrameError::UnsupportedVersion.into());
        };
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, length) }
    })
}

/// Whom a part is judged with. A manifest is believed by its signers, so what the client holds counts. A
/// chunk is judged by its manifest alone, and the signatures of all that the client holds would be verified
/// in vain for each.
#[inline(never)]
fn trust_for<'t>(body: &[u8], believed: &'t Believed, client: &'t Client<Slots>) -> Trust<'t, &'t Callback> {
    match Fetched::parse(body) {
        Ok(Fetched::Manifest(_)) => client.trust(&believed.trust),
        _ => believed.trust.branch(),
    }
}

/// Takes the body of the frame that a server answered a request for a part with. A manifest is believed
/// before anything is written into the image, and each chunk is verified before a byte of it is.
///
/// After a failure call `hwl_update_handle_failure`.
///
/// # Errors
/// HWL_E_NOT_ASKED when nothing was asked or something else, HWL_E_MALFORMED_MESSAGE when it is no answer,
/// HWL_E_MALFORMED to HWL_E_LAST_ROOT when the manifest is not believed, HWL_E_UPDATE_OTHER_BRAND to
/// HWL_E_UPDATE_STORAGE when the update is not made or the server gave something wrong, HWL_E_STORAGE when
/// progress could not be saved, those that `hwl_update_init` names for a product, HWL_E_STATE, and those of
/// a wrong call.
///
/// # Safety
/// - `update`: begun.
/// - `body`: `length` bytes are readable.
/// - `trust`: initialised with the vendor's roots, and not changed meanwhile.
/// - `client`: begun, and not changed meanwhile. What it holds certifies and revokes besides, and it knows
///   a time that has passed.
/// - `product`: readable, with all that it points to.
/// - `out`: writable, with its struct_size set.
///
/// One thread at a time per object. Interrupt: no. Stack: 4384 bytes and that of the verifier, of the
/// storage or of the image.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_handle_input(
    update: *mut hwl_update,
    uptime_s: u64,
    body: *const u8,
    length: usize,
    trust: *const hwl_trust,
    client: *const hwl_client,
    product: *const hwl_product,
    out: *mut hwl_fetched,
) -> hwl_status {
    let call = |object: &Object<hwl_update>| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        let inputs = [Range::of(body, length), Range::of(trust, 1), Range::of(client, 1)];
        ptr::disjoint(out.range(), &[object.range()])?;
        ptr::disjoint(out.range(), &inputs)?;
        ptr::disjoint(object.range(), &inputs)?;
        // SAFETY: the caller's word on `product`.
        let described = unsafe { product::read(product) }?;
        described.is_apart_from(out.range())?;
        described.is_apart_from(object.range())?;
        // SAFETY: the caller's word on `body`.
        let body = unsafe { ptr::bytes(body, length) }?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `client`.
        let client = unsafe { opaque::get(client) }?;
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        let update = unsafe { object.get_mut() }?;
        let device = described.device(client, uptime_s);
        let taken = update.handle_input(uptime_s, body, &trust_for(body, believed, client), &device);
        match taken.map_err(Failure::from) {
            Ok(answered) => {
                believed.log.send(HWL_LOG_INFO, HWL_OK, c_text!("update: part taken"));
                out.write(&hwl_fetched::from(answered));
                Ok(())
            }
            Err(failure) => {
                believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("update: part refused"));
                Err(failure)
            }
        }
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, call) }
}
