//! Who gets a channel of the pool, and whether one more device can be switched on.

use core::ffi::c_void;

use hwlicense::system::{self, Allocation, Checked, Grant, Tally};

use super::convert::{grant_row, tally_row};
use super::list::List;
use super::outcome::{
    HWL_LIST_DEVICES, HWL_POOL_CLASSES_MAX, hwl_allocation, hwl_balance, hwl_fault, hwl_grant, hwl_shortage, hwl_tally,
};
use super::question::{Fault, Question};
use super::room::PoolRoom;
use super::rows::{hwl_moment, hwl_system};
use super::{failure, narrow, wide};
use crate::guard::guard;
use crate::ptr::{self, Output};
use crate::status::{Failure, HWL_E_NO_CHANNEL_LEFT, HWL_E_VALUE, hwl_status};

/// Gives out the channels of all licences that count: to each device at most one, by priority,
/// those that hold one first, then by id. A device goes without only if no choice of licences
/// could serve it beside those before it.
///
/// The tallies say what each licence is worth and how much of it is used, the grants what each
/// device gets. While servers cannot be heard, devices keep what they hold, and others share what
/// is left of the licences whose servers are online: so two halves of one System never use a
/// channel twice. For that, what `hwl_allocation` says about `channel` and `held` has to be done.
///
/// The merge of two Systems is not offered here: a server in Rust does it.
///
/// # Errors
/// HWL_E_BUFFER if the workspace is too small, HWL_E_NO_SERVERS to HWL_E_HELD_TOO_MANY if rows do
/// not hold together, HWL_E_TOO_MANY_CLASSES, HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED, and those of a
/// wrong call. The fault says where.
///
/// # Safety
/// - `system`, `moment`: readable, with the arrays that they name.
/// - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
/// - `allocation`, `fault`: writable, with the arrays that they name. None of these overlap.
///
/// Any thread. Interrupt: no. Stack: 4432 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_system_allocate(
    system: *const hwl_system,
    moment: *const hwl_moment,
    workspace: *mut c_void,
    workspace_size: usize,
    allocation: *mut hwl_allocation,
    fault: *mut hwl_fault,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on these.
        let question = unsafe { Question::new(system, moment, workspace, workspace_size, fault) };
        let question = question.as_ref().map_err(|failure| *failure)?;
        let mut lent = ptr::zeroed();
        // SAFETY: the caller's word on `allocation`.
        unsafe { ptr::input(allocation, &mut lent) }?;
        let lent = Lent::new(question, lent)?;
        // SAFETY: as above.
        let output = unsafe { Output::new(allocation) }?;
        question.check_apart(&[output.range(), lent.tallies.range(), lent.grants.range(), lent.balances.range()])?;
        question.answer(|question| allocate(question, &lent, &output))
    })
}

/// The arrays for an allocation.
struct Lent {
    given: hwl_allocation,
    tallies: List<hwl_tally>,
    grants: List<hwl_grant>,
    balances: List<hwl_balance>,
}

impl Lent {
    fn new(question: &Question, given: hwl_allocation) -> Result<Self, Failure> {
        let balances = if given.balances.is_null() && given.balance_size == 0 { 0 } else { HWL_POOL_CLASSES_MAX };
        Ok(Self {
            given,
            tallies: List::writable(given.tallies, narrow(question.licenses.count()), given.tally_size)?,
            grants: List::writable(given.grants, narrow(question.devices.count()), given.grant_size)?,
            balances: List::writable(given.balances, balances, given.balance_size)?,
        })
    }
}

fn allocate(question: &Question, lent: &Lent, output: &Output<hwl_allocation>) -> Result<(), Fault> {
    let counts = question.counts()?;
    // SAFETY: nothing else was cut from the workspace during this call.
    let PoolRoom { rows, tallies, grants } = unsafe { question.cut(|arena| PoolRoom::cut(arena, counts)) }?;
    question.with_system(rows, |checked| {
        // Looked at where it lies: it is too large to be moved about on a small stack.
        let answer = system::allocate(checked, question.now, question.event, tallies, grants);
        let allocation = answer.as_ref().map_err(|error| Failure::from(*error))?;
        let is_whole = checked.members_by_id().all(|(_, server)| server.presence.is_online());
        write_rows(question, lent, checked, is_whole, (tallies, grants));
        write_figures(lent, allocation, is_whole, output);
        Ok(())
    })
}

