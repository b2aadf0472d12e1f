//! Who records what from now on, when servers failed or came back.

use core::ffi::c_void;

use hwlicense::system::Priority;
use hwlicense::system::failover::{Placement, PlanError, Quality, Summary, plan};

use super::convert::{grant, placement_row};
use super::list::List;
use super::outcome::{
    HWL_LIST_DEVICES, HWL_LIST_GRANTS, HWL_PLAN_FEWEST_MOVES, HWL_PLAN_IMPROVED, HWL_PLAN_LEAST, hwl_fault, hwl_grant,
    hwl_placement, hwl_plan,
};
use super::question::{Fault, Question, convert_all};
use super::room::PlanRoom;
use super::rows::{hwl_moment, hwl_system};
use super::{narrow, wide};
use crate::guard::guard;
use crate::ptr::{self, Output};
use crate::status::{Failure, hwl_status};

/// Says for each device which server records it from now on, or why none does.
///
/// The most devices of high priority are recorded, then of medium, then of low; among such plans
/// few devices move, and the load is even. A device that its own server records stays there; one
/// that was taken over goes back once its server was in contact for 60 seconds. Licences are not
/// looked at, and may be left out of the System: the grants say who may be recorded.
///
/// With the event HWL_EVENT_FAIL it is the plan for when that server has failed: so it is known
/// beforehand which devices nobody could take over.
///
/// # Errors
/// HWL_E_BUFFER if the workspace is too small, HWL_E_NO_SERVERS to HWL_E_COUNT_OVERFLOW if rows do
/// not hold together, HWL_E_REACH_OVERFLOW, and those of a wrong call. The fault says where.
///
/// # Safety
/// - `system`, `moment`: readable, with the arrays that they name.
/// - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
/// - `plan`, `fault`: writable, with the arrays that they name. None of these overlap.
///
/// Any thread. Interrupt: no. Stack: 1632 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_system_plan(
    system: *const hwl_system,
    moment: *const hwl_moment,
    workspace: *mut c_void,
    workspace_size: usize,
    plan: *mut hwl_plan,
    fault: *mut hwl_fault,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on these.
        let question = unsafe { Question::new(system, moment, workspace, workspace_size, fault) };
        let question = question.as_ref().map_err(|failure| *failure)?;
        let mut lent = ptr::zeroed();
        // SAFETY: the caller's word on `plan`.
        unsafe { ptr::input(plan, &mut lent) }?;
        let lent = Lent::new(question, lent)?;
        // SAFETY: as above.
        let output = unsafe { Output::new(plan) }?;
        let outputs = [output.range(), lent.placements.range()];
        question.check_apart(&outputs)?;
        question.check_beside(lent.grants.range(), &outputs)?;
        question.answer(|question| answer(question, &lent, &output))
    })
}

/// The arrays for a plan.
struct Lent {
    given: hwl_plan,
    grants: List<hwl_grant>,
    placements: List<hwl_placement>,
}

impl Lent {
    fn new(question: &Question, given: hwl_plan) -> Result<Self, Failure> {
        let devices = narrow(question.devices.count());
        Ok(Self {
            given,
            grants: List::new(given.grants, devices, given.grant_size)?,
            placements: List::writable(given.placements, devices, given.placement_size)?,
        })
    }
}

/// How many servers reach a device, over all devices.
fn reached(question: &Question) -> Result<usize, Fault> {
    let mut sum = 0u32;
    for index in 0..question.devices.count() {
        let at = |failure| Fault::at(HWL_LIST_DEVICES, index, failure);
        // SAFETY: lists are readable and unchanged by the contract of `Question::new`.
        let row = unsafe { question.devices.row(index) }.map_err(at)?;
        sum = sum.checked_add(row.reach_count.into()).ok_or_else(|| at(PlanError::ReachOverflow.into()))?;
    }
    Ok(wide(sum))
}

fn answer(question: &Question, lent: &Lent, output: &Output<hwl_plan>) -> Result<(), Fault> {
    let counts = question.counts()?;
    let reached = reached(question)?;
    // SAFETY: nothing else was cut from the workspace during this call.
    let room = unsafe { question.cut(|arena| PlanRoom::cut(arena, counts, reached)) }?;
    let PlanRoom { rows, planner, grants, placements } = room;
    convert_all(&lent.grants, grants, HWL_LIST_GRANTS, grant)?;
    question.with_system(rows, |checked| {
        let summary =
            plan(checked, question.now, question.event, grants, planner, placements).map_err(Failure::from)?;
        write(lent, placements, &summary, output);
        Ok(())
    })
}

fn write(lent: &Lent, placements: &[Placement], summary: &Summary, output: &Output<hwl_plan>) {
    for (index, placement) in (0..lent.placements.count()).zip(placements) {
        // SAFETY: the array is writable and nobody else's by the caller's word, and was checked.
        unsafe { lent.placements.write(index, placement_row(*placement)) };
    }
    let tallies = [Priority::High, Priority::Medium, Priority::Low, Priority::Never].map(|each| summary.of(each));
    output.write(&hwl_plan {
        quality: match summary.quality {
            Quality::Least => HWL_PLAN_LEAST,
            Quality::FewestMoves => HWL_PLAN_FEWEST_MOVES,
            Quality::Improved => HWL_PLAN_IMPROVED,
        },
        wanted: tallies.map(|tally| tally.wanted),
        hosted: tallies.map(|tally| tally.hosted),
        unlicensed: summary.unlicensed,
        moves: summary.moves,
        starts: summary.starts,
        stops: summary.stops,
        squares: summary.squares,
        ..lent.given
    });
}
