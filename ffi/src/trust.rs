//! Whom to believe: root keys, issuers, revocations, and who verifies signatures.

use core::ffi::c_void;

use hwlicense::signed::{
    Admitted, Bundle, Envelope, Kind, PUBLIC_KEY_BYTES, PublicKey, ROOTS_MAX, SIGNATURE_BYTES, SignatureAnswer,
    SignatureVerifier, Trust, VerifyError,
};

use crate::guard::guard;
use crate::log::Log;
use crate::opaque::{self, Object, Storage, fits, guard_new, guard_object};
use crate::ptr::{self, Plain, Range, Sized32};
use crate::status::{Failure, HWL_E_ABI, HWL_E_NULL, HWL_E_VALUE, HWL_OK, hwl_status};
use crate::text::c_text;
use crate::types::{HWL_LOG_INFO, HWL_LOG_WARNING, hwl_log_fn, hwl_verify_fn};
use crate::version::HWL_ABI_VERSION;

/// Most root keys.
pub const HWL_ROOTS_MAX: usize = 4;
/// Most issuers that are kept verified.
pub const HWL_ISSUERS_MAX: usize = 8;
/// Most revocation lists, one for each signer.
pub const HWL_LISTS_MAX: usize = 4;

const _: () = {
    use hwlicense::signed::{ISSUERS_MAX, LISTS_MAX};
    assert!(HWL_ROOTS_MAX == ROOTS_MAX && HWL_ISSUERS_MAX == ISSUERS_MAX && HWL_LISTS_MAX == LISTS_MAX);
};

/// Admitted: the certificate of an issuer.
pub const HWL_ADMITTED_ISSUER: u32 = 1;
/// Admitted: a change of a root.
pub const HWL_ADMITTED_ROOT: u32 = 2;
/// Admitted: a revocation list.
pub const HWL_ADMITTED_REVOCATION_LIST: u32 = 4;

/// Words of a hwl_trust, where pointers have 64 bits.
#[cfg(target_pointer_width = "64")]
pub const HWL_TRUST_WORDS: usize = 208;
/// Words of a hwl_trust, where pointers have 32 bits.
#[cfg(target_pointer_width = "32")]
pub const HWL_TRUST_WORDS: usize = 160;

/// Root keys, the issuers that they certified, and what was revoked. Opaque memory of the caller:
/// any contents before `hwl_trust_init`, not to be moved or copied until `hwl_trust_deinit`.
///
/// It keeps pointers into the files that it admits; these must stay in place, unchanged, until
/// it is ended.
#[repr(C)]
#[derive(Debug)]
pub struct hwl_trust {
    /// Private.
    pub opaque: [u64; HWL_TRUST_WORDS],
}

/// What lives in a hwl_trust.
///
/// cbindgen:ignore
#[repr(C)]
pub(crate) struct Believed {
    pub(crate) log: Log,
    pub(crate) trust: Trust<'static, Callback>,
}

// SAFETY: an array of u64 in which it fits, as asserted below; the word is no other's.
unsafe impl Storage for hwl_trust {
    type Value = Believed;
    const MAGIC: u32 = 0x9191_9191;
}

const _: () = assert!(fits::<hwl_trust>());

/// How trust begins. Plain memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct hwl_trust_config {
    /// sizeof(hwl_trust_config).
    pub struct_size: u32,
    /// HWL_ABI_VERSION.
    pub abi_version: u32,
    /// The root keys, HWL_PUBLIC_KEY_BYTES bytes each, one after the other. They are copied.
    pub roots: *const u8,
    /// Who verifies signatures: `hwl_ed25519_verify`, or the engine of the chip.
    pub verify: hwl_verify_fn,
    /// Handed to `verify` as it is. It must stay good until the trust is ended.
    pub verify_ctx: *mut c_void,
    /// Who takes messages; NULL for nobody.
    pub log: hwl_log_fn,
    /// Handed to `log` as it is. It must stay good until the trust and its licences are ended.
    pub log_ctx: *mut c_void,
    /// How many root keys there are: 1 to HWL_ROOTS_MAX.
    pub root_count: u32,
    /// Which messages: HWL_LOG_OFF to HWL_LOG_INFO.
    pub log_level: u32,
}

