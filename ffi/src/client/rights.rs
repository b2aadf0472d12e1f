//! What a client holds: the check of it, giving it up, and what is known of the client.

use core::ffi::c_void;

use hwlicense::license::Report;
use hwlicense::primary::client::Right;

use super::device::{self, hwl_client_device, license_key};
use super::hwl_client;
use crate::check::{hwl_report, not_checked};
use crate::guard::guard;
use crate::opaque::{self, Object, guard_object};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_STATE, HWL_OK, Outcome, hwl_status};
use crate::text::c_text;
use crate::trust::hwl_trust;
use crate::types::{HWL_ABSENT, HWL_KEY_TEXT_BYTES, HWL_LOG_INFO, HWL_READ};

/// The client never had a licence: it does not record, and asks every minute.
pub const HWL_CLIENT_UNLICENSED: u32 = 0;
/// The client has a licence, and asks every four hours.
pub const HWL_CLIENT_LICENSED: u32 = 1;
/// The client has a licence, and no server answers: it records, and asks every hour.
pub const HWL_CLIENT_CONTACT_LOST: u32 = 2;
/// The client was refused, or what it had has ended: it does not record, and asks every minute.
pub const HWL_CLIENT_REFUSED: u32 = 3;

/// One right that a client holds: a licence, or a lease. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_right {
    /// sizeof(hwl_right).
    pub struct_size: u32,
    /// Class; `hwl_class_name` names it.
    pub class_number: u32,
    /// Channels.
    pub count: u32,
    /// HWL_READ if it has an end, else HWL_ABSENT.
    pub until_state: u32,
    /// First second at which it is no longer good, in seconds since 1970.
    pub until_unix_s: u64,
    /// The licence key, as text with a terminator.
    pub key: [u8; 20],
    /// 0.
    pub reserved: u32,
    /// Whether it is good now, why, and what to do.
    pub report: hwl_report,
}

// SAFETY: integers, bytes and a struct of integers in an order without padding.
unsafe impl Plain for hwl_right {}

const _: () = assert!(HWL_KEY_TEXT_BYTES < 20);

/// Is shown each right that a client holds, one after the other. It must neither unwind nor longjmp,
/// nor call a function on the client, and the right is gone when it returns.
pub type hwl_right_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, right: *const hwl_right)>;

/// What is known of a client. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_client_facts {
    /// sizeof(hwl_client_facts); set it before the call.
    pub struct_size: u32,
    /// One of the HWL_CLIENT_ numbers, as far as the last check knows: `hwl_client_state_text`.
    pub state: u32,
    /// The last refusal, while it stands: `hwl_refusal_text` and `hwl_refusal_next_step`; else 0.
    pub refusal: u32,
    /// HWL_READ if a server ever answered, else HWL_ABSENT.
    pub last_contact_state: u32,
    /// When it did, by its clock, in seconds since 1970.
    pub last_contact_unix_s: u64,
    /// A time that has certainly passed, in seconds since 1970: for the context of other checks.
    pub floor_unix_s: u64,
}

