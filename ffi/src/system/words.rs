//! Numbers of Systems in words: static texts, as in `explain`.

use core::ffi::c_char;

use hwlicense::hwid::Component;
use hwlicense::system::failover::Obstacle;
use hwlicense::system::{Event, ServerIndex, Status};
use hwlicense::time::UnixSeconds;

use super::convert::obstacle_number;
use super::outcome::{
    HWL_TALLY_DUPLICATE, HWL_TALLY_HARDWARE_CHANGED, HWL_TALLY_NEVER_SEEN, HWL_TALLY_ONE_PER_SYSTEM,
    HWL_TALLY_SERVER_OFFLINE, HWL_TALLY_SERVER_REMOVED,
};
use super::rows::{HWL_EVENT_DETACH, HWL_EVENT_FAIL, HWL_EVENT_REPLACE};
use crate::explain::{hwl_reason_name, hwl_reason_next_step, hwl_reason_text};
use crate::text::c_text;

const CHANGED: Status = Status::HardwareChanged { counts_until: UnixSeconds(0) };
const OFFLINE: Status = Status::ServerOffline { counts_until: UnixSeconds(0) };

/// The same text function of every status of a licence in a System; that of a reason below them.
macro_rules! tallies {
    ($number:expr, $text:ident, $of_reason:ident) => {
        match $number {
            HWL_TALLY_NEVER_SEEN => c_text!(Status::NeverSeen.$text()),
            HWL_TALLY_SERVER_REMOVED => c_text!(Status::ServerRemoved.$text()),
            HWL_TALLY_HARDWARE_CHANGED => c_text!(CHANGED.$text()),
            HWL_TALLY_SERVER_OFFLINE => c_text!(OFFLINE.$text()),
            HWL_TALLY_DUPLICATE => c_text!(Status::Duplicate.$text()),
            HWL_TALLY_ONE_PER_SYSTEM => c_text!(Status::OnePerSystem.$text()),
            reason => $of_reason(reason),
        }
    };
}

/// The same text function of every obstacle.
macro_rules! obstacles {
    ($number:expr, $text:ident) => {
        obstacles!($number, $text, Never Unreached Offline Disabled OtherLocation Full)
    };
    ($number:expr, $text:ident, $($obstacle:ident)*) => {
        match $number {
            $( number if number == obstacle(Obstacle::$obstacle) => c_text!(Obstacle::$obstacle.$text()), )*
            _ => c_text!("unknown"),
        }
    };
}

/// The number of an obstacle, as a parameter.
const fn obstacle(obstacle: Obstacle) -> u32 {
    u32::from_le_bytes([obstacle_number(obstacle), 0, 0, 0])
}

/// The short name of the status in a tally, such as "server-offline".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_tally_name(tally_status: u32) -> *const c_char {
    tallies!(tally_status, code, hwl_reason_name)
}

/// The status in a tally, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_tally_text(tally_status: u32) -> *const c_char {
    tallies!(tally_status, message, hwl_reason_text)
}

/// What the administrator does next about the status in a tally.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_tally_next_step(tally_status: u32) -> *const c_char {
    tallies!(tally_status, next_step, hwl_reason_next_step)
}

/// The short name of the obstacle in a placement, such as "full".
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_obstacle_name(obstacle_number: u32) -> *const c_char {
    obstacles!(obstacle_number, code)
}

/// The obstacle in a placement, as a sentence for people.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_obstacle_text(obstacle_number: u32) -> *const c_char {
    obstacles!(obstacle_number, message)
}

/// What the administrator does next about the obstacle in a placement.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_obstacle_next_step(obstacle_number: u32) -> *const c_char {
    obstacles!(obstacle_number, next_step)
}

/// What the administrator does before an event, so that no licence is lost by it. The argument is
/// one of the HWL_EVENT_ numbers.
///
/// Any thread. Interrupt: yes. Stack: 16 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_event_precaution(event: u32) -> *const c_char {
    const SERVER: ServerIndex = ServerIndex(0);
    match event {
        HWL_EVENT_DETACH => c_text!(Event::Detach(SERVER).precaution()),
        HWL_EVENT_FAIL => c_text!(Event::Fail(SERVER).precaution()),
        HWL_EVENT_REPLACE => c_text!(Event::Replace(SERVER, Component::Nic).precaution()),
        _ => c_text!("unknown"),
    }
}
