//! From the rows of a System file to a System, and back.

use std::collections::HashMap;
use std::path::Path;

use hwlicense::hwid::{Component, Hwid};
use hwlicense::license::{Class, GRACE_OFFLINE_S, GRACE_OFFLINE_VIDEO_WALL_S};
use hwlicense::system::{Device, Failover, Need, PoolLicense, Presence, Reach, Replaceable, ServerIndex};
use hwlicense::time::UnixSeconds;

use super::fault::Fault;
use super::file::{DeviceRow, FailoverRow, File, LicenseRow, ServerRow};
use super::model::{Model, OwnedServer};
use super::text::{Digest, State, Text, uuid};
use crate::exit::Failure;

impl Model {
    /// The System in the file at a path; one that does not hold together is refused.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let file = File::read(path)?;
        Self::try_from(file).map_err(|fault| fault.in_file(path))
    }
}

impl TryFrom<File> for Model {
    type Error = Fault;

    fn try_from(file: File) -> Result<Self, Fault> {
        let mut model = Self {
            says_what_is_held: says_what_is_held(&file),
            name: file.name.0,
            brand: file.brand.0,
            protocol: file.protocol,
            policy: file.policy.0,
            scope: file.scope.0,
            servers: Vec::with_capacity(file.servers.len()),
            devices: Vec::with_capacity(file.devices.len()),
            device_names: Vec::with_capacity(file.devices.len()),
            licenses: Vec::with_capacity(file.licenses.len()),
            reach: Vec::new(),
        };
        let references = References::of(&file.servers);
        for (number, row) in file.servers.iter().enumerate() {
            let server = server(row, &model.brand, &format!("servers[{number}].since"))?;
            model.servers.push(server);
        }
        let mut reach = ReachTable { servers: Vec::new(), last_device: vec![None; file.servers.len()] };
        for (number, row) in file.devices.iter().enumerate() {
            model.devices.push(device(row, number, &references, &mut reach)?);
        }
        model.reach = reach.servers;
        let mut licenses = Vec::with_capacity(file.licenses.len());
        for (number, row) in file.licenses.iter().enumerate() {
            let place = || format!("licenses[{number}].server");
            let server = row.server.as_ref().map(|text| references.find(text, place)).transpose()?;
            licenses.push(license(row, server));
        }
        model.device_names = file.devices.into_iter().map(|row| row.name.0).collect();
        // A licence whose server is not named belongs to the server that has its Hardware ID.
        model.with_checked(|checked| {
            for license in licenses.iter_mut().filter(|license| license.server.is_none()) {
                license.server = checked.system().server_of(&license.hwid);
            }
        })?;
        model.licenses = licenses;
        model.with_checked(|_| ())?;
        Ok(model)
    }
}

/// Whether any row says what devices hold.
fn says_what_is_held(file: &File) -> bool {
    file.devices.iter().any(|row| row.channel.is_some()) || file.licenses.iter().any(|row| row.held.is_some())
}

fn server(row: &ServerRow, brand: &str, place: &str) -> Result<OwnedServer, Fault> {
    let presence = match (row.state.0, &row.since) {
        (State::Online, since) => Presence::Online { since: since.as_ref().map(|since| since.0).unwrap_or_default() },
        (State::Offline, Some(since)) => Presence::Offline { since: since.0 },
        (State::Offline, None) => {
            return Err(Fault::new(place, "it is missing", "Write when the server was last in contact."));
        }
        (State::Removed, None) => Presence::Removed,
        (State::Removed, Some(_)) => {
            return Err(Fault::new(place, "a removed server has no such time", "Leave `since` out."));
        }
    };
    let bare = |hwids: &[Text<Hwid>]| hwids.iter().map(|hwid| hwid.0).collect();
    Ok(OwnedServer {
        id: row.id.0,
        name: row.name.0.clone(),
        brand: row.brand.as_ref().map_or(brand, |brand| &brand.0).to_owned(),
        hwids: bare(&row.hwids),
        former_hwids: bare(&row.former_hwids),
        hardware_changed: row.hardware_changed.as_ref().map(|at| at.0),
        presence,
        failover: Failover { enabled: row.failover.enabled, devices_max: row.failover.devices_max },
        location: row.location,
    })
}

/// The lists of servers that reach devices, one behind the other.
struct ReachTable {
    servers: Vec<ServerIndex>,
    /// For each server the last device in whose list it stands: none may stand in one twice.
    last_device: Vec<Option<usize>>,
}

