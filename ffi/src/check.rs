//! The check of a licence, its report, and the right to go on.

use core::ffi::c_void;
use core::hint::black_box;

use hwlicense::license::{Contact, Context, Match, Reason, Report, Verdict, check_twice, refuse};
use hwlicense::signed::{Label, VerifyError};
use hwlicense::time::{Clock, UnixSeconds};

use crate::descriptor::{check_text, to_usize};
use crate::guard::{guard, guard_or};
use crate::identity::hwl_identity;
use crate::license::hwl_license;
use crate::opaque;
use crate::ptr::{self, Output, Plain, Range, Sized32};
use crate::status::{
    Failure, HWL_E_NOT_READABLE, HWL_E_NOT_UNIQUE, HWL_E_STATE, HWL_E_VALUE, HWL_OK, Outcome, hwl_status, verify_error,
};
use crate::text::c_text;
use crate::types::{HWL_ABSENT, HWL_COMPONENTS, HWL_LOG_INFO, HWL_READ, hwl_text};

/// The word of a verdict that grants, and what `hwl_report_grant` then gives.
pub const HWL_GRANTED: u32 = 0x70e9_155d;
/// What `hwl_report_grant` gives when the verdict refuses. Every other word refuses as well.
pub const HWL_REFUSED: u32 = 0x8019_eaa2;

/// There was no contact with a Primary Server, or none that still counts.
pub const HWL_CONTACT_NONE: u32 = 0;
/// A verified reply of a Primary Server still counts.
pub const HWL_CONTACT_CURRENT: u32 = 1;

/// The program has no brand of its own and accepts licences of each, as on a licence desk.
pub const HWL_CHECK_ANY_BRAND: u32 = 1;

/// The licence is not bound to this component.
pub const HWL_MATCH_NOT_BOUND: u32 = 0;
/// The component is the one that the licence is bound to.
pub const HWL_MATCH_SAME: u32 = 1;
/// The component is another one.
pub const HWL_MATCH_DIFFERS: u32 = 2;
/// The component cannot be read.
pub const HWL_MATCH_NOT_READABLE: u32 = 3;
/// The component is not unique.
pub const HWL_MATCH_NOT_UNIQUE: u32 = 4;

/// What a licence is checked against, beside the machine. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_context {
    /// sizeof(hwl_context).
    pub struct_size: u32,
    /// HWL_CONTACT_NONE or HWL_CONTACT_CURRENT.
    pub contact: u32,
    /// What the clock of the device says, in seconds since 1970.
    pub wall_unix_s: u64,
    /// A time that has certainly passed: at least when the firmware was built, and the greatest
    /// of what `hwl_trust_latest_signed` gave.
    pub floor_unix_s: u64,
    /// HWL_READ, or HWL_ABSENT for a device without a clock.
    pub wall_state: u32,
    /// HWL_CHECK_ bits.
    pub flags: u32,
    /// Brand of this product, HWL_READ; absent only with HWL_CHECK_ANY_BRAND. Bytes that are no
    /// UTF-8 equal no brand.
    pub brand: hwl_text,
    /// Must be NULL.
    pub reserved_pointer: *const c_void,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_context {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_context {
    const BYTES_MIN: usize = size_of::<Self>();
}

/// The result of a check. Plain memory; all zero refuses.
///
/// What unlocks is `hwl_report_grant`, called where it counts, never `reason`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_report {
    /// sizeof(hwl_report); set it before the call.
    pub struct_size: u32,
    /// The word of the verdict: HWL_GRANTED, or something else.
    pub verdict: u32,
    /// The same word with each bit inverted.
    pub verdict_inverse: u32,
    /// For people: `hwl_reason_text` and `hwl_reason_next_step` put it in words.
    pub reason: u32,
    /// More precisely, where the licence was not believed: a status. Else HWL_OK.
    pub cause: hwl_status,
    /// One of the HWL_MATCH_ numbers for each component.
    pub components: [u32; HWL_COMPONENTS],
    /// What exists and could not be read: HWL_FIELD_ bits.
    pub unreadable: u32,
    /// What evidence the licence asks for and the machine does not show: HWL_EVIDENCE_ bits.
    pub evidence_missing: u32,
    /// What evidence the machine rests on and the licence does not accept: HWL_EVIDENCE_ bits.
    pub evidence_unwanted: u32,
    /// HWL_READ if the licence has an end, else HWL_ABSENT.
    pub expires_state: u32,
    /// When the licence ends, in seconds since 1970.
    pub expires_unix_s: u64,
}

