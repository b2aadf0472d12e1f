//! What is answered: kept as a decision, composed from the ledger, signed after the commit.
//!
//! What is kept of an answer names rows and holds no envelope and no secret, so that a request that
//! comes again is answered alike from a few bytes; and so that whoever recorded a client's first
//! request cannot fetch its secret with it once the client has used that.

use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::{self, LeaseOrder, LedgerId, ListMark, Outcome, Reply, Secret, SignedRequest};
use hwlicense::signed::{BUNDLE_BYTES_MAX, KeyId, SealError};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{self, EXTENSION_TAG, OFFER_BYTES_MAX, Offer, UpdateId};
use serde::{Deserialize, Serialize};

use super::Book;
use super::activate::Right;
use super::release::Receipt;
use super::sign::{ServerKey, bundle, digests_of};
use super::who::Handed;
use crate::store::{ClientId, StoreError};

/// Requests of a client whose answers are kept.
pub const ANSWERS_KEPT: u32 = 8;
/// Most entitlements that travel with one answer: each with its certificate and its lease, beside
/// a revocation list, in a bundle of eight.
pub(super) const RIGHTS_MAX: usize = 2;
/// Room that the reply itself needs in a bundle, with the lengths of what is in it.
const REPLY_BYTES: usize = 700;

/// An answer as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Decision {
    issued: u64,
    pub(super) outcome: (u8, u16),
    /// Entitlements, each with epoch and serial of its lease.
    rights: Vec<([u8; 10], u32, u64)>,
    /// Entitlement, epoch and serial of its last lease, and from when its channels are free.
    receipt: Option<([u8; 10], u32, u64, Option<u64>)>,
    secret: u8,
    /// Signer of the revocation list that travels along.
    pub(super) list: Option<[u8; 16]>,
    /// Update that is offered. It stands behind all the rest, where earlier software did not look.
    #[serde(skip)]
    pub(super) offer: Option<UpdateId>,
}

impl Decision {
    pub(super) fn new(now: UnixSeconds, outcome: Outcome) -> Self {
        let outcome = match outcome {
            Outcome::Licensed => (0, 0),
            Outcome::Waiting => (1, 0),
            Outcome::Refused(number) => (2, number),
            Outcome::Deactivated => (3, 0),
        };
        Self { issued: now.0, outcome, rights: Vec::new(), receipt: None, secret: 0, list: None, offer: None }
    }

    pub(super) fn enclose(&mut self, rights: &[Right], receipt: Option<Receipt>) {
        self.rights = rights.iter().map(|right| (right.entitlement.bytes(), right.epoch, right.serial)).collect();
        self.receipt = receipt.map(|receipt| {
            let order = receipt.up_to;
            (receipt.entitlement.bytes(), order.ledger_epoch, order.serial, receipt.free_from.map(|time| time.0))
        });
    }

    pub(super) const fn hand(&mut self, handed: Handed) {
        self.secret = match handed {
            Handed::Nothing => 0,
            Handed::Secret => 1,
            Handed::Candidate => 2,
        };
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = postcard::to_allocvec(self).map_err(|_| StoreError::Corrupt)?;
        bytes.extend(self.offer.iter().flatten());
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (decision, rest) = postcard::take_from_bytes::<Self>(bytes).map_err(|_| StoreError::Corrupt)?;
        let offer = if rest.is_empty() { None } else { Some(rest.try_into().map_err(|_| StoreError::Corrupt)?) };
        Ok(Self { offer, ..decision })
    }

    const fn outcome(&self) -> Outcome {
        match self.outcome {
            (0, _) => Outcome::Licensed,
            (1, _) => Outcome::Waiting,
            (3, _) => Outcome::Deactivated,
            (_, number) => Outcome::Refused(number),
        }
    }
}

/// An answer that was decided, to be signed once the decision is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    issued: UnixSeconds,
    request: [u8; 32],
    hwid: Hwid,
    brand: String,
    ledger: LedgerId,
    ledger_epoch: u32,
    outcome: Outcome,
    secret: Option<Secret>,
    enclosed: Vec<Vec<u8>>,
    receipt: Option<Receipt>,
    offer: Option<Offer>,
    pub(super) paused: Option<String>,
}

impl Answer {
    /// What became of the request.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What is free from when, if something was given up.
    #[must_use]
    pub const fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// The update that is offered, if there is one.
    #[must_use]
    pub const fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }

    /// The update that this request made the ledger pause, and why: somebody should hear of it.
    #[must_use]
    pub fn paused(&self) -> Option<&str> {
        self.paused.as_deref()
    }

    /// Signs the answer: the bytes of [`primary::Answer::Reply`]. Only after the transaction in which
    /// it was decided is committed.
    ///
    /// # Errors
    /// [`SealError`], for what cannot be said within the bounds of a reply.
    pub fn seal(&self, key: &ServerKey) -> Result<Vec<u8>, SealError> {
        let mut enclosed = self.enclosed.clone();
        if let Some(receipt) = &self.receipt {
            let receipt = primary::Receipt {
                issued: self.issued,
                entitlement: receipt.entitlement,
                hwid: self.hwid,
                ledger: self.ledger,
                up_to: receipt.up_to,
                free_from: receipt.free_from,
                extensions: Extensions::new(),
            };
            enclosed.push(key.seal(&receipt, self.ledger_epoch, 0)?);
        }
        let mut buffer = [0; OFFER_BYTES_MAX];
        let mut extensions = Extensions::new();
        if let Some(offer) = &self.offer {
            let bytes = offer.write(&mut buffer)?;
            let extension = Extension { tag: EXTENSION_TAG, critical: false, bytes };
            extensions.push(extension).map_err(|_| SealError::TooLarge)?;
        }
        let reply = Reply {
            issued: self.issued,
            request: self.request,
            hwid: self.hwid,
            brand: self.brand.as_str().into(),
            ledger: self.ledger,
            ledger_epoch: self.ledger_epoch,
            outcome: self.outcome,
            enclosed: digests_of(&enclosed)?,
            secret: self.secret,
            extensions,
        };
        bundle(&key.seal(&reply, self.ledger_epoch, 0)?, &enclosed)
    }
}

