//! Pictures, drawn here, with a table for those who do not see them.

use std::collections::BTreeMap;

use hwlicense::time::UnixSeconds;
use hwlicense_server::store::{ContactsRow, UsageRow};
use maud::{Markup, html};

use super::frame::{moment, number};
use crate::text::show_time;

/// The drawing's own measures: narrow, so that its text is readable on a telephone.
const WIDTH: u32 = 420;
const HEIGHT: u32 = 190;
const LEFT: u32 = 52;
const TOP: u32 = 12;
const BOTTOM: u32 = 160;
/// Most rows of a table.
const ROWS_MAX: usize = 48;

/// Where values lie in a picture.
struct Scale {
    top: u64,
    slots: u32,
}

impl Scale {
    /// Up to a round number above the greatest value.
    fn new(greatest: u64, slots: u32) -> Self {
        let mut top = 4;
        while top < greatest {
            let next = [1, 2, 3, 4, 5, 6, 8].iter().filter_map(|step| magnitude(top).checked_mul(step.to_owned()));
            top = next.chain([magnitude(top).saturating_mul(10)]).find(|round| *round > top).unwrap_or(u64::MAX);
        }
        Self { top, slots: slots.max(1) }
    }

    fn y(&self, value: u64) -> u32 {
        let span = u64::from(BOTTOM.saturating_sub(TOP));
        let rise = value.min(self.top).saturating_mul(span).checked_div(self.top).unwrap_or(0);
        BOTTOM.saturating_sub(u32::try_from(rise).unwrap_or(0))
    }

    /// The left end of a slot, in tenths of a unit.
    fn x10(&self, slot: u32) -> u32 {
        let span = WIDTH.saturating_sub(LEFT).saturating_mul(10);
        LEFT.saturating_mul(10).saturating_add(slot.saturating_mul(span).checked_div(self.slots).unwrap_or(0))
    }
}

fn magnitude(value: u64) -> u64 {
    10u64.saturating_pow(value.max(1).ilog10())
}

fn tenths(value: u32) -> String {
    format!("{}.{}", value.wrapping_div(10), value.wrapping_rem(10))
}

fn hour_text(hour: u32) -> String {
    show_time(UnixSeconds(u64::from(hour).saturating_mul(3_600)))
}

fn axis(scale: &Scale, from: &str, to: &str) -> Markup {
    let lines = [0, scale.top.wrapping_div(2), scale.top];
    html! {
        @for value in lines {
            @let y = scale.y(value);
            line class="grid" x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
            text class="tick" x=(LEFT.saturating_sub(6)) y=(y.saturating_add(4)) text-anchor="end" { (number(value)) }
        }
        text class="tick" x=(LEFT) y="180" { (from) }
        text class="tick" x=(WIDTH) y="180" text-anchor="end" { (to) }
    }
}

/// A picture with its heading, its legend and its table.
fn figure(title: &str, about: &str, legend: &[(&str, &str)], drawing: Markup, table: Markup) -> Markup {
    html! {
        figure class="card" {
            figcaption {
                h2 { (title) }
                p class="hint" { (about) }
                ul class="legend" {
                    @for (class, name) in legend { li { span class={ "key " (class) } {} (name) } }
                }
            }
            svg class="chart" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (title) ": " (about) } { (drawing) }
            details { summary { "As a table" } div class="scroll" tabindex="0" role="region" aria-label={ (title) " as a table" } { (table) } }
        }
    }
}

/// How clients were answered in each hour, as columns.
pub(super) fn contacts(hour: u32, hours: u32, rows: &[ContactsRow]) -> Markup {
    let first = hour.saturating_sub(hours.saturating_sub(1));
    let by_hour: BTreeMap<u32, &ContactsRow> = rows.iter().map(|row| (row.hour, row)).collect();
    let parts = |row: &ContactsRow| [row.licensed, row.waiting, row.refused, row.put_off].map(u64::from);
    let sum = |row: &ContactsRow| parts(row).iter().fold(0u64, |sum, part| sum.saturating_add(*part));
    let scale = Scale::new(rows.iter().map(sum).max().unwrap_or(0), hours);
    let names = ["licensed", "waiting", "refused", "put-off"];
    let drawing = html! {
        (axis(&scale, &format!("{} h ago", hours), "now"))
        @for slot in 0..hours {
            @if let Some(row) = by_hour.get(&first.saturating_add(slot)) {
                (column(&scale, slot, parts(row), names))
            }
        }
    };
    let table = html! {
        table {
            thead { tr { th scope="col" { "Hour" } th scope="col" { "Licensed" } th scope="col" { "Waiting" } th scope="col" { "Refused" } th scope="col" { "Put off" } } }
            tbody {
                @for row in rows.iter().rev().take(ROWS_MAX) {
                    tr { th scope="row" { (moment(&hour_text(row.hour))) } @for part in parts(row) { td class="num" { (number(part)) } } }
                }
            }
        }
    };
    let total = rows.iter().map(sum).fold(0u64, u64::saturating_add);
    let about = format!("{} contacts in the last {hours} hours", number(total));
    let legend = [("licensed", "licensed"), ("waiting", "waiting"), ("refused", "refused"), ("put-off", "put off")];
    figure("Contacts per hour", &about, &legend, drawing, table)
}

