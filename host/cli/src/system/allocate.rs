//! `system allocate`: who gets a channel, who goes without, and what to do about it.

use hwlicense::license::Class;
use hwlicense::system::{ClassBalance, Grant, Refusal, Tally, switch_on};
use hwlicense::time::UnixSeconds;
use serde_json::{Value, json};

use super::licenses::LicenseList;
use super::model::Model;
use super::shares::{Shares, too_many_classes};
use super::text::Words as _;
use super::{SystemArgs, say};
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::{Output, table};

/// Give out the licences of a System to its devices
///
/// Exit code 0 if every device that is wanted gets its channel, 1 if some go without, or if the
/// device of --switch-on cannot be recorded.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system allocate harbour.json\n  hwlicense system allocate harbour.json --switch-on crane-west",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(flatten)]
    system: SystemArgs,
    /// A device by name or id: could it be recorded beside all that are?
    #[arg(long, value_name = "DEVICE")]
    switch_on: Option<String>,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let (model, at) = args.system.read()?;
    match &args.switch_on {
        Some(device) => try_device(&model, at, device, output),
        None => give_out(&model, at, output),
    }
}

fn give_out(model: &Model, at: UnixSeconds, output: Output) -> Outcome {
    let shares = model.shares(at, None)?;
    let labels = model.device_labels();
    let idle = LicenseList::of(model, &shares.tallies, at).only(|number| is_idle(&shares, number, at));
    if output.json {
        let devices = model.devices.iter().zip(&labels).zip(&shares.grants).map(|((device, label), grant)| {
            json!({
                "id": device.id.to_string(),
                "name": label,
                "class": device.need.class.to_string(),
                "units": device.need.units(),
                "priority": device.priority.word(),
                "grant": grant_name(*grant),
                "granted_class": match grant { Grant::Licensed(class) => Some(class.to_string()), _ => None },
            })
        });
        output.object(
            "allocation",
            json!({
                "at": clock::show(at),
                "licensed": shares.allocation.licensed,
                "without": shares.allocation.without,
                "classes": balances(&shares.allocation.classes),
                "devices": devices.collect::<Value>(),
                "licenses": LicenseList::of(model, &shares.tallies, at).value(),
                "next_steps": next_steps(&shares.allocation.classes),
            }),
        )?;
    } else {
        say(output, &balance_table(&shares.allocation.classes))?;
        say(output, "")?;
        say(output, &grant_table(model, &labels, &shares.grants))?;
        for next_step in next_steps(&shares.allocation.classes) {
            say(output, &format!("\n{next_step}"))?;
        }
        if shares.allocation.without > 0 && !idle.is_empty() {
            say(output, "\nLicences that do not count:")?;
            idle.print(output)?;
        }
    }
    Ok(if shares.allocation.without == 0 { Exit::Done } else { Exit::No })
}

/// Whether a licence does not count.
fn is_idle(shares: &Shares, number: usize, at: UnixSeconds) -> bool {
    shares.tallies.get(number).is_some_and(|tally| !tally.status.counts(at))
}

/// What a device gets, as it appears in JSON.
fn grant_name(grant: Grant) -> &'static str {
    match grant {
        Grant::NotWanted => "not-wanted",
        Grant::Free => "free",
        Grant::Licensed(_) => "licensed",
        Grant::Without(_) => "without",
    }
}

fn grant_table(model: &Model, labels: &[String], grants: &[Grant]) -> String {
    let header = ["Device", "Priority", "Needs", "Gets"];
    let rows = model.devices.iter().zip(labels).zip(grants).map(|((device, label), grant)| {
        let needs = match device.need.units() {
            1 => device.need.class.to_string(),
            units => format!("{units} x {}", device.need.class),
        };
        let gets = match grant {
            Grant::NotWanted => "not wanted".to_owned(),
            Grant::Free => "free".to_owned(),
            Grant::Licensed(class) => class.to_string(),
            Grant::Without(class) => format!("NOTHING: no channel is left for {class}"),
        };
        vec![label.clone(), device.priority.word().to_owned(), needs, gets]
    });
    table(Some(&header), rows)
}

/// What there is of each class.
pub(super) fn balance_table(classes: &[ClassBalance]) -> String {
    let header = ["Class", "Units", "Used", "Free", "Missing", "Devices without"];
    let rows = classes.iter().map(|balance| {
        let numbers = [balance.units, balance.used, free(balance), balance.missing, balance.without];
        let numbers = numbers.iter().map(u32::to_string);
        [balance.class.to_string()].into_iter().chain(numbers).collect()
    });
    table(Some(&header), rows)
}

fn free(balance: &ClassBalance) -> u32 {
    balance.units.saturating_sub(balance.used)
}

/// The same as JSON.
pub(super) fn balances(classes: &[ClassBalance]) -> Value {
    let value = |balance: &ClassBalance| {
        json!({
            "class": balance.class.to_string(),
            "units": balance.units,
            "used": balance.used,
            "free": free(balance),
            "missing": balance.missing,
            "devices_without": balance.without,
        })
    };
    classes.iter().map(value).collect()
}

/// What to do about each class of which there is not enough.
fn next_steps(classes: &[ClassBalance]) -> Vec<String> {
    let short = classes.iter().filter(|balance| balance.without > 0);
    short.map(|balance| need_more(balance.class, balance.missing)).collect()
}

/// How many channels are missing, and which classes may be added.
fn need_more(need: Class, missing: u32) -> String {
    let others = Class::KNOWN.iter().filter(|(class, _)| *class != need && class.meets(need));
    let others: Vec<&str> = others.map(|(_, name)| *name).collect();
    let or = if others.is_empty() { String::new() } else { format!(" (or {})", others.join(", ")) };
    // One licence of a video wall is good for two screens.
    let (count, of) = if need == Class::VIDEO_WALL { (missing.div_ceil(2), "licence") } else { (missing, "channel") };
    let plural = if count == 1 { "" } else { "s" };
    format!(
        "Short of {count} {of}{plural} of class {need}{or}: add them, bring back licences that do not count, or switch \
         devices off."
    )
}

/// Says whether one device could be recorded beside all that are.
fn try_device(model: &Model, at: UnixSeconds, called: &str, output: Output) -> Outcome {
    let device = model.device_called(called)?;
    let mut tallies = vec![Tally::default(); model.licenses.len()];
    let mut grants = vec![Grant::default(); model.devices.len()];
    let answer = model.with_checked(|checked| switch_on(checked, at, device, &mut tallies, &mut grants))?;
    let answer = answer.map_err(too_many_classes)?;
    let (exit, message, next_step) = match &answer {
        Ok(()) => (Exit::Done, format!("{called} can be recorded."), "Nothing to do.".to_owned()),
        Err(Refusal { class, missing }) => (
            Exit::No,
            format!("{called} cannot be recorded: no channel is left for {class}."),
            need_more(*class, *missing),
        ),
    };
    let missing = answer.err().map(|refusal| refusal.missing);
    if output.json {
        output.object(
            "switch-on",
            json!({
                "at": clock::show(at), "device": device.id.to_string(), "can_be_recorded": missing.is_none(),
                "class": device.need.class.to_string(), "units_missing": missing.unwrap_or_default(),
                "message": message, "next_step": next_step,
            }),
        )?;
    } else {
        say(output, &message)?;
        say(output, &format!("  next: {next_step}"))?;
    }
    Ok(exit)
}