// SAFETY: integers in an order without padding.
unsafe impl Plain for hwl_report {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_report {
    // A report without its verdict and reason is none.
    const BYTES_MIN: usize = 16;
}

const _: () = assert!(HWL_GRANTED == Verdict::GRANTED && HWL_REFUSED == Verdict::REFUSED);

/// One of the HWL_MATCH_ numbers.
const fn number_of(found: Option<Match>) -> u32 {
    match found {
        None => HWL_MATCH_NOT_BOUND,
        Some(Match::Matches) => HWL_MATCH_SAME,
        Some(Match::Differs) => HWL_MATCH_DIFFERS,
        Some(Match::NotReadable) => HWL_MATCH_NOT_READABLE,
        Some(Match::NotUnique) => HWL_MATCH_NOT_UNIQUE,
    }
}

impl hwl_report {
    /// Puts in what core reports, and the status that it comes with: all but the size.
    #[inline(never)]
    pub(crate) fn put(&mut self, report: &Report, cause: hwl_status) {
        self.verdict = report.verdict.word();
        self.verdict_inverse = report.verdict.inverse();
        self.reason = report.reason.number().into();
        self.cause = cause;
        let mut number = 0u8;
        for slot in &mut self.components {
            // The first component has number 1.
            number = number.wrapping_add(1);
            *slot = number_of(report.components.of_number(number));
        }
        self.unreadable = report.unreadable.bits().into();
        self.evidence_missing = report.evidence_missing.bits().into();
        self.evidence_unwanted = report.evidence_unwanted.bits().into();
        (self.expires_state, self.expires_unix_s) = match report.expires {
            Some(expires) => (HWL_READ, expires.0),
            None => (HWL_ABSENT, 0),
        };
    }
}

impl Output<hwl_report> {
    /// Writes what core reports, with the status that it comes with.
    #[inline(never)]
    pub(crate) fn report(&self, report: &Report, cause: hwl_status) {
        let mut answer: hwl_report = ptr::zeroed();
        answer.put(report, cause);
        self.write(&answer);
    }
}

/// What stands in a report until its check was made: a refusal.
pub(crate) fn not_checked() -> Report {
    refuse(VerifyError::Malformed)
}

/// Checks a verified licence on a machine at a time.
///
/// HWL_OK says that the check was made, not that the licence is good: that is
/// `hwl_report_grant`. On any failure but those of the report's own pointer, the report is made
/// to refuse, so that an older one in the same place grants nothing.
///
/// # Errors
/// HWL_E_STATE, HWL_E_VALUE for a context without a brand, HWL_E_TEXT_TOO_LONG, and those of a
/// wrong call.
///
/// # Safety
/// - `license`: verified, and not changed meanwhile.
/// - `identity`: made, and not changed meanwhile.
/// - `context`: readable, with its brand.
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: no. Stack: 1056 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_license_check(
    license: *const hwl_license,
    identity: *const hwl_identity,
    context: *const hwl_context,
    out: *mut hwl_report,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        ptr::disjoint(out.range(), &[Range::of(license, 1), Range::of(identity, 1), Range::of(context, 1)])?;
        let mut report = not_checked();
        out.report(&report, HWL_E_STATE);
        // SAFETY: the caller's word on `license`.
        let held = unsafe { opaque::get(license) }?;
        // SAFETY: the caller's word on `identity`.
        let identity = unsafe { opaque::get(identity) }?;
        let mut first = Context { identity, brand: None, clock: Clock::default(), contact: Contact::None };
        // SAFETY: the caller's word on `context` and its brand.
        unsafe { read_context(context, &mut first) }?;
        // Made a second time for the second path of the decision.
        let mut again = first;
        // SAFETY: as above.
        unsafe { read_context(black_box(context), &mut again) }?;
        check_twice(&held.license, &first, &again, &mut report);
        held.log.send(HWL_LOG_INFO, report.reason.number().into(), c_text!("licence: reason"));
        out.report(&report, HWL_OK);
        Ok(())
    })
}

