//! What the chip knows of itself. A real one reads its fuses and its Ethernet MAC here; this board
//! is emulated, so the values are those of the fixture that the licence is for.

use hwlicense::hardware::{
    Board, Cpu, Descriptor, Field, Mac, MachineKind, Memory, Module, Nic, NicClass, PlatformId, PlatformIdSource, Rows,
    Uuid,
};

/// Texts that the factory burnt, ended by zero bytes as such fields are.
struct Otp {
    board_serial: [u8; 16],
    system_serial: [u8; 16],
    cpu_serial: [u8; 20],
    system_uuid: [u8; 16],
    cpu_signature: u32,
    module_serials: [[u8; 8]; 4],
    secure_element: [u8; 9],
    emmc_cid: [u8; 16],
    macs: [[u8; 6]; 2],
}

static OTP: Otp = Otp {
    board_serial: *b"ZM16AS034417\0\0\0\0",
    system_serial: *b"NVS42-0091834\0\0\0",
    cpu_serial: *b"C04D1-77A2E-90B1\0\0\0\0",
    system_uuid: [0x3f, 0x6a, 0x1c, 0x52, 0x7d, 0x90, 0x4b, 0x1e, 0x8a, 0x27, 0x00, 0x25, 0x90, 0x5c, 0xd1, 0x38],
    cpu_signature: 0x0009_06e9,
    module_serials: [*b"3A9C1D07", *b"3A9C1CF2", *b"3A9C1E44", *b"3A9C1D11"],
    secure_element: [0x01, 0x23, 0x5a, 0xc4, 0x77, 0x10, 0x8e, 0x2d, 0xee],
    emmc_cid: [0x15, 0x01, 0x00, 0x38, 0x47, 0x54, 0x46, 0x34, 0x52, 0x01, 0x6d, 0x2c, 0x8b, 0x91, 0x7a, 0x33],
    macs: [[0x00, 0x25, 0x90, 0x5c, 0xd1, 0x38], [0x00, 0x25, 0x90, 0x5c, 0xd1, 0x39]],
};

/// A field up to its first zero byte. One that the factory left empty is absent.
fn burnt(field: &[u8]) -> Field<&[u8]> {
    match field.split(|byte| *byte == 0).next() {
        Some(text) if !text.is_empty() => Field::Read(text),
        _ => Field::Absent,
    }
}

/// Calls `work` with the machine, which borrows from the registers.
pub(crate) fn with_descriptor(work: impl FnOnce(&Descriptor<'_>)) {
    let otp = &OTP;
    let modules = otp.module_serials.each_ref().map(|serial| Module {
        part: "M393A2K43DB3-CWE".into(),
        serial: burnt(serial),
        size_bytes: 16 << 30,
    });
    let nics =
        otp.macs.map(|mac| Nic { class: NicClass::Physical, permanent_mac: Field::Read(Mac(mac)), ..Nic::default() });
    let platform_ids = [
        PlatformId { source: PlatformIdSource::SecureElement, bytes: Field::Read(&otp.secure_element) },
        PlatformId { source: PlatformIdSource::EmmcCid, bytes: Field::Read(&otp.emmc_cid) },
    ];
    work(&Descriptor {
        kind: MachineKind::Physical,
        board: Board {
            vendor: "Supermicro".into(),
            product: "X11SSH-F".into(),
            serial: burnt(&otp.board_serial),
            system_vendor: "Northgate Video Systems".into(),
            system_product: "NVS-4200 Recorder".into(),
            system_serial: burnt(&otp.system_serial),
            system_uuid: Field::Read(Uuid(otp.system_uuid)),
            ..Board::default()
        },
        cpu: Cpu { signature: Field::Read(otp.cpu_signature), serial: burnt(&otp.cpu_serial), ..Cpu::default() },
        memory: Memory { modules: Field::Read(Rows::held(&modules)), ..Memory::default() },
        nics: Field::Read(Rows::held(&nics)),
        platform_ids: Rows::held(&platform_ids),
    });
}