fn column(scale: &Scale, slot: u32, parts: [u64; 4], names: [&str; 4]) -> Markup {
    let (left, right) = (scale.x10(slot), scale.x10(slot.saturating_add(1)));
    let width = right.saturating_sub(left).saturating_sub(10).max(5);
    let mut below = 0u64;
    let pieces = parts.into_iter().zip(names).filter(|(part, _)| *part > 0).map(|(part, name)| {
        let bottom = scale.y(below);
        below = below.saturating_add(part);
        let top = scale.y(below);
        (name, top, bottom.saturating_sub(top).max(1))
    });
    let pieces: Vec<_> = pieces.collect();
    html! {
        @for (name, y, height) in pieces {
            rect class=(name) x=(tenths(left)) y=(y) width=(tenths(width)) height=(height) {}
        }
    }
}

/// Channels in use, and those there are, as lines over time.
///
/// `now` is what is true now, of this hour only the past minutes are noted.
pub(super) fn usage(hour: u32, hours: u32, rows: &[UsageRow], now: (u64, u64)) -> Markup {
    let mut by_hour: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (used, capacity) = by_hour.entry(row.hour).or_default();
        *used = used.saturating_add(row.used.into());
        *capacity = capacity.saturating_add(row.capacity.into());
    }
    by_hour.insert(hour, now);
    let oldest = by_hour.keys().next().copied().unwrap_or(hour);
    // A young server shows its days, not an empty month.
    let slots = hour.saturating_sub(oldest).saturating_add(1).clamp(24, hours);
    let first = hour.saturating_sub(slots.saturating_sub(1));
    let greatest = by_hour.values().map(|(used, capacity)| *used.max(capacity)).max().unwrap_or(0);
    let scale = Scale::new(greatest, slots);
    let steps = |value: fn(&(u64, u64)) -> u64| steps(&scale, first, &by_hour, value);
    let (used, capacity) = (steps(|pair| pair.0), steps(|pair| pair.1));
    let from = if slots >= 48 { format!("{} days ago", slots.wrapping_div(24)) } else { format!("{slots} h ago") };
    let drawing = html! {
        (axis(&scale, &from, "now"))
        @for (x, width, y) in &used { rect class="area" x=(x) y=(y) width=(width) height=(BOTTOM.saturating_sub(*y)) {} }
        @for (x, width, y) in &capacity { rect class="limit" x=(x) y=(y.saturating_sub(1)) width=(width) height="2" {} }
    };
    let table = html! {
        table {
            thead { tr { th scope="col" { "Hour" } th scope="col" { "In use" } th scope="col" { "Paid for" } } }
            tbody {
                @for (hour, (used, capacity)) in by_hour.iter().rev().take(ROWS_MAX) {
                    tr { th scope="row" { (moment(&hour_text(*hour))) } td class="num" { (number(*used)) } td class="num" { (number(*capacity)) } }
                }
            }
        }
    };
    let about = format!("{} of {} channels in use now", number(now.0), number(now.1));
    figure("Licences used over time", &about, &[("area", "in use"), ("limit", "paid for")], drawing, table)
}

/// Runs of hours with the same value: where each begins, how wide and how high it is.
fn steps(
    scale: &Scale,
    first: u32,
    by_hour: &BTreeMap<u32, (u64, u64)>,
    value: fn(&(u64, u64)) -> u64,
) -> Vec<(String, String, u32)> {
    let mut runs: Vec<(u32, u32, u64)> = Vec::new();
    for slot in 0..scale.slots {
        let Some(height) = by_hour.get(&first.saturating_add(slot)).map(value) else { continue };
        match runs.last_mut() {
            Some((from, count, known)) if *known == height && from.saturating_add(*count) == slot => {
                *count = count.saturating_add(1);
            }
            _ => runs.push((slot, 1, height)),
        }
    }
    let drawn = runs.into_iter().map(|(from, count, height)| {
        let left = scale.x10(from);
        let width = scale.x10(from.saturating_add(count)).saturating_sub(left);
        (tenths(left), tenths(width), scale.y(height))
    });
    drawn.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (greatest, top) in [(0, 4), (4, 4), (5, 5), (6, 6), (7, 8), (11, 20), (21, 30), (99, 100), (10_001, 20_000)]
        {
            assert_eq!(Scale::new(greatest, 1).top, top, "{greatest}");
        }
        let scale = Scale::new(100, 10);
        assert_eq!((scale.y(0), scale.y(100)), (BOTTOM, TOP));
        assert_eq!((scale.x10(0), scale.x10(10)), (LEFT.saturating_mul(10), WIDTH.saturating_mul(10)));
    }
}
