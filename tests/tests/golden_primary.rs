//! The core against the golden vectors of a Primary Server and its clients: read, compared field by field,
//! and written again as the same bytes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use core::convert::Infallible;

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::{EvidenceSet, Hwid, Machine};
use hwlicense::license::{Class, EvidencePolicy, LicenseKey};
use hwlicense::primary::client::{Client, Device, SLOT_BYTES, Slot, Start, Storage, WRITE_BYTES};
use hwlicense::primary::frame::{read_head, write_head};
use hwlicense::primary::{
    Answer, Authentication, Authenticator, ClientState, Entitlement, Lease, LeaseOrder, ListMark, Operation, Outcome,
    Receipt, Reply, Request, Secret, SignedRequest, TimeCorrection, Wanted, enclosed_digest, write_request,
};
use hwlicense::signed::{Bundle, Ed25519, Envelope, Header, KeyId, Kind, Payload, PublicKey, Trust, Verified, seal};
use hwlicense::time::UnixSeconds;
use hwlicense_tests::descriptor::descriptor;
use hwlicense_tests::vectors::{array, bytes, hex, list, load, maybe, text};
use serde_json::Value;

fn number(fields: &Value, name: &str) -> u64 {
    fields[name].as_u64().unwrap_or_else(|| panic!("no number {name}"))
}

fn small<T: TryFrom<u64>>(fields: &Value, name: &str) -> T {
    T::try_from(number(fields, name)).ok().unwrap()
}

fn time(fields: &Value, name: &str) -> UnixSeconds {
    UnixSeconds(number(fields, name))
}

fn when(fields: &Value, name: &str) -> Option<UnixSeconds> {
    fields[name].as_u64().map(UnixSeconds)
}

/// A licence key of ten bytes, by way of its text.
fn key(digits: &str) -> LicenseKey {
    let number = u128::from_str_radix(digits, 16).unwrap();
    let character = |at: u32| char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(number >> (75 - 5 * at)) as usize & 31]);
    (0..16).map(character).collect::<String>().parse().unwrap()
}

fn hwid(digits: &str) -> Hwid {
    let [scheme, bytes @ ..] = array::<17>(digits);
    Hwid { scheme, bytes }
}

fn leaked(digits: &str) -> &'static [u8] {
    bytes(digits).leak()
}

fn extensions(fields: &Value) -> Extensions<'static> {
    let extension = |one: &Value| Extension {
        tag: u16::try_from(one[0].as_u64().unwrap()).unwrap(),
        critical: one[1].as_bool().unwrap(),
        bytes: leaked(one[2].as_str().unwrap()),
    };
    list(fields, "extensions").iter().map(extension).collect()
}

fn entitlement(fields: &Value) -> Entitlement<'_> {
    let evidence = |name| EvidenceSet::from_bits(small(fields, name));
    Entitlement {
        key: key(text(fields, "key")),
        brand: text(fields, "brand").into(),
        class: Class(small(fields, "class")),
        count: small(fields, "count"),
        per_client: small(fields, "per_client"),
        holder: text(fields, "holder").into(),
        edition: text(fields, "edition").into(),
        maintenance_until: when(fields, "maintenance_until"),
        features: list(fields, "features").iter().map(|name| name.as_str().unwrap().into()).collect(),
        evidence: EvidencePolicy::new(evidence("evidence_required"), evidence("evidence_accepted")),
        ledger: array(text(fields, "ledger")),
        algorithm: 1,
        public_key: array(text(fields, "public_key")),
        issued: time(fields, "issued"),
        not_before: time(fields, "not_before"),
        expires: when(fields, "expires"),
        serves_until: time(fields, "serves_until"),
        lease_s: fields["lease_s"].as_u64().map(|seconds| u32::try_from(seconds).unwrap()),
        moves_max: small(fields, "moves_max"),
        extensions: extensions(fields),
    }
}

