//! How often a token may ask, and how often somebody may be wrong.
//!
//! Never by address: a site behind one router would throttle itself. A token that is good has its own
//! share. Wrong tokens share a few buckets by their digest; a good one is never held up by them, so
//! nobody can lock an administrator out by guessing.

use core::num::NonZeroU32;

use axum::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota};
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// Requests of one token in a second, on the average, and at once after a pause.
const GOOD: (NonZeroU32, NonZeroU32) = (NonZeroU32::new(20).unwrap(), NonZeroU32::new(100).unwrap());
/// Wrong tokens of one bucket in a minute.
const WRONG: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Remembers who asked how often. Its memory is bounded: there are as many names as tokens, and 256
/// buckets.
pub(crate) struct Pace {
    good: DefaultKeyedRateLimiter<String>,
    wrong: DefaultKeyedRateLimiter<u8>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self {
            good: DefaultKeyedRateLimiter::keyed(Quota::per_second(GOOD.0).allow_burst(GOOD.1)),
            wrong: DefaultKeyedRateLimiter::keyed(Quota::per_minute(WRONG)),
        }
    }

    /// Takes note that who holds a good token asks.
    pub(crate) fn may_ask(&self, name: &str) -> Result<(), Problem> {
        self.good.check_key(&name.to_owned()).map_err(|_| too_often())
    }

    /// The answer to a token that is none.
    pub(crate) fn wrong(&self, token: &[u8]) -> Problem {
        let [bucket, ..]: [u8; 32] = Sha256::digest(token).into();
        match self.wrong.check_key(&bucket) {
            Err(_) => too_often(),
            Ok(()) => Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad-token",
                "this token is none, was revoked, or has expired",
                "`hwlicense server token list` shows which are good; `hwlicense server token new` makes one.",
            ),
        }
    }
}

fn too_often() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-often",
        "this was asked too often",
        "Wait a minute, and ask less often.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]
    use super::*;

    #[test]
    fn the_wrong_are_slowed_down_and_do_not_hold_up_the_good() {
        let pace = Pace::new();
        let codes: Vec<&str> = (0..12).map(|_| pace.wrong(b"guess").code).collect();
        assert!(codes[..10].iter().all(|code| *code == "bad-token"), "{codes:?}");
        assert_eq!(codes[10..], ["too-often"; 2]);
        assert!(pace.may_ask("anna").is_ok());
        let served = (0..1_000).filter(|_| pace.may_ask("anna").is_ok()).count();
        assert!((99..200).contains(&served), "{served}");
        assert!(pace.may_ask("ben").is_ok(), "each has a share");
    }
}
