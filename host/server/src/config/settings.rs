//! Every setting: its key, what it is for, what it takes, where it goes.

use std::path::Path;

use super::error::{ConfigError, Origin, Problem};
use super::value::{Choice, Field, Value};
use super::{Assign, Config, LogFormat, LogLevel, VARIABLE_PREFIX};

/// One setting.
pub(super) struct Setting {
    /// Its key with the table before it.
    pub(super) key: &'static str,
    /// What it is for: sentences for the administrator.
    pub(super) about: &'static str,
    pub(super) field: Field,
}

/// All settings, in the order in which the example shows them; those of a table stand together.
const SETTINGS: &[Setting] = &[
    Setting {
        key: "listen",
        about: "Where clients reach this server. 0.0.0.0 means all IPv4 addresses of this machine, [::] also those of \
                IPv6. The port must be the one that is set on the clients. tls:// needs the table [tls].",
        field: Field::Addresses(|config| &mut config.listen),
    },
    Setting {
        key: "database",
        about: "What was given to whom: a file on a local disk (not on NFS, not on a RAM disk), or \
                postgres://USER@HOST/DATABASE for several servers (docs/postgresql.md; the password is better kept in \
                a file that PGPASSFILE names).",
        field: Field::Location(|config| &mut config.database),
    },
    Setting {
        key: "database_connections",
        about: "Connections to PostgreSQL by which this server changes the ledger. A few more only read. A ledger in \
                a file needs none.",
        field: Field::Count { min: 1, max: 64, place: |config| &mut config.database_connections },
    },
    Setting {
        key: "key",
        about: "The server's private key. Whoever reads it can give out this site's licences, and nothing else.",
        field: Field::Path(|config| &mut config.key),
    },
    Setting {
        key: "trust",
        about: "Public keys of the vendor's roots, by which entitlements are checked when they are imported.",
        field: Field::Paths(|config| &mut config.trust),
    },
    Setting {
        key: "assign",
        about: "automatic: a client gets a licence while there is room. manual: only one with a licence key, or one \
                that `hwlicense server assign` names.",
        field: Field::Choice(Choice {
            words: &["automatic", "manual"],
            put: |config, index| config.assign = if index == 0 { Assign::Automatic } else { Assign::Manual },
            index: |config| usize::from(config.assign == Assign::Manual),
        }),
    },
    Setting {
        key: "trial",
        about: "Whether a client without a licence may have the trial, if the vendor gave one: once per machine.",
        field: Field::Switch(|config| &mut config.trial),
    },
    Setting {
        key: "tls.certificate",
        about: "The certificate of tls:// addresses with its chain, in PEM.",
        field: Field::OptionalPath(|config| &mut config.tls.certificate),
    },
    Setting {
        key: "tls.key",
        about: "Its private key, in PEM and unencrypted.",
        field: Field::OptionalPath(|config| &mut config.tls.key),
    },
    Setting {
        key: "limits.connections_max",
        about: "Connections at once, on all ports together. One more is told to come back in 10 seconds. Each takes \
                one open file (LimitNOFILE).",
        field: Field::Count { min: 1, max: 65_536, place: |config| &mut config.limits.connections_max },
    },
    Setting {
        key: "limits.requests_max",
        about: "Requests on one connection; after them it is closed.",
        field: Field::Count { min: 1, max: 1_000_000, place: |config| &mut config.limits.requests_max },
    },
    Setting {
        key: "limits.device_interval_s",
        about: "Seconds between two requests of one device from one address, on the average; 0 for no limit. After a \
                pause it may ask four times at once; one that asks more often is told when to come back.",
        field: Field::Seconds { min: 0, max: 3_600, place: |config| &mut config.device_interval },
    },
    Setting {
        key: "limits.first_byte_s",
        about: "Seconds until the first byte of a new connection, and for the handshake of TLS.",
        field: Field::Seconds { min: 1, max: 300, place: |config| &mut config.limits.first_byte },
    },
    Setting {
        key: "limits.frame_s",
        about: "Seconds from the first byte of a request to its last.",
        field: Field::Seconds { min: 1, max: 300, place: |config| &mut config.limits.frame },
    },
    Setting {
        key: "limits.idle_s",
        about: "Seconds that a connection may be kept open between two requests.",
        field: Field::Seconds { min: 1, max: 3_600, place: |config| &mut config.limits.idle },
    },
    Setting {
        key: "limits.write_s",
        about: "Seconds that a client may take to receive an answer.",
        field: Field::Seconds { min: 1, max: 300, place: |config| &mut config.limits.write },
    },
    Setting {
        key: "limits.drain_s",
        about: "Seconds that requests in work may take when the server stops.",
        field: Field::Seconds { min: 0, max: 300, place: |config| &mut config.limits.drain },
    },
    Setting {
        key: "admin.listen",
        about: "Where administrators reach pages, API and metrics with a browser or a program.",
        field: Field::Web(|config| &mut config.admin.listen),
    },
    Setting {
        key: "admin.hosts",
        about: "Names by which administrators reach it, beside its address and localhost. A request for another name \
                is refused, so that no foreign page can reach it through a name of its own.",
        field: Field::Texts(|config| &mut config.admin.hosts),
    },
    Setting {
        key: "admin.insecure",
        about: "Whether it may be reached from other machines without TLS. Then whoever can listen on the way reads \
                tokens: only behind a proxy of your own.",
        field: Field::Switch(|config| &mut config.admin.insecure),
    },
    Setting {
        key: "admin.systems",
        about: "System files that the pages show, with what would be lost if one of their servers failed.",
        field: Field::Paths(|config| &mut config.admin.systems),
    },
    Setting {
        key: "updates.at_once",
        about: "Clients that may be at work on an update before anybody has installed it. As many more may as have \
                installed it. No more than these get a bad image before it is paused.",
        field: Field::Count { min: 1, max: 1_000_000, place: |config| &mut config.updates.caution.at_once },
    },
    Setting {
        key: "updates.attempts_max",
        about: "How often an update may fail on a client before it is not offered to it any more.",
        field: Field::Count { min: 1, max: 100, place: |config| &mut config.updates.caution.attempts_max },
    },
    Setting {
        key: "updates.failures_min",
        about: "Clients on which an update must have failed before it is paused by itself.",
        field: Field::Count { min: 1, max: 1_000_000, place: |config| &mut config.updates.caution.failures_min },
    },
    Setting {
        key: "updates.failures_percent",
        about: "Which part that must be of all clients that came to an end with it, in hundredths.",
        field: Field::Count { min: 1, max: 100, place: |config| &mut config.updates.caution.failures_percent },
    },
    Setting {
        key: "updates.cache_mib",
        about: "MiB of images that are kept in memory.",
        field: Field::Count { min: 0, max: 65_536, place: |config| &mut config.updates.cache_mib },
    },
    Setting {
        key: "updates.device_per_s",
        about: "Chunks that one device may fetch in a second. One that fetches more is told to wait.",
        field: Field::Count { min: 1, max: 100_000, place: |config| &mut config.updates.device_per_s },
    },
    Setting {
        key: "updates.rate_mib_s",
        about: "MiB that all downloads together may take in a second; 0 for no limit.",
        field: Field::Count { min: 0, max: 100_000, place: |config| &mut config.updates.rate_mib_s },
    },
    Setting {
        key: "log.format",
        about: "text: for people and for journald. json: one object on each line.",
        field: Field::Choice(Choice {
            words: &["text", "json"],
            put: |config, index| config.log_format = if index == 0 { LogFormat::Text } else { LogFormat::Json },
            index: |config| usize::from(config.log_format == LogFormat::Json),
        }),
    },
    Setting {
        key: "log.level",
        about: "info has one line for each request; debug one for each connection as well. No level shows a secret.",
        field: Field::Choice(Choice {
            words: &["error", "warn", "info", "debug", "trace"],
            put: |config, index| config.log_level = LEVELS.get(index).copied().unwrap_or_default(),
            index: |config| LEVELS.iter().position(|level| *level == config.log_level).unwrap_or_default(),
        }),
    },
];

