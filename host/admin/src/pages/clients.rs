//! The list of clients: who records, who does not, why.

use std::sync::Arc;

use axum::extract::{Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{ClientView, Expected, Role, read_csv};
use maud::{Markup, html};

use super::frame::{form_token, id, number, page, paging, problem_page, prose, state_badge, when};
use crate::access::{Posted, Visitor};
use crate::api::{clients_csv, csv_file, enter, strike};
use crate::census::Census;
use crate::decision::{read_hwid, read_key};
use crate::listing::ClientEntry;
use crate::problem::Problem;
use crate::query::{Found, Query, Show, Sort, escaped};
use crate::state::State;
use crate::text::printable;

pub(super) async fn show(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(query): InAddress<Query>,
) -> Response {
    let census = match state.census().await {
        Ok(census) => census,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let found = query.find(&census.clients, census.now);
    let body = html! {
        (filters(&query, &census))
        p class="summary" role="status" {
            (number(u64::try_from(found.total).unwrap_or(0))) " "
            (if found.total == 1 { "client" } else { "clients" })
            " · " a href={ "/clients.csv?" (address(&query, query.sort, None)) } { "as CSV" }
        }
        @if found.rows.is_empty() {
            p class="empty" { "No client fits. " a href="/clients" { "Show all" } }
        } @else {
            (table(&visitor, &query, &found, census.now))
            (paging(&found, |page| format!("/clients?{}", address(&query, query.sort, Some(page)))))
        }
        (expect_form(&visitor, &census))
    };
    page(&visitor, "Clients", body)
}

pub(super) async fn csv(_: Visitor, Shared(state): Shared<Arc<State>>, InAddress(query): InAddress<Query>) -> Response {
    match clients_csv(&state, &query).await {
        Ok(text) => csv_file("clients", text),
        Err(problem) => problem.into_response(),
    }
}

/// The part of an address after the question mark.
fn address(query: &Query, sort: Sort, page: Option<u32>) -> String {
    let mut address = format!("search={}&show={}&sort={}", escaped(&query.search), query.show.word(), sort.word());
    if let Some(page) = page {
        address.push_str(&format!("&page={page}"));
    }
    address
}

fn filters(query: &Query, census: &Census) -> Markup {
    html! {
        nav aria-label="Which clients" class="filters" {
            ul {
                @for (show, name) in Show::ALL {
                    @let count = census.count(show);
                    @let path = address(&Query { show, page: None, ..query.clone() }, query.sort, None);
                    li {
                        a href={ "/clients?" (path) } aria-current=[(show == query.show).then_some("true")] {
                            (name) " " span class="count" { (count) }
                        }
                    }
                }
            }
        }
        form method="get" action="/clients" class="search" role="search" {
            input type="hidden" name="show" value=(query.show.word());
            input type="hidden" name="sort" value=(query.sort.word());
            label for="search" { "Name, Hardware ID or licence key" }
            div { input id="search" name="search" type="search" value=(query.search) maxlength="100"; button type="submit" { "Search" } }
        }
    }
}

fn table(visitor: &Visitor, query: &Query, found: &Found<&ClientView>, now: UnixSeconds) -> Markup {
    let column = |sort: Sort, name: &str| {
        let is_sorted = sort == query.sort;
        let order = if sort == Sort::LastContact { "descending" } else { "ascending" };
        html! {
            th scope="col" aria-sort=[is_sorted.then_some(order)] {
                a href={ "/clients?" (address(query, sort, None)) } { (name) @if is_sorted { span aria-hidden="true" { " ↓" } } }
            }
        }
    };
    html! {
        table class="list" {
            thead {
                tr {
                    (column(Sort::Name, "Name"))
                    (column(Sort::State, "State"))
                    (column(Sort::Version, "Version"))
                    th scope="col" class="num" { "Channels" }
                    (column(Sort::LastContact, "Last contact"))
                    th scope="col" { "Next step" }
                }
            }
            tbody { @for client in &found.rows { (row(visitor, client, now)) } }
        }
    }
}

fn row(visitor: &Visitor, client: &ClientView, now: UnixSeconds) -> Markup {
    let entry = ClientEntry::of(client);
    let is_silent = Show::Silent.fits(client, now);
    let name = if entry.name.is_empty() { "(no name)".to_owned() } else { printable(&entry.name) };
    html! {
        tr {
            th scope="row" {
                @match (&entry.hwid, &entry.first_contact) {
                    (Some(hwid), Some(_)) => a href={ "/clients/" (hwid) } { (name) },
                    _ => span { (name) },
                }
                @if let Some(hwid) = &entry.hwid { br; (id(hwid)) }
            }
            td data-label="State" {
                (state_badge(entry.state, is_silent))
                @if client.clone_mark.is_some() { " " (super::frame::badge("bad", "Possible clone")) }
                @if client.change_asked.is_some() { " " (super::frame::badge("warn", "Hardware changed")) }
            }
            td data-label="Version" class="tight" { (printable(&entry.version)) }
            td data-label="Channels" class="num" { (entry.channels()) }
            td data-label="Last contact" { (when(entry.last_contact.as_ref(), now)) }
            td data-label="Next step" class={ "step" @if entry.next_step.is_none() { " nothing" } } {
                (prose(entry.next_step.unwrap_or("–")))
                @if let (Some(number), Role::Administrator) = (entry.expected, visitor.holder.role) { (strike_form(visitor, number)) }
            }
        }
    }
}

/// For a client that never came and is not going to.
fn strike_form(visitor: &Visitor, number: i64) -> Markup {
    html! {
        details {
            summary { "Strike it out…" }
            form method="post" action="/clients/strike" {
                (form_token(visitor))
                input type="hidden" name="number" value=(number);
                p { "It is expected no more. If it comes all the same, it is treated as any other device." }
                button type="submit" class="danger" { "Strike it out" }
            }
        }
    }
}

fn expect_form(visitor: &Visitor, census: &Census) -> Markup {
    html! {
        details class="card" {
            summary { "Enter clients that are to come" }
            p class="hint" {
                "They are listed as V 0.0 (0000) until their first contact, and get what is named here."
            }
            form method="post" action="/clients/expect" enctype="multipart/form-data" {
                (form_token(visitor))
                div class="fields" {
                    p { label for="name" { "Name that the device gives" } input id="name" name="name" maxlength="64"; }
                    p { label for="hwid" { "or its Hardware ID" } input id="hwid" name="hwid" maxlength="34" spellcheck="false"; }
                    p { label for="key" { "Licence (optional)" } (license_choice("key", census, "any that fits")) }
                    p { label for="note" { "Remark" } input id="note" name="note" maxlength="200"; }
                }
                p {
                    label for="file" { "or a CSV file whose first row is: name,hwid,key,note" }
                    input id="file" name="file" type="file" accept=".csv,text/csv";
                }
                button type="submit" { "Enter" }
            }
        }
    }
}

/// Licences with room, to choose from; beyond a few hundred, a field for the key.
pub(super) fn license_choice(name: &str, census: &Census, none: &str) -> Markup {
    const CHOICES_MAX: usize = 200;
    let choices: Vec<_> = census.with_room().take(CHOICES_MAX.saturating_add(1)).collect();
    html! {
        @if choices.len() > CHOICES_MAX {
            input id=(name) name=(name) placeholder="AAAA-BBBB-CCCC-DDDD" maxlength="19" spellcheck="false";
        } @else {
            select id=(name) name=(name) {
                @if !none.is_empty() { option value="" { (none) } }
                @for row in choices {
                    option value=(row.key) { (row.key) " – " (row.class) ", " (row.capacity.saturating_sub(row.used)) " free" }
                }
            }
        }
    }
}

pub(super) async fn expect(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    let entered = async {
        let expected = match posted.files.first() {
            Some(file) => {
                let text = core::str::from_utf8(file);
                read_csv(text.map_err(|_| Problem::unreadable("this is no UTF-8 text", "Save it as CSV in UTF-8."))?)?
            }
            None => vec![one(&posted)?],
        };
        enter(&state, &posted.visitor.holder, expected).await
    };
    match entered.await {
        Ok(_) => Redirect::to("/clients?show=never").into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}

pub(super) async fn strike_out(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    match strike(&state, &posted.visitor.holder, posted.field("number").unwrap_or_default()).await {
        Ok(()) => Redirect::to("/clients?show=never").into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}

fn one(posted: &Posted) -> Result<Expected, Problem> {
    let expected = Expected {
        name: posted.field("name").map(str::to_owned),
        hwid: posted.field("hwid").map(read_hwid).transpose()?,
        assigned: posted.field("key").map(read_key).transpose()?,
        note: posted.field("note").unwrap_or_default().to_owned(),
    };
    if expected.name.is_none() && expected.hwid.is_none() {
        return Err(Problem::unreadable(
            "neither a name nor a Hardware ID nor a file came along",
            "Fill one of them in.",
        ));
    }
    Ok(expected)
}
