//! Bytes that are no frame, frames that are not whole, sizes that are lies.

use hwlicense::primary::FrameError;

use crate::bench::{Got, Random, Server, frame, impatient};

#[test]
fn random_bytes_disturb_nobody() {
    let server = Server::start(impatient());
    let seed = 0x5eed_0001;
    println!("seed {seed:#x}");
    let mut random = Random(seed);
    for round in 0..300 {
        let mut client = server.connect();
        let count = (random.next() % 2_000) as usize + 1;
        client.send(&random.bytes(count));
        client.stop_sending();
        client.rest();
        if round % 50 == 0 {
            server.serves();
        }
    }
    server.serves();
}

#[test]
fn every_beginning_of_a_good_frame_then_silence() {
    let server = Server::start(impatient());
    let whole = frame(b"a good request");
    let mut silent: Vec<_> = (0..whole.len())
        .map(|length| {
            let mut client = server.connect();
            client.send(&whole[..length]);
            client
        })
        .collect();
    server.serves();
    for client in &mut silent {
        assert_eq!(client.rest(), b"", "it is closed without a word, in time");
    }
    for length in 0..whole.len() {
        let mut client = server.connect();
        client.send(&whole[..length]);
        client.stop_sending();
        assert_eq!(client.rest(), b"", "{length}");
    }
    server.serves();
}

#[test]
fn sizes_that_are_lies_are_refused_at_once() {
    let server = Server::start(impatient());
    let number = |error: FrameError| Got::NotUnderstood(error.number());
    for (head, expected) in [
        ([0xff, 0xff, 0xff, 0xff, 1], number(FrameError::NotThisProtocol)),
        ([0, 0xff, 0xff, 0xff, 1], number(FrameError::Size)),
        ([0, 1, 0, 1, 1], number(FrameError::Size)),
        ([0, 0, 0, 0, 1], number(FrameError::Size)),
        ([0, 0, 0, 1, 1], number(FrameError::Size)),
        ([0, 0, 0, 9, 3], number(FrameError::UnsupportedVersion)),
        ([0, 0, 0, 9, 0], number(FrameError::UnsupportedVersion)),
    ] {
        let mut client = server.connect();
        client.send(&head);
        assert_eq!(client.answer(), expected, "{head:?}");
        assert_eq!(client.answer(), Got::Closed);
    }
    server.serves();
}

#[test]
fn the_largest_frame_passes_in_one_piece_and_byte_by_byte() {
    let server = Server::start(impatient());
    // What goes back is a little longer, so that this is the largest that returns.
    let largest = Random(1).bytes(65_500);
    assert_eq!(server.connect().ask(&largest), Got::Reply(largest.clone()));
    let mut client = server.connect();
    for byte in frame(b"drop by drop") {
        client.send(&[byte]);
    }
    assert_eq!(client.answer(), Got::Reply(b"drop by drop".to_vec()));
}

#[test]
fn a_handler_that_panics_costs_its_connection_only() {
    let server = Server::start(impatient());
    let mut bystander = server.connect();
    assert_eq!(bystander.ask(b"one"), Got::Reply(b"one".to_vec()));
    assert_eq!(server.connect().ask(b"panic"), Got::Closed);
    assert_eq!(bystander.ask(b"two"), Got::Reply(b"two".to_vec()));
    let mut client = server.connect();
    assert_eq!(client.ask(b"nonsense"), Got::NotUnderstood(FrameError::Malformed.number()));
    assert_eq!(client.answer(), Got::Closed);
    server.serves();
}
