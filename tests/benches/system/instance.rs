//! Systems to measure with: eight servers reach each device, anywhere or side by side on a ring.

use hwlicense::system::{Presence, Priority, ServerIndex};
use hwlicense_tests::random::Random;
use hwlicense_tests::system::{NOW, Rows, device, server};

/// How many servers reach a device.
const REACH: u16 = 8;

/// Which servers reach a device.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Any eight, of which two may be the same.
    Random,
    /// Eight side by side.
    Ring,
}

/// How many devices all servers that are left record at most.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Room {
    /// A quarter more than there are.
    Ample,
    /// As many as there are.
    Tight,
    /// A tenth less than there are.
    Short,
}

/// What has happened before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Past {
    /// Nobody is recorded: every device competes, since its own server is gone.
    Start,
    /// Every device is recorded by one of those that reach it, and one server in ten fails.
    Failure,
}

/// An instance. Behind its servers is one that was removed, to which all devices belong: nobody
/// is at home, and everybody competes.
pub(crate) struct Instance {
    pub(crate) shape: Shape,
    pub(crate) room: Room,
    pub(crate) past: Past,
    pub(crate) rows: Rows,
}

impl Instance {
    /// Makes one up.
    pub(crate) fn new(
        random: &mut Random,
        (servers, devices): (u16, usize),
        shape: Shape,
        room: Room,
        past: Past,
    ) -> Self {
        let failed = match past {
            Past::Start => 0,
            Past::Failure => servers / 10,
        };
        let wanted = match room {
            Room::Ample => devices * 5 / 4,
            Room::Tight => devices,
            Room::Short => devices * 9 / 10,
        };
        let left = usize::from(servers - failed);
        let mut rows = Rows::of((0..servers).map(|_| server(random.next().into(), 0)).collect());
        let is_failed = |index: u16| failed > 0 && index % 10 == 9;
        let mut given = 0;
        for (index, row) in (0..servers).zip(&mut rows.servers) {
            if is_failed(index) {
                row.presence = Presence::Offline { since: NOW };
            } else {
                given += 1;
                row.failover.devices_max = (wanted * given / left - wanted * (given - 1) / left) as u32;
            }
        }
        let gone = servers;
        rows.servers.push(server(random.next().into(), 0));
        rows.servers[usize::from(gone)].presence = Presence::Removed;
        for _ in 0..devices {
            let first = random.below(servers.into()) as u16;
            let reach: [u16; REACH as usize] = core::array::from_fn(|step| match shape {
                Shape::Random => random.below(servers.into()) as u16,
                Shape::Ring => (first + step as u16) % servers,
            });
            let mut row = device(random.next().into(), gone);
            row.priority = [Priority::High, Priority::Medium, Priority::Low][random.below(3)];
            row.host = matches!(past, Past::Failure).then(|| ServerIndex(reach[random.below(REACH.into())]));
            rows.add(row, &reach);
        }
        Self { shape, room, past, rows }
    }
}
