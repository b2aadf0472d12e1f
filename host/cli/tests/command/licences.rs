//! `license issue`, `issued`, `inspect`, `check`.

use serde_json::{Value, json};

use crate::bench::{Bench, nothing_unique, other_server, server, server_unprivileged, server_with_new_nic};

fn check(bench: &Bench, reading: &Value, rest: &str) -> (i32, Value) {
    bench.put("now.json", reading.to_string());
    let line = format!("license check --from now.json --trust root.pub --json {rest}");
    let ran = bench.run(&line);
    let without_json = bench.run(&line.replace(" --json", ""));
    assert_eq!(ran.code, without_json.code, "the exit code is the same in both forms");
    (ran.code, ran.json())
}

#[test]
fn a_tolerant_licence_from_issue_to_check() {
    let bench = Bench::with_desk();
    let issued = bench.issue("--enrollment server.enrollment --holder ACME --out a.hwl --json").ends(0).json();
    assert_eq!(issued["binding"], "tolerant");
    let (code, report) = check(&bench, &server(), "a.hwl");
    assert_eq!((code, &report["verdict"], &report["code"]), (0, &json!("yes"), &json!("valid")));
    assert_eq!(report["components"]["board"], "matches");
    assert_eq!(report["license"]["holder"], "ACME");
    // A NIC replaced is tolerated, another machine is not.
    assert_eq!(check(&bench, &server_with_new_nic(), "a.hwl").0, 0);
    let (code, report) = check(&bench, &other_server(), "a.hwl");
    assert_eq!((code, &report["verdict"], &report["code"]), (1, &json!("no"), &json!("other-hardware")));
    assert_eq!(report["components"]["board"], "differs");
    assert!(!report["next_step"].as_str().unwrap().is_empty());
}

#[test]
fn binary_and_armoured_files_are_alike() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.pem --armor").ends(0);
    let text = String::from_utf8(bench.get("a.pem")).unwrap();
    assert!(text.starts_with("-----BEGIN HWLICENSE-----\n"));
    assert_eq!(check(&bench, &server(), "a.pem").0, 0);
    bench.put("crlf.pem", text.replace('\n', "\r\n"));
    assert_eq!(check(&bench, &server(), "crlf.pem").0, 0);
    bench.put("now.json", server().to_string());
    let ran = bench.run_with_stdin("license check - --trust root.pub --from now.json", text.as_bytes());
    ran.ends(0);
}

#[test]
fn a_strict_licence_allows_no_change() {
    let bench = Bench::with_desk();
    let hwid = bench.run("hwid --from server.json").ends(0).stdout;
    let issued = bench.issue(&format!("--hwid {hwid} --out a.hwl --json")).ends(0).json();
    assert_eq!((&issued["binding"], &issued["hwid"]), (&json!("strict"), &json!(hwid.trim_end())));
    bench.issue("--enrollment server.enrollment --strict --out b.hwl").ends(0);
    for file in ["a.hwl", "b.hwl"] {
        assert_eq!(check(&bench, &server(), file).0, 0);
        let (code, report) = check(&bench, &server_with_new_nic(), file);
        assert_eq!((code, &report["code"]), (1, &json!("other-hardware")));
    }
    let (code, report) = check(&bench, &server_unprivileged(), "a.hwl");
    assert_eq!((code, &report["code"]), (3, &json!("hardware-not-readable")));
    assert_eq!(check(&bench, &server_unprivileged(), "a.hwl --enrollment server.enrollment").0, 0);
}

#[test]
fn each_reason_has_its_code() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --expires 2030-01-01 --out a.hwl").ends(0);
    bench.run("key new --out stranger.key --no-passphrase").ends(0);
    let cases = [
        ("a.hwl --now 2029-06-01", 0, "valid"),
        ("a.hwl --now 2029-12-20", 0, "expires-soon"),
        ("a.hwl --now 2030-01-01T00:00:00Z", 1, "expired"),
        ("a.hwl --brand acme", 0, "valid"),
        ("a.hwl --brand other", 1, "other-brand"),
        ("a.hwl --now 2026-02-01", 1, "clock-not-plausible"),
    ];
    for (rest, code, reason) in cases {
        let (found, report) = check(&bench, &server(), rest);
        assert_eq!((found, &report["code"]), (code, &json!(reason)), "{rest}");
        assert!(!report["reason"].as_str().unwrap().is_empty() && report["next_step"].is_string());
    }
    bench.put("now.json", server().to_string());
    let ran = bench.run("license check a.hwl --trust stranger.pub --from now.json --json").ends(1).json();
    assert_eq!((&ran["code"], &ran["license"]), (&json!("unknown-key"), &Value::Null));
    bench.run("license check a.hwl --trust stranger.pub root.pub --from now.json").ends(0);
    bench.run("license check a.hwl --from now.json").ends(2);
    bench.issue("--enrollment server.enrollment --not-before 2100-01-01 --out later.hwl").ends(0);
    assert_eq!(check(&bench, &server(), "later.hwl").1["code"], "not-yet-valid");
    bench.issue("--enrollment server.enrollment --contact-required --out contact.hwl").ends(0);
    assert_eq!(check(&bench, &server(), "contact.hwl").1["code"], "contact-required");
    let (code, report) = check(&bench, &nothing_unique(), "a.hwl");
    assert_eq!((code, &report["verdict"]), (1, &json!("no")));
}

