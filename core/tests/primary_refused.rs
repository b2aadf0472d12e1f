//! Replies that are not to be believed: each is told apart, and leaves everything as it was.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use hwlicense::hwid::Hwid;
use hwlicense::license::{Binding, Class, License, LicenseKey, Reason};
use hwlicense::primary::client::{Answered, InputError, ReplyError};
use hwlicense::primary::frame::FrameError;
use hwlicense::primary::{
    Answer, Entitlement, Lease, Outcome, Receipt, Refusal, TimeCorrection, enclosed_digest, request_digest,
};
use hwlicense::signed::{BUNDLE_BYTES_MAX, Envelope, Kind, Revocation, VerifyError};
use hwlicense::time::UnixSeconds;
use primary_support::flash::FlashError;
use primary_support::{Camera, Draft, Server, answer, desk, desk_of, entitlement, hwid, lease, server_key};
use support::{BRAND, DAY, ISSUED, Key, SOME_HWID, extensions, issuer, license, list, root};

const TIME: u64 = ISSUED + 2 * DAY;
const OTHER_LEDGER: [u8; 16] = *b"another ledger..";

fn refused(error: ReplyError) -> InputError<FlashError> {
    InputError::Reply(error)
}

fn not_believed(error: VerifyError) -> InputError<FlashError> {
    InputError::NotBelieved(error)
}

/// A camera with a licence, that has just asked again, and the digest of what it asked.
fn asking() -> (Camera, Server, [u8; 32]) {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    server.time = TIME;
    let request = camera.ask();
    (camera, server, request_digest(&request))
}

/// A reply that is good.
fn good(request: [u8; 32]) -> Draft {
    Draft::licensed(TIME, request, &lease(TIME, 2))
}

/// What becomes of a reply that was spoilt; everything must be as before if it is refused.
fn after(spoil: impl FnOnce(&mut Draft)) -> Result<Answered, InputError<FlashError>> {
    let (camera, _, request) = asking();
    let mut draft = good(request);
    spoil(&mut draft);
    hear(camera, &draft.body())
}

fn hear(mut camera: Camera, body: &[u8]) -> Result<Answered, InputError<FlashError>> {
    assert!(camera.records());
    let before = camera.everything();
    let heard = camera.hear(body);
    if heard.is_err() {
        assert_eq!(camera.everything(), before, "{heard:?}");
        assert!(camera.records());
        camera.restart();
        assert!(camera.records(), "also after a restart");
    }
    heard
}

/// What becomes of a reply with this lease, made by the server's key.
fn after_lease(lease: Lease<'static>) -> Result<Answered, InputError<FlashError>> {
    after(|draft| draft.enclosed[2] = server_key().seal(&lease, 1))
}

/// What becomes of a reply with this entitlement in place of the site's.
fn after_entitlement(entitlement: &Entitlement<'_>) -> Result<Answered, InputError<FlashError>> {
    after(|draft| draft.enclosed[1] = issuer().seal(entitlement, 1))
}

#[test]
fn the_good_reply_is_good() {
    assert_eq!(after(|_| {}), Ok(Answered::Reply(Outcome::Licensed)));
}

#[test]
fn a_reply_counts_once_and_for_one_request() {
    let (mut camera, _, request) = asking();
    let body = good(request).body();
    camera.hear(&body).unwrap();
    assert_eq!(hear(camera, &body), Err(refused(ReplyError::Replayed)));

    let (mut camera, ..) = asking();
    camera.client.handle_failure(camera.uptime);
    assert_eq!(hear(camera, &body), Err(refused(ReplyError::NotAsked)));

    let (camera, ..) = asking();
    assert_eq!(hear(camera, &good([7; 32]).body()), Err(refused(ReplyError::OtherRequest)));

    // A replay after a restart is refused as well.
    let (mut camera, mut second) = (Camera::new(), Server::new());
    let request = camera.ask();
    let first = second.answer(&request);
    camera.hear(&first).unwrap();
    camera.restart();
    camera.ask();
    assert_eq!(hear(camera, &first), Err(refused(ReplyError::OtherRequest)));
}

#[test]
fn a_reply_for_somebody_else_is_refused() {
    assert_eq!(after(|draft| draft.reply.hwid = SOME_HWID), Err(refused(ReplyError::OtherHwid)));
    assert_eq!(after(|draft| draft.reply.brand = "Other".into()), Err(refused(ReplyError::OtherBrand)));
    let other_brand = Entitlement { brand: "Other".into(), ..entitlement() };
    assert_eq!(after_entitlement(&other_brand), Err(refused(ReplyError::OtherBrand)));
}

