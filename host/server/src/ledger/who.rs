//! Who asks: a HWID stands in lists that many people see, so it proves nothing.
//!
//! At its first contact a client gets a secret, and authenticates what it asks later with it.
//! Hardware is what counts for a licence, so whoever has a client's HWID and not its secret (a
//! device that was reset, or a copy) is served as well, gets a candidate secret of its own, and
//! both are marked. Only the confirmed secret, or an administrator, gives anything up; and only in a
//! request that is newer than those before it, so that nobody can use one that was recorded.

use hwlicense::primary::{Authenticator, Secret, SignedRequest};

use super::{Action, Book, Role};
use crate::store::{ClientRow, CloneMark, CloneSign, SecretRow, StoreError, TokenRow};

/// Who made a request, as far as it proved that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// The client, or one whose secret was never used: nothing of it can be abused yet.
    Client,
    /// Somebody with the client's HWID: without its secret, or with a request from before.
    Unproven,
    /// An administrator, at the client.
    Administrator,
}

/// Which secret goes out with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    Nothing,
    Secret,
    Candidate,
}

/// Who asked, and what they get to be known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identified {
    pub(super) asker: Asker,
    pub(super) handed: Handed,
}

impl Book<'_> {
    /// Finds out who made a request. `None` for an authenticator that is not the client's. That of an
    /// administrator was looked at before.
    pub(super) fn identify(
        &mut self,
        signed: &SignedRequest<'_>,
        client: &mut ClientRow,
    ) -> Result<Option<Identified>, StoreError> {
        let identified = self.identify_by_secret(signed, client)?;
        let counter = signed.request.counter;
        match identified {
            Some(Identified { asker: Asker::Client, handed }) if counter < client.counter => {
                if client.clone_mark.is_none() {
                    let detail = format!("from {} to {counter}", client.counter);
                    self.note(Action::CounterWentBack, Some(client.hwid), None, detail)?;
                }
                self.mark_clone(client, CloneSign::CounterWentBack);
                Ok(Some(Identified { asker: Asker::Unproven, handed }))
            }
            identified => Ok(identified),
        }
    }

    fn identify_by_secret(
        &mut self,
        signed: &SignedRequest<'_>,
        client: &mut ClientRow,
    ) -> Result<Option<Identified>, StoreError> {
        let known = self.tx.secret(client.id)?;
        let identified = |asker, handed| Ok(Some(Identified { asker, handed }));
        match (signed.authenticator(), known) {
            (Authenticator::Administrator(_), _) => identified(Asker::Administrator, Handed::Nothing),
            // A client that the ledger has forgotten is new to it, whatever it signs with.
            (_, None) => {
                let secret = self.random_secret();
                self.tx.put_secret(client.id, &SecretRow { secret, confirmed: false, candidate: None })?;
                identified(Asker::Client, Handed::Secret)
            }
            (Authenticator::None, Some(known)) if !known.confirmed => identified(Asker::Client, Handed::Secret),
            (Authenticator::None, Some(known)) => {
                self.expect_candidate(client, known)?;
                identified(Asker::Unproven, Handed::Candidate)
            }
            (Authenticator::Client(_), Some(known)) if signed.verifies(&Secret::new(known.secret)) => {
                if !known.confirmed {
                    self.tx.put_secret(client.id, &SecretRow { confirmed: true, ..known })?;
                    self.note(Action::SecretConfirmed, Some(client.hwid), None, "")?;
                }
                identified(Asker::Client, Handed::Nothing)
            }
            // It would get the secret for the asking; a restored ledger may not know the one it has.
            (Authenticator::Client(_), Some(known)) if !known.confirmed => identified(Asker::Client, Handed::Secret),
            (Authenticator::Client(_), Some(known)) => {
                let is_candidate = known.candidate.is_some_and(|secret| signed.verifies(&Secret::new(secret)));
                Ok(is_candidate.then_some(Identified { asker: Asker::Unproven, handed: Handed::Nothing }))
            }
        }
    }

    /// Makes a candidate secret, and the mark that goes with it.
    fn expect_candidate(&mut self, client: &mut ClientRow, known: SecretRow) -> Result<(), StoreError> {
        if known.candidate.is_some() {
            return Ok(());
        }
        let candidate = Some(self.random_secret());
        self.tx.put_secret(client.id, &SecretRow { candidate, ..known })?;
        self.mark_clone(client, CloneSign::SecondSecret);
        self.note(Action::CandidateAppeared, Some(client.hwid), None, "")
    }

    /// Marks that a client may be two, keeping the first mark.
    pub(super) fn mark_clone(&self, client: &mut ClientRow, sign: CloneSign) {
        client.clone_mark.get_or_insert(CloneMark { since: self.now, sign });
    }

    /// Whether an administrator's token that is good now made the authenticator; a reader's does not count.
    pub(super) fn is_administrator(&mut self, signed: &SignedRequest<'_>) -> Result<bool, StoreError> {
        if !matches!(signed.authenticator(), Authenticator::Administrator(_)) {
            return Ok(false);
        }
        let now = self.now;
        let is_administrator = |token: &TokenRow| Role::from_number(token.role) == Role::Administrator;
        let mut good = self.tx.tokens()?.into_iter().filter(|token| token.is_good(now) && is_administrator(token));
        Ok(good.any(|token| signed.verifies(&Secret::new(token.digest))))
    }

    fn random_secret(&mut self) -> [u8; 32] {
        let mut secret = [0; 32];
        (self.random)(&mut secret);
        secret
    }
}
