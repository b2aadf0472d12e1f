//! A browser shows a cookie, got for a token.
//!
//! The cookie is 256 random bits, of which only the digest is kept, in memory: a restart logs
//! everybody out. The token's digest is kept beside it and looked up with each request, so that a
//! token that is revoked ends its sessions at once.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense::primary::Secret;
use hwlicense_server::ledger::digest_holder;
use hwlicense_server::registration::digits;
use sha2::{Digest as _, Sha256};

use super::Holder;
use crate::pages::problem_page;
use crate::problem::Problem;
use crate::state::State;

/// Name of the cookie.
pub(crate) const COOKIE: &str = "hwlicense-session";
/// How long a session lasts, and how long without being used.
const LIFE: Duration = Duration::from_secs(12 * 3_600);
const IDLE: Duration = Duration::from_secs(30 * 60);
/// Most sessions. Beyond it the one that was used longest ago ends.
const SESSIONS_MAX: usize = 64;

/// 256 random bits as hexadecimal digits.
pub(crate) fn random_digits() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Problem::fault())?;
    Ok(digits(&bytes))
}

struct Session {
    /// Digest of the token, as the ledger keeps it.
    token: [u8; 32],
    /// What every form of this session carries.
    form_token: String,
    began: Instant,
    used: Instant,
}

/// The sessions that are open.
#[derive(Default)]
pub(crate) struct Sessions {
    by_digest: Mutex<HashMap<[u8; 32], Session>>,
}

impl Sessions {
    /// Opens a session for a token that is good, and gives what the cookie holds.
    pub(crate) fn open(&self, token: &[u8], now: Instant) -> Result<String, Problem> {
        let (cookie, form_token) = (random_digits()?, random_digits()?);
        let token = *Secret::of_token(token).expose();
        let mut sessions = self.by_digest.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.is_open(now));
        if sessions.len() >= SESSIONS_MAX {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.used).map(|(digest, _)| *digest);
            oldest.and_then(|digest| sessions.remove(&digest));
        }
        sessions.insert(digest_of(&cookie), Session { token, form_token, began: now, used: now });
        Ok(cookie)
    }

    /// The token's digest and the form token of a session that is open.
    fn find(&self, cookie: &str, now: Instant) -> Option<([u8; 32], String)> {
        let mut sessions = self.by_digest.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&digest_of(cookie)).filter(|session| session.is_open(now))?;
        session.used = now;
        Some((session.token, session.form_token.clone()))
    }

    /// Ends a session.
    pub(crate) fn close(&self, cookie: &str) {
        self.by_digest.lock().unwrap_or_else(PoisonError::into_inner).remove(&digest_of(cookie));
    }
}

impl Session {
    fn is_open(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.began) < LIFE && now.saturating_duration_since(self.used) < IDLE
    }
}

/// Looking a digest up tells nothing of the cookie, however long it takes.
fn digest_of(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}

/// The session's cookie of a request.
pub(crate) fn cookie_of(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) holder: Holder,
    /// What forms carry.
    pub(crate) form_token: String,
    /// Which page was asked for, for the mark in the navigation.
    pub(crate) path: String,
}

impl Visitor {
    /// Who it is; `None` for nobody, or for one whose token is not good any more.
    pub(super) async fn of(parts: &Parts, state: &State) -> Result<Option<Self>, Problem> {
        let Some((token, form_token)) =
            cookie_of(&parts.headers).and_then(|cookie| state.sessions.find(cookie, Instant::now()))
        else {
            return Ok(None);
        };
        let Some((name, role)) = state.office.read(move |book| Ok(digest_holder(book, &token)?)).await? else {
            return Ok(None);
        };
        state.pace.may_ask(&name)?;
        Ok(Some(Self { holder: Holder { name, role }, form_token, path: parts.uri.path().to_owned() }))
    }
}

impl FromRequestParts<Arc<State>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Response> {
        match Self::of(parts, state).await {
            Ok(Some(visitor)) => Ok(visitor),
            Ok(None) => Err(Redirect::to("/login").into_response()),
            Err(problem) => Err(problem_page(None, &problem)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn after(now: Instant, minutes: u64) -> Instant {
        now.checked_add(Duration::from_secs(minutes.saturating_mul(60))).unwrap()
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_at_the_latest_after_half_a_day() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let cookie = sessions.open(b"token", now).unwrap();
        assert_eq!(cookie.len(), 64);
        assert!(sessions.find(&cookie, after(now, 29)).is_some());
        assert!(sessions.find(&cookie, after(now, 58)).is_some(), "using it keeps it");
        assert!(sessions.find(&cookie, after(now, 89)).is_none());
        let cookie = sessions.open(b"token", now).unwrap();
        let lasts = (0..100u64)
            .take_while(|count| sessions.find(&cookie, after(now, count.saturating_mul(20))).is_some())
            .count();
        assert_eq!(lasts, 36, "twelve hours of twenty minutes");
        let cookie = sessions.open(b"token", now).unwrap();
        sessions.close(&cookie);
        assert!(sessions.find(&cookie, now).is_none());
        assert!(sessions.find("", now).is_none());
    }

    #[test]
    fn sessions_are_bounded_and_the_one_used_last_stays() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let first = sessions.open(b"token", now).unwrap();
        for _ in 0..SESSIONS_MAX {
            sessions.open(b"token", after(now, 1)).unwrap();
        }
        assert!(sessions.find(&first, now).is_none());
        assert_eq!(sessions.by_digest.lock().unwrap().len(), SESSIONS_MAX);
    }
}
