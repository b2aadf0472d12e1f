//! What is asked before something is done: it is done in a transaction that is undone, and the page
//! tells what came of it.

use std::sync::Arc;

use axum::extract::{Path, Query as InAddress, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense::time::UnixSeconds;
use maud::{Markup, html};
use serde::Deserialize;

use super::client::title;
use super::frame::{form_token, id, notice, page, problem_page, when};
use crate::access::{Posted, Visitor};
use crate::api::{ClientDetail, detail};
use crate::decision::{Done, Order, Verb, read_hwid};
use crate::problem::Problem;
use crate::state::{Keep, State};

/// What is to be done.
#[derive(Clone, Deserialize)]
pub(super) struct Asked {
    decision: String,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

impl Asked {
    fn order(&self) -> Result<Order, Problem> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let decision = Verb::parse(&self.decision)
            .ok_or_else(|| Problem::unreadable("there is no such decision", "Choose one on the device's page."))?;
        Ok(Order { decision, license_key: filled(&self.key), to: filled(&self.to), dry_run: false })
    }
}

/// What a decision is called, what it does, and the word on its button.
const fn words(verb: Verb) -> (&'static str, &'static str, &'static str) {
    match verb {
        Verb::Assign => (
            "Assign a licence",
            "The device gets this licence at its next contact, within a minute if it has none.",
            "Assign it",
        ),
        Verb::Unassign => (
            "Take the assignment back",
            "The device keeps what it has. What it gets later follows the rules of this server.",
            "Take it back",
        ),
        Verb::Allow => (
            "Allow its new hardware",
            "The licence moves to the new Hardware ID at the device's next contact. The old one is worth nothing then.",
            "Allow it",
        ),
        Verb::Accept => (
            "Accept a device that was reset",
            "From now on its new secret counts and the old one is worth nothing. Do this only if you know that the \
             device was reset: whoever has the old secret is locked out.",
            "Accept it",
        ),
        Verb::ClearMark => (
            "Clear the mark of a possible clone",
            "The device keeps its secret, and whoever else asked with its Hardware ID is forgotten. Do this when you \
             found the second device.",
            "Clear it",
        ),
        Verb::Deactivate => (
            "Deactivate",
            "The device gives the licence up at its next contact. Its channels are free for others when its last lease \
             has ended, because nobody can take a lease back from a device that is switched off.",
            "Deactivate it",
        ),
        Verb::Move => (
            "Free the channels at once",
            "The channels are free now, though the device could go on until its lease ends. That costs one of the \
             moves which the licence allows in all.",
            "Free them",
        ),
        Verb::Withdraw => (
            "Withdraw the device",
            "It gives up all that it has, and is refused until something is assigned to it.",
            "Withdraw it",
        ),
    }
}

pub(super) async fn ask(
    visitor: Visitor,
    Shared(state): Shared<Arc<State>>,
    Path(hwid): Path<String>,
    InAddress(asked): InAddress<Asked>,
) -> Response {
    let gathered: Result<_, Problem> = async {
        let order = asked.order()?;
        let detail = detail(&state, &hwid).await?;
        let told = state.decide(&visitor.holder, read_hwid(&hwid)?, order.decision()?, Keep::Nothing).await?;
        let now = state.census().await?.now;
        Ok((order, detail, told, now))
    }
    .await;
    match gathered {
        Err(problem) => problem_page(Some(&visitor), &problem),
        Ok((order, detail, told, now)) => {
            let (heading, ..) = words(order.decision);
            page(&visitor, heading, question(&visitor, &order, &detail, &told, now))
        }
    }
}

fn question(visitor: &Visitor, order: &Order, detail: &ClientDetail, told: &Done, now: UnixSeconds) -> Markup {
    let (_, what, button) = words(order.decision);
    let client = &detail.client;
    let hwid = client.hwid.as_deref().unwrap_or_default();
    html! {
        div class="card" {
            p { "Device: " strong { (title(client)) } " " (id(hwid)) }
            @if let Some(key) = &order.license_key { p { "Licence: " (id(key)) } }
            @if let Some(to) = order.to.as_ref().or(client.change_asked.as_ref().filter(|_| order.decision == Verb::Allow)) {
                p { "New Hardware ID: " (id(to)) }
            }
            p { (what) }
            @for given_up in &told.given_up {
                p { strong {
                    "Channels of " (id(&given_up.license_key)) " would be free "
                    @match &given_up.free_from {
                        Some(_) if order.decision == Verb::Move => "now",
                        Some(time) => { (when(Some(time), now)) ", at " (time) },
                        None => "never, because its lease has no end",
                    }
                    "."
                } }
            }
            @if let Some(left) = told.moves_left { p { strong { "Moves left after it: " (left) "." } } }
            @if matches!(order.decision, Verb::Deactivate | Verb::Move | Verb::Withdraw) && client.state == "licensed" {
                (notice("warn", "without another licence the device stops recording: at its next contact, or when its lease ends", ""))
            }
            div class="actions" {
                form method="post" action={ "/clients/" (hwid) "/confirm" } {
                    (form_token(visitor))
                    input type="hidden" name="decision" value=(serde_word(order.decision));
                    input type="hidden" name="key" value=(order.license_key.as_deref().unwrap_or_default());
                    input type="hidden" name="to" value=(order.to.as_deref().unwrap_or_default());
                    button type="submit" { (button) }
                }
                a class="button quiet" href={ "/clients/" (hwid) } { "Cancel" }
            }
        }
    }
}

/// The name of a verb in a form.
fn serde_word(verb: Verb) -> &'static str {
    match verb {
        Verb::Assign => "assign",
        Verb::Unassign => "unassign",
        Verb::Allow => "allow",
        Verb::Accept => "accept",
        Verb::ClearMark => "clear-mark",
        Verb::Deactivate => "deactivate",
        Verb::Move => "move",
        Verb::Withdraw => "withdraw",
    }
}

pub(super) async fn carry_out(Shared(state): Shared<Arc<State>>, Path(hwid): Path<String>, posted: Posted) -> Response {
    let field = |name| posted.field(name).map(str::to_owned);
    let asked = Asked { decision: field("decision").unwrap_or_default(), key: field("key"), to: field("to") };
    let done = async {
        let decision = asked.order()?.decision()?;
        let hwid = read_hwid(&hwid)?;
        state.decide(&posted.visitor.holder, hwid, decision, Keep::Changes).await?;
        Ok::<_, Problem>(hwid)
    };
    match done.await {
        Ok(hwid) => Redirect::to(&format!("/clients/{hwid}")).into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}
