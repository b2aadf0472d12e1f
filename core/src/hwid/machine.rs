//! A machine as scheme 03 sees it: one digest for each component, and the HWID over them.

use core::cmp::Ordering;

use heapless::Vec;

use super::canonical::{self, FieldHasher, MacWorth, characters, mac_worth};
use super::component::{Component, Factor};
use super::enrollment::Enrollment;
use super::error::{HardwareError, HwidError};
use super::evidence::{Evidence, EvidenceSet, FieldName, FieldSet};
use super::identity::{COUNTED_NICS_MAX, ComponentDigest, FACTOR_ID, Identity, Salt, salted};
use super::{Hwid, junk};
use crate::hardware::{
    Descriptor, Field, MODULES_MAX, Mac, MachineKind, Module, NICS_MAX, Nic, NicClass, NicMembership, PLATFORM_IDS_MAX,
    PlatformId, PlatformIdSource, Rows, TEXT_BYTES_MAX, Text,
};

/// A machine after its descriptor was judged and digested: the reading, and the identity that
/// follows from it.
///
/// # Bounds
/// About 1 KiB. Reading it costs one SHA-256 for each component and one for the HWID; the
/// descriptor's lists are walked once for each element that counts.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    pub(super) descriptor: Descriptor<'a>,
    pub(super) identity: Identity,
}

/// Which facts of a descriptor count: all that are usable, or those of the day of enrolment.
pub(super) enum Counted<'e> {
    All,
    Enrolled(&'e Enrollment),
}

impl Counted<'_> {
    pub(super) fn factor(&self, factor: Factor) -> bool {
        match self {
            Self::All => true,
            Self::Enrolled(enrollment) => enrollment.has_factor(factor),
        }
    }

    fn mac(&self, mac: Mac) -> bool {
        match self {
            Self::All => true,
            Self::Enrolled(enrollment) => enrollment.has_mac(mac),
        }
    }
}

/// Notes what a reading rests on while it is digested.
#[derive(Default)]
struct Notes {
    evidence: EvidenceSet,
    unreadable: FieldSet,
}

impl Notes {
    fn found(&mut self, evidence: Evidence) {
        self.evidence = self.evidence.with(evidence);
    }

    /// Notes the field if it is unreadable; says whether it is.
    fn check<T>(&mut self, field: &Field<T>, name: FieldName) -> bool {
        let unreadable = matches!(field, Field::Unreadable);
        if unreadable {
            self.unreadable = self.unreadable.with(name);
        }
        unreadable
    }
}

impl<'a> Machine<'a> {
    /// Judges and digests a reading by itself, without an enrolment.
    ///
    /// # Errors
    /// [`HardwareError`] when the descriptor breaks a bound. A machine without a HWID is no error
    /// here: [`Machine::hwid`] says why.
    pub fn read(descriptor: &Descriptor<'a>) -> Result<Self, HardwareError> {
        check_bounds(descriptor)?;
        Self::digest(descriptor, &Counted::All)
    }

    /// Judges and digests a reading on a machine that was enrolled.
    ///
    /// While the enrolment still describes this machine, its HWID is the enrolled one: NICs and
    /// serial numbers that came later do not count, and components that may not be read now are
    /// taken from the enrolment. They are taken only if every component that is read matches and
    /// at least one of those is unique: the enrolment keeps them masked with exactly these
    /// ([`Enrollment`]), so a copied or forged file yields nothing. Otherwise the enrolment is
    /// ignored and the result is that of [`Machine::read`].
    ///
    /// # Errors
    /// [`HardwareError`] when the descriptor breaks a bound.
    pub fn read_enrolled(descriptor: &Descriptor<'a>, enrollment: &Enrollment) -> Result<Self, HardwareError> {
        check_bounds(descriptor)?;
        let mut machine = Self::digest(descriptor, &Counted::Enrolled(enrollment))?;
        enrollment.stand_in(&mut machine);
        match machine.hwid() {
            Ok(hwid) if hwid == enrollment.hwid() => Ok(machine),
            _ => Self::digest(descriptor, &Counted::All),
        }
    }

