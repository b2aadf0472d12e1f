//! Hypervisors and containers, and with them the kind of machine.

use crate::cpu::CpuInfo;
use crate::device_tree::DeviceTree;
use crate::reading::{Board, Virtualization};
use crate::tree::{Found, Tree};

const VM: &str = "vm";
const CONTAINER: &str = "container";

/// Words in SMBIOS strings, in lower case, and the hypervisor that writes them.
const SMBIOS_WORDS: &[(&str, &str)] = &[
    ("kvm", "kvm"),
    ("qemu", "qemu"),
    ("openstack", "kvm"),
    ("ovirt", "kvm"),
    ("rhev hypervisor", "kvm"),
    ("nutanix", "nutanix"),
    ("virtualbox", "virtualbox"),
    ("innotek gmbh", "virtualbox"),
    ("vmware", "vmware"),
    ("hvm domu", "xen"),
    ("xen", "xen"),
    ("bochs", "bochs"),
    ("parallels", "parallels"),
    ("bhyve", "bhyve"),
    ("apple virtualization", "apple"),
    ("amazon ec2", "amazon"),
    ("google compute engine", "google"),
    ("alibaba cloud ecs", "alibaba"),
    ("digitalocean", "digitalocean"),
    ("hetzner", "hetzner"),
];

/// What recognising has to go by, besides the tree.
pub(crate) struct Clues<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) board: &'a Board,
    pub(crate) cpuinfo: &'a Found<CpuInfo>,
    pub(crate) device_tree: &'a DeviceTree,
}

impl Clues<'_> {
    /// Everything that was recognised, containers first.
    pub(crate) fn recognise(&self) -> Vec<Virtualization> {
        self.container().into_iter().chain(self.hypervisor()).collect()
    }

    /// The kind of machine that a reading names.
    pub(crate) fn kind(&self, recognised: &[Virtualization]) -> &'static str {
        let is_arm = matches!(self.cpuinfo, Ok(info) if info.is_arm);
        let has = |kind: &str| recognised.iter().any(|entry| entry.kind.as_deref() == Some(kind));
        if has(CONTAINER) {
            CONTAINER
        } else if has(VM) {
            VM
        } else if is_arm && self.device_tree.is_present() {
            "arm"
        } else if self.board.system_vendor.is_some() || self.board.vendor.is_some() {
            "bare"
        } else {
            "unknown"
        }
    }

    fn hypervisor(&self) -> Option<Virtualization> {
        self.by_smbios()
            .or_else(|| self.by_files())
            .or_else(|| self.by_processor())
            // The first domain of Xen has the hardware, though a hypervisor is below it.
            .filter(|_| {
                let capabilities = self.tree.text("proc/xen/capabilities");
                !capabilities.is_ok_and(|text| text.contains("control_d"))
            })
    }

    fn by_smbios(&self) -> Option<Virtualization> {
        let board = self.board;
        let lower = |text: &Option<String>| text.as_deref().unwrap_or("").to_ascii_lowercase();
        let product = lower(&board.system_product);
        // Amazon rents whole machines too, under the same vendor.
        if product.ends_with(".metal") {
            return None;
        }
        if lower(&board.system_vendor) == "microsoft corporation" && product == "virtual machine" {
            return Some(entry("hyper-v", VM, "SMBIOS: Microsoft Corporation Virtual Machine"));
        }
        [&board.system_product, &board.system_vendor, &board.vendor, &board.bios_vendor].into_iter().find_map(|text| {
            let words = lower(text);
            let (_, name) = SMBIOS_WORDS.iter().find(|(word, _)| contains_word(&words, word))?;
            let text = text.as_deref().unwrap_or("").trim();
            Some(entry(name, VM, &format!("SMBIOS: {text}")))
        })
    }

    fn by_files(&self) -> Option<Virtualization> {
        let text = |path: &str| self.tree.text(path).ok();
        if let Some(kind) = text("sys/hypervisor/type") {
            return Some(entry(&kind, VM, "sys/hypervisor/type"));
        }
        for base in ["proc/device-tree", "sys/firmware/devicetree/base"] {
            let path = format!("{base}/hypervisor/compatible");
            if let Some(compatible) = text(&path) {
                let name = ["kvm", "xen"].into_iter().find(|name| compatible.contains(name));
                return Some(entry(name.unwrap_or("hypervisor"), VM, &path));
            }
        }
        if self.device_tree.compatible.iter().any(|name| name == "linux,dummy-virt") {
            return Some(entry("qemu", VM, "device tree: linux,dummy-virt"));
        }
        let release = text("proc/sys/kernel/osrelease")?.to_ascii_lowercase();
        release.contains("microsoft").then(|| entry("wsl", VM, "proc/sys/kernel/osrelease"))
    }

    fn by_processor(&self) -> Option<Virtualization> {
        let info = self.cpuinfo.as_ref().ok()?;
        info.has_hypervisor_flag.then(|| entry("hypervisor", VM, "proc/cpuinfo: flag hypervisor"))
    }

    fn container(&self) -> Option<Virtualization> {
        // Marker files stay behind where an image of a container is started as a machine.
        if self.is_in_first_namespaces() {
            return None;
        }
        let text = |path: &str| self.tree.text(path).ok();
        if let Some(name) = text("run/systemd/container") {
            return Some(entry(&name, CONTAINER, "run/systemd/container"));
        }
        let environment = text("proc/1/environ").unwrap_or_default();
        if let Some(name) = environment.split('\0').find_map(|line| line.strip_prefix("container=")) {
            return Some(entry(name, CONTAINER, "proc/1/environ"));
        }
        for (path, name) in [(".dockerenv", "docker"), ("run/.containerenv", "podman")] {
            if self.tree.exists(path) {
                return Some(entry(name, CONTAINER, path));
            }
        }
        ["proc/1/cgroup", "proc/self/cgroup"].into_iter().find_map(|path| {
            let groups = text(path)?;
            let (_, name) = CGROUP_WORDS.iter().find(|(word, _)| groups.contains(word))?;
            Some(entry(name, CONTAINER, path))
        })
    }

    /// Whether this process lives in the namespaces that the kernel started with, whose numbers
    /// are fixed (`linux/proc_ns.h`). A container has at least its own processes or host name.
    fn is_in_first_namespaces(&self) -> bool {
        [("pid", "pid:[4026531836]"), ("uts", "uts:[4026531838]")].into_iter().all(|(name, first)| {
            let link = self.tree.link_text(&format!("proc/self/ns/{name}"));
            link.as_deref() == Some(first)
        })
    }
}

/// Parts of the control group of a process in a container.
const CGROUP_WORDS: &[(&str, &str)] = &[
    ("kubepods", "kubernetes"),
    ("/docker/", "docker"),
    ("/docker-", "docker"),
    ("/libpod-", "podman"),
    ("/lxc/", "lxc"),
    ("/lxc.payload", "lxc"),
    ("cri-containerd", "containerd"),
];

/// Whether the word stands by itself: "Xen" is no part of "Xenon".
fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, found)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = start.checked_add(found.len()).and_then(|end| text.get(end..)).and_then(|text| text.chars().next());
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        !is_letter(before) && !is_letter(after)
    })
}

fn entry(name: &str, kind: &str, evidence: &str) -> Virtualization {
    Virtualization { name: Some(name.to_owned()), kind: Some(kind.to_owned()), evidence: Some(evidence.to_owned()) }
}
