//! What a device hears of an update: good answers with a few bytes changed, and bytes of any kind. Whatever
//! it hears, what it has ready is the image of the manifest that was offered, and nothing else.

#![no_main]

#[path = "../update.rs"]
mod update;

use hwlicense::signed::{Ed25519, Trust};
use hwlicense::update::{Fetch, Fetched};
use libfuzzer_sys::fuzz_target;
use update::{HWID, IMAGE, Memory, ROOT, Yes, answer, bundle, device, downloader, running};

/// Where the good answer is changed, and by what; or bytes in its place.
type Change<'a> = (Vec<(u16, u8)>, Option<&'a [u8]>);

fuzz_target!(|changes: Vec<Change<'_>>| {
    let strict = Trust::new(Ed25519, [ROOT]).expect("one root");
    let believing = Trust::new(Yes, [ROOT]).expect("one root");
    let (running, (_, offer)) = (running(), bundle());
    let device = device(&running);
    let mut downloader = downloader(Memory::slots());
    downloader.handle_reply(0, Some(offer), None).expect("memory does not fail");
    let (mut uptime, mut is_honest) = (0, true);
    for (edits, raw) in changes {
        uptime = downloader.poll_timeout().filter(|at| *at < u64::MAX).unwrap_or(uptime);
        downloader.handle_timeout(uptime).expect("memory does not fail");
        let mut buffer = [0; 160];
        let Ok(Some(transmit)) = downloader.poll_transmit(uptime, HWID, &mut buffer) else { continue };
        let fetch = Fetch::parse(transmit.frame.get(5..).expect("it has a head")).expect("it is well formed");
        let good = answer(fetch.part);
        let mut body = good.clone();
        for (place, by) in edits {
            if let Some(byte) = body.get_mut(usize::from(place)) {
                *byte ^= by;
            }
        }
        let body = raw.map_or(body, <[u8]>::to_vec);
        is_honest &= body == good;
        // Under the real engine nobody is believed who has no key.
        if matches!(Fetched::parse(&body), Ok(Fetched::Manifest(_))) {
            assert!(downloader.handle_input(uptime, &body, &strict, &device).is_err());
        }
        if downloader.handle_input(uptime, &body, &believing, &device).is_err() {
            downloader.handle_failure(uptime).expect("memory does not fail");
            assert!(!is_honest, "what is good is taken");
        }
    }
    while downloader.poll_timeout().is_none() {
        let before = downloader.is_ready();
        downloader.handle_timeout(uptime).expect("memory does not fail");
        if downloader.is_ready() == before {
            break;
        }
    }
    if downloader.is_ready() {
        assert!(downloader.image().0[0].starts_with(&IMAGE));
        assert!(downloader.hand_over(&strict, &device).is_err());
    }
});
