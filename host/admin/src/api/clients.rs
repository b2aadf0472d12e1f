//! Clients: listed, looked at, decided about, expected.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as InAddress, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use hwlicense_server::ledger::{self, Expected, read_csv};
use hwlicense_server::store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::csv_file;
use crate::access::{Administrator, Reader};
use crate::decision::{Done, Order, read_hwid, read_key};
use crate::listing::{AuditEntry, ClientEntry, csv_table};
use crate::problem::Problem;
use crate::query::Query;
use crate::state::{Keep, State};

/// Lines of its audit that are shown with a client.
pub(crate) const HISTORY: u32 = 50;

/// A page of clients.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientPage {
    /// Those of this page.
    clients: Vec<ClientEntry>,
    /// How many fit, on all pages.
    total: usize,
    /// This page, counted from 1.
    page: u32,
    /// How many pages there are.
    pages: u32,
}

/// List clients: licence, version, last contact, and why one does not record
#[utoipa::path(get, path = "/api/v1/clients", tag = "clients", params(Query), security(("token" = [])),
    responses((status = 200, body = ClientPage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(query): InAddress<Query>,
) -> Result<Json<ClientPage>, Problem> {
    let census = state.census().await?;
    let found = query.find(&census.clients, census.now);
    let clients = found.rows.into_iter().map(ClientEntry::of).collect();
    Ok(Json(ClientPage { clients, total: found.total, page: found.page, pages: found.pages }))
}

/// The same list for spreadsheets, all pages in one
#[utoipa::path(get, path = "/api/v1/clients.csv", tag = "clients", params(Query), security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn csv(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(query): InAddress<Query>,
) -> Result<Response, Problem> {
    Ok(csv_file("clients", clients_csv(&state, &query).await?))
}

/// The list of clients for spreadsheets.
pub(crate) async fn clients_csv(state: &State, query: &Query) -> Result<String, Problem> {
    let census = state.census().await?;
    let rows = query.all(&census.clients, census.now).into_iter().map(|client| ClientEntry::of(client).cells());
    Ok(csv_table(&ClientEntry::HEADER, rows))
}

/// A lease of a client.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LeaseEntry {
    /// The licence.
    pub(crate) license_key: String,
    /// Channels.
    pub(crate) channels: u32,
    /// Its number, with the epoch of the ledger before it.
    pub(crate) serial: String,
    /// When it begins.
    pub(crate) from: String,
    /// When it ends; null for never.
    pub(crate) until: Option<String>,
    /// How often the channels of the licence may still move to other hardware.
    pub(crate) moves_left: u16,
}

/// A client with its leases and what happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientDetail {
    /// As it is listed.
    pub(crate) client: ClientEntry,
    /// Its newest lease of each licence that it has.
    pub(crate) leases: Vec<LeaseEntry>,
    /// What happened to it, the newest first.
    pub(crate) history: Vec<AuditEntry>,
}

/// Everything about one client.
pub(crate) async fn detail(state: &State, hwid: &str) -> Result<ClientDetail, Problem> {
    let hwid = read_hwid(hwid)?;
    state
        .office
        .read(move |book| {
            let view = ledger::client(book, hwid)?;
            let view = view.ok_or_else(|| Problem::not_found("no client has this Hardware ID"))?;
            let mut leases = Vec::new();
            for activation in book.rows().activations_of_hwid(hwid)? {
                let holds = view.holds.iter().any(|(key, _)| *key == activation.entitlement);
                let (true, Some(lease)) = (holds, book.rows().newest_lease(activation.id)?) else { continue };
                let row = book.rows().entitlement(activation.entitlement)?;
                leases.push(LeaseEntry {
                    license_key: activation.entitlement.to_string(),
                    channels: lease.count,
                    serial: format!("{}.{}", lease.epoch, lease.serial),
                    from: crate::text::show_time(lease.starts),
                    until: lease.ends.map(crate::text::show_time),
                    moves_left: row.map_or(0, |row| row.moves_max.saturating_sub(row.moves_used)),
                });
            }
            let history = book.rows().audit_before(Some(hwid), None, HISTORY)?;
            let history = history.iter().map(AuditEntry::of).collect();
            Ok(ClientDetail { client: ClientEntry::of(&view), leases, history })
        })
        .await
}

