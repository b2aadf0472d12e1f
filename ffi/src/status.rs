//! The one table of status codes: number, name, what happened, what to do.
//!
//! The constants are written out because the header's generator does not look into macros. The
//! ranges: -1 to -19 the call was wrong, -20 to -29 an answer that is a no, -30 to -39 the
//! self-test failed, -40 to -49 the storage of a client, from -100 on the negative of the number of an
//! error of the core, from -301 on the same of what is wrong with a System. A number is never used again for anything else.

use core::ffi::c_char;
use core::num::NonZero;

use hwlicense::hwid::{EnrollmentError, HardwareError, HwidError, HwidParseError};
use hwlicense::license::{BindingError, LicenseKeyError, Reason};
use hwlicense::primary::FrameError;
use hwlicense::primary::client::{InputError, ReplyError, RequestError, SaveError};
use hwlicense::signed::VerifyError;
use hwlicense::signed::armor::ArmorError;
use hwlicense::system::failover::PlanError;
use hwlicense::system::{AllocateError, Problem};
use hwlicense::update::client::{HandOverError, InputError as FetchInputError};
use hwlicense::update::{FetchRefusal, UpdateError};

use crate::text::c_text;

/// What every function returns that can fail: HWL_OK, or one of the negative HWL_E_ codes.
pub type hwl_status = i32;

/// Done.
pub const HWL_OK: i32 = 0;

/// A pointer is NULL that may not be. Only (NULL, 0) is an empty buffer.
pub const HWL_E_NULL: i32 = -1;
/// A struct_size or row size is not one that any version had. Set it to sizeof the struct.
pub const HWL_E_SIZE: i32 = -2;
/// A length would reach past the end of the address space.
pub const HWL_E_LENGTH: i32 = -3;
/// The output buffer is too small. Its length output holds a size that suffices.
pub const HWL_E_BUFFER: i32 = -4;
/// An output overlaps an input or another output. Give each its own memory.
pub const HWL_E_OVERLAP: i32 = -5;
/// A pointer is not aligned for its type.
pub const HWL_E_ALIGN: i32 = -6;
/// The object was not initialised, was moved or copied, or was deinitialised.
pub const HWL_E_STATE: i32 = -7;
/// A number is none of those allowed here, or a field has a value without the state HWL_READ.
pub const HWL_E_VALUE: i32 = -8;
/// A defect of this library; the object, if any, can no longer be used. Report it.
pub const HWL_E_PANIC: i32 = -9;
/// The program was compiled for another ABI than that of this library.
pub const HWL_E_ABI: i32 = -10;

/// The two are different.
pub const HWL_E_DIFFERENT: i32 = -20;
/// There is no such entry.
pub const HWL_E_NOT_FOUND: i32 = -21;
/// The pool has no channel left for the device.
pub const HWL_E_NO_CHANNEL_LEFT: i32 = -22;
/// No image of an update is whole.
pub const HWL_E_NOT_READY: i32 = -23;

/// Self-test: the computed HWID differs from the golden one. The build is broken.
pub const HWL_E_SELF_TEST_HWID: i32 = -30;
/// Self-test: the enrolment differs from the golden one. The build is broken.
pub const HWL_E_SELF_TEST_ENROLLMENT: i32 = -31;
/// Self-test: the verify callback refuses a good signature.
pub const HWL_E_SELF_TEST_REFUSED: i32 = -32;
/// Self-test: the verify callback accepts a signature that does not hold. Do not ship it.
pub const HWL_E_SELF_TEST_ACCEPTED: i32 = -33;
/// Self-test: a good licence is not verified.
pub const HWL_E_SELF_TEST_LICENSE: i32 = -34;
/// Self-test: the verdict on a licence is wrong. The build is broken.
pub const HWL_E_SELF_TEST_VERDICT: i32 = -35;

/// A callback of the storage of a client or an update failed. What was saved before is still there.
pub const HWL_E_STORAGE: i32 = -40;
/// The request does not fit into its buffer, or the state into its slot.
pub const HWL_E_NO_ROOM: i32 = -41;

