//! Updates: signed at the vendor's desk, published, offered, fetched over real sockets.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use hwlicense::extension::Extension;
use hwlicense::hwid::Hwid;
use hwlicense::primary::frame::{FRAME_HEAD_BYTES, Purpose, read_any_head, write_any_head};
use hwlicense::primary::{
    Answer, Authentication, FrameError, Operation, Outcome, Reply, Request, Secret, write_request,
};
use hwlicense::signed::{Bundle, Kind};
use hwlicense::update::{
    EXTENSION_TAG, Fetch, FetchRefusal, Fetched, Manifest, Offer, Part, Progress, RUNNING_BYTES_MAX, Report, Running,
    tree, update_id,
};
use serde_json::json;

use super::process::{Process, log_of};
use crate::bench::Bench;

const IMAGE_BYTES: usize = 1_000_000;
const CHUNK_BYTES: usize = 32_768;

/// A site whose vendor signs updates as well, and an image that was signed.
fn site() -> Bench {
    let bench = Bench::with_desk();
    let kinds = "entitlement,revocation-list,update-manifest";
    let certify = format!("key certify --root root.key --issuer desk.pub --name Desk --kinds {kinds} --out site.cert");
    bench.run(&certify).ends(0);
    bench.run("server init site --trust root.pub").ends(0);
    super::entitle(&bench, "site.hwl", "--class professional --count 1000");
    bench.put("dome.img", image());
    sign(&bench, "dome.img", "2.7.1+345", "dome.hwlup");
    bench
}

fn image() -> Vec<u8> {
    (0..IMAGE_BYTES).map(|at| (at * at / 251) as u8).collect()
}

fn sign(bench: &Bench, image: &str, version: &str, out: &str) {
    let line = format!(
        "update sign {image} --key desk.key --certificate site.cert --brand acme --component firmware \
         --models dome-4,dome-6 --hardware 1-3 --version {version} --security-version 5 --share 100% --out {out}"
    );
    bench.run(&line).ends(0);
}

fn publish(bench: &Bench) {
    bench.run("update publish dome.hwlup dome.img --config site/server.toml").ends(0);
}

/// The one update in the list.
fn listed(bench: &Bench) -> serde_json::Value {
    let list = bench.run("update list --config site/server.toml --json").ends(0).json();
    let updates = list["updates"].as_array().unwrap();
    assert_eq!(updates.len(), 1, "{list}");
    updates[0].clone()
}

/// A camera that runs something, in as few lines as the protocol allows.
struct Camera {
    hwid: Hwid,
    secret: Option<Secret>,
    counter: u64,
    version: &'static str,
    report: Option<Report>,
}

