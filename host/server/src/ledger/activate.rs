//! Channels taken, and leases signed for them.

use hwlicense::hwid::{EvidenceSet, Hwid};
use hwlicense::license::{Class, LicenseKey};
use hwlicense::primary::{Entitlement, LEASE_S, Lease, Refusal, Wanted};
use hwlicense::signed::Envelope;
use hwlicense::time::{DAY_S, UnixSeconds};

use super::{Action, Book};
use crate::store::{ActivationId, ActivationRow, ActivationState, EntitlementRow, LeaseRow, StoreError};

/// The client that channels are for, as far as terms ask about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applicant<'a> {
    pub(super) hwid: Hwid,
    pub(super) brand: &'a str,
    pub(super) wanted: Wanted,
    pub(super) evidence: EvidenceSet,
}

/// What a client has: an entitlement, and the lease that proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Right {
    pub(super) entitlement: LicenseKey,
    pub(super) epoch: u32,
    pub(super) serial: u64,
}

/// What an entitlement's row and its signed terms say about an applicant.
struct Offer {
    row: EntitlementRow,
    is_trial: bool,
}

impl EntitlementRow {
    /// Whether nothing may be leased under it now, and why.
    pub(super) fn objection(&self, now: UnixSeconds) -> Option<Refusal> {
        let has_ended = self.expires.is_some_and(|expires| expires <= now) || self.serves_until < now;
        if self.revoked.is_some() {
            Some(Refusal::Revoked)
        } else if self.not_before > now || has_ended {
            Some(Refusal::Expired)
        } else {
            None
        }
    }

    /// Channels that nobody uses.
    pub(super) const fn room(&self) -> u32 {
        if self.excess > 0 { 0 } else { self.capacity.saturating_sub(self.used) }
    }

    /// Takes channels: those that were paid for first, then, where that must be, more.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let paid = count.min(self.room());
        let beyond = count.saturating_sub(paid);
        self.used = self.used.saturating_add(paid);
        self.excess = self.excess.saturating_add(beyond);
        beyond
    }

    /// Gives channels back: those beyond what was paid for first.
    pub(super) fn give_back(&mut self, count: u32) -> Result<(), StoreError> {
        let beyond = count.min(self.excess);
        self.excess = self.excess.saturating_sub(beyond);
        self.used = self.used.checked_sub(count.saturating_sub(beyond)).ok_or(StoreError::Corrupt)?;
        Ok(())
    }

    /// The terms as they were signed; they were verified when they were imported.
    pub(super) fn terms(&self) -> Result<Entitlement<'_>, StoreError> {
        Envelope::parse(&self.envelope).and_then(|envelope| envelope.unverified()).map_err(|_| StoreError::Corrupt)
    }
}