/// The file is damaged, or is not one of ours. Get it again.
pub const HWL_E_MALFORMED: i32 = -100;
/// The file is larger than it may be.
pub const HWL_E_TOO_LARGE: i32 = -101;
/// The file is written in a newer format. Update this software.
pub const HWL_E_UNSUPPORTED_VERSION: i32 = -102;
/// The algorithm of the signature is not known. Update this software.
pub const HWL_E_UNSUPPORTED_ALGORITHM: i32 = -103;
/// The file holds something that is not known. Update this software.
pub const HWL_E_UNKNOWN_KIND: i32 = -104;
/// A good file, but of another kind than asked for.
pub const HWL_E_WRONG_KIND: i32 = -105;
/// Signed by a key that is neither trusted nor certified by one that is.
pub const HWL_E_UNKNOWN_KEY: i32 = -106;
/// The signature does not hold. Get the original file.
pub const HWL_E_BAD_SIGNATURE: i32 = -107;
/// The certificate of the issuer does not name this kind.
pub const HWL_E_ISSUER_KIND: i32 = -108;
/// Issued outside the time that the certificate names, or after the key was retired.
pub const HWL_E_ISSUER_TIME: i32 = -109;
/// The certificate of the issuer does not name this brand.
pub const HWL_E_ISSUER_BRAND: i32 = -110;
/// The certificate of the issuer does not name this class.
pub const HWL_E_ISSUER_CLASS: i32 = -111;
/// More channels than the certificate of the issuer allows.
pub const HWL_E_ISSUER_COUNT: i32 = -112;
/// The key that signed it was revoked.
pub const HWL_E_KEY_REVOKED: i32 = -113;
/// The licence itself was revoked.
pub const HWL_E_LICENSE_REVOKED: i32 = -114;
/// It holds a condition that is not known. Update this software.
pub const HWL_E_UNKNOWN_CRITICAL: i32 = -115;
/// Older than what the same signer said before.
pub const HWL_E_OUT_OF_SEQUENCE: i32 = -116;
/// More roots, issuers or revocation lists than can be kept.
pub const HWL_E_FULL: i32 = -117;
/// A root may not retire or revoke itself.
pub const HWL_E_LAST_ROOT: i32 = -118;
/// Signed by a key that the verifier is not for: pin it too, or take one that verifies any key.
pub const HWL_E_KEY_NOT_PINNED: i32 = -119;

/// A text of the descriptor is longer than HWL_TEXT_BYTES_MAX.
pub const HWL_E_TEXT_TOO_LONG: i32 = -200;
/// The descriptor lists more than HWL_NICS_MAX network interfaces. Leave out virtual ones.
pub const HWL_E_TOO_MANY_NICS: i32 = -201;
/// More than HWL_COUNTED_NICS_MAX network interfaces would count.
pub const HWL_E_TOO_MANY_COUNTED_NICS: i32 = -202;
/// The descriptor lists more than HWL_MODULES_MAX memory modules.
pub const HWL_E_TOO_MANY_MODULES: i32 = -203;
/// The descriptor lists more than HWL_PLATFORM_IDS_MAX platform identifiers.
pub const HWL_E_TOO_MANY_PLATFORM_IDS: i32 = -204;

/// Nothing that was read tells two machines of this model apart.
pub const HWL_E_NOT_UNIQUE: i32 = -210;
/// Fields that the HWID needs exist and could not be read; the facts name them.
pub const HWL_E_NOT_READABLE: i32 = -211;

/// The bytes are no enrolment.
pub const HWL_E_NOT_AN_ENROLLMENT: i32 = -220;
/// The enrolment was written by newer software.
pub const HWL_E_ENROLLMENT_VERSION: i32 = -221;
/// The enrolment is cut off or damaged. Enrol again.
pub const HWL_E_ENROLLMENT_DAMAGED: i32 = -222;

/// Nothing in the enrolment is unique, so no tolerant licence can be bound to it.
pub const HWL_E_BINDING_NOT_UNIQUE: i32 = -230;

/// The text is no HWID: it is not 34 hexadecimal digits.
pub const HWL_E_NOT_A_HWID: i32 = -240;
/// The text is no licence key.
pub const HWL_E_NOT_A_KEY: i32 = -241;
/// The licence key is mistyped: its check does not fit.
pub const HWL_E_KEY_MISTYPED: i32 = -242;
/// The text is not strict PEM with the label HWLICENSE.
pub const HWL_E_NOT_ARMOR: i32 = -243;
/// The armoured text is longer than it may be.
pub const HWL_E_ARMOR_TOO_LARGE: i32 = -244;

