//! Updates: to whom they go, how far they have come, and steering them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use hwlicense_server::ledger::update;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Administrator, Holder, Reader};
use crate::listing::UpdateEntry;
use crate::problem::Problem;
use crate::state::State;

/// The updates of this server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UpdateList {
    /// The newest first.
    updates: Vec<UpdateEntry>,
}

/// All updates.
pub(crate) async fn entries(state: &State) -> Result<Vec<UpdateEntry>, Problem> {
    let views = state.office.read(|book| Ok(update::updates(book)?)).await?;
    Ok(views.iter().map(UpdateEntry::of).collect())
}

/// List the updates: to whom they go, and how far they have come
#[utoipa::path(get, path = "/api/v1/updates", tag = "updates", security(("token" = [])),
    responses((status = 200, body = UpdateList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Json<UpdateList>, Problem> {
    Ok(Json(UpdateList { updates: entries(&state).await? }))
}

/// What is to be done with an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Steer {
    /// Offer it to nobody until it is resumed.
    Pause,
    /// Offer it again, and count its failures anew.
    Resume,
    /// Offer it to nobody any more, for ever.
    Withdraw,
    /// Offer it to this share of the clients.
    Share,
}

/// What is to be done with an update, and with what.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SteerOrder {
    /// What.
    pub(crate) decision: Steer,
    /// Why, for people: to pause and to withdraw.
    #[serde(default)]
    pub(crate) reason: String,
    /// Thousandths of the clients, to share.
    #[serde(default)]
    pub(crate) share: Option<u16>,
}

/// Steers an update that is named by its id, or by the beginning of it.
pub(crate) async fn carry_out(state: &State, who: &Holder, id: String, order: SteerOrder) -> Result<(), Problem> {
    who.must_administer()?;
    let work = move |book: &mut hwlicense_server::ledger::Book<'_>| {
        let id = update::find(book, &id)?;
        match (order.decision, order.share) {
            (Steer::Pause, _) => update::pause(book, &id, &order.reason)?,
            (Steer::Resume, _) => update::resume(book, &id)?,
            (Steer::Withdraw, _) => update::withdraw(book, &id, &order.reason)?,
            (Steer::Share, Some(share)) => update::set_share(book, &id, share)?,
            (Steer::Share, None) => return Err(Problem::unreadable("a share is missing", "Write it in thousandths.")),
        }
        Ok(())
    };
    state.office.change(who, work).await
}

/// Steer an update: pause, resume, withdraw, share
#[utoipa::path(post, path = "/api/v1/updates/{id}/decisions", tag = "updates", params(("id" = String, Path, description = "Its id, or the beginning of it")),
    request_body = SteerOrder, security(("token" = [])),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn decide(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Json(order): Json<SteerOrder>,
) -> Result<axum::http::StatusCode, Problem> {
    carry_out(&state, &who, id, order).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
