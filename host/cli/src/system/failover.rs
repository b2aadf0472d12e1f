//! `system failover`: who records what when servers fail, and who could not be taken over.

use hwlicense::system::failover::{
    Competitor, Load, Obstacle, Pair, Placement, PlanError, Quality, Sizes, Summary, Workspace, plan,
};
use hwlicense::system::{Checked, Device, Event, Priority, ServerIndex};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::model::Model;
use super::shares::Shares;
use super::text::Words as _;
use super::{SystemArgs, say};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};

/// Plan who records what when servers fail
///
/// Without --fail it is the plan for the System as it is, with a warning for each server whose
/// devices could not all be taken over if it failed. Exit code 0 if every device that is wanted
/// and licensed is recorded under each of these plans, 1 if one is not; one of priority never is
/// not expected to be.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system failover harbour.json\n  hwlicense system failover harbour.json --fail quay",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(flatten)]
    system: SystemArgs,
    /// A server that fails, by name or id; again for each
    #[arg(long, value_name = "SERVER")]
    fail: Vec<String>,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let (mut model, at) = args.system.read()?;
    for called in &args.fail {
        let server = model.server_called(called)?;
        model.lose(server, at);
    }
    let (plan, warnings) = model.with_checked(|checked| {
        let plan = Plan::of(checked, at, None)?;
        let warnings = if args.fail.is_empty() { warnings(checked, &plan, at)? } else { Vec::new() };
        Ok::<_, Failure>((plan, warnings))
    })??;
    let shown = Shown { model: &model, servers: model.server_labels(), devices: model.device_labels() };
    if output.json {
        let warning = |warning: &Warning| json!({ "if_fails": shown.server(warning.server), "devices": left_out_values(&model, &warning.left_out) });
        let warnings: Value = warnings.iter().map(warning).collect();
        let object = json!({
            "at": clock::show(at), "failed": args.fail, "summary": summary_value(&plan.summary),
            "devices": shown.devices_value(&plan), "warnings": warnings,
        });
        output.object("failover-plan", object)?;
    } else {
        say(output, &shown.plan_text(&plan))?;
        for warning in &warnings {
            let devices = left_out_text(&model, &warning.left_out);
            let server = shown.server(warning.server);
            say(output, &format!("\nWarning: if {server} failed, these devices would not be recorded:{devices}"))?;
        }
    }
    Ok(if !plan.left_out().is_empty() || !warnings.is_empty() { Exit::No } else { Exit::Done })
}

/// A plan of the core: one placement for each device.
pub(super) struct Plan {
    pub(super) placements: Vec<Placement>,
    summary: Summary,
}

/// Devices that a plan leaves out and should not: their positions, and why.
pub(super) type LeftOut = Vec<(usize, Obstacle)>;

/// A server whose devices could not all be taken over if it failed.
pub(super) struct Warning {
    pub(super) server: ServerIndex,
    pub(super) left_out: LeftOut,
}

impl Plan {
    /// The plan as it is, or as it would be after an event.
    pub(super) fn of(checked: &Checked<'_>, at: UnixSeconds, event: Option<Event>) -> Result<Self, Failure> {
        let no_plan = |error: PlanError| Failure::internal("no-plan", error);
        let grants = Shares::of(checked, at, event)?.grants;
        let mut placements = vec![Placement::default(); grants.len()];
        let sizes = Sizes::of(checked).map_err(no_plan)?;
        let workspace = Workspace {
            competitors: &mut vec![Competitor::default(); sizes.competitors],
            candidates: &mut vec![0; sizes.candidates],
            witnesses: &mut vec![0; sizes.witnesses],
            loads: &mut vec![Load::default(); sizes.loads],
            pairs: &mut vec![Pair::default(); sizes.pairs],
            bits: &mut vec![0; sizes.bits],
        };
        let summary = plan(checked, at, event, &grants, workspace, &mut placements).map_err(no_plan)?;
        Ok(Self { placements, summary })
    }

    /// The devices that it leaves out and should not.
    pub(super) fn left_out(&self) -> LeftOut {
        let placements = self.placements.iter().enumerate();
        placements.filter_map(|(position, placement)| Some((position, obstacle(*placement)?))).collect()
    }

    /// The devices that are recorded under this plan and by nobody after an event.
    pub(super) fn left_out_after(
        &self,
        checked: &Checked<'_>,
        at: UnixSeconds,
        event: Event,
    ) -> Result<LeftOut, Failure> {
        let then = Self::of(checked, at, Some(event))?;
        let placements = self.placements.iter().zip(&then.placements).enumerate();
        let recorded = placements.filter(|(_, (now, _))| now.server().is_some());
        Ok(recorded.filter_map(|(position, (_, then))| Some((position, obstacle(*then)?))).collect())
    }
}

/// Why a device is left out that should not be: one of priority never is left out by its own setting.
fn obstacle(placement: Placement) -> Option<Obstacle> {
    match placement {
        Placement::Without(obstacle) if obstacle != Obstacle::Never => Some(obstacle),
        _ => None,
    }
}

/// One plan for each server that could fail: the devices that are recorded now and would not be.
pub(super) fn warnings(checked: &Checked<'_>, now: &Plan, at: UnixSeconds) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    for (server, row) in (0..u16::MAX).map(ServerIndex).zip(checked.system().servers) {
        if !row.presence.is_online() {
            continue;
        }
        let left_out = now.left_out_after(checked, at, Event::Fail(server))?;
        if !left_out.is_empty() {
            warnings.push(Warning { server, left_out });
        }
    }
    Ok(warnings)
}

