//! `system simulate`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::bench::Bench;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A bench with the System file of the examples.
fn harbour() -> Bench {
    let bench = Bench::new();
    bench.put("harbour.json", std::fs::read(repository().join("examples/systems/harbour.json")).unwrap());
    bench
}

/// Plays it and gives the JSON of it.
fn play(bench: &Bench, code: i32, rest: &str) -> Value {
    let line = format!("system simulate harbour.json --at 2026-11-22 --json {rest}");
    let value = bench.run(&line).ends(code).json();
    assert_eq!(value["schema"], "hwlicense.simulation/1");
    value
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn device<'v>(value: &'v Value, name: &str) -> &'v Value {
    list(&value["devices"]).iter().find(|device| device["name"] == name).unwrap()
}

#[test]
fn whichever_server_fails_no_gap_is_longer_than_promised_and_a_return_leaves_none() {
    let bench = harbour();
    for policy in ["keep-recording", "majority"] {
        for (server, seed) in [("quay", 11), ("crane", 12), ("gatehouse", 13), ("quay", 14), ("crane", 15)] {
            let rest =
                format!("--fail {server}@10 --return {server}@60 --policy {policy} --seed {seed} --duration 200");
            let played = play(&bench, 0, &rest);
            assert!(played["gap_worst_ms"].as_u64() > Some(0), "{rest}: it was noticed");
            assert!(played["gap_worst_ms"].as_u64() <= played["gap_promised_ms"].as_u64(), "{rest}");
            assert!(played["gap_promised_ms"].as_u64() <= Some(30_000));
            for device in list(&played["devices"]) {
                let (gaps, name) = (list(&device["gaps"]).len(), &device["name"]);
                match policy {
                    "majority" => assert_eq!(device["overlap_ms"], 0, "{rest}: {name} was recorded twice"),
                    _ => assert!(gaps <= 1, "{rest}: {name} has a gap when {server} returns"),
                }
                // What is handed over is recorded twice for a while, and by one in the end.
                assert!(device["overlap_ms"].as_u64() < Some(20_000), "{rest}: {device}");
                assert_eq!(list(&list(&device["spans"]).last().unwrap()["servers"]).len(), 1, "{rest}: {device}");
                let own = name.as_str().unwrap().starts_with(&server[..4]);
                assert!(own || gaps == 0, "{rest}: {name} is none of the devices of {server}");
            }
        }
    }
}

#[test]
fn parts_that_do_not_hear_each_other_act_by_their_policy() {
    let bench = harbour();
    let cut = "--cut quay,crane|gatehouse@10 --heal 60";
    let kept = play(&bench, 0, &format!("{cut} --policy keep-recording"));
    for device in list(&kept["devices"]) {
        assert_eq!(device["gaps"], json!([]), "keep-recording: {device}");
    }
    assert!(device(&kept, "gate-in")["overlap_ms"].as_u64() > Some(30_000), "both parts record it");
    assert_eq!(device(&kept, "quay-store")["overlap_ms"], 0);

    let fenced = play(&bench, 0, &format!("{cut} --policy majority"));
    assert!(list(&fenced["devices"]).iter().all(|device| device["overlap_ms"] == 0));
    assert!(list(&fenced["events"]).iter().any(|event| event["code"] == "halt" && event["server"] == "gatehouse"));
    assert!(!list(&device(&fenced, "gate-in")["gaps"]).is_empty());
    assert!(list(&device(&fenced, "quay-north")["gaps"]).is_empty());
}

#[test]
fn a_network_that_is_mended_costs_no_recording() {
    let bench = harbour();
    for (server, heal, seed) in
        [("quay", 21, 3), ("crane", 80, 46), ("crane", 38, 45), ("quay", 42, 6), ("crane", 19, 26)]
    {
        let rest = format!("--cut {server}@10 --heal {heal} --seed {seed}");
        for device in list(&play(&bench, 0, &rest)["devices"]) {
            assert_eq!(device["gaps"], json!([]), "{rest}: {device}");
            assert_eq!(list(&list(&device["spans"]).last().unwrap()["servers"]).len(), 1, "{rest}: {device}");
        }
    }
}

