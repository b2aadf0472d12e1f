//! SMBIOS tables made from invented strings.

use crate::recorded::Tree;

/// Structures under construction.
pub struct Tables {
    bytes: Vec<u8>,
    handle: u16,
}

impl Tables {
    pub fn new() -> Self {
        Self { bytes: Vec::new(), handle: 0 }
    }

    /// Adds a structure: its fields after the header, then its strings.
    fn structure(&mut self, kind: u8, fields: &[u8], strings: &[&str]) {
        self.bytes.push(kind);
        self.bytes.push(fields.len() as u8 + 4);
        self.bytes.extend(self.handle.to_le_bytes());
        self.handle += 1;
        self.bytes.extend(fields);
        for string in strings {
            self.bytes.extend(string.as_bytes());
            self.bytes.push(0);
        }
        self.bytes.extend(if strings.is_empty() { &[0, 0][..] } else { &[0] });
    }

    pub fn firmware(mut self, vendor: &str, version: &str) -> Self {
        let mut fields = vec![1, 2, 0, 0xe8, 0, 0xff];
        fields.extend([0; 14]);
        self.structure(0, &fields, &[vendor, version]);
        self
    }

    /// Vendor, product, version, serial; the UUID in the byte order of SMBIOS 2.6.
    pub fn system(mut self, strings: [&str; 4], uuid: [u8; 16]) -> Self {
        let mut fields = vec![1, 2, 3, 4];
        fields.extend(uuid);
        fields.extend([6, 0, 0]);
        self.structure(1, &fields, &strings);
        self
    }

    /// Vendor, product, version, serial.
    pub fn board(mut self, strings: [&str; 4]) -> Self {
        self.structure(2, &[1, 2, 3, 4, 0, 9, 0, 0, 0, 10, 0], &strings);
        self
    }

    pub fn chassis(mut self, vendor: &str, serial: &str) -> Self {
        self.structure(3, &[1, 0x17, 0, 2, 0, 3, 3, 3, 3], &[vendor, serial]);
        self
    }

    pub fn processor(mut self, vendor: &str, model: &str, id: [u8; 8]) -> Self {
        let mut fields = vec![1, 3, 0xb3, 2];
        fields.extend(id);
        fields.extend([3, 0, 0, 0, 0, 0, 0, 0, 0x41, 0]);
        fields.resize(0x1f, 0);
        self.structure(4, &fields, &["CPU1", vendor, model]);
        self
    }

    /// Size in MiB, 0 for an empty slot; vendor, serial, part.
    pub fn module(mut self, size_mib: u32, strings: [&str; 3]) -> Self {
        let mut fields = vec![0; 0x24];
        let (size, extended) = match u16::try_from(size_mib) {
            Ok(size) if size < 0x7fff => (size, 0),
            _ => (0x7fff, size_mib),
        };
        fields[0x08..0x0a].copy_from_slice(&size.to_le_bytes());
        fields[0x0c] = 1;
        fields[0x13] = 2;
        fields[0x14] = 3;
        fields[0x16] = 4;
        fields[0x18..0x1c].copy_from_slice(&extended.to_le_bytes());
        self.structure(17, &fields, &["DIMM A1", strings[0], strings[1], strings[2]]);
        self
    }

    /// Writes the tables and their entry point (SMBIOS 3.2) into a tree.
    pub fn write(mut self, tree: &Tree) {
        self.structure(127, &[], &[]);
        tree.add_file("sys/firmware/dmi/tables/DMI", &self.bytes);
        let mut entry_point = b"_SM3_\0\x18\x03\x02\0\x01\0".to_vec();
        entry_point.extend((self.bytes.len() as u32).to_le_bytes());
        entry_point.extend([0; 8]);
        tree.add_file("sys/firmware/dmi/tables/smbios_entry_point", &entry_point);
    }
}
