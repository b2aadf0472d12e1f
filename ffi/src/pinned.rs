//! Keys that were pinned when the program was built: their tables lie in flash, and two callbacks
//! verify by them.

use core::ffi::c_void;

use hwlicense::signed::{PUBLIC_KEY_BYTES, SIGNATURE_BYTES};

use crate::guard::{guard, guard_or};
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_VALUE, hwl_status};
use crate::types::{HWL_PUBLIC_KEY_BYTES, HWL_SIGNATURE_FAILS};

/// Most pinned keys in one list: the roots and issuers that a trust can keep, and a few more.
pub const HWL_PINNED_KEYS_MAX: usize = 16;
/// Words of a table for each of its entries: a point of three coordinates with eight words each.
pub const HWL_PINNED_ENTRY_WORDS: usize = 24;

/// A public key with its tables, as `hwlicense key pin` writes it: a constant, for flash. Plain
/// memory. The table of the base point is the same for all keys of one size, and a program needs it
/// once.
///
/// The tables are believed, as the key is: whoever can change any of them owns the device.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_pinned_key {
    /// sizeof(hwl_pinned_key).
    pub struct_size: u32,
    /// How many entries each table has: 8, 16 or 32.
    pub entries: u32,
    /// The key.
    pub public_key: [u8; HWL_PUBLIC_KEY_BYTES],
    /// The table of the base point: `entries` * HWL_PINNED_ENTRY_WORDS words.
    pub base: *const u32,
    /// The table of the key, as large.
    pub words: *const u32,
}

// SAFETY: integers, bytes and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_pinned_key {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_pinned_key {
    const BYTES_MIN: usize = size_of::<Self>();
}

/// The keys that a program pins: what `ctx` of `hwl_ed25519_verify_pinned` points to. Plain
/// memory.
///
/// Every key that signs must be in it, not the roots alone: a licence is signed by an issuer, and
/// the certificate of that issuer by a root.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_pinned_keys {
    /// sizeof(hwl_pinned_keys).
    pub struct_size: u32,
    /// How many keys there are: 1 to HWL_PINNED_KEYS_MAX.
    pub count: u32,
    /// Where each of them lies.
    pub keys: *const *const hwl_pinned_key,
}

// SAFETY: integers and a pointer in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_pinned_keys {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_pinned_keys {
    const BYTES_MIN: usize = size_of::<Self>();
}

// SAFETY: a pointer.
unsafe impl Plain for *const hwl_pinned_key {}

/// Says what is wrong with a list of pinned keys; the callbacks answer HWL_SIGNATURE_FAILS to
/// everything with such a list. Call it once, at start or in a test.
///
/// # Errors
/// HWL_E_VALUE for no key, more than HWL_PINNED_KEYS_MAX, or a table that has not 8, 16 or 32
/// entries, and those of a wrong call.
///
/// # Safety
/// - `keys`: readable, with the keys that it names and their tables.
///
/// Any thread. Interrupt: no. Stack: 88 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_pinned_keys_check(keys: *const hwl_pinned_keys) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `keys`.
        let list = unsafe { List::new(keys) }?;
        (0..list.count).try_for_each(|index| {
            // SAFETY: the caller's word on the keys of the list.
            unsafe { list.key(index) }?.count().map(drop)
        })
    })
}

/// A verify callback for pinned keys and no other: the fastest, and in flash a table for each key
/// and less than 7 KB. Pass it as `verify`, with `ctx` pointing to a hwl_pinned_keys that stays in place, unchanged.
///
/// To any other key it answers HWL_SIGNATURE_NOT_PINNED, and what was signed with it is refused
/// with HWL_E_KEY_NOT_PINNED. Its meaning is that of `hwl_ed25519_verify`.
///
/// # Safety
/// - `ctx`: a hwl_pinned_keys, readable with the keys that it names and their tables; NULL, and
///   whatever `hwl_pinned_keys_check` refuses, is a signature that fails.
/// - `key`: HWL_PUBLIC_KEY_BYTES bytes are readable; NULL is a signature that fails.
/// - `message`: `message_length` bytes are readable.
/// - `signature`: HWL_SIGNATURE_BYTES bytes are readable; NULL is a signature that fails.
///
/// Any thread. Interrupt: no. Stack: 1024 bytes, in libhwlicense-fast.a no more.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_ed25519_verify_pinned(
    ctx: *mut c_void,
    key: *const u8,
    message: *const u8,
    message_length: usize,
    signature: *const u8,
) -> u32 {
    guard_or(HWL_SIGNATURE_FAILS, || {
        // SAFETY: the caller's word on each of them.
        let asked = unsafe { Asked::new(ctx, key, message, message_length, signature) };
        asked.map_or(HWL_SIGNATURE_FAILS, |asked| built_in::pinned(&asked))
    })
}

/// A verify callback for pinned keys, which verifies any other key as `hwl_ed25519_verify` does.
/// For firmware whose chain of certificates may lead to keys that it does not know: new issuers,
/// and Primary Servers. Pass it as `verify`, with `ctx` as for `hwl_ed25519_verify_pinned`.
///
/// # Safety
/// As for `hwl_ed25519_verify_pinned`.
///
/// Any thread. Interrupt: no. Stack: 1256 bytes, in libhwlicense-fast.a no more.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_ed25519_verify_pinned_or_any(
    ctx: *mut c_void,
    key: *const u8,
    message: *const u8,
    message_length: usize,
    signature: *const u8,
) -> u32 {
    guard_or(HWL_SIGNATURE_FAILS, || {
        // SAFETY: the caller's word on each of them.
        let asked = unsafe { Asked::new(ctx, key, message, message_length, signature) };
        asked.map_or(HWL_SIGNATURE_FAILS, |asked| built_in::pinned_or_any(&asked))
    })
}

