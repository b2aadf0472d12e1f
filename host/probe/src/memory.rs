//! Memory: the modules of SMBIOS, else the total of the kernel.

use crate::notes::Notes;
use crate::reading::{Memory, Module};
use crate::smbios::{self, Smbios};
use crate::tree::{Failure, Found, Tree};

const MEMINFO: &str = "proc/meminfo";

/// The modules and their sum. Without modules, the total that the kernel reports, which differs
/// between two starts of one machine; the core rounds it to a size class.
pub(crate) fn read(tree: &Tree, tables: &Found<Smbios>, notes: &mut Notes) -> Memory {
    let modules = match tables {
        Ok(smbios) => smbios.modules.clone(),
        Err(failure) => {
            notes.unreadable("memory.modules", smbios::TABLE, failure);
            Vec::new()
        }
    };
    if let Some(total) = sum(&modules) {
        return Memory { total_bytes: Some(total), modules };
    }
    let meminfo = tree.text(MEMINFO).and_then(|text| total(&text).ok_or(Failure::Absent));
    let total_bytes = notes.source(MEMINFO, meminfo, "total as the kernel reports it, less than what is installed");
    if let Err(failure) = &total_bytes {
        notes.unreadable("memory.total_bytes", MEMINFO, failure);
    }
    Memory { total_bytes: total_bytes.ok(), modules }
}

/// Sum of the sizes; `None` for no module.
fn sum(modules: &[Module]) -> Option<u64> {
    modules.iter().try_fold(0u64, |total, module| total.checked_add(module.size?)).filter(|&total| total > 0)
}

/// `MemTotal` in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}
