//! What is wrong with a configuration, and where.

use core::fmt;
use std::io;
use std::path::PathBuf;

use super::settings::Setting;

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the file, on this line.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// In this variable of the environment.
    Variable(String),
    /// After `--set`, with this key.
    Flag(String),
    /// In several places.
    Together,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(key) => write!(f, "--set {key}"),
            Self::Together => f.write_str("configuration"),
        }
    }
}

/// What is wrong.
#[derive(Debug)]
pub enum Problem {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file is longer than a configuration can be.
    TooLong,
    /// It is no TOML.
    Syntax(String),
    /// There is no such setting; these are there.
    UnknownKey {
        /// As it was written.
        key: String,
        /// Keys of the same table.
        known: String,
    },
    /// The value is none that the setting takes.
    WrongValue {
        /// The setting.
        key: &'static str,
        /// What was written.
        found: String,
        /// What it takes.
        expected: String,
    },
    /// Nothing is listened on.
    NoListener,
    /// Of certificate and key only one is named.
    TlsIncomplete,
    /// A port with TLS, and no certificate.
    TlsMissing,
    /// Other machines could reach the administration without TLS.
    AdminExposed,
}

/// One thing that is wrong with a configuration. Its text names file, line, key and what was expected.
#[derive(Debug)]
pub struct ConfigError {
    /// Where.
    pub origin: Origin,
    /// What.
    pub problem: Problem,
}

impl ConfigError {
    pub(super) const fn together(problem: Problem) -> Self {
        Self { origin: Origin::Together, problem }
    }

    /// Nothing has this name.
    pub(super) fn unknown(origin: Origin, name: &str) -> Self {
        let known = match &origin {
            Origin::Variable(_) => Setting::all().map(Setting::variable).collect::<Vec<_>>(),
            _ => {
                let table = name.rsplit_once('.').map_or("", |(table, _)| table);
                let in_table =
                    Setting::all().filter(|setting| setting.table() == table).map(|setting| setting.key.to_owned());
                let in_table: Vec<_> = in_table.collect();
                if in_table.is_empty() {
                    Setting::all().map(|setting| setting.key.to_owned()).collect()
                } else {
                    in_table
                }
            }
        };
        Self { origin, problem: Problem::UnknownKey { key: name.to_owned(), known: known.join(", ") } }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        match &self.problem {
            Problem::Unreadable(error) => write!(
                f,
                "cannot be read: {error}; name the file with --config, or make one with `hwlicense server init DIR`"
            ),
            Problem::TooLong => f.write_str("is longer than a configuration can be: is it the right file?"),
            Problem::Syntax(message) => write!(f, "is no TOML: {message}"),
            Problem::UnknownKey { key, known } => write!(f, "there is no setting {key}; there are: {known}"),
            Problem::WrongValue { key, found, expected } => write!(f, "{key} = {found}: expected {expected}"),
            Problem::NoListener => f.write_str("listen is empty: expected at least one address"),
            Problem::TlsIncomplete => f.write_str("tls.certificate and tls.key: expected both or neither"),
            Problem::TlsMissing => {
                f.write_str("a tls:// or https:// address is named: expected tls.certificate and tls.key beside it")
            }
            Problem::AdminExposed => f.write_str(
                "admin.listen: other machines could read tokens on the way; expected a loopback address, https://, or \
                 admin.insecure = true",
            ),
        }
    }
}

impl core::error::Error for ConfigError {}
