//! What systemd is told (`Type=notify`), and the signals that stop the server.
//!
//! Without systemd all of this does nothing.

use core::future::Future;
use core::time::Duration;
use std::io;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;
use tracing::{debug, warn};

/// How often the program looks at itself where systemd does not ask for it.
const UNWATCHED: Duration = Duration::from_secs(20);

/// Signals that ask the process to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From here on these signals end nothing by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The name of the first that comes.
    pub(super) async fn next(mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Clients are served from now on.
pub(super) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving clients")]);
}

/// No new clients are taken.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing what is in work")]);
}

/// Ends when the program is not alive any more; until then says that it is, twice as often as
/// systemd wants to hear it. One that hangs says nothing, and systemd starts it anew.
pub(super) async fn watch<F: Future<Output = bool>>(is_alive: impl Fn() -> F) {
    let patience = sd_notify::watchdog_enabled().unwrap_or(UNWATCHED);
    let mut beat = tokio::time::interval(patience.checked_div(2).unwrap_or(patience));
    loop {
        beat.tick().await;
        match timeout(patience, is_alive()).await {
            Ok(true) => tell(&[NotifyState::Watchdog]),
            Ok(false) => return,
            Err(_) => warn!("the ledger does not answer: the disk may hang"),
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        debug!(%error, "systemd could not be told");
    }
}
