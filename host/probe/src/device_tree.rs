//! The device tree, which boards without SMBIOS have.

use crate::notes::Notes;
use crate::tree::{Failure, Found, Tree};

const BASES: [&str; 2] = ["proc/device-tree", "sys/firmware/devicetree/base"];

/// What the root node says.
#[derive(Debug)]
pub(crate) struct DeviceTree {
    /// Folder that it was read from.
    pub(crate) base: &'static str,
    /// `serial-number`.
    pub(crate) serial: Found<String>,
    /// `model`, else the first of `compatible`.
    pub(crate) model: Option<String>,
    /// All of `compatible`, from the most special to the most general.
    pub(crate) compatible: Vec<String>,
}

impl DeviceTree {
    /// Whether the machine has one.
    pub(crate) fn is_present(&self) -> bool {
        self.model.is_some()
    }
}

/// The root node of the device tree, if there is one.
pub(crate) fn read(tree: &Tree, notes: &mut Notes) -> DeviceTree {
    let base = BASES.into_iter().find(|base| {
        ["model", "compatible", "serial-number"].iter().any(|name| tree.exists(&format!("{base}/{name}")))
    });
    let Some(base) = base else {
        notes.push("device tree", "absent", "");
        return DeviceTree { base: "", serial: Err(Failure::Absent), model: None, compatible: Vec::new() };
    };
    let text = |name: &str| tree.text(&format!("{base}/{name}"));
    let compatible: Vec<String> =
        text("compatible").map(|list| list.split('\0').map(str::to_owned).collect()).unwrap_or_default();
    let model = text("model").or_else(|failure| compatible.first().cloned().ok_or(failure));
    let model = notes.source(base, model, "").ok();
    let serial = text("serial-number");
    DeviceTree { base, serial, model, compatible }
}
