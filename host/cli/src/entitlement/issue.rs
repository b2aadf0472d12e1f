//! `entitlement issue`: signs what a Primary Server may lease.

use std::path::PathBuf;

use hwlicense::primary::Entitlement;
use hwlicense::signed::{Kind, Payload as _};
use hwlicense_server::registration::{REGISTRATION_BYTES_MAX, Registration, digits};
use serde_json::json;

use super::terms::LeaseTerms;
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::license::issue::{check_allowed, license_key};
use crate::license::log::{self, Issued, Log};
use crate::license::terms::Terms;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::payloads;
use crate::sealing::{self, Form};

/// Issue an entitlement for one Primary Server
///
/// The server introduces itself with the file that `hwlicense server init` writes. It can lease no
/// more than the entitlement says, and its clients verify that. An entitlement of class `trial` is
/// given to clients without a licence, to each machine once. It is noted in the issuing log, on the
/// disk, before its own file appears.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense entitlement issue --key desk.key --certificate desk.cert \\\n      --server site.json --brand acme --class edge --count 100 \\\n      --out site.entitlement\n  hwlicense entitlement issue --key desk.key --certificate desk.cert \\\n      --server site.json --brand acme --class trial --count 40 --lease-days 30 \\\n      --out trial.entitlement --armor",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The issuer's private key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The issuer's certificate; it goes into the file
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// The registration of the Primary Server
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// Terms as a JSON object; its fields have the names of the flags under Terms, with _ for -
    #[arg(long = "terms", value_name = "FILE")]
    terms_file: Option<PathBuf>,
    /// Where to write the entitlement
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Write it as text, for e-mail
    #[arg(long)]
    armor: bool,
    /// The issuing log; issued.jsonl beside the key if nothing is said
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Show what would be issued; write nothing, not even to the log
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten, next_help_heading = "Leases")]
    leases: LeaseTerms,
    #[command(flatten, next_help_heading = "Terms")]
    terms: Terms,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    if let Some(out) = args.out.as_deref().filter(|_| !args.dry_run) {
        files::check_free(out, existing)?;
    }
    let file_terms = args.terms_file.as_deref().map(Terms::read).transpose()?.unwrap_or_default();
    let terms = args.terms.clone().over(file_terms);
    let server = registration(args)?;
    let key = keyfile::read_private(&args.key, &args.passphrase)?;
    let public = keyfile::public_of(&key);
    let certificate = sealing::certificate_for(&args.certificate, &public)?;
    let entitlement = args.leases.entitlement(&terms, &server, license_key(&terms)?, clock::now())?;
    check_allowed(&certificate, Kind::Entitlement, &entitlement.claim())?;
    if args.dry_run {
        // Signing it as well finds what does not fit.
        sealing::sign(&key, 0, 0, &entitlement)?;
        output.facts("entitlement", "would issue", &payloads::entitlement(&entitlement))?;
        return Ok(Exit::Done);
    }
    let Some(out) = args.out.as_deref() else {
        return Err(Failure::internal("no-out", "--out is missing"));
    };
    let log_path = args.log.clone().unwrap_or_else(|| log::path_for(&args.key));
    let mut log = Log::open(&log_path, output)?;
    log.check_unused(entitlement.key, args.force, &log_path)?;
    let issuer = public.id().to_string();
    let sequence = log.next_sequence(&issuer);
    let envelope = sealing::sign(&key, 0, sequence, &entitlement)?;
    let file = sealing::bundle(&[&envelope, &certificate], Form::of(args.armor))?;
    log.append(&issued(&entitlement, &issuer, sequence), out)?;
    files::write(out, &file, Mode::Public, existing)?;
    let mut facts = payloads::entitlement(&entitlement);
    facts.push(("file", json!(out.display().to_string())));
    facts.push(("log", json!(log_path.display().to_string())));
    output.facts("entitlement", "issued", &facts)?;
    Ok(Exit::Done)
}

fn registration(args: &Args) -> Result<Registration, Failure> {
    let json = files::read(&args.server, REGISTRATION_BYTES_MAX)?;
    Registration::parse(&json).map_err(|error| {
        Failure::usage(
            "not-a-registration",
            format!("{}: {error}", args.server.display()),
            "Use the file that `hwlicense server init` wrote beside the server's configuration.",
        )
    })
}

fn issued<'i>(entitlement: &Entitlement<'i>, issuer: &'i str, sequence: u64) -> Issued<'i> {
    Issued {
        claim: entitlement.claim(),
        holder: entitlement.holder.as_str(),
        bound_to: digits(&entitlement.ledger),
        binding: "server",
        expires: entitlement.expires,
        issuer,
        sequence,
    }
}
