//! The rights that a client holds, judged from their signed bytes.

use crate::hwid::EvidenceSet;
use crate::license::{
    Binding, Class, ComponentMatches, Context, EXPIRES_SOON_S, FIRST, License, LicenseKey, Reason, Report, SECOND,
    Verdict, Walk, check, reason_of, refuse,
};
use crate::primary::entitlement::Entitlement;
use crate::primary::lease::Lease;
use crate::signed::{Bundle, Envelope, Kind, SignatureVerifier, Trust, Verified, VerifyError};
use crate::time::{Moment, UnixSeconds, Wall};

use super::state::{Tombstone, is_buried};

/// One right: a licence, or a lease of an entitlement.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    /// Licence key.
    pub key: LicenseKey,
    /// Class.
    pub class: Class,
    /// Channels.
    pub count: u32,
    /// First second at which it is no longer good; never, if absent.
    pub until: Option<UnixSeconds>,
    /// Whether it is good now, why, and what to do.
    pub report: Report,
}

/// Makes everything known that the bundle of rights certifies or revokes. It was believed when it was
/// saved; what is not believed any more, because its signer was revoked since, is passed over.
pub(super) fn admit<'a, V: SignatureVerifier>(trust: &mut Trust<'a, V>, bundle: &Bundle<'a>) {
    for kind in [Kind::Certificate, Kind::RevocationList] {
        for envelope in bundle.envelopes().filter(|envelope| envelope.header().kind == kind) {
            let _ = trust.admit(&envelope);
        }
    }
}

/// The entitlement of a lease, from the bundle in which it lies.
pub(super) fn entitlement_of<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundle: &Bundle<'a>,
    lease: &Lease<'_>,
) -> Result<Verified<'a, Entitlement<'a>>, VerifyError> {
    let mut failure = VerifyError::UnknownKey;
    for envelope in bundle.envelopes().filter(is_entitlement) {
        match trust.verify::<Entitlement<'a>>(&envelope) {
            Ok(found) if covers(&found.claims(), lease) => return Ok(found),
            Ok(_) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Whether an envelope says that it holds an entitlement.
pub(super) fn is_entitlement(envelope: &Envelope<'_>) -> bool {
    envelope.header().kind == Kind::Entitlement
}

/// The lease in an envelope, if it holds one. Not verified.
pub(super) fn lease_in<'a>(envelope: &Envelope<'a>) -> Option<Lease<'a>> {
    envelope.unverified().ok()
}

/// Whether a lease stays within an entitlement.
pub(super) fn covers(entitlement: &Entitlement<'_>, lease: &Lease<'_>) -> bool {
    let ends_in_time = match (entitlement.expires, lease.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(expires), Some(until)) => until <= expires,
    };
    let lasts_no_longer = match (entitlement.lease_s, lease.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(lease_s), Some(until)) => until.since(lease.from) <= lease_s.into(),
    };
    entitlement.key == lease.entitlement
        && entitlement.ledger == lease.ledger
        && lease.count <= entitlement.per_client
        && lease.from >= entitlement.not_before
        // No lease is laid by for the time after the mandate.
        && lease.from <= entitlement.serves_until
        && ends_in_time
        && lasts_no_longer
}

/// The check of a lease on a machine at a time: as that of a licence
/// ([`license::check`](crate::license::check)), decided twice, each time from the signed bytes.
pub(super) fn check_lease(
    entitlement: &Verified<'_, Entitlement<'_>>,
    lease: &Verified<'_, Lease<'_>>,
    tombstones: &[Tombstone],
    context: &Context<'_>,
) -> Report {
    let mut first = Walk::new(FIRST);
    let (evidence_missing, evidence_unwanted) = take(&mut first, entitlement, lease, tombstones, context);
    let mut second = Walk::new(SECOND);
    take(&mut second, entitlement, lease, tombstones, core::hint::black_box(context));
    second.path.spoil(entitlement.doubt());
    second.path.spoil(lease.doubt());
    Report {
        verdict: Verdict::of(first.path, second.path),
        reason: first.reason,
        cause: None,
        components: ComponentMatches::default(),
        unreadable: context.identity.unreadable(),
        evidence_missing,
        evidence_unwanted,
        expires: lease.claims().until,
    }
}

