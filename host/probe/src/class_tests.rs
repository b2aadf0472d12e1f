#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use super::*;

fn classify(name: &str, driver: &str, bus: &str, is_virtual: Option<bool>) -> NicClass {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    class(&Nic { name: given(name), driver: given(driver), bus: given(bus), is_virtual, ..Nic::default() })
}

#[test]
fn names_alone() {
    use NicClass::{Aggregate, Physical, Usb, Virtual, Wireless};
    for (class, names) in [
        (
            Physical,
            "eth0 eno1 enp3s0 enp3s0f1np1 ens160 enP1p1s0f0 em1 en0 p5p1 e1000g0 bge0 bce1 re0 vmx0 vtnet0 net0 NIC1 \
             Ethernet tg3_2 mlx5_core_0 enccw0.0.0600 lan1 bnx2x_1 igb0 nfe0 xn0 eth0_rename end0 eno16777736",
        ),
        (Usb, "usb0 enx00e04c6800c7 enp0s20u13u5c2 ue0 axge0 idrac"),
        (Wireless, "wlan0 wlp2s0 wlx00c0ca123456 wlo1 ath0 ra0 wwan0 iwn0 rmnet0"),
        (
            Virtual,
            "lo lo0 docker0 br0 br-1a2b3c4d5e6f virbr0 virbr0-nic veth12ab34c veth1@if2 vnet0 tun0 tap0 wg0 sit0 gre0 \
             gretap0 ip6tnl0 dummy0 ifb1 vmnet8 vboxnet0 pan0 ppp0 ztabcdefgh tailscale0 cali123 flannel.1 cni0 \
             lxcbr0 lxc12345 macvlan0 eth0.100 eth0:1 bond0.510 bond0:1 can0 llcecan12 vcan0 ib0 ibp3s0 utun3 awdl0 gif0 stf0 \
             pflog0 fwe0 fwip0 enc0 eql ip_vti0 tunl0 vmbr0 fwbr100i0 ovs-system qvo1234 kube-ipvs0 cilium_host \
             enp1s0f0v3 vlan100 podman0 bmc",
        ),
        (Aggregate, "bond0 bond1 team0 lagg0 aggr1"),
    ] {
        for name in names.split_whitespace() {
            assert_eq!(classify(name, "", "", None), class, "{name}");
        }
    }
}

#[test]
fn descriptions_of_windows_adapters() {
    use NicClass::{Aggregate, Physical, Usb, Virtual, Wireless};
    for (class, name) in [
        (Physical, "Intel(R) 82579LM Gigabit Network Connection #2"),
        (Physical, "Killer E2200 Gigabit Ethernet Controller (NDIS 6.30)"),
        (Physical, "Microsoft Hyper-V Network Adapter"),
        (Physical, "vmxnet3 Ethernet Adapter"),
        (Physical, "Red Hat VirtIO Ethernet Adapter"),
        (Physical, "Broadcom BCM5709C NetXtreme II GigE (NDIS VBD Client)"),
        (Virtual, "WAN Miniport (IKEv2)"),
        (Virtual, "VirtualBox Host-Only Ethernet Adapter"),
        (Virtual, "TAP-Windows Adapter V9"),
        (Virtual, "Bluetooth Device (Personal Area Network)"),
        (Virtual, "VMware Virtual Ethernet Adapter for VMnet8"),
        (Virtual, "Hyper-V Virtual Ethernet Adapter #2"),
        (Virtual, "Microsoft Wi-Fi Direct Virtual Adapter"),
        (Virtual, "Teredo Tunneling Pseudo-Interface"),
        (Wireless, "Intel(R) Wi-Fi 6 AX201 160MHz"),
        (Wireless, "Qualcomm Atheros AR9485 Wireless Network Adapter"),
        (Usb, "Realtek USB GbE Family Controller"),
        (Usb, "Remote NDIS Compatible Device"),
        (Aggregate, "Microsoft Network Adapter Multiplexor Driver"),
    ] {
        assert_eq!(classify(name, "", "", None), class, "{name}");
    }
}

#[test]
fn a_path_outweighs_a_chosen_name() {
    let pci = "/devices/pci0000:00/0000:00:1c.0/0000:01:00.0";
    assert_eq!(classify("br0", "igb", pci, Some(false)), NicClass::Physical);
    assert_eq!(classify("tap0", "igb", "pci@0000:01:00.0", None), NicClass::Physical);
    assert_eq!(classify("lan", "veth", "", None), NicClass::Virtual);
    assert_eq!(classify("eth0", "", "/devices/virtual", None), NicClass::Virtual);
    assert_eq!(classify("eth1", "wl", pci, Some(false)), NicClass::Wireless);
    assert_eq!(classify("eth0", "bonding", "", Some(true)), NicClass::Aggregate);
    assert_eq!(classify("eth0", "virtio_net", "virtio0", None), NicClass::Physical);
    let usb = "/devices/platform/usbhs_omap/ehci-omap.0/usb1/1-1/1-1.1/1-1.1:1.0";
    assert_eq!(classify("eth0", "smsc95xx", usb, Some(false)), NicClass::Usb);
    assert_eq!(classify("eth0", "", usb, None), NicClass::Usb);
}

#[test]
fn wired_drivers_are_not_mistaken_for_wireless_ones() {
    for driver in [
        "8139too",
        "8139cp",
        "8390",
        "r8169",
        "r8168",
        "r8125",
        "rtase",
        "atl1c",
        "atlantic",
        "alx",
        "bcmgenet",
        "bnx2x",
        "bnxt_en",
        "mvneta",
        "mlx4_en",
        "b44",
        "tg3",
        "igc",
        "stmmaceth",
        "macb",
        "fec",
        "dwmac",
        "virtio_net",
        "vmxnet3",
        "hv_netvsc",
        "xen_netfront",
        "ibmveth",
        "ena",
        "gve",
        "hns3",
        "cpsw",
        "qede",
        "ice",
        "mtk_soc_eth",
        "rk_gmac-dwmac",
        "sun8i-dwmac",
    ] {
        assert_eq!(classify("eth0", driver, "", None), NicClass::Physical, "{driver}");
    }
}

#[test]
fn a_given_class_is_kept_and_a_strange_word_is_not() {
    let nic = |class: &str| Nic { name: Some("docker0".to_owned()), class: Some(class.to_owned()), ..Nic::default() };
    assert_eq!(class(&nic("physical")), NicClass::Physical);
    assert_eq!(class(&nic("quantum")), NicClass::Virtual);
}
