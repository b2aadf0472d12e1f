//! An answer, from bytes to what it changes.

use super::error::{InputError, ReplyError};
use super::rights::{admit, covers, entitlement_of, is_entitlement, lease_in};
use super::state::{State, Tombstone};
use crate::hwid::Hwid;
use crate::license::License;
use crate::primary::correction::TimeCorrection;
use crate::primary::entitlement::Entitlement;
use crate::primary::lease::Lease;
use crate::primary::receipt::Receipt;
use crate::primary::refusal::Refusal;
use crate::primary::reply::{Outcome, Reply, enclosed_digest};
use crate::signed::{Bundle, Envelope, Kind, Label, SignatureVerifier, Trust, Verified, VerifyError};
use crate::time::UnixSeconds;

/// What an answer must fit to.
pub(super) struct Expected<'e> {
    pub(super) hwid: Hwid,
    pub(super) brand: Label<'e>,
    pub(super) open: Open,
}

/// The digests of requests.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// Of the one under way.
    pub(super) asked: Option<[u8; 32]>,
    /// Of the one that was carried away as a file.
    pub(super) carried: Option<[u8; 32]>,
    /// Of the last one that was answered.
    pub(super) answered: Option<[u8; 32]>,
}

impl Open {
    /// Whether an answer to this request is awaited.
    fn awaits(&self, request: &[u8; 32]) -> Result<(), ReplyError> {
        let is = |known: &Option<[u8; 32]>| known.as_ref() == Some(request);
        if is(&self.answered) {
            Err(ReplyError::Replayed)
        } else if is(&self.asked) || is(&self.carried) {
            Ok(())
        } else if self.asked.is_none() && self.carried.is_none() {
            Err(ReplyError::NotAsked)
        } else {
            Err(ReplyError::OtherRequest)
        }
    }
}

/// What a correction of time changes.
#[derive(Clone, Copy)]
pub(super) struct Correction {
    pub(super) floor_epoch: u32,
    pub(super) time: UnixSeconds,
}

/// A reply that is believed, and fits.
pub(super) struct Accepted<'b, 'a> {
    pub(super) reply: Reply<'a>,
    pub(super) bundle: &'b Bundle<'a>,
    /// The time that it vouches for, not beyond the end of the mandate of the server's key.
    pub(super) time: UnixSeconds,
    pub(super) correction: Option<Correction>,
    receipt: Option<Tombstone>,
}

/// Verifies an answer as far as it is one.
///
/// Who speaks is judged by the revocation lists that were known before, for a list may revoke the
/// entitlement of the very server that brings it; and if these revoke it, by the newer ones as well.
#[inline(never)]
pub(super) fn accept<'b, 'a, E, V: SignatureVerifier>(
    bundle: &'b Bundle<'a>,
    kept: Option<&Bundle<'a>>,
    state: &State,
    trust: &mut Trust<'a, V>,
    expected: &Expected<'_>,
) -> Result<Accepted<'b, 'a>, InputError<E>> {
    if let Some(kept) = kept {
        admit(trust, kept);
    }
    admit_enclosed(trust, bundle, Kind::Certificate)?;
    let bundles = [bundle, kept.unwrap_or(bundle)];
    let (mandate, reply) = match speaker(trust, &bundles) {
        Err(InputError::NotBelieved(VerifyError::LicenseRevoked | VerifyError::KeyRevoked)) => {
            admit_enclosed(trust, bundle, Kind::RevocationList)?;
            speaker(trust, &bundles)?
        }
        found => found?,
    };
    expected.open.awaits(&reply.request)?;
    let mandate_ends = fits(&reply, &mandate, state, expected)?;
    is_complete(&reply, bundle)?;
    admit_enclosed(trust, bundle, Kind::RevocationList)?;
    let time = reply.issued.min(mandate_ends);
    let mut accepted = Accepted { reply, bundle, time, correction: None, receipt: None };
    accepted.take_in(state, trust, &mandate)?;
    Ok(accepted)
}