/// The decision: each check in the order of [`Reason`].
#[inline(never)]
fn take(
    walk: &mut Walk,
    entitlement: &Verified<'_, Entitlement<'_>>,
    lease: &Verified<'_, Lease<'_>>,
    tombstones: &[Tombstone],
    context: &Context<'_>,
) -> (EvidenceSet, EvidenceSet) {
    let (terms, lease) = (entitlement.claims(), lease.claims());
    let Moment { now, wall } = context.clock.moment(terms.issued.max(lease.issued));
    let ends = lease.until.is_some();
    let found = Binding::Strict(lease.hwid).judge(context.identity, ComponentMatches::default());
    let is_early = now < lease.from && (ends || wall == Wall::Believable);
    walk.step(covers(&terms, &lease), Reason::IssuerNotAllowed);
    walk.step(terms.class.is_known(), Reason::UnknownClass);
    walk.step(context.brand.is_none_or(|brand| brand == terms.brand), Reason::OtherBrand);
    walk.step(found == crate::license::Match::Matches, reason_of(found));
    walk.step(terms.evidence.is_met_by(context.identity.evidence()), Reason::EvidenceTooWeak);
    walk.step(!ends || wall != Wall::SetBack, Reason::ClockNotPlausible);
    walk.step(
        !is_early && lease.until.is_none_or(|until| now < until),
        if is_early { Reason::NotYetValid } else { Reason::Expired },
    );
    walk.step(!is_buried(tombstones, &lease), Reason::ContactRequired);
    let ends_soon = terms.expires.is_some_and(|expires| expires.since(now) <= u64::from(EXPIRES_SOON_S));
    if walk.reason == Reason::Valid && ends_soon {
        walk.reason = Reason::ExpiresSoon;
    }
    terms.evidence.objections(context.identity.evidence())
}

/// Judges every right in a bundle, gives each to `visit`, and the report on the best of them: one
/// that is good if any is, else the one that was nearest to it.
pub(super) fn judge<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundle: &Bundle<'a>,
    tombstones: &[Tombstone],
    context: &Context<'_>,
    visit: &mut dyn FnMut(&Right),
) -> Option<Report> {
    let mut best: Option<Report> = None;
    for envelope in bundle.envelopes() {
        let Some(right) = judge_one(trust, bundle, &envelope, tombstones, context) else { continue };
        visit(&right);
        if best.is_none_or(|best| rank(&best) < rank(&right.report)) {
            best = Some(right.report);
        }
    }
    best
}

/// Reasons are numbered in the order in which they are met, so a higher number came nearer.
fn rank(report: &Report) -> (bool, u16, UnixSeconds) {
    // Of two that are good, the one that lasts longer.
    let until = report.expires.unwrap_or(UnixSeconds(u64::MAX));
    (report.verdict.grant().is_some(), if report.reason.is_accepting() { 0 } else { report.reason.number() }, until)
}

fn judge_one<'a, V: SignatureVerifier>(
    trust: &Trust<'a, V>,
    bundle: &Bundle<'a>,
    envelope: &Envelope<'a>,
    tombstones: &[Tombstone],
    context: &Context<'_>,
) -> Option<Right> {
    match envelope.header().kind {
        Kind::License => {
            let claimed = envelope.unverified::<License<'_>>().ok()?;
            let report = trust.verify::<License<'_>>(envelope).map_or_else(refuse, |license| check(&license, context));
            Some(Right { key: claimed.key, class: claimed.class, count: claimed.count, until: claimed.expires, report })
        }
        Kind::Lease => {
            let claimed = envelope.unverified::<Lease<'_>>().ok()?;
            let mut class = Class::default();
            let report = entitlement_of(trust, bundle, &claimed)
                .and_then(|entitlement| {
                    class = entitlement.claims().class;
                    let lease = trust.verify_delegated::<_, Lease<'_>>(&entitlement, envelope)?;
                    Ok(check_lease(&entitlement, &lease, tombstones, context))
                })
                .unwrap_or_else(refuse);
            Some(Right { key: claimed.entitlement, class, count: claimed.count, until: claimed.until, report })
        }
        _ => None,
    }
}
