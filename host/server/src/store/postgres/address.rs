//! Which database of PostgreSQL, and how the way to it is protected.

use core::fmt;
use core::str::FromStr as _;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::passfile;

/// Who may listen between the server and the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Nobody is there: a socket of this machine, or a network that somebody answers for
    /// (`sslmode=disable`).
    None,
    /// TLS, and the database's certificate is checked with its name (`sslmode=verify-full`).
    Tls {
        /// The authorities that are believed (`sslrootcert`); `None` for those of the system.
        roots: Option<PathBuf>,
    },
}

/// A database of PostgreSQL, as its URL names it. What is shown of it holds no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    config: Box<Config>,
    shown: String,
    pub(super) protection: Protection,
}

impl Address {
    /// Reads a URL. `None` if it is none, or asks for a protection that would not hold: TLS without a
    /// look at the certificate (`require`, `prefer`, `allow`) keeps nobody out who can stand between.
    pub(in crate::store) fn parse(url: &str) -> Option<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=')? {
                ("sslmode", value) => mode = Some(value),
                ("sslrootcert", value) => roots = Some(PathBuf::from(decoded(value)?)),
                _ => rest.push(pair),
            }
        }
        let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let config = Box::new(Config::from_str(&plain).ok()?);
        // A password with an "@" that nobody encoded: half of it would be taken for a host, and shown.
        if config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains('@'))) {
            return None;
        }
        let is_local = config.get_hosts().iter().all(is_socket);
        let protection = match mode {
            Some("disable") => Protection::None,
            None if is_local => Protection::None,
            None | Some("verify-full") => Protection::Tls { roots },
            Some(_) => return None,
        };
        (!config.get_hosts().is_empty()).then(|| Self { shown: without_password(url), config, protection })
    }

    /// What a connection is made with. A password that the URL does not hold is looked for in the
    /// password file each time, so that it may change while the server runs.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::clone(&self.config);
        if config.get_password().is_none()
            && let Some(password) = passfile::password(&config)
        {
            config.password(password);
        }
        config
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn is_socket(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// The URL without what a password may stand in: `user:password@`, and the parameter of that name.
fn without_password(url: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = base.split_once("://").unwrap_or(("postgres", base));
    let base = match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => format!("{scheme}://{rest}"),
    };
    let shown: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("password")).collect();
    if shown.is_empty() { base } else { format!("{base}?{}", shown.join("&")) }
}

/// Undoes the percent encoding of a URL.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn no_form_of_an_address_shows_its_password() {
        for url in [
            "postgres://anna:hunter2@db.site:5433/ledger",
            "postgresql://anna:hunt%40hunter2@db.site/ledger?sslmode=disable",
            "postgres://anna@db.site/ledger?password=hunter2&sslmode=disable",
        ] {
            let address = Address::parse(url).unwrap();
            for shown in [address.to_string(), format!("{address:?}"), format!("{:#?}", address.config)] {
                assert!(!shown.contains("hunter2") && shown.contains("anna"), "{shown}");
            }
        }
    }

    #[test]
    fn half_a_password_is_no_host() {
        assert_eq!(Address::parse("postgresql://anna:hunt@hunter2@db.site/ledger"), None);
    }

    #[test]
    fn a_way_is_protected_unless_somebody_says_that_it_need_not_be() {
        let protection = |url: &str| Address::parse(url).map(|address| address.protection);
        let tls = |roots: Option<&str>| Some(Protection::Tls { roots: roots.map(PathBuf::from) });
        assert_eq!(protection("postgres://db.site/ledger"), tls(None));
        assert_eq!(protection("postgres://127.0.0.1/ledger"), tls(None));
        let named = "postgres://db.site/ledger?sslmode=verify-full&sslrootcert=%2Fetc/ca.pem&connect_timeout=3";
        assert_eq!(protection(named), tls(Some("/etc/ca.pem")));
        assert_eq!(protection("postgres://db.site/ledger?sslmode=disable"), Some(Protection::None));
        assert_eq!(protection("postgres://%2Fvar%2Frun%2Fpostgresql/ledger"), Some(Protection::None));
        for refused in ["require", "prefer", "allow", "verify-ca", ""] {
            assert_eq!(protection(&format!("postgres://db.site/ledger?sslmode={refused}")), None, "{refused}");
        }
        for broken in ["postgres://", "postgres://db.site:x/ledger", "postgres://db.site/l?sslrootcert=%2"] {
            assert_eq!(protection(broken), None, "{broken}");
        }
    }
}
