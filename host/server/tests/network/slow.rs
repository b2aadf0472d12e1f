//! Clients that are slow on purpose, and as many as they like.

use core::time::Duration;
use std::time::Instant;

use hwlicense_server::net::Limits;

use crate::bench::{Got, Random, Server, frame, impatient};

#[test]
fn slow_and_half_open_connections_are_closed_in_time_while_others_are_served() {
    let server = Server::start(impatient());
    let whole = frame(&[7; 4_000]);
    let began = Instant::now();
    let mut slow: Vec<_> = (0..200).map(|_| server.connect()).collect();
    let half_open: Vec<_> = (0..200).map(|_| server.connect_raw()).collect();
    for &byte in whole.iter().take(30) {
        slow.iter_mut().for_each(|client| client.send(&[byte]));
        server.serves();
        std::thread::sleep(Duration::from_millis(30));
    }
    for client in &mut slow {
        assert_eq!(client.rest(), b"");
    }
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(8), "{waited:?}");
    for stream in half_open {
        assert_eq!(crate::bench::Client(stream).rest(), b"");
    }
    server.serves();
}

#[test]
fn a_client_that_does_not_take_its_answers_is_let_go() {
    let server = Server::start(Limits { requests_max: 1_000_000, ..impatient() });
    let mut client = server.connect();
    let whole = frame(&Random(3).bytes(60_000));
    client.0.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    // Until the buffers of both systems are full, and beyond.
    for _ in 0..1_000 {
        let before = Instant::now();
        client.send(&whole);
        if before.elapsed() > Duration::from_millis(900) {
            break;
        }
    }
    server.serves();
    std::thread::sleep(Duration::from_secs(1));
    // What had left is there, then the connection is over.
    client.rest();
}

#[test]
fn beyond_the_greatest_number_clients_are_told_so_and_places_come_back() {
    let server = Server::start(Limits { connections_max: 20, ..Limits::default() });
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(b"in"), Got::Reply(b"in".to_vec()));
    }
    for _ in 0..50 {
        let mut client = server.connect();
        assert_eq!(client.answer(), Got::Busy(10), "before it says anything");
        let mut client = server.connect();
        assert_eq!(client.ask(b"me too"), Got::Busy(10), "although it said something");
        assert_eq!(client.answer(), Got::Closed);
    }
    for client in &mut clients {
        assert_eq!(client.ask(b"still in"), Got::Reply(b"still in".to_vec()));
    }
    clients.clear();
    let deadline = Instant::now() + Duration::from_secs(5);
    while server.connect().ask(b"in") != Got::Reply(b"in".to_vec()) {
        assert!(Instant::now() < deadline, "places do not come back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn unfinished_frames_share_bounded_memory() {
    let server = Server::start(Limits { frame: Duration::from_secs(30), ..Limits::default() });
    let whole = frame(&[7; 65_000]);
    // Each of them takes 62 KiB of the 16 MiB that there are.
    let mut greedy: Vec<_> = (0..400).map(|_| server.connect()).collect();
    for client in &mut greedy {
        client.send(&whole[..64_000]);
    }
    let turned_away = greedy
        .iter_mut()
        .map(|client| {
            client.0.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            let mut byte = [0];
            std::io::Read::read(&mut client.0, &mut byte).is_ok()
        })
        .filter(|told| *told)
        .count();
    println!("{turned_away} of 400 were told to come back");
    assert!((100..=200).contains(&turned_away), "{turned_away}");
    // Small requests need none of it.
    server.serves();
    drop(greedy);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.connect().ask(&[7; 65_000]), Got::Reply(vec![7; 65_000]));
}
