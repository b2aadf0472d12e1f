//! The overview, audit, tokens, jobs, statistics, activation by hand.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query as InAddress, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use hwlicense::hwid::Hwid;
use hwlicense_server::ledger::{self, Role, hour_of};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::csv_file;
use crate::access::{Administrator, Holder, Reader, random_digits};
use crate::census::ClassSum;
use crate::decision::read_hwid;
use crate::job::JobEntry;
use crate::listing::{AuditEntry, csv_table};
use crate::manual;
use crate::problem::Problem;
use crate::state::State;
use crate::text::{parse_time, show_time};

/// Most lines of the audit at a time, and in CSV.
const LINES_MAX: u32 = 1_000;
const LINES_CSV_MAX: u32 = 100_000;

/// Something that a person has to do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlarmEntry {
    /// Whether somebody cannot record, or is about to.
    urgent: bool,
    /// What it is.
    what: String,
    /// What to do.
    next_step: &'static str,
}

/// What needs a person, and how much is in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Overview {
    /// What needs a person, the most urgent first.
    alarms: Vec<AlarmEntry>,
    /// Channels by class.
    classes: Vec<ClassSum>,
    /// How many clients there are.
    clients: usize,
}

/// What needs a person, and how much is in use
#[utoipa::path(get, path = "/api/v1/overview", tag = "site", security(("token" = [])),
    responses((status = 200, body = Overview), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn overview(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Json<Overview>, Problem> {
    let census = state.census().await?;
    let alarms = census.alarms().into_iter();
    let alarms =
        alarms.map(|alarm| AlarmEntry { urgent: alarm.is_urgent, what: alarm.what, next_step: alarm.next_step });
    Ok(Json(Overview { alarms: alarms.collect(), classes: census.sums(), clients: census.clients.len() }))
}

/// What clients were told in an hour.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContactsEntry {
    /// When the hour began.
    from: String,
    licensed: u32,
    waiting: u32,
    refused: u32,
    put_off: u32,
}

/// The most channels of a class that were in use in an hour.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageEntry {
    /// When the hour began.
    from: String,
    class: String,
    used: u32,
    capacity: u32,
}

/// What happened in each hour.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Statistics {
    contacts: Vec<ContactsEntry>,
    usage: Vec<UsageEntry>,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Since {
    /// How many hours back: 48 unless said, at most 9600 (400 days).
    hours: Option<u32>,
}

fn beginning(hour: u32) -> String {
    show_time(hwlicense::time::UnixSeconds(u64::from(hour).saturating_mul(3_600)))
}

/// Contacts and use of each hour
#[utoipa::path(get, path = "/api/v1/statistics", tag = "site", params(Since), security(("token" = [])),
    responses((status = 200, body = Statistics), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn statistics(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(since): InAddress<Since>,
) -> Result<Json<Statistics>, Problem> {
    let hours = since.hours.unwrap_or(48);
    let (contacts, usage) = state
        .office
        .read(move |book| {
            let first = hour_of(book.now()).saturating_sub(hours);
            Ok((book.rows().contacts_since(first)?, book.rows().usage_since(first)?))
        })
        .await?;
    let contacts = contacts.iter().map(|row| ContactsEntry {
        from: beginning(row.hour),
        licensed: row.licensed,
        waiting: row.waiting,
        refused: row.refused,
        put_off: row.put_off,
    });
    let usage = usage.iter().map(|row| UsageEntry {
        from: beginning(row.hour),
        class: row.class.to_string(),
        used: row.used,
        capacity: row.capacity,
    });
    Ok(Json(Statistics { contacts: contacts.collect(), usage: usage.collect() }))
}

/// Which lines of the audit.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct Lines {
    /// Only those about this Hardware ID.
    pub(crate) hwid: Option<String>,
    /// Only those before the one with this number.
    pub(crate) before: Option<i64>,
    /// At most so many: 1000.
    pub(crate) limit: Option<u32>,
}

/// Lines of the audit, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    lines: Vec<AuditEntry>,
}

/// The lines that are asked for.
pub(crate) async fn lines(state: &State, wanted: &Lines, max: u32) -> Result<Vec<AuditEntry>, Problem> {
    let hwid = wanted.hwid.as_deref().filter(|text| !text.trim().is_empty());
    let hwid: Option<Hwid> = hwid.map(read_hwid).transpose()?;
    let (before, limit) = (wanted.before, wanted.limit.unwrap_or(max).clamp(1, max));
    let rows = state.office.read(move |book| Ok(book.rows().audit_before(hwid, before, limit)?)).await?;
    Ok(rows.iter().map(AuditEntry::of).collect())
}

/// The audit for spreadsheets.
pub(crate) async fn lines_csv(state: &State, wanted: &Lines) -> Result<String, Problem> {
    let lines = lines(state, wanted, LINES_CSV_MAX).await?;
    Ok(csv_table(&AuditEntry::HEADER, lines.iter().map(AuditEntry::cells)))
}

