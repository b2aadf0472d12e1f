//! Structs of the header from the bytes of an input, for the targets that call the C functions.

#![allow(dead_code, reason = "each target uses a part of it")]

use core::ffi::c_void;

use hwlicense_ffi::status::{HWL_E_PANIC, HWL_OK};
use hwlicense_ffi::types::{HWL_SIGNATURE_HOLDS, hwl_text};

/// The root key of the fixture.
pub(crate) const ROOT: &[u8; 32] = include_bytes!("../../fixture/src/root.key");

/// Takes numbers and texts from the front of the input.
pub(crate) struct Source<'a>(pub(crate) &'a [u8]);

impl<'a> Source<'a> {
    pub(crate) fn number<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_at(self.0.len().min(N));
        self.0 = rest;
        let mut bytes = [0; N];
        bytes[..taken.len()].copy_from_slice(taken);
        bytes
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::from_le_bytes(self.number())
    }

    pub(crate) fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.number())
    }

    /// Mostly one of the few numbers that mean something.
    pub(crate) fn choice(&mut self, below: u8) -> u32 {
        match self.byte() {
            255 => self.word(),
            byte => u32::from(byte % (below + 1)),
        }
    }

    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    pub(crate) fn text(&mut self) -> hwl_text {
        let bytes = self.bytes();
        let length = u32::try_from(bytes.len()).unwrap_or(0);
        match self.byte() {
            // States, lengths and pointers that do not go together.
            0..=15 => hwl_text { bytes: core::ptr::null(), length: self.choice(3), state: self.choice(3) },
            16..=31 => hwl_text { bytes: bytes.as_ptr(), length, state: self.choice(3) },
            _ => hwl_text { bytes: bytes.as_ptr(), length, state: 2 },
        }
    }
}

/// A plain struct that is all zero but for its size, which is right or that of an older version.
pub(crate) fn plain<T>(source: &mut Source<'_>) -> T {
    let whole = u32::try_from(size_of::<T>()).unwrap_or(0);
    let size = if source.byte() < 240 { whole } else { source.word() % whole };
    // SAFETY: every struct of the header may be all zero, and begins with its size.
    unsafe {
        let mut value: T = core::mem::zeroed();
        (&raw mut value).cast::<u32>().write(size);
        value
    }
}

/// A call with an output: it leaves the output as it was if it fails.
pub(crate) fn output<T: Copy>(before: T, call: impl FnOnce(*mut T) -> i32) -> Option<T> {
    let bytes = |value: &T| {
        // SAFETY: plain structs of the header have no padding.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(value).cast::<u8>(), size_of::<T>()) }.to_vec()
    };
    let mut value = before;
    let status = call(&raw mut value);
    assert_ne!(status, HWL_E_PANIC);
    if status == HWL_OK {
        return Some(value);
    }
    assert_eq!(bytes(&value), bytes(&before), "written by a call that failed with {status}");
    None
}

/// A verifier that accepts everything, so that what comes after a signature is reached.
pub(crate) unsafe extern "C" fn accepting(_: *mut c_void, _: *const u8, _: *const u8, _: usize, _: *const u8) -> u32 {
    HWL_SIGNATURE_HOLDS
}
