//! Machines, with parts that a test can replace.

use hwlicense::hardware::{
    Board, Cpu, Descriptor, Field, Mac, MachineKind, Memory, Module, Nic, NicClass, PlatformId, PlatformIdSource, Rows,
    Uuid,
};
use hwlicense::hwid::{Enrollment, Machine};

use super::leak;

/// The parts of a machine.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) kind: MachineKind,
    pub(crate) board: Board<'static>,
    pub(crate) cpu: Cpu<'static>,
    pub(crate) memory: Memory<'static>,
    pub(crate) nics: Field<Vec<Nic<'static>>>,
    pub(crate) platform_ids: Vec<PlatformId<'static>>,
}

/// A wired NIC with this permanent address.
pub(crate) fn nic(mac: &str) -> Nic<'static> {
    let mac = Field::Read(Mac::parse(mac).unwrap());
    Nic { permanent_mac: mac, current_mac: mac, class: NicClass::Physical, ..Nic::default() }
}

/// Two memory modules with serial numbers that start like this.
pub(crate) fn modules(serial: &'static str) -> Field<Rows<'static, Module<'static>>> {
    let module = |serial: &'static str| Module {
        part: "M393A4K40DB3-CWE".into(),
        serial: Field::Read(serial.as_bytes()),
        size_bytes: 32 << 30,
    };
    Field::Read(Rows::held(leak([module(serial), module(format!("{serial}7F").leak())])))
}

/// A rack server with everything: UUID, serial numbers, two NICs on board, a TPM.
pub(crate) fn server() -> Parts {
    Parts {
        kind: MachineKind::Physical,
        board: Board {
            vendor: "Dell Inc.".into(),
            product: "0H28RR".into(),
            version: "A03".into(),
            serial: ".H5WXKM3.CNFCP0017A00QK.".into(),
            system_vendor: "Dell Inc.".into(),
            system_product: "PowerEdge R750".into(),
            system_version: Field::Absent,
            system_serial: "H5WXKM3".into(),
            system_uuid: Field::Read(Uuid::parse("4c4c4544-0035-5710-8058-c8c04f4b4d33").unwrap()),
        },
        cpu: Cpu {
            vendor: "GenuineIntel".into(),
            model: "Intel(R) Xeon(R) Gold 6326 CPU @ 2.90GHz".into(),
            signature: Field::Read(0x0006_06a6),
            serial: Field::Absent,
        },
        memory: Memory { total_bytes: Field::Read(64 << 30), modules: modules("36D2A41C") },
        nics: Field::Read(vec![nic("b4:45:06:f1:9c:2e"), nic("b4:45:06:f1:9c:2f")]),
        platform_ids: vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Read(b"\x81\x2f\xc4\x07\x5e") }],
    }
}

/// A small PC whose board has names but no number: only its NIC is unique.
pub(crate) fn nameless_pc() -> Parts {
    let server = server();
    Parts {
        board: Board {
            vendor: "ASRock".into(),
            product: "B450M Pro4".into(),
            serial: "To Be Filled By O.E.M.".into(),
            system_serial: "Default string".into(),
            ..Board::default()
        },
        nics: Field::Read(vec![nic("a8:a1:59:4d:77:e1")]),
        platform_ids: Vec::new(),
        ..server
    }
}

/// A machine of which nothing is unique.
pub(crate) fn featureless() -> Parts {
    Parts { nics: Field::Read(Vec::new()), ..nameless_pc() }
}

/// Another server of the same model.
pub(crate) fn other_server() -> Parts {
    let mut parts = server();
    parts.board.serial = ".J7PQ2N3.CNFCP0021B00RT.".into();
    parts.board.system_serial = "J7PQ2N3".into();
    parts.board.system_uuid = Field::Read(Uuid::parse("4c4c4544-0037-5010-8051-cac04f324e33").unwrap());
    parts.memory.modules = modules("41C9E07B");
    parts.nics = Field::Read(vec![nic("b4:45:06:0a:31:d8"), nic("b4:45:06:0a:31:d9")]);
    parts.platform_ids =
        vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Read(b"\x3c\x90\x1b\xe6\x44") }];
    parts
}

/// What an ordinary user of the machine can read: no serial number and no memory module.
pub(crate) fn unprivileged(mut parts: Parts) -> Parts {
    parts.board.serial = Field::Unreadable;
    parts.board.system_serial = Field::Unreadable;
    parts.board.system_uuid = Field::Unreadable;
    parts.memory.modules = Field::Unreadable;
    parts
}

impl Parts {
    pub(crate) fn descriptor(&self) -> &'static Descriptor<'static> {
        leak(Descriptor {
            kind: self.kind,
            board: self.board,
            cpu: self.cpu,
            memory: self.memory,
            nics: self.nics.clone().map(|nics| Rows::held(nics.leak())),
            platform_ids: Rows::held(self.platform_ids.clone().leak()),
        })
    }

    /// The machine read by itself.
    pub(crate) fn machine(&self) -> Machine<'static> {
        Machine::read(self.descriptor()).unwrap()
    }

    /// The machine read with an enrolment.
    pub(crate) fn enrolled(&self, enrollment: &Enrollment) -> Machine<'static> {
        Machine::read_enrolled(self.descriptor(), enrollment).unwrap()
    }

    /// What it keeps from today.
    pub(crate) fn enrollment(&self, salt: u8) -> Enrollment {
        Enrollment::new(&self.machine(), [salt; 16]).unwrap()
    }
}