// SAFETY: integers in an order without padding.
unsafe impl Plain for hwl_client_facts {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_client_facts {
    const BYTES_MIN: usize = 8;
}

/// The status of what was not believed.
fn cause_of(report: &Report) -> hwl_status {
    report.cause.map_or(HWL_OK, |error| Failure::from(error).status())
}

/// Whom the rights are shown to, and how many channels were good.
struct Visitor {
    call: hwl_right_fn,
    ctx: *mut c_void,
    channels: u32,
}

impl Visitor {
    #[inline(never)]
    fn visit(&mut self, right: &Right) {
        if right.report.verdict.grant().is_some() {
            self.channels = self.channels.saturating_add(right.count);
        }
        let Some(call) = self.call else { return };
        let size = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
        let mut shown = hwl_right {
            struct_size: size(size_of::<hwl_right>()),
            class_number: right.class.0.into(),
            count: right.count,
            until_state: if right.until.is_some() { HWL_READ } else { HWL_ABSENT },
            until_unix_s: right.until.unwrap_or_default().0,
            key: [0; 20],
            reserved: 0,
            report: hwl_report { struct_size: size(size_of::<hwl_report>()), ..ptr::zeroed() },
        };
        shown.report.put(&right.report, cause_of(&right.report));
        shown.key.iter_mut().zip(right.key.text()).for_each(|(slot, character)| *slot = character);
        // SAFETY: the caller of the check gave a function of this type that may be called with this
        // context; the right is alive meanwhile.
        unsafe { call(self.ctx, &raw const shown) };
    }
}

/// Judges every right that the client holds, from its signed bytes, at the time that is known. The
/// report is that on the best of them, and `*out_channels` the channels of all that are good.
///
/// HWL_OK says that the check was made, not that anything is good: that is `hwl_report_grant`, and
/// only after it the channels count. On any failure but those of the report's own pointer, the report
/// is made to refuse. Ask at the start, after each answer, and at least once an hour: leases end.
///
/// # Errors
/// HWL_E_STATE, those that `hwl_client_poll_transmit` names for a device, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
/// - `trust`: initialised with the vendor's roots, and not changed meanwhile.
/// - `device`: readable, with all that it points to.
/// - `visit`: NULL, or a function that may be called with `ctx`.
/// - `out`: writable, with its struct_size set.
/// - `out_channels`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 5288 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_check(
    client: *mut hwl_client,
    uptime_s: u64,
    trust: *const hwl_trust,
    device: *const hwl_client_device,
    ctx: *mut c_void,
    visit: hwl_right_fn,
    out: *mut hwl_report,
    out_channels: *mut u32,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[object.range(), Range::of(trust, 1), Range::of(device, 1)])?;
        out.report(&not_checked(), HWL_E_STATE);
        ptr::check_one(out_channels)?;
        let channels = Range::of(out_channels, 1);
        ptr::disjoint(channels, &[out.range(), object.range(), Range::of(trust, 1)])?;
        ptr::disjoint(object.range(), &[Range::of(trust, 1)])?;
        // SAFETY: the caller's word on `device`.
        let described = unsafe { device::read(device) }?;
        for output in [out.range(), channels, object.range()] {
            described.is_apart_from(output)?;
        }
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        let client = unsafe { object.get_mut() }?;
        let mut visitor = Visitor { call: visit, ctx, channels: 0 };
        let report = client.check(uptime_s, &believed.trust, &described.device, |right| visitor.visit(right));
        believed.log.send(HWL_LOG_INFO, report.reason.number().into(), c_text!("client: reason"));
        // SAFETY: the caller's word on `out_channels`.
        unsafe { ptr::write(out_channels, visitor.channels) }?;
        out.report(&report, cause_of(&report));
        Ok(())
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}

/// What is known of a client, as far as its last check and its last answer say.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun, and not changed meanwhile.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: yes. Stack: 128 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_standing(
    client: *const hwl_client,
    uptime_s: u64,
    out: *mut hwl_client_facts,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(client, 1)])?;
        // SAFETY: the caller's word on `client`.
        let client = unsafe { opaque::get(client) }?;
        let last_contact = client.last_contact();
        out.write(&hwl_client_facts {
            struct_size: 0,
            state: client.state().number().into(),
            refusal: client.refusal().unwrap_or_default().into(),
            last_contact_state: if last_contact.is_some() { HWL_READ } else { HWL_ABSENT },
            last_contact_unix_s: last_contact.unwrap_or_default().0,
            floor_unix_s: client.floor(uptime_s).0,
        });
        Ok(())
    })
}

/// Gives up what an entitlement granted: from here on its leases count no more, and the server is
/// told at the next contact, which is now. `key` is the licence key, as text.
///
/// # Errors
/// HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED, HWL_E_STORAGE and HWL_E_NO_ROOM, upon which nothing is given
/// up; HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `client`: begun.
/// - `key`: `length` bytes are readable.
///
/// One thread at a time per object. Interrupt: no. Stack: 2264 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_client_give_up(
    client: *mut hwl_client,
    uptime_s: u64,
    key: *const u8,
    length: usize,
) -> hwl_status {
    let body = |object: &Object<hwl_client>| -> Outcome {
        ptr::disjoint(object.range(), &[Range::of(key, length)])?;
        // SAFETY: the caller's word on `key`.
        let key = license_key(unsafe { ptr::bytes(key, length) }?)?;
        // SAFETY: the caller's word on `client`, which nobody else uses during the call.
        Ok(unsafe { object.get_mut() }?.give_up(uptime_s, key)?)
    };
    // SAFETY: the caller's word on `client`.
    unsafe { guard_object(client, body) }
}