    fn digest(descriptor: &Descriptor<'a>, counted: &Counted<'_>) -> Result<Self, HardwareError> {
        let mut notes = Notes::default();
        match descriptor.kind {
            MachineKind::VirtualMachine => notes.found(Evidence::VirtualMachine),
            MachineKind::Container => notes.found(Evidence::Container),
            MachineKind::Unknown | MachineKind::Physical => {}
        }
        let board = board(descriptor, counted, &mut notes);
        let cpu = cpu(descriptor, counted, &mut notes);
        let memory = memory(descriptor, counted, &mut notes);
        let platform = platform(descriptor, counted, &mut notes);
        let macs = macs(descriptor, counted, &mut notes)?;
        let nic = if notes.unreadable.contains(FieldName::Nics) {
            Field::Unreadable
        } else if macs.is_empty() {
            Field::Absent
        } else {
            let mut hash = component_hasher(Component::Nic);
            for mac in &macs {
                hash.bytes(1, &mac.0);
            }
            Field::Read(hash.finish())
        };
        let components = [board, cpu, memory, nic, platform];
        let identity = Identity::of(components, macs, notes.evidence, notes.unreadable);
        Ok(Self { descriptor: *descriptor, identity })
    }

    /// The HWID of scheme 03, or why there is none: that of its [`Identity`].
    ///
    /// # Errors
    /// [`HwidError`], as [`Identity::hwid`].
    pub fn hwid(&self) -> Result<Hwid, HwidError> {
        self.identity.hwid()
    }

    /// What a licence is checked against.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The identity without the reading, to be kept longer than that.
    #[must_use]
    pub fn into_identity(self) -> Identity {
        self.identity
    }
}

/// The salted digest of one factor of a descriptor.
pub(super) fn factor_digest(descriptor: &Descriptor<'_>, factor: Factor, salt: &Salt) -> Field<ComponentDigest> {
    let mut notes = Notes::default();
    let counted = &Counted::All;
    let board = BoardFields::of(descriptor, counted, &mut notes);
    let mut hash = FieldHasher::new(b"hwl03fac");
    let read = match factor {
        Factor::BoardModel => {
            let names = board.names();
            if notes.unreadable_names() {
                return Field::Unreadable;
            }
            names.iter().for_each(|(number, text)| hash_text(&mut hash, *number, *text));
            names.iter().any(|(_, text)| text.is_some())
        }
        Factor::BoardSerial => match descriptor.board.serial {
            Field::Unreadable => return Field::Unreadable,
            _ => hash_one(&mut hash, board.serial),
        },
        Factor::SystemSerial => match descriptor.board.system_serial {
            Field::Unreadable => return Field::Unreadable,
            _ => hash_one(&mut hash, board.system_serial),
        },
        Factor::SystemUuid => match descriptor.board.system_uuid {
            Field::Unreadable => return Field::Unreadable,
            _ => board.uuid.is_some_and(|uuid| {
                hash.bytes(1, &uuid);
                true
            }),
        },
        Factor::CpuModel if !counts_signature(descriptor.kind) => false,
        Factor::CpuModel => match descriptor.cpu.signature {
            Field::Unreadable => return Field::Unreadable,
            signature => signature.read().is_some_and(|signature| {
                hash.bytes(1, &signature.to_le_bytes());
                true
            }),
        },
        Factor::CpuSerial => match descriptor.cpu.serial {
            Field::Unreadable => return Field::Unreadable,
            serial => hash_one(&mut hash, canonical::serial(serial)),
        },
        Factor::Memory => return whole_component(memory(descriptor, counted, &mut notes), factor, salt),
        Factor::Platform => return whole_component(platform(descriptor, counted, &mut notes), factor, salt),
    };
    if read { Field::Read(salted(FACTOR_ID | factor.number(), salt, &hash.finish())) } else { Field::Absent }
}

/// A factor that is its whole component.
fn whole_component(digest: Field<[u8; 32]>, factor: Factor, salt: &Salt) -> Field<ComponentDigest> {
    digest.map(|digest| salted(FACTOR_ID | factor.number(), salt, &digest))
}

fn hash_one(hash: &mut FieldHasher, text: Option<&[u8]>) -> bool {
    hash_text(hash, 1, text);
    text.is_some()
}

fn hash_text(hash: &mut FieldHasher, number: u8, text: Option<&[u8]>) {
    if let Some(text) = text {
        hash.text(number, text);
    }
}

