//! The digest of a System's state, by which plans name what they were made from.

use super::checked::Checked;
use super::model::{Channel, Device, Policy, PoolLicense, Presence, Priority, SERVERS_MAX, Scope, Server, ServerIndex};
use crate::digest::Sha256;
use crate::time::UnixSeconds;

/// Says what is digested, and in which version of this order of fields.
const DOMAIN: &[u8] = b"hwlicense system state 1";

/// Longest stretch whose servers are put in order by looking for the next one again and again.
const SHORT_STRETCH: usize = 16;

/// A state that is being digested.
struct Transcript<'s> {
    hash: Sha256,
    checked: &'s Checked<'s>,
}

impl Transcript<'_> {
    fn number(&mut self, number: u64) -> &mut Self {
        self.hash.update(&number.to_le_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.hash.update(bytes);
        self
    }

    fn time(&mut self, time: Option<UnixSeconds>) -> &mut Self {
        self.number(time.is_some().into()).number(time.unwrap_or_default().0)
    }

    /// A server by its id, since positions are the caller's.
    fn server(&mut self, index: Option<ServerIndex>) -> &mut Self {
        let id = index.and_then(|index| self.checked.system().server(index)).map(|server| server.id.0);
        self.bytes(id.as_ref().map_or(&[], |id| id.as_slice()))
    }

    fn server_row(&mut self, server: &Server<'_>) {
        let (presence, since) = match server.presence {
            Presence::Online { since } => (1, since),
            Presence::Offline { since } => (2, since),
            Presence::Removed => (3, UnixSeconds::default()),
        };
        self.bytes(&server.id.0).text(server.name).text(server.brand);
        for hwids in [server.hwids, server.former_hwids] {
            self.number(u64::try_from(hwids.len()).unwrap_or(u64::MAX));
            for hwid in hwids {
                self.number(hwid.scheme.into()).bytes(&hwid.bytes);
            }
        }
        self.time(server.hardware_changed).number(presence).number(since.0);
        self.number(server.failover.enabled.into()).number(server.failover.devices_max.into());
        self.number(server.location.into());
    }

    fn device_row(&mut self, device: &Device) {
        let channel = match device.channel {
            Channel::None => 0,
            Channel::Local => 1,
            Channel::Agreed => 2,
        };
        let priority = match device.priority {
            Priority::High => 1,
            Priority::Medium => 2,
            Priority::Low => 3,
            Priority::Never => 4,
        };
        self.bytes(&device.id.0).number(device.need.class.0.into()).number(device.need.channels.into());
        self.number(device.wanted.into()).number(channel).number(priority);
        self.server(device.host).server(Some(device.preferred));
        self.reach(self.checked.system().reach_of(device));
    }

    /// The servers of a stretch by id, since neither their order nor a repetition means anything.
    fn reach(&mut self, stretch: &[ServerIndex]) {
        if stretch.len() <= SHORT_STRETCH {
            let id_of = |index: &ServerIndex| self.checked.system().server(*index).map(|server| server.id);
            let mut last = None;
            while let Some(next) = stretch.iter().filter_map(id_of).filter(|id| Some(*id) > last).min() {
                self.hash.update(&next.0);
                last = Some(next);
            }
        } else {
            let mut set = [0u64; SERVERS_MAX / 64];
            for index in stretch {
                if let Some(word) = set.get_mut(index.position() / 64) {
                    *word |= 1 << (index.0 % 64);
                }
            }
            let is_in = |index: ServerIndex| {
                set.get(index.position() / 64).is_some_and(|word| word & (1 << (index.0 % 64)) != 0)
            };
            for (_, server) in self.checked.servers_by_id().filter(|(index, _)| is_in(*index)) {
                self.hash.update(&server.id.0);
            }
        }
        self.server(None);
    }

    fn license_row(&mut self, license: &PoolLicense) {
        self.bytes(&license.key.bytes()).number(license.class.0.into()).number(license.channels.into());
        self.server(license.server).number(license.hwid.scheme.into()).bytes(&license.hwid.bytes);
        self.number(license.reason.number().into()).number(license.issued.0).bytes(&license.digest);
        self.number(license.not_before.0).time(license.expires);
        self.number(license.grace_offline_s.into()).number(license.grace_changed_s.into());
        self.number(license.tolerates.0.into()).number(license.held.into());
    }
}

impl Checked<'_> {
    /// SHA-256 of everything that decisions are made from. The order of the rows changes nothing.
    ///
    /// # Bounds
    /// Hashes some hundred bytes for each row; for a device that more than 16 servers reach it looks
    /// at every server once.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut transcript = Transcript { hash: Sha256::new(), checked: self };
        let system = self.system();
        let policy = match system.policy {
            Policy::KeepRecording => 1,
            Policy::Majority => 2,
        };
        let scope = match system.scope {
            Scope::Anywhere => 1,
            Scope::SameLocation => 2,
        };
        transcript.hash.update(DOMAIN);
        transcript.text(system.name).text(system.brand).number(system.protocol.into()).number(policy).number(scope);
        for rows in [system.servers.len(), system.devices.len(), system.licenses.len()] {
            transcript.number(u64::try_from(rows).unwrap_or(u64::MAX));
        }
        self.servers_by_id().for_each(|(_, server)| transcript.server_row(server));
        self.devices_by_id().for_each(|(_, device)| transcript.device_row(device));
        self.licenses_by_key().for_each(|(_, license)| transcript.license_row(license));
        transcript.hash.finish()
    }
}
