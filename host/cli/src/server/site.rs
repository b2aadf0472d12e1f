//! Which server: its configuration, its key, its ledger.

use std::path::{Path, PathBuf};

use hwlicense::hwid::Hwid;
use hwlicense::signed::PublicKey;
use hwlicense_admin::listing::each_client;
use hwlicense_server::config::{Assign, Config};
use hwlicense_server::ledger::{Actor, Assignment, Book, CommandError, ImportError, Policy, ServerKey};
use hwlicense_server::store::sqlite::{RestoreError, moved_to};
use hwlicense_server::store::{Access, AnyStore, Location, Store as _, StoreError};

use crate::clock;
use crate::exit::Failure;
use crate::keyfile;
use crate::passphrase::PassphraseArgs;

/// Where a server's configuration is unless something else is said.
pub(crate) const CONFIG_FILE: &str = "/var/lib/hwlicense/server.toml";

/// Which server.
#[derive(Debug, clap::Args)]
pub(crate) struct SiteArgs {
    /// The server's configuration
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    config: PathBuf,
    /// A setting that wins over the configuration, such as log.level=debug; again for each
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl SiteArgs {
    /// The configuration, out of file, environment and flags.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Config::load(&self.config, std::env::vars_os(), &self.set).map_err(|errors| {
            let what = format!("the configuration cannot be used\n{errors}");
            Failure::usage("configuration", what, "Mend what is named above; `hwlicense serve --check` looks again.")
        })
    }

    /// The server's private key.
    pub(crate) fn key(&self, config: &Config) -> Result<ServerKey, Failure> {
        let key = keyfile::read_private(&config.key, &self.passphrase)?;
        Ok(ServerKey::from_seed(&zeroize::Zeroizing::new(key.to_bytes())))
    }

    /// The server, with its ledger open for changes.
    pub(crate) fn open(&self) -> Result<Site, Failure> {
        let config = self.config()?;
        let key = self.key(&config)?;
        let store = open_ledger(&config.database, Access::Write)?;
        Ok(Site { config, key, store, administrator: administrator() })
    }
}

/// Opens a ledger that is there. SQLite would begin a new one in the place of one that is missing.
pub(crate) fn open_ledger(location: &Location, access: Access) -> Result<AnyStore, Failure> {
    if let Some(path) = location.file()
        && let Err(error) = std::fs::metadata(path)
    {
        return Err(Failure::file("read", path, &error));
    }
    AnyStore::open(location, access).map_err(|error| {
        let place = match location.file().filter(|_| error == StoreError::Moved).and_then(moved_to) {
            Some(new) => format!("{location} (now {new})"),
            None => location.to_string(),
        };
        store_failure(error, &place)
    })
}

/// Who is at the command line, for the audit.
fn administrator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    format!("{} (command line)", named.unwrap_or_else(|| "unnamed".to_owned()))
}

/// The public keys of the vendor's roots.
pub(crate) fn roots(config: &Config) -> Result<Vec<PublicKey>, Failure> {
    config.trust.iter().map(|path| keyfile::read_public(path)).collect()
}

/// What an administrator set once for all.
pub(crate) fn policy(config: &Config) -> Policy {
    let assignment = match config.assign {
        Assign::Automatic => Assignment::Automatic,
        Assign::Manual => Assignment::Manual,
    };
    Policy { assignment, trial: config.trial, updates: config.updates.caution, ..Policy::default() }
}

/// Whether what a command does is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is done.
    Changes,
    /// It is done in a transaction that is undone: only what would happen is told.
    Nothing,
}

impl Keep {
    pub(crate) const fn unless(dry_run: bool) -> Self {
        if dry_run { Self::Nothing } else { Self::Changes }
    }
}

/// A server whose ledger is open.
pub(crate) struct Site {
    pub(crate) config: Config,
    pub(crate) key: ServerKey,
    pub(crate) store: AnyStore,
    administrator: String,
}

