//! The wish that the server stops, and those who wait for it.

use tokio::sync::watch;

/// Stops the server: by [`Stopper::stop`], or when it is dropped.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Learns that the server stops.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Both ends.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Stops the server.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the server stops.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Ends when the server stops.
    pub async fn requested(&self) {
        // Whoever could stop it and is gone has stopped it.
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }
}
