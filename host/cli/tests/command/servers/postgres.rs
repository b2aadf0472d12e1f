//! Servers that share a ledger in PostgreSQL, as an administrator meets them.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::process::Command;
use std::thread::{scope, sleep};

use hwlicense::primary::{Answer, Authentication, Operation, Outcome, Refusal};

use super::device::{Device, exchange};
use super::process::{Process, log_of};
use super::{entitle, licensed_site};
use crate::bench::Bench;
use crate::cluster::Cluster;

/// A site whose ledger is in a database, with an entitlement for so many channels.
pub(super) fn shared_site(cluster: &Cluster, count: u32) -> Bench {
    let url = cluster.database("ledger");
    let bench = Bench::with_desk();
    bench
        .run("key certify --root root.key --issuer desk.pub --name Desk --kinds entitlement,revocation-list --out site.cert")
        .ends(0);
    bench.run(&format!("server init site --trust root.pub --database {url}")).ends(0);
    entitle(&bench, "site.hwl", &format!("--class professional --count {count}"));
    bench
}

/// A further server: a copy of the folder.
pub(super) fn copy_of(bench: &Bench) -> Bench {
    let copy = Bench::new();
    std::fs::create_dir(copy.path("site")).unwrap();
    for file in ["server.toml", "server.key", "root.pub"] {
        std::fs::copy(bench.path("site").join(file), copy.path("site").join(file)).unwrap();
    }
    copy
}

