//! The image for the vendor's updater, and what is known of an update.

use core::ffi::c_char;
use core::hint::black_box;

use hwlicense::update::Progress;
use hwlicense::update::client::{Clearance, Downloader, Handover};

use crate::check::HWL_REFUSED;
use crate::client::hwl_client;
use crate::client::storage::Slots;
use crate::guard::{guard, guard_or};
use crate::image::Inactive;
use crate::opaque::{self, Object, guard_object};
use crate::product::{self, hwl_product};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_OK, hwl_status};
use crate::text::c_text;
use crate::trust::hwl_trust;
use crate::types::{HWL_LOG_INFO, HWL_LOG_WARNING};
use crate::update::hwl_update;

/// The word of an image that may be handed over, and what `hwl_handover_grant` then gives.
pub const HWL_CLEARED: u32 = 0x99a8_0fd8;

const _: () = assert!(HWL_CLEARED == Clearance::GRANTED);

/// An image that is whole, for the vendor's updater. Plain memory; all zero refuses.
///
/// What lets it be installed is `hwl_handover_grant`, called where that is done.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_handover {
    /// sizeof(hwl_handover); set it before the call.
    pub struct_size: u32,
    /// The word of the clearance: HWL_CLEARED, or something else.
    pub clearance: u32,
    /// The same word with each bit inverted.
    pub clearance_inverse: u32,
    /// Bytes of the image, from the beginning of its slot on.
    pub size_bytes: u32,
    /// Its version.
    pub version_major: u32,
    /// Its version.
    pub version_minor: u32,
    /// Its version.
    pub version_patch: u32,
    /// Its version.
    pub version_build: u32,
    /// Its security version.
    pub security_version: u32,
    /// 0.
    pub reserved: u32,
    /// SHA-256 of the image.
    pub sha256: [u8; 32],
    /// The id of the update, of which `hwlicense update list` shows the beginning.
    pub update: [u8; 32],
}

