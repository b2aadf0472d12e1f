//! A large site: thousands of licences imported, thousands of clients looked at.
//!
//! CI takes 2,000 licences; with `HWLICENSE_LONG=1` it is 10,000. Clients are always 10,000, because
//! they are copied into the ledger. What is measured is printed.

use core::time::Duration;
use std::process::Command;
use std::time::Instant;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::Entitlement;
use hwlicense::signed::{BUNDLE_BYTES_MAX, Bundle, BundleWriter, ENVELOPE_BYTES_MAX, Header, Kind, armor, seal};
use hwlicense_server::store::{ActivationRow, AuditRow, ClientRow, LeaseRow, Store as _, StoreError};
use serde_json::json;

use crate::device::Device;
use crate::pages::rooms;
use crate::site::{Site, entitle};

/// How many clients are looked at.
const CLIENTS: u32 = 10_000;
/// Largest page in bytes, whatever the size of the site.
const PAGE_BYTES_MAX: usize = 200_000;
/// Longest that a page may take, in a build without optimization on a machine with much else to do.
const PAGE_TIME_MAX: Duration = Duration::from_secs(20);

fn licences_wanted() -> u32 {
    if std::env::var_os("HWLICENSE_LONG").is_some() { 10_000 } else { 2_000 }
}

/// A text with so many licences for this site, as its vendor's desk would issue them one by one.
fn licences(site: &Site, count: u32) -> Vec<u8> {
    entitle(&site.bench, "sample.hwl", "--class edge --count 4");
    let pem = String::from_utf8(site.bench.get("desk.key")).unwrap();
    let key = SigningKey::from_pkcs8_pem(&pem).unwrap();
    let file = site.bench.get("sample.hwl");
    let bundle = Bundle::parse(&file).unwrap();
    let certificate = bundle.only(Kind::Certificate).unwrap();
    let sample = bundle.only(Kind::Entitlement).unwrap();
    let claims = sample.unverified::<Entitlement<'_>>().unwrap();
    let mut text = Vec::new();
    for number in 1..=count {
        let mut random = [7; 10];
        random[..4].copy_from_slice(&number.to_be_bytes());
        let entitlement = Entitlement { key: LicenseKey::from_random(random), ..claims.clone() };
        let header = Header { sequence: 1_000 + u64::from(number), ..sample.header() };
        let mut buffer = vec![0; ENVELOPE_BYTES_MAX];
        let envelope = seal(header, &entitlement, &mut buffer, |message| key.sign(message).to_bytes()).unwrap();
        let mut writer = BundleWriter::new();
        writer.push(envelope).unwrap();
        writer.push(certificate.bytes()).unwrap();
        let mut buffer = vec![0; BUNDLE_BYTES_MAX];
        let file = writer.write(&mut buffer).unwrap();
        text.extend(armor::encode(file, &mut vec![0; armor::ARMORED_BYTES_MAX]).unwrap().bytes());
    }
    text
}

#[test]
fn thousands_of_licences_are_imported_by_the_command_and_its_terminal_shows_how_far_it_is() {
    let site = Site::new(1);
    let count = licences_wanted();
    site.bench.put("many.pem", licences(&site, count));
    let begin = Instant::now();
    // `script` gives the command a terminal, and notes what is shown there.
    let line = format!("{} server import many.pem --config site/server.toml", env!("CARGO_BIN_EXE_hwlicense"));
    let script = Command::new("script").args(["-qec", &line, "shown"]).current_dir(site.bench.folder()).output();
    let script = script.unwrap();
    let taken = begin.elapsed();
    let shown = String::from_utf8_lossy(&site.bench.get("shown")).into_owned();
    assert!(script.status.success(), "{shown}");
    println!("{count} licences by the command: {taken:.1?}");
    let steps: Vec<u32> = shown
        .split(&format!("/{count}"))
        .filter_map(|text| text.rsplit(|character: char| !character.is_ascii_digit()).next()?.parse().ok())
        .collect();
    assert!(steps.len() > 3 && steps.is_sorted() && steps[0] < count, "{steps:?}");
    let licenses = site.get("/api/v1/licenses").is(200).json();
    // The sample is not among them, and one was there before.
    assert_eq!((&licenses["total"], &licenses["pages"]), (&json!(count + 1), &json!((count + 1).div_ceil(50))));
    let last = site.get(&format!("/api/v1/licenses?limit=500&page={}", (count + 1).div_ceil(500))).json();
    assert_eq!(last["licenses"].as_array().unwrap().len() as u32, (count + 1) % 500);
    let found = site.get("/api/v1/licenses?search=professional").json();
    assert_eq!((&found["total"], &found["licenses"][0]["license_key"]), (&json!(1), &json!(site.key)));
    // Again it changes nothing.
    let again = site.bench.run("server import many.pem --config site/server.toml --json").ends(0).json();
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["outcome"] == "unchanged"));
}

#[test]
fn thousands_of_licences_are_imported_as_a_job_and_its_page_shows_how_far_it_is() {
    import_as_a_job(&Site::new(1), "SQLite");
}

#[test]
fn thousands_of_licences_are_imported_into_postgresql() {
    if let Some(site) = Site::on_postgres(1) {
        import_as_a_job(&site, "PostgreSQL");
    }
}

