//! A few golden vectors, run on the device itself.
//!
//! The signatures come from `tests/independent/self_test.py`, the enrolment from the golden
//! vectors, the licence from the fixture; tests compare them with their sources.

use core::ffi::c_void;

use hwlicense::hardware::{Board, Descriptor, Field, Mac, Nic, NicClass, Rows};
use hwlicense::hwid::{ENROLLMENT_BYTES_MAX, Enrollment, Evidence, EvidenceSet, Hwid, Identity, Machine};
use hwlicense::license::{Contact, Context, License, Reason, check};
use hwlicense::signed::{Bundle, PUBLIC_KEY_BYTES, PublicKey, SIGNATURE_BYTES, SignatureAnswer, SignatureVerifier};
use hwlicense::signed::{Trust, Verified};
use hwlicense::time::{Clock, UnixSeconds};

use crate::guard::guard;
use crate::status::{
    Failure, HWL_E_SELF_TEST_ACCEPTED, HWL_E_SELF_TEST_ENROLLMENT, HWL_E_SELF_TEST_HWID, HWL_E_SELF_TEST_LICENSE,
    HWL_E_SELF_TEST_REFUSED, HWL_E_SELF_TEST_VERDICT, Outcome, hwl_status,
};
use crate::trust::Callback;
use crate::types::hwl_verify_fn;

const MESSAGE_BYTES: usize = 16;
const ROW_BYTES: usize = PUBLIC_KEY_BYTES + MESSAGE_BYTES + SIGNATURE_BYTES + 1;

/// Rows of key, message, signature, and 1 if it holds.
const SIGNATURES: &[u8] = include_bytes!("selftest/signatures.bin");
/// The enrolment of the vector `serial-only`.
const ENROLLMENT: &[u8] = include_bytes!("selftest/enrollment.bin");
const LICENSE: &[u8] = include_bytes!("selftest/license.hwl");
const ROOT: [u8; PUBLIC_KEY_BYTES] = *include_bytes!("selftest/root.key");

const _: () = assert!(SIGNATURES.len().is_multiple_of(ROW_BYTES) && SIGNATURES.len() / ROW_BYTES > 10);

const SALT: [u8; 16] = [0x25, 0x42, 0x5f, 0x7c, 0x99, 0xb6, 0xd3, 0xf0, 0x0d, 0x2a, 0x47, 0x64, 0x81, 0x9e, 0xbb, 0xd8];
const HWID: Hwid = Hwid {
    scheme: 3,
    bytes: [0xd9, 0xcc, 0x94, 0x7b, 0x3d, 0x25, 0x31, 0x44, 0xca, 0xb3, 0x36, 0x5b, 0x4f, 0x1b, 0xb9, 0xc7],
};
/// A time within the terms of the licence, which has no end.
const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

/// Runs the vectors of signatures through a verify callback: good ones, and forged ones of each
/// kind that a verifier which is not strict accepts.
///
/// Run it once for each engine, on the device: what passes accepts neither keys nor R of small
/// order, nor a second form of S, and checks the equation without the cofactor.
///
/// # Errors
/// HWL_E_SELF_TEST_REFUSED, HWL_E_SELF_TEST_ACCEPTED, and those of a wrong call.
///
/// # Safety
/// - `verify`: a function of its type that may be called with `verify_ctx`.
///
/// Any thread. Interrupt: no. Stack: 112 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_self_test_verify(verify_ctx: *mut c_void, verify: hwl_verify_fn) -> hwl_status {
    guard(|| signatures(&Callback::new(verify, verify_ctx)?))
}

/// Runs a few golden vectors on the device: a HWID, an enrolment, those of
/// `hwl_self_test_verify`, and a licence verified and checked on two machines.
///
/// It links nearly the whole library; firmware that needs only its verifier tested calls
/// `hwl_self_test_verify`.
///
/// # Errors
/// The first of HWL_E_SELF_TEST_HWID to HWL_E_SELF_TEST_VERDICT that applies, and those of a
/// wrong call.
///
/// # Safety
/// - `verify`: a function of its type that may be called with `verify_ctx`.
///
/// Any thread. Interrupt: no. Stack: 5352 bytes and that of the verifier.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_self_test(verify_ctx: *mut c_void, verify: hwl_verify_fn) -> hwl_status {
    guard(|| {
        // Two of them, because trust keeps its verifier.
        let (verifier, kept) = (Callback::new(verify, verify_ctx)?, Callback::new(verify, verify_ctx)?);
        machine()?;
        signatures(&verifier)?;
        license(kept)
    })
}

