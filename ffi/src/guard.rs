//! Nothing unwinds into C: on hosts a panic is caught and becomes a status; firmware aborts.

use crate::status::{HWL_OK, Outcome, hwl_status};

/// Runs the body of a function that answers with something else than a status.
#[cfg(feature = "std")]
pub(crate) fn guard_or<T>(on_panic: T, body: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(core::panic::AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            // Its destructor is not ours and might panic again.
            core::mem::forget(payload);
            on_panic
        }
    }
}

/// Runs the body of a function that answers with something else than a status.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) fn guard_or<T>(_on_panic: T, body: impl FnOnce() -> T) -> T {
    body()
}

/// Runs the body of a function that answers with a status.
#[inline(always)]
pub(crate) fn guard(body: impl FnOnce() -> Outcome) -> hwl_status {
    guard_or(crate::status::HWL_E_PANIC, || match body() {
        Ok(()) => HWL_OK,
        Err(failure) => failure.0,
    })
}
