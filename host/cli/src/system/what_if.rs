//! `system what-if`: what an event would cost, before it happens, and what to do first.

use std::collections::BTreeSet;

use clap::Subcommand;
use hwlicense::hwid::Component;
use hwlicense::license::Reason;
use hwlicense::system::{Event, Grant, OFFLINE_AFTER_S, Presence, ServerIndex, Tally};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::allocate::balances;
use super::failover::{Plan, left_out_text, left_out_values};
use super::licenses::LicenseList;
use super::model::Model;
use super::shares::Shares;
use super::text::Words as _;
use super::{SystemArgs, merge, say};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};

/// Most moments at which graces end that are looked at.
const MOMENTS_MAX: usize = 16;

/// Say what an event would cost before it happens, and what to do first
///
/// Exit code 0 if every device goes on being recorded, 1 if devices would lose their licence, at
/// once or when a grace ends, or if no server could record them.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system what-if detach gatehouse harbour.json\n  hwlicense system what-if replace-nic crane harbour.json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(subcommand)]
    event: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What if this server is taken out of the System?
    #[command(
        before_help = "Examples:\n  hwlicense system what-if detach gatehouse harbour.json\n  hwlicense system what-if detach gatehouse harbour.json --json"
    )]
    Detach(EventArgs),
    /// What if a network card of this server is replaced?
    #[command(
        before_help = "Examples:\n  hwlicense system what-if replace-nic crane harbour.json\n  hwlicense system what-if replace-nic crane harbour.json --json"
    )]
    ReplaceNic(EventArgs),
    /// What if this server fails and does not come back?
    #[command(
        before_help = "Examples:\n  hwlicense system what-if fail quay harbour.json\n  hwlicense system what-if fail quay harbour.json --json"
    )]
    Fail(EventArgs),
    Merge(merge::PreviewArgs),
}

#[derive(Debug, clap::Args)]
struct EventArgs {
    /// The server, by name or id
    #[arg(value_name = "SERVER")]
    server: String,
    #[command(flatten)]
    system: SystemArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.event {
        What::Detach(args) => foresee(args, "detach", Event::Detach, output),
        What::ReplaceNic(args) => foresee(args, "replace-nic", |server| Event::Replace(server, Component::Nic), output),
        What::Fail(args) => foresee(args, "fail", Event::Fail, output),
        What::Merge(args) => merge::preview(args, output),
    }
}

fn foresee(args: &EventArgs, name: &str, event_at: impl Fn(ServerIndex) -> Event, output: Output) -> Outcome {
    let (model, at) = args.system.read()?;
    let event = event_at(model.server_called(&args.server)?);
    let changes = changes(&model, event, at, output)?;
    let left_out = model.with_checked(|checked| Plan::of(checked, at, None)?.left_out_after(checked, at, event))??;
    if output.json {
        let moments: Value = changes.iter().map(|change| change.value(&model)).collect();
        let object = json!({
            "event": name, "server": args.server, "at": clock::show(at), "moments": moments,
            "devices_left_out": left_out_values(&model, &left_out), "precaution": event.precaution(),
        });
        output.object("what-if", object)?;
    } else {
        for change in changes.iter().filter(|change| !change.is_none()) {
            change.print(&model, output)?;
        }
        if !left_out.is_empty() {
            say(output, &format!("Devices that no server would record:{}\n", left_out_text(&model, &left_out)))?;
        }
        let is_harmless = changes.iter().all(Change::is_none);
        say(output, if is_harmless { "No licence stops counting." } else { event.precaution() })?;
    }
    let loses = changes.iter().any(|change| !change.devices_lost().is_empty());
    Ok(if loses || !left_out.is_empty() { Exit::No } else { Exit::Done })
}

/// What an event changes at one moment: the System without it, and with it.
struct Change {
    at: UnixSeconds,
    before: Shares,
    after: Shares,
}

/// The change when the event happens, when graces begin, and when they end.
fn changes(model: &Model, event: Event, at: UnixSeconds, output: Output) -> Result<Vec<Change>, Failure> {
    let mut changes = vec![Change { at, before: model.shares(at, None)?, after: model.shares(at, Some(event))? }];
    let Some(afterwards) = model.long_after(event, at) else { return Ok(changes) };
    let change =
        |at| Ok::<_, Failure>(Change { at, before: model.shares(at, None)?, after: afterwards.shares(at, None)? });
    let noticed = change(at.after(OFFLINE_AFTER_S))?;
    let graces = noticed.after.tallies.iter().zip(&noticed.before.tallies);
    let ends: BTreeSet<u64> = graces
        .filter(|(after, before)| after.status.counts_until() != before.status.counts_until())
        .filter_map(|(after, _)| after.status.counts_until().map(|until| until.0))
        .filter(|until| *until > at.0)
        .collect();
    // A grace that begins with the event is in the first change already.
    if matches!(event, Event::Fail(_)) {
        changes.push(noticed);
    }
    if ends.len() > MOMENTS_MAX {
        output
            .note(&format!("only the first {MOMENTS_MAX} of {} moments at which graces end are looked at", ends.len()));
    }
    for end in ends.into_iter().take(MOMENTS_MAX) {
        changes.push(change(UnixSeconds(end))?);
    }
    Ok(changes)
}

