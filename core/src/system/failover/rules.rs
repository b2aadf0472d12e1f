//! Which servers may record a device, by the rules of the System and of its administrator.

use super::placement::{Obstacle, Placement};
use crate::system::grant::Grant;
use crate::system::model::{Device, Presence, Priority, Scope, ServerIndex, System};
use crate::system::status::Moment;

/// How long a server must have been in contact before it takes its own devices back from servers
/// that record them meanwhile, in seconds.
pub const RETURN_AFTER_S: u64 = 60;

/// The rules at one moment.
#[derive(Clone, Copy)]
pub(super) struct Rules<'s> {
    pub(super) moment: Moment<'s>,
}

impl<'s> Rules<'s> {
    pub(super) const fn system(&self) -> &'s System<'s> {
        self.moment.system
    }

    pub(super) fn is_online(&self, server: ServerIndex) -> bool {
        self.moment.presence(server).is_online()
    }

    /// The server that records a device now, if it is online.
    pub(super) fn recorded_by(&self, device: &Device) -> Option<ServerIndex> {
        device.host.filter(|host| self.is_online(*host))
    }

    /// What can be said of a device by itself; `None` if it competes with others for a place.
    pub(super) fn settle(&self, device: &Device, grant: Grant) -> Option<Placement> {
        if !device.wanted {
            return Some(Placement::Idle);
        }
        if !grant.allows_recording() {
            return Some(Placement::Unlicensed);
        }
        if self.is_home(device) {
            return Some(Placement::Hosted(device.preferred));
        }
        if device.priority == Priority::Never {
            return Some(Placement::Without(Obstacle::Never));
        }
        self.obstacle(device).map(Placement::Without)
    }

    /// Whether a device is recorded by its own server, whatever else there is.
    ///
    /// Its server must be online. A device that another server records goes back once contact was
    /// stable for [`RETURN_AFTER_S`]; one that never goes to another server does not wait.
    fn is_home(&self, device: &Device) -> bool {
        let Presence::Online { since } = self.moment.presence(device.preferred) else { return false };
        if !self.system().reach_of(device).contains(&device.preferred) {
            return false;
        }
        let is_elsewhere = self.recorded_by(device).is_some_and(|host| host != device.preferred);
        !is_elsewhere || device.priority == Priority::Never || self.moment.now.since(since) >= RETURN_AFTER_S
    }

    /// Why no server may record a device that is not at home.
    fn obstacle(&self, device: &Device) -> Option<Obstacle> {
        let reach = self.system().reach_of(device);
        let none = |may: &dyn Fn(ServerIndex) -> bool| !reach.iter().any(|server| may(*server));
        if reach.is_empty() {
            Some(Obstacle::Unreached)
        } else if !none(&|server| self.may_record(device, server)) {
            None
        } else if none(&|server| self.is_online(server)) {
            Some(Obstacle::Offline)
        } else if none(&|server| self.is_online(server) && self.takes_over(device, server)) {
            Some(Obstacle::Disabled)
        } else {
            Some(Obstacle::OtherLocation)
        }
    }

    /// Whether a server takes the device in: failover is about devices of others.
    fn takes_over(&self, device: &Device, server: ServerIndex) -> bool {
        server == device.preferred || self.system().server(server).is_some_and(|row| row.failover.enabled)
    }

    /// Whether a server stands where the device may go.
    fn is_in_scope(&self, device: &Device, server: ServerIndex) -> bool {
        let location = |index| self.system().server(index).map(|row| row.location);
        match self.system().scope {
            Scope::Anywhere => true,
            Scope::SameLocation => location(server) == location(device.preferred),
        }
    }

    fn may_record(&self, device: &Device, server: ServerIndex) -> bool {
        self.is_online(server) && self.takes_over(device, server) && self.is_in_scope(device, server)
    }

    /// The servers that may record a device that is not at home.
    pub(super) fn candidates(&self, device: &'s Device) -> impl Iterator<Item = ServerIndex> {
        let reach = self.system().reach_of(device);
        reach.iter().copied().filter(move |server| self.may_record(device, *server))
    }
}