fn component_hasher(component: Component) -> FieldHasher {
    let mut hash = FieldHasher::new(b"hwl03cmp");
    hash.raw(&[component.number()]);
    hash
}

fn check_bounds(descriptor: &Descriptor<'_>) -> Result<(), HardwareError> {
    let Descriptor { board, cpu, memory, nics, platform_ids, .. } = descriptor;
    let modules = memory.modules.read().unwrap_or_default();
    if modules.len() > MODULES_MAX {
        return Err(HardwareError::TooManyModules);
    }
    if nics.read().unwrap_or_default().len() > NICS_MAX {
        return Err(HardwareError::TooManyNics);
    }
    if platform_ids.len() > PLATFORM_IDS_MAX {
        return Err(HardwareError::TooManyPlatformIds);
    }
    let texts = [
        board.vendor,
        board.product,
        board.serial,
        board.system_vendor,
        board.system_product,
        board.system_serial,
        cpu.serial,
    ];
    let too_long = |text: &Text<'_>| text.read().is_some_and(|bytes| bytes.len() > TEXT_BYTES_MAX);
    if texts.iter().any(too_long)
        || modules.iter().any(|module| too_long(&module.part) || too_long(&module.serial))
        || platform_ids.iter().any(|id| too_long(&id.bytes))
    {
        return Err(HardwareError::TextTooLong);
    }
    Ok(())
}

/// The fields of board and system that count, judged.
struct BoardFields<'a> {
    vendor: Option<&'a [u8]>,
    product: Option<&'a [u8]>,
    serial: Option<&'a [u8]>,
    system_vendor: Option<&'a [u8]>,
    system_product: Option<&'a [u8]>,
    system_serial: Option<&'a [u8]>,
    uuid: Option<[u8; 16]>,
}

impl<'a> BoardFields<'a> {
    fn of(descriptor: &Descriptor<'a>, counted: &Counted<'_>, notes: &mut Notes) -> Self {
        let board = &descriptor.board;
        let mut fields = Self {
            vendor: None,
            product: None,
            serial: None,
            system_vendor: None,
            system_product: None,
            system_serial: None,
            uuid: None,
        };
        if counted.factor(Factor::BoardModel) {
            for (field, name, slot) in [
                (board.vendor, FieldName::BoardVendor, &mut fields.vendor),
                (board.product, FieldName::BoardProduct, &mut fields.product),
                (board.system_vendor, FieldName::SystemVendor, &mut fields.system_vendor),
                (board.system_product, FieldName::SystemProduct, &mut fields.system_product),
            ] {
                notes.check(&field, name);
                *slot = canonical::name(field);
            }
        }
        if counted.factor(Factor::SystemUuid) {
            notes.check(&board.system_uuid, FieldName::SystemUuid);
            fields.uuid = board.system_uuid.read().and_then(junk::usable_uuid);
        }
        if counted.factor(Factor::BoardSerial) {
            notes.check(&board.serial, FieldName::BoardSerial);
            fields.serial = canonical::serial(board.serial).filter(|serial| !fields.is_a_name(serial));
        }
        if counted.factor(Factor::SystemSerial) {
            notes.check(&board.system_serial, FieldName::SystemSerial);
            fields.system_serial = canonical::serial(board.system_serial)
                .filter(|serial| !fields.is_a_name(serial))
                // Hypervisors put the UUID of the machine, or of their host, in its place.
                .filter(|serial| fields.uuid.is_none() || !has_uuid_shape(serial));
        }
        fields
    }

    /// The names, with their field numbers.
    fn names(&self) -> [(u8, Option<&'a [u8]>); 4] {
        [(1, self.vendor), (2, self.product), (4, self.system_vendor), (5, self.system_product)]
    }

    /// Some firmware repeats the product's name where the serial number belongs.
    fn is_a_name(&self, serial: &[u8]) -> bool {
        self.names().iter().any(|(_, name)| name.is_some_and(|name| characters(name).eq(characters(serial))))
    }
}

impl Notes {
    fn unreadable_names(&self) -> bool {
        [FieldName::BoardVendor, FieldName::BoardProduct, FieldName::SystemVendor, FieldName::SystemProduct]
            .into_iter()
            .any(|name| self.unreadable.contains(name))
    }

