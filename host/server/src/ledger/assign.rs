//! Which entitlements a client gets.

use hwlicense::license::{Class, LicenseKey};
use hwlicense::primary::Refusal;

use super::activate::{Applicant, Right};
use super::answer::RIGHTS_MAX;
use super::{Assignment, Book};
use crate::store::{ActivationState, ClientRow, EntitlementRow, Service, StoreError};

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

    /// The entitlement with the smallest key that is of the class and the brand and has room.
    fn take_what_fits(&mut self, applicant: &Applicant<'_>, share: &mut Share) -> Result<(), StoreError> {
        let mut refusal = None;
        for key in self.usable(applicant, applicant.wanted.class)? {
            match self.activate(key, applicant)? {
                // That others had no room is nobody's problem then.
                Ok(right) => {
                    share.add(Ok(right));
                    return Ok(());
                }
                Err(found) => refusal = refusal.or(Some(found)),
            }
        }
        refusal.into_iter().for_each(|refusal| share.add(Err(refusal)));
        Ok(())
    }

    /// The trial, if there is one and this HWID never had it.
    fn try_out(&mut self, applicant: &Applicant<'_>, share: &mut Share) -> Result<(), StoreError> {
        for key in self.usable(applicant, Class::TRIAL)? {
            share.add(self.activate(key, applicant)?);
        }
        Ok(())
    }

    fn usable(&mut self, applicant: &Applicant<'_>, class: Class) -> Result<Vec<LicenseKey>, StoreError> {
        let now = self.now;
        let fits = |row: &EntitlementRow| row.brand == applicant.brand && row.objection(now).is_none();
        Ok(self.tx.entitlements(Some(class))?.iter().filter(|row| fits(row)).map(|row| row.key).collect())
    }
}
