//! The C functions, given structs of arbitrary contents whose pointers lead into the input: no
//! crash, no output touched by a call that failed, no object in use after it could not be made.
//!
//! The verifier accepts everything, so that what comes after a signature is reached; licences are
//! the fixture's, with bytes of the input over some of theirs.

#![no_main]

#[path = "../c_source.rs"]
mod c_source;

use core::ffi::c_void;
use core::ptr::null_mut;

use hwlicense_ffi::armor::hwl_armor_decode;
use hwlicense_ffi::check::{HWL_GRANTED, hwl_context, hwl_license_check, hwl_report, hwl_report_grant};
use hwlicense_ffi::comparison::{hwl_compare, hwl_comparison};
use hwlicense_ffi::descriptor::{hwl_descriptor, hwl_module, hwl_nic, hwl_platform_id};
use hwlicense_ffi::enrollment::{hwl_enroll, hwl_enrollment_hwid};
use hwlicense_ffi::hwid::{hwl_hwid_format, hwl_hwid_parse};
use hwlicense_ffi::identity::{
    hwl_facts, hwl_identity, hwl_identity_facts, hwl_identity_hwid, hwl_identity_read, hwl_identity_read_enrolled,
};
use hwlicense_ffi::license::{
    hwl_license, hwl_license_feature, hwl_license_has_feature, hwl_license_terms, hwl_license_verify, hwl_terms,
};
use hwlicense_ffi::status::{HWL_E_BUFFER, HWL_E_NO_CHANNEL_LEFT, HWL_E_PANIC, HWL_E_STATE, HWL_OK};
use hwlicense_ffi::system::allocate::{hwl_system_allocate, hwl_system_switch_on};
use hwlicense_ffi::system::outcome::{
    HWL_GRANT_FREE, HWL_GRANT_LICENSED, HWL_PLACEMENT_HOSTED, HWL_POOL_CLASSES_MAX, hwl_allocation, hwl_balance,
    hwl_fault, hwl_grant, hwl_placement, hwl_plan, hwl_shortage, hwl_tally,
};
use hwlicense_ffi::system::plan::hwl_system_plan;
use hwlicense_ffi::system::rows::{hwl_device, hwl_moment, hwl_pool_license, hwl_server, hwl_system};
use hwlicense_ffi::trust::{hwl_trust, hwl_trust_admit, hwl_trust_config, hwl_trust_init};
use hwlicense_ffi::types::{hwl_hwid, hwl_text};
use hwlicense_ffi::version::HWL_ABI_VERSION;
use libfuzzer_sys::fuzz_target;

use c_source::{ROOT, Source, accepting, output, plain};

const LICENSES: [&[u8]; 2] = [
    include_bytes!("../../../fixture/src/license-strict.hwl"),
    include_bytes!("../../../fixture/src/license-tolerant.hwl"),
];

/// A descriptor, and the lists that it points to.
#[derive(Default)]
struct Lists {
    modules: Vec<hwl_module>,
    nics: Vec<hwl_nic>,
    ids: Vec<hwl_platform_id>,
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(0)
}

fn nic(source: &mut Source<'_>) -> hwl_nic {
    hwl_nic {
        bus: source.text(),
        driver: source.text(),
        kind: source.choice(5),
        membership: source.choice(2),
        permanent_mac_state: source.choice(3),
        current_mac_state: source.choice(3),
        permanent_mac: source.number(),
        current_mac: source.number(),
        reserved: u32::from(source.byte() == 255),
    }
}

fn descriptor(source: &mut Source<'_>, lists: &mut Lists) -> hwl_descriptor {
    for _ in 0..source.byte() % 5 {
        let size_bytes = u64::from_le_bytes(source.number());
        lists.modules.push(hwl_module { size_bytes, part: source.text(), serial: source.text() });
    }
    for _ in 0..source.byte() % 6 {
        lists.nics.push(nic(source));
    }
    for _ in 0..source.byte() % 3 {
        let reserved = u32::from(source.byte() == 255);
        lists.ids.push(hwl_platform_id { id: source.text(), source: source.choice(6), reserved });
    }
    hwl_descriptor {
        machine_kind: source.choice(4),
        memory_total_bytes: u64::from_le_bytes(source.number()),
        memory_total_state: source.choice(3),
        cpu_signature: source.word(),
        cpu_signature_state: source.choice(3),
        system_uuid_state: source.choice(3),
        system_uuid: source.number(),
        board_vendor: source.text(),
        board_product: source.text(),
        board_version: source.text(),
        board_serial: source.text(),
        system_vendor: source.text(),
        system_product: source.text(),
        system_version: source.text(),
        system_serial: source.text(),
        cpu_vendor: source.text(),
        cpu_model: source.text(),
        cpu_serial: source.text(),
        modules: lists.modules.as_ptr(),
        module_count: count(&lists.modules),
        module_size: size_of_row::<hwl_module>(),
        modules_state: source.choice(3),
        nics_state: source.choice(3),
        nics: lists.nics.as_ptr(),
        nic_count: count(&lists.nics),
        nic_size: size_of_row::<hwl_nic>(),
        platform_ids: lists.ids.as_ptr(),
        platform_id_count: count(&lists.ids),
        platform_id_size: size_of_row::<hwl_platform_id>(),
        ..plain(source)
    }
}

