//! Channels given up, moved to other hardware, and free again.
//!
//! What was used stays used until the last lease has ended that the client could still accept.
//! Nobody can take a lease back from a device that is switched off.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::{LeaseOrder, Refusal};
use hwlicense::time::UnixSeconds;

use super::activate::{lasting, trial_end};
use super::{Action, Book};
use crate::store::{ActivationRow, ActivationState, EntitlementRow, LastEnd, MoveKind, MoveRow, StoreError};

/// Activations that one pass frees.
const FREED_MAX: u32 = 1000;

/// What a client is told when it gave an entitlement up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Licence key.
    pub entitlement: LicenseKey,
    /// All leases up to this one are dead.
    pub up_to: LeaseOrder,
    /// When its channels are free; `None`: never.
    pub free_from: Option<UnixSeconds>,
}

/// Gives back what time has freed, and forgets leases that ended and images that nobody fetches. To be called once a minute; says
/// how many activations it freed. What it leaves is found at the next call, and what a client needs
/// is freed when it asks.
///
/// # Errors
/// [`StoreError`].
pub fn sweep(book: &mut Book<'_>) -> Result<u32, StoreError> {
    let freed = book.free_ended(None)?;
    book.tx.delete_leases_ended(book.now, FREED_MAX)?;
    super::update::sweep(book)?;
    Ok(freed)
}

impl Book<'_> {
    /// Frees what is leaving and has no live lease any more, of one entitlement or of all.
    pub(super) fn free_ended(&mut self, entitlement: Option<LicenseKey>) -> Result<u32, StoreError> {
        let mut freed = 0u32;
        for activation in self.tx.activations_to_free(entitlement, self.now, FREED_MAX)? {
            let mut row = self.tx.lock_entitlement(activation.entitlement)?.ok_or(StoreError::Corrupt)?;
            self.end(&mut row, activation)?;
            freed = freed.saturating_add(1);
        }
        Ok(freed)
    }

    /// Ends an activation: its channels are free.
    pub(super) fn end(&mut self, row: &mut EntitlementRow, activation: ActivationRow) -> Result<(), StoreError> {
        row.give_back(activation.count)?;
        self.tx.count_entitlement(row)?;
        let ended = ActivationRow { state: ActivationState::Ended, ..activation };
        self.tx.update_activation(&ended)?;
        self.note(Action::Freed, Some(ended.hwid), Some(ended.entitlement), super::activate::counted(ended.count))
    }

    /// Ends the trials whose time is over.
    pub(super) fn end_trials(&mut self, row: &mut EntitlementRow) -> Result<(), StoreError> {
        for activation in self.tx.activations_of(row.key)? {
            if activation.state != ActivationState::Ended && trial_end(row, &activation) <= self.now {
                self.end(row, activation)?;
            }
        }
        Ok(())
    }

    /// Gives up what a HWID has of an entitlement. A second time gives the same receipt.
    pub(super) fn release(&mut self, key: LicenseKey, hwid: Hwid) -> Result<Result<Receipt, Refusal>, StoreError> {
        let Some(mut row) = self.tx.lock_entitlement(key)? else {
            return Ok(Err(Refusal::UnknownLicenseKey));
        };
        let Some(mut activation) = self.tx.activation(key, hwid)? else {
            return Ok(Err(Refusal::NotActive));
        };
        let free_from = match activation.state {
            ActivationState::Ended => return Ok(Err(Refusal::NotActive)),
            ActivationState::Leaving { free_from } => free_from,
            ActivationState::Active => {
                let free_from = match self.tx.last_end(activation.id)? {
                    LastEnd::NoLease => Some(self.now),
                    LastEnd::At(end) => Some(end.max(self.now)),
                    LastEnd::Never if row.moves_used < row.moves_max => {
                        row.moves_used = row.moves_used.saturating_add(1);
                        self.note_move(&activation, None)?;
                        Some(self.now)
                    }
                    LastEnd::Never => None,
                };
                self.leave(&mut row, &mut activation, free_from)?;
                free_from
            }
        };
        Ok(Ok(Receipt { entitlement: key, up_to: self.newest_order(&activation)?, free_from }))
    }

    fn leave(
        &mut self,
        row: &mut EntitlementRow,
        activation: &mut ActivationRow,
        free_from: Option<UnixSeconds>,
    ) -> Result<(), StoreError> {
        let when = match free_from {
            None => String::from("never free"),
            Some(time) if time <= self.now => String::from("free at once"),
            Some(time) => format!("not free {}", lasting(time.since(self.now))),
        };
        self.note(Action::Deactivated, Some(activation.hwid), Some(activation.entitlement), when)?;
        activation.state = ActivationState::Leaving { free_from };
        if free_from.is_some_and(|time| time <= self.now) {
            return self.end(row, activation.clone());
        }
        self.tx.update_activation(activation)
    }

    /// The order of the newest lease of an activation.
    fn newest_order(&mut self, activation: &ActivationRow) -> Result<LeaseOrder, StoreError> {
        let newest = self.tx.newest_lease(activation.id)?;
        Ok(newest.map_or(LeaseOrder { ledger_epoch: self.ledger.epoch, serial: 0 }, |lease| LeaseOrder {
            ledger_epoch: lease.epoch,
            serial: lease.serial,
        }))
    }

    /// Takes what a HWID has of an entitlement away now, whatever leases are out, and gives it to
    /// another HWID or to nobody. Costs a move, unless the channels are free anyway.
    pub(super) fn move_now(
        &mut self,
        key: LicenseKey,
        from: Hwid,
        to: Option<Hwid>,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let Some(mut row) = self.tx.lock_entitlement(key)? else {
            return Ok(Err(Refusal::UnknownLicenseKey));
        };
        let activation = self.tx.activation(key, from)?.filter(|found| found.state != ActivationState::Ended);
        let Some(activation) = activation.filter(|_| to != Some(from)) else {
            return Ok(Err(Refusal::NotActive));
        };
        let target = match to {
            Some(hwid) => self.tx.activation(key, hwid)?,
            None => None,
        };
        if to.is_some()
            && (row.excess > 0 || target.as_ref().is_some_and(|found| found.state != ActivationState::Ended))
        {
            return Ok(Err(Refusal::NoCapacity));
        }
        let is_free = match self.tx.last_end(activation.id)? {
            LastEnd::NoLease => true,
            LastEnd::At(end) => end <= self.now,
            LastEnd::Never => false,
        };
        if !is_free {
            if row.moves_used >= row.moves_max {
                return Ok(Err(Refusal::MovesUsedUp));
            }
            row.moves_used = row.moves_used.saturating_add(1);
            self.note_move(&activation, to)?;
        }
        let count = activation.count;
        self.end(&mut row, activation)?;
        if let Some(hwid) = to {
            row.take(count);
            self.tx.count_entitlement(&row)?;
            self.enter(key, hwid, count, target)?;
        }
        Ok(Ok(()))
    }

    fn note_move(&mut self, activation: &ActivationRow, to: Option<Hwid>) -> Result<(), StoreError> {
        self.tx.insert_move(&MoveRow {
            kind: MoveKind::Move,
            client: None,
            entitlement: Some(activation.entitlement),
            old_hwid: activation.hwid,
            new_hwid: to,
            at: self.now,
        })?;
        let whither = to.map_or_else(|| "given up".into(), |hwid| format!("to {hwid}"));
        self.note(Action::Moved, Some(activation.hwid), Some(activation.entitlement), whither)
    }
}
