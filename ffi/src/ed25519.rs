//! The built-in verifier, as a callback like any other.

use core::ffi::c_void;

use hwlicense::signed::{PUBLIC_KEY_BYTES, SIGNATURE_BYTES};

use crate::guard::guard_or;
use crate::ptr;
use crate::status::Failure;
use crate::types::HWL_SIGNATURE_FAILS;

/// The built-in verify callback: strict Ed25519. Pass it as `verify`, with any `ctx`.
///
/// A program that never names it does not link it. In a library that was built without a
/// verifier (`hwl_version_text` says so) it answers HWL_SIGNATURE_FAILS to everything.
///
/// # Safety
/// - `ctx`: not used.
/// - `key`: HWL_PUBLIC_KEY_BYTES bytes are readable; NULL is a signature that fails.
/// - `message`: `message_length` bytes are readable.
/// - `signature`: HWL_SIGNATURE_BYTES bytes are readable; NULL is a signature that fails.
///
/// Any thread. Interrupt: no. Stack: 1096 bytes, in libhwlicense-fast.a 144 more.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_ed25519_verify(
    ctx: *mut c_void,
    key: *const u8,
    message: *const u8,
    message_length: usize,
    signature: *const u8,
) -> u32 {
    let _ = ctx;
    guard_or(HWL_SIGNATURE_FAILS, || {
        let verify = || {
            // SAFETY: the caller's word on `key`.
            let key = unsafe { ptr::array(key) }?;
            // SAFETY: the caller's word on `message`.
            let message = unsafe { ptr::bytes(message, message_length) }?;
            // SAFETY: the caller's word on `signature`.
            let signature = unsafe { ptr::array(signature) }?;
            Ok::<u32, Failure>(answer(key, message, signature))
        };
        verify().unwrap_or(HWL_SIGNATURE_FAILS)
    })
}

#[cfg(all(feature = "ed25519", not(feature = "ed25519-small")))]
pub(crate) use hwlicense::signed::Ed25519 as BuiltIn;
/// The verifier for any key.
#[cfg(feature = "ed25519-small")]
pub(crate) use hwlicense::signed::Ed25519Small as BuiltIn;

#[cfg(any(feature = "ed25519", feature = "ed25519-small"))]
fn answer(key: &[u8; PUBLIC_KEY_BYTES], message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> u32 {
    use hwlicense::signed::{PublicKey, SignatureVerifier as _};
    BuiltIn.verify(&PublicKey::ed25519(*key), message, signature).word()
}

#[cfg(not(any(feature = "ed25519", feature = "ed25519-small")))]
fn answer(_key: &[u8; PUBLIC_KEY_BYTES], _message: &[u8], _signature: &[u8; SIGNATURE_BYTES]) -> u32 {
    HWL_SIGNATURE_FAILS
}
