//! Licences: listed, imported.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query as InAddress, State as Shared};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::csv_file;
use crate::access::{Administrator, Reader};
use crate::import;
use crate::job::JobEntry;
use crate::listing::{LicenseEntry, csv_table};
use crate::problem::Problem;
use crate::query::LicenseQuery;
use crate::state::State;

/// The licences of this server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LicenseList {
    /// Those of this page, in the order of their keys.
    licenses: Vec<LicenseEntry>,
    /// How many fit, on all pages.
    total: usize,
    /// This page, counted from 1.
    page: u32,
    /// How many pages there are.
    pages: u32,
}

/// List the licences: channels in all, in use, free
#[utoipa::path(get, path = "/api/v1/licenses", tag = "licences", params(LicenseQuery), security(("token" = [])),
    responses((status = 200, body = LicenseList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(query): InAddress<LicenseQuery>,
) -> Result<Json<LicenseList>, Problem> {
    let census = state.census().await?;
    let found = query.find(&census.licenses, census.now);
    let licenses = found.rows.into_iter().map(|row| LicenseEntry::of(row, census.now)).collect();
    Ok(Json(LicenseList { licenses, total: found.total, page: found.page, pages: found.pages }))
}

/// All licences for spreadsheets
#[utoipa::path(get, path = "/api/v1/licenses.csv", tag = "licences", security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn csv(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    Ok(csv_file("licenses", licenses_csv(&state).await?))
}

/// The list of licences for spreadsheets.
pub(crate) async fn licenses_csv(state: &State) -> Result<String, Problem> {
    let census = state.census().await?;
    let rows = census.licenses.iter().map(|row| LicenseEntry::of(row, census.now).cells());
    Ok(csv_table(&LicenseEntry::HEADER, rows))
}

/// Import a file of the vendor: one entitlement or revocation list, or a text that holds many. It goes on
/// as a job; importing a file again changes nothing
#[utoipa::path(post, path = "/api/v1/licenses/import", tag = "licences", security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = JobEntry), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn import(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    file: Bytes,
) -> Result<(axum::http::StatusCode, Json<JobEntry>), Problem> {
    let job = import::begin(&state, &who, &[file.to_vec()])?;
    Ok((axum::http::StatusCode::ACCEPTED, Json(job.entry())))
}
