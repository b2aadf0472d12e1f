//! What was played, for people and for programs.

use hwlicense::system::failover::{Obstacle, Placement};
use hwlicense::system::watch::Timing;
use hwlicense::system::{Priority, ServerIndex};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::history::{Lane, Span};
use super::script::Act;
use super::world::Note;
use super::{MS_PER_S, WARM_UP_MS};
use crate::clock;
use crate::exit::Failure;
use crate::output::{Output, table};
use crate::system::model::Model;
use crate::system::text::Words as _;

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
    /// The last plan; empty if there was none.
    pub(super) placements: Vec<Placement>,
}

/// One line of the timeline.
struct Line {
    kind: &'static str,
    server: Option<ServerIndex>,
    device: Option<usize>,
    text: String,
}

/// Seconds with one decimal.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{}", milliseconds / MS_PER_S, (milliseconds % MS_PER_S) / 100)
}

impl Report<'_> {
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
        let is_meant = match self.placements.get(lane.device) {
            Some(Placement::Idle | Placement::Unlicensed) => false,
            Some(Placement::Without(obstacle)) => *obstacle != Obstacle::Never,
            Some(Placement::Hosted(_)) | None => true,
        };
        let is_never = self.model.devices.get(lane.device).is_some_and(|device| device.priority == Priority::Never);
        lane.at_end().is_empty() && is_meant && !is_never
    }

    /// The device with the longest gap.
    pub(super) fn worst(&self) -> Option<&Lane> {
        // Of equals the first.
        self.lanes.iter().rev().max_by_key(|lane| lane.worst_gap_ms()).filter(|lane| lane.worst_gap_ms() > 0)
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
        let rows = self.notes.iter().map(|(at, note)| {
            let line = self.line(note);
            let who = match note {
                Note::Act(_) => String::new(),
                _ => line.server.map_or_else(String::new, |server| self.server(server).to_owned()),
            };
            vec![format!("{:>7} s", seconds(*at)), who, line.text]
        });
        output.line(&table(Some(&["   Time", "Server", "What happens"]), rows))?;
        output.line(&format!("\n{}", self.lane_table()))?;
        output.line(&format!("\n{}", self.verdict()))
    }

    fn lane_table(&self) -> String {
        let header = ["Device", "Priority", "Recorded by", "Gap", "Twice", "In the end"];
        let rows = self.lanes.iter().map(|lane| {
            let device = self.model.devices.get(lane.device);
            let mut recorders: Vec<String> = lane.spans.iter().map(|span| self.names(&span.servers)).collect();
            recorders.retain(|names| !names.is_empty());
            recorders.dedup();
            let gaps: Vec<String> = lane.gaps().map(|gap| format!("{} s", seconds(gap.length_ms()))).collect();
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

    fn end_of(&self, lane: &Lane) -> String {
        match (lane.at_end(), self.placements.get(lane.device)) {
            ([], Some(Placement::Without(obstacle))) => format!("NOT RECORDED: {}", obstacle.message()),
            ([], Some(Placement::Unlicensed)) => "not recorded: it has no licence".to_owned(),
            ([], _) => "NOT RECORDED YET".to_owned(),
            (servers, _) => self.names(servers),
        }
    }

    fn verdict(&self) -> String {
        let promised = format!("{} s are promised when one server fails", seconds(self.promised_ms()));
        match self.worst() {
            None => format!("No device was without recording ({promised})."),
            Some(lane) => {
                let gap = seconds(lane.worst_gap_ms());
                let is_open = lane.at_end().is_empty();
                let end = if is_open { ", and not over in the end" } else { "" };
                format!("Longest gap: {gap} s, of {}{end} ({promised}).", self.device(lane.device))
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
            "gap_worst_ms": self.worst().map_or(0, Lane::worst_gap_ms),
            "events": events,
            "devices": devices,
        })
    }

    fn lane_value(&self, lane: &Lane) -> Value {
        let span = |span: &Span| {
            let servers: Vec<&str> = span.servers.iter().map(|server| self.server(*server)).collect();
            json!({ "from_ms": span.from_ms, "to_ms": span.to_ms, "servers": servers })
        };
        json!({
            "id": self.model.devices.get(lane.device).map(|device| device.id.to_string()),
            "name": self.device(lane.device),
            "spans": lane.spans.iter().map(span).collect::<Value>(),
            "gaps": lane.gaps().map(|gap| json!({ "from_ms": gap.from_ms, "to_ms": gap.to_ms })).collect::<Value>(),
            "gap_worst_ms": lane.worst_gap_ms(),
            "overlap_ms": lane.overlap_ms(),
            "is_left_out": self.is_left_out(lane),
        })
    }
}
