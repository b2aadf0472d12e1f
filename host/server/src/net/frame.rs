//! One frame: read in time and in memory that grows with what really came; written in time.

use std::io;

use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head, write_any_head};
use hwlicense::primary::{Answer, FrameError};
use hwlicense::update::Fetched;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::Response;
use super::room::{FRAME_BYTES_FREE, Place, Room};

/// What precedes the bytes of a reply in a body: the number of the variant, and its length.
const REPLY_EXTRA_BYTES: usize = 8;

/// The body of a frame, what it is for, and its share of the room.
pub(super) struct Frame {
    pub(super) purpose: Purpose,
    pub(super) body: Vec<u8>,
    /// Goes back when the request has been answered.
    pub(super) places: Vec<Place>,
}

/// Why no frame came.
#[derive(Debug)]
pub(super) enum FrameEnd {
    /// The connection was closed before the first byte of it.
    Closed,
    /// It was closed in the middle.
    CutOff,
    /// What came does not begin like a frame; these are its first bytes.
    NotAFrame(FrameError, [u8; FRAME_HEAD_BYTES]),
    /// All the memory for frames is taken by others.
    NoRoom,
    /// The connection broke.
    Broken(io::Error),
}

impl From<io::Error> for FrameEnd {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Waits for the first bytes of a frame: how many of the head are there then.
pub(super) async fn read_first<S: AsyncRead + Unpin>(
    stream: &mut S,
    head: &mut [u8; FRAME_HEAD_BYTES],
) -> Result<usize, FrameEnd> {
    match stream.read(head).await? {
        0 => Err(FrameEnd::Closed),
        count => Ok(count),
    }
}

/// Reads the rest of a head.
pub(super) async fn read_head_rest<S: AsyncRead + Unpin>(
    stream: &mut S,
    head: &mut [u8; FRAME_HEAD_BYTES],
    mut filled: usize,
) -> Result<(), FrameEnd> {
    while let Some(slot) = head.get_mut(filled..).filter(|slot| !slot.is_empty()) {
        filled = filled.saturating_add(some_bytes(stream, slot).await?);
    }
    Ok(())
}

/// Reads the rest of a frame.
///
/// # Bounds
/// A frame whose declared length is too large is refused before anything is allocated. For any
/// other no more than twice of what came is allocated, and at most its length.
pub(super) async fn read_rest<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut head: [u8; FRAME_HEAD_BYTES],
    filled: usize,
    room: &Room,
) -> Result<Frame, FrameEnd> {
    read_head_rest(stream, &mut head, filled).await?;
    let (purpose, length) = read_any_head(head).map_err(|error| FrameEnd::NotAFrame(error, head))?;
    let mut frame = Frame { purpose, body: vec![0; length.min(FRAME_BYTES_FREE)], places: Vec::new() };
    let mut filled = 0usize;
    while filled < length {
        if filled == frame.body.len() {
            let grown = filled.saturating_mul(2).min(length);
            let more = grown.saturating_sub(filled);
            frame.places.push(room.frame_bytes(more).ok_or(FrameEnd::NoRoom)?);
            frame.body.reserve_exact(more);
            frame.body.resize(grown, 0);
        }
        let slot = frame.body.get_mut(filled..).unwrap_or_default();
        filled = filled.saturating_add(some_bytes(stream, slot).await?);
    }
    Ok(frame)
}

/// At least one byte into the slot.
async fn some_bytes<S: AsyncRead + Unpin>(stream: &mut S, slot: &mut [u8]) -> Result<usize, FrameEnd> {
    match stream.read(slot).await? {
        0 => Err(FrameEnd::CutOff),
        count => Ok(count),
    }
}

/// The bytes of an answer with what precedes them. An answer that is too large for a frame becomes
/// "busy": the client asks again, and goes on until then with what it has.
pub(super) fn encode(purpose: Purpose, response: &Response) -> Vec<u8> {
    let framed = |response| match purpose {
        Purpose::Licensing => answer_frame(response),
        Purpose::Updates => fetched_frame(response),
    };
    framed(response).or_else(|| framed(&Response::Busy(0))).unwrap_or_default()
}

