//! A device that is offered an update, and what a server would send it.

#![allow(dead_code, reason = "each target uses a part of it")]

use core::convert::Infallible;

use hwlicense::extension::Extensions;
use hwlicense::hwid::Hwid;
use hwlicense::license::ClassSet;
use hwlicense::signed::{
    Algorithm, Brands, BundleWriter, Certificate, ENVELOPE_BYTES_MAX, Envelope, Header, KeyId, Kind, KindSet, Payload,
    PublicKey, SignatureAnswer, SignatureVerifier, seal,
};
use hwlicense::time::UnixSeconds;
use hwlicense::update::client::{
    Device, Downloader, Image, Restart, Slot, Start, Storage, UPDATE_SLOT_BYTES, WRITE_BYTES,
};
use hwlicense::update::{Fetched, Manifest, Offer, Part, Running, Version, tree, update_id};
use sha2::{Digest as _, Sha256};

/// Believes everything.
#[derive(Clone)]
pub(crate) struct Yes;

impl SignatureVerifier for Yes {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &[u8; 64]) -> SignatureAnswer {
        SignatureAnswer::HOLDS
    }
}

pub(crate) const ROOT: PublicKey = PublicKey::ed25519([1; 32]);
const ISSUER: PublicKey = PublicKey::ed25519([2; 32]);
pub(crate) const HWID: Hwid = Hwid { scheme: 3, bytes: [9; 16] };
/// When everything was issued.
pub(crate) const TIME: UnixSeconds = UnixSeconds(1_800_000_000);
/// The image that is offered.
pub(crate) const IMAGE: [u8; 1_500] = [0x5a; 1_500];
const CHUNK_BYTES: usize = 1_024;
const ROOM: usize = 4_096;

/// Two slots, or one for an image, in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory(pub(crate) [Vec<u8>; 2]);

impl Memory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self([vec![0xff; bytes], vec![0xff; bytes]])
    }

    /// Two slots for a record.
    pub(crate) fn slots() -> Self {
        Self::new(usize::try_from(UPDATE_SLOT_BYTES).expect("a slot fits into memory"))
    }

    /// Room for an image.
    pub(crate) fn image() -> Self {
        Self::new(ROOM)
    }

    fn part(&mut self, slot: Slot, offset: u32, length: usize) -> &mut [u8] {
        let [a, b] = &mut self.0;
        let slot = if slot == Slot::A { a } else { b };
        let offset = usize::try_from(offset).expect("an offset fits");
        slot.get_mut(offset..offset + length).expect("nothing is asked for beyond what is there")
    }
}

impl Storage for Memory {
    type Error = Infallible;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(self.part(slot, offset, bytes.len()));
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> Result<(), Infallible> {
        let [a, b] = &mut self.0;
        if slot == Slot::A { a } else { b }.fill(0xff);
        Ok(())
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> Result<(), Infallible> {
        self.part(slot, offset, WRITE_BYTES).copy_from_slice(bytes);
        Ok(())
    }
}

impl Image for Memory {
    type Error = Infallible;

    fn capacity(&self) -> u32 {
        u32::try_from(ROOM).expect("there is not much room")
    }

    fn block_bytes(&self) -> u32 {
        1
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        self.part(Slot::A, offset, bytes.len()).copy_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(self.part(Slot::A, offset, bytes.len()));
        Ok(())
    }
}

/// What the device runs.
pub(crate) fn running() -> Running<'static> {
    Running {
        brand: "acme".into(),
        component: "firmware".into(),
        model: "NG-210".into(),
        hardware: 3,
        version: Version { major: 2, ..Version::UNKNOWN },
        security_version: 4,
        report: None,
    }
}

/// A device with these slots.
pub(crate) fn downloader(slots: Memory) -> Downloader<Memory, Memory> {
    let mut downloader = Downloader::new(slots, Memory::image());
    let start = Start { running: &running(), restart: Restart::Device, seed: 7, servers: 2 };
    downloader.start(start).expect("memory does not fail");
    downloader
}

/// What an update must fit to.
pub(crate) fn device<'d>(running: &'d Running<'d>) -> Device<'d> {
    Device { hwid: HWID, running, time: TIME }
}

/// A good bundle of manifest and certificate, as far as [`Yes`] sees, and its offer.
pub(crate) fn bundle() -> (Vec<u8>, Offer) {
    let certificate = Certificate {
        algorithm: 1,
        public_key: ISSUER.bytes,
        name: "desk".into(),
        kinds: KindSet::of(&[Kind::UpdateManifest]),
        brands: Brands::Any,
        classes: ClassSet::ALL,
        count_max: 1,
        issued: TIME,
        valid_from: TIME,
        valid_until: UnixSeconds(u64::MAX),
        extensions: Extensions::new(),
    };
    let mut builder = tree::Builder::new();
    IMAGE.chunks(CHUNK_BYTES).for_each(|chunk| builder.push(tree::leaf(chunk)));
    let running = running();
    let manifest = Manifest {
        issued: TIME,
        valid_until: UnixSeconds(TIME.0 + 1),
        brand: running.brand,
        component: running.component,
        models: [running.model].into_iter().collect(),
        hardware_min: 0,
        hardware_max: 9,
        version: Version { major: 3, ..Version::UNKNOWN },
        security_version: 5,
        version_min: Version::UNKNOWN,
        size: u32::try_from(IMAGE.len()).expect("it is small"),
        sha256: Sha256::digest(IMAGE).into(),
        chunk_bytes: u32::try_from(CHUNK_BYTES).expect("it is small"),
        chunks_root: builder.root().expect("there are chunks"),
        share: 0,
        extensions: Extensions::new(),
    };
    let (certificate, manifest) = (sealed(&certificate, ROOT.id()), sealed(&manifest, ISSUER.id()));
    let update = update_id(&Envelope::parse(&manifest).expect("it was just written"));
    let mut writer = BundleWriter::new();
    writer.push(&certificate).expect("two fit");
    writer.push(&manifest).expect("two fit");
    let bundle = writer.write(&mut vec![0; 4_096]).expect("they fit").to_vec();
    (bundle, Offer { update, ticket: [4; 16] })
}

fn sealed<'p, T: Payload<'p>>(payload: &T, key_id: KeyId) -> Vec<u8> {
    let header = Header { kind: T::KIND, algorithm: Algorithm::Ed25519, key_id, epoch: 1, sequence: 1 };
    seal(header, payload, &mut vec![0; ENVELOPE_BYTES_MAX], |_| [1; 64]).expect("it is within bounds").to_vec()
}

/// What an honest server answers.
pub(crate) fn answer(part: Part) -> Vec<u8> {
    let (bundle, _) = bundle();
    let leaves: Vec<_> = IMAGE.chunks(CHUNK_BYTES).map(tree::leaf).collect();
    let chunk = |index: u32| {
        let at = usize::try_from(index).expect("there are few");
        (tree::path(&leaves, at).expect("it is asked for"), IMAGE.chunks(CHUNK_BYTES).nth(at).expect("it is there"))
    };
    let mut buffer = vec![0; 8_192];
    match part {
        Part::Manifest => Fetched::Manifest(&bundle).write(&mut buffer).map(<[u8]>::to_vec),
        Part::Chunk(index) => {
            let (path, bytes) = chunk(index);
            Fetched::Chunk { index, path: &path, bytes }.write(&mut buffer).map(<[u8]>::to_vec)
        }
    }
    .expect("it fits")
}
