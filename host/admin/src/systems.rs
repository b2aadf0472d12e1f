//! Systems: servers that share licences and take over each other's devices, as a System file tells.
//!
//! Who reads and plans them is whoever starts the administration; here they are only shown.

use serde::Serialize;
use utoipa::ToSchema;

/// Looks at all Systems of this site, as they are now. It may block.
pub type LookAtSystems = Box<dyn Fn() -> Vec<SystemEntry> + Send + Sync>;

/// A System, or why its file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SystemEntry {
    /// Its file.
    pub file: String,
    /// Its name; empty if the file could not be read.
    pub name: String,
    /// Its servers.
    pub servers: Vec<SystemServer>,
    /// Licences that do not count, or not for long.
    pub licenses: Vec<SystemLicense>,
    /// Devices that are wanted and licensed, and that nobody records now.
    pub without: Vec<LeftOut>,
    /// What is wrong with the file.
    pub problem: Option<SystemProblem>,
}

/// A server of a System.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SystemServer {
    /// Its name.
    pub name: String,
    /// `online`, `offline` or `removed`.
    pub state: &'static str,
    /// Since when, if that is known.
    pub since: Option<String>,
    /// Its Hardware IDs.
    pub hwids: Vec<String>,
    /// Devices that it records.
    pub devices: u32,
    /// Most devices that it records when others fail; null if it takes over none.
    pub devices_max: Option<u32>,
    /// Devices that nobody could record if it failed.
    pub shortage: Vec<LeftOut>,
}

/// A device that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    /// Its name.
    pub device: String,
    /// Why.
    pub reason: &'static str,
    /// What to do.
    pub next_step: &'static str,
}

/// A licence that is not simply good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SystemLicense {
    /// Its key.
    pub license_key: String,
    /// The server that it is tied to.
    pub server: String,
    /// What is the matter.
    pub reason: String,
    /// What to do.
    pub next_step: String,
}

/// Why a System file is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SystemProblem {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub next_step: String,
}

impl SystemEntry {
    /// How many servers could not fail without a loss.
    pub(crate) fn servers_short(&self) -> usize {
        self.servers.iter().filter(|server| !server.shortage.is_empty()).count()
    }
}
