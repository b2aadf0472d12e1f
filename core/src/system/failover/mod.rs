//! Who records what when servers fail.
//!
//! # What a plan says
//! Each device gets a [`Placement`]: a server, or why it has none. Only devices whose recording is
//! wanted and licensed take part.
//!
//! * **At home.** A device whose own (preferred) server is online and reaches it is recorded there,
//!   however many that server may record: own devices come first. While another server records it,
//!   it goes back once contact has been stable for [`RETURN_AFTER_S`].
//! * **Never.** A device of that priority is at home or without.
//! * **Elsewhere.** All others compete for servers that are online, reach them, take over devices
//!   of others, and, if the System says so, stand in the location of their own server. Their own
//!   server need not take over others; while its contact is not stable yet, it is one of these.
//!   What a server may record at most includes the devices at home.
//!
//! # Who comes first
//! By [`Priority`](super::Priority), then those that a server which is online records now, then by id.
//! The devices that go without are those that this order leaves over: who is recorded is never
//! displaced by an equal, and there is no plan with more devices of high priority, or with as many
//! of these and more of medium priority, and so on. Among the plans that record the same devices, fewer
//! moves are better, then a more even load. Nothing depends on the order of rows.
//!
//! One case takes two plans: a device that is displaced elsewhere while its own server's contact
//! is not stable yet and has no room. It goes home with the next plan, since nobody records it.
//!
//! # How it is found
//! Sets of devices that can be recorded together are the independent sets of a matroid, so the order
//! above has one best set. The planner works on the graph of servers, in which an arc says that a
//! device could go from one to another, so that a step costs little however many devices there are:
//!
//! 1. Everybody gets a place, room or not: on the server that records it, else on one with few
//!    devices (`roster`).
//! 2. Overfull servers hand devices on to servers with room, along ways that move the fewest
//!    recorded devices (`moves`, over `graph` and `prices`).
//! 3. If there is not room for all, whoever cannot be placed is taken out from the last rank on
//!    (`flow`, which proves it), and 1 and 2 are done once more for those who are left.
//! 4. Devices go, or change places, where that evens the load (`even`).
//!
//! Who is recorded is exact at every size. [`Summary::quality`] says whether moves and load are
//! proven the best as well: moves nearly always, load up to [`EXACT_SERVERS_MAX`] servers and
//! [`EXACT_DEVICES_MAX`] competing devices.
//!
//! # Bounds
//! Memory: [`Sizes`]; with the eight bytes of [`Orders`](super::Orders), 28 bytes for each device and 6 for
//! each server that reaches it (76 at a reach of 8), 8 for each pair of servers, and 32 for each server
//! with a bit for each pair. No recursion. Work: a few passes over the candidates of all devices;
//! searches over the pairs of servers, at most one for each server and each of 64 lengths in
//! moves, and one more for each device taken out; for each device moved, a step for each server
//! that reaches it.
//!
//! # Example
//! ```
//! use hwlicense::license::Class;
//! use hwlicense::system::failover::{Competitor, Load, Pair, Placement, Sizes, Workspace, plan};
//! use hwlicense::system::{
//!     Channel, Device, DeviceId, Event, Failover, Grant, Need, Orders, Policy, Presence, Priority, Reach, Scope,
//!     Server, ServerId, ServerIndex, System,
//! };
//! use hwlicense::time::UnixSeconds;
//!
//! let now = UnixSeconds(1_800_000_000);
//! let server = |id| Server {
//!     id: ServerId([id; 16]),
//!     name: "",
//!     brand: "northgate",
//!     hwids: &[],
//!     former_hwids: &[],
//!     hardware_changed: None,
//!     presence: Presence::Online { since: UnixSeconds(1_700_000_000) },
//!     failover: Failover { enabled: true, devices_max: 64 },
//!     location: 0,
//! };
//! // Two servers, and a device of the first that both reach.
//! let servers = [server(1), server(2)];
//! let devices = [Device {
//!     id: DeviceId([7; 16]),
//!     need: Need::one(Class::PROFESSIONAL),
//!     wanted: true,
//!     channel: Channel::Agreed,
//!     priority: Priority::High,
//!     host: Some(ServerIndex(0)),
//!     preferred: ServerIndex(0),
//!     reach: Reach { first: 0, count: 2 },
//! }];
//! let system = System {
//!     name: "Harbour",
//!     brand: "northgate",
//!     protocol: 1,
//!     policy: Policy::KeepRecording,
//!     scope: Scope::Anywhere,
//!     servers: &servers,
//!     devices: &devices,
//!     licenses: &[],
//!     reach: &[ServerIndex(0), ServerIndex(1)],
//! };
//! let orders = Orders {
//!     servers: &mut [0; 2],
//!     devices_by_id: &mut [0; 1],
//!     devices_by_rank: &mut [0; 1],
//!     licenses: &mut [],
//! };
//! let checked = system.check(orders)?;
//!
//! const SIZES: Sizes = Sizes::for_counts(2, 1, 2);
//! let workspace = Workspace {
//!     competitors: &mut [Competitor::default(); SIZES.competitors],
//!     candidates: &mut [0; SIZES.candidates],
//!     witnesses: &mut [0; SIZES.witnesses],
//!     loads: &mut [Load::default(); SIZES.loads],
//!     pairs: &mut [Pair::default(); SIZES.pairs],
//!     bits: &mut [0; SIZES.bits],
//! };
//! let grants = [Grant::Licensed(Class::PROFESSIONAL)];
//! let mut placements = [Placement::Idle; 1];
//!
//! // What if the first one fails?
//! let event = Some(Event::Fail(ServerIndex(0)));
//! let summary = plan(&checked, now, event, &grants, workspace, &mut placements)?;
//! assert_eq!(placements, [Placement::Hosted(ServerIndex(1))]);
//! assert_eq!((summary.starts, summary.moves, summary.high.without()), (1, 0, 0));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod even;
mod flow;
mod graph;
mod moves;
mod placement;
mod prices;
mod roster;
mod rules;
mod workspace;

