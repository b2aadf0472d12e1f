//! A device that takes an offer and fetches all of it.

use core::time::Duration;
use std::time::Instant;

use hwlicense::extension::Extension;
use hwlicense::hwid::Hwid;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head, write_any_head};
use hwlicense::primary::{Answer, Authentication, Reply, Request, Secret, write_request};
use hwlicense::signed::{Bundle, Kind};
use hwlicense::update::{EXTENSION_TAG, Fetch, Fetched, Manifest, Offer, Part, RUNNING_BYTES_MAX, Running, tree};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::site::BRAND;

/// A device.
pub(crate) struct Device {
    hwid: Hwid,
    port: u16,
    secret: Option<Secret>,
    counter: u64,
    offer: Option<Offer>,
}

impl Device {
    pub(crate) fn new(number: u32, port: u16) -> Self {
        let mut bytes = [0x77; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Self { hwid: Hwid { scheme: 3, bytes }, port, secret: None, counter: 0, offer: None }
    }

    /// Makes contact until it is offered the update: once for its secret, once with it.
    pub(crate) async fn take_offer(&mut self) {
        let mut stream = self.connect().await;
        while self.offer.is_none() {
            self.counter += 1;
            assert!(self.counter < 5, "no offer came");
            let body = self.request();
            let answer = exchange(&mut stream, Purpose::Licensing, &body).await;
            let Ok(Answer::Reply(bundle)) = Answer::parse(&answer) else { panic!("no reply") };
            let bundle = Bundle::parse(bundle).unwrap();
            let reply: Reply<'_> = bundle.only(Kind::Reply).unwrap().unverified().unwrap();
            self.secret = reply.secret.or(self.secret);
            self.offer = Offer::in_reply(&reply.extensions);
        }
    }

    fn request(&self) -> Vec<u8> {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        id[8..].copy_from_slice(&self.hwid.bytes[..8]);
        let running = Running {
            brand: BRAND.into(),
            component: "firmware".into(),
            model: "dome".into(),
            hardware: 1,
            version: "1.0".parse().unwrap(),
            ..Running::default()
        };
        let mut buffer = [0; RUNNING_BYTES_MAX];
        let bytes = running.write(&mut buffer).unwrap();
        let request = Request {
            id,
            nonce: id,
            counter: self.counter,
            hwids: [self.hwid].into_iter().collect(),
            brand: BRAND.into(),
            name: "device".into(),
            extensions: [Extension { tag: EXTENSION_TAG, critical: false, bytes }].into_iter().collect(),
            ..Request::default()
        };
        let with = self.secret.as_ref().map_or(Authentication::None, Authentication::Client);
        write_request(&request, with, &mut [0; 1024]).unwrap().to_vec()
    }

    async fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Fetches manifest and chunks, verifies them, and gives the time that each chunk took in
    /// milliseconds, waits that it was told included.
    pub(crate) async fn download(self) -> Vec<f64> {
        let mut stream = self.connect().await;
        let answer = self.fetch(&mut stream, Part::Manifest).await;
        let Ok(Fetched::Manifest(bundle)) = Fetched::parse(&answer) else { panic!("no manifest") };
        let bundle = Bundle::parse(bundle).unwrap();
        let manifest: Manifest<'_> = bundle.only(Kind::UpdateManifest).unwrap().unverified().unwrap();
        let (count, root) = (manifest.chunk_count(), manifest.chunks_root);
        let mut times = Vec::new();
        for index in 0..count {
            let began = Instant::now();
            let answer = self.fetch(&mut stream, Part::Chunk(index)).await;
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
            let Ok(Fetched::Chunk { path, bytes, .. }) = Fetched::parse(&answer) else { panic!("no chunk") };
            assert!(tree::is_in(&root, count, index, &tree::leaf(bytes), path));
        }
        times
    }

    async fn fetch(&self, stream: &mut TcpStream, part: Part) -> Vec<u8> {
        let offer = self.offer.unwrap();
        let fetch = Fetch { hwid: self.hwid, update: offer.update, ticket: offer.ticket, part };
        let body = fetch.write(&mut [0; 128]).unwrap().to_vec();
        loop {
            let answer = exchange(stream, Purpose::Updates, &body).await;
            match Fetched::parse(&answer) {
                Ok(Fetched::Busy(seconds)) => tokio::time::sleep(Duration::from_secs(seconds.into())).await,
                _ => return answer,
            }
        }
    }
}

async fn exchange(stream: &mut TcpStream, purpose: Purpose, body: &[u8]) -> Vec<u8> {
    let frame = [&write_any_head(purpose, body.len()).unwrap()[..], body].concat();
    stream.write_all(&frame).await.unwrap();
    let mut head = [0; FRAME_HEAD_BYTES];
    stream.read_exact(&mut head).await.unwrap();
    let (got, length) = read_any_head(head).unwrap();
    assert_eq!(got, purpose);
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await.unwrap();
    answer
}
