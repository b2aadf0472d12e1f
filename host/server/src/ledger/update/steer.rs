//! What administrators decide about an update that is published.

use hwlicense::hwid::Hwid;
use hwlicense::update::UpdateId;

use super::{GROUP_BYTES_MAX, GROUPS_MAX, UpdateFault};
use crate::ledger::{Action, Book};
use crate::store::{StoreError, UpdateRow, UpdateState};

/// Fewest digits by which an update is named.
const DIGITS_MIN: usize = 4;

/// The update whose id begins with these hexadecimal digits.
///
/// # Errors
/// [`UpdateFault::Unknown`] if it is none, or more than one.
pub fn find(book: &mut Book<'_>, digits: &str) -> Result<UpdateId, UpdateFault> {
    let digits = digits.to_ascii_lowercase();
    let known = book.tx.updates()?;
    let mut found = known.iter().filter(|row| {
        let id: String = row.id.iter().map(|byte| format!("{byte:02x}")).collect();
        row.state != UpdateState::Arriving && digits.len() >= DIGITS_MIN && id.starts_with(&digits)
    });
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(row.id),
        _ => Err(UpdateFault::Unknown),
    }
}

fn known(book: &mut Book<'_>, id: &UpdateId) -> Result<UpdateRow, UpdateFault> {
    let row = book.tx.update(id)?.ok_or(UpdateFault::Unknown)?;
    match row.state {
        UpdateState::Arriving => Err(UpdateFault::Unknown),
        UpdateState::Withdrawn => Err(UpdateFault::Withdrawn),
        UpdateState::Active | UpdateState::Paused => Ok(row),
    }
}

/// Withdraws an update, for ever: it is neither offered nor handed out any more. Its image is deleted by
/// and by.
///
/// # Errors
/// [`UpdateFault`].
pub fn withdraw(book: &mut Book<'_>, id: &UpdateId, reason: &str) -> Result<(), UpdateFault> {
    let row = known(book, id)?;
    Ok(set_state(book, row, UpdateState::Withdrawn, reason)?)
}

/// Pauses an update: it is neither offered nor handed out until it is resumed. Downloads go on then where
/// they were.
///
/// # Errors
/// [`UpdateFault`].
pub fn pause(book: &mut Book<'_>, id: &UpdateId, reason: &str) -> Result<(), UpdateFault> {
    let row = known(book, id)?;
    if row.state != UpdateState::Active {
        return Err(UpdateFault::NotActive);
    }
    Ok(set_state(book, row, UpdateState::Paused, reason)?)
}

/// Resumes an update. Successes and failures are counted anew, and clients on which it failed are offered
/// it again.
///
/// # Errors
/// [`UpdateFault`].
pub fn resume(book: &mut Book<'_>, id: &UpdateId) -> Result<(), UpdateFault> {
    let row = known(book, id)?;
    if row.state != UpdateState::Paused {
        return Err(UpdateFault::NotPaused);
    }
    let round = row.round.saturating_add(1);
    Ok(set_state(book, UpdateRow { round, ..row }, UpdateState::Active, "")?)
}

/// Offers an update to so many thousandths of the clients.
///
/// # Errors
/// [`UpdateFault`].
pub fn set_share(book: &mut Book<'_>, id: &UpdateId, share: u16) -> Result<(), UpdateFault> {
    check_share(share)?;
    let row = UpdateRow { share, ..known(book, id)? };
    book.tx.put_update(&row)?;
    Ok(book.note(Action::UpdateSteered, None, None, format!("{}: to {share} thousandths", row.title()))?)
}

/// Offers an update to clients of these groups; to all if there is none.
///
/// # Errors
/// [`UpdateFault`].
pub fn set_groups(book: &mut Book<'_>, id: &UpdateId, groups: &[String]) -> Result<(), UpdateFault> {
    check_groups(groups)?;
    let row = UpdateRow { groups: groups.to_vec(), ..known(book, id)? };
    book.tx.put_update(&row)?;
    Ok(book.note(Action::UpdateSteered, None, None, format!("{}: {}", row.title(), groups_in_words(groups)))?)
}

/// Puts a client into a group, or takes it out of its group.
///
/// # Errors
/// [`UpdateFault`].
pub fn set_client_group(book: &mut Book<'_>, hwid: Hwid, group: Option<&str>) -> Result<(), UpdateFault> {
    if group.is_some_and(|group| !is_group(group)) {
        return Err(UpdateFault::Group);
    }
    let mut client = book.tx.client_by_hwid(hwid)?.ok_or(UpdateFault::UnknownClient)?;
    client.group = group.map(str::to_owned);
    book.tx.update_client(&client)?;
    Ok(book.note(Action::Grouped, Some(hwid), None, group.unwrap_or_default())?)
}

/// Changes whether an update is offered, and says why.
pub(super) fn set_state(
    book: &mut Book<'_>,
    row: UpdateRow,
    state: UpdateState,
    reason: &str,
) -> Result<(), StoreError> {
    let row = UpdateRow { state, reason: reason.to_owned(), since: book.now, ..row };
    book.tx.put_update(&row)?;
    let action = match state {
        UpdateState::Arriving | UpdateState::Active => Action::UpdateResumed,
        UpdateState::Paused => Action::UpdatePaused,
        UpdateState::Withdrawn => Action::UpdateWithdrawn,
    };
    let detail = if reason.is_empty() { row.title() } else { format!("{}: {reason}", row.title()) };
    book.note(action, None, None, detail)
}

pub(super) const fn check_share(share: u16) -> Result<(), UpdateFault> {
    if share <= 1_000 { Ok(()) } else { Err(UpdateFault::Share) }
}

pub(super) fn check_groups(groups: &[String]) -> Result<(), UpdateFault> {
    let are_good = groups.len() <= GROUPS_MAX && groups.iter().all(|group| is_group(group));
    if are_good { Ok(()) } else { Err(UpdateFault::Group) }
}

fn is_group(name: &str) -> bool {
    (1..=GROUP_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// For whom an update is, for the audit.
pub(super) fn groups_in_words(groups: &[String]) -> String {
    if groups.is_empty() { "all groups".to_owned() } else { format!("groups {}", groups.join(", ")) }
}