/// What a callback is asked.
struct Asked<'a> {
    /// The pinned key that is asked for, if it is one.
    pinned: Option<&'a hwl_pinned_key>,
    key: &'a [u8; PUBLIC_KEY_BYTES],
    message: &'a [u8],
    signature: &'a [u8; SIGNATURE_BYTES],
}

impl Asked<'_> {
    /// # Safety
    /// As the callbacks.
    #[inline(never)]
    unsafe fn new(
        ctx: *mut c_void,
        key: *const u8,
        message: *const u8,
        message_length: usize,
        signature: *const u8,
    ) -> Result<Self, Failure> {
        // SAFETY: the caller's word on `key`.
        let key = unsafe { ptr::array(key) }?;
        // SAFETY: the caller's word on `message`.
        let message = unsafe { ptr::bytes(message, message_length) }?;
        // SAFETY: the caller's word on `signature`.
        let signature = unsafe { ptr::array(signature) }?;
        // SAFETY: the caller's word on `ctx`.
        let pinned = unsafe { List::new(ctx.cast())?.find(key) }?;
        Ok(Self { pinned, key, message, signature })
    }
}

/// A list of keys whose own fields are checked.
struct List<'a> {
    list: &'a hwl_pinned_keys,
    count: usize,
}

impl<'a> List<'a> {
    /// # Safety
    /// If the checks pass, the list is readable, and nobody writes it during `'a`.
    unsafe fn new(keys: *const hwl_pinned_keys) -> Result<Self, Failure> {
        // SAFETY: as this function's own contract.
        let list = unsafe { ptr::lent(keys) }?;
        match usize::try_from(list.count) {
            Ok(count @ 1..=HWL_PINNED_KEYS_MAX) => Ok(Self { list, count }),
            _ => Err(Failure::of(HWL_E_VALUE)),
        }
    }

    /// A key of the list, below its count.
    ///
    /// # Safety
    /// If the checks pass, the keys are readable, and nobody writes them during `'a`.
    unsafe fn key(&self, index: usize) -> Result<&'a hwl_pinned_key, Failure> {
        // SAFETY: as this function's own contract; the caller lends a row of `count` pointers.
        let key = unsafe { ptr::read(self.list.keys.wrapping_add(index)) }?;
        // SAFETY: as this function's own contract.
        unsafe { ptr::lent(key) }
    }

    /// The key of the list that is this one.
    ///
    /// # Safety
    /// As for [`Self::key`].
    unsafe fn find(&self, public_key: &[u8; PUBLIC_KEY_BYTES]) -> Result<Option<&'a hwl_pinned_key>, Failure> {
        for index in 0..self.count {
            // SAFETY: as this function's own contract.
            let key = unsafe { self.key(index) }?;
            key.count()?;
            if key.public_key == *public_key {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}

impl hwl_pinned_key {
    /// How many points each table has, where they can be tables at all.
    fn count(&self) -> Result<usize, Failure> {
        let entries: usize = match self.entries {
            8 => 8,
            16 => 16,
            32 => 32,
            _ => return Err(Failure::of(HWL_E_VALUE)),
        };
        for words in [self.base, self.words] {
            Range::of(words, entries.wrapping_mul(HWL_PINNED_ENTRY_WORDS)).check(align_of::<u32>())?;
        }
        Ok(entries)
    }
}

/// The answers of a library with a verifier.
#[cfg(any(feature = "ed25519", feature = "ed25519-small"))]
mod built_in {
    use hwlicense::signed::{NoOther, Pinned, PinnedTable, PublicKey, SignatureVerifier, TablePoint};

    use super::{Asked, HWL_PINNED_ENTRY_WORDS, hwl_pinned_key};
    use crate::ed25519::BuiltIn;
    use crate::ptr;
    use crate::types::HWL_SIGNATURE_FAILS;

    const _: () = assert!(size_of::<TablePoint>() == HWL_PINNED_ENTRY_WORDS * size_of::<u32>());

    pub(super) fn pinned(asked: &Asked<'_>) -> u32 {
        answer(asked, NoOther)
    }

    pub(super) fn pinned_or_any(asked: &Asked<'_>) -> u32 {
        answer(asked, BuiltIn)
    }

    fn answer<V: SignatureVerifier>(asked: &Asked<'_>, others: V) -> u32 {
        let table = match asked.pinned {
            None => None,
            Some(key) => match table(key) {
                None => return HWL_SIGNATURE_FAILS,
                table => table,
            },
        };
        let key = PublicKey::ed25519(*asked.key);
        Pinned::new(table.as_slice(), others).verify(&key, asked.message, asked.signature).word()
    }

    /// The tables of a key, where they can be any at all.
    fn table(key: &hwl_pinned_key) -> Option<PinnedTable<'_>> {
        let count = key.count().ok()?;
        // SAFETY: checked by `count`; the caller's word on the tables, which the callbacks pass on.
        let [base, points] = [key.base, key.words].map(|words| unsafe { ptr::points(words, count) });
        PinnedTable::new(&key.public_key, base, points)
    }
}

/// Those of a library without one: it can verify nothing.
#[cfg(not(any(feature = "ed25519", feature = "ed25519-small")))]
mod built_in {
    use super::Asked;
    use crate::types::HWL_SIGNATURE_FAILS;

    pub(super) fn pinned(_: &Asked<'_>) -> u32 {
        HWL_SIGNATURE_FAILS
    }

    pub(super) fn pinned_or_any(_: &Asked<'_>) -> u32 {
        HWL_SIGNATURE_FAILS
    }
}
