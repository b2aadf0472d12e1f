//! In with a token, and out.

use std::sync::Arc;
use std::time::Instant;

use axum::Form;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::frame::{Page, notice};
use crate::access::{COOKIE, Posted, cookie_of, foreign, holder_of, is_foreign};
use crate::problem::Problem;
use crate::state::State;

/// What the form holds.
#[derive(Deserialize)]
pub(super) struct Entry {
    token: String,
}

pub(super) async fn show() -> Response {
    form(None)
}

fn form(problem: Option<&Problem>) -> Response {
    let body = html! {
        @if let Some(problem) = problem { (notice("bad", &problem.message, &problem.next_step)) }
        form method="post" action="/login" class="card narrow" {
            // Password stores want to know whose it is.
            input name="server" value="Primary Server" autocomplete="username" readonly hidden;
            label for="token" { "Token" }
            input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false";
            p class="hint" {
                "The first one is made on the server: " code { "hwlicense server token new NAME --out FILE" }
                ". The file holds it."
            }
            button type="submit" { "Log in" }
        }
    };
    let status = problem.map_or(StatusCode::OK, Problem::status);
    Page { visitor: None, title: "Log in", reload_s: None, body }.response(status)
}

/// Opens a session for a token that is good.
pub(super) async fn enter(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Form(entry): Form<Entry>) -> Response {
    let opened = async {
        // Another site must not log somebody in under a name that is not theirs.
        if is_foreign(&headers) {
            return Err(foreign());
        }
        let token = entry.token.trim().as_bytes();
        holder_of(&state, token).await?;
        state.sessions.open(token, Instant::now())
    };
    match opened.await {
        Ok(cookie) => (set_cookie(&state, &cookie, "Max-Age=43200"), Redirect::to("/")).into_response(),
        Err(problem) => form(Some(&problem)),
    }
}

/// Ends the session.
pub(super) async fn leave(Shared(state): Shared<Arc<State>>, headers: HeaderMap, _: Posted) -> Response {
    if let Some(cookie) = cookie_of(&headers) {
        state.sessions.close(cookie);
    }
    (set_cookie(&state, "", "Max-Age=0"), Redirect::to("/login")).into_response()
}

fn set_cookie(state: &State, value: &str, age: &str) -> [(header::HeaderName, String); 1] {
    let secure = if state.is_tls { "; Secure" } else { "" };
    [(header::SET_COOKIE, format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; {age}{secure}"))]
}
