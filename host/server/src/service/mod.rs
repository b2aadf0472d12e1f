//! The life of the process: opening ports, telling systemd, stopping in order.
//!
//! | Room | One idea |
//! |---|---|
//! | `clock` | whether this machine's clock goes on as time does |
//! | `depot` | from the body of a fetch to what is sent back |
//! | `shelf`, `readers`, `pace` | what the depot has at hand, whom it asks, how fast it hands out |
//! | `desk` | from the body of a request to what is sent back |
//! | `meter` | what a monitoring system asks of the desk |
//! | `supervisor` | what systemd is told, and the signals that stop the server |
//! | `throttle` | how often one device may ask |

mod clock;
mod depot;
mod desk;
mod meter;
mod pace;
mod readers;
mod shelf;
mod supervisor;
mod throttle;

use core::fmt;
use core::future::Future;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use hwlicense::primary::frame::Purpose;
use tracing::{info, warn};

use crate::config::Config;
use crate::net::{self, CertificateError, Drained, Peer, Port, PortError, Stop, stopper};
use crate::store::Store;

pub use depot::Depot;
pub use desk::{ByHand, Clerk, Desk, NoAnswer};

/// How often channels are looked for that time has freed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Why a server does not start, or not go on.
#[derive(Debug)]
pub enum StartError {
    /// An address cannot be listened on.
    Port(PortError),
    /// TLS is asked for and cannot be had.
    Certificate(CertificateError),
    /// The system gave no threads, or no events.
    System(io::Error),
    /// The thread of the ledger ended, which is a mistake in this software.
    LedgerStopped,
}

impl StartError {
    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Port(error) => error.cure(),
            Self::Certificate(error) => error.cure(),
            Self::LedgerStopped => "Start the server again (systemd does by itself), and report it with the log.",
            Self::System(_) => "Look for what this machine has run out of: processes, open files, memory.",
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(error) => error.fmt(f),
            Self::Certificate(error) => error.fmt(f),
            Self::LedgerStopped => f.write_str("the ledger ended by a mistake in this software"),
            Self::System(error) => write!(f, "the system does not let the server start: {error}"),
        }
    }
}

impl core::error::Error for StartError {}

/// Opens all ports of a configuration. It has to be called on a runtime of tokio.
fn open_ports(config: &Config) -> Result<Vec<Port>, StartError> {
    let tls = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => Some(net::tls(certificate, key).map_err(StartError::Certificate)?),
        _ => None,
    };
    let open = |address| Port::open(address, tls.as_ref()).map_err(StartError::Port);
    config.listen.iter().copied().map(open).collect()
}

/// Opens all ports of a configuration and closes them again, to see whether that can be done.
///
/// # Errors
/// [`StartError`].
pub fn try_ports(config: &Config) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(StartError::System)?;
    runtime.block_on(async { open_ports(config).map(drop) })
}

/// Serves clients until the process is asked to stop (SIGTERM or SIGINT), finishes what is in work
/// and closes the ledger.
///
/// `beside` runs beside the clients' ports, on the same runtime, and ends when it is told to stop.
///
/// # Errors
/// [`StartError`], before any client was served; [`StartError::LedgerStopped`] at any time.
pub fn run<S, F>(
    config: &Config,
    desk: Desk<S>,
    depot: Depot<S>,
    beside: impl FnOnce(Stop) -> F,
) -> Result<(), StartError>
where
    S: Store + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::System)?;
    let outcome = runtime.block_on(serve(config, &desk, depot, beside));
    // Whatever still ran is gone with the runtime, so that nobody holds the ledger any more.
    drop(runtime);
    desk.close();
    info!("stopped");
    outcome
}

async fn serve<S, F>(
    config: &Config,
    desk: &Desk<S>,
    depot: Depot<S>,
    beside: impl FnOnce(Stop) -> F,
) -> Result<(), StartError>
where
    S: Store + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let signals = supervisor::Signals::listen().map_err(StartError::System)?;
    let ports = open_ports(config)?;
    let (stopper, stop) = stopper();
    let beside = tokio::spawn(beside(stop.clone()));
    for address in ports.iter().filter_map(Port::address) {
        info!(%address, "listening");
    }
    let clerk = desk.clerk();
    let depot = Arc::new(depot);
    let handler = move |purpose, body: Vec<u8>, peer: Peer| {
        let (clerk, depot) = (Arc::clone(&clerk), Arc::clone(&depot));
        async move {
            match purpose {
                Purpose::Licensing => clerk.answer(body, peer).await,
                Purpose::Updates => depot.answer(&body, peer).await,
            }
        }
    };
    let served = tokio::spawn(net::serve(ports, config.limits, handler, stop));
    let clerk = desk.clerk();
    let sweeping = tokio::spawn(async move {
        let mut minute = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            minute.tick().await;
            clerk.sweep().await;
        }
    });
    supervisor::ready();
    let clerk = desk.clerk();
    let outcome = tokio::select! {
        signal = signals.next() => {
            info!(signal, "stopping: what is in work is finished");
            Ok(())
        }
        () = supervisor::watch(|| clerk.is_alive()) => Err(StartError::LedgerStopped),
    };
    supervisor::stopping();
    sweeping.abort();
    stopper.stop();
    if let Ok(Drained { cut: 1.. }) = served.await {
        warn!("requests that took too long were cut (limits.drain_s)");
    }
    if beside.await.is_err() {
        warn!("what ran beside the clients' ports ended by a mistake in this software");
    }
    outcome
}

/// Says at the start what somebody will miss.
pub fn warn_at_start(message: &str, next_step: &str) {
    warn!(next_step, "{message}");
}
