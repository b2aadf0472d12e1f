//! `server init`: a new server.

use std::path::{Path, PathBuf};

use hwlicense_server::config::{Config, example};
use hwlicense_server::ledger;
use hwlicense_server::registration::Registration;
use hwlicense_server::store::{Access, AnyStore, Location, Store as _};
use serde_json::json;

use super::site::open_ledger;
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::keyfile::{self, Protection};
use crate::output::Output;
use crate::random;

const CONFIG: &str = "server.toml";
const KEY: &str = "server.key";
const LEDGER: &str = "ledger.sqlite";
const REGISTRATION: &str = "registration.json";

/// Set up a new Primary Server: key, ledger, configuration, and a registration for the vendor
///
/// The folder is made if it is not there, readable by its owner only. The vendor's desk turns the
/// registration into entitlements; it holds no secret. Nothing that is there is replaced.
///
/// A second server on the same database is not set up anew: it gets a copy of this folder.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server init /var/lib/hwlicense --trust vendor.pub\n  hwlicense server init site --trust vendor.pub --database postgres://db.site/ledger",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The server's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A public key of the vendor's root, which is copied into the folder; again for each
    #[arg(long, value_name = "PUB")]
    trust: Vec<PathBuf>,
    /// An empty database of PostgreSQL for the ledger, which several servers may share
    ///
    /// The password is better kept in a file that PGPASSFILE names: it is not written into the configuration.
    #[arg(long, value_name = "URL", value_parser = location)]
    database: Option<Location>,
}

/// Reads where a ledger is, on the command line.
pub(super) fn location(text: &str) -> Result<Location, String> {
    Location::parse(text, Path::new("")).ok_or_else(|| format!("expected {}", Location::EXPECTED))
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let folder = &args.folder;
    let trusted = args.trust.iter().map(|path| trusted(path)).collect::<Result<Vec<_>, _>>()?;
    make_folder(folder)?;
    for name in [CONFIG, KEY, LEDGER, REGISTRATION] {
        files::check_free(&folder.join(name), Existing::Keep).map_err(already_there)?;
    }
    let database = args.database.clone().unwrap_or_else(|| Location::Sqlite(LEDGER.into()));
    // A database that cannot be used is found before there is a key.
    let shared = args.database.as_ref().map(empty_database).transpose()?;
    let key = keyfile::generate()?;
    let public = keyfile::public_of(&key);
    keyfile::write_pair(&folder.join(KEY), &key, Protection::None, Existing::Keep)?;
    for (name, bytes) in &trusted {
        files::write(&folder.join(name), bytes, Mode::Public, Existing::Keep)?;
    }
    let mut store = match shared {
        Some(store) => store,
        None => new_file(&folder.join(LEDGER))?,
    };
    let id = random::bytes()?;
    let ledger = store.transaction(|tx| ledger::found(tx, id, clock::now()))?.id;
    let registration = Registration { ledger, key: public };
    files::write(&folder.join(REGISTRATION), registration.to_json().as_bytes(), Mode::Public, Existing::Keep)?;
    let trust = trusted.iter().map(|(name, _)| PathBuf::from(name)).collect();
    let config = example(&Config { trust, database: database.clone(), ..Config::default() });
    // It comes last: a server that was set up half has no configuration and does not start.
    files::write(&folder.join(CONFIG), config.as_bytes(), Mode::Public, Existing::Keep)?;
    let ledger = args.database.as_ref().map_or_else(|| folder.join(LEDGER).display().to_string(), ToString::to_string);
    report(folder, &ledger, &registration, output)?;
    if trusted.is_empty() {
        output.note("no --trust: before entitlements can be imported, name the vendor's root under `trust` in the configuration");
    }
    Ok(Exit::Done)
}

/// Name and bytes of a root's public key; anything else is refused before something was made.
fn trusted(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    keyfile::read_public(path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("vendor.pub").to_owned();
    Ok((name, files::read(path, keyfile::KEY_FILE_BYTES_MAX)?))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Failure::file("make", folder, &error))
}

fn already_there(failure: Failure) -> Failure {
    Failure::usage(
        "server-exists",
        failure.message,
        "There is a server in this folder. Choose another one; to begin anew here, move the old files away yourself.",
    )
}

/// An empty ledger in a file of its own.
fn new_file(path: &Path) -> Result<AnyStore, Failure> {
    // SQLite would make the file readable by everybody, and the ledger holds the clients' secrets.
    files::write(path, &[], Mode::Secret, Existing::Keep)?;
    Ok(AnyStore::open(&Location::Sqlite(path.to_owned()), Access::Write)?)
}

/// A database in which no ledger was founded.
fn empty_database(location: &Location) -> Result<AnyStore, Failure> {
    let mut store = open_ledger(location, Access::Write)?;
    match store.snapshot(|tx| tx.ledger())? {
        None => Ok(store),
        Some(_) => Err(Failure::usage(
            "ledger-exists",
            format!("{location}: there is a ledger already"),
            "For a further server on it, copy the folder of the first one: key and configuration are the same.",
        )),
    }
}

fn report(folder: &Path, ledger: &str, registration: &Registration, output: Output) -> Result<(), Failure> {
    let shown = |name: &str| json!(folder.join(name).display().to_string());
    let facts = [
        ("server_id", json!(hwlicense_server::registration::digits(&registration.ledger))),
        ("key_id", json!(registration.key.id().to_string())),
        ("public_key", json!(hwlicense_server::registration::digits(&registration.key.bytes))),
        ("configuration", shown(CONFIG)),
        ("private_key", shown(KEY)),
        ("ledger", json!(ledger)),
        ("registration", shown(REGISTRATION)),
        (
            "next_step",
            json!(format!(
                "send {} to the vendor; import what comes back with `hwlicense server import --config {} FILE`; \
                 start with `hwlicense serve --config {}`",
                folder.join(REGISTRATION).display(),
                folder.join(CONFIG).display(),
                folder.join(CONFIG).display()
            )),
        ),
    ];
    output.facts("server-init", "made a Primary Server", &facts)
}
