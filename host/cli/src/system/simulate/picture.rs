//! The picture: one lane for each device, time to the right, coloured by the server that records it.
//! Gaps are red, stretches with two recorders are striped in both colours.

use hwlicense::system::ServerIndex;

use super::MS_PER_S;
use super::history::{Lane, Span};
use super::report::{Report, seconds};
use super::script::Act;
use super::svg::{Anchor, Ink, Rect, Svg, Tenths, text_width};
use super::world::Note;
use crate::system::text::Words as _;

/// Colours of servers with that of text on them: apart from each other and from red also for those
/// who see few colours. From the ninth server on they are used again; names stand on them.
const COLOURS: [(&str, &str); 8] = [
    ("#0072b2", "#ffffff"),
    ("#e69f00", "#000000"),
    ("#009e73", "#ffffff"),
    ("#cc79a7", "#000000"),
    ("#56b4e9", "#000000"),
    ("#f0e442", "#000000"),
    ("#5b4a9e", "#ffffff"),
    ("#7f7f7f", "#ffffff"),
];
const RED: &str = "#c81e1e";
const DARK: &str = "#1f2328";
const GREY: &str = "#59636e";

const WIDTH: Tenths = 10_800;
const MARGIN: Tenths = 160;
/// Room for the longest gap of each lane.
const RIGHT: Tenths = 700;
const LANE: Tenths = 200;
const LANE_STEP: Tenths = 260;
/// One row of labels of what happened.
const LABEL_STEP: Tenths = 150;
/// Longest label of a device, in characters; longer ones are cut.
const NAME_CHARS_MAX: usize = 28;
/// Most lanes. Devices to which something happened come first.
const LANES_MAX: usize = 64;

const SMALL: Ink = Ink { size: 10, fill: GREY, is_bold: false, anchor: Anchor::Start };
const PLAIN: Ink = Ink { size: 11, fill: DARK, is_bold: false, anchor: Anchor::Start };

/// Something that is marked in the picture.
struct Mark {
    at_ms: u64,
    text: String,
    /// Done from outside, as against what servers did about it.
    is_act: bool,
}

/// Where everything is.
struct Layout {
    left: Tenths,
    right: Tenths,
    top: Tenths,
    bottom: Tenths,
    end_ms: u64,
}

impl Layout {
    fn x(&self, at_ms: u64) -> Tenths {
        let width = self.right.saturating_sub(self.left);
        let offset = at_ms.min(self.end_ms).saturating_mul(width).checked_div(self.end_ms);
        self.left.saturating_add(offset.unwrap_or_default())
    }
}

/// The SVG.
pub(super) fn draw(report: &Report<'_>) -> String {
    let lanes = shown(&report.lanes);
    let marks = marks(report);
    let longest = lanes.iter().map(|lane| text_width(&name(report, lane.device), PLAIN.size)).max().unwrap_or_default();
    let mut layout = Layout {
        left: MARGIN.saturating_add(longest).saturating_add(100),
        right: WIDTH.saturating_sub(RIGHT),
        top: 0,
        bottom: 0,
        end_ms: report.end_ms,
    };
    let mut svg = Svg::default();
    for (number, (fill, _)) in COLOURS.iter().enumerate() {
        svg.stripes(&format!("stripes{number}"), fill);
    }
    let labels_from = heading(&mut svg, report);
    let rows = label_rows(&marks, &layout);
    let row_count = rows.iter().copied().max().map_or(0, |row| row.saturating_add(1));
    layout.top = labels_from.saturating_add(LABEL_STEP.saturating_mul(row_count)).saturating_add(40);
    layout.bottom = layout.top.saturating_add(LANE_STEP.saturating_mul(count(lanes.len())));
    axis(&mut svg, &layout);
    for (number, lane) in (0..).zip(&lanes) {
        draw_lane(&mut svg, &layout, number, lane);
    }
    for (mark, row) in marks.iter().zip(rows) {
        draw_mark(&mut svg, &layout, mark, labels_from.saturating_add(LABEL_STEP.saturating_mul(row)));
    }
    // After the marks, so that no line runs through what is to be read.
    for (number, lane) in (0..).zip(&lanes) {
        label_lane(&mut svg, report, &layout, number, lane);
    }
    let height = legend(&mut svg, report, &layout, report.lanes.len().saturating_sub(lanes.len()));
    svg.finish(WIDTH, height, &report.model.name, &summary(report))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn colour(server: ServerIndex) -> (usize, (&'static str, &'static str)) {
    let number = server.position().checked_rem(COLOURS.len()).unwrap_or_default();
    (number, COLOURS.get(number).copied().unwrap_or((GREY, DARK)))
}

fn name(report: &Report<'_>, device: usize) -> String {
    let label = report.device(device);
    match label.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label.to_owned(),
    }
}

