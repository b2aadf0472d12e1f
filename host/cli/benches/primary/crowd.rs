//! Clients, as many as are wanted: each with its HWID, its secret once it was given one, and its
//! counter.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Mutex;

use hwlicense::hwid::Hwid;
use hwlicense::license::Class;
use hwlicense::primary::{
    Answer, Authentication, ClientState, Outcome, Reply, Request, Secret, Wanted, request_digest, write_request,
};
use hwlicense::signed::{Bundle, Kind};

use crate::site::BRAND;

/// One client.
struct Client {
    secret: Mutex<Option<Secret>>,
    counter: AtomicU64,
}

/// All of them.
pub(crate) struct Crowd {
    clients: Vec<Client>,
    next: AtomicUsize,
}

/// A request, and what its reply must name.
pub(crate) struct Asked {
    pub(crate) body: Vec<u8>,
    digest: [u8; 32],
    client: usize,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Licensed,
    Busy(u32),
    Other,
}

impl Crowd {
    pub(crate) fn new(clients: usize) -> Self {
        let client = |_| Client { secret: Mutex::new(None), counter: AtomicU64::new(0) };
        Self { clients: (0..clients).map(client).collect(), next: AtomicUsize::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.clients.len()
    }

    /// The next client in turn.
    pub(crate) fn next(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len()
    }

    /// A request of a client.
    pub(crate) fn ask(&self, client: usize) -> Asked {
        let state = &self.clients[client];
        let secret = *state.secret.lock().unwrap();
        let counter = state.counter.fetch_add(1, Ordering::Relaxed) + 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(client as u64).to_le_bytes());
        id[8..].copy_from_slice(&counter.to_le_bytes());
        let mut hwid = Hwid { scheme: 3, bytes: [0x5a; 16] };
        hwid.bytes[..8].copy_from_slice(&(client as u64).to_be_bytes());
        let name = format!("camera {client}");
        let request = Request {
            id,
            nonce: id,
            counter,
            hwids: [hwid].into_iter().collect(),
            evidence: 1,
            brand: BRAND.into(),
            name: name.as_str().into(),
            software: "load 1.0".into(),
            state: if secret.is_some() { ClientState::Licensed } else { ClientState::Unlicensed },
            wanted: Wanted { class: Class::EDGE, count: 1 },
            ..Request::default()
        };
        let mut buffer = [0; 1024];
        let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
        let body = write_request(&request, with, &mut buffer).unwrap().to_vec();
        let digest = request_digest(&body);
        Asked { body, digest, client }
    }

    /// Reads an answer. The signatures are those that the tests verify; here is no time for them.
    pub(crate) fn take(&self, asked: &Asked, body: &[u8]) -> Got {
        let bundle = match Answer::parse(body) {
            Ok(Answer::Reply(bundle)) => bundle,
            Ok(Answer::Busy(retry_after_s)) => return Got::Busy(retry_after_s),
            _ => return Got::Other,
        };
        let bundle = Bundle::parse(bundle).unwrap();
        let reply = bundle.only(Kind::Reply).unwrap();
        let reply: Reply<'_> = reply.unverified().unwrap();
        assert_eq!(reply.request, asked.digest, "an answer to another request");
        if let Some(secret) = reply.secret {
            *self.clients[asked.client].secret.lock().unwrap() = Some(secret);
        }
        if reply.outcome == Outcome::Licensed { Got::Licensed } else { Got::Other }
    }
}
