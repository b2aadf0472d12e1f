//! Manifests, offers and what is fetched: written, read again, and refused outside their bounds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failed unwrap is a failed test"
)]

use hwlicense::extension::{Extension, Extensions};
use hwlicense::hwid::Hwid;
use hwlicense::primary::{FrameError, Secret};
use hwlicense::signed::{Algorithm, ENVELOPE_BYTES_MAX, Envelope, Header, KeyId, Kind, Label, SealError, seal};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{
    CHUNK_ANSWER_OVERHEAD_MAX, CHUNK_BYTES_MAX, EXTENSION_TAG, Fetch, Fetched, Manifest, OFFER_BYTES_MAX, Offer, Part,
    Progress, RUNNING_BYTES_MAX, Report, Running, UpdateError, Version, ticket, tree, update_id,
};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn manifest() -> Manifest<'static> {
    Manifest {
        issued: UnixSeconds(1_790_000_000),
        valid_until: NOW,
        brand: Label::from("northgate"),
        component: Label::from("firmware"),
        models: ["NG-200", "NG-210"].map(Label::from).into_iter().collect(),
        hardware_min: 2,
        hardware_max: 4,
        version: version("2.7.1+345"),
        security_version: 5,
        version_min: version("2.0"),
        size: 10_000,
        sha256: [7; 32],
        chunk_bytes: 4_096,
        chunks_root: [9; 32],
        share: 100,
        extensions: Extensions::new(),
    }
}

fn running() -> Running<'static> {
    Running {
        brand: Label::from("northgate"),
        component: Label::from("firmware"),
        model: Label::from("NG-210"),
        hardware: 3,
        version: version("2.7"),
        security_version: 5,
        report: None,
    }
}

