//! One request, from what the client sent to what is decided.

use hwlicense::hwid::{EvidenceSet, Hwid, SCHEME};
use hwlicense::primary::{Authenticator, Operation, Outcome, Refusal, Request, SignedRequest, Wanted};
use hwlicense::update::{Running, UpdateId};

use super::activate::{Applicant, Right};
use super::answer::{ANSWERS_KEPT, Answer, Decision};
use super::rebind::Rebound;
use super::who::{Asker, Handed, Identified};
use super::{Action, Book, Receipt};
use crate::store::{AnswerRow, ClientId, ClientRow, Service, StoreError};

/// What became of a request, before it is written down.
struct Done {
    outcome: Outcome,
    rights: Vec<Right>,
    receipt: Option<Receipt>,
    /// Why something was not given, also where something else was.
    problem: Option<Refusal>,
}

/// What a request means for updates.
#[derive(Default)]
struct Updating {
    /// The update that is offered.
    offer: Option<UpdateId>,
    /// The update that was paused by what the client reported, in words.
    paused: Option<String>,
}

impl Done {
    fn refused(refusal: Refusal) -> Self {
        Self { outcome: Outcome::refused(refusal), rights: Vec::new(), receipt: None, problem: Some(refusal) }
    }
}

/// Decides about a request. The answer is signed ([`Answer::seal`]) and sent when the transaction is
/// committed.
///
/// The request's critical extensions are the caller's business: whoever does not know one answers
/// that it does not understand.
///
/// # Errors
/// [`StoreError`]. A refusal is an answer.
pub fn answer(book: &mut Book<'_>, signed: &SignedRequest<'_>) -> Result<Answer, StoreError> {
    let request = &signed.request;
    let Some(hwid) = request.hwids.iter().copied().find(|hwid| hwid.scheme == SCHEME) else {
        let hwid = request.hwid().unwrap_or(Hwid { scheme: SCHEME, bytes: [0; 16] });
        return book.unwritten(signed, hwid, Refusal::UnknownScheme);
    };
    let is_administrator = book.is_administrator(signed)?;
    if matches!(signed.authenticator(), Authenticator::Administrator(_)) && !is_administrator {
        return book.unwritten(signed, hwid, Refusal::BadAuthenticator);
    }
    let mut client = match book.rebind(signed, hwid, is_administrator)? {
        Rebound::Refused(refusal) => return book.unwritten(signed, hwid, refusal),
        Rebound::To(client) => *client,
        Rebound::NotAsked => match book.tx.client_by_hwid(hwid)? {
            Some(client) => client,
            None => match book.meet(request, hwid)? {
                Some(client) => client,
                None => return book.unwritten(signed, hwid, Refusal::NoCapacity),
            },
        },
    };
    let digest = signed.digest();
    if let Some(stored) = book.tx.answer(client.id, request.id)? {
        if stored.digest != digest {
            return book.unwritten(signed, hwid, Refusal::RequestIdUsed);
        }
        return book.compose(signed, hwid, Some(client.id), &Decision::decode(&stored.decision)?);
    }
    let Some(identified) = book.identify(signed, &mut client)? else {
        book.remember_refusal(client)?;
        return book.unwritten(signed, hwid, Refusal::BadAuthenticator);
    };
    book.learn(&mut client, request, identified)?;
    let done = book.carry_out(&mut client, request, identified)?;
    let updating = book.update(&mut client, request, identified)?;
    book.write_down(signed, client, identified.handed, &done, updating, digest)
}