/// The System has no servers, or each one was removed.
pub const HWL_E_NO_SERVERS: i32 = -301;
/// More servers than HWL_SERVERS_MAX.
pub const HWL_E_TOO_MANY_SERVERS: i32 = -302;
/// More devices than HWL_DEVICES_MAX.
pub const HWL_E_TOO_MANY_DEVICES: i32 = -303;
/// More licences than HWL_POOL_LICENSES_MAX.
pub const HWL_E_TOO_MANY_LICENSES: i32 = -304;
/// Two servers have one id.
pub const HWL_E_DUPLICATE_SERVER: i32 = -305;
/// Two devices have one id.
pub const HWL_E_DUPLICATE_DEVICE: i32 = -306;
/// A device's host is no row of the servers. HWL_NO_SERVER is for none.
pub const HWL_E_UNKNOWN_HOST: i32 = -307;
/// A device's preferred server is no row of the servers.
pub const HWL_E_UNKNOWN_PREFERRED: i32 = -308;
/// What reaches a device lies outside of the reach list, or is no row of the servers.
pub const HWL_E_UNKNOWN_REACH: i32 = -309;
/// A licence is tied to a server that is no row of the servers. HWL_NO_SERVER is for none.
pub const HWL_E_UNKNOWN_TIE: i32 = -310;
/// A device needs no channel at all.
pub const HWL_E_NO_CHANNELS: i32 = -311;
/// The channels of licences, or the needs of devices, add up to more than 32 bits hold.
pub const HWL_E_COUNT_OVERFLOW: i32 = -312;
/// More channels of a licence are held than it has.
pub const HWL_E_HELD_TOO_MANY: i32 = -313;
/// More than HWL_POOL_CLASSES_MAX classes are there or needed.
pub const HWL_E_TOO_MANY_CLASSES: i32 = -320;
/// The servers that reach devices add up to more than 32 bits hold.
pub const HWL_E_REACH_OVERFLOW: i32 = -330;

/// Nothing was asked, or the answer came too late.
pub const HWL_E_NOT_ASKED: i32 = -520;
/// The reply answers another request.
pub const HWL_E_OTHER_REQUEST: i32 = -521;
/// The reply came a second time.
pub const HWL_E_REPLAYED: i32 = -522;
/// The reply, or the correction of time, is for another machine.
pub const HWL_E_REPLY_OTHER_HWID: i32 = -523;
/// The reply is for products of another brand.
pub const HWL_E_REPLY_OTHER_BRAND: i32 = -524;
/// The reply is of another ledger than its entitlement names.
pub const HWL_E_OTHER_LEDGER: i32 = -525;
/// The reply is of an epoch of the ledger that is over.
pub const HWL_E_OLD_LEDGER_EPOCH: i32 = -526;
/// No entitlement that is known here names the key that signed the reply.
pub const HWL_E_NOT_ENTITLED: i32 = -527;
/// A lease goes beyond its entitlement, or is for another machine.
pub const HWL_E_NOT_COVERED: i32 = -528;
/// What travels with the reply is not what it names.
pub const HWL_E_INCOMPLETE: i32 = -529;
/// What is to be kept is more than the client has room for.
pub const HWL_E_RIGHTS_TOO_LARGE: i32 = -530;
/// There is no HWID, so nothing can be for this machine.
pub const HWL_E_NO_HWID: i32 = -531;
/// The correction of time is not newer than the last one.
pub const HWL_E_OLD_CORRECTION: i32 = -532;

/// What answers speaks something else: check address, port and TLS on both sides.
pub const HWL_E_NOT_THIS_PROTOCOL: i32 = -550;
/// A frame says that it is empty, or larger than it may be.
pub const HWL_E_FRAME_SIZE: i32 = -551;
/// A frame is of another version of the protocol. Update the older side.
pub const HWL_E_FRAME_VERSION: i32 = -552;
/// The body of a frame is cut off, damaged, or not in canonical form.
pub const HWL_E_MALFORMED_MESSAGE: i32 = -553;

/// The update is for products of another brand.
pub const HWL_E_UPDATE_OTHER_BRAND: i32 = -560;
/// The update is for another component of the product.
pub const HWL_E_UPDATE_OTHER_COMPONENT: i32 = -561;
/// The update is not for this model.
pub const HWL_E_UPDATE_OTHER_MODEL: i32 = -562;
/// The update is not for this revision of the hardware.
pub const HWL_E_UPDATE_OTHER_HARDWARE: i32 = -563;
/// What runs is as new as the update, or newer.
pub const HWL_E_UPDATE_NOT_NEWER: i32 = -564;
/// The update is older in security than what the device ever ran.
pub const HWL_E_UPDATE_BELOW_FLOOR: i32 = -565;
/// What runs is too old to be updated in one step.
pub const HWL_E_UPDATE_TOO_OLD: i32 = -566;
/// The update has expired.
pub const HWL_E_UPDATE_EXPIRED: i32 = -567;
/// The slot for the image is too small.
pub const HWL_E_UPDATE_NO_ROOM: i32 = -568;
/// The manifest is not the one that was offered.
pub const HWL_E_UPDATE_OTHER_MANIFEST: i32 = -569;
/// The manifest, its signature or its certificate is not believed.
pub const HWL_E_UPDATE_NOT_BELIEVED: i32 = -570;
/// A chunk is not the one that the manifest names.
pub const HWL_E_UPDATE_WRONG_CHUNK: i32 = -571;
/// The image as it lies in the device is not the one that the manifest names.
pub const HWL_E_UPDATE_WRONG_IMAGE: i32 = -572;
/// A callback of the image failed.
pub const HWL_E_UPDATE_STORAGE: i32 = -573;
/// The vendor's updater did not take the image.
pub const HWL_E_UPDATE_NOT_INSTALLED: i32 = -574;
/// The device started with other software than the update.
pub const HWL_E_UPDATE_NOT_STARTED: i32 = -575;