impl Model {
    /// The System if an event happened at a time and nobody did anything about it; `None` if that
    /// is no System, or if nothing changes later that did not change at once.
    fn long_after(&self, event: Event, at: UnixSeconds) -> Option<Self> {
        let mut after = self.clone();
        match event {
            Event::Fail(failed) => after.lose(failed, at),
            Event::Replace(replaced, component) => {
                after.servers.get_mut(replaced.position())?.hardware_changed = Some(at);
                for license in after.licenses.iter_mut().filter(|license| license.server == Some(replaced)) {
                    let is_good_there = license.reason.is_accepting() || license.reason == Reason::NotYetValid;
                    if is_good_there && !license.tolerates.contains(component) {
                        license.reason = Reason::OtherHardware;
                    }
                }
            }
            _ => return None,
        }
        Some(after)
    }

    /// A server can no longer be heard.
    pub(super) fn lose(&mut self, server: ServerIndex, at: UnixSeconds) {
        if let Some(server) = self.servers.get_mut(server.position())
            && server.presence.is_online()
        {
            server.presence = Presence::Offline { since: at };
        }
    }
}

impl Change {
    /// Whether a licence counted before and does not after.
    fn loses_license(&self, number: usize) -> bool {
        let counts = |tallies: &[Tally]| tallies.get(number).is_some_and(|tally| tally.status.counts(self.at));
        counts(&self.before.tallies) && !counts(&self.after.tallies)
    }

    /// Whether a licence counts only until its grace ends, and did not before.
    fn lives_on_grace(&self, number: usize) -> bool {
        let until = |tallies: &[Tally]| {
            tallies
                .get(number)
                .filter(|tally| tally.status.counts(self.at))
                .and_then(|tally| tally.status.counts_until())
        };
        until(&self.after.tallies).is_some() && until(&self.before.tallies).is_none()
    }

    /// Positions of the devices that may be recorded in one case and not in the other.
    fn devices_that_lose(from: &Shares, to: &Shares) -> Vec<usize> {
        let grants = from.grants.iter().zip(&to.grants).enumerate();
        let lose = |(from, to): (&Grant, &Grant)| from.allows_recording() && !to.allows_recording();
        grants.filter(|(_, grants)| lose(*grants)).map(|(number, _)| number).collect()
    }

    fn devices_lost(&self) -> Vec<usize> {
        Self::devices_that_lose(&self.before, &self.after)
    }

    fn devices_gained(&self) -> Vec<usize> {
        Self::devices_that_lose(&self.after, &self.before)
    }

    /// Whether no licence and no device is worse off.
    fn is_none(&self) -> bool {
        let licenses = 0..self.after.tallies.len();
        self.devices_lost().is_empty()
            && !licenses.into_iter().any(|number| self.loses_license(number) || self.lives_on_grace(number))
    }

    fn licenses<'m>(&self, model: &'m Model, is_meant: impl Fn(&Self, usize) -> bool) -> LicenseList<'m> {
        LicenseList::of(model, &self.after.tallies, self.at).only(|number| is_meant(self, number))
    }

    fn print(&self, model: &Model, output: Output) -> Result<(), Failure> {
        let (before, after) = (self.before.allocation.licensed, self.after.allocation.licensed);
        say(output, &format!("{}: {after} devices with a licence instead of {before}", clock::show(self.at)))?;
        let lists = [
            ("Licences that stop counting:", self.licenses(model, Self::loses_license)),
            ("Licences that go on counting for a time:", self.licenses(model, Self::lives_on_grace)),
        ];
        for (heading, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            say(output, &format!("\n{heading}"))?;
            list.print(output)?;
        }
        for (heading, devices) in [
            ("Devices that lose their licence:", self.devices_lost()),
            ("Devices that get a licence again:", self.devices_gained()),
        ] {
            if !devices.is_empty() {
                say(output, &format!("\n{heading}\n{}", device_table(model, &devices)))?;
            }
        }
        say(output, "")
    }

    fn value(&self, model: &Model) -> Value {
        json!({
            "at": clock::show(self.at),
            "licensed_before": self.before.allocation.licensed,
            "licensed_after": self.after.allocation.licensed,
            "licenses_lost": self.licenses(model, Self::loses_license).value(),
            "licenses_on_grace": self.licenses(model, Self::lives_on_grace).value(),
            "devices_lost": device_values(model, &self.devices_lost()),
            "devices_gained": device_values(model, &self.devices_gained()),
            "classes_after": balances(&self.after.allocation.classes),
        })
    }
}

/// The devices at these positions, for people.
pub(super) fn device_table(model: &Model, positions: &[usize]) -> String {
    let labels = model.device_labels();
    let rows = positions.iter().filter_map(|position| {
        let device = model.devices.get(*position)?;
        let class = device.need.class.to_string();
        Some(vec![labels.get(*position)?.clone(), class, device.priority.word().to_owned()])
    });
    table(Some(&["Device", "Class", "Priority"]), rows)
}

/// The devices at these positions, for programs.
pub(super) fn device_values(model: &Model, positions: &[usize]) -> Value {
    let labels = model.device_labels();
    let values = positions.iter().filter_map(|position| {
        let device = model.devices.get(*position)?;
        Some(json!({
            "id": device.id.to_string(),
            "name": labels.get(*position)?,
            "class": device.need.class.to_string(),
            "priority": device.priority.word(),
        }))
    });
    values.collect()
}