#[test]
fn a_reply_of_another_ledger_or_of_an_older_state_of_it_is_refused() {
    assert_eq!(after(|draft| draft.reply.ledger = OTHER_LEDGER), Err(refused(ReplyError::OtherLedger)));
    let (mut camera, mut server) = (Camera::new(), Server { ledger_epoch: 3, ..Server::new() });
    camera.contact(&mut server);
    camera.restart();
    let request = request_digest(&camera.ask());
    let mut draft = good(request);
    draft.reply.ledger_epoch = 2;
    assert_eq!(hear(camera, &draft.body()), Err(refused(ReplyError::OldLedgerEpoch)));
}

#[test]
fn a_lease_beyond_its_entitlement_is_refused() {
    let good = || lease(TIME, 2);
    let until = |until: u64| Some(UnixSeconds(until));
    let expires = ISSUED + 365 * DAY;
    let beyond = [
        Lease { count: 5, ..good() },
        Lease { count: u32::MAX, ..good() },
        Lease { until: None, ..good() },
        Lease { until: until(TIME + 30 * DAY + 1), ..good() },
        Lease { from: UnixSeconds(expires - DAY), until: until(expires + 1), ..good() },
        Lease { from: UnixSeconds(ISSUED - 1), until: until(TIME), ..good() },
        Lease { hwid: SOME_HWID, ..good() },
        Lease { hwid: Hwid { scheme: 4, ..hwid() }, ..good() },
        Lease { ledger: OTHER_LEDGER, ..good() },
        Lease { ledger_epoch: 2, ..good() },
        Lease { entitlement: LicenseKey::from_random(*b"9876543210"), ..good() },
    ];
    for lease in beyond {
        assert_eq!(after_lease(lease.clone()), Err(refused(ReplyError::NotCovered)), "{lease:?}");
    }
    let edges = [
        Lease { until: until(TIME + 30 * DAY), ..good() },
        Lease { from: UnixSeconds(expires - DAY), until: until(expires), ..good() },
        Lease { from: UnixSeconds(ISSUED), until: until(ISSUED + 1), ..good() },
        Lease { ledger_epoch: 0, ..good() },
    ];
    for lease in edges {
        assert_eq!(after_lease(lease.clone()), Ok(Answered::Reply(Outcome::Licensed)), "{lease:?}");
    }
}

#[test]
fn a_lease_stays_within_one_ledger_with_its_entitlement_and_its_reply() {
    let other = LicenseKey::from_random(*b"9876543210");
    let beside = |key: &Key, ledger: [u8; 16], lease_ledger: [u8; 16]| {
        after(|draft| {
            let public_key = key.public.bytes;
            draft.enclosed.push(issuer().seal(&Entitlement { key: other, ledger, public_key, ..entitlement() }, 2));
            let lease = Lease { entitlement: other, ledger: lease_ledger, ..lease(TIME, 9) };
            draft.enclosed.push(key.seal(&lease, 1));
        })
    };
    let ledger = entitlement().ledger;
    assert_eq!(beside(&server_key(), ledger, ledger), Ok(Answered::Reply(Outcome::Licensed)));
    assert_eq!(beside(&Key::new(50), ledger, ledger), Ok(Answered::Reply(Outcome::Licensed)));
    let not_covered = Err(refused(ReplyError::NotCovered));
    assert_eq!(beside(&Key::new(50), OTHER_LEDGER, OTHER_LEDGER), not_covered, "a good lease, and not of this ledger");
    assert_eq!(beside(&server_key(), OTHER_LEDGER, ledger), not_covered, "not the ledger of its entitlement");
    assert_eq!(beside(&server_key(), ledger, OTHER_LEDGER), not_covered);
}

#[test]
fn no_lease_is_laid_by_for_the_time_after_the_mandate() {
    let entitlement = Entitlement { expires: None, serves_until: UnixSeconds(TIME), ..entitlement() };
    for (from, expected) in
        [(TIME, Ok(Answered::Reply(Outcome::Licensed))), (TIME + 1, Err(refused(ReplyError::NotCovered)))]
    {
        let lease = Lease { from: UnixSeconds(from), until: Some(UnixSeconds(from + DAY)), ..lease(TIME, 2) };
        let heard = after(|draft| {
            draft.enclosed[1] = issuer().seal(&entitlement, 2);
            draft.enclosed[2] = server_key().seal(&lease, 1);
        });
        assert_eq!(heard, expected);
    }
}

