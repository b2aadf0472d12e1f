//! What a call needs of the workspace: rows of the core, their orders, and the outcome until all
//! of it is there.

use hwlicense::system::failover::{Competitor, Load, Pair, Placement, Sizes, Workspace};
use hwlicense::system::{Device, Grant, Orders, PoolLicense, Server, Tally};

use super::arena::Arena;
use super::wide;

/// How many rows a System has.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) servers: usize,
    pub(super) devices: usize,
    pub(super) licenses: usize,
}

/// Rows of the core and their orders. Those with eight-byte numbers come first, so that no byte
/// lies idle between.
pub(super) struct Rows<'w> {
    pub(super) servers: &'w mut [Server<'w>],
    pub(super) licenses: &'w mut [PoolLicense],
    pub(super) devices: &'w mut [Device],
    pub(super) orders: Orders<'w>,
}

impl<'w> Rows<'w> {
    fn cut(arena: &mut Arena<'w>, counts: Counts) -> Self {
        Self {
            servers: arena.rows(counts.servers),
            licenses: arena.rows(counts.licenses),
            devices: arena.rows(counts.devices),
            orders: Orders {
                devices_by_id: arena.rows(counts.devices),
                devices_by_rank: arena.rows(counts.devices),
                licenses: arena.rows(counts.licenses),
                servers: arena.rows(counts.servers),
            },
        }
    }
}

/// What an allocation needs.
pub(super) struct PoolRoom<'w> {
    pub(super) tallies: &'w mut [Tally],
    pub(super) rows: Rows<'w>,
    pub(super) grants: &'w mut [Grant],
}

impl<'w> PoolRoom<'w> {
    pub(super) fn cut(arena: &mut Arena<'w>, counts: Counts) -> Self {
        Self {
            tallies: arena.rows(counts.licenses),
            rows: Rows::cut(arena, counts),
            grants: arena.rows(counts.devices),
        }
    }
}

/// What a plan needs. It looks at no licence.
pub(super) struct PlanRoom<'w> {
    pub(super) rows: Rows<'w>,
    pub(super) planner: Workspace<'w>,
    pub(super) grants: &'w mut [Grant],
    pub(super) placements: &'w mut [Placement],
}

impl<'w> PlanRoom<'w> {
    /// `reached` is how many servers reach a device, over all devices.
    pub(super) fn cut(arena: &mut Arena<'w>, counts: Counts, reached: usize) -> Self {
        let sizes = Sizes::for_counts(counts.servers, counts.devices, reached);
        let loads: &mut [Load] = arena.rows(sizes.loads);
        let rows = Rows::cut(arena, Counts { licenses: 0, ..counts });
        let competitors: &mut [Competitor] = arena.rows(sizes.competitors);
        let pairs: &mut [Pair] = arena.rows(sizes.pairs);
        let (witnesses, bits) = (arena.rows(sizes.witnesses), arena.rows(sizes.bits));
        let candidates = arena.rows(sizes.candidates);
        Self {
            rows,
            planner: Workspace { competitors, candidates, witnesses, loads, pairs, bits },
            grants: arena.rows(counts.devices),
            placements: arena.rows(counts.devices),
        }
    }
}

/// How many bytes of workspace every call on a System of this size needs at most; SIZE_MAX if no
/// memory has so many.
///
/// `reached` is the sum of `reach_count` over all devices. A workspace that is set aside before a
/// System is there needs the size for the largest one.
///
/// Any thread. Interrupt: yes. Stack: 496 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn hwl_system_workspace_size(servers: u32, devices: u32, licenses: u32, reached: u32) -> usize {
    let counts = Counts { servers: wide(servers), devices: wide(devices), licenses: wide(licenses) };
    let (mut pool, mut plan) = (Arena::empty(), Arena::empty());
    PoolRoom::cut(&mut pool, counts);
    PlanRoom::cut(&mut plan, counts, wide(reached));
    pool.needed().max(plan.needed())
}