fn answer_frame(response: &Response) -> Option<Vec<u8>> {
    let (answer, length) = match response {
        Response::Reply(bytes) => (Answer::Reply(bytes), bytes.len()),
        Response::Busy(retry_after_s) => (Answer::Busy(*retry_after_s), 0),
        Response::NotUnderstood(error) => (Answer::NotUnderstood(error.number()), 0),
        Response::Fetched(_) | Response::Refused(_) => return None,
    };
    let mut body = vec![0; length.saturating_add(REPLY_EXTRA_BYTES)];
    framed(Purpose::Licensing, answer.write(&mut body).ok()?)
}

fn fetched_frame(response: &Response) -> Option<Vec<u8>> {
    let fetched = match response {
        Response::Fetched(body) => return framed(Purpose::Updates, body),
        Response::Refused(refusal) => Fetched::Refused(refusal.number()),
        Response::Busy(retry_after_s) => Fetched::Busy(*retry_after_s),
        Response::NotUnderstood(error) => Fetched::Refused(error.number()),
        Response::Reply(_) => return None,
    };
    framed(Purpose::Updates, fetched.write(&mut [0; REPLY_EXTRA_BYTES]).ok()?)
}

fn framed(purpose: Purpose, body: &[u8]) -> Option<Vec<u8>> {
    let head = write_any_head(purpose, body.len()).ok()?;
    Some([&head[..], body].concat())
}

/// Sends bytes and makes sure that they leave.
pub(super) async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]
    use hwlicense::update::FetchRefusal;

    use super::*;

    #[test]
    fn answers_are_framed_and_an_oversized_one_becomes_busy() {
        let encode_answer = |response: &Response| encode(Purpose::Licensing, response);
        let bytes = encode_answer(&Response::Busy(10));
        assert_eq!(bytes, [0, 0, 0, 3, 1, 1, 10]);
        let reply = vec![7; 300];
        let bytes = encode_answer(&Response::Reply(reply.clone()));
        assert_eq!(Answer::parse(&bytes[FRAME_HEAD_BYTES..]), Ok(Answer::Reply(&reply)));
        assert_eq!(encode_answer(&Response::Reply(vec![0; 70_000])), encode_answer(&Response::Busy(0)));
    }

    #[test]
    fn what_was_fetched_is_framed_as_such() {
        let encode_fetched = |response: &Response| encode(Purpose::Updates, response);
        assert_eq!(encode_fetched(&Response::Busy(10)), [0, 0, 0, 3, 2, 2, 10]);
        let bytes = encode_fetched(&Response::Refused(FetchRefusal::NoSuchChunk));
        let refused = Fetched::Refused(FetchRefusal::NoSuchChunk.number());
        assert_eq!(Fetched::parse(&bytes[FRAME_HEAD_BYTES..]), Ok(refused));
        let bytes = encode_fetched(&Response::NotUnderstood(FrameError::Malformed));
        assert_eq!(Fetched::parse(&bytes[FRAME_HEAD_BYTES..]), Ok(Fetched::Refused(FrameError::Malformed.number())));
        let bytes = encode_fetched(&Response::Fetched(vec![7; 300].into()));
        assert_eq!((&bytes[..5], &bytes[5..]), (&[0, 0, 1, 45, 2][..], &[7; 300][..]));
    }

    #[test]
    fn a_buffer_is_never_more_than_twice_what_came() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let room = Room::new(1);
            let head = [0, 1, 0, 0, 1];
            for came in [0, 1, 2_047, 2_048, 2_049, 5_000, 65_534] {
                let (mut near, mut far) = tokio::io::duplex(70_000);
                far.write_all(&vec![9; came]).await.unwrap();
                drop(far);
                let end = read_rest(&mut near, head, FRAME_HEAD_BYTES, &room).await;
                assert!(matches!(end, Err(FrameEnd::CutOff)), "{came}");
            }
            let (mut near, mut far) = tokio::io::duplex(70_000);
            far.write_all(&vec![9; 65_535]).await.unwrap();
            let frame = read_rest(&mut near, head, FRAME_HEAD_BYTES, &room).await.unwrap();
            assert_eq!((frame.body.len(), frame.body.capacity()), (65_535, 65_535));
        });
    }
}
