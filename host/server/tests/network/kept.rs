//! Connections that are kept for several requests.

use core::time::Duration;
use std::time::Instant;

use hwlicense_server::net::Limits;

use crate::bench::{Got, Server, frame, impatient};

#[test]
fn requests_follow_each_other_until_the_greatest_number() {
    let server = Server::start(Limits { requests_max: 50, ..Limits::default() });
    let mut client = server.connect();
    for number in 0..50 {
        let body = format!("request {number}").into_bytes();
        assert_eq!(client.ask(&body), Got::Reply(body));
    }
    assert_eq!(client.answer(), Got::Closed);
}

#[test]
fn requests_that_came_together_are_answered_in_their_order() {
    let server = Server::start(Limits::default());
    let mut client = server.connect();
    let bodies: Vec<Vec<u8>> = (0..20).map(|number| format!("request {number}").into_bytes()).collect();
    client.send(&bodies.iter().flat_map(|body| frame(body)).collect::<Vec<u8>>());
    for body in bodies {
        assert_eq!(client.answer(), Got::Reply(body));
    }
}

#[test]
fn one_that_is_not_used_is_closed() {
    let server = Server::start(impatient());
    let mut client = server.connect();
    assert_eq!(client.ask(b"one"), Got::Reply(b"one".to_vec()));
    let began = Instant::now();
    assert_eq!(client.answer(), Got::Closed);
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(500) && waited < Duration::from_secs(2), "{waited:?}");
}

#[test]
fn a_client_that_closes_its_side_still_gets_its_answer() {
    let server = Server::start(Limits::default());
    let mut client = server.connect();
    client.send(&frame(b"wait 200"));
    client.stop_sending();
    assert_eq!(client.answer(), Got::Reply(b"wait 200".to_vec()));
}
