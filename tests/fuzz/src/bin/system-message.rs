//! The message between servers: what is accepted is written again as the same bytes, and a machine
//! that gets it never goes back.

#![no_main]

use hwlicense::system::watch::{
    Contact, Epoch, Identity, Instant, MESSAGE_BYTES_MAX, Message, Peer, Role, Timing, Watch, WatchEvent,
};
use hwlicense::system::{Policy, ServerId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::decode(bytes) {
        assert_eq!(message.encode(&mut [0; MESSAGE_BYTES_MAX]), bytes);
    }
    for policy in [Policy::KeepRecording, Policy::Majority] {
        run(bytes, policy);
    }
});

/// Messages one after another, each with its sender, the time since the last one and its length
/// before it.
fn run(mut bytes: &[u8], policy: Policy) {
    let peer = |number| Peer::new(ServerId([number; 16]), Role::Server, Contact::Settled);
    let mut peers = [peer(1), peer(3), peer(4)];
    let stored = Epoch { counter: 7, issuer: ServerId([2; 16]), digest: [0; 32] };
    let me = Identity { id: ServerId([2; 16]), role: Role::Server, boot: 1, stored };
    let mut now = Instant(0);
    let mut watch = Watch::new(now, Timing::DEFAULT, policy, me, &mut peers).expect("the list is good");
    while let [from, later, length, rest @ ..] = bytes {
        let (message, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        bytes = rest;
        now = now.after(u64::from(*later) * 16);
        let obeyed = watch.epoch();
        if let Ok(message) = Message::decode(message) {
            let _ = watch.handle_input(now, ServerId([*from; 16]), &message);
        }
        watch.handle_timeout(now);
        while let Some(event) = watch.poll_event() {
            match event {
                WatchEvent::Store(epoch) => watch.handle_stored(now, &epoch),
                WatchEvent::PlanDue => drop(watch.issue(now, [*from; 32], Default::default())),
                _ => {}
            }
        }
        assert!(watch.epoch() >= obeyed);
        while let Some((_, message)) = watch.poll_transmit() {
            let mut buffer = [0; MESSAGE_BYTES_MAX];
            assert_eq!(Message::decode(message.encode(&mut buffer)), Ok(message));
        }
    }
}