/// The server has no such update, or it was withdrawn.
pub const HWL_E_UNKNOWN_UPDATE: i32 = -580;
/// The ticket is not for this device and this update.
pub const HWL_E_BAD_TICKET: i32 = -581;
/// The image has no such chunk.
pub const HWL_E_NO_SUCH_CHUNK: i32 = -582;

/// Why a function stops early: one of the negative statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(NonZero<hwl_status>);

impl Failure {
    /// The failure with this status. HWL_OK is no failure, and none is made of it.
    pub(crate) const fn of(status: hwl_status) -> Self {
        const DEFECT: NonZero<hwl_status> = NonZero::new(HWL_E_PANIC).unwrap();
        match NonZero::new(status) {
            Some(status) => Self(status),
            None => Self(DEFECT),
        }
    }

    /// Its status.
    pub(crate) const fn status(self) -> hwl_status {
        self.0.get()
    }
}

/// The status of an error of the core, for the test that walks the table.
#[doc(hidden)]
#[allow(private_bounds, reason = "for the tests of this crate")]
pub fn core_status<E: Into<Failure>>(error: E) -> hwl_status {
    error.into().status()
}

/// What a body that can fail gives.
pub(crate) type Outcome = Result<(), Failure>;

/// Defines what depends on the list of all statuses.
macro_rules! table {
    ( $( $code:ident, $text:expr, $remedy:expr; )* ) => {
        /// Every status there is.
        #[doc(hidden)]
        pub const ALL_STATUSES: &[hwl_status] = &[ $( $code, )* ];

        pub(crate) fn name(status: hwl_status) -> *const c_char {
            match status {
                $( $code => c_text!(stringify!($code)), )*
                _ => c_text!("unknown"),
            }
        }

        pub(crate) fn text(status: hwl_status) -> *const c_char {
            match status {
                $( $code => c_text!($text), )*
                _ => c_text!("unknown"),
            }
        }

        pub(crate) fn remedy(status: hwl_status) -> *const c_char {
            match status {
                $( $code => c_text!($remedy), )*
                _ => c_text!("unknown"),
            }
        }
    };
}

const REPORT_IT: &str = "Report this to the vendor of the software.";
const FIX_THE_CALL: &str = "Correct the call; the header says what each argument must be.";
const FIX_THE_ROW: &str = "Correct the row that the fault names.";
const REBUILD: &str = "Build the program again, and run the tests of its toolchain.";
const WAIT: &str = "Nothing to do: the device asks again. If it stays, look for what changes messages on the way.";
const ASKS_ANOTHER: &str =
    "Nothing to do: the device asks the next server. If it stays, look for what changes messages on the way.";
const CALL_VENDOR: &str = "Keep the Primary Server's log, and ask the vendor of the software.";
const CHECK_ADDRESS: &str = "Check the address, and what lies between the device and its Primary Server.";
const CHECK_ENGINE: &str = "Do not ship this verifier; use one that passes every vector.";

