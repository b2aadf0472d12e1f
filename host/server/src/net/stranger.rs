//! What is not our protocol, and what it is told.
//!
//! A browser on the port, a client with the wrong setting for TLS: whoever set it up should read
//! what is wrong, in the log and, where the other protocol has words for it, on the other side.

use core::fmt;

use hwlicense::primary::FrameError;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head};

use super::frame::encode;
use super::{Response, Scheme};

/// First byte of a TLS handshake (RFC 8446, 5.1).
pub(super) const TLS_HANDSHAKE: u8 = 22;
/// A fatal `handshake_failure` (RFC 8446, 6): the only words that a TLS client understands here.
const TLS_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];
/// How requests of HTTP begin (RFC 9110, 9), and the preface of HTTP/2.
const HTTP_BEGINNINGS: [&[u8; FRAME_HEAD_BYTES]; 11] =
    [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"DELET", b"CONNE", b"OPTIO", b"TRACE", b"PATCH", b"PRI *", b"GET h"];

/// What came instead of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// HTTP: a browser, or a check of a load balancer.
    Http,
    /// TLS on a port without it.
    Tls,
    /// Our protocol without TLS, on a port with it.
    PlainFrame,
    /// SSH.
    Ssh,
    /// A frame of ours that breaks a bound.
    Frame(FrameError),
}

impl Stranger {
    /// What begins with these bytes, on a port of this scheme.
    pub(super) fn of(head: [u8; FRAME_HEAD_BYTES], scheme: Scheme) -> Self {
        if HTTP_BEGINNINGS.iter().any(|beginning| **beginning == head) {
            return Self::Http;
        }
        match read_any_head(head) {
            _ if head.starts_with(b"SSH-") => Self::Ssh,
            _ if head.starts_with(&[TLS_HANDSHAKE, 3]) => Self::Tls,
            Ok(_) if scheme == Scheme::Tls => Self::PlainFrame,
            Ok(_) => Self::Frame(FrameError::Malformed),
            Err(error) => Self::Frame(error),
        }
    }

    /// What it is sent.
    pub(super) fn answer(self, scheme: Scheme) -> Vec<u8> {
        match self {
            Self::Http => http_answer(scheme),
            Self::Tls => TLS_ALERT.to_vec(),
            Self::PlainFrame | Self::Ssh => {
                encode(Purpose::Licensing, &Response::NotUnderstood(FrameError::NotThisProtocol))
            }
            Self::Frame(error) => encode(Purpose::Licensing, &Response::NotUnderstood(error)),
        }
    }
}

fn http_answer(scheme: Scheme) -> Vec<u8> {
    let text = format!(
        "This port is that of an hwlicense Primary Server ({scheme}). It gives licences to cameras and recording \
         servers in a protocol of its own and has no web page.\n\
         Enter its address and port in the device's setting \"Primary Server\". The administrator's command is \
         `hwlicense server`, on the machine of the server.\n"
    );
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
}

/// What happened and what to do, for the log.
impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP came: this port has no web page",
            Self::Tls => {
                "TLS came on a port without it: switch TLS off on the device, or give this port a certificate (tls://)"
            }
            Self::PlainFrame => {
                "a client without TLS came on a port with it: switch TLS on at the device, or name it a port without"
            }
            Self::Ssh => "SSH came: this is no port for it",
            Self::Frame(error) => error.message(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_told_apart() {
        let cases: [(&[u8; 5], Scheme, Stranger); 8] = [
            (b"GET /", Scheme::Plain, Stranger::Http),
            (b"POST ", Scheme::Tls, Stranger::Http),
            (b"\x16\x03\x01\x02\x00", Scheme::Plain, Stranger::Tls),
            (b"SSH-2", Scheme::Plain, Stranger::Ssh),
            (b"\x00\x00\x00\x30\x01", Scheme::Tls, Stranger::PlainFrame),
            (b"\x00\x00\x00\x30\x03", Scheme::Plain, Stranger::Frame(FrameError::UnsupportedVersion)),
            (b"\x00\x01\x00\x01\x01", Scheme::Plain, Stranger::Frame(FrameError::Size)),
            (b"\xff\xff\xff\xff\x01", Scheme::Plain, Stranger::Frame(FrameError::NotThisProtocol)),
        ];
        for (head, scheme, stranger) in cases {
            assert_eq!(Stranger::of(*head, scheme), stranger, "{head:?}");
            assert!(!stranger.answer(scheme).is_empty() && !stranger.to_string().is_empty());
        }
    }
}
