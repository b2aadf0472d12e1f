//! Updates: to whom they go, how far they have come, and steering them.

use std::sync::Arc;

use axum::extract::{Path, Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense_server::ledger::Role;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{badge, form_token, id, moment, number, page, paging, problem_page};
use crate::access::{Posted, Visitor};
use crate::api::{Steer, SteerOrder, carry_out, update_entries};
use crate::listing::{UpdateEntry, share_in_words, share_of_words};
use crate::problem::Problem;
use crate::query::Found;
use crate::state::State;
use crate::text::printable;

/// Updates of a page.
const PAGE: u32 = 20;

/// Which page.
#[derive(Deserialize)]
pub(super) struct Where {
    page: Option<u32>,
}

pub(super) async fn show(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    InAddress(place): InAddress<Where>,
) -> Response {
    match update_entries(&state).await {
        Err(problem) => problem_page(Some(&visitor), &problem),
        Ok(updates) => {
            let found = Found::of(updates, place.page, Some(PAGE));
            let body = html! {
                @if found.rows.is_empty() { p class="empty" { "Nothing was published yet." } }
                @for update in &found.rows { (card(&visitor, update)) }
                (paging(&found, |page| format!("/updates?page={page}")))
                (how_to_publish())
            };
            page(&visitor, "Updates", body)
        }
    }
}

/// Publishing is the command's: an image may have gigabytes, and what is cut off in the middle is begun
/// again by the same line, without anybody in front of a browser.
fn how_to_publish() -> Markup {
    html! {
        details class="card" {
            summary { "Publish an update" }
            p class="hint" { "On the server, with the two files of the vendor. Images are too large for a form." }
            p { code { "hwlicense update publish camera-2.1.hwlup camera-2.1.img --share 10%" } }
        }
    }
}

/// The updates that are under way, for the overview.
pub(super) fn summary(updates: &[UpdateEntry]) -> Markup {
    let mut under_way = updates.iter().filter(|update| update.state != "withdrawn").peekable();
    html! {
        @if under_way.peek().is_some() {
            section aria-labelledby="roll-out" {
                h2 id="roll-out" { "Roll-out of updates" }
                div class="cards" {
                    @for update in under_way.take(6) {
                        article class="card" {
                            h3 {
                                a href="/updates" { (printable(&update.component)) " " (printable(&update.version)) }
                                @if update.state == "paused" { (badge("warn", "paused")) }
                            }
                            (progress(update))
                        }
                    }
                }
            }
        }
    }
}

fn card(visitor: &Visitor, update: &UpdateEntry) -> Markup {
    let kind = match update.state {
        "active" => "good",
        "paused" => "warn",
        _ => "plain",
    };
    html! {
        article class="card" {
            h2 { (printable(&update.component)) " " (printable(&update.version)) " " (badge(kind, update.state)) }
            @if !update.reason.is_empty() { p { (printable(&update.reason)) } }
            (progress(update))
            dl {
                div { dt { "Id" } dd { (id(&update.id)) } }
                div { dt { "Models" } dd { (printable(&update.models.join(", "))) } }
                div { dt { "Goes to" } dd { (share_in_words(update.share)) " of the devices" @if !update.groups.is_empty() { ", only groups " (printable(&update.groups.join(", "))) } } }
                div { dt { "Size" } dd { (number(u64::from(update.size).div_ceil(1_024))) " KiB" } }
                div { dt { "Published" } dd { (moment(&update.published)) } }
                div { dt { "Offered until" } dd { (moment(&update.valid_until)) } }
            }
            @if visitor.holder.role == Role::Administrator && update.state != "withdrawn" { (actions(visitor, update)) }
        }
    }
}

/// How far the roll-out is: one bar, and the same in numbers.
fn progress(update: &UpdateEntry) -> Markup {
    let stages = [
        ("installed", "Installed", update.installed),
        ("licensed", "Ready", update.ready),
        ("waiting", "Downloading", update.downloading),
        ("track", "Offered", update.offered),
        ("refused", "Failed", update.failed),
    ];
    let all = stages.iter().fold(0u64, |sum, (.., count)| sum.saturating_add((*count).into())).max(1);
    let mut left = 0u64;
    let pieces: Vec<(&str, u64, u64)> = stages
        .iter()
        .map(|(class, _, count)| {
            let width = u64::from(*count).saturating_mul(1_000).checked_div(all).unwrap_or(0);
            let piece = (*class, left, width);
            left = left.saturating_add(width);
            piece
        })
        .collect();
    html! {
        svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="track" x="0" y="0" width="1000" height="12" {}
            @for (class, x, width) in pieces { rect class=(class) x=(x) y="0" width=(width) height="12" {} }
        }
        dl class="row five" {
            @for (class, name, count) in stages {
                div { dt { span class={ "key " (class) } {} (name) } dd { (number(count.into())) } }
            }
        }
    }
}

fn actions(visitor: &Visitor, update: &UpdateEntry) -> Markup {
    let path = format!("/updates/{}", update.id);
    let form = |decision: &str, kind: &str, name: &str, what: &str, field: Markup| {
        html! {
            details {
                summary { (name) "…" }
                form method="post" action=(path) {
                    (form_token(visitor))
                    input type="hidden" name="decision" value=(decision);
                    p { (what) }
                    (field)
                    button type="submit" class=(kind) { (name) }
                }
            }
        }
    };
    let reason = |decision: &str| {
        let name = format!("reason-{decision}-{}", update.id);
        html! { p { label for=(name) { "Why (for people)" } input id=(name) name="reason" maxlength="200"; } }
    };
    let share = format!("share-{}", update.id);
    html! {
        div class="actions" {
            @if update.state == "paused" {
                (form("resume", "", "Resume", "It is offered again, and its failures are counted anew.", html! {}))
            } @else {
                (form("pause", "", "Pause", "It is offered to nobody until it is resumed. Devices that have it go on.", reason("pause")))
            }
            (form("share", "", "Change the share", "Devices that have it keep it.", html! {
                p { label for=(share) { "Hundredths of the devices" } input id=(share) name="share" type="number" min="0" max="100" step="0.1" required; }
            }))
            (form("withdraw", "danger", "Withdraw", "It is offered to nobody any more, for ever. Devices that run it keep it.", reason("withdraw")))
        }
    }
}

pub(super) async fn steer(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, posted: Posted) -> Response {
    let steered = async { carry_out(&state, &posted.visitor.holder, id, order(&posted)?).await };
    match steered.await {
        Ok(()) => Redirect::to("/updates").into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}

fn order(posted: &Posted) -> Result<SteerOrder, Problem> {
    let decision = match posted.field("decision") {
        Some("pause") => Steer::Pause,
        Some("resume") => Steer::Resume,
        Some("withdraw") => Steer::Withdraw,
        Some("share") => Steer::Share,
        _ => return Err(Problem::unreadable("there is no such decision", "Choose one on the page of updates.")),
    };
    let share = posted.field("share").map(|text| {
        share_of_words(&format!("{text}%"))
            .ok_or_else(|| Problem::unreadable("this is no share", "Write a number from 0 to 100."))
    });
    let reason = posted.field("reason").unwrap_or_default().to_owned();
    Ok(SteerOrder { decision, reason, share: share.transpose()? })
}
