//! The administration's port: how it is reached from elsewhere, and what it holds up.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::bench::Bench;
use crate::site::Site;

/// Connections at once, as docs/administration.md says.
const CONNECTIONS_MAX: usize = 128;

fn socket(site: &Site) -> SocketAddr {
    site.address.split_once("://").unwrap().1.parse().unwrap()
}

/// Asks for a path on a connection, with these headers; everything that comes until it is closed.
fn ask(mut stream: impl std::io::Read + std::io::Write, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A server that closes without the last word of TLS has said all the same what it said.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn from_elsewhere_it_is_reached_with_tls_and_in_the_clear_it_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("tls.pem"), pair.cert.pem()).unwrap();
    std::fs::write(file("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    let (certificate, key) = (file("tls.pem"), file("tls.key"));
    let site = Site::reached(&format!(
        "admin.listen=https://0.0.0.0:0 --set tls.certificate={} --set tls.key={}",
        certificate.display(),
        key.display()
    ));
    assert!(site.address.starts_with("https://0.0.0.0:"), "{}", site.address);
    let address = SocketAddr::from(([127, 0, 0, 1], socket(&site).port()));
    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let with_tls = |path: &str, headers: &str| {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(Arc::clone(&config), name).unwrap();
        ask(StreamOwned::new(connection, TcpStream::connect(address).unwrap()), path, headers)
    };
    let page = with_tls("/login", "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("strict-transport-security: max-age="), "{page}");
    let refused = with_tls("/api/v1/clients", "");
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let allowed = with_tls("/api/v1/clients", &format!("authorization: Bearer {}\r\n", site.token));
    assert!(allowed.starts_with("HTTP/1.1 200"), "{allowed}");
    // Whoever speaks without TLS hears nothing that is readable.
    let mut plain = TcpStream::connect(address).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    plain.write_all(b"GET /login HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
}

#[test]
fn without_tls_it_listens_only_where_nobody_else_can_listen_in() {
    let bench = Bench::with_desk();
    bench.run("server init site --trust root.pub").ends(0);
    for exposed in ["http://0.0.0.0:0", "http://[::]:0", "http://192.0.2.7:0"] {
        let line = format!(
            "serve --check --config site/server.toml --set listen=tcp://127.0.0.1:0 --set admin.listen={exposed}"
        );
        bench.run(&line).ends(2).says("could read tokens").says("https://");
    }
}

#[test]
fn connections_beyond_the_bound_wait_until_another_ends() {
    let site = Site::new(1);
    let address = socket(&site);
    let mut held: Vec<TcpStream> = (0..CONNECTIONS_MAX).map(|_| TcpStream::connect(address).unwrap()).collect();
    let waiting = TcpStream::connect(address).unwrap();
    waiting.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut stream = &waiting;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut byte = [0; 1];
    let first = stream.read(&mut byte).map_err(|error| error.kind());
    assert!(matches!(first, Err(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)), "{first:?}");
    drop(held.pop());
    waiting.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    // Those who say nothing are put out, and somebody else gets in.
    held.iter().for_each(|stream| stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap());
    assert_eq!((&held[0]).read(&mut byte).unwrap_or(0), 0, "it was closed");
}
