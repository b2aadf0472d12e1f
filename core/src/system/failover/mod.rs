//! Who records what when servers fail.

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
    let mut roster = Roster::at_home((system, placements), competitors, candidates, loads);
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
    let mut has_fewest_moves = moves::arrange_free(graph);
    if !has_fewest_moves {
        flow::choose(graph);
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
