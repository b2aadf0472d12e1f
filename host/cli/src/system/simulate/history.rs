//! Who recorded what, and when: from what was seen to one lane for each device.

use hwlicense::system::ServerIndex;

use super::world::Note;

/// A stretch of time in which the same servers recorded a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    /// In the order in which they began.
    pub(super) servers: Vec<ServerIndex>,
}

impl Span {
    pub(super) const fn length_ms(&self) -> u64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

/// A device over time.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// Position of the device.
    pub(super) device: usize,
    /// Neighbouring spans differ, and together they are all the time there is.
    pub(super) spans: Vec<Span>,
}

impl Lane {
    /// The lane of a device, from time 0 to `end_ms`. What was seen before is what it begins with.
    fn of(device: usize, notes: &[(u64, Note)], start_ms: u64, end_ms: u64) -> Self {
        let mut spans = Vec::new();
        let (mut servers, mut since): (Vec<ServerIndex>, u64) = (Vec::new(), 0);
        for (at, note) in notes {
            let (server, is_on) = match note {
                Note::On { by, device: of } if *of == device => (*by, true),
                Note::Off { by, device: of } if *of == device => (*by, false),
                _ => continue,
            };
            let at = at.saturating_sub(start_ms);
            if at > since {
                spans.push(Span { from_ms: since, to_ms: at, servers: servers.clone() });
                since = at;
            }
            match is_on {
                true => servers.push(server),
                false => servers.retain(|recording| *recording != server),
            }
        }
        if end_ms > since {
            spans.push(Span { from_ms: since, to_ms: end_ms, servers });
        }
        Self { device, spans }
    }

    /// Stretches in which nobody recorded it and somebody had before. The last may be open: then
    /// it ends with the simulation.
    pub(super) fn gaps(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().skip_while(|span| span.servers.is_empty()).filter(|span| span.servers.is_empty())
    }

    /// Stretches in which more than one server recorded it.
    pub(super) fn overlaps(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.servers.len() > 1)
    }

    /// How long several servers recorded it, in all.
    pub(super) fn overlap_ms(&self) -> u64 {
        self.overlaps().map(Span::length_ms).fold(0, u64::saturating_add)
    }

    /// The servers that record it in the end.
    pub(super) fn at_end(&self) -> &[ServerIndex] {
        self.spans.last().map_or(&[], |span| &span.servers)
    }
}

/// One lane for each of these devices.
pub(super) fn lanes(
    devices: impl Iterator<Item = usize>,
    notes: &[(u64, Note)],
    start_ms: u64,
    end_ms: u64,
) -> Vec<Lane> {
    devices.map(|device| Lane::of(device, notes, start_ms, end_ms)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_tells_gaps_from_overlaps() {
        let (a, b) = (ServerIndex(0), ServerIndex(1));
        let on = |by| Note::On { by, device: 3 };
        let off = |by| Note::Off { by, device: 3 };
        let notes = [
            (500, on(a)),
            (1_500, Note::On { by: a, device: 4 }),
            (2_000, off(a)),
            (2_700, on(b)),
            (3_000, on(a)),
            (3_400, off(b)),
            (4_000, off(a)),
        ];
        let lane = Lane::of(3, &notes, 1_000, 4_000);
        let span = |from_ms, to_ms, servers: &[ServerIndex]| Span { from_ms, to_ms, servers: servers.to_vec() };
        let expected = [
            span(0, 1_000, &[a]),
            span(1_000, 1_700, &[]),
            span(1_700, 2_000, &[b]),
            span(2_000, 2_400, &[b, a]),
            span(2_400, 3_000, &[a]),
            span(3_000, 4_000, &[]),
        ];
        assert_eq!(lane.spans, expected);
        assert_eq!(lane.gaps().map(Span::length_ms).collect::<Vec<_>>(), [700, 1_000]);
        assert_eq!((lane.overlap_ms(), lane.at_end()), (400, &[][..]));
        assert_eq!(Lane::of(5, &notes, 1_000, 4_000).gaps().count(), 0, "what was never recorded has no gap");
    }
}