/// How a transaction ends that keeps nothing.
enum Undone<R> {
    Told(R),
    Failed(Failure),
}

impl<R> From<StoreError> for Undone<R> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Site {
    /// Reads the ledger, on one consistent state.
    pub(crate) fn read<R>(&mut self, work: impl FnOnce(&mut Book<'_>) -> Result<R, Failure>) -> Result<R, Failure> {
        let Self { config, key, store, administrator } = self;
        store.snapshot(|tx| {
            // Nothing is decided, so nothing is random.
            let mut random = |slot: &mut [u8]| slot.fill(0);
            let book = Book::open(tx, clock::now(), policy(config), key, &mut random)?;
            work(&mut book.on_behalf_of(Actor::Administrator(administrator)))
        })
    }

    /// Changes the ledger in one transaction, in the administrator's name.
    pub(crate) fn change<R>(
        &mut self,
        keep: Keep,
        mut work: impl FnMut(&mut Book<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let Self { config, key, store, administrator } = self;
        let outcome = store.transaction(|tx| {
            let mut has_failed = false;
            let mut random = |slot: &mut [u8]| has_failed |= getrandom::fill(slot).is_err();
            let done = Book::open(tx, clock::now(), policy(config), key, &mut random)
                .map_err(Failure::from)
                .and_then(|book| work(&mut book.on_behalf_of(Actor::Administrator(administrator))));
            match done {
                // A secret that was to be random and is not must not be kept.
                _ if has_failed => Err(Undone::Failed(no_randomness())),
                Err(failure) => Err(Undone::Failed(failure)),
                Ok(told) if keep == Keep::Nothing => Err(Undone::Told(told)),
                Ok(done) => Ok(done),
            }
        });
        match outcome {
            Ok(done) | Err(Undone::Told(done)) => Ok(done),
            Err(Undone::Failed(failure)) => Err(failure),
        }
    }
}

fn no_randomness() -> Failure {
    Failure::rights(
        "no-randomness",
        "the system gives no random numbers",
        "Nothing was changed. Try again when the system has started fully.",
    )
}

fn store_failure(error: StoreError, what: &str) -> Failure {
    let message = if what.is_empty() { error.to_string() } else { format!("{what}: {error}") };
    match error {
        StoreError::ReadOnly => Failure::rights(error.code(), message, error.next_step()),
        _ => Failure::usage(error.code(), message, error.next_step()),
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        store_failure(error, "")
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            _ => Self::no(error.code(), error.to_string(), error.next_step()),
        }
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Exists => Self::usage("file-exists", error, "Choose another name."),
            RestoreError::InUse => Self::no("in-use", error, "`systemctl stop hwlicense`, and then again."),
            RestoreError::Store(error) => error.into(),
            _ => Self::usage("restore", error, "Check both files."),
        }
    }
}

/// Why a file was not imported.
pub(crate) fn import_failure(path: &Path, error: ImportError) -> Failure {
    let what = format!("{} was not imported: {error}", path.display());
    match error {
        ImportError::Store(error) => error.into(),
        _ => Failure::no(error.code(), what, error.next_step()),
    }
}

/// The HWID of a client that is named by it, or by its name if only one has that name.
pub(crate) fn client_named(book: &mut Book<'_>, text: &str) -> Result<Hwid, Failure> {
    if let Ok(hwid) = text.parse() {
        return Ok(hwid);
    }
    let mut found: Vec<Hwid> = Vec::new();
    each_client(book, |client| {
        if client.name == text {
            found.extend(client.hwid);
        }
    })?;
    match found.as_slice() {
        [hwid] => Ok(*hwid),
        [] => Err(Failure::no(
            "unknown-client",
            format!("no client is called {text:?}"),
            "`hwlicense server clients` lists them; a client that never made contact is assigned with `server expect`.",
        )),
        several => Err(Failure::usage(
            "ambiguous-client",
            format!("{} clients are called {text:?}", several.len()),
            "Name it by its Hardware ID, which `hwlicense server clients` shows.",
        )),
    }
}
