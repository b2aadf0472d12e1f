//! `agent --updates`: from the vendor's desk through the real server to the program that installs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::agents::{Beside, Site, wait_for};
use crate::bench::Bench;

/// Bytes of the images.
const IMAGE_BYTES: usize = 300_000;

/// A site with a licence for the device, and a vendor who may sign updates.
fn site() -> Site {
    let site = Site::with_entitlement();
    let bench = &site.bench;
    bench.run("key new --issuer --out updates.key --no-passphrase").ends(0);
    let certify = "key certify --root root.key --issuer updates.pub --name Updates --kinds update-manifest";
    bench.run(&format!("{certify} --out updates.cert")).ends(0);
    site
}

/// Bytes that look random.
fn image() -> Vec<u8> {
    let mut word: u64 = 7;
    let next = |_| {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (word >> 56) as u8
    };
    (0..IMAGE_BYTES).map(next).collect()
}

/// The vendor signs an image as version 2.8, and the site publishes it.
fn publish(bench: &Bench, image: &str) {
    let sign = format!("update sign {image} --key updates.key --certificate updates.cert --brand acme");
    let facts =
        "--component recorder --models NG-210 --hardware 2-4 --version 2.8+9 --security-version 3 --chunk-kib 4";
    bench.run(&format!("{sign} {facts} --out up.hwlup")).ends(0);
    bench.run(&format!("update publish up.hwlup {image} --share 100% --config site/server.toml")).ends(0);
}

