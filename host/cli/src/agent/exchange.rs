//! Requests and their answers over TCP, perhaps inside TLS.

use core::time::Duration;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hwlicense::primary::client::ANSWER_TIMEOUT_S;
use hwlicense::primary::frame::{self, FRAME_HEAD_BYTES, FrameError, PORT, Purpose};
use hwlicense::update::client::PART_TIMEOUT_S;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::exit::Failure;

/// A server of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    host: String,
    port: u16,
}

impl core::str::FromStr for Server {
    type Err = String;

    /// `HOST`, `HOST:PORT`, or an IPv6 address in brackets.
    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None if text.matches(':').count() > 1 => (text, None),
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| format!("`{port}` is no port")))?;
        if host.is_empty() || port == 0 {
            return Err(format!("`{text}` names no server: write HOST or HOST:PORT"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl core::fmt::Display for Server {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How a connection is made.
#[derive(Clone)]
pub(super) enum Transport {
    /// In the clear.
    Plain,
    /// Inside TLS.
    Tls(TlsConnector),
}

impl Transport {
    /// TLS that believes the certificates which this authority signed; plain if there is none.
    pub(super) fn new(authority: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = authority else { return Ok(Self::Plain) };
        let unusable = |error: &dyn core::fmt::Display| {
            Failure::usage(
                "not-a-certificate",
                format!("{} holds no usable certificate: {error}", path.display()),
                "Name the PEM file of the authority that signed the server's TLS certificate.",
            )
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
        if roots.is_empty() {
            return Err(unusable(&"it is empty"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::internal("tls-versions", error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::Tls(TlsConnector::from(Arc::new(config))))
    }
}

/// Why no answer came, in words for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) server: String,
    /// Stable name.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) next_step: &'static str,
}

/// What keeps an agent from its server, as long as it is the network.
pub(super) const SERVER_UNREACHABLE: &str = "server-unreachable";

impl Trouble {
    /// Nothing that answers as a Primary Server was reached.
    pub(super) fn unreachable(server: String, message: String) -> Self {
        let next_step =
            "Check that the Primary Server runs, and that its port (TCP 16770) is open and the same on both sides.";
        Self { server, code: SERVER_UNREACHABLE, message, next_step }
    }
}

/// What bytes travel over: TCP, or TLS on it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection to a server, kept for the next request.
pub(super) struct Connection {
    server: Server,
    stream: Box<dyn Stream>,
}

/// Sends a frame with a request and gives the body of the answer.
pub(super) async fn exchange(server: Server, transport: Transport, request: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    // A little less than the client itself waits.
    let limit = Duration::from_secs(u64::from(ANSWER_TIMEOUT_S).saturating_sub(1));
    let talk = async {
        let mut connection = connect(&server, &transport).await?;
        ask(&mut connection, Purpose::Licensing, &request).await
    };
    in_time(&server, limit, talk).await
}

/// Sends a frame that fetches a part of an update, over the connection that is kept if it is to this
/// server, and gives the body of the answer and the connection.
pub(super) async fn fetch(
    kept: Option<Connection>,
    server: Server,
    transport: Transport,
    request: Vec<u8>,
) -> Result<(Connection, Vec<u8>), Trouble> {
    let limit = Duration::from_secs(u64::from(PART_TIMEOUT_S).saturating_sub(1));
    let talk = async {
        if let Some(mut connection) = kept.filter(|kept| kept.server == server) {
            // The server may have closed it meanwhile: then a new one is made.
            if let Ok(body) = ask(&mut connection, Purpose::Updates, &request).await {
                return Ok((connection, body));
            }
        }
        let mut connection = connect(&server, &transport).await?;
        let body = ask(&mut connection, Purpose::Updates, &request).await?;
        Ok((connection, body))
    };
    in_time(&server, limit, talk).await
}

async fn in_time<T>(
    server: &Server,
    limit: Duration,
    talk: impl Future<Output = Result<T, String>>,
) -> Result<T, Trouble> {
    let message = match tokio::time::timeout(limit, talk).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(message)) => message,
        Err(_) => "no answer came in time: check the address, the port, and the firewall".to_owned(),
    };
    Err(Trouble::unreachable(server.to_string(), message))
}

async fn connect(server: &Server, transport: &Transport) -> Result<Connection, String> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there: check that the Primary Server runs, and that the port is the same on both sides"
                .to_owned()
        }
        _ => format!("it cannot be reached: {error}"),
    })?;
    // A request is one small packet; there is nothing to wait for.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let stream: Box<dyn Stream> = match transport {
        Transport::Plain => Box::new(stream),
        Transport::Tls(connector) => {
            let name = ServerName::try_from(server.host.clone()).map_err(|error| error.to_string())?;
            let stream = connector.connect(name, stream).await;
            Box::new(stream.map_err(|error| format!("TLS failed: {error}"))?)
        }
    };
    Ok(Connection { server: server.clone(), stream })
}

async fn ask(connection: &mut Connection, purpose: Purpose, request: &[u8]) -> Result<Vec<u8>, String> {
    let lost = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            format!("the connection was closed without an answer: {}", FrameError::NotThisProtocol)
        }
        _ => format!("the connection was lost: {error}"),
    };
    let stream = &mut connection.stream;
    stream.write_all(request).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let mut head = [0; FRAME_HEAD_BYTES];
    stream.read_exact(&mut head).await.map_err(lost)?;
    let (answered, length) = frame::read_any_head(head).map_err(|error| error.to_string())?;
    if answered != purpose {
        return Err(FrameError::UnsupportedVersion.to_string());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.map_err(lost)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_written_as_people_write_them() {
        for (text, shown) in [
            ("site", "site:16770"),
            ("site:17000", "site:17000"),
            ("10.0.0.1", "10.0.0.1:16770"),
            ("::1", "[::1]:16770"),
            ("[fe80::1]:5", "[fe80::1]:5"),
            ("[::1]", "[::1]:16770"),
        ] {
            assert_eq!(text.parse::<Server>().map(|server| server.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in ["", ":16770", "site:", "site:http", "site:0", "site:70000"] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
