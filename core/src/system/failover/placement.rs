//! What a plan says of each device, and of all of them together.

use core::fmt;

use super::workspace::Part;
use crate::numbered::numbered;
use crate::system::model::{Device, Priority, ServerIndex};

/// Where a device is recorded from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Placement {
    /// Nowhere: its recording is not wanted.
    #[default]
    Idle,
    /// Nowhere: it has no licence, so it takes part in no plan.
    Unlicensed,
    /// On this server.
    Hosted(ServerIndex),
    /// Nowhere, although it is wanted and licensed.
    Without(Obstacle),
}

impl Placement {
    /// The server that records it.
    #[must_use]
    pub const fn server(self) -> Option<ServerIndex> {
        match self {
            Self::Hosted(server) => Some(server),
            _ => None,
        }
    }
}

numbered! {
    /// Why no server records a device that is wanted and licensed.
    Obstacle {
        /// Its priority is [`Priority::Never`], and its own server cannot record it.
        Never = 1, "never", "The device never goes to another server, and its own one cannot record it.";
        /// Its list of servers is empty.
        Unreached = 2, "unreached", "No server reaches the device.";
        /// Each server that reaches it is offline or removed.
        Offline = 3, "offline", "Every server that reaches the device is offline.";
        /// Each server that reaches it and is online takes no devices of others.
        Disabled = 4, "disabled", "No server that reaches the device takes over devices of others.";
        /// Each server that could take it over stands in another location than its own one.
        OtherLocation = 5, "other-location", "No server in the location of the device can take it over.";
        /// Each server that could take it over is full of devices that come first.
        Full = 6, "full", "Every server that could take over the device is full.";
    }
}

impl Obstacle {
    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Never => "Bring its server back, or give the device a priority for failover.",
            Self::Unreached => "Connect the device to the network of a server, then let the servers look for it.",
            Self::Offline => "Bring one of these servers back, or connect the device to one that is online.",
            Self::Disabled => "Switch failover on for one of the servers that reach the device.",
            Self::OtherLocation => "Add a server to the location, or allow failover to other locations.",
            Self::Full => "Raise the limit of a server that reaches the device, add a server, or raise its priority.",
        }
    }
}

/// How many devices of one priority are wanted and licensed, and how many of them are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// Devices that are wanted and licensed.
    pub wanted: u32,
    /// Those of them that a server records under this plan.
    pub hosted: u32,
}

impl Tally {
    /// Devices that go without.
    #[must_use]
    pub const fn without(self) -> u32 {
        self.wanted.saturating_sub(self.hosted)
    }
}

/// How far a plan was improved in moves and balance. Who is recorded is always exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Quality {
    /// No plan that records the same devices has fewer moves, or as few and a more even load.
    Least,
    /// No plan that records the same devices has fewer moves; its load is near the most even one.
    FewestMoves,
    /// Moves and load are near the least.
    #[default]
    Improved,
}

/// A plan in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Summary {
    /// Devices of [`Priority::High`].
    pub high: Tally,
    /// Devices of [`Priority::Medium`].
    pub medium: Tally,
    /// Devices of [`Priority::Low`].
    pub low: Tally,
    /// Devices of [`Priority::Never`].
    pub never: Tally,
    /// Devices that are wanted and have no licence.
    pub unlicensed: u32,
    /// Devices that go from one server that is online to another.
    pub moves: u32,
    /// Devices that a server records from now on and that none that is online recorded before.
    pub starts: u32,
    /// Devices that a server that is online recorded before and none does from now on.
    pub stops: u32,
    /// Sum, over the servers, of the square of the devices that each records: the smaller, the
    /// more even.
    pub squares: u64,
    /// How far moves and squares were improved.
    pub quality: Quality,
}

impl Summary {
    /// The devices of one priority.
    #[must_use]
    pub const fn of(&self, priority: Priority) -> Tally {
        match priority {
            Priority::High => self.high,
            Priority::Medium => self.medium,
            Priority::Low => self.low,
            Priority::Never => self.never,
        }
    }

    /// Counts one device: `now` is the server that is online and records it already.
    pub(super) fn count(&mut self, device: &Device, now: Option<ServerIndex>, placement: Placement) {
        let next = placement.server();
        let change = match (now, next) {
            (Some(now), Some(next)) if now != next => Some(&mut self.moves),
            (None, Some(_)) => Some(&mut self.starts),
            (Some(_), None) => Some(&mut self.stops),
            _ => None,
        };
        if let Some(change) = change {
            *change = change.saturating_add(1);
        }
        let tally = match device.priority {
            Priority::High => &mut self.high,
            Priority::Medium => &mut self.medium,
            Priority::Low => &mut self.low,
            Priority::Never => &mut self.never,
        };
        match placement {
            Placement::Idle => {}
            Placement::Unlicensed => self.unlicensed = self.unlicensed.saturating_add(1),
            Placement::Hosted(_) => {
                tally.wanted = tally.wanted.saturating_add(1);
                tally.hosted = tally.hosted.saturating_add(1);
            }
            Placement::Without(_) => tally.wanted = tally.wanted.saturating_add(1),
        }
    }
}

/// Why there is no plan. Nothing was written to the placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PlanError {
    /// A slice that the caller lent is too short: lend at least so many entries.
    TooShort {
        /// Which one.
        part: Part,
        /// How many entries it needs.
        needed: usize,
    },
    /// There is not exactly one grant for each device: allocate over the same System.
    GrantsDiffer,
    /// The lists of servers that reach devices have more than 4,294,967,295 entries in all.
    ReachOverflow,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { part, needed } => write!(f, "{} needs {needed} entries", part.name()),
            Self::GrantsDiffer => f.write_str("there is not exactly one grant for each device"),
            Self::ReachOverflow => f.write_str("the lists of servers that reach devices are too long"),
        }
    }
}

impl core::error::Error for PlanError {}
