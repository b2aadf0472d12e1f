//! A device that asks a server, in as few lines as the protocol allows.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use hwlicense::hwid::{Evidence, EvidenceSet, Hwid, SCHEME};
use hwlicense::license::Class;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, read_head, write_head};
use hwlicense::primary::{Answer, Authentication, Operation, Outcome, Reply, Request, Secret, Wanted, write_request};
use hwlicense::signed::{Bundle, Kind};

/// A device.
pub(super) struct Device {
    pub(super) hwid: Hwid,
    pub(super) name: String,
    pub(super) secret: Option<Secret>,
    counter: u64,
    /// Tells the requests of two devices apart that count alike, as chance does.
    chance: u64,
}

/// What the next device gets.
static CHANCE: AtomicU64 = AtomicU64::new(1);

impl Device {
    pub(super) fn new(number: u8, name: &str) -> Self {
        let hwid = Hwid { scheme: SCHEME, bytes: [number; 16] };
        let chance = CHANCE.fetch_add(1, Ordering::Relaxed);
        Self { hwid, name: name.to_owned(), secret: None, counter: 0, chance }
    }

    /// The body of its next request.
    pub(super) fn request(&mut self, operation: Operation, with: Authentication<'_>) -> Vec<u8> {
        self.counter += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        id[8..].copy_from_slice(&self.chance.to_be_bytes());
        let request = Request {
            id,
            nonce: id,
            counter: self.counter,
            hwids: [self.hwid].into_iter().collect(),
            evidence: EvidenceSet::EMPTY.with(Evidence::BoardSerial).bits(),
            brand: "acme".into(),
            name: self.name.as_str().into(),
            software: "V 5.1 (2210)".into(),
            operation,
            wanted: Wanted { class: Class::PROFESSIONAL, count: 1 },
            ..Request::default()
        };
        write_request(&request, with, &mut [0; 4096]).unwrap().to_vec()
    }

    /// Makes contact, with its secret if it has one.
    pub(super) fn contact(&mut self, address: SocketAddr) -> Outcome {
        let secret = self.secret;
        let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
        let body = self.request(Operation::Contact, with);
        self.send(address, &body)
    }

    /// Sends the body of a request and takes what comes.
    pub(super) fn send(&mut self, address: SocketAddr, body: &[u8]) -> Outcome {
        self.take(&exchange(address, body).unwrap())
    }

    /// Takes the body of an answer.
    pub(super) fn take(&mut self, answer: &[u8]) -> Outcome {
        let Answer::Reply(bundle) = Answer::parse(answer).unwrap() else {
            panic!("no reply: {:?}", Answer::parse(answer));
        };
        let bundle = Bundle::parse(bundle).unwrap();
        let envelope = bundle.only(Kind::Reply).unwrap();
        let reply: Reply<'_> = envelope.unverified().unwrap();
        self.secret = reply.secret.or(self.secret);
        reply.outcome
    }
}

/// Sends the body of a request: the body of the answer, or how the connection ended.
pub(super) fn exchange(address: SocketAddr, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(&[&write_head(body.len()).unwrap()[..], body].concat())?;
    let mut head = [0; FRAME_HEAD_BYTES];
    stream.read_exact(&mut head)?;
    let mut answer = vec![0; read_head(head).unwrap()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
