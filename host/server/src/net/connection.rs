//! The life of one connection.

use core::fmt;
use core::future::Future;
use core::time::Duration;
use std::io;

use hwlicense::primary::FrameError;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::frame::{self, Frame, FrameEnd};
use super::room::Room;
use super::stop::Stop;
use super::stranger::{Stranger, TLS_HANDSHAKE};
use super::{Limits, Peer, Response, Scheme};

/// After how many seconds a client may come back for whom there is no room.
pub(super) const BUSY_RETRY_S: u32 = 10;
/// How long, and for how many bytes, a client is still listened to after the last word to it: closing
/// at once would make its system throw that word away.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 64 * 1024;

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The client closed it, after so many requests.
    Closed { requests: u32 },
    /// It made all the requests that one connection may make.
    Exhausted,
    /// The server stops.
    Stopping,
    /// Nothing came.
    Silent,
    /// It was kept and not used.
    Idle,
    /// A frame, or a handshake, took too long.
    Slow,
    /// A frame ended in the middle.
    CutOff,
    /// The client did not take its answer.
    NotTaken,
    /// There was no memory for its frame.
    NoRoom,
    /// There were too many connections.
    TurnedAway,
    /// It is none of ours.
    Stranger(Stranger),
    /// The handler did not understand the request.
    NotUnderstood(FrameError),
    /// The handshake of TLS failed.
    Handshake(io::Error),
    /// It broke.
    Broken(io::Error),
}

impl End {
    /// Whether somebody should hear of it: what an honest client in a good network does not cause.
    pub(super) const fn is_remarkable(&self) -> bool {
        matches!(
            self,
            Self::Slow
                | Self::NotTaken
                | Self::NoRoom
                | Self::TurnedAway
                | Self::Stranger(_)
                | Self::NotUnderstood(_)
                | Self::Handshake(_)
        )
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { requests } => write!(f, "closed by the client after {requests} requests"),
            Self::Exhausted => f.write_str("it made as many requests as one connection may (limits.requests_max)"),
            Self::Stopping => f.write_str("the server stops"),
            Self::Silent => f.write_str("nothing came in time (limits.first_byte_s)"),
            Self::Idle => f.write_str("it was kept open and not used (limits.idle_s)"),
            Self::Slow => f.write_str("a message did not come whole in time (limits.frame_s)"),
            Self::CutOff => f.write_str("a message ended in the middle"),
            Self::NotTaken => f.write_str("the client did not take its answer in time (limits.write_s)"),
            Self::NoRoom => f.write_str("the memory for unfinished messages is taken by other connections"),
            Self::TurnedAway => f.write_str("there are as many connections as there may be (limits.connections_max)"),
            Self::Stranger(stranger) => stranger.fmt(f),
            Self::NotUnderstood(error) => f.write_str(error.message()),
            Self::Handshake(error) => write!(f, "no TLS connection came about: {error}"),
            Self::Broken(error) => write!(f, "it broke: {error}"),
        }
    }
}

impl From<FrameEnd> for End {
    fn from(end: FrameEnd) -> Self {
        match end {
            FrameEnd::Closed => Self::Closed { requests: 0 },
            FrameEnd::CutOff => Self::CutOff,
            FrameEnd::NotAFrame(error, _) => Self::Stranger(Stranger::Frame(error)),
            FrameEnd::NoRoom => Self::NoRoom,
            FrameEnd::Broken(error) => Self::Broken(error),
        }
    }
}

/// A connection that was accepted, and what it shares with all others.
pub(super) struct Connection<'c, H> {
    pub(super) peer: Peer,
    pub(super) limits: Limits,
    pub(super) room: &'c Room,
    pub(super) handler: &'c H,
    pub(super) stop: Stop,
}

