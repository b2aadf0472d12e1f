//! To which machine a licence is bound, and how much of it may change.

use core::fmt;

use heapless::Vec;
use serde::Serialize;

use crate::decode::{Decode, Reader};
use crate::hardware::Field;
use crate::hwid::{Component, ComponentDigest, Enrollment, Hwid, HwidError, Identity, Salt, salt_into, same_bytes};

/// Most digests in a tolerant binding: four components and twelve NICs.
pub const BOUND_DIGESTS_MAX: usize = 16;

/// To which machine a licence is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Binding<'a> {
    /// Exactly this HWID.
    Strict(Hwid),
    /// A machine whose components match well enough.
    Tolerant(Tolerance<'a>),
}

/// A tolerant binding: salted digests of components, and how much of them must match.
///
/// A component matches when one of its digests does (a machine has several NICs, and one that is
/// still there is enough). The weights of all that match must reach the threshold, and every
/// mandatory component must match. What cannot be read has no weight and is never a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tolerance<'a> {
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
    pub digests: &'a [BoundDigest],
}

/// A salted digest of one component, or of one NIC, as it lies in a licence: the number of the
/// component, and its digest.
pub type BoundDigest = [u8; 17];

/// The digests of an enrolled machine, in the order that a binding asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundDigests(Vec<BoundDigest, BOUND_DIGESTS_MAX>);

impl BoundDigests {
    /// All that an enrolment holds; of a machine with more NICs than there is room for, some.
    #[must_use]
    pub fn of(enrollment: &Enrollment) -> Self {
        let mut digests = Vec::new();
        let mut bind = |component: Component, digest: &ComponentDigest| {
            let mut bound = [component.number(); 17];
            if let Some(slots) = bound.last_chunk_mut() {
                *slots = *digest;
            }
            // Full only after the components, of which there are four.
            let _ = digests.push(bound);
        };
        for component in Component::ALL {
            if let Some(digest) = enrollment.component_digest(component) {
                bind(component, &digest);
            }
        }
        for digest in enrollment.nic_digests() {
            bind(Component::Nic, digest);
        }
        digests.sort_unstable();
        Self(digests)
    }
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

/// What a machine shows of its components, salted like the digests of one binding: each is made
/// when it is first compared, so that comparing again hashes nothing. Of the NICs it is one that is
/// bound, if there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// In the order of [`Component::ALL`].
    digests: [ComponentDigest; 5],
    /// Those that were made: bit `n` for component number `n`.
    made: u8,
}

/// What became of each component: sets of them, with bit `n` for component number `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ComponentMatches {
    bound: u8,
    same: u8,
    unread: u8,
}

impl ComponentMatches {
    /// What became of a component; `None` for one without a weight, and for all of them in a
    /// strict binding.
    #[must_use]
    pub fn of(self, component: Component) -> Option<Match> {
        self.of_number(component.number())
    }

    /// The same, by the number of the component.
    #[must_use]
    pub const fn of_number(self, number: u8) -> Option<Match> {
        let bit = bit(number);
        match bit {
            _ if self.bound & bit == 0 => None,
            _ if self.same & bit != 0 => Some(Match::Matches),
            _ if self.unread & bit != 0 => Some(Match::NotReadable),
            _ => Some(Match::Differs),
        }
    }

    /// All of them, in the order of [`Component::ALL`].
    #[must_use]
    pub fn all(self) -> [(Component, Option<Match>); 5] {
        Component::ALL.map(|component| (component, self.of(component)))
    }
}

/// The set of one component.
const fn bit(number: u8) -> u8 {
    1u8.wrapping_shl(u32::from_le_bytes([number, 0, 0, 0]))
}