impl<'a> Accepted<'_, 'a> {
    /// Verifies what travels with the reply.
    #[inline(never)]
    fn take_in<E, V: SignatureVerifier>(
        &mut self,
        state: &State,
        trust: &Trust<'a, V>,
        mandate: &Verified<'a, Entitlement<'a>>,
    ) -> Result<(), InputError<E>> {
        let mut brings_right = false;
        for enclosed in others(self.bundle) {
            match enclosed.header().kind {
                Kind::Lease => {
                    lease_fits(trust, self.bundle, &enclosed, &self.reply)?;
                    brings_right = true;
                }
                Kind::License => {
                    license_fits(trust, &enclosed)?;
                    brings_right = true;
                }
                Kind::DeactivationReceipt => self.receipt = Some(receipt_in(trust, mandate, &enclosed, &self.reply)?),
                Kind::TimeCorrection => {
                    let newest = self.correction.map_or(state.floor_epoch, |known| known.floor_epoch);
                    let found = correction_in(trust, &enclosed, &self.reply)?;
                    // A server may bring again what was brought before.
                    self.correction = found.filter(|found| found.floor_epoch > newest).or(self.correction);
                }
                Kind::Certificate | Kind::RevocationList | Kind::Entitlement => {}
                _ => return Err(VerifyError::WrongKind.into()),
            }
        }
        if self.reply.outcome == Outcome::Licensed && !brings_right {
            return Err(ReplyError::Incomplete.into());
        }
        Ok(())
    }
}

fn others<'a>(bundle: &Bundle<'a>) -> impl Iterator<Item = Envelope<'a>> + use<'a> {
    bundle.envelopes().filter(|envelope| envelope.header().kind != Kind::Reply)
}

/// The certificates of the bundle, or its lists. An old one changes nothing; one that is not good
/// spoils the whole.
fn admit_enclosed<'a, V: SignatureVerifier>(
    trust: &mut Trust<'a, V>,
    bundle: &Bundle<'a>,
    kind: Kind,
) -> Result<(), VerifyError> {
    for envelope in bundle.envelopes().filter(|envelope| envelope.header().kind == kind) {
        match trust.admit(&envelope) {
            Ok(_) | Err(VerifyError::OutOfSequence) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The reply, which is in the first bundle, and the entitlement that names the key which signed it.
fn speaker<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundles: &[&Bundle<'a>; 2],
) -> Result<(Verified<'a, Entitlement<'a>>, Reply<'a>), InputError<E>> {
    let [bundle, _] = bundles;
    let envelope = bundle.only(Kind::Reply)?;
    let mandate = mandate(trust, bundles, &envelope)?;
    let reply = trust.verify_delegated::<_, Reply<'a>>(&mandate, &envelope)?;
    Ok((mandate, reply.claims()))
}

/// The entitlement that names the key which signed the reply.
fn mandate<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundles: &[&Bundle<'a>],
    reply: &Envelope<'a>,
) -> Result<Verified<'a, Entitlement<'a>>, InputError<E>> {
    let mut failure = InputError::Reply(ReplyError::NotEntitled);
    for envelope in bundles.iter().flat_map(|bundle| bundle.envelopes()).filter(is_entitlement) {
        match trust.verify::<Entitlement<'a>>(&envelope) {
            Ok(found) if found.claims().server_key().is_ok_and(|key| key.id() == reply.header().key_id) => {
                return Ok(found);
            }
            Ok(_) => {}
            Err(error) => failure = InputError::NotBelieved(error),
        }
    }
    Err(failure)
}

/// Whether a reply is for this client, and in the order of its ledger. Gives the end of the mandate.
#[inline(never)]
fn fits(
    reply: &Reply<'_>,
    mandate: &Verified<'_, Entitlement<'_>>,
    state: &State,
    expected: &Expected<'_>,
) -> Result<UnixSeconds, ReplyError> {
    let mandate = mandate.claims();
    if reply.hwid != expected.hwid {
        return Err(ReplyError::OtherHwid);
    }
    if reply.brand != expected.brand || mandate.brand != expected.brand {
        return Err(ReplyError::OtherBrand);
    }
    if reply.ledger != mandate.ledger {
        return Err(ReplyError::OtherLedger);
    }
    if reply.ledger_epoch < state.ledger_epoch(&reply.ledger) {
        return Err(ReplyError::OldLedgerEpoch);
    }
    Ok(mandate.serves_until)
}

/// Whether what travels with a reply is what it names, in that order.
fn is_complete(reply: &Reply<'_>, bundle: &Bundle<'_>) -> Result<(), ReplyError> {
    if others(bundle).map(|enclosed| enclosed_digest(&enclosed)).eq(reply.enclosed.iter().copied()) {
        Ok(())
    } else {
        Err(ReplyError::Incomplete)
    }
}

/// Whether a lease is for this client, and within an entitlement that travels with it: what is kept
/// must stand on its own.
#[inline(never)]
fn lease_fits<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundle: &Bundle<'a>,
    envelope: &Envelope<'a>,
    reply: &Reply<'_>,
) -> Result<(), InputError<E>> {
    let claimed = envelope.unverified::<Lease<'a>>()?;
    let entitlement = match entitlement_of(trust, bundle, &claimed) {
        Err(VerifyError::UnknownKey) => return Err(ReplyError::NotCovered.into()),
        entitlement => entitlement?,
    };
    let lease = trust.verify_delegated::<_, Lease<'a>>(&entitlement, envelope)?.claims();
    let is_for_us = lease.hwid == reply.hwid
        && lease.ledger == reply.ledger
        && lease.ledger_epoch <= reply.ledger_epoch
        && covers(&entitlement.claims(), &lease);
    if is_for_us { Ok(()) } else { Err(ReplyError::NotCovered.into()) }
}

/// Whether a licence is one that the vendor signed.
#[inline(never)]
fn license_fits<'a, V: SignatureVerifier>(trust: &Trust<'a, V>, envelope: &Envelope<'a>) -> Result<(), VerifyError> {
    trust.verify::<License<'a>>(envelope).map(|_| ())
}