/// The lanes that are drawn, in the order of the devices.
fn shown(lanes: &[Lane]) -> Vec<&Lane> {
    let mut shown: Vec<&Lane> = lanes.iter().collect();
    shown.sort_by_key(|lane| lane.spans.len() <= 1);
    shown.truncate(LANES_MAX);
    shown.sort_by_key(|lane| lane.device);
    shown
}

fn summary(report: &Report<'_>) -> String {
    format!("Who records what. Policy {}, seed {}. {}", report.model.policy.word(), report.seed, report.verdict())
}

/// Title and summary; gives the place below them.
fn heading(svg: &mut Svg, report: &Report<'_>) -> Tenths {
    svg.text(MARGIN, 290, Ink { size: 16, is_bold: true, ..PLAIN }, &report.model.name);
    let mut y = 470u64;
    let mut line = String::new();
    for word in summary(report).split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if text_width(&longer, PLAIN.size) > WIDTH.saturating_sub(MARGIN.saturating_mul(2)) {
            svg.text(MARGIN, y, PLAIN, &line);
            (line, y) = (word.to_owned(), y.saturating_add(LABEL_STEP));
        } else {
            line = longer;
        }
    }
    svg.text(MARGIN, y, PLAIN, &line);
    y.saturating_add(120)
}

/// What happened, once each: what was done, when a server was first declared lost and first heard
/// again, and each plan when it was issued.
fn marks(report: &Report<'_>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // Of several servers that tell the same of another, the first is marked.
    let mut lost: Vec<ServerIndex> = Vec::new();
    // One that starts again has to find all others anew, which says nothing of them.
    let mut started: Vec<ServerIndex> = Vec::new();
    for (at_ms, note) in &report.notes {
        let (text, is_act) = match note {
            Note::Act(Act::Fail(server)) => (format!("{} fails", report.server(*server)), true),
            Note::Act(Act::Return(server)) => {
                started.push(*server);
                (format!("{} starts again", report.server(*server)), true)
            }
            Note::Act(act) => (report.network(act).1.replace("the network is ", "network "), true),
            Note::Lost { by, member, .. } if !lost.contains(member) && !started.contains(by) => {
                lost.push(*member);
                (format!("{} is lost", report.server(*member)), false)
            }
            Note::Back { by, member } if lost.contains(member) && !started.contains(by) => {
                lost.retain(|server| server != member);
                (format!("{} is back", report.server(*member)), false)
            }
            Note::Halts { by } => (format!("{} halts", report.server(*by)), false),
            Note::Issued { by, counter } => (format!("plan {counter} by {}", report.server(*by)), false),
            _ => continue,
        };
        marks.push(Mark { at_ms: *at_ms, text: format!("{text} {} s", seconds(*at_ms)), is_act });
    }
    marks
}

/// For each mark the row of its label: below every label that its line would run through.
fn label_rows(marks: &[Mark], layout: &Layout) -> Vec<u64> {
    // Where the last label of each row ends.
    let mut ends: Vec<Tenths> = Vec::new();
    let mut rows = Vec::with_capacity(marks.len());
    for mark in marks {
        let x = layout.x(mark.at_ms);
        let row = ends.iter().rposition(|end| *end > x).map_or(0, |taken| taken.saturating_add(1));
        let end = x.saturating_add(text_width(&mark.text, SMALL.size)).saturating_add(120);
        match ends.get_mut(row) {
            Some(last) => *last = end,
            None => ends.push(end),
        }
        rows.push(count(row));
    }
    rows
}

