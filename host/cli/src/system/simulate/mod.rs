//! `system simulate`: plays failures of servers and of the network on a System.
//!
//! | Module | One idea |
//! |---|---|
//! | `script` | what is done to it |
//! | `world` | all servers, their clock, their network, their disks and devices |
//! | `node`, `plan` | one server, and what it decides |
//! | `random` | the seed that makes it repeatable |
//! | `history` | who recorded what, and when |
//! | `report` | the timeline and the gaps, for people and programs |
//! | `picture`, `svg` | the same as a picture |

mod history;
mod node;
mod picture;
mod plan;
mod random;
mod report;
mod script;
mod svg;
mod world;

use std::path::PathBuf;

use hwlicense::system::Policy;
use hwlicense::time::UnixSeconds;

use self::history::lanes;
use self::report::Report;
use self::script::{Script, Seconds, Timed};
use self::world::World;
use super::SystemArgs;
use super::model::Model;
use super::text::Written as _;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::Output;

const MS_PER_S: u64 = 1_000;
/// What is played before time 0, so that every server is settled and every device recorded by then.
const WARM_UP_MS: u64 = 120 * MS_PER_S;
/// What is played after the last thing that was done, if nothing is said: enough to detect a
/// failure, to take over, to wait for contact that lasts, and to return.
const AFTERWARDS_MS: u64 = 120 * MS_PER_S;
/// Longest simulation.
const DURATION_MS_MAX: u64 = 3_600 * MS_PER_S;
/// Most servers, since each sends to each, twice a second.
const SERVERS_MAX: usize = 64;
/// Most devices.
const DEVICES_MAX: usize = 10_000;

/// Play a failure on a System: who records what, when, and how long nobody does
///
/// The servers are the real state machines, allocation and planner; clock, network, disks and devices
/// are simulated. Of the messages between two servers a fifth is lost, at most two in a row,
/// and each takes up to 2 s; a device takes up to 10 s to start. The same seed plays the same.
///
/// Exit code 0 if every device that is wanted and licensed is recorded in the end, 1 if one is not; one
/// of priority never is not expected to be.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense system simulate harbour.json --fail quay@10 --return quay@70\n  hwlicense system simulate harbour.json --cut 'quay,crane|gatehouse@10' --heal 60 \\\n      --policy majority --svg cut.svg",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(flatten)]
    system: SystemArgs,
    /// A server stops dead at that time; again for each
    #[arg(long, value_name = "SERVER@SECONDS")]
    fail: Vec<Timed>,
    /// A server that stopped starts again
    #[arg(long = "return", value_name = "SERVER@SECONDS")]
    back: Vec<Timed>,
    /// Servers hear only those of their own part; those that are not named are a part together
    #[arg(long, value_name = "A,B|C@SECONDS")]
    cut: Vec<Timed>,
    /// The network is whole again
    #[arg(long, value_name = "SECONDS")]
    heal: Vec<Seconds>,
    /// keep-recording or majority, instead of what the System says
    #[arg(long, value_parser = Policy::read)]
    policy: Option<Policy>,
    /// What everything random comes from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How long to play, in seconds; 120 s beyond the last thing done if nothing is said
    #[arg(long, value_name = "SECONDS")]
    duration: Option<Seconds>,
    /// Draw who records what over time
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Replace a picture that is there already
    #[arg(long, requires = "svg")]
    force: bool,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    if let Some(path) = &args.svg {
        files::check_free(path, existing)?;
    }
    let (mut model, at) = args.system.read()?;
    model.policy = args.policy.unwrap_or(model.policy);
    check_size(&model)?;
    let script = Script::of(&model, &args.fail, &args.back, &args.cut, &args.heal)?;
    let end_ms = args.duration.map_or_else(|| script.end_ms().saturating_add(AFTERWARDS_MS), |seconds| seconds.0);
    check_duration(end_ms, &script)?;
    let report = play(&model, at, script, args.seed, end_ms)?;
    if let Some(path) = &args.svg {
        files::write(path, picture::draw(&report).as_bytes(), Mode::Public, existing)?;
    }
    report.print(output)?;
    Ok(if report.goes_without() { Exit::No } else { Exit::Done })
}

fn check_size(model: &Model) -> Result<(), Failure> {
    if model.servers.len() <= SERVERS_MAX && model.devices.len() <= DEVICES_MAX {
        return Ok(());
    }
    Err(Failure::usage(
        "too-large",
        format!("a System of more than {SERVERS_MAX} servers or {DEVICES_MAX} devices is not played"),
        "Play a part of it: the servers of one location, for example.",
    ))
}

fn check_duration(end_ms: u64, script: &Script) -> Result<(), Failure> {
    if end_ms > script.end_ms() && end_ms <= DURATION_MS_MAX {
        return Ok(());
    }
    let most = DURATION_MS_MAX / MS_PER_S;
    Err(Failure::usage(
        "wrong-duration",
        format!("what is done must happen before the end, and the end within {most} s"),
        "Choose earlier times, or another --duration.",
    ))
}

/// Plays it all.
fn play(model: &Model, at: UnixSeconds, script: Script, seed: u64, end_ms: u64) -> Result<Report<'_>, Failure> {
    let began = UnixSeconds(at.0.saturating_sub(WARM_UP_MS / MS_PER_S));
    let starts = model.servers.len().saturating_add(script.returns());
    let mut memory = vec![Vec::new(); starts];
    let mut world = World::new(model, began, model.policy, seed, &mut memory)?;
    for (act_ms, act) in script.acts {
        world.arrange(WARM_UP_MS.saturating_add(act_ms), act);
    }
    world.run_until(WARM_UP_MS.saturating_add(end_ms))?;
    let wanted = model.devices.iter().enumerate().filter(|(_, device)| device.wanted).map(|(position, _)| position);
    let lanes = lanes(wanted, &world.notes, WARM_UP_MS, end_ms);
    let seen = world.notes.into_iter().filter_map(|(at, note)| Some((at.checked_sub(WARM_UP_MS)?, note))).collect();
    let plans = world.issued.into_iter().map(|(at, plan)| (at.saturating_sub(WARM_UP_MS), plan)).collect();
    Ok(Report {
        model,
        servers: model.server_labels(),
        devices: model.device_labels(),
        seed,
        at,
        end_ms,
        notes: seen,
        lanes,
        plans,
    })
}
