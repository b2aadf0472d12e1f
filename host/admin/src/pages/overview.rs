//! What needs a person first, then how much is in use, then how it was over time.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::Response;
use hwlicense_server::ledger::hour_of;
use hwlicense_server::store::{ContactsRow, UsageRow};
use maud::{Markup, html};

use super::chart;
use super::frame::{badge, number, page, problem_page, when};
use crate::access::Visitor;
use crate::api::update_entries;
use crate::census::{Alarm, Census, ClassSum};
use crate::listing::UpdateEntry;
use crate::problem::Problem;
use crate::state::State;
use crate::systems::SystemEntry;
use crate::text::printable;

/// Hours of the picture of contacts.
const CONTACTS_HOURS: u32 = 48;
/// Hours of the picture of use: 30 days.
const USAGE_HOURS: u32 = 30 * 24;
/// What to do where a System is short.
const SHORTAGE: &str = "Open it: the page names the devices, and what would let another server record them.";

pub(super) async fn show(visitor: Visitor, Shared(state): Shared<Arc<State>>) -> Response {
    match gather(&state).await {
        Err(problem) => problem_page(Some(&visitor), &problem),
        Ok((census, updates, systems, (hour, contacts, usage))) => {
            let mut alarms = census.alarms();
            alarms.extend(systems.iter().filter_map(short));
            let body = html! {
                (alarm_list(&alarms))
                (classes(&census))
                div class="charts" {
                    (chart::usage(hour, USAGE_HOURS, &usage, in_use(&census)))
                    (chart::contacts(hour, CONTACTS_HOURS, &contacts))
                }
                (super::updates::summary(&updates))
            };
            page(&visitor, "Overview", body)
        }
    }
}

/// Channels in use and channels that are valid, of all classes.
fn in_use(census: &Census) -> (u64, u64) {
    let add =
        |(used, total): (u64, u64), sum: &ClassSum| (used.saturating_add(sum.used), total.saturating_add(sum.total));
    census.sums().iter().fold((0, 0), add)
}

type Gathered = (Arc<Census>, Vec<UpdateEntry>, Arc<[SystemEntry]>, (u32, Vec<ContactsRow>, Vec<UsageRow>));

async fn gather(state: &State) -> Result<Gathered, Problem> {
    let census = state.census().await?;
    let (hour, contacts, usage) = state
        .office
        .read(|book| {
            let hour = hour_of(book.now());
            let contacts = book.rows().contacts_since(hour.saturating_sub(CONTACTS_HOURS))?;
            Ok((hour, contacts, book.rows().usage_since(hour.saturating_sub(USAGE_HOURS))?))
        })
        .await?;
    Ok((census, update_entries(state).await?, state.systems().await?, (hour, contacts, usage)))
}

/// A System that somebody should look at.
fn short(system: &SystemEntry) -> Option<Alarm> {
    let name = printable(if system.name.is_empty() { &system.file } else { &system.name });
    let (is_urgent, what, next_step) = match (&system.problem, system.without.len(), system.servers_short()) {
        (Some(_), ..) => {
            (false, format!("System file {name} cannot be shown"), "Open it: the page says what is wrong.")
        }
        (None, 0, 0) => return None,
        (None, 0, 1) => (false, format!("{name}: one server could not fail without a loss"), SHORTAGE),
        (None, 0, count) => (false, format!("{name}: {count} servers could not fail without a loss"), SHORTAGE),
        (None, count, _) => (true, format!("{name}: {count} devices have a licence and are not recorded"), SHORTAGE),
    };
    Some(Alarm { is_urgent, what, next_step, path: "/systems".to_owned() })
}

fn alarm_list(alarms: &[Alarm]) -> Markup {
    html! {
        section aria-labelledby="alarms" {
            h2 id="alarms" { "What needs you" }
            @if alarms.is_empty() {
                div class="notice good" { p { strong { "Nothing. Every device that should record may record." } } }
            } @else {
                ul class="alarms" {
                    @for alarm in alarms {
                        li class={ "notice " (if alarm.is_urgent { "bad" } else { "warn" }) } {
                            p { a href=(alarm.path) { strong { (alarm.what) } } }
                            p { "Next: " (alarm.next_step) }
                        }
                    }
                }
            }
        }
    }
}

fn classes(census: &Census) -> Markup {
    let sums = census.sums();
    html! {
        section aria-labelledby="channels" {
            h2 id="channels" { "Channels" }
            @if sums.is_empty() {
                p { "No licence was imported yet. " a href="/licenses" { "Import the vendor's file." } }
            } @else {
                div class="cards" { @for sum in &sums { (class_card(sum, census)) } }
            }
        }
    }
}

fn class_card(sum: &ClassSum, census: &Census) -> Markup {
    let all = sum.total.max(sum.used).max(1);
    let share = |count: u64| count.saturating_mul(1_000).checked_div(all).unwrap_or(0);
    let used = share(sum.used);
    html! {
        article class="card" {
            h3 {
                (sum.class.replace('-', " ")) " "
                @if sum.total == 0 { (badge("bad", "Not valid")) }
                @else if sum.used > sum.total { (badge("bad", "Too many in use")) }
                @else if sum.free == 0 { (badge("warn", "None free")) }
            }
            p class="figure" { (number(sum.used)) span { " of " (number(sum.total)) " in use" } }
            svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                rect class="track" x="0" y="0" width="1000" height="12" {}
                rect class="fill" x="0" y="0" width=(used) height="12" {}
            }
            dl class="row" {
                div { dt { "Free" } dd { (number(sum.free)) } }
                div { dt { "In grace" } dd { (number(sum.in_grace)) } }
                div { dt { "Not valid" } dd { (number(sum.invalid)) } }
                div {
                    dt { "First ends" }
                    dd { @if sum.first_expiry.is_some() { (when(sum.first_expiry.as_ref(), census.now)) } @else { "Never" } }
                }
            }
        }
    }
}
