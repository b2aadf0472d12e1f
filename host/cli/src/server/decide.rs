//! `server assign`, `allow`, `accept`, `deactivate`, `withdraw`, `group`: what an administrator decides about a
//! client.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense_server::ledger::update::set_client_group;
use hwlicense_server::ledger::{
    Book, Receipt, accept_candidate, allow_change, assign as assign_license, clear_clone_mark, deactivate as give_up,
    move_channels, withdraw as withdraw_client,
};
use serde_json::{Value, json};

use super::site::{Keep, SiteArgs, client_named};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Fact, Output};

/// Which client, and whether it is meant.
#[derive(Debug, clap::Args)]
struct ClientArgs {
    /// The client: its Hardware ID, or its name if no other has it
    #[arg(value_name = "CLIENT")]
    client: String,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl ClientArgs {
    /// Carries a decision out and reports it.
    fn decide(
        &self,
        schema: &'static str,
        heading: &str,
        output: Output,
        mut work: impl FnMut(&mut Book<'_>, Hwid) -> Result<Vec<Fact>, Failure>,
    ) -> Outcome {
        let mut facts = self.site.open()?.change(Keep::unless(self.dry_run), |book| {
            let hwid = client_named(book, &self.client)?;
            let mut facts = vec![("hwid", json!(hwid.to_string()))];
            facts.extend(work(book, hwid)?);
            Ok(facts)
        })?;
        facts.push(("dry_run", json!(self.dry_run)));
        let heading = if self.dry_run { format!("would have: {heading}") } else { heading.to_owned() };
        output.facts(schema, &heading, &facts)?;
        Ok(Exit::Done)
    }
}

/// Assign a licence to a client; it gets it at its next contact
///
/// A client that was withdrawn is served again. One that never made contact is assigned its licence
/// by `hwlicense server expect`.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server assign quay-7 7QHX-4M2K-9D1T-RB6W\n  hwlicense server assign quay-7 --none",
    verbatim_doc_comment
)]
pub(crate) struct AssignArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// The licence
    #[arg(value_name = "KEY", required_unless_present = "none", conflicts_with = "none")]
    key: Option<LicenseKey>,
    /// Take the assignment back; what the client has it keeps
    #[arg(long)]
    none: bool,
}

pub(crate) fn assign(args: &AssignArgs, output: Output) -> Outcome {
    args.client.decide("server-assign", "assigned", output, |book, hwid| {
        assign_license(book, hwid, args.key)?;
        Ok(vec![("license_key", json!(args.key.map(|key| key.to_string())))])
    })
}

/// Allow a client to go on with other hardware: its licence moves to the new Hardware ID
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server allow quay-7\n  hwlicense server allow quay-7 --to 03ab5c00112233445566778899aabbccdd"
)]
pub(crate) struct AllowArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// The new Hardware ID, if the device did not ask for it yet
    #[arg(long, value_name = "HWID")]
    to: Option<Hwid>,
}

pub(crate) fn allow(args: &AllowArgs, output: Output) -> Outcome {
    args.client.decide("server-allow", "allowed a change of hardware", output, |book, hwid| {
        allow_change(book, hwid, args.to)?;
        Ok(vec![("to", json!(args.to.map(|to| to.to_string())))])
    })
}

/// Accept a device that was reset, or clear the mark of a possible clone
///
/// A device that lost its memory asks without its secret and is marked as a possible clone. If it is
/// the one device, accept it: from then on its new secret counts and the old one is worth nothing.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server accept quay-7\n  hwlicense server accept quay-7 --keep-secret",
    verbatim_doc_comment
)]
pub(crate) struct AcceptArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// Only clear the mark: the second device was found, and the first keeps its secret
    #[arg(long)]
    keep_secret: bool,
}

pub(crate) fn accept(args: &AcceptArgs, output: Output) -> Outcome {
    let heading = if args.keep_secret { "cleared the mark" } else { "accepted the device" };
    args.client.decide("server-accept", heading, output, |book, hwid| {
        if args.keep_secret {
            clear_clone_mark(book, hwid)?;
        } else {
            accept_candidate(book, hwid)?;
        }
        Ok(Vec::new())
    })
}

/// Give a client's licence up in its place
///
/// Its channels are free when its last lease has ended, because nobody can take a lease back from a
/// device that is switched off. --now frees them at once, which costs one of the licence's moves.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server deactivate quay-7 7QHX-4M2K-9D1T-RB6W\n  hwlicense server deactivate quay-7 7QHX-4M2K-9D1T-RB6W --now",
    verbatim_doc_comment
)]
pub(crate) struct DeactivateArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// The licence
    #[arg(value_name = "KEY")]
    key: LicenseKey,
    /// Free the channels at once, for one move
    #[arg(long)]
    now: bool,
    /// Give them to this machine
    #[arg(long, value_name = "HWID", requires = "now")]
    to: Option<Hwid>,
}

pub(crate) fn deactivate(args: &DeactivateArgs, output: Output) -> Outcome {
    args.client.decide("server-deactivate", "deactivated", output, |book, hwid| {
        if args.now {
            move_channels(book, args.key, hwid, args.to)?;
            let left = book.rows().entitlement(args.key)?.map(|row| row.moves_max.saturating_sub(row.moves_used));
            return Ok(vec![
                ("license_key", json!(args.key.to_string())),
                ("to", json!(args.to.map(|to| to.to_string()))),
                ("free_from", clock::value(Some(book.now()))),
                ("moves_left", json!(left)),
            ]);
        }
        Ok(vec![("given_up", receipt(&give_up(book, hwid, args.key)?))])
    })
}

/// Withdraw a client: all that it has is given up, and it gets nothing until something is assigned to it
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server withdraw quay-7\n  hwlicense server withdraw 03ab5c00112233445566778899aabbccdd --dry-run"
)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) fn withdraw(args: &WithdrawArgs, output: Output) -> Outcome {
    args.client.decide("server-withdraw", "withdrew the client", output, |book, hwid| {
        let receipts = withdraw_client(book, hwid)?;
        Ok(vec![("given_up", receipts.iter().map(receipt).collect())])
    })
}

fn receipt(receipt: &Receipt) -> Value {
    let free_from = receipt.free_from.map_or_else(|| json!("never"), |time| json!(clock::show(time)));
    json!({ "license_key": receipt.entitlement.to_string(), "free_from": free_from })
}

/// Put a client into a group, so that updates can be limited to it
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server group quay-7 test\n  hwlicense server group quay-7 --none",
    verbatim_doc_comment
)]
pub(crate) struct GroupArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// The group
    #[arg(value_name = "NAME", required_unless_present = "none", conflicts_with = "none")]
    group: Option<String>,
    /// Take the client out of its group
    #[arg(long)]
    none: bool,
}

pub(crate) fn group(args: &GroupArgs, output: Output) -> Outcome {
    args.client.decide("server-group", "grouped", output, |book, hwid| {
        set_client_group(book, hwid, args.group.as_deref())?;
        Ok(vec![("group", json!(args.group))])
    })
}
