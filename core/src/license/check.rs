//! The check of one licence on one machine at one time.

use super::binding::{ComponentMatches, Match, Presented};
use super::decision::{FIRST, SECOND, Verdict};
use super::judged::Judged;
use super::reason::Reason;
use super::terms::License;
use super::walk::Walk;
use crate::decode::Decode;
use crate::hwid::{EvidenceSet, FieldSet, Identity};
use crate::signed::{Label, Verified, VerifyError};
use crate::time::{Clock, DAY_S, Moment, UnixSeconds, Wall};

/// How long before its end a licence is said to expire soon.
pub const EXPIRES_SOON_S: u32 = 15 * DAY_S;

/// What is known of contact with a Primary Server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Contact {
    /// There was none, or none that still counts.
    #[default]
    None,
    /// A verified reply still counts.
    Current,
}

/// Everything a licence is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The machine.
    pub identity: &'c Identity,
    /// Brand of this product; `None` where the program has none, as on a licence desk.
    pub brand: Option<Label<'c>>,
    /// What is known of the time.
    pub clock: Clock,
    /// What is known of contact with a Primary Server.
    pub contact: Contact,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report {
    /// For the program: what unlocks.
    pub verdict: Verdict,
    /// For the person.
    pub reason: Reason,
    /// More precisely, where the licence was not believed.
    pub cause: Option<VerifyError>,
    /// For each component that a tolerant licence is bound to, what became of it.
    pub components: ComponentMatches,
    /// Fields that exist and could not be read.
    pub unreadable: FieldSet,
    /// Evidence that the licence asks for and the machine does not show.
    pub evidence_missing: EvidenceSet,
    /// Evidence that the machine rests on and the licence does not accept.
    pub evidence_unwanted: EvidenceSet,
    /// When the licence ends.
    pub expires: Option<UnixSeconds>,
}

impl Report {
    /// The report of a client that has no licence, and gets one from its Primary Server.
    pub(crate) fn without_contact() -> Self {
        Self { reason: Reason::ContactRequired, cause: None, ..refuse(VerifyError::Malformed) }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(&self) -> &'static str {
        self.reason.next_step()
    }
}

/// The report on something that is not believed.
///
/// ```
/// use hwlicense::license::{Reason, refuse};
/// use hwlicense::signed::VerifyError;
/// let report = refuse(VerifyError::BadSignature);
/// assert_eq!(report.reason, Reason::BadSignature);
/// assert!(report.verdict.grant().is_none());
/// ```
#[must_use]
pub fn refuse(error: VerifyError) -> Report {
    Report {
        verdict: Verdict::refused(),
        reason: Reason::from(error),
        cause: Some(error),
        components: ComponentMatches::default(),
        unreadable: FieldSet::EMPTY,
        evidence_missing: EvidenceSet::EMPTY,
        evidence_unwanted: EvidenceSet::EMPTY,
        expires: None,
    }
}

/// Checks a verified licence.
///
/// Which of several reasons wins is the order of [`Reason`]. A licence without an end is never
/// refused because of a clock. Where no clock is set, the floor is the time. The decision is made
/// twice, each time from the signed bytes, and the verdict takes both.
#[must_use]
pub fn check(license: &Verified<'_, License<'_>>, context: &Context<'_>) -> Report {
    let mut report = refuse(VerifyError::Malformed);
    check_twice(license, context, context, &mut report);
    report
}

/// [`check`] for a caller that has made the context twice, each time from what it was given, and
/// that has a report which refuses until this fills it in.
///
/// The second decision is made by `again`, so that a fault while the one or the other was made
/// does not reach both. What is reported beside the verdict is what the second found.
pub fn check_twice(
    license: &Verified<'_, License<'_>>,
    context: &Context<'_>,
    again: &Context<'_>,
    report: &mut Report,
) {
    // Only the hashes of the components are shared.
    let mut presented = Presented::default();
    let mut first = Walk::new(FIRST);
    decide(&mut first, license, context, &mut presented, report);
    // Once more, with what was found when the licence was believed a second time.
    let mut second = Walk::new(SECOND);
    decide(&mut second, license, again, &mut presented, report);
    second.path.spoil(license.doubt());
    report.verdict = Verdict::of(first.path, second.path);
}

/// One decision, from the signed bytes: its walk, and what is reported beside the verdict.
#[inline(never)]
fn decide(
    walk: &mut Walk,
    license: &Verified<'_, License<'_>>,
    context: &Context<'_>,
    presented: &mut Presented,
    report: &mut Report,
) {
    let mut terms = Judged::blank();
    terms.read(&mut license.reader());
    let identity = context.identity;
    let components = terms.binding.components(identity, presented);
    take(walk, &terms, context, components);
    (report.evidence_missing, report.evidence_unwanted) = terms.evidence.objections(identity.evidence());
    report.reason = walk.reason;
    report.cause = None;
    report.components = components;
    report.unreadable = identity.unreadable();
    report.expires = terms.expires;
}

/// Each check in the order of [`Reason`].
fn take(walk: &mut Walk, terms: &Judged<'_>, context: &Context<'_>, components: ComponentMatches) {
    let found = terms.binding.judge(context.identity, components);
    walk.step(terms.class.is_known(), Reason::UnknownClass);
    walk.step(context.brand.is_none_or(|brand| brand == terms.brand), Reason::OtherBrand);
    walk.step(found == Match::Matches, reason_of(found));
    walk.step(terms.evidence.is_met_by(context.identity.evidence()), Reason::EvidenceTooWeak);
    let Moment { now, wall } = context.clock.moment(terms.issued);
    let ends = terms.expires.is_some();
    let is_early = now < terms.not_before && (ends || wall == Wall::Believable);
    walk.step(!ends || wall != Wall::SetBack, Reason::ClockNotPlausible);
    walk.step(!is_early, Reason::NotYetValid);
    walk.step(terms.expires.is_none_or(|expires| now < expires), Reason::Expired);
    walk.step(!terms.contact_required || context.contact == Contact::Current, Reason::ContactRequired);
    // Where it is not over: else there is another reason already.
    let left = |expires: UnixSeconds| expires.0.wrapping_sub(now.0);
    let ends_soon = terms.expires.is_some_and(|expires| left(expires) <= u64::from(EXPIRES_SOON_S));
    if walk.reason == Reason::Valid && ends_soon {
        walk.reason = Reason::ExpiresSoon;
    }
}

/// Why hardware that does not match is refused.
pub(crate) const fn reason_of(found: Match) -> Reason {
    match found {
        Match::Matches => Reason::Valid,
        Match::Differs => Reason::OtherHardware,
        Match::NotReadable => Reason::HardwareNotReadable,
        Match::NotUnique => Reason::EvidenceTooWeak,
    }
}
