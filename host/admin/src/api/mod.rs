//! The HTTP API, under `/api/v1`. A route that is served is a route that is described: both come from
//! the same place.
//!
//! | Room | One idea |
//! |---|---|
//! | `clients` | clients: listed, looked at, decided about, expected |
//! | `licenses` | licences: listed, imported |
//! | `updates` | updates: listed, steered |
//! | `systems` | servers and Systems |
//! | `site` | the overview, audit, tokens, jobs, statistics, activation by hand |

mod clients;
mod licenses;
mod site;
mod systems;
mod updates;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::state::State;

pub(crate) use clients::{ClientDetail, clients_csv, detail, enter, strike};
pub(crate) use licenses::licenses_csv;
pub(crate) use site::{Lines, TokenEntry, issue_token, lines, lines_csv, token_entries, withdraw_token};
pub(crate) use updates::{Steer, SteerOrder, carry_out, entries as update_entries};

/// Largest upload in bytes: ten thousand licences as text are 20 MB.
pub(crate) const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The routes and what describes them.
pub(crate) fn router() -> (Router<Arc<State>>, OpenApi) {
    let info = InfoBuilder::new()
        .title("hwlicense Primary Server")
        .version("1")
        .description(Some(
            "Administration of a Primary Server. Every request shows a token of `hwlicense server token new`; one \
             made with --read-only may use the GET routes. Errors are application/problem+json with code, message and \
             next_step; further fields may be added, none is removed or changes its meaning.",
        ))
        .build();
    let described = OpenApiBuilder::new().info(info).build();
    let (router, mut document) = OpenApiRouter::with_openapi(described)
        .routes(routes!(clients::list))
        .routes(routes!(clients::csv))
        .routes(routes!(clients::one))
        .routes(routes!(clients::decide))
        .routes(routes!(clients::expect))
        .routes(routes!(clients::expect_csv))
        .routes(routes!(clients::strike_out))
        .routes(routes!(licenses::list))
        .routes(routes!(licenses::csv))
        .routes(routes!(licenses::import).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)))
        .routes(routes!(updates::list))
        .routes(routes!(updates::decide))
        .routes(routes!(systems::list))
        .routes(routes!(site::overview))
        .routes(routes!(site::statistics))
        .routes(routes!(site::audit))
        .routes(routes!(site::audit_csv))
        .routes(routes!(site::tokens))
        .routes(routes!(site::make_token, site::revoke_token))
        .routes(routes!(site::jobs))
        .routes(routes!(site::answer))
        .split_for_parts();
    let components = document.components.get_or_insert_default();
    components
        .security_schemes
        .insert("token".to_owned(), SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)).into());
    let shown = document.clone();
    let served = get(move || async move { Json(shown).into_response() });
    (router.route("/api/v1/openapi.json", served), document)
}

/// What describes the API (OpenAPI 3.1), as text with a line end.
///
/// # Errors
/// It cannot be written as JSON, which would be a mistake in this software.
pub fn document() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&router().1)? + "\n")
}

/// A list for spreadsheets, as a file of this name.
pub(crate) fn csv_file(name: &str, text: String) -> axum::response::Response {
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (axum::http::header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (axum::http::header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}
