//! The probe: asks every source in turn and puts what they say into one reading.

use std::path::Path;

use crate::board;
use crate::cpu;
use crate::device_tree;
use crate::emmc;
use crate::memory;
use crate::nics;
use crate::notes::Notes;
use crate::permanent;
use crate::reading::{Reading, SCHEMA};
use crate::smbios;
use crate::soc;
use crate::tree::Tree;
use crate::virtualization::Clues;

const CPUINFO: &str = "proc/cpuinfo";

/// Reads the hardware below `root`: `/` for this machine, on Windows too, else a recorded tree.
///
/// Never fails: what could not be read is listed in [`Reading::sources`], and the fields that the
/// machine has and that were denied in [`Reading::unreadable`]. Of this machine the kernel is
/// asked for permanent MACs too, and Windows for its SMBIOS tables; a recorded tree stands for
/// itself, and no link in it leads out of it.
///
/// ```
/// # use std::path::Path;
/// let reading = hwlicense_probe::probe(Path::new("/"));
/// for entry in &reading.unreadable {
///     eprintln!("{:?}: {:?}", entry.field, entry.cure);
/// }
/// let hardware = reading.hardware();
/// let descriptor = hardware.descriptor();
/// # let _ = descriptor;
/// ```
///
/// # Bounds
/// Reads at most 1 MiB of each file, and at most 4096 entries of each folder.
#[must_use]
pub fn probe(root: &Path) -> Reading {
    let tree = Tree::open(root);
    let mut notes = Notes::default();
    let tables = notes.source(smbios::TABLE, smbios::read(&tree), "");
    let device_tree = device_tree::read(&tree, &mut notes);
    let mut board = board::read(&tree, &tables, &device_tree, &mut notes);

    let cpuinfo = tree.beginning(CPUINFO).map(|text| cpu::parse(&text));
    let cpuinfo = notes.source(CPUINFO, cpuinfo, "");
    match &cpuinfo {
        Ok(info) => {
            // Older ARM boards have no device tree, and tell their name here.
            board.product = board.product.or_else(|| info.hardware.clone());
            board.version = board.version.or_else(|| info.revision.clone());
            board.serial = board.serial.or_else(|| info.cpu.serial.clone());
        }
        Err(failure) => notes.unreadable("cpu.signature", CPUINFO, failure),
    }

    let memory = memory::read(&tree, &tables, &mut notes);
    let platform_ids = soc::read(&tree, &mut notes).into_iter().chain(emmc::read(&tree, &mut notes)).collect();
    let nics = if cfg!(windows) && tree.is_live() {
        notes.push("network interfaces", "unsupported", "not read on Windows yet");
        Vec::new()
    } else {
        let permanent = permanent::read(&tree, &mut notes);
        nics::read(&tree, &permanent, &mut notes)
    };
    let clues = Clues { tree: &tree, board: &board, cpuinfo: &cpuinfo, device_tree: &device_tree };
    let virtualization = clues.recognise();
    let kind = clues.kind(&virtualization);
    let cpu = cpu::merge(&cpuinfo, &tables);
    Reading {
        schema: Some(SCHEMA.to_owned()),
        tool_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        source: Some("hwlicense probe".to_owned()),
        kind: Some(kind.to_owned()),
        board,
        cpu,
        memory,
        nics,
        platform_ids,
        unreadable: notes.unreadable,
        virtualization,
        sources: notes.sources,
        ..Reading::default()
    }
}