table! {
    HWL_OK, "done", "Nothing to do.";
    HWL_E_NULL, "a pointer is NULL that may not be", FIX_THE_CALL;
    HWL_E_SIZE, "the size of a struct or row is not one that any version had", "Set it to sizeof the struct.";
    HWL_E_LENGTH, "a length reaches past the end of the address space", FIX_THE_CALL;
    HWL_E_BUFFER, "the output buffer is too small", "Call again with a buffer of the size that was given back.";
    HWL_E_OVERLAP, "an output overlaps an input or another output", "Give each its own memory.";
    HWL_E_ALIGN, "a pointer is not aligned for its type", FIX_THE_CALL;
    HWL_E_STATE, "the object is not initialised, or was moved, copied or deinitialised",
        "Initialise it first, and use it where it was initialised.";
    HWL_E_VALUE, "a number is none of those allowed here", FIX_THE_CALL;
    HWL_E_PANIC, "a defect of this library was met", REPORT_IT;
    HWL_E_ABI, "the program was compiled for another ABI", "Compile it again with the header of this library.";
    HWL_E_DIFFERENT, "the two are different", "Nothing to do.";
    HWL_E_NOT_FOUND, "there is no such entry", "Nothing to do.";
    HWL_E_NO_CHANNEL_LEFT, "the pool has no channel left for the device",
        "Add licences of the class that is missing, or switch another device off.";
    HWL_E_NOT_READY, "no image of an update is whole", "Hand one over when hwl_update_standing says that it is ready.";
    HWL_E_SELF_TEST_HWID, "self-test: a HWID is computed wrongly", REBUILD;
    HWL_E_SELF_TEST_ENROLLMENT, "self-test: an enrolment is made wrongly", REBUILD;
    HWL_E_SELF_TEST_REFUSED, "self-test: the verifier refuses a good signature", CHECK_ENGINE;
    HWL_E_SELF_TEST_ACCEPTED, "self-test: the verifier accepts a signature that does not hold", CHECK_ENGINE;
    HWL_E_SELF_TEST_LICENSE, "self-test: a good licence is not verified", REBUILD;
    HWL_E_SELF_TEST_VERDICT, "self-test: the verdict on a licence is wrong", REBUILD;
    HWL_E_STORAGE, "the storage of the client or of its updates failed", "Look at the flash, or the file system, of the device.";
    HWL_E_NO_ROOM, "the request does not fit into its buffer, or the state into its slot",
        "Lend a larger buffer, and slots of HWL_SLOT_BYTES.";
    HWL_E_MALFORMED, VerifyError::Malformed.message(), Reason::Malformed.next_step();
    HWL_E_TOO_LARGE, VerifyError::TooLarge.message(), Reason::Malformed.next_step();
    HWL_E_UNSUPPORTED_VERSION, VerifyError::UnsupportedVersion.message(), Reason::UnsupportedFormat.next_step();
    HWL_E_UNSUPPORTED_ALGORITHM, VerifyError::UnsupportedAlgorithm.message(), Reason::UnsupportedFormat.next_step();
    HWL_E_UNKNOWN_KIND, VerifyError::UnknownKind.message(), Reason::UnsupportedFormat.next_step();
    HWL_E_WRONG_KIND, VerifyError::WrongKind.message(), Reason::Malformed.next_step();
    HWL_E_UNKNOWN_KEY, VerifyError::UnknownKey.message(), Reason::UnknownKey.next_step();
    HWL_E_BAD_SIGNATURE, VerifyError::BadSignature.message(), Reason::BadSignature.next_step();
    HWL_E_ISSUER_KIND, VerifyError::IssuerNotAllowedKind.message(), Reason::IssuerNotAllowed.next_step();
    HWL_E_ISSUER_TIME, VerifyError::IssuerNotAllowedTime.message(), Reason::IssuerNotAllowed.next_step();
    HWL_E_ISSUER_BRAND, VerifyError::IssuerNotAllowedBrand.message(), Reason::IssuerNotAllowed.next_step();
    HWL_E_ISSUER_CLASS, VerifyError::IssuerNotAllowedClass.message(), Reason::IssuerNotAllowed.next_step();
    HWL_E_ISSUER_COUNT, VerifyError::IssuerNotAllowedCount.message(), Reason::IssuerNotAllowed.next_step();
    HWL_E_KEY_REVOKED, VerifyError::KeyRevoked.message(), Reason::Revoked.next_step();
    HWL_E_LICENSE_REVOKED, VerifyError::LicenseRevoked.message(), Reason::Revoked.next_step();
    HWL_E_UNKNOWN_CRITICAL, VerifyError::UnknownCritical.message(), Reason::UnknownCriticalTerm.next_step();
    HWL_E_OUT_OF_SEQUENCE, VerifyError::OutOfSequence.message(), "Use the newest file of this signer.";
    HWL_E_FULL, VerifyError::Full.message(), "Start again with only the certificates and lists that are needed.";
    HWL_E_LAST_ROOT, VerifyError::LastRoot.message(), "Have another root sign the change.";
    HWL_E_KEY_NOT_PINNED, VerifyError::KeyNotPinned.message(),
        "Have it signed by a key that is pinned here, or update this software to one that verifies any key.";
    HWL_E_TEXT_TOO_LONG, "a text of the descriptor is longer than 1024 bytes", "Pass the field as the firmware gives it.";
    HWL_E_TOO_MANY_NICS, "the descriptor lists more than 4096 network interfaces", "Leave out virtual ones.";
    HWL_E_TOO_MANY_COUNTED_NICS, "more than 32 network interfaces would count", "Leave out those that can be unplugged.";
    HWL_E_TOO_MANY_MODULES, "the descriptor lists more than 1024 memory modules", FIX_THE_CALL;
    HWL_E_TOO_MANY_PLATFORM_IDS, "the descriptor lists more than 16 platform identifiers", FIX_THE_CALL;
    HWL_E_NOT_UNIQUE, "nothing on this machine tells it from another one of its model",
        Reason::EvidenceTooWeak.next_step();
    HWL_E_NOT_READABLE, "fields that the HWID needs exist and could not be read",
        Reason::HardwareNotReadable.next_step();
    HWL_E_NOT_AN_ENROLLMENT, "this is no enrolment", "Pass the bytes that the enrolment wrote.";
    HWL_E_ENROLLMENT_VERSION, "the enrolment was written by newer software", "Update this software.";
    HWL_E_ENROLLMENT_DAMAGED, "the enrolment is damaged", "Enrol again.";
    HWL_E_BINDING_NOT_UNIQUE, "nothing in the enrolment tells the machine from another one of its model",
        Reason::EvidenceTooWeak.next_step();
    HWL_E_NOT_A_HWID, "a HWID is exactly 34 hexadecimal digits", "Copy the whole HWID and nothing else.";
    HWL_E_NOT_A_KEY, "a licence key reads AAAA-BBBB-CCCC-DDDD", "Copy the whole licence key and nothing else.";
    HWL_E_KEY_MISTYPED, "the licence key is mistyped", "Compare it with the original, character by character.";
    HWL_E_NOT_ARMOR, "this is no strict PEM with the label HWLICENSE", Reason::Malformed.next_step();
    HWL_E_ARMOR_TOO_LARGE, "the armoured text is longer than it may be", Reason::Malformed.next_step();
    HWL_E_NO_SERVERS, Problem::NoServers.message(), "Pass at least one server that was not removed.";
    HWL_E_TOO_MANY_SERVERS, Problem::TooManyServers.message(), "Leave out servers that were removed long ago.";
    HWL_E_TOO_MANY_DEVICES, Problem::TooManyDevices.message(), "Leave out devices that are no longer there.";
    HWL_E_TOO_MANY_LICENSES, Problem::TooManyLicenses.message(), "Leave out licences that expired or were revoked.";
    HWL_E_DUPLICATE_SERVER, Problem::DuplicateServer.message(), FIX_THE_ROW;
    HWL_E_DUPLICATE_DEVICE, Problem::DuplicateDevice.message(), FIX_THE_ROW;
    HWL_E_UNKNOWN_HOST, Problem::UnknownHost.message(), FIX_THE_ROW;
    HWL_E_UNKNOWN_PREFERRED, Problem::UnknownPreferred.message(), FIX_THE_ROW;
    HWL_E_UNKNOWN_REACH, Problem::UnknownReach.message(), FIX_THE_ROW;
    HWL_E_UNKNOWN_TIE, Problem::UnknownTie.message(), FIX_THE_ROW;
    HWL_E_NO_CHANNELS, Problem::NoChannels.message(), FIX_THE_ROW;
    HWL_E_COUNT_OVERFLOW, Problem::CountOverflow.message(), FIX_THE_ROW;
    HWL_E_HELD_TOO_MANY, Problem::HeldTooMany.message(), FIX_THE_ROW;
    HWL_E_TOO_MANY_CLASSES, "the System has more classes of licences than are counted",
        "Use fewer of the classes that vendors define.";
    HWL_E_REACH_OVERFLOW, "the lists of servers that reach devices are too long", FIX_THE_ROW;
    HWL_E_NOT_ASKED, ReplyError::NotAsked.message(), WAIT;
    HWL_E_OTHER_REQUEST, ReplyError::OtherRequest.message(), WAIT;
    HWL_E_REPLAYED, ReplyError::Replayed.message(), WAIT;
    HWL_E_REPLY_OTHER_HWID, ReplyError::OtherHwid.message(), "Look for a device that uses this one's Hardware ID or address.";
    HWL_E_REPLY_OTHER_BRAND, ReplyError::OtherBrand.message(), "Use the Primary Server of this product's vendor.";
    HWL_E_OTHER_LEDGER, ReplyError::OtherLedger.message(), CALL_VENDOR;
    HWL_E_OLD_LEDGER_EPOCH, ReplyError::OldLedgerEpoch.message(), "Restore the Primary Server by its own command, which begins a new epoch: `hwlicense server restore`.";
    HWL_E_NOT_ENTITLED, ReplyError::NotEntitled.message(), "Import the entitlement that was issued for this Primary Server.";
    HWL_E_NOT_COVERED, ReplyError::NotCovered.message(), CALL_VENDOR;
    HWL_E_INCOMPLETE, ReplyError::Incomplete.message(), WAIT;
    HWL_E_RIGHTS_TOO_LARGE, ReplyError::TooLarge.message(), "Assign fewer licences to this device.";
    HWL_E_NO_HWID, ReplyError::NoHwid.message(), Reason::HardwareNotReadable.next_step();
    HWL_E_OLD_CORRECTION, ReplyError::OldCorrection.message(), "Ask the vendor for a new correction.";
    HWL_E_NOT_THIS_PROTOCOL, FrameError::NotThisProtocol.message(), "Check the address, and that the port (16770) and TLS are set alike on both sides.";
    HWL_E_FRAME_SIZE, FrameError::Size.message(), CHECK_ADDRESS;
    HWL_E_FRAME_VERSION, FrameError::UnsupportedVersion.message(), "Update the older side.";
    HWL_E_MALFORMED_MESSAGE, FrameError::Malformed.message(), CHECK_ADDRESS;
    HWL_E_UPDATE_OTHER_BRAND, UpdateError::OtherBrand.message(), "Publish the update of this product's vendor.";
    HWL_E_UPDATE_OTHER_COMPONENT, UpdateError::OtherComponent.message(), "Publish the update that names this component.";
    HWL_E_UPDATE_OTHER_MODEL, UpdateError::OtherModel.message(), "Publish the update that names this model.";
    HWL_E_UPDATE_OTHER_HARDWARE, UpdateError::OtherHardware.message(), "Publish the update that names this revision of the hardware.";
    HWL_E_UPDATE_NOT_NEWER, UpdateError::NotNewer.message(), "Nothing to do.";
    HWL_E_UPDATE_BELOW_FLOOR, UpdateError::BelowFloor.message(), "Publish an update with at least the security version that this device ran.";
    HWL_E_UPDATE_TOO_OLD, UpdateError::TooOld.message(), "Publish an earlier version first.";
    HWL_E_UPDATE_EXPIRED, UpdateError::Expired.message(), "Ask the vendor for an update that is still offered.";
    HWL_E_UPDATE_NO_ROOM, UpdateError::NoRoom.message(), "Ask the vendor for an update that fits this device.";
    HWL_E_UPDATE_OTHER_MANIFEST, UpdateError::OtherManifest.message(), ASKS_ANOTHER;
    HWL_E_UPDATE_NOT_BELIEVED, UpdateError::NotBelieved.message(), "Publish the vendor's own files; a signer that was revoked must sign no more.";
    HWL_E_UPDATE_WRONG_CHUNK, UpdateError::WrongChunk.message(), ASKS_ANOTHER;
    HWL_E_UPDATE_WRONG_IMAGE, UpdateError::WrongImage.message(), "Look at the flash, or the file system, of the device.";
    HWL_E_UPDATE_STORAGE, UpdateError::Storage.message(), "Look at the flash, or the file system, of the device.";
    HWL_E_UPDATE_NOT_INSTALLED, UpdateError::NotInstalled.message(), "Look at what the updater of the device says.";
    HWL_E_UPDATE_NOT_STARTED, UpdateError::NotStarted.message(), "Look at what the boot loader of the device says.";
    HWL_E_UNKNOWN_UPDATE, FetchRefusal::UnknownUpdate.message(), "Nothing to do: the next contact brings what is offered now.";
    HWL_E_BAD_TICKET, FetchRefusal::BadTicket.message(), "Nothing to do: the next contact brings a new one.";
    HWL_E_NO_SUCH_CHUNK, FetchRefusal::NoSuchChunk.message(), CALL_VENDOR;
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::of(0i32.wrapping_sub(i32::from(error.number())))
    }
}

