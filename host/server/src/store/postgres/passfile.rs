//! The password file of PostgreSQL: `PGPASSFILE`, or `.pgpass` in the home folder.
//!
//! Lines of `host:port:database:user:password`; an asterisk stands for anything, a backslash before a
//! colon or a backslash for that character.

use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tracing::warn;

/// Port of PostgreSQL where none is named.
const PORT: u16 = 5432;
/// No password file is longer.
const BYTES_MAX: u64 = 65_536;

/// The password for a connection, if there is a file and it holds one.
pub(super) fn password(config: &Config) -> Option<String> {
    let path = match std::env::var_os("PGPASSFILE") {
        Some(path) => PathBuf::from(path),
        None => Path::new(&std::env::var_os("HOME")?).join(".pgpass"),
    };
    let metadata = std::fs::metadata(&path).ok()?;
    if metadata.len() > BYTES_MAX || is_open_to_others(&metadata) {
        warn!(path = %path.display(), next_step = "chmod 600, as PostgreSQL itself asks for", "the password file is passed over");
        return None;
    }
    find(&std::fs::read_to_string(path).ok()?, config)
}

/// Whether anybody but the owner may read it.
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.permissions().mode() & 0o077 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

fn find(text: &str, config: &Config) -> Option<String> {
    let user = config.get_user()?;
    let database = config.get_dbname().unwrap_or(user);
    let port = config.get_ports().first().copied().unwrap_or(PORT).to_string();
    let hosts: Vec<String> = config.get_hosts().iter().map(name).collect();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = fields(line).into_iter();
        let mut is = |wanted: &dyn Fn(&str) -> bool| fields.next().is_some_and(|field| field == "*" || wanted(&field));
        let fits = is(&|host| hosts.iter().any(|name| name == host))
            && is(&|field| field == port)
            && is(&|field| field == database)
            && is(&|field| field == user);
        fits.then(|| fields.next()).flatten()
    })
}

/// A host as the file names it.
fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(_) => "localhost".to_owned(),
    }
}

/// The fields of a line; the fifth is the rest of it.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '\\' => characters.next(),
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                None
            }
            other => Some(other),
        };
        if let (Some(literal), Some(field)) = (literal, fields.last_mut()) {
            field.push(literal);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let config: Config = "postgres://anna@db.site:5433/ledger".parse().unwrap();
        for (text, password) in [
            ("db.site:5433:ledger:anna:one", Some("one")),
            ("# db.site:5433:ledger:anna:no\n*:*:*:anna:two\n*:*:*:*:three", Some("two")),
            ("db.site:5432:ledger:anna:no", None),
            ("other:*:*:*:no\n*:*:other:*:no\n*:*:*:bert:no", None),
            (r"*:*:*:*:a\:b\\c:d", Some(r"a:b\c:d")),
            ("*:*:*:anna", None),
            ("", None),
        ] {
            assert_eq!(find(text, &config).as_deref(), password, "{text}");
        }
        let socket: Config = "postgres://anna@%2Frun%2Fpg/ledger".parse().unwrap();
        assert_eq!(find("localhost:5432:ledger:anna:here", &socket).as_deref(), Some("here"));
    }
}
