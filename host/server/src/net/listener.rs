//! Accepts connections, and stops in order.

use core::future::Future;
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use hwlicense::primary::frame::Purpose;
use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, error, info, warn};

use super::complaints::Complaints;
use super::connection::{Connection, End, turn_away_busy};
use super::room::{Admission, Room};
use super::stop::Stop;
use super::{Limits, Peer, Port, Response};

/// How long nothing is accepted after the system had no more files or memory for a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// How the stop went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still in work when the time for that ([`Limits::drain`]) was over. They
    /// were cut.
    pub cut: usize,
}

/// What all ports share.
struct Shared<H> {
    limits: Limits,
    room: Room,
    complaints: Complaints,
    handler: H,
}

/// Serves clients on these ports until it is asked to stop; what is in work then is finished.
///
/// The handler gets the body of a request or a fetch and gives back what is sent. It has to end in bounded
/// time: the connection waits for it. One that panics costs its connection and nothing else.
///
/// # Bounds
/// [`Limits`]. Beside them, frames that are not yet whole share 16 MiB beyond 2 KiB for each connection,
/// and 256 connections beyond the greatest number are told that the server is busy; more are closed at
/// once.
pub async fn serve<H, F>(ports: Vec<Port>, limits: Limits, handler: H, stop: Stop) -> Drained
where
    H: Fn(Purpose, Vec<u8>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let room = Room::new(limits.connections_max);
    let shared = Arc::new(Shared { limits, room, complaints: Complaints::new(), handler });
    let mut listeners = JoinSet::new();
    for port in ports {
        listeners.spawn(Listener { port, shared: Arc::clone(&shared), connections: JoinSet::new() }.run(stop.clone()));
    }
    let mut drained = Drained::default();
    while let Some(ended) = listeners.join_next().await {
        match ended {
            Ok(one) => drained.cut = drained.cut.saturating_add(one.cut),
            Err(failed) => error!(%failed, "a listener ended by a mistake in this program"),
        }
    }
    drained
}

/// A port and its connections.
struct Listener<H> {
    port: Port,
    shared: Arc<Shared<H>>,
    connections: JoinSet<(Peer, End)>,
}

impl<H, F> Listener<H>
where
    H: Fn(Purpose, Vec<u8>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    async fn run(mut self, stop: Stop) -> Drained {
        loop {
            tokio::select! {
                () = stop.requested() => break,
                Some(ended) = self.connections.join_next() => self.shared.log(ended),
                accepted = self.port.listener.accept() => match accepted {
                    Ok((stream, address)) => self.take(stream, Peer { address, scheme: self.port.scheme }, &stop),
                    Err(error) => self.shared.refused_by_system(&error).await,
                },
            }
        }
        let Self { port, shared, mut connections } = self;
        // From here on the system refuses new connections, and clients try their next server.
        drop(port);
        let rest = async {
            while let Some(ended) = connections.join_next().await {
                shared.log(ended);
            }
        };
        let _ = timeout(shared.limits.drain, rest).await;
        let cut = connections.len();
        connections.shutdown().await;
        Drained { cut }
    }

    /// Gives a new connection its place.
    fn take(&mut self, stream: TcpStream, peer: Peer, stop: &Stop) {
        // An answer is one small write that nothing follows: waiting for more would only delay it.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(peer = %peer.address, %error, "a connection was gone before it began");
            return;
        }
        match self.shared.room.admit() {
            Admission::Served(place) => {
                let (shared, tls, stop) = (Arc::clone(&self.shared), self.port.tls.clone(), stop.clone());
                self.connections.spawn(async move {
                    let Shared { limits, room, handler, .. } = &*shared;
                    let connection = Connection { peer, limits: *limits, room, handler, stop };
                    let end = connection.run(stream, tls.as_ref()).await;
                    drop(place);
                    (peer, end)
                });
            }
            Admission::TurnedAway(place) => {
                self.connections.spawn(async move {
                    let end = turn_away_busy(stream, peer.scheme).await;
                    drop(place);
                    (peer, end)
                });
            }
            Admission::Closed => self.shared.log(Ok((peer, End::TurnedAway))),
        }
    }
}

impl<H> Shared<H> {
    /// One line about a connection that ended, if it is worth one.
    fn log(&self, ended: Result<(Peer, End), JoinError>) {
        match ended {
            Ok((peer, end)) if end.is_remarkable() => {
                if let Some(withheld) = self.complaints.may_log(Instant::now()) {
                    info!(peer = %peer.address, withheld, "connection ended: {end}");
                }
            }
            Ok((peer, end)) => debug!(peer = %peer.address, "connection ended: {end}"),
            Err(failed) if failed.is_cancelled() => {}
            Err(failed) => error!(%failed, "a connection ended by a mistake in this program"),
        }
    }

    /// The system could not hand over a connection.
    async fn refused_by_system(&self, error: &io::Error) {
        match error.kind() {
            // The client gave up while it was waiting: that is its own affair.
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted => {}
            _ => {
                if let Some(withheld) = self.complaints.may_log(Instant::now()) {
                    warn!(
                        %error, withheld,
                        "no connection can be accepted for a moment; raise the number of open files (LimitNOFILE)"
                    );
                }
                // Trying again at once would fail as well, and take a whole processor for it.
                sleep(PAUSE).await;
            }
        }
    }
}
