//! What a licence is worth in a System: four answers where one would hide the cause.

use super::model::{PoolLicense, Presence, Replaceable, ServerIndex, System};
use crate::hwid::Component;
use crate::license::{Binding, Class, EXPIRES_SOON_S, License, Reason};
use crate::time::UnixSeconds;

/// How long a server must be silent before its licences live on grace, in seconds.
pub const OFFLINE_AFTER_S: u64 = 300;

/// What a licence is worth in a System. Where several apply, the first in this list wins, but
/// that a verdict that accepts comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Status {
    /// What the check of the licence itself says: accepting, or a reason that has nothing to do
    /// with the System.
    Verdict(Reason),
    /// No server of this System ever had the HWID to which it is tied.
    NeverSeen,
    /// Its server was taken out of the System.
    ServerRemoved,
    /// Its server's hardware changed.
    HardwareChanged {
        /// First second at which it no longer counts.
        counts_until: UnixSeconds,
    },
    /// Its server cannot be heard.
    ServerOffline {
        /// First second at which it no longer counts.
        counts_until: UnixSeconds,
    },
    /// The same key is in the System once more, and that one counts.
    Duplicate,
    /// A System has one starter and one NVR licence, and another one counts.
    OnePerSystem,
}

impl Status {
    /// Stable number, shared with the C ABI: that of the [`Reason`], or 33 and above.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Verdict(reason) => reason.number(),
            Self::NeverSeen => 33,
            Self::ServerRemoved => 34,
            Self::HardwareChanged { .. } => 35,
            Self::ServerOffline { .. } => 36,
            Self::Duplicate => 37,
            Self::OnePerSystem => 38,
        }
    }

    /// Stable name, as it appears in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verdict(reason) => reason.code(),
            Self::NeverSeen => "never-seen",
            Self::ServerRemoved => "server-removed",
            Self::HardwareChanged { .. } => "hardware-changed",
            Self::ServerOffline { .. } => "server-offline",
            Self::Duplicate => "duplicate",
            Self::OnePerSystem => "one-per-system",
        }
    }

    /// What happened, as one sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Verdict(reason) => reason.message(),
            Self::NeverSeen => "No server of this System ever had the Hardware ID of this licence.",
            Self::ServerRemoved => "The server of this licence was removed from the System.",
            Self::HardwareChanged { .. } => "The hardware of the server of this licence changed.",
            Self::ServerOffline { .. } => "The server of this licence cannot be reached.",
            Self::Duplicate => "The same licence key is in the System once more, and counts there.",
            Self::OnePerSystem => "A System uses one licence of this class, and another one counts.",
        }
    }

    /// What the administrator does next.
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Verdict(reason) => reason.next_step(),
            Self::NeverSeen => {
                "Merge the server with this Hardware ID into the System, or deactivate the licence and activate it on \
                 a server of this System."
            }
            Self::ServerRemoved => {
                "Merge the server into the System again, or deactivate the licence there and activate it on a server \
                 of this System."
            }
            Self::HardwareChanged { .. } => {
                "Run `hwlicense explain` on that server to see what changed; put the hardware back, or deactivate \
                 the licence with the old Hardware ID and activate it again."
            }
            Self::ServerOffline { .. } => {
                "Bring the server or its network back before the day named; after it the licence stops counting."
            }
            Self::Duplicate => "Nothing to do; remove the older one to tidy up.",
            Self::OnePerSystem => "Ask the vendor to exchange it for licences of another class.",
        }
    }

    /// Whether the channels of a licence with this status can be used at that time.
    #[must_use]
    pub fn counts(self, now: UnixSeconds) -> bool {
        match self {
            Self::Verdict(reason) => reason.is_accepting(),
            Self::HardwareChanged { counts_until } | Self::ServerOffline { counts_until } => now < counts_until,
            Self::NeverSeen | Self::ServerRemoved | Self::Duplicate | Self::OnePerSystem => false,
        }
    }

    /// When it stops counting on its own.
    #[must_use]
    pub const fn counts_until(self) -> Option<UnixSeconds> {
        match self {
            Self::HardwareChanged { counts_until } | Self::ServerOffline { counts_until } => Some(counts_until),
            _ => None,
        }
    }
}

/// Something that has not happened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event {
    /// A server is taken out of the System.
    Detach(ServerIndex),
    /// A server can no longer be heard.
    Fail(ServerIndex),
    /// A component of a server is replaced.
    Replace(ServerIndex, Component),
}

impl Event {
    /// The server that it is about.
    #[must_use]
    pub const fn server(self) -> ServerIndex {
        match self {
            Self::Detach(server) | Self::Fail(server) | Self::Replace(server, _) => server,
        }
    }
}

