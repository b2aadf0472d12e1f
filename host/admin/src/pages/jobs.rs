//! Long work, and how far it is. While something runs, the browser loads the page again by itself.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::frame::{Page, badge, prose, sentence};
use crate::access::Visitor;
use crate::job::JobEntry;
use crate::state::State;
use crate::text::printable;

/// After how many seconds the page is loaded again.
const RELOAD_S: u32 = 2;

pub(super) async fn show(visitor: Visitor, Shared(state): Shared<Arc<State>>) -> Response {
    let jobs = state.jobs.all();
    let runs = jobs.iter().any(|job| job.state == "running");
    let body = html! {
        p class="hint" { "Long work goes on when this page is closed. It is listed until the server is started again." }
        @if jobs.is_empty() { p class="empty" { "Nothing was begun yet. " a href="/licenses" { "Import licences" } } }
        @for job in &jobs { (card(job)) }
    };
    let page = Page { visitor: Some(&visitor), title: "Jobs", reload_s: runs.then_some(RELOAD_S), body };
    page.response(StatusCode::OK)
}

fn card(job: &JobEntry) -> Markup {
    let kind = match job.state {
        "done" => "good",
        "failed" => "bad",
        _ => "plain",
    };
    html! {
        article class="card" {
            h2 { (job.title) " " (badge(kind, job.state)) }
            p { progress max=(job.steps) value=(job.done) aria-label="Progress" {} " " (job.done) " of " (job.steps) }
            @if let Some(message) = &job.message { p { (sentence(message)) } }
            @if let Some(step) = &job.next_step { p { "Next: " (prose(step)) } }
            p class="dim" { "Begun by " (printable(&job.by)) }
        }
    }
}