impl<H, F> Connection<'_, H>
where
    H: Fn(Purpose, Vec<u8>, Peer) -> F,
    F: Future<Output = Response>,
{
    /// Serves it until it ends.
    pub(super) async fn run(self, mut stream: TcpStream, tls: Option<&TlsAcceptor>) -> End {
        let Some(acceptor) = tls else { return self.requests(&mut stream).await };
        match timeout(self.limits.first_byte, first_byte(&stream)).await {
            Err(_) => return End::Silent,
            Ok(Err(error)) => return End::Broken(error),
            Ok(Ok(None)) => return End::Closed { requests: 0 },
            Ok(Ok(Some(TLS_HANDSHAKE))) => {}
            Ok(Ok(Some(_))) => return self.without_tls(&mut stream).await,
        }
        match timeout(self.limits.first_byte, acceptor.accept(stream)).await {
            Err(_) => End::Slow,
            Ok(Err(error)) => End::Handshake(error),
            Ok(Ok(mut stream)) => self.requests(&mut stream).await,
        }
    }

    /// Something without TLS on a port with it.
    async fn without_tls(&self, stream: &mut TcpStream) -> End {
        let mut head = [0; FRAME_HEAD_BYTES];
        match timeout(self.limits.frame, frame::read_head_rest(stream, &mut head, 0)).await {
            Err(_) => End::Slow,
            Ok(Err(end)) => end.into(),
            Ok(Ok(())) => self.turn_away(stream, head).await,
        }
    }

    /// One request after the other.
    async fn requests<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S) -> End {
        let mut wait = self.limits.first_byte;
        for requests in 0..self.limits.requests_max {
            if self.stop.is_requested() && requests > 0 {
                return last_word(stream, &[], End::Stopping).await;
            }
            let frame = match self.next(stream, wait).await {
                Ok(frame) => frame,
                Err(End::Closed { .. }) => return End::Closed { requests },
                Err(End::Silent) if requests > 0 => return last_word(stream, &[], End::Idle).await,
                Err(end) => return end,
            };
            let Frame { purpose, body, places } = frame;
            let response = (self.handler)(purpose, body, self.peer).await;
            drop(places);
            let bytes = frame::encode(purpose, &response);
            if let Response::NotUnderstood(error) = response {
                return last_word(stream, &bytes, End::NotUnderstood(error)).await;
            }
            match timeout(self.limits.write, frame::send(stream, &bytes)).await {
                Err(_) => return End::NotTaken,
                Ok(Err(error)) => return End::Broken(error),
                Ok(Ok(())) => wait = self.limits.idle,
            }
        }
        last_word(stream, &[], End::Exhausted).await
    }

    /// The next frame, or why there is none.
    async fn next<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S, wait: Duration) -> Result<Frame, End> {
        let mut head = [0; FRAME_HEAD_BYTES];
        let filled = tokio::select! {
            // What has come already is still answered when the server stops.
            biased;
            first = timeout(wait, frame::read_first(stream, &mut head)) => first.map_err(|_| End::Silent)??,
            () = self.stop.requested() => return Err(last_word(stream, &[], End::Stopping).await),
        };
        let rest = timeout(self.limits.frame, frame::read_rest(stream, head, filled, self.room)).await;
        match rest.map_err(|_| End::Slow)? {
            Ok(frame) => Ok(frame),
            Err(FrameEnd::NotAFrame(_, head)) => Err(self.turn_away(stream, head).await),
            Err(FrameEnd::NoRoom) => {
                let busy = frame::encode(Purpose::Licensing, &Response::Busy(BUSY_RETRY_S));
                Err(last_word(stream, &busy, End::NoRoom).await)
            }
            Err(end) => Err(end.into()),
        }
    }

    /// Says to what is not our protocol that it is wrong here.
    async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S, head: [u8; FRAME_HEAD_BYTES]) -> End {
        let stranger = Stranger::of(head, self.peer.scheme);
        last_word(stream, &stranger.answer(self.peer.scheme), End::Stranger(stranger)).await
    }
}

/// The first byte, which stays where it is; none if the connection was closed.
async fn first_byte(stream: &TcpStream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let count = stream.peek(&mut byte).await?;
    let [byte] = byte;
    Ok((count > 0).then_some(byte))
}

/// Tells a client for whom there is no room when it may come back. On a port with TLS there would
/// first have to be a handshake, which is what there is no room for.
pub(super) async fn turn_away_busy(mut stream: TcpStream, scheme: Scheme) -> End {
    let busy = frame::encode(Purpose::Licensing, &Response::Busy(BUSY_RETRY_S));
    let bytes = if scheme == Scheme::Tls { &[] } else { busy.as_slice() };
    last_word(&mut stream, bytes, End::TurnedAway).await
}

/// Sends the last bytes, and listens for a moment until the client has closed.
async fn last_word<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8], end: End) -> End {
    let farewell = async {
        frame::send(stream, bytes).await?;
        stream.shutdown().await?;
        let mut passed_over = [0; 1024];
        let mut count = 0usize;
        while count < LINGER_BYTES_MAX {
            match stream.read(&mut passed_over).await? {
                0 => break,
                more => count = count.saturating_add(more),
            }
        }
        io::Result::Ok(())
    };
    // Whether it arrived changes nothing: the connection is over.
    let _ = timeout(LINGER, farewell).await;
    end
}