impl Book<'_> {
    /// Makes an answer of a decision: with the entitlements, certificates and leases that it names,
    /// as far as they are still there.
    pub(super) fn compose(
        &mut self,
        signed: &SignedRequest<'_>,
        hwid: Hwid,
        client: Option<ClientId>,
        decision: &Decision,
    ) -> Result<Answer, StoreError> {
        let mut enclosed: Vec<Vec<u8>> = Vec::new();
        for (key, epoch, serial) in &decision.rights {
            let row = self.tx.entitlement(LicenseKey::from_random(*key))?;
            if let (Some(row), Some(lease)) = (row, self.tx.lease(*epoch, *serial)?) {
                enclose(&mut enclosed, [row.certificate, row.envelope, lease.envelope]);
            }
        }
        if enclosed.is_empty() {
            self.enclose_credential(&signed.request.brand, &mut enclosed)?;
        }
        if let Some(signer) = decision.list {
            self.enclose_list(KeyId(signer), &mut enclosed)?;
        }
        let receipt = decision.receipt.map(|(key, ledger_epoch, serial, free_from)| Receipt {
            entitlement: LicenseKey::from_random(key),
            up_to: LeaseOrder { ledger_epoch, serial },
            free_from: free_from.map(UnixSeconds),
        });
        Ok(Answer {
            issued: UnixSeconds(decision.issued),
            request: signed.digest(),
            hwid,
            brand: signed.request.brand.to_string(),
            ledger: self.ledger.id,
            ledger_epoch: self.ledger.epoch,
            outcome: decision.outcome(),
            secret: self.handed_secret(client, decision.secret)?,
            enclosed,
            receipt,
            offer: decision
                .offer
                .map(|update| Offer { update, ticket: update::ticket(self.key.ticket_secret(), hwid, &update) }),
            paused: None,
        })
    }

    /// The secret that goes out. One that was used goes to nobody any more.
    fn handed_secret(&mut self, client: Option<ClientId>, which: u8) -> Result<Option<Secret>, StoreError> {
        let Some(client) = client.filter(|_| which != 0) else { return Ok(None) };
        let known = self.tx.secret(client)?;
        Ok(known
            .and_then(|known| match which {
                1 => Some(known.secret).filter(|_| !known.confirmed),
                _ => known.candidate,
            })
            .map(Secret::new))
    }

    /// Encloses an entitlement that names this server's key, because a client believes a reply only
    /// by one: that of its brand which is good for longest.
    fn enclose_credential(&mut self, brand: &str, enclosed: &mut Vec<Vec<u8>>) -> Result<(), StoreError> {
        if let Some(row) = self.tx.credential(brand)? {
            enclose(enclosed, [row.certificate, row.envelope]);
        }
        Ok(())
    }

    /// The signer of a revocation list that a client does not know yet.
    pub(super) fn list_for(&mut self, known: Option<ListMark>) -> Result<Option<[u8; 16]>, StoreError> {
        let is_news = |signer: KeyId, order: (u32, u64)| {
            known.is_none_or(|known| known.signer != signer || (known.epoch, known.sequence) < order)
        };
        let lists = self.tx.lists()?;
        // Lists of the signer that the client knows come first, so that several take turns.
        let mut news: Vec<_> = lists.iter().filter(|list| is_news(list.signer, (list.epoch, list.sequence))).collect();
        news.sort_by_key(|list| known.is_none_or(|known| known.signer != list.signer));
        Ok(news.first().map(|list| list.signer.0))
    }

    fn enclose_list(&mut self, signer: KeyId, enclosed: &mut Vec<Vec<u8>>) -> Result<(), StoreError> {
        if let Some(list) = self.tx.lists()?.into_iter().find(|list| list.signer == signer) {
            let size: usize = enclosed.iter().map(Vec::len).sum();
            let more = list.envelope.len().saturating_add(list.certificate.len());
            let is_small = size.saturating_add(more).saturating_add(REPLY_BYTES) <= BUNDLE_BYTES_MAX;
            if is_small && enclosed.len().saturating_add(2) <= primary::ENCLOSED_MAX {
                enclose(enclosed, [list.certificate, list.envelope]);
            }
        }
        Ok(())
    }
}

/// Adds envelopes that are not there yet, as far as a reply has room for so many.
fn enclose<const N: usize>(enclosed: &mut Vec<Vec<u8>>, envelopes: [Vec<u8>; N]) {
    for envelope in envelopes {
        if !enclosed.contains(&envelope) && enclosed.len() < primary::ENCLOSED_MAX {
            enclosed.push(envelope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_read_as_it_was_written_by_this_and_by_earlier_software() {
        let plain = Decision { list: Some([3; 16]), ..Decision::new(UnixSeconds(1), Outcome::Refused(500)) };
        let with_offer = Decision { offer: Some([7; 32]), ..plain.clone() };
        let (short, long) = (plain.encode().unwrap_or_default(), with_offer.encode().unwrap_or_default());
        assert_eq!(Decision::decode(&short), Ok(plain), "what was kept before there were updates");
        assert_eq!(Decision::decode(&long), Ok(with_offer));
        assert!(long.starts_with(&short), "who looks no further reads the rest");
        let cut = long.get(..short.len().saturating_add(31)).unwrap_or_default();
        assert_eq!(Decision::decode(cut), Err(StoreError::Corrupt));
    }
}
