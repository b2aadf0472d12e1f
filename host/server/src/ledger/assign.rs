//! Which entitlements a client gets.

use hwlicense::license::{Class, LicenseKey};
use hwlicense::primary::Refusal;

use super::activate::{Applicant, Right};
use super::answer::RIGHTS_MAX;
use super::{Assignment, Book};
use crate::store::{ActivationState, ClientRow, Service, StoreError, Usable};

/// Entitlements with room that are read at once. The first one nearly always is the one.
const TRIED_AT_ONCE: u32 = 4;
/// Trials of one brand that are tried.
const TRIALS_MAX: u32 = 16;

/// What a client has so far, and the first reason why it did not get more.
#[derive(Default)]
struct Share {
    rights: Vec<Right>,
    problem: Option<Refusal>,
}

impl Share {
    fn add(&mut self, result: Result<Right, Refusal>) {
        match result {
            Ok(right) if self.rights.len() < RIGHTS_MAX && !self.holds(right.entitlement) => self.rights.push(right),
            Ok(_) => {}
            Err(refusal) => {
                self.problem.get_or_insert(refusal);
            }
        }
    }

    fn holds(&self, key: LicenseKey) -> bool {
        self.rights.iter().any(|right| right.entitlement == key)
    }
}

impl Book<'_> {
    /// In this order: the key that was entered on the device, what is active already, what the
    /// administrator assigned, what fits and has room, and the trial.
    ///
    /// A key that was entered and cannot be had is not made up for by something else; what the client
    /// has already it keeps, so that a mistyped key stops nothing.
    pub(super) fn assign_rights(
        &mut self,
        client: &mut ClientRow,
        applicant: &Applicant<'_>,
        entered: Option<LicenseKey>,
    ) -> Result<(Vec<Right>, Option<Refusal>), StoreError> {
        let mut share = Share::default();
        if let Some(key) = entered {
            share.add(self.activate(key, applicant)?);
        }
        let active = self.active_keys(applicant)?;
        for (key, _) in active.iter().filter(|(_, class)| *class != Class::TRIAL) {
            share.add(self.activate(*key, applicant)?);
        }
        let is_open = entered.is_none() && client.service == Service::Offered;
        if share.rights.is_empty() && is_open {
            if let Some(key) = client.assigned {
                share.add(self.activate(key, applicant)?);
            } else if self.policy.assignment == Assignment::Automatic {
                self.take_what_fits(applicant, &mut share)?;
            }
        }
        let has_trial = active.iter().any(|(_, class)| *class == Class::TRIAL);
        let may_begin = is_open && self.policy.trial;
        if share.rights.is_empty() && (may_begin || has_trial) {
            self.try_out(applicant, &mut share)?;
        }
        Ok((share.rights, share.problem))
    }

    /// What is active for a HWID, the newest first.
    fn active_keys(&mut self, applicant: &Applicant<'_>) -> Result<Vec<(LicenseKey, Class)>, StoreError> {
        let mut keys = Vec::new();
        for activation in self.tx.activations_of_hwid(applicant.hwid)? {
            if activation.state == ActivationState::Active
                && let Some(row) = self.tx.entitlement(activation.entitlement)?
            {
                keys.push((row.key, row.class));
            }
        }
        Ok(keys)
    }

    /// What the client was leaving, or else the entitlement with the smallest key that is of the class and
    /// the brand and has room.
    fn take_what_fits(&mut self, applicant: &Applicant<'_>, share: &mut Share) -> Result<(), StoreError> {
        let usable = self.usable(applicant, applicant.wanted.class);
        for activation in self.tx.activations_of_hwid(applicant.hwid)? {
            if let ActivationState::Leaving { .. } = activation.state
                && let Some(row) = self.tx.entitlement(activation.entitlement)?
                && (row.class, row.brand.as_str()) == (usable.class, usable.brand)
                && let Ok(right) = self.activate(row.key, applicant)?
            {
                share.add(Ok(right));
                return Ok(());
            }
        }
        // What time has freed has room as well.
        self.free_ended(None)?;
        let with_room = Usable { room: applicant.wanted.count.max(1), ..usable };
        let (mut refusal, mut last) = (None, None);
        loop {
            let rows = self.tx.usable_entitlements(&with_room, last, TRIED_AT_ONCE)?;
            for row in &rows {
                last = Some(row.key);
                let is_open = row.terms()?.evidence.is_met_by(applicant.evidence);
                let right = if is_open { self.activate(row.key, applicant)? } else { Err(Refusal::EvidenceTooWeak) };
                match right {
                    // That others had no room is nobody's problem then.
                    Ok(right) => {
                        share.add(Ok(right));
                        return Ok(());
                    }
                    Err(found) => refusal = refusal.or(Some(found)),
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        if refusal.is_none() && !self.tx.usable_entitlements(&usable, None, 1)?.is_empty() {
            refusal = Some(Refusal::NoCapacity);
        }
        refusal.into_iter().for_each(|refusal| share.add(Err(refusal)));
        Ok(())
    }

    /// The trial, if there is one and this HWID never had it.
    fn try_out(&mut self, applicant: &Applicant<'_>, share: &mut Share) -> Result<(), StoreError> {
        let usable = self.usable(applicant, Class::TRIAL);
        for row in self.tx.usable_entitlements(&usable, None, TRIALS_MAX)? {
            share.add(self.activate(row.key, applicant)?);
        }
        Ok(())
    }

    const fn usable<'a>(&self, applicant: &Applicant<'a>, class: Class) -> Usable<'a> {
        Usable { brand: applicant.brand, class, now: self.now, room: 0 }
    }
}
