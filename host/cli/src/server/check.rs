//! `serve --check`: whether the server can run, each thing with cause and cure.

use std::path::Path;

use hwlicense::time::UnixSeconds;
use hwlicense_server::config::Config;
use hwlicense_server::ledger::ServerKey;
use hwlicense_server::service;
use hwlicense_server::store::{Access, AnyStore, EntitlementRow, LedgerRow, Store as _};
use serde_json::{Value, json};

use super::site::{SiteArgs, open_ledger, roots};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, table};

/// No clock is right that shows less: 2026-11-01.
const CLOCK_MIN: UnixSeconds = UnixSeconds(1_793_491_200);
/// Nor one that shows more: 2100-01-01.
const CLOCK_MAX: UnixSeconds = UnixSeconds(4_102_444_800);
/// Open files that a server needs beside its connections.
const FILES_BESIDE: u64 = 64;

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Good,
    /// The server runs, and somebody will miss something.
    Warning,
    /// The server cannot run, or is not safe.
    Wrong,
    /// Missing rights keep this command, or the server, from knowing.
    Denied,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
            Self::Denied => "denied",
        }
    }

    const fn exit(self) -> Exit {
        match self {
            Self::Good | Self::Warning => Exit::Done,
            Self::Wrong => Exit::No,
            Self::Denied => Exit::Rights,
        }
    }
}

/// What was found out about one thing.
pub(super) struct Finding {
    subject: &'static str,
    pub(super) state: State,
    pub(super) message: String,
    pub(super) next_step: String,
}

impl Finding {
    fn good(subject: &'static str, message: String) -> Self {
        Self { subject, state: State::Good, message, next_step: String::new() }
    }

    fn warning(subject: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { subject, state: State::Warning, message: message.into(), next_step: next_step.into() }
    }

    fn wrong(subject: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { subject, state: State::Wrong, message: message.into(), next_step: next_step.into() }
    }

    fn failed(subject: &'static str, failure: Failure) -> Self {
        let state = if failure.exit == Exit::Rights { State::Denied } else { State::Wrong };
        Self { subject, state, message: failure.message, next_step: failure.next_step }
    }
}

/// Looks at everything, and opens what the server would open.
pub(super) fn run(args: &SiteArgs, output: Output) -> Outcome {
    let config = args.config()?;
    let mut findings = look(args, &config);
    findings.extend([ports(&config), administration(&config)]);
    let exit = findings.iter().fold(Exit::Done, |worst, finding| worst.worse(finding.state.exit()));
    if output.json {
        let rows: Vec<Value> = findings
            .iter()
            .map(|finding| {
                json!({ "subject": finding.subject, "state": finding.state.word(), "message": finding.message,
                        "next_step": finding.next_step })
            })
            .collect();
        output.object("serve-check", json!({ "can_serve": exit == Exit::Done, "findings": rows }))?;
    } else {
        let rows = findings.iter().map(|finding| {
            let next =
                if finding.next_step.is_empty() { String::new() } else { format!("\nnext: {}", finding.next_step) };
            vec![finding.state.word().to_owned(), finding.subject.to_owned(), format!("{}{next}", finding.message)]
        });
        output.line(&table(None, rows))?;
    }
    Ok(exit)
}

/// Looks at everything but the ports.
pub(super) fn look(args: &SiteArgs, config: &Config) -> Vec<Finding> {
    let key = args.key(config);
    let ledger = ledger(config, key.as_ref().ok());
    let mut findings = vec![
        match key {
            Ok(key) => key_file(&config.key, &key),
            Err(failure) => Finding::failed("key", failure),
        },
        trust(config),
    ];
    findings.extend(ledger);
    findings.extend([the_clock(), open_files(config)]);
    findings
}

fn key_file(path: &Path, key: &ServerKey) -> Finding {
    if is_open_to_others(path) {
        let message =
            format!("{} may be read by others: whoever has the key can sign leases of this site", path.display());
        return Finding::wrong("key", message, format!("chmod 600 {}", path.display()));
    }
    Finding::good("key", format!("{}: key {}", path.display(), key.id()))
}

/// Whether anybody but the owner may do something with a file.
fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn trust(config: &Config) -> Finding {
    match roots(config) {
        Err(failure) => Finding::failed("trust", failure),
        Ok(roots) if roots.is_empty() => Finding::warning(
            "trust",
            "no root of the vendor is named: entitlements cannot be imported",
            "Name the vendor's public key under `trust` in the configuration.",
        ),
        Ok(roots) => {
            let ids: Vec<String> = roots.iter().map(|root| root.id().to_string()).collect();
            Finding::good("trust", format!("root {}", ids.join(", ")))
        }
    }
}

