//! Software updates: the core's downloader in memory of the caller's, beside the client.
//!
//! | Module | Exports |
//! |---|---|
//! | this one | the object, its beginning and end, its clock, and what it tells and hears of the client's server |
//! | `image`, `product` | what it is given: the slot for the image, and what the device is and runs |
//! | `fetch` | parts asked for, and taken |
//! | `handover` | the image for the vendor's updater, and what is known of an update |

use hwlicense::update::Running;
use hwlicense::update::client::{Downloader, Restart, Start, UPDATE_SLOT_BYTES};

use crate::client::hwl_client;
use crate::client::storage::{Slots, hwl_storage};
use crate::guard::guard;
use crate::image::{Inactive, hwl_image};
use crate::opaque::{self, Object, Storage, fits, guard_object};
use crate::product::{self, HWL_RUNNING_BYTES_MAX, hwl_product};
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_ABI, HWL_E_VALUE, Outcome, hwl_status};
use crate::version::HWL_ABI_VERSION;

/// Bytes that each of the two slots of an update has. They are not those of the client.
pub const HWL_UPDATE_SLOT_BYTES: u32 = 512;

const _: () = assert!(HWL_UPDATE_SLOT_BYTES == UPDATE_SLOT_BYTES);

/// What started: the device. It runs what was handed over, or it will not.
pub const HWL_RESTART_DEVICE: u32 = 0;
/// What started: only the program that fetches updates. The device may still start with what was handed
/// over.
pub const HWL_RESTART_PROGRAM: u32 = 1;

/// Words of a hwl_update.
pub const HWL_UPDATE_WORDS: usize = 544;

/// A software update that is fetched from the Primary Servers of a client. Opaque memory of the caller:
/// any contents before `hwl_update_init`, not to be moved or copied until `hwl_update_deinit`, which wipes
/// it.
///
/// It keeps the callbacks of its storage and its image with their contexts, and nothing else of the
/// caller's.
#[repr(C)]
#[derive(Debug)]
pub struct hwl_update {
    /// Private.
    pub opaque: [u64; HWL_UPDATE_WORDS],
}

// SAFETY: an array of u64 in which it fits, as asserted below; the word is no other's.
unsafe impl Storage for hwl_update {
    type Value = Downloader<Slots, Inactive>;
    const MAGIC: u32 = 0x2b2b_2b2b;
}

const _: () = assert!(fits::<hwl_update>());

/// How updates begin. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_update_config {
    /// sizeof(hwl_update_config).
    pub struct_size: u32,
    /// HWL_ABI_VERSION.
    pub abi_version: u32,
    /// A number that differs from device to device, so that they do not all ask in the same second.
    pub seed: u64,
    /// How many servers there are, at most 255: those of the client.
    pub server_count: u32,
    /// HWL_RESTART_DEVICE or HWL_RESTART_PROGRAM.
    pub restart: u32,
}

// SAFETY: integers in an order without padding.
unsafe impl Plain for hwl_update_config {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_update_config {
    const BYTES_MIN: usize = 24;
}

/// sizeof(hwl_update) as the library sees it, for languages without the header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_update_size() -> usize {
    size_of::<hwl_update>()
}

