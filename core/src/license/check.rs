//! The check of one licence on one machine at one time.

use super::binding::{ComponentMatches, Match, Presented};
use super::class::Class;
use super::decision::{FIRST, SECOND, Verdict};
use super::reason::Reason;
use super::terms::License;
use crate::hwid::{Component, EvidenceSet, FieldSet, Identity};
use crate::path::Path;
use crate::signed::{Verified, VerifyError};
use crate::time::{Clock, DAY_S, UnixSeconds};

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
    pub brand: Option<&'c str>,
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
        components: Component::ALL.map(|component| (component, None)),
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
/// twice, on two paths that share no branch; if they ever differ, the answer is no.
#[must_use]
pub fn check(license: &Verified<'_, License<'_>>, context: &Context<'_>) -> Report {
    check_twice(license, context, context)
}

/// [`check`] for a caller that has made the context twice, each time from what it was given.
///
/// The second path is decided by `again`, so that a fault while the one or the other was made
/// does not reach both.
#[must_use]
pub fn check_twice(license: &Verified<'_, License<'_>>, context: &Context<'_>, again: &Context<'_>) -> Report {
    let terms = &license.claims();
    let presented = terms.binding.present(context.identity);
    let components = terms.binding.components(&presented);
    let found = terms.binding.judge(context.identity, &components);
    let (evidence_missing, evidence_unwanted) = terms.evidence.objections(context.identity.evidence());
    Report {
        verdict: Verdict::of(first_path(terms, context, found), second_path(license, again, &presented)),
        reason: reason(terms, context, found),
        cause: None,
        components,
        unreadable: context.identity.unreadable(),
        evidence_missing,
        evidence_unwanted,
        expires: terms.expires,
    }
}

/// The reason, and nothing but the reason.
#[inline(never)]
fn reason(terms: &License<'_>, context: &Context<'_>, found: Match) -> Reason {
    let clock = context.clock.raised_to(terms.issued);
    let now = clock.now();
    if !terms.class.is_known() {
        return Reason::UnknownClass;
    }
    if context.brand.is_some_and(|brand| brand != terms.brand) {
        return Reason::OtherBrand;
    }
    match found {
        Match::Matches => {}
        Match::Differs => return Reason::OtherHardware,
        Match::NotReadable => return Reason::HardwareNotReadable,
        Match::NotUnique => return Reason::EvidenceTooWeak,
    }
    if !terms.evidence.is_met_by(context.identity.evidence()) {
        return Reason::EvidenceTooWeak;
    }
    if terms.expires.is_some() && clock.is_set_back() {
        return Reason::ClockNotPlausible;
    }
    if now < terms.not_before && (terms.expires.is_some() || clock.is_believable()) {
        return Reason::NotYetValid;
    }
    if terms.expires.is_some_and(|expires| now >= expires) {
        return Reason::Expired;
    }
    if terms.contact_required && context.contact == Contact::None {
        return Reason::ContactRequired;
    }
    match terms.expires {
        Some(expires) if expires.since(now) <= u64::from(EXPIRES_SOON_S) => Reason::ExpiresSoon,
        _ => Reason::Valid,
    }
}

/// The decision, in the order of [`Reason`].
#[inline(never)]
fn first_path(terms: &License<'_>, context: &Context<'_>, found: Match) -> Path {
    let clock = context.clock.raised_to(terms.issued);
    let now = clock.now();
    let ends = terms.expires.is_some();
    FIRST
        .step(terms.class.is_known())
        .step(context.brand.is_none_or(|brand| brand == terms.brand))
        .step(found == Match::Matches)
        .step(terms.evidence.is_met_by(context.identity.evidence()))
        .step(!(ends && clock.is_set_back()))
        .step(now >= terms.not_before || !(ends || clock.is_believable()))
        .step(terms.expires.is_none_or(|expires| now < expires))
        .step(!terms.contact_required || context.contact == Contact::Current)
}

/// The same decision again, the other way round and from the terms themselves, with what was found
/// when the licence was believed a second time. Only the hashes of the components are shared.
#[inline(never)]
fn second_path(license: &Verified<'_, License<'_>>, context: &Context<'_>, presented: &Presented) -> Path {
    let terms = &license.claims();
    let clock = context.clock.raised_to(terms.issued);
    // A licence without an end has as much time left as there is.
    let left = terms.expires.map_or(u64::MAX, |expires| expires.since(clock.now()));
    let early = terms.not_before.since(clock.now());
    let against = terms.evidence.bits_against(context.identity.evidence());
    let components = terms.binding.components(presented);
    SECOND
        .spoiled_by(license.doubt())
        .step(context.contact == Contact::Current || !terms.contact_required)
        .step(left > 0)
        .step(early == 0 || (terms.expires.is_none() && !clock.is_believable()))
        .step(terms.expires.is_none() || !clock.is_set_back())
        .step(against == 0)
        .step(terms.binding.accepts(context.identity, &components))
        .step(context.brand.unwrap_or(terms.brand) == terms.brand)
        .step(terms.class.0.wrapping_sub(Class::VENDOR_FIRST.0) < 0x8000 || terms.class.0.wrapping_sub(1) < 12)
}
