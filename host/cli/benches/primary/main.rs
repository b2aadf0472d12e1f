//! A Primary Server under load: `cargo bench -p hwlicense-cli --bench primary`.
//!
//! The server is the real command with its SQLite ledger, the load comes from this process on the
//! same machine over 127.0.0.1, and every reply is signed and committed. `-- --quick` runs a tenth.
//! Compare rows within one run: both sides share the processors.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

mod crowd;
mod disk;
mod exchange;
mod load;
mod site;

use core::time::Duration;
use std::sync::Arc;

use crowd::Crowd;
use exchange::Way;
use load::{Load, Row};
use site::Site;

/// Clients that the server knows in the end.
const CLIENTS: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--test") {
        println!("a benchmark: run it with `cargo bench -p hwlicense-cli --bench primary`");
        return;
    }
    let scale = if arguments.iter().any(|argument| argument == "--quick") { 10 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(CLIENTS / scale, Duration::from_secs(20 / scale as u64)));
}

async fn measure(clients: usize, time: Duration) {
    let site = Site::start();
    println!("Primary Server and load on {} processors, {clients} clients", processors());
    println!("fdatasync of 4 KiB in the server's folder, median of 200: {:.2} ms", disk::fdatasync_ms(site.folder()));
    println!("\n{}", Row::HEADER);
    let load = Load { target: site.target.clone(), crowd: Arc::new(Crowd::new(clients)) };

    println!("{}", load.each_once("first activations, a connection each", Way::Plain, 256).await);
    println!("{}", load.closed("contacts, a connection each", Way::Plain, 128, time).await);
    let sustained = load.closed("the same again", Way::Plain, 128, time).await;
    println!("{sustained}");
    let half = sustained.per_second / 2.0;
    println!("{}", load.open("contacts at half of that, a connection each", Way::Plain, half, time).await);
    println!("{}", load.open("contacts at 1,500 a second, a connection each", Way::Plain, 1_500.0, time).await);
    println!("{}", load.closed("contacts, kept connections", Way::Kept, 128, time).await);
    println!("{}", load.closed("contacts, TLS, a connection each", Way::Tls, 128, time).await);
    println!("{}", load.closed("contacts, TLS, kept connections", Way::TlsKept, 128, time).await);

    println!(
        "\nmemory of the server, {clients} known clients: now {} MiB, at most {} MiB",
        site.memory_mib("VmRSS"),
        site.memory_mib("VmHWM")
    );
    println!("\nAfter a power cut: {clients} clients ask in the same instant");
    load.power_cut().await;
    println!("memory of the server, at most: {} MiB", site.memory_mib("VmHWM"));
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
