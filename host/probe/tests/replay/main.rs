//! Replays recorded trees through the probe and compares the whole reading.
#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test says what is wrong by failing"
)]

mod hostile;
mod recorded;
mod tables;

use hwlicense::hardware::{Descriptor, Field, Mac, MachineKind, Nic, NicClass, NicMembership, PlatformIdSource};
use hwlicense_probe::Reading;

use recorded::Tree;
use tables::Tables;

/// The tables of the server, in the words of its sysfs fields.
fn server_tables() -> Tables {
    let uuid = [0xc2, 0xa4, 0xd7, 0x31, 0xbe, 0x08, 0x11, 0x4f, 0x9c, 0x55, 0x6a, 0x0e, 0x1d, 0x20, 0xb3, 0x74];
    let xeon = "Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz";
    let id = [0x57, 0x06, 0x05, 0x00, 0xff, 0xfb, 0xeb, 0xbf];
    Tables::new()
        .firmware("Northwind Systems", "2.14.0")
        .system(["Northwind Systems", "RackNode 2210 G4", "A02", "NWS7K24Q01"], uuid)
        .board(["Northwind Systems", "NB-2210", "1.03", "NB2210-55C07713"])
        .chassis("Northwind Systems", "NWC-0099")
        .processor("Intel(R) Corporation", xeon, id)
        .processor("Intel(R) Corporation", xeon, id)
        .module(32768, ["Micron", "2A4C17E0", "36ASF4G72PZ-2G9E2"])
        .module(0, ["NO DIMM", "NO DIMM", "NO DIMM"])
        .module(32768, ["Micron", "2A4C17F3", "36ASF4G72PZ-2G9E2"])
}

fn server(name: &str) -> Tree {
    let tree = Tree::unfold("server", name);
    server_tables().write(&tree);
    tree
}

/// The NICs that may count: physical ones, with the address burnt in.
fn physical<'a>(descriptor: &Descriptor<'a>) -> Vec<(Nic<'a>, Option<Mac>)> {
    descriptor
        .nics
        .read()
        .unwrap_or_default()
        .iter()
        .filter(|nic| nic.class == NicClass::Physical)
        .map(|nic| (nic, nic.permanent_mac.read()))
        .collect()
}

fn permanent_macs(reading: &Reading) -> Vec<Option<Mac>> {
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    physical(&descriptor).into_iter().map(|(_, mac)| mac).collect()
}

fn mac(text: &str) -> Option<Mac> {
    Some(Mac::parse(text).unwrap())
}

fn unreadable(reading: &Reading) -> Vec<&str> {
    reading.unreadable.iter().filter_map(|entry| entry.field.as_deref()).collect()
}

#[test]
fn x86_server() {
    let reading = server("server").assert_reading("server");
    assert_eq!(unreadable(&reading), [""; 0]);
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    assert_eq!(descriptor.kind, MachineKind::Physical);
    assert_eq!(descriptor.board.serial, "NB2210-55C07713".into());
    assert_eq!(descriptor.cpu.signature, Field::Read(0x0005_0657));
    assert_eq!(descriptor.memory.total_bytes, Field::Read(64 << 30));
    assert_eq!(descriptor.memory.modules.read().unwrap().len(), 2, "an empty slot is no module");
    assert_eq!(
        permanent_macs(&reading),
        [mac("3c:ec:ef:40:11:a0"), mac("3c:ec:ef:40:11:a1")],
        "a port without a link counts, a service processor behind USB does not"
    );
}

#[test]
fn tables_without_sysfs_give_the_same_board() {
    let whole = server("server-whole").probe();
    let tree = server("server-tables-only");
    std::fs::remove_dir_all(tree.root.join("sys/class/dmi")).unwrap();
    let reading = tree.probe();
    assert_eq!(reading.board, whole.board);
    assert_eq!(unreadable(&reading), [""; 0]);
}

#[test]
fn laptop() {
    let tree = Tree::unfold("laptop", "laptop");
    Tables::new()
        .module(8192, ["Samsung", "03A8F1C2", "M471A1K43DB1-CWE    "])
        .module(8192, ["Samsung", "03A8F1C3", "M471A1K43DB1-CWE    "])
        .write(&tree);
    let reading = tree.assert_reading("laptop");
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    // Family 23 is the base family 15 and an extended one of 8; model 96 is split likewise.
    assert_eq!(descriptor.cpu.signature, Field::Read(0x0086_0f01));
    assert_eq!(permanent_macs(&reading), [mac("8c:8c:aa:0b:55:10")]);
    let classes: Vec<NicClass> = descriptor.nics.read().unwrap().iter().map(|nic| nic.class).collect();
    use NicClass::{Physical, Usb, Virtual, Wireless};
    assert_eq!(classes, [Virtual, Physical, Usb, Virtual, Virtual, Wireless]);
}

