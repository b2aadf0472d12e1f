//! What an administrator does: expecting, answering by file, tokens, copies of the ledger.

use hwlicense::primary::frame::{read_head, write_head};
use hwlicense::primary::{Authentication, Operation, Outcome, Refusal, Secret};
use serde_json::json;

use super::device::Device;
use super::licensed_site;
use super::process::Process;
use crate::bench::Bench;

const AT: &str = "--config site/server.toml";

/// Carries the request of a device to the server as a file, and the answer back.
fn by_file(bench: &Bench, device: &mut Device, code: i32) -> Outcome {
    let secret = device.secret;
    let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
    let body = device.request(Operation::Contact, with);
    bench.put("device.request", [&write_head(body.len()).unwrap()[..], &body].concat());
    let _ = std::fs::remove_file(bench.path("device.answer"));
    bench.run(&format!("server answer device.request --out device.answer {AT}")).ends(code);
    assert_eq!(bench.mode("device.answer"), 0o600, "it holds the device's secret");
    let answer = bench.get("device.answer");
    let (head, body) = answer.split_first_chunk().unwrap();
    assert_eq!(read_head(*head), Ok(body.len()));
    device.take(body)
}

#[test]
fn a_site_without_a_network_activates_by_file() {
    let (bench, _) = licensed_site(1);
    let mut device = Device::new(1, "gate-1");
    assert_eq!(by_file(&bench, &mut device, 0), Outcome::Licensed);
    assert_eq!(by_file(&bench, &mut device, 0), Outcome::Licensed, "with its secret");
    assert_eq!(by_file(&bench, &mut Device::new(2, "gate-2"), 1), Outcome::refused(Refusal::NoCapacity));
    for wrong in [&b"nonsense"[..], b"", &[0; 70_000]] {
        bench.put("wrong.request", wrong);
        bench.run(&format!("server answer wrong.request --out wrong.answer {AT}")).ends(2);
    }
    assert!(!bench.has("wrong.answer"));
}

#[test]
fn expected_clients_are_listed_and_get_what_was_meant_for_them() {
    let (bench, key) = licensed_site(3);
    let hwid = Device::new(2, "").hwid;
    bench.put("cameras.csv", format!("name,hwid,key,note\nquay-7,,{key},by the crane\n,{hwid},,\n\"=1+1\",,,\n"));
    bench.run(&format!("server expect --csv cameras.csv --dry-run {AT}")).ends(0);
    bench.run(&format!("server clients {AT}")).ends(1);
    bench.run(&format!("server expect --csv cameras.csv {AT}")).ends(0);
    let listed = bench.run(&format!("server clients {AT} --json")).ends(0).json();
    let listed = listed["clients"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|client| client["version"] == "V 0.0 (0000)" && client["state"] == "never-seen"));
    let csv = bench.run(&format!("server clients {AT} --csv")).ends(0).stdout;
    assert!(csv.contains("'=1+1") && csv.starts_with("Name,Hardware ID,Version"), "{csv}");

    let process = Process::start(&bench, "--set assign=manual");
    assert_eq!(Device::new(1, "quay-7").contact(process.address), Outcome::Licensed, "by its name");
    assert_eq!(Device::new(2, "other").contact(process.address), Outcome::Waiting, "nothing was meant for it");
    let silent = bench.run(&format!("server clients {AT} --not-seen-for 8 --json")).ends(0).json();
    assert_eq!(silent["clients"].as_array().unwrap().len(), 1);

    bench.put("wrong.csv", "name,hwid\nquay-8,\nquay-9,03ab\n");
    bench.run(&format!("server expect --csv wrong.csv {AT}")).ends(2).says("line 3");
    bench.put("unknown.csv", "name,key\nquay-8,\nquay-9,0000-0000-0000-0000\n");
    let _ = bench.run(&format!("server expect --csv unknown.csv {AT}"));
    assert!(!bench.run(&format!("server clients {AT}")).ends(0).stdout.contains("quay-8"), "all or nothing");
}

