//! One server of the simulation: its clock, its state machine, what it thinks of the others, and
//! how far it is with recording each device.

use hwlicense::system::watch::{Contact, Epoch, Identity, Instant, Peer, Role, Timing, Watch};
use hwlicense::system::{Policy, Presence, ServerIndex};
use hwlicense::time::UnixSeconds;

use super::MS_PER_S;
use super::random::Random;
use crate::exit::Failure;
use crate::system::model::Model;

/// A clock that is right shows so many milliseconds in a second.
const RATE: u64 = 1_000;
/// Clocks differ from that by at most as much; the rates of two then differ by less than 1 %.
const RATE_OFF_MAX: u64 = 4;

/// How far a server is with recording a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Recorder {
    #[default]
    Off,
    /// Since it was told to, with the number of that order.
    Starting(u64),
    On,
}

/// A server.
pub(super) struct Node<'w> {
    pub(super) index: ServerIndex,
    /// What its clock shows after a second of real time.
    rate: u64,
    /// The time of day when the simulation began.
    began: UnixSeconds,
    /// How often it was started.
    pub(super) boot: u64,
    /// None while it is down.
    pub(super) watch: Option<Watch<'w>>,
    /// The epoch on its disk.
    pub(super) stored: Epoch,
    /// What its rows say of each server.
    pub(super) presence: Vec<Presence>,
    /// For each device.
    pub(super) recorders: Vec<Recorder>,
    /// When it is called next, in real time.
    pub(super) wake_at: Option<u64>,
}

impl<'w> Node<'w> {
    pub(super) fn new(index: ServerIndex, model: &Model, began: UnixSeconds, random: &mut Random) -> Self {
        Self {
            index,
            rate: random.between(RATE.saturating_sub(RATE_OFF_MAX), RATE.saturating_add(RATE_OFF_MAX)),
            began,
            boot: 0,
            watch: None,
            stored: Epoch::NONE,
            presence: model.servers.iter().map(|server| server.presence).collect(),
            recorders: vec![Recorder::Off; model.devices.len()],
            wake_at: None,
        }
    }

    /// What its clock shows.
    pub(super) const fn clock(&self, real_ms: u64) -> Instant {
        Instant(real_ms.saturating_mul(self.rate) / RATE)
    }

    /// When its clock shows that.
    pub(super) fn real(&self, clock: Instant) -> u64 {
        let (whole, rest) = (clock.0.checked_div(self.rate), clock.0.checked_rem(self.rate));
        let rest = rest.unwrap_or_default().saturating_mul(RATE).div_ceil(self.rate.max(1));
        whole.unwrap_or_default().saturating_mul(RATE).saturating_add(rest)
    }

    /// The time of day that its clock stands for.
    pub(super) const fn time_of_day(&self, clock: Instant) -> UnixSeconds {
        UnixSeconds(self.began.0.saturating_add(clock.0 / MS_PER_S))
    }

    /// Starts it, with what it stored. `memory` is for the other members.
    pub(super) fn start(
        &mut self,
        real_ms: u64,
        model: &Model,
        timing: Timing,
        policy: Policy,
        memory: &'w mut Vec<Peer>,
    ) -> Result<(), Failure> {
        let Some(own) = model.servers.get(self.index.position()) else { return Ok(()) };
        let others = model
            .servers
            .iter()
            .zip(&self.presence)
            .filter(|(server, presence)| presence.is_member() && server.id != own.id);
        *memory = others
            .map(|(server, presence)| {
                let contact = if presence.is_online() { Contact::Settled } else { Contact::Lost };
                Peer::new(server.id, Role::Server, contact)
            })
            .collect();
        self.boot = self.boot.saturating_add(1);
        let me = Identity { id: own.id, role: Role::Server, boot: self.boot, stored: self.stored };
        let now = self.clock(real_ms);
        let watch = Watch::new(now, timing, policy, me, memory);
        self.watch = Some(watch.map_err(|error| Failure::internal("members", error))?);
        self.wake_at = None;
        Ok(())
    }
}
