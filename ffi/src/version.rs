//! Which library this is.

use core::ffi::c_char;

use crate::text::c_text;

/// Number of the ABI that this header describes. It goes into the trust configuration, and a
/// library of another ABI refuses it.
pub const HWL_ABI_VERSION: u32 = 1;

/// A part of the crate's version, read by the compiler.
const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version is made of numbers"),
    }
}

/// Packs a version into one number that orders as versions do.
const fn packed(major: u32, minor: u32, patch: u32) -> u32 {
    assert!(major < 256 && minor < 256 && patch < 65_536);
    (major << 24) | (minor << 16) | patch
}

const PACKED: u32 = packed(
    number(env!("CARGO_PKG_VERSION_MAJOR")),
    number(env!("CARGO_PKG_VERSION_MINOR")),
    number(env!("CARGO_PKG_VERSION_PATCH")),
);

/// The version of the library that is loaded, packed like HWL_VERSION: 8 bits major, 8 bits
/// minor, 16 bits patch.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_version() -> u32 {
    PACKED
}

/// The ABI of the library that is loaded; HWL_ABI_VERSION is that of this header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_abi_version() -> u32 {
    HWL_ABI_VERSION
}

/// The version in words, with the name of the built-in verifier. Static text.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_version_text() -> *const c_char {
    c_text!(concat_version())
}

/// The text of this version.
const fn concat_version() -> &'static str {
    if cfg!(feature = "ed25519-assembly") {
        concat!("hwlicense ", env!("CARGO_PKG_VERSION"), " (small ed25519, assembly)")
    } else if cfg!(feature = "ed25519-small") {
        concat!("hwlicense ", env!("CARGO_PKG_VERSION"), " (small ed25519)")
    } else if cfg!(feature = "ed25519") {
        concat!("hwlicense ", env!("CARGO_PKG_VERSION"), " (ed25519-dalek)")
    } else {
        concat!("hwlicense ", env!("CARGO_PKG_VERSION"), " (no built-in verifier)")
    }
}