/// The error of the core that a status stands for.
pub(crate) fn verify_error(status: hwl_status) -> Option<VerifyError> {
    VerifyError::ALL.iter().copied().find(|error| Failure::from(*error) == Failure::of(status))
}

impl From<HardwareError> for Failure {
    fn from(error: HardwareError) -> Self {
        Self::of(match error {
            HardwareError::TextTooLong => HWL_E_TEXT_TOO_LONG,
            HardwareError::TooManyNics => HWL_E_TOO_MANY_NICS,
            HardwareError::TooManyCountedNics => HWL_E_TOO_MANY_COUNTED_NICS,
            HardwareError::TooManyModules => HWL_E_TOO_MANY_MODULES,
            HardwareError::TooManyPlatformIds => HWL_E_TOO_MANY_PLATFORM_IDS,
            // The test of the table fails before a new variant can come here.
            _ => HWL_E_VALUE,
        })
    }
}

impl From<HwidError> for Failure {
    fn from(error: HwidError) -> Self {
        Self::of(match error {
            HwidError::NotReadable(_) => HWL_E_NOT_READABLE,
            _ => HWL_E_NOT_UNIQUE,
        })
    }
}

impl From<EnrollmentError> for Failure {
    fn from(error: EnrollmentError) -> Self {
        Self::of(match error {
            EnrollmentError::NotAnEnrollment => HWL_E_NOT_AN_ENROLLMENT,
            EnrollmentError::UnsupportedVersion => HWL_E_ENROLLMENT_VERSION,
            EnrollmentError::BufferTooSmall => HWL_E_BUFFER,
            _ => HWL_E_ENROLLMENT_DAMAGED,
        })
    }
}

