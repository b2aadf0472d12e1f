//! Permanent MACs: the addresses that are burnt into NICs, whatever bonding made of them.
//!
//! The running kernel tells them over netlink. In any tree, `/proc/net/bonding` tells those of
//! bonded NICs, and `addr_assign_type` says whether the current address still is the permanent
//! one. A recorded tree may hold a file `permanent-addresses` at its root with what netlink said
//! where it was recorded: lines of a name and a MAC.

use std::collections::BTreeMap;

use crate::notes::Notes;
use crate::tree::{Found, Tree};

const BONDING: &str = "proc/net/bonding";
const RECORDED: &str = "permanent-addresses";
const NETLINK: &str = "netlink";

/// Permanent MACs by the names of their NICs.
#[derive(Debug, Default)]
pub(crate) struct Permanent {
    by_name: BTreeMap<String, String>,
    /// Why the kernel could not be asked, where it should have been.
    pub(crate) refusal: Option<crate::tree::Failure>,
}

impl Permanent {
    /// The permanent MAC of a NIC, if any source named it.
    pub(crate) fn of(&self, name: &str) -> Option<&String> {
        self.by_name.get(name)
    }
}

/// All that the tree and, for the running machine, the kernel tell.
pub(crate) fn read(tree: &Tree, notes: &mut Notes) -> Permanent {
    let mut permanent = Permanent::default();
    for bond in tree.names(BONDING).unwrap_or_default() {
        let path = format!("{BONDING}/{bond}");
        if let Ok(text) = notes.source(&path, tree.text(&path), "") {
            permanent.by_name.extend(bonded(&text));
        }
    }
    if tree.is_live() {
        match notes.source(NETLINK, ask_kernel(), "permanent MACs") {
            Ok(addresses) => permanent.by_name.extend(addresses),
            Err(failure) => permanent.refusal = Some(failure),
        }
    } else if let Ok(text) = tree.text(RECORDED) {
        notes.push(RECORDED, "read", "permanent MACs");
        permanent.by_name.extend(recorded(&text));
    }
    permanent
}

#[cfg(target_os = "linux")]
fn ask_kernel() -> Found<BTreeMap<String, String>> {
    crate::netlink::permanent_addresses().map_err(|error| crate::tree::Failure::Failed(error.to_string()))
}

#[cfg(not(target_os = "linux"))]
fn ask_kernel() -> Found<BTreeMap<String, String>> {
    Err(crate::tree::Failure::Absent)
}

/// `Slave Interface: eth0`, further down `Permanent HW addr: 00:40:8c:12:34:56`.
fn bonded(text: &str) -> BTreeMap<String, String> {
    let mut addresses = BTreeMap::new();
    let mut member = None;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        match (key.trim(), member) {
            ("Slave Interface", _) => member = Some(value.trim()),
            ("Permanent HW addr", Some(name)) => {
                addresses.insert(name.to_owned(), value.trim().to_owned());
            }
            _ => {}
        }
    }
    addresses
}

fn recorded(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.trim().split_once(char::is_whitespace))
        .map(|(name, mac)| (name.to_owned(), mac.trim().to_owned()))
        .collect()
}
