//! Servers and Systems: who records how much, and what would be lost if one failed.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::Response;
use maud::{Markup, html};

use super::frame::{badge, id, moment, notice, page, problem_page};
use crate::access::Visitor;
use crate::state::State;
use crate::systems::{LeftOut, SystemEntry, SystemServer};
use crate::text::printable;

/// Most devices that are named at one place.
const DEVICES_NAMED_MAX: usize = 20;

pub(super) async fn show(visitor: Visitor, Shared(state): Shared<Arc<State>>) -> Response {
    match state.systems().await {
        Err(problem) => problem_page(Some(&visitor), &problem),
        Ok(systems) => {
            let body = html! {
                @if systems.is_empty() {
                    p class="empty" {
                        "No System is shown here yet. Name System files under " code { "admin.systems" }
                        " in the configuration; " code { "hwlicense system show" } " tells what is in one."
                    }
                }
                @for system in systems.iter() { (one(system)) }
            };
            page(&visitor, "Servers and Systems", body)
        }
    }
}

fn one(system: &SystemEntry) -> Markup {
    html! {
        section {
            h2 { (printable(if system.name.is_empty() { &system.file } else { &system.name })) }
            @if let Some(problem) = &system.problem { (notice("bad", &problem.message, &problem.next_step)) }
            @else {
                (state_of(system))
                (table(&system.servers))
                @if !system.licenses.is_empty() { (licenses(system)) }
                p class="dim" { "From " (printable(&system.file)) }
            }
        }
    }
}

fn state_of(system: &SystemEntry) -> Markup {
    let short = system.servers.iter().filter(|server| !server.shortage.is_empty());
    html! {
        @if !system.without.is_empty() {
            div class="notice bad" role="alert" {
                p { strong { (system.without.len()) " devices have a licence, and nobody records them." } }
                (devices(&system.without))
            }
        }
        @for server in short {
            div class="notice warn" {
                p { strong {
                    "If " (printable(&server.name)) " failed, " (server.shortage.len())
                    " of its devices would not be recorded."
                } }
                (devices(&server.shortage))
            }
        }
        @if system.without.is_empty() && system.servers_short() == 0 {
            div class="notice good" { p { strong { "Any one server may fail: the others record all of its devices." } } }
        }
    }
}

fn devices(left_out: &[LeftOut]) -> Markup {
    html! {
        ul {
            @for one in left_out.iter().take(DEVICES_NAMED_MAX) {
                li { strong { (printable(&one.device)) } ": " (one.reason) ". Next: " (one.next_step) }
            }
            @if left_out.len() > DEVICES_NAMED_MAX {
                li { "and " (left_out.len().saturating_sub(DEVICES_NAMED_MAX)) " more" }
            }
        }
    }
}

fn table(servers: &[SystemServer]) -> Markup {
    html! {
        table class="list" {
            thead {
                tr {
                    th scope="col" { "Server" } th scope="col" { "State" } th scope="col" { "Since" }
                    th scope="col" { "Records" } th scope="col" { "Takes over" } th scope="col" { "Hardware ID" }
                }
            }
            tbody {
                @for server in servers {
                    tr {
                        th scope="row" { (printable(&server.name)) }
                        td data-label="State" {
                            (badge(match server.state { "online" => "good", "offline" => "bad", _ => "plain" }, server.state))
                        }
                        td data-label="Since" { @if let Some(since) = &server.since { (moment(since)) } @else { "–" } }
                        td data-label="Records" { (server.devices) " devices" }
                        td data-label="Takes over" {
                            @match server.devices_max { Some(most) => { "up to " (most) } None => { "no" } }
                        }
                        td data-label="Hardware ID" { @for hwid in &server.hwids { (id(hwid)) " " } }
                    }
                }
            }
        }
    }
}

fn licenses(system: &SystemEntry) -> Markup {
    html! {
        h3 { "Licences to look at" }
        ul {
            @for license in &system.licenses {
                li {
                    (id(&license.license_key)) " on " (printable(&license.server)) ": " (printable(&license.reason))
                    " Next: " (printable(&license.next_step))
                }
            }
        }
    }
}
