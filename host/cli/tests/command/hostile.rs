//! Input that nobody meant: every verb that reads a file, with every kind of wrong file.

use crate::bench::{Bench, server};

/// Every place where a file goes in. `@` stands for the file.
const READERS: &[&str] = &[
    "hwid --from @",
    "hwid --from server.json --enrollment @",
    "hwid --from server.json --identity @",
    "enroll --from @ --out x",
    "explain @ --from server.json",
    "explain server.enrollment --from @",
    "key show @",
    "key id @",
    "key certify --root @ --issuer desk.pub --name X --out x",
    "key certify --root root.key --issuer @ --name X --out x",
    "key revoke @ --key desk.key --out x",
    "revocation new --key desk.key --list @ --out x",
    "revocation new --key desk.key --certificate @ --out x",
    "license issue --key desk.key --terms @ --hwid 03ab5c00112233445566778899aabbccdd --out x",
    "license issue --key desk.key --brand a --class trial --count 1 --enrollment @ --out x",
    "license inspect @",
    "license check a.hwl --trust @ --from server.json",
    "license check a.hwl --trust root.pub --revocations @ --from server.json",
    "system show @",
    "system allocate @ --switch-on a",
    "system what-if fail a @",
    "system what-if merge @ @",
    "system add @ a.hwl --trust root.pub --out x",
    "system add system.json a.hwl --trust @ --out x",
    "system merge @ @ --out x",
    "system failover @",
];

#[test]
fn wrong_files_are_wrong_input_everywhere() {
    let bench = Bench::with_desk();
    bench.issue("--enrollment server.enrollment --out a.hwl").ends(0);
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench.put("empty", "");
    bench.put("noise", (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
    bench.put("not-utf8", b"{\"board\": {\"serial\": \"\xff\xfe\xc0\x80\"}}");
    bench.put("big", vec![b'['; 10 * 1024 * 1024]);
    bench.put("zeros", vec![0; 10 * 1024 * 1024]);
    bench.put("cut-enrollment", &bench.get("server.enrollment")[..40]);
    bench.put("cut-key", &bench.get("root.key")[..60]);
    bench.put("cut-json", &server().to_string().as_bytes()[..100]);
    bench.put("cut-license", &bench.get("a.hwl")[..100]);
    bench.put("deep", "{\"board\":".repeat(5000));
    bench.put("system.json", include_str!("../../../../examples/systems/harbour.json"));
    let files = [
        "no-such-file",
        "folder",
        "empty",
        "noise",
        "not-utf8",
        "big",
        "zeros",
        "cut-enrollment",
        "cut-key",
        "cut-json",
        "cut-license",
        "deep",
    ];
    for reader in READERS {
        for file in files {
            let ran = bench.run(&reader.replace('@', file));
            assert_eq!(ran.code, 2, "{reader} with {file}: {ran:#?}");
            assert!(ran.stderr.contains("hwlicense: ") || reader.starts_with("hwid --from @"), "{ran:#?}");
            assert!(!bench.has("x"), "{reader} with {file}");
        }
    }
}

#[test]
fn a_licence_that_is_none_is_a_no_and_a_file_that_is_not_there_is_not() {
    let bench = Bench::with_desk();
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench.put("big", vec![b'-'; 10 * 1024 * 1024]);
    bench.put("text", "-----BEGIN HWLICENSE-----\n!!!!\n-----END HWLICENSE-----\n");
    for (file, code) in [("no-such-file", 2), ("folder", 2), ("big", 1), ("text", 1), ("server.json", 1)] {
        let ran = bench.run(&format!("license check {file} --trust root.pub --from server.json --json")).ends(code);
        if code == 1 {
            assert_eq!(ran.json()["code"], "malformed");
        }
    }
}

#[test]
fn what_would_play_with_a_terminal_is_shown_as_an_escape() {
    let bench = Bench::new();
    let mut reading = server();
    reading["machine"] = serde_json::json!("evil\u{1b}[2J\u{202e}name");
    reading["board"]["serial"] = serde_json::json!("to be filled by o.e.m.");
    for field in ["system_serial", "system_uuid"] {
        reading["board"][field] = serde_json::Value::Null;
    }
    reading["nics"] = serde_json::json!([]);
    bench.put("evil.json", reading.to_string());
    let plain = bench.run("hwid --from evil.json").ends(1);
    let json = bench.run("hwid --from evil.json --json").ends(1);
    for text in [plain.stderr, json.stdout] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains("evil"), "{text:?}");
    }
}

#[test]
fn wrong_usage_is_told_as_such() {
    let bench = Bench::new();
    for line in ["", "nonsense", "hwid --nonsense", "key", "license", "license check", "key new", "hwid extra"] {
        let ran = bench.run(line).ends(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{line}: {ran:#?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_and_a_full_disk_are_no_mistakes_of_ours() {
    let bench = Bench::new();
    let many = format!("{}\n", server()).repeat(2000);
    bench.put("many.jsonl", many);
    let mut child = bench
        .command(["hwid", "--json", "--from", "many.jsonl"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = bench.command(["hwid", "--from", "many.jsonl"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the output"));
}
