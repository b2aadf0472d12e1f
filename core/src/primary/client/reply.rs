//! An answer, from bytes to what it changes.

use super::error::{InputError, ReplyError};
use super::rights::{admit, covers, entitlement_of, is_entitlement};
use super::state::{RIGHTS_BYTES_MAX, State, Tombstone};
use crate::hwid::Hwid;
use crate::license::LicenseKey;
use crate::primary::correction::TimeCorrection;
use crate::primary::entitlement::Entitlement;
use crate::primary::lease::Lease;
use crate::primary::refusal::Refusal;
use crate::primary::reply::{Outcome, Reply, enclosed_digest};
use crate::signed::{Bundle, BundleWriter, Envelope, Kind, Label, SignatureVerifier, Trust, Verified, VerifyError};
use crate::time::UnixSeconds;

/// What an answer must fit to.
pub(super) struct Expected<'e> {
    pub(super) hwid: Hwid,
    pub(super) brand: Label<'e>,
    /// Whether a digest is that of a request that was not answered yet.
    pub(super) is_open: &'e dyn Fn(&[u8; 32]) -> Result<(), ReplyError>,
}

/// A reply that is believed, and fits.
pub(super) struct Accepted<'a> {
    pub(super) reply: Reply<'a>,
    bundle: Bundle<'a>,
    /// The time that it vouches for, not beyond the end of the mandate of the server's key.
    pub(super) time: UnixSeconds,
    pub(super) correction: Option<TimeCorrection<'a>>,
}

/// Verifies an answer as far as it is one.
pub(super) fn accept<'a, E, V: SignatureVerifier>(
    bytes: &'a [u8],
    kept: Option<&Bundle<'a>>,
    state: &State,
    trust: &mut Trust<'a, V>,
    expected: &Expected<'_>,
) -> Result<Accepted<'a>, InputError<E>> {
    let bundle = Bundle::parse(bytes)?;
    if let Some(kept) = kept {
        admit(trust, kept);
    }
    admit_enclosed(trust, &bundle)?;
    let bundles: [&Bundle<'a>; 2] = [&bundle, kept.unwrap_or(&bundle)];
    let envelope = bundle.only(Kind::Reply)?;
    let mandate = mandate(trust, &bundles, &envelope)?;
    let reply = trust.verify_delegated::<_, Reply<'a>>(&mandate, &envelope)?.claims();
    let mandate = mandate.claims();
    (expected.is_open)(&reply.request)?;
    fits(&reply, &mandate, state, expected)?;
    is_complete(&reply, &bundle)?;
    let mut correction = None;
    for enclosed in others(&bundle) {
        match enclosed.header().kind {
            Kind::Lease => lease_fits(trust, &bundles, enclosed, &reply)?,
            Kind::License => {
                trust.verify::<crate::license::License<'a>>(enclosed)?;
            }
            Kind::TimeCorrection => {
                let found: TimeCorrection<'a> = trust.verify_signed_by_root(enclosed)?;
                correction = (found.hwid == expected.hwid && found.floor_epoch > state.floor_epoch).then_some(found);
            }
            Kind::Certificate | Kind::RevocationList | Kind::Entitlement => {}
            _ => return Err(VerifyError::WrongKind.into()),
        }
    }
    let time = reply.issued.min(mandate.serves_until);
    Ok(Accepted { reply, bundle, time, correction })
}

fn others<'b, 'a>(bundle: &'b Bundle<'a>) -> impl Iterator<Item = &'b Envelope<'a>> {
    bundle.envelopes().iter().filter(|envelope| envelope.header().kind != Kind::Reply)
}

/// Certificates and lists of the bundle. An old one changes nothing; one that is not good spoils the
/// whole.
fn admit_enclosed<'a, V: SignatureVerifier>(trust: &mut Trust<'a, V>, bundle: &Bundle<'a>) -> Result<(), VerifyError> {
    for kind in [Kind::Certificate, Kind::RevocationList] {
        for envelope in bundle.envelopes().iter().filter(|envelope| envelope.header().kind == kind) {
            match trust.admit(envelope) {
                Ok(_) | Err(VerifyError::OutOfSequence) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// The entitlement that names the key which signed the reply.
fn mandate<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundles: &[&Bundle<'a>],
    reply: &Envelope<'a>,
) -> Result<Verified<'a, Entitlement<'a>>, InputError<E>> {
    let mut failure = InputError::Reply(ReplyError::NotEntitled);
    for envelope in bundles.iter().flat_map(|bundle| bundle.envelopes()).filter(is_entitlement) {
        match trust.verify::<Entitlement<'a>>(envelope) {
            Ok(found) if found.claims().server_key().is_ok_and(|key| key.id() == reply.header().key_id) => {
                return Ok(found);
            }
            Ok(_) => {}
            Err(error) => failure = InputError::NotBelieved(error),
        }
    }
    Err(failure)
}

fn fits(
    reply: &Reply<'_>,
    mandate: &Entitlement<'_>,
    state: &State,
    expected: &Expected<'_>,
) -> Result<(), ReplyError> {
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
    Ok(())
}

/// Whether what travels with a reply is what it names, in that order.
fn is_complete(reply: &Reply<'_>, bundle: &Bundle<'_>) -> Result<(), ReplyError> {
    if others(bundle).map(enclosed_digest).eq(reply.enclosed.iter().copied()) {
        Ok(())
    } else {
        Err(ReplyError::Incomplete)
    }
}

fn lease_fits<'a, E, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundles: &[&Bundle<'a>],
    envelope: &Envelope<'a>,
    reply: &Reply<'_>,
) -> Result<(), InputError<E>> {
    let claimed = envelope.unverified::<Lease<'a>>()?;
    let entitlement = match entitlement_of(trust, bundles, &claimed) {
        Err(VerifyError::UnknownKey) => return Err(ReplyError::NotCovered.into()),
        entitlement => entitlement?,
    };
    let lease = trust.verify_delegated::<_, Lease<'a>>(&entitlement, envelope)?.claims();
    let is_for_us = lease.hwid == reply.hwid && lease.ledger_epoch <= reply.ledger_epoch;
    if is_for_us && covers(&entitlement.claims(), &lease) { Ok(()) } else { Err(ReplyError::NotCovered.into()) }
}