#[test]
fn virtual_machine() {
    let reading = Tree::unfold("vm-kvm", "vm-kvm").assert_reading("vm-kvm");
    let hardware = reading.hardware();
    assert_eq!(hardware.descriptor().kind, MachineKind::VirtualMachine);
    assert_eq!(permanent_macs(&reading), [mac("52:54:00:6b:3c:58")]);
}

#[test]
fn hypervisor_that_does_not_name_itself() {
    let tree = Tree::unfold("vm-kvm", "vm-nameless");
    std::fs::remove_dir_all(tree.root.join("sys/class/dmi")).unwrap();
    // An image of a container that is started as a machine keeps the marker.
    tree.add_file(".dockerenv", b"");
    let reading = tree.probe();
    assert_eq!(reading.kind.as_deref(), Some("vm"));
    assert_eq!(reading.virtualization.len(), 1);
    assert_eq!(reading.virtualization[0].name.as_deref(), Some("hypervisor"));
    assert_eq!(unreadable(&reading), [""; 0], "without DMI nothing was there to be read");
}

#[test]
fn arm_board_with_a_serial_in_its_device_tree() {
    let reading = Tree::unfold("arm-board", "arm-board").assert_reading("arm-board");
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    assert_eq!(descriptor.kind, MachineKind::Physical);
    assert_eq!(descriptor.board.serial, "10000000a7c3e94d".into());
    assert_eq!(descriptor.board.product, "Elder Pie 4 Model B Rev 1.4".into());
    assert_eq!(descriptor.cpu.signature, Field::Read(0x410f_d083));
    assert!(descriptor.platform_ids.is_empty(), "a card can be carried to another board");
    assert_eq!(permanent_macs(&reading), [mac("dc:a6:32:5d:01:7e")]);
}

#[test]
fn arm_camera_with_a_serial_in_its_chip_and_storage() {
    let reading = Tree::unfold("arm-camera", "arm-camera").assert_reading("arm-camera");
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    let ids: Vec<(PlatformIdSource, &[u8])> =
        descriptor.platform_ids.iter().map(|id| (id.source, id.bytes.read().unwrap())).collect();
    assert_eq!(
        ids,
        [
            (PlatformIdSource::Soc, &[0x4a, 0, 0x13, 0xc8, 0x9e, 0x72, 0xd1, 5][..]),
            (
                PlatformIdSource::EmmcCid,
                &[0x15, 1, 0, 0x38, 0x47, 0x4a, 0x42, 0x34, 0x52, 6, 0xc1, 0xd2, 0xe3, 0xf4, 0x95, 0]
            ),
        ]
    );
    let nics = physical(&descriptor);
    assert_eq!(nics.len(), 1);
    assert_eq!(nics[0].1, None, "an address that somebody set is not burnt in");
    assert_eq!(nics[0].0.current_mac.read(), mac("b8:a4:4f:12:34:56"));
}

#[test]
fn bonded_and_teamed_ports() {
    let reading = Tree::unfold("bonded", "bonded").assert_reading("bonded");
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    let nics = physical(&descriptor);
    let macs: Vec<Option<Mac>> = nics.iter().map(|(_, mac)| *mac).collect();
    assert_eq!(
        macs,
        [mac("3c:ec:ef:77:00:10"), mac("3c:ec:ef:77:00:11"), mac("3c:ec:ef:77:00:12"), mac("3c:ec:ef:77:00:13")]
    );
    assert!(nics.iter().all(|(nic, _)| nic.membership == NicMembership::Enslaved));
    let aggregates = descriptor.nics.read().unwrap().iter();
    assert_eq!(aggregates.filter(|nic| nic.class == NicClass::Aggregate).count(), 2);
}

#[test]
fn docker_host() {
    let reading = Tree::unfold("docker-host", "docker-host").assert_reading("docker-host");
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    assert_eq!(descriptor.kind, MachineKind::Physical, "the host of containers is none");
    let nics = physical(&descriptor);
    assert_eq!(nics.len(), 1);
    assert_eq!(nics[0].1, mac("3c:ec:ef:88:00:01"));
    assert_eq!(nics[0].0.membership, NicMembership::Independent, "a bridge is no bond");
}

#[test]
fn container() {
    let reading = Tree::unfold("container", "container").assert_reading("container");
    let hardware = reading.hardware();
    assert_eq!(hardware.descriptor().kind, MachineKind::Container);
    assert_eq!(permanent_macs(&reading), []);
}

/// The files that Linux keeps from ordinary users.
const ROOT_ONLY: &[u8] = b"# mode 0400 in Linux
sys/firmware/dmi/tables
sys/class/dmi/id/board_serial
sys/class/dmi/id/chassis_serial
sys/class/dmi/id/product_serial
sys/class/dmi/id/product_uuid
";

