//! What a client hears. A reply that is good, with a few bytes changed, is judged by an engine that
//! says yes to every signature, so that everything behind the signatures is reached; under the real
//! one nothing that a fuzzer writes changes anything.

#![no_main]

#[path = "../primary.rs"]
mod primary;

use hwlicense::primary::client::{Answered, Client};
use hwlicense::primary::{Answer, Outcome, enclosed_digest, request_digest};
use hwlicense::signed::{BundleWriter, Ed25519, Envelope, Trust};
use libfuzzer_sys::fuzz_target;
use primary::{ROOT, Slots, Yes, chain, device, machine, reply, start};

/// Which envelope is changed, where, and by what.
type Edit = (u8, u16, u8);

fn edited(envelopes: &mut [Vec<u8>], first: u8, edits: &[Edit]) {
    for (which, place, by) in edits {
        let Some(which) = which.checked_sub(first) else { continue };
        if let Some(byte) = envelopes.get_mut(usize::from(which)).and_then(|bytes| bytes.get_mut(usize::from(*place))) {
            *byte ^= by;
        }
    }
}

fuzz_target!(|input: (Vec<Edit>, u8, &[u8])| {
    let (edits, outcome, raw) = input;
    let machine = machine();
    let (device, hwid) = (device(&machine), machine.hwid().expect("it has a serial number"));
    let strict = Trust::new(Ed25519, [ROOT]).expect("one root");
    let believing = Trust::new(Yes, [ROOT]).expect("one root");
    let Ok(mut client) = Client::load(Slots::new(), start());
    let (uptime, mut buffer) = (10, [0; 2_048]);
    client.handle_timeout(uptime).expect("memory does not fail");
    let transmit = client.poll_transmit(uptime, &[5; 32], &device, &mut buffer).expect("it has a HWID");
    let request = request_digest(&transmit.expect("the first contact is due").frame[5..]);

    let mut enclosed = chain(hwid);
    edited(&mut enclosed, 0, &edits);
    let digests: Vec<_> =
        enclosed.iter().filter_map(|bytes| Envelope::parse(bytes).ok()).map(|one| enclosed_digest(&one)).collect();
    let outcome = match outcome {
        1 => Outcome::Waiting,
        2 => Outcome::Refused(512),
        3 => Outcome::Deactivated,
        _ => Outcome::Licensed,
    };
    let mut spoken = [reply(hwid, request, outcome, &digests)];
    edited(&mut spoken, 3, &edits);
    let mut writer = BundleWriter::new();
    for envelope in spoken.iter().chain(&enclosed) {
        writer.push(envelope).expect("four fit");
    }
    let (mut file, mut body) = ([0; 8_192], [0; 10_000]);
    let bundle = writer.write(&mut file).expect("they fit");
    let answer = Answer::Reply(bundle).write(&mut body).expect("it fits");

    // Under the real engine nobody is believed who has no key.
    assert!(!matches!(client.handle_input(uptime, answer, &strict, &device), Ok(Answered::Reply(_))));
    let heard = client.handle_input(uptime, answer, &believing, &device);
    let report = client.check(uptime, &believing, &device, |_| {});
    assert!(heard.is_ok() || report.verdict.grant().is_none());
    if edits.is_empty() {
        assert_eq!(heard, Ok(Answered::Reply(outcome)));
        assert_eq!(report.verdict.grant().is_some(), outcome == Outcome::Licensed);
    }
    assert!(client.check(uptime, &strict, &device, |_| {}).verdict.grant().is_none());

    // Bytes of any kind, and the same state after a restart.
    let _ = client.handle_input(uptime, raw, &believing, &device);
    let _ = client.handle_correction(uptime, raw, &believing, &device);
    let report = client.check(uptime, &believing, &device, |_| {});
    let Ok(mut again) = Client::load(client.into_storage(), start());
    assert_eq!(again.check(0, &believing, &device, |_| {}).verdict, report.verdict);
});
