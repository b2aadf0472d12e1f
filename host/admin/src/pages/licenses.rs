//! Licences: what the vendor gave this site, and what is in use.

use std::sync::Arc;

use axum::extract::{Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::Role;
use hwlicense_server::store::EntitlementRow;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{badge, form_token, id, number, page, problem_page, when};
use crate::access::{Posted, Visitor};
use crate::api::{csv_file, licenses_csv};
use crate::import;
use crate::listing::LicenseEntry;
use crate::state::State;
use crate::text::printable;

/// Licences of a page.
const PAGE: usize = 100;

/// Which page.
#[derive(Deserialize)]
pub(super) struct Where {
    page: Option<usize>,
}

pub(super) async fn show(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(place): InAddress<Where>,
) -> Response {
    let census = match state.census().await {
        Ok(census) => census,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let pages = census.licenses.len().div_ceil(PAGE).max(1);
    let this = place.page.unwrap_or(1).clamp(1, pages);
    let shown = census.licenses.iter().skip(this.saturating_sub(1).saturating_mul(PAGE)).take(PAGE);
    let body = html! {
        @if visitor.holder.role == Role::Administrator { (import_form(&visitor)) }
        p class="summary" role="status" {
            (number(u64::try_from(census.licenses.len()).unwrap_or(0))) " licences · "
            a href="/licenses.csv" { "as CSV" }
        }
        @if census.licenses.is_empty() {
            p class="empty" { "No licence was imported yet." }
        } @else {
            (table(shown, census.now))
            (paging(this, pages))
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

fn paging(this: usize, pages: usize) -> Markup {
    html! {
        @if pages > 1 {
            nav aria-label="Pages" class="paging" {
                @if this > 1 { a rel="prev" href={ "/licenses?page=" (this.saturating_sub(1)) } { "← Previous" } }
                span { "Page " (this) " of " (pages) }
                @if this < pages { a rel="next" href={ "/licenses?page=" (this.saturating_add(1)) } { "Next →" } }
            }
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
                @if !entry.reason.is_empty() { p class="why" { (entry.reason) ". " (entry.next_step) } }
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