#[test]
fn every_damaged_byte_and_every_cut_is_a_clean_no() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    bench.put("now.json", server().to_string());
    let good = bench.get("a.hwl");
    let step = good.len() / 12;
    for at in (0..good.len()).step_by(step) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        bench.put("bad.hwl", &bad);
        assert_eq!(check(&bench, &server(), "bad.hwl").0, 1, "byte {at}");
        bench.put("bad.hwl", &good[..at]);
        assert_eq!(check(&bench, &server(), "bad.hwl").1["code"], "malformed", "cut at {at}");
    }
    bench.put("long.hwl", [good.as_slice(), b"\n"].concat());
    assert_eq!(check(&bench, &server(), "long.hwl").0, 1);
}

#[test]
fn the_log_knows_what_is_bound_where() {
    let bench = Bench::with_desk();
    let first = bench.issue("--enrollment server.enrollment --out a.hwl --json").ends(0).json();
    bench.issue("--hwid 03ab5c00112233445566778899aabbccdd --holder Other --out b.hwl").ends(0);
    assert_eq!(bench.mode("issued.jsonl"), 0o600);
    let listed = bench.run("license issued --json").ends(0).json();
    let rows = listed["issued"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["sequence"], &rows[1]["sequence"]), (&json!(1), &json!(2)));
    assert_eq!(rows[0]["license_key"], first["license_key"]);
    let one = bench.run("license issued --hwid 03AB5C00112233445566778899AABBCCDD --json").ends(0).json();
    assert_eq!(one["issued"][0]["holder"], "Other");
    assert!(bench.run("license issued").ends(0).stdout.contains("03ab5c00112233445566778899aabbccdd"));
    bench.run("license issued --hwid 0300000000000000000000000000000000").ends(1);
    bench.run("license issued --hwid 03").ends(2);
    bench.run("license issued --log no-such-log").ends(2);

    // The same key is not given out twice by accident.
    let key = first["license_key"].as_str().unwrap();
    bench.issue(&format!("--license-key {key} --enrollment server.enrollment --out c.hwl")).ends(1);
    bench.issue(&format!("--license-key {key} --enrollment server.enrollment --out c.hwl --force")).ends(0);

    // What a crash cut off hides nothing else.
    let mut log = bench.get("issued.jsonl");
    log.extend_from_slice(b"{\"schema\":\"hwlicense.issued/1\",\"seq");
    bench.put("issued.jsonl", log);
    bench.issue("--enrollment server.enrollment --out d.hwl").ends(0).says("line 4 is damaged");
    let listed = bench.run("license issued --json").ends(0).json();
    assert_eq!(listed["issued"].as_array().unwrap().len(), 4);
    assert_eq!(listed["issued"][3]["sequence"], 4);

    // Where the log cannot be written, there is no licence either.
    bench.issue("--enrollment server.enrollment --log . --out e.hwl").ends(2);
    assert!(!bench.has("e.hwl"));
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let bench = Bench::with_desk();
    let ran = bench.issue("--enrollment server.enrollment --dry-run --json").ends(0).json();
    assert_eq!(ran["brand"], "acme");
    bench.issue("--enrollment server.enrollment --out a.hwl --dry-run").ends(0);
    assert!(!bench.has("a.hwl") && !bench.has("issued.jsonl"));
}

