//! Help, man pages and completions.

use crate::bench::Bench;

const VERBS: &[&str] = &[
    "",
    "probe",
    "hwid",
    "enroll",
    "explain",
    "key",
    "key new",
    "key show",
    "key id",
    "key certify",
    "key retire",
    "key revoke",
    "key add-root",
    "revocation",
    "revocation new",
    "license",
    "license issue",
    "license issued",
    "license inspect",
    "license check",
    "system",
    "system show",
    "system allocate",
    "system what-if",
    "system what-if detach",
    "system what-if replace-nic",
    "system what-if fail",
    "system what-if merge",
    "system add",
    "system merge",
    "system failover",
    "system simulate",
    "bundle",
    "serve",
    "server",
    "server init",
    "server show",
    "server import",
    "server clients",
    "server licenses",
    "server expect",
    "server assign",
    "server allow",
    "server accept",
    "server deactivate",
    "server withdraw",
    "server group",
    "server answer",
    "server audit",
    "server backup",
    "server restore",
    "server token",
    "server token new",
    "server token list",
    "server token revoke",
    "update",
    "update sign",
    "update show",
    "update publish",
    "update list",
    "update share",
    "update groups",
    "update pause",
    "update resume",
    "update withdraw",
    "quickstart",
    "completions",
    "man",
    "hwid",
];

#[test]
fn the_help_of_each_verb_starts_with_two_examples() {
    let bench = Bench::new();
    for verb in VERBS {
        for flag in ["--help", "-h"] {
            let help = bench.run(&format!("{verb} {flag}")).ends(0).stdout;
            let (examples, rest) = help.split_once("\n\n").unwrap();
            let mut lines = examples.lines();
            assert_eq!(lines.next(), Some("Examples:"), "{verb}: {help}");
            // An example may go on after a backslash, so that it can still be pasted.
            let starts = lines.filter(|line| !line.starts_with("      ")).collect::<Vec<_>>();
            assert_eq!(starts.len(), 2, "{verb}: {help}");
            assert!(starts.iter().all(|line| line.contains(&format!("hwlicense {verb}"))), "{verb}: {help}");
            assert!(!rest.is_empty());
        }
    }
    assert!(bench.run("--version").ends(0).stdout.starts_with("hwlicense "));
}

#[test]
fn exit_codes_are_in_the_help_and_in_the_man_page() {
    let bench = Bench::new();
    let help = bench.run("--help").ends(0).stdout;
    bench.run("man pages").ends(0);
    let man = String::from_utf8(bench.get("pages/hwlicense.1")).unwrap();
    for text in [help, man] {
        for part in ["a clean no", "wrong usage", "missing rights", "70"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    for page in [
        "hwlicense-license-check.1",
        "hwlicense-key-certify.1",
        "hwlicense-quickstart.1",
        "hwlicense-system-what-if-detach.1",
    ] {
        let text = String::from_utf8(bench.get(&format!("pages/{page}"))).unwrap();
        assert!(text.contains("Examples:"), "{page}: {text}");
    }
    bench.put("file", "");
    bench.run("man file").ends(2);
}

#[test]
fn completions_exist_for_each_shell() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.run(&format!("completions {shell}")).ends(0).stdout.contains("quickstart"), "{shell}");
    }
    assert_eq!(bench.run("completions bash --json").ends(0).json()["shell"], "bash");
    bench.run("completions nonsense").ends(2);
}
