//! `revocation`: lists of keys and licences that are no longer good.

use std::path::PathBuf;

use clap::Subcommand;
use hwlicense::license::LicenseKey;
use hwlicense::signed::{
    Bundle, Certificate, Envelope, Kind, Payload as _, PublicKey, REVOCATIONS_MAX, Revocation, RevocationList,
    RevocationListWriter,
};
use hwlicense::time::UnixSeconds;
use serde_json::json;

use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::key::{SignArgs, id_of};
use crate::keyfile;
use crate::output::{Output, object_of};
use crate::payloads;
use crate::sealing::{self, Form};

/// Make revocation lists
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense revocation new --key desk.key --certificate desk.cert \\\n      --revoke-license AAAA-BBBB-CCCC-DDDD --out revoked.hwl\n  hwlicense revocation new --key desk.key --certificate desk.cert \\\n      --list revoked.hwl --revoke-key stolen.pub --out revoked-2.hwl"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(NewArgs),
}

/// Make a revocation list
///
/// The newest list of a signer replaces its older ones, so continue the last one with --list: its
/// entries are taken over and its sequence goes up by one.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense revocation new --key desk.key --certificate desk.cert \\\n      --revoke-license AAAA-BBBB-CCCC-DDDD --out revoked.hwl\n  hwlicense revocation new --key desk.key --certificate desk.cert \\\n      --list revoked.hwl --revoke-key stolen.pub --out revoked-2.hwl",
    verbatim_doc_comment
)]
struct NewArgs {
    /// A key to retire: its .pub file or id, and after an @ the last time that it was good (else now)
    #[arg(long, value_name = "KEY[@TIME]")]
    retire_key: Vec<String>,
    /// A key to revoke: its .pub file or id
    #[arg(long, value_name = "KEY")]
    revoke_key: Vec<String>,
    /// A licence to revoke, by its licence key
    #[arg(long, value_name = "LICENSE_KEY")]
    revoke_license: Vec<LicenseKey>,
    #[command(flatten)]
    list: ListArgs,
}

/// How a list is made.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The last list of this signer, to be continued
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// The signer's certificate; it goes into the file
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Sequence of the list; that of --list plus one, or 1
    #[arg(long, value_name = "NUMBER")]
    pub(crate) sequence: Option<u64>,
    #[command(flatten)]
    pub(crate) sign: SignArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let Verb::New(args) = &args.verb;
    let mut entries = Vec::new();
    for target in &args.retire_key {
        let (key, at) = match target.rsplit_once('@') {
            Some((key, at)) => (key, time(at)?),
            None => (target.as_str(), clock::now()),
        };
        entries.push(Revocation::KeyRetired(id_of(key)?, at));
    }
    for target in &args.revoke_key {
        entries.push(Revocation::KeyRevoked(id_of(target)?));
    }
    entries.extend(args.revoke_license.iter().copied().map(Revocation::LicenseRevoked));
    write_list(&args.list, &entries, output)
}

fn time(text: &str) -> Result<UnixSeconds, Failure> {
    clock::parse(text).map_err(|help| Failure::usage("not-a-time", format!("`{text}` is no time"), help))
}

/// Makes a list of the old entries and new ones, signs and writes it.
pub(crate) fn write_list(args: &ListArgs, new: &[Revocation], output: Output) -> Outcome {
    let existing = Existing::forced(args.sign.force);
    files::check_free(&args.sign.out, existing)?;
    let key = keyfile::read_private(&args.sign.key, &args.sign.passphrase)?;
    let public = keyfile::public_of(&key);
    let mut entries = RevocationListWriter::new();
    let mut sequence = 1;
    let too_many = |_| {
        Failure::usage(
            "too-many-entries",
            format!("a list holds at most {REVOCATIONS_MAX} entries"),
            "Continue with the list of another issuer.",
        )
    };
    if let Some(path) = &args.list {
        let bytes = sealing::read_sound(path)?;
        let bundle = Bundle::parse(&bytes).map_err(|error| sealing::unusable(path, error))?;
        let envelope = sealing::only(&bundle, Kind::RevocationList, path)?;
        check_signer(&envelope, &public)?;
        let old: RevocationList<'_> = envelope.unverified().map_err(|error| sealing::unusable(path, error))?;
        for entry in old.entries() {
            entries.push(entry).map_err(too_many)?;
        }
        sequence = envelope.header().sequence.saturating_add(1);
    } else {
        output.note("no --list: this starts a new list, and what an older list of this signer revoked is not in it");
    }
    for entry in new {
        entries.push(*entry).map_err(too_many)?;
    }
    let list = RevocationList::new(clock::now(), &entries);
    let certificate = args.certificate.as_deref().map(|path| sealing::certificate_for(path, &public)).transpose()?;
    match &certificate {
        Some(certificate) => check_allowed(certificate, &list)?,
        None => output.note("no --certificate: the list is of use only where its signer is known already"),
    }
    let envelope = sealing::sign(&key, 0, args.sequence.unwrap_or(sequence), &list)?;
    let chain: Vec<&[u8]> = [Some(envelope.as_slice()), certificate.as_deref()].into_iter().flatten().collect();
    if !args.sign.dry_run {
        let file = sealing::bundle(&chain, Form::of(args.sign.armor))?;
        files::write(&args.sign.out, &file, Mode::Public, existing)?;
    }
    report(args, &envelope, output)?;
    Ok(Exit::Done)
}

fn report(args: &ListArgs, envelope: &[u8], output: Output) -> Result<(), Failure> {
    let envelope = Envelope::parse(envelope).map_err(|error| Failure::internal("own-envelope", error))?;
    let mut facts = payloads::header(envelope.header());
    facts.extend(payloads::payload(&envelope).map_err(|error| Failure::internal("own-payload", error))?);
    let file = (!args.sign.dry_run).then(|| args.sign.out.display().to_string());
    facts.push(("file", json!(file)));
    if output.json {
        return output.object("revocation-list", object_of(&facts));
    }
    let heading = if args.sign.dry_run { "would make a revocation list" } else { "made a revocation list" };
    output.facts("revocation-list", heading, &facts)
}

fn check_signer(envelope: &Envelope<'_>, key: &PublicKey) -> Result<(), Failure> {
    if sealing::is_signed_by(envelope, key) {
        return Ok(());
    }
    Err(Failure::usage(
        "other-signer",
        "the old list was signed with another key",
        "A signer continues only its own list: sign with the same key, or start a list of this signer without --list.",
    ))
}

/// Whether the signer's own certificate lets it sign this list, before anybody else says no.
fn check_allowed(certificate: &[u8], list: &RevocationList<'_>) -> Result<(), Failure> {
    let envelope = Envelope::parse(certificate).map_err(|error| Failure::internal("own-envelope", error))?;
    let certificate: Certificate<'_> =
        envelope.unverified().map_err(|error| Failure::internal("own-payload", error))?;
    certificate.covers(Kind::RevocationList, &list.claim()).map_err(|error| {
        Failure::no(
            error.code(),
            format!("the certificate does not cover this list: {error}"),
            "Sign with an issuer whose certificate names the kind revocation-list and this time.",
        )
    })
}
