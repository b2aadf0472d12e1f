//! Activation by file and by picture, for devices without a network.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hwlicense::primary::Refusal;
use maud::{Markup, html};

use super::frame::{form_token, id, notice, page, problem_page};
use crate::access::{Posted, Visitor};
use crate::carried;
use crate::manual::{self, Answered};
use crate::qr::Picture;
use crate::state::State;
use crate::text::printable;

pub(super) async fn show(visitor: Visitor) -> Response {
    let body = html! {
        ol class="steps" {
            li { "On the device: " code { "hwlicense agent request --out FILE" } ", or with " code { "--qr" } " to show pictures." }
            li { "Bring the file here, or scan the pictures with a telephone and paste their text." }
            li { "Take the answer back: " code { "hwlicense agent reply FILE" } "." }
        }
        form method="post" action="/activation" enctype="multipart/form-data" class="card" {
            (form_token(&visitor))
            p { label for="file" { "Request file" } input id="file" name="file" type="file"; }
            p {
                label for="text" { "or the text of its pictures, in any order" }
                textarea id="text" name="text" rows="5" spellcheck="false" autocomplete="off" {}
            }
            button type="submit" { "Answer it" }
        }
    };
    page(&visitor, "Activation without a network", body)
}

pub(super) async fn answer(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    let answered = async {
        let frame = manual::frame_of(posted.files.first(), posted.field("text"))?;
        let answered = manual::answer(&state, &posted.visitor.holder, &frame).await?;
        Ok((frame, answered))
    };
    match answered.await {
        Ok((frame, answered)) => page(&posted.visitor, "The answer", result(&posted.visitor, &frame, &answered)),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}

fn result(visitor: &Visitor, request: &[u8], answered: &Answered) -> Markup {
    let parts = carried::parts(&answered.frame);
    let (kind, message) = match answered.refusal() {
        Some(refusal) => ("bad", format!("{}: {}", answered.outcome_code(), refusal.message())),
        None if answered.outcome_code() == "waiting" => ("warn", "nothing is free for it now".to_owned()),
        None => ("good", answered.outcome_code().to_owned()),
    };
    html! {
        (notice(kind, &message, answered.refusal().map_or("", Refusal::next_step)))
        section class="card" {
            dl {
                div { dt { "Device" } dd { (printable(&answered.name)) " " (id(&answered.hwid)) } }
                div { dt { "Code of the request" } dd { (id(&answered.request_code)) } }
                div { dt { "Code of the answer" } dd { (id(&answered.answer_code)) } }
            }
            p class="hint" {
                "The device shows the same codes. The answer holds the device's secret if it is its first: give it to \
                 nobody else."
            }
            form method="post" action="/activation/file" {
                (form_token(visitor))
                // The same request gets the same answer, so nothing has to be kept here meanwhile.
                input type="hidden" name="text" value=(carried::parts(request).join(" "));
                button type="submit" { "Save as a file" }
            }
        }
        section aria-labelledby="pictures" {
            h2 id="pictures" { "Or scan " @if parts.len() == 1 { "this" } @else { "all " (parts.len()) } }
            div class="pictures" {
                @for (index, part) in parts.iter().enumerate() {
                    figure { (picture(part)) figcaption { (index.saturating_add(1)) " of " (parts.len()) } }
                }
            }
            details {
                summary { "Their text" }
                textarea readonly rows="6" aria-label="Text of all pictures" { (parts.join("\n")) }
            }
        }
    }
}

fn picture(part: &str) -> Markup {
    html! {
        @if let Some(picture) = Picture::of(part) {
            svg class="qr" viewBox={ "0 0 " (picture.side()) " " (picture.side()) } role="img" aria-label="QR code" shape-rendering="crispEdges" {
                rect class="paper" x="0" y="0" width=(picture.side()) height=(picture.side()) {}
                path class="ink" d=(picture.svg_path()) {}
            }
        }
    }
}

/// The answer as a file.
pub(super) async fn file(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    let answered = async {
        let frame = manual::frame_of(None, posted.field("text"))?;
        manual::answer(&state, &posted.visitor.holder, &frame).await
    };
    match answered.await {
        Ok(answered) => {
            let name = format!("attachment; filename=\"{}.answer\"", answered.answer_code);
            let headers =
                [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, answered.frame).into_response()
        }
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}
