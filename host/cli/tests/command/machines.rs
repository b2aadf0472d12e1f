//! `probe`, `hwid`, `enroll`, `explain`.

use serde_json::{Value, json};

use crate::bench::{
    Bench, nothing_unique, other_server, server, server_unprivileged, server_with, server_with_new_nic,
};

fn hwid_of(bench: &Bench, reading: &Value) -> String {
    let ran = bench.run_with_stdin("hwid --from -", reading.to_string().as_bytes()).ends(0);
    ran.stdout.trim_end().to_owned()
}

#[test]
fn hwid_is_34_digits_and_nothing_else() {
    let bench = Bench::new();
    let ran = bench.run_with_stdin("hwid --from -", server().to_string().as_bytes()).ends(0);
    let digits = ran.stdout.strip_suffix('\n').unwrap();
    assert_eq!(digits.len(), 34);
    assert!(digits.starts_with("03") && digits.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
    assert_eq!(ran.stderr, "");
    let pretty = serde_json::to_string_pretty(&server()).unwrap();
    bench.put("pretty.json", pretty);
    assert_eq!(bench.run("hwid --from pretty.json").ends(0).stdout, ran.stdout);
}

#[test]
fn hwid_answers_each_reading_of_a_file() {
    let bench = Bench::new();
    let lines = [server(), nothing_unique(), server_unprivileged()].map(|reading| reading.to_string()).join("\n");
    bench.put("many.jsonl", &lines);
    let ran = bench.run("hwid --from many.jsonl --json").ends(0);
    let rows: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["machine"], "server-1");
    assert_eq!(rows[0]["hwid"], hwid_of(&bench, &server()));
    assert_eq!(rows[0]["error"], Value::Null);
    assert_eq!(rows[0]["evidence"], json!(["system-uuid", "system-serial", "board-serial", "mac"]));
    assert_eq!((&rows[1]["hwid"], &rows[1]["error"]), (&Value::Null, &json!("not-unique")));
    assert_eq!(rows[2]["error"], "not-readable");
    assert_eq!(rows[2]["unreadable"], json!(["board.serial", "board.system_serial", "board.system_uuid"]));

    let plain = bench.run("hwid --from many.jsonl").ends(0);
    assert_eq!(plain.stdout, format!("{}\n\n\n", hwid_of(&bench, &server())));
    assert!(plain.stderr.contains("line 2") && plain.stderr.contains("line 3"), "{}", plain.stderr);

    bench.put("broken.jsonl", format!("{}\n{{\"machine\": 17}}\n{}\n", server(), server()));
    let broken = bench.run("hwid --from broken.jsonl --json").ends(2);
    let rows: Vec<Value> = broken.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1]["error"], "not-a-reading");
    assert_eq!(rows[0]["hwid"], rows[2]["hwid"]);
    bench.run("hwid --from broken.jsonl").ends(2);
}

#[test]
fn hwid_of_one_machine_ends_with_its_answer() {
    let bench = Bench::new();
    bench.put("none.json", nothing_unique().to_string());
    bench.put("user.json", server_unprivileged().to_string());
    let none = bench.run("hwid --from none.json").ends(1).says("--generate-identity");
    assert_eq!(none.stdout.trim(), "");
    assert_eq!(bench.run("hwid --from none.json --json").ends(1).json()["error"], "not-unique");
    let user = bench.run("hwid --from user.json").ends(3).says("board.system_uuid").says("sudo hwlicense enroll");
    assert_eq!(user.stdout.trim(), "");
    assert_eq!(bench.run("hwid --from user.json --json").ends(3).json()["error"], "not-readable");
}

#[test]
fn an_enrollment_stands_in_for_what_may_not_be_read_and_only_on_its_machine() {
    let bench = Bench::with_desk();
    bench.put("user.json", server_unprivileged().to_string());
    bench.put("other.json", other_server().to_string());
    let ran = bench.run("hwid --from user.json --enrollment server.enrollment --json").ends(0).json();
    assert_eq!(ran["hwid"], hwid_of(&bench, &server()));
    assert!(ran["evidence"].as_array().unwrap().contains(&json!("enrollment")));
    assert_eq!(ran["stood_in"], json!(["board.serial", "board.system_serial", "board.system_uuid"]));
    let other = bench.run("hwid --from other.json --enrollment server.enrollment --json").ends(0).json();
    assert_eq!(other["hwid"], hwid_of(&bench, &other_server()));
    let mut copied = server_unprivileged();
    copied["nics"] = other_server()["nics"].clone();
    bench.put("copied.json", copied.to_string());
    bench.run("hwid --from copied.json --enrollment server.enrollment").ends(3);
}

