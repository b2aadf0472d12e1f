//! A form that was filled in on our page, by who is logged in.
//!
//! Another site can make a browser send a form here, with the cookie if the browser is old. So a form
//! counts only with the token that our page put into it, and only if the browser does not say that it
//! comes from elsewhere.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestExt as _};
use sha2::{Digest as _, Sha256};

use super::Visitor;
use crate::pages::problem_page;
use crate::problem::Problem;
use crate::state::State;

/// Largest form in bytes, files apart.
const FORM_BYTES_MAX: usize = 256 * 1024;
/// Most fields of a form.
const FIELDS_MAX: usize = 64;
/// The field with the session's token.
pub(crate) const FORM_TOKEN: &str = "form-token";

/// A form of who is logged in, with the files that came with it.
pub(crate) struct Posted {
    pub(crate) visitor: Visitor,
    fields: HashMap<String, String>,
    /// Their bytes, in the order in which they came.
    pub(crate) files: Vec<Vec<u8>>,
}

impl Posted {
    /// What stands in a field, without white space around it; `None` if it is empty or not there.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Whether a browser says that a request comes from a page of another site.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = value(header::HeaderName::from_static("sec-fetch-site")) {
        return site != "same-origin";
    }
    // Older browsers say where a form came from; what follows the scheme must be this host.
    let host = value(header::HOST).unwrap_or_default();
    value(header::ORIGIN).is_some_and(|origin| origin.split_once("://").map(|(_, rest)| rest) != Some(host))
}

pub(crate) fn foreign() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "not-from-this-page",
        "this form did not come from a page of this server, or the page is from an earlier session",
        "Go back to the overview and do it again there.",
    )
}

async fn multipart(mut form: Multipart) -> Result<(HashMap<String, String>, Vec<Vec<u8>>), Problem> {
    let wrong = |error| Problem::unreadable(error, "Send the form again.");
    let (mut fields, mut files) = (HashMap::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let bytes = field.bytes().await.map_err(wrong)?;
        if is_file && !bytes.is_empty() {
            files.push(bytes.to_vec());
        } else if !is_file && fields.len() < FIELDS_MAX {
            fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok((fields, files))
}

async fn read(request: Request, parts: &Parts) -> Result<(HashMap<String, String>, Vec<Vec<u8>>), Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        let form = request.extract::<Multipart, _>().await;
        return multipart(form.map_err(|error| Problem::unreadable(error, "Send the form again."))?).await;
    }
    let (head, body) = request.into_parts();
    let too_large =
        |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "this form is too large", "Send less, or a file.");
    let bytes = to_bytes(body, FORM_BYTES_MAX).await.map_err(too_large)?;
    let request = Request::from_parts(head, bytes.into());
    let Form(pairs) = request
        .extract::<Form<Vec<(String, String)>>, _>()
        .await
        .map_err(|error| Problem::unreadable(error, "Send the form again."))?;
    Ok((pairs.into_iter().take(FIELDS_MAX).collect(), Vec::new()))
}

impl FromRequest<Arc<State>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Arc<State>) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let refuse = |problem: Problem| problem_page(None, &problem);
        let visitor = match Visitor::of(&parts, state).await {
            Ok(Some(visitor)) => visitor,
            Ok(None) => return Err(Redirect::to("/login").into_response()),
            Err(problem) => return Err(refuse(problem)),
        };
        if is_foreign(&parts.headers) {
            return Err(refuse(foreign()));
        }
        let request = Request::from_parts(parts.clone(), body);
        let (fields, files) = read(request, &parts).await.map_err(refuse)?;
        let shown = fields.get(FORM_TOKEN).map(String::as_bytes).unwrap_or_default();
        // Both are digests: where they differ tells nothing of the token.
        if Sha256::digest(shown) != Sha256::digest(visitor.form_token.as_bytes()) {
            return Err(refuse(foreign()));
        }
        Ok(Self { visitor, fields, files })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_is_told_apart() {
        let says = |pairs: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                let name: header::HeaderName = name.parse().unwrap();
                headers.insert(name, value.parse().unwrap());
            }
            is_foreign(&headers)
        };
        let host = ("host", "site:16771");
        assert!(!says(&[host]) && !says(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(!says(&[host, ("origin", "http://site:16771")]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(says(&[host, ("sec-fetch-site", site), ("origin", "http://site:16771")]), "{site}");
        }
        for origin in ["http://evil", "null", "http://site:16772", "http://site:16771.evil"] {
            assert!(says(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
