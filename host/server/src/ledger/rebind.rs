//! The same machine with other hardware.
//!
//! A device whose network interface was replaced has another HWID. It names the former one, proves
//! with its secret that it is who it was, and with an enrolment made with the same salt that its
//! board or its platform is the same. More than that changed only with an administrator's word.

use hwlicense::hwid::{Component, Enrollment, Hwid};
use hwlicense::primary::{Authenticator, Refusal, Secret, SignedRequest};

use super::{Action, Book, YEAR_S};
use crate::store::{ActivationId, ActivationRow, ActivationState, ClientRow, LastEnd, MoveKind, MoveRow, StoreError};
use hwlicense::license::Class;
use hwlicense::time::UnixSeconds;

/// What became of a request as far as it names a former HWID.
#[derive(Debug)]
pub(super) enum Rebound {
    /// It names none that the ledger knows.
    NotAsked,
    /// The client has its new HWID.
    To(Box<ClientRow>),
    /// It keeps the old one.
    Refused(Refusal),
}

impl Book<'_> {
    /// Gives a client its new HWID, if the request asks for that and may.
    pub(super) fn rebind(
        &mut self,
        signed: &SignedRequest<'_>,
        hwid: Hwid,
        is_administrator: bool,
    ) -> Result<Rebound, StoreError> {
        let Some(previous) = signed.request.previous.filter(|previous| *previous != hwid) else {
            return Ok(Rebound::NotAsked);
        };
        let Some(mut client) = self.tx.client_by_hwid(previous)? else {
            return Ok(Rebound::NotAsked);
        };
        let is_allowed = is_administrator || client.change_allowed == Some(hwid);
        if !is_allowed && let Some(refusal) = self.objection_to_change(signed, &client, hwid)? {
            let is_news = client.change_asked != Some(hwid);
            if refusal == Refusal::HardwareChanged && is_news && self.is_proven(signed, &client)? {
                client.change_asked = Some(hwid);
                self.tx.update_client(&client)?;
                self.note(Action::ChangeRefused, Some(previous), None, format!("to {hwid}"))?;
            }
            return Ok(Rebound::Refused(refusal));
        }
        self.rehome(&mut client, hwid)?;
        if Enrollment::decode(signed.request.enrollment).is_ok_and(|enrollment| enrollment.hwid() == hwid) {
            self.tx.put_enrollment(client.id, signed.request.enrollment)?;
        }
        Ok(Rebound::To(Box::new(client)))
    }

    fn is_proven(&mut self, signed: &SignedRequest<'_>, client: &ClientRow) -> Result<bool, StoreError> {
        let known = self.tx.secret(client.id)?;
        Ok(matches!(signed.authenticator(), Authenticator::Client(_))
            && known.is_some_and(|known| signed.verifies(&Secret::new(known.secret))))
    }

    /// Why a change needs an administrator's word.
    fn objection_to_change(
        &mut self,
        signed: &SignedRequest<'_>,
        client: &ClientRow,
        hwid: Hwid,
    ) -> Result<Option<Refusal>, StoreError> {
        if !self.is_proven(signed, client)? {
            let is_unsigned = signed.authenticator() == Authenticator::None;
            return Ok(Some(if is_unsigned { Refusal::HardwareChanged } else { Refusal::BadAuthenticator }));
        }
        let enrolled = self.tx.enrollment(client.id)?;
        let is_same = enrolled.is_some_and(|enrolled| is_same_machine(&enrolled, signed.request.enrollment, hwid));
        let since = UnixSeconds(self.now.0.saturating_sub(YEAR_S));
        let is_too_often = self.tx.rebinds_since(client.id, since)? >= self.policy.rebinds_max;
        Ok((!is_same || is_too_often).then_some(Refusal::HardwareChanged))
    }

    /// Moves a client, and all that is active for it, to a new HWID.
    fn rehome(&mut self, client: &mut ClientRow, hwid: Hwid) -> Result<(), StoreError> {
        let previous = client.hwid;
        for activation in self.tx.activations_of_hwid(previous)? {
            self.rehome_activation(activation, hwid)?;
        }
        // It may have made contact before it named its former HWID.
        if let Some(other) = self.tx.client_by_hwid(hwid)? {
            self.tx.delete_client(other.id)?;
        }
        client.hwid = hwid;
        client.change_asked = None;
        client.change_allowed = None;
        self.tx.update_client(client)?;
        self.tx.insert_move(&MoveRow {
            kind: MoveKind::Rebind,
            client: Some(client.id),
            entitlement: None,
            old_hwid: previous,
            new_hwid: Some(hwid),
            at: self.now,
        })?;
        self.note(Action::Rebound, Some(hwid), None, format!("from {previous}"))
    }

    fn rehome_activation(&mut self, activation: ActivationRow, hwid: Hwid) -> Result<(), StoreError> {
        let old_hwid = activation.hwid;
        let key = activation.entitlement;
        match self.tx.activation(key, hwid)? {
            Some(ended) if ended.state == ActivationState::Ended => return self.swap(activation, ended),
            Some(_) => return self.leave_behind(activation),
            None => {}
        }
        let first_start = activation.first_start;
        self.tx.update_activation(&ActivationRow { hwid, ..activation })?;
        // The old HWID had its trial, too.
        if self.tx.entitlement(key)?.is_some_and(|row| row.class == Class::TRIAL) {
            let (id, state) = (ActivationId(0), ActivationState::Ended);
            let row = ActivationRow { id, entitlement: key, hwid: old_hwid, count: 0, state, first_start };
            self.tx.insert_activation(&row)?;
        }
        Ok(())
    }
}

impl Book<'_> {
    /// The new HWID has channels of its own. Those of the old one count until its last lease has ended.
    fn leave_behind(&mut self, activation: ActivationRow) -> Result<(), StoreError> {
        if activation.state != ActivationState::Active {
            return Ok(());
        }
        let free_from = match self.tx.last_end(activation.id)? {
            LastEnd::NoLease => Some(self.now),
            LastEnd::At(end) => Some(end),
            LastEnd::Never => None,
        };
        self.tx.update_activation(&ActivationRow { state: ActivationState::Leaving { free_from }, ..activation })
    }

    /// The new HWID had channels before, and they ended. The two change places, by way of a HWID that no
    /// machine has, because each has one row; their leases stay with them.
    fn swap(&mut self, activation: ActivationRow, ended: ActivationRow) -> Result<(), StoreError> {
        let (old_hwid, hwid) = (activation.hwid, ended.hwid);
        let nobody = Hwid { scheme: 0, bytes: [0; 16] };
        self.tx.update_activation(&ActivationRow { hwid: nobody, ..ended.clone() })?;
        self.tx.update_activation(&ActivationRow { hwid, ..activation })?;
        self.tx.update_activation(&ActivationRow { hwid: old_hwid, ..ended })
    }
}

/// Whether two enrolments are of one machine: its board, or its platform, is unique and the same. The
/// digests are salted, so enrolments with different salts are never of one machine.
fn is_same_machine(enrolled: &[u8], presented: &[u8], hwid: Hwid) -> bool {
    let (Ok(enrolled), Ok(presented)) = (Enrollment::decode(enrolled), Enrollment::decode(presented)) else {
        return false;
    };
    let is_same = |component| {
        let digest = enrolled.component_digest(component);
        enrolled.is_unique_by(component) && digest.is_some() && digest == presented.component_digest(component)
    };
    presented.hwid() == hwid && [Component::Board, Component::Platform].into_iter().any(is_same)
}
