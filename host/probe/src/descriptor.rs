//! From a reading to the descriptor that the core computes with.
//!
//! Nothing is cleaned here: what counts as junk is a rule of the HWID scheme and lives in the
//! core. Text that is no UUID or no MAC is absent, since there is nothing that could be hashed.

use hwlicense::hardware::{
    Board, Cpu, Descriptor, Field, Mac, MachineKind, Memory, Module, Nic, NicClass, NicMembership, PlatformId,
    PlatformIdSource, Rows, Text, Uuid,
};

use crate::class;
use crate::reading::{self, Reading};
use crate::signature;

/// A reading made ready for the core: owns the lists that a [`Descriptor`] borrows.
///
/// ```
/// use hwlicense::hardware::{Field, NicClass};
///
/// let reading = hwlicense_probe::parse_document(
///     br#"{"nics": [{"name": "docker0", "mac": "02:42:ac:11:00:02"},
///                   {"name": "eth0", "mac": "00:40:8c:12:34:56"}],
///          "unreadable": [{"field": "board.serial"}]}"#,
/// )?;
/// let hardware = reading.hardware();
/// let descriptor = hardware.descriptor();
/// assert_eq!(descriptor.board.serial, Field::Unreadable);
/// let classes = descriptor.nics.map(|nics| nics.iter().map(|nic| nic.class).collect::<Vec<_>>());
/// assert_eq!(classes, Field::Read(vec![NicClass::Virtual, NicClass::Physical]));
/// # Ok::<(), hwlicense_probe::ReadingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hardware<'r> {
    kind: MachineKind,
    board: Board<'r>,
    cpu: Cpu<'r>,
    total_bytes: Field<u64>,
    modules: Field<Vec<Module<'r>>>,
    nics: Field<Vec<Nic<'r>>>,
    platform_ids: Vec<PlatformId<'r>>,
}

impl Hardware<'_> {
    /// The descriptor. It lives as long as this.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor<'_> {
        Descriptor {
            kind: self.kind,
            board: self.board,
            cpu: self.cpu,
            memory: Memory { total_bytes: self.total_bytes, modules: borrow(&self.modules) },
            nics: borrow(&self.nics),
            platform_ids: Rows::held(&self.platform_ids),
        }
    }
}

fn borrow<T>(list: &Field<Vec<T>>) -> Field<Rows<'_, T>> {
    match list {
        Field::Absent => Field::Absent,
        Field::Unreadable => Field::Unreadable,
        Field::Read(entries) => Field::Read(Rows::held(entries)),
    }
}

impl Reading {
    /// This reading in the types of the core. Borrows its text.
    #[must_use]
    pub fn hardware(&self) -> Hardware<'_> {
        let view = View(self);
        Hardware {
            kind: view.kind(),
            board: view.board(),
            cpu: view.cpu(),
            total_bytes: view.field("memory.total_bytes", self.memory.total_bytes),
            modules: view.list("memory.modules", &self.memory.modules, module),
            nics: view.list("nics", &self.nics, |nic| view.nic(nic)),
            platform_ids: view.platform_ids(),
        }
    }

    /// Whether the reading says that this field exists and may not be read.
    fn is_unreadable(&self, field: &str) -> bool {
        self.unreadable.iter().any(|entry| entry.field.as_deref() == Some(field))
    }
}

/// A reading with its list of unreadable fields at hand.
#[derive(Clone, Copy)]
struct View<'r>(&'r Reading);

impl<'r> View<'r> {
    /// What was read wins; a field without a value is unreadable if the reading says so.
    fn field<T>(self, name: &str, value: Option<T>) -> Field<T> {
        match value {
            Some(value) => Field::Read(value),
            None if self.0.is_unreadable(name) => Field::Unreadable,
            None => Field::Absent,
        }
    }

    fn text(self, name: &str, value: &'r Option<String>) -> Text<'r> {
        self.field(name, value.as_deref().map(str::as_bytes))
    }

    /// An empty list says nothing: other tools write one for what they did not look at.
    fn list<T, U>(self, name: &str, entries: &'r [T], convert: impl Fn(&'r T) -> U) -> Field<Vec<U>> {
        let converted = entries.iter().map(convert).collect();
        self.field(name, (!entries.is_empty()).then_some(converted))
    }

