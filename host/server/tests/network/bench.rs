//! A server whose handler is the test's, and clients in plain blocking code.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use hwlicense::primary::Answer;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_head, write_head};
use hwlicense_server::net::{Drained, Limits, Peer, Port, Response, Stopper, serve, stopper};
use rustls::ServerConfig;

/// Patience of a client.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stopper: Option<Stopper>,
    thread: Option<JoinHandle<Drained>>,
}

/// Sends back what came, after what the first word of it asks for.
async fn echo(_: Purpose, body: Vec<u8>, _: Peer) -> Response {
    if body.starts_with(b"wait ") {
        let millis = core::str::from_utf8(&body[5..]).unwrap().trim().parse().unwrap();
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    assert!(!body.starts_with(b"panic"), "as asked");
    if body.starts_with(b"nonsense") {
        return Response::NotUnderstood(hwlicense::primary::FrameError::Malformed);
    }
    Response::Reply(body)
}

impl Server {
    pub(crate) fn start(limits: Limits) -> Self {
        Self::start_with(limits, None)
    }

    pub(crate) fn start_with(limits: Limits, tls: Option<Arc<ServerConfig>>) -> Self {
        let (stopper, stop) = stopper();
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let scheme = if tls.is_some() { "tls" } else { "tcp" };
                let port = Port::open(format!("{scheme}://127.0.0.1:0").parse().unwrap(), tls.as_ref()).unwrap();
                sender.send(port.address().unwrap().socket).unwrap();
                serve(vec![port], limits, echo, stop).await
            })
        });
        let address = receiver.recv().unwrap();
        Self { address, stopper: Some(stopper), thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> Client<TcpStream> {
        Client(self.connect_raw())
    }

    pub(crate) fn connect_raw(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Asserts that somebody else is served, and soon.
    #[track_caller]
    pub(crate) fn serves(&self) {
        let began = std::time::Instant::now();
        assert_eq!(self.connect().ask(b"still there?"), Got::Reply(b"still there?".to_vec()));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }

    /// Asks it to stop, and goes on.
    pub(crate) fn ask_to_stop(&mut self) {
        self.stopper.take().unwrap().stop();
    }

    /// Stops it: how it went.
    pub(crate) fn stop(mut self) -> Drained {
        drop(self.stopper.take());
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stopper.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the server panicked");
        }
    }
}

/// What a client got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Reply(Vec<u8>),
    Busy(u32),
    NotUnderstood(u16),
    /// The connection was closed or reset.
    Closed,
}

/// A client on a connection.
pub(crate) struct Client<S>(pub(crate) S);

impl<S: Read + Write> Client<S> {
    pub(crate) fn ask(&mut self, body: &[u8]) -> Got {
        self.send(&frame(body));
        self.answer()
    }

    /// Sends, as far as the server takes it.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).and_then(|()| self.0.flush());
    }

    pub(crate) fn answer(&mut self) -> Got {
        let mut head = [0; FRAME_HEAD_BYTES];
        if let Err(error) = self.0.read_exact(&mut head) {
            assert!(is_closed(error.kind()), "{error}");
            return Got::Closed;
        }
        let mut body = vec![0; read_head(head).unwrap()];
        self.0.read_exact(&mut body).unwrap();
        match Answer::parse(&body).unwrap() {
            Answer::Reply(bytes) => Got::Reply(bytes.to_vec()),
            Answer::Busy(retry_after_s) => Got::Busy(retry_after_s),
            Answer::NotUnderstood(number) => Got::NotUnderstood(number),
        }
    }

    /// Everything until the server closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut bytes) {
            assert!(is_closed(error.kind()), "{error}");
        }
        bytes
    }
}

impl Client<TcpStream> {
    pub(crate) fn stop_sending(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// A body with what precedes it.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = write_head(body.len()).unwrap().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

/// Short times, so that tests of patience are over soon.
pub(crate) fn impatient() -> Limits {
    Limits {
        first_byte: Duration::from_millis(600),
        frame: Duration::from_millis(600),
        idle: Duration::from_millis(600),
        write: Duration::from_millis(600),
        drain: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// Numbers that look random and are the same in every run with this seed (SplitMix64, Steele et
/// al. 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}
