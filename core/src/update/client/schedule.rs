//! Which server is asked for the next part, and when.
//!
//! The server that answered last is asked again at once; one that does not answer makes way for the
//! next of the list. When none of them does, all are asked again after a minute, then after two, four
//! and so on up to an hour, each time less a little that differs from device to device.

use crate::jitter::Jitter;
use crate::primary::BUSY_S_MAX;

/// How long a device waits for a part before it tries the next server.
pub const PART_TIMEOUT_S: u32 = 30;
/// How long it waits after no server of the list answered for the first time.
pub const RETRY_S: u32 = 60;
/// How long it waits at most.
pub const RETRY_S_MAX: u32 = 3_600;

/// What is being done about the next part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Waiting for this uptime.
    Waiting(u64),
    /// About to ask.
    Asking,
    /// Waiting for the answer, up to this uptime.
    Expecting(u64),
}

/// The schedule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    doing: Doing,
    servers: u8,
    server: u8,
    /// How many servers did not answer since one did.
    failed: u8,
    /// How often none of them did.
    rounds: u8,
    jitter: Jitter,
}

impl Schedule {
    pub(super) const fn new(servers: u8, seed: u64) -> Self {
        Self { doing: Doing::Waiting(0), servers, server: 0, failed: 0, rounds: 0, jitter: Jitter::new(seed) }
    }

    /// Begins with the first server, at once.
    pub(super) const fn begin(&mut self, uptime_s: u64) {
        (self.doing, self.server, self.failed, self.rounds) = (Doing::Waiting(uptime_s), 0, 0, 0);
    }

    /// A list of another length.
    pub(super) const fn set_servers(&mut self, servers: u8, uptime_s: u64) {
        self.servers = servers;
        self.begin(uptime_s);
    }

    /// The next uptime at which something is to be done; `None`, if it is now.
    pub(super) const fn timeout(&self) -> Option<u64> {
        match self.doing {
            Doing::Waiting(_) if self.servers == 0 => Some(u64::MAX),
            Doing::Waiting(at) | Doing::Expecting(at) => Some(at),
            Doing::Asking => None,
        }
    }

    /// Whether the time to ask has come.
    pub(super) const fn handle_timeout(&mut self, uptime_s: u64) {
        if let Doing::Waiting(at) = self.doing
            && uptime_s >= at
            && self.servers > 0
        {
            self.doing = Doing::Asking;
        }
    }

    /// Whether the server that was asked did not answer in time.
    pub(super) const fn overdue(&self, uptime_s: u64) -> bool {
        matches!(self.doing, Doing::Expecting(until) if uptime_s >= until)
    }

    /// The server to be asked now.
    pub(super) const fn server(&self) -> Option<u8> {
        match self.doing {
            Doing::Asking => Some(self.server),
            Doing::Waiting(_) | Doing::Expecting(_) => None,
        }
    }

    /// Whether an answer is expected.
    pub(super) const fn is_expecting(&self) -> bool {
        matches!(self.doing, Doing::Expecting(_))
    }

    /// The request went out.
    pub(super) fn asked(&mut self, uptime_s: u64) {
        self.doing = Doing::Expecting(uptime_s.saturating_add(PART_TIMEOUT_S.into()));
    }

    /// The part came: on with the next one.
    pub(super) const fn answered(&mut self) {
        (self.doing, self.failed, self.rounds) = (Doing::Asking, 0, 0);
    }

    /// The server does not answer, or not usefully. Gives whether it was the last one left.
    pub(super) fn failed(&mut self, uptime_s: u64) -> bool {
        let next = self.server.saturating_add(1);
        self.server = if next < self.servers { next } else { 0 };
        self.failed = self.failed.saturating_add(1);
        if self.failed < self.servers {
            self.doing = Doing::Asking;
            return false;
        }
        let delay = RETRY_S.saturating_mul(1 << self.rounds.min(6)).min(RETRY_S_MAX);
        let delay = u64::from(delay).saturating_sub(self.jitter.below(delay / 10));
        self.doing = Doing::Waiting(uptime_s.saturating_add(delay));
        (self.failed, self.rounds) = (0, self.rounds.saturating_add(1));
        true
    }

    /// The server has too much to do: again after so many seconds, and a tenth more at most.
    pub(super) fn wait_for_busy(&mut self, uptime_s: u64, retry_after_s: u32) {
        let delay = retry_after_s.clamp(1, BUSY_S_MAX);
        let jitter = self.jitter.below(delay / 10).min(u64::from(BUSY_S_MAX.saturating_sub(delay)));
        self.doing = Doing::Waiting(uptime_s.saturating_add(u64::from(delay)).saturating_add(jitter));
    }
}