impl From<BindingError> for Failure {
    fn from(_: BindingError) -> Self {
        Self::of(HWL_E_BINDING_NOT_UNIQUE)
    }
}

impl From<HwidParseError> for Failure {
    fn from(_: HwidParseError) -> Self {
        Self::of(HWL_E_NOT_A_HWID)
    }
}

impl From<LicenseKeyError> for Failure {
    fn from(error: LicenseKeyError) -> Self {
        Self::of(match error {
            LicenseKeyError::Check => HWL_E_KEY_MISTYPED,
            _ => HWL_E_NOT_A_KEY,
        })
    }
}

impl From<ArmorError> for Failure {
    fn from(error: ArmorError) -> Self {
        Self::of(match error {
            ArmorError::TooLarge => HWL_E_ARMOR_TOO_LARGE,
            _ => HWL_E_NOT_ARMOR,
        })
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::of((-300i32).wrapping_sub(i32::from(problem.number())))
    }
}

impl From<AllocateError> for Failure {
    fn from(error: AllocateError) -> Self {
        Self::of(match error {
            AllocateError::NoRoom => HWL_E_BUFFER,
            _ => HWL_E_TOO_MANY_CLASSES,
        })
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::of(match error {
            PlanError::TooShort { .. } => HWL_E_BUFFER,
            PlanError::GrantsDiffer => HWL_E_VALUE,
            _ => HWL_E_REACH_OVERFLOW,
        })
    }
}

