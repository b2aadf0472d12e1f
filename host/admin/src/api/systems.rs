//! Servers and Systems.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;

use crate::access::Reader;
use crate::problem::Problem;
use crate::state::State;
use crate::systems::SystemEntry;

/// Servers that share licences, and what would be lost if one failed
#[utoipa::path(get, path = "/api/v1/systems", tag = "site", security(("token" = [])),
    responses((status = 200, body = Vec<SystemEntry>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Json<Vec<SystemEntry>>, Problem> {
    Ok(Json(state.systems().await?.to_vec()))
}