impl Book<'_> {
    /// A refusal that changes nothing, so that nobody can fill the ledger by being refused.
    fn unwritten(&mut self, signed: &SignedRequest<'_>, hwid: Hwid, refusal: Refusal) -> Result<Answer, StoreError> {
        let decision = Decision::new(self.now, Outcome::refused(refusal));
        self.compose(signed, hwid, None, &decision)
    }

    /// Lets the administrator see that somebody was refused under a client's HWID. Nothing else of the
    /// client changes, and it is written once.
    fn remember_refusal(&mut self, client: ClientRow) -> Result<(), StoreError> {
        let reason = Refusal::BadAuthenticator.number();
        if client.reason == reason { Ok(()) } else { self.tx.update_client(&ClientRow { reason, ..client }) }
    }

    /// Enters a client at its first contact, with what was prepared for it; `None` if it is not expected
    /// and there are too many.
    fn meet(&mut self, request: &Request<'_>, hwid: Hwid) -> Result<Option<ClientRow>, StoreError> {
        let expected = self.tx.expected_for(hwid, &request.name)?;
        // Ids ascend and are never used again, so the last one tells how many there were.
        let last_but_one = ClientId(i64::from(self.policy.clients_max).saturating_sub(1));
        if expected.is_none() && !self.tx.clients_after(Some(last_but_one), 1)?.is_empty() {
            return Ok(None);
        }
        let mut client = ClientRow {
            id: ClientId(0),
            hwid,
            name: request.name.to_string(),
            brand: request.brand.to_string(),
            software: request.software.to_string(),
            state: request.state.number(),
            counter: request.counter,
            wanted_class: request.wanted.class,
            wanted_count: request.wanted.count,
            clock: request.clock,
            first_contact: self.now,
            last_contact: self.now,
            outcome: 0,
            reason: 0,
            assigned: expected.as_ref().and_then(|expected| expected.assigned),
            service: Service::Offered,
            change_asked: None,
            change_allowed: None,
            clone_mark: None,
            running: None,
            group: None,
        };
        client.id = self.tx.insert_client(&client)?;
        if let Some(mut expected) = expected {
            expected.client = Some(client.id);
            self.tx.update_expected(&expected)?;
        }
        self.note(Action::FirstContact, Some(hwid), client.assigned, client.name.clone())?;
        Ok(Some(client))
    }

    /// Takes over what a client says of itself, if it is the one to say it.
    fn learn(
        &mut self,
        client: &mut ClientRow,
        request: &Request<'_>,
        identified: Identified,
    ) -> Result<(), StoreError> {
        client.last_contact = self.now;
        if identified.asker == Asker::Unproven {
            return Ok(());
        }
        client.counter = request.counter;
        client.name = request.name.to_string();
        client.brand = request.brand.to_string();
        client.software = request.software.to_string();
        client.state = request.state.number();
        client.wanted_class = request.wanted.class;
        client.wanted_count = request.wanted.count;
        client.clock = request.clock;
        if !request.enrollment.is_empty() {
            self.tx.put_enrollment(client.id, request.enrollment)?;
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        client: &mut ClientRow,
        request: &Request<'_>,
        identified: Identified,
    ) -> Result<Done, StoreError> {
        match request.operation {
            // A secret that was never used is nobody's yet: whoever asks could have been given it.
            Operation::Deactivate(_) if identified.asker == Asker::Unproven || identified.handed != Handed::Nothing => {
                Ok(Done::refused(Refusal::BadAuthenticator))
            }
            Operation::Deactivate(key) => Ok(match self.release(key, client.hwid)? {
                Err(refusal) => Done::refused(refusal),
                Ok(receipt) => {
                    client.service = Service::GivenUp;
                    client.assigned = client.assigned.filter(|assigned| *assigned != key);
                    Done { outcome: Outcome::Deactivated, rights: Vec::new(), receipt: Some(receipt), problem: None }
                }
            }),
            Operation::Contact => {
                self.enter_held(request, client.hwid)?;
                if client.service == Service::Withdrawn {
                    return Ok(Done::refused(Refusal::Withdrawn));
                }
                // Whoever proved nothing gets what the hardware has, or one channel, and enlarges nothing.
                let count = if identified.asker == Asker::Unproven { 1 } else { request.wanted.count };
                let applicant = Applicant {
                    hwid: client.hwid,
                    brand: &request.brand,
                    wanted: Wanted { count, ..request.wanted },
                    evidence: EvidenceSet::from_bits(request.evidence),
                };
                let (rights, problem) = self.assign_rights(client, &applicant, request.license_key)?;
                let outcome = match problem {
                    _ if !rights.is_empty() => Outcome::Licensed,
                    Some(refusal) => Outcome::refused(refusal),
                    None => Outcome::Waiting,
                };
                if !rights.is_empty() {
                    client.service = Service::Offered;
                }
                Ok(Done { outcome, rights, receipt: None, problem })
            }
        }
    }

    /// Learns what a client runs, if it proved who it is, and finds the update for it.
    fn update(
        &mut self,
        client: &mut ClientRow,
        request: &Request<'_>,
        identified: Identified,
    ) -> Result<Updating, StoreError> {
        let is_proven = identified == Identified { asker: Asker::Client, handed: Handed::Nothing };
        let Some(running) = Running::in_request(&request.extensions).filter(|_| is_proven) else {
            return Ok(Updating::default());
        };
        let paused = self.learn_running(client, &running)?;
        let offer = match request.operation {
            Operation::Contact => self.offer(client, &running)?,
            Operation::Deactivate(_) => None,
        };
        Ok(Updating { offer, paused })
    }

    /// Writes the outcome down, so that the same request gets the same answer.
    fn write_down(
        &mut self,
        signed: &SignedRequest<'_>,
        mut client: ClientRow,
        handed: Handed,
        done: &Done,
        updating: Updating,
        digest: [u8; 32],
    ) -> Result<Answer, StoreError> {
        let mut decision = Decision::new(self.now, done.outcome);
        decision.enclose(&done.rights, done.receipt);
        decision.hand(handed);
        decision.list = self.list_for(signed.request.list)?;
        decision.offer = updating.offer;
        client.outcome = decision.outcome.0;
        client.reason = done.problem.map_or(0, Refusal::number);
        self.tx.update_client(&client)?;
        let row = AnswerRow { request: signed.request.id, digest, decision: decision.encode()? };
        self.tx.put_answer(client.id, &row, ANSWERS_KEPT)?;
        let mut answer = self.compose(signed, client.hwid, Some(client.id), &decision)?;
        answer.paused = updating.paused;
        Ok(answer)
    }
}
