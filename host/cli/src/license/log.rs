//! The issuing log: what was issued, and what is bound where. A journal.

use std::path::{Path, PathBuf};

use hwlicense::hwid::Hwid;
use hwlicense::license::{License, LicenseKey};
use hwlicense::signed::{Claim, Payload as _};
use hwlicense::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Mode};
use crate::journal::{self, Journal};
use crate::output::{Output, table};
use crate::payloads;

/// Name of the log beside the key, and in the current folder when it is asked.
const LOG_NAME: &str = "issued.jsonl";

/// List what was issued, and what is bound where
///
/// Exit code 0 if something is listed, 1 if nothing in the log fits.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense license issued\n  hwlicense license issued --log keys/issued.jsonl \\\n      --hwid 03ab5c00112233445566778899aabbccdd",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The issuing log
    #[arg(long, value_name = "FILE", default_value = LOG_NAME)]
    log: PathBuf,
    /// Only what is bound to this machine
    #[arg(long)]
    hwid: Option<Hwid>,
    /// Only this licence
    #[arg(long, value_name = "KEY")]
    license_key: Option<LicenseKey>,
}

/// Where the log of a key is.
pub(crate) fn path_for(key: &Path) -> PathBuf {
    files::beside(key, LOG_NAME)
}

/// One row: a licence that was signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    schema: String,
    tool_version: String,
    sequence: u64,
    issued: String,
    issuer: String,
    license_key: String,
    brand: String,
    class: String,
    count: u32,
    holder: String,
    hwid: String,
    binding: String,
    expires: Option<String>,
    file: String,
}

impl journal::Row for Row {
    const SCHEMA: &'static str = "hwlicense.issued/1";
    const JOURNAL: &'static str = "the issuing log";
    const MODE: Mode = Mode::Secret;
}

/// The log, open and locked: nobody else issues until this is dropped.
pub(crate) struct Log(Journal<Row>);

impl Log {
    /// Opens the log, or begins it, and waits for whoever is writing to it.
    pub(crate) fn open(path: &Path, output: Output) -> Result<Self, Failure> {
        Journal::open(path, output).map(Self)
    }

    /// The sequence of the next licence of this issuer.
    pub(crate) fn next_sequence(&self, issuer: &str) -> u64 {
        let own = self.0.rows().iter().filter(|row| row.issuer == issuer).map(|row| row.sequence);
        own.max().unwrap_or(0).saturating_add(1)
    }

    /// Refuses a licence key that was given out before, unless that is meant.
    pub(crate) fn check_unused(&self, key: LicenseKey, force: bool, path: &Path) -> Result<(), Failure> {
        let key = key.to_string();
        if force || !self.0.rows().iter().any(|row| row.license_key == key) {
            return Ok(());
        }
        Err(Failure::no(
            "license-key-in-use",
            format!("the licence key {key} was issued before (see {})", path.display()),
            "Leave --license-key out for a new one, or say --force to issue the same licence again.",
        ))
    }

    /// Adds a row and returns when it is on the disk.
    pub(crate) fn append(&mut self, issued: &Issued<'_>, out: &Path) -> Result<(), Failure> {
        let grant = issued.claim.grant.ok_or_else(|| Failure::internal("no-grant", "nothing was granted"))?;
        self.0.append(Row {
            schema: <Row as journal::Row>::SCHEMA.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            sequence: issued.sequence,
            issued: clock::show(issued.claim.issued),
            issuer: issued.issuer.to_owned(),
            license_key: grant.license.to_string(),
            brand: issued.claim.brand.unwrap_or_default().to_string(),
            class: grant.class.to_string(),
            count: grant.count,
            holder: issued.holder.to_owned(),
            hwid: issued.bound_to.clone(),
            binding: issued.binding.to_owned(),
            expires: issued.expires.map(clock::show),
            file: out.display().to_string(),
        })
    }
}

/// What was issued, as the log tells it.
pub(crate) struct Issued<'i> {
    /// What it grants.
    pub(crate) claim: Claim<'i>,
    pub(crate) holder: &'i str,
    /// The HWID, or the ledger of a Primary Server.
    pub(crate) bound_to: String,
    /// `strict`, `tolerant` or `server`.
    pub(crate) binding: &'static str,
    pub(crate) expires: Option<UnixSeconds>,
    pub(crate) issuer: &'i str,
    pub(crate) sequence: u64,
}

impl<'i> Issued<'i> {
    /// A licence.
    pub(crate) fn license(license: &License<'i>, issuer: &'i str, sequence: u64) -> Self {
        Self {
            claim: license.claim(),
            holder: license.holder.as_str(),
            bound_to: license.binding.hwid().to_string(),
            binding: payloads::binding_name(&license.binding),
            expires: license.expires,
            issuer,
            sequence,
        }
    }
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let hwid = args.hwid.map(|hwid| hwid.to_string());
    let key = args.license_key.map(|key| key.to_string());
    let rows: Vec<Row> = journal::read(&args.log, output)?;
    let found: Vec<Row> = rows
        .into_iter()
        .filter(|row| hwid.as_ref().is_none_or(|hwid| *hwid == row.hwid))
        .filter(|row| key.as_ref().is_none_or(|key| *key == row.license_key))
        .collect();
    let exit = if found.is_empty() { Exit::No } else { Exit::Done };
    if output.json {
        output.object("issued-list", json!({ "issued": found }))?;
    } else if found.is_empty() {
        output.line("nothing in the log fits")?;
    } else {
        let header = ["license key", "class", "count", "brand", "holder", "hwid", "binding", "issued", "expires"];
        let rows = found.into_iter().map(|row| {
            let expires = row.expires.unwrap_or_else(|| "never".to_owned());
            let count = row.count.to_string();
            vec![row.license_key, row.class, count, row.brand, row.holder, row.hwid, row.binding, row.issued, expires]
        });
        output.line(&table(Some(&header), rows))?;
    }
    Ok(exit)
}