#[test]
fn terms_come_from_a_file_and_flags_win() {
    let bench = Bench::with_desk();
    let terms = json!({
        "brand": "acme", "class": "video-wall", "count": 2, "holder": "File", "edition": "pro",
        "features": ["zoom", "audio", "zoom"], "expires": "2031-01-01", "maintenance_until": "2029-01-01T00:00:00Z",
        "grace_changed_days": 3, "require_evidence": ["mac"], "refuse_evidence": ["virtual-machine"],
    });
    bench.put("terms.json", terms.to_string());
    let base = "license issue --key desk.key --certificate desk.cert --terms terms.json --enrollment server.enrollment";
    let issued = bench.run(&format!("{base} --holder Flag --out a.hwl --json")).ends(0).json();
    assert_eq!((&issued["holder"], &issued["class"]), (&json!("Flag"), &json!("video-wall")));
    assert_eq!(issued["features"], json!(["audio", "zoom"]));
    assert_eq!((&issued["grace_offline_s"], &issued["grace_changed_s"]), (&json!(604_800), &json!(259_200)));
    assert_eq!(issued["evidence_required"], json!(["mac"]));
    for (name, wrong) in [
        ("unknown.json", json!({ "brand": "acme", "class": "trial", "count": 1, "colour": "grey" })),
        ("class.json", json!({ "brand": "acme", "class": "nonsense", "count": 1 })),
        ("number.json", json!({ "brand": "acme", "class": "31", "count": 1 })),
        ("no-count.json", json!({ "brand": "acme", "class": "trial" })),
        ("time.json", json!({ "brand": "acme", "class": "trial", "count": 1, "expires": "soon" })),
        ("early.json", json!({ "brand": "acme", "class": "trial", "count": 1, "expires": "2020-01-01" })),
        ("long.json", json!({ "brand": "x".repeat(33), "class": "trial", "count": 1 })),
        ("bidi.json", json!({ "brand": "ac\u{202e}me", "class": "trial", "count": 1 })),
        ("evidence.json", json!({ "brand": "acme", "class": "trial", "count": 1, "accept_evidence": ["luck"] })),
        ("array.json", json!([1, 2])),
    ] {
        bench.put(name, wrong.to_string());
        bench.run(&base.replace("terms.json", name)).ends(2);
        bench.run(&format!("{} --out x.hwl", base.replace("terms.json", name))).ends(2);
    }
    assert!(!bench.has("x.hwl"));
    assert_eq!(bench.run("license issued --json").json()["issued"].as_array().unwrap().len(), 1);
}

#[test]
fn a_certificate_that_does_not_cover_the_terms_is_noticed_at_the_desk() {
    let bench = Bench::with_desk();
    let line = "key certify --root root.key --issuer desk.pub --name Small --brands beta --classes trial --count-max 4 \
                --out small.cert";
    bench.run(line).ends(0);
    let base =
        "license issue --key desk.key --certificate small.cert --enrollment server.enrollment --out x.hwl --json";
    for (terms, code) in [
        ("--brand acme --class trial --count 1", "issuer-not-allowed-brand"),
        ("--brand beta --class edge --count 1", "issuer-not-allowed-class"),
        ("--brand beta --class trial --count 5", "issuer-not-allowed-count"),
    ] {
        assert_eq!(bench.run(&format!("{base} {terms}")).ends(1).json()["error"]["code"], code);
    }
    assert!(!bench.has("x.hwl") && !bench.has("issued.jsonl"));
    bench.run(&format!("{base} --brand beta --class trial --count 4")).ends(0);
    bench.run("license issue --key root.key --certificate desk.cert --brand a --class trial --count 1 --hwid 03ab5c00112233445566778899aabbccdd --out y.hwl").ends(2).says("another key");
}

#[test]
fn a_generated_identity_needs_a_licence_that_accepts_it() {
    let bench = Bench::with_desk();
    bench.put("none.json", nothing_unique().to_string());
    bench.run("enroll --from none.json --generate-identity --out none.enrollment").ends(0);
    bench.issue("--enrollment none.enrollment --out a.hwl").ends(1).says("--accept-evidence generated");
    bench.issue("--enrollment none.enrollment --accept-evidence generated --out a.hwl").ends(0);
    assert_eq!(check(&bench, &nothing_unique(), "a.hwl --enrollment none.enrollment").0, 0);
    assert_eq!(check(&bench, &nothing_unique(), "a.hwl").0, 1);
    let hwid = bench.run("hwid --from none.json --enrollment none.enrollment").ends(0).stdout;
    bench.issue(&format!("--hwid {hwid} --out strict.hwl")).ends(0);
    let (code, report) = check(&bench, &nothing_unique(), "strict.hwl --enrollment none.enrollment");
    assert_eq!((code, &report["code"]), (1, &json!("evidence-too-weak")));
    assert_eq!(report["evidence_not_accepted"], json!(["generated"]));
}

#[test]
fn inspect_shows_everything_and_says_that_it_is_not_verified() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --holder ACME --out a.hwl").ends(0);
    let text = bench.run("license inspect a.hwl").ends(0).stdout;
    assert!(text.starts_with("NOT VERIFIED"), "{text}");
    for word in ["license (not verified)", "certificate (not verified)", "ACME", "tolerant", "key id", "count max"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let shown = bench.run("license inspect a.hwl --json").ends(0).json();
    assert_eq!(shown["verified"], false);
    assert_eq!(shown["envelopes"].as_array().unwrap().len(), 2);
    // A forged one is shown just the same: that is why it says so.
    let mut forged = bench.get("a.hwl");
    let last = forged.len() - 1;
    forged[last] ^= 1;
    bench.put("forged.hwl", forged);
    bench.run("license inspect forged.hwl").ends(0);
}
