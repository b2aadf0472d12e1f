//! The configuration: one TOML file, above it the environment, above that the command line.
//!
//! | Room | One idea |
//! |---|---|
//! | `settings` | every setting: its key, what it is for, what it takes, where it goes |
//! | `value` | a value as it was written, and what a setting makes of it |
//! | `file` | keys and values of a TOML file, each with its line |
//! | `error` | what is wrong, and where |
//! | `web` | where administrators reach the server |
//! | `example` | a file with every setting, explained |
//!
//! A setting is described in one place. File, variable (`HWLICENSE_SERVER_LIMITS_IDLE_S`) and flag
//! (`--set limits.idle_s=30`) follow from its key, and so do the messages about it and the file that
//! `hwlicense server init` writes.

mod error;
mod example;
mod file;
mod settings;
mod value;
mod web;

use core::fmt;
use core::time::Duration;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::ledger::update::Caution;
use crate::net::{Address, Limits, Scheme};
use crate::store::Location;

pub use error::{ConfigError, Origin, Problem};
pub use example::example;
pub use web::{ADMIN_PORT, Admin, WebAddress, WebAddressError};

use settings::Setting;

/// What begins the name of each variable of the environment.
pub const VARIABLE_PREFIX: &str = "HWLICENSE_SERVER_";

/// Which clients get a licence by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assign {
    /// Every client that fits gets one while there is room.
    #[default]
    Automatic,
    /// Only one that has a licence key, or that an administrator gave one.
    Manual,
}

/// In which form log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people and for journald.
    #[default]
    Text,
    /// One JSON object on each line.
    Json,
}

/// Which log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// What somebody has to mend.
    Error,
    /// And what may become that.
    Warn,
    /// And each request.
    #[default]
    Info,
    /// And each connection.
    Debug,
    /// And everything.
    Trace,
}

/// Certificate and key of ports with TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate with its chain, in PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, in PEM.
    pub key: Option<PathBuf>,
}

/// How updates are rolled out and handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Updates {
    /// How careful a roll-out is.
    pub caution: Caution,
    /// MiB of images that are kept in memory.
    pub cache_mib: u32,
    /// Fetches of one device in a second.
    pub device_per_s: u32,
    /// MiB in a second, over all downloads; 0 for no limit.
    pub rate_mib_s: u32,
}

impl Default for Updates {
    fn default() -> Self {
        Self { caution: Caution::default(), cache_mib: 64, device_per_s: 200, rate_mib_s: 0 }
    }
}

/// The configuration of a Primary Server. Secrets are in files that it names; the one that it may hold
/// itself, the password of a database, is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: Vec<Address>,
    /// For ports with TLS.
    pub tls: TlsFiles,
    /// Where the ledger is.
    pub database: Location,
    /// How many connections change a ledger behind a network at the same time.
    pub database_connections: u32,
    /// The server's private key.
    pub key: PathBuf,
    /// Public keys of the vendor's roots.
    pub trust: Vec<PathBuf>,
    /// Which clients get a licence by themselves.
    pub assign: Assign,
    /// Whether a client without a licence may have the trial, where the vendor gave one.
    pub trial: bool,
    /// What every client has to keep to.
    pub limits: Limits,
    /// Time between two requests of one device, on the average.
    pub device_interval: Duration,
    /// How administrators reach the server.
    pub admin: Admin,
    /// How updates are rolled out and handed out.
    pub updates: Updates,
    /// In which form log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub log_level: LogLevel,
}

impl Default for Config {
    fn default() -> Self {
        let all = core::net::SocketAddr::from(([0, 0, 0, 0], hwlicense::primary::frame::PORT));
        Self {
            listen: vec![Address { scheme: Scheme::Plain, socket: all }],
            tls: TlsFiles::default(),
            database: Location::Sqlite("ledger.sqlite".into()),
            database_connections: 4,
            key: "server.key".into(),
            trust: Vec::new(),
            assign: Assign::default(),
            trial: true,
            limits: Limits::default(),
            device_interval: Duration::from_secs(2),
            admin: Admin::default(),
            updates: Updates::default(),
            log_format: LogFormat::default(),
            log_level: LogLevel::default(),
        }
    }
}

impl Config {
    /// Loads a configuration: the file, over it the variables of the environment whose names begin
    /// with [`VARIABLE_PREFIX`], over them settings written as `key=value`.
    ///
    /// Paths in the file are taken from its folder, all others from the working folder.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn load(
        file: &Path,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: &[String],
    ) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut config = Self::default();
        // Files that nobody names lie beside the configuration as well.
        config.key = folder.join(&config.key);
        if let Location::Sqlite(path) = &mut config.database {
            *path = folder.join(&path);
        }
        match file::read(file) {
            Ok(entries) => {
                for entry in entries {
                    let origin = Origin::File { path: file.to_owned(), line: entry.line };
                    match Setting::by_key(&entry.key) {
                        Some(setting) => errors.extend(setting.put(&mut config, &entry.value, folder, origin).err()),
                        None => errors.push(ConfigError::unknown(origin, &entry.key)),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
        for (name, text) in environment {
            errors.extend(config.put_variable(&name, &text).err());
        }
        for flag in flags {
            errors.extend(config.put_flag(flag).err());
        }
        if errors.is_empty() {
            errors.extend(config.contradiction());
        }
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }

    /// How often the ledger has to be open to be changed: a file is changed by one at a time.
    #[must_use]
    pub const fn connections(&self) -> u32 {
        match self.database {
            Location::Sqlite(_) => 1,
            Location::Postgres(_) => self.database_connections,
        }
    }

    fn put_variable(&mut self, name: &OsString, text: &OsString) -> Result<(), ConfigError> {
        let name = name.to_string_lossy();
        if !name.starts_with(VARIABLE_PREFIX) {
            return Ok(());
        }
        let origin = Origin::Variable(name.clone().into_owned());
        let setting = Setting::by_variable(&name).ok_or_else(|| ConfigError::unknown(origin.clone(), name.as_ref()))?;
        setting.put_text(self, &text.to_string_lossy(), origin)
    }

    fn put_flag(&mut self, flag: &str) -> Result<(), ConfigError> {
        let (key, text) = flag.split_once('=').unwrap_or((flag, ""));
        let origin = Origin::Flag(key.trim().to_owned());
        let setting = Setting::by_key(key.trim()).ok_or_else(|| ConfigError::unknown(origin.clone(), key.trim()))?;
        setting.put_text(self, text.trim(), origin)
    }

    /// Settings that are right each by itself and do not go together.
    fn contradiction(&self) -> Option<ConfigError> {
        let wants_tls = self.listen.iter().any(|address| address.scheme == Scheme::Tls);
        let admin_wants_tls = self.admin.listen.is_some_and(|address| address.is_tls);
        match (&self.tls.certificate, &self.tls.key) {
            _ if self.listen.is_empty() => Some(ConfigError::together(Problem::NoListener)),
            (None, Some(_)) | (Some(_), None) => Some(ConfigError::together(Problem::TlsIncomplete)),
            _ if self.admin.is_exposed() => Some(ConfigError::together(Problem::AdminExposed)),
            (None, None) if wants_tls || admin_wants_tls => Some(ConfigError::together(Problem::TlsMissing)),
            _ => None,
        }
    }
}

/// Everything that is wrong with a configuration: at least one error, one on each line.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for ConfigErrors {}