impl ReachTable {
    /// Takes in the list of a device.
    fn push(&mut self, row: &DeviceRow, number: usize, references: &References<'_>) -> Result<Reach, Fault> {
        let too_long = |_| {
            let place = format!("devices[{number}].reach");
            Fault::new(&place, "the lists of all devices together are too long", "Divide the System.")
        };
        let first = u32::try_from(self.servers.len()).map_err(too_long)?;
        for (position, text) in row.reach.iter().enumerate() {
            let place = || format!("devices[{number}].reach[{position}]");
            let server = references.find(text, place)?;
            let last = self.last_device.get_mut(server.position()).and_then(|last| last.replace(number));
            if last == Some(number) {
                return Err(Fault::new(&place(), format!("`{}` is there twice", text.0), "Write each server once."));
            }
            self.servers.push(server);
        }
        Ok(Reach { first, count: u16::try_from(row.reach.len()).map_err(too_long)? })
    }
}

fn device(
    row: &DeviceRow,
    number: usize,
    references: &References<'_>,
    reach: &mut ReachTable,
) -> Result<Device, Fault> {
    let host = row.host.as_ref().map(|text| references.find(text, || format!("devices[{number}].host"))).transpose()?;
    Ok(Device {
        id: row.id.0,
        need: Need { class: row.class.0, channels: row.channels },
        wanted: row.wanted,
        channel: row.channel.as_ref().map(|channel| channel.0).unwrap_or_default(),
        priority: row.priority.0,
        host,
        preferred: references.find(&row.preferred, || format!("devices[{number}].preferred"))?,
        reach: reach.push(row, number, references)?,
    })
}

/// How long a licence counts after its server went offline, if it does not say otherwise.
fn usual_grace_s(class: Class) -> u32 {
    if class == Class::VIDEO_WALL { GRACE_OFFLINE_VIDEO_WALL_S } else { GRACE_OFFLINE_S }
}

fn replaceable(components: &[Text<Component>]) -> Replaceable {
    let bit = |component: &Text<Component>| 1u8.checked_shl(component.0.number().into()).unwrap_or_default();
    Replaceable(components.iter().fold(0, |bits, component| bits | bit(component)))
}

fn license(row: &LicenseRow, server: Option<ServerIndex>) -> PoolLicense {
    let class = row.class.0;
    PoolLicense {
        key: row.key.0,
        class,
        channels: row.channels,
        server,
        hwid: row.hwid.0,
        reason: row.reason.0,
        issued: row.issued.0,
        digest: row.digest.as_ref().map(|digest| digest.0.0).unwrap_or_default(),
        not_before: row.not_before.as_ref().map_or(row.issued.0, |time| time.0),
        expires: row.expires.as_ref().map(|time| time.0),
        grace_offline_s: row.grace_offline_s.unwrap_or_else(|| usual_grace_s(class)),
        grace_changed_s: row.grace_changed_s.unwrap_or_default(),
        tolerates: replaceable(&row.tolerates),
        held: row.held.unwrap_or_default(),
    }
}

/// The servers of a file by what they may be called in it.
struct References<'f> {
    by_id: HashMap<[u8; 16], ServerIndex>,
    /// None if several have the name.
    by_name: HashMap<&'f str, Option<ServerIndex>>,
}

impl<'f> References<'f> {
    fn of(rows: &'f [ServerRow]) -> Self {
        let mut references = Self { by_id: HashMap::new(), by_name: HashMap::new() };
        // Beyond 65,536 servers there are no positions; the core refuses far fewer.
        for (index, row) in (0..=u16::MAX).map(ServerIndex).zip(rows) {
            references.by_id.insert(row.id.0.0, index);
            if !row.name.0.is_empty() {
                references.by_name.entry(&row.name.0).and_modify(|found| *found = None).or_insert(Some(index));
            }
        }
        references
    }

    fn find(&self, text: &Text<String>, place: impl FnOnce() -> String) -> Result<ServerIndex, Fault> {
        let fault = |problem, next_step: &str| Fault::new(&place(), problem, next_step);
        let by_id = uuid(&text.0).and_then(|id| self.by_id.get(&id));
        match (by_id, self.by_name.get(text.0.as_str())) {
            (Some(index), _) | (None, Some(Some(index))) => Ok(*index),
            (None, Some(None)) => {
                Err(fault(format!("more than one server is called `{}`", text.0), "Name the server by its id."))
            }
            (None, None) => {
                Err(fault(format!("there is no server `{}`", text.0), "Write the name or the id of a server."))
            }
        }
    }
}

