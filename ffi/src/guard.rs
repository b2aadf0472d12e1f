//! Nothing unwinds into C: on hosts a panic is caught and becomes a status; firmware aborts.

use crate::status::{HWL_E_PANIC, HWL_OK, Outcome, hwl_status};

/// Runs a body, and gives nothing if it panics.
#[cfg(feature = "std")]
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Option<T> {
    match std::panic::catch_unwind(core::panic::AssertUnwindSafe(body)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Its destructor is not ours and might panic again.
            core::mem::forget(payload);
            None
        }
    }
}

/// Runs a body. Where nothing unwinds it always gives something.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Option<T> {
    Some(body())
}

/// Runs the body of a function that answers with something else than a status.
#[inline(always)]
pub(crate) fn guard_or<T>(on_panic: T, body: impl FnOnce() -> T) -> T {
    caught(body).unwrap_or(on_panic)
}

/// Runs the body of a function that answers with a status.
#[inline(always)]
pub(crate) fn guard(body: impl FnOnce() -> Outcome) -> hwl_status {
    guard_or(HWL_E_PANIC, || status_of(body()))
}

/// The status of what a body gave.
#[inline(always)]
pub(crate) fn status_of(outcome: Outcome) -> hwl_status {
    match outcome {
        Ok(()) => HWL_OK,
        Err(failure) => failure.status(),
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::identity::hwl_identity;
    use crate::opaque::guard_object;
    use crate::status::HWL_E_STATE;

    #[test]
    fn a_panic_is_a_status_and_empties_the_object() {
        assert_eq!(guard(|| panic!("on purpose")), HWL_E_PANIC);
        let mut identity = hwl_identity { opaque: [0; crate::identity::HWL_IDENTITY_WORDS] };
        let hwid = crate::types::hwl_hwid { scheme: 3, bytes: [7; 16] };
        let mut facts = crate::identity::hwl_facts {
            struct_size: u32::try_from(size_of::<crate::identity::hwl_facts>()).unwrap_or_default(),
            evidence: 0,
            unreadable: 0,
            stood_in: 0,
            counted_nics: 0,
            components: [0; 5],
        };
        // SAFETY: all are alive.
        unsafe {
            assert_eq!(crate::identity::hwl_identity_from_hwid(&raw mut identity, &raw const hwid, 4), HWL_OK);
            assert_eq!(crate::identity::hwl_identity_facts(&raw const identity, &raw mut facts), HWL_OK);
            assert_eq!(guard_object(&raw mut identity, |_| panic!("on purpose")), HWL_E_PANIC);
            assert_eq!(crate::identity::hwl_identity_facts(&raw const identity, &raw mut facts), HWL_E_STATE);
        }
    }
}
