//! To which machine a licence is bound, and how much of it may change.

use core::fmt;

use heapless::Vec;
use serde::Serialize;

use crate::decode::{Decode, Reader};
use crate::hardware::Field;
use crate::hwid::{Component, ComponentDigest, Enrollment, Hwid, HwidError, Identity, Salt, same_bytes};

/// Most digests in a tolerant binding: four components and twelve NICs.
pub const BOUND_DIGESTS_MAX: usize = 16;

/// To which machine a licence is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::large_enum_variant, reason = "core has no allocator to put the larger one elsewhere")]
pub enum Binding {
    /// Exactly this HWID.
    Strict(Hwid),
    /// A machine whose components match well enough.
    Tolerant(Tolerance),
}

/// A tolerant binding: salted digests of components, and how much of them must match.
///
/// A component matches when one of its digests does (a machine has several NICs, and one that is
/// still there is enough). The weights of all that match must reach the threshold, and every
/// mandatory component must match. What cannot be read has no weight and is never a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tolerance {
    /// The HWID on the day of issue. For people; it decides nothing.
    pub hwid: Hwid,
    /// Salt of the digests.
    pub salt: Salt,
    /// Weight of each component, in the order of [`Component::ALL`]; 0 for one that is not bound.
    pub weights: [u8; 5],
    /// Components that must match: bit `n` for component number `n`.
    pub mandatory: u8,
    /// Sum of weights that must match.
    pub threshold: u16,
    /// The digests, ordered by component and then by bytes, each once.
    pub digests: Vec<BoundDigest, BOUND_DIGESTS_MAX>,
}

/// A salted digest of one component, or of one NIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BoundDigest {
    /// Number of the component.
    pub component: u8,
    /// Its digest.
    pub digest: ComponentDigest,
}

/// Weights of the components in a tolerant binding.
///
/// # Source
/// The default comes from histories of real servers: of 1,840 whose serial number stayed over the
/// years, 430 changed their set of MAC addresses and 54 kept none of them. So NICs, processor
/// and memory are each replaceable, memory together with one of the others as well, but not NICs
/// and processor together: that is what a copy of a board's serial number looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// In the order of [`Component::ALL`].
    pub components: [u8; 5],
    /// How much weight may be missing.
    pub slack: u16,
}

impl Default for Weights {
    fn default() -> Self {
        Self { components: [50, 20, 10, 20, 30], slack: 30 }
    }
}

/// Why no tolerant binding can be made of an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BindingError {
    /// Nothing in it is unique.
    NotUnique,
}

impl fmt::Display for BindingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnique => f.write_str("nothing in the enrolment tells the machine from another one of its model"),
        }
    }
}

impl core::error::Error for BindingError {}

/// How a machine compares with a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Match {
    /// It is the machine, or enough of it.
    Matches,
    /// It is another machine, or too much of it changed.
    Differs,
    /// Too little can be read to say.
    NotReadable,
    /// Nothing about this machine is unique, so it cannot be the one.
    NotUnique,
}

/// What a machine shows of each component, salted, in the order of [`Component::ALL`].
pub type Presented = [Field<ComponentDigest>; 5];

/// What became of each component, in the order of [`Component::ALL`].
pub type ComponentMatches = [(Component, Option<Match>); 5];