fn lease(fields: &Value) -> Lease<'_> {
    Lease {
        issued: time(fields, "issued"),
        entitlement: key(text(fields, "entitlement")),
        hwid: hwid(text(fields, "hwid")),
        count: small(fields, "count"),
        from: time(fields, "from"),
        until: when(fields, "until"),
        ledger: array(text(fields, "ledger")),
        ledger_epoch: small(fields, "ledger_epoch"),
        serial: number(fields, "serial"),
        extensions: extensions(fields),
    }
}

fn reply(fields: &Value) -> Reply<'_> {
    let outcome = match (fields["outcome"][0].as_u64().unwrap(), fields["outcome"][1].as_u64().unwrap()) {
        (0, 0) => Outcome::Licensed,
        (1, 0) => Outcome::Waiting,
        (2, number) => Outcome::Refused(u16::try_from(number).unwrap()),
        (3, 0) => Outcome::Deactivated,
        other => panic!("{other:?}"),
    };
    Reply {
        issued: time(fields, "issued"),
        request: array(text(fields, "request")),
        hwid: hwid(text(fields, "hwid")),
        brand: text(fields, "brand").into(),
        ledger: array(text(fields, "ledger")),
        ledger_epoch: small(fields, "ledger_epoch"),
        outcome,
        enclosed: list(fields, "enclosed").iter().map(|digest| array(digest.as_str().unwrap())).collect(),
        secret: maybe(fields, "secret").map(|secret| Secret::new(array(secret))),
        extensions: extensions(fields),
    }
}

fn receipt(fields: &Value) -> Receipt<'_> {
    Receipt {
        issued: time(fields, "issued"),
        entitlement: key(text(fields, "entitlement")),
        hwid: hwid(text(fields, "hwid")),
        ledger: array(text(fields, "ledger")),
        up_to: LeaseOrder { ledger_epoch: small(fields, "ledger_epoch"), serial: number(fields, "serial") },
        free_from: when(fields, "free_from"),
        extensions: extensions(fields),
    }
}

fn correction(fields: &Value) -> TimeCorrection<'_> {
    TimeCorrection {
        issued: time(fields, "issued"),
        hwid: hwid(text(fields, "hwid")),
        floor_epoch: small(fields, "floor_epoch"),
        time: time(fields, "time"),
        extensions: extensions(fields),
    }
}

/// What somebody whose seed is in the file signs.
fn sealed<'p, T: Payload<'p>>(file: &Value, who: &str, header: Header, payload: &T) -> Vec<u8> {
    let signer = SigningKey::from_bytes(&array(text(&file["seeds"], who)));
    let mut buffer = [0; 4_096];
    seal(header, payload, &mut buffer, |message| signer.sign(message).to_bytes()).unwrap().to_vec()
}

fn public(file: &Value, who: &str) -> PublicKey {
    let signer = SigningKey::from_bytes(&array(text(&file["seeds"], who)));
    PublicKey::ed25519(signer.verifying_key().to_bytes())
}

fn envelope(digits: &str) -> Envelope<'static> {
    Envelope::parse(leaked(digits)).unwrap()
}

