//! A Primary Server under load: `cargo bench -p hwlicense-cli --bench primary`.
//!
//! The servers are the real command: one with its SQLite ledger, then one and two on a PostgreSQL of
//! Debian's package with its usual settings. The load comes from this process on the same machine over
//! 127.0.0.1, and every reply is signed and committed. `-- --quick` runs a tenth; `sqlite`, `postgres-1` and
//! `postgres-2`, or a part of one, run only what has it in its name. Compare rows within one run: load,
//! servers and database share the processors.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

#[path = "../../../server/tests/postgres/cluster.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the server, which need more of it")]
mod cluster;
mod crowd;
mod disk;
mod exchange;
mod load;
mod site;

use core::time::Duration;
use std::sync::Arc;

use cluster::Cluster;
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
    let (clients, time) = (CLIENTS / scale, Duration::from_secs(20 / scale as u64));
    println!("Primary Servers and load on {} processors, {clients} clients", processors());
    let asked = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
    let is_asked = |name: &str| asked.is_none_or(|asked| name.contains(asked.as_str()));
    let mut sustained = Vec::new();
    if is_asked("sqlite") {
        sustained.push(("SQLite", 1, runtime.block_on(everything(clients, time))));
    }
    let servers: Vec<usize> = [1, 2].into_iter().filter(|servers| is_asked(&format!("postgres-{servers}"))).collect();
    if !servers.is_empty()
        && let Some(cluster) = Cluster::start(&[])
    {
        for servers in servers {
            let url = cluster.database(&format!("ledger{servers}"));
            sustained.push(("PostgreSQL", servers, runtime.block_on(shared(&url, servers, clients, time))));
        }
    }
    println!("\n{}", capacity(&sustained));
}

/// Everything that is measured with the embedded ledger; the sustained rate.
async fn everything(clients: usize, time: Duration) -> f64 {
    let site = Site::start(None, 1);
    println!("fdatasync of 4 KiB in the server's folder, median of 200: {:.2} ms", disk::fdatasync_ms(site.folder()));
    println!("\nOne server, SQLite\n\n{}", Row::HEADER);
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
    sustained.per_second
}

/// What differs with a ledger that servers share; the sustained rate of all of them.
async fn shared(url: &str, servers: usize, clients: usize, time: Duration) -> f64 {
    let site = Site::start(Some(url), servers);
    println!("\nServers on PostgreSQL: {servers}\n\n{}", Row::HEADER);
    let load = Load { target: site.target.clone(), crowd: Arc::new(Crowd::new(clients)) };
    println!("{}", load.each_once("first activations, a connection each", Way::Plain, 256).await);
    println!("{}", load.closed("contacts, a connection each", Way::Plain, 128, time).await);
    let sustained = load.closed("the same again", Way::Plain, 128, time).await;
    println!("{sustained}");
    let half = sustained.per_second / 2.0;
    println!("{}", load.open("contacts at half of that, a connection each", Way::Plain, half, time).await);
    println!("{}", load.closed("contacts, kept connections", Way::Kept, 128, time).await);
    println!("\nAfter a power cut: {clients} clients ask in the same instant");
    load.power_cut().await;
    sustained.per_second
}

/// How many clients are held at half the sustained rate: all licensed (contact every 4 h), and all without
/// a licence (every 60 s).
fn capacity(sustained: &[(&str, usize, f64)]) -> String {
    let mut text = String::from(
        "| Ledger | Servers | Contacts a second, sustained | Clients at 4 h | Clients at 60 s |\n|---|---|---|---|---|",
    );
    for (ledger, servers, per_second) in sustained {
        let clients = |every_s: f64| rounded(per_second / 2.0 * every_s);
        let (licensed, unlicensed) = (clients(14_400.0), clients(60.0));
        text += &format!("\n| {ledger} | {servers} | {per_second:.0} | {licensed} | {unlicensed} |");
    }
    text
}

/// Two digits are as much as a measurement says.
fn rounded(number: f64) -> u64 {
    let unit = 10f64.powf(number.max(10.0).log10().floor() - 1.0);
    ((number / unit).floor() * unit) as u64
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
