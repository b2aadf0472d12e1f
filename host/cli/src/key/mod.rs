//! `key`: making, showing, pinning, certifying, retiring and revoking keys, and what only a root signs.

mod certify;
mod change;
mod correct_time;
mod new;
mod pin;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use hwlicense::signed::{KeyId, PublicKey};
use hwlicense_probe::HexBytes;
use serde_json::json;

pub(crate) use certify::{CertificateTerms, make_certificate, unknown_class};
pub(crate) use change::SignArgs;

use crate::exit::{Exit, Failure, Outcome};
use crate::keyfile;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;

/// Make, show, pin, certify, retire and revoke keys
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense key new --root --out vendor.key\n  hwlicense key id vendor.pub")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(new::Args),
    /// Show the public part of a key
    #[command(before_help = "Examples:\n  hwlicense key show vendor.pub\n  hwlicense key show vendor.key --json")]
    Show(FileArgs),
    /// Print the id of a key and nothing else
    #[command(before_help = "Examples:\n  hwlicense key id vendor.pub\n  hwlicense key id issuer.key --json")]
    Id(FileArgs),
    Pin(pin::Args),
    Certify(certify::Args),
    Retire(change::RetireArgs),
    Revoke(change::RevokeArgs),
    AddRoot(change::AddRootArgs),
    CorrectTime(correct_time::Args),
}

/// A key file of either kind.
#[derive(Debug, clap::Args)]
struct FileArgs {
    /// A public key, or a private one
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::New(args) => new::run(args, output),
        Verb::Show(args) => show(args, output),
        Verb::Id(args) => id(args, output),
        Verb::Pin(args) => pin::run(args, output),
        Verb::Certify(args) => certify::run(args, output),
        Verb::Retire(args) => change::retire(args, output),
        Verb::Revoke(args) => change::revoke(args, output),
        Verb::AddRoot(args) => change::add_root(args, output),
        Verb::CorrectTime(args) => correct_time::run(args, output),
    }
}

/// The public key in a file of either kind.
fn read_either(file: &Path, passphrase: &PassphraseArgs) -> Result<PublicKey, Failure> {
    if keyfile::is_private(file)? {
        keyfile::read_private(file, passphrase).map(|key| keyfile::public_of(&key))
    } else {
        keyfile::read_public(file)
    }
}

fn show(args: &FileArgs, output: Output) -> Outcome {
    let key = read_either(&args.file, &args.passphrase)?;
    let facts = [
        ("key_id", json!(key.id().to_string())),
        ("algorithm", json!("ed25519")),
        ("public_key", json!(HexBytes(key.bytes.to_vec()).to_string())),
    ];
    output.facts("key", "", &facts)?;
    Ok(Exit::Done)
}

fn id(args: &FileArgs, output: Output) -> Outcome {
    let id = read_either(&args.file, &args.passphrase)?.id().to_string();
    if output.json {
        output.object("key", json!({ "key_id": id }))?;
    } else {
        output.line(&id)?;
    }
    Ok(Exit::Done)
}

/// A key's id: 32 hex digits, or that of the public key in a file.
pub(crate) fn id_of(target: &str) -> Result<KeyId, Failure> {
    match HexBytes::parse(target).and_then(|bytes| bytes.0.try_into().ok()) {
        Some(bytes) => Ok(KeyId(bytes)),
        None => keyfile::read_public(Path::new(target)).map(|key| key.id()),
    }
}
