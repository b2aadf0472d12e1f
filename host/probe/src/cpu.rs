//! `/proc/cpuinfo`, in the forms of x86 and ARM.

use crate::reading::Cpu;
use crate::signature;
use crate::smbios::Smbios;
use crate::tree::Found;

/// What the file says of the first processor and of the board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CpuInfo {
    pub(crate) cpu: Cpu,
    pub(crate) is_arm: bool,
    /// Name of the board, on ARM kernels that print one.
    pub(crate) hardware: Option<String>,
    /// Revision of the board, likewise.
    pub(crate) revision: Option<String>,
    /// Whether the processor tells its system that it runs under a hypervisor.
    pub(crate) has_hypervisor_flag: bool,
}

/// Reads the text. The first value of each name counts: on a machine with unlike cores, another
/// choice would depend on which of them is awake.
pub(crate) fn parse(text: &str) -> CpuInfo {
    let first = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let value = value.trim();
            (key.trim() == name && !value.is_empty()).then(|| value.to_owned())
        })
    };
    let all = |parts: [Option<String>; 4], names: [&str; 4]| {
        let mut words = Vec::new();
        for (name, part) in names.into_iter().zip(parts) {
            words.push(format!("{name} {}", part?));
        }
        Some(words.join(" "))
    };
    let implementer = first("CPU implementer");
    let is_arm = implementer.is_some();
    let signature = if is_arm {
        all(
            [implementer, first("CPU variant"), first("CPU part"), first("CPU revision")],
            ["impl", "var", "part", "rev"],
        )
    } else {
        x86_words([first("cpu family"), first("model"), first("stepping")])
    };
    CpuInfo {
        cpu: Cpu {
            vendor: first("vendor_id"),
            model: first("model name").or_else(|| first("Processor")),
            signature,
            id: None,
            // An x86 processor has no serial number of its own.
            serial: first("Serial").filter(|_| is_arm || first("vendor_id").is_none()),
            cores: first("cpu cores").and_then(|count| count.parse().ok()),
            sockets: socket_count(text),
        },
        is_arm,
        hardware: first("Hardware"),
        revision: first("Revision"),
        has_hypervisor_flag: first("flags")
            .is_some_and(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor")),
    }
}

fn x86_words(numbers: [Option<String>; 3]) -> Option<String> {
    let [Some(family), Some(model), Some(stepping)] = numbers else {
        return None;
    };
    Some(format!("family {family} model {model} stepping {stepping}"))
}

fn socket_count(text: &str) -> Option<u64> {
    let mut ids: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("physical id")?.split_once(':'))
        .map(|(_, id)| id.trim())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    u64::try_from(ids.len()).ok().filter(|&count| count > 0)
}

/// The processor of both sources.
///
/// The id of SMBIOS, which only root reads on Linux, is kept where it says the same as cpuinfo or
/// where there is no cpuinfo (Windows). Else root's HWID could silently differ from a user's.
pub(crate) fn merge(cpuinfo: &Found<CpuInfo>, tables: &Found<Smbios>) -> Cpu {
    let mut cpu = cpuinfo.as_ref().map(|info| info.cpu.clone()).unwrap_or_default();
    if let Ok(smbios) = tables {
        let by_words = cpu.signature.as_deref().and_then(signature::from_words);
        let by_id = smbios.cpu_id.as_deref().and_then(signature::from_id);
        if by_id.is_some() && (cpuinfo.is_err() || by_id == by_words) {
            cpu.id.clone_from(&smbios.cpu_id);
        }
        cpu.vendor = cpu.vendor.or_else(|| smbios.cpu_vendor.clone());
        cpu.model = cpu.model.or_else(|| smbios.cpu_model.clone());
        cpu.sockets = cpu.sockets.or(smbios.sockets);
    }
    cpu
}