impl Tolerance {
    /// The tolerant binding for an enrolled machine.
    ///
    /// The most telling unique component is mandatory: the board if it has a number of its own,
    /// else the platform's identifiers, else the processor's serial number, else the NICs.
    ///
    /// # Errors
    /// [`BindingError::NotUnique`].
    pub fn of(enrollment: &Enrollment, weights: Weights) -> Result<Self, BindingError> {
        let mut digests: Vec<BoundDigest, BOUND_DIGESTS_MAX> = Vec::new();
        for component in Component::ALL {
            if let Some(digest) = enrollment.component_digest(component) {
                // Never full: there are four of these.
                let _ = digests.push(BoundDigest { component: component.number(), digest });
            }
        }
        for digest in enrollment.nic_digests() {
            // A machine with more NICs than there is room for is bound to some of them.
            let _ = digests.push(BoundDigest { component: Component::Nic.number(), digest: *digest });
        }
        digests.sort_unstable();
        let bound = |component: Component| digests.iter().any(|bound| bound.component == component.number());
        let mandatory = [Component::Board, Component::Platform, Component::Cpu, Component::Nic]
            .into_iter()
            .find(|component| bound(*component) && enrollment.is_unique_by(*component))
            .ok_or(BindingError::NotUnique)?;
        let mut kept = weights.components;
        for (weight, component) in kept.iter_mut().zip(Component::ALL) {
            if !bound(component) {
                *weight = 0;
            }
        }
        let weight_of = |wanted: Component| {
            let weights = kept.iter().zip(Component::ALL);
            weights.filter(|(_, component)| *component == wanted).map(|(weight, _)| u16::from(*weight)).sum::<u16>()
        };
        let total: u16 = kept.iter().map(|weight| u16::from(*weight)).sum();
        let threshold = total.saturating_sub(weights.slack).max(weight_of(mandatory));
        Ok(Self {
            hwid: enrollment.hwid(),
            salt: *enrollment.salt(),
            weights: kept,
            mandatory: 1u8.checked_shl(u32::from(mandatory.number())).unwrap_or(0),
            threshold,
            digests,
        })
    }

    fn is_mandatory(&self, component: Component) -> bool {
        self.mandatory.wrapping_shr(u32::from(component.number())) & 1 == 1
    }

    /// What the machine shows of each component, salted like the digests here. Of the NICs it is
    /// one that is bound, if there is one.
    fn present(&self, identity: &Identity) -> Presented {
        let mut presented = [Field::Absent; 5];
        for ((shown, component), weight) in presented.iter_mut().zip(Component::ALL).zip(self.weights) {
            if weight == 0 {
                continue;
            }
            if component != Component::Nic || identity.component_state(component) == Field::Unreadable {
                *shown = identity.component_digest(component, &self.salt);
                continue;
            }
            for digest in identity.nic_digests(&self.salt) {
                *shown = Field::Read(digest);
                if self.is_bound(component, &digest) {
                    break;
                }
            }
        }
        presented
    }

    /// Whether the digest is one of the component's.
    #[inline(never)]
    fn is_bound(&self, component: Component, digest: &ComponentDigest) -> bool {
        self.digests
            .iter()
            .filter(|bound| bound.component == component.number())
            .fold(false, |found, bound| found | same_bytes(&bound.digest, digest))
    }

    fn is_well_formed(&self) -> bool {
        let mut bound = 0u8;
        for digest in &self.digests {
            if Component::from_number(digest.component).is_none() {
                return false;
            }
            bound |= 1u8.wrapping_shl(u32::from(digest.component));
        }
        let mut weighted = 0u8;
        for (component, weight) in Component::ALL.into_iter().zip(self.weights) {
            if weight > 0 {
                weighted |= 1u8.wrapping_shl(u32::from(component.number()));
            }
        }
        // Whatever is mandatory has a weight, and whatever has a weight is bound.
        self.mandatory != 0
            && self.mandatory & !weighted == 0
            && weighted & !bound == 0
            && self.threshold > 0
            && self.threshold <= self.total()
    }
}

impl Decode<'_> for Binding {
    fn blank() -> Self {
        Self::Strict(Hwid::blank())
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        match reader.u32() {
            0 => {
                let mut hwid = Hwid::blank();
                hwid.read(reader);
                *self = Self::Strict(hwid);
            }
            1 => {
                *self = Self::Tolerant(Tolerance::blank());
                if let Self::Tolerant(tolerance) = self {
                    tolerance.read(reader);
                }
            }
            _ => reader.fail(),
        }
    }
}

impl Decode<'_> for Tolerance {
    fn blank() -> Self {
        Self {
            hwid: Hwid::blank(),
            salt: [0; 16],
            weights: [0; 5],
            mandatory: 0,
            threshold: 0,
            digests: Vec::new(),
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) {
        self.hwid.read(reader);
        reader.fill(&mut self.salt);
        reader.fill(&mut self.weights);
        self.mandatory = reader.byte();
        self.threshold = reader.u16();
        reader.list(
            &mut self.digests,
            |reader| BoundDigest { component: reader.byte(), digest: reader.array() },
            |before, after| before < after,
        );
        reader.require(self.is_well_formed());
    }
}

