//! TLS, and the wrong setting for it on either side.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use hwlicense::primary::FrameError;
use hwlicense_server::net::{CertificateError, Limits, tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, SupportedProtocolVersion};
use tempfile::TempDir;

use crate::bench::{Client, Got, Server, impatient};

/// A certificate for `localhost`, as files.
struct Files {
    folder: TempDir,
    roots: RootCertStore,
}

impl Files {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("server.crt"), cert.pem()).unwrap();
        std::fs::write(folder.path().join("server.key"), signing_key.serialize_pem()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        Self { folder, roots }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> Arc<ServerConfig> {
        tls(&self.path("server.crt"), &self.path("server.key")).unwrap()
    }

    fn connect(
        &self,
        server: &Server,
        version: &'static SupportedProtocolVersion,
    ) -> Client<StreamOwned<ClientConnection, TcpStream>> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        Client(StreamOwned::new(connection, server.connect_raw()))
    }
}

#[test]
fn requests_and_large_answers_pass_in_both_versions() {
    let files = Files::new();
    let server = Server::start_with(Limits::default(), Some(files.config()));
    for version in [&TLS12, &TLS13] {
        let mut client = files.connect(&server, version);
        for size in [1, 1_000, 65_000] {
            assert_eq!(client.ask(&vec![5; size]), Got::Reply(vec![5; size]));
        }
        assert_eq!(client.ask(b"nonsense"), Got::NotUnderstood(FrameError::Malformed.number()));
        assert_eq!(client.answer(), Got::Closed, "with a farewell, so that nothing was cut off");
    }
    let mut web = files.connect(&server, &TLS13);
    web.send(b"GET / HTTP/1.1\r\n\r\n");
    assert!(String::from_utf8(web.rest()).unwrap().contains("with TLS"));
}

#[test]
fn the_wrong_setting_is_told_apart_on_either_side() {
    let files = Files::new();
    let with = Server::start_with(impatient(), Some(files.config()));
    assert_eq!(with.connect().ask(b"plain"), Got::NotUnderstood(FrameError::NotThisProtocol.number()));
    let mut web = with.connect();
    web.send(b"GET / HTTP/1.1\r\n\r\n");
    assert!(web.rest().starts_with(b"HTTP/1.1 400 "));

    let without = Server::start(impatient());
    let mut client = files.connect(&without, &TLS13);
    let error = std::io::Write::write_all(&mut client.0, b"hello")
        .and_then(|()| std::io::Write::flush(&mut client.0))
        .and_then(|()| std::io::Read::read(&mut client.0, &mut [0]).map(|_| ()))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("HandshakeFailure"), "{error}");
}

#[test]
fn handshakes_that_stop_half_way_disturb_nobody() {
    let files = Files::new();
    let server = Server::start_with(impatient(), Some(files.config()));
    let mut silent: Vec<_> = (0..50).map(|_| server.connect()).collect();
    let mut half: Vec<_> = (0..50).map(|_| server.connect()).collect();
    half.iter_mut().for_each(|client| client.send(b"\x16\x03\x01\x01\x00\x01"));
    let mut broken: Vec<_> = (0..50).map(|_| server.connect()).collect();
    broken.iter_mut().for_each(|client| client.send(&[22; 600]));
    assert_eq!(files.connect(&server, &TLS13).ask(b"me"), Got::Reply(b"me".to_vec()));
    for client in silent.iter_mut().chain(&mut half).chain(&mut broken) {
        client.rest();
    }
    assert_eq!(files.connect(&server, &TLS12).ask(b"me"), Got::Reply(b"me".to_vec()));
}

#[test]
fn each_wrong_file_is_told_apart() {
    let (files, other) = (Files::new(), Files::new());
    let (certificate, key) = (files.path("server.crt"), files.path("server.key"));
    let missing = files.path("missing.pem");
    assert!(matches!(tls(&missing, &key), Err(CertificateError::Unreadable(path, _)) if path == missing));
    assert!(matches!(tls(&key, &key), Err(CertificateError::NoPem(_, "certificate"))));
    assert!(matches!(tls(&certificate, &certificate), Err(CertificateError::NoPem(_, "private key"))));
    assert!(matches!(tls(&certificate, &other.path("server.key")), Err(CertificateError::Rejected(_))));
}
