//! Names, drivers and words by which kinds of network interface are known. All in lower case.

/// Names of interfaces, in three forms.
pub(crate) struct Names {
    /// The name is exactly this.
    exact: &'static [&'static str],
    /// The name is this and a number.
    numbered: &'static [&'static str],
    /// The name begins with this.
    prefix: &'static [&'static str],
}

impl Names {
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.exact.contains(&name)
            || self.numbered.iter().any(|stem| is_numbered(stem, name))
            || any_prefix(self.prefix, name)
    }
}

/// Whether any of the words begins the text.
pub(crate) fn any_prefix(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// Whether any of the words is somewhere in the text.
pub(crate) fn any_within(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn is_numbered(stem: &str, name: &str) -> bool {
    name.strip_prefix(stem).is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `eth0.100`, `eth0:1`, `veth0@if7`. Descriptions of Windows adapters hold such signs too, and
/// the channel devices of IBM Z have dots in their predictable names.
pub(crate) fn is_vlan_or_alias(name: &str) -> bool {
    !name.contains(' ') && !name.starts_with("encc") && name.contains(['.', ':', '@'])
}

/// `can0`, `vcan0`, `llcecan12`.
pub(crate) fn is_can(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    stem.ends_with("can") && stem.len() < name.len()
}

/// `enp0s20u13u5c2`: systemd writes the chain of USB ports into the name.
pub(crate) fn is_predictable_usb(name: &str) -> bool {
    is_predictable_with(name, 'u')
}

/// `enp1s0f0v3`: a function that the NIC splits off for a guest (SR-IOV).
pub(crate) fn is_virtual_function(name: &str) -> bool {
    is_predictable_with(name, 'v')
}

/// Whether a predictable PCI name goes on with `mark` and a digit after its slot.
fn is_predictable_with(name: &str, mark: char) -> bool {
    if !name.starts_with("enp") && !name.starts_with("ens") {
        return false;
    }
    name.split(mark).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

pub(crate) const AGGREGATE_DRIVERS: &[&str] = &["bonding", "team", "lagg"];

pub(crate) const AGGREGATE_NAMES: Names = Names {
    exact: &[],
    numbered: &["bond", "team", "lagg", "aggr", "trunk", "lag"],
    prefix: &["bond-", "bond_", "team-", "team_", "nic-team"],
};

pub(crate) const AGGREGATE_WORDS: &[&str] = &["multiplexor", "virtual ethernet team", "network team #", "teamed"];

pub(crate) const NOT_ETHERNET_NAMES: Names =
    Names { exact: &[], numbered: &["ib", "ibmgmt", "opa", "slcan"], prefix: &["ibp", "ibs", "ibo"] };

/// Words of Windows adapters that no hardware of their own is under.
pub(crate) const VIRTUAL_WORDS: &[&str] = &[
    "1394",
    "6to4",
    "anyconnect",
    "bluetooth",
    "bridge miniport",
    "debug network adapter",
    "fortinet virtual",
    "fortissl",
    "hamachi",
    "host-only",
    "hyper-v virtual",
    "isatap",
    "kernel debug",
    "loopback",
    "network bridge",
    "npcap",
    "openvpn",
    "packet scheduler",
    "pangp virtual",
    "pseudo-interface",
    "ras async",
    "tailscale",
    "tap adapter",
    "tap-win",
    "teredo",
    "tunnel",
    "vethernet",
    "virtual adapter",
    "virtual wifi",
    "virtualbox",
    "vmnet",
    "vmware virtual",
    "vpn",
    "wan miniport",
    "wi-fi direct",
    "wintun",
    "wireguard",
    "zerotier",
];

/// Drivers by how their names begin. Wired drivers of the same makers (`rtl8139`, `atl1c`,
/// `bcmgenet`, `mvneta`) begin otherwise.
pub(crate) const WIRELESS_DRIVERS: &[&str] = &[
    "8188",
    "8189",
    "8192",
    "8723",
    "8811",
    "8812",
    "8814",
    "8821",
    "8822",
    "8852",
    "acx",
    "adm8211",
    "aic8",
    "airo",
    "ar5523",
    "ar9170",
    "at76",
    "ath",
    "b43",
    "bcmdhd",
    "brcm",
    "carl9170",
    "cdc_mbim",
    "cw1200",
    "dhd",
    "hostap",
    "hso",
    "ipw",
    "iwl",
    "iwm",
    "iwn",
    "libertas",
    "lbs",
    "mac80211",
    "mt76",
    "mt79",
    "mwifiex",
    "mwl8k",
    "ndiswrapper",
    "nrc",
    "orinoco",
    "p54",
    "plfxlc",
    "prism",
    "qmi_wwan",
    "qtnfmac",
    "r8188",
    "r8192",
    "r8712",
    "r8723",
    "r92su",
    "rndis_wlan",
    "rsi",
    "rt2",
    "rt3",
    "rt5",
    "rt61",
    "rt73",
    "rtl818",
    "rtl819",
    "rtl87",
    "rtl88",
    "rtl8x",
    "rtw",
    "sierra_net",
    "ssv6",
    "vt6655",
    "vt6656",
    "wcn",
    "wfx",
    "wil6210",
    "wilc",
    "wl",
    "wwan",
    "xr819",
    "zd1201",
    "zd1211",
];

pub(crate) const WIRELESS_NAMES: Names = Names {
    exact: &[],
    numbered: &[
        "ath",
        "bwi",
        "bwn",
        "ipw",
        "iwi",
        "iwm",
        "iwn",
        "iwx",
        "mwlw",
        "ral",
        "ra",
        "rausb",
        "rsu",
        "rtw",
        "rtwn",
        "rum",
        "run",
        "uath",
        "upgt",
        "ural",
        "urtw",
        "urtwn",
        "wi",
        "wifi",
        "wpi",
        "zyd",
        "rmnet",
        "rmnet_data",
        "seth_lte",
    ],
    prefix: &["wl", "ww", "mlan", "uap"],
};

pub(crate) const WIRELESS_WORDS: &[&str] =
    &["802.11", "airport", "broadband", "centrino", "dual band", "wi-fi", "wifi", "wireless", "wlan", "wwan"];

pub(crate) const USB_DRIVERS: &[&str] = &[
    "aqc111",
    "asix",
    "ax88",
    "ax_usb",
    "cdc",
    "ch9200",
    "cx82310",
    "dm9601",
    "gl620a",
    "huawei_cdc",
    "int51x1",
    "ipheth",
    "kalmia",
    "kaweth",
    "lan78xx",
    "mcs7830",
    "net1080",
    "pegasus",
    "plusb",
    "r8152",
    "r8153",
    "rndis",
    "rtl8150",
    "smsc75",
    "smsc95",
    "sr9700",
    "sr9800",
    "usbnet",
    "zaurus",
    "g_ether",
];

pub(crate) const USB_NAMES: Names = Names {
    exact: &["idrac"],
    numbered: &[
        "usb",
        "usbnet",
        "rndis",
        "ue",
        "cdce",
        "axe",
        "axge",
        "aue",
        "kue",
        "rue",
        "udav",
        "mos",
        "ure",
        "ipheth",
        "bmc_redfish",
    ],
    prefix: &["enx"],
};

pub(crate) const USB_WORDS: &[&str] = &[" usb", "usb ", "usb-", "ndis compatible", "rndis"];

pub(crate) const VIRTUAL_DRIVERS: &[&str] = &[
    "802.1q vlan support",
    "8021q",
    "bareudp",
    "batman_adv",
    "bridge",
    "dummy",
    "erspan",
    "geneve",
    "gre",
    "gretap",
    "hsr",
    "ifb",
    "ip6_gre",
    "ip6_tunnel",
    "ip_gre",
    "ipip",
    "ipvlan",
    "ipvtap",
    "l2tp",
    "loopback",
    "macsec",
    "macvlan",
    "macvtap",
    "netdevsim",
    "nlmon",
    "openvswitch",
    "ppp",
    "sit",
    "tap",
    "tun",
    "vboxnet",
    "vboxnetflt",
    "vcan",
    "veth",
    "vlan",
    "vmnet",
    "vrf",
    "vti",
    "vxlan",
    "wireguard",
];

pub(crate) const VIRTUAL_NAMES: Names = Names {
    exact: &[
        "bmc",
        "docker_gwbridge",
        "enc0",
        "eql",
        "genev_sys_6081",
        "hassio",
        "ip_vti0",
        "kube-bridge",
        "lo",
        "nodelocaldns",
        "nordlynx",
        "ovs-netdev",
        "ovs-system",
        "weave",
        "xfrm0",
    ],
    numbered: &[
        "anpi", "ap", "awdl", "bnep", "br", "bridge", "carp", "cbr", "cscotun", "disc", "edsc", "epair", "faith",
        "fwe", "fwip", "gif", "gpd", "gre", "ham", "ifb", "ipsec", "ipvlan", "ipvtap", "l2tp", "llw", "lo", "lxcbr",
        "lxdbr", "macsec", "macvlan", "macvtap", "mon", "mpqemubr", "ng", "p2p", "pan", "pflog", "pfsync", "plip",
        "ppp", "pptp", "sit", "stf", "svi", "teql", "tunl", "usbus", "utun", "vif", "vlan", "vmenet", "vmk", "vnic",
        "vrf", "vti", "vxlan", "xapi", "xenbr", "geneve",
    ],
    prefix: &[
        "antrea",
        "azv",
        "br-",
        "br_",
        "cali",
        "cilium",
        "cni",
        "docker",
        "dummy",
        "erspan",
        "flannel",
        "fwbr",
        "fwln",
        "fwpr",
        "gretap",
        "incusbr",
        "ip6",
        "kube-ipvs",
        "lxc",
        "lxd",
        "macvlan",
        "mullvad",
        "nebula",
        "nlmon",
        "ovn-",
        "p2p-",
        "podman",
        "qbr",
        "qvb",
        "qvo",
        "tailscale",
        "tap",
        "tun",
        "vboxnet",
        "veth",
        "virbr",
        "vmbr",
        "vmnet",
        "vnet",
        "vpn",
        "vxlan",
        "wg",
        "zt",
    ],
};