#[test]
fn payloads_are_read_and_written_as_the_vectors_have_them() {
    let file = load("primary.json");
    let mut trust = Trust::new(Ed25519, [public(&file, "root")]).unwrap();
    trust.admit(&envelope(text(&file, "certificate"))).unwrap();
    let cases = list(&file, "payloads");
    let mandate = envelope(text(&cases[0], "envelope"));
    let mandate: Verified<'_, Entitlement<'_>> = trust.verify(&mandate).unwrap();
    for case in cases {
        let (name, fields) = (text(case, "name"), &case["fields"]);
        let envelope = envelope(text(case, "envelope"));
        let header = envelope.header();
        assert_eq!((header.epoch, header.sequence), (2, 7));
        let written = match text(case, "what") {
            "entitlement" => {
                let expected = entitlement(fields);
                assert_eq!(envelope.unverified::<Entitlement<'_>>().as_ref(), Ok(&expected), "{name}");
                // The certificate allows 256 channels; the greatest entitlement has more.
                assert_eq!(trust.verify::<Entitlement<'_>>(&envelope).is_ok(), name != "entitlement-greatest");
                sealed(&file, "issuer", header, &expected)
            }
            "lease" => {
                let read: Verified<'_, Lease<'_>> = trust.verify_delegated(&mandate, &envelope).unwrap();
                assert_eq!(read.claims(), lease(fields), "{name}");
                sealed(&file, "server", header, &read.claims())
            }
            "reply" => {
                let read: Verified<'_, Reply<'_>> = trust.verify_delegated(&mandate, &envelope).unwrap();
                assert_eq!(read.claims(), reply(fields), "{name}");
                sealed(&file, "server", header, &read.claims())
            }
            "receipt" => {
                let read: Verified<'_, Receipt<'_>> = trust.verify_delegated(&mandate, &envelope).unwrap();
                assert_eq!(read.claims(), receipt(fields), "{name}");
                sealed(&file, "server", header, &read.claims())
            }
            "correction" => {
                let read: TimeCorrection<'_> = trust.verify_signed_by_root(&envelope).unwrap();
                assert_eq!(read, correction(fields), "{name}");
                sealed(&file, "root", header, &read)
            }
            other => panic!("{other}"),
        };
        assert_eq!(hex(&written), text(case, "envelope"), "{name}");
    }
}

fn request(fields: &Value) -> Request<'_> {
    let mark = &fields["list"];
    Request {
        id: array(text(fields, "id")),
        nonce: array(text(fields, "nonce")),
        counter: number(fields, "counter"),
        clock: when(fields, "clock"),
        hwids: list(fields, "hwids").iter().map(|one| hwid(one.as_str().unwrap())).collect(),
        previous: maybe(fields, "previous").map(hwid),
        enrollment: leaked(text(fields, "enrollment")),
        evidence: small(fields, "evidence"),
        brand: text(fields, "brand").into(),
        name: text(fields, "name").into(),
        software: text(fields, "software").into(),
        state: ClientState::ALL[number(fields, "state") as usize],
        operation: maybe(fields, "deactivate").map_or(Operation::Contact, |digits| Operation::Deactivate(key(digits))),
        license_key: maybe(fields, "license_key").map(key),
        wanted: Wanted { class: Class(small(fields, "class")), count: small(fields, "count") },
        held: list(fields, "held").iter().map(|held| leaked(held.as_str().unwrap())).collect(),
        list: mark.is_object().then(|| ListMark {
            signer: KeyId(array(text(mark, "signer"))),
            epoch: small(mark, "epoch"),
            sequence: number(mark, "sequence"),
        }),
        extensions: extensions(fields),
    }
}

#[test]
fn requests_are_read_authenticated_and_framed_as_the_vectors_have_them() {
    for case in list(&load("primary.json"), "requests") {
        let (name, body) = (text(case, "name"), bytes(text(case, "body")));
        let read = SignedRequest::parse(&body).unwrap();
        assert_eq!(read.request, request(&case["fields"]), "{name}");
        assert_eq!(hex(&read.digest()), text(case, "digest"), "{name}");
        let secret = maybe(case, "secret").map(|secret| Secret::new(array(secret)));
        assert_eq!(read.verifies(&secret.unwrap_or(Secret::new([1; 32]))), secret.is_some(), "{name}");
        let with = match (read.authenticator(), &secret) {
            (Authenticator::Client(_), Some(secret)) => Authentication::Client(secret),
            (Authenticator::Administrator(_), Some(secret)) => {
                assert_eq!(*secret, Secret::of_token(b"token"));
                Authentication::Administrator(secret)
            }
            _ => Authentication::None,
        };
        assert_eq!(write_request(&read.request, with, &mut [0; 4_096]).unwrap(), body, "{name}");
        let frame = bytes(text(case, "frame"));
        let (head, rest) = frame.split_first_chunk().unwrap();
        assert_eq!((rest, read_head(*head)), (&body[..], Ok(body.len())), "{name}");
        assert_eq!(write_head(body.len()), Ok(*head), "{name}");
    }
}

#[test]
fn answers_are_read_and_written_as_the_vectors_have_them() {
    for case in list(&load("primary.json"), "answers") {
        let body = bytes(text(case, "body"));
        let bundle = maybe(case, "bundle").map(bytes).unwrap_or_default();
        let expected = match text(case, "name") {
            "reply" => Answer::Reply(&bundle),
            "busy" => Answer::Busy(small(case, "busy")),
            _ => Answer::NotUnderstood(small(case, "number")),
        };
        assert_eq!(Answer::parse(&body), Ok(expected));
        assert_eq!(expected.write(&mut [0; 4_096]).unwrap(), body);
        if !bundle.is_empty() {
            let bundle = Bundle::parse(&bundle).unwrap();
            let digests: Vec<String> =
                bundle.envelopes().skip(1).map(|envelope| hex(&enclosed_digest(&envelope))).collect();
            let reply = bundle.only(Kind::Reply).unwrap().unverified::<Reply<'_>>().unwrap();
            assert_eq!(digests, list(case, "enclosed").iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>());
            assert_eq!(digests, reply.enclosed.iter().map(|digest| hex(digest)).collect::<Vec<_>>());
        }
    }
}

/// Two slots in memory.
struct Slots([Vec<u8>; 2]);

impl Slots {
    fn part(&mut self, slot: Slot, offset: u32, length: usize) -> &mut [u8] {
        let slot = usize::from(slot == Slot::B);
        &mut self.0[slot][offset as usize..offset as usize + length]
    }
}

impl Storage for Slots {
    type Error = Infallible;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(self.part(slot, offset, bytes.len()));
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.part(slot, 0, SLOT_BYTES as usize).fill(0xff);
        Ok(())
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), Infallible> {
        self.part(slot, offset, WRITE_BYTES).copy_from_slice(bytes);
        Ok(())
    }
}