/// Asks until there is an answer that is not "busy": the outcome, or `None` if the server is gone.
pub(super) fn outcome(device: &mut Device, process: &Process) -> Option<Outcome> {
    let secret = device.secret;
    let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
    let body = device.request(Operation::Contact, with);
    loop {
        let answer = exchange(process.address, &body).ok()?;
        if !matches!(Answer::parse(&answer), Ok(Answer::Busy(_))) {
            return Some(device.take(&answer));
        }
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_servers_share_a_ledger_and_one_is_killed_in_the_middle() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let first = shared_site(&cluster, 40);
    let second = copy_of(&first);
    let processes = [Process::start(&first, ""), Process::start(&second, "")];
    let is_killed = AtomicBool::new(false);
    let mut licensed: Vec<Device> = scope(|scope| {
        let threads: Vec<_> = (0..4u8)
            .map(|thread| {
                let (process, is_killed) = (&processes[usize::from(thread % 2)], &is_killed);
                scope.spawn(move || {
                    let mut licensed = Vec::new();
                    for number in 0..25 {
                        let mut device = Device::new(thread * 50 + number + 1, &format!("gate {thread}.{number}"));
                        if thread == 1 && number == 7 {
                            is_killed.store(true, Ordering::SeqCst);
                            process.kill();
                        }
                        match outcome(&mut device, process) {
                            Some(Outcome::Licensed) => licensed.push(device),
                            Some(refused) => assert_eq!(refused, Outcome::refused(Refusal::NoCapacity)),
                            None => assert!(is_killed.load(Ordering::SeqCst) && thread % 2 == 1),
                        }
                    }
                    licensed
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let [survivor, killed] = processes;
    drop(killed);
    // Who was killed may have given a channel and not said so; its device has it when it asks again.
    let license = first.run("server licenses --config site/server.toml --json").ends(0).json()["licenses"][0].clone();
    assert_eq!((license["used"].as_u64(), license["free"].as_u64()), (Some(40), Some(0)));
    assert!((38..=40).contains(&licensed.len()), "{}", licensed.len());
    let again = Process::start(&second, "");
    for device in &mut licensed {
        assert_eq!(device.contact(survivor.address), Outcome::Licensed, "{}", device.name);
        assert_eq!(device.contact(again.address), Outcome::Licensed, "{}", device.name);
    }
    let balance =
        "SELECT (SELECT used + excess FROM entitlements) = (SELECT sum(count) FROM activations WHERE state < 2)";
    assert_eq!(cluster.sql("ledger", balance), "t");
    for (bench, process) in [(&first, survivor), (&second, again)] {
        process.terminate();
        assert_eq!(process.wait(), Some(0), "{}", log_of(bench));
    }
}

#[test]
fn a_server_with_another_key_does_not_start() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let first = shared_site(&cluster, 1);
    first.run("serve --check --config site/server.toml --set listen=tcp://127.0.0.1:0").ends(0);
    let second = copy_of(&first);
    std::fs::remove_file(second.path("site/server.key")).unwrap();
    second.run("key new --issuer --out site/server.key --no-passphrase").ends(0);
    let check = second.run("serve --check --config site/server.toml --set listen=tcp://127.0.0.1:0").ends(1);
    assert!(check.stdout.contains("another key"), "{check:?}");
    second.run("serve --config site/server.toml").ends(1).says("another key");
    // Nor is a second ledger founded where there is one.
    let url = cluster.url("postgres", "ledger");
    second.run(&format!("server init other --database {url}")).ends(2).says("copy the folder");
    assert!(!second.has("other/server.key"));
}

#[test]
fn a_ledger_is_moved_with_one_command_and_the_old_file_is_not_served() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let (bench, _) = licensed_site(2);
    let process = Process::start(&bench, "");
    let mut device = Device::new(1, "gate 1");
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let line = format!("server move-database --to {} --config site/server.toml", cluster.database("ledger"));
    bench.run(&line).ends(1).says("systemctl stop hwlicense");
    process.terminate();
    assert_eq!(process.wait(), Some(0));
    let before = bench.run("server clients --config site/server.toml").ends(0).stdout;
    let rehearsed = bench.run(&format!("{line} --dry-run --json")).ends(0).json();
    assert_eq!((rehearsed["dry_run"].as_bool(), rehearsed["tables"]["clients"].as_u64()), (Some(true), Some(1)));
    let moved = bench.run(&line).ends(0).stdout;
    assert!(moved.contains("set database = \"postgres://postgres@"), "{moved}");
    for line in ["serve --config site/server.toml", "server clients --config site/server.toml"] {
        bench.run(line).ends(if line.starts_with("serve ") { 1 } else { 2 }).says("(now postgres://postgres@");
    }
    let database = format!("--set database={}", cluster.url("postgres", "ledger"));
    assert_eq!(bench.run(&format!("server clients --config site/server.toml {database}")).ends(0).stdout, before);
    let process = Process::start(&bench, &database);
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    assert_eq!(Device::new(2, "gate 2").contact(process.address), Outcome::Licensed);
    assert_eq!(Device::new(3, "gate 3").contact(process.address), Outcome::refused(Refusal::NoCapacity));
    // What is for files says so, and a restored database begins an epoch.
    bench.run(&format!("server backup copy {database} --config site/server.toml")).ends(2).says("pg_dump");
    bench.run(&format!("server restore copy {database} --config site/server.toml")).ends(2).says("server restored");
    let restored = bench.run(&format!("server restored {database} --config site/server.toml --json")).ends(0).json();
    assert_eq!(restored["epoch"], 2);
}

/// The block of the README after the heading, as somebody types it who came so far.
#[test]
fn the_readme_leads_from_one_server_to_two() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    cluster.sql("postgres", "CREATE ROLE hwlicense LOGIN");
    cluster.sql("postgres", "CREATE DATABASE ledger OWNER hwlicense");
    let (bench, _) = licensed_site(2);
    let mut device = Device::new(1, "gate 1");
    let process = Process::start(&bench, "");
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    process.terminate();
    assert_eq!(process.wait(), Some(0));

    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let section = readme.split("\n### From one server to two\n").nth(1).unwrap();
    let block = section.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let (mut processes, mut copies) = (Vec::new(), Vec::new());
    for line in block.lines() {
        let line = line.strip_prefix("$ ").unwrap().split("  #").next().unwrap().trim_end();
        // The README's database is called db.site; the one of the test has a socket.
        let line = line.replace("postgres://hwlicense@db.site/ledger", &cluster.url("hwlicense", "ledger"));
        match line.strip_prefix("hwlicense ") {
            Some("serve --config site/server.toml") => {
                copies.push(copy_of(&bench));
                processes.extend([&bench, &copies[0]].map(|bench| Process::start(bench, "")));
            }
            Some(line) => drop(bench.run(line).ends(0)),
            None => {
                let shell = Command::new("sh").args(["-c", &line]).current_dir(bench.folder()).status().unwrap();
                assert!(shell.success(), "{line}");
            }
        }
    }
    assert_eq!(processes.len(), 2, "{block}");
    for process in &processes {
        assert_eq!(device.contact(process.address), Outcome::Licensed);
    }
    assert_eq!(Device::new(2, "gate 2").contact(processes[0].address), Outcome::Licensed);
    assert_eq!(Device::new(3, "gate 3").contact(processes[1].address), Outcome::refused(Refusal::NoCapacity));
    assert_eq!(cluster.sql("ledger", "SELECT count(*) FROM clients"), "3");
}