fn size_of_row<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(0)
}

fn machine(source: &mut Source<'_>, identity: &mut hwl_identity) {
    let mut lists = Lists::default();
    let described = descriptor(source, &mut lists);
    let salt: [u8; 16] = source.number();
    let mut page = [0; 1024];
    let capacity = if source.byte() < 240 { page.len() } else { usize::from(source.byte()) };
    let mut hwid: hwl_hwid = hwl_hwid { scheme: 0, bytes: [0; 16] };
    let mut comparison: hwl_comparison = plain(source);
    comparison.cause = 77;
    // SAFETY: every pointer leads to memory of the length that is said with it.
    unsafe {
        let mut length = 0;
        let status = hwl_enroll(&raw const described, salt.as_ptr(), page.as_mut_ptr(), capacity, &raw mut length);
        assert!(status != HWL_E_PANIC && (status == HWL_OK || status == HWL_E_BUFFER || length == 0));
        if status == HWL_OK {
            assert_eq!(hwl_enrollment_hwid(page.as_ptr(), length, &raw mut hwid), HWL_OK);
        }
        let kept: &[u8] = if status == HWL_OK { &page[..length] } else { source.bytes() };
        output(comparison, |out| hwl_compare(&raw const described, kept.as_ptr(), kept.len(), out));
        let status = if source.byte() & 1 == 0 {
            hwl_identity_read(identity, &raw const described)
        } else {
            hwl_identity_read_enrolled(identity, &raw const described, kept.as_ptr(), kept.len())
        };
        assert_ne!(status, HWL_E_PANIC);
        let found = hwl_identity_hwid(identity, &raw mut hwid);
        assert_eq!(status != HWL_OK, found == HWL_E_STATE, "an identity that could not be made is in use");
        output(plain::<hwl_facts>(source), |out| hwl_identity_facts(identity, out));
    }
}

fn rights(source: &mut Source<'_>, identity: &hwl_identity) {
    let mut trust = hwl_trust { opaque: [0; _] };
    let mut license = hwl_license { opaque: [0; _] };
    let mut config: hwl_trust_config = plain(source);
    config.abi_version = HWL_ABI_VERSION;
    config.roots = ROOT.as_ptr();
    config.root_count = 1;
    config.verify = Some(accepting);
    let mut file = LICENSES[usize::from(source.byte() & 1)].to_vec();
    for _ in 0..source.byte() % 8 {
        let at = usize::from(u16::from_le_bytes(source.number()));
        let length = file.len();
        file[at % length] = source.byte();
    }
    let extra = source.bytes();
    let mut scratch = [0; 512];
    let context = hwl_context {
        contact: source.choice(2),
        wall_unix_s: u64::from_le_bytes(source.number()),
        floor_unix_s: u64::from_le_bytes(source.number()),
        wall_state: source.choice(3),
        flags: source.choice(2),
        brand: source.text(),
        ..plain(source)
    };
    let mut report: hwl_report = plain(source);
    // SAFETY: every pointer leads to memory of the length that is said with it, and the files
    // outlive trust and licence.
    unsafe {
        assert_ne!(hwl_trust_init(&raw mut trust, &raw const config), HWL_E_PANIC);
        for admitted in [extra, &file] {
            output(0u32, |out| hwl_trust_admit(&raw mut trust, admitted.as_ptr(), admitted.len(), out));
        }
        let chosen = if source.byte() < 16 { extra } else { &file };
        let (room, size) = (scratch.as_mut_ptr(), scratch.len());
        let status = hwl_license_verify(&raw mut license, &raw const trust, chosen.as_ptr(), chosen.len(), room, size);
        assert_ne!(status, HWL_E_PANIC);
        let terms = output(plain::<hwl_terms>(source), |out| hwl_license_terms(&raw const license, out));
        assert!(status == HWL_OK || terms.is_none(), "a licence that was not verified has terms");
        let nothing = hwl_text { bytes: core::ptr::null(), length: 0, state: 0 };
        output(nothing, |out| hwl_license_feature(&raw const license, source.choice(3), out));
        let name = source.bytes();
        assert_ne!(hwl_license_has_feature(&raw const license, name.as_ptr(), name.len()), HWL_E_PANIC);
        report.verdict = HWL_GRANTED;
        report.verdict_inverse = !HWL_GRANTED;
        let size = report.struct_size;
        let checked = hwl_license_check(&raw const license, identity, &raw const context, &raw mut report);
        assert_ne!(checked, HWL_E_PANIC);
        assert_eq!(report.struct_size, size);
        // A report too small to be one is not written, and grants nothing either.
        assert!(checked == HWL_OK || hwl_report_grant(&raw const report) != HWL_GRANTED, "granted after {checked}");
    }
}

