//! What is kept of a reply: a bundle that stands on its own.
//!
//! | Kept | From |
//! |---|---|
//! | licences, leases | the reply if it says that the client is licensed, else as they were; without what was given up |
//! | entitlements | those that one of the leases names |
//! | revocation lists | both: of each signer the newest |
//! | certificates | both: of each key the newest, if that key signed something that is kept |
//!
//! So a revocation list is never lost together with the certificate of its signer, and what the
//! reply leaned on is still there when the device starts next.

use super::error::ReplyError;
use super::reply::Accepted;
use super::rights::lease_in;
use super::state::{RIGHTS_BYTES_MAX, Tombstone, is_buried};
use crate::primary::entitlement::Entitlement;
use crate::primary::lease::Lease;
use crate::primary::reply::Outcome;
use crate::signed::{Bundle, BundleWriter, Certificate, Envelope, Envelopes, KeyId, Kind};

/// Writes the bundle of rights that a client has after a reply; nothing, if it has none.
pub(super) fn rights_after<'b>(
    accepted: &Accepted<'_, '_>,
    kept: Option<&Bundle<'_>>,
    tombstones: &[Tombstone],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], ReplyError> {
    let (old, new) = (kept.map_or(Envelopes::EMPTY, Bundle::envelopes), accepted.bundle.envelopes());
    let source = if accepted.reply.outcome == Outcome::Licensed { new.clone() } else { old.clone() };
    let is_alive = |lease: &Lease<'_>| !is_buried(tombstones, lease);
    let rights = source.clone().filter(|envelope| match envelope.header().kind {
        Kind::License => true,
        Kind::Lease => lease_in(envelope).as_ref().is_some_and(is_alive),
        Kind::Entitlement => source
            .clone()
            .filter_map(|lease| lease_in(&lease))
            .any(|lease| is_alive(&lease) && is_named(envelope, &lease)),
        _ => false,
    });
    let lists = newest(Kind::RevocationList, &old, &new);
    let signed = lists.clone().chain(rights.clone());
    let certificates = newest(Kind::Certificate, &old, &new)
        .filter(|certificate| signed.clone().any(|envelope| subject(certificate) == Some(envelope.header().key_id)));
    let mut writer = BundleWriter::new();
    for envelope in certificates.chain(lists).chain(rights) {
        writer.push(envelope.bytes()).map_err(|_| ReplyError::TooLarge)?;
    }
    if writer.is_empty() {
        return Ok(&[]);
    }
    let written = writer.write(buffer).map_err(|_| ReplyError::TooLarge)?;
    if written.len() <= RIGHTS_BYTES_MAX { Ok(written) } else { Err(ReplyError::TooLarge) }
}

/// Whether a lease is one of the entitlement in an envelope.
fn is_named(envelope: &Envelope<'_>, lease: &Lease<'_>) -> bool {
    envelope.unverified::<Entitlement<'_>>().is_ok_and(|entitlement| entitlement.key == lease.entitlement)
}

/// Of everything of a kind, what nothing else outdates.
fn newest<'x>(
    kind: Kind,
    old: &'x Envelopes<'_>,
    new: &'x Envelopes<'_>,
) -> impl Iterator<Item = Envelope<'x>> + Clone {
    let all = move || {
        // A range that ends never overflows, where `enumerate` might for all that the compiler knows.
        let both = (0..usize::MAX).zip(old.clone().chain(new.clone()));
        both.filter(move |(_, envelope)| envelope.header().kind == kind)
    };
    all().filter(move |this| !all().any(|other| outdates(&other, this))).map(|(_, envelope)| envelope)
}

/// Whether the first takes the place of the second, as [`Trust::admit`](crate::signed::Trust::admit)
/// has it: of two that are equally new, the certificate that came last and the list that came first.
fn outdates(one: &(usize, Envelope<'_>), other: &(usize, Envelope<'_>)) -> bool {
    let rank = |(place, envelope): &(usize, Envelope<'_>)| {
        let header = envelope.header();
        let place = if header.kind == Kind::Certificate { *place } else { usize::MAX.saturating_sub(*place) };
        (header.epoch, header.sequence, place)
    };
    rank(one) > rank(other) && subject(&one.1) == subject(&other.1)
}

/// Whom a list is from, or a certificate is for.
fn subject(envelope: &Envelope<'_>) -> Option<KeyId> {
    match envelope.header().kind {
        Kind::Certificate => Some(envelope.unverified::<Certificate<'_>>().ok()?.key().ok()?.id()),
        _ => Some(envelope.header().key_id),
    }
}