impl Camera {
    fn new(number: u16) -> Self {
        let mut bytes = [9; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        Self { hwid: Hwid { scheme: 3, bytes }, secret: None, counter: 0, version: "2.0", report: None }
    }

    fn contact(&mut self, address: SocketAddr) -> Option<Offer> {
        self.counter += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        id[8..10].copy_from_slice(&self.hwid.bytes[..2]);
        let running = Running {
            brand: "acme".into(),
            component: "firmware".into(),
            model: "dome-4".into(),
            hardware: 2,
            version: self.version.parse().unwrap(),
            security_version: 5,
            report: self.report,
        };
        let mut buffer = [0; RUNNING_BYTES_MAX];
        let bytes = running.write(&mut buffer).unwrap();
        let request = Request {
            id,
            nonce: id,
            counter: self.counter,
            hwids: [self.hwid].into_iter().collect(),
            brand: "acme".into(),
            name: "dome".into(),
            software: "dome 2".into(),
            operation: Operation::Contact,
            extensions: [Extension { tag: EXTENSION_TAG, critical: false, bytes }].into_iter().collect(),
            ..Request::default()
        };
        let secret = self.secret;
        let with = secret.as_ref().map_or(Authentication::None, Authentication::Client);
        let body = write_request(&request, with, &mut [0; 4096]).unwrap().to_vec();
        let (purpose, answer) = exchange(&mut connect(address), Purpose::Licensing, &body);
        assert_eq!(purpose, Purpose::Licensing);
        let Ok(Answer::Reply(bundle)) = Answer::parse(&answer) else { panic!("{:?}", Answer::parse(&answer)) };
        let bundle = Bundle::parse(bundle).unwrap();
        let reply: Reply<'_> = bundle.only(Kind::Reply).unwrap().unverified().unwrap();
        assert!(matches!(reply.outcome, Outcome::Licensed | Outcome::Refused(_) | Outcome::Waiting));
        self.secret = reply.secret.or(self.secret);
        Offer::in_reply(&reply.extensions)
    }

    /// What it is offered once it has shown its secret.
    fn offer(&mut self, address: SocketAddr) -> Offer {
        self.contact(address);
        self.contact(address).expect("an offer")
    }

    fn fetch(&self, offer: &Offer, part: Part) -> Fetch {
        Fetch { hwid: self.hwid, update: offer.update, ticket: offer.ticket, part }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn exchange(stream: &mut TcpStream, purpose: Purpose, body: &[u8]) -> (Purpose, Vec<u8>) {
    send(stream, purpose, body);
    let mut head = [0; FRAME_HEAD_BYTES];
    stream.read_exact(&mut head).unwrap();
    let (purpose, length) = read_any_head(head).unwrap();
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).unwrap();
    (purpose, answer)
}

fn send(stream: &mut TcpStream, purpose: Purpose, body: &[u8]) {
    stream.write_all(&[&write_any_head(purpose, body.len()).unwrap()[..], body].concat()).unwrap();
}

/// The body of what a fetch was answered with.
fn fetch(stream: &mut TcpStream, fetch: &Fetch) -> Vec<u8> {
    let (purpose, answer) = exchange(stream, Purpose::Updates, fetch.write(&mut [0; 128]).unwrap());
    assert_eq!(purpose, Purpose::Updates);
    answer
}

fn refused(answer: &[u8]) -> u16 {
    match Fetched::parse(answer) {
        Ok(Fetched::Refused(number)) => number,
        other => panic!("{other:?}"),
    }
}

/// Fetches all of an update as a device does, and gives the image. Waits where it is told to.
fn download(address: SocketAddr, camera: &Camera, offer: &Offer) -> Vec<u8> {
    let mut stream = connect(address);
    let mut patiently = |part| loop {
        let answer = fetch(&mut stream, &camera.fetch(offer, part));
        match Fetched::parse(&answer).unwrap() {
            Fetched::Busy(seconds) => std::thread::sleep(Duration::from_secs(seconds.into())),
            _ => return answer,
        }
    };
    let answer = patiently(Part::Manifest);
    let Ok(Fetched::Manifest(bundle)) = Fetched::parse(&answer) else { panic!("a manifest") };
    let bundle = Bundle::parse(bundle).unwrap();
    assert!(bundle.only(Kind::Certificate).is_ok());
    let envelope = bundle.only(Kind::UpdateManifest).unwrap();
    assert_eq!(update_id(&envelope), offer.update);
    let manifest: Manifest<'_> = envelope.unverified().unwrap();
    let mut image = Vec::new();
    for index in 0..manifest.chunk_count() {
        let answer = patiently(Part::Chunk(index));
        let Ok(Fetched::Chunk { index: named, path, bytes }) = Fetched::parse(&answer) else { panic!("chunk {index}") };
        let leaf = tree::leaf(bytes);
        assert!(named == index && tree::is_in(&manifest.chunks_root, manifest.chunk_count(), index, &leaf, path));
        image.extend_from_slice(bytes);
    }
    image
}

#[test]
fn an_update_goes_from_the_vendors_desk_to_a_device() {
    let bench = site();
    let shown = bench.run("update show dome.hwlup --json").ends(0).json();
    assert_eq!((&shown["version"], &shown["models"]), (&json!("V 2.7.1 (0345)"), &json!(["dome-4", "dome-6"])));
    assert!(bench.get("dome.hwlup").starts_with(b"-----BEGIN"), "it is text");
    bench.run("update list --config site/server.toml").ends(1);
    let process = Process::start(&bench, "");
    let mut camera = Camera::new(1);
    assert_eq!((camera.contact(process.address), camera.contact(process.address)), (None, None));
    bench.run("update publish dome.hwlup dome.img --config site/server.toml --dry-run").ends(0);
    bench.run("update list --config site/server.toml").ends(1);
    publish(&bench);
    bench.run("update publish dome.hwlup dome.img --config site/server.toml").ends(1).says("published already");
    let offer = camera.contact(process.address).expect("an offer");
    let update = listed(&bench);
    assert_eq!((&update["state"], &update["offered"], &update["id"]), (&json!("active"), &json!(1), &shown["id"]));
    assert_eq!(download(process.address, &camera, &offer), image());

    camera.report = Some(Report { update: offer.update, progress: Progress::Downloading(500) });
    assert_eq!(camera.contact(process.address), Some(offer));
    assert_eq!(listed(&bench)["downloading"], 1);
    camera.report = Some(Report { update: offer.update, progress: Progress::Installed });
    camera.version = "2.7.1+345";
    assert_eq!(camera.contact(process.address), None);
    assert_eq!(listed(&bench)["installed"], 1);
    let clients = bench.run("server clients --config site/server.toml --json").ends(0).json();
    let client = &clients["clients"][0];
    assert_eq!((&client["version"], &client["model"]), (&json!("V 2.7.1 (0345)"), &json!("dome-4")));
    let audit = bench.run("server audit --config site/server.toml").ends(0).stdout;
    for word in ["update-published", "update-offered", "update-installed"] {
        assert!(audit.contains(word), "{word}: {audit}");
    }
}

#[test]
fn what_an_administrator_decides_is_done_at_once() {
    let bench = site();
    let process = Process::start(&bench, "--set updates.cache_mib=0");
    publish(&bench);
    let mut camera = Camera::new(1);
    let offer = camera.offer(process.address);
    let id = listed(&bench)["id"].as_str().unwrap()[..8].to_owned();
    let decide = |verb: &str, rest: &str| bench.run(&format!("update {verb} {id} {rest} --config site/server.toml"));
    decide("share", "2.5%").ends(0);
    decide("groups", "test quay").ends(0);
    assert_eq!((&listed(&bench)["share"], &listed(&bench)["groups"]), (&json!(25), &json!(["test", "quay"])));
    assert_eq!(camera.contact(process.address), None);
    decide("share", "100%").ends(0);
    bench.run("server group dome test --config site/server.toml").ends(0);
    assert_eq!(camera.contact(process.address), Some(offer));
    decide("share", "101%").ends(2);
    decide("pause", "--reason night --dry-run").ends(0);
    assert_eq!(camera.contact(process.address), Some(offer), "it was only asked");
    decide("pause", "--reason night").ends(0);
    assert_eq!(camera.contact(process.address), None);
    let answer = fetch(&mut connect(process.address), &camera.fetch(&offer, Part::Chunk(0)));
    assert_eq!(Fetched::parse(&answer), Ok(Fetched::Busy(600)));
    decide("pause", "").ends(1).says("not active");
    decide("resume", "").ends(0);
    assert_eq!(camera.contact(process.address), Some(offer));
    decide("withdraw", "--reason \u{1b}[31m").ends(0);
    assert_eq!(camera.contact(process.address), None);
    let answer = fetch(&mut connect(process.address), &camera.fetch(&offer, Part::Manifest));
    assert_eq!(refused(&answer), FetchRefusal::UnknownUpdate.number());
    decide("resume", "").ends(1).says("withdrawn");
    assert!(!bench.run("update list --config site/server.toml").ends(0).stdout.contains('\u{1b}'));
    bench.run("update pause 12345678 --config site/server.toml").ends(1).says("no such update");
}

#[test]
fn what_is_at_hand_goes_out_no_more_once_somebody_stopped_it_two_seconds_ago() {
    let bench = site();
    let process = Process::start(&bench, "");
    publish(&bench);
    let camera = &mut Camera::new(1);
    let offer = camera.offer(process.address);
    let id = listed(&bench)["id"].as_str().unwrap().to_owned();
    let decide = |verb: &str| drop(bench.run(&format!("update {verb} {id} --config site/server.toml")).ends(0));
    let mut stream = connect(process.address);
    let mut fetch = |part| fetch(&mut stream, &camera.fetch(&offer, part));
    for (verb, next) in [("pause", Some("resume")), ("withdraw", None)] {
        for part in [Part::Manifest, Part::Chunk(0), Part::Chunk(1)] {
            assert!(matches!(Fetched::parse(&fetch(part)), Ok(Fetched::Manifest(_) | Fetched::Chunk { .. })));
        }
        decide(verb);
        std::thread::sleep(Duration::from_millis(2_200));
        for part in [Part::Manifest, Part::Chunk(0), Part::Chunk(1)] {
            let answer = fetch(part);
            match next {
                Some(_) => assert_eq!(Fetched::parse(&answer), Ok(Fetched::Busy(600)), "{part:?}"),
                None => assert_eq!(refused(&answer), FetchRefusal::UnknownUpdate.number(), "{part:?}"),
            }
        }
        next.into_iter().for_each(&decide);
    }
}

#[test]
fn what_is_fetched_wrongly_is_refused_and_the_connection_goes_on() {
    let bench = site();
    publish(&bench);
    let process = Process::start(&bench, "");
    let mut camera = Camera::new(1);
    let offer = camera.offer(process.address);
    let mut stream = connect(process.address);
    let good = camera.fetch(&offer, Part::Chunk(0));
    let bad_ticket = FetchRefusal::BadTicket.number();
    for bit in 0..128 {
        let mut wrong = good;
        wrong.ticket[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refused(&fetch(&mut stream, &wrong)), bad_ticket);
    }
    assert_eq!(refused(&fetch(&mut stream, &Fetch { hwid: Camera::new(2).hwid, ..good })), bad_ticket);
    assert_eq!(refused(&fetch(&mut stream, &Fetch { update: [7; 32], ..good })), bad_ticket);
    let count = IMAGE_BYTES.div_ceil(CHUNK_BYTES) as u32;
    for index in [count, count + 1, u32::MAX] {
        let answer = fetch(&mut stream, &camera.fetch(&offer, Part::Chunk(index)));
        assert_eq!(refused(&answer), FetchRefusal::NoSuchChunk.number());
    }
    let last = fetch(&mut stream, &camera.fetch(&offer, Part::Chunk(count - 1)));
    assert!(matches!(Fetched::parse(&last), Ok(Fetched::Chunk { .. })));
    // A request for a licence may follow on the same connection; garbage ends it.
    let (purpose, answer) = exchange(&mut stream, Purpose::Updates, b"garbage");
    assert_eq!((purpose, refused(&answer)), (Purpose::Updates, FrameError::Malformed.number()));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    let mut stream = connect(process.address);
    stream.write_all(&[0, 0, 0, 9, 3, 1, 2, 3]).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let unsupported = FrameError::UnsupportedVersion.number();
    assert_eq!(Answer::parse(&answer[FRAME_HEAD_BYTES..]), Ok(Answer::NotUnderstood(unsupported)));
}

#[test]
fn slow_readers_and_a_thousand_downloads_keep_nobody_from_a_licence() {
    let bench = site();
    publish(&bench);
    let process = Process::start(&bench, "--set updates.at_once=2000 --set limits.write_s=2");
    let address = process.address;
    let mut camera = Camera::new(0);
    let offer = camera.offer(address);
    // These ask for everything and read nothing.
    let _slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = connect(address);
            for index in 0..30 {
                let body = camera.fetch(&offer, Part::Chunk(index)).write(&mut [0; 128]).unwrap().to_vec();
                send(&mut stream, Purpose::Updates, &body);
            }
            stream
        })
        .collect();
    let mut cameras: Vec<Camera> = (1..=1_000).map(Camera::new).collect();
    let offers: Vec<Offer> = cameras.iter_mut().map(|camera| camera.offer(address)).collect();
    let (picture, began) = (image(), Instant::now());
    let slowest = std::thread::scope(|scope| {
        let downloads: Vec<_> = cameras
            .iter()
            .zip(&offers)
            .map(|(camera, offer)| scope.spawn(|| assert!(download(address, camera, offer) == picture)))
            .collect();
        let mut other = Camera::new(5_000);
        let mut slowest = Duration::ZERO;
        while !downloads.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let asked = Instant::now();
            other.contact(address);
            slowest = slowest.max(asked.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
        slowest
    });
    println!("1,000 downloads of 1 MB in {:?}; slowest contact meanwhile {slowest:?}", began.elapsed());
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    println!("memory of the server at most: {} MiB", process.memory_peak_kib() / 1_024);
    assert!(process.memory_peak_kib() < 300 * 1_024, "{} KiB", process.memory_peak_kib());
    assert_eq!(listed(&bench)["offered"], 1_002, "and the two others");
}

#[test]
fn an_image_that_was_not_published_whole_is_offered_to_nobody() {
    let bench = site();
    // Large enough to be caught in the middle.
    bench.put("large.img", vec![0x5a; 96 << 20]);
    sign(&bench, "large.img", "3.0", "large.hwlup");
    let process = Process::start(&bench, "");
    let mut camera = Camera::new(1);
    camera.contact(process.address);
    let mut killed = 0;
    for milliseconds in [400, 900, 1_500, 2_500] {
        let line = "update publish large.hwlup large.img --config site/server.toml";
        let mut child = bench.command(line.split_whitespace()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let is_there = bench.run("update list --config site/server.toml").code == 0;
        assert_eq!(camera.contact(process.address).is_some(), is_there, "offered if and only if it is whole");
        if is_there {
            break;
        }
    }
    assert!(killed > 0, "at least one was killed in the middle");
    let ran = bench.run("update publish large.hwlup large.img --config site/server.toml");
    assert!(ran.code == 0 || ran.stderr.contains("published already"), "{ran:?}");
    let offer = camera.contact(process.address).expect("now it is there");
    let answer = fetch(&mut connect(process.address), &camera.fetch(&offer, Part::Chunk(3_071)));
    assert!(matches!(Fetched::parse(&answer), Ok(Fetched::Chunk { index: 3_071, .. })));
    assert!(!log_of(&bench).contains("panicked"));
}

#[test]
fn downloads_are_no_faster_than_they_may_be() {
    let bench = site();
    publish(&bench);
    let process = Process::start(&bench, "--set updates.rate_mib_s=1");
    let mut cameras = [1, 2, 3].map(Camera::new);
    let offers = cameras.each_mut().map(|camera| camera.offer(process.address));
    let (picture, began) = (image(), Instant::now());
    std::thread::scope(|scope| {
        for (camera, offer) in cameras.iter().zip(&offers) {
            scope.spawn(|| assert!(download(process.address, camera, offer) == picture));
        }
    });
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(2_600), "three megabytes at one in a second: {took:?}");
}
