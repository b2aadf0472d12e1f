//! A licence file, verified, and its terms.

use core::ffi::c_void;
use core::mem::MaybeUninit;

use hwlicense::license::{Binding, License};
use hwlicense::signed::{Bundle, Label, Verified, VerifyError, armor};

use crate::armor::decode_into;
use crate::guard::guard;
use crate::log::Log;
use crate::opaque::{self, Object, Storage, fits, guard_new, guard_object};
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_NOT_FOUND, HWL_OK, Outcome, hwl_status};
use crate::text::c_text;
use crate::trust::{Believed, hwl_trust};
use crate::types::{HWL_KEY_TEXT_BYTES, HWL_LOG_INFO, HWL_LOG_WARNING, HWL_READ, hwl_hwid, hwl_text};

/// Words of a hwl_license, where pointers have 64 bits.
#[cfg(target_pointer_width = "64")]
pub const HWL_LICENSE_WORDS: usize = 32;
/// Words of a hwl_license, where pointers have 32 bits.
#[cfg(target_pointer_width = "32")]
pub const HWL_LICENSE_WORDS: usize = 20;

/// A licence whose signature holds, whose issuer was allowed to sign it, and that was not revoked.
/// Opaque memory of the caller: any contents before it is verified, not to be moved or copied
/// until `hwl_license_deinit`.
///
/// It keeps pointers into the bytes that it was verified from: these must stay in place,
/// unchanged, until it is ended.
#[repr(C)]
#[derive(Debug)]
pub struct hwl_license {
    /// Private.
    pub opaque: [u64; HWL_LICENSE_WORDS],
}

/// What lives in a hwl_license.
pub(crate) struct Held {
    pub(crate) license: Verified<'static, License<'static>>,
    pub(crate) log: Log,
}

// SAFETY: an array of u64 in which it fits, as asserted below; the word is no other's.
unsafe impl Storage for hwl_license {
    type Value = Held;
    const MAGIC: u32 = 0xc7c7_c7c7;
}

const _: () = assert!(fits::<hwl_license>());

/// The licence has an end.
pub const HWL_TERM_EXPIRES: u32 = 1;
/// The licence includes updates until a date.
pub const HWL_TERM_MAINTENANCE: u32 = 2;
/// The licence needs contact with a Primary Server.
pub const HWL_TERM_CONTACT_REQUIRED: u32 = 4;
/// The licence is bound to the components of a machine, and some of them may change.
pub const HWL_TERM_TOLERANT: u32 = 8;

/// The terms of a verified licence. Plain memory; the texts lie in the bytes of the licence.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_terms {
    /// sizeof(hwl_terms); set it before the call.
    pub struct_size: u32,
    /// HWL_TERM_ bits.
    pub flags: u32,
    /// When it was signed, in seconds since 1970, as all times here.
    pub issued_unix_s: u64,
    /// First second at which it is good.
    pub not_before_unix_s: u64,
    /// First second at which it is no longer good; 0 without HWL_TERM_EXPIRES.
    pub expires_unix_s: u64,
    /// Last second for which updates are included; 0 without HWL_TERM_MAINTENANCE.
    pub maintenance_until_unix_s: u64,
    /// How long it counts after its server went offline, in seconds.
    pub grace_offline_s: u32,
    /// How long it counts after the hardware of its server changed, in seconds.
    pub grace_changed_s: u32,
    /// Class; `hwl_class_name` names it.
    pub class_number: u32,
    /// Channels, or what the class counts.
    pub count: u32,
    /// How many features it names; `hwl_license_feature` gives each.
    pub feature_count: u32,
    /// What evidence must be there: HWL_EVIDENCE_ bits.
    pub evidence_required: u32,
    /// What doubtful evidence may be there: HWL_EVIDENCE_ bits.
    pub evidence_accepted: u32,
    /// 0.
    pub reserved: u32,
    /// Brand of the products it is for.
    pub brand: hwl_text,
    /// To whom it was given.
    pub holder: hwl_text,
    /// Edition of the product.
    pub edition: hwl_text,
    /// NULL.
    pub reserved_pointer: *const c_void,
    /// The licence key, as text with a terminator.
    pub key: [u8; 20],
    /// The HWID it was issued for.
    pub hwid: hwl_hwid,
    /// 0.
    pub reserved_end: [u8; 11],
}

const _: () = assert!(HWL_KEY_TEXT_BYTES < 20);

// SAFETY: integers, pointers and bytes in an order without padding on 32 and 64 bit: the sizes
// are asserted in the tests.
unsafe impl Plain for hwl_terms {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_terms {
    const BYTES_MIN: usize = 8;
}

/// sizeof(hwl_license) as the library sees it, for languages without the header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_license_size() -> usize {
    size_of::<hwl_license>()
}

