//! What is signed, offered and asked of an update: what is read is written again as the same bytes, and
//! a path leads to one leaf of a tree only.

#![no_main]

use hwlicense::extension::{Extension, Extensions};
use hwlicense::signed::Envelope;
use hwlicense::time::UnixSeconds;
use hwlicense::update::{
    EXTENSION_TAG, Fetch, Manifest, OFFER_BYTES_MAX, Offer, RUNNING_BYTES_MAX, Running, Version, tree,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(fetch) = Fetch::parse(bytes) {
        assert_eq!(fetch.write(&mut [0; 128]).expect("it fits"), bytes);
    }
    let mut extensions = Extensions::new();
    let extension = Extension { tag: EXTENSION_TAG, critical: false, bytes };
    extensions.push(extension).expect("there is room for one");
    let running = Running::in_request(&extensions);
    if let Some(running) = running {
        assert_eq!(running.write(&mut [0; RUNNING_BYTES_MAX]).expect("it fits"), bytes);
    }
    if let Some(offer) = Offer::in_reply(&extensions) {
        assert_eq!(offer.write(&mut [0; OFFER_BYTES_MAX]).expect("it fits"), bytes);
    }
    if let Ok(manifest) = Envelope::parse(bytes).and_then(|envelope| envelope.unverified::<Manifest<'_>>()) {
        let count = manifest.chunk_count();
        assert!(count > 0 && manifest.chunk_length(count) == 0);
        let last = manifest.chunk_length(count - 1);
        assert_eq!(u64::from(count - 1) * u64::from(manifest.chunk_bytes) + u64::from(last), u64::from(manifest.size));
        let _ = manifest.suits(&running.unwrap_or_default(), 0, UnixSeconds(0));
    }
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(version) = text.parse::<Version>()
    {
        assert_eq!(version.to_string().parse(), Ok(version));
    }
    if let Some(([count, index], rest)) = bytes.split_first_chunk::<2>() {
        let (leaves, path) = (rest.as_chunks::<32>().0, rest.as_chunks::<32>().0);
        let leaves = &leaves[..leaves.len().min(usize::from(*count))];
        let mut builder = tree::Builder::new();
        leaves.iter().for_each(|leaf| builder.push(*leaf));
        if let (Some(root), Some(own)) = (builder.root(), tree::path(leaves, usize::from(*index))) {
            let total = u32::try_from(leaves.len()).expect("few");
            let leaf = &leaves[usize::from(*index)];
            assert!(tree::is_in(&root, total, (*index).into(), leaf, &own));
            // Any other path is another claim, which only the same digests make true.
            let path = &path[..path.len().min(tree::PATH_MAX)];
            assert!(path == own.as_slice() || !tree::is_in(&root, total, (*index).into(), leaf, path));
        }
    }
});
