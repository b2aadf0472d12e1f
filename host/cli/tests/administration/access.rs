//! Who gets in, and who does not.

use serde_json::json;

use crate::browser::form_token;
use crate::site::{Site, agent};

#[test]
fn only_who_holds_a_token_gets_an_answer_and_a_reader_changes_nothing() {
    let site = Site::new(2);
    let refused = site.bare("/api/v1/clients", &[]).is(401);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert!(refused.json()["next_step"].as_str().unwrap().contains("Bearer"));
    site.get_as(&site.reader, "/api/v1/clients").is(200);
    let order = json!({ "decision": "withdraw" });
    let path = format!("/api/v1/clients/03{}/decisions", "01".repeat(16));
    assert_eq!(site.post_as(&site.reader, &path, &order).is(403).json()["code"], "read-only");
    site.get("/api/v1/clients").is(200);

    // Guessing is slowed down, and does not hold up who knows.
    let codes: Vec<u16> = (0..14).map(|_| site.get_as("guess", "/api/v1/clients").status).collect();
    assert_eq!(codes[..10], [401; 10]);
    assert_eq!(codes[11..], [429; 3], "{codes:?}");
    site.get("/api/v1/clients").is(200);

    site.bench.run("server token revoke ann --config site/server.toml").ends(0);
    site.get("/api/v1/clients").is(401);
}

#[test]
fn only_requests_for_our_own_name_are_answered_and_every_answer_is_guarded() {
    let site = Site::new(1);
    assert_eq!(site.bare("/login", &[("host", "evil.example")]).is(421).json()["code"], "unknown-host");
    site.bare("/login", &[("host", "localhost:1")]).is(200);
    for path in ["/login", "/healthz", "/style.css", "/api/v1/clients", "/nowhere"] {
        let answer = site.bare(path, &[]);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
    }
    assert_eq!(site.bare("/healthz", &[]).is(200).body, "ok\n");
    assert_eq!(site.bare("/readyz", &[]).is(200).body, "ready\n");
}

#[test]
fn a_form_counts_only_with_its_token_and_from_our_own_page() {
    let site = Site::new(1);
    let agent = agent();
    let post = |path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]| {
        let request = agent.post(format!("{}{path}", site.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send_form(fields.iter().copied()).unwrap()
    };
    let token = [("token", site.token.as_str())];
    assert_eq!(post("/login", &[("sec-fetch-site", "cross-site")], &token).status(), 403);
    assert_eq!(post("/login", &[], &[("token", "guess")]).status(), 401);
    let entered = post("/login", &[("sec-fetch-site", "same-origin")], &token);
    assert_eq!(entered.status(), 303);
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains(&site.token));
    let cookie = cookie.split(';').next().unwrap();

    let page = site.bare("/tokens", &[("cookie", cookie)]).is(200).body;
    let form_token = form_token(&page);
    let make = |headers: &[(&str, &str)], form_token: &str| {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie)]).collect();
        post("/tokens", &headers, &[("form-token", form_token), ("name", "ben"), ("role", "reader")]).status()
    };
    assert_eq!(make(&[], "guess"), 403);
    assert_eq!(make(&[], ""), 403);
    assert_eq!(make(&[("sec-fetch-site", "cross-site")], &form_token), 403);
    assert_eq!(make(&[("origin", "http://evil.example")], &form_token), 403);
    assert_eq!(site.get("/api/v1/tokens").json()["tokens"].as_array().unwrap().len(), 2, "nothing was made");
    assert_eq!(make(&[("origin", &site.address), ("sec-fetch-site", "same-origin")], &form_token), 200);
    assert_eq!(site.get("/api/v1/tokens").json()["tokens"].as_array().unwrap().len(), 3);

    // A token that is revoked ends its sessions at once.
    site.bench.run("server token revoke ann --config site/server.toml").ends(0);
    assert_eq!(site.bare("/tokens", &[("cookie", cookie)]).is(303).header("location"), Some("/login"));
}
