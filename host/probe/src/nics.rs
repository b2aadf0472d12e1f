//! Network interfaces, out of `/sys/class/net`.

use hwlicense::hardware::NicClass;

use crate::class;
use crate::notes::Notes;
use crate::permanent::Permanent;
use crate::reading::Nic;
use crate::tree::{Failure, Tree};

/// The folder that lists them.
pub(crate) const CLASS_NET: &str = "sys/class/net";

/// `type` of an Ethernet interface (`ARPHRD_ETHER`). Wireless ones have it too.
const TYPE_ETHERNET: &str = "1";
/// `addr_assign_type`: the address is the one burnt in (`NET_ADDR_PERM`).
const ASSIGNED_PERMANENT: &str = "0";
/// `addr_assign_type`: somebody set the address (`NET_ADDR_SET`).
const ASSIGNED_SET: &str = "3";

/// All interfaces, sorted by name.
pub(crate) fn read(tree: &Tree, permanent: &Permanent, notes: &mut Notes) -> Vec<Nic> {
    let names = match tree.names(CLASS_NET) {
        Ok(names) => names,
        Err(failure) => {
            notes.unreadable("nics", CLASS_NET, &failure);
            let _ = notes.source::<()>(CLASS_NET, Err(failure), "");
            return Vec::new();
        }
    };
    let nics: Vec<Nic> = names
        .iter()
        // `bonding_masters` is a file in the same folder.
        .filter(|name| tree.exists(&format!("{CLASS_NET}/{name}/address")))
        .map(|name| nic(tree, name, permanent, notes))
        .collect();
    notes.push(CLASS_NET, "read", &format!("{} interfaces", nics.len()));
    nics
}

fn nic(tree: &Tree, name: &str, permanent: &Permanent, notes: &mut Notes) -> Nic {
    let folder = Folder { tree, path: format!("{CLASS_NET}/{name}") };
    let device = folder.has("device").then(|| tree.real_path(&format!("{}/device", folder.path))).flatten();
    let bus = match &device {
        Some(path) => path.strip_prefix("/sys").unwrap_or(path),
        None => "/devices/virtual",
    };
    let class = folder.class(name, device.as_deref());
    let address = folder.file("address");
    if let Err(failure) = &address {
        notes.unreadable(&format!("nics.{name}.mac"), &folder.path, failure);
    }
    let mac = address.ok().filter(|address| !is_zero(address));
    let permanent_mac = folder.permanent(name, class, mac.as_ref(), permanent, notes);
    Nic {
        name: Some(name.to_owned()),
        mac,
        permanent_mac,
        driver: folder.last_of_link("device/driver"),
        bus: Some(bus.to_owned()),
        vendor_device: folder.vendor_device(),
        is_virtual: Some(matches!(class, NicClass::Virtual | NicClass::Aggregate)),
        class: Some(class::word(class).to_owned()),
        master: folder.aggregate(),
        link: folder.file("operstate").ok(),
    }
}

/// `00:00:00:00:00:00`, which interfaces without an address have.
fn is_zero(address: &str) -> bool {
    address.bytes().all(|byte| matches!(byte, b'0' | b':'))
}

/// The folder of one interface.
struct Folder<'t> {
    tree: &'t Tree,
    path: String,
}

impl Folder<'_> {
    fn has(&self, entry: &str) -> bool {
        self.tree.exists(&format!("{}/{entry}", self.path))
    }

    fn file(&self, entry: &str) -> Result<String, Failure> {
        self.tree.text(&format!("{}/{entry}", self.path))
    }

    fn last_of_link(&self, entry: &str) -> Option<String> {
        let target = self.tree.link_text(&format!("{}/{entry}", self.path))?;
        target.rsplit('/').next().map(str::to_owned)
    }

    fn device_type(&self) -> Option<String> {
        let uevent = self.file("uevent").ok()?;
        let line = uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE="))?;
        Some(line.trim().to_owned())
    }

    /// The class by what the kernel says of the interface; its name is asked last.
    fn class(&self, name: &str, device: Option<&str>) -> NicClass {
        let device_type = self.device_type();
        let device_type = device_type.as_deref().unwrap_or("");
        if self.has("bonding") || matches!(device_type, "bond" | "team") {
            return NicClass::Aggregate;
        }
        if self.has("wireless") || self.has("phy80211") || matches!(device_type, "wlan" | "wwan") {
            return NicClass::Wireless;
        }
        let is_ethernet = self.file("type").is_ok_and(|kind| kind == TYPE_ETHERNET);
        let Some(device) = device.filter(|_| is_ethernet && !self.has("device/physfn")) else {
            // A team has neither a folder nor a device; that leaves its name.
            return match class::class(&Nic { name: Some(name.to_owned()), ..Nic::default() }) {
                NicClass::Aggregate => NicClass::Aggregate,
                _ => NicClass::Virtual,
            };
        };
        class::class(&Nic {
            name: Some(name.to_owned()),
            driver: self.last_of_link("device/driver"),
            bus: Some(device.to_owned()),
            ..Nic::default()
        })
    }

    /// The name of the bond or team that this is a member of. A bridge has `master` links too.
    fn aggregate(&self) -> Option<String> {
        let master = self.last_of_link("master")?;
        let folder = Folder { tree: self.tree, path: format!("{CLASS_NET}/{master}") };
        (folder.class(&master, None) == NicClass::Aggregate).then_some(master)
    }

    fn vendor_device(&self) -> Option<String> {
        let vendor = self.file("device/vendor").ok()?;
        let device = self.file("device/device").ok()?;
        Some(format!("{vendor}:{device}"))
    }

    /// The address burnt in. The current one is only if the kernel says that nobody changed it:
    /// a random or a chosen address is none.
    fn permanent(
        &self,
        name: &str,
        class: NicClass,
        mac: Option<&String>,
        permanent: &Permanent,
        notes: &mut Notes,
    ) -> Option<String> {
        if matches!(class, NicClass::Virtual | NicClass::Aggregate) {
            return None;
        }
        if let Some(address) = permanent.of(name) {
            return Some(address.clone()).filter(|address| !is_zero(address));
        }
        let assigned = self.file("addr_assign_type");
        if assigned.as_deref() == Ok(ASSIGNED_SET)
            && let Some(refusal) = &permanent.refusal
        {
            notes.unreadable(&format!("nics.{name}.permanent_mac"), "netlink", refusal);
        }
        mac.cloned().filter(|_| assigned.as_deref() == Ok(ASSIGNED_PERMANENT))
    }
}
