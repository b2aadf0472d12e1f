//! `server init` and `serve --check`: each thing that can be wrong, with its cure and exit code.

use std::net::TcpListener;

use serde_json::Value;

use super::{licensed_site, site};
use crate::bench::{Bench, Ran};

const CHECK: &str =
    "serve --check --config site/server.toml --set listen=tcp://127.0.0.1:0 --set admin.listen=http://127.0.0.1:0";

/// The finding about a thing.
fn finding<'r>(report: &'r Value, subject: &str) -> &'r Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["subject"] == subject).unwrap()
}

#[track_caller]
fn found(ran: &Ran, subject: &str, state: &str, words: &str, cure: &str) {
    let report = ran.json();
    let finding = finding(&report, subject);
    assert_eq!(finding["state"], state, "{report}");
    assert!(finding["message"].as_str().unwrap().contains(words), "{finding}");
    assert!(finding["next_step"].as_str().unwrap().contains(cure), "{finding}");
}

#[test]
fn a_new_server_is_private_complete_and_never_replaced() {
    let bench = site();
    for secret in ["site/server.key", "site/ledger.sqlite"] {
        assert_eq!(bench.mode(secret), 0o600, "{secret}");
    }
    assert_eq!(bench.mode("site"), 0o700);
    let before = bench.get("site/server.key");
    bench.run("server init site").ends(2).says("There is a server in this folder");
    assert_eq!(bench.get("site/server.key"), before);
    bench.run("server init other --trust root.key").ends(2);
    assert!(!bench.has("other"), "nothing is made before everything could be read");
    bench.run("server show --config site/server.toml --registration again.json").ends(0);
    assert_eq!(bench.get("again.json"), bench.get("site/registration.json"));
}

#[test]
fn a_server_that_can_serve_says_so() {
    let (bench, _) = licensed_site(4);
    let report = bench.run(&format!("{CHECK} --json")).ends(0).json();
    assert_eq!(report["can_serve"], true);
    let states: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["state"].as_str().unwrap()).collect();
    assert!(states.iter().all(|state| *state == "ok"), "{report}");
    let text = bench.run(CHECK).ends(0).stdout;
    assert!(text.contains("key") && text.contains("clock"), "{text}");
}

#[test]
fn each_wrong_thing_is_told_with_its_cure() {
    let bench = site();
    let check = |rest: &str, code: i32| bench.run(&format!("{CHECK} --json {rest}")).ends(code);
    found(&check("", 0), "licenses", "warning", "no client will believe", "server import");
    found(&check("--set trust=", 0), "trust", "warning", "cannot be imported", "`trust`");
    found(&check("--set trust=missing.pub", 1), "trust", "wrong", "missing.pub", "Check the path");
    found(&check("--set trust=site/server.key", 1), "trust", "wrong", "private key", ".pub");
    found(&check("--set key=missing.key", 1), "key", "wrong", "missing.key", "Check the path");
    found(&check("--set database=missing.sqlite", 1), "ledger", "wrong", "missing.sqlite", "Check the path");
    assert!(!bench.has("missing.sqlite"), "looking makes no ledger");
    found(&check("--set database=server.json", 1), "ledger", "wrong", "no ledger", "Check `database`");
    found(&check("--set limits.connections_max=65536", 0), "open files", "warning", "65536", "LimitNOFILE");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--set listen=tcp://{}", taken.local_addr().unwrap());
    found(&check(&listen, 1), "ports", "wrong", "in use", "ss -ltnp");
    found(&check("--set listen=tcp://192.0.2.1:16770", 1), "ports", "wrong", "192.0.2.1", "ip address");
    let listen = format!("--set admin.listen=http://{}", taken.local_addr().unwrap());
    found(&check(&listen, 0), "administration", "warning", "in use", "admin.listen");
    found(&check("--set admin.listen=off", 0), "administration", "ok", "off", "");
    let https = "--set admin.listen=https://127.0.0.1:0 --set tls.certificate=root.pub --set tls.key=root.key";
    found(&check(https, 1), "administration", "warning", "holds no certificate", "BEGIN CERTIFICATE");
    check("--set admin.listen=http://0.0.0.0:0", 2).says("admin");
    let tls = "--set listen=tls://127.0.0.1:0 --set tls.certificate=root.pub --set tls.key=root.key";
    found(&check(tls, 1), "ports", "wrong", "holds no certificate", "BEGIN CERTIFICATE");
    check("--set listen=tls://127.0.0.1:0", 2);
    check("--set limits.idle_s=soon", 2).says("limits.idle_s = \"soon\": expected a whole number of seconds");
    bench.run("serve --check --config nowhere.toml").ends(2).says("server init");

    set_mode(&bench, "site/server.key", 0o644);
    found(&check("", 1), "key", "wrong", "may be read by others", "chmod 600");
    bench.run(CHECK.replace(" --check", "").as_str()).ends(1).says("chmod 600");
}

fn set_mode(bench: &Bench, name: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(bench.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn only_what_is_for_this_server_is_imported_and_all_or_nothing() {
    let bench = site();
    bench.run("server init other --trust root.pub").ends(0);
    let issue = |registration: &str, out: &str| {
        bench
            .run(&format!(
                "entitlement issue --key desk.key --certificate site.cert --server {registration} --brand acme \
                 --class edge --count 5 --out {out}"
            ))
            .ends(0);
    };
    issue("site/registration.json", "mine.hwl");
    issue("other/registration.json", "theirs.hwl");
    bench.run("server import mine.hwl theirs.hwl --config site/server.toml").ends(1).says("for another Primary Server");
    bench.run("server licenses --config site/server.toml").ends(1);
    bench.run("server import mine.hwl --config site/server.toml --dry-run").ends(0);
    bench.run("server licenses --config site/server.toml").ends(1);
    bench.run("server import mine.hwl --config site/server.toml --set trust=").ends(2).says("`trust`");
    bench.run("server import mine.hwl --config site/server.toml --set trust=desk.pub").ends(1);
    bench.run("server import root.pub --config site/server.toml").ends(2);
    bench.run("server import mine.hwl --config site/server.toml").ends(0);
    let again = bench.run("server import mine.hwl --config site/server.toml --json").ends(0).json();
    assert_eq!(again["files"][0]["outcome"], "unchanged");
}
