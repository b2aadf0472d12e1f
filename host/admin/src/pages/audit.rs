//! Who changed what, when: the newest first.

use std::sync::Arc;

use axum::extract::{Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::frame::{badge, id, moment, page, problem_page};
use crate::access::Visitor;
use crate::api::{Lines, csv_file, lines, lines_csv};
use crate::listing::AuditEntry;
use crate::state::State;
use crate::text::printable;

/// Lines of a page.
const PAGE: u32 = 100;

pub(super) async fn show(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(wanted): InAddress<Lines>,
) -> Response {
    let lines = match lines(&state, &wanted, PAGE).await {
        Ok(lines) => lines,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let hwid = wanted.hwid.as_deref().map(str::trim).unwrap_or_default();
    let body = html! {
        form method="get" action="/audit" class="search" role="search" {
            label for="hwid" { "Only about this Hardware ID" }
            div { input id="hwid" name="hwid" value=(hwid) maxlength="40" spellcheck="false"; button type="submit" { "Show" } }
        }
        p class="summary" {
            "The audit is only ever appended to. "
            a href={ "/audit.csv" @if !hwid.is_empty() { "?hwid=" (hwid) } } { "As CSV" }
        }
        @if lines.is_empty() { p class="empty" { "There are no more lines." } } @else { (table(&lines)) }
        @if let Some(last) = lines.last().filter(|line| line.number > 1) {
            nav aria-label="Pages" class="paging" {
                a rel="next" href={ "/audit?before=" (last.number) @if !hwid.is_empty() { "&hwid=" (hwid) } } { "Older →" }
            }
        }
    };
    page(&visitor, "Audit", body)
}

fn table(lines: &[AuditEntry]) -> Markup {
    html! {
        table class="list" {
            thead {
                tr {
                    th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Who" }
                    th scope="col" { "About" } th scope="col" { "More" }
                }
            }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" { (moment(&line.at)) }
                        td data-label="What" { (badge("plain", &line.action.replace('-', " "))) }
                        td data-label="Who" { (printable(&line.actor)) }
                        td data-label="About" {
                            @if let Some(hwid) = &line.hwid { a href={ "/clients/" (hwid) } { (id(hwid)) } br; }
                            @if let Some(key) = &line.license_key { (id(key)) }
                        }
                        td data-label="More" { (printable(&line.detail)) }
                    }
                }
            }
        }
    }
}

pub(super) async fn csv(
    _: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(wanted): InAddress<Lines>,
) -> Response {
    match lines_csv(&state, &wanted).await {
        Ok(text) => csv_file("audit", text),
        Err(problem) => problem.into_response(),
    }
}
