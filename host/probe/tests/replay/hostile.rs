//! Trees that were made to do harm.

use crate::recorded::Tree;

#[test]
fn links_do_not_lead_out_of_the_tree() {
    let outside = Tree::unfold("container", "outside");
    outside.add_file("secret", b"SECRET-SERIAL\n");
    let tree = Tree::unfold("container", "inside");
    let absolute = outside.root.join("secret");
    tree.add_link("sys/class/dmi/id/board_serial", absolute.to_str().unwrap());
    tree.add_link("sys/class/dmi/id/product_serial", "../../../../../../outside/secret");
    tree.add_link("sys/class/dmi/id/sys_vendor", "../../../../vendor");
    tree.add_file("vendor", b"Inside\n");
    let reading = tree.probe();
    assert_eq!(reading.board.serial, None);
    assert_eq!(reading.board.system_serial, None);
    assert_eq!(reading.board.system_vendor.as_deref(), Some("Inside"));
}

#[test]
fn absolute_links_begin_at_the_root_of_the_tree() {
    let tree = Tree::unfold("container", "absolute");
    tree.add_file("elsewhere/serial", b"AT-HOME\n");
    tree.add_link("sys/class/dmi/id/board_serial", "/elsewhere/serial");
    assert_eq!(tree.probe().board.serial.as_deref(), Some("AT-HOME"));
}

#[test]
fn loops_end() {
    let tree = Tree::unfold("container", "loops");
    tree.add_link("sys/class/dmi/id", "id");
    tree.add_link("sys/class/net/eth9", "eth8");
    tree.add_link("sys/class/net/eth8", "eth9");
    tree.add_link("sys/devices/soc0", "../devices/soc0");
    let reading = tree.probe();
    assert_eq!(reading.board.serial, None);
}

#[test]
fn folders_in_place_of_files_and_files_in_place_of_folders() {
    let tree = Tree::unfold("container", "misplaced");
    tree.add_file("sys/class/dmi/id/board_serial/folder", b"");
    tree.add_file("sys/firmware/dmi/tables/DMI/folder", b"");
    tree.add_file("sys/block", b"");
    tree.add_file("proc/net/bonding", b"");
    let reading = tree.probe();
    let fields: Vec<_> = reading.unreadable.iter().filter_map(|entry| entry.field.as_deref()).collect();
    assert_eq!(fields, ["board.serial", "memory.modules"]);
}

#[test]
fn files_without_end_are_refused_or_cut() {
    let tree = Tree::unfold("container", "endless");
    let endless = vec![b'7'; (1 << 20) + 1];
    tree.add_file("sys/class/dmi/id/board_vendor", &endless);
    tree.add_file("sys/firmware/dmi/tables/DMI", &endless);
    tree.add_file("proc/cpuinfo", &endless);
    let reading = tree.probe();
    assert_eq!(reading.board.vendor, None);
    assert_eq!(reading.cpu.signature, None);
}

#[test]
fn broken_tables_are_said_and_deny_nothing() {
    let tree = Tree::unfold("container", "broken-tables");
    tree.add_file("sys/firmware/dmi/tables/DMI", &[0xff; 64]);
    let reading = tree.probe();
    assert!(reading.unreadable.is_empty(), "nobody can read more of them");
    let tables = &reading.sources[0];
    assert_eq!(tables.status.as_deref(), Some("unreadable"));
    assert_eq!(tables.detail.as_deref(), Some("holds no SMBIOS structure"));
}

#[test]
fn bytes_that_are_no_text() {
    let tree = Tree::unfold("container", "bytes");
    tree.add_file("sys/class/dmi/id/board_vendor", b"\xff\xfe\x1b[2J\n");
    tree.add_file("proc/net/bonding/bond0", &[0xff; 4096]);
    tree.add_file("permanent-addresses", &[0, 159, 146, 150, b' ', b'\n']);
    tree.add_file("proc/meminfo", b"MemTotal: 99999999999999999999999 kB\n");
    let reading = tree.probe();
    assert_eq!(reading.memory.total_bytes, None);
    assert!(reading.rows().iter().all(|(_, value)| !value.contains('\x1b')));
}
