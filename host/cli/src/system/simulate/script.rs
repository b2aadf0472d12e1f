//! What is done to a System while it is played: servers fail and return, the network is cut and
//! mended.

use core::str::FromStr;

use hwlicense::system::ServerIndex;

use super::MS_PER_S;
use crate::exit::Failure;
use crate::system::model::Model;

/// Something at a time, as `SERVER@SECONDS` says it.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    what: String,
    at_ms: u64,
}

/// A time in seconds, with up to three decimals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seconds(pub(super) u64);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = || format!("`{text}` is no time: write seconds, as 10 or 12.5");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > 3 {
            return Err(help());
        }
        let whole: u64 = whole.parse().map_err(|_| help())?;
        let milliseconds: u64 = format!("{decimals:0<3}").parse().map_err(|_| help())?;
        let total = whole.checked_mul(MS_PER_S).and_then(|whole| whole.checked_add(milliseconds));
        total.map(Self).ok_or_else(help)
    }
}

impl FromStr for Timed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, at) = text.rsplit_once('@').ok_or_else(|| format!("`{text}` names no time: write WHAT@SECONDS"))?;
        Ok(Self { what: what.to_owned(), at_ms: at.parse::<Seconds>()?.0 })
    }
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A server stops dead. What it stored stays.
    Fail(ServerIndex),
    /// It starts again.
    Return(ServerIndex),
    /// Servers of different parts hear each other no more; the part of each server.
    Cut(Vec<usize>),
    /// All hear each other again.
    Heal,
}

/// Everything that is done, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) acts: Vec<(u64, Act)>,
}

impl Script {
    pub(super) fn of(
        model: &Model,
        fail: &[Timed],
        back: &[Timed],
        cut: &[Timed],
        heal: &[Seconds],
    ) -> Result<Self, Failure> {
        let mut acts = Vec::new();
        for timed in fail {
            acts.push((timed.at_ms, Act::Fail(model.server_called(&timed.what)?)));
        }
        for timed in back {
            acts.push((timed.at_ms, Act::Return(model.server_called(&timed.what)?)));
        }
        for timed in cut {
            acts.push((timed.at_ms, Act::Cut(parts(model, &timed.what)?)));
        }
        acts.extend(heal.iter().map(|seconds| (seconds.0, Act::Heal)));
        // Stable, so that what is done at one time is done in the order above.
        acts.sort_by_key(|(at, _)| *at);
        let script = Self { acts };
        script.check(model)?;
        Ok(script)
    }

    /// When the last thing is done.
    pub(super) fn end_ms(&self) -> u64 {
        self.acts.last().map_or(0, |(at, _)| *at)
    }

    /// How often a server starts, the first time not counted.
    pub(super) fn returns(&self) -> usize {
        self.acts.iter().filter(|(_, act)| matches!(act, Act::Return(_))).count()
    }

    /// Only what runs can fail, and only what does not run can return.
    fn check(&self, model: &Model) -> Result<(), Failure> {
        let mut is_up: Vec<bool> = model.servers.iter().map(|server| server.presence.is_online()).collect();
        let labels = model.server_labels();
        for (_, act) in &self.acts {
            let (server, up) = match act {
                Act::Fail(server) => (server.position(), false),
                Act::Return(server) => (server.position(), true),
                Act::Cut(_) | Act::Heal => continue,
            };
            let is_member = model.servers.get(server).is_some_and(|server| server.presence.is_member());
            let was_up = is_up.get_mut(server).map(|is_up| core::mem::replace(is_up, up));
            if was_up == Some(up) || !is_member {
                let label = labels.get(server).map_or("", String::as_str);
                let (problem, next_step) = match up {
                    true => ("does not return, since it runs or was removed", "Let it --fail before it returns."),
                    false => ("does not fail, since it does not run", "Let it --return before it fails again."),
                };
                return Err(Failure::usage("impossible-script", format!("{label} {problem}"), next_step));
            }
        }
        Ok(())
    }
}

/// The part of each server: `a,b|c` are two; servers that are not named are one more together.
fn parts(model: &Model, text: &str) -> Result<Vec<usize>, Failure> {
    let mut parts: Vec<Option<usize>> = vec![None; model.servers.len()];
    let groups: Vec<&str> = text.split('|').collect();
    for (number, group) in groups.iter().enumerate() {
        for called in group.split(',').map(str::trim) {
            let server = model.server_called(called)?;
            if let Some(part) = parts.get_mut(server.position())
                && part.replace(number).is_some()
            {
                return Err(Failure::usage(
                    "server-twice",
                    format!("{called} is in two parts of `{text}`"),
                    "Name each server once.",
                ));
            }
        }
    }
    Ok(parts.into_iter().map(|part| part.unwrap_or(groups.len())).collect())
}
