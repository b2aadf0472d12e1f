//! What was given up or taken away stays so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use hwlicense::license::LicenseKey;
use hwlicense::primary::client::{Answered, InputError, ReplyError, TOMBSTONES_MAX};
use hwlicense::primary::{
    Entitlement, Lease, LeaseOrder, LedgerId, Operation, Outcome, Receipt, Refusal, SignedRequest, request_digest,
};
use hwlicense::time::UnixSeconds;
use primary_support::flash::Flash;
use primary_support::{Camera, Draft, Server, desk, entitlement, lease};
use support::{DAY, ISSUED, Key, issuer};

fn licensed() -> (Camera, Server) {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    (camera, server)
}

fn operation(body: &[u8]) -> (Operation, usize) {
    let signed = SignedRequest::parse(body).unwrap();
    (signed.request.operation, signed.request.held.len())
}

#[test]
fn what_was_given_up_counts_no_more_also_after_a_restart() {
    let (mut camera, mut server) = licensed();
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    for _ in 0..2 {
        assert!(!camera.records());
        let request = camera.ask();
        assert_eq!(operation(&request), (Operation::Deactivate(entitlement().key), 0), "a dead lease is not shown");
        camera.restart();
    }
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::Deactivated));
    assert!(!camera.records());
    // It is told once.
    let request = camera.ask();
    assert_eq!(operation(&request).0, Operation::Contact);
    // A later lease of the same entitlement counts.
    server.gives = true;
    let answer = server.answer(&request);
    assert_eq!(camera.hear(&answer), Ok(Answered::Reply(Outcome::Licensed)));
    assert!(camera.records());
}

#[test]
fn an_old_reply_is_not_taken_again_after_something_was_given_up() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    let request = camera.ask();
    let old = server.answer(&request);
    camera.hear(&old).unwrap();
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    assert_eq!(camera.hear(&old), Err(InputError::Reply(ReplyError::Replayed)));
    camera.restart();
    assert_eq!(camera.hear(&old), Err(InputError::Reply(ReplyError::NotAsked)));
    camera.contact(&mut server);
    // A server that gives out an old lease again, in a reply that is new, does not bring it back.
    let request = request_digest(&camera.ask());
    camera.hear(&Draft::licensed(server.time, request, &lease(server.time, 1)).body()).unwrap();
    assert!(!camera.records());
    let request = request_digest(&camera.ask());
    camera.hear(&Draft::licensed(server.time, request, &lease(server.time, 2)).body()).unwrap();
    assert!(camera.records());
}

#[test]
fn an_answer_that_was_under_way_does_not_bring_back_what_was_given_up() {
    let (mut camera, mut server) = licensed();
    let request = camera.ask();
    let under_way = server.answer(&request);
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    assert_eq!(camera.hear(&under_way), Err(InputError::Reply(ReplyError::NotAsked)));
    // Nor does the answer to a request that was carried away before.
    let (mut camera, mut server) = licensed();
    let request = camera.carry();
    let carried = server.answer(&request);
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    camera.restart();
    assert_eq!(camera.hear(&carried), Err(InputError::Reply(ReplyError::NotAsked)));
    assert!(!camera.records());
}

#[test]
fn the_receipt_buries_every_lease_up_to_the_last_that_the_server_gave() {
    let (mut camera, mut server) = licensed();
    // Leases that never arrived.
    server.serial = 7;
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    camera.contact(&mut server);
    for (serial, counts) in [(2, false), (7, false), (8, true)] {
        let request = request_digest(&camera.ask());
        camera.hear(&Draft::licensed(server.time, request, &lease(server.time, serial)).body()).unwrap();
        assert_eq!(camera.records(), counts, "lease {serial}");
        camera.restart();
        assert_eq!(camera.records(), counts, "lease {serial}, after a restart");
    }
}

#[test]
fn a_restored_ledger_gives_later_leases_whatever_their_serial() {
    let (mut camera, mut server) = licensed();
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    camera.contact(&mut server);
    (server.ledger_epoch, server.serial, server.gives) = (2, 0, true);
    camera.contact(&mut server);
    assert!(camera.records());
}

#[test]
fn a_server_that_knows_nothing_of_it_ends_the_giving_up() {
    for refusal in Refusal::ALL {
        let (mut camera, mut server) = licensed();
        camera.client.give_up(camera.uptime, entitlement().key).unwrap();
        server.refusal = Some(*refusal);
        camera.contact(&mut server);
        assert!(!camera.records());
        camera.restart();
        let is_over = matches!(refusal, Refusal::NotActive | Refusal::UnknownLicenseKey);
        assert_eq!(operation(&camera.ask()).0 == Operation::Contact, is_over, "{refusal:?}");
    }
}

