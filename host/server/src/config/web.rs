//! Where administrators reach the server, and how.

use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;
use std::path::PathBuf;

/// The port of the administration unless something else is said: the one after the clients'.
pub const ADMIN_PORT: u16 = 16_771;

/// Where to listen: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// Whether connections are encrypted, with the certificate of the table `[tls]`.
    pub is_tls: bool,
    /// Address and port of this machine.
    pub socket: SocketAddr,
}

/// A text is no address of the web on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebAddressError;

impl FromStr for WebAddress {
    type Err = WebAddressError;

    fn from_str(text: &str) -> Result<Self, WebAddressError> {
        let (is_tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(WebAddressError),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let numbered = rest.strip_prefix("localhost").map(|port| format!("127.0.0.1{port}"));
        let rest = numbered.as_deref().unwrap_or(rest);
        let with_port = || format!("{rest}:{ADMIN_PORT}").parse().ok();
        let socket = rest.parse().ok().or_else(with_port).ok_or(WebAddressError)?;
        Ok(Self { is_tls, socket })
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_tls { "https" } else { "http" }, self.socket)
    }
}

/// How administrators reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Where; `None` for nowhere.
    pub listen: Option<WebAddress>,
    /// By which names, beside the address and localhost.
    pub hosts: Vec<String>,
    /// Whether other machines may reach it without TLS.
    pub insecure: bool,
    /// System files that are shown.
    pub systems: Vec<PathBuf>,
}

impl Default for Admin {
    fn default() -> Self {
        let socket = SocketAddr::from(([127, 0, 0, 1], ADMIN_PORT));
        let listen = Some(WebAddress { is_tls: false, socket });
        Self { listen, hosts: Vec::new(), insecure: false, systems: Vec::new() }
    }
}

impl Admin {
    /// Whether tokens would go over a network in the clear, and nobody said that they may.
    pub(super) fn is_exposed(&self) -> bool {
        !self.insecure && self.listen.is_some_and(|address| !address.is_tls && !address.socket.ip().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, shown) in [
            ("http://127.0.0.1:16771", "http://127.0.0.1:16771"),
            ("https://0.0.0.0", "https://0.0.0.0:16771"),
            ("http://localhost:8080/", "http://127.0.0.1:8080"),
            ("https://[::]", "https://[::]:16771"),
        ] {
            assert_eq!(text.parse::<WebAddress>().unwrap().to_string(), shown);
        }
        for text in ["", "127.0.0.1", "tcp://127.0.0.1:1", "http://", "http://site.example", "ftp://127.0.0.1"] {
            assert_eq!(text.parse::<WebAddress>(), Err(WebAddressError), "{text}");
        }
    }

    #[test]
    fn only_this_machine_may_go_without_tls() {
        let exposed = |text: &str, insecure| {
            Admin { listen: Some(text.parse().unwrap()), insecure, ..Admin::default() }.is_exposed()
        };
        assert!(!exposed("http://127.0.0.1", false) && !exposed("http://[::1]", false));
        assert!(exposed("http://0.0.0.0", false) && exposed("http://10.0.0.1", false) && exposed("http://[::]", false));
        assert!(!exposed("https://0.0.0.0", false) && !exposed("http://0.0.0.0", true));
        assert!(!Admin { listen: None, ..Admin::default() }.is_exposed());
    }
}
