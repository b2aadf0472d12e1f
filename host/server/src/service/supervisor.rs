//! What systemd is told (`Type=notify`), and the signals that stop the server.
//!
//! Without systemd all of this does nothing.

use core::future;
use std::io;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::debug;

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

/// Says that the program is alive, twice as often as systemd wants to hear it.
pub(super) async fn watchdog() {
    let Some(patience) = sd_notify::watchdog_enabled() else { return future::pending().await };
    let mut beat = tokio::time::interval(patience.checked_div(2).unwrap_or(patience));
    loop {
        beat.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        debug!(%error, "systemd could not be told");
    }
}
