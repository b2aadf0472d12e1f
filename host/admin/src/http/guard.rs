//! For whom a request is meant, and the headers of every answer.
//!
//! A page elsewhere can give its own name the address of this server, and then speak to it as if it
//! were itself. The browser still says the name that it was told, so only names that are ours are
//! answered; an address is no name, and cannot be given to somebody else.

use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::problem::Problem;
use crate::state::State;

/// For a whole request, an upload included.
const REQUEST: Duration = Duration::from_secs(120);

/// What every answer says: nothing is run, framed, guessed at, or told to others.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // The address of a client's page holds its Hardware ID.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The names by which administrators reach the server.
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether a `Host` header means this server.
    fn are_meant(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if let Some(rest) = host.strip_prefix('[') {
            return rest.split_once(']').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok());
        }
        let name = host.split_once(':').map_or(host.as_str(), |(name, _)| name);
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.0.iter().any(|known| known == name)
    }
}

/// Holds for every request.
pub(crate) async fn guard(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let mut response = if host.is_some_and(|host| state.hosts.are_meant(host)) {
        timeout(REQUEST, next.run(request)).await.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    } else {
        let problem = Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown-host",
            "this server does not know the name by which it was asked",
            "Use its address, or enter the name under `admin.hosts` in the configuration.",
        );
        problem.into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if state.is_tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_meant() {
        let hosts = Hosts::new(&["Site.example".to_owned()]);
        for host in
            ["127.0.0.1:16771", "localhost:16771", "[::1]:16771", "10.0.0.7", "site.example", "SITE.example:443"]
        {
            assert!(hosts.are_meant(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "site.example.evil", "", "[evil]", "127.0.0.1.evil"] {
            assert!(!hosts.are_meant(host), "{host}");
        }
    }
}
