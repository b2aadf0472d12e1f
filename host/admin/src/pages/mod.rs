//! The pages: rendered here, without script, usable from a keyboard and on a telephone.
//!
//! | Room | One idea |
//! |---|---|
//! | `frame` | what surrounds every page, and the small parts that several share |
//! | `chart` | pictures, with a table for those who do not see them |
//! | `login` | in with a token, and out |
//! | `overview` | what needs a person first, then how much is in use |
//! | `clients`, `client`, `confirm` | the list, one of them, and what is asked before something is done |
//! | `licenses`, `jobs` | licences, their import, and how far it is |
//! | `manual` | activation by file and by picture |
//! | `updates` | how far each has come, and steering it |
//! | `systems` | servers and Systems, and what would be lost if one failed |
//! | `audit`, `tokens` | who did what, and who may |
//!
//! Every text is escaped by the macro that writes it; nothing here marks text as safe.

mod audit;
mod chart;
mod client;
mod clients;
mod confirm;
mod frame;
mod jobs;
mod licenses;
mod login;
mod manual;
mod overview;
mod systems;
mod tokens;
mod updates;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};

use crate::api::UPLOAD_BYTES_MAX;
use crate::state::State;

pub(crate) use frame::problem_page;

/// The style of all pages, and the mark in the browser's tab.
const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

pub(crate) fn router() -> Router<Arc<State>> {
    let upload = || DefaultBodyLimit::max(UPLOAD_BYTES_MAX);
    Router::new()
        .route("/", get(overview::show))
        .route("/login", get(login::show).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/clients", get(clients::show))
        .route("/clients.csv", get(clients::csv))
        .route("/clients/expect", post(clients::expect))
        .route("/clients/strike", post(clients::strike_out))
        .route("/clients/{hwid}", get(client::show))
        .route("/clients/{hwid}/confirm", get(confirm::ask).post(confirm::carry_out))
        .route("/licenses", get(licenses::show))
        .route("/licenses.csv", get(licenses::csv))
        .route("/licenses/import", post(licenses::import).layer(upload()))
        .route("/jobs", get(jobs::show))
        .route("/systems", get(systems::show))
        .route("/activation", get(manual::show).post(manual::answer))
        .route("/activation/file", post(manual::file))
        .route("/updates", get(updates::show))
        .route("/updates/{id}", post(updates::steer))
        .route("/audit", get(audit::show))
        .route("/audit.csv", get(audit::csv))
        .route("/tokens", get(tokens::show).post(tokens::make))
        .route("/tokens/revoke", post(tokens::revoke))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(frame::nothing_here)
}

async fn style() -> impl IntoResponse {
    (kept("text/css; charset=utf-8"), STYLE)
}

async fn icon() -> impl IntoResponse {
    (kept("image/svg+xml"), ICON)
}

/// Not kept for long: what the next version shows has the same address.
const fn kept(kind: &'static str) -> [(header::HeaderName, &'static str); 2] {
    [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")]
}