#[test]
fn a_reset_device_is_accepted_and_a_withdrawn_one_gets_nothing() {
    let (bench, key) = licensed_site(2);
    let process = Process::start(&bench, "");
    let mut device = Device::new(1, "gate-1");
    device.contact(process.address);
    device.contact(process.address);
    bench.run(&format!("server accept gate-1 {AT}")).ends(1).says("nobody else asked");
    let mut reset = Device::new(1, "gate-1");
    assert_eq!(reset.contact(process.address), Outcome::Licensed, "its hardware is what counts");
    let clients = bench.run(&format!("server clients {AT} --json")).ends(0).json();
    assert!(clients["clients"][0]["possible_clone_since"].is_string());
    bench.run(&format!("server accept gate-1 {AT}")).ends(0);
    assert_eq!(reset.contact(process.address), Outcome::Licensed);
    let clients = bench.run(&format!("server clients {AT} --json")).ends(0).json();
    assert_eq!(clients["clients"][0]["possible_clone_since"], json!(null));

    bench.run(&format!("server withdraw gate-1 {AT}")).ends(0);
    assert_eq!(reset.contact(process.address), Outcome::refused(Refusal::Withdrawn));
    bench.run(&format!("server assign gate-1 {key} {AT}")).ends(0);
    assert_eq!(reset.contact(process.address), Outcome::Licensed);
    bench.run(&format!("server allow gate-1 {AT}")).ends(1).says("did not ask");
    bench.run(&format!("server allow gate-1 --to {} {AT}", Device::new(9, "").hwid)).ends(0);
}

#[test]
fn a_token_deactivates_until_it_is_revoked() {
    let (bench, key) = licensed_site(1);
    let process = Process::start(&bench, "");
    let mut device = Device::new(1, "gate-1");
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    bench.run(&format!("server token new ann --out ann.token {AT}")).ends(0);
    assert_eq!(bench.mode("ann.token"), 0o600);
    bench.run(&format!("server token new ann --out again.token {AT}")).ends(1).says("token of this name");
    assert!(!bench.has("again.token"));
    let listed = bench.run(&format!("server token list {AT}")).ends(0).stdout;
    let token = bench.get("ann.token");
    assert!(listed.contains("ann") && !listed.contains(core::str::from_utf8(&token).unwrap()));

    let secret = Secret::of_token(&token);
    let key = key.parse().unwrap();
    let body = device.request(Operation::Deactivate(key), Authentication::Administrator(&secret));
    assert_eq!(device.send(process.address, &body), Outcome::Deactivated);
    bench.run(&format!("server token revoke ann {AT}")).ends(0);
    bench.run(&format!("server token revoke ann {AT}")).ends(1);
    let body = device.request(Operation::Deactivate(key), Authentication::Administrator(&secret));
    assert_eq!(device.send(process.address, &body), Outcome::refused(Refusal::BadAuthenticator));
}

#[test]
fn a_copy_is_made_beside_the_running_server_and_put_back() {
    let (bench, _) = licensed_site(2);
    let process = Process::start(&bench, "");
    Device::new(1, "gate-1").contact(process.address);
    bench.run(&format!("server backup ledger.copy {AT}")).ends(0);
    assert_eq!(bench.mode("ledger.copy"), 0o600, "it holds the clients' secrets");
    bench.run(&format!("server backup ledger.copy {AT}")).ends(2).says("already");
    Device::new(2, "gate-2").contact(process.address);
    bench.run(&format!("server restore ledger.copy {AT}")).ends(1).says("stop");
    process.terminate();
    assert_eq!(process.wait(), Some(0));
    let restored = bench.run(&format!("server restore ledger.copy {AT} --json")).ends(0).json();
    assert_eq!(restored["epoch"], 2);
    let clients = bench.run(&format!("server clients {AT}")).ends(0).stdout;
    assert!(clients.contains("gate-1") && !clients.contains("gate-2"), "{clients}");
    assert!(bench.has("site/ledger.sqlite.before-2"));
    let process = Process::start(&bench, "");
    assert_eq!(Device::new(2, "gate-2").contact(process.address), Outcome::Licensed);
}
