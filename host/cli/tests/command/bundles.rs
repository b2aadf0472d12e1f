//! `bundle`, and the history of HWIDs that goes into it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::{Bench, server, server_with_new_nic};

/// Unpacks an archive with the system's own tar; gives the folder that it makes.
fn unpack(bench: &Bench, name: &str) -> std::path::PathBuf {
    let folder = bench.path(&format!("{name}.unpacked"));
    std::fs::create_dir(&folder).unwrap();
    let tar = Command::new("tar").arg("-xzf").arg(bench.path(name)).arg("-C").arg(&folder).status().unwrap();
    assert!(tar.success());
    folder.join("hwlicense-bundle")
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Every file below a folder, with its name.
fn all_texts(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_texts(&path).into_iter().map(|(name, text)| (format!("verdicts/{name}"), text)));
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// A bench with everything that a bundle can hold.
fn full() -> Bench {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    bench.issue("--hwid 03ab5c00112233445566778899aabbccdd --out b.hwl").ends(0);
    bench.put("noise.hwl", "no licence");
    bench.put("system.json", "{ \"servers\": [ ] }\n");
    bench.put("updates.log", "2026-10-01 1.0 -> 1.1 ok\n");
    bench.run("explain server.enrollment --from server.json --hw-log server.hw_log.jsonl").ends(0);
    bench.put("now.json", server_with_new_nic().to_string());
    bench.run("explain server.enrollment --from now.json --hw-log server.hw_log.jsonl").ends(1);
    bench
}

const FULL: &str = "bundle --from now.json --enrollment server.enrollment --license a.hwl --license b.hwl \
                    --license noise.hwl --trust root.pub --system system.json --updates updates.log";

#[test]
fn a_bundle_holds_what_support_asks_for_and_its_manifest_fits() {
    let bench = full();
    let ran = bench.run(&format!("{FULL} --note it-stopped --output t.tar.gz --json")).ends(0);
    assert!(ran.stderr.contains("read it before you send it"), "{ran:?}");
    assert_eq!(bench.mode("t.tar.gz"), 0o600);
    let folder = unpack(&bench, "t.tar.gz");
    let manifest = json_of(&folder.join("manifest.json"));
    assert_eq!(manifest["schema"], "hwlicense.bundle-manifest/1");
    assert_eq!(manifest["files"], ran.json()["files"]);
    let names: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    let expected = [
        "note.txt",
        "versions.json",
        "probe.json",
        "hwid.json",
        "hw_log.jsonl",
        "updates.txt",
        "verdicts/01.json",
        "verdicts/02.json",
        "verdicts/03.json",
        "licenses.csv",
        "system.json",
    ];
    assert_eq!(names, expected);
    for file in manifest["files"].as_array().unwrap() {
        let path = folder.join(file["name"].as_str().unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), file["bytes"].as_u64().unwrap());
        let sum = Command::new("sha256sum").arg(&path).output().unwrap();
        assert!(String::from_utf8(sum.stdout).unwrap().starts_with(file["sha256"].as_str().unwrap()), "{file}");
    }
    assert_eq!(all_texts(&folder).len(), expected.len() + 1);
    assert_eq!(std::fs::read(folder.join("note.txt")).unwrap(), b"it-stopped\n");
    assert_eq!(std::fs::read(folder.join("system.json")).unwrap(), bench.get("system.json"));
    assert_eq!(std::fs::read(folder.join("updates.txt")).unwrap(), bench.get("updates.log"));
    let hwid = json_of(&folder.join("hwid.json"));
    assert_eq!(hwid["hwid"].as_str().unwrap().len(), 34);
    assert_eq!(hwid["since_enrollment"]["code"], "nic-replaced");
    let history = std::fs::read_to_string(folder.join("hw_log.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 2, "{history}");
    let last: Value = serde_json::from_str(history.lines().last().unwrap()).unwrap();
    assert_eq!((&last["cause"], &last["changed"]), (&json!("nic-replaced"), &json!({ "nic": "changed" })));
    assert_eq!(last["hwid"], hwid["hwid"]);
}

#[test]
fn each_licence_has_its_verdict_and_its_row() {
    let bench = full();
    bench.run(&format!("{FULL} --output t.tar.gz")).ends(0);
    let folder = unpack(&bench, "t.tar.gz");
    for (name, file, code) in
        [("01", "a.hwl", "valid"), ("02", "b.hwl", "other-hardware"), ("03", "noise.hwl", "malformed")]
    {
        let verdict = json_of(&folder.join(format!("verdicts/{name}.json")));
        assert_eq!((&verdict["file"], &verdict["code"]), (&json!(file), &json!(code)));
        assert_eq!(verdict["schema"], "hwlicense.check/1");
    }
    let list = std::fs::read_to_string(folder.join("licenses.csv")).unwrap();
    let rows: Vec<&str> = list.split_terminator("\r\n").collect();
    assert_eq!(rows[0], "Type,Channels,License Key,Expires,Status,Server,Hardware ID");
    assert!(rows[1].starts_with("professional,16,") && rows[1].contains(",Never,OK,server-1,03"), "{list}");
    assert!(rows[2].contains(",Error,,03ab5c"), "{list}");
    assert_eq!(rows[3], ",,,,Error,,");
}

#[test]
fn serial_numbers_are_pseudonyms_unless_asked_for() {
    let bench = full();
    let serials = [
        "ZM17AS031337",
        "S24816X8A07731",
        "3f2b8c1e-77aa-4d0e-9c51-0cc47ad1b2e6",
        "35E81A07",
        "0c:c4:7a:d1:b2:e6",
        "0cc47ad1b2e6",
        "00:1b:21:9a:40:17",
    ];
    bench.run(&format!("{FULL} --output hidden.tar.gz")).ends(0);
    for (name, text) in all_texts(&unpack(&bench, "hidden.tar.gz")) {
        let text = text.to_ascii_lowercase();
        assert!(serials.iter().all(|serial| !text.contains(&serial.to_ascii_lowercase())), "{name}: {text}");
    }
    bench.run(&format!("{FULL} --with-serials --output shown.tar.gz")).ends(0);
    let shown = std::fs::read_to_string(unpack(&bench, "shown.tar.gz").join("probe.json")).unwrap();
    assert!(shown.contains("ZM17AS031337") && shown.contains("0c:c4:7a:d1:b2:e6"));
    bench.put("replay.json", shown);
    bench.run("hwid --from replay.json").ends(0);
}

#[test]
fn no_secret_gets_into_a_bundle() {
    let bench = full();
    bench.put("pass.txt", "open-sesame-1\n");
    bench.run("key new --out vendor.key --passphrase-file pass.txt").ends(0);
    bench.put(
        "system.json",
        json!({ "servers": [], "admin": { "Password": "open-sesame-2" }, "store": "postgres://a:open-sesame-3@db/x" })
            .to_string(),
    );
    bench.put("updates.log", "download token: open-sesame-4\n1.0 -> 1.1\n");
    let key = String::from_utf8(bench.get("root.key")).unwrap();
    let secret_line = key.lines().nth(1).unwrap();
    let line = format!("{FULL} --note passphrase=open-sesame-5 --output t.tar.gz --json");
    let mut command = bench.command(line.split_whitespace());
    // The update history repeats what only the environment names as a secret.
    command.env("HWLICENSE_PASSPHRASE", "1.0 -> 1.1").env("HWLICENSE_TOKEN", "open-sesame-6");
    assert!(command.output().unwrap().status.success());
    let folder = unpack(&bench, "t.tar.gz");
    for (name, text) in all_texts(&folder) {
        assert!(!text.contains("open-sesame") && !text.contains("1.0 -> 1.1"), "{name}: {text}");
        assert!(!text.contains("PRIVATE KEY") && !text.contains(secret_line), "{name}: {text}");
    }
    let manifest = json_of(&folder.join("manifest.json"));
    assert!(!folder.join("system-licenses.csv").exists(), "that is no System");
    for name in ["note.txt", "updates.txt", "system.json"] {
        assert!(manifest["left_out"].as_array().unwrap().iter().any(|left_out| left_out["what"] == name), "{manifest}");
    }
    for flag in ["--system", "--updates"] {
        let ran = bench.run(&format!("bundle --from now.json {flag} root.key --output x.tar.gz --json")).ends(2);
        assert_eq!(ran.json()["error"]["code"], "private-key-given");
    }
    bench.run("bundle --from now.json --license a.hwl --trust root.key --output x.tar.gz").ends(2);
    assert!(!bench.has("x.tar.gz"));
}

#[test]
fn a_bundle_replaces_nothing_and_needs_little() {
    let bench = Bench::new();
    bench.put("server.json", server().to_string());
    bench.put("there.tar.gz", "mine");
    let ran = bench.run("bundle --from server.json --output there.tar.gz").ends(2).says("Choose another name");
    assert!(!ran.stderr.contains("--force"));
    assert_eq!(bench.get("there.tar.gz"), b"mine");
    bench.run("bundle --from server.json --license a.hwl").ends(2);
    bench.run("bundle --from server.json --system no-such-file --output x.tar.gz").ends(2);
    bench.put("noise", [0xff, 0xfe, 0x00]);
    bench.run("bundle --from server.json --system noise --output x.tar.gz").ends(2);
    assert!(!bench.has("x.tar.gz"));
    let shown = bench.run("bundle --from server.json").ends(0).stdout;
    let name = shown.lines().next().unwrap().strip_prefix("wrote ").unwrap().to_owned();
    assert!(name.starts_with("hwlicense-bundle-2") && name.ends_with("Z.tar.gz"), "{name}");
    assert!(shown.contains("no --note was given"), "{shown}");
    // A machine without a HWID is what support most needs to see.
    bench.put("none.json", crate::bench::nothing_unique().to_string());
    bench.run("bundle --from none.json --output none.tar.gz").ends(0);
    assert_eq!(json_of(&unpack(&bench, "none.tar.gz").join("hwid.json"))["error"], "not-unique");
    // A System file brings the licence list of the System.
    let harbour = include_str!("../../../../examples/systems/harbour.json");
    bench.put("harbour.json", harbour);
    bench.run("bundle --from server.json --system harbour.json --output system.tar.gz").ends(0);
    let folder = unpack(&bench, "system.tar.gz");
    assert_eq!(std::fs::read_to_string(folder.join("system.json")).unwrap(), harbour);
    let list = std::fs::read_to_string(folder.join("system-licenses.csv")).unwrap();
    assert_eq!(list, bench.run("system show harbour.json --csv").ends(0).stdout);
    // This machine itself, whatever it is.
    bench.run("bundle --output here.tar.gz").ends(0);
}

#[test]
fn enroll_and_explain_keep_a_history_beside_the_enrolment() {
    let bench = Bench::new();
    bench.run("enroll --generate-identity --out m.enrollment --quiet").ends(0);
    let rows = |name: &str| {
        let text = String::from_utf8(bench.get(name)).unwrap();
        text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>()
    };
    let first = rows("m.hw_log.jsonl");
    assert_eq!((first.len(), &first[0]["event"]), (1, &json!("enrolled")));
    assert_eq!(first[0]["schema"], "hwlicense.hw-log/1");
    for _ in 0..3 {
        bench.run("explain m.enrollment").ends(0);
    }
    assert_eq!(rows("m.hw_log.jsonl"), first, "what has not changed is not written again");

    // A recorded reading may be of any machine.
    bench.put("now.json", server_with_new_nic().to_string());
    bench.run("explain m.enrollment --from now.json").ends(1);
    assert_eq!(rows("m.hw_log.jsonl"), first);
    bench.run("explain m.enrollment --from now.json --hw-log m.hw_log.jsonl").ends(1);
    assert_eq!(rows("m.hw_log.jsonl").len(), 2);

    // A power cut in the middle of the last row.
    let whole = bench.get("m.hw_log.jsonl");
    bench.put("m.hw_log.jsonl", &whole[..whole.len() - 20]);
    bench.run("explain m.enrollment --from now.json --hw-log m.hw_log.jsonl").ends(1).says("line 2 is damaged");
    assert_eq!(rows("m.hw_log.jsonl").len(), 2);

    bench.run("enroll --generate-identity --out n.enrollment --force --no-hw-log").ends(0);
    assert!(!bench.has("n.hw_log.jsonl"));
    bench.run("enroll --generate-identity --out n.enrollment --force --hw-log no/such/folder").ends(2);
    std::fs::create_dir(bench.path("n.hw_log.jsonl")).unwrap();
    bench.run("explain n.enrollment").ends(0).says("was not kept");
}
