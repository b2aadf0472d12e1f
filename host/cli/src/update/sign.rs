//! `update sign`: a manifest for an image, at the vendor's desk.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use hwlicense::extension::Extensions;
use hwlicense::signed::{Envelope, Kind, Label, Payload as _};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, MODELS_MAX, Manifest, Version, update_id};
use hwlicense_server::image::Digests;
use hwlicense_server::registration::digits;
use serde_json::json;

use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile;
use crate::license::issue::check_allowed;
use crate::output::Output;
use crate::passphrase::PassphraseArgs;
use crate::payloads;
use crate::sealing::{self, Form};

/// For how many seconds a manifest is good if nothing is said: a year.
const VALID_S: u64 = 365 * 86_400;
/// KiB of a chunk if nothing is said: the largest that fits a frame.
const CHUNK_KIB: u32 = 32;

/// Sign a manifest for the image of an update
///
/// The manifest says which devices the image is for, and names the image by digests: of the whole, and
/// of every chunk, so that a device verifies each before it uses it. The file is text; it goes to the
/// sites together with the image.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update sign dome-2.7.img --key desk.key --certificate desk.cert \\\n      --brand acme --component firmware --models dome-4,dome-6 --hardware 1-3 \\\n      --version 2.7.1+345 --security-version 5 --share 10% --out dome-2.7.hwlup\n  hwlicense update sign gate.img --key desk.key --certificate desk.cert \\\n      --brand acme --component gate --models gate-1 --version 1.1 --security-version 0 \\\n      --dry-run",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The image, as the device's updater takes it
    image: PathBuf,
    /// The issuer's private key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The issuer's certificate; it goes into the file
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Brand of the products that it is for
    #[arg(long)]
    brand: String,
    /// Component of the product that it is for, such as firmware
    #[arg(long)]
    component: String,
    /// Models that it is for; several times, or with commas
    #[arg(long, value_delimiter = ',', value_name = "MODEL", required = true)]
    models: Vec<String>,
    /// Revisions of the hardware that it is for, such as 2 or 1-3; all if nothing is said
    #[arg(long, value_name = "FROM-TO", value_parser = parse_hardware, default_value = "0-65535")]
    hardware: (u16, u16),
    /// Version of the image, such as 2.7.1+345
    #[arg(long)]
    version: Version,
    /// Grows when a fault is mended that no device may go back behind
    #[arg(long, value_name = "NUMBER")]
    security_version: u32,
    /// Oldest version from which it can be made in one step; any if nothing is said
    #[arg(long, value_name = "VERSION", default_value = "0.0")]
    version_min: Version,
    /// Last time at which it is offered; a year from now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    valid_until: Option<UnixSeconds>,
    /// Share of the devices that get it at first: your advice to the sites
    #[arg(long, value_name = "SHARE", value_parser = super::parse_share, default_value = "100%")]
    share: u16,
    /// KiB of a chunk: 1, 2, 4, 8, 16 or 32. A device keeps one of them in memory
    #[arg(long, value_name = "KIB", default_value_t = CHUNK_KIB)]
    chunk_kib: u32,
    /// Orders the manifests of one issuer; the time in seconds if nothing is said
    #[arg(long, value_name = "NUMBER")]
    sequence: Option<u64>,
    /// Where to write the manifest
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Show what would be signed; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    let out = args.out.as_deref().filter(|_| !args.dry_run);
    if let Some(out) = out {
        files::check_free(out, existing)?;
    }
    let key = keyfile::read_private(&args.key, &args.passphrase)?;
    let certificate = sealing::certificate_for(&args.certificate, &keyfile::public_of(&key))?;
    let chunk_bytes = chunk_bytes(args.chunk_kib)?;
    let digests = digests(&args.image, chunk_bytes, output)?;
    let manifest = manifest(args, chunk_bytes, &digests)?;
    check_allowed(&certificate, Kind::UpdateManifest, &manifest.claim())?;
    let envelope = seal(args, &key, &manifest)?;
    let parsed = Envelope::parse(&envelope).map_err(|error| Failure::internal("own-envelope", error))?;
    let mut facts = vec![("id", json!(digits(&update_id(&parsed))))];
    facts.extend(payloads::manifest(&manifest));
    if let Some(out) = out {
        let file = sealing::bundle(&[&envelope, &certificate], Form::Armored)?;
        files::write(out, &file, Mode::Public, existing)?;
        facts.push(("file", json!(out.display().to_string())));
    }
    output.facts("update", if args.dry_run { "would sign" } else { "signed" }, &facts)?;
    Ok(Exit::Done)
}

fn seal(args: &Args, key: &SigningKey, manifest: &Manifest<'_>) -> Result<Vec<u8>, Failure> {
    sealing::sign(key, 0, args.sequence.unwrap_or(manifest.issued.0), manifest)
}

fn manifest<'a>(args: &'a Args, chunk_bytes: u32, digests: &Digests) -> Result<Manifest<'a>, Failure> {
    let issued = clock::now();
    let mut names: Vec<&str> = args.models.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let mut models = heapless::Vec::new();
    for name in names {
        models.push(Label::from(name)).map_err(|_| {
            Failure::usage(
                "too-many-models",
                format!("one manifest is for {MODELS_MAX} models at most"),
                "Sign another manifest for the rest; both may name the same image.",
            )
        })?;
    }
    Ok(Manifest {
        issued,
        valid_until: args.valid_until.unwrap_or_else(|| issued.after(VALID_S)),
        brand: args.brand.as_str().into(),
        component: args.component.as_str().into(),
        models,
        hardware_min: args.hardware.0,
        hardware_max: args.hardware.1,
        version: args.version,
        security_version: args.security_version,
        version_min: args.version_min,
        size: digests.size,
        sha256: digests.sha256,
        chunk_bytes,
        chunks_root: digests.root,
        share: args.share,
        extensions: Extensions::new(),
    })
}

/// The digests of an image in a file.
pub(super) fn digests(image: &Path, chunk_bytes: u32, output: Output) -> Result<Digests, Failure> {
    let file = files::open(image)?;
    let total = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = output.progress(usize::try_from(total).unwrap_or(usize::MAX));
    let digests = Digests::of(&mut BufReader::new(file), chunk_bytes, &mut |done| progress.set_position(done.into()));
    progress.finish_and_clear();
    digests.map_err(|error| super::image_failure(image, &error))
}

fn chunk_bytes(kib: u32) -> Result<u32, Failure> {
    let bytes = kib.saturating_mul(1_024);
    if bytes.is_power_of_two() && (CHUNK_BYTES_MIN..=CHUNK_BYTES_MAX).contains(&bytes) {
        return Ok(bytes);
    }
    Err(Failure::usage("chunk-size", format!("{kib} KiB is no size of a chunk"), "Use 1, 2, 4, 8, 16 or 32."))
}

fn parse_hardware(text: &str) -> Result<(u16, u16), String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if from <= to => Ok((from, to)),
        _ => Err("write one revision, or two with a dash, from 0 to 65535: 2, or 1-3".to_owned()),
    }
}