#[test]
fn a_lease_of_another_key_is_refused() {
    let by = |key: &Key| after(|draft| draft.enclosed[2] = key.seal(&lease(TIME, 2), 1));
    assert_eq!(by(&Key::new(41)), Err(not_believed(VerifyError::UnknownKey)));
    assert_eq!(by(&issuer()), Err(not_believed(VerifyError::UnknownKey)));
    assert_eq!(by(&root()), Err(not_believed(VerifyError::UnknownKey)));
}

#[test]
fn a_lease_without_its_entitlement_is_refused_although_the_client_knows_one() {
    let heard = after(|draft| {
        draft.enclosed.remove(1);
    });
    assert_eq!(heard, Err(refused(ReplyError::NotCovered)));
}

#[test]
fn a_reply_of_a_key_that_no_entitlement_names_is_refused() {
    assert_eq!(after(|draft| draft.key = Key::new(41)), Err(refused(ReplyError::NotEntitled)));
    assert_eq!(after(|draft| draft.key = issuer()), Err(refused(ReplyError::NotEntitled)));
    // Nor does a key make itself an entitlement, or let a desk do so that no root knows.
    let thief = Key::new(41);
    let own = || Entitlement { public_key: thief.public.bytes, ..entitlement() };
    let by = |maker: &Key, certificate: Option<Vec<u8>>| {
        after(|draft| {
            draft.key = thief.clone();
            draft.enclosed = vec![certificate.unwrap_or_else(desk), maker.seal(&own(), 1)];
            draft.enclosed.push(thief.seal(&lease(TIME, 2), 1));
        })
    };
    assert_eq!(by(&thief, None), Err(not_believed(VerifyError::UnknownKey)));
    assert_eq!(by(&server_key(), None), Err(not_believed(VerifyError::UnknownKey)));
    let self_made = thief.seal(&support::certificate(&thief), 1);
    assert_eq!(by(&thief, Some(self_made)), Err(not_believed(VerifyError::UnknownKey)));
}

#[test]
fn a_reply_outside_the_mandate_of_its_key_is_refused() {
    let signed_at = |time| after(|draft| draft.reply.issued = UnixSeconds(time));
    let too_early = Err(not_believed(VerifyError::IssuerNotAllowedTime));
    assert_eq!(signed_at(ISSUED - 2 * DAY), too_early);
    assert_eq!(signed_at(ISSUED + 3_650 * DAY + 1), too_early);
    assert_eq!(signed_at(ISSUED + 3_650 * DAY), Ok(Answered::Reply(Outcome::Licensed)));
}

#[test]
fn envelopes_that_are_added_left_out_or_moved_are_noticed() {
    let digests = |draft: &Draft| -> Vec<_> {
        draft.enclosed.iter().map(|envelope| enclosed_digest(&Envelope::parse(envelope).unwrap())).collect()
    };
    let after = |spoil: fn(&mut Draft)| {
        let (camera, _, request) = asking();
        let mut draft = good(request);
        let named = digests(&draft);
        spoil(&mut draft);
        hear(camera, &answer(&Answer::Reply(&draft.bundle_naming(named))))
    };
    let incomplete = Err(refused(ReplyError::Incomplete));
    assert_eq!(after(|_| {}), Ok(Answered::Reply(Outcome::Licensed)));
    assert_eq!(after(|draft| draft.enclosed.push(issuer().seal(&list(&[]), 1))), incomplete);
    assert_eq!(after(|draft| draft.enclosed.truncate(2)), incomplete);
    assert_eq!(after(|draft| draft.enclosed.swap(1, 2)), incomplete);
    assert_eq!(after(|draft| draft.enclosed[2] = server_key().seal(&lease(TIME, 1), 1)), incomplete);
}

#[test]
fn a_licence_that_is_granted_and_not_brought_is_refused() {
    let (mut camera, mut server, request) = asking();
    let draft = Draft::new(TIME, request, Outcome::Licensed);
    assert_eq!(camera.hear(&draft.body()), Err(refused(ReplyError::Incomplete)));
    camera.client.handle_failure(camera.uptime);
    assert!(camera.records());
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::Licensed));
}

#[test]
fn unknown_critical_extensions_refuse_wherever_they_are() {
    let critical = || extensions(&[(9, true, b"new")]);
    let unknown = Err(not_believed(VerifyError::UnknownCritical));
    assert_eq!(after(|draft| draft.reply.extensions = critical()), unknown);
    assert_eq!(after_lease(Lease { extensions: critical(), ..lease(TIME, 2) }), unknown);
    assert_eq!(after_entitlement(&Entitlement { extensions: critical(), ..entitlement() }), unknown);
    let passed = Ok(Answered::Reply(Outcome::Licensed));
    let other = || extensions(&[(9, false, b"new")]);
    assert_eq!(after(|draft| draft.reply.extensions = other()), passed);
    assert_eq!(after_lease(Lease { extensions: other(), ..lease(TIME, 2) }), passed);
}

