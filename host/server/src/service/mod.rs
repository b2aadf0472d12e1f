//! The life of the process: opening ports, telling systemd, stopping in order.
//!
//! | Room | One idea |
//! |---|---|
//! | `supervisor` | what systemd is told, and the signals that stop the server |
//! | `throttle` | how often one device may ask |

mod supervisor;
mod throttle;

use core::fmt;
use core::future::Future;
use std::io;

use tracing::{info, warn};

use crate::config::Config;
use crate::net::{self, CertificateError, Peer, Port, PortError, Response, stopper};

pub use throttle::Throttle;

/// Why a server does not start.
#[derive(Debug)]
pub enum StartError {
    /// An address cannot be listened on.
    Port(PortError),
    /// TLS is asked for and cannot be had.
    Certificate(CertificateError),
    /// The system gave no threads, or no events.
    System(io::Error),
}

impl StartError {
    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Port(error) => error.cure(),
            Self::Certificate(error) => error.cure(),
            Self::System(_) => "Look for what this machine has run out of: processes, open files, memory.",
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => error.fmt(f),
            Self::Certificate(error) => error.fmt(f),
            Self::System(error) => write!(f, "the system does not let the server start: {error}"),
        }
    }
}

impl core::error::Error for StartError {}

/// Opens all ports of a configuration. It has to be called on a runtime of tokio.
///
/// # Errors
/// [`StartError::Port`] and [`StartError::Certificate`].
pub fn open_ports(config: &Config) -> Result<Vec<Port>, StartError> {
    let tls = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => Some(net::tls(certificate, key).map_err(StartError::Certificate)?),
        _ => None,
    };
    let open = |address| Port::open(address, tls.as_ref()).map_err(StartError::Port);
    config.listen.iter().copied().map(open).collect()
}

/// Serves clients until the process is asked to stop (SIGTERM or SIGINT).
///
/// # Errors
/// [`StartError`], before any client was served.
pub fn run<H, F>(config: &Config, handler: H) -> Result<(), StartError>
where
    H: Fn(Vec<u8>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::System)?;
    runtime.block_on(async {
        let signals = supervisor::Signals::listen().map_err(StartError::System)?;
        let ports = open_ports(config)?;
        for address in ports.iter().filter_map(Port::address) {
            info!(%address, "listening");
        }
        let (stopper, stop) = stopper();
        let served = tokio::spawn(net::serve(ports, config.limits, handler, stop));
        supervisor::ready();
        let watchdog = tokio::spawn(supervisor::watchdog());
        let signal = signals.next().await;
        info!(signal, "stopping: what is in work is finished");
        supervisor::stopping();
        stopper.stop();
        match served.await {
            Ok(drained) if drained.cut > 0 => {
                warn!(cut = drained.cut, "stopped; requests that took too long were cut (limits.drain_s)");
            }
            _ => info!("stopped"),
        }
        watchdog.abort();
        Ok(())
    })
}
