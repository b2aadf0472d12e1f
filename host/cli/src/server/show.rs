//! `server show`: what the vendor's desk, and an administrator, need to know of a server.

use std::path::PathBuf;

use hwlicense_server::registration::{Registration, digits};
use serde_json::json;

use super::site::SiteArgs;
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::Output;

/// Show the identity of this server, and write its registration for the vendor
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense server show\n  hwlicense server show --registration registration.json")]
pub(crate) struct Args {
    /// Write the registration that the vendor's desk asks for
    #[arg(long, value_name = "FILE")]
    registration: Option<PathBuf>,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let mut site = args.site.open()?;
    let ledger = site.read(|book| Ok(*book.ledger()))?;
    let key = *site.key.public();
    if let Some(path) = &args.registration {
        let registration = Registration { ledger: ledger.id, key };
        files::write(path, registration.to_json().as_bytes(), Mode::Public, Existing::Keep)?;
    }
    let facts = [
        ("server_id", json!(digits(&ledger.id))),
        ("epoch", json!(ledger.epoch)),
        ("founded", json!(clock::show(ledger.founded))),
        ("key_id", json!(key.id().to_string())),
        ("public_key", json!(digits(&key.bytes))),
        ("listen", json!(site.config.listen.iter().map(ToString::to_string).collect::<Vec<_>>())),
        ("ledger", json!(site.config.database.to_string())),
        ("registration", json!(args.registration.as_ref().map(|path| path.display().to_string()))),
    ];
    output.facts("server", "", &facts)?;
    Ok(Exit::Done)
}
