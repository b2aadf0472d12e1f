//! When a client contacts its servers, and which one.
//!
//! A contact asks the servers of the list in their order until one answers. From its beginning to that
//! of the next one it takes as long as the client's state asks for, less a little that differs from
//! device to device.

use crate::jitter::Jitter;
use crate::primary::BUSY_S_MAX;
use crate::primary::request::ClientState;

/// Between two contacts before the first licence: one minute.
pub const CONTACT_UNLICENSED_S: u32 = 60;
/// Between two contacts of a client that has a licence: four hours.
pub const CONTACT_LICENSED_S: u32 = 4 * 3_600;
/// Between two contacts while no server answers: one hour.
pub const CONTACT_LOST_S: u32 = 3_600;
/// How long a client waits for an answer before it tries the next server.
pub const ANSWER_TIMEOUT_S: u32 = 10;
/// Over how long the first contacts after a start are spread, for a client that has no licence.
pub const FIRST_CONTACT_SPREAD_S: u32 = 10;
/// The same for one that has.
pub const FIRST_CONTACT_LICENSED_SPREAD_S: u32 = 300;

/// What a client is doing about its next contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Waiting for this uptime.
    Waiting(u64),
    /// About to ask a server.
    Asking(u8),
    /// Waiting for the answer of a server, up to this uptime.
    Expecting(u8, u64),
}

/// The schedule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    doing: Doing,
    servers: u8,
    jitter: Jitter,
    /// When the contact that is under way began.
    began_s: u64,
}

impl Schedule {
    /// One that asks nobody.
    pub(super) const fn idle() -> Self {
        Self { doing: Doing::Waiting(0), servers: 0, jitter: Jitter::new(0), began_s: 0 }
    }

    pub(super) fn new(servers: u8, seed: u64, uptime_s: u64, is_licensed: bool) -> Self {
        let mut schedule = Self { servers, jitter: Jitter::new(seed), ..Self::idle() };
        let spread = if is_licensed { FIRST_CONTACT_LICENSED_SPREAD_S } else { FIRST_CONTACT_SPREAD_S };
        schedule.doing = Doing::Waiting(uptime_s.saturating_add(schedule.jitter.below(spread)));
        schedule
    }

    /// The next uptime at which something is to be done; `None`, if it is now.
    pub(super) const fn timeout(&self) -> Option<u64> {
        match self.doing {
            Doing::Waiting(_) if self.servers == 0 => Some(u64::MAX),
            Doing::Waiting(at) | Doing::Expecting(_, at) => Some(at),
            Doing::Asking(_) => None,
        }
    }

    /// The uptime of the next contact, unless one is under way.
    pub(super) const fn next_contact(&self) -> Option<u64> {
        match self.doing {
            Doing::Waiting(at) => Some(at),
            Doing::Asking(_) | Doing::Expecting(..) => None,
        }
    }

    /// A list of another length: the contact begins anew, at once.
    pub(super) const fn set_servers(&mut self, servers: u8, uptime_s: u64) {
        self.servers = servers;
        self.ask_now(uptime_s);
    }

    /// Asks at once.
    pub(super) const fn ask_now(&mut self, uptime_s: u64) {
        self.doing = Doing::Waiting(uptime_s);
    }

    /// Whether the time to ask has come.
    pub(super) const fn handle_timeout(&mut self, uptime_s: u64) {
        if let Doing::Waiting(at) = self.doing
            && uptime_s >= at
            && self.servers > 0
        {
            self.doing = Doing::Asking(0);
            self.began_s = uptime_s;
        }
    }

    /// Whether the server that was asked did not answer in time.
    pub(super) const fn overdue(&self, uptime_s: u64) -> bool {
        matches!(self.doing, Doing::Expecting(_, until) if uptime_s >= until)
    }

    /// The server to be asked now.
    pub(super) const fn server(&self) -> Option<u8> {
        match self.doing {
            Doing::Asking(server) => Some(server),
            Doing::Waiting(_) | Doing::Expecting(..) => None,
        }
    }

    /// Whether an answer is expected.
    pub(super) const fn is_expecting(&self) -> bool {
        matches!(self.doing, Doing::Expecting(..))
    }

    /// The request went out.
    pub(super) fn asked(&mut self, uptime_s: u64) {
        if let Doing::Asking(server) = self.doing {
            self.doing = Doing::Expecting(server, uptime_s.saturating_add(ANSWER_TIMEOUT_S.into()));
        }
    }

    /// The server does not answer, or not usefully. Gives whether it was the last of the list.
    pub(super) fn failed(&mut self) -> bool {
        let (Doing::Asking(server) | Doing::Expecting(server, _)) = self.doing else { return false };
        let next = server.saturating_add(1);
        if next < self.servers {
            self.doing = Doing::Asking(next);
        }
        next >= self.servers
    }

    /// Asks within a minute, unless that is so already or a contact is under way.
    pub(super) fn hasten(&mut self, uptime_s: u64) {
        let soon = uptime_s.saturating_add(self.jitter.below(CONTACT_UNLICENSED_S));
        if let Doing::Waiting(at) = &mut self.doing {
            *at = soon.min(*at);
        }
    }

    /// The contact is over; the next one is due after the interval of this state, less up to a tenth of
    /// it, and not later than a third of what is left of the lease.
    pub(super) fn wait(&mut self, uptime_s: u64, state: ClientState, left_s: Option<u64>) {
        let interval = match state {
            ClientState::Unlicensed | ClientState::Refused => CONTACT_UNLICENSED_S,
            ClientState::Licensed => CONTACT_LICENSED_S,
            ClientState::ContactLost => CONTACT_LOST_S,
        };
        let third = left_s.map_or(u64::MAX, |left_s| left_s / 3).max(CONTACT_UNLICENSED_S.into());
        let interval = u32::try_from(third).map_or(interval, |third| interval.min(third));
        let jitter = self.jitter.below(interval / 10);
        let since_s = if matches!(self.doing, Doing::Waiting(_)) { uptime_s } else { self.began_s };
        let due_s = since_s.saturating_add(u64::from(interval).saturating_sub(jitter));
        self.doing = Doing::Waiting(due_s.max(uptime_s));
    }

    /// The server has too much to do: again after so many seconds, and a tenth more at most.
    pub(super) fn wait_for_busy(&mut self, uptime_s: u64, retry_after_s: u32) {
        let delay = retry_after_s.clamp(1, BUSY_S_MAX);
        let jitter = self.jitter.below(delay / 10).min(u64::from(BUSY_S_MAX.saturating_sub(delay)));
        self.doing = Doing::Waiting(uptime_s.saturating_add(u64::from(delay)).saturating_add(jitter));
    }
}
