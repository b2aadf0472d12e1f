//! The product that a device is and what it runs, from which the core sees what suits it.

use hwlicense::hwid::Hwid;
use hwlicense::primary::client::{Client, ReplyError};
use hwlicense::update::client::Device;
use hwlicense::update::{COMPONENT_BYTES_MAX, MODEL_BYTES_MAX, RUNNING_BYTES_MAX, Running, Version};

use crate::client::device::{HWL_BRAND_BYTES_MAX, label, range_of};
use crate::client::storage::Slots;
use crate::identity::hwl_identity;
use crate::opaque;
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_VALUE, Outcome};
use crate::types::hwl_text;

/// Longest name of a component in bytes.
pub const HWL_COMPONENT_BYTES_MAX: usize = 32;
/// Longest name of a model in bytes.
pub const HWL_MODEL_BYTES_MAX: usize = 32;
/// Bytes of the buffer in which a request says what runs.
pub const HWL_RUNNING_BYTES_MAX: usize = 192;

const _: () = assert!(
    HWL_COMPONENT_BYTES_MAX == COMPONENT_BYTES_MAX
        && HWL_MODEL_BYTES_MAX == MODEL_BYTES_MAX
        && HWL_RUNNING_BYTES_MAX == RUNNING_BYTES_MAX
);

/// The product that a device is, and the software that runs on it: what an update must suit. It stays
/// the same until the device starts with other software. Plain memory. The texts are UTF-8.
///
/// A version reads `major.minor.patch+build`, each number but the build at most 65535. They are ordered
/// by their numbers from left to right.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_product {
    /// sizeof(hwl_product).
    pub struct_size: u32,
    /// Revision of the hardware, at most 65535.
    pub hardware: u32,
    /// Version that runs: what users call it.
    pub version_major: u32,
    /// Version that runs: grows with what is new.
    pub version_minor: u32,
    /// Version that runs: grows with what is mended.
    pub version_patch: u32,
    /// Version that runs: number of the build.
    pub version_build: u32,
    /// Security version of what runs. No update goes below the highest that ever ran.
    pub security_version: u32,
    /// Must be zero.
    pub reserved: u32,
    /// The machine.
    pub identity: *const hwl_identity,
    /// Brand of the product, HWL_READ, at most HWL_BRAND_BYTES_MAX bytes.
    pub brand: hwl_text,
    /// Component that is updated, such as "firmware", HWL_READ, at most HWL_COMPONENT_BYTES_MAX bytes.
    pub component: hwl_text,
    /// Model, HWL_READ, at most HWL_MODEL_BYTES_MAX bytes.
    pub model: hwl_text,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_product {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_product {
    const BYTES_MIN: usize = 8;
}

/// A product as the core takes it, and the memory that it lies in.
pub(crate) struct Described<'a> {
    pub(crate) hwid: Hwid,
    pub(crate) running: Running<'a>,
    ranges: [Range; 5],
}

impl Described<'_> {
    /// That the first range, an output, shares no byte with anything that describes the product.
    pub(crate) fn is_apart_from(&self, output: Range) -> Outcome {
        ptr::disjoint(output, &self.ranges)
    }

    /// What an update must fit to, at the time that a client knows.
    pub(crate) fn device(&self, client: &Client<Slots>, uptime_s: u64) -> Device<'_> {
        Device { hwid: self.hwid, running: &self.running, time: client.floor(uptime_s) }
    }
}

/// A product of the caller's.
///
/// # Safety
/// If the checks pass, `product` is readable with its identity and its texts, and none of them changes
/// during `'a`.
#[inline(never)]
pub(crate) unsafe fn read<'a>(product: *const hwl_product) -> Result<Described<'a>, Failure> {
    let mut copy: hwl_product = ptr::zeroed();
    // SAFETY: as this function's own contract.
    unsafe { ptr::input(product, &mut copy) }?;
    let wrong = Failure::of(HWL_E_VALUE);
    if copy.reserved != 0 {
        return Err(wrong);
    }
    let number = |number: u32| u16::try_from(number).map_err(|_| wrong);
    // SAFETY: as this function's own contract, for the identity and each text.
    let (identity, [brand, component, model]) = unsafe {
        (
            opaque::get(copy.identity)?,
            [
                label(&copy.brand, HWL_BRAND_BYTES_MAX)?,
                label(&copy.component, HWL_COMPONENT_BYTES_MAX)?,
                label(&copy.model, HWL_MODEL_BYTES_MAX)?,
            ],
        )
    };
    Ok(Described {
        hwid: identity.hwid().map_err(|_| ReplyError::NoHwid)?,
        running: Running {
            brand: brand.ok_or(wrong)?,
            component: component.ok_or(wrong)?,
            model: model.ok_or(wrong)?,
            hardware: number(copy.hardware)?,
            version: Version {
                major: number(copy.version_major)?,
                minor: number(copy.version_minor)?,
                patch: number(copy.version_patch)?,
                build: copy.version_build,
            },
            security_version: copy.security_version,
            report: None,
        },
        ranges: [
            Range::of(product, 1),
            Range::of(copy.identity, 1),
            range_of(&copy.brand),
            range_of(&copy.component),
            range_of(&copy.model),
        ],
    })
}
