//! A ledger is founded once, and begins a new epoch whenever a backup of it was put back.
//!
//! A restored ledger has forgotten leases that are good. Clients show what they hold, and what this
//! server's key signed in an older epoch is entered again: nobody stops because of a restore. What
//! then exceeds the channels that were paid for is named as excess, and goes first when channels
//! come back.

use hwlicense::hwid::Hwid;
use hwlicense::primary::{Lease, LedgerId, Request};
use hwlicense::time::UnixSeconds;

use super::action::Actor;
use super::{Action, Book};
use crate::store::{ActivationRow, ActivationState, AuditRow, LeaseRow, LedgerRow, StoreError, Transaction};

/// Founds a ledger in an empty store. One that is there stays as it is.
///
/// # Errors
/// [`StoreError`].
pub fn found(tx: &mut dyn Transaction, id: LedgerId, now: UnixSeconds) -> Result<LedgerRow, StoreError> {
    if let Some(ledger) = tx.ledger()? {
        return Ok(ledger);
    }
    let ledger = LedgerRow { id, epoch: 1, next_serial: 1, founded: now };
    tx.put_ledger(&ledger)?;
    note(tx, now, Action::Founded, &ledger)?;
    Ok(ledger)
}

/// Begins a new epoch in a backup that is being put back, and gives its number.
///
/// It is higher than that of the backup and that of the ledger which is replaced, so that a backup
/// that is put back twice does not begin the same epoch twice. Where the replaced ledger is lost,
/// `epoch_min` says from where on to count.
///
/// # Errors
/// [`StoreError::NotALedger`] if none was founded in it; [`StoreError::Conflict`] if `former` is
/// another ledger, or the epochs are used up.
pub fn begin_epoch(
    tx: &mut dyn Transaction,
    former: Option<LedgerRow>,
    epoch_min: u32,
    now: UnixSeconds,
) -> Result<u32, StoreError> {
    let mut ledger = tx.ledger()?.ok_or(StoreError::NotALedger)?;
    if former.is_some_and(|former| former.id != ledger.id) {
        return Err(StoreError::Conflict);
    }
    let highest = former.map_or(0, |former| former.epoch).max(ledger.epoch);
    ledger.epoch = highest.checked_add(1).ok_or(StoreError::Conflict)?.max(epoch_min);
    tx.put_ledger(&ledger)?;
    note(tx, now, Action::Restored, &ledger)?;
    Ok(ledger.epoch)
}

fn note(tx: &mut dyn Transaction, at: UnixSeconds, action: Action, ledger: &LedgerRow) -> Result<(), StoreError> {
    tx.append_audit(&AuditRow {
        id: 0,
        at,
        actor: Actor::Server.text(),
        action: action.number(),
        hwid: None,
        entitlement: None,
        detail: format!("epoch {}", ledger.epoch),
    })
}

impl Book<'_> {
    /// Enters the leases again that a client holds and the ledger has forgotten.
    pub(super) fn enter_held(&mut self, request: &Request<'_>, hwid: Hwid) -> Result<(), StoreError> {
        for bytes in &request.held {
            let Some(lease) = self.key.own_lease(bytes) else { continue };
            let is_good = lease.until.is_none_or(|until| until > self.now);
            let is_older = lease.ledger == self.ledger.id && lease.ledger_epoch < self.ledger.epoch;
            if is_good && is_older && lease.hwid == hwid {
                self.enter_again(&lease, bytes)?;
            }
        }
        Ok(())
    }

    fn enter_again(&mut self, lease: &Lease<'_>, envelope: &[u8]) -> Result<(), StoreError> {
        let key = lease.entitlement;
        if self.tx.lease(lease.ledger_epoch, lease.serial)?.is_some() {
            return Ok(());
        }
        // Of an entitlement that was forgotten as well nothing can be said until it is imported.
        let Some(mut row) = self.tx.lock_entitlement(key)? else { return Ok(()) };
        let known = self.tx.activation(key, lease.hwid)?;
        let counted =
            known.as_ref().filter(|known| known.state != ActivationState::Ended).map_or(0, |known| known.count);
        let beyond = row.take(lease.count.saturating_sub(counted));
        self.tx.count_entitlement(&row)?;
        let activation = match known {
            Some(known) if known.state != ActivationState::Ended => {
                let count = known.count.max(lease.count);
                let activation = ActivationRow { count, state: ActivationState::Active, ..known };
                self.tx.update_activation(&activation)?;
                activation
            }
            ended => {
                let mut activation = self.enter(key, lease.hwid, lease.count, ended)?;
                // A trial goes on from when it began.
                activation.first_start = activation.first_start.min(lease.from);
                self.tx.update_activation(&activation)?;
                activation
            }
        };
        self.tx.insert_lease(&LeaseRow {
            epoch: lease.ledger_epoch,
            serial: lease.serial,
            activation: activation.id,
            hwid: lease.hwid,
            count: lease.count,
            starts: lease.from,
            ends: lease.until,
            envelope: envelope.to_vec(),
        })?;
        let excess = if beyond > 0 { format!("{beyond} channels beyond what was paid for") } else { String::new() };
        self.note(Action::Reentered, Some(lease.hwid), Some(key), excess)
    }
}
