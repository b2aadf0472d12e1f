//! The layout of every struct of the header: fields one after the other, without gaps, on each
//! target that this is compiled for.

use core::mem::offset_of;

use crate::check::{hwl_context, hwl_report};
use crate::client::device::hwl_client_device;
use crate::client::exchange::hwl_answer;
use crate::client::rights::{hwl_client_facts, hwl_right};
use crate::client::storage::hwl_storage;
use crate::client::{hwl_client, hwl_client_config};
use crate::comparison::hwl_comparison;
use crate::descriptor::{hwl_descriptor, hwl_module, hwl_nic, hwl_platform_id};
use crate::fetch::hwl_fetched;
use crate::handover::{hwl_handover, hwl_update_facts};
use crate::identity::{hwl_facts, hwl_identity};
use crate::image::hwl_image;
use crate::license::{hwl_license, hwl_terms};
use crate::pinned::{hwl_pinned_key, hwl_pinned_keys};
use crate::product::hwl_product;
use crate::system::outcome::{
    hwl_allocation, hwl_balance, hwl_fault, hwl_grant, hwl_placement, hwl_plan, hwl_shortage, hwl_tally,
};
use crate::system::rows::{hwl_device, hwl_moment, hwl_pool_license, hwl_server, hwl_system};
use crate::trust::{hwl_trust, hwl_trust_config};
use crate::types::{hwl_hwid, hwl_text};
use crate::update::{hwl_update, hwl_update_config};

/// The size of the field that a function picks.
const fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layouts {
    ($( $name:ident { $($field:ident)* } )*) => {
        $(
            #[allow(clippy::arithmetic_side_effects, reason = "evaluated by the compiler, which checks")]
            const _: () = {
                let mut end = 0;
                $(
                    assert!(offset_of!($name, $field) == end, "a gap before a field");
                    end += size_of_field(|whole: &$name| &whole.$field);
                )*
                assert!(size_of::<$name>() == end, "a gap at the end");
            };
        )*

        /// Struct, field and offset of each, and the sizes of the structs, for the test that shows
        /// them to a C compiler.
        #[doc(hidden)]
        pub const LAYOUTS: &[(&str, usize, &[(&str, usize)])] = &[
            $( (stringify!($name), size_of::<$name>(), &[$( (stringify!($field), offset_of!($name, $field)) ),*]) ),*
        ];
    };
}

layouts! {
    hwl_text { bytes length state }
    hwl_hwid { scheme bytes }
    hwl_nic { bus driver kind membership permanent_mac_state current_mac_state permanent_mac current_mac reserved }
    hwl_module { size_bytes part serial }
    hwl_platform_id { id source reserved }
    hwl_descriptor {
        struct_size machine_kind memory_total_bytes memory_total_state cpu_signature cpu_signature_state
        system_uuid_state system_uuid board_vendor board_product board_version board_serial system_vendor
        system_product system_version system_serial cpu_vendor cpu_model cpu_serial modules module_count module_size
        modules_state nics_state nics nic_count nic_size platform_ids platform_id_count platform_id_size
    }
    hwl_identity { opaque }
    hwl_facts { struct_size evidence unreadable stood_in counted_nics components }
    hwl_comparison { struct_size cause changes nics_kept nics_gone nics_added }
    hwl_trust { opaque }
    hwl_trust_config { struct_size abi_version roots verify verify_ctx log log_ctx root_count log_level }
    hwl_pinned_key { struct_size entries public_key base words }
    hwl_pinned_keys { struct_size count keys }
    hwl_license { opaque }
    hwl_terms {
        struct_size flags issued_unix_s not_before_unix_s expires_unix_s maintenance_until_unix_s grace_offline_s
        grace_changed_s class_number count feature_count evidence_required evidence_accepted reserved brand holder
        edition reserved_pointer key hwid reserved_end
    }
    hwl_context { struct_size contact wall_unix_s floor_unix_s wall_state flags brand reserved_pointer }
    hwl_report {
        struct_size verdict verdict_inverse reason cause components unreadable evidence_missing evidence_unwanted
        expires_state expires_unix_s
    }
    hwl_server { id since_unix_s hardware_changed_unix_s presence takes_over devices_max location reserved }
    hwl_device {
        id class_number channels host preferred reach_first reach_count wanted channel priority reserved
    }
    hwl_pool_license {
        issued_unix_s not_before_unix_s expires_unix_s channels held grace_offline_s grace_changed_s digest key
        class_number server reason tolerates
    }
    hwl_system {
        struct_size scope server_count server_size device_count device_size license_count license_size reach_count
        reserved servers devices licenses reach
    }
    hwl_moment { struct_size event now_unix_s event_server event_component }
    hwl_tally { counts_until_unix_s status counts used held }
    hwl_grant { class_number kind channel }
    hwl_balance { class_number units used missing without }
    hwl_allocation {
        struct_size tally_size grant_size balance_size balance_count licensed without is_whole tallies grants balances
    }
    hwl_shortage { struct_size class_number missing }
    hwl_placement { server kind obstacle }
    hwl_plan {
        struct_size grant_size placement_size quality wanted hosted unlicensed moves starts stops squares grants
        placements
    }
    hwl_fault { struct_size list row reserved workspace_size }
    hwl_client { opaque }
    hwl_client_config { struct_size abi_version built_unix_s seed uptime_s server_count reserved }
    hwl_storage { struct_size reserved ctx read erase write }
    hwl_client_device {
        struct_size wall_state wall_unix_s class_number count identity enrollment enrollment_length reserved_pointer
        brand name software license_key running running_length
    }
    hwl_answer { struct_size kind number reserved }
    hwl_right { struct_size class_number count until_state until_unix_s key reserved report }
    hwl_client_facts { struct_size state refusal last_contact_state last_contact_unix_s floor_unix_s }
    hwl_update { opaque }
    hwl_update_config { struct_size abi_version seed server_count restart }
    hwl_image { struct_size reserved size_bytes block_bytes ctx read erase write flush }
    hwl_product {
        struct_size hardware version_major version_minor version_patch version_build security_version reserved
        identity brand component model
    }
    hwl_fetched { struct_size kind number reserved }
    hwl_handover {
        struct_size clearance clearance_inverse size_bytes version_major version_minor version_patch version_build
        security_version reserved sha256 update
    }
    hwl_update_facts { struct_size progress stored_permille failure floor reserved update }
}
