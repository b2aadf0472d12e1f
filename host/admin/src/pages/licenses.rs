//! Licences: what the vendor gave this site, and what is in use.

use std::sync::Arc;

use axum::extract::{Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::Role;
use hwlicense_server::store::EntitlementRow;
use maud::{Markup, html};

use super::frame::{badge, form_token, id, number, page, paging, problem_page, prose, sentence, when};
use crate::access::{Posted, Visitor};
use crate::api::{csv_file, licenses_csv};
use crate::import;
use crate::listing::LicenseEntry;
use crate::query::{LicenseQuery, escaped};
use crate::state::State;
use crate::text::printable;

pub(super) async fn show(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(query): InAddress<LicenseQuery>,
) -> Response {
    let census = match state.census().await {
        Ok(census) => census,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let found = query.find(&census.licenses, census.now);
    let body = html! {
        @if visitor.holder.role == Role::Administrator { (import_form(&visitor)) }
        @if !census.licenses.is_empty() { (search_form(&query)) }
        p class="summary" role="status" {
            (number(u64::try_from(found.total).unwrap_or(0)))
            @if found.total == 1 { " licence · " } @else { " licences · " }
            a href="/licenses.csv" { "all as CSV" }
        }
        @if census.licenses.is_empty() {
            p class="empty" { "No licence was imported yet." }
        } @else if found.rows.is_empty() {
            p class="empty" { "No licence fits. " a href="/licenses" { "Show all" } }
        } @else {
            (table(found.rows.iter().copied(), census.now))
            (paging(&found, |page| format!("/licenses?search={}&page={page}", escaped(&query.search))))
        }
    };
    page(&visitor, "Licences", body)
}

pub(super) async fn csv(_: Visitor, Shared(state): Shared<Arc<State>>) -> Response {
    match licenses_csv(&state).await {
        Ok(text) => csv_file("licenses", text),
        Err(problem) => problem.into_response(),
    }
}

fn search_form(query: &LicenseQuery) -> Markup {
    html! {
        form method="get" action="/licenses" class="search" role="search" {
            label for="search" { "Key, type, holder or status" }
            div { input id="search" name="search" type="search" value=(query.search) maxlength="100"; button type="submit" { "Search" } }
        }
    }
}

fn table<'a>(rows: impl Iterator<Item = &'a EntitlementRow>, now: UnixSeconds) -> Markup {
    html! {
        table class="list" {
            thead {
                tr {
                    th scope="col" { "License key" }
                    th scope="col" { "Status" }
                    th scope="col" { "Type" }
                    th scope="col" class="num" { "Channels" }
                    th scope="col" class="num" { "Used" }
                    th scope="col" class="num" { "Free" }
                    th scope="col" { "Expires" }
                    th scope="col" class="num" { "Moves left" }
                }
            }
            tbody { @for row in rows { (license(&LicenseEntry::of(row, now), now)) } }
        }
    }
}

fn license(entry: &LicenseEntry, now: UnixSeconds) -> Markup {
    let kind = match entry.status {
        "OK" => "good",
        "Expires soon" => "warn",
        _ => "bad",
    };
    html! {
        tr {
            th scope="row" { (id(&entry.license_key)) @if !entry.holder.is_empty() { br; span class="dim" { (printable(&entry.holder)) } } }
            td data-label="Status" {
                (badge(kind, entry.status))
                @if !entry.reason.is_empty() { p class="why" { (sentence(entry.reason)) " " (prose(entry.next_step)) } }
            }
            td data-label="Type" { (entry.class) }
            td data-label="Channels" class="num" { (entry.channels) }
            td data-label="Used" class="num" { (entry.used) @if entry.excess > 0 { " + " (entry.excess) } }
            td data-label="Free" class="num" { (entry.free) }
            td data-label="Expires" { @if entry.expires.is_some() { (when(entry.expires.as_ref(), now)) } @else { "Never" } }
            td data-label="Moves left" class="num" { (entry.moves_left()) }
        }
    }
}

fn import_form(visitor: &Visitor) -> Markup {
    html! {
        form method="post" action="/licenses/import" enctype="multipart/form-data" class="card" {
            (form_token(visitor))
            label for="files" { "Import what the vendor sent: licence files and revocation lists" }
            div class="pair" {
                input id="files" name="files" type="file" multiple required;
                button type="submit" { "Import" }
            }
            p class="hint" { "A file may hold many licences as text. Importing one again changes nothing." }
        }
    }
}

pub(super) async fn import(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    match import::begin(&state, &posted.visitor.holder, &posted.files) {
        Ok(_) => Redirect::to("/jobs").into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}
