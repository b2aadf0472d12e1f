//! Retired and revoked: `key retire`, `key revoke`, `key add-root`, `revocation new`.

use serde_json::{Value, json};

use crate::bench::Bench;

fn check(bench: &Bench, rest: &str) -> (i32, Value) {
    let ran = bench.run(&format!("license check a.hwl --from server.json --trust root.pub --json {rest}"));
    (ran.code, ran.json())
}

#[track_caller]
fn reason(bench: &Bench, rest: &str, code: i32, reason: &str, cause: Value) {
    let (found, report) = check(bench, rest);
    assert_eq!((found, &report["code"], &report["cause"]), (code, &json!(reason), &cause), "{rest}");
}

#[test]
fn a_revoked_licence_is_refused_and_lists_go_on() {
    let bench = Bench::with_desk();
    let key = bench.issue("--enrollment server.enrollment --out a.hwl --json").ends(0).json()["license_key"].clone();
    let key = key.as_str().unwrap();
    let base = "revocation new --key desk.key --certificate desk.cert";
    bench.run(&format!("{base} --out r1.hwl")).ends(0).says("--list");
    let made = bench.run(&format!("{base} --list r1.hwl --revoke-license {key} --out r2.hwl --json")).ends(0).json();
    assert_eq!(made["sequence"], 2);
    reason(&bench, "--revocations r1.hwl", 0, "valid", Value::Null);
    reason(&bench, "--revocations r2.hwl", 1, "revoked", json!("license-revoked"));
    // In whatever order they come, the newest counts.
    reason(&bench, "--revocations r2.hwl --revocations r1.hwl", 1, "revoked", json!("license-revoked"));
    reason(&bench, "--revocations r1.hwl --revocations r2.hwl", 1, "revoked", json!("license-revoked"));
    // What an old list revoked stays so in the next.
    bench
        .run(&format!("{base} --list r2.hwl --revoke-key 00112233445566778899aabbccddeeff --armor --out r3.pem"))
        .ends(0);
    reason(&bench, "--revocations r3.pem", 1, "revoked", json!("license-revoked"));
    bench.run(&format!("{base} --list r2.hwl --dry-run --out r4.hwl")).ends(0);
    assert!(!bench.has("r4.hwl"));
    // Two lists that claim the same place in the order are not believed.
    bench.run(&format!("{base} --sequence 2 --out fork.hwl")).ends(0);
    bench
        .run("license check a.hwl --from server.json --trust root.pub --revocations r2.hwl --revocations fork.hwl")
        .ends(2);
    bench.run(&format!("{base} --revoke-license AAAA-BBBB-CCCC-DDDE --out r5.hwl")).ends(2);
}

#[test]
fn a_retired_key_keeps_what_it_signed_and_a_revoked_one_does_not() {
    let bench = Bench::with_desk();
    bench.run("key new --issuer --out chief.key --no-passphrase").ends(0);
    bench
        .run("key certify --root root.key --issuer chief.pub --name Chief --kinds revocation-list --out chief.cert")
        .ends(0);
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    let sign = "--key chief.key --certificate chief.cert";
    bench.run(&format!("key retire desk.pub {sign} --out retired.hwl")).ends(0);
    reason(&bench, "--revocations retired.hwl", 0, "valid", Value::Null);
    bench.run(&format!("key retire desk.pub {sign} --at 2020-01-01 --out early.hwl")).ends(0);
    reason(&bench, "--revocations early.hwl", 1, "issuer-not-allowed", json!("issuer-not-allowed-time"));
    let id = bench.run("key id desk.pub").ends(0).stdout;
    bench.run(&format!("revocation new {sign} --retire-key {}@2020-01-01 --out same.hwl", id.trim_end())).ends(0);
    reason(&bench, "--revocations same.hwl", 1, "issuer-not-allowed", json!("issuer-not-allowed-time"));
    bench.run(&format!("key revoke desk.pub {sign} --list retired.hwl --out revoked.hwl")).ends(0);
    reason(&bench, "--revocations revoked.hwl", 1, "revoked", json!("key-revoked"));
    // A signer continues only its own list, and only if it may sign lists at all.
    bench.run("key revoke chief.pub --key desk.key --certificate desk.cert --list retired.hwl --out x.hwl").ends(2);
    bench.run("key certify --root root.key --issuer desk.pub --name Desk --kinds license --out only.cert").ends(0);
    bench.run("key revoke chief.pub --key desk.key --certificate only.cert --out x.hwl").ends(1);
    assert!(!bench.has("x.hwl"));
}

#[test]
fn roots_change_roots() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    bench.run("key new --root --out second.key --no-passphrase").ends(0);
    bench.run("key add-root second.pub --key root.key --out add.hwl").ends(0);
    bench.run("key revoke root.pub --root-change --key second.key --out revoke.hwl").ends(0);
    bench.run("key retire root.pub --root-change --key second.key --out retire.hwl").ends(0);
    reason(&bench, "--root-changes add.hwl", 0, "valid", Value::Null);
    reason(&bench, "--root-changes add.hwl --root-changes retire.hwl", 0, "valid", Value::Null);
    let (code, report) = check(&bench, "--root-changes add.hwl --root-changes revoke.hwl");
    assert_eq!((code, &report["verdict"]), (1, &json!("no")));
    // One that is not signed by a trusted root ends the check instead of being passed over.
    bench.run("license check a.hwl --from server.json --trust root.pub --root-changes revoke.hwl").ends(2);
    bench.run("key revoke root.pub --root-change --key root.key --out self.hwl").ends(2);
    bench.run("key revoke root.pub --root-change --key second.key --dry-run --out dry.hwl").ends(0);
    assert!(!bench.has("self.hwl") && !bench.has("dry.hwl"));
}

#[test]
fn a_list_that_cannot_be_believed_ends_the_check() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    bench.run("revocation new --key desk.key --certificate desk.cert --out r.hwl").ends(0);
    let mut forged = bench.get("r.hwl");
    forged[40] ^= 1;
    bench.put("forged.hwl", forged);
    let line = "license check a.hwl --from server.json --trust root.pub --revocations";
    for file in ["forged.hwl", "a.hwl", "no-such-file", "desk.cert"] {
        bench.run(&format!("{line} {file}")).ends(2);
    }
    bench.run(&format!("{line} r.hwl")).ends(0);
}
