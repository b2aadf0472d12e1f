//! Who gets what of a System's licences at a time, over rows of our own.

use std::path::Path;

use hwlicense::system::{AllocateError, Allocation, Checked, Event, Grant, Presence, Tally, allocate};
use hwlicense::time::UnixSeconds;

use super::model::Model;
use crate::exit::Failure;

/// The pool as it was given out: one tally for each licence, one grant for each device.
#[derive(Debug)]
pub(super) struct Shares {
    pub(super) allocation: Allocation,
    pub(super) tallies: Vec<Tally>,
    pub(super) grants: Vec<Grant>,
}

impl Shares {
    /// The same of a System that was checked.
    pub(super) fn of(checked: &Checked<'_>, at: UnixSeconds, event: Option<Event>) -> Result<Self, Failure> {
        let mut tallies = vec![Tally::default(); checked.system().licenses.len()];
        let mut grants = vec![Grant::default(); checked.system().devices.len()];
        let allocation = allocate(checked, at, event, &mut tallies, &mut grants).map_err(too_many_classes)?;
        Ok(Self { allocation, tallies, grants })
    }
}

/// The only way in which an allocation over rows of our own fails.
pub(super) fn too_many_classes(error: AllocateError) -> Failure {
    Failure::usage("too-many-classes", error, "Check the classes of devices and licences.")
}

impl Model {
    /// The System in a file, with what its devices hold as all servers last agreed on it.
    pub(super) fn read_agreed(path: &Path, at: UnixSeconds) -> Result<Self, Failure> {
        Self::read(path)?.agreed(at)
    }

    /// Gives out the pool as it is, or as it would be after an event.
    pub(super) fn shares(&self, at: UnixSeconds, event: Option<Event>) -> Result<Shares, Failure> {
        self.with_checked(|checked| Shares::of(checked, at, event))?
    }

    /// Whether every server that belongs to the System can be heard.
    pub(super) fn is_whole(&self) -> bool {
        self.servers.iter().all(|server| server.presence.is_online() || !server.presence.is_member())
    }

    /// The same System with what its devices hold.
    ///
    /// What all servers agree on is the allocation of the last moment at which all could be heard:
    /// now, or the moment before the first of them went offline. For the latter the file may say
    /// what devices held; if it says nothing, it is worked out as if that server were there.
    pub(super) fn agreed(mut self, at: UnixSeconds) -> Result<Self, Failure> {
        let lost = self.servers.iter().filter_map(|server| match server.presence {
            Presence::Offline { since } => Some(since),
            _ => None,
        });
        let agreed_at = lost.min().map_or(at, |since| since.min(at));
        if !self.is_whole() && self.says_what_is_held {
            return Ok(self);
        }
        let mut whole = self.clone();
        for server in &mut whole.servers {
            if let Presence::Offline { since } = server.presence {
                server.presence = Presence::Online { since };
            }
        }
        let shares = whole.shares(agreed_at, None)?;
        for (device, grant) in self.devices.iter_mut().zip(&shares.grants) {
            device.channel = device.channel.after(*grant, true);
        }
        for (license, tally) in self.licenses.iter_mut().zip(&shares.tallies) {
            license.held = license.held_after(*tally, true);
        }
        self.says_what_is_held = true;
        Ok(self)
    }
}