// SAFETY: integers and bytes in an order without padding.
unsafe impl Plain for hwl_handover {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_handover {
    // One without its clearance and size is none.
    const BYTES_MIN: usize = 16;
}

/// What stands in a handover until it was decided.
const NOT_CLEARED: hwl_handover = hwl_handover {
    struct_size: 0,
    clearance: HWL_REFUSED,
    clearance_inverse: !HWL_REFUSED,
    size_bytes: 0,
    version_major: 0,
    version_minor: 0,
    version_patch: 0,
    version_build: 0,
    security_version: 0,
    reserved: 0,
    sha256: [0; 32],
    update: [0; 32],
};

impl From<&Handover> for hwl_handover {
    fn from(handover: &Handover) -> Self {
        Self {
            clearance: handover.clearance.word(),
            clearance_inverse: handover.clearance.inverse(),
            size_bytes: handover.size,
            version_major: handover.version.major.into(),
            version_minor: handover.version.minor.into(),
            version_patch: handover.version.patch.into(),
            version_build: handover.version.build,
            security_version: handover.security_version,
            sha256: handover.sha256,
            update: handover.update,
            ..NOT_CLEARED
        }
    }
}

/// Gives the image to the vendor's updater: everything is decided once more from the signed bytes, and
/// that it is handed over is saved. HWL_OK is not yet the right to install: that is `hwl_handover_grant`,
/// where it is done. On any failure but those of the handover's own pointer, the handover is made to
/// refuse.
///
/// Call it as soon as `hwl_update_standing` says HWL_UPDATE_READY: a program that waits for a quiet hour
/// waits with the restart. What came of it is found out by the next `hwl_update_init`, or said by
/// `hwl_update_handle_refusal`.
///
/// # Errors
/// HWL_E_NOT_READY when there is no image that is whole, HWL_E_UPDATE_OTHER_BRAND to
/// HWL_E_UPDATE_WRONG_IMAGE when the update is not made any more, HWL_E_STORAGE when it could not be
/// saved: the image is read back once more, and then it may be tried again. Those that `hwl_update_init`
/// names for a product, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
/// - `trust`: initialised with the vendor's roots, and not changed meanwhile.
/// - `client`: begun, and not changed meanwhile.
/// - `product`: readable, with all that it points to.
/// - `out`: writable, with its struct_size set.
///
/// One thread at a time per object. Interrupt: no. Stack: 4408 bytes and that of the verifier or of the
/// storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_hand_over(
    update: *mut hwl_update,
    uptime_s: u64,
    trust: *const hwl_trust,
    client: *const hwl_client,
    product: *const hwl_product,
    out: *mut hwl_handover,
) -> hwl_status {
    let body = |object: &Object<hwl_update>| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        let inputs = [Range::of(trust, 1), Range::of(client, 1)];
        ptr::disjoint(out.range(), &[object.range(), Range::of(product, 1)])?;
        ptr::disjoint(out.range(), &inputs)?;
        out.write(&NOT_CLEARED);
        ptr::disjoint(object.range(), &inputs)?;
        // SAFETY: the caller's word on `product`.
        let described = unsafe { product::read(product) }?;
        described.is_apart_from(out.range())?;
        described.is_apart_from(object.range())?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `client`.
        let client = unsafe { opaque::get(client) }?;
        // SAFETY: the caller's word on `update`, which nobody else uses during the call.
        let update = unsafe { object.get_mut() }?;
        let device = described.device(client, uptime_s);
        match update.hand_over(&client.trust(&believed.trust), &device).map_err(Failure::from) {
            Ok(handover) => {
                believed.log.send(HWL_LOG_INFO, HWL_OK, c_text!("update: handed over"));
                out.write(&hwl_handover::from(&handover));
                Ok(())
            }
            Err(failure) => {
                believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("update: not handed over"));
                Err(failure)
            }
        }
    };
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// The clearance of a handover, checked once more where it counts: HWL_CLEARED, HWL_REFUSED, or another
/// word that refuses too. Compare with HWL_CLEARED, and with nothing else:
/// `if (hwl_handover_grant(&handover) == HWL_CLEARED) { start_updater(); }`
///
/// A handover of which any bit of the clearance was changed refuses, as does one that is all zero; NULL is
/// HWL_REFUSED.
///
/// # Safety
/// - `handover`: readable.
///
/// Any thread. Interrupt: yes. Stack: 48 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_handover_grant(handover: *const hwl_handover) -> u32 {
    guard_or(HWL_REFUSED, || {
        // SAFETY: the caller's word on `handover`.
        match unsafe { ptr::read_clearance(handover) } {
            Ok((word, inverse)) => {
                let distance = (black_box(word) ^ HWL_CLEARED) | (black_box(inverse) ^ !HWL_CLEARED);
                if black_box(distance) != 0 {
                    return HWL_REFUSED;
                }
                // Computed again and without a branch, as in `hwl_report_grant`.
                let again = (black_box(word) ^ HWL_CLEARED) | (black_box(inverse) ^ !HWL_CLEARED);
                HWL_CLEARED ^ again
            }
            Err(_) => HWL_REFUSED,
        }
    })
}

/// The vendor's updater did not take what was handed over: the attempt has failed. When nothing was
/// handed over it does nothing.
///
/// # Errors
/// HWL_E_STORAGE when it could not be saved; it counts nevertheless, up to the next start. HWL_E_STATE,
/// and those of a wrong call.
///
/// # Safety
/// - `update`: begun.
///
/// One thread at a time per object. Interrupt: no. Stack: 648 bytes and that of the storage.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_handle_refusal(update: *mut hwl_update) -> hwl_status {
    // SAFETY: the caller's word on `update`, which nobody else uses during the call.
    let body = |object: &Object<hwl_update>| Ok(unsafe { object.get_mut() }?.handle_refusal()?);
    // SAFETY: the caller's word on `update`.
    unsafe { guard_object(update, body) }
}

