//! The core against the golden vectors of updates: read, compared field by field, and written again as the
//! same bytes; and every chunk of an image against its manifest.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failed unwrap is a failed test"
)]

use ed25519_dalek::{Signer as _, SigningKey};
use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::Hwid;
use hwlicense::primary::Secret;
use hwlicense::primary::frame::{Purpose, read_any_head, write_any_head};
use hwlicense::signed::{Bundle, Ed25519, Envelope, PublicKey, Trust, seal};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{
    EXTENSION_TAG, Fetch, Fetched, Manifest, OFFER_BYTES_MAX, Offer, Part, Progress, RUNNING_BYTES_MAX, Report,
    Running, Version, ticket, tree, update_id,
};
use hwlicense_tests::vectors::{array, bytes, hex, list, load, text};
use serde_json::Value;

fn small<T: TryFrom<u64>>(value: &Value) -> T {
    T::try_from(value.as_u64().unwrap()).ok().unwrap()
}

fn version(value: &Value) -> Version {
    Version { major: small(&value[0]), minor: small(&value[1]), patch: small(&value[2]), build: small(&value[3]) }
}

fn extensions(fields: &Value) -> Extensions<'static> {
    let extension = |one: &Value| Extension {
        tag: small(&one[0]),
        critical: one[1].as_bool().unwrap(),
        bytes: bytes(one[2].as_str().unwrap()).leak(),
    };
    list(fields, "extensions").iter().map(extension).collect()
}

fn manifest(fields: &Value) -> Manifest<'_> {
    Manifest {
        issued: UnixSeconds(small(&fields["issued"])),
        valid_until: UnixSeconds(small(&fields["valid_until"])),
        brand: text(fields, "brand").into(),
        component: text(fields, "component").into(),
        models: list(fields, "models").iter().map(|model| model.as_str().unwrap().into()).collect(),
        hardware_min: small(&fields["hardware_min"]),
        hardware_max: small(&fields["hardware_max"]),
        version: version(&fields["version"]),
        security_version: small(&fields["security_version"]),
        version_min: version(&fields["version_min"]),
        size: small(&fields["size"]),
        sha256: array(text(fields, "sha256")),
        chunk_bytes: small(&fields["chunk_bytes"]),
        chunks_root: array(text(fields, "chunks_root")),
        share: small(&fields["share"]),
        extensions: extensions(fields),
    }
}

fn running(fields: &Value) -> Running<'_> {
    let report = fields["report"].is_object().then(|| {
        let progress = &fields["report"]["progress"];
        Report {
            update: array(text(&fields["report"], "update")),
            progress: match progress[0].as_str().unwrap() {
                "downloading" => Progress::Downloading(small(&progress[1])),
                "ready" => Progress::Ready,
                "installed" => Progress::Installed,
                "failed" => Progress::Failed(small(&progress[1])),
                other => panic!("{other}"),
            },
        }
    });
    Running {
        brand: text(fields, "brand").into(),
        component: text(fields, "component").into(),
        model: text(fields, "model").into(),
        hardware: small(&fields["hardware"]),
        version: version(&fields["version"]),
        security_version: small(&fields["security_version"]),
        report,
    }
}

fn within(bytes: &[u8]) -> Extensions<'_> {
    Extensions::from_slice(&[Extension { tag: EXTENSION_TAG, critical: false, bytes }]).unwrap()
}

fn hwid(digits: &str) -> Hwid {
    let [scheme, bytes @ ..] = array::<17>(digits);
    Hwid { scheme, bytes }
}

