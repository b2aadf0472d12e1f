//! An address that is listened on, with TLS or without.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hwlicense::primary::frame::PORT;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;

/// Connections that the system keeps ready until they are accepted. Ten thousand cameras call at
/// once after a power cut; the system may lower it (`net.core.somaxconn`).
const BACKLOG: u32 = 4_096;

/// How a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// TCP as it is. Replies are signed, so nobody can forge them; but a client's name, and its secret
    /// at its first contact, can be read on the way.
    Plain,
    /// TLS over TCP.
    Tls,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "without TLS",
            Self::Tls => "with TLS",
        })
    }
}

/// Where to listen: `tcp://ADDRESS:PORT` or `tls://ADDRESS:PORT`; without a scheme it is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// With TLS or without.
    pub scheme: Scheme,
    /// Address and port of this machine; `0.0.0.0` and `[::]` mean all of its addresses.
    pub socket: SocketAddr,
}

/// A text is no address: it takes `tcp://` or `tls://`, an IP address or `localhost`, and a port, which
/// is 16770 if it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressError;

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an address such as \"tcp://0.0.0.0:16770\" or \"tls://[::]:16771\"; names of hosts other than localhost are not looked up",
        )
    }
}

impl core::error::Error for AddressError {}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = match text.strip_prefix("tls://") {
            Some(rest) => (Scheme::Tls, rest),
            None => (Scheme::Plain, text.strip_prefix("tcp://").unwrap_or(text)),
        };
        // The one name that means the same everywhere (RFC 6761, 6.3).
        let numbered = rest.strip_prefix("localhost").map(|port| format!("127.0.0.1{port}"));
        let rest = numbered.as_deref().unwrap_or(rest);
        let bare = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(rest);
        let with_standard_port = || bare.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, PORT));
        let socket = rest.parse().ok().or_else(with_standard_port).ok_or(AddressError)?;
        Ok(Self { scheme, socket })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Plain => "tcp",
            Scheme::Tls => "tls",
        };
        write!(f, "{scheme}://{}", self.socket)
    }
}

/// An address cannot be listened on.
#[derive(Debug)]
pub struct PortError {
    /// Which.
    pub address: Address,
    /// What the system said.
    pub error: io::Error,
}

impl PortError {
    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self.error.kind() {
            io::ErrorKind::AddrInUse => {
                "Another program, perhaps a second Primary Server, listens there: stop it (`ss -ltnp` names it), or \
                 choose another port here and on every client."
            }
            io::ErrorKind::AddrNotAvailable => {
                "This machine has no such address: `ip address` lists those it has; 0.0.0.0 means all of them."
            }
            io::ErrorKind::PermissionDenied => "Ports below 1024 need the right CAP_NET_BIND_SERVICE: 16770 does not.",
            _ => "Check the address and the network of this machine.",
        }
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.error)
    }
}

impl core::error::Error for PortError {}

/// A port that is open.
pub struct Port {
    pub(super) listener: TcpListener,
    pub(super) scheme: Scheme,
    pub(super) tls: Option<TlsAcceptor>,
}

impl Port {
    /// Opens a port. It has to be called on a runtime of tokio. An address with TLS needs the
    /// configuration that [`tls`] makes.
    ///
    /// # Errors
    /// [`PortError`].
    pub fn open(address: Address, tls: Option<&Arc<ServerConfig>>) -> Result<Self, PortError> {
        let fail = |error| PortError { address, error };
        let acceptor = match (address.scheme, tls) {
            (Scheme::Plain, _) => None,
            (Scheme::Tls, Some(config)) => Some(TlsAcceptor::from(Arc::clone(config))),
            (Scheme::Tls, None) => {
                return Err(fail(io::Error::new(io::ErrorKind::InvalidInput, "there is no certificate for it")));
            }
        };
        let socket = if address.socket.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let open = || {
            let socket = socket?;
            // A server that was just stopped has connections that linger, which is no reason to wait.
            socket.set_reuseaddr(true)?;
            socket.bind(address.socket)?;
            socket.listen(BACKLOG)
        };
        Ok(Self { listener: open().map_err(fail)?, scheme: address.scheme, tls: acceptor })
    }

    /// Where it listens: with the port that the system chose, where 0 was asked for.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        let socket = self.listener.local_addr().ok()?;
        Some(Address { scheme: self.scheme, socket })
    }
}

/// Certificate and key do not make a configuration.
#[derive(Debug)]
pub enum CertificateError {
    /// A file cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A file is no PEM, or holds nothing of what it should.
    NoPem(PathBuf, &'static str),
    /// They do not belong together, or are of a kind that is not supported.
    Rejected(rustls::Error),
}

impl CertificateError {
    /// What to do about it.
    #[must_use]
    pub const fn cure(&self) -> &'static str {
        match self {
            Self::Unreadable(..) => "Check the path, and that the user of the server may read the file.",
            Self::NoPem(..) => {
                "Name a PEM file: the certificate with its chain (BEGIN CERTIFICATE), and its unencrypted private key \
                 (BEGIN PRIVATE KEY)."
            }
            Self::Rejected(_) => {
                "Name the key that the certificate was made for: ECDSA P-256 or P-384, Ed25519, or RSA."
            }
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::NoPem(path, wanted) => write!(f, "{} holds no {wanted} in PEM", path.display()),
            Self::Rejected(error) => write!(f, "the certificate cannot be used with this key: {error}"),
        }
    }
}

impl core::error::Error for CertificateError {}

/// The certificate chain in a PEM file.
///
/// # Errors
/// [`CertificateError`].
pub fn certificate(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let wanted = "certificate";
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(|error| pem_error(path, wanted, error))?;
    if chain.is_empty() { Err(CertificateError::NoPem(path.to_owned(), wanted)) } else { Ok(chain) }
}

/// TLS 1.2 and 1.3 with this certificate, for every port that asks for it.
///
/// # Errors
/// [`CertificateError`].
pub fn tls(certificate_file: &Path, key_file: &Path) -> Result<Arc<ServerConfig>, CertificateError> {
    let chain = certificate(certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| pem_error(key_file, "private key", error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(CertificateError::Rejected)?;
    Ok(Arc::new(config))
}

fn pem_error(path: &Path, wanted: &'static str, error: pem::Error) -> CertificateError {
    match error {
        pem::Error::Io(error) => CertificateError::Unreadable(path.to_owned(), error),
        _ => CertificateError::NoPem(path.to_owned(), wanted),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, shown) in [
            ("tcp://0.0.0.0:16770", "tcp://0.0.0.0:16770"),
            ("tls://127.0.0.1", "tls://127.0.0.1:16770"),
            ("tcp://[::]", "tcp://[::]:16770"),
            ("tls://[::1]:1", "tls://[::1]:1"),
            ("0.0.0.0:16771", "tcp://0.0.0.0:16771"),
            ("localhost:7", "tcp://127.0.0.1:7"),
            ("tls://localhost", "tls://127.0.0.1:16770"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
        }
        for text in ["", "tcp://", "tcp://camera:16770", "localhost.example", "http://0.0.0.0:1", "tcp://0.0.0.0:70000"]
        {
            assert_eq!(text.parse::<Address>(), Err(AddressError), "{text}");
        }
    }
}