const LEVELS: [LogLevel; 5] = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];

impl Setting {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        SETTINGS.iter()
    }

    pub(super) fn by_key(key: &str) -> Option<&'static Self> {
        Self::all().find(|setting| setting.key == key)
    }

    pub(super) fn by_variable(name: &str) -> Option<&'static Self> {
        Self::all().find(|setting| setting.variable() == name)
    }

    /// The variable of the environment that sets it.
    pub(super) fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.key.replace('.', "_").to_uppercase())
    }

    /// Its table; empty for none.
    pub(super) fn table(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(table, _)| table)
    }

    /// Whether there is a table of this name.
    pub(super) fn is_table(name: &str) -> bool {
        Self::all().any(|setting| setting.table() == name)
    }

    /// Its key within its table.
    pub(super) fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    /// Takes a value from a file.
    pub(super) fn put(
        &self,
        config: &mut Config,
        value: &Value,
        folder: &Path,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        self.field.put(config, value, folder).ok_or_else(|| ConfigError {
            origin,
            problem: Problem::WrongValue {
                key: self.key,
                found: self.field.shown(value),
                expected: self.field.expected(),
            },
        })
    }

    /// Takes a text from the environment or the command line.
    pub(super) fn put_text(&self, config: &mut Config, text: &str, origin: Origin) -> Result<(), ConfigError> {
        self.put(config, &self.field.value_of_text(text), Path::new(""), origin)
    }
}
