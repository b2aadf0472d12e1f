//! Rows of C as rows of the core, and outcomes of the core as rows of C.

use hwlicense::hwid::Component;
use hwlicense::license::{Class, LicenseKey, Reason};
use hwlicense::system::failover::{Obstacle, Placement};
use hwlicense::system::{
    Channel, Device, DeviceId, Event, Failover, Grant, Need, PoolLicense, Presence, Priority, Reach, Replaceable,
    Scope, Server, ServerId, ServerIndex, Tally,
};
use hwlicense::time::UnixSeconds;

use super::failure;
use super::outcome::{
    HWL_GRANT_FREE, HWL_GRANT_LICENSED, HWL_GRANT_NOT_WANTED, HWL_GRANT_WITHOUT, HWL_OBSTACLE_NONE,
    HWL_PLACEMENT_HOSTED, HWL_PLACEMENT_IDLE, HWL_PLACEMENT_UNLICENSED, HWL_PLACEMENT_WITHOUT, hwl_grant,
    hwl_placement, hwl_tally,
};
use super::rows::{
    HWL_CHANNEL_AGREED, HWL_CHANNEL_LOCAL, HWL_CHANNEL_NONE, HWL_EVENT_DETACH, HWL_EVENT_FAIL, HWL_EVENT_NONE,
    HWL_EVENT_REPLACE, HWL_NO_SERVER, HWL_PRESENCE_OFFLINE, HWL_PRESENCE_ONLINE, HWL_PRESENCE_REMOVED,
    HWL_PRIORITY_HIGH, HWL_PRIORITY_LOW, HWL_PRIORITY_MEDIUM, HWL_PRIORITY_NEVER, HWL_SCOPE_ANYWHERE,
    HWL_SCOPE_SAME_LOCATION, hwl_device, hwl_moment, hwl_pool_license, hwl_server, hwl_system,
};
use crate::status::{Failure, HWL_E_VALUE};
use crate::types::HWL_KEY_TEXT_BYTES;

const WRONG: Failure = failure(HWL_E_VALUE);

/// A number that says yes or no.
fn is_set(number: u32) -> Result<bool, Failure> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(WRONG),
    }
}

/// A server, or none.
fn server_at(index: u16) -> Option<ServerIndex> {
    (index != HWL_NO_SERVER).then_some(ServerIndex(index))
}

pub(super) fn scope(system: &hwl_system) -> Result<Scope, Failure> {
    match (system.scope, system.reserved) {
        (HWL_SCOPE_ANYWHERE, 0) => Ok(Scope::Anywhere),
        (HWL_SCOPE_SAME_LOCATION, 0) => Ok(Scope::SameLocation),
        _ => Err(WRONG),
    }
}

pub(super) fn event(moment: &hwl_moment, servers: usize) -> Result<Option<Event>, Failure> {
    let server = u16::try_from(moment.event_server).map_err(|_| WRONG).map(ServerIndex)?;
    let is_there = server.position() < servers;
    Ok(match (moment.event, moment.event_component) {
        (HWL_EVENT_NONE, 0) if moment.event_server == 0 => None,
        (HWL_EVENT_DETACH, 0) if is_there => Some(Event::Detach(server)),
        (HWL_EVENT_FAIL, 0) if is_there => Some(Event::Fail(server)),
        (HWL_EVENT_REPLACE, number) if is_there => {
            let component = u8::try_from(number).ok().and_then(Component::from_number).ok_or(WRONG)?;
            Some(Event::Replace(server, component))
        }
        _ => return Err(WRONG),
    })
}

pub(super) fn server<'a>(row: &hwl_server) -> Result<Server<'a>, Failure> {
    if row.reserved != 0 {
        return Err(WRONG);
    }
    let since = UnixSeconds(row.since_unix_s);
    Ok(Server {
        id: ServerId(row.id),
        hardware_changed: (row.hardware_changed_unix_s != 0).then_some(UnixSeconds(row.hardware_changed_unix_s)),
        presence: match row.presence {
            HWL_PRESENCE_ONLINE => Presence::Online { since },
            HWL_PRESENCE_OFFLINE => Presence::Offline { since },
            HWL_PRESENCE_REMOVED => Presence::Removed,
            _ => return Err(WRONG),
        },
        failover: Failover { enabled: is_set(row.takes_over)?, devices_max: row.devices_max },
        location: row.location,
        ..Server::default()
    })
}

