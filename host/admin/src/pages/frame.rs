//! What surrounds every page, and the small parts that several share.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hwlicense::time::UnixSeconds;
use maud::{DOCTYPE, Markup, html};

use crate::access::Visitor;
use crate::problem::Problem;
use crate::query::Found;
use crate::text::{parse_time, printable};

/// The rooms, with what they are called.
const ROOMS: [(&str, &str); 9] = [
    ("/", "Overview"),
    ("/clients", "Clients"),
    ("/licenses", "Licences"),
    ("/systems", "Systems"),
    ("/updates", "Updates"),
    ("/activation", "Activation"),
    ("/jobs", "Jobs"),
    ("/audit", "Audit"),
    ("/tokens", "Tokens"),
];

/// A page.
pub(super) struct Page<'a> {
    pub(super) visitor: Option<&'a Visitor>,
    pub(super) title: &'a str,
    /// After how many seconds a browser loads it again; `None` for never.
    pub(super) reload_s: Option<u32>,
    pub(super) body: Markup,
}

impl Page<'_> {
    pub(super) fn response(self, status: StatusCode) -> Response {
        let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (status, kind, self.markup().into_string()).into_response()
    }

    fn markup(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(seconds) = self.reload_s { meta http-equiv="refresh" content=(seconds); }
                    title { (self.title) " · Primary Server" }
                    link rel="stylesheet" href="/style.css";
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                }
                body {
                    a class="skip" href="#content" { "Skip to the content" }
                    header {
                        p class="brand" { a href="/" { "Primary Server" } }
                        @if let Some(visitor) = self.visitor { (navigation(visitor)) }
                    }
                    main id="content" tabindex="-1" {
                        h1 { (self.title) }
                        (self.body)
                    }
                    footer { p { "hwlicense " (env!("CARGO_PKG_VERSION")) " · all times are UTC" } }
                }
            }
        }
    }
}

fn navigation(visitor: &Visitor) -> Markup {
    let is_here = |path: &str| match path {
        "/" => visitor.path == "/",
        path => visitor.path.starts_with(path),
    };
    html! {
        nav aria-label="Rooms" {
            ul {
                @for (path, name) in ROOMS {
                    li { a href=(path) aria-current=[is_here(path).then_some("page")] { (name) } }
                }
            }
        }
        form method="post" action="/logout" class="who" {
            (form_token(visitor))
            span { (printable(&visitor.holder.name)) " (" (visitor.holder.role.code()) ")" }
            button type="submit" class="quiet" { "Log out" }
        }
    }
}

/// A page for somebody who is logged in.
pub(super) fn page(visitor: &Visitor, title: &str, body: Markup) -> Response {
    Page { visitor: Some(visitor), title, reload_s: None, body }.response(StatusCode::OK)
}

/// What every form carries, so that no other site can send it.
pub(super) fn form_token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="form-token" value=(visitor.form_token); }
}

/// Why something was not done, and what to do next.
pub(crate) fn problem_page(visitor: Option<&Visitor>, problem: &Problem) -> Response {
    let body = html! {
        (notice("bad", &problem.message, &problem.next_step))
        p { a href="/" { "To the overview" } }
    };
    let page = Page { visitor, title: "This was not done", reload_s: None, body };
    page.response(problem.status())
}

/// There is nothing at this address.
pub(super) async fn nothing_here() -> Response {
    problem_page(None, &Problem::not_found("there is no page of this address"))
}

/// A sentence that stands out, with the next step.
pub(super) fn notice(kind: &str, message: &str, next_step: &str) -> Markup {
    html! {
        div class={ "notice " (kind) } role=[(kind == "bad").then_some("alert")] {
            p { strong { (sentence(message)) } }
            @if !next_step.is_empty() { p { "Next: " (prose(next_step)) } }
        }
    }
}

/// A message as a sentence: with a capital, made visible, and with a full stop.
pub(super) fn sentence(message: &str) -> String {
    let message = printable(message);
    let mut characters = message.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

/// A text in which commands stand between back ticks, made visible: commands are set as such.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (part, is_command) in printable(text).split('`').zip([false, true].into_iter().cycle()) {
            @if is_command { code { (part) } } @else { (part) }
        }
    }
}

/// A word with a colour that says the same.
pub(super) fn badge(kind: &str, word: &str) -> Markup {
    html! { span class={ "badge " (kind) } { (word) } }
}

/// The kind of a client's state, and the words for it.
pub(super) fn state_badge(state: &str, is_silent: bool) -> Markup {
    match (state, is_silent) {
        ("licensed", false) => badge("good", "Licensed"),
        ("licensed", true) => badge("warn", "Licensed, silent"),
        ("never-seen", _) => badge("plain", "Never seen"),
        ("waiting", _) => badge("bad", "Waiting"),
        ("lease-ended", _) => badge("bad", "Lease ended"),
        ("given-up", _) => badge("plain", "Given up"),
        (code, _) => badge("bad", &format!("Refused: {}", code.replace('-', " "))),
    }
}

/// How long ago, or until when, in one unit.
pub(super) fn distance(time: UnixSeconds, now: UnixSeconds) -> String {
    let (seconds, is_past) = if time <= now { (now.since(time), true) } else { (time.since(now), false) };
    let units = [(86_400 * 2, 86_400, "days"), (3_600 * 2, 3_600, "h"), (60, 60, "min"), (0, 1, "s")];
    let (_, unit, name) = units.into_iter().find(|(from, ..)| seconds >= *from).unwrap_or((0, 1, "s"));
    let count = seconds.checked_div(unit).unwrap_or(0);
    if is_past { format!("{count} {name} ago") } else { format!("in {count} {name}") }
}

/// A time, short, with all of it for those who look closer.
pub(super) fn when(text: Option<&String>, now: UnixSeconds) -> Markup {
    match text.and_then(|text| parse_time(text).ok().map(|time| (text, time))) {
        None => html! { span class="dim" { "–" } },
        Some((text, time)) => html! { time datetime=(text) title=(text) { (distance(time, now)) } },
    }
}

/// A date and a time of day, without the seconds.
pub(super) fn moment(text: &str) -> Markup {
    let shown: String = text.replace('T', " ").chars().take("2026-11-22 15:30".len()).collect();
    html! { time datetime=(text) title=(text) { (shown) } }
}

/// The way from one page of a list to its neighbours, if there are several.
pub(super) fn paging<T>(found: &Found<T>, address: impl Fn(u32) -> String) -> Markup {
    html! {
        @if found.pages > 1 {
            nav aria-label="Pages" class="paging" {
                @if found.page > 1 { a rel="prev" href=(address(found.page.saturating_sub(1))) { "← Previous" } }
                span { "Page " (found.page) " of " (found.pages) }
                @if found.page < found.pages { a rel="next" href=(address(found.page.saturating_add(1))) { "Next →" } }
            }
        }
    }
}

/// A Hardware ID or a licence key: set so that digits are told apart, and never broken in two.
pub(super) fn id(text: &str) -> Markup {
    html! { code class="id" { (text) } }
}

/// A number with its thousands apart.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join("\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1\u{a0}234\u{a0}567");
        let now = UnixSeconds(1_000_000);
        for (time, shown) in
            [(999_990, "10 s ago"), (996_400, "60 min ago"), (992_800, "2 h ago"), (1_432_000, "in 5 days")]
        {
            assert_eq!(distance(UnixSeconds(time), now), shown);
        }
        assert_eq!(sentence("the ledger is full"), "The ledger is full.");
        assert_eq!(prose("Run `a <b>` now.").into_string(), "Run <code>a &lt;b&gt;</code> now.");
    }
}
