//! `key retire`, `key revoke` and `key add-root`: what a key may no longer, or may now, do.

use std::path::{Path, PathBuf};

use hwlicense::extension::Extensions;
use hwlicense::signed::{Revocation, RootAction, RootChange};
use hwlicense::time::UnixSeconds;
use serde_json::json;

use super::id_of;
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::revocation::{self, ListArgs};
use crate::sealing::{self, Form};

/// Retire a key: it signs nothing new, and what it signed so far stays good
///
/// For an issuer this makes a revocation list, signed by an issuer that may sign lists. For a root
/// (--root-change) it makes a root change, signed by another root.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key retire old-desk.pub --key desk.key --certificate desk.cert \\\n      --list revoked.hwl --out revoked-2.hwl\n  hwlicense key retire old-root.pub --root-change --key vendor.key \\\n      --out root-change.hwl",
    verbatim_doc_comment
)]
pub(crate) struct RetireArgs {
    /// The key concerned: its .pub file, or for an issuer its id
    #[arg(value_name = "PUB")]
    target: String,
    /// The last second at which an issuer was still good; now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse, conflicts_with = "root_change")]
    at: Option<UnixSeconds>,
    /// The key concerned is a root
    #[arg(long, conflicts_with_all = ["list", "certificate", "sequence"])]
    root_change: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// Revoke a key: everything that it ever signed is refused
///
/// For a key that was stolen: a thief can backdate what he signs, so retiring is not enough.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key revoke stolen.pub --key desk.key --certificate desk.cert \\\n      --list revoked.hwl --out revoked-2.hwl\n  hwlicense key revoke stolen-root.pub --root-change --key vendor.key \\\n      --out root-change.hwl",
    verbatim_doc_comment
)]
pub(crate) struct RevokeArgs {
    /// The key concerned: its .pub file, or for an issuer its id
    #[arg(value_name = "PUB")]
    target: String,
    /// The key concerned is a root
    #[arg(long, conflicts_with_all = ["list", "certificate", "sequence"])]
    root_change: bool,
    #[command(flatten)]
    list: ListArgs,
}

/// Add a root: signed by one that is trusted already
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key add-root new-root.pub --key vendor.key --out root-change.hwl\n  hwlicense key add-root new-root.pub --key vendor.key --armor \\\n      --out root-change.pem"
)]
pub(crate) struct AddRootArgs {
    /// The new root's .pub file
    #[arg(value_name = "PUB")]
    target: PathBuf,
    #[command(flatten)]
    sign: SignArgs,
}

/// Who signs, and where the result goes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SignArgs {
    /// The private key that signs
    #[arg(long, value_name = "KEY")]
    pub(crate) key: PathBuf,
    /// Where to write the result
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write it as text
    #[arg(long)]
    pub(crate) armor: bool,
    /// Show what would be signed, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

pub(super) fn retire(args: &RetireArgs, output: Output) -> Outcome {
    if args.root_change {
        return change_root(RootAction::Retire, Path::new(&args.target), &args.list.sign, output);
    }
    let at = args.at.unwrap_or_else(clock::now);
    revocation::write_list(&args.list, &[Revocation::KeyRetired(id_of(&args.target)?, at)], output)
}

pub(super) fn revoke(args: &RevokeArgs, output: Output) -> Outcome {
    if args.root_change {
        return change_root(RootAction::Revoke, Path::new(&args.target), &args.list.sign, output);
    }
    revocation::write_list(&args.list, &[Revocation::KeyRevoked(id_of(&args.target)?)], output)
}

pub(super) fn add_root(args: &AddRootArgs, output: Output) -> Outcome {
    change_root(RootAction::Add, &args.target, &args.sign, output)
}

fn change_root(action: RootAction, target: &Path, args: &SignArgs, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    files::check_free(&args.out, existing)?;
    let target = keyfile::read_public(target)?;
    let root = keyfile::read_private(&args.key, &args.passphrase)?;
    if target == keyfile::public_of(&root) {
        return Err(Failure::usage(
            "own-root",
            "a root cannot change itself",
            "Sign with another root that is trusted where the licences are checked.",
        ));
    }
    let issued = clock::now();
    let change = RootChange {
        action,
        algorithm: target.algorithm.number(),
        public_key: target.bytes,
        issued,
        extensions: Extensions::new(),
    };
    // Like certificates: the time orders them without anybody keeping a count.
    let envelope = sealing::sign(&root, 0, issued.0, &change)?;
    if !args.dry_run {
        let file = sealing::bundle(&[&envelope], Form::of(args.armor))?;
        files::write(&args.out, &file, Mode::Public, existing)?;
    }
    let action = match action {
        RootAction::Add => "add",
        RootAction::Retire => "retire",
        RootAction::Revoke => "revoke",
    };
    let facts = [
        ("action", json!(action)),
        ("root_id", json!(target.id().to_string())),
        ("signed_by", json!(keyfile::public_of(&root).id().to_string())),
        ("issued", clock::value(Some(issued))),
        ("file", json!((!args.dry_run).then(|| args.out.display().to_string()))),
    ];
    output.facts("root-change", if args.dry_run { "would change a root" } else { "changed a root" }, &facts)?;
    Ok(Exit::Done)
}
