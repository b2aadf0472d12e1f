//! The administration's port: opened, or why administrators cannot come in.

use core::fmt;
use std::io;

use hwlicense_server::config::{Config, WebAddress};
use hwlicense_server::net::{self, CertificateError};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Why administrators cannot come in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Closed {
    /// The certificate of the table `[tls]` cannot be used.
    Certificate(CertificateError),
    /// The address cannot be listened on.
    Address(WebAddress, io::Error),
}

impl Closed {
    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Certificate(error) => error.cure(),
            Self::Address(_, error) => match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "Stop what listens there (`ss -ltnp` names it), or choose another address with admin.listen."
                }
                io::ErrorKind::AddrNotAvailable => {
                    "This machine has no such address: `ip address` lists those it has; 0.0.0.0 means all of them."
                }
                io::ErrorKind::PermissionDenied => {
                    "Ports below 1024 need the right CAP_NET_BIND_SERVICE: 16771 does not."
                }
                _ => "Check admin.listen and the network of this machine.",
            },
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => error.fmt(f),
            Self::Address(address, error) => write!(f, "cannot listen on {address}: {error}"),
        }
    }
}

impl core::error::Error for Closed {}

/// A port that is open.
pub(crate) struct Port {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Where it listens: with the port that the system chose, where 0 was asked for.
    pub(crate) address: WebAddress,
}

impl Port {
    /// Opens it; `None` if the configuration wants none. It has to be called on a runtime of tokio.
    pub(crate) async fn open(config: &Config) -> Result<Option<Self>, Closed> {
        let Some(address) = config.admin.listen else { return Ok(None) };
        // A configuration with https:// and without these two was refused as a whole.
        let tls = match (&config.tls.certificate, &config.tls.key, address.is_tls) {
            (Some(certificate), Some(key), true) => {
                Some(TlsAcceptor::from(net::tls(certificate, key).map_err(Closed::Certificate)?))
            }
            _ => None,
        };
        let fail = |error| Closed::Address(address, error);
        let listener = TcpListener::bind(address.socket).await.map_err(fail)?;
        let socket = listener.local_addr().map_err(fail)?;
        Ok(Some(Self { listener, tls, address: WebAddress { socket, ..address } }))
    }
}

/// Opens the administration's port as [`Administration::serve`](crate::Administration::serve) would, and
/// closes it again.
///
/// # Errors
/// [`Closed`]. A server with this configuration serves its clients, and no administrator.
pub fn try_port(config: &Config) -> Result<(), Closed> {
    let Some(address) = config.admin.listen else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| Closed::Address(address, error))?;
    runtime.block_on(Port::open(config)).map(drop)
}
