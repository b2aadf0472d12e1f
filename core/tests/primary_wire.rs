//! The messages between a Primary Server and its clients: written and read again, cut, changed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use hwlicense::extension::Extensions;
use hwlicense::hwid::Hwid;
use hwlicense::license::Class;
use hwlicense::primary::frame::{self, FRAME_BYTES_MAX, FrameError};
use hwlicense::primary::{
    Answer, Authentication, ClientState, Entitlement, Lease, LeaseOrder, ListMark, Operation, Outcome, Receipt,
    Refusal, Reply, Request, Secret, SignedRequest, TimeCorrection, Wanted, write_request,
};
use hwlicense::signed::{Trust, Verified, VerifyError};
use hwlicense::time::UnixSeconds;
use primary_support::{LEDGER, desk, entitlement, server_key};
use support::{BRAND, DAY, ISSUED, Key, SOME_HWID, envelope, issuer, root, trust, trust_with};

fn trust_in_desk() -> Trust<'static, hwlicense::signed::Ed25519> {
    trust_with(&[envelope(desk())])
}

/// A lease signed at a time.
fn lease(issued: u64) -> Lease<'static> {
    primary_support::lease(issued, 7)
}

fn request() -> Request<'static> {
    Request {
        id: [1; 16],
        nonce: [2; 16],
        counter: 300,
        clock: Some(UnixSeconds(ISSUED)),
        hwids: [SOME_HWID].into_iter().collect(),
        previous: Some(Hwid { scheme: 3, bytes: [9; 16] }),
        enrollment: b"enrolment",
        evidence: 3,
        brand: BRAND.into(),
        name: "quay 7".into(),
        software: "4.2 (1337)".into(),
        state: ClientState::ContactLost,
        operation: Operation::Deactivate(entitlement().key),
        license_key: Some(entitlement().key),
        wanted: Wanted { class: Class::EDGE, count: 4 },
        held: [&b"lease"[..]].into_iter().collect(),
        list: Some(ListMark { signer: issuer().public.id(), epoch: 1, sequence: 9 }),
        extensions: Extensions::new(),
    }
}

#[test]
fn a_request_is_read_as_it_was_written_and_its_authenticator_covers_every_bit() {
    let (secret, other) = (Secret::new([5; 32]), Secret::new([6; 32]));
    let mut buffer = [0; 4096];
    for with in [Authentication::None, Authentication::Client(&secret), Authentication::Administrator(&secret)] {
        let body = write_request(&request(), with, &mut buffer).unwrap().to_vec();
        let read = SignedRequest::parse(&body).unwrap();
        assert_eq!(read.request, request());
        assert_eq!(read.verifies(&secret), with != Authentication::None);
        assert!(!read.verifies(&other));
        for cut in 0..body.len() {
            assert_eq!(SignedRequest::parse(&body[..cut]), Err(FrameError::Malformed), "cut at {cut}");
        }
        for bit in 0..body.len() * 8 {
            let mut changed = body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(changed) = SignedRequest::parse(&changed) {
                assert!(!changed.verifies(&secret), "bit {bit}");
                assert_ne!(changed.digest(), read.digest(), "bit {bit}");
            }
        }
    }
}

#[test]
fn the_authenticator_of_a_client_is_not_that_of_an_administrator() {
    let secret = Secret::new([5; 32]);
    let mut buffer = [0; 4096];
    let mut body = write_request(&request(), Authentication::Client(&secret), &mut buffer).unwrap().to_vec();
    let tag = body.len() - 33;
    assert_eq!(body[tag], 1);
    body[tag] = 2;
    assert!(!SignedRequest::parse(&body).unwrap().verifies(&secret));
}

#[test]
fn a_request_without_a_hwid_is_none() {
    let request = Request { hwids: heapless::Vec::new(), ..request() };
    assert!(write_request(&request, Authentication::None, &mut [0; 4096]).is_err());
}

#[test]
fn heads_of_other_protocols_and_of_giants_are_told_apart_before_anything_is_read() {
    for (head, expected) in [
        (*b"HTTP/", Err(FrameError::NotThisProtocol)),
        (*b"SSH-2", Err(FrameError::NotThisProtocol)),
        ([0x16, 3, 1, 2, 0], Err(FrameError::NotThisProtocol)),
        ([0xff, 0xff, 0xff, 0xff, 1], Err(FrameError::NotThisProtocol)),
        ([0, 0, 0, 0, 1], Err(FrameError::Size)),
        ([0, 0, 0, 1, 1], Err(FrameError::Size)),
        ([0, 1, 0, 1, 1], Err(FrameError::Size)),
        ([0, 0, 0, 2, 2], Err(FrameError::UnsupportedVersion)),
        ([0, 0, 0, 2, 1], Ok(1)),
        ([0, 1, 0, 0, 1], Ok(FRAME_BYTES_MAX - 1)),
    ] {
        assert_eq!(frame::read_head(head), expected, "{head:?}");
    }
    for length in 0..FRAME_BYTES_MAX + 3 {
        match frame::write_head(length) {
            Ok(head) => assert_eq!(frame::read_head(head), Ok(length)),
            Err(error) => {
                assert_eq!(error, FrameError::Size);
                assert!(length == 0 || length >= FRAME_BYTES_MAX);
            }
        }
    }
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    let mut buffer = [0; 64];
    for answer in [Answer::Reply(b"bundle"), Answer::Busy(70_000), Answer::NotUnderstood(553)] {
        let body = answer.write(&mut buffer).unwrap().to_vec();
        assert_eq!(Answer::parse(&body), Ok(answer));
        for cut in 0..body.len() {
            assert_eq!(Answer::parse(&body[..cut]), Err(FrameError::Malformed));
        }
    }
}

