//! The client of a Primary Server: the core's state machine in memory of the caller's.
//!
//! | Module | Exports |
//! |---|---|
//! | this one | the object, its beginning and end, and its clock |
//! | `storage`, `device` | what it is given: two slots of flash, and what it says of the device |
//! | `exchange` | requests out, answers in |
//! | `rights` | what it holds: the check, and what is known of the client |
//! | `words` | its numbers in words |

pub mod device;
pub mod exchange;
pub mod rights;
pub mod storage;
pub mod words;

use hwlicense::primary::client::{Client, Start};
use hwlicense::time::UnixSeconds;

use crate::guard::guard;
use crate::opaque::{self, Object, Storage, fits, guard_object};
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_ABI, HWL_E_VALUE, Outcome, hwl_status};
use crate::version::HWL_ABI_VERSION;

use storage::{Slots, hwl_storage};

/// Words of a hwl_client.
pub const HWL_CLIENT_WORDS: usize = 2176;

/// A client of a Primary Server. Opaque memory of the caller: any contents before
/// `hwl_client_init`, not to be moved or copied until `hwl_client_deinit`, which wipes it.
///
/// It keeps the callbacks of its storage and their context, and nothing else of the caller's.
#[repr(C)]
#[derive(Debug)]
pub struct hwl_client {
    /// Private.
    pub opaque: [u64; HWL_CLIENT_WORDS],
}

// SAFETY: an array of u64 in which it fits, as asserted below; the word is no other's.
unsafe impl Storage for hwl_client {
    type Value = Client<Slots>;
    const MAGIC: u32 = 0x7e7e_7e7e;
}

const _: () = assert!(fits::<hwl_client>());

/// How a client begins. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_client_config {
    /// sizeof(hwl_client_config).
    pub struct_size: u32,
    /// HWL_ABI_VERSION.
    pub abi_version: u32,
    /// When the firmware was built, in seconds since 1970: no time before it has not passed.
    pub built_unix_s: u64,
    /// A number that differs from device to device, such as one made of the serial number, so that
    /// they do not all ask in the same second.
    pub seed: u64,
    /// Seconds since boot. They never go back.
    pub uptime_s: u64,
    /// How many servers there are, at most 255. They are asked in their order.
    pub server_count: u32,
    /// Must be zero.
    pub reserved: u32,
}

// SAFETY: integers in an order without padding.
unsafe impl Plain for hwl_client_config {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_client_config {
    const BYTES_MIN: usize = 40;
}

/// sizeof(hwl_client) as the library sees it, for languages without the header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_client_size() -> usize {
    size_of::<hwl_client>()
}

/// Begins a client with what its storage holds; with nothing, if it holds nothing that is whole.
/// After a failure the object is empty.
///
/// # Errors
/// HWL_E_STORAGE when neither slot can be read, HWL_E_ABI when the program was compiled for another
/// ABI, HWL_E_VALUE for more than 255 servers, and those of a wrong call.
///
/// # Safety
/// - `client`: writable.
/// - `storage`: readable; its callbacks and their context stay good until the client is ended.
/// - `config`: readable.
///
/// One thread at a time per object. Interrupt: no. Stack: 752 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_init(
    client: *mut hwl_client,
    storage: *const hwl_storage,
    config: *const hwl_client_config,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| {
        object.begin(&[Range::of(storage, 1), Range::of(config, 1)])?;
        // SAFETY: the caller's word on `storage`.
        let slots = unsafe { Slots::read(storage) }?;
        let mut copy: hwl_client_config = ptr::zeroed();
        // SAFETY: the caller's word on `config`.
        unsafe { ptr::input(config, &mut copy) }?;
        if copy.abi_version != HWL_ABI_VERSION {
            return Err(Failure::of(HWL_E_ABI));
        }
        if copy.reserved != 0 {
            return Err(Failure::of(HWL_E_VALUE));
        }
        let start = Start {
            built: UnixSeconds(copy.built_unix_s),
            seed: copy.seed,
            servers: server_count(copy.server_count)?,
            uptime_s: copy.uptime_s,
        };
        // It is large, so it is made where it stays and begins there.
        object.fill(Client::new(slots));
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let started = unsafe { object.get_mut() }?.start(start);
        if started.is_err() {
            object.clear();
        }
        started
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

fn server_count(count: u32) -> Result<u8, Failure> {
    u8::try_from(count).map_err(|_| Failure::of(HWL_E_VALUE))
}

/// The uptime at which `hwl_client_handle_timeout` is due; 0 when a request is ready now.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun, and not changed meanwhile.
/// - `out_uptime_s`: writable.
///
/// Any thread. Interrupt: yes. Stack: 56 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_poll_timeout(client: *const hwl_client, out_uptime_s: *mut u64) -> hwl_status {
    guard(|| {
        ptr::disjoint(Range::of(out_uptime_s, 1), &[Range::of(client, 1)])?;
        // SAFETY: the caller's word on `client`.
        let due = unsafe { opaque::get(client) }?.poll_timeout();
        // SAFETY: the caller's word on `out_uptime_s`.
        unsafe { ptr::write(out_uptime_s, due.unwrap_or(0)) }
    })
}

/// Does what the time asks for: begins a contact, gives a server up that does not answer, and
/// saves the floor of trusted time every hour. Called too early it does nothing.
///
/// # Errors
/// HWL_E_STORAGE when the floor could not be saved, which is tried again an hour later;
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
///
/// One thread at a time per object. Interrupt: no. Stack: 1720 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_handle_timeout(client: *mut hwl_client, uptime_s: u64) -> hwl_status {
    // SAFETY: the caller's word on `client`, which nobody else uses during the call.
    let body = |object: &Object<hwl_client>| Ok(unsafe { object.get_mut() }?.handle_timeout(uptime_s)?);
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// The server that was asked cannot be reached, closed the connection, or sent what
/// `hwl_client_handle_input` did not take. The next of the list is asked; while no answer is awaited
/// nothing is done.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
///
/// One thread at a time per object. Interrupt: yes. Stack: 168 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_client_handle_failure(client: *mut hwl_client, uptime_s: u64) -> hwl_status {
    let body = |object: &Object<hwl_client>| -> Outcome {
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        unsafe { object.get_mut() }?.handle_failure(uptime_s);
        Ok(())
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// The servers changed, or somebody asks for a contact: it begins at once.
///
/// # Errors
/// HWL_E_VALUE for more than 255 servers, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
///
/// One thread at a time per object. Interrupt: yes. Stack: 56 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_set_servers(
    client: *mut hwl_client,
    server_count: u32,
    uptime_s: u64,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| -> Outcome {
        let count = self::server_count(server_count)?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        unsafe { object.get_mut() }?.set_servers(count, uptime_s);
        Ok(())
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// Ends a client: wipes the whole object. What it saved stays in its storage. One that was never
/// begun is wiped as well.
///
/// # Errors
/// Those of a wrong call.
///
/// # Safety
/// - `client`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_client_deinit(client: *mut hwl_client) -> hwl_status {
    // SAFETY: the caller's word on `client`.
    unsafe { opaque::end(client) }
}