fn draw_mark(svg: &mut Svg, layout: &Layout, mark: &Mark, y: Tenths) {
    let x = layout.x(mark.at_ms);
    let (look, ink) = if mark.is_act {
        (r##"stroke="#1f2328" stroke-width="1.5""##, Ink { fill: DARK, is_bold: true, ..SMALL })
    } else {
        (r##"stroke="#59636e" stroke-width="1" stroke-dasharray="3 3""##, SMALL)
    };
    svg.line_down(x, y, layout.bottom, look);
    svg.text(x.saturating_add(40), y.saturating_add(90), ink, &mark.text);
}

/// Where a lane begins, from above.
fn lane_y(layout: &Layout, number: u64) -> Tenths {
    layout.top.saturating_add(LANE_STEP.saturating_mul(number))
}

/// Where a span is drawn.
fn place(layout: &Layout, number: u64, span: &Span) -> Rect {
    let (from, to) = (layout.x(span.from_ms), layout.x(span.to_ms));
    Rect { x: from, y: lane_y(layout, number), width: to.saturating_sub(from), height: LANE }
}

fn draw_lane(svg: &mut Svg, layout: &Layout, number: u64, lane: &Lane) {
    let width = layout.right.saturating_sub(layout.left);
    let whole = Rect { x: layout.left, y: lane_y(layout, number), width, height: LANE };
    svg.rect(whole, r##"fill="#eaeef2""##);
    for gap in lane.gaps() {
        svg.rect(place(layout, number, gap), &format!(r#"fill="{RED}""#));
    }
    for span in &lane.spans {
        let rect = place(layout, number, span);
        for (layer, server) in span.servers.iter().enumerate() {
            let (number, (fill, _)) = colour(*server);
            match layer {
                0 => svg.rect(rect, &format!(r#"fill="{fill}""#)),
                _ => svg.rect(rect, &format!(r#"fill="url(#stripes{number})""#)),
            }
        }
    }
}

fn label_lane(svg: &mut Svg, report: &Report<'_>, layout: &Layout, number: u64, lane: &Lane) {
    let base = lane_y(layout, number).saturating_add(138);
    svg.text(MARGIN, base, PLAIN, &name(report, lane.device));
    let gaps: Vec<&Span> = lane.gaps().collect();
    for span in &lane.spans {
        let (text, fill) = match span.servers.as_slice() {
            [] if gaps.contains(&span) => (format!("{} s", seconds(span.length_ms())), "#ffffff"),
            [] => ("not recorded".to_owned(), GREY),
            [server] => (report.server(*server).to_owned(), colour(*server).1.1),
            // On stripes nothing could be read.
            _ => continue,
        };
        let rect = place(layout, number, span);
        if text_width(&text, SMALL.size).saturating_add(60) <= rect.width {
            let middle = rect.x.saturating_add(rect.width / 2);
            svg.text(middle, base, Ink { fill, anchor: Anchor::Middle, ..SMALL }, &text);
        }
    }
    let right = layout.right.saturating_add(80);
    match gaps.iter().map(|gap| gap.length_ms()).max() {
        None => svg.text(right, base, SMALL, "no gap"),
        Some(gap) => svg.text(right, base, Ink { fill: RED, is_bold: true, ..PLAIN }, &format!("{} s", seconds(gap))),
    }
}

/// Ticks of time below the lanes, at a round distance.
fn axis(svg: &mut Svg, layout: &Layout) {
    const STEPS_S: [u64; 8] = [1, 2, 5, 10, 30, 60, 300, 600];
    let length_s = layout.end_ms / MS_PER_S;
    let step_s = STEPS_S.into_iter().find(|step| step.saturating_mul(14) >= length_s).unwrap_or(600);
    let mut at_s = 0u64;
    while at_s <= length_s {
        let x = layout.x(at_s.saturating_mul(MS_PER_S));
        svg.line_down(x, layout.top, layout.bottom.saturating_add(40), r##"stroke="#d0d7de""##);
        let ink = Ink { anchor: Anchor::Middle, ..SMALL };
        svg.text(x, layout.bottom.saturating_add(160), ink, &format!("{at_s} s"));
        at_s = at_s.saturating_add(step_s);
    }
}

/// What the colours mean; gives the height of the picture.
fn legend(svg: &mut Svg, report: &Report<'_>, layout: &Layout, more: usize) -> Tenths {
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for (index, label) in (0..u16::MAX).map(ServerIndex).zip(&report.servers) {
        let (_, (fill, _)) = colour(index);
        entries.push((label.clone(), vec![fill.to_owned()]));
    }
    entries.push(("nobody records it".to_owned(), vec![RED.to_owned()]));
    let both = COLOURS.first().map(|(fill, _)| (*fill).to_owned());
    entries.push((
        "two servers record it (stripes of both)".to_owned(),
        both.into_iter().chain(["url(#stripes1)".to_owned()]).collect(),
    ));
    let (mut x, mut y) = (layout.left, layout.bottom.saturating_add(300));
    for (label, fills) in entries {
        let width = text_width(&label, SMALL.size).saturating_add(380);
        if x.saturating_add(width) > WIDTH.saturating_sub(MARGIN) {
            (x, y) = (layout.left, y.saturating_add(200));
        }
        for fill in fills {
            svg.rect(Rect { x, y, width: 140, height: 120 }, &format!(r#"fill="{fill}""#));
        }
        svg.text(x.saturating_add(200), y.saturating_add(100), SMALL, &label);
        x = x.saturating_add(width);
    }
    if more > 0 {
        y = y.saturating_add(200);
        svg.text(layout.left, y.saturating_add(100), SMALL, &format!("and {more} more devices, which are not drawn"));
    }
    y.saturating_add(280)
}
