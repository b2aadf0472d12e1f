//! What was played, for people and for programs.

use std::rc::Rc;

use hwlicense::system::failover::{Obstacle, Placement};
use hwlicense::system::watch::Timing;
use hwlicense::system::{Priority, ServerIndex};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::history::{Lane, Span};
use super::plan::Plan;
use super::script::Act;
use super::world::Note;
use super::{MS_PER_S, WARM_UP_MS};
use crate::clock;
use crate::exit::Failure;
use crate::output::{Output, table};
use crate::system::model::Model;
use crate::system::text::Words as _;

/// Most names in a line of the timeline.
const NAMES_MAX: usize = 8;

/// A simulation, played.
pub(super) struct Report<'m> {
    pub(super) model: &'m Model,
    /// What servers and devices are called.
    pub(super) servers: Vec<String>,
    pub(super) devices: Vec<String>,
    pub(super) seed: u64,
    pub(super) at: UnixSeconds,
    pub(super) end_ms: u64,
    /// What was seen since time 0.
    pub(super) notes: Vec<(u64, Note)>,
    pub(super) lanes: Vec<Lane>,
    /// The plans that were issued, and when.
    pub(super) plans: Vec<(u64, Rc<Plan>)>,
}

/// The longest gap of some kind, and the device that had it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worst {
    pub(super) gap_ms: u64,
    pub(super) device: usize,
}

/// One line of the timeline.
struct Line {
    kind: &'static str,
    server: Option<ServerIndex>,
    device: Option<usize>,
    text: String,
}

/// The first names of a list.
fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let first = names.get(..NAMES_MAX).unwrap_or(names).join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// Seconds with one decimal.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{}", milliseconds / MS_PER_S, (milliseconds % MS_PER_S) / 100)
}

