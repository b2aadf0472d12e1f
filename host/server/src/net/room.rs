//! How many connections, and how many bytes of unfinished frames, there may be at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of frames beyond the first [`FRAME_BYTES_FREE`] of each, over all connections: 16 MiB.
const FRAME_BYTES_TOTAL: usize = 16 << 20;
/// What every connection may have of its frame at any time. Nearly all requests are shorter.
pub(super) const FRAME_BYTES_FREE: usize = 2_048;
/// Connections beyond the greatest number that are still told so before they are closed.
const TURNED_AWAY_MAX: usize = 256;

/// A place that is given back when this is dropped.
pub(super) type Place = OwnedSemaphorePermit;

/// The room that all ports share.
#[derive(Debug)]
pub(super) struct Room {
    connections: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    frame_bytes: Arc<Semaphore>,
}

/// Where a new connection goes.
#[derive(Debug)]
pub(super) enum Admission {
    /// It is served.
    Served(Place),
    /// There are too many; it is told so.
    TurnedAway(Place),
    /// There are too many even for that.
    Closed,
}

impl Room {
    pub(super) fn new(connections_max: u32) -> Self {
        let connections_max = usize::try_from(connections_max).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            connections: Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS))),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
            frame_bytes: Arc::new(Semaphore::new(FRAME_BYTES_TOTAL)),
        }
    }

    /// Lets a connection in, if there is room.
    pub(super) fn admit(&self) -> Admission {
        if let Ok(place) = Arc::clone(&self.connections).try_acquire_owned() {
            return Admission::Served(place);
        }
        match Arc::clone(&self.turned_away).try_acquire_owned() {
            Ok(place) => Admission::TurnedAway(place),
            Err(_) => Admission::Closed,
        }
    }

    /// Room for more bytes of a frame than a connection has at any time.
    pub(super) fn frame_bytes(&self, count: usize) -> Option<Place> {
        let count = u32::try_from(count).ok()?;
        Arc::clone(&self.frame_bytes).try_acquire_many_owned(count).ok()
    }
}