pub(super) fn device(row: &hwl_device) -> Result<Device, Failure> {
    if row.reserved != [0; 3] {
        return Err(WRONG);
    }
    Ok(Device {
        id: DeviceId(row.id),
        need: Need { class: Class(row.class_number), channels: row.channels },
        wanted: is_set(row.wanted.into())?,
        channel: match row.channel {
            HWL_CHANNEL_NONE => Channel::None,
            HWL_CHANNEL_LOCAL => Channel::Local,
            HWL_CHANNEL_AGREED => Channel::Agreed,
            _ => return Err(WRONG),
        },
        priority: match row.priority {
            HWL_PRIORITY_HIGH => Priority::High,
            HWL_PRIORITY_MEDIUM => Priority::Medium,
            HWL_PRIORITY_LOW => Priority::Low,
            HWL_PRIORITY_NEVER => Priority::Never,
            _ => return Err(WRONG),
        },
        host: server_at(row.host),
        preferred: ServerIndex(row.preferred),
        reach: Reach { first: row.reach_first, count: row.reach_count },
    })
}

fn key(text: &[u8; 20]) -> Result<LicenseKey, Failure> {
    let (key, end) = text.split_at_checked(HWL_KEY_TEXT_BYTES).ok_or(WRONG)?;
    if end != [0] {
        return Err(WRONG);
    }
    Ok(core::str::from_utf8(key).map_err(|_| WRONG)?.parse::<LicenseKey>()?)
}

pub(super) fn license(row: &hwl_pool_license) -> Result<PoolLicense, Failure> {
    let reason = Reason::ALL.iter().copied().find(|reason| u32::from(reason.number()) == row.reason).ok_or(WRONG)?;
    let tolerates = u8::try_from(row.tolerates).map_err(|_| WRONG)?;
    Ok(PoolLicense {
        key: key(&row.key)?,
        class: Class(row.class_number),
        channels: row.channels,
        server: server_at(row.server),
        reason,
        issued: UnixSeconds(row.issued_unix_s),
        digest: row.digest,
        not_before: UnixSeconds(row.not_before_unix_s),
        expires: (row.expires_unix_s != 0).then_some(UnixSeconds(row.expires_unix_s)),
        grace_offline_s: row.grace_offline_s,
        grace_changed_s: row.grace_changed_s,
        tolerates: Replaceable(tolerates),
        held: row.held,
        ..PoolLicense::default()
    })
}

pub(super) fn grant(row: &hwl_grant) -> Result<Grant, Failure> {
    let class = Class(row.class_number);
    Ok(match row.kind {
        HWL_GRANT_NOT_WANTED => Grant::NotWanted,
        HWL_GRANT_FREE => Grant::Free,
        HWL_GRANT_LICENSED => Grant::Licensed(class),
        HWL_GRANT_WITHOUT => Grant::Without(class),
        _ => return Err(WRONG),
    })
}

/// The row of a grant; `channel` is what the device holds after it.
pub(super) fn grant_row(grant: Grant, channel: Channel) -> hwl_grant {
    let (kind, class) = match grant {
        Grant::NotWanted => (HWL_GRANT_NOT_WANTED, Class(0)),
        Grant::Free => (HWL_GRANT_FREE, Class(0)),
        Grant::Licensed(class) => (HWL_GRANT_LICENSED, class),
        Grant::Without(class) => (HWL_GRANT_WITHOUT, class),
    };
    let channel = match channel {
        Channel::None => HWL_CHANNEL_NONE,
        Channel::Local => HWL_CHANNEL_LOCAL,
        Channel::Agreed => HWL_CHANNEL_AGREED,
    };
    hwl_grant { class_number: class.0, kind, channel }
}

/// The row of a tally at a time; `held` is what devices hold of the licence after it.
pub(super) fn tally_row(tally: Tally, now: UnixSeconds, held: u32) -> hwl_tally {
    hwl_tally {
        counts_until_unix_s: tally.status.counts_until().unwrap_or_default().0,
        status: tally.status.number().into(),
        counts: tally.status.counts(now).into(),
        used: tally.used,
        held,
    }
}

/// The number of an obstacle.
pub(super) const fn obstacle_number(obstacle: Obstacle) -> u8 {
    let [number, _] = obstacle.number().to_le_bytes();
    number
}

pub(super) fn placement_row(placement: Placement) -> hwl_placement {
    let nowhere = |kind, obstacle| hwl_placement { server: HWL_NO_SERVER, kind, obstacle };
    match placement {
        Placement::Idle => nowhere(HWL_PLACEMENT_IDLE, HWL_OBSTACLE_NONE),
        Placement::Unlicensed => nowhere(HWL_PLACEMENT_UNLICENSED, HWL_OBSTACLE_NONE),
        Placement::Hosted(server) => {
            hwl_placement { server: server.0, kind: HWL_PLACEMENT_HOSTED, obstacle: HWL_OBSTACLE_NONE }
        }
        Placement::Without(obstacle) => nowhere(HWL_PLACEMENT_WITHOUT, obstacle_number(obstacle)),
    }
}