/// The bundle of rights after a reply: what it brought, and of what was kept the revocation lists of
/// other signers. A reply that brings no right leaves those that are there.
pub(super) fn rights_after<'b>(
    accepted: &Accepted<'_>,
    kept: Option<&Bundle<'_>>,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], ReplyError> {
    let is_list = |envelope: &&Envelope<'_>| envelope.header().kind == Kind::RevocationList;
    let brings_rights = accepted.reply.outcome == Outcome::Licensed;
    let mut writer = BundleWriter::new();
    let old_lists = kept.iter().flat_map(|kept| kept.envelopes()).filter(is_list).filter(|old| {
        // The newest of each signer is enough.
        !others(&accepted.bundle).filter(is_list).any(|new| is_newer(new, old))
    });
    let new_lists = others(&accepted.bundle).filter(is_list).filter(|new| {
        !kept
            .iter()
            .flat_map(|kept| kept.envelopes())
            .filter(is_list)
            .any(|old| !is_newer(new, old) && same_signer(new, old))
    });
    for envelope in old_lists.chain(new_lists) {
        writer.push(envelope.bytes()).map_err(|_| ReplyError::TooLarge)?;
    }
    let not_list = |envelope: &&Envelope<'_>| {
        !matches!(envelope.header().kind, Kind::RevocationList | Kind::TimeCorrection | Kind::Reply)
    };
    let source = if brings_rights { Some(&accepted.bundle) } else { kept };
    for envelope in source.iter().flat_map(|bundle| bundle.envelopes()).filter(not_list) {
        writer.push(envelope.bytes()).map_err(|_| ReplyError::TooLarge)?;
    }
    if writer.is_empty() {
        return Ok(&[]);
    }
    let written = writer.write(buffer).map_err(|_| ReplyError::TooLarge)?;
    if written.len() <= RIGHTS_BYTES_MAX { Ok(written) } else { Err(ReplyError::TooLarge) }
}

fn same_signer(one: &Envelope<'_>, other: &Envelope<'_>) -> bool {
    one.header().key_id == other.header().key_id
}

/// Whether a list takes the place of another one.
fn is_newer(new: &Envelope<'_>, old: &Envelope<'_>) -> bool {
    let order = |envelope: &Envelope<'_>| (envelope.header().epoch, envelope.header().sequence);
    same_signer(new, old) && order(new) > order(old)
}

/// Everything that a reply changes but the rights themselves.
pub(super) fn apply(accepted: &Accepted<'_>, kept: Option<&Bundle<'_>>, state: &mut State) {
    let reply = &accepted.reply;
    state.hwid = Some(reply.hwid);
    state.last_contact = Some(accepted.time);
    state.carried = None;
    state.see_ledger(reply.ledger, reply.ledger_epoch);
    if let Some(secret) = reply.secret {
        state.secret = Some(secret);
    }
    state.refusal = match reply.outcome {
        Outcome::Refused(number) => Some(number),
        _ => None,
    };
    match reply.outcome {
        Outcome::Licensed => state.was_licensed = true,
        Outcome::Deactivated => state.giving_up = None,
        Outcome::Refused(_) if reply.outcome.refusal() == Some(Refusal::NotActive) => state.giving_up = None,
        Outcome::Refused(_) if reply.outcome.refusal() == Some(Refusal::Withdrawn) => bury_all(state, kept, None),
        Outcome::Waiting | Outcome::Refused(_) => {}
    }
}

/// Lays a tombstone on every lease that is kept, or on those of one entitlement.
pub(super) fn bury_all(state: &mut State, kept: Option<&Bundle<'_>>, only: Option<LicenseKey>) {
    let envelopes = kept.into_iter().flat_map(|kept| kept.envelopes());
    for lease in envelopes.filter_map(|envelope| envelope.unverified::<Lease<'_>>().ok()) {
        if only.is_none_or(|only| only == lease.entitlement) {
            state.bury(Tombstone { entitlement: lease.entitlement, ledger: lease.ledger, up_to: lease.order() });
        }
    }
}