impl From<FrameError> for Failure {
    fn from(error: FrameError) -> Self {
        Self::of(0i32.wrapping_sub(i32::from(error.number())))
    }
}

impl From<ReplyError> for Failure {
    fn from(error: ReplyError) -> Self {
        Self::of(0i32.wrapping_sub(i32::from(error.number())))
    }
}

impl From<SaveError<Failure>> for Failure {
    fn from(error: SaveError<Failure>) -> Self {
        match error {
            SaveError::Storage(failure) => failure,
            SaveError::TooLarge => Self::of(HWL_E_NO_ROOM),
        }
    }
}

impl From<RequestError<Failure>> for Failure {
    fn from(error: RequestError<Failure>) -> Self {
        match error {
            RequestError::NoHwid => ReplyError::NoHwid.into(),
            RequestError::NotWellFormed => Self::of(HWL_E_TEXT_TOO_LONG),
            RequestError::BufferTooSmall => Self::of(HWL_E_NO_ROOM),
            RequestError::Save(error) => error.into(),
            // The test of the table fails before a new variant can come here.
            _ => Self::of(HWL_E_PANIC),
        }
    }
}

impl From<InputError<Failure>> for Failure {
    fn from(error: InputError<Failure>) -> Self {
        match error {
            InputError::Frame(error) => error.into(),
            InputError::NotBelieved(error) => error.into(),
            InputError::Reply(error) => error.into(),
            InputError::Save(error) => error.into(),
            // The test of the table fails before a new variant can come here.
            _ => Self::of(HWL_E_PANIC),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        Self::of(0i32.wrapping_sub(i32::from(error.number())))
    }
}

impl From<FetchInputError<Failure>> for Failure {
    fn from(error: FetchInputError<Failure>) -> Self {
        match error {
            FetchInputError::NotAsked => ReplyError::NotAsked.into(),
            FetchInputError::Frame(error) => error.into(),
            FetchInputError::NotBelieved(error) => error.into(),
            FetchInputError::Update(error) => error.into(),
            FetchInputError::Save(error) => error.into(),
            // The test of the table fails before a new variant can come here.
            _ => Self::of(HWL_E_PANIC),
        }
    }
}

impl From<HandOverError<Failure>> for Failure {
    fn from(error: HandOverError<Failure>) -> Self {
        match error {
            HandOverError::NotReady => Self::of(HWL_E_NOT_READY),
            HandOverError::Update(error) => error.into(),
            HandOverError::Save(error) => error.into(),
            // The test of the table fails before a new variant can come here.
            _ => Self::of(HWL_E_PANIC),
        }
    }
}