/// Writes tallies and grants, with what licences and devices hold after them: nothing new after
/// an event that did not happen.
fn write_rows(
    question: &Question,
    lent: &Lent,
    checked: &Checked<'_>,
    is_whole: bool,
    (tallies, grants): (&[Tally], &[Grant]),
) {
    let has_happened = question.event.is_none();
    let licenses = checked.system().licenses.iter().zip(tallies);
    for (index, (license, tally)) in (0..lent.tallies.count()).zip(licenses) {
        let held = if has_happened { license.held_after(*tally, is_whole) } else { license.held };
        // SAFETY: the array is writable and nobody else's by the caller's word, and was checked.
        unsafe { lent.tallies.write(index, tally_row(*tally, question.now, held)) };
    }
    let devices = checked.system().devices.iter().zip(grants);
    for (index, (device, grant)) in (0..lent.grants.count()).zip(devices) {
        let channel = if has_happened { device.channel.after(*grant, is_whole) } else { device.channel };
        // SAFETY: as above.
        unsafe { lent.grants.write(index, grant_row(*grant, channel)) };
    }
}

fn write_figures(lent: &Lent, allocation: &Allocation, is_whole: bool, output: &Output<hwl_allocation>) {
    for (index, balance) in (0..lent.balances.count()).zip(&allocation.classes) {
        let row = hwl_balance {
            class_number: balance.class.0.into(),
            units: balance.units,
            used: balance.used,
            missing: balance.missing,
            without: balance.without,
        };
        // SAFETY: the array is writable and nobody else's by the caller's word, and was checked.
        unsafe { lent.balances.write(index, row) };
    }
    output.write(&hwl_allocation {
        balance_count: narrow(allocation.classes.len()),
        licensed: allocation.licensed,
        without: allocation.without,
        is_whole: is_whole.into(),
        ..lent.given
    });
}

/// Whether a device that is not wanted yet could be switched on: HWL_OK if the pool has a channel
/// for it beside all that are wanted, HWL_E_NO_CHANNEL_LEFT if not.
///
/// `device` is its row. The shortage is written in both cases: what it needs, and how much is
/// missing. The moment must have no event.
///
/// # Errors
/// HWL_E_NO_CHANNEL_LEFT, and those of `hwl_system_allocate`.
///
/// # Safety
/// - `system`, `moment`: readable, with the arrays that they name.
/// - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
/// - `shortage`, `fault`: writable. None of these overlap.
///
/// Any thread. Interrupt: no. Stack: 3512 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn hwl_system_switch_on(
    system: *const hwl_system,
    moment: *const hwl_moment,
    device: u32,
    workspace: *mut c_void,
    workspace_size: usize,
    shortage: *mut hwl_shortage,
    fault: *mut hwl_fault,
) -> hwl_status {
    guard(|| {
        // SAFETY: the caller's word on these.
        let question = unsafe { Question::new(system, moment, workspace, workspace_size, fault) };
        let question = question.as_ref().map_err(|failure| *failure)?;
        // SAFETY: the caller's word on `shortage`.
        let output = unsafe { Output::new(shortage) }?;
        question.check_apart(&[output.range()])?;
        question.answer(|question| switch_on(question, wide(device), &output))
    })
}

fn switch_on(question: &Question, device: usize, output: &Output<hwl_shortage>) -> Result<(), Fault> {
    let counts = question.counts()?;
    // SAFETY: nothing else was cut from the workspace during this call.
    let PoolRoom { rows, tallies, grants } = unsafe { question.cut(|arena| PoolRoom::cut(arena, counts)) }?;
    question.with_system(rows, |checked| {
        let wrong = Fault::at(HWL_LIST_DEVICES, device, failure(HWL_E_VALUE));
        let Some(row) = checked.system().devices.get(device).filter(|_| question.event.is_none()) else {
            return Err(wrong);
        };
        let answer = system::switch_on(checked, question.now, row, tallies, grants).map_err(Failure::from)?;
        let missing = answer.err().map_or(0, |refusal| refusal.missing);
        output.write(&hwl_shortage { struct_size: 0, class_number: row.need.class.0.into(), missing });
        answer.map_err(|_| Fault::at(HWL_LIST_DEVICES, device, failure(HWL_E_NO_CHANNEL_LEFT)))
    })
}