/// A System at one moment, or as it would be after an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'s> {
    pub(super) system: &'s System<'s>,
    pub(super) now: UnixSeconds,
    pub(super) event: Option<Event>,
}

impl Moment<'_> {
    /// Whether a server can be heard.
    pub(super) fn presence(&self, server: ServerIndex) -> Presence {
        match self.event {
            Some(Event::Detach(detached)) if detached == server => return Presence::Removed,
            Some(Event::Fail(failed)) if failed == server => {
                if let Some(Presence::Online { .. }) = self.system.server(server).map(|row| row.presence) {
                    return Presence::Offline { since: self.now };
                }
            }
            _ => {}
        }
        self.system.server(server).map_or(Presence::Removed, |row| row.presence)
    }

    /// Whether every server that belongs to the System is in contact: what is decided now is
    /// agreed on by all.
    pub(super) fn is_whole(&self) -> bool {
        let positions = 0..self.system.servers.len();
        positions.filter_map(|position| u16::try_from(position).ok()).all(|index| {
            let presence = self.presence(ServerIndex(index));
            presence.is_online() || !presence.is_member()
        })
    }

    /// When the hardware under a licence changed in a way that its terms do not allow.
    fn changed_under(&self, license: &PoolLicense, server: ServerIndex) -> Option<UnixSeconds> {
        if license.reason == Reason::OtherHardware {
            return Some(self.system.server(server).and_then(|row| row.hardware_changed).unwrap_or_default());
        }
        match self.event {
            Some(Event::Replace(replaced, component))
                if replaced == server && !license.tolerates.contains(component) =>
            {
                Some(self.now)
            }
            _ => None,
        }
    }

    /// What a licence says by itself: the time may have gone on since its server was heard.
    fn reason(&self, license: &PoolLicense) -> Reason {
        if !license.reason.is_accepting() && !matches!(license.reason, Reason::NotYetValid | Reason::OtherHardware) {
            return license.reason;
        }
        if license.expires.is_some_and(|expires| expires <= self.now) {
            return Reason::Expired;
        }
        if self.now < license.not_before {
            return Reason::NotYetValid;
        }
        if license.expires.is_some_and(|expires| expires <= self.now.after(EXPIRES_SOON_S.into())) {
            return Reason::ExpiresSoon;
        }
        Reason::Valid
    }

    /// What one licence is worth, before others of its key or class are looked at.
    pub(super) fn status(&self, license: &PoolLicense) -> Status {
        let reason = self.reason(license);
        if !reason.is_accepting() {
            return Status::Verdict(reason);
        }
        let Some(server) = license.server else { return Status::NeverSeen };
        let offline = match self.presence(server) {
            Presence::Removed => return Status::ServerRemoved,
            Presence::Online { .. } => None,
            Presence::Offline { since } => Some(since.after(OFFLINE_AFTER_S)).filter(|from| *from <= self.now),
        };
        let offline_until = offline.map(|from| from.after(license.grace_offline_s.into()));
        let changed_until = self.changed_under(license, server).map(|at| at.after(license.grace_changed_s.into()));
        match (changed_until, offline_until) {
            (Some(changed), offline) => {
                Status::HardwareChanged { counts_until: offline.map_or(changed, |offline| offline.min(changed)) }
            }
            (None, Some(counts_until)) => Status::ServerOffline { counts_until },
            (None, None) => Status::Verdict(reason),
        }
    }
}

impl Replaceable {
    /// Nothing may be replaced, as under a strict binding.
    pub const NOTHING: Self = Self(0);

    /// Whether this component may be replaced.
    #[must_use]
    pub fn contains(self, component: Component) -> bool {
        self.0 & Self::bit(component) != 0
    }

    /// What the signed terms of a licence allow: the others still reach the threshold, and the
    /// component is not mandatory.
    #[must_use]
    pub fn of(license: &License<'_>) -> Self {
        let Binding::Tolerant(tolerance) = &license.binding else { return Self::NOTHING };
        let all: u16 = tolerance.weights.iter().map(|weight| u16::from(*weight)).sum();
        let allowed = Component::ALL.into_iter().zip(tolerance.weights).filter(|(component, weight)| {
            tolerance.mandatory & Self::bit(*component) == 0
                && all.saturating_sub(u16::from(*weight)) >= tolerance.threshold
        });
        Self(allowed.fold(0, |bits, (component, _)| bits | Self::bit(component)))
    }

    fn bit(component: Component) -> u8 {
        1u8.checked_shl(component.number().into()).unwrap_or(0)
    }
}

impl Class {
    /// Whether a System uses no more than one licence of this class.
    #[must_use]
    pub const fn is_one_per_system(self) -> bool {
        matches!(self, Self::STARTER | Self::NVR)
    }
}
