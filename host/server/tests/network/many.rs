//! A great many short connections.

use core::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hwlicense_server::net::Limits;

use crate::bench::{Got, Server};

/// How many, unless the variable says otherwise: `HWLICENSE_TEST_CONNECTIONS=100000` is the whole run.
const CONNECTIONS: u64 = 10_000;
const THREADS: u64 = 8;

#[test]
fn short_connections_come_and_go() {
    let named = std::env::var("HWLICENSE_TEST_CONNECTIONS").ok();
    let connections = named.map_or(CONNECTIONS, |text| text.parse().unwrap());
    let server = Server::start(Limits::default());
    let began = Instant::now();
    let served = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (server, served) = (&server, &served);
            scope.spawn(move || {
                for number in 0..connections / THREADS {
                    let mut client = server.connect();
                    // One in four says nothing, and one in four is gone before its answer.
                    match (thread + number) % 4 {
                        0 => {}
                        1 => client.send(&crate::bench::frame(b"gone")),
                        _ => {
                            assert_eq!(client.ask(b"short"), Got::Reply(b"short".to_vec()));
                            served.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("{connections} short connections in {seconds:.1} s, {} answered", served.load(Ordering::Relaxed));
    assert_eq!(served.load(Ordering::Relaxed), connections / THREADS * THREADS / 2);
    server.serves();
    assert_eq!(server.stop().cut, 0);
}