/// Who changed what, when: the newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "site", params(Lines), security(("token" = [])),
    responses((status = 200, body = AuditPage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn audit(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(wanted): InAddress<Lines>,
) -> Result<Json<AuditPage>, Problem> {
    Ok(Json(AuditPage { lines: lines(&state, &wanted, LINES_MAX).await? }))
}

/// The same for spreadsheets, up to 100,000 lines
#[utoipa::path(get, path = "/api/v1/audit.csv", tag = "site", params(Lines), security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn audit_csv(
    _: Reader,
    Shared(state): Shared<Arc<State>>,
    InAddress(wanted): InAddress<Lines>,
) -> Result<Response, Problem> {
    Ok(csv_file("audit", lines_csv(&state, &wanted).await?))
}

/// A token: not what it is, but whose, and until when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TokenEntry {
    /// Whose it is.
    pub(crate) name: String,
    /// `administrator` or `reader`.
    pub(crate) role: &'static str,
    /// `good`, `expired` or `revoked`.
    pub(crate) state: &'static str,
    /// When it was made.
    pub(crate) created: String,
    /// When it ends; null for never.
    pub(crate) expires: Option<String>,
}

/// All tokens.
pub(crate) async fn token_entries(state: &State) -> Result<Vec<TokenEntry>, Problem> {
    let (now, rows) = state.office.read(|book| Ok((book.now(), book.rows().tokens()?))).await?;
    let entry = |row: hwlicense_server::store::TokenRow| TokenEntry {
        role: Role::from_number(row.role).code(),
        state: match (row.revoked.is_some(), row.is_good(now)) {
            (true, _) => "revoked",
            (false, true) => "good",
            (false, false) => "expired",
        },
        created: show_time(row.created),
        expires: row.expires.map(show_time),
        name: row.name,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenList {
    tokens: Vec<TokenEntry>,
}

/// List the tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "site", security(("token" = [])),
    responses((status = 200, body = TokenList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn tokens(_: Reader, Shared(state): Shared<Arc<State>>) -> Result<Json<TokenList>, Problem> {
    Ok(Json(TokenList { tokens: token_entries(&state).await? }))
}

/// A token that is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenOrder {
    /// Whether it may see everything and change nothing.
    #[serde(default)]
    read_only: bool,
    /// First second at which it is worth nothing (RFC 3339).
    #[serde(default)]
    expires: Option<String>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewToken {
    /// The token. It is not shown again.
    token: String,
}

/// Makes a token, and gives it this once.
pub(crate) async fn issue_token(
    state: &State,
    who: &Holder,
    name: String,
    role: Role,
    expires: Option<&str>,
) -> Result<String, Problem> {
    who.must_administer()?;
    let expires = expires.map(parse_time).transpose();
    let expires = expires.map_err(|how| Problem::unreadable("this is no time", how))?;
    let token = random_digits()?;
    let made = token.clone();
    state.office.change(who, move |book| Ok(ledger::make_token(book, &name, role, made.as_bytes(), expires)?)).await?;
    Ok(token)
}

/// Make a token
#[utoipa::path(put, path = "/api/v1/tokens/{name}", tag = "site", params(("name" = String, Path, description = "Whose it is")),
    request_body = TokenOrder, security(("token" = [])),
    responses((status = 201, body = NewToken), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn make_token(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
    Json(order): Json<TokenOrder>,
) -> Result<(StatusCode, Json<NewToken>), Problem> {
    let role = if order.read_only { Role::Reader } else { Role::Administrator };
    let token = issue_token(&state, &who, name, role, order.expires.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(NewToken { token })))
}

/// Takes a token back.
pub(crate) async fn withdraw_token(state: &State, who: &Holder, name: String) -> Result<(), Problem> {
    who.must_administer()?;
    let was_there = state.office.change(who, move |book| Ok(ledger::revoke_token(book, &name)?)).await?;
    if was_there { Ok(()) } else { Err(Problem::not_found("there is no token of this name that is good")) }
}

/// Revoke a token
#[utoipa::path(delete, path = "/api/v1/tokens/{name}", tag = "site", params(("name" = String, Path, description = "Whose it is")),
    security(("token" = [])), responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn revoke_token(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    withdraw_token(&state, &who, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Long work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobList {
    jobs: Vec<JobEntry>,
}

/// List long work since the start of the server, the newest first
#[utoipa::path(get, path = "/api/v1/jobs", tag = "site", security(("token" = [])),
    responses((status = 200, body = JobList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn jobs(_: Reader, Shared(state): Shared<Arc<State>>) -> Json<JobList> {
    Json(JobList { jobs: state.jobs.all() })
}

/// Answer a request that was carried here: what `hwlicense agent request` writes, or the text of its
/// pictures. The reply is the file for `hwlicense agent reply`
#[utoipa::path(post, path = "/api/v1/answer", tag = "site", security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn answer(
    Administrator(who): Administrator,
    Shared(state): Shared<Arc<State>>,
    request: Bytes,
) -> Result<Vec<u8>, Problem> {
    let frame = manual::frame_of(Some(&request.to_vec()), None)?;
    Ok(manual::answer(&state, &who, &frame).await?.frame)
}