#[inline(never)]
fn machine() -> Outcome {
    let nics = [Nic {
        class: NicClass::Physical,
        permanent_mac: Field::Read(Mac([0x00, 0x25, 0x90, 0x5c, 0xd1, 0x38])),
        ..Nic::default()
    }];
    let descriptor = Descriptor {
        board: Board { serial: "ZM16AS034417".into(), ..Board::default() },
        nics: Field::Read(Rows::held(&nics)),
        ..Descriptor::default()
    };
    let machine = Machine::read(&descriptor).map_err(|_| Failure::of(HWL_E_SELF_TEST_HWID))?;
    if machine.hwid() != Ok(HWID) {
        return Err(Failure::of(HWL_E_SELF_TEST_HWID));
    }
    let mut buffer = [0; ENROLLMENT_BYTES_MAX];
    let enrollment = Enrollment::new(&machine, SALT).map_err(|_| Failure::of(HWL_E_SELF_TEST_ENROLLMENT))?;
    match enrollment.encode(&mut buffer) {
        Ok(encoded) if encoded == ENROLLMENT => Ok(()),
        _ => Err(Failure::of(HWL_E_SELF_TEST_ENROLLMENT)),
    }
}

#[inline(never)]
fn signatures(verifier: &Callback) -> Outcome {
    for row in SIGNATURES.chunks_exact(ROW_BYTES) {
        let parts = row
            .split_first_chunk::<PUBLIC_KEY_BYTES>()
            .and_then(|(key, rest)| Some((key, rest.split_first_chunk::<MESSAGE_BYTES>()?)))
            .and_then(|(key, (message, rest))| Some((key, message, rest.split_first_chunk::<SIGNATURE_BYTES>()?)));
        let Some((key, message, (signature, holds))) = parts else {
            return Err(Failure::of(HWL_E_SELF_TEST_REFUSED));
        };
        let answer = verifier.verify(&PublicKey::ed25519(*key), message, signature);
        match (answer == SignatureAnswer::HOLDS, holds == [1]) {
            (true, false) => return Err(Failure::of(HWL_E_SELF_TEST_ACCEPTED)),
            (false, true) => return Err(Failure::of(HWL_E_SELF_TEST_REFUSED)),
            _ => {}
        }
    }
    Ok(())
}

#[inline(never)]
fn license(verifier: Callback) -> Outcome {
    let verify = || {
        let trust = Trust::new(verifier, [PublicKey::ed25519(ROOT)])?;
        trust.verify_bundle::<License<'_>>(&Bundle::parse(LICENSE)?)
    };
    let license = verify().map_err(|_| Failure::of(HWL_E_SELF_TEST_LICENSE))?;
    let bound = license.claims().binding.hwid();
    verdict(&license, bound, Reason::Valid)?;
    verdict(&license, HWID, Reason::OtherHardware)
}

/// That the licence has this verdict on the machine with this HWID.
fn verdict(license: &Verified<'_, License<'_>>, hwid: Hwid, expected: Reason) -> Outcome {
    let identity = Identity::known(hwid, EvidenceSet::EMPTY.with(Evidence::BoardSerial));
    let context = Context {
        identity: &identity,
        brand: Some(license.claims().brand),
        clock: Clock::new(Some(NOW), NOW),
        contact: Contact::None,
    };
    let report = check(license, &context);
    let granted = report.verdict.grant().is_some();
    if report.reason == expected && granted == expected.is_accepting() {
        Ok(())
    } else {
        Err(Failure::of(HWL_E_SELF_TEST_VERDICT))
    }
}

/// The signatures, the enrolment, the licence and its root, for the test that compares them with
/// their sources.
#[doc(hidden)]
#[must_use]
pub fn data() -> [&'static [u8]; 4] {
    [SIGNATURES, ENROLLMENT, LICENSE, &ROOT]
}