#[test]
fn a_device_that_nobody_can_take_over_is_named_with_the_reason() {
    let bench = harbour();
    let played = play(&bench, 1, "--fail quay@10");
    let store = device(&played, "quay-store");
    assert_eq!((&store["gaps"][0]["obstacle"], &store["is_left_out"]), (&json!("offline"), &json!(true)));
    assert_eq!(device(&played, "quay-north")["is_left_out"], false);
    // A priority of never is the administrator's own choice.
    let text = bench.run("system simulate harbour.json --at 2026-11-22 --fail crane@10 --duration 60").ends(0).stdout;
    assert!(text.contains("NOT RECORDED: The device never goes to another server"), "{text}");
    for words in ["seed 1, policy keep-recording", "crane FAILS", "declares crane lost, last heard at", "issues plan"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_same_seed_plays_the_same_and_another_does_not() {
    let bench = harbour();
    let play = |seed: u32, picture: &str| {
        let line = format!("system simulate harbour.json --at 2026-11-22 --fail quay@10 --seed {seed} --svg {picture}");
        bench.run(&line).ends(1).stdout
    };
    assert_eq!(play(7, "a.svg"), play(7, "b.svg"));
    assert_eq!(bench.get("a.svg"), bench.get("b.svg"));
    assert_ne!(play(8, "c.svg"), play(7, "d.svg"));
    assert_ne!(bench.get("a.svg"), bench.get("c.svg"));
}

#[test]
fn names_cannot_break_out_of_the_picture() {
    let bench = harbour();
    let text = String::from_utf8(bench.get("harbour.json")).unwrap();
    let text = text.replace("\"quay\"", "\"<script>&quay\\u202e\\\"\"");
    bench.put("hostile.json", text.replace("\"quay-north\"", "\"</text><a href='x'>\""));
    bench.run("system simulate hostile.json --at 2026-11-22 --fail crane@10 --svg x.svg").ends(0);
    let svg = String::from_utf8(bench.get("x.svg")).unwrap();
    assert!(
        svg.contains("&lt;script&gt;&amp;quay\\u{202e}&quot;") && svg.contains("&lt;/text&gt;&lt;a href="),
        "{svg}"
    );
    assert!(!svg.contains("<script") && !svg.contains("<a ") && !svg.contains('\u{202e}'), "{svg}");
    for line in svg.lines().map(str::trim) {
        assert!(line.starts_with('<') && line.ends_with('>'), "{line}");
    }
}

#[test]
fn what_cannot_happen_is_refused() {
    let bench = harbour();
    let cases = [
        ("--fail nobody@10", "unknown-server"),
        ("--return quay@10", "impossible-script"),
        ("--fail quay@10 --fail quay@20", "impossible-script"),
        ("--cut quay|quay@10", "server-twice"),
        ("--cut quay|nobody@10", "unknown-server"),
        ("--fail quay@10 --duration 5", "wrong-duration"),
        ("--duration 100000", "wrong-duration"),
        ("--fail quay@10 --svg harbour.json", "file-exists"),
    ];
    let before = bench.get("harbour.json");
    for (rest, code) in cases {
        let ran = bench.run(&format!("system simulate harbour.json --json {rest}")).ends(2).json();
        assert_eq!(ran["error"]["code"], code, "{rest}");
    }
    for rest in ["--fail quay", "--fail quay@", "--fail quay@1e9", "--fail quay@-1", "--heal 1.2345", "--policy none"] {
        bench.run(&format!("system simulate harbour.json {rest}")).ends(2);
    }
    for at in ["99999999999999999999", "18446744073709551615"] {
        bench.run(&format!("system simulate harbour.json --fail quay@{at}")).ends(2);
    }
    assert_eq!(bench.get("harbour.json"), before);
}

/// The picture of the documentation is what the command below it draws.
#[test]
fn the_picture_of_the_documentation_is_fresh() {
    let text = std::fs::read_to_string(repository().join("docs/system.md")).unwrap();
    let command = text.lines().find_map(|line| line.strip_prefix("$ hwlicense system simulate ")).unwrap();
    assert!(command.contains("--svg docs/failover.svg"), "{command}");
    let bench = Bench::new();
    let command = command.replace("--svg docs/failover.svg", "--svg fresh.svg");
    let file = "examples/systems/harbour.json";
    let command = command.replace(file, &repository().join(file).display().to_string());
    bench.run(&format!("system simulate {command}")).ends(0);
    let kept = std::fs::read(repository().join("docs/failover.svg")).unwrap();
    assert!(bench.get("fresh.svg") == kept, "run the command of docs/system.md with --force and look at the picture");
}
