//! Updates handed out: `cargo bench -p hwlicense-cli --bench updates`.
//!
//! The server is the real command with its SQLite ledger; devices fetch an image of 16 MiB over
//! 127.0.0.1 from this process on the same machine, and verify every chunk; other clients make contact
//! meanwhile. `-- --quick` takes a tenth of the devices. Compare rows within one run: both sides share the
//! processors.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

#[path = "../primary/crowd.rs"]
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod crowd;
mod device;
#[path = "../primary/exchange.rs"]
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod exchange;
#[path = "../primary/load.rs"]
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod load;
mod site;

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crowd::Crowd;
use device::Device;
use exchange::Way;
use load::{Load, Row};
use site::{IMAGE_BYTES, Site};
use tokio::task::JoinSet;

/// Devices that fetch at once.
const DEVICES: u32 = 1_000;
/// Other clients, and how many contacts they make in a second.
const CLIENTS: usize = 1_000;
const CONTACTS_PER_S: f64 = 200.0;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--test") {
        println!("a benchmark: run it with `cargo bench -p hwlicense-cli --bench updates`");
        return;
    }
    let scale = if arguments.iter().any(|argument| argument == "--quick") { 10 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(DEVICES / scale));
}

async fn measure(count: u32) {
    let site = Site::start();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("Primary Server and {count} devices on {processors} processors, an image of {} MiB", IMAGE_BYTES >> 20);
    let load = Load { target: site.target.clone(), crowd: Arc::new(Crowd::new(CLIENTS)) };
    load.each_once("first contacts", Way::Plain, 64).await;
    println!("\n{}", Row::HEADER);
    let alone = Duration::from_secs(10);
    println!("{}", load.open("contacts, nobody fetches", Way::Plain, CONTACTS_PER_S, alone).await);

    let mut devices: Vec<Device> = (0..count).map(|number| Device::new(number, site.port)).collect();
    for device in &mut devices {
        device.take_offer().await;
    }
    println!("memory of the server before, at most: {} MiB", site.memory_mib("VmHWM"));
    let (began, mut downloads) = (Instant::now(), JoinSet::new());
    for device in devices {
        downloads.spawn(device.download());
    }
    let fetching = async {
        let times: Vec<f64> = downloads.join_all().await.concat();
        (times, began.elapsed())
    };
    let contacts = load.open("contacts, while all fetch", Way::Plain, CONTACTS_PER_S, alone);
    let ((times, took), contacts) = tokio::join!(fetching, contacts);
    println!("{contacts}");
    report(times, took, count, &site);
}

fn report(mut times: Vec<f64>, took: Duration, count: u32, site: &Site) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() as f64 - 1.0) * share) as usize];
    let bytes = f64::from(count) * IMAGE_BYTES as f64;
    println!(
        "\n| Devices | MiB a second | Chunks | p50 ms | p99 ms | Longest ms | Seconds in all | Memory at most, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    println!(
        "| {count} | {:.0} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
        bytes / took.as_secs_f64() / f64::from(1 << 20),
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        took.as_secs_f64(),
        site.memory_mib("VmHWM")
    );
}