impl From<&Model> for File {
    /// The file from which the same System is read again.
    fn from(model: &Model) -> Self {
        let labels = model.server_labels();
        let label = |index: ServerIndex| Text(labels.get(index.position()).cloned().unwrap_or_default());
        Self {
            name: Text(model.name.clone()),
            protocol: model.protocol,
            policy: Text(model.policy),
            scope: Text(model.scope),
            servers: model.servers.iter().map(|server| server_row(server, &model.brand)).collect(),
            devices: model
                .devices
                .iter()
                .zip(&model.device_names)
                .map(|(device, name)| DeviceRow {
                    id: Text(device.id),
                    name: Text(name.clone()),
                    class: Text(device.need.class),
                    channels: device.need.channels,
                    wanted: device.wanted,
                    priority: Text(device.priority),
                    preferred: label(device.preferred),
                    host: device.host.map(label),
                    reach: model.reach_of(device).iter().map(|server| label(*server)).collect(),
                    channel: model.says_what_is_held.then_some(Text(device.channel)),
                })
                .collect(),
            licenses: model
                .licenses
                .iter()
                .map(|license| license_row(license, license.server.map(label), model.says_what_is_held))
                .collect(),
            ..Self::new(model.brand.clone())
        }
    }
}

fn server_row(server: &OwnedServer, brand: &str) -> ServerRow {
    let (state, since) = match server.presence {
        Presence::Online { since } => (State::Online, Some(since).filter(|since| *since > UnixSeconds(0))),
        Presence::Offline { since } => (State::Offline, Some(since)),
        Presence::Removed => (State::Removed, None),
    };
    ServerRow {
        id: Text(server.id),
        name: Text(server.name.clone()),
        brand: (server.brand != brand).then(|| Text(server.brand.clone())),
        state: Text(state),
        since: since.map(Text),
        hwids: server.hwids.iter().copied().map(Text).collect(),
        former_hwids: server.former_hwids.iter().copied().map(Text).collect(),
        hardware_changed: server.hardware_changed.map(Text),
        failover: FailoverRow { enabled: server.failover.enabled, devices_max: server.failover.devices_max },
        location: server.location,
    }
}

