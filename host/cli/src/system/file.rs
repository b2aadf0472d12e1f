//! The System file: a System as JSON, for people and for programs. `docs/system.md` describes it.
//!
//! What is here are its rows as they are written; `model` makes a System of them. Whatever a file
//! says that is not understood is refused with its place, never passed over.

use std::path::Path;

use hwlicense::hwid::{Component, Hwid};
use hwlicense::license::{Class, LicenseKey, Reason};
use hwlicense::system::{Channel, DeviceId, Policy, Priority, Scope, ServerId};
use hwlicense::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::text::{Digest, State, Text};
use crate::exit::Failure;
use crate::files;

/// What a System file says that it is.
const SCHEMA: &str = "hwlicense.system/1";
/// Longest System file in bytes: about a million devices.
const FILE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A System file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schema: String,
    #[serde(default)]
    pub(super) name: Text<String>,
    pub(super) brand: Text<String>,
    #[serde(default = "first_protocol")]
    pub(super) protocol: u16,
    #[serde(default)]
    pub(super) policy: Text<Policy>,
    #[serde(default)]
    pub(super) scope: Text<Scope>,
    pub(super) servers: Vec<ServerRow>,
    #[serde(default)]
    pub(super) devices: Vec<DeviceRow>,
    #[serde(default)]
    pub(super) licenses: Vec<LicenseRow>,
}

/// A server as it is written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerRow {
    pub(super) id: Text<ServerId>,
    #[serde(default)]
    pub(super) name: Text<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) brand: Option<Text<String>>,
    #[serde(default)]
    pub(super) state: Text<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Text<UnixSeconds>>,
    #[serde(default)]
    pub(super) hwids: Vec<Text<Hwid>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) former_hwids: Vec<Text<Hwid>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hardware_changed: Option<Text<UnixSeconds>>,
    #[serde(default)]
    pub(super) failover: FailoverRow,
    #[serde(default)]
    pub(super) location: u16,
}

/// What a server does for devices of others, as it is written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailoverRow {
    pub(super) enabled: bool,
    pub(super) devices_max: u32,
}

/// A device as it is written. Servers are named by name or id.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceRow {
    pub(super) id: Text<DeviceId>,
    #[serde(default)]
    pub(super) name: Text<String>,
    pub(super) class: Text<Class>,
    #[serde(default = "one_channel")]
    pub(super) channels: u16,
    #[serde(default = "wanted")]
    pub(super) wanted: bool,
    #[serde(default = "medium")]
    pub(super) priority: Text<Priority>,
    pub(super) preferred: Text<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<Text<String>>,
    pub(super) reach: Vec<Text<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<Text<Channel>>,
}

/// A licence as it is written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LicenseRow {
    pub(super) key: Text<LicenseKey>,
    pub(super) class: Text<Class>,
    pub(super) channels: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) server: Option<Text<String>>,
    pub(super) hwid: Text<Hwid>,
    #[serde(default = "valid")]
    pub(super) reason: Text<Reason>,
    pub(super) issued: Text<UnixSeconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_before: Option<Text<UnixSeconds>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Text<UnixSeconds>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grace_offline_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grace_changed_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tolerates: Vec<Text<Component>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<Text<Digest>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<u32>,
}

const fn first_protocol() -> u16 {
    1
}

const fn one_channel() -> u16 {
    1
}

const fn wanted() -> bool {
    true
}

const fn medium() -> Text<Priority> {
    Text(Priority::Medium)
}

const fn valid() -> Text<Reason> {
    Text(Reason::Valid)
}

/// What a file of any version says that it is; the rest of it is looked at only if it is this one.
#[derive(Deserialize)]
#[serde(expecting = "a System file, which is an object")]
struct Head {
    schema: Option<String>,
}

impl File {
    /// A file of this version without rows.
    pub(super) fn new(brand: String) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            name: Text::default(),
            brand: Text(brand),
            protocol: first_protocol(),
            policy: Text::default(),
            scope: Text::default(),
            servers: Vec::new(),
            devices: Vec::new(),
            licenses: Vec::new(),
        }
    }

    /// The rows of the file at a path.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let json = files::read(path, FILE_BYTES_MAX)?;
        Self::parse(&json).map_err(|fault| fault.in_file(path))
    }

    /// The rows that a text holds.
    pub(super) fn parse(json: &[u8]) -> Result<Self, Fault> {
        let next_step = "Check that the file is whole; docs/system.md describes it.";
        let head: Head = serde_json::from_slice(json).map_err(|error| Fault::new("", error, next_step))?;
        match head.schema.as_deref() {
            Some(SCHEMA) => {}
            Some(other) => {
                let problem = format!("`{other}` is not the schema `{SCHEMA}` that this software reads");
                return Err(Fault::new("schema", problem, "Write the file with this version, or update hwlicense."));
            }
            None => {
                return Err(Fault::new("schema", format!("it does not say `{SCHEMA}`"), "Name a System file."));
            }
        }
        let mut json = serde_json::Deserializer::from_slice(json);
        serde_path_to_error::deserialize(&mut json)
            .map_err(|error| Fault::new(&error.path().to_string(), error.inner(), next_step))
    }

    /// The text of these rows, with a line end.
    pub(super) fn text(&self) -> Result<Vec<u8>, Failure> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| Failure::internal("system-encoding", error))?;
        text.push(b'\n');
        Ok(text)
    }
}