/// Verifies a licence file, armoured or binary, with the certificate that it carries.
///
/// An armoured file is decoded into `scratch`, for which three quarters of its length always
/// suffice, and the licence then points into `scratch` instead of `file`. For a binary file
/// `scratch` may be (NULL, 0). After a failure the object is empty.
///
/// # Errors
/// HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL, HWL_E_NOT_ARMOR, HWL_E_ARMOR_TOO_LARGE,
/// HWL_E_BUFFER when `scratch` is too small, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `license`: writable.
/// - `trust`: initialised, and not changed meanwhile.
/// - `file`: `length` bytes are readable. If the file is binary they stay in place, unchanged,
///   until the licence is ended.
/// - `scratch`: `scratch_length` bytes are writable. If the file is armoured they stay in place,
///   unchanged, until the licence is ended.
///
/// One thread at a time per object; several licences may be verified with one trust at the same
/// time. Interrupt: no. Stack: 1040 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_verify(
    license: *mut hwl_license,
    trust: *const hwl_trust,
    file: *const u8,
    length: usize,
    scratch: *mut u8,
    scratch_length: usize,
) -> hwl_status {
    let body = |object: &Object<hwl_license>| {
        let inputs = [Range::of(trust, 1), Range::of(file, length)];
        let lent = Range::of(scratch, scratch_length);
        ptr::disjoint(object.range(), &[lent])?;
        ptr::disjoint(lent, &inputs)?;
        object.begin(&inputs)?;
        ptr::check_buffer(scratch, scratch_length)?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `file`, which stays for as long as the licence does.
        let file: &'static [u8] = unsafe { ptr::bytes(file, length) }?;
        if !armor::is_armored(file) {
            return verify(object, believed, file);
        }
        // SAFETY: the caller's word on `scratch`, which overlaps nothing and stays for as long as
        // the licence does.
        let scratch: &'static mut [u8] = unsafe { ptr::bytes_mut(scratch, scratch_length) }?;
        match decode_into(file, scratch) {
            Ok(file) => verify(object, believed, file),
            Err(failure) => {
                believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("licence: armour refused"));
                Err(failure)
            }
        }
    };
    // SAFETY: the caller's word on `license`.
    unsafe { guard_object(license, body) }
}

/// Verifies a licence file in binary form, with the certificate that it carries.
///
/// It is `hwl_license_verify` for firmware that keeps its licence in binary form: it does not
/// link the decoder of armoured text. After a failure the object is empty.
///
/// # Errors
/// HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `license`: writable.
/// - `trust`: initialised, and not changed meanwhile.
/// - `file`: `length` bytes are readable, and stay in place, unchanged, until the licence is
///   ended.
///
/// One thread at a time per object; several licences may be verified with one trust at the same
/// time. Interrupt: no. Stack: 1008 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_verify_binary(
    license: *mut hwl_license,
    trust: *const hwl_trust,
    file: *const u8,
    length: usize,
) -> hwl_status {
    let body = |object: &Object<hwl_license>| {
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { opaque::get(trust) }?;
        // SAFETY: the caller's word on `file`, which stays for as long as the licence does.
        verify(object, believed, unsafe { ptr::bytes(file, length) }?)
    };
    // SAFETY: the caller's word on `license`.
    unsafe { guard_new(license, &[Range::of(trust, 1), Range::of(file, length)], body) }
}

/// Verifies the binary form and keeps the licence.
#[inline(never)]
fn verify(object: &Object<hwl_license>, believed: &Believed, file: &'static [u8]) -> Outcome {
    // SAFETY: nothing else refers to the place: the storage is marked as empty.
    match believe(unsafe { object.place() }, believed, file) {
        Ok(()) => {
            // SAFETY: just written.
            unsafe { object.settle() };
            believed.log.send(HWL_LOG_INFO, HWL_OK, c_text!("licence: verified"));
            Ok(())
        }
        Err(error) => {
            let failure = Failure::from(error);
            believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("licence: refused"));
            Err(failure)
        }
    }
}

