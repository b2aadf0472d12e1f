//! Who verifies signatures: a feature of this crate chooses.

// What is written for any place in any crate may be more public than this one needs.
#[cfg(feature = "pinned")]
#[allow(unreachable_pub, reason = "generated")]
mod pinned_issuer;
#[cfg(feature = "pinned")]
#[allow(unreachable_pub, reason = "generated")]
mod pinned_root;

#[cfg(feature = "pinned")]
use hwlicense::signed::{NoOther, Pinned, PinnedTable};

/// The tables of the vendor's two keys, which `hwlicense key pin` wrote.
#[cfg(feature = "pinned")]
static TABLES: [PinnedTable<'static>; 2] = [pinned_root::PINNED_ROOT.table(), pinned_issuer::PINNED_ISSUER.table()];

/// The two keys and no other.
#[cfg(feature = "pinned")]
pub(crate) const ENGINE: Pinned<'static, NoOther> = Pinned::new(&TABLES, NoOther);

/// Any key, in little flash.
#[cfg(all(feature = "small", not(feature = "pinned")))]
pub(crate) use hwlicense::signed::Ed25519Small as ENGINE;

/// Any key, as on servers.
#[cfg(all(feature = "dalek", not(any(feature = "small", feature = "pinned"))))]
pub(crate) use hwlicense::signed::Ed25519 as ENGINE;
