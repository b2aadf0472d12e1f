//! `system show`: servers, devices and the licence list.

use hwlicense::hwid::Hwid;
use hwlicense::system::{Device, Presence, ServerIndex};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::licenses::LicenseList;
use super::model::{Model, OwnedServer};
use super::text::Words as _;
use super::{SystemArgs, say};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};

/// Show the servers, devices and licences of a System
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system show harbour.json\n  hwlicense system show harbour.json --csv > licences.csv"
)]
pub(crate) struct Args {
    #[command(flatten)]
    system: SystemArgs,
    /// Only the licence list, as CSV
    #[arg(long)]
    csv: bool,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    if args.csv && output.json {
        return Err(Failure::usage("two-forms", "--csv and --json are two forms of one output", "Choose one."));
    }
    let (model, at) = args.system.read()?;
    let shares = model.shares(at, None)?;
    let licenses = LicenseList::of(&model, &shares.tallies, at);
    if args.csv {
        output.raw(licenses.csv().as_bytes())?;
        return Ok(Exit::Done);
    }
    let shown = Shown { servers: model.server_labels(), devices: model.device_labels(), model: &model };
    if output.json {
        output.object("system-view", shown.value(&licenses, at))?;
    } else {
        shown.print(&licenses, at, output)?;
    }
    Ok(Exit::Done)
}

/// A System with how its rows are called.
struct Shown<'m> {
    model: &'m Model,
    servers: Vec<String>,
    devices: Vec<String>,
}

/// A HWID and the servers that show it.
struct Shared<'s> {
    hwid: Hwid,
    servers: Vec<&'s str>,
}

pub(super) fn state(server: &OwnedServer) -> (&'static str, Option<UnixSeconds>) {
    match server.presence {
        Presence::Online { since } => ("online", Some(since).filter(|since| *since > UnixSeconds(0))),
        Presence::Offline { since } => ("offline", Some(since)),
        Presence::Removed => ("removed", None),
    }
}

impl Shown<'_> {
    fn server(&self, index: ServerIndex) -> &str {
        self.servers.get(index.position()).map_or("", String::as_str)
    }

    fn reach(&self, device: &Device) -> Vec<&str> {
        self.model.reach_of(device).iter().map(|index| self.server(*index)).collect()
    }

    /// HWIDs that more than one server of the System shows: machines that may be clones.
    fn shared_hwids(&self) -> Vec<Shared<'_>> {
        let mut shown: Vec<(Hwid, &str)> = Vec::new();
        for (server, label) in self.model.servers.iter().zip(&self.servers) {
            if server.presence.is_member() {
                shown.extend(server.hwids.iter().map(|hwid| (*hwid, label.as_str())));
            }
        }
        shown.sort_by_key(|(hwid, label)| (hwid.scheme, hwid.bytes, *label));
        shown.dedup();
        let groups = shown.chunk_by(|(a, _), (b, _)| a == b).filter(|group| group.len() > 1);
        let shared = groups.filter_map(|group| {
            let (hwid, _) = group.first()?;
            Some(Shared { hwid: *hwid, servers: group.iter().map(|(_, label)| *label).collect() })
        });
        shared.collect()
    }

    fn print(&self, licenses: &LicenseList<'_>, at: UnixSeconds, output: Output) -> Result<(), Failure> {
        say(output, &format!("{} ({}) at {}", self.model.name, self.model.brand, clock::show(at)))?;
        say(output, "")?;
        say(output, &self.server_table())?;
        for shared in self.shared_hwids() {
            say(output, &format!("\nThe same Hardware ID {}: {}.", shared.hwid, shared.servers.join(", ")))?;
            say(
                output,
                "  next: one of the machines may be a clone; give the virtual machine an identity of its own and \
                 enrol it again.",
            )?;
        }
        if !self.model.devices.is_empty() {
            say(output, "")?;
            say(output, &self.device_table())?;
        }
        if !licenses.is_empty() {
            say(output, "")?;
            licenses.print(output)?;
        }
        Ok(())
    }

    fn server_table(&self) -> String {
        let header = ["Server", "State", "Since", "Takes over", "Location", "Hardware ID"];
        let rows = self.model.servers.iter().zip(&self.servers).map(|(server, label)| {
            let (state, since) = state(server);
            let failover = server.failover;
            vec![
                label.clone(),
                state.to_owned(),
                since.map(clock::show).unwrap_or_default(),
                if failover.enabled { format!("up to {} devices", failover.devices_max) } else { "no".to_owned() },
                server.location.to_string(),
                server.hwids.iter().map(Hwid::to_string).collect::<Vec<_>>().join(", "),
            ]
        });
        table(Some(&header), rows)
    }

    fn device_table(&self) -> String {
        let header = ["Device", "Class", "Channels", "Wanted", "Priority", "Server", "Recorded by", "Reached by"];
        let rows = self.model.devices.iter().zip(&self.devices).map(|(device, label)| {
            vec![
                label.clone(),
                device.need.class.to_string(),
                device.need.channels.to_string(),
                if device.wanted { "yes" } else { "no" }.to_owned(),
                device.priority.word().to_owned(),
                self.server(device.preferred).to_owned(),
                device.host.map_or("-", |host| self.server(host)).to_owned(),
                self.reach(device).join(", "),
            ]
        });
        table(Some(&header), rows)
    }

    fn value(&self, licenses: &LicenseList<'_>, at: UnixSeconds) -> Value {
        let servers = self.model.servers.iter().zip(&self.servers).map(|(server, label)| {
            let (state, since) = state(server);
            json!({
                "id": server.id.to_string(),
                "name": label,
                "state": state,
                "since": clock::value(since),
                "hwids": server.hwids.iter().map(Hwid::to_string).collect::<Vec<_>>(),
                "hardware_changed": clock::value(server.hardware_changed),
                "failover": { "enabled": server.failover.enabled, "devices_max": server.failover.devices_max },
                "location": server.location,
            })
        });
        let devices = self.model.devices.iter().zip(&self.devices).map(|(device, label)| {
            json!({
                "id": device.id.to_string(),
                "name": label,
                "class": device.need.class.to_string(),
                "channels": device.need.channels,
                "wanted": device.wanted,
                "priority": device.priority.word(),
                "preferred": self.server(device.preferred),
                "host": device.host.map(|host| self.server(host)),
                "reach": self.reach(device),
            })
        });
        let shared = self.shared_hwids();
        json!({
            "name": self.model.name,
            "brand": self.model.brand,
            "at": clock::show(at),
            "servers": servers.collect::<Value>(),
            "devices": devices.collect::<Value>(),
            "licenses": licenses.value(),
            "duplicate_hwids": shared
                .iter()
                .map(|shared| json!({ "hwid": shared.hwid.to_string(), "servers": shared.servers }))
                .collect::<Value>(),
        })
    }
}