/// A System with how its rows are called.
struct Shown<'m> {
    model: &'m Model,
    servers: Vec<String>,
    devices: Vec<String>,
}

impl Shown<'_> {
    fn server(&self, index: ServerIndex) -> &str {
        self.servers.get(index.position()).map_or("", String::as_str)
    }

    fn device(&self, position: usize) -> &str {
        self.devices.get(position).map_or("", String::as_str)
    }

    /// Why a device is where the plan puts it.
    fn why(&self, device: &Device, placement: Placement) -> &'static str {
        let is_online =
            |server: ServerIndex| self.model.servers.get(server.position()).is_some_and(|row| row.presence.is_online());
        match placement {
            Placement::Idle => "its recording is not wanted",
            Placement::Unlicensed => "it has no licence",
            Placement::Without(obstacle) => obstacle.message(),
            Placement::Hosted(to) if device.host == Some(to) => "it stays",
            Placement::Hosted(to) if device.preferred == to => "to its own server",
            Placement::Hosted(_) if device.host.is_some_and(is_online) => "to make room for others",
            Placement::Hosted(_) => "its server is not there",
        }
    }

    /// What changes, and the summary.
    fn plan_text(&self, plan: &Plan) -> String {
        let changes = self.model.devices.iter().zip(&plan.placements).enumerate().filter(|(_, (device, placement))| {
            match placement {
                Placement::Idle | Placement::Unlicensed => false,
                Placement::Hosted(server) => device.host != Some(*server),
                Placement::Without(_) => true,
            }
        });
        let rows: Vec<Vec<String>> = changes
            .map(|(position, (device, placement))| {
                let from = device.host.map_or("-", |host| self.server(host));
                let to = placement.server().map_or("NOWHERE", |server| self.server(server));
                let priority = device.priority.word();
                let cells = [self.device(position), priority, from, to, self.why(device, *placement)];
                cells.map(str::to_owned).to_vec()
            })
            .collect();
        let changes = if rows.is_empty() {
            "No device changes its server.".to_owned()
        } else {
            table(Some(&["Device", "Priority", "From", "To", "Why"]), rows.into_iter())
        };
        format!("{changes}\n\n{}", summary_text(&plan.summary))
    }

    fn devices_value(&self, plan: &Plan) -> Value {
        let devices = self.model.devices.iter().zip(&plan.placements).enumerate();
        let value = |(position, (device, placement)): (usize, (&Device, &Placement))| {
            let (code, next_step) = match placement {
                Placement::Idle => ("idle", None),
                Placement::Unlicensed => ("unlicensed", Some("See `hwlicense system allocate`.")),
                Placement::Hosted(_) => ("hosted", None),
                Placement::Without(obstacle) => (obstacle.code(), Some(obstacle.next_step())),
            };
            json!({
                "id": device.id.to_string(),
                "name": self.device(position),
                "priority": device.priority.word(),
                "from": device.host.map(|host| self.server(host)),
                "to": placement.server().map(|server| self.server(server)),
                "code": code,
                "reason": self.why(device, *placement),
                "next_step": next_step,
            })
        };
        devices.map(value).collect()
    }
}

/// Each device that is left out, with the reason and the next step.
pub(super) fn left_out_text(model: &Model, left_out: &LeftOut) -> String {
    let labels = model.device_labels();
    let text = left_out.iter().filter_map(|(position, obstacle)| {
        let (message, next_step) = (obstacle.message(), obstacle.next_step());
        Some(format!("\n  {}: {message}\n    next: {next_step}", labels.get(*position)?))
    });
    text.collect()
}

/// The same for programs.
pub(super) fn left_out_values(model: &Model, left_out: &LeftOut) -> Value {
    let labels = model.device_labels();
    let values = left_out.iter().filter_map(|(position, obstacle)| {
        Some(json!({
            "id": model.devices.get(*position)?.id.to_string(),
            "name": labels.get(*position)?,
            "code": obstacle.code(),
            "reason": obstacle.message(),
            "next_step": obstacle.next_step(),
        }))
    });
    values.collect()
}

/// The priorities in their order.
const PRIORITIES: [Priority; 4] = [Priority::High, Priority::Medium, Priority::Low, Priority::Never];

fn summary_text(summary: &Summary) -> String {
    let rows = PRIORITIES.map(|priority| {
        let tally = summary.of(priority);
        let numbers = [tally.wanted, tally.hosted, tally.without()].map(|number| number.to_string());
        [priority.word().to_owned()].into_iter().chain(numbers).collect()
    });
    let counts = table(Some(&["Priority", "Licensed", "Recorded", "Without"]), rows.into_iter());
    let Summary { moves, starts, stops, unlicensed, .. } = summary;
    let unlicensed = if *unlicensed == 0 { String::new() } else { format!("; {unlicensed} without a licence") };
    format!("{counts}\n\nDevices: {starts} start, {moves} move, {stops} stop{unlicensed}")
}

fn summary_value(summary: &Summary) -> Value {
    let tallies = PRIORITIES.map(|priority| {
        let tally = summary.of(priority);
        let counts = json!({ "licensed": tally.wanted, "recorded": tally.hosted, "without": tally.without() });
        (priority.word().to_owned(), counts)
    });
    json!({
        "priorities": Value::Object(tallies.into_iter().collect()),
        "unlicensed": summary.unlicensed,
        "starts": summary.starts,
        "moves": summary.moves,
        "stops": summary.stops,
        "squares": summary.squares,
        "quality": if summary.quality == Quality::Least { "least" } else { "improved" },
    })
}
