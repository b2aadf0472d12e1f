//! A device of the site in `hwlicense_tests::site`, with flash in memory that fails when told to.

use core::ffi::c_void;

use hwlicense::hwid::{Hwid, Machine};
use hwlicense_ffi::client::device::hwl_client_device;
use hwlicense_ffi::client::hwl_client_config;
use hwlicense_ffi::client::storage::hwl_storage;
use hwlicense_ffi::identity::hwl_identity;
use hwlicense_ffi::version::HWL_ABI_VERSION;
use hwlicense_tests::site::{BRAND, ISSUED};

use super::{known, size, text, zeroed};

/// Two slots.
pub(crate) struct Flash {
    slots: [[u8; 8192]; 2],
    /// After how many further calls each one fails.
    pub(crate) fails_after: Option<u32>,
}

impl Flash {
    pub(crate) fn erased() -> Self {
        Self { slots: [[0xff; 8192]; 2], fails_after: None }
    }

    /// The callbacks on this flash, which must stay where it is.
    pub(crate) fn storage(&mut self) -> hwl_storage {
        hwl_storage {
            struct_size: size::<hwl_storage>(),
            reserved: 0,
            ctx: core::ptr::from_mut(self).cast(),
            read: Some(read),
            erase: Some(erase),
            write: Some(write),
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

/// The flash that is the context of a callback.
unsafe fn flash<'a>(ctx: *mut c_void) -> &'a mut Flash {
    // SAFETY: `storage` made the context of a flash that is alive.
    unsafe { &mut *ctx.cast() }
}

unsafe extern "C" fn read(ctx: *mut c_void, slot: u32, offset: u32, bytes: *mut u8, length: u32) -> i32 {
    let (offset, length) = (usize::try_from(offset).unwrap(), usize::try_from(length).unwrap());
    // SAFETY: as `flash`.
    let flash = unsafe { flash(ctx) };
    let from = &flash.slots[usize::try_from(slot).unwrap()][offset..offset + length];
    // SAFETY: as many bytes are writable as the library says.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), bytes, length) };
    flash.step()
}

unsafe extern "C" fn erase(ctx: *mut c_void, slot: u32) -> i32 {
    // SAFETY: as `flash`.
    let flash = unsafe { flash(ctx) };
    let answer = flash.step();
    if answer == 0 {
        flash.slots[usize::try_from(slot).unwrap()] = [0xff; 8192];
    }
    answer
}

unsafe extern "C" fn write(ctx: *mut c_void, slot: u32, offset: u32, bytes: *const u8) -> i32 {
    // SAFETY: as `flash`.
    let flash = unsafe { flash(ctx) };
    let answer = flash.step();
    assert_eq!(offset % 64, 0);
    // The power failed in the middle of it.
    let length = if answer == 0 { 64 } else { 32 };
    let start = usize::try_from(offset).unwrap();
    let into = &mut flash.slots[usize::try_from(slot).unwrap()][start..start + length];
    assert!(into.iter().all(|byte| *byte == 0xff), "written twice without being erased");
    // SAFETY: the library lends 64 bytes.
    unsafe { core::ptr::copy_nonoverlapping(bytes, into.as_mut_ptr(), length) };
    answer
}

/// How every client of these tests begins.
pub(crate) fn config() -> hwl_client_config {
    hwl_client_config {
        struct_size: size::<hwl_client_config>(),
        abi_version: HWL_ABI_VERSION,
        built_unix_s: ISSUED,
        seed: 7,
        uptime_s: 0,
        server_count: 1,
        reserved: 0,
    }
}

/// The HWID of the fixture's machine.
pub(crate) fn hwid() -> Hwid {
    Machine::read(&hwlicense_fixture::DESCRIPTOR).unwrap().hwid().unwrap()
}

/// A device, and the identity that it points to.
pub(crate) struct Device {
    pub(crate) identity: Box<hwl_identity>,
    pub(crate) plain: hwl_client_device,
}

/// A camera without a clock that wants four channels.
pub(crate) fn device() -> Device {
    let identity = known(hwid().into());
    let plain = hwl_client_device {
        struct_size: size::<hwl_client_device>(),
        class_number: 6,
        count: 4,
        identity: &raw const *identity,
        brand: text(BRAND.as_bytes()),
        name: text(b"quay 7"),
        software: text(b"4.2 (1337)"),
        ..zeroed()
    };
    Device { identity, plain }
}