fn import_as_a_job(site: &Site, ledger: &str) {
    let count = licences_wanted();
    let text = licences(site, count);
    let (bytes, cookie) = (text.len(), site.log_in());
    let begin = Instant::now();
    let before = site.process.memory_peak_kib();
    assert_eq!(site.post_bytes("/api/v1/licenses/import", &text).is(202).json()["steps"], json!(count));
    let mut shown = Vec::new();
    // A camera that asks meanwhile is not kept waiting until the import is through.
    assert_eq!(site.contact(1..=1, "quay").len(), 1);
    let answered = begin.elapsed();
    loop {
        let page = site.bare("/jobs", &[("cookie", &cookie)]).is(200).body;
        let runs = page.contains("http-equiv=\"refresh\"");
        let done = page.split_once("value=\"").and_then(|_| page.split("<progress").nth(1));
        let done = done.and_then(|rest| rest.split_once("value=\"")?.1.split('"').next()?.parse::<u32>().ok());
        shown.push(done.unwrap());
        if !runs {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(300), "{page}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let job = site.jobs()["jobs"][0].clone();
    assert!(job["message"].as_str().unwrap().starts_with(&format!("{count} new")), "{job}");
    assert!(shown.is_sorted() && shown.iter().any(|done| (1..count).contains(done)), "{shown:?}");
    assert_eq!(shown.last(), Some(&count));
    println!(
        "{count} licences ({bytes} bytes) as a job into {ledger}: {:.1?}, a camera answered after {answered:.1?}; \
         memory of the server before {before} KiB, at most {} KiB",
        begin.elapsed(),
        site.process.memory_peak_kib()
    );
}

/// Copies a client that has its licence, with its lease and a line of the audit, until there are many.
fn multiply(site: &Site) {
    let model = Device::new(1, "").hwid;
    let copied: Result<(), StoreError> = site.store().transaction(|tx| {
        let client = tx.client_by_hwid(model)?.unwrap();
        let activation = tx.activations_of_hwid(model)?.remove(0);
        let lease = tx.newest_lease(activation.id)?.unwrap();
        let line = tx.audit_before(Some(model), None, 1)?.remove(0);
        for number in 1..CLIENTS {
            let mut hwid = Hwid { scheme: model.scheme, bytes: [0; 16] };
            hwid.bytes[..4].copy_from_slice(&number.to_be_bytes());
            let name = format!("camera {number:05}");
            let last_contact = client.last_contact.after(0).0 - u64::from(number) * 3;
            let last_contact = hwlicense::time::UnixSeconds(last_contact);
            tx.insert_client(&ClientRow { hwid, name, last_contact, ..client.clone() })?;
            let activation = tx.insert_activation(&ActivationRow { hwid, ..activation.clone() })?;
            let serial = 1_000_000 + u64::from(number);
            tx.insert_lease(&LeaseRow { hwid, activation, serial, ..lease.clone() })?;
            tx.append_audit(&AuditRow { hwid: Some(hwid), ..line.clone() })?;
        }
        Ok(())
    });
    copied.unwrap();
}

fn look_at_every_page(site: &Site, ledger: &str) {
    site.contact(1..=3, "quay");
    multiply(site);
    site.post_bytes("/api/v1/licenses/import", &licences(site, 500)).is(202);
    site.jobs();
    let cookie = site.log_in();
    let rooms = rooms().into_iter().map(|(_, path)| path).filter(|path| !path.starts_with("/clients/"));
    let client = format!("/clients/{}", Device::new(2, "").hwid);
    let further = ["/clients?search=camera+09&page=9", "/clients?sort=last-contact", "/api/v1/clients?limit=100"];
    println!("{CLIENTS} clients and 500 licences in {ledger}: milliseconds at first, at once again; bytes");
    for path in rooms.chain([client]).chain(further.map(str::to_owned)) {
        // A look at all clients is kept for five seconds: each page is to pay for its own.
        site.post_as(&site.token, "/api/v1/expected", &json!({ "name": path.chars().take(60).collect::<String>() }))
            .is(200);
        let token = format!("Bearer {}", site.token);
        let ask = || {
            let begin = Instant::now();
            let headers = [("cookie", cookie.as_str()), ("authorization", token.as_str())];
            let headers = if path.starts_with("/api/") { &headers[1..] } else { &headers[..1] };
            let bytes = site.bare(&path, headers).body.len();
            (begin.elapsed(), bytes)
        };
        let ((first, bytes), (again, _)) = (ask(), ask());
        println!("  {:6} {:6} {bytes:8}  {path}", first.as_millis(), again.as_millis());
        assert!(bytes < PAGE_BYTES_MAX, "{path}: {bytes} bytes");
        assert!(first < PAGE_TIME_MAX, "{path}: {first:?}");
    }
    println!("  memory of the server at most {} KiB", site.process.memory_peak_kib());
}

#[test]
fn pages_stay_small_and_quick_with_ten_thousand_clients_on_sqlite() {
    look_at_every_page(&Site::new(10), "SQLite");
}

#[test]
fn pages_stay_small_and_quick_with_ten_thousand_clients_on_postgresql() {
    if let Some(site) = Site::on_postgres(10) {
        look_at_every_page(&site, "PostgreSQL");
    }
}