#[test]
fn manifests_are_read_and_written_as_the_vectors_say() {
    let vectors = load("updates.json");
    let issuer = SigningKey::from_bytes(&array(text(&vectors["seeds"], "issuer")));
    for case in list(&vectors, "manifests") {
        let name = text(case, "name");
        let expected = bytes(text(case, "envelope"));
        let envelope = Envelope::parse(&expected).unwrap();
        let fields = manifest(&case["fields"]);
        assert_eq!(envelope.unverified::<Manifest<'_>>().unwrap(), fields, "{name}");
        let mut buffer = [0; 4096];
        let written = seal(envelope.header(), &fields, &mut buffer, |message| issuer.sign(message).to_bytes());
        assert_eq!(written.unwrap(), expected, "{name}");
        assert_eq!(hex(&update_id(&envelope)), text(case, "update"), "{name}");
    }
}

#[test]
fn a_manifest_and_every_chunk_of_its_image_are_believed() {
    let vectors = load("updates.json");
    let root = SigningKey::from_bytes(&array(text(&vectors["seeds"], "root"))).verifying_key().to_bytes();
    let body = bytes(text(&vectors["manifest_answer"], "body"));
    let bundle = bytes(text(&vectors["manifest_answer"], "bundle"));
    assert_eq!(Fetched::parse(&body).unwrap(), Fetched::Manifest(&bundle));
    let mut buffer = vec![0; 65_535];
    assert_eq!(Fetched::Manifest(&bundle).write(&mut buffer).unwrap(), body);
    let trust = Trust::new(Ed25519, [PublicKey::ed25519(root)]).unwrap();
    let bundle = Bundle::parse(&bundle).unwrap();
    let manifest = trust.verify_bundle::<Manifest<'_>>(&bundle).unwrap().claims();
    let image = bytes(text(&vectors, "image"));
    let size = usize::try_from(manifest.chunk_bytes).unwrap();
    let leaves: Vec<tree::Digest> = image.chunks(size).map(tree::leaf).collect();
    let cases = list(&vectors, "chunks");
    assert_eq!(manifest.chunk_count(), u32::try_from(cases.len()).unwrap());
    for (at, (case, chunk)) in cases.iter().zip(image.chunks(size)).enumerate() {
        let index = small(&case["index"]);
        let path: Vec<tree::Digest> = list(case, "path").iter().map(|one| array(one.as_str().unwrap())).collect();
        assert_eq!(tree::path(&leaves, at).unwrap().as_slice(), path);
        assert_eq!(manifest.chunk_length(index), u32::try_from(chunk.len()).unwrap());
        assert!(tree::is_in(&manifest.chunks_root, manifest.chunk_count(), index, &tree::leaf(chunk), &path));
        let body = bytes(text(case, "body"));
        let expected = Fetched::Chunk { index, path: &path, bytes: chunk };
        assert_eq!(Fetched::parse(&body).unwrap(), expected);
        assert_eq!(expected.write(&mut buffer).unwrap(), body);
    }
}

#[test]
fn what_travels_is_read_and_written_as_the_vectors_say() {
    let vectors = load("updates.json");
    for case in list(&vectors, "running") {
        let (fields, expected) = (running(&case["fields"]), bytes(text(case, "bytes")));
        assert_eq!(Running::in_request(&within(&expected)), Some(fields));
        assert_eq!(fields.write(&mut [0; RUNNING_BYTES_MAX]).unwrap(), expected);
    }
    let case = &vectors["offer"];
    let offer =
        Offer { update: array(text(&case["fields"], "update")), ticket: array(text(&case["fields"], "ticket")) };
    let secret = Secret::new(array(text(case, "secret")));
    assert_eq!(ticket(&secret, hwid(text(case, "hwid")), &offer.update), offer.ticket);
    let expected = bytes(text(case, "bytes"));
    assert_eq!(Offer::in_reply(&within(&expected)), Some(offer));
    assert_eq!(offer.write(&mut [0; OFFER_BYTES_MAX]).unwrap(), expected);
    for case in list(&vectors, "fetches") {
        let fields = &case["fields"];
        let fetch = Fetch {
            hwid: hwid(text(fields, "hwid")),
            update: array(text(fields, "update")),
            ticket: array(text(fields, "ticket")),
            part: if fields["chunk"].is_null() { Part::Manifest } else { Part::Chunk(small(&fields["chunk"])) },
        };
        let frame = bytes(text(case, "frame"));
        let (head, body) = frame.split_first_chunk().unwrap();
        assert_eq!(read_any_head(*head), Ok((Purpose::Updates, body.len())));
        assert_eq!(write_any_head(Purpose::Updates, body.len()), Ok(*head));
        assert_eq!(Fetch::parse(body), Ok(fetch));
        assert_eq!(fetch.write(&mut [0; 128]).unwrap(), body);
    }
    for case in list(&vectors, "others") {
        let body = bytes(text(case, "body"));
        let expected = match case["busy"].as_u64() {
            Some(_) => Fetched::Busy(small(&case["busy"])),
            None => Fetched::Refused(small(&case["refused"])),
        };
        assert_eq!(Fetched::parse(&body), Ok(expected));
        assert_eq!(expected.write(&mut [0; 16]).unwrap(), body);
    }
}
