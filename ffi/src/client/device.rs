//! What a client says of itself and of its device.

use core::ffi::c_void;

use hwlicense::license::{BRAND_BYTES_MAX, Class, LicenseKey};
use hwlicense::primary::client::Device;
use hwlicense::primary::{DEVICE_NAME_BYTES_MAX, SOFTWARE_BYTES_MAX, Wanted};
use hwlicense::signed::Label;
use hwlicense::time::UnixSeconds;

use crate::descriptor::text;
use crate::identity::hwl_identity;
use crate::opaque;
use crate::product::HWL_RUNNING_BYTES_MAX;
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_NOT_A_KEY, HWL_E_NOT_AN_ENROLLMENT, HWL_E_TEXT_TOO_LONG, HWL_E_VALUE};
use crate::types::{HWL_ABSENT, HWL_ENROLLMENT_BYTES_MAX, HWL_READ, hwl_text};

/// Longest brand of a device in bytes.
pub const HWL_BRAND_BYTES_MAX: usize = 32;
/// Longest name of a device in bytes.
pub const HWL_DEVICE_NAME_BYTES_MAX: usize = 64;
/// Longest version of a device's software in bytes.
pub const HWL_SOFTWARE_BYTES_MAX: usize = 32;

const _: () = assert!(
    HWL_BRAND_BYTES_MAX == BRAND_BYTES_MAX
        && HWL_DEVICE_NAME_BYTES_MAX == DEVICE_NAME_BYTES_MAX
        && HWL_SOFTWARE_BYTES_MAX == SOFTWARE_BYTES_MAX
);

/// What a client says of itself and of its device; it stays the same from call to call, but for the
/// clock. Plain memory. The texts are UTF-8.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_client_device {
    /// sizeof(hwl_client_device).
    pub struct_size: u32,
    /// HWL_READ, or HWL_ABSENT for a device without a clock, or whose clock is not set.
    pub wall_state: u32,
    /// What the clock of the device says, in seconds since 1970.
    pub wall_unix_s: u64,
    /// Class of licence that it needs; `hwl_class_name` names it.
    pub class_number: u32,
    /// How many channels it needs.
    pub count: u32,
    /// The machine.
    pub identity: *const hwl_identity,
    /// Its enrolment, of which the server keeps a copy to know it after a repair; (NULL, 0) if it has
    /// none.
    pub enrollment: *const u8,
    /// Length of the enrolment in bytes.
    pub enrollment_length: usize,
    /// Must be NULL.
    pub reserved_pointer: *const c_void,
    /// Brand of the product, HWL_READ, at most HWL_BRAND_BYTES_MAX bytes.
    pub brand: hwl_text,
    /// Name by which an administrator expects the device, or absent; at most
    /// HWL_DEVICE_NAME_BYTES_MAX bytes.
    pub name: hwl_text,
    /// Version of its software, or absent; at most HWL_SOFTWARE_BYTES_MAX bytes.
    pub software: hwl_text,
    /// Licence key that somebody entered on the device, or absent.
    pub license_key: hwl_text,
    /// What `hwl_update_write_running` wrote, so that the server offers updates and hears what became of
    /// the last one; (NULL, 0) if none are wanted. At most HWL_RUNNING_BYTES_MAX bytes.
    pub running: *const u8,
    /// Length of it in bytes.
    pub running_length: usize,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_client_device {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_client_device {
    const BYTES_MIN: usize = 8;
}

/// A device as the core takes it, and the memory that it lies in.
pub(crate) struct Described<'a> {
    pub(crate) device: Device<'a>,
    ranges: [Range; 8],
}

impl Described<'_> {
    /// That the first range, an output, shares no byte with anything that describes the device.
    pub(crate) fn is_apart_from(&self, output: Range) -> Result<(), Failure> {
        ptr::disjoint(output, &self.ranges)
    }
}

/// A device of the caller's.
///
/// # Safety
/// If the checks pass, `device` is readable with its identity, its enrolment and its texts, and none
/// of them changes during `'a`.
#[inline(never)]
pub(crate) unsafe fn read<'a>(device: *const hwl_client_device) -> Result<Described<'a>, Failure> {
    let mut copy: hwl_client_device = ptr::zeroed();
    // SAFETY: as this function's own contract.
    unsafe { ptr::input(device, &mut copy) }?;
    if !copy.reserved_pointer.is_null() {
        return Err(Failure::of(HWL_E_VALUE));
    }
    if copy.enrollment_length > HWL_ENROLLMENT_BYTES_MAX {
        return Err(Failure::of(HWL_E_NOT_AN_ENROLLMENT));
    }
    if copy.running_length > HWL_RUNNING_BYTES_MAX {
        return Err(Failure::of(HWL_E_VALUE));
    }
    let wall = match copy.wall_state {
        HWL_READ => Some(UnixSeconds(copy.wall_unix_s)),
        HWL_ABSENT if copy.wall_unix_s == 0 => None,
        _ => return Err(Failure::of(HWL_E_VALUE)),
    };
    let class = u16::try_from(copy.class_number).map_err(|_| Failure::of(HWL_E_VALUE))?;
    // SAFETY: as this function's own contract, for the identity, the enrolment, each text and what runs.
    let (identity, enrollment, [brand, name, software], key, running) = unsafe {
        (
            opaque::get(copy.identity)?,
            ptr::bytes(copy.enrollment, copy.enrollment_length)?,
            [
                label(&copy.brand, HWL_BRAND_BYTES_MAX)?,
                label(&copy.name, HWL_DEVICE_NAME_BYTES_MAX)?,
                label(&copy.software, HWL_SOFTWARE_BYTES_MAX)?,
            ],
            text(&copy.license_key)?.read(),
            ptr::bytes(copy.running, copy.running_length)?,
        )
    };
    Ok(Described {
        device: Device {
            identity,
            enrollment,
            wall,
            brand: brand.ok_or(Failure::of(HWL_E_VALUE))?,
            name: name.unwrap_or_default(),
            software: software.unwrap_or_default(),
            license_key: key.map(license_key).transpose()?,
            running,
            wanted: Wanted { class: Class(class), count: copy.count },
        },
        ranges: [
            Range::of(device, 1),
            Range::of(copy.identity, 1),
            Range::of(copy.enrollment, copy.enrollment_length),
            range_of(&copy.brand),
            range_of(&copy.name),
            range_of(&copy.software),
            range_of(&copy.license_key),
            Range::of(copy.running, copy.running_length),
        ],
    })
}

/// Where a text lies.
pub(crate) fn range_of(text: &hwl_text) -> Range {
    Range::of(text.bytes, usize::try_from(text.length).unwrap_or(usize::MAX))
}

/// A text of at most so many bytes, if there is one.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn label<'a>(from: &hwl_text, bytes_max: usize) -> Result<Option<Label<'a>>, Failure> {
    // SAFETY: as this function's own contract.
    let Some(bytes) = unsafe { text(from) }?.read() else {
        return if from.state == HWL_ABSENT { Ok(None) } else { Err(Failure::of(HWL_E_VALUE)) };
    };
    if bytes.len() > bytes_max {
        return Err(Failure::of(HWL_E_TEXT_TOO_LONG));
    }
    let text = core::str::from_utf8(bytes).map_err(|_| Failure::of(HWL_E_VALUE))?;
    Ok(Some(Label::from(text)))
}

/// A licence key as somebody typed it.
pub(crate) fn license_key(text: &[u8]) -> Result<LicenseKey, Failure> {
    let text = core::str::from_utf8(text).map_err(|_| Failure::of(HWL_E_NOT_A_KEY))?;
    Ok(text.parse::<LicenseKey>()?)
}