pub use even::{EXACT_DEVICES_MAX, EXACT_SERVERS_MAX};
pub use placement::{Obstacle, Placement, PlanError, Quality, Summary, Tally};
pub use rules::RETURN_AFTER_S;
pub use workspace::{Competitor, Load, Pair, Part, Sizes, Workspace};

use self::graph::Graph;
use self::roster::{Roster, wide};
use self::rules::Rules;
use self::workspace::{NOWHERE, first};
use super::checked::{Checked, row};
use super::grant::Grant;
use super::status::{Event, Moment};
use crate::time::UnixSeconds;

/// Says for each device which server records it from now on, or why none does.
///
/// `grants` and `placements` hold one entry for each device, in the order of its rows. With an
/// `event` it is the plan for when that has happened.
///
/// # Errors
/// [`PlanError`] tells which memory is too short and how much is needed, or that the grants belong
/// to another System. Nothing was written to `placements`.
///
/// # Bounds
/// See the [module](self).
pub fn plan(
    system: &Checked<'_>,
    now: UnixSeconds,
    event: Option<Event>,
    grants: &[Grant],
    workspace: Workspace<'_>,
    placements: &mut [Placement],
) -> Result<Summary, PlanError> {
    let rows = system.system();
    if grants.len() != rows.devices.len() {
        return Err(PlanError::GrantsDiffer);
    }
    let Workspace { competitors, candidates, witnesses, loads, pairs, bits } = workspace.cut(&Sizes::of(system)?)?;
    let placements = first(placements, rows.devices.len(), Part::Placements)?;
    let rules = Rules { moment: Moment { system: rows, now, event } };

    settle(&rules, grants, placements);
    let mut roster = Roster::at_home((system, &rules, placements), competitors, candidates, loads);
    roster.enter(system, &rules, |position| row(placements, position) == Some(&COMPETES));
    let quality = decide(&mut Graph::new(&mut roster, pairs, witnesses, bits));
    Ok(write(&rules, &roster, placements, quality))
}

/// What a competitor has until it gets a place: nothing else is settled as this.
const COMPETES: Placement = Placement::Without(Obstacle::Full);

/// Writes for each device what can be said of it by itself; the others compete.
fn settle(rules: &Rules<'_>, grants: &[Grant], placements: &mut [Placement]) {
    for ((device, grant), placement) in rules.system().devices.iter().zip(grants).zip(placements) {
        *placement = rules.settle(device, *grant).unwrap_or(COMPETES);
    }
}

/// Decides who is recorded, then by whom.
fn decide(graph: &mut Graph<'_, '_>) -> Quality {
    graph.roster.seat();
    if graph.roster.excess() > graph.roster.room() {
        flow::choose(graph);
        graph.roster.seat();
    }
    let mut has_fewest_moves = moves::arrange(graph);
    if graph.roster.excess() > 0 {
        flow::choose(graph);
        graph.roster.seat();
        has_fewest_moves = moves::arrange(graph);
    }
    if even::improve(graph) {
        Quality::Least
    } else if has_fewest_moves {
        Quality::FewestMoves
    } else {
        Quality::Improved
    }
}

/// Writes the places of those that competed, and counts.
fn write(rules: &Rules<'_>, roster: &Roster<'_>, placements: &mut [Placement], quality: Quality) -> Summary {
    for competitor in roster.competitors.iter().filter(|competitor| competitor.at != NOWHERE) {
        if let Some(placement) = placements.get_mut(wide(competitor.device)) {
            *placement = Placement::Hosted(roster.server(competitor.at));
        }
    }
    let square = |load: &Load| u64::from(load.devices).saturating_pow(2);
    let squares = roster.loads.iter().map(square).fold(0, u64::saturating_add);
    let mut summary = Summary { squares, quality, ..Summary::default() };
    for (device, placement) in rules.system().devices.iter().zip(placements) {
        summary.count(device, rules.recorded_by(device), *placement);
    }
    summary
}
