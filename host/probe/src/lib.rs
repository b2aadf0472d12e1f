//! Reads the hardware of this machine, or of a recorded tree, for `hwlicense`.
//!
//! # What to read first
//!
//! [`probe()`] asks every source of a machine and returns a [`Reading`]: plain data in the shape
//! of recorded readings, as JSON. [`Reading::hardware`] turns it into the descriptor of the core.
//! Readings of other tools and of other machines come in through [`parse_document`] and
//! [`readings`], so whatever a probe saw can be replayed elsewhere.
//!
//! ```
//! use std::path::Path;
//!
//! // A recorded tree; `/` would be this machine.
//! let reading = hwlicense_probe::probe(Path::new("tests/trees/no-such-tree"));
//! assert_eq!(reading.kind.as_deref(), Some("unknown"));
//!
//! // The reading survives as JSON, on one line or many.
//! let json = serde_json::to_vec_pretty(&reading)?;
//! assert_eq!(hwlicense_probe::parse_document(&json)?, reading);
//!
//! // What the core computes with borrows from the reading.
//! let hardware = reading.hardware();
//! assert!(hardware.descriptor().nics.read().is_none());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Where the fields come from
//!
//! | Fields | First source | Else |
//! |---|---|---|
//! | board, system | sysfs (`/sys/class/dmi/id`), and SMBIOS tables for what is not there | device tree, `/proc/cpuinfo` |
//! | board serial | device tree, if there is one | sysfs, SMBIOS tables, `/proc/cpuinfo` |
//! | processor | `/proc/cpuinfo` | SMBIOS tables |
//! | memory | SMBIOS type 17 | `/proc/meminfo`, for the total only |
//! | platform ids | `/sys/devices/soc0`, CID of an eMMC | |
//! | NICs | `/sys/class/net` | |
//! | permanent MACs | netlink | `/proc/net/bonding`, unchanged current address |
//!
//! A source that every user may read comes before one that only root may. One machine would
//! otherwise look different to its administrator and to a service, and so get two HWIDs without
//! anybody noticing. For the same reason a field that is there and denied is never just missing:
//! [`Reading::unreadable`] names it, with the cure.
//!
//! # Recorded trees
//!
//! A copy of the files named above, below any folder. Links are followed inside the tree only.
//! Two more files at its root tell what a copy cannot: `unreadable-paths` names the files and
//! folders that could not be read, one a line, and `permanent-addresses` holds lines of an
//! interface and its permanent MAC.
//!
//! # Not done
//!
//! On Windows the SMBIOS tables are read and nothing else: no NICs, so no MAC. No eFuse, TPM or
//! secure element is asked; a caller who can adds a [`PlatformId`] to the reading.

#![forbid(unsafe_code)]

mod board;
mod class;
mod class_names;
mod cpu;
mod descriptor;
mod device_tree;
mod emmc;
mod hex;
mod lenient;
mod lines;
mod memory;
#[cfg(target_os = "linux")]
mod netlink;
mod nics;
mod notes;
mod permanent;
mod probe;
mod reading;
mod rows;
mod signature;
mod smbios;
mod soc;
mod tree;
mod virtualization;

pub use descriptor::Hardware;
pub use hex::HexBytes;
pub use lines::{READING_BYTES_MAX, ReadingError, Readings, parse_document, readings};
pub use probe::probe;
pub use reading::{Board, Cpu, Memory, Module, Nic, PlatformId, Reading, SCHEMA, Source, Unreadable, Virtualization};
