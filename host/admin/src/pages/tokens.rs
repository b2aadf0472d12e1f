//! Who may: tokens of administrators and readers.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Redirect, Response};
use hwlicense_server::ledger::Role;
use maud::{Markup, html};

use super::frame::{badge, form_token, moment, notice, page, problem_page};
use crate::access::{Posted, Visitor};
use crate::api::{TokenEntry, issue_token, token_entries, withdraw_token};
use crate::problem::Problem;
use crate::state::State;
use crate::text::printable;

pub(super) async fn show(visitor: Visitor, Shared(state): Shared<Arc<State>>) -> Response {
    let tokens = match token_entries(&state).await {
        Ok(tokens) => tokens,
        Err(problem) => return problem_page(Some(&visitor), &problem),
    };
    let may = visitor.holder.role == Role::Administrator;
    let body = html! {
        table class="list" {
            thead {
                tr {
                    th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "State" }
                    th scope="col" { "Made" } th scope="col" { "Ends" } th scope="col" { "Do" }
                }
            }
            tbody { @for token in &tokens { (row(&visitor, token, may)) } }
        }
        @if may { (make_form(&visitor)) }
    };
    page(&visitor, "Tokens", body)
}

fn row(visitor: &Visitor, token: &TokenEntry, may: bool) -> Markup {
    let kind = if token.state == "good" { "good" } else { "plain" };
    html! {
        tr {
            th scope="row" { (printable(&token.name)) }
            td data-label="Role" { (token.role) }
            td data-label="State" { (badge(kind, token.state)) }
            td data-label="Made" { (moment(&token.created)) }
            td data-label="Ends" { @if let Some(expires) = &token.expires { (moment(expires)) } @else { "Never" } }
            td data-label="Do" {
                @if may && token.state == "good" {
                    details {
                        summary { "Revoke…" }
                        form method="post" action="/tokens/revoke" {
                            (form_token(visitor))
                            input type="hidden" name="name" value=(token.name);
                            p { "Whoever holds it is logged out at once, and it is worth nothing on devices." }
                            button type="submit" class="danger" { "Revoke it" }
                        }
                    }
                }
            }
        }
    }
}

fn make_form(visitor: &Visitor) -> Markup {
    html! {
        form method="post" action="/tokens" class="card" {
            h2 { "Make a token" }
            (form_token(visitor))
            div class="fields" {
                p { label for="name" { "Whose it is" } input id="name" name="name" required maxlength="64"; }
                p {
                    label for="role" { "What it may do" }
                    select id="role" name="role" {
                        option value="reader" { "See everything, change nothing" }
                        option value="administrator" { "Everything" }
                    }
                }
                p { label for="expires" { "Ends on (optional)" } input id="expires" name="expires" type="date"; }
            }
            button type="submit" { "Make it" }
        }
    }
}

pub(super) async fn make(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    let visitor = &posted.visitor;
    let made = async {
        let name = posted.field("name").ok_or_else(|| Problem::unreadable("a name is missing", "Say whose it is."))?;
        let role = if posted.field("role") == Some("administrator") { Role::Administrator } else { Role::Reader };
        issue_token(&state, &visitor.holder, name.to_owned(), role, posted.field("expires")).await
    };
    match made.await {
        Err(problem) => problem_page(Some(visitor), &problem),
        Ok(token) => {
            let body = html! {
                (notice("warn", "this is the only time that the token is shown", "Keep it in a password store, or in a file that only its owner may read."))
                p { code class="id token" { (token) } }
                p { a href="/tokens" { "To the tokens" } }
            };
            page(visitor, "A new token", body)
        }
    }
}

pub(super) async fn revoke(Shared(state): Shared<Arc<State>>, posted: Posted) -> Response {
    let name = posted.field("name").unwrap_or_default().to_owned();
    match withdraw_token(&state, &posted.visitor.holder, name).await {
        Ok(()) => Redirect::to("/tokens").into_response(),
        Err(problem) => problem_page(Some(&posted.visitor), &problem),
    }
}