/// Begins with what the storage holds, and finds out what became of an update that was handed over.
///
/// What runs raises the floor of the security version at once, and counts as installed if it is what was
/// handed over. A device that goes back by itself from software that fails calls this when the software
/// has proved good. After a failure the object is empty.
///
/// # Errors
/// HWL_E_STORAGE when neither slot can be read, or what became of the update could not be saved;
/// HWL_E_ABI when the program was compiled for another ABI, HWL_E_VALUE for more than 255 servers, a block
/// size that is no power of two, or a product without brand, component and model; HWL_E_TEXT_TOO_LONG,
/// HWL_E_NO_HWID, HWL_E_STATE for an identity that is none, and those of a wrong call.
///
/// # Safety
/// - `update`: writable.
/// - `storage`: readable; its callbacks and their context stay good until the update is ended. Its slots
///   have HWL_UPDATE_SLOT_BYTES.
/// - `image`: readable; its callbacks and their context stay good until the update is ended.
/// - `config`: readable.
/// - `product`: readable, with all that it points to.
///
/// One thread at a time per object. Interrupt: no. Stack: 2048 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_init(
    update: *mut hwl_update,
    storage: *const hwl_storage,
    image: *const hwl_image,
    config: *const hwl_update_config,
    product: *const hwl_product,
) -> hwl_status {
    let body = |object: &Object<hwl_update>| {
        object.begin(&[Range::of(storage, 1), Range::of(image, 1), Range::of(config, 1), Range::of(product, 1)])?;
        // SAFETY: the caller's word on `storage`.
        let slots = unsafe { Slots::read(storage) }?;
        // SAFETY: the caller's word on `image`.
        let inactive = unsafe { Inactive::read(image) }?;
        // SAFETY: the caller's word on `product`.
        let described = unsafe { product::read(product) }?;
        described.is_apart_from(object.range())?;
        let mut copy: hwl_update_config = ptr::zeroed();
        // SAFETY: the caller's word on `config`.
        unsafe { ptr::input(config, &mut copy) }?;
        if copy.abi_version != HWL_ABI_VERSION {
            return Err(Failure::of(HWL_E_ABI));
        }
        let restart = match copy.restart {
            HWL_RESTART_DEVICE => Restart::Device,
            HWL_RESTART_PROGRAM => Restart::Program,
            _ => return Err(Failure::of(HWL_E_VALUE)),
        };
        let servers = server_count(copy.server_count)?;
        // It is large, so it is made where it stays and begins there.
        object.fill(Downloader::new(slots, inactive));
        let start = Start { running: &described.running, restart, seed: copy.seed, servers };
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        let started = unsafe { object.get_mut() }?.start(start);
        if started.is_err() {
            object.clear();
        }
        Ok(started?)
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

fn server_count(count: u32) -> Result<u8, Failure> {
    u8::try_from(count).map_err(|_| Failure::of(HWL_E_VALUE))
}

/// What the next request of the client says: what runs, and what became of the last update. It goes into
/// `running` of the hwl_client_device, and stays there until the answer was given to
/// `hwl_update_handle_reply`.
///
/// After a failure the contents of the buffer mean nothing.
///
/// # Errors
/// HWL_E_VALUE for a product without brand, component and model, or with one that cannot be printed;
/// HWL_E_TEXT_TOO_LONG, HWL_E_NO_HWID, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun, and not changed meanwhile.
/// - `product`: readable, with all that it points to.
/// - `out`: HWL_RUNNING_BYTES_MAX bytes are writable.
/// - `out_length`: writable.
///
/// Any thread. Interrupt: no. Stack: 736 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_write_running(
    update: *const hwl_update,
    product: *const hwl_product,
    out: *mut u8,
    out_length: *mut usize,
) -> hwl_status {
    guard(|| {
        ptr::check_one(out_length)?;
        let (bytes, length) = (Range::of(out, HWL_RUNNING_BYTES_MAX), Range::of(out_length, 1));
        ptr::disjoint(bytes, &[length, Range::of(update, 1)])?;
        ptr::disjoint(length, &[Range::of(update, 1)])?;
        // SAFETY: the caller's word on `product`.
        let described = unsafe { product::read(product) }?;
        described.is_apart_from(bytes)?;
        described.is_apart_from(length)?;
        // SAFETY: the caller's word on `update`.
        let report = unsafe { opaque::get(update) }?.report();
        // SAFETY: the caller's word on `out`, which overlaps nothing.
        let buffer = unsafe { ptr::bytes_mut(out, HWL_RUNNING_BYTES_MAX) }?;
        let buffer = buffer.first_chunk_mut().ok_or(Failure::of(HWL_E_VALUE))?;
        let running = Running { report, ..described.running };
        let written = running.write(buffer).map_err(|_| Failure::of(HWL_E_VALUE))?.len();
        // SAFETY: the caller's word on `out_length`.
        unsafe { ptr::write(out_length, written) }
    })
}

/// The client took a reply: begins what it offers, and goes on with what it offered before. An offer that
/// is taken back ends a download; what is stored serves when it comes again.
///
/// Call it after each `hwl_client_handle_input` that gave a reply: HWL_ANSWER_LICENSED to
/// HWL_ANSWER_DEACTIVATED. `told` is what the request carried, as `hwl_update_write_running` wrote it.
///
/// # Errors
/// HWL_E_STORAGE when it could not be saved that the server was told: it will be told once more.
/// HWL_E_VALUE when `told` is something else, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
/// - `client`: begun, and not changed meanwhile.
/// - `told`: `told_length` bytes are readable.
///
/// One thread at a time per object. Interrupt: no. Stack: 952 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_handle_reply(
    update: *mut hwl_update,
    uptime_s: u64,
    client: *const hwl_client,
    told: *const u8,
    told_length: usize,
) -> hwl_status {
    let body = |object: &Object<hwl_update>| -> Outcome {
        ptr::disjoint(object.range(), &[Range::of(client, 1), Range::of(told, told_length)])?;
        // SAFETY: the caller's word on `told`.
        let reported = match unsafe { ptr::bytes(told, told_length) }? {
            [] => None,
            told => Running::parse(told).ok_or(Failure::of(HWL_E_VALUE))?.report,
        };
        // SAFETY: the caller's word on `client`.
        let offer = unsafe { opaque::get(client) }?.offer();
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        Ok(unsafe { object.get_mut() }?.handle_reply(uptime_s, offer, reported)?)
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// The uptime at which `hwl_update_handle_timeout` is due; 0 when it is due now or a request is ready, and
/// UINT64_MAX when nothing is to be done before the next reply.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun, and not changed meanwhile.
/// - `out_uptime_s`: writable.
///
/// Any thread. Interrupt: yes. Stack: 64 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_poll_timeout(update: *const hwl_update, out_uptime_s: *mut u64) -> hwl_status {
    guard(|| {
        ptr::disjoint(Range::of(out_uptime_s, 1), &[Range::of(update, 1)])?;
        // SAFETY: the caller's word on `update`.
        let due = unsafe { opaque::get(update) }?.poll_timeout();
        // SAFETY: the caller's word on `out_uptime_s`.
        unsafe { ptr::write(out_uptime_s, due.unwrap_or(0)) }
    })
}

/// Does what the time asks for: gives a server up that does not answer, and reads up to 16,384 bytes of a
/// whole image back. Called too early it does nothing.
///
/// # Errors
/// HWL_E_STORAGE when the attempt failed, and that could not be saved; it counts nevertheless, up to the
/// next start. HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
///
/// One thread at a time per object. Interrupt: no. Stack: 2120 bytes and that of the storage or of the
/// image.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_handle_timeout(update: *mut hwl_update, uptime_s: u64) -> hwl_status {
    // SAFETY: the caller's word on `update`, which nobody else uses during the call.
    let body = |object: &Object<hwl_update>| Ok(unsafe { object.get_mut() }?.handle_timeout(uptime_s)?);
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// The server that was asked cannot be reached, closed the connection, or sent what
/// `hwl_update_handle_input` did not take. The next of the list is asked; while no answer is awaited
/// nothing is done.
///
/// # Errors
/// HWL_E_STORAGE when the attempt failed, and that could not be saved; it counts nevertheless, up to the
/// next start. HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
///
/// One thread at a time per object. Interrupt: no. Stack: 200 bytes and that of the storage.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_update_handle_failure(update: *mut hwl_update, uptime_s: u64) -> hwl_status {
    // SAFETY: the caller's word on `update`, which nobody else uses during the call.
    let body = |object: &Object<hwl_update>| Ok(unsafe { object.get_mut() }?.handle_failure(uptime_s)?);
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// The servers of the client changed: the part that is under way is asked for anew.
///
/// # Errors
/// HWL_E_VALUE for more than 255 servers, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
///
/// One thread at a time per object. Interrupt: yes. Stack: 56 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_set_servers(
    update: *mut hwl_update,
    server_count: u32,
    uptime_s: u64,
) -> hwl_status {
    let body = |object: &Object<hwl_update>| -> Outcome {
        let count = self::server_count(server_count)?;
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        unsafe { object.get_mut() }?.set_servers(count, uptime_s);
        Ok(())
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// Ends an update: wipes the whole object. What it saved stays in its storage, and what is stored of the
/// image in its slot. One that was never begun is wiped as well.
///
/// # Errors
/// Those of a wrong call.
///
/// # Safety
/// - `update`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_update_deinit(update: *mut hwl_update) -> hwl_status {
    // SAFETY: the caller's word on `update`.
    unsafe { opaque::end(update) }
}
