//! The numbers of a client in words: static texts, as in `explain`.

use core::ffi::c_char;

use hwlicense::primary::{ClientState, Refusal};

use super::rights::{HWL_CLIENT_CONTACT_LOST, HWL_CLIENT_LICENSED, HWL_CLIENT_REFUSED, HWL_CLIENT_UNLICENSED};
use crate::text::c_text;

const _: () = assert!(
    HWL_CLIENT_UNLICENSED == state(ClientState::Unlicensed)
        && HWL_CLIENT_LICENSED == state(ClientState::Licensed)
        && HWL_CLIENT_CONTACT_LOST == state(ClientState::ContactLost)
        && HWL_CLIENT_REFUSED == state(ClientState::Refused)
);

/// The number of a state, as a parameter.
const fn state(state: ClientState) -> u32 {
    u32::from_le_bytes([state.number(), 0, 0, 0])
}

/// The number of a refusal, as a parameter.
const fn number(refusal: Refusal) -> u32 {
    let [low, high] = refusal.number().to_le_bytes();
    u32::from_le_bytes([low, high, 0, 0])
}

/// The short name of a client's state, such as "contact-lost".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_client_state_name(state: u32) -> *const c_char {
    match state {
        HWL_CLIENT_UNLICENSED => c_text!("unlicensed"),
        HWL_CLIENT_LICENSED => c_text!("licensed"),
        HWL_CLIENT_CONTACT_LOST => c_text!("contact-lost"),
        HWL_CLIENT_REFUSED => c_text!("refused"),
        _ => c_text!("unknown"),
    }
}

/// A client's state, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_client_state_text(state: u32) -> *const c_char {
    match state {
        HWL_CLIENT_UNLICENSED => c_text!("The device never had a licence."),
        HWL_CLIENT_LICENSED => c_text!("The device has a licence."),
        HWL_CLIENT_CONTACT_LOST => c_text!("The device has a licence, and no Primary Server answers."),
        HWL_CLIENT_REFUSED => c_text!("The device was refused, or its licence has ended."),
        _ => c_text!("unknown"),
    }
}

/// The same text function of every refusal.
macro_rules! refusals {
    ($number:expr, $text:ident) => {
        refusals!($number, $text, UnknownLicenseKey OtherBrand OtherClass NoCapacity Expired Revoked MovesUsedUp
            TrialUsed HardwareChanged BadAuthenticator RequestIdUsed EvidenceTooWeak Withdrawn NotActive UnknownScheme)
    };
    ($number:expr, $text:ident, $($refusal:ident)*) => {
        match $number {
            $( code if code == number(Refusal::$refusal) => c_text!(Refusal::$refusal.$text()), )*
            _ => c_text!("unknown"),
        }
    };
}

/// The short name of a refusal, such as "no-capacity".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_refusal_name(refusal: u32) -> *const c_char {
    refusals!(refusal, code)
}

/// Why the Primary Server gives no licence, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_refusal_text(refusal: u32) -> *const c_char {
    refusals!(refusal, message)
}

/// What the administrator does next about a refusal.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_refusal_next_step(refusal: u32) -> *const c_char {
    refusals!(refusal, next_step)
}