/// No update is under way, and a server knows what became of the last one.
pub const HWL_UPDATE_NONE: u32 = 0;
/// An update is under way: so many thousandths of the image are stored.
pub const HWL_UPDATE_DOWNLOADING: u32 = 1;
/// The image is whole: call `hwl_update_hand_over`.
pub const HWL_UPDATE_READY: u32 = 2;
/// The vendor's updater has the image: what runs after the next start says what became of it.
pub const HWL_UPDATE_HANDED_OVER: u32 = 3;
/// The update runs, and no server knows it yet.
pub const HWL_UPDATE_INSTALLED: u32 = 4;
/// The update failed, and no server knows it yet.
pub const HWL_UPDATE_FAILED: u32 = 5;

/// What is known of an update. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_update_facts {
    /// sizeof(hwl_update_facts); set it before the call.
    pub struct_size: u32,
    /// One of the HWL_UPDATE_ numbers from HWL_UPDATE_NONE on: `hwl_update_progress_text`.
    pub progress: u32,
    /// Thousandths of the image that are stored, while it is HWL_UPDATE_DOWNLOADING; else 0.
    pub stored_permille: u32,
    /// Why it failed: a status, of which `hwl_status_remedy` says what to do; else HWL_OK.
    pub failure: hwl_status,
    /// The highest security version that the device ever ran.
    pub floor: u32,
    /// 0.
    pub reserved: u32,
    /// The id of the update; zeros if there is none.
    pub update: [u8; 32],
}

// SAFETY: integers and bytes in an order without padding.
unsafe impl Plain for hwl_update_facts {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_update_facts {
    const BYTES_MIN: usize = 8;
}

impl From<&Downloader<Slots, Inactive>> for hwl_update_facts {
    fn from(update: &Downloader<Slots, Inactive>) -> Self {
        let report = update.report();
        let (progress, stored, failure) = match report.map(|report| report.progress) {
            None => (HWL_UPDATE_NONE, 0, 0),
            Some(Progress::Downloading(stored)) => (HWL_UPDATE_DOWNLOADING, stored, 0),
            Some(Progress::Ready) if update.is_ready() => (HWL_UPDATE_READY, 0, 0),
            Some(Progress::Ready) => (HWL_UPDATE_HANDED_OVER, 0, 0),
            Some(Progress::Installed) => (HWL_UPDATE_INSTALLED, 0, 0),
            Some(Progress::Failed(number)) => (HWL_UPDATE_FAILED, 0, number),
        };
        Self {
            struct_size: 0,
            progress,
            stored_permille: stored.into(),
            failure: 0i32.wrapping_sub(failure.into()),
            floor: update.floor(),
            reserved: 0,
            update: report.map_or([0; 32], |report| report.update),
        }
    }
}

/// What is known of an update.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `update`: begun, and not changed meanwhile.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: yes. Stack: 312 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_update_standing(update: *const hwl_update, out: *mut hwl_update_facts) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(update, 1)])?;
        // SAFETY: the caller's word on `update`.
        out.write(&hwl_update_facts::from(unsafe { opaque::get(update) }?));
        Ok(())
    })
}

/// The short name of an update's progress, such as "handed-over".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_update_progress_name(progress: u32) -> *const c_char {
    match progress {
        HWL_UPDATE_NONE => c_text!("none"),
        HWL_UPDATE_DOWNLOADING => c_text!("downloading"),
        HWL_UPDATE_READY => c_text!("ready"),
        HWL_UPDATE_HANDED_OVER => c_text!("handed-over"),
        HWL_UPDATE_INSTALLED => c_text!("installed"),
        HWL_UPDATE_FAILED => c_text!("failed"),
        _ => c_text!("unknown"),
    }
}

/// An update's progress, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_update_progress_text(progress: u32) -> *const c_char {
    match progress {
        HWL_UPDATE_NONE => c_text!("No update is under way."),
        HWL_UPDATE_DOWNLOADING => c_text!("An update is being downloaded."),
        HWL_UPDATE_READY => c_text!("An update is whole, and about to be installed."),
        HWL_UPDATE_HANDED_OVER => c_text!("An update is installed with the next start of the device."),
        HWL_UPDATE_INSTALLED => c_text!("The device was updated."),
        HWL_UPDATE_FAILED => c_text!("The last update failed."),
        _ => c_text!("unknown"),
    }
}
