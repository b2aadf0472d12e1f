//! Pinned keys through the C ABI: what the list may be, and which signatures hold with it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use core::ffi::c_void;
use core::ptr::{from_ref, null};

use hwlicense_ffi::license::{hwl_license, hwl_license_verify_binary};
use hwlicense_ffi::pinned::*;
use hwlicense_ffi::selftest::{hwl_self_test, hwl_self_test_verify};
use hwlicense_ffi::status::*;
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::types::*;
use hwlicense_fixture::{ISSUER, LICENSE_STRICT, ROOT};
use support::{Pinned, certificate, pinned, zeroed};

fn check(keys: &hwl_pinned_keys) -> i32 {
    // SAFETY: it is alive, with what it points to, or wrong in a way that must be noticed.
    unsafe { hwl_pinned_keys_check(keys) }
}

fn ctx(pinned: &Pinned) -> *mut c_void {
    from_ref(&pinned.keys).cast_mut().cast()
}

/// The answers of both callbacks to what the root signed.
fn answers(pinned: &Pinned, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> [u32; 2] {
    [hwl_ed25519_verify_pinned, hwl_ed25519_verify_pinned_or_any].map(|verify| {
        // SAFETY: all are alive, or wrong in a way that must be noticed.
        unsafe { verify(ctx(pinned), key.as_ptr(), message.as_ptr(), message.len(), signature.as_ptr()) }
    })
}

/// What becomes of the fixture's licence.
fn verified(pinned: &Pinned, verify: hwl_verify_fn, file: &[u8]) -> i32 {
    let config = hwl_trust_config { verify, verify_ctx: ctx(pinned), ..support::config(&ROOT) };
    let (mut trust, mut license): (Box<hwl_trust>, Box<hwl_license>) = (Box::new(zeroed()), Box::new(zeroed()));
    // SAFETY: all are alive.
    unsafe {
        assert_eq!(hwl_trust_init(&raw mut *trust, &config), HWL_OK);
        hwl_license_verify_binary(&raw mut *license, &raw const *trust, file.as_ptr(), file.len())
    }
}

#[test]
fn a_list_is_checked_as_a_whole() {
    assert_eq!(check(&pinned().keys), HWL_OK);
    type Change = fn(&mut Pinned);
    let wrong: &[(i32, Change)] = &[
        (HWL_E_SIZE, |it| it.keys.struct_size = 0),
        (HWL_E_SIZE, |it| it.keys.struct_size -= 1),
        (HWL_E_SIZE, |it| it.keys.struct_size = 4097),
        (HWL_E_VALUE, |it| it.keys.count = 0),
        (HWL_E_VALUE, |it| it.keys.count = 17),
        (HWL_E_VALUE, |it| it.keys.count = u32::MAX),
        (HWL_E_NULL, |it| it.keys.keys = null()),
        (HWL_E_ALIGN, |it| it.keys.keys = it.keys.keys.wrapping_byte_add(1)),
        (HWL_E_SIZE, |it| it.each[1].struct_size = 0),
        (HWL_E_SIZE, |it| it.each[1].struct_size -= 1),
        (HWL_E_VALUE, |it| it.each[1].entries = 0),
        (HWL_E_VALUE, |it| it.each[1].entries = 7),
        (HWL_E_VALUE, |it| it.each[1].entries = 64),
        (HWL_E_NULL, |it| it.each[1].base = null()),
        (HWL_E_ALIGN, |it| it.each[1].base = it.each[1].base.wrapping_byte_add(2)),
        (HWL_E_LENGTH, |it| it.each[1].base = core::ptr::without_provenance(usize::MAX - 7)),
        (HWL_E_NULL, |it| it.each[1].words = null()),
        (HWL_E_ALIGN, |it| it.each[1].words = it.each[1].words.wrapping_byte_add(2)),
        (HWL_E_LENGTH, |it| it.each[1].words = core::ptr::without_provenance(usize::MAX - 7)),
    ];
    let (message, signature) = certificate();
    for (index, (status, change)) in wrong.iter().enumerate() {
        let mut it = pinned();
        change(&mut it);
        assert_eq!(check(&it.keys), *status, "{index}");
        // The issuer's entry is wrong, or the whole list: neither key of it verifies by it.
        it.each[0].public_key = ISSUER;
        it.each[1].public_key = ROOT;
        assert_eq!(answers(&it, &ROOT, message, signature), [HWL_SIGNATURE_FAILS; 2], "{index}");
    }
}

#[test]
fn only_the_pinned_keys_hold_and_others_are_told_apart() {
    let it = pinned();
    let (message, signature) = certificate();
    assert_eq!(answers(&it, &ROOT, message, signature), [HWL_SIGNATURE_HOLDS; 2]);
    assert_eq!(answers(&it, &ISSUER, message, signature), [HWL_SIGNATURE_FAILS; 2]);
    assert_eq!(answers(&it, &ROOT, &message[1..], signature), [HWL_SIGNATURE_FAILS; 2]);
    for bit in (0..512).step_by(7) {
        let mut changed = *signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(answers(&it, &ROOT, message, &changed), [HWL_SIGNATURE_FAILS; 2], "{bit}");
    }
    let mut alone = pinned();
    alone.each[0].public_key = [9; 32];
    assert_eq!(answers(&alone, &ROOT, message, signature), [HWL_SIGNATURE_NOT_PINNED, HWL_SIGNATURE_HOLDS]);
}

#[test]
fn a_chain_needs_every_key_pinned_or_a_verifier_for_others() {
    let mut it = pinned();
    assert_eq!(verified(&it, Some(hwl_ed25519_verify_pinned), LICENSE_STRICT), HWL_OK);
    assert_eq!(verified(&it, Some(hwl_ed25519_verify_pinned_or_any), LICENSE_STRICT), HWL_OK);
    it.keys.count = 1;
    assert_eq!(verified(&it, Some(hwl_ed25519_verify_pinned), LICENSE_STRICT), HWL_E_KEY_NOT_PINNED);
    assert_eq!(verified(&it, Some(hwl_ed25519_verify_pinned_or_any), LICENSE_STRICT), HWL_OK);
    let mut forged = LICENSE_STRICT.to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(verified(&pinned(), Some(hwl_ed25519_verify_pinned), &forged), HWL_E_BAD_SIGNATURE);
}

#[test]
fn the_self_test_needs_a_verifier_for_any_key() {
    let it = pinned();
    // SAFETY: the list is alive.
    unsafe {
        assert_eq!(hwl_self_test_verify(ctx(&it), Some(hwl_ed25519_verify_pinned_or_any)), HWL_OK);
        assert_eq!(hwl_self_test(ctx(&it), Some(hwl_ed25519_verify_pinned_or_any)), HWL_OK);
        assert_eq!(hwl_self_test_verify(ctx(&it), Some(hwl_ed25519_verify_pinned)), HWL_E_SELF_TEST_REFUSED);
    }
}
