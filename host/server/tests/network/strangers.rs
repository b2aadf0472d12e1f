//! Other protocols on the port.

use hwlicense::primary::FrameError;

use crate::bench::{Got, Server, impatient};

#[test]
fn a_browser_reads_what_this_port_is() {
    let server = Server::start(impatient());
    for request in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /api HTTP/1.0\r\nContent-Length: 100000\r\n\r\n"] {
        let mut client = server.connect();
        client.send(request.as_bytes());
        client.send(&vec![b'x'; 50_000]);
        let answer = String::from_utf8(client.rest()).unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(head.contains(&format!("Content-Length: {}", text.len())), "{answer}");
        for word in ["Primary Server", "without TLS", "no web page"] {
            assert!(text.contains(word), "{answer}");
        }
    }
    server.serves();
}

#[test]
fn others_get_the_words_that_they_understand() {
    let server = Server::start(impatient());
    let mut tls = server.connect();
    tls.send(b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03");
    assert_eq!(tls.rest(), [21, 3, 3, 0, 2, 2, 40]);
    let mut ssh = server.connect();
    ssh.send(b"SSH-2.0-OpenSSH_9.2\r\n");
    assert_eq!(ssh.answer(), Got::NotUnderstood(FrameError::NotThisProtocol.number()));
    server.serves();
}