impl Report<'_> {
    /// What the last plan says of a device.
    fn placement(&self, device: usize) -> Option<Placement> {
        self.plans.last().and_then(|(_, plan)| plan.placements.get(device).copied())
    }

    /// Why a gap could not be closed by another server; none if one could.
    pub(super) fn obstacle(&self, device: usize, gap: &Span) -> Option<Obstacle> {
        let within = |at: u64| gap.from_ms <= at && at < gap.to_ms;
        self.plans.iter().filter(|(at, _)| within(*at)).find_map(|(_, plan)| match plan.placements.get(device) {
            Some(Placement::Without(obstacle)) => Some(*obstacle),
            _ => None,
        })
    }

    pub(super) fn server(&self, index: ServerIndex) -> &str {
        self.servers.get(index.position()).map_or("", String::as_str)
    }

    pub(super) fn device(&self, position: usize) -> &str {
        self.devices.get(position).map_or("", String::as_str)
    }

    fn names(&self, servers: &[ServerIndex]) -> String {
        servers.iter().map(|server| self.server(*server)).collect::<Vec<_>>().join(" + ")
    }

    /// Longest gap that is promised when one server fails.
    pub(super) const fn promised_ms(&self) -> u64 {
        Timing::DEFAULT.gap_ms_max(self.model.policy)
    }

    /// Whether a device that should be recorded in the end is not.
    pub(super) fn goes_without(&self) -> bool {
        self.lanes.iter().any(|lane| self.is_left_out(lane))
    }

    fn is_left_out(&self, lane: &Lane) -> bool {
        let is_meant = match self.placement(lane.device) {
            Some(Placement::Idle | Placement::Unlicensed) => false,
            Some(Placement::Without(obstacle)) => obstacle != Obstacle::Never,
            Some(Placement::Hosted(_)) | None => true,
        };
        let is_never = self.model.devices.get(lane.device).is_some_and(|device| device.priority == Priority::Never);
        lane.at_end().is_empty() && is_meant && !is_never
    }

    /// The longest gap of those that another server could close, or of those that none could.
    pub(super) fn worst(&self, could_be_closed: bool) -> Option<Worst> {
        let gaps = self.lanes.iter().flat_map(|lane| lane.gaps().map(move |gap| (lane.device, gap)));
        let gaps = gaps.filter(|(device, gap)| self.obstacle(*device, gap).is_none() == could_be_closed);
        let worst = gaps.map(|(device, gap)| Worst { gap_ms: gap.length_ms(), device });
        // Of equals the first.
        worst.reduce(|worst, next| if next.gap_ms > worst.gap_ms { next } else { worst })
    }

    fn line(&self, note: &Note) -> Line {
        let line = |kind, server: ServerIndex, text: String| Line { kind, server: Some(server), device: None, text };
        match note {
            Note::Act(Act::Fail(server)) => line("fail", *server, format!("{} FAILS", self.server(*server))),
            Note::Act(Act::Return(server)) => line("return", *server, format!("{} STARTS AGAIN", self.server(*server))),
            Note::Act(act @ (Act::Cut(_) | Act::Heal)) => {
                let (kind, text) = self.network(act);
                Line { kind, server: None, device: None, text }
            }
            Note::Lost { by, member, heard_ms } => {
                let heard = match heard_ms.checked_sub(WARM_UP_MS) {
                    Some(heard) => format!("last heard at {} s", seconds(heard)),
                    None => "not heard since the beginning".to_owned(),
                };
                line("lost", *by, format!("declares {} lost, {heard}", self.server(*member)))
            }
            Note::Back { by, member } => {
                line("back", *by, format!("is in contact with {} again", self.server(*member)))
            }
            Note::Settled { by, member } => {
                line("settled", *by, format!("finds contact with {} stable", self.server(*member)))
            }
            Note::Issued { by, counter } => line("plan", *by, format!("issues plan {counter}")),
            Note::Obeys { by, counter } => line("obey", *by, format!("obeys plan {counter}")),
            Note::Halts { by } => line("halt", *by, "stops all recording: it hears no majority".to_owned()),
            Note::On { by, device } => {
                Line { device: Some(*device), ..line("start", *by, format!("records {}", self.device(*device))) }
            }
            Note::Off { by, device } => {
                Line { device: Some(*device), ..line("stop", *by, format!("records {} no more", self.device(*device))) }
            }
        }
    }

    /// What is done to the network.
    pub(super) fn network(&self, act: &Act) -> (&'static str, String) {
        let Act::Cut(parts) = act else { return ("heal", "the network is WHOLE again".to_owned()) };
        let mut groups: Vec<(usize, Vec<&str>)> = Vec::new();
        for (part, label) in parts.iter().zip(&self.servers) {
            match groups.iter_mut().find(|(number, _)| number == part) {
                Some((_, labels)) => labels.push(label),
                None => groups.push((*part, vec![label])),
            }
        }
        let groups: Vec<String> = groups.into_iter().map(|(_, labels)| labels.join(", ")).collect();
        ("cut", format!("the network is CUT: {}", groups.join(" | ")))
    }

    pub(super) fn print(&self, output: Output) -> Result<(), Failure> {
        if output.json {
            return output.object("simulation", self.value());
        }
        let policy = self.model.policy.word();
        let (servers, devices) = (self.servers.len(), self.lanes.len());
        let seed = self.seed;
        output.line(&format!(
            "seed {seed}, policy {policy}, {servers} servers, {devices} devices, {} s\n",
            seconds(self.end_ms)
        ))?;
        let rows = self.grouped().into_iter().map(|(at, who, text)| vec![format!("{:>7} s", seconds(at)), who, text]);
        output.line(&table(Some(&["   Time", "Server", "What happens"]), rows))?;
        output.line(&format!("\n{}", self.lane_table()))?;
        output.line(&format!("\n{}", self.verdict()))
    }

    /// The timeline; what one server does at one time with several devices is one line.
    fn grouped(&self) -> Vec<(u64, String, String)> {
        let kind = |(at, note): &(u64, Note)| match note {
            Note::On { by, .. } => Some((*at, *by, true)),
            Note::Off { by, .. } => Some((*at, *by, false)),
            _ => None,
        };
        let groups = self.notes.chunk_by(|one, next| kind(one).is_some() && kind(one) == kind(next));
        groups
            .filter_map(|group| {
                let (at, note) = group.first()?;
                let line = self.line(note);
                let who = match note {
                    Note::Act(_) => "",
                    _ => line.server.map_or("", |server| self.server(server)),
                };
                let devices = group.iter().filter_map(|(_, note)| self.line(note).device);
                let devices: Vec<&str> = devices.map(|device| self.device(device)).collect();
                let text = match (devices.as_slice(), line.kind) {
                    ([], _) => line.text,
                    (devices, "stop") => format!("records {} no more", listed(devices)),
                    (devices, _) => format!("records {}", listed(devices)),
                };
                Some((*at, who.to_owned(), text))
            })
            .collect()
    }

    fn lane_table(&self) -> String {
        let header = ["Device", "Priority", "Recorded by", "Gap", "Twice", "In the end"];
        let rows = self.lanes.iter().map(|lane| {
            let device = self.model.devices.get(lane.device);
            let mut recorders: Vec<String> = lane.spans.iter().map(|span| self.names(&span.servers)).collect();
            recorders.retain(|names| !names.is_empty());
            recorders.dedup();
            let gaps: Vec<String> = lane.gaps().map(|gap| self.gap_text(lane, gap)).collect();
            let twice = match lane.overlap_ms() {
                0 => "-".to_owned(),
                overlap => format!("{} s", seconds(overlap)),
            };
            vec![
                self.device(lane.device).to_owned(),
                device.map_or("", |device| device.priority.word()).to_owned(),
                recorders.join(" > "),
                if gaps.is_empty() { "-".to_owned() } else { gaps.join(", ") },
                twice,
                self.end_of(lane),
            ]
        });
        table(Some(&header), rows)
    }

    fn gap_text(&self, lane: &Lane, gap: &Span) -> String {
        let length = seconds(gap.length_ms());
        match self.obstacle(lane.device, gap) {
            None => format!("{length} s"),
            Some(obstacle) => format!("{length} s ({})", obstacle.code()),
        }
    }

    fn end_of(&self, lane: &Lane) -> String {
        match (lane.at_end(), self.placement(lane.device)) {
            ([], Some(Placement::Without(obstacle))) => format!("NOT RECORDED: {}", obstacle.message()),
            ([], Some(Placement::Unlicensed)) => "not recorded: it has no licence".to_owned(),
            ([], _) => "NOT RECORDED YET".to_owned(),
            (servers, _) => self.names(servers),
        }
    }

    /// The longest gaps in a sentence.
    pub(super) fn verdict(&self) -> String {
        let gap = |worst: Worst| format!("{} s ({})", seconds(worst.gap_ms), self.device(worst.device));
        let promised = format!("at most {} s are promised when one server fails", seconds(self.promised_ms()));
        match (self.worst(true), self.worst(false)) {
            (None, None) => "No device was without recording.".to_owned(),
            (Some(closed), None) => format!("Longest gap {}; {promised}.", gap(closed)),
            (None, Some(open)) => format!("Longest gap {}, which no other server could close.", gap(open)),
            (Some(closed), Some(open)) => {
                format!("Longest gap {}; {promised}. No other server could close that of {}.", gap(closed), gap(open))
            }
        }
    }

    fn value(&self) -> Value {
        let events: Value = self
            .notes
            .iter()
            .map(|(at, note)| {
                let line = self.line(note);
                json!({
                    "at_ms": at,
                    "code": line.kind,
                    "server": line.server.map(|server| self.server(server)),
                    "device": line.device.map(|device| self.device(device)),
                    "message": line.text,
                })
            })
            .collect();
        let devices: Value = self.lanes.iter().map(|lane| self.lane_value(lane)).collect();
        json!({
            "at": clock::show(self.at),
            "seed": self.seed,
            "policy": self.model.policy.word(),
            "duration_ms": self.end_ms,
            "gap_promised_ms": self.promised_ms(),
            "gap_worst_ms": self.worst(true).map_or(0, |worst| worst.gap_ms),
            "gap_worst_without_server_ms": self.worst(false).map_or(0, |worst| worst.gap_ms),
            "events": events,
            "devices": devices,
        })
    }

    fn lane_value(&self, lane: &Lane) -> Value {
        let span = |span: &Span| {
            let servers: Vec<&str> = span.servers.iter().map(|server| self.server(*server)).collect();
            json!({ "from_ms": span.from_ms, "to_ms": span.to_ms, "servers": servers })
        };
        let gap = |gap: &Span| {
            let obstacle = self.obstacle(lane.device, gap).map(Obstacle::code);
            json!({ "from_ms": gap.from_ms, "to_ms": gap.to_ms, "obstacle": obstacle })
        };
        json!({
            "id": self.model.devices.get(lane.device).map(|device| device.id.to_string()),
            "name": self.device(lane.device),
            "spans": lane.spans.iter().map(span).collect::<Value>(),
            "gaps": lane.gaps().map(gap).collect::<Value>(),
            "overlap_ms": lane.overlap_ms(),
            "is_left_out": self.is_left_out(lane),
        })
    }
}
