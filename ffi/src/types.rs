//! Types that more than one function of the header uses, and its limits.

use core::ffi::{c_char, c_void};

use crate::ptr::Plain;

/// Largest licence file in bytes, in binary form.
pub const HWL_BLOB_BYTES_MAX: usize = 16384;
/// Largest single envelope (certificate, root change, revocation list) in bytes.
pub const HWL_ENVELOPE_BYTES_MAX: usize = 4096;
/// Largest licence file in bytes, as armoured text.
pub const HWL_ARMORED_BYTES_MAX: usize = 22596;
/// Largest enrolment in bytes: it fits one flash page of 1 KiB.
pub const HWL_ENROLLMENT_BYTES_MAX: usize = 1024;
/// Length of a HWID as text. There is no terminator.
pub const HWL_HWID_TEXT_BYTES: usize = 34;
/// Length of a licence key as text. In structs a terminator follows.
pub const HWL_KEY_TEXT_BYTES: usize = 19;
/// Length of a public key in bytes.
pub const HWL_PUBLIC_KEY_BYTES: usize = 32;
/// Length of a signature in bytes.
pub const HWL_SIGNATURE_BYTES: usize = 64;
/// Length of the salt of an enrolment in bytes.
pub const HWL_SALT_BYTES: usize = 16;
/// Number of components of a machine: board, processor, memory, NICs, platform.
pub const HWL_COMPONENTS: usize = 5;

/// The machine does not have it, or its source says nothing of it.
pub const HWL_ABSENT: u32 = 0;
/// The machine has it, and this process may not read it. Never the same as absent.
pub const HWL_UNREADABLE: u32 = 1;
/// It was read, and the value is there.
pub const HWL_READ: u32 = 2;

/// A text, or bytes, that stay where they are. Plain memory; all zero is an absent text.
///
/// No terminator is needed and none is counted. What is not HWL_READ must have no length.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_text {
    /// Where it begins.
    pub bytes: *const u8,
    /// How many bytes it has.
    pub length: u32,
    /// HWL_ABSENT, HWL_UNREADABLE or HWL_READ.
    pub state: u32,
}

// SAFETY: a pointer and two integers without padding on 32 and 64 bit.
unsafe impl Plain for hwl_text {}

/// A Hardware ID. Plain memory; no secret.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct hwl_hwid {
    /// Scheme number, HWL_SCHEME for those computed here.
    pub scheme: u8,
    /// The id itself.
    pub bytes: [u8; 16],
}

// SAFETY: bytes.
unsafe impl Plain for hwl_hwid {}

/// The scheme that is computed here.
pub const HWL_SCHEME: u8 = 3;

/// What a verify callback answers when the signature holds. Every other word is a no.
pub const HWL_SIGNATURE_HOLDS: u32 = 0x6b8d_35c9;
/// What a verify callback answers when the signature does not hold.
pub const HWL_SIGNATURE_FAILS: u32 = 0x9472_ca36;
/// What a verify callback answers when it verifies other keys than this one only. A no as well.
pub const HWL_SIGNATURE_NOT_PINNED: u32 = 0x5a5a_5a5a;

/// Verifies an Ed25519 signature (RFC 8032), strictly: canonical S, neither key nor R of small
/// order, the equation without the cofactor. `hwl_self_test` shows whether it does.
///
/// `key` has HWL_PUBLIC_KEY_BYTES bytes, `signature` HWL_SIGNATURE_BYTES. It answers
/// HWL_SIGNATURE_HOLDS, HWL_SIGNATURE_FAILS, or HWL_SIGNATURE_NOT_PINNED if it is not for that
/// key, and must neither unwind nor longjmp. It is called on the thread of the caller, and may be
/// called from several threads at once if the program verifies on several.
pub type hwl_verify_fn = Option<
    unsafe extern "C" fn(
        ctx: *mut c_void,
        key: *const u8,
        message: *const u8,
        message_length: usize,
        signature: *const u8,
    ) -> u32,
>;

/// No messages.
pub const HWL_LOG_OFF: u32 = 0;
/// Something failed that should not.
pub const HWL_LOG_ERROR: u32 = 1;
/// Something was refused.
pub const HWL_LOG_WARNING: u32 = 2;
/// Something was taken in or checked.
pub const HWL_LOG_INFO: u32 = 3;

/// Takes one message: a level, a static English text, and a number that belongs to it (a status
/// or a reason). No serial numbers, keys or file contents are ever in it. It must neither unwind
/// nor longjmp, nor call a function on the object that logs.
pub type hwl_log_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, level: u32, number: i32, text: *const c_char)>;

const _: () = {
    use hwlicense::{hwid, license, signed};
    assert!(HWL_BLOB_BYTES_MAX == signed::BUNDLE_BYTES_MAX);
    assert!(HWL_ENVELOPE_BYTES_MAX == signed::ENVELOPE_BYTES_MAX);
    assert!(HWL_ARMORED_BYTES_MAX == signed::armor::ARMORED_BYTES_MAX);
    assert!(HWL_ENROLLMENT_BYTES_MAX == hwid::ENROLLMENT_BYTES_MAX);
    assert!(HWL_HWID_TEXT_BYTES == hwid::HWID_TEXT_BYTES);
    assert!(HWL_KEY_TEXT_BYTES == license::LICENSE_KEY_TEXT_BYTES);
    assert!(HWL_PUBLIC_KEY_BYTES == signed::PUBLIC_KEY_BYTES);
    assert!(HWL_SIGNATURE_BYTES == signed::SIGNATURE_BYTES);
    assert!(HWL_SALT_BYTES == size_of::<hwid::Salt>());
    assert!(HWL_COMPONENTS == hwid::Component::ALL.len());
    assert!(HWL_SCHEME == hwid::SCHEME);
    assert!(HWL_SIGNATURE_HOLDS == signed::SignatureAnswer::HOLDS.word());
    assert!(HWL_SIGNATURE_FAILS == signed::SignatureAnswer::FAILS.word());
    assert!(HWL_SIGNATURE_NOT_PINNED == signed::SignatureAnswer::NOT_PINNED.word());
};
