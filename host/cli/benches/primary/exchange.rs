//! Connections: plain or TLS, one for each request or kept.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::io;
use std::sync::Arc;

use hwlicense::primary::frame::{FRAME_HEAD_BYTES, read_head, write_head};
use hwlicense_server::net::Limits;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    Kept,
    Tls,
    TlsKept,
}

/// Where the servers are.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) ports: Vec<Ports>,
    pub(crate) authority: Vec<u8>,
}

/// Ports of one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) plain: u16,
    pub(crate) tls: u16,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One connection, and how many requests it may still make.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    left: u32,
}

/// Makes connections, to each server in turn.
#[derive(Clone)]
pub(crate) struct Dialler {
    way: Way,
    ports: Vec<Ports>,
    next: Arc<AtomicUsize>,
    connector: TlsConnector,
}

impl Dialler {
    pub(crate) fn new(target: &Target, way: Way) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(target.authority.clone())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every camera is another machine: none resumes the session of another one.
        config.resumption = rustls::client::Resumption::disabled();
        let connector = TlsConnector::from(Arc::new(config));
        Self { way, ports: target.ports.clone(), next: Arc::default(), connector }
    }

    pub(crate) async fn connect(&self) -> io::Result<Connection> {
        let is_tls = matches!(self.way, Way::Tls | Way::TlsKept);
        let ports = self.ports[self.next.fetch_add(1, Ordering::Relaxed) % self.ports.len()];
        let stream = TcpStream::connect(("127.0.0.1", if is_tls { ports.tls } else { ports.plain })).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = if is_tls {
            let name = ServerName::try_from("127.0.0.1").unwrap();
            Box::new(self.connector.connect(name, stream).await?)
        } else {
            Box::new(stream)
        };
        let is_kept = matches!(self.way, Way::Kept | Way::TlsKept);
        Ok(Connection { stream, left: if is_kept { Limits::default().requests_max } else { 1 } })
    }
}

impl Connection {
    /// Whether the server answers another request on it.
    pub(crate) const fn is_open(&self) -> bool {
        self.left > 0
    }

    pub(crate) async fn ask(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        self.left -= 1;
        let mut frame = write_head(body.len()).unwrap().to_vec();
        frame.extend(body);
        self.stream.write_all(&frame).await?;
        self.stream.flush().await?;
        let mut head = [0; FRAME_HEAD_BYTES];
        self.stream.read_exact(&mut head).await?;
        let length = read_head(head).map_err(io::Error::other)?;
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        Ok(answer)
    }
}