#[test]
fn unprivileged_user_of_the_server() {
    let tree = server("unprivileged");
    tree.add_file("unreadable-paths", ROOT_ONLY);
    let reading = tree.assert_reading("unprivileged");
    assert_eq!(unreadable(&reading), ["board.serial", "board.system_serial", "board.system_uuid", "memory.modules"]);
    for entry in &reading.unreadable {
        assert!(entry.cure.as_deref().unwrap().contains("sudo hwlicense enroll"));
    }
    let hardware = reading.hardware();
    let descriptor = hardware.descriptor();
    assert_eq!(descriptor.board.serial, Field::Unreadable);
    assert_eq!(descriptor.board.system_uuid, Field::Unreadable);
    assert_eq!(descriptor.memory.modules, Field::Unreadable);

    // What the user does read is what root reads: nothing differs without being said.
    let root = server("privileged").probe();
    let hardware_of_root = root.hardware();
    let all = hardware_of_root.descriptor();
    assert_eq!(descriptor.board.vendor, all.board.vendor);
    assert_eq!(descriptor.board.product, all.board.product);
    assert_eq!(descriptor.cpu.signature, all.cpu.signature);
    assert_eq!(descriptor.nics, all.nics);
}

#[test]
fn denied_tables_matter_only_for_what_nothing_else_tells() {
    let tree = server("tables-denied");
    tree.add_file("unreadable-paths", b"sys/firmware/dmi/tables\n");
    assert_eq!(unreadable(&tree.probe()), ["memory.modules"]);

    std::fs::remove_dir_all(tree.root.join("sys/class/dmi")).unwrap();
    assert_eq!(
        unreadable(&tree.probe()),
        [
            "board.vendor",
            "board.product",
            "board.serial",
            "board.system_vendor",
            "board.system_product",
            "board.system_serial",
            "board.system_uuid",
            "memory.modules"
        ]
    );
}

#[test]
fn a_device_tree_serial_spares_the_user_the_denied_one() {
    let denied = b"sys/class/dmi/id/board_serial\n";
    let tree = Tree::unfold("arm-board", "arm-with-dmi");
    tree.add("sys/class/dmi/id/board_serial = OTHER-SERIAL\n");
    let root = tree.probe();
    tree.add_file("unreadable-paths", denied);
    let user = tree.probe();
    assert_eq!(unreadable(&user), [""; 0]);
    assert_eq!(user.board.serial, root.board.serial);
}

#[test]
fn denied_platform_ids_are_unreadable() {
    let tree = Tree::unfold("arm-camera", "camera-denied");
    tree.add_file("unreadable-paths", b"sys/devices/soc0/serial_number\nsys/devices/platform/soc/mmc0/mmc0:0001/cid\n");
    let reading = tree.probe();
    assert_eq!(unreadable(&reading), ["platform_ids.soc", "platform_ids.emmc-cid"]);
    let hardware = reading.hardware();
    let ids = hardware.descriptor().platform_ids;
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.bytes == Field::Unreadable));
}

#[test]
fn denied_interfaces_are_unreadable() {
    let tree = server("nics-denied");
    tree.add_file("unreadable-paths", b"sys/class/net\n");
    let reading = tree.probe();
    assert_eq!(unreadable(&reading), ["nics"]);
    let hardware = reading.hardware();
    assert_eq!(hardware.descriptor().nics, Field::Unreadable);
}

#[test]
fn an_id_that_contradicts_cpuinfo_is_dropped() {
    let tree = server("strange-id");
    Tables::new().processor("Intel", "Xeon", [1, 2, 3, 0, 0, 0, 0, 0]).write(&tree);
    let reading = tree.probe();
    assert_eq!(reading.cpu.id, None);
    assert_eq!(reading.hardware().descriptor().cpu.signature, Field::Read(0x0005_0657));
}

#[test]
fn this_machine() {
    let reading = hwlicense_probe::probe(std::path::Path::new("/"));
    assert_ne!(reading.kind, None);
    assert!(!reading.sources.is_empty());
    println!("{}", serde_json::to_string_pretty(&reading).unwrap());
    for (name, value) in reading.rows() {
        println!("{name:24} {value}");
    }
}

/// What the list of unreadable paths stands for, with the rights of real files.
#[test]
fn files_without_read_rights() {
    use std::os::unix::fs::PermissionsExt;
    let tree = server("rights");
    let file = tree.root.join("sys/class/dmi/id/board_serial");
    let tables = tree.root.join("sys/firmware/dmi/tables/DMI");
    for path in [&file, &tables] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    if std::fs::read(&file).is_ok() {
        println!("SKIPPED: root reads files of any mode");
        return;
    }
    assert_eq!(unreadable(&tree.probe()), ["board.serial", "memory.modules"]);
}
