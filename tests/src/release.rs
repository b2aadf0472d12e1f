//! An update in miniature: a small image, the manifest that the vendor signed for it, and what a server
//! answers who asks for its parts. Keys follow from fixed seeds, as in [`site`](crate::site).

use hwlicense::extension::Extensions;
use hwlicense::license::ClassSet;
use hwlicense::signed::{Algorithm, Brands, BundleWriter, Certificate, Envelope, Kind, KindSet};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{Fetched, Manifest, Offer, Part, Running, Version, tree, update_id};
use sha2::{Digest as _, Sha256};

use crate::site::{BRAND, ISSUED, Signer};

/// Bytes of a chunk.
pub const CHUNK: usize = 1_024;
/// How many chunks there are; the last one is not full.
pub const CHUNKS: u32 = 3;
/// Bytes of the image.
pub const IMAGE_BYTES: usize = 2_500;
/// When it ends: no device begins it later.
pub const VALID_UNTIL: u64 = ISSUED + 90 * 86_400;

/// What the site's device runs before it.
#[must_use]
pub fn running() -> Running<'static> {
    Running {
        brand: BRAND.into(),
        component: "firmware".into(),
        model: "NG-210".into(),
        hardware: 3,
        version: Version { major: 4, minor: 2, patch: 0, build: 1_337 },
        security_version: 2,
        report: None,
    }
}

/// The version that it brings.
pub const VERSION: Version = Version { major: 4, minor: 3, patch: 0, build: 1_400 };

/// The image.
#[must_use]
pub fn image() -> Vec<u8> {
    let pattern = (0..=u8::MAX).chain((0..=u8::MAX).rev().step_by(3));
    pattern.cycle().take(IMAGE_BYTES).collect()
}

fn certificate() -> Certificate<'static> {
    let issued = UnixSeconds(ISSUED);
    Certificate {
        algorithm: Algorithm::Ed25519.number(),
        public_key: Signer::Updates.public().bytes,
        name: "Northgate release desk".into(),
        kinds: KindSet::of(&[Kind::UpdateManifest]),
        brands: Brands::Only([BRAND.into()].into_iter().collect()),
        classes: ClassSet::ALL,
        count_max: 1,
        issued,
        valid_from: issued,
        valid_until: issued.after(31_536_000),
        extensions: Extensions::new(),
    }
}

/// The manifest, signed.
fn manifest() -> Vec<u8> {
    let (image, running) = (image(), running());
    let mut builder = tree::Builder::new();
    image.chunks(CHUNK).for_each(|chunk| builder.push(tree::leaf(chunk)));
    Signer::Updates.seal(&Manifest {
        issued: UnixSeconds(ISSUED),
        valid_until: UnixSeconds(VALID_UNTIL),
        brand: running.brand,
        component: running.component,
        models: ["NG-200", "NG-210"].map(Into::into).into_iter().collect(),
        hardware_min: 2,
        hardware_max: 4,
        version: VERSION,
        security_version: 3,
        version_min: Version::UNKNOWN,
        size: u32::try_from(IMAGE_BYTES).unwrap(),
        sha256: Sha256::digest(&image).into(),
        chunk_bytes: u32::try_from(CHUNK).unwrap(),
        chunks_root: builder.root().unwrap(),
        share: 1_000,
        extensions: Extensions::new(),
    })
}

/// What a server offers of it to the site's device.
#[must_use]
pub fn offer() -> Offer {
    Offer { update: update_id(&Envelope::parse(&manifest()).unwrap()), ticket: [0x77; 16] }
}

/// The body of the answer to a request for a part.
#[must_use]
pub fn answer(part: Part) -> Vec<u8> {
    let image = image();
    let leaves: Vec<_> = image.chunks(CHUNK).map(tree::leaf).collect();
    match part {
        Part::Manifest => {
            let (manifest, certificate) = (manifest(), Signer::Root.seal(&certificate()));
            let mut writer = BundleWriter::new();
            writer.push(&manifest).unwrap();
            writer.push(&certificate).unwrap();
            body(&Fetched::Manifest(writer.write(&mut [0; 3_072]).unwrap()))
        }
        Part::Chunk(index) => {
            let at = usize::try_from(index).unwrap();
            let path = tree::path(&leaves, at).unwrap();
            body(&Fetched::Chunk { index, path: &path, bytes: image.chunks(CHUNK).nth(at).unwrap() })
        }
    }
}

/// The body of any answer.
#[must_use]
pub fn body(answer: &Fetched<'_>) -> Vec<u8> {
    answer.write(&mut [0; 4_096]).unwrap().to_vec()
}