    /// Names do not matter where a UUID counts.
    fn forget_names(&mut self, before: FieldSet) {
        let mut kept = before;
        for name in [FieldName::SystemUuid, FieldName::BoardSerial, FieldName::SystemSerial] {
            if self.unreadable.contains(name) {
                kept = kept.with(name);
            }
        }
        self.unreadable = kept;
    }
}

fn has_uuid_shape(serial: &[u8]) -> bool {
    characters(serial).count() == 32 && characters(serial).all(|byte| byte.is_ascii_hexdigit())
}

/// Serial numbers are unique within a maker's product line, so they are hashed with its names. A
/// UUID is unique by itself, and where one counts the names are left out: updates respell them.
fn board(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<[u8; 32]> {
    let before = notes.unreadable;
    let fields = BoardFields::of(descriptor, counted, notes);
    if fields.uuid.is_some() {
        notes.forget_names(before);
    }
    for (present, evidence) in [
        (fields.uuid.is_some(), Evidence::SystemUuid),
        (fields.system_serial.is_some(), Evidence::SystemSerial),
        (fields.serial.is_some(), Evidence::BoardSerial),
    ] {
        if present {
            notes.found(evidence);
        }
    }
    if notes.unreadable != before {
        return Field::Unreadable;
    }
    let names =
        if fields.uuid.is_some() || !counted.factor(Factor::BoardModel) { [(0, None); 4] } else { fields.names() };
    let serials = [(3, fields.serial), (6, fields.system_serial)];
    if fields.uuid.is_none() && names.iter().chain(&serials).all(|(_, text)| text.is_none()) {
        return Field::Absent;
    }
    let mut hash = component_hasher(Component::Board);
    for (number, text) in names.into_iter().chain(serials) {
        hash_text(&mut hash, number, text);
    }
    if let Some(uuid) = fields.uuid {
        hash.bytes(7, &uuid);
    }
    Field::Read(hash.finish())
}

/// The processor of a virtual machine is its host's, and changes when the machine moves there.
const fn counts_signature(kind: MachineKind) -> bool {
    !matches!(kind, MachineKind::VirtualMachine)
}

fn cpu(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<[u8; 32]> {
    let mut hash = component_hasher(Component::Cpu);
    let mut counts = false;
    let mut unreadable = false;
    if counted.factor(Factor::CpuModel) && counts_signature(descriptor.kind) {
        unreadable |= notes.check(&descriptor.cpu.signature, FieldName::CpuSignature);
        if let Some(signature) = descriptor.cpu.signature.read() {
            hash.bytes(1, &signature.to_le_bytes());
            counts = true;
        }
    }
    if counted.factor(Factor::CpuSerial) {
        unreadable |= notes.check(&descriptor.cpu.serial, FieldName::CpuSerial);
        if let Some(serial) = canonical::serial(descriptor.cpu.serial) {
            notes.found(Evidence::CpuSerial);
            hash.text(2, serial);
            counts = true;
        }
    }
    if unreadable {
        Field::Unreadable
    } else if counts {
        Field::Read(hash.finish())
    } else {
        Field::Absent
    }
}

/// Which modules have a part number and a serial number that count: judged once for each module,
/// because the modules are walked once for each that differs.
struct JudgedModules<'a> {
    modules: Rows<'a, Module<'a>>,
    has_part: [u8; MODULES_MAX / 8],
    has_serial: [u8; MODULES_MAX / 8],
}

/// What of a memory module counts. Its maker does not: tools spell it in several ways.
#[derive(Clone, Copy)]
struct ModuleKey<'a> {
    part: Option<&'a [u8]>,
    serial: Option<&'a [u8]>,
    size_bytes: u64,
}

impl<'a> JudgedModules<'a> {
    fn new(modules: Rows<'a, Module<'a>>) -> Self {
        let judge = |text: fn(&Module<'a>) -> Text<'a>| {
            let mut bits = [0; MODULES_MAX / 8];
            // Most modules of a machine have the same part number; it is judged once.
            let mut last = (Text::Absent, false);
            for (index, module) in modules.iter().enumerate() {
                let text = text(&module);
                if text != last.0 {
                    last = (text, canonical::name(text).is_some());
                }
                if let Some(byte) = bits.get_mut(index / 8) {
                    *byte |= u8::from(last.1) << (index % 8);
                }
            }
            bits
        };
        Self { modules, has_part: judge(|module| module.part), has_serial: judge(|module| module.serial) }
    }

    /// The keys of all modules that are there; slots without a size are empty.
    fn keys(&self) -> impl Iterator<Item = ModuleKey<'a>> + '_ {
        self.modules.iter().enumerate().filter(|(_, module)| module.size_bytes > 0).map(|(index, module)| {
            let is_set = |bits: &[u8]| bits.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
            ModuleKey {
                part: module.part.read().filter(|_| is_set(&self.has_part)),
                serial: module.serial.read().filter(|_| is_set(&self.has_serial)),
                size_bytes: module.size_bytes,
            }
        })
    }
}

impl<'a> ModuleKey<'a> {
    fn order(&self, other: &Self) -> Ordering {
        let text = |text: Option<&'a [u8]>| characters(text.unwrap_or_default());
        let compare = |a: Option<&'a [u8]>, b: Option<&'a [u8]>| {
            // Most modules of a machine have the same part number.
            if a == b { Ordering::Equal } else { text(a).cmp(text(b)) }
        };
        compare(self.part, other.part)
            .then_with(|| compare(self.serial, other.serial))
            .then_with(|| self.size_bytes.cmp(&other.size_bytes))
    }
}

fn memory(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<[u8; 32]> {
    if !counted.factor(Factor::Memory) {
        return Field::Absent;
    }
    if notes.check(&descriptor.memory.modules, FieldName::MemoryModules) {
        return Field::Unreadable;
    }
    let modules = descriptor.memory.modules.read().unwrap_or_default();
    let mut unreadable = false;
    for module in modules.iter().filter(|module| module.size_bytes > 0) {
        unreadable |= notes.check(&module.part, FieldName::MemoryModules);
        unreadable |= notes.check(&module.serial, FieldName::MemoryModules);
    }
    if unreadable {
        return Field::Unreadable;
    }
    if modules.iter().all(|module| module.size_bytes == 0) {
        return memory_total(descriptor, notes);
    }
    let judged = JudgedModules::new(modules);
    let mut hash = component_hasher(Component::Memory);
    let mut smallest = judged.keys().min_by(ModuleKey::order);
    while let Some(key) = smallest {
        smallest = None;
        for other in judged.keys() {
            match other.order(&key) {
                Ordering::Less => {}
                Ordering::Equal => {
                    hash.bytes(2, &other.size_bytes.to_le_bytes());
                    hash_text(&mut hash, 3, other.part);
                    hash_text(&mut hash, 4, other.serial);
                }
                Ordering::Greater => {
                    if smallest.is_none_or(|smallest| other.order(&smallest).is_lt()) {
                        smallest = Some(other);
                    }
                }
            }
        }
    }
    Field::Read(hash.finish())
}

/// Memory of which no module is known.
fn memory_total(descriptor: &Descriptor<'_>, notes: &mut Notes) -> Field<[u8; 32]> {
    if notes.check(&descriptor.memory.total_bytes, FieldName::MemoryTotal) {
        return Field::Unreadable;
    }
    match descriptor.memory.total_bytes.read() {
        None | Some(0) => Field::Absent,
        Some(total) => {
            let mut hash = component_hasher(Component::Memory);
            hash.bytes(1, &[size_class(total)]);
            Field::Read(hash.finish())
        }
    }
}

/// The size class of a total that the kernel reports: the exponent of the smallest power of two
/// that, with a sixteenth to spare, is not less. Kernels keep a part of the memory for
/// themselves, and another part after each update.
fn size_class(total: u64) -> u8 {
    (0..=63u8)
        .find(|exponent| {
            let power = 1u64 << exponent;
            total <= power.saturating_add(power >> 4)
        })
        .unwrap_or(64)
}

fn platform(descriptor: &Descriptor<'_>, counted: &Counted<'_>, notes: &mut Notes) -> Field<[u8; 32]> {
    if !counted.factor(Factor::Platform) {
        return Field::Absent;
    }
    let mut unreadable = false;
    for id in descriptor.platform_ids.iter() {
        unreadable |= notes.check(&id.bytes, FieldName::PlatformIds);
        if let Some((source, _)) = usable_platform_id(&id) {
            notes.found(match source {
                PlatformIdSource::Generated => Evidence::Generated,
                _ => Evidence::PlatformId,
            });
        }
    }
    if unreadable {
        return Field::Unreadable;
    }
    let ids = || descriptor.platform_ids.iter().filter_map(|id| usable_platform_id(&id));
    let mut hash = component_hasher(Component::Platform);
    let Some(mut next) = ids().min() else { return Field::Absent };
    loop {
        let (source, bytes) = next;
        hash.bytes(source.number(), bytes);
        match ids().filter(|id| *id > next).min() {
            Some(following) => next = following,
            None => return Field::Read(hash.finish()),
        }
    }
}

impl PlatformIdSource {
    const fn number(self) -> u8 {
        match self {
            Self::Soc => 1,
            Self::EFuse => 2,
            Self::Tpm => 3,
            Self::SecureElement => 4,
            Self::EmmcCid => 5,
            Self::Generated => 255,
        }
    }
}

/// Fuses that were never blown read as one byte over and over.
fn usable_platform_id<'a>(id: &PlatformId<'a>) -> Option<(PlatformIdSource, &'a [u8])> {
    let bytes = id.bytes.read()?;
    let first = bytes.first()?;
    (bytes.len() >= 4 && bytes.iter().any(|byte| byte != first)).then_some((id.source, bytes))
}

/// The MAC addresses that count, ascending, each once.
///
/// # Errors
/// [`HardwareError::TooManyCountedNics`].
fn macs(
    descriptor: &Descriptor<'_>,
    counted: &Counted<'_>,
    notes: &mut Notes,
) -> Result<Vec<Mac, COUNTED_NICS_MAX>, HardwareError> {
    if notes.check(&descriptor.nics, FieldName::Nics) {
        return Ok(Vec::new());
    }
    let nics = descriptor.nics.read().unwrap_or_default();
    let wired = ascending(nics, NicClass::Physical, counted, notes)?;
    for mac in &wired {
        notes.found(match mac_worth(*mac) {
            MacWorth::Unique => Evidence::Mac,
            MacWorth::Supporting | MacWorth::None => Evidence::HypervisorMac,
        });
    }
    // A radio is the last resort: only where no wired NIC counts and nothing else is unique.
    if !wired.is_empty() || notes.evidence.is_unique() || !notes.unreadable.is_empty() {
        return Ok(wired);
    }
    let wireless = ascending(nics, NicClass::Wireless, counted, notes)?;
    if wireless.iter().any(|mac| mac_worth(*mac) == MacWorth::Unique) {
        notes.found(Evidence::WirelessMac);
    }
    Ok(wireless)
}

/// The addresses of one class that are read; those that are hidden are noted.
fn ascending(
    nics: Rows<'_, Nic<'_>>,
    class: NicClass,
    counted: &Counted<'_>,
    notes: &mut Notes,
) -> Result<Vec<Mac, COUNTED_NICS_MAX>, HardwareError> {
    let mut found: Vec<Mac, COUNTED_NICS_MAX> = Vec::new();
    for address in nics.iter().filter(|nic| nic.class == class).map(|nic| burnt_in(&nic)) {
        notes.check(&address, FieldName::Nics);
        if let Some(mac) = address.read().filter(|mac| counted.mac(*mac) && !found.contains(mac)) {
            found.push(mac).map_err(|_| HardwareError::TooManyCountedNics)?;
        }
    }
    let mut sorted = Vec::new();
    let mut next = found.iter().min();
    while let Some(mac) = next {
        sorted.push(*mac).map_err(|_| HardwareError::TooManyCountedNics)?;
        next = found.iter().filter(|other| *other > mac).min();
    }
    Ok(sorted)
}

/// The address burnt into a NIC: the permanent one; where the driver knows none, the current one
/// of a NIC that is in no aggregate.
fn burnt_in(nic: &Nic<'_>) -> Field<Mac> {
    let usable = |field: Field<Mac>| match field {
        Field::Read(mac) if mac_worth(mac) == MacWorth::None => Field::Absent,
        other => other,
    };
    match (usable(nic.permanent_mac), nic.membership) {
        (Field::Absent, NicMembership::Independent) => usable(nic.current_mac),
        (permanent, _) => permanent,
    }
}
