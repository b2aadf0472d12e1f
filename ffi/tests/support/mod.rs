//! What the tests of the border share: the fixture's machine as C would describe it.

#![allow(dead_code, reason = "not every test uses all of it")]

pub(crate) mod client;
pub(crate) mod update;

use std::sync::OnceLock;

use hwlicense::hardware::{Descriptor, Field, Mac, MachineKind, NicClass, NicMembership, PlatformIdSource, Text};
use hwlicense::signed::{Bundle, Kind, Pinned4};
use hwlicense_ffi::check::{hwl_context, hwl_report};
use hwlicense_ffi::descriptor::{
    HWL_MACHINE_CONTAINER, HWL_MACHINE_PHYSICAL, HWL_MACHINE_UNKNOWN, HWL_MACHINE_VIRTUAL, HWL_NIC_AGGREGATE,
    HWL_NIC_ENSLAVED, HWL_NIC_INDEPENDENT, HWL_NIC_PHYSICAL, HWL_NIC_USB, HWL_NIC_VIRTUAL, HWL_NIC_WIRELESS,
    HWL_SOURCE_EFUSE, HWL_SOURCE_EMMC_CID, HWL_SOURCE_GENERATED, HWL_SOURCE_SECURE_ELEMENT, HWL_SOURCE_SOC,
    HWL_SOURCE_TPM, hwl_descriptor, hwl_module, hwl_nic, hwl_platform_id,
};
use hwlicense_ffi::ed25519::hwl_ed25519_verify;
use hwlicense_ffi::identity::{HWL_EVIDENCE_BOARD_SERIAL, hwl_identity, hwl_identity_from_hwid};
use hwlicense_ffi::license::{hwl_license, hwl_license_verify};
use hwlicense_ffi::pinned::{hwl_pinned_key, hwl_pinned_keys};
use hwlicense_ffi::status::HWL_OK;
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::types::{HWL_ABSENT, HWL_READ, HWL_UNREADABLE, hwl_hwid, hwl_text};
use hwlicense_ffi::version::HWL_ABI_VERSION;
use hwlicense_fixture::{ISSUER, LICENSE_STRICT, ROOT};

/// A plain struct or opaque storage of zeros, as C programs make them.
#[allow(clippy::missing_safety_doc, reason = "tests")]
pub(crate) fn zeroed<T>() -> T {
    // SAFETY: used for the types of the header only, for which all zero is a value.
    unsafe { core::mem::zeroed() }
}

/// The size of a type as structs say it.
pub(crate) fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap()
}

/// A text that was read.
pub(crate) fn text(bytes: &[u8]) -> hwl_text {
    hwl_text { bytes: bytes.as_ptr(), length: u32::try_from(bytes.len()).unwrap(), state: HWL_READ }
}

fn state<T>(field: Field<T>) -> u32 {
    match field {
        Field::Absent => HWL_ABSENT,
        Field::Unreadable => HWL_UNREADABLE,
        Field::Read(_) => HWL_READ,
    }
}

fn text_of(field: Text<'_>) -> hwl_text {
    match field {
        Field::Read(bytes) => text(bytes),
        other => hwl_text { state: state(other), ..zeroed() },
    }
}

fn mac(field: Field<Mac>) -> ([u8; 6], u32) {
    (field.read().map_or([0; 6], |mac| mac.0), state(field))
}

/// A descriptor for C, with the rows that it points to.
pub(crate) struct Machine {
    pub(crate) nics: Vec<hwl_nic>,
    pub(crate) modules: Vec<hwl_module>,
    pub(crate) platform_ids: Vec<hwl_platform_id>,
    pub(crate) descriptor: hwl_descriptor,
}