#[test]
fn enroll_refuses_what_it_should_and_keeps_what_is_there() {
    let bench = Bench::with_desk();
    let before = bench.get("server.enrollment");
    bench.run("enroll --from server.json --out server.enrollment").ends(2).says("--force");
    assert_eq!(bench.get("server.enrollment"), before);
    let shown = bench.run("enroll --from server.json --out server.enrollment --force --json").ends(0).json();
    assert_eq!(shown["hwid"], hwid_of(&bench, &server()));
    assert_ne!(bench.get("server.enrollment"), before, "each enrolment has its own salt");
    bench.put("none.json", nothing_unique().to_string());
    bench.run("enroll --from none.json --out none.enrollment").ends(1);
    bench.put("user.json", server_unprivileged().to_string());
    bench.run("enroll --from user.json --out user.enrollment").ends(3);
    assert!(!bench.has("none.enrollment") && !bench.has("user.enrollment"));
    bench.run("enroll --from server.json --out no/such/folder/x").ends(2);
}

#[test]
fn a_generated_identity_is_asked_for_marked_and_found_again() {
    let bench = Bench::new();
    for (name, reading) in [("none", nothing_unique()), ("user", server_unprivileged())] {
        std::fs::create_dir(bench.path(name)).unwrap();
        bench.put("reading.json", reading.to_string());
        let line = format!("enroll --from reading.json --generate-identity --out {name}/m.enrollment --json");
        let enrolled = bench.run(&line).ends(0).json();
        assert!(enrolled["evidence"].as_array().unwrap().contains(&json!("generated")), "{enrolled}");
        let line = format!("hwid --from reading.json --enrollment {name}/m.enrollment --json");
        let ran = bench.run(&line).ends(0).json();
        assert_eq!(ran["hwid"], enrolled["hwid"]);
        assert!(ran["evidence"].as_array().unwrap().contains(&json!("generated")), "{ran}");
        bench.run(&format!("explain {name}/m.enrollment --from reading.json")).ends(0);
        let line = format!("hwid --from reading.json --identity {name}/machine.identity");
        assert_eq!(bench.run(&line).ends(0).stdout.trim_end(), enrolled["hwid"]);
        assert_eq!(bench.mode(&format!("{name}/machine.identity")), 0o600);
        std::fs::remove_file(bench.path(&format!("{name}/machine.identity"))).unwrap();
        assert_ne!(bench.run(&format!("hwid --from reading.json --enrollment {name}/m.enrollment")).code, 0);
    }
}

#[test]
fn explain_tells_what_changed_and_what_to_do() {
    let bench = Bench::with_desk();
    let cpu = server_with(|reading| reading["cpu"]["id"] = json!("EC 06 09 00 FF FB EB BF"));
    let cases = [
        (server(), 0, "unchanged"),
        (server_with_new_nic(), 1, "nic-replaced"),
        (cpu, 1, "cpu-or-memory-altered"),
        (other_server(), 1, "other-machine"),
        (server_unprivileged(), 3, "not-readable"),
    ];
    for (reading, code, cause) in cases {
        bench.put("now.json", reading.to_string());
        let ran = bench.run("explain server.enrollment --from now.json --json").ends(code).json();
        assert_eq!(ran["code"], cause);
        assert!(!ran["next_step"].as_str().unwrap().is_empty());
        assert_eq!(ran["components"].as_object().unwrap().len(), 5);
        let text = bench.run("explain server.enrollment --from now.json").ends(code).stdout;
        assert!(text.contains("next step") && text.contains("board"), "{text}");
    }
}

#[test]
fn a_probe_of_a_tree_can_be_replayed() {
    let bench = Bench::new();
    let id = bench.path("tree/sys/class/dmi/id");
    std::fs::create_dir_all(&id).unwrap();
    std::fs::create_dir_all(bench.path("tree/proc")).unwrap();
    for (name, text) in [
        ("sys_vendor", "Dell Inc."),
        ("product_name", "PowerEdge R340"),
        ("product_serial", "7QK3XY2"),
        ("product_uuid", "4c4c4544-0051-4b10-8033-b7c04f585932"),
    ] {
        std::fs::write(id.join(name), format!("{text}\n")).unwrap();
    }
    let ran = bench.run("probe --root tree --json").ends(0);
    assert_eq!(ran.json()["schema"], "hwlicense.reading/1");
    bench.put("replay.json", &ran.stdout);
    let hwid = bench.run("hwid --from replay.json").ends(0).stdout;
    assert_eq!(hwid.trim_end().len(), 34);
    let text = bench.run("probe --root tree").ends(0).stdout;
    assert!(text.contains("7QK3XY2"), "{text}");
    bench.run("probe --root no-such-folder").ends(2);
    bench.run("probe --root replay.json").ends(2);
    bench.run("probe --json").ends(0).json();
}

#[test]
fn recorded_readings_of_the_field_all_have_an_answer() {
    let folder = std::env::var_os("HWLICENSE_SHARED_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let file = folder.join("hw-dev.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: {} is not there", file.display());
        return;
    };
    let bench = Bench::new();
    let ran = bench.run(&format!("hwid --json --from {}", file.display())).ends(0);
    assert_eq!(ran.stdout.lines().count(), text.lines().count());
    for line in ran.stdout.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let has_hwid = row["hwid"].as_str().is_some_and(|hwid| hwid.len() == 34);
        assert_eq!(has_hwid, row["error"].is_null(), "{row}");
    }
}
