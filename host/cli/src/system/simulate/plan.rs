//! A plan as it travels between servers: who records what, and what devices hold of the licences.

use hwlicense::system::failover::Placement;
use hwlicense::system::watch::Timing;
use hwlicense::system::{Channel, Device, Policy, Presence, ServerIndex};
use hwlicense::time::UnixSeconds;

use super::MS_PER_S;
use crate::exit::Failure;
use crate::system::failover;
use crate::system::model::Model;
use crate::system::shares::Shares;

/// How long a device is handed over at most.
const HANDOVER_S: u64 = Timing::DEFAULT.handover_ms_max(Policy::KeepRecording).div_ceil(MS_PER_S);

/// What one server decided for all.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// For each device: where the planner puts it.
    pub(super) placements: Vec<Placement>,
    /// For each device: the server that records it. Where the planner finds no place, that is still
    /// the server that cannot be heard: should it live after all, it goes on.
    hosts: Vec<Option<ServerIndex>>,
    /// For each device: the server in contact that recorded it before.
    from: Vec<Option<ServerIndex>>,
    /// For each device: when it was taken from a server that could not be heard. Should that one, or
    /// another of its part, live and record it after all, it goes on until the new one has started.
    unheard_since: Vec<Option<UnixSeconds>>,
    /// For each device and each licence: what is held from now on.
    channels: Vec<Channel>,
    held: Vec<u32>,
}

/// A plan that is not issued yet, and the digest of the state that it was made from.
pub(super) struct Draft {
    pub(super) plan: Plan,
    pub(super) digest: [u8; 32],
}

impl Plan {
    /// Makes the plan that follows from another one, as a server makes it that sees the others so.
    ///
    /// It is what a real server does: it allocates the licences, then plans who records what.
    pub(super) fn after(
        before: Option<&Self>,
        model: &Model,
        presence: &[Presence],
        at: UnixSeconds,
    ) -> Result<Draft, Failure> {
        let mut model = model.clone();
        for (server, presence) in model.servers.iter_mut().zip(presence) {
            server.presence = *presence;
        }
        if let Some(before) = before {
            before.apply(&mut model);
        }
        let (shares, placements, digest) = model.with_checked(|checked| {
            let shares = Shares::of(checked, at, None)?;
            Ok::<_, Failure>((shares, failover::Plan::of(checked, at, None)?.placements, checked.digest()))
        })??;
        let is_whole = model.is_whole();
        let is_online = |server: &ServerIndex| presence.get(server.position()).is_some_and(|row| row.is_online());
        let devices = model.devices.iter().zip(&shares.grants);
        let places = model.devices.iter().zip(&placements);
        let unheard_since = places.clone().enumerate().map(|(number, (device, placement))| {
            let is_unheard = device.host.is_some_and(|host| !is_online(&host)) && placement.server() != device.host;
            match model.policy {
                Policy::KeepRecording if is_unheard => Some(at),
                Policy::KeepRecording => before.and_then(|before| before.carried(number, at)),
                // Only a majority plans, and nobody else records.
                Policy::Majority => None,
            }
        });
        let plan = Self {
            unheard_since: unheard_since.collect(),
            hosts: places.clone().map(|(device, placement)| host(device, *placement, is_online)).collect(),
            from: model.devices.iter().map(|device| device.host.filter(is_online)).collect(),
            channels: devices.map(|(device, grant)| device.channel.after(*grant, is_whole)).collect(),
            held: model
                .licenses
                .iter()
                .zip(&shares.tallies)
                .map(|(row, tally)| row.held_after(*tally, is_whole))
                .collect(),
            placements,
        };
        Ok(Draft { plan, digest })
    }

    fn apply(&self, model: &mut Model) {
        for ((device, host), channel) in model.devices.iter_mut().zip(&self.hosts).zip(&self.channels) {
            device.host = *host;
            device.channel = *channel;
        }
        for (license, held) in model.licenses.iter_mut().zip(&self.held) {
            license.held = *held;
        }
    }

    /// Whether it gives a device to a server.
    pub(super) fn gives(&self, server: ServerIndex, device: usize) -> bool {
        self.hosts.get(device).is_some_and(|host| *host == Some(server))
    }

    /// Whether a server that records a device goes on for as long as the plan is obeyed: it gives
    /// the device to that one, or to nobody although a part that was not heard may record it.
    pub(super) fn leaves(&self, server: ServerIndex, device: usize) -> bool {
        self.gives(server, device) || (self.is_unplaced(device) && self.unheard(device).is_some())
    }

    /// Whether a server that records a device at that time goes on until another one has started.
    pub(super) fn moves(&self, server: ServerIndex, device: usize, at: UnixSeconds) -> bool {
        let is_fresh = |since: UnixSeconds| at.0.saturating_sub(since.0) <= HANDOVER_S;
        self.unheard(device).is_some_and(is_fresh) || self.from.get(device).is_some_and(|from| *from == Some(server))
    }

    fn unheard(&self, device: usize) -> Option<UnixSeconds> {
        self.unheard_since.get(device).copied().flatten()
    }

    fn is_unplaced(&self, device: usize) -> bool {
        matches!(self.placements.get(device), Some(Placement::Without(_)))
    }

    /// When a device was taken from a server that could not be heard, for the plan that comes next.
    /// One that had no place until then gets one only now.
    fn carried(&self, device: usize, at: UnixSeconds) -> Option<UnixSeconds> {
        self.unheard(device).map(|since| if self.is_unplaced(device) { at } else { since })
    }
}

/// The server that records a device under a plan.
fn host(device: &Device, placement: Placement, is_online: impl Fn(&ServerIndex) -> bool) -> Option<ServerIndex> {
    match placement {
        Placement::Hosted(server) => Some(server),
        Placement::Without(_) => device.host.filter(|host| !is_online(host)),
        Placement::Idle | Placement::Unlicensed => None,
    }
}