/// Keys of licences in a System: few, so that some come twice.
const KEYS: [&[u8; 20]; 3] = [b"KWCQ-0C8D-XGD2-VBRM\0", b"B88W-6W09-XS18-TDGK\0", b"not a licence key  \0"];

fn server_row(source: &mut Source<'_>) -> hwl_server {
    hwl_server {
        id: [source.byte(); 16],
        since_unix_s: u64::from(source.word()),
        hardware_changed_unix_s: u64::from(source.byte() & 1),
        presence: source.choice(3).wrapping_add(1),
        takes_over: source.choice(1),
        devices_max: source.choice(9),
        location: u16::from(source.byte() & 1),
        reserved: u16::from(source.byte() == 255),
    }
}

fn device_row(source: &mut Source<'_>) -> hwl_device {
    hwl_device {
        id: [source.byte(); 16],
        class_number: u16::from(source.byte() % 14),
        channels: u16::from(source.byte() % 5),
        host: u16::from_le_bytes(source.number()) % 9,
        preferred: u16::from(source.byte() % 9),
        reach_first: source.choice(12),
        reach_count: u16::from(source.byte() % 5),
        wanted: source.byte() % 3,
        channel: source.byte() % 4,
        priority: 1 + source.byte() % 5,
        reserved: [0, 0, u8::from(source.byte() == 255)],
    }
}

fn license_row(source: &mut Source<'_>) -> hwl_pool_license {
    hwl_pool_license {
        issued_unix_s: u64::from(source.byte()),
        not_before_unix_s: u64::from(source.byte()),
        expires_unix_s: u64::from(source.word()),
        channels: source.choice(9),
        held: source.choice(4),
        grace_offline_s: source.word(),
        grace_changed_s: source.word(),
        digest: [source.byte(); 32],
        key: *KEYS[usize::from(source.byte()) % KEYS.len()],
        class_number: u16::from(source.byte() % 14),
        server: if source.byte() < 32 { u16::MAX } else { u16::from(source.byte() % 9) },
        reason: source.choice(18).wrapping_add(1),
        tolerates: source.choice(63),
    }
}