fn script(bench: &Bench, name: &str, text: &str) {
    bench.put(name, text);
    std::fs::set_permissions(bench.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// An agent of a device that runs this version.
fn agent(site: &Site, version: &str, updater: &str) -> Beside {
    let updates = "--updates updates --component recorder --model NG-210 --hardware 3 --security-version 2";
    let line = site.agent_line("camera", "server.json");
    let agent = Beside::start(
        &site.bench,
        &format!("{line} {updates} --updater ./{updater} --software-version {version}"),
        "agent.log",
    );
    wait_for(|| site.status("camera"), |ran| ran.code == 0);
    // Offers are for those who show the secret that the first contact brought.
    site.bench.run("agent contact --state camera").ends(0);
    agent
}

/// What the agent says of the update, once it says this.
#[track_caller]
fn wait_for_progress(site: &Site, progress: &str) -> Value {
    wait_for(|| site.status("camera").json(), |status| status["update_progress"] == progress)
}

/// What the server says of the one update, once so many devices are where they should be.
#[track_caller]
fn wait_for_server(site: &Site, column: &str, count: u64) -> Value {
    let list = || {
        // Each contact brings the server's list up to date.
        site.bench.run("agent contact --state camera");
        site.bench.run("update list --config site/server.toml --json").ends(0).json()
    };
    wait_for(list, |list| list["updates"][0][column] == count)
}

/// Has the device start anew, as far as the agent can tell.
fn reboot(bench: &Bench) {
    bench.put("updates/boot", "another boot");
}

#[test]
fn an_update_goes_from_the_desk_to_the_program_over_a_crash_of_the_agent() {
    let (site, content) = (site(), image());
    let bench = &site.bench;
    bench.put("image", &content);
    publish(bench, "image");
    script(bench, "install.sh", "#!/bin/sh\nset -eu\nenv | grep ^HWLICENSE_UPDATE_ > facts\ncp \"$1\" slot-b\n");
    // Slowly enough to be interrupted.
    let _server = site.serve_with("--set updates.device_per_s=10");
    let first = agent(&site, "2.7", "install.sh");
    let stored = |status: &Value| status["update_stored_permille"].as_u64().unwrap_or(0);
    let before = wait_for(|| site.status("camera").json(), |status| stored(status) > 100);
    first.kill();
    assert!(!bench.has("slot-b"), "half an image was handed over");

    let second = agent(&site, "2.7", "install.sh");
    let after = site.status("camera").json();
    assert!(stored(&after) >= stored(&before), "{before} {after}");
    let status = wait_for_progress(&site, "ready");
    assert_eq!(status["update_running"], "V 2.7 (0000)");
    wait_for(|| bench.has("slot-b") && bench.get("slot-b").len() == IMAGE_BYTES, |is_there| *is_there);
    assert!(bench.get("slot-b") == content, "the program got another image");
    let facts = String::from_utf8(bench.get("facts")).unwrap();
    for fact in ["_VERSION=V 2.8 (0009)", "_SECURITY_VERSION=3", &format!("_SIZE={IMAGE_BYTES}")] {
        assert!(facts.contains(&format!("HWLICENSE_UPDATE{fact}\n")), "{fact}: {facts}");
    }
    second.kill();

    // The device starts from the other slot, and the server knows it.
    let _third = agent(&site, "2.8+9", "install.sh");
    wait_for_server(&site, "installed", 1);
    wait_for_progress(&site, "none");
}

#[test]
fn a_program_that_does_not_take_the_image_is_told() {
    let site = site();
    site.bench.put("image", image());
    publish(&site.bench, "image");
    script(&site.bench, "refuse.sh", "#!/bin/sh\nexit 3\n");
    let _server = site.serve_with("");
    let _agent = agent(&site, "2.7", "refuse.sh");
    let status = wait_for_progress(&site, "failed");
    assert!(status["update_trouble"].as_str().unwrap().contains("did not take the update"), "{status}");
    wait_for_server(&site, "failed", 1);
}

#[test]
fn a_device_that_starts_with_what_it_ran_before_is_told() {
    let site = site();
    let bench = &site.bench;
    bench.put("image", image());
    publish(bench, "image");
    script(bench, "take.sh", "#!/bin/sh\nexit 0\n");
    let _server = site.serve_with("");
    let taking = agent(&site, "2.7", "take.sh");
    wait_for_progress(&site, "ready");
    taking.kill();
    // Only the agent starts: the device may still start with the update.
    let taking = agent(&site, "2.7", "take.sh");
    wait_for_server(&site, "ready", 1);
    taking.kill();
    reboot(bench);
    let _old = agent(&site, "2.7", "take.sh");
    let log = || String::from_utf8_lossy(&bench.get("agent.log")).into_owned();
    wait_for(log, |log| log.contains("did not start with the update"));
}

fn is_there(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// The example, with the real swupdate: two files stand for the two slots of a device.
#[test]
fn swupdate_installs_what_the_agent_hands_over() {
    let missing: Vec<&str> =
        ["swupdate", "swupdate-client", "cpio", "openssl"].into_iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "not installed: {missing:?}");
        eprintln!("skipped: not installed: {missing:?}");
        return;
    }
    let site = site();
    let bench = &site.bench;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/update-swupdate");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(bench.folder()).output().unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
    };
    bench.put("rootfs", image());
    let slot = bench.path("slot-b").display().to_string();
    let subject = ["-subj", "/CN=Vendor", "-addext", "extendedKeyUsage=emailProtection"];
    let key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", "swu.key", "-out", "swu.pem"];
    run("openssl", &[&key[..], &subject].concat());
    let make = example.join("make-image.sh").display().to_string();
    run(&make, &["rootfs", "2.8.0", "3", &slot, "swu.key", "swu.pem", "image.swu"]);
    publish(bench, "image.swu");

    let mut daemon = Command::new("swupdate");
    daemon.args(["-M", "-m", "-H", "camera:3", "-k", "swu.pem"]).env("TMPDIR", bench.folder());
    let log = std::fs::File::create(bench.path("swupdate.log")).unwrap();
    daemon.current_dir(bench.folder()).stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
    let _daemon = Beside::of(&mut daemon);
    wait_for(|| bench.has("sockinstctrl"), |is_up| *is_up);
    let hand_over = example.join("hand-over.sh").display().to_string();
    let environment = format!("TMPDIR='{0}' BOOT_NEXT='{0}/next'", bench.folder().display());
    script(bench, "install.sh", &format!("#!/bin/sh\nexport {environment}\nexec '{hand_over}' \"$1\"\n"));
    let _server = site.serve_with("");
    let old = agent(&site, "2.7", "install.sh");
    wait_for(|| bench.has("next"), |is_there| *is_there);
    assert!(bench.get("slot-b") == bench.get("rootfs"), "the other slot holds another image");
    assert_eq!(bench.get("next"), b"V 2.8 (0009)\n");
    old.kill();

    // The boot loader starts what `next` names.
    reboot(bench);
    let _new = agent(&site, "2.8+9", "install.sh");
    wait_for_server(&site, "installed", 1);
}