#[test]
fn a_client_starts_from_the_slots_of_the_vectors() {
    let file = load("primary.json");
    let machine = Machine::read(descriptor(&file["descriptor"])).unwrap();
    let trust = Trust::new(Ed25519, [public(&file, "root")]).unwrap();
    for case in list(&file, "states") {
        let (fields, mut slot) = (&case["fields"], bytes(text(case, "slot")));
        slot.resize(SLOT_BYTES as usize, 0xff);
        let start = Start { built: UnixSeconds(0), seed: 1, servers: 1, uptime_s: 10 };
        let slots = Slots([vec![0xff; SLOT_BYTES as usize], slot]);
        let Ok(mut client) = Client::load(slots, start);
        assert_eq!((client.floor(10), client.last_contact()), (time(fields, "floor"), when(fields, "last_contact")));
        assert_eq!(client.refusal().map(u64::from), fields["refusal"].as_u64());
        let device = Device {
            identity: machine.identity(),
            enrollment: b"",
            wall: None,
            brand: "Northgate".into(),
            name: "".into(),
            software: "".into(),
            license_key: None,
            running: &[],
            wanted: Wanted::default(),
        };
        let report = client.check(10, &trust, &device, |_| {});
        assert_eq!(Some(report.verdict.grant().is_some()), fields["was_licensed"].as_bool());
        client.set_servers(1, 10);
        client.handle_timeout(10).unwrap();
        let mut buffer = [0; 4_096];
        let frame = client.poll_transmit(10, &[1; 32], &device, &mut buffer).unwrap().unwrap().frame;
        let asked = SignedRequest::parse(&frame[5..]).unwrap();
        let secret = maybe(fields, "secret").map(|secret| Secret::new(array(secret)));
        assert_eq!(asked.verifies(&secret.unwrap_or(Secret::new([1; 32]))), secret.is_some());
        assert_eq!(asked.request.counter, number(fields, "counter_reserved") + 1);
        let operation = maybe(fields, "giving_up").map_or(Operation::Contact, |key_| Operation::Deactivate(key(key_)));
        assert_eq!(asked.request.operation, operation);
        assert_eq!(asked.request.held.is_empty(), maybe(fields, "rights") == Some(""));
    }
}
