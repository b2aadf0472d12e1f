//! The memory that the planner works in, lent by the caller, and how much of it is needed.

use super::placement::PlanError;
use crate::system::checked::Checked;

/// No server.
pub(super) const NOWHERE: u16 = u16::MAX;

/// A device that competes for a place: 20 bytes, whose content is the planner's alone.
#[derive(Clone, Copy, Debug)]
pub struct Competitor {
    /// Position of the device in the System.
    pub(super) device: u32,
    /// Where its servers begin among the candidates.
    pub(super) first: u32,
    /// How many servers could record it.
    pub(super) count: u16,
    /// The one that records it now, if it may go on; else [`NOWHERE`].
    pub(super) host: u16,
    /// The one that shall record it; [`NOWHERE`] if none.
    pub(super) at: u16,
    /// The next one that arrived at the same server, or a mark of [`super::graph`].
    pub(super) next: u32,
}

impl Default for Competitor {
    fn default() -> Self {
        Self { device: 0, first: 0, count: 0, host: NOWHERE, at: NOWHERE, next: 0 }
    }
}

impl Competitor {
    /// How many moves more it is if this one goes from a server to another. One that no server
    /// records, or none that may go on, moves or starts in any case.
    pub(super) fn cost(&self, from: u16, to: u16) -> i64 {
        if self.host == NOWHERE { 0 } else { i64::from(to != self.host).wrapping_sub(i64::from(from != self.host)) }
    }
}

/// A server while the plan is made: 32 bytes, whose content is the planner's alone.
///
/// The planner numbers servers in the order of their ids, so that a plan does not depend on the
/// order of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Cost of the shortest way from where a search began.
    pub(super) distance: i64,
    /// Most devices that it may record.
    pub(super) limit: u32,
    /// Devices that it shall record, its own included.
    pub(super) devices: u32,
    /// The last competitor that arrived.
    pub(super) arrived: u32,
    /// Steps from an overfull server.
    pub(super) level: u16,
    /// From which server a search came here.
    pub(super) parent: u16,
    /// The server to which a search goes on from here.
    pub(super) arc: u16,
    /// One of the servers in the order in which a search found them.
    pub(super) queued: u16,
    /// The position of its row.
    pub(super) row: u16,
    /// The number of the server whose row is at this place.
    pub(super) number: u16,
}

impl Load {
    /// Whether it may record one more.
    pub(super) const fn has_room(&self) -> bool {
        self.devices < self.limit
    }

    /// How many devices are too many.
    pub(super) const fn excess(&self) -> u32 {
        self.devices.saturating_sub(self.limit)
    }
}

/// Two servers while the plan is made, from the first to the second: 8 bytes, whose content is
/// the planner's alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair(pub(super) [u32; 2]);

const _: () = assert!(size_of::<Competitor>() == 20 && size_of::<Load>() == 32 && size_of::<Pair>() == 8, "documented");

/// A part of the memory, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Part {
    /// [`Workspace::competitors`].
    Competitors,
    /// [`Workspace::candidates`].
    Candidates,
    /// [`Workspace::witnesses`].
    Witnesses,
    /// [`Workspace::loads`].
    Loads,
    /// [`Workspace::pairs`].
    Pairs,
    /// [`Workspace::bits`].
    Bits,
    /// The placements.
    Placements,
}

impl Part {
    /// Its name, as an error shows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Competitors => "competitors",
            Self::Candidates => "candidates",
            Self::Witnesses => "witnesses",
            Self::Loads => "loads",
            Self::Pairs => "pairs",
            Self::Bits => "bits",
            Self::Placements => "placements",
        }
    }
}

/// How many entries each part of the memory needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// One for each device.
    pub competitors: usize,
    /// One for each server that reaches a device, over all devices.
    pub candidates: usize,
    /// As many.
    pub witnesses: usize,
    /// One for each server.
    pub loads: usize,
    /// One for each server and each server.
    pub pairs: usize,
    /// One for 32 servers or a part of them, for each server and once more.
    pub bits: usize,
}

impl Sizes {
    /// What a plan of this System needs, whatever fails in it.
    ///
    /// # Errors
    /// [`PlanError::ReachOverflow`].
    pub fn of(system: &Checked<'_>) -> Result<Self, PlanError> {
        let system = system.system();
        let mut reached = 0u32;
        for device in system.devices {
            reached = reached.checked_add(device.reach.count.into()).ok_or(PlanError::ReachOverflow)?;
        }
        let reached = usize::try_from(reached).map_err(|_| PlanError::ReachOverflow)?;
        Ok(Self::for_counts(system.servers.len(), system.devices.len(), reached))
    }

    /// What a System with so many servers and devices needs, whose devices are reached by
    /// `reached` servers in all. For memory that is set aside before a System is there.
    #[must_use]
    pub const fn for_counts(servers: usize, devices: usize, reached: usize) -> Self {
        Self {
            competitors: devices,
            candidates: reached,
            witnesses: reached,
            loads: servers,
            pairs: servers.saturating_mul(servers),
            bits: servers.div_ceil(32).saturating_mul(servers.saturating_add(1)),
        }
    }

    /// All of them in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        (self.competitors.saturating_mul(size_of::<Competitor>()))
            .saturating_add(self.candidates.saturating_mul(size_of::<u16>()))
            .saturating_add(self.witnesses.saturating_mul(size_of::<u32>()))
            .saturating_add(self.loads.saturating_mul(size_of::<Load>()))
            .saturating_add(self.pairs.saturating_mul(size_of::<Pair>()))
            .saturating_add(self.bits.saturating_mul(size_of::<u32>()))
    }
}

/// The memory itself. Its content does not matter before, and means nothing afterwards; longer
/// slices do as well.
#[derive(Debug)]
pub struct Workspace<'w> {
    /// One for each device.
    pub competitors: &'w mut [Competitor],
    /// One for each server that reaches a device.
    pub candidates: &'w mut [u16],
    /// As many.
    pub witnesses: &'w mut [u32],
    /// One for each server.
    pub loads: &'w mut [Load],
    /// One for each server and each server.
    pub pairs: &'w mut [Pair],
    /// See [`Sizes::bits`].
    pub bits: &'w mut [u32],
}

/// The first `needed` entries of a slice.
pub(super) fn first<T>(lent: &mut [T], needed: usize, part: Part) -> Result<&mut [T], PlanError> {
    lent.get_mut(..needed).ok_or(PlanError::TooShort { part, needed })
}

impl<'w> Workspace<'w> {
    /// Exactly the memory that is needed.
    pub(super) fn cut(self, sizes: &Sizes) -> Result<Self, PlanError> {
        Ok(Self {
            competitors: first(self.competitors, sizes.competitors, Part::Competitors)?,
            candidates: first(self.candidates, sizes.candidates, Part::Candidates)?,
            witnesses: first(self.witnesses, sizes.witnesses, Part::Witnesses)?,
            loads: first(self.loads, sizes.loads, Part::Loads)?,
            pairs: first(self.pairs, sizes.pairs, Part::Pairs)?,
            bits: first(self.bits, sizes.bits, Part::Bits)?,
        })
    }
}