    fn kind(self) -> MachineKind {
        match self.0.kind.as_deref() {
            Some("bare" | "arm") => MachineKind::Physical,
            Some("vm") => MachineKind::VirtualMachine,
            Some("container") => MachineKind::Container,
            _ => MachineKind::Unknown,
        }
    }

    fn board(self) -> Board<'r> {
        let board = &self.0.board;
        let uuid = board.system_uuid.as_deref().map(Uuid::parse);
        Board {
            vendor: self.text("board.vendor", &board.vendor),
            product: self.text("board.product", &board.product),
            version: self.text("board.version", &board.version),
            serial: self.text("board.serial", &board.serial),
            system_vendor: self.text("board.system_vendor", &board.system_vendor),
            system_product: self.text("board.system_product", &board.system_product),
            system_version: self.text("board.system_version", &board.system_version),
            system_serial: self.text("board.system_serial", &board.system_serial),
            system_uuid: match uuid {
                Some(None) => Field::Absent,
                parsed => self.field("board.system_uuid", parsed.flatten()),
            },
        }
    }

    fn cpu(self) -> Cpu<'r> {
        let cpu = &self.0.cpu;
        Cpu {
            vendor: self.text("cpu.vendor", &cpu.vendor),
            model: self.text("cpu.model", &cpu.model),
            signature: self.field("cpu.signature", signature::decode(cpu.id.as_deref(), cpu.signature.as_deref())),
            serial: self.text("cpu.serial", &cpu.serial),
        }
    }

    fn nic(self, nic: &'r reading::Nic) -> Nic<'r> {
        let parsed = |text: &Option<String>| text.as_deref().and_then(Mac::parse);
        let name = nic.name.as_deref().unwrap_or("");
        Nic {
            bus: nic.bus.as_deref().into(),
            driver: nic.driver.as_deref().into(),
            permanent_mac: self.field(&format!("nics.{name}.permanent_mac"), parsed(&nic.permanent_mac)),
            current_mac: self.field(&format!("nics.{name}.mac"), parsed(&nic.mac)),
            class: class::class(nic),
            membership: self.membership(nic),
        }
    }

    /// A bridge leaves the addresses of its ports alone, so being a port of one is no membership.
    fn membership(self, nic: &reading::Nic) -> NicMembership {
        let Some(master) = nic.master.as_deref() else {
            return NicMembership::Independent;
        };
        let is_bridge = self
            .0
            .nics
            .iter()
            .filter(|other| other.name.as_deref() == Some(master))
            .any(|other| class::class(other) == NicClass::Virtual);
        if is_bridge { NicMembership::Independent } else { NicMembership::Enslaved }
    }

    fn platform_ids(self) -> Vec<PlatformId<'r>> {
        let all_unreadable = self.0.is_unreadable("platform_ids");
        let read = self.0.platform_ids.iter().filter_map(|entry| {
            let bytes = entry.id.as_ref().map(|id| id.0.as_slice());
            let source = platform_source(entry.source.as_deref()?)?;
            Some(PlatformId { source, bytes: self.field("platform_ids", bytes) })
        });
        let mut ids: Vec<PlatformId<'r>> = read.collect();
        for (source, word) in PLATFORM_SOURCES {
            let is_listed = ids.iter().any(|id| id.source == source);
            let name = format!("platform_ids.{word}");
            if !is_listed && self.0.is_unreadable(&name) {
                ids.push(PlatformId { source, bytes: Field::Unreadable });
            }
        }
        if ids.is_empty() && all_unreadable {
            ids.push(PlatformId { source: PlatformIdSource::Soc, bytes: Field::Unreadable });
        }
        ids
    }
}

fn module(module: &reading::Module) -> Module<'_> {
    Module {
        part: module.part.as_deref().into(),
        serial: module.serial.as_deref().into(),
        size_bytes: module.size.unwrap_or(0),
    }
}

const PLATFORM_SOURCES: [(PlatformIdSource, &str); 6] = [
    (PlatformIdSource::Soc, "soc"),
    (PlatformIdSource::EFuse, "efuse"),
    (PlatformIdSource::Tpm, "tpm"),
    (PlatformIdSource::SecureElement, "secure-element"),
    (PlatformIdSource::EmmcCid, "emmc-cid"),
    (PlatformIdSource::Generated, "generated"),
];

fn platform_source(word: &str) -> Option<PlatformIdSource> {
    PLATFORM_SOURCES.into_iter().find_map(|(source, known)| (known == word).then_some(source))
}