/// What the ledger is, and what clients will believe of it.
fn ledger(config: &Config, key: Option<&ServerKey>) -> Vec<Finding> {
    let place = &config.database;
    let read = open_ledger(place, Access::Read).and_then(|mut store| {
        if let AnyStore::Sqlite(store) = &mut store {
            store.check_integrity()?;
        }
        store.snapshot(|tx| Ok::<_, Failure>((tx.ledger()?, tx.entitlements()?)))
    });
    let (ledger, entitlements) = match read {
        Ok((Some(ledger), entitlements)) => (ledger, entitlements),
        Ok((None, _)) => {
            let cure = "Make a server with `hwlicense server init DIR`, or put a backup back.";
            return vec![Finding::wrong("ledger", format!("{place}: no ledger was founded there"), cure)];
        }
        Err(failure) => return vec![Finding::failed("ledger", failure)],
    };
    let mut findings = vec![Finding::good("ledger", format!("{place}: epoch {}", ledger.epoch))];
    if place.file().is_some_and(is_open_to_others) {
        findings.push(Finding::warning(
            "ledger",
            format!("{place} may be read by others, and it holds the clients' secrets"),
            format!("chmod 600 {place}"),
        ));
    }
    findings.push(entitled(&ledger, key, &entitlements));
    findings
}

/// Whether there is something to give, and whether this server's key may give it: what another key signs,
/// no client believes.
fn entitled(ledger: &LedgerRow, key: Option<&ServerKey>, entitlements: &[EntitlementRow]) -> Finding {
    let count = entitlements.len();
    if count > 0 && key.is_some_and(|key| !entitlements.iter().any(|row| key.may_serve(row))) {
        return Finding::wrong(
            "licenses",
            "the entitlements of this ledger are for a server with another key",
            "Copy the key file of the server that the ledger belongs to; all servers of a ledger have the same. Was \
             the key lost: send the vendor what `hwlicense server show --registration FILE` writes, and import what \
             comes back.",
        );
    }
    if count > 0 {
        return Finding::good("licenses", format!("{count} entitlements were imported"));
    }
    let id = hwlicense_server::registration::digits(&ledger.id);
    let key = key.map_or_else(String::new, |key| format!(", key {}", key.id()));
    Finding::warning(
        "licenses",
        format!("no entitlement was imported: no client will believe this server (server {id}{key})"),
        "Send the vendor what `hwlicense server show --registration FILE` writes, and import what comes back with \
         `hwlicense server import FILE`.",
    )
}

fn the_clock() -> Finding {
    let now = clock::now();
    if (CLOCK_MIN..CLOCK_MAX).contains(&now) {
        return Finding::good("clock", clock::show(now));
    }
    Finding::wrong(
        "clock",
        format!("the clock says {}, which cannot be: leases would end at once, or never", clock::show(now)),
        "Set the clock, and let it be kept by NTP (`timedatectl`).",
    )
}

/// Whether there may be as many connections as are wanted.
fn open_files(config: &Config) -> Finding {
    let wanted = u64::from(config.limits.connections_max).saturating_add(FILES_BESIDE);
    match open_files_max() {
        Some(max) if max < wanted => Finding::warning(
            "open files",
            format!("{max} may be open, and {} connections need {wanted}", config.limits.connections_max),
            "Raise LimitNOFILE in the unit (`ulimit -n` in a shell), or lower limits.connections_max.",
        ),
        Some(max) => Finding::good("open files", format!("{max} may be open")),
        None => Finding::good("open files", "the system does not say how many may be open".to_owned()),
    }
}

/// How many files this process may have open, as Linux tells it.
fn open_files_max() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// Opens the administration's port, and closes it again. Clients are served without it.
fn administration(config: &Config) -> Finding {
    let subject = "administration";
    match (hwlicense_admin::try_port(config), config.admin.listen) {
        (Ok(()), None) => Finding::good(subject, "off: admin.listen names no address".to_owned()),
        (Ok(()), Some(address)) => Finding::good(subject, format!("{address} can be listened on")),
        (Err(error), _) => Finding::warning(subject, error.to_string(), error.cure()),
    }
}

/// Opens the ports, with TLS where it is asked for, and closes them again.
fn ports(config: &Config) -> Finding {
    match service::try_ports(config) {
        Ok(()) => {
            let addresses: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
            Finding::good("ports", format!("{} can be listened on", addresses.join(", ")))
        }
        Err(error) => Finding::wrong("ports", error.to_string(), error.cure()),
    }
}