#[test]
fn what_is_revoked_is_refused_and_a_list_that_comes_with_it_counts_at_once() {
    let with = |entry| after(|draft| draft.enclosed.push(issuer().seal(&list(&[entry]), 1)));
    let revoked = Revocation::LicenseRevoked(entitlement().key);
    assert_eq!(with(revoked), Err(not_believed(VerifyError::LicenseRevoked)));
    let server = Revocation::KeyRevoked(server_key().public.id());
    assert_eq!(with(server), Err(not_believed(VerifyError::KeyRevoked)));
    let desk = Revocation::KeyRevoked(issuer().public.id());
    // Signed by a second desk, for nobody revokes himself in earnest.
    let heard = after(|draft| {
        draft.enclosed.extend([desk_of(&Key::new(3)), Key::new(3).seal(&list(&[desk]), 1)]);
    });
    assert_eq!(heard, Err(not_believed(VerifyError::KeyRevoked)));
}

#[test]
fn a_server_can_bring_the_list_that_revokes_its_own_entitlement() {
    let (mut camera, mut server) = (Camera::new(), Server::new());
    camera.contact(&mut server);
    server.refusal = Some(Refusal::Revoked);
    server.news = vec![issuer().seal(&list(&[Revocation::LicenseRevoked(entitlement().key)]), 1)];
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::refused(Refusal::Revoked)));
    for _ in 0..2 {
        assert_eq!((camera.check().reason, camera.records()), (Reason::Revoked, false));
        camera.restart();
    }
    // From then on nothing in the name of that entitlement is believed.
    server.refusal = None;
    let request = camera.ask();
    let answer = server.answer(&request);
    assert_eq!(camera.hear(&answer), Err(not_believed(VerifyError::LicenseRevoked)));
}

#[test]
fn a_list_is_kept_with_the_certificate_of_its_signer() {
    let second = Key::new(3);
    let (mut camera, mut server) = (Camera::new(), Server::new());
    server.news = vec![desk_of(&second), second.seal(&list(&[Revocation::LicenseRevoked(entitlement().key)]), 5)];
    server.gives = false;
    camera.contact(&mut server);
    // The next reply brings neither, or an older list.
    for news in [vec![], vec![desk_of(&second), second.seal(&list(&[]), 4)]] {
        (server.news, server.gives) = (news, true);
        let request = camera.ask();
        let answer = server.answer(&request);
        assert_eq!(camera.hear(&answer), Err(not_believed(VerifyError::LicenseRevoked)));
        camera.client.handle_failure(camera.uptime);
    }
    // A newer one that revokes it no longer, in the name of the very same entitlement.
    server.news = vec![desk_of(&second), second.seal(&list(&[]), 6)];
    assert_eq!(camera.contact(&mut server), Answered::Reply(Outcome::Licensed));
    assert!(camera.records());
}

#[test]
fn a_list_and_a_lease_of_two_desks_are_kept_with_both_certificates() {
    let (second, other) = (Key::new(3), LicenseKey::from_random(*b"9876543210"));
    let (mut camera, mut server) = (Camera::new(), Server::new());
    server.news = vec![desk_of(&second), second.seal(&list(&[Revocation::LicenseRevoked(other)]), 5)];
    camera.contact(&mut server);
    server.news.clear();
    camera.contact(&mut server);
    camera.restart();
    assert!(camera.records());
    let request = request_digest(&camera.ask());
    let mut draft = Draft::licensed(TIME, request, &Lease { entitlement: other, ..lease(TIME, 9) });
    draft.enclosed.push(issuer().seal(&Entitlement { key: other, ..entitlement() }, 2));
    assert_eq!(hear(camera, &draft.body()), Err(not_believed(VerifyError::LicenseRevoked)));
}

