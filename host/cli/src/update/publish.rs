//! `update publish`: manifest and image into the ledger of a Primary Server.

use std::io::BufReader;
use std::path::PathBuf;

use hwlicense::signed::{Bundle, Kind};
use hwlicense::update::Manifest;
use hwlicense_server::image::{Digests, next_chunk};
use hwlicense_server::ledger::update::{Arrival, Plan, begin, clear, finish, keep_chunks};
use hwlicense_server::registration::digits;
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;
use crate::payloads;
use crate::sealing;
use crate::server::site::{Keep, Site, SiteArgs, roots};

/// Bytes of an image that enter the ledger at a time: clients wait no longer than for these.
const STEP_BYTES: usize = 2 << 20;

/// Publish an update on this Primary Server
///
/// The manifest is verified with the vendor's roots, the image against the manifest. Then the server
/// offers it to the devices that it is for, to the share that is named here. Nobody is offered it before
/// all of it is there; what is cut off in the middle is begun anew by the same command.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update publish dome-2.7.hwlup dome-2.7.img --share 10%\n  hwlicense update publish dome-2.7.hwlup dome-2.7.img --group test --dry-run",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The vendor's manifest
    #[arg(value_name = "FILE")]
    manifest: PathBuf,
    /// The image that it names
    image: PathBuf,
    /// Share of the clients that get it, such as 10%; what the vendor advises if nothing is said
    #[arg(long, value_name = "SHARE", value_parser = super::parse_share)]
    share: Option<u16>,
    /// Only clients of this group get it; again for each
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// Only say whether it could be published
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(super) fn run(args: &Args, output: Output) -> Outcome {
    let mut site = args.site.open()?;
    let roots = roots(&site.config)?;
    let bytes = sealing::read_sound(&args.manifest)?;
    let bundle = Bundle::parse(&bytes).map_err(|error| sealing::unusable(&args.manifest, error))?;
    let envelope = sealing::only(&bundle, Kind::UpdateManifest, &args.manifest)?;
    let manifest: Manifest<'_> = envelope.unverified().map_err(|error| sealing::unusable(&args.manifest, error))?;
    let digests = super::sign::digests(&args.image, manifest.chunk_bytes, output)?;
    let plan = Plan { share: args.share, groups: args.groups.clone() };
    let arrival = site.change(Keep::unless(args.dry_run), |book| Ok(begin(book, &roots, &bytes, &digests, &plan)?))?;
    if !args.dry_run {
        enter(&mut site, args, &arrival, &digests, output)?;
    }
    let mut facts = vec![("id", json!(digits(&arrival.id)))];
    facts.extend(payloads::manifest(&manifest));
    facts.push(("offered_to_thousandths", json!(plan.share.unwrap_or(manifest.share))));
    facts.push(("groups", json!(plan.groups)));
    facts.push(("dry_run", json!(args.dry_run)));
    output.facts("update-publish", if args.dry_run { "would publish" } else { "published" }, &facts)?;
    Ok(Exit::Done)
}

/// Enters the image in steps, between which the server goes on serving its clients.
fn enter(site: &mut Site, args: &Args, arrival: &Arrival, digests: &Digests, output: Output) -> Result<(), Failure> {
    while site.change(Keep::Changes, |book| Ok(clear(book, arrival)?))? {}
    let mut image = BufReader::new(files::open(&args.image)?);
    let progress = output.progress(usize::try_from(digests.size).unwrap_or(usize::MAX));
    let mut entered = 0usize;
    loop {
        let mut chunks = Vec::new();
        let mut bytes = 0usize;
        while bytes < STEP_BYTES
            && let Some(chunk) = next_chunk(&mut image, arrival.chunk_bytes)
                .map_err(|error| Failure::file("read", &args.image, &error))?
        {
            bytes = bytes.saturating_add(chunk.len());
            chunks.push(chunk);
        }
        if chunks.is_empty() {
            break;
        }
        site.change(Keep::Changes, |book| Ok(keep_chunks(book, arrival, digests, entered, &chunks)?))?;
        entered = entered.saturating_add(chunks.len());
        progress.inc(u64::try_from(bytes).unwrap_or(0));
    }
    progress.finish_and_clear();
    site.change(Keep::Changes, |book| Ok(finish(book, arrival, digests)?))
}