/// What a receipt buries, if it is for this client and of this ledger.
#[inline(never)]
fn receipt_in<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    mandate: &Verified<'a, Entitlement<'a>>,
    envelope: &Envelope<'a>,
    reply: &Reply<'_>,
) -> Result<Tombstone, InputError<E>> {
    let Receipt { hwid, entitlement, ledger, up_to, .. } =
        trust.verify_delegated::<_, Receipt<'a>>(mandate, envelope)?.claims();
    if hwid != reply.hwid {
        return Err(ReplyError::OtherHwid.into());
    }
    if ledger == reply.ledger {
        Ok(Tombstone { entitlement, ledger, up_to })
    } else {
        Err(ReplyError::OtherLedger.into())
    }
}

/// A correction of time, if it is for this client.
#[inline(never)]
fn correction_in<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    envelope: &Envelope<'a>,
    reply: &Reply<'_>,
) -> Result<Option<Correction>, VerifyError> {
    let TimeCorrection { hwid, floor_epoch, time, .. } = trust.verify_signed_by_root(envelope)?;
    Ok((hwid == reply.hwid).then_some(Correction { floor_epoch, time }))
}

/// Everything that a reply changes but the rights themselves.
pub(super) fn apply(accepted: &Accepted<'_, '_>, kept: Option<&Bundle<'_>>, state: &mut State) {
    let reply = &accepted.reply;
    if let Some(Correction { floor_epoch, time }) = accepted.correction {
        state.correct(floor_epoch, time);
    }
    state.hwid = Some(reply.hwid);
    state.last_contact = Some(accepted.time);
    state.carried = None;
    state.see_ledger(reply.ledger, reply.ledger_epoch);
    state.secret = reply.secret.or(state.secret);
    state.refusal = match reply.outcome {
        Outcome::Refused(number) => Some(number),
        _ => None,
    };
    if let Some(tombstone) = accepted.receipt {
        state.bury(tombstone);
    }
    match (reply.outcome, reply.outcome.refusal()) {
        (Outcome::Licensed, _) => state.was_licensed = true,
        (Outcome::Deactivated, _) => {
            let given_up = state.giving_up.take();
            bury_leases(state, kept, |lease| given_up == Some(lease.entitlement));
        }
        // Nothing is left to be given up.
        (_, Some(Refusal::NotActive | Refusal::UnknownLicenseKey)) => state.giving_up = None,
        // A server takes back what is its own.
        (_, Some(Refusal::Withdrawn)) => bury_leases(state, kept, |lease| lease.ledger == reply.ledger),
        (Outcome::Waiting | Outcome::Refused(_), _) => {}
    }
}

/// Lays a tombstone on those of the leases that are kept.
pub(super) fn bury_leases(state: &mut State, kept: Option<&Bundle<'_>>, which: impl Fn(&Lease<'_>) -> bool) {
    let envelopes = kept.into_iter().flat_map(|kept| kept.envelopes());
    for lease in envelopes.filter_map(|envelope| lease_in(&envelope)) {
        if which(&lease) {
            state.bury(Tombstone { entitlement: lease.entitlement, ledger: lease.ledger, up_to: lease.order() });
        }
    }
}