/// The descriptor of the core as a C program would fill it in.
pub(crate) fn machine(from: &Descriptor<'_>) -> Machine {
    let rows = |class| match class {
        NicClass::Physical => HWL_NIC_PHYSICAL,
        NicClass::Usb => HWL_NIC_USB,
        NicClass::Wireless => HWL_NIC_WIRELESS,
        NicClass::Virtual => HWL_NIC_VIRTUAL,
        NicClass::Aggregate => HWL_NIC_AGGREGATE,
    };
    let nics: Vec<hwl_nic> = from
        .nics
        .read()
        .into_iter()
        .flat_map(|nics| nics.iter())
        .map(|nic| hwl_nic {
            bus: text_of(nic.bus),
            driver: text_of(nic.driver),
            kind: rows(nic.class),
            membership: match nic.membership {
                NicMembership::Independent => HWL_NIC_INDEPENDENT,
                NicMembership::Enslaved => HWL_NIC_ENSLAVED,
            },
            permanent_mac: mac(nic.permanent_mac).0,
            permanent_mac_state: mac(nic.permanent_mac).1,
            current_mac: mac(nic.current_mac).0,
            current_mac_state: mac(nic.current_mac).1,
            reserved: 0,
        })
        .collect();
    let modules: Vec<hwl_module> = from
        .memory
        .modules
        .read()
        .into_iter()
        .flat_map(|modules| modules.iter())
        .map(|module| hwl_module {
            size_bytes: module.size_bytes,
            part: text_of(module.part),
            serial: text_of(module.serial),
        })
        .collect();
    let platform_ids: Vec<hwl_platform_id> = from
        .platform_ids
        .iter()
        .map(|id| hwl_platform_id {
            id: text_of(id.bytes),
            source: match id.source {
                PlatformIdSource::Soc => HWL_SOURCE_SOC,
                PlatformIdSource::EFuse => HWL_SOURCE_EFUSE,
                PlatformIdSource::Tpm => HWL_SOURCE_TPM,
                PlatformIdSource::SecureElement => HWL_SOURCE_SECURE_ELEMENT,
                PlatformIdSource::EmmcCid => HWL_SOURCE_EMMC_CID,
                PlatformIdSource::Generated => HWL_SOURCE_GENERATED,
            },
            reserved: 0,
        })
        .collect();
    let count = |length: usize| u32::try_from(length).unwrap();
    let board = from.board;
    let descriptor = hwl_descriptor {
        struct_size: size::<hwl_descriptor>(),
        machine_kind: match from.kind {
            MachineKind::Unknown => HWL_MACHINE_UNKNOWN,
            MachineKind::Physical => HWL_MACHINE_PHYSICAL,
            MachineKind::VirtualMachine => HWL_MACHINE_VIRTUAL,
            MachineKind::Container => HWL_MACHINE_CONTAINER,
        },
        memory_total_bytes: from.memory.total_bytes.read().unwrap_or_default(),
        memory_total_state: state(from.memory.total_bytes),
        cpu_signature: from.cpu.signature.read().unwrap_or_default(),
        cpu_signature_state: state(from.cpu.signature),
        system_uuid_state: state(board.system_uuid),
        system_uuid: board.system_uuid.read().map_or([0; 16], |uuid| uuid.0),
        board_vendor: text_of(board.vendor),
        board_product: text_of(board.product),
        board_version: text_of(board.version),
        board_serial: text_of(board.serial),
        system_vendor: text_of(board.system_vendor),
        system_product: text_of(board.system_product),
        system_version: text_of(board.system_version),
        system_serial: text_of(board.system_serial),
        cpu_vendor: text_of(from.cpu.vendor),
        cpu_model: text_of(from.cpu.model),
        cpu_serial: text_of(from.cpu.serial),
        modules: modules.as_ptr(),
        module_count: count(modules.len()),
        module_size: size::<hwl_module>(),
        modules_state: state(from.memory.modules),
        nics_state: state(from.nics),
        nics: nics.as_ptr(),
        nic_count: count(nics.len()),
        nic_size: size::<hwl_nic>(),
        platform_ids: platform_ids.as_ptr(),
        platform_id_count: count(platform_ids.len()),
        platform_id_size: size::<hwl_platform_id>(),
    };
    Machine { nics, modules, platform_ids, descriptor }
}

/// A configuration with the fixture's root and the built-in verifier.
pub(crate) fn config(roots: &[u8]) -> hwl_trust_config {
    hwl_trust_config {
        struct_size: size::<hwl_trust_config>(),
        abi_version: HWL_ABI_VERSION,
        roots: roots.as_ptr(),
        root_count: u32::try_from(roots.len() / 32).unwrap(),
        verify: Some(hwl_ed25519_verify),
        ..zeroed()
    }
}