/// Look at one client: why it does not record, what to do, its leases and its history
#[utoipa::path(get, path = "/api/v1/clients/{hwid}", tag = "clients", params(("hwid" = String, Path, description = "Hardware ID")),
    security(("token" = [])), responses((status = 200, body = ClientDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn one(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    Path(hwid): Path<String>,
) -> Result<Json<ClientDetail>, Problem> {
    detail(&state, &hwid).await.map(Json)
}

/// Decide about one client: assign, unassign, allow, accept, clear-mark, deactivate, move, withdraw
#[utoipa::path(post, path = "/api/v1/clients/{hwid}/decisions", tag = "clients", params(("hwid" = String, Path, description = "Hardware ID")),
    request_body = Order, security(("token" = [])),
    responses((status = 200, body = Done), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn decide(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Path(hwid): Path<String>,
    Json(order): Json<Order>,
) -> Result<Json<Done>, Problem> {
    let keep = if order.dry_run { Keep::Nothing } else { Keep::Changes };
    state.decide(&who, read_hwid(&hwid)?, order.decision()?, keep).await.map(Json)
}

/// A client that is to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedOrder {
    /// Name that it will give.
    #[serde(default)]
    name: Option<String>,
    /// Hardware ID by which it will be known; then the name says nothing.
    #[serde(default)]
    hwid: Option<String>,
    /// Licence that it gets.
    #[serde(default)]
    license_key: Option<String>,
    /// A remark for people.
    #[serde(default)]
    note: String,
}

/// What was entered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entered {
    /// How many clients.
    clients: usize,
}

/// Enters clients that are to come, all or none.
pub(crate) async fn enter(
    state: &State,
    who: &crate::access::Holder,
    clients: Vec<Expected>,
) -> Result<usize, Problem> {
    who.must_administer()?;
    let count = clients.len();
    let enter_one = |book: &mut ledger::Book<'_>, one: &Expected| {
        ledger::expect(book, one).map(|_| ()).map_err(|error| {
            let problem = Problem::from(error);
            let hwid = || one.hwid.map(|hwid| hwid.to_string());
            let name = one.name.clone().or_else(hwid).unwrap_or_default();
            Problem { message: format!("{name}: {}", problem.message), ..problem }
        })
    };
    state.office.change(who, move |book| clients.iter().try_for_each(|one| enter_one(book, one))).await?;
    state.forget_census().await;
    Ok(count)
}

/// Enter a client that is to come
#[utoipa::path(post, path = "/api/v1/expected", tag = "clients", request_body = ExpectedOrder, security(("token" = [])),
    responses((status = 200, body = Entered), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn expect(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Json(order): Json<ExpectedOrder>,
) -> Result<Json<Entered>, Problem> {
    let expected = Expected {
        name: order.name.filter(|name| !name.is_empty()),
        hwid: order.hwid.as_deref().map(read_hwid).transpose()?,
        assigned: order.license_key.as_deref().map(read_key).transpose()?,
        note: order.note,
    };
    if expected.name.is_none() && expected.hwid.is_none() {
        return Err(Problem::unreadable("neither a name nor a Hardware ID", "Name the client."));
    }
    Ok(Json(Entered { clients: enter(&state, &who, vec![expected]).await? }))
}

/// Strikes out a client that is expected no more.
pub(crate) async fn strike(state: &State, who: &crate::access::Holder, number: &str) -> Result<(), Problem> {
    who.must_administer()?;
    let unknown = || Problem::not_found("no client is expected under this number");
    let number: i64 = number.parse().map_err(|_| unknown())?;
    let work = move |book: &mut ledger::Book<'_>| match ledger::strike_expected(book, number) {
        Err(StoreError::Conflict) => Err(unknown()),
        struck => Ok(struck?),
    };
    state.office.change(who, work).await?;
    state.forget_census().await;
    Ok(())
}

/// Strike out a client that is expected no more
#[utoipa::path(delete, path = "/api/v1/expected/{id}", tag = "clients",
    params(("id" = String, Path, description = "Its number: `expected` in the list of clients")), security(("token" = [])),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn strike_out(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    strike(&state, &who, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enter clients that are to come from CSV whose first row names the columns: name, hwid, key, note
#[utoipa::path(post, path = "/api/v1/expected.csv", tag = "clients", request_body(content = String, content_type = "text/csv"), security(("token" = [])),
    responses((status = 200, body = Entered), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn expect_csv(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    text: String,
) -> Result<Json<Entered>, Problem> {
    Ok(Json(Entered { clients: enter(&state, &who, read_csv(&text)?).await? }))
}
