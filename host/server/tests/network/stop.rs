//! Stopping while clients are served.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::net::TcpStream;
use std::time::Instant;

use hwlicense_server::net::Limits;

use crate::bench::{Got, Server, frame};

#[test]
fn what_is_in_work_is_finished_and_nothing_new_is_taken() {
    let mut server = Server::start(Limits::default());
    let mut kept = server.connect();
    assert_eq!(kept.ask(b"one"), Got::Reply(b"one".to_vec()));
    let mut in_work = server.connect();
    in_work.send(&frame(b"wait 700"));
    std::thread::sleep(Duration::from_millis(200));
    server.ask_to_stop();
    assert_eq!(kept.answer(), Got::Closed, "an idle one is closed at once");
    assert_eq!(in_work.answer(), Got::Reply(b"wait 700".to_vec()));
    assert_eq!(in_work.answer(), Got::Closed);
    assert!(TcpStream::connect(server.address).is_err(), "the port is closed");
}

#[test]
fn what_takes_too_long_is_cut() {
    let server = Server::start(Limits { drain: Duration::from_millis(300), ..Limits::default() });
    let mut in_work = server.connect();
    in_work.send(&frame(b"wait 60000"));
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    assert_eq!(server.stop().cut, 1);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(in_work.answer(), Got::Closed);
}

#[test]
fn under_load_every_answer_is_whole_and_busy_clients_do_not_hold_it_up() {
    let mut server = Server::start(Limits::default());
    let answered = AtomicU64::new(0);
    let address = server.address;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let answered = &answered;
            scope.spawn(move || {
                let body = vec![9; 3_000];
                while let Ok(stream) = TcpStream::connect(address) {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    let mut client = crate::bench::Client(stream);
                    // An answer is whole, or there is none.
                    while client.ask(&body) == Got::Reply(body.clone()) {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        server.ask_to_stop();
    });
    let began = Instant::now();
    assert_eq!(server.stop().cut, 0);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    println!("{} answers before the stop", answered.load(Ordering::Relaxed));
    assert!(answered.load(Ordering::Relaxed) > 100);
}