/// The fixture's root and issuer as pinned keys, where they stay.
pub(crate) struct Pinned {
    /// Root, then issuer.
    pub(crate) each: [hwl_pinned_key; 2],
    places: [*const hwl_pinned_key; 2],
    pub(crate) keys: hwl_pinned_keys,
}

/// The tables of both keys, made once: that takes a thousand verifications.
pub(crate) fn tables() -> &'static [Vec<u32>; 2] {
    static TABLES: OnceLock<[Vec<u32>; 2]> = OnceLock::new();
    TABLES.get_or_init(|| {
        [ROOT, ISSUER].map(|key| Pinned4::generate(&key).unwrap().words().as_flattened().as_flattened().to_vec())
    })
}

/// The table of the base point that they share.
fn base() -> &'static Vec<u32> {
    static BASE: OnceLock<Vec<u32>> = OnceLock::new();
    BASE.get_or_init(|| Pinned4::BASE.iter().flat_map(|point| point.words().as_flattened().to_vec()).collect())
}

/// Both keys, each with a table of 8 entries.
pub(crate) fn pinned() -> Box<Pinned> {
    let [root, issuer] = tables();
    let key = |public_key, words: &Vec<u32>| hwl_pinned_key {
        struct_size: size::<hwl_pinned_key>(),
        entries: 8,
        public_key,
        base: base().as_ptr(),
        words: words.as_ptr(),
    };
    let keys = hwl_pinned_keys { struct_size: size::<hwl_pinned_keys>(), count: 2, keys: core::ptr::null() };
    let each = [key(ROOT, root), key(ISSUER, issuer)];
    let mut pinned = Box::new(Pinned { each, places: [core::ptr::null(); 2], keys });
    pinned.places = pinned.each.each_ref().map(core::ptr::from_ref);
    pinned.keys.keys = pinned.places.as_ptr();
    pinned
}

/// What the fixture's root signed: the certificate of the issuer, and its signature.
pub(crate) fn certificate() -> (&'static [u8], &'static [u8; 64]) {
    let bundle = Bundle::parse(LICENSE_STRICT).unwrap();
    bundle.only(Kind::Certificate).unwrap().bytes().split_last_chunk().unwrap()
}

/// Trust in these roots, where it stays.
pub(crate) fn trust(roots: &[u8]) -> Box<hwl_trust> {
    let mut trust: Box<hwl_trust> = Box::new(zeroed());
    // SAFETY: both are alive, and the configuration names one root.
    assert_eq!(unsafe { hwl_trust_init(&raw mut *trust, &config(roots)) }, HWL_OK);
    trust
}

/// A licence, verified in binary form.
pub(crate) fn license(trust: &hwl_trust, file: &'static [u8]) -> Box<hwl_license> {
    let mut license: Box<hwl_license> = Box::new(zeroed());
    // SAFETY: all are alive, and the file is static.
    let status =
        unsafe { hwl_license_verify(&raw mut *license, trust, file.as_ptr(), file.len(), core::ptr::null_mut(), 0) };
    assert_eq!(status, HWL_OK);
    license
}

/// The identity of a machine of which the HWID is known.
pub(crate) fn known(hwid: hwl_hwid) -> Box<hwl_identity> {
    let mut identity: Box<hwl_identity> = Box::new(zeroed());
    // SAFETY: both are alive.
    assert_eq!(unsafe { hwl_identity_from_hwid(&raw mut *identity, &hwid, HWL_EVIDENCE_BOARD_SERIAL) }, HWL_OK);
    identity
}

/// A context with a brand and a clock.
pub(crate) fn context(brand: &[u8], now: u64) -> hwl_context {
    hwl_context {
        struct_size: size::<hwl_context>(),
        wall_unix_s: now,
        wall_state: HWL_READ,
        brand: text(brand),
        ..zeroed()
    }
}

/// A report to be written.
pub(crate) fn report() -> hwl_report {
    hwl_report { struct_size: size::<hwl_report>(), ..zeroed() }
}