#[test]
fn what_a_server_signs_is_believed_within_its_entitlement_and_no_further() {
    let trust = trust_in_desk();
    let sealed = envelope(issuer().seal(&entitlement(), 1));
    let verified: Verified<'_, Entitlement<'_>> = trust.verify(&sealed).unwrap();
    let by = |key: &Key, issued| {
        trust.verify_delegated::<_, Lease<'_>>(&verified, &envelope(key.seal(&lease(issued), 1))).map(|_| ())
    };
    assert_eq!(by(&server_key(), ISSUED), Ok(()));
    assert_eq!(by(&issuer(), ISSUED), Err(VerifyError::UnknownKey));
    assert_eq!(by(&server_key(), ISSUED - 2 * DAY), Err(VerifyError::IssuerNotAllowedTime));
    assert_eq!(by(&server_key(), ISSUED + 3650 * DAY), Ok(()));
    assert_eq!(by(&server_key(), ISSUED + 3650 * DAY + 1), Err(VerifyError::IssuerNotAllowedTime));
    // A server's key makes no entitlement, and is no issuer.
    let forged = envelope(server_key().seal(&Entitlement { count: 1000, ..entitlement() }, 2));
    assert_eq!(trust.verify::<Entitlement<'_>>(&forged).map(|_| ()), Err(VerifyError::UnknownKey));
    assert_eq!(
        trust.verify_delegated::<_, Entitlement<'_>>(&verified, &forged).map(|_| ()),
        Err(VerifyError::IssuerNotAllowedKind)
    );
    // Every flipped bit is noticed.
    let good = server_key().seal(&lease(ISSUED), 1);
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = hwlicense::signed::Envelope::parse(support::leak_bytes(changed)) {
            assert!(trust.verify_delegated::<_, Lease<'_>>(&verified, &changed).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn payloads_are_read_as_they_were_written() {
    let trust = trust_in_desk();
    let verified: Verified<'_, Entitlement<'_>> = trust.verify(&envelope(issuer().seal(&entitlement(), 1))).unwrap();
    assert_eq!(verified.claims(), entitlement());
    let read: Verified<'_, Lease<'_>> =
        trust.verify_delegated(&verified, &envelope(server_key().seal(&lease(ISSUED), 1))).unwrap();
    assert_eq!(read.claims(), lease(ISSUED));
    for outcome in [
        Outcome::Licensed,
        Outcome::Waiting,
        Outcome::refused(Refusal::NoCapacity),
        Outcome::Refused(9),
        Outcome::Deactivated,
    ] {
        let reply = Reply {
            issued: UnixSeconds(ISSUED),
            request: [3; 32],
            hwid: SOME_HWID,
            brand: BRAND.into(),
            ledger: LEDGER,
            ledger_epoch: 2,
            outcome,
            enclosed: [[1; 16], [0; 16]].into_iter().collect(),
            secret: Some(Secret::new([8; 32])),
            extensions: Extensions::new(),
        };
        let read: Verified<'_, Reply<'_>> =
            trust.verify_delegated(&verified, &envelope(server_key().seal(&reply, 1))).unwrap();
        assert_eq!(read.claims(), reply);
        assert!(!format!("{reply:?}").contains("8, 8"), "a secret is never shown");
    }
    let receipt = Receipt {
        issued: UnixSeconds(ISSUED),
        entitlement: entitlement().key,
        hwid: SOME_HWID,
        ledger: LEDGER,
        up_to: LeaseOrder { ledger_epoch: 1, serial: 7 },
        free_from: None,
        extensions: Extensions::new(),
    };
    let read: Verified<'_, Receipt<'_>> =
        trust.verify_delegated(&verified, &envelope(server_key().seal(&receipt, 1))).unwrap();
    assert_eq!(read.claims(), receipt);
}

#[test]
fn only_a_root_corrects_time() {
    let correction = TimeCorrection {
        issued: UnixSeconds(ISSUED),
        hwid: SOME_HWID,
        floor_epoch: 1,
        time: UnixSeconds(ISSUED),
        extensions: Extensions::new(),
    };
    let trust = trust();
    assert_eq!(trust.verify_signed_by_root(&envelope(root().seal(&correction, 1))), Ok(correction.clone()));
    assert_eq!(
        trust.verify_signed_by_root::<TimeCorrection<'_>>(&envelope(issuer().seal(&correction, 1))),
        Err(VerifyError::UnknownKey)
    );
    assert_eq!(
        trust_in_desk().verify_signed_by_root::<Lease<'_>>(&envelope(root().seal(&lease(ISSUED), 1))),
        Err(VerifyError::WrongKind)
    );
}

#[test]
fn refusals_have_one_number_each() {
    for refusal in Refusal::ALL {
        assert_eq!(Refusal::from_number(refusal.number()), Some(*refusal));
        assert!(!refusal.next_step().is_empty());
    }
    assert_eq!(Outcome::Refused(9).refusal(), None);
}