/// Puts the licence into its place if it is to be believed.
fn believe(place: &mut MaybeUninit<Held>, believed: &Believed, file: &'static [u8]) -> Result<(), VerifyError> {
    let held = place.as_mut_ptr();
    // SAFETY: in the place, which is exclusively borrowed; nothing is read. One after the other, because
    // the whole would be put together beside the place first.
    unsafe {
        (&raw mut (*held).log).write(believed.log);
    }
    // By reference, because a bundle is large to move.
    let verified = match &Bundle::parse(file) {
        Ok(bundle) => believed.trust.verify_bundle(bundle),
        Err(error) => return Err(*error),
    };
    // A match and no `?`, which would move the licence in pieces.
    match verified {
        Ok(license) => {
            // SAFETY: as above.
            unsafe { (&raw mut (*held).license).write(license) };
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// A text within the bytes of a licence.
fn lent(text: Label<'_>) -> hwl_text {
    let text = text.as_bytes();
    hwl_text { bytes: text.as_ptr(), length: u32::try_from(text.len()).unwrap_or(u32::MAX), state: HWL_READ }
}

/// The terms of a verified licence. Its texts stay good until the licence is ended.
///
/// They say what was signed, not whether the licence is good here and now: that is
/// `hwl_license_check`.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `license`: verified, and not changed meanwhile.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: yes. Stack: 1136 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_terms(license: *const hwl_license, out: *mut hwl_terms) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(license, 1)])?;
        // SAFETY: the caller's word on `license`.
        let terms = unsafe { opaque::get(license) }?.license.claims();
        let flag = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
        let is_tolerant = matches!(terms.binding, Binding::Tolerant(_));
        let mut key = [0; 20];
        for (slot, character) in key.iter_mut().zip(terms.key.text()) {
            *slot = character;
        }
        out.write(&hwl_terms {
            struct_size: 0,
            flags: flag(terms.expires.is_some(), HWL_TERM_EXPIRES)
                | flag(terms.maintenance_until.is_some(), HWL_TERM_MAINTENANCE)
                | flag(terms.contact_required, HWL_TERM_CONTACT_REQUIRED)
                | flag(is_tolerant, HWL_TERM_TOLERANT),
            issued_unix_s: terms.issued.0,
            not_before_unix_s: terms.not_before.0,
            expires_unix_s: terms.expires.unwrap_or_default().0,
            maintenance_until_unix_s: terms.maintenance_until.unwrap_or_default().0,
            grace_offline_s: terms.grace_offline_s,
            grace_changed_s: terms.grace_changed_s,
            class_number: terms.class.0.into(),
            count: terms.count,
            feature_count: u32::try_from(terms.features.len()).unwrap_or(u32::MAX),
            evidence_required: terms.evidence.required().bits().into(),
            evidence_accepted: terms.evidence.accepted().bits().into(),
            reserved: 0,
            brand: lent(terms.brand),
            holder: lent(terms.holder),
            edition: lent(terms.edition),
            reserved_pointer: core::ptr::null(),
            key,
            hwid: terms.binding.hwid().into(),
            reserved_end: [0; 11],
        });
        Ok(())
    })
}

/// One of the features that a verified licence names. The text stays good until the licence is
/// ended.
///
/// # Errors
/// HWL_E_NOT_FOUND from the feature_count of the terms on, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `license`: verified, and not changed meanwhile.
/// - `out`: writable.
///
/// Any thread. Interrupt: yes. Stack: 832 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_feature(
    license: *const hwl_license,
    index: u32,
    out: *mut hwl_text,
) -> hwl_status {
    guard(|| {
        ptr::disjoint(Range::of(out, 1), &[Range::of(license, 1)])?;
        // SAFETY: the caller's word on `license`.
        let terms = unsafe { opaque::get(license) }?.license.claims();
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        ptr::check_one(out)?;
        let feature = terms.features.get(index).ok_or(Failure::of(HWL_E_NOT_FOUND))?;
        // SAFETY: the caller's word on `out`.
        unsafe { ptr::write(out, lent(*feature)) }
    })
}

/// Whether a verified licence names a feature: HWL_OK if it does, HWL_E_NOT_FOUND if not.
///
/// It does not say that the licence is good; ask only after a granted check.
///
/// # Errors
/// HWL_E_NOT_FOUND, HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `license`: verified, and not changed meanwhile.
/// - `name`: `length` bytes are readable, without a terminator.
///
/// Any thread. Interrupt: yes. Stack: 1256 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_has_feature(
    license: *const hwl_license,
    name: *const u8,
    length: usize,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `license`.
        let terms = unsafe { opaque::get(license) }?.license.claims();
        // SAFETY: the caller's word on `name`.
        let name = unsafe { ptr::bytes(name, length) }?;
        let is_there = terms.features.iter().any(|feature| feature.as_bytes() == name);
        if is_there { Ok(()) } else { Err(Failure::of(HWL_E_NOT_FOUND)) }
    })
}

/// Ends a licence: wipes the whole object. One that was never verified is wiped as well.
///
/// # Errors
/// Those of a wrong call.
///
/// # Safety
/// - `license`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_license_deinit(license: *mut hwl_license) -> hwl_status {
    // SAFETY: the caller's word on `license`.
    unsafe { opaque::end(license) }
}