// SAFETY: integers and pointers in an order without padding on 32 and 64 bit.
unsafe impl Plain for hwl_trust_config {}
// SAFETY: the size comes first.
unsafe impl Sized32 for hwl_trust_config {
    const BYTES_MIN: usize = size_of::<Self>();
}

/// The verifier of the configuration.
pub(crate) struct Callback {
    call: unsafe extern "C" fn(*mut c_void, *const u8, *const u8, usize, *const u8) -> u32,
    ctx: *mut c_void,
}

impl Callback {
    pub(crate) fn new(call: hwl_verify_fn, ctx: *mut c_void) -> Result<Self, Failure> {
        Ok(Self { call: call.ok_or(Failure::of(HWL_E_NULL))?, ctx })
    }
}

impl SignatureVerifier for Callback {
    #[inline(never)]
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> SignatureAnswer {
        // SAFETY: the configuration promised a function of this type that may be called with this
        // context; the lengths are those that its contract names.
        let word =
            unsafe { (self.call)(self.ctx, key.bytes.as_ptr(), message.as_ptr(), message.len(), signature.as_ptr()) };
        SignatureAnswer::from_word(word)
    }
}

/// sizeof(hwl_trust) as the library sees it, for languages without the header.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_trust_size() -> usize {
    size_of::<hwl_trust>()
}

/// Begins trust in root keys. After a failure the object is empty.
///
/// # Errors
/// HWL_E_ABI when the program was compiled for another ABI, HWL_E_VALUE for no root key or for an
/// unknown log level, HWL_E_FULL for more than HWL_ROOTS_MAX, HWL_E_MALFORMED for one given
/// twice, and those of a wrong call.
///
/// # Safety
/// - `trust`: writable.
/// - `config`: readable, with its roots, for the time of the call; its callbacks stay good until
///   the trust is ended.
///
/// One thread at a time per object. Interrupt: no. Stack: 584 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_trust_init(trust: *mut hwl_trust, config: *const hwl_trust_config) -> hwl_status {
    let body = |object: &Object<hwl_trust>| {
        // SAFETY: the caller's word on `config`.
        let config = unsafe { ptr::lent(config) }?;
        if config.abi_version != HWL_ABI_VERSION {
            return Err(Failure::of(HWL_E_ABI));
        }
        if config.root_count == 0 || config.log_level > HWL_LOG_INFO {
            return Err(Failure::of(HWL_E_VALUE));
        }
        let count = usize::try_from(config.root_count).unwrap_or(usize::MAX);
        if count > ROOTS_MAX {
            return Err(VerifyError::Full.into());
        }
        let verifier = Callback::new(config.verify, config.verify_ctx)?;
        ptr::disjoint(object.range(), &[Range::of(config.roots, count.wrapping_mul(PUBLIC_KEY_BYTES))])?;
        // SAFETY: the caller's word on the roots, which share no byte with the trust.
        let roots = unsafe { ptr::keys(config.roots, count) }?;
        let log = Log { call: config.log, ctx: config.log_ctx, level: config.log_level };
        // SAFETY: nothing else refers to the place: the storage is marked as empty.
        let believed = unsafe { object.place() }.write(Believed { trust: Trust::blank(verifier), log });
        believed.trust.begin(roots)?;
        // SAFETY: written above.
        unsafe { object.settle() };
        Ok(())
    };
    // SAFETY: the caller's word on `trust`.
    unsafe { guard_new(trust, &[Range::of(config, 1)], body) }
}