impl<'a> Tolerance<'a> {
    /// The tolerant binding for an enrolled machine, whose digests the caller keeps.
    ///
    /// The most telling unique component is mandatory: the board if it has a number of its own,
    /// else the platform's identifiers, else the processor's serial number, else the NICs.
    ///
    /// # Errors
    /// [`BindingError::NotUnique`].
    pub fn of(enrollment: &Enrollment, digests: &'a BoundDigests, weights: Weights) -> Result<Self, BindingError> {
        let digests = digests.0.as_slice();
        let bound = |component: Component| digests.iter().any(|[number, ..]| *number == component.number());
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
            mandatory: bit(mandatory.number()),
            threshold,
            digests,
        })
    }

    /// Compares what a machine shows with what is bound.
    fn compare(&self, identity: &Identity, presented: &mut Presented) -> ComponentMatches {
        let mut matches = ComponentMatches::default();
        let Presented { digests, made } = presented;
        let mut number = 0u8;
        for ((weight, found), shown) in self.weights.iter().zip(identity.components()).zip(digests) {
            // The first component has number 1.
            number = number.wrapping_add(1);
            if *weight == 0 {
                continue;
            }
            let bit = bit(number);
            matches.bound |= bit;
            match found {
                Field::Absent => {}
                Field::Unreadable => matches.unread |= bit,
                Field::Read(digest) => {
                    if *made & bit == 0 {
                        *made |= bit;
                        self.show(number, identity, digest, shown);
                    }
                    if self.is_bound(number, shown) {
                        matches.same |= bit;
                    }
                }
            }
        }
        matches
    }

    /// Puts into the slot what a machine shows of a component that was read.
    fn show(&self, number: u8, identity: &Identity, digest: &[u8], shown: &mut ComponentDigest) {
        if number == Component::Nic.number() {
            identity.show_nic(&self.salt, shown, |shown| self.is_bound(number, shown));
        } else {
            salt_into(shown, number, &self.salt, digest);
        }
    }

    /// The weight of a set of components.
    #[inline(never)]
    fn weight(&self, set: u8) -> u16 {
        let (mut rest, mut sum) = (set, 0u16);
        for weight in &self.weights {
            // The first component has number 1.
            rest >>= 1;
            if rest & 1 == 1 {
                sum = sum.saturating_add(u16::from(*weight));
            }
        }
        sum
    }

    /// Whether the digest is one of the component's.
    #[inline(never)]
    fn is_bound(&self, component: u8, digest: &ComponentDigest) -> bool {
        let of_component = self.digests.iter().filter_map(|bound| bound.split_first());
        of_component
            .filter(|(number, _)| **number == component)
            .filter_map(|(_, bound)| bound.first_chunk())
            .fold(false, |found, bound| found | same_bytes(bound, digest))
    }

    /// The components that have a weight.
    #[inline(never)]
    fn weighted(&self) -> u8 {
        // From the last component to the first, which has number 1.
        self.weights.iter().rev().fold(0, |weighted, weight| (weighted | u8::from(*weight > 0)) << 1)
    }

    fn is_well_formed(&self) -> bool {
        let (mut bound, mut before) = (0, None);
        for digest in self.digests {
            let [component, ..] = digest;
            if before.is_some_and(|before| before >= digest) || !matches!(component, 1..=5) {
                return false;
            }
            before = Some(digest);
            bound |= bit(*component);
        }
        // Whatever is mandatory has a weight, and whatever has a weight is bound.
        let weighted = self.weighted();
        self.mandatory != 0
            && self.mandatory & !weighted == 0
            && weighted & !bound == 0
            && self.threshold > 0
            && self.threshold <= self.weight(u8::MAX)
    }
}

/// What becomes of the components of a machine under a tolerant binding.
///
/// An [`Identity`] that was read holds [`compare`], and one of which only the HWID is known
/// [`nothing_read`]: so firmware that reads no hardware does not hold what hashes its components.
pub(crate) type Compare = fn(&Tolerance<'_>, &Identity, &mut Presented) -> ComponentMatches;

/// For an identity that was read.
pub(crate) fn compare(tolerance: &Tolerance<'_>, identity: &Identity, presented: &mut Presented) -> ComponentMatches {
    tolerance.compare(identity, presented)
}

/// For one of which only the HWID is known: whatever is bound is there, and cannot be read.
pub(crate) fn nothing_read(tolerance: &Tolerance<'_>, _: &Identity, _: &mut Presented) -> ComponentMatches {
    let bound = tolerance.weighted();
    ComponentMatches { bound, same: 0, unread: bound }
}

impl<'a> Decode<'a> for Binding<'a> {
    fn blank() -> Self {
        Self::Strict(Hwid::blank())
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        // The number of the variant, of which there are two.
        if reader.flag() {
            *self = Self::Tolerant(Tolerance::blank());
        }
        match self {
            Self::Strict(hwid) => hwid.read(reader),
            Self::Tolerant(tolerance) => tolerance.read(reader),
        }
    }
}

impl<'a> Decode<'a> for Tolerance<'a> {
    fn blank() -> Self {
        Self { hwid: Hwid::blank(), salt: [0; 16], weights: [0; 5], mandatory: 0, threshold: 0, digests: &[] }
    }

    fn read(&mut self, reader: &mut Reader<'a>) {
        self.hwid.read(reader);
        reader.fill(&mut self.salt);
        reader.fill(&mut self.weights);
        self.mandatory = reader.byte();
        self.threshold = reader.u16();
        self.digests = reader.arrays(BOUND_DIGESTS_MAX);
        reader.require(self.is_well_formed());
    }
}

impl Binding<'_> {
    /// The HWID it was issued for.
    #[must_use]
    pub const fn hwid(&self) -> Hwid {
        match self {
            Self::Strict(hwid) => *hwid,
            Self::Tolerant(tolerance) => tolerance.hwid,
        }
    }

    /// What became of each component. What hashes is done once for each [`Presented`], which
    /// belongs to this binding and this machine.
    #[must_use]
    pub fn components(&self, identity: &Identity, presented: &mut Presented) -> ComponentMatches {
        match self {
            Self::Strict(_) => ComponentMatches::default(),
            Self::Tolerant(tolerance) => identity.compare()(tolerance, identity, presented),
        }
    }

    /// How a machine compares with it, given what became of its components.
    #[must_use]
    pub fn judge(&self, identity: &Identity, components: ComponentMatches) -> Match {
        match self {
            Self::Strict(hwid) => match identity.settled() {
                Ok(found) if found == hwid => Match::Matches,
                Ok(_) => Match::Differs,
                Err(HwidError::NotReadable(_)) => Match::NotReadable,
                Err(HwidError::NotUnique) => Match::NotUnique,
            },
            Self::Tolerant(tolerance) => tolerance.judge(components),
        }
    }
}

impl Tolerance<'_> {
    fn judge(&self, ComponentMatches { same, unread, .. }: ComponentMatches) -> Match {
        // What cannot be read might be the same.
        let possible = same | unread;
        if self.mandatory & !possible != 0 || self.weight(possible) < self.threshold {
            Match::Differs
        } else if self.mandatory & !same != 0 || self.weight(same) < self.threshold {
            Match::NotReadable
        } else {
            Match::Matches
        }
    }
}