/// A System of a few rows, in which much is wrong: what is given out never exceeds what is there,
/// and nobody is recorded without a grant.
fn installation(source: &mut Source<'_>) {
    let servers: Vec<_> = (0..source.byte() % 9).map(|_| server_row(source)).collect();
    let devices: Vec<_> = (0..source.byte() % 12).map(|_| device_row(source)).collect();
    let licenses: Vec<_> = (0..source.byte() % 6).map(|_| license_row(source)).collect();
    let reach: Vec<u16> = (0..source.byte() % 16).map(|_| u16::from(source.byte() % 9)).collect();
    let system = hwl_system {
        scope: source.choice(2),
        server_count: count(&servers),
        server_size: size_of_row::<hwl_server>(),
        device_count: count(&devices),
        device_size: size_of_row::<hwl_device>(),
        license_count: count(&licenses),
        license_size: size_of_row::<hwl_pool_license>(),
        reach_count: count(&reach),
        servers: servers.as_ptr(),
        devices: devices.as_ptr(),
        licenses: licenses.as_ptr(),
        reach: reach.as_ptr(),
        ..plain(source)
    };
    let moment = hwl_moment {
        event: source.choice(4),
        now_unix_s: u64::from(source.word()),
        event_server: source.choice(8),
        event_component: source.choice(6),
        ..plain(source)
    };
    let mut workspace = [0x5555_5555_5555_5555u64; 1024];
    let room = if source.byte() < 240 { size_of_val(&workspace) } else { usize::from(source.byte()) * 8 };
    let memory: *mut c_void = workspace.as_mut_ptr().cast();
    // SAFETY: the rows of the header may be all zero.
    let (mut tallies, mut grants, mut placements, mut balances): (
        Vec<hwl_tally>,
        Vec<hwl_grant>,
        Vec<hwl_placement>,
        Vec<hwl_balance>,
    ) = unsafe {
        (
            vec![core::mem::zeroed(); licenses.len()],
            vec![core::mem::zeroed(); devices.len()],
            vec![core::mem::zeroed(); devices.len()],
            vec![core::mem::zeroed(); HWL_POOL_CLASSES_MAX as usize],
        )
    };
    let mut fault: hwl_fault = plain(source);
    let allocation = hwl_allocation {
        tally_size: size_of_row::<hwl_tally>(),
        grant_size: size_of_row::<hwl_grant>(),
        balance_size: size_of_row::<hwl_balance>(),
        tallies: tallies.as_mut_ptr(),
        grants: grants.as_mut_ptr(),
        balances: balances.as_mut_ptr(),
        ..plain(source)
    };
    let (of, at) = (&raw const system, &raw const moment);
    // SAFETY: every pointer leads to memory of the length that is said with it.
    let given = output(allocation, |out| unsafe { hwl_system_allocate(of, at, memory, room, out, &raw mut fault) });
    if given.is_some() {
        assert!(tallies.iter().zip(&licenses).all(|(tally, row)| u64::from(tally.used) <= 2 * u64::from(row.channels)));
        assert!(balances.iter().all(|balance| balance.used <= balance.units));
    } else {
        assert!(grants.iter().all(|grant| grant.kind == 0), "written by a call that failed");
    }
    let device = source.choice(12);
    // SAFETY: as above.
    output(plain::<hwl_shortage>(source), |out| unsafe {
        match hwl_system_switch_on(of, at, device, memory, room, out, &raw mut fault) {
            // The shortage is written, so this counts as an answer.
            HWL_E_NO_CHANNEL_LEFT => HWL_OK,
            status => status,
        }
    });
    let plan = hwl_plan {
        grant_size: size_of_row::<hwl_grant>(),
        placement_size: size_of_row::<hwl_placement>(),
        grants: grants.as_ptr(),
        placements: placements.as_mut_ptr(),
        ..plain(source)
    };
    // SAFETY: as above.
    let planned = output(plan, |out| unsafe { hwl_system_plan(of, at, memory, room, out, &raw mut fault) });
    for (placement, grant) in placements.iter().zip(&grants) {
        let may_be = grant.kind == HWL_GRANT_FREE || grant.kind == HWL_GRANT_LICENSED;
        assert!(placement.kind != HWL_PLACEMENT_HOSTED || (planned.is_some() && may_be));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut source = Source(bytes);
    let text = source.bytes();
    let mut buffer = [0; 256];
    let mut length = 0;
    // SAFETY: every pointer leads to memory of the length that is said with it.
    unsafe {
        let none = hwl_hwid { scheme: 9, bytes: [9; 16] };
        if let Some(hwid) = output(none, |out| hwl_hwid_parse(text.as_ptr(), text.len(), out)) {
            assert_eq!(hwl_hwid_format(&raw const hwid, buffer.as_mut_ptr(), buffer.len(), &raw mut length), HWL_OK);
            assert!(buffer[..length].eq_ignore_ascii_case(text.trim_ascii()));
        }
        let (room, size) = (buffer.as_mut_ptr(), buffer.len());
        assert_ne!(hwl_armor_decode(text.as_ptr(), text.len(), room, size, &raw mut length), HWL_E_PANIC);
        assert_ne!(hwl_armor_decode(text.as_ptr(), text.len(), null_mut(), 0, &raw mut length), HWL_E_PANIC);
    }
    let mut identity = hwl_identity { opaque: [0; _] };
    machine(&mut source, &mut identity);
    rights(&mut source, &identity);
    installation(&mut source);
});