fn license_row(license: &PoolLicense, server: Option<Text<String>>, says_what_is_held: bool) -> LicenseRow {
    let tolerated = Component::ALL.into_iter().filter(|component| license.tolerates.contains(*component));
    LicenseRow {
        key: Text(license.key),
        class: Text(license.class),
        channels: license.channels,
        server,
        hwid: Text(license.hwid),
        reason: Text(license.reason),
        issued: Text(license.issued),
        not_before: (license.not_before != license.issued).then_some(Text(license.not_before)),
        expires: license.expires.map(Text),
        grace_offline_s: (license.grace_offline_s != usual_grace_s(license.class)).then_some(license.grace_offline_s),
        grace_changed_s: (license.grace_changed_s != 0).then_some(license.grace_changed_s),
        tolerates: tolerated.map(Text).collect(),
        digest: (license.digest != [0; 32]).then_some(Text(Digest(license.digest))),
        held: says_what_is_held.then_some(license.held),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]
    use hwlicense::license::LicenseKey;
    use hwlicense::system::{Channel, DeviceId, Policy, Priority, Scope, ServerId};
    use proptest::prelude::*;

    use super::*;

    fn any_hwid() -> impl Strategy<Value = Hwid> {
        any::<[u8; 16]>().prop_map(|bytes| Hwid { scheme: 3, bytes })
    }

    /// Any time that RFC 3339 can write.
    fn any_time() -> impl Strategy<Value = UnixSeconds> {
        (0..253_402_300_800u64).prop_map(UnixSeconds)
    }

    fn any_presence() -> impl Strategy<Value = Presence> {
        prop_oneof![
            any_time().prop_map(|since| Presence::Online { since }),
            any_time().prop_map(|since| Presence::Offline { since }),
            Just(Presence::Removed),
        ]
    }

    /// Names that are the same, empty, odd, or look like ids.
    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("quay".to_owned()),
            Just(String::new()),
            "\\PC{0,12}",
            "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        ]
    }

    prop_compose! {
        fn any_server(number: u8)(
            names in (any_name(), any_name()),
            hwids in prop::collection::vec(any_hwid(), 0..3),
            former_hwids in prop::collection::vec(any_hwid(), 0..2),
            hardware_changed in prop::option::of(any_time()),
            presence in any_presence(),
            failover in (any::<bool>(), any::<u32>()),
            location: u16,
        ) -> OwnedServer {
            let presence = if number == 0 { Presence::Online { since: UnixSeconds(0) } } else { presence };
            OwnedServer {
                id: ServerId([number; 16]), name: names.0, brand: names.1, hwids, former_hwids, hardware_changed,
                presence, failover: Failover { enabled: failover.0, devices_max: failover.1 }, location,
            }
        }
    }

    prop_compose! {
        fn any_device(number: u8, servers: u16)(
            class in prop::sample::select(vec![Class::PROFESSIONAL, Class::VIDEO_WALL, Class::FREE, Class(40_000)]),
            channels in 1..9u16,
            wanted: bool,
            channel in prop::sample::select(vec![Channel::None, Channel::Local, Channel::Agreed]),
            priority in prop::sample::select(vec![Priority::High, Priority::Medium, Priority::Low, Priority::Never]),
            host in prop::option::of(0..servers),
            preferred in 0..servers,
            count in 0..=servers,
        ) -> Device {
            Device {
                id: DeviceId([number; 16]), need: Need { class, channels }, wanted, channel, priority,
                host: host.map(ServerIndex), preferred: ServerIndex(preferred), reach: Reach { first: 0, count },
            }
        }
    }

    prop_compose! {
        fn any_license(servers: u16)(
            key: [u8; 10],
            class in prop::sample::select(vec![Class::PROFESSIONAL, Class::VIDEO_WALL, Class::NVR, Class(40_000)]),
            channels in 1..1000u32,
            server in 0..servers,
            hwid in any_hwid(),
            reason in prop::sample::select(hwlicense::license::Reason::ALL),
            times in (any_time(), any_time(), prop::option::of(any_time())),
            digest: [u8; 32],
            grace in (prop::option::of(any::<u32>()), any::<u32>()),
            tolerates in 0..32u8,
            held in 0..2u32,
        ) -> PoolLicense {
            PoolLicense {
                key: LicenseKey::from_random(key), class, channels, server: Some(ServerIndex(server)), hwid, reason,
                issued: times.0, not_before: times.1, expires: times.2, digest,
                grace_offline_s: grace.0.unwrap_or_else(|| usual_grace_s(class)), grace_changed_s: grace.1,
                tolerates: Replaceable(tolerates << 1), held,
            }
        }
    }

    prop_compose! {
        fn any_model()(count in 1..5u8)(
            names in (any_name(), any_name()),
            protocol in any::<u16>(),
            policy in prop::sample::select(vec![Policy::KeepRecording, Policy::Majority]),
            scope in prop::sample::select(vec![Scope::Anywhere, Scope::SameLocation]),
            servers in (0..count).map(any_server).collect::<Vec<_>>(),
            devices in (0..7u8).map(|number| (any_device(number, count.into()), any_name())).collect::<Vec<_>>(),
            licenses in prop::collection::vec(any_license(count.into()), 0..5),
        ) -> Model {
            let (mut devices, device_names): (Vec<Device>, Vec<String>) = devices.into_iter().unzip();
            let mut reach = Vec::new();
            for device in &mut devices {
                device.reach.first = u32::try_from(reach.len()).unwrap();
                reach.extend((0..device.reach.count).map(ServerIndex));
            }
            Model {
                name: names.0, brand: names.1, protocol, policy, scope, servers, devices, device_names, licenses,
                reach, says_what_is_held: true,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(model in any_model()) {
            let text = File::from(&model).text().unwrap();
            let again = Model::try_from(File::parse(&text).unwrap()).unwrap();
            prop_assert_eq!(&again, &model, "{}", String::from_utf8_lossy(&text));
            prop_assert_eq!(File::from(&again).text().unwrap(), text);
        }

        #[test]
        fn a_file_that_is_cut_is_refused(model in any_model(), cut: prop::sample::Index) {
            let text = File::from(&model).text().unwrap();
            let end = cut.index(text.trim_ascii_end().len());
            prop_assert!(File::parse(&text[..end]).is_err());
        }
    }
}
