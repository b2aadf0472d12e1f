//! `key new`: a private key and its public one.

use std::path::PathBuf;

use serde_json::json;

use crate::exit::{Exit, Outcome};
use crate::files::{self, Existing};
use crate::keyfile::{self, Protection};
use crate::output::Output;
use crate::passphrase::PassphraseArgs;

/// Make a key: a private file, encrypted and readable by its owner only, and a .pub file
///
/// The passphrase comes from --passphrase-file, the environment variable HWLICENSE_PASSPHRASE or a
/// prompt. A root signs certificates and belongs on a machine that is kept apart; an issuer signs
/// licences once a root has certified it. The files look the same.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key new --root --out vendor.key\n  hwlicense key new --issuer --out issuer.key --passphrase-file pass.txt",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Where to write the private key; the public key goes beside it, ending in .pub
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The key is going to be a root (the default)
    #[arg(long, conflicts_with = "issuer")]
    root: bool,
    /// The key is going to be an issuer
    #[arg(long)]
    issuer: bool,
    /// Write the private key unencrypted: whoever can read the file can sign
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Replace files that are there already. What only the old key could sign, nobody can then
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    files::check_free(&args.out, existing)?;
    files::check_free(&keyfile::public_path(&args.out)?, existing)?;
    let passphrase = if args.no_passphrase {
        output.note(
            "--no-passphrase: the private key is not encrypted. Whoever reads this file, a backup or a disk image of \
             it can sign licences in your name.",
        );
        None
    } else {
        Some(args.passphrase.fresh(&args.out)?)
    };
    let key = keyfile::generate()?;
    let protection = passphrase.as_ref().map_or(Protection::None, |text| Protection::Passphrase(text));
    let public = keyfile::write_pair(&args.out, &key, protection, existing)?;
    let role = if args.issuer { "issuer" } else { "root" };
    let next_step = if args.issuer {
        format!("hwlicense key certify --root ROOT.key --issuer {} --name NAME --out FILE", public.display())
    } else {
        format!("give {} to whoever checks licences (--trust); keep the private key apart", public.display())
    };
    let facts = [
        ("key_id", json!(keyfile::public_of(&key).id().to_string())),
        ("role", json!(role)),
        ("encrypted", json!(passphrase.is_some())),
        ("private_key", json!(args.out.display().to_string())),
        ("public_key", json!(public.display().to_string())),
        ("next_step", json!(next_step)),
    ];
    output.facts("key-new", "made a key", &facts)?;
    Ok(Exit::Done)
}
