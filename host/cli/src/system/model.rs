//! A System that owns its rows, from which those of the core are borrowed.

use std::collections::HashMap;

use hwlicense::hwid::Hwid;
use hwlicense::system::{
    Checked, Device, DeviceId, Failover, Orders, Policy, PoolLicense, Presence, Scope, Server, ServerId, ServerIndex,
    System,
};
use hwlicense::time::UnixSeconds;

use super::fault::Fault;
use super::text::uuid;
use crate::exit::Failure;

/// A System that owns its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) protocol: u16,
    pub(super) policy: Policy,
    pub(super) scope: Scope,
    pub(super) servers: Vec<OwnedServer>,
    pub(super) devices: Vec<Device>,
    /// For each device.
    pub(super) device_names: Vec<String>,
    pub(super) licenses: Vec<PoolLicense>,
    pub(super) reach: Vec<ServerIndex>,
    /// Whether somebody said what devices hold; if nobody did, it is worked out.
    pub(super) says_what_is_held: bool,
}

/// A [`Server`] that owns what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnedServer {
    pub(super) id: ServerId,
    pub(super) name: String,
    pub(super) brand: String,
    pub(super) hwids: Vec<Hwid>,
    pub(super) former_hwids: Vec<Hwid>,
    pub(super) hardware_changed: Option<UnixSeconds>,
    pub(super) presence: Presence,
    pub(super) failover: Failover,
    pub(super) location: u16,
}

impl OwnedServer {
    fn borrowed(&self) -> Server<'_> {
        Server {
            id: self.id,
            name: &self.name,
            brand: &self.brand,
            hwids: &self.hwids,
            former_hwids: &self.former_hwids,
            hardware_changed: self.hardware_changed,
            presence: self.presence,
            failover: self.failover,
            location: self.location,
        }
    }
}

impl From<&Server<'_>> for OwnedServer {
    fn from(server: &Server<'_>) -> Self {
        Self {
            id: server.id,
            name: server.name.to_owned(),
            brand: server.brand.to_owned(),
            hwids: server.hwids.to_vec(),
            former_hwids: server.former_hwids.to_vec(),
            hardware_changed: server.hardware_changed,
            presence: server.presence,
            failover: server.failover,
            location: server.location,
        }
    }
}

impl Model {
    /// The rows of a core System, which knows no names of devices.
    pub(super) fn of(system: &System<'_>) -> Self {
        Self {
            name: system.name.to_owned(),
            brand: system.brand.to_owned(),
            protocol: system.protocol,
            policy: system.policy,
            scope: system.scope,
            servers: system.servers.iter().map(OwnedServer::from).collect(),
            devices: system.devices.to_vec(),
            device_names: vec![String::new(); system.devices.len()],
            licenses: system.licenses.to_vec(),
            reach: system.reach.to_vec(),
            says_what_is_held: true,
        }
    }

    /// Hands the System over, checked and in order.
    ///
    /// # Errors
    /// The row that the core refuses.
    pub(super) fn with_checked<R>(&self, use_system: impl FnOnce(&Checked<'_>) -> R) -> Result<R, Fault> {
        let servers: Vec<Server<'_>> = self.servers.iter().map(OwnedServer::borrowed).collect();
        let system = System {
            name: &self.name,
            brand: &self.brand,
            protocol: self.protocol,
            policy: self.policy,
            scope: self.scope,
            servers: &servers,
            devices: &self.devices,
            licenses: &self.licenses,
            reach: &self.reach,
        };
        let orders = Orders {
            servers: &mut vec![0; servers.len()],
            devices_by_id: &mut vec![0; self.devices.len()],
            devices_by_rank: &mut vec![0; self.devices.len()],
            licenses: &mut vec![0; self.licenses.len()],
        };
        let checked = system.check(orders).map_err(|error| Fault::of_row(error, self.greedy_list()))?;
        Ok(use_system(&checked))
    }

    /// The list whose channels add up to more than there may be, if one does: the core looks at devices first.
    fn greedy_list(&self) -> &'static str {
        let needed: u64 = self.devices.iter().map(|device| u64::from(device.need.channels)).sum();
        if needed > u32::MAX.into() { "devices" } else { "licenses" }
    }

    /// How each server is called where it is referred to: by its name if no other has it, else by its id.
    pub(super) fn server_labels(&self) -> Vec<String> {
        labels(self.servers.iter().map(|server| (server.name.as_str(), server.id.to_string())))
    }

    /// How each device is called, by the same rule.
    pub(super) fn device_labels(&self) -> Vec<String> {
        let names = self.device_names.iter().map(String::as_str);
        labels(names.zip(self.devices.iter().map(|device| device.id.to_string())))
    }

    /// The names of the devices by their ids.
    pub(super) fn device_names(&self) -> impl Iterator<Item = (DeviceId, &str)> {
        self.devices.iter().map(|device| device.id).zip(self.device_names.iter().map(String::as_str))
    }

    /// Gives devices the names that are known for their ids.
    pub(super) fn name_devices(&mut self, names: &HashMap<DeviceId, &str>) {
        for (device, name) in self.devices.iter().zip(&mut self.device_names) {
            *name = names.get(&device.id).copied().unwrap_or_default().to_owned();
        }
    }

    /// The servers that reach a device.
    pub(super) fn reach_of(&self, device: &Device) -> &[ServerIndex] {
        let first = usize::try_from(device.reach.first).unwrap_or(usize::MAX);
        self.reach.get(first..).and_then(|rest| rest.get(..usize::from(device.reach.count))).unwrap_or_default()
    }

    /// The server that a person means.
    pub(super) fn server_called(&self, text: &str) -> Result<ServerIndex, Failure> {
        let found = named(&self.server_labels(), self.servers.iter().map(|server| server.id.0), text);
        found.and_then(|position| u16::try_from(position).ok()).map(ServerIndex).ok_or_else(|| {
            let problem = format!("no server, or more than one, is called `{text}`");
            Failure::usage("unknown-server", problem, "Write the name or the id of a server of the System.")
        })
    }

    /// The device that a person means.
    pub(super) fn device_called(&self, text: &str) -> Result<&Device, Failure> {
        let found = named(&self.device_labels(), self.devices.iter().map(|device| device.id.0), text);
        found.and_then(|position| self.devices.get(position)).ok_or_else(|| {
            let problem = format!("no device, or more than one, is called `{text}`");
            Failure::usage("unknown-device", problem, "Write the name or the id of a device of the System.")
        })
    }
}

/// A name if it is the only one and looks like no id, else the id.
fn labels<'n>(rows: impl Iterator<Item = (&'n str, String)> + Clone) -> Vec<String> {
    let mut times: HashMap<&str, u32> = HashMap::new();
    for (name, _) in rows.clone() {
        let count = times.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let is_clear = |name: &str| !name.is_empty() && times.get(name) == Some(&1) && uuid(name).is_none();
    rows.map(|(name, id)| if is_clear(name) { name.to_owned() } else { id }).collect()
}

/// The position of the row with this id, or with this label.
fn named(labels: &[String], mut ids: impl Iterator<Item = [u8; 16]>, text: &str) -> Option<usize> {
    match uuid(text) {
        Some(wanted) => ids.position(|id| id == wanted),
        None => labels.iter().position(|label| label == text),
    }
}