impl Book<'_> {
    /// Gives an applicant channels of an entitlement, or renews what it has of it. The same HWID
    /// again uses nothing.
    pub(super) fn activate(
        &mut self,
        key: LicenseKey,
        applicant: &Applicant<'_>,
    ) -> Result<Result<Right, Refusal>, StoreError> {
        self.free_ended(Some(key))?;
        if let Some(right) = self.unchanged(key, applicant)? {
            return Ok(Ok(right));
        }
        let Some(row) = self.tx.lock_entitlement(key)? else {
            return Ok(Err(Refusal::UnknownLicenseKey));
        };
        if let Some(refusal) = row.objection(self.now) {
            return Ok(Err(refusal));
        }
        if row.brand != applicant.brand {
            return Ok(Err(Refusal::OtherBrand));
        }
        let mut offer = Offer { is_trial: row.class == Class::TRIAL, row };
        let existing = self.tx.activation(key, applicant.hwid)?;
        let activation = match existing {
            Some(activation) if activation.state != ActivationState::Ended => {
                self.resume(&mut offer, activation, applicant)?
            }
            other => self.begin(&mut offer, other, applicant)?,
        };
        match activation {
            Err(refusal) => Ok(Err(refusal)),
            Ok(activation) => self.lease(&offer.row, &activation).map(Ok),
        }
    }

    /// What an applicant has already, if it asks for nothing more: no channels change hands, so nobody who
    /// changes the entitlement is waited for. Nearly every contact is such a one.
    fn unchanged(&mut self, key: LicenseKey, applicant: &Applicant<'_>) -> Result<Option<Right>, StoreError> {
        let Some(row) = self.tx.entitlement(key)? else { return Ok(None) };
        let Some(activation) = self.tx.activation(key, applicant.hwid)? else { return Ok(None) };
        let grows = applicant.wanted.class == row.class && channels(&row, applicant.wanted) > activation.count;
        let goes_on = activation.state == ActivationState::Active && row.brand == applicant.brand && !grows;
        if !goes_on || row.class == Class::TRIAL || row.objection(self.now).is_some() {
            return Ok(None);
        }
        self.lease(&row, &activation).map(Some)
    }

    /// An activation that counts already goes on, with more channels where more are wanted and there
    /// is room. It never shrinks: the lease that is out is good for what it says.
    fn resume(
        &mut self,
        offer: &mut Offer,
        mut activation: ActivationRow,
        applicant: &Applicant<'_>,
    ) -> Result<Result<ActivationRow, Refusal>, StoreError> {
        if offer.is_trial && trial_end(&offer.row, &activation) <= self.now {
            self.end(&mut offer.row, activation)?;
            return Ok(Err(Refusal::TrialUsed));
        }
        let is_wanted = applicant.wanted.class == offer.row.class || offer.is_trial;
        let more = channels(&offer.row, applicant.wanted).saturating_sub(activation.count);
        let grows = is_wanted && more > 0 && more <= offer.row.room();
        if grows {
            offer.row.take(more);
            activation.count = activation.count.saturating_add(more);
            self.tx.count_entitlement(&offer.row)?;
            self.note(
                Action::Enlarged,
                Some(activation.hwid),
                Some(activation.entitlement),
                counted(activation.count),
            )?;
        }
        let returns = activation.state != ActivationState::Active;
        if returns {
            activation.state = ActivationState::Active;
            self.note(
                Action::Activated,
                Some(activation.hwid),
                Some(activation.entitlement),
                "again, before it was free",
            )?;
        }
        if grows || returns {
            self.tx.update_activation(&activation)?;
        }
        Ok(Ok(activation))
    }

    /// A new activation, or one that had ended.
    fn begin(
        &mut self,
        offer: &mut Offer,
        ended: Option<ActivationRow>,
        applicant: &Applicant<'_>,
    ) -> Result<Result<ActivationRow, Refusal>, StoreError> {
        let wanted = applicant.wanted;
        if offer.is_trial && ended.is_some() {
            return Ok(Err(Refusal::TrialUsed));
        }
        if !offer.is_trial && wanted.class != Class::default() && wanted.class != offer.row.class {
            return Ok(Err(Refusal::OtherClass));
        }
        if !offer.row.terms()?.evidence.is_met_by(applicant.evidence) {
            return Ok(Err(Refusal::EvidenceTooWeak));
        }
        let count = channels(&offer.row, wanted);
        if offer.is_trial && count > offer.row.room() {
            self.end_trials(&mut offer.row)?;
        }
        if count == 0 || count > offer.row.room() {
            return Ok(Err(Refusal::NoCapacity));
        }
        offer.row.take(count);
        self.tx.count_entitlement(&offer.row)?;
        self.enter(offer.row.key, applicant.hwid, count, ended).map(Ok)
    }

    /// Enters that channels which were taken are a HWID's.
    pub(super) fn enter(
        &mut self,
        entitlement: LicenseKey,
        hwid: Hwid,
        count: u32,
        ended: Option<ActivationRow>,
    ) -> Result<ActivationRow, StoreError> {
        let state = ActivationState::Active;
        let activation = match ended {
            Some(ended) => {
                let activation = ActivationRow { count, state, ..ended };
                self.tx.update_activation(&activation)?;
                activation
            }
            None => {
                let id = ActivationId(0);
                let mut activation = ActivationRow { id, entitlement, hwid, count, state, first_start: self.now };
                activation.id = self.tx.insert_activation(&activation)?;
                activation
            }
        };
        self.note(Action::Activated, Some(hwid), Some(entitlement), counted(count))?;
        Ok(activation)
    }

    /// The lease of an activation: the one that is out while that will do, else a new one.
    fn lease(&mut self, row: &EntitlementRow, activation: &ActivationRow) -> Result<Right, StoreError> {
        let ends = if row.class == Class::TRIAL {
            Some(earlier(row.expires, trial_end(row, activation)))
        } else {
            match row.lease_s {
                Some(lease_s) => Some(earlier(row.expires, self.now.after(lease_s.into()))),
                None => row.expires,
            }
        };
        let last = self.tx.newest_lease(activation.id)?;
        let lease = match last.filter(|last| self.will_do(last, activation, ends)) {
            Some(last) => last,
            None => self.sign_lease(activation, ends)?,
        };
        Ok(Right { entitlement: activation.entitlement, epoch: lease.epoch, serial: lease.serial })
    }

    /// Whether the newest lease still says what a new one would, for long enough.
    fn will_do(&self, last: &LeaseRow, activation: &ActivationRow, ends: Option<UnixSeconds>) -> bool {
        let lasts = match (last.ends, ends) {
            (None, None) => true,
            (Some(last_ends), Some(ends)) => {
                let third = last_ends.since(last.starts).div_euclid(3);
                self.now < last_ends && (last_ends >= ends || self.now < last.starts.after(third))
            }
            _ => false,
        };
        let is_of_this_key =
            Envelope::parse(&last.envelope).is_ok_and(|envelope| envelope.header().key_id == self.key.id());
        lasts
            && is_of_this_key
            && last.epoch == self.ledger.epoch
            && last.hwid == activation.hwid
            && last.count == activation.count
    }

    fn sign_lease(&mut self, activation: &ActivationRow, ends: Option<UnixSeconds>) -> Result<LeaseRow, StoreError> {
        let serial = self.tx.take_serial()?;
        let lease = Lease {
            issued: self.now,
            entitlement: activation.entitlement,
            hwid: activation.hwid,
            count: activation.count,
            from: self.now,
            until: ends,
            ledger: self.ledger.id,
            ledger_epoch: self.ledger.epoch,
            serial,
            extensions: hwlicense::extension::Extensions::new(),
        };
        let row = LeaseRow {
            epoch: self.ledger.epoch,
            serial,
            activation: activation.id,
            hwid: activation.hwid,
            count: activation.count,
            starts: self.now,
            ends,
            envelope: self.key.seal_lease(&lease).map_err(|_| StoreError::Corrupt)?,
        };
        self.tx.insert_lease(&row)?;
        let lasts = ends.map_or_else(|| "without an end".into(), |ends| lasting(ends.since(self.now)));
        self.note(
            Action::Leased,
            Some(row.hwid),
            Some(lease.entitlement),
            format!("{serial}, {} channels, {lasts}", row.count),
        )?;
        Ok(row)
    }
}

/// How many channels of an entitlement a client gets.
fn channels(row: &EntitlementRow, wanted: Wanted) -> u32 {
    wanted.count.max(1).min(row.per_client)
}

/// When a trial is over: so long after its first start, however often it was started.
pub(super) fn trial_end(row: &EntitlementRow, activation: &ActivationRow) -> UnixSeconds {
    activation.first_start.after(row.lease_s.unwrap_or(LEASE_S).into())
}

fn earlier(expires: Option<UnixSeconds>, end: UnixSeconds) -> UnixSeconds {
    expires.map_or(end, |expires| expires.min(end))
}

/// A number of channels, for the audit.
pub(super) fn counted(count: u32) -> String {
    format!("{count} channels")
}

/// So many seconds as an administrator reads them.
pub(super) fn lasting(seconds: u64) -> String {
    match seconds.checked_div(DAY_S.into()).unwrap_or_default() {
        0 => format!("for {seconds} seconds"),
        days => format!("for {days} days"),
    }
}