impl Binding {

    /// The HWID it was issued for.
    #[must_use]
    pub const fn hwid(&self) -> Hwid {
        match self {
            Self::Strict(hwid) => *hwid,
            Self::Tolerant(tolerance) => tolerance.hwid,
        }
    }

    /// What a machine shows of each component that is bound: the part of the comparison that
    /// hashes, done once. Nothing, for a strict binding.
    #[must_use]
    #[inline(never)]
    pub fn present(&self, identity: &Identity) -> Presented {
        match self {
            Self::Strict(_) => [Field::Absent; 5],
            Self::Tolerant(tolerance) => tolerance.present(identity),
        }
    }

    /// What became of each component; `None` for one without a weight, and for all of them in a
    /// strict binding.
    #[must_use]
    #[inline(never)]
    pub fn components(&self, presented: &Presented) -> ComponentMatches {
        let mut matches = Component::ALL.map(|component| (component, None));
        if let Self::Tolerant(tolerance) = self {
            for (((component, found), shown), weight) in matches.iter_mut().zip(presented).zip(tolerance.weights) {
                *found = (weight > 0).then(|| match shown {
                    Field::Unreadable => Match::NotReadable,
                    Field::Read(digest) if tolerance.is_bound(*component, digest) => Match::Matches,
                    Field::Read(_) | Field::Absent => Match::Differs,
                });
            }
        }
        matches
    }

    /// How a machine compares with it, given what became of its components.
    #[must_use]
    #[inline(never)]
    pub fn judge(&self, identity: &Identity, components: &ComponentMatches) -> Match {
        match self {
            Self::Strict(hwid) => match identity.hwid() {
                Ok(found) if found == *hwid => Match::Matches,
                Ok(_) => Match::Differs,
                Err(HwidError::NotReadable(_)) => Match::NotReadable,
                Err(HwidError::NotUnique) => Match::NotUnique,
            },
            Self::Tolerant(tolerance) => tolerance.judge(components),
        }
    }

    /// Whether [`Binding::judge`] must say [`Match::Matches`], by a computation of its own.
    #[inline(never)]
    pub(super) fn accepts(&self, identity: &Identity, components: &ComponentMatches) -> bool {
        match self {
            Self::Strict(hwid) => identity.hwid() == Ok(*hwid),
            Self::Tolerant(tolerance) => {
                let mut missing = 0u16;
                let mut missed = 0u8;
                for ((component, found), weight) in components.iter().zip(tolerance.weights) {
                    if *found != Some(Match::Matches) {
                        missing = missing.saturating_add(u16::from(weight));
                        missed |= 1u8.wrapping_shl(u32::from(component.number()));
                    }
                }
                missed & tolerance.mandatory == 0 && missing <= tolerance.slack()
            }
        }
    }
}

impl Tolerance {
    fn total(&self) -> u16 {
        self.weights.iter().fold(0, |total, weight| total.saturating_add(u16::from(*weight)))
    }

    /// How much weight may be missing.
    fn slack(&self) -> u16 {
        self.total().saturating_sub(self.threshold)
    }

    fn judge(&self, components: &ComponentMatches) -> Match {
        let (mut matched, mut possible) = (0u16, 0u16);
        let (mut mandatory_differs, mut mandatory_unread) = (false, false);
        for ((component, found), weight) in components.iter().zip(self.weights) {
            let found = found.unwrap_or(Match::Differs);
            if found == Match::Matches {
                matched = matched.saturating_add(u16::from(weight));
            }
            if found != Match::Differs {
                possible = possible.saturating_add(u16::from(weight));
            }
            if self.is_mandatory(*component) {
                mandatory_differs |= found == Match::Differs;
                mandatory_unread |= found == Match::NotReadable;
            }
        }
        if mandatory_differs || possible < self.threshold {
            Match::Differs
        } else if mandatory_unread || matched < self.threshold {
            Match::NotReadable
        } else {
            Match::Matches
        }
    }
}
