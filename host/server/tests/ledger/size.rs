//! Ten thousand clients: what a request costs, and how much memory the process needs.

use std::time::Instant;

use hwlicense::primary::{Authentication, Entitlement, Operation, SignedRequest};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, Book, Page, Policy};
use hwlicense_server::store::{Store as _, StoreError};

use crate::site::{Device, NOW, Site, entitlement, server_key, sqlite};

const CLIENTS: u32 = 10_000;
/// What the whole server may use.
const MEMORY_KIB_MAX: u64 = 150 * 1024;

/// The most memory that this process ever had, in KiB.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
#[ignore = "takes half a minute, and measures the process that it is alone in"]
fn ten_thousand_clients_fit() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&Entitlement { per_client: 1, ..entitlement(1, CLIENTS) }).unwrap();
    let key = server_key();
    let bodies: Vec<Vec<u8>> =
        (0..CLIENTS).map(|number| Device::new(number).request(Operation::Contact, Authentication::None)).collect();
    for (name, at) in [("first contact", NOW), ("a lease that is out", NOW), ("a new lease", NOW + 11 * 86_400)] {
        let begun = Instant::now();
        for (batch, count) in bodies.chunks(256).zip(0u64..) {
            site.store
                .transaction(|tx| {
                    let mut fill = |bytes: &mut [u8]| bytes.fill(7);
                    for body in batch {
                        let mut book = Book::open(tx, UnixSeconds(at), Policy::default(), &key, &mut fill)?;
                        let mut body = body.clone();
                        // A fresh id makes it another request.
                        body[8..16].copy_from_slice(&(at ^ count).to_be_bytes());
                        if name == "a lease that is out" {
                            body[8..16].fill(3);
                        }
                        ledger::answer(&mut book, &SignedRequest::parse(&body).unwrap())?;
                    }
                    Ok::<_, StoreError>(())
                })
                .unwrap();
        }
        println!(
            "{name}: {:.0} us a request, in batches of 256",
            begun.elapsed().as_secs_f64() * 1e6 / f64::from(CLIENTS)
        );
    }
    let begun = Instant::now();
    let (mut seen, mut page) = (0, Some(Page::Clients(None)));
    while let Some(at) = page {
        let (views, next) = site.with(|book| ledger::clients(book, at, 500)).unwrap();
        (seen, page) = (seen + views.len(), next);
    }
    assert_eq!(seen, CLIENTS as usize);
    println!("the list of all: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    site.assert_balanced();
    let file = std::fs::metadata(folder.path().join("ledger.db")).unwrap().len();
    match peak_memory_kib() {
        Some(peak) => {
            println!("at most {peak} KiB of memory, of {MEMORY_KIB_MAX}; {} KiB in the file", file / 1024);
            assert!(peak < MEMORY_KIB_MAX);
        }
        None => println!("SKIPPED: this system does not tell the memory of a process"),
    }
}