#[test]
fn what_does_not_belong_into_a_reply_is_refused() {
    let heard = after(|draft| draft.enclosed.push(draft.key.seal_bytes(Kind::UpdateManifest.number(), b"x")));
    assert_eq!(heard, Err(not_believed(VerifyError::WrongKind)));
    let foreign = Receipt { hwid: SOME_HWID, ..Server::new().receipt() };
    assert_eq!(after(|draft| draft.enclosed.push(draft.key.seal(&foreign, 1))), Err(refused(ReplyError::OtherHwid)));
    let foreign = Receipt { ledger: OTHER_LEDGER, ..Server::new().receipt() };
    assert_eq!(after(|draft| draft.enclosed.push(draft.key.seal(&foreign, 1))), Err(refused(ReplyError::OtherLedger)));
    let forged = Server::new().receipt();
    assert_eq!(
        after(|draft| draft.enclosed.push(issuer().seal(&forged, 1))),
        Err(not_believed(VerifyError::UnknownKey))
    );
    let correction = TimeCorrection {
        issued: UnixSeconds(ISSUED),
        hwid: hwid(),
        floor_epoch: 1,
        time: UnixSeconds(ISSUED),
        extensions: hwlicense::extension::Extensions::new(),
    };
    assert_eq!(
        after(|draft| draft.enclosed.push(issuer().seal(&correction, 1))),
        Err(not_believed(VerifyError::UnknownKey))
    );
    let licence = License { binding: Binding::Strict(hwid()), ..license() };
    assert_eq!(
        after(|draft| draft.enclosed.push(server_key().seal(&licence, 1))),
        Err(not_believed(VerifyError::UnknownKey)),
        "a server makes no licence"
    );
}

#[test]
fn a_licence_that_the_vendor_signed_may_come_in_a_reply() {
    let (mut camera, _, request) = asking();
    let licence = License { binding: Binding::Strict(hwid()), class: Class::EDGE, ..license() };
    let mut draft = Draft::new(TIME, request, Outcome::Licensed);
    draft.enclosed.push(issuer().seal(&licence, 1));
    assert_eq!(camera.hear(&draft.body()), Ok(Answered::Reply(Outcome::Licensed)));
    camera.restart();
    assert_eq!(camera.check().reason, Reason::Valid);
}

#[test]
fn more_than_can_be_kept_is_refused() {
    let filler = |tag: u16, size: usize| extensions(&[(tag, false, vec![7; size].leak())]);
    let lease = |serial, size| Lease { extensions: filler(1, size), ..lease(TIME, serial) };
    let with = |sizes: &[usize]| {
        after(|draft| {
            draft.enclosed.truncate(2);
            let leases = sizes.iter().enumerate().map(|(serial, size)| lease(serial as u64 + 2, *size));
            draft.enclosed.extend(leases.map(|lease| server_key().seal(&lease, 1)));
        })
    };
    assert_eq!(with(&[3_500]), Ok(Answered::Reply(Outcome::Licensed)));
    assert_eq!(with(&[3_500, 3_500]), Err(refused(ReplyError::TooLarge)));
    let heard = hear(asking().0, &answer(&Answer::Reply(&[b'H'; BUNDLE_BYTES_MAX + 1])));
    assert_eq!(heard, Err(not_believed(VerifyError::TooLarge)));
}

#[test]
fn a_machine_without_a_hwid_takes_nothing() {
    let (mut camera, _, request) = asking();
    camera.machine = support::hardware::featureless().machine();
    assert_eq!(camera.hear(&good(request).body()), Err(refused(ReplyError::NoHwid)));
}

#[test]
fn a_product_of_another_brand_takes_nothing() {
    let (mut camera, _, request) = asking();
    camera.brand = "Other";
    assert_eq!(camera.hear(&good(request).body()), Err(refused(ReplyError::OtherBrand)));
    assert_eq!((camera.check().reason, BRAND), (Reason::OtherBrand, "Acme"));
}

#[test]
fn a_reply_that_is_cut_anywhere_is_refused() {
    let (mut camera, _, request) = asking();
    let body = good(request).body();
    let before = camera.everything();
    for cut in 0..body.len() {
        assert_eq!(camera.hear(&body[..cut]), Err(InputError::Frame(FrameError::Malformed)), "cut at {cut}");
    }
    let bundle = good(request).bundle();
    for cut in 0..bundle.len() {
        let heard = camera.hear(&answer(&Answer::Reply(&bundle[..cut])));
        assert!(matches!(heard, Err(InputError::NotBelieved(VerifyError::Malformed))), "cut at {cut}: {heard:?}");
    }
    assert_eq!(camera.everything(), before);
    assert!(camera.hear(&body).is_ok());
}

#[test]
fn a_reply_with_any_bit_flipped_is_refused() {
    let (mut camera, _, request) = asking();
    let body = good(request).body();
    let before = camera.everything();
    for bit in 0..body.len() * 8 {
        let mut changed = body.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let heard = camera.hear(&changed);
        assert!(heard.is_err(), "bit {bit}: {heard:?}");
        if bit % 512 == 0 {
            assert_eq!(camera.everything(), before, "bit {bit}");
        }
    }
    assert_eq!(camera.everything(), before);
    assert!(camera.hear(&body).is_ok());
}