#[test]
fn what_an_administrator_withdraws_stops() {
    let (mut camera, mut server) = licensed();
    server.refusal = Some(Refusal::Withdrawn);
    camera.contact(&mut server);
    for _ in 0..2 {
        assert!(!camera.records());
        assert_eq!(camera.client.refusal(), Some(Refusal::Withdrawn.number()));
        camera.restart();
    }
    server.refusal = None;
    camera.contact(&mut server);
    assert!(camera.records());
}

/// A reply of another server, with an entitlement of its own.
fn foreign(request: [u8; 32], outcome: Outcome) -> Draft {
    let (key, ledger): (_, LedgerId) = (Key::new(50), *b"a foreign ledger");
    let entitlement = Entitlement {
        key: LicenseKey::from_random(*b"foreign...."[..10].first_chunk().unwrap()),
        ledger,
        public_key: key.public.bytes,
        ..entitlement()
    };
    let mut draft = Draft::new(ISSUED + 2 * DAY, request, outcome);
    (draft.key, draft.reply.ledger) = (key, ledger);
    draft.enclosed = vec![desk(), issuer().seal(&entitlement, 1)];
    draft
}

#[test]
fn a_server_withdraws_nothing_that_is_not_its_own() {
    let (mut camera, _) = licensed();
    for outcome in [Outcome::refused(Refusal::Withdrawn), Outcome::Deactivated, Outcome::Waiting] {
        let request = request_digest(&camera.ask());
        assert_eq!(camera.hear(&foreign(request, outcome).body()), Ok(Answered::Reply(outcome)));
        assert!(camera.records());
        camera.restart();
        assert!(camera.records());
    }
}

#[test]
fn receipts_for_other_things_do_not_push_a_tombstone_out() {
    let (mut camera, mut server) = licensed();
    let flash = camera.flash.content();
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    for number in 0..TOMBSTONES_MAX as u8 + 2 {
        let request = request_digest(&camera.ask());
        let mut draft = Draft::new(server.time, request, Outcome::Waiting);
        let receipt = Receipt {
            entitlement: LicenseKey::from_random([number; 10]),
            up_to: LeaseOrder { ledger_epoch: 1, serial: 99 },
            ..server.receipt()
        };
        draft.enclosed.push(draft.key.seal(&receipt, 1));
        camera.hear(&draft.body()).unwrap();
        assert!(!camera.records(), "{number}");
        camera.restart();
        assert!(!camera.records(), "{number}");
    }
    assert_eq!(operation(&camera.ask()).1, 0);
    // Old flash brings it back, and the server sees that the counter went back.
    server.saw_clone = false;
    let request = camera.ask();
    server.counter = SignedRequest::parse(&request).unwrap().request.counter;
    let mut old = Camera::with(Flash::holding(flash));
    assert!(old.records());
    let request = old.ask();
    server.answer(&request);
    assert!(server.saw_clone);
}

#[test]
fn giving_up_one_licence_leaves_the_other() {
    let mut camera = Camera::new();
    let request = request_digest(&camera.ask());
    let second = Entitlement { key: LicenseKey::from_random(*b"9876543210"), ..entitlement() };
    let mut draft = Draft::licensed(ISSUED + DAY, request, &lease(ISSUED + DAY, 1));
    draft.enclosed.push(issuer().seal(&second, 2));
    let other = Lease { entitlement: second.key, serial: 2, ..lease(ISSUED + DAY, 2) };
    draft.enclosed.push(draft.key.seal(&other, 1));
    camera.hear(&draft.body()).unwrap();
    camera.client.give_up(camera.uptime, second.key).unwrap();
    assert!(camera.records());
    assert_eq!(operation(&camera.ask()).1, 1);
    let mut server = Server { time: ISSUED + DAY, ..Server::new() };
    camera.client.handle_failure(camera.uptime);
    let request = camera.ask();
    let mut draft = server.draft(&request);
    let receipt = Receipt { entitlement: second.key, issued: UnixSeconds(ISSUED + DAY), ..server.receipt() };
    draft.enclosed[2] = draft.key.seal(&receipt, 1);
    assert_eq!(camera.hear(&draft.body()), Ok(Answered::Reply(Outcome::Deactivated)));
    for _ in 0..2 {
        assert!(camera.records());
        camera.restart();
    }
    camera.client.give_up(camera.uptime, entitlement().key).unwrap();
    assert!(!camera.records());
}
