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
const LABEL_ROWS_MAX: usize = 7;
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
        draw_lane(&mut svg, report, &layout, number, lane);
    }
    for (mark, row) in marks.iter().zip(rows) {
        draw_mark(&mut svg, &layout, mark, labels_from.saturating_add(LABEL_STEP.saturating_mul(row)));
    }
    let height = legend(&mut svg, report, &layout, report.lanes.len().saturating_sub(lanes.len()));
    svg.finish(WIDTH, height, &report.model.name, &summary(report))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn colour(server: ServerIndex) -> (usize, (&'static str, &'static str)) {
    let number = server.position() % COLOURS.len();
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
    let worst = match report.worst() {
        None => "no device was without recording".to_owned(),
        Some(lane) => format!("longest gap {} s, of {}", seconds(lane.worst_gap_ms()), report.device(lane.device)),
    };
    format!("Who records what. Policy {}, seed {}; {worst}.", report.model.policy.word(), report.seed)
}

/// Title and summary; gives the place below them.
fn heading(svg: &mut Svg, report: &Report<'_>) -> Tenths {
    svg.text(MARGIN, 290, Ink { size: 16, is_bold: true, ..PLAIN }, &report.model.name);
    svg.text(MARGIN, 470, PLAIN, &summary(report));
    560
}

/// What happened, once each: what was done, when a server was first declared lost and first heard
/// again, and each plan when it was issued.
fn marks(report: &Report<'_>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    // Of several servers that tell the same of another, the first is marked.
    let mut told: Vec<(ServerIndex, bool)> = Vec::new();
    for (at_ms, note) in &report.notes {
        let (text, is_act) = match note {
            Note::Act(Act::Fail(server)) => (format!("{} fails", report.server(*server)), true),
            Note::Act(Act::Return(server)) => (format!("{} starts again", report.server(*server)), true),
            Note::Act(act) => (report.network(act).1.replace("the network is ", "network "), true),
            Note::Lost { member, .. } if !told.contains(&(*member, false)) => {
                told.retain(|(server, _)| server != member);
                told.push((*member, false));
                (format!("{} is lost", report.server(*member)), false)
            }
            Note::Back { member, .. } if told.contains(&(*member, false)) => {
                told.retain(|(server, _)| server != member);
                (format!("{} is back", report.server(*member)), false)
            }
            Note::Halts { by } => (format!("{} halts", report.server(*by)), false),
            Note::Issued { counter, .. } => (format!("plan {counter}"), false),
            _ => continue,
        };
        marks.push(Mark { at_ms: *at_ms, text: format!("{text} {} s", seconds(*at_ms)), is_act });
    }
    marks
}

/// For each mark a row for its label, so that no two labels meet while there are rows.
fn label_rows(marks: &[Mark], layout: &Layout) -> Vec<u64> {
    let mut ends: [Tenths; LABEL_ROWS_MAX] = [0; LABEL_ROWS_MAX];
    let mut rows = Vec::with_capacity(marks.len());
    for mark in marks {
        let x = layout.x(mark.at_ms);
        let free = ends.iter().position(|end| *end <= x).unwrap_or_default();
        if let Some(end) = ends.get_mut(free) {
            *end = x.saturating_add(text_width(&mark.text, SMALL.size)).saturating_add(120);
        }
        rows.push(count(free));
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

fn draw_lane(svg: &mut Svg, report: &Report<'_>, layout: &Layout, number: u64, lane: &Lane) {
    let y = layout.top.saturating_add(LANE_STEP.saturating_mul(number));
    let base = y.saturating_add(140);
    svg.text(MARGIN, base, PLAIN, &name(report, lane.device));
    let whole = Rect { x: layout.left, y, width: layout.right.saturating_sub(layout.left), height: LANE };
    svg.rect(whole, r##"fill="#eaeef2""##);
    let gaps: Vec<&Span> = lane.gaps().collect();
    for span in &lane.spans {
        let (from, to) = (layout.x(span.from_ms), layout.x(span.to_ms));
        let rect = Rect { x: from, y, width: to.saturating_sub(from), height: LANE };
        draw_span(svg, report, span, rect, gaps.contains(&span));
    }
    let right = layout.right.saturating_add(80);
    match lane.worst_gap_ms() {
        0 => svg.text(right, base, SMALL, "no gap"),
        gap => svg.text(right, base, Ink { fill: RED, is_bold: true, ..PLAIN }, &format!("{} s", seconds(gap))),
    }
}

fn draw_span(svg: &mut Svg, report: &Report<'_>, span: &Span, rect: Rect, is_gap: bool) {
    let (text, ink) = match span.servers.as_slice() {
        [] if is_gap => {
            svg.rect(rect, &format!(r#"fill="{RED}""#));
            (format!("{} s", seconds(span.length_ms())), "#ffffff")
        }
        [] => ("not recorded".to_owned(), GREY),
        [first, others @ ..] => {
            let (_, (fill, on_it)) = colour(*first);
            svg.rect(rect, &format!(r#"fill="{fill}""#));
            for other in others {
                let (number, _) = colour(*other);
                svg.rect(rect, &format!(r#"fill="url(#stripes{number})""#));
            }
            // On stripes nothing could be read.
            let text = if others.is_empty() { report.server(*first) } else { "" };
            (text.to_owned(), on_it)
        }
    };
    let room = rect.width.saturating_sub(60);
    if text_width(&text, SMALL.size) <= room {
        let middle = rect.x.saturating_add(rect.width / 2);
        svg.text(middle, rect.y.saturating_add(136), Ink { fill: ink, anchor: Anchor::Middle, ..SMALL }, &text);
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
