//! `quickstart`: as it is, again, and as somebody who may read little.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::{Bench, nothing_unique, server, server_unprivileged};

const FILES: [&str; 5] = ["vendor.key", "vendor.pub", "machine.enrollment", "license.hwl", "license.pem"];
const CHECK: &str = "license check q/license.hwl --trust q/vendor.pub --enrollment q/machine.enrollment";

#[test]
fn quickstart_leaves_a_licence_that_checks_and_runs_again_without_harm() {
    let bench = Bench::new();
    let first = bench.run("quickstart q").ends(0).stdout;
    for word in ["Hardware ID", "verdict", "changed network interface", "not encrypted"] {
        assert!(first.contains(word), "{word}: {first}");
    }
    let before = FILES.map(|name| bench.get(&format!("q/{name}")));
    assert_eq!(bench.mode("q/vendor.key"), 0o600);
    bench.run(CHECK).ends(0);
    bench.run(&CHECK.replace(".hwl", ".pem")).ends(0);

    let again = bench.run("quickstart q --json").ends(0).json();
    assert_eq!(again["verdict"], "yes");
    assert!(again["steps"].as_array().unwrap().len() >= 7);
    assert_eq!(FILES.map(|name| bench.get(&format!("q/{name}"))), before);
    assert_eq!(bench.run("license issued --log q/issued.jsonl --json").json()["issued"].as_array().unwrap().len(), 1);
}

#[test]
fn quickstart_repairs_what_is_broken() {
    let bench = Bench::new();
    bench.run("quickstart q").ends(0);
    let key = bench.get("q/vendor.key");
    for name in ["license.hwl", "license.pem", "issuer.cert", "vendor.pub", "machine.enrollment"] {
        bench.put(&format!("q/{name}"), "damaged");
        bench.run("quickstart q").ends(0);
        bench.run(CHECK).ends(0);
        std::fs::remove_file(bench.path(&format!("q/{name}"))).unwrap();
        bench.run("quickstart q").ends(0);
        bench.run(CHECK).ends(0);
    }
    assert!(bench.has("q/machine.enrollment.old"), "an enrolment that no longer fits is kept");
    assert_eq!(bench.get("q/vendor.key"), key);
    // A private key that cannot be read is somebody's, and is left alone.
    bench.put("q/vendor.key", "damaged");
    bench.run("quickstart q").ends(2);
    assert_eq!(bench.get("q/vendor.key"), b"damaged");
    bench.put("file", "");
    bench.run("quickstart file").ends(2);
}

/// The facts of the step whose title starts so.
fn facts<'a>(told: &'a Value, title: &str) -> Option<&'a Value> {
    let steps = told["steps"].as_array().unwrap();
    steps.iter().find(|step| step["title"].as_str().unwrap().starts_with(title)).map(|step| &step["facts"])
}

#[test]
fn quickstart_explains_a_replaced_nic_on_a_server() {
    let bench = Bench::new();
    bench.put("server.json", server().to_string());
    let told = bench.run("quickstart q --from server.json --json").ends(0).json();
    assert!(facts(&told, "Go on with a generated identity").is_none());
    assert_eq!(facts(&told, "Imagine a changed").unwrap()["likely_reason"], "A network interface was replaced.");
    let same = facts(&told, "The same licence there").unwrap();
    assert_eq!((&same["verdict"], &same["components"]["nic"]), (&json!("yes"), &json!("matches")));
    let strict = facts(&told, "A strict licence there").unwrap();
    assert_eq!((&strict["verdict"], &strict["code"]), (&json!("no"), &json!("other-hardware")));
    assert!(!strict["next_step"].as_str().unwrap().is_empty());
    bench.run(&format!("{CHECK} --from server.json")).ends(0);
}

#[test]
fn quickstart_shows_the_error_and_its_cure_and_goes_on_with_a_generated_identity() {
    let bench = Bench::new();
    for (name, reading, error, cure) in [
        ("none", nothing_unique(), "not-unique", "--generate-identity"),
        ("user", server_unprivileged(), "not-readable", "sudo hwlicense enroll"),
    ] {
        bench.put("reading.json", reading.to_string());
        let told = bench.run(&format!("quickstart {name} --from reading.json --json")).ends(0).json();
        let computed = facts(&told, "Compute the Hardware ID").unwrap();
        assert_eq!(computed["error"], error);
        assert!(computed["cure"].as_str().unwrap().contains(cure), "{computed}");
        let enrolled = facts(&told, "Enrol this machine").unwrap();
        assert!(enrolled["evidence"].as_array().unwrap().contains(&json!("generated")), "{enrolled}");
        let check = CHECK.replace("q/", &format!("{name}/"));
        let checked = bench.run(&format!("{check} --from reading.json --json")).ends(0).json();
        assert!(checked["machine_evidence"].as_array().unwrap().contains(&json!("generated")), "{checked}");
    }
    // The administrator, who can read everything, comes to the same enrolled machine.
    bench.put("server.json", server().to_string());
    let told = bench.run("quickstart user --from server.json --json").ends(0).json();
    assert_eq!(facts(&told, "Enrol this machine").unwrap()["state"], "kept from an earlier run");
    // Without the file with the identity there is another machine, and a new licence for it.
    std::fs::remove_file(bench.path("user/machine.identity")).unwrap();
    let told = bench.run("quickstart user --from server.json --json").ends(0).json();
    assert_eq!(facts(&told, "Enrol this machine").unwrap()["evidence"][0], "system-uuid");
    assert!(bench.has("user/machine.enrollment.old"));
}

#[test]
fn without_a_folder_it_makes_its_own() {
    let bench = Bench::new();
    bench.run("quickstart --quiet").ends(0);
    assert!(bench.has("hwlicense-quickstart/license.hwl"));
}

#[cfg(target_os = "linux")]
#[test]
fn quickstart_tells_the_truth_to_an_ordinary_user() {
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::new();
    let program = bench.path("hwlicense");
    std::fs::copy(env!("CARGO_BIN_EXE_hwlicense"), &program).unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(bench.folder(), open.clone()).unwrap();
    std::fs::set_permissions(&program, open).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&program).args(arguments);
        command.current_dir(bench.folder()).output()
    };
    match as_nobody(&["--version"]) {
        Ok(output) if output.status.success() => {}
        _ => {
            eprintln!("SKIPPED: this user cannot become another one");
            return;
        }
    }
    let output = as_nobody(&["quickstart", "q"]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text.contains("verdict") && text.contains("yes"), "{text}");
    let check: Vec<&str> = CHECK.split(' ').collect();
    assert_eq!(as_nobody(&check).unwrap().status.code(), Some(0));
    // Keys of another user are neither read nor replaced.
    bench.run("quickstart mine").ends(0);
    let denied = as_nobody(&["quickstart", "mine"]).unwrap();
    assert_eq!(denied.status.code(), Some(3), "{denied:?}");
    assert!(String::from_utf8_lossy(&denied.stderr).contains("denied"));
    let fresh = as_nobody(&["quickstart", Path::new("/proc/hwlicense").to_str().unwrap()]).unwrap();
    assert_ne!(fresh.status.code(), Some(0));
}