fn sealed(manifest: &Manifest<'_>) -> Result<Vec<u8>, SealError> {
    let header = Header {
        kind: Kind::UpdateManifest,
        algorithm: Algorithm::Ed25519,
        key_id: KeyId([1; 16]),
        epoch: 0,
        sequence: 1,
    };
    let mut buffer = [0; ENVELOPE_BYTES_MAX];
    seal(header, manifest, &mut buffer, |_| [0; 64]).map(<[u8]>::to_vec)
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let bytes = sealed(&manifest()).unwrap();
    let envelope = Envelope::parse(&bytes).unwrap();
    assert_eq!(envelope.unverified::<Manifest<'_>>(), Ok(manifest()));
    let other = sealed(&Manifest { share: 101, ..manifest() }).unwrap();
    assert_ne!(update_id(&envelope), update_id(&Envelope::parse(&other).unwrap()));
}

#[test]
fn a_manifest_outside_its_bounds_cannot_be_signed() {
    let good = manifest();
    let names: Vec<String> = (10..27).map(|number| format!("m{number}")).collect();
    let models: heapless::Vec<Label<'_>, 16> = names.iter().take(16).map(|name| Label::from(name.as_str())).collect();
    assert!(sealed(&Manifest { models, ..good.clone() }).is_ok());
    let list = |names: &[&'static str]| names.iter().copied().map(Label::from).collect();
    for bad in [
        Manifest { models: list(&[]), ..good.clone() },
        Manifest { models: list(&["b", "a"]), ..good.clone() },
        Manifest { models: list(&["a", "a"]), ..good.clone() },
        Manifest { models: list(&["a\nb"]), ..good.clone() },
        Manifest { hardware_min: 5, ..good.clone() },
        Manifest { size: 0, ..good.clone() },
        Manifest { share: 1_001, ..good.clone() },
        Manifest { chunk_bytes: 0, ..good.clone() },
        Manifest { chunk_bytes: 512, ..good.clone() },
        Manifest { chunk_bytes: 5_000, ..good.clone() },
        Manifest { chunk_bytes: 65_536, ..good.clone() },
        Manifest { component: Label::from("123456789012345678901234567890123"), ..good.clone() },
    ] {
        assert_eq!(sealed(&bad), Err(SealError::NotWellFormed), "{bad:?}");
    }
}

#[test]
fn chunks_cover_the_image_and_nothing_else() {
    for (size, chunk_bytes) in [(1, 1_024), (1_024, 1_024), (1_025, 1_024), (10_000, 4_096), (u32::MAX, 1_024)] {
        let manifest = Manifest { size, chunk_bytes, ..manifest() };
        let count = manifest.chunk_count();
        assert_eq!(count, size.div_ceil(chunk_bytes));
        let last = manifest.chunk_length(count - 1);
        assert!((1..=chunk_bytes).contains(&last));
        assert_eq!(u64::from(count - 1) * u64::from(chunk_bytes) + u64::from(last), u64::from(size));
        assert_eq!(manifest.chunk_length(count), 0);
        assert_eq!(manifest.chunk_length(u32::MAX), 0);
    }
}

#[test]
fn an_update_suits_only_the_devices_that_it_names() {
    let (good, device) = (manifest(), running());
    assert_eq!(good.suits(&device, 0, NOW), Ok(()));
    assert_eq!(good.suits(&device, 5, NOW), Ok(()));
    assert_eq!(good.suits(&Running { version: version("2.0"), ..device }, 0, NOW), Ok(()));
    let refused: [(Running<'_>, u32, u64, UpdateError); 12] = [
        (Running { brand: Label::from("Northgate"), ..device }, 0, 0, UpdateError::OtherBrand),
        (Running { component: Label::from("recorder"), ..device }, 0, 0, UpdateError::OtherComponent),
        (Running { model: Label::from("NG-220"), ..device }, 0, 0, UpdateError::OtherModel),
        (Running { model: Label::from(""), ..device }, 0, 0, UpdateError::OtherModel),
        (Running { hardware: 1, ..device }, 0, 0, UpdateError::OtherHardware),
        (Running { hardware: 5, ..device }, 0, 0, UpdateError::OtherHardware),
        (Running { version: version("2.7.1+345"), ..device }, 0, 0, UpdateError::NotNewer),
        (Running { version: version("2.8"), ..device }, 0, 0, UpdateError::NotNewer),
        (Running { security_version: 6, ..device }, 0, 0, UpdateError::BelowFloor),
        (device, 6, 0, UpdateError::BelowFloor),
        (Running { version: version("1.9.9+4294967295"), ..device }, 0, 0, UpdateError::TooOld),
        (device, 0, 1, UpdateError::Expired),
    ];
    for (device, floor, late, error) in refused {
        assert_eq!(good.suits(&device, floor, UnixSeconds(NOW.0 + late)), Err(error), "{device:?}");
    }
}

#[test]
fn what_runs_and_what_is_offered_travel_in_extensions() {
    let reports = [Progress::Downloading(999), Progress::Ready, Progress::Installed, Progress::Failed(575)];
    let reports = reports.map(|progress| Some(Report { update: [3; 32], progress }));
    for report in reports.into_iter().chain([None]) {
        let running = Running { report, ..running() };
        let mut buffer = [0; RUNNING_BYTES_MAX];
        let bytes = running.write(&mut buffer).unwrap();
        let extension = |bytes| Extension { tag: EXTENSION_TAG, critical: false, bytes };
        let of = |extension| Extensions::from_slice(&[extension]).unwrap();
        assert_eq!(Running::in_request(&of(extension(bytes))), Some(running));
        assert_eq!(Running::in_request(&of(Extension { tag: 2, ..extension(bytes) })), None);
        for cut in 0..bytes.len() {
            assert_eq!(Running::in_request(&of(extension(&bytes[..cut]))), None);
        }
        assert_eq!(Offer::in_reply(&of(extension(bytes))), None);
    }
    assert_eq!(Running::in_request(&Extensions::new()), None);
    let longest = "12345678901234567890123456789012";
    let [brand, component, model] = [longest; 3].map(Label::from);
    let most = Version { major: u16::MAX, minor: u16::MAX, patch: u16::MAX, build: u32::MAX };
    let report = Some(Report { update: [255; 32], progress: Progress::Failed(u16::MAX) });
    let largest =
        Running { brand, component, model, hardware: u16::MAX, version: most, security_version: u32::MAX, report };
    assert!(largest.write(&mut [0; RUNNING_BYTES_MAX]).is_ok());
    let unclean = Running { model: Label::from("\u{202e}"), ..running() };
    assert_eq!(unclean.write(&mut [0; RUNNING_BYTES_MAX]), Err(SealError::NotWellFormed));

    let offer = Offer { update: [3; 32], ticket: [4; 16] };
    let mut buffer = [0; OFFER_BYTES_MAX];
    let bytes = offer.write(&mut buffer).unwrap();
    let extensions = Extensions::from_slice(&[Extension { tag: EXTENSION_TAG, critical: false, bytes }]).unwrap();
    assert_eq!(Offer::in_reply(&extensions), Some(offer));
}

#[test]
fn what_is_fetched_is_read_as_it_was_written() {
    let hwid = Hwid { scheme: 3, bytes: [5; 16] };
    for part in [Part::Manifest, Part::Chunk(0), Part::Chunk(u32::MAX)] {
        let fetch = Fetch { hwid, update: [3; 32], ticket: [4; 16], part };
        let mut buffer = [0; 128];
        let bytes = fetch.write(&mut buffer).unwrap().to_vec();
        assert_eq!(Fetch::parse(&bytes), Ok(fetch));
        for cut in 0..bytes.len() {
            assert_eq!(Fetch::parse(&bytes[..cut]), Err(FrameError::Malformed));
        }
        assert_eq!(Fetch::parse(&[bytes.as_slice(), &[0]].concat()), Err(FrameError::Malformed));
    }
    let chunk = vec![8; CHUNK_BYTES_MAX.try_into().unwrap()];
    let path: Vec<tree::Digest> = (0..22).map(|level| [level; 32]).collect();
    let answers = [
        Fetched::Manifest(&chunk),
        Fetched::Chunk { index: u32::MAX, path: &path, bytes: &chunk },
        Fetched::Chunk { index: 0, path: &[], bytes: &[1] },
        Fetched::Busy(900),
        Fetched::Refused(580),
    ];
    let mut buffer = vec![0; 65_535];
    for answer in answers {
        let bytes = answer.write(&mut buffer).unwrap().to_vec();
        assert!(bytes.len() <= chunk.len() + CHUNK_ANSWER_OVERHEAD_MAX);
        assert_eq!(Fetched::parse(&bytes), Ok(answer));
        assert_eq!(Fetched::parse(&bytes[..bytes.len() - 1]), Err(FrameError::Malformed));
        assert_eq!(Fetched::parse(&[bytes.as_slice(), &[0]].concat()), Err(FrameError::Malformed));
    }
    // A path that is longer than any tree.
    let long = [&[1, 0, 23][..], &[0; 23 * 32], &[0]].concat();
    assert_eq!(Fetched::parse(&long), Err(FrameError::Malformed));
    assert_eq!(Fetched::parse(&[4]), Err(FrameError::Malformed));
}

#[test]
fn a_ticket_is_for_one_device_and_one_update() {
    let secret = Secret::new([1; 32]);
    let hwid = Hwid { scheme: 3, bytes: [5; 16] };
    let one = ticket(&secret, hwid, &[3; 32]);
    assert_eq!(one, ticket(&secret, hwid, &[3; 32]));
    for other in [
        ticket(&Secret::new([2; 32]), hwid, &[3; 32]),
        ticket(&secret, Hwid { scheme: 4, ..hwid }, &[3; 32]),
        ticket(&secret, Hwid { bytes: [6; 16], ..hwid }, &[3; 32]),
        ticket(&secret, hwid, &[4; 32]),
    ] {
        assert_ne!(one, other);
    }
}
