//! One client: why is it not recording, and what to do.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::Role;
use maud::{Markup, html};

use super::clients::license_choice;
use super::frame::{badge, id, moment, notice, page, problem_page, prose, state_badge, when};
use crate::access::Visitor;
use crate::api::{ClientDetail, detail};
use crate::census::Census;
use crate::listing::{AuditEntry, ClientEntry};
use crate::problem::Problem;
use crate::state::State;
use crate::text::printable;

pub(super) async fn show(visitor: Visitor, Shared(state): Shared<Arc<State>>, Path(hwid): Path<String>) -> Response {
    let gathered: Result<_, Problem> = async { Ok((detail(&state, &hwid).await?, state.census().await?)) }.await;
    let (detail, census) = match gathered {
        Ok(gathered) => gathered,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let client = &detail.client;
    let body = html! {
        (answer(client))
        @if visitor.holder.role == Role::Administrator { (actions(&detail, &census)) }
        div class="columns" { (facts(client, census.now)) (leases(&detail, census.now)) }
        (history(&detail.history, client))
    };
    page(&visitor, &title(client), body)
}

/// Its name, or its Hardware ID if it has none.
pub(super) fn title(client: &ClientEntry) -> String {
    let name = printable(&client.name);
    if name.is_empty() { client.hwid.clone().unwrap_or_default() } else { name }
}

fn answer(client: &ClientEntry) -> Markup {
    let is_licensed = client.state == "licensed";
    let kind = match (is_licensed, client.next_step) {
        (true, None) => "good",
        (true, Some(_)) => "warn",
        (false, _) => "bad",
    };
    let verdict = if is_licensed { "It may record." } else { "It may not record." };
    html! {
        section aria-labelledby="why" {
            h2 id="why" { (if is_licensed { "May it record?" } else { "Why is it not recording, and what to do" }) }
            div class={ "notice " (kind) } {
                p { strong { (verdict) " " (client.reason) } }
                @if let Some(step) = client.next_step { p { "Next: " (prose(step)) } }
                @if let Some(problem) = client.problem.filter(|_| is_licensed) { p { "It asked for something else and was refused: " (problem.replace('-', " ")) "." } }
                @if let Some(since) = &client.possible_clone_since { p { "It may be two devices, since " (moment(since)) "." } }
                @if let Some(hwid) = &client.change_asked { p { "It came back as " (id(hwid)) "." } }
            }
        }
    }
}

fn facts(client: &ClientEntry, now: UnixSeconds) -> Markup {
    let none = html! { span class="dim" { "–" } };
    html! {
        section class="card" aria-labelledby="facts" {
            h2 id="facts" { "What it says" }
            dl {
                div { dt { "State" } dd { (state_badge(client.state, false)) } }
                div { dt { "Hardware ID" } dd { @if let Some(hwid) = &client.hwid { (id(hwid)) } @else { (none) } } }
                div { dt { "Version" } dd { (printable(&client.version)) } }
                div { dt { "Brand" } dd { @if client.brand.is_empty() { (none) } @else { (printable(&client.brand)) } } }
                div { dt { "First contact" } dd { (when(client.first_contact.as_ref(), now)) } }
                div { dt { "Last contact" } dd { (when(client.last_contact.as_ref(), now)) } }
                div { dt { "Next contact" } dd { (when(client.next_contact.as_ref(), now)) } }
                div { dt { "Its clock" } dd { @if let Some(clock) = &client.clock { (moment(clock)) } @else { (none) } } }
                div { dt { "Assigned" } dd { @if let Some(key) = &client.assigned { (id(key)) } @else { "nothing in particular" } } }
            }
        }
    }
}

fn leases(detail: &ClientDetail, now: UnixSeconds) -> Markup {
    html! {
        section class="card" aria-labelledby="leases" {
            h2 id="leases" { "Leases" }
            @if detail.leases.is_empty() { p { "It has none." } }
            @for lease in &detail.leases {
                dl {
                    div { dt { "Licence" } dd { (id(&lease.license_key)) } }
                    div { dt { "Channels" } dd { (lease.channels) } }
                    div { dt { "Ends" } dd { @if lease.until.is_some() { (when(lease.until.as_ref(), now)) } @else { "Never" } } }
                    div { dt { "Moves left" } dd { (lease.moves_left) } }
                }
            }
        }
    }
}

/// What can be done about it. Each leads to a page that says what it would do.
fn actions(detail: &ClientDetail, census: &Census) -> Markup {
    let client = &detail.client;
    let hwid = client.hwid.as_deref().unwrap_or_default();
    let path = format!("/clients/{hwid}/confirm");
    let button = |decision: &str, key: Option<&str>, kind: &str, name: &str| {
        html! {
            form method="get" action=(path) {
                input type="hidden" name="decision" value=(decision);
                @if let Some(key) = key { input type="hidden" name="key" value=(key); }
                button type="submit" class=(kind) { (name) }
            }
        }
    };
    let has_room = census.with_room().next().is_some();
    html! {
        section class="card" aria-labelledby="actions" {
            h2 id="actions" { "What you can do" }
            p class="hint" { "Before anything is done, the next page says what it will do." }
            div class="actions" {
                @if client.possible_clone_since.is_some() {
                    (button("accept", None, "", "It was reset: accept it…"))
                    (button("clear-mark", None, "", "It is not two: clear the mark…"))
                }
                @if client.change_asked.is_some() { (button("allow", None, "", "Allow its new hardware…")) }
                @for holding in &client.holds {
                    (button("deactivate", Some(&holding.license_key), "danger", &format!("Deactivate {}…", holding.license_key)))
                    (button("move", Some(&holding.license_key), "danger", &format!("Free {} at once…", holding.license_key)))
                }
                @if client.assigned.is_some() { (button("unassign", None, "", "Take the assignment back…")) }
                @if client.state != "withdrawn" { (button("withdraw", None, "danger", "Withdraw it…")) }
            }
            @if has_room {
                form method="get" action=(path) class="assign" {
                    input type="hidden" name="decision" value="assign";
                    label for="key" { "Assign a licence" }
                    div { (license_choice("key", census, "")) button type="submit" { "Assign…" } }
                }
            } @else {
                (notice("warn", "no licence has a free channel", "Import one, or deactivate a device that needs none."))
            }
        }
    }
}

fn history(lines: &[AuditEntry], client: &ClientEntry) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 id="history" { "What happened" }
            table class="list" {
                thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Who" } th scope="col" { "More" } } }
                tbody {
                    @for line in lines {
                        tr {
                            th scope="row" { (moment(&line.at)) }
                            td data-label="What" { (badge("plain", &line.action.replace('-', " "))) }
                            td data-label="Who" { (printable(&line.actor)) }
                            td data-label="More" {
                                @if let Some(key) = &line.license_key { (id(key)) " " }
                                (printable(&line.detail))
                            }
                        }
                    }
                }
            }
            @if let Some(hwid) = &client.hwid { p { a href={ "/audit?hwid=" (hwid) } { "All of it in the audit" } } }
        }
    }
}