/// Takes in certificates, root changes and revocation lists, after verifying them.
///
/// `file` is one envelope, or a file of several in binary form: of a licence file the certificate
/// is taken in, which makes later checks of that licence cost one signature instead of two.
/// `*out_admitted` becomes the HWL_ADMITTED_ bits of what was new; 0 when all was known already.
///
/// # Errors
/// HWL_E_WRONG_KIND when nothing of the kind is in it, those of HWL_E_MALFORMED to
/// HWL_E_LAST_ROOT, and those of a wrong call. On a failure within a file of several, those
/// before stay admitted.
///
/// # Safety
/// - `trust`: initialised.
/// - `file`: `length` bytes are readable, and stay in place, unchanged, until the trust is ended.
/// - `out_admitted`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 1272 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_trust_admit(
    trust: *mut hwl_trust,
    file: *const u8,
    length: usize,
    out_admitted: *mut u32,
) -> hwl_status {
    let body = |object: &Object<hwl_trust>| {
        ptr::check_one(out_admitted)?;
        let (input, out) = (Range::of(file, length), Range::of(out_admitted, 1));
        ptr::disjoint(object.range(), &[input, out])?;
        ptr::disjoint(out, &[input])?;
        // SAFETY: the caller's word on `trust`.
        let believed = unsafe { object.get_mut() }?;
        // SAFETY: the caller's word on `file`, which stays for as long as the trust does.
        let file: &'static [u8] = unsafe { ptr::bytes(file, length) }?;
        let admitted = admit(&mut believed.trust, file);
        match admitted {
            Ok(_) => believed.log.send(HWL_LOG_INFO, HWL_OK, c_text!("trust: file admitted")),
            Err(failure) => believed.log.send(HWL_LOG_WARNING, failure.status(), c_text!("trust: file refused")),
        }
        // SAFETY: the caller's word on `out_admitted`.
        unsafe { ptr::write(out_admitted, admitted?) }
    };
    // SAFETY: the caller's word on `trust`.
    unsafe { guard_object(trust, body) }
}

/// Admits an envelope, or each of a bundle that is of a kind to be admitted.
fn admit(trust: &mut Trust<'static, Callback>, file: &'static [u8]) -> Result<u32, Failure> {
    match &Bundle::parse(file) {
        Ok(bundle) => {
            let mut found = Err(VerifyError::WrongKind.into());
            for envelope in bundle.envelopes() {
                if matches!(envelope.header().kind, Kind::Certificate | Kind::RootChange | Kind::RevocationList) {
                    found = Ok(admit_one(trust, &envelope)? | found.unwrap_or(0));
                }
            }
            found
        }
        // What is no bundle may be an envelope, and else is told by its own error.
        Err(VerifyError::Malformed) => admit_one(trust, &Envelope::parse(file)?),
        Err(error) => Err((*error).into()),
    }
}

fn admit_one(trust: &mut Trust<'static, Callback>, envelope: &Envelope<'static>) -> Result<u32, Failure> {
    Ok(match trust.admit(envelope)? {
        Admitted::Issuer(_) => HWL_ADMITTED_ISSUER,
        Admitted::Root(_) => HWL_ADMITTED_ROOT,
        Admitted::RevocationList(_) => HWL_ADMITTED_REVOCATION_LIST,
        Admitted::Known => 0,
    })
}

/// The latest time that something signed vouches for, in seconds since 1970: a floor for the
/// clock. 0 when nothing was admitted.
///
/// # Errors
/// HWL_E_STATE, and those of a wrong call.
///
/// # Safety
/// - `trust`: initialised, and not changed meanwhile.
/// - `out_unix_s`: writable.
///
/// Any thread. Interrupt: yes. Stack: 288 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_trust_latest_signed(trust: *const hwl_trust, out_unix_s: *mut u64) -> hwl_status {
    guard(|| {
        ptr::disjoint(Range::of(out_unix_s, 1), &[Range::of(trust, 1)])?;
        // SAFETY: the caller's word on `trust`.
        let latest = unsafe { opaque::get(trust) }?.trust.latest_signed();
        // SAFETY: the caller's word on `out_unix_s`.
        unsafe { ptr::write(out_unix_s, latest.0) }
    })
}

/// Ends trust: wipes the whole object. One that was never initialised is wiped as well. Licences
/// that were verified with it stay good.
///
/// # Errors
/// Those of a wrong call.
///
/// # Safety
/// - `trust`: writable.
///
/// One thread at a time per object. Interrupt: no. Stack: 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hwl_trust_deinit(trust: *mut hwl_trust) -> hwl_status {
    // SAFETY: the caller's word on `trust`.
    unsafe { opaque::end(trust) }
}
