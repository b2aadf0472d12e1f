//! What an update of the site's device in `hwlicense_tests::release` is given: a slot for the image in
//! memory, whose blocks must be erased before they are written, and the product that the device is.

use core::ffi::c_void;

use hwlicense_ffi::identity::hwl_identity;
use hwlicense_ffi::image::hwl_image;
use hwlicense_ffi::product::hwl_product;
use hwlicense_ffi::update::{HWL_RESTART_DEVICE, hwl_update_config};
use hwlicense_ffi::version::HWL_ABI_VERSION;
use hwlicense_tests::release;
use hwlicense_tests::site::BRAND;

use super::{size, text, zeroed};

/// Bytes that are erased together.
const BLOCK: usize = 512;

/// A slot for an image.
pub(crate) struct Partition {
    pub(crate) bytes: [u8; 4096],
    /// After how many further changes each one fails.
    pub(crate) fails_after: Option<u32>,
    pub(crate) flushes: u32,
}

impl Partition {
    pub(crate) fn new() -> Self {
        Self { bytes: [0x5a; 4096], fails_after: None, flushes: 0 }
    }

    /// The callbacks on this slot, which must stay where it is.
    pub(crate) fn image(&mut self) -> hwl_image {
        hwl_image {
            struct_size: size::<hwl_image>(),
            reserved: 0,
            size_bytes: size::<[u8; 4096]>(),
            block_bytes: u32::try_from(BLOCK).unwrap(),
            ctx: core::ptr::from_mut(self).cast(),
            read: Some(read),
            erase: Some(erase),
            write: Some(write),
            flush: Some(flush),
        }
    }

    fn step(&mut self) -> i32 {
        match &mut self.fails_after {
            Some(0) => -5,
            Some(left) => {
                *left -= 1;
                0
            }
            None => 0,
        }
    }
}

/// The slot that is the context of a callback.
unsafe fn partition<'a>(ctx: *mut c_void) -> &'a mut Partition {
    // SAFETY: `image` made the context of a slot that is alive.
    unsafe { &mut *ctx.cast() }
}

unsafe extern "C" fn read(ctx: *mut c_void, offset: u32, bytes: *mut u8, length: u32) -> i32 {
    let (offset, length) = (usize::try_from(offset).unwrap(), usize::try_from(length).unwrap());
    // SAFETY: as `partition`.
    let from = unsafe { &partition(ctx).bytes[offset..offset + length] };
    // SAFETY: as many bytes are writable as the library says.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), bytes, length) };
    0
}

unsafe extern "C" fn erase(ctx: *mut c_void, offset: u32) -> i32 {
    let offset = usize::try_from(offset).unwrap();
    assert_eq!(offset % BLOCK, 0);
    // SAFETY: as `partition`.
    let slot = unsafe { partition(ctx) };
    slot.bytes[offset..offset + BLOCK].fill(0xff);
    slot.step()
}

unsafe extern "C" fn write(ctx: *mut c_void, offset: u32, bytes: *const u8, length: u32) -> i32 {
    let (offset, length) = (usize::try_from(offset).unwrap(), usize::try_from(length).unwrap());
    // SAFETY: as `partition`.
    let slot = unsafe { partition(ctx) };
    let answer = slot.step();
    // The power failed in the middle of it.
    let length = if answer == 0 { length } else { length / 2 };
    let into = &mut slot.bytes[offset..offset + length];
    assert!(into.iter().all(|byte| *byte == 0xff), "written without being erased");
    // SAFETY: the library lends as many bytes as it says.
    unsafe { core::ptr::copy_nonoverlapping(bytes, into.as_mut_ptr(), length) };
    answer
}

unsafe extern "C" fn flush(ctx: *mut c_void) -> i32 {
    // SAFETY: as `partition`.
    let slot = unsafe { partition(ctx) };
    slot.flushes += 1;
    0
}

/// How every update of these tests begins.
pub(crate) fn config() -> hwl_update_config {
    hwl_update_config {
        struct_size: size::<hwl_update_config>(),
        abi_version: HWL_ABI_VERSION,
        seed: 7,
        server_count: 1,
        restart: HWL_RESTART_DEVICE,
    }
}

/// What the device is and runs before the update.
pub(crate) fn product(identity: &hwl_identity) -> hwl_product {
    let running = release::running();
    hwl_product {
        struct_size: size::<hwl_product>(),
        hardware: running.hardware.into(),
        version_major: running.version.major.into(),
        version_minor: running.version.minor.into(),
        version_patch: running.version.patch.into(),
        version_build: running.version.build,
        security_version: running.security_version,
        identity,
        brand: text(BRAND.as_bytes()),
        component: text(b"firmware"),
        model: text(b"NG-210"),
        ..zeroed()
    }
}
