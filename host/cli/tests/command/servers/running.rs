//! A server that runs, and devices that ask it.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Instant;

use hwlicense::license::LicenseKey;
use hwlicense::primary::{Answer, Authentication, FrameError, Operation, Outcome, Refusal};
use serde_json::json;

use super::device::{Device, exchange};
use super::process::{Process, log_of};
use super::{licensed_site, site};

#[test]
fn devices_get_their_licence_and_the_administrator_sees_them() {
    let (bench, key) = licensed_site(2);
    let process = Process::start(&bench, "");
    let hostile = "quay'); DROP TABLE clients; --";
    let mut devices = [Device::new(1, "gate-1"), Device::new(2, hostile), Device::new(3, "gate-3")];
    let outcomes = devices.each_mut().map(|device| device.contact(process.address));
    assert_eq!(outcomes, [Outcome::Licensed, Outcome::Licensed, Outcome::refused(Refusal::NoCapacity)]);
    assert!(devices.iter().all(|device| device.secret.is_some()));
    assert_eq!(devices[0].contact(process.address), Outcome::Licensed, "with its secret");

    // Beside the running server.
    let clients = bench.run("server clients --config site/server.toml --json").ends(0).json();
    let clients = clients["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 3);
    assert_eq!((&clients[0]["name"], &clients[0]["state"]), (&json!("gate-1"), &json!("licensed")));
    assert_eq!(clients[0]["holds"], json!([{ "license_key": key, "channels": 1 }]));
    assert_eq!((&clients[1]["name"], &clients[1]["version"]), (&json!(hostile), &json!("V 5.1 (2210)")));
    assert_eq!((&clients[2]["state"], &clients[2]["holds"]), (&json!("no-capacity"), &json!([])));
    assert!(clients[2]["next_step"].is_string());
    let table = bench.run("server clients --config site/server.toml --problems").ends(0).stdout;
    assert!(table.contains("gate-3") && !table.contains("gate-1"), "{table}");
    let licenses = bench.run("server licenses --config site/server.toml --json").ends(0).json();
    let license = &licenses["licenses"][0];
    assert_eq!((&license["used"], &license["free"], &license["status"]), (&json!(2), &json!(0), &json!("OK")));

    // What the administrator frees, the next device gets.
    let line = format!("server deactivate gate-1 {key} --now --config site/server.toml");
    bench.run(&format!("{line} --dry-run")).ends(0);
    assert_eq!(devices[2].contact(process.address), Outcome::refused(Refusal::NoCapacity), "it was only asked");
    bench.run(&line).ends(0);
    assert_eq!(devices[2].contact(process.address), Outcome::Licensed);
    let audit = bench.run("server audit --config site/server.toml").ends(0).stdout;
    for word in ["founded", "first-contact", "activated", "moved", "(command line)", "secret-confirmed"] {
        assert!(audit.contains(word), "{word}: {audit}");
    }
    process.terminate();
    assert_eq!(process.wait(), Some(0));
    assert!(log_of(&bench).contains("stopped"));
}

#[test]
fn a_device_that_asks_too_often_or_in_no_language_is_told_so() {
    let (bench, _) = licensed_site(1);
    let process = Process::start(&bench, "--set limits.device_interval_s=30");
    let mut device = Device::new(1, "gate-1");
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let body = device.request(Operation::Contact, Authentication::None);
    let answers: Vec<_> = (0..4).map(|_| exchange(process.address, &body).unwrap()).collect();
    assert!(answers[..3].iter().all(|answer| matches!(Answer::parse(answer), Ok(Answer::Reply(_)))), "{answers:?}");
    let answer = &answers[3];
    assert!(matches!(Answer::parse(answer), Ok(Answer::Busy(25..=30))), "{answer:?}");
    assert_eq!(Device::new(2, "gate-2").contact(process.address), Outcome::refused(Refusal::NoCapacity));
    let answer = exchange(process.address, b"nonsense").unwrap();
    assert_eq!(Answer::parse(&answer), Ok(Answer::NotUnderstood(FrameError::Malformed.number())));
}

#[test]
fn a_site_that_never_got_an_entitlement_starts_and_says_what_is_missing() {
    let bench = site();
    let process = Process::start(&bench, "");
    assert_eq!(Device::new(1, "gate-1").contact(process.address), Outcome::Waiting);
    assert!(log_of(&bench).contains("no entitlement was imported"), "{}", log_of(&bench));
}

#[test]
fn it_stops_under_load_with_every_answer_whole_and_the_ledger_sound() {
    let (bench, _) = licensed_site(1_000);
    let process = Process::start(&bench, "");
    let (address, licensed) = (process.address, AtomicU32::new(0));
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let licensed = &licensed;
            scope.spawn(move || {
                for number in 0..60 {
                    let mut device = Device::new(thread * 60 + number + 1, "gate");
                    let body = device.request(Operation::Contact, Authentication::None);
                    // Once the server stops there is no connection, or no answer on it.
                    if let Ok(answer) = exchange(address, &body) {
                        assert_eq!(device.take(&answer), Outcome::Licensed);
                        licensed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        while licensed.load(Ordering::Relaxed) < 20 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        process.terminate();
    });
    assert_eq!(process.wait(), Some(0));
    let licensed = licensed.into_inner();
    assert!(licensed >= 20);
    let licenses = bench.run("server licenses --config site/server.toml --json").ends(0).json();
    let used = licenses["licenses"][0]["used"].as_u64().unwrap();
    println!("{licensed} devices were answered before the stop, {used} are in the ledger");
    assert!(used >= licensed.into(), "what was answered is in the ledger");
    bench.run("serve --check --config site/server.toml").ends(0);
}

#[test]
fn systemd_hears_when_it_is_ready_alive_and_stopping() {
    let bench = site();
    let socket = UnixDatagram::bind(bench.path("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let path = bench.path("notify").display().to_string();
    let variables = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "200000")];
    let process = Process::start_with(&bench, "", &variables);
    let heard = || {
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    assert!(heard().contains("READY=1"));
    assert_eq!((heard().trim(), heard().trim()), ("WATCHDOG=1", "WATCHDOG=1"));
    process.terminate();
    while !heard().contains("STOPPING=1") {}
    assert_eq!(process.wait(), Some(0));
}

#[test]
fn the_trial_is_given_unless_it_is_switched_off() {
    let bench = site();
    super::entitle(&bench, "trial.hwl", "--class trial --count 40 --lease-days 30");
    let process = Process::start(&bench, "--set trial=false");
    assert_eq!(Device::new(1, "gate-1").contact(process.address), Outcome::Waiting);
    drop(process);
    let process = Process::start(&bench, "");
    assert_eq!(Device::new(1, "gate-1").contact(process.address), Outcome::Licensed);
    drop(process);
    let process = Process::start(&bench, "--set trial=false");
    assert_eq!(Device::new(1, "gate-1").contact(process.address), Outcome::Licensed, "what began goes on");
}

#[test]
fn what_is_assigned_must_be_known() {
    let (bench, key) = licensed_site(1);
    let process = Process::start(&bench, "--set assign=manual");
    let mut device = Device::new(1, "gate-1");
    assert_eq!(device.contact(process.address), Outcome::Waiting, "nobody assigned anything");
    bench.run(&format!("server assign gate-1 {key} --config site/server.toml")).ends(0);
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let other: LicenseKey = LicenseKey::from_random([9; 10]);
    bench.run(&format!("server assign gate-1 {other} --config site/server.toml")).ends(1).says("does not know");
    bench.run("server assign nobody --none --config site/server.toml").ends(1).says("no client is called");
    assert!(TcpStream::connect(process.address).is_ok());
}