/// The context as core takes it, into its place.
///
/// # Safety
/// If the checks pass, `context` is readable, with its brand, and neither changes during `'a`.
#[inline(never)]
unsafe fn read_context<'a>(context: *const hwl_context, into: &mut Context<'a>) -> Outcome {
    // SAFETY: as this function's own contract.
    let context = unsafe { ptr::lent(context) }?;
    // SAFETY: as this function's own contract.
    into.brand = unsafe { brand(context) }?;
    into.contact = match context.contact {
        HWL_CONTACT_NONE => Contact::None,
        HWL_CONTACT_CURRENT => Contact::Current,
        _ => return Err(Failure::of(HWL_E_VALUE)),
    };
    let is_unset = (context.wall_state == HWL_ABSENT) & (context.wall_unix_s == 0);
    if context.wall_state != HWL_READ && !is_unset {
        return Err(Failure::of(HWL_E_VALUE));
    }
    // A clock that shows zero counts as none.
    into.clock = Clock::new(Some(UnixSeconds(context.wall_unix_s)), UnixSeconds(context.floor_unix_s));
    Ok(())
}

/// The brand of the product; absent only where the program says that it has none.
///
/// # Safety
/// If the checks pass, the bytes of the brand are readable and unchanged during `'a`.
unsafe fn brand<'a>(context: &hwl_context) -> Result<Option<Label<'a>>, Failure> {
    if context.flags & !HWL_CHECK_ANY_BRAND != 0 || !context.reserved_pointer.is_null() {
        return Err(Failure::of(HWL_E_VALUE));
    }
    let is_any = context.flags != 0;
    check_text(&context.brand)?;
    if context.brand.state != if is_any { HWL_ABSENT } else { HWL_READ } {
        return Err(Failure::of(HWL_E_VALUE));
    }
    // SAFETY: checked; readable and unchanged by this function's own contract.
    let bytes = unsafe { ptr::checked_bytes(context.brand.bytes, to_usize(context.brand.length)) };
    Ok((!is_any).then_some(Label::to_compare(bytes)))
}

const _: () = assert!(HWL_ABSENT == 0 && HWL_MATCH_NOT_BOUND == 0);

/// The report on something that was not believed: a refusal, with the reason that belongs to a
/// status of `hwl_license_verify` or of `hwl_identity_hwid`.
///
/// # Errors
/// HWL_E_VALUE for a status that is not negative, and those of a wrong call. The report refuses
/// all the same.
///
/// # Safety
/// - `out`: writable, with its struct_size set.
///
/// Any thread. Interrupt: yes. Stack: 208 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_report_refused(status: hwl_status, out: *mut hwl_report) -> hwl_status {
    guard(|| -> Outcome {
        // SAFETY: the caller's word on `out`.
        let out = unsafe { Output::new(out) }?;
        out.report(&not_checked(), HWL_E_STATE);
        if status >= 0 {
            return Err(Failure::of(HWL_E_VALUE));
        }
        let mut found = refuse(verify_error(status).unwrap_or(VerifyError::Malformed));
        match status {
            HWL_E_NOT_READABLE => found.reason = Reason::HardwareNotReadable,
            HWL_E_NOT_UNIQUE => found.reason = Reason::EvidenceTooWeak,
            _ => {}
        }
        out.report(&found, status);
        Ok(())
    })
}

/// The verdict of a report, checked once more where it counts: HWL_GRANTED, HWL_REFUSED, or
/// another word that refuses too. Compare with HWL_GRANTED, and with nothing else:
/// `if (hwl_report_grant(&report) == HWL_GRANTED) { start_recording(); }`
///
/// A report of which any bit of the verdict was changed refuses, as does one that is all zero;
/// NULL is HWL_REFUSED.
///
/// # Safety
/// - `report`: readable.
///
/// Any thread. Interrupt: yes. Stack: 48 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_report_grant(report: *const hwl_report) -> u32 {
    guard_or(HWL_REFUSED, || {
        // SAFETY: the caller's word on `report`.
        match unsafe { ptr::read_verdict(report) } {
            Ok((word, inverse)) => {
                let distance = (black_box(word) ^ HWL_GRANTED) | (black_box(inverse) ^ !HWL_GRANTED);
                if black_box(distance) != 0 {
                    return HWL_REFUSED;
                }
                // Computed again and without a branch: where the one above is skipped, this gives
                // another word than that of acceptance.
                let again = (black_box(word) ^ HWL_GRANTED) | (black_box(inverse) ^ !HWL_GRANTED);
                HWL_GRANTED ^ again
            }
            Err(_) => HWL_REFUSED,
        }
    })
}
