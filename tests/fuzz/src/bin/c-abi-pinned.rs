//! The C callbacks for pinned keys, given lists and tables of arbitrary contents: no crash, no answer that
//! the header does not name, a refused list verifies nothing, and a good table answers as the verifier
//! for any key does.

#![no_main]

#[path = "../c_source.rs"]
mod c_source;

use core::ffi::c_void;
use core::ptr::null;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense_ed25519::Pinned4;
use hwlicense_ffi::ed25519::hwl_ed25519_verify;
use hwlicense_ffi::pinned::{
    HWL_PINNED_ENTRY_WORDS, hwl_ed25519_verify_pinned, hwl_ed25519_verify_pinned_or_any, hwl_pinned_key,
    hwl_pinned_keys, hwl_pinned_keys_check,
};
use hwlicense_ffi::status::{HWL_E_PANIC, HWL_OK};
use hwlicense_ffi::types::{HWL_SIGNATURE_FAILS, HWL_SIGNATURE_HOLDS, HWL_SIGNATURE_NOT_PINNED};
use libfuzzer_sys::fuzz_target;

use c_source::{Source, plain};

const ENTRIES_MAX: usize = 32;

/// A signature to be verified.
struct Asked {
    key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Asked {
    fn by(&self, keys: *const hwl_pinned_keys) -> [u32; 2] {
        let (ctx, key): (*mut c_void, _) = (keys.cast_mut().cast(), self.key.as_ptr());
        let (message, length, signature) = (self.message.as_ptr(), self.message.len(), self.signature.as_ptr());
        // SAFETY: every pointer leads to memory of the length that is said with it.
        unsafe {
            [
                hwl_ed25519_verify_pinned(ctx, key, message, length, signature),
                hwl_ed25519_verify_pinned_or_any(ctx, key, message, length, signature),
            ]
        }
    }

    fn by_any(&self) -> u32 {
        let (message, length, signature) = (self.message.as_ptr(), self.message.len(), self.signature.as_ptr());
        // SAFETY: as above.
        unsafe { hwl_ed25519_verify(core::ptr::null_mut(), self.key.as_ptr(), message, length, signature) }
    }
}

/// A key whose table holds anything, in a list that says anything.
fn anything(source: &mut Source<'_>, asked: &Asked) {
    let mut words = [[0_u32; HWL_PINNED_ENTRY_WORDS]; ENTRIES_MAX];
    words.as_flattened_mut().iter_mut().for_each(|word| *word = source.word());
    let place = if source.byte() < 240 { words.as_ptr().cast() } else { null() };
    let key = hwl_pinned_key {
        entries: [8, 16, 32, source.word()][usize::from(source.byte() % 4)],
        public_key: if source.byte() < 200 { asked.key } else { source.number() },
        base: place,
        words: place,
        ..plain(source)
    };
    let row = [&raw const key, &raw const key];
    let keys = hwl_pinned_keys { count: source.choice(2), keys: row.as_ptr(), ..plain(source) };
    // More keys than lie there would be read, and a pointer is only looked at, not behind.
    if keys.count > 2 {
        return;
    }
    // SAFETY: the keys lie there, and so do their tables wherever they have a size that counts.
    let status = unsafe { hwl_pinned_keys_check(&raw const keys) };
    assert_ne!(status, HWL_E_PANIC);
    for answer in asked.by(&raw const keys) {
        assert!([HWL_SIGNATURE_HOLDS, HWL_SIGNATURE_FAILS, HWL_SIGNATURE_NOT_PINNED].contains(&answer));
        // Keys behind the one that is asked for are not looked at, and here they are all the same.
        assert!(status == HWL_OK || answer == HWL_SIGNATURE_FAILS, "{status}: {answer:x}");
    }
}

/// A key with its own table.
fn honest(asked: &Asked) {
    let pinned = Pinned4::generate(&asked.key).expect("an honest key can be pinned");
    let (base, words) = (Pinned4::BASE, pinned.words());
    let words_of = |points: &[[[u32; 8]; 3]]| points.as_flattened().as_flattened().to_vec();
    let (base, words) =
        (words_of(&base.iter().map(hwlicense_ed25519::TablePoint::words).collect::<Vec<_>>()), words_of(&words));
    let key = hwl_pinned_key {
        struct_size: u32::try_from(size_of::<hwl_pinned_key>()).unwrap_or(0),
        entries: 8,
        public_key: asked.key,
        base: base.as_ptr(),
        words: words.as_ptr(),
    };
    let row = [&raw const key];
    let struct_size = u32::try_from(size_of::<hwl_pinned_keys>()).unwrap_or(0);
    let keys = hwl_pinned_keys { struct_size, count: 1, keys: row.as_ptr() };
    assert_eq!(asked.by(&raw const keys), [asked.by_any(); 2]);
}

fuzz_target!(|input: &[u8]| {
    let mut source = Source(input);
    let signer = SigningKey::from_bytes(&source.number());
    let message = source.bytes().to_vec();
    let mut signature = signer.sign(&message).to_bytes();
    let at = usize::from(source.byte()) % (2 * signature.len());
    if let Some(byte) = signature.get_mut(at) {
        *byte ^= source.byte();
    }
    let asked = Asked { key: signer.verifying_key().to_bytes(), message, signature };
    honest(&asked);
    anything(&mut source, &asked);
});
