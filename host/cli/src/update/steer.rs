//! `update share`, `groups`, `pause`, `resume`, `withdraw`: what an administrator decides about an
//! update that is published.

use hwlicense::update::UpdateId;
use hwlicense_server::ledger::Book;
use hwlicense_server::ledger::update::{self, UpdateFault};
use hwlicense_server::registration::digits;
use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::output::{Fact, Output};
use crate::server::site::{Keep, SiteArgs};

/// Which update, and whether it is meant.
#[derive(Debug, clap::Args)]
struct UpdateArgs {
    /// The update: its id, or how that begins
    #[arg(value_name = "ID")]
    id: String,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl UpdateArgs {
    /// Carries a decision out and reports it.
    fn decide(
        &self,
        verb: &'static str,
        more: &[Fact],
        output: Output,
        work: impl Fn(&mut Book<'_>, &UpdateId) -> Result<(), UpdateFault>,
    ) -> Outcome {
        let id = self.site.open()?.change(Keep::unless(self.dry_run), |book| {
            let id = super::update_named(book, &self.id)?;
            work(book, &id)?;
            Ok(id)
        })?;
        let mut facts = vec![("id", json!(digits(&id))), ("decision", json!(verb))];
        facts.extend(more.iter().cloned());
        facts.push(("dry_run", json!(self.dry_run)));
        let heading = if self.dry_run { format!("would have: {verb}") } else { verb.to_owned() };
        output.facts("update-decision", &heading, &facts)?;
        Ok(Exit::Done)
    }
}

/// Offer an update to a larger or a smaller share of the clients
///
/// Whoever was offered it stays within every larger share. Devices that have it keep it.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update share 3fa85f64 50%\n  hwlicense update share 3fa85f64 100% --dry-run",
    verbatim_doc_comment
)]
pub(crate) struct ShareArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Share of the clients, such as 50%
    #[arg(value_parser = super::parse_share)]
    share: u16,
}

pub(super) fn share(args: &ShareArgs, output: Output) -> Outcome {
    let share = args.share;
    args.update
        .decide("share changed", &[("share", json!(share))], output, |book, id| update::set_share(book, id, share))
}

/// Offer an update to clients of some groups, or of all
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update groups 3fa85f64 quay gate\n  hwlicense update groups 3fa85f64 --all",
    verbatim_doc_comment
)]
pub(crate) struct GroupsArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Groups of clients (`hwlicense server group` puts clients into them)
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    groups: Vec<String>,
    /// Clients of all groups, and of none
    #[arg(long)]
    all: bool,
}

pub(super) fn groups(args: &GroupsArgs, output: Output) -> Outcome {
    let groups = &args.groups;
    args.update
        .decide("groups changed", &[("groups", json!(groups))], output, |book, id| update::set_groups(book, id, groups))
}

/// Pause an update: it is neither offered nor handed out until it is resumed
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update pause 3fa85f64\n  hwlicense update pause 3fa85f64 --reason \"waits for the night\""
)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Why, for the list and the audit
    #[arg(long, default_value = "")]
    reason: String,
}

pub(super) fn pause(args: &PauseArgs, output: Output) -> Outcome {
    let reason = &args.reason;
    args.update.decide("paused", &[("reason", json!(reason))], output, |book, id| update::pause(book, id, reason))
}

/// Resume an update that was paused; failures are counted anew, and downloads go on where they were
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense update resume 3fa85f64\n  hwlicense update resume 3fa85f64 --dry-run")]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    update: UpdateArgs,
}

pub(super) fn resume(args: &ResumeArgs, output: Output) -> Outcome {
    args.update.decide("resumed", &[], output, update::resume)
}

/// Withdraw an update for ever; devices that have it keep it
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update withdraw 3fa85f64\n  hwlicense update withdraw 3fa85f64 --reason \"black pictures at night\""
)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    update: UpdateArgs,
    /// Why, for the list and the audit
    #[arg(long, default_value = "")]
    reason: String,
}

pub(super) fn withdraw(args: &WithdrawArgs, output: Output) -> Outcome {
    let reason = &args.reason;
    args.update.decide("withdrawn", &[("reason", json!(reason))], output, |book, id| update::withdraw(book, id, reason))
}
