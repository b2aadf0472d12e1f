//! What is not for this device, not the vendor's, or not whole is never handed over, and mostly not even
//! written.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;
mod update_support;

use hwlicense::signed::{Revocation, VerifyError};
use hwlicense::time::UnixSeconds;
use hwlicense::update::client::{
    ATTEMPTS_MAX, Answered, HandOverError, InputError, READ_BACK_STEP_BYTES, Restart, WRONG_ROUNDS_MAX,
};
use hwlicense::update::{
    CHUNK_BYTES_MAX, FetchRefusal, Fetched, Manifest, Part, Progress, Report, Running, UpdateError, tree,
};
use support::{DAY, ISSUED, Key, bundle, envelope, issuer, list};
use update_support::board::{Board, CAPACITY};
use update_support::{CHUNK, Camera, Random, Update, body, desk, desk_of, factory, image, manifest, version};

const SIZE: usize = 3 * CHUNK + 7;

/// A camera that was offered the update, and its answer to the manifest.
fn hear_manifest(
    camera: &mut Camera,
    update: &Update,
) -> Result<Answered, InputError<update_support::board::BoardError>> {
    camera.contact(Some(update.offer()));
    let (_, fetch) = camera.ask().unwrap();
    assert_eq!(fetch.part, Part::Manifest);
    camera.hear(&update.answer(&fetch))
}

#[test]
fn a_manifest_that_does_not_suit_ends_it_before_anything_is_written() {
    let good = image(SIZE, 1);
    let base = manifest(&good);
    let large = image(CAPACITY + 1, 1);
    let cases: [(Manifest<'static>, UpdateError); 10] = [
        (Manifest { brand: "Other".into(), ..base.clone() }, UpdateError::OtherBrand),
        (Manifest { component: "recorder".into(), ..base.clone() }, UpdateError::OtherComponent),
        (
            Manifest { models: ["NG-300"].map(Into::into).into_iter().collect(), ..base.clone() },
            UpdateError::OtherModel,
        ),
        (Manifest { hardware_min: 4, ..base.clone() }, UpdateError::OtherHardware),
        (Manifest { version: version("2.7"), ..base.clone() }, UpdateError::NotNewer),
        (Manifest { version: version("2.6"), ..base.clone() }, UpdateError::NotNewer),
        (Manifest { security_version: 3, ..base.clone() }, UpdateError::BelowFloor),
        (Manifest { version_min: version("2.7.0+1"), ..base.clone() }, UpdateError::TooOld),
        (Manifest { valid_until: UnixSeconds(ISSUED + DAY - 1), ..base.clone() }, UpdateError::Expired),
        (manifest(&large), UpdateError::NoRoom),
    ];
    for (manifest, error) in cases {
        let content = if error == UpdateError::NoRoom { &large } else { &good };
        let update = Update::new(content, &manifest);
        let mut camera = Camera::new();
        assert_eq!(hear_manifest(&mut camera, &update), Err(InputError::Update(error)));
        assert_eq!(camera.ask(), None);
        assert_eq!(camera.progress(), Some(Progress::Failed(error.number())), "it is told");
        assert_eq!(camera.board.image_changes(), 0, "{error}: something was written");
        // And not begun again, however often it is offered.
        for _ in 0..3 {
            camera.restart().unwrap();
            camera.contact(Some(update.offer()));
            assert_eq!(camera.ask(), None, "{error}");
        }
        assert_eq!(camera.hand_over(), Err(HandOverError::NotReady));
    }
}

#[test]
fn a_manifest_that_is_not_believed_is_asked_of_every_server_and_then_given_up() {
    let good = Update::good(SIZE);
    let (content, base) = (image(SIZE, 1), manifest(&image(SIZE, 1)));
    let stranger = Update::signed(&content, &base, &Key::new(66), &desk());
    let foreign = {
        let other = Key::new(66);
        let envelope = other.seal(&base, 1);
        Update {
            bundle: bundle(&[&envelope, &Key::new(67).seal(&support::certificate(&other), 1)]),
            ..stranger.clone()
        }
    };
    let not_for_updates = {
        let desk = support::root().seal(&support::certificate(&issuer()), 1);
        Update::signed(&content, &base, &issuer(), &desk)
    };
    let other = Update::new(&image(SIZE, 2), &manifest(&image(SIZE, 2)));
    let swapped = Update { bundle: other.bundle, ..good.clone() };
    let too_long = Update { bundle: vec![7; 4_000], ..good.clone() };
    for (update, is_other) in
        [(&stranger, false), (&foreign, false), (&not_for_updates, false), (&swapped, true), (&too_long, false)]
    {
        let mut camera = Camera::new();
        camera.servers = 2;
        camera.restart().unwrap();
        camera.contact(Some(update.offer()));
        let mut asked = Vec::new();
        while let Some((server, fetch)) = camera.ask() {
            asked.push(server);
            let heard = camera.hear(&update.answer(&fetch)).unwrap_err();
            assert_eq!(matches!(heard, InputError::Update(UpdateError::OtherManifest)), is_other, "{heard:?}");
            assert_eq!(matches!(heard, InputError::NotBelieved(_)), !is_other, "{heard:?}");
        }
        assert_eq!(asked, [0, 1].repeat(WRONG_ROUNDS_MAX.into()));
        assert!(matches!(camera.progress(), Some(Progress::Failed(569 | 570))));
        assert_eq!(camera.board.image_changes(), 0);
    }
    // Every byte of a good one counts.
    for at in 0..good.bundle.len() {
        let mut altered = good.clone();
        altered.bundle[at] ^= 1;
        let mut camera = Camera::new();
        assert!(hear_manifest(&mut camera, &altered).is_err(), "{at}");
        assert_eq!(camera.board.image_changes(), 0);
    }
}

#[test]
fn a_signer_who_was_revoked_is_believed_no_more_also_at_the_last_moment() {
    let update = Update::good(SIZE);
    let revoked = list(&[Revocation::KeyRevoked(issuer().public.id())]);
    let other_issuer = Key::new(3);
    let revoke = |camera: &mut Camera| {
        camera.trust.admit(&envelope(desk_of(&other_issuer))).unwrap();
        camera.trust.admit(&envelope(other_issuer.seal(&revoked, 1))).unwrap();
    };
    let mut camera = Camera::new();
    revoke(&mut camera);
    assert_eq!(hear_manifest(&mut camera, &update), Err(InputError::NotBelieved(VerifyError::KeyRevoked)));
    let mut camera = Camera::new();
    camera.contact(Some(update.offer()));
    camera.fetch(&update);
    revoke(&mut camera);
    assert!(camera.downloader.is_ready());
    assert_eq!(camera.hand_over(), Err(HandOverError::Update(UpdateError::NotBelieved)));
    assert!(!camera.downloader.is_ready());
}

#[test]
fn no_chunk_is_written_that_the_manifest_does_not_name() {
    let update = Update::good(SIZE);
    let other = Update::new(&image(SIZE, 2), &manifest(&image(SIZE, 2)));
    let mut camera = Camera::new();
    hear_manifest(&mut camera, &update).unwrap();
    camera.hear(&update.chunk(0)).unwrap_err();
    let (_, fetch) = camera.ask().unwrap();
    let right = update.answer(&fetch);
    let mut random = Random(5);
    let bits = (0..right.len() * 8).filter(|bit| *bit < 200 * 8 || random.below(16) == 0);
    for bit in bits {
        let mut wrong = right.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        // Asked anew as often as it takes; the attempt does not end while right parts come between.
        assert!(camera.hear(&wrong).is_err(), "bit {bit}");
        assert_eq!(camera.board.image_changes(), 0, "bit {bit}");
        camera.contact(None);
        hear_manifest(&mut camera, &update).unwrap();
        camera.ask().unwrap();
    }
    let leaf = |bytes: &[u8]| tree::leaf(bytes);
    let bytes = &update.image[..CHUNK];
    let long = vec![0; CHUNK_BYTES_MAX as usize];
    for wrong in [
        update.chunk(1),
        other.chunk(0),
        body(&Fetched::Chunk { index: 0, path: &[], bytes }),
        body(&Fetched::Chunk { index: 0, path: &[leaf(bytes); 2], bytes }),
        body(&Fetched::Chunk { index: 0, path: &[leaf(bytes); 22], bytes }),
        body(&Fetched::Chunk { index: 0, path: &[leaf(bytes); 2], bytes: &[] }),
        body(&Fetched::Chunk { index: 0, path: &[leaf(bytes); 2], bytes: &long }),
        body(&Fetched::Chunk { index: u32::MAX, path: &[leaf(bytes); 2], bytes }),
    ] {
        assert_eq!(camera.hear(&wrong), Err(InputError::Update(UpdateError::WrongChunk)));
        camera.contact(None);
        hear_manifest(&mut camera, &update).unwrap();
        camera.ask().unwrap();
    }
    assert_eq!(camera.hear(&update.bundle), Err(InputError::Frame(hwlicense::primary::FrameError::Malformed)));
    assert_eq!(camera.board.image_changes(), 0);
}

#[test]
fn servers_that_keep_giving_something_wrong_cost_three_attempts() {
    let update = Update::good(SIZE);
    let mut camera = Camera::new();
    for attempt in 1..=ATTEMPTS_MAX {
        camera.contact(Some(update.offer()));
        let mut wrong = 0;
        while let Some((_, fetch)) = camera.ask() {
            match fetch.part {
                Part::Chunk(1) => {
                    wrong += 1;
                    camera.hear(&update.chunk(2)).unwrap_err();
                }
                _ => drop(camera.hear(&update.answer(&fetch)).unwrap()),
            }
        }
        assert_eq!(wrong, WRONG_ROUNDS_MAX, "attempt {attempt}");
        assert_eq!(camera.progress(), Some(Progress::Failed(UpdateError::WrongChunk.number())));
        // It is not begun again before a server was told.
        camera.downloader.handle_reply(camera.uptime, Some(update.offer()), None).unwrap();
        assert_eq!(camera.ask(), None);
    }
    for _ in 0..3 {
        camera.contact(Some(update.offer()));
        assert_eq!(camera.ask(), None);
        assert_eq!(camera.progress(), None, "it was told, and is given up");
    }
    // Another one is not given up with it.
    let other = Update::new(&image(SIZE, 2), &manifest(&image(SIZE, 2)));
    assert!(camera.update(&other));
}

#[test]
fn an_image_that_is_not_what_was_written_is_never_ready() {
    let update = Update::good(SIZE);
    let mut random = Random(9);
    for _ in 0..200 {
        let bit = random.below(SIZE * 8);
        let mut camera = Camera::new();
        hear_manifest(&mut camera, &update).unwrap();
        for index in 0..4 {
            camera.ask().unwrap();
            camera.hear(&update.chunk(index)).unwrap();
        }
        camera.board.flip_image(bit);
        assert_eq!(camera.hand_over(), Err(HandOverError::NotReady), "nothing was read back yet");
        assert_eq!(camera.ask(), None);
        assert_eq!(camera.progress(), Some(Progress::Failed(UpdateError::WrongImage.number())), "bit {bit}");
        assert_eq!(camera.hand_over(), Err(HandOverError::NotReady));
        // All of it is fetched again.
        assert!(camera.update(&update));
    }
}

#[test]
fn a_signed_image_whose_digest_is_another_is_never_ready() {
    let content = image(SIZE, 1);
    let update = Update::new(&content, &Manifest { sha256: [1; 32], ..manifest(&content) });
    let mut camera = Camera::new();
    assert!(!camera.update(&update));
    assert_eq!(camera.progress(), Some(Progress::Failed(UpdateError::WrongImage.number())));
}

#[test]
fn half_an_image_is_never_handed_over() {
    let update = Update::good(SIZE);
    let mut camera = Camera::new();
    hear_manifest(&mut camera, &update).unwrap();
    for index in 0..4 {
        assert_eq!(camera.hand_over(), Err(HandOverError::NotReady), "{index}");
        camera.ask().unwrap();
        assert_eq!(camera.hand_over(), Err(HandOverError::NotReady), "{index}");
        camera.hear(&update.chunk(index)).unwrap();
    }
    assert_eq!(camera.hand_over(), Err(HandOverError::NotReady));
    assert_eq!(camera.ask(), None);
    assert!(camera.hand_over().unwrap().clearance.grant().is_some());
    assert_eq!(camera.hand_over(), Err(HandOverError::NotReady), "once");
}

#[test]
fn a_whole_image_is_read_back_in_bounded_steps() {
    let update = Update::good(40 * CHUNK);
    let mut camera = Camera::new();
    hear_manifest(&mut camera, &update).unwrap();
    for index in 0..40 {
        camera.ask().unwrap();
        camera.hear(&update.chunk(index)).unwrap();
    }
    let mut steps = 0;
    while !camera.downloader.is_ready() {
        let before = camera.board.reads();
        assert_eq!(camera.downloader.poll_timeout(), None);
        camera.downloader.handle_timeout(0).unwrap();
        assert!(camera.board.reads() - before <= READ_BACK_STEP_BYTES as usize);
        steps += 1;
    }
    assert_eq!((steps, camera.board.reads()), (3, 40 * CHUNK));
}

#[test]
fn a_manifest_that_expires_ends_it_wherever_it_stands() {
    let update = Update::good(SIZE);
    for chunks in 0..=4 {
        let mut camera = Camera::new();
        hear_manifest(&mut camera, &update).unwrap();
        for index in 0..chunks {
            camera.ask().unwrap();
            camera.hear(&update.chunk(index)).unwrap();
        }
        let asked = camera.ask();
        camera.time = ISSUED + 30 * DAY + 1;
        match asked {
            Some((_, fetch)) => {
                let before = camera.board.image_changes();
                assert_eq!(camera.hear(&update.answer(&fetch)), Err(InputError::Update(UpdateError::Expired)));
                assert_eq!(camera.board.image_changes(), before);
            }
            None => assert_eq!(camera.hand_over(), Err(HandOverError::Update(UpdateError::Expired))),
        }
        assert_eq!(camera.progress(), Some(Progress::Failed(UpdateError::Expired.number())));
    }
}

#[test]
fn nobody_goes_back_behind_the_highest_security_version_that_ran() {
    let update = Update::good(SIZE);
    let mut camera = Camera::new();
    assert!(camera.update(&update));
    camera.restart().unwrap();
    camera.contact(None);
    assert_eq!(camera.downloader.floor(), 5);
    // Older software was put onto the device by other means.
    camera.running = Running { version: version("2.0"), security_version: 1, ..factory() };
    camera.restart().unwrap();
    assert_eq!(camera.downloader.floor(), 5);
    let content = image(SIZE, 3);
    let old = Manifest { version: version("2.5"), security_version: 4, ..manifest(&content) };
    let old = Update::new(&content, &old);
    assert_eq!(hear_manifest(&mut camera, &old), Err(InputError::Update(UpdateError::BelowFloor)));
    camera.contact(None);
    assert!(camera.update(&update));
}

#[test]
fn a_withdrawn_update_ends_and_may_come_again() {
    let update = Update::good(SIZE);
    for refusal in [FetchRefusal::UnknownUpdate, FetchRefusal::BadTicket] {
        let mut camera = Camera::new();
        camera.servers = 2;
        camera.restart().unwrap();
        hear_manifest(&mut camera, &update).unwrap();
        camera.ask().unwrap();
        camera.hear(&update.chunk(0)).unwrap();
        let refused = body(&Fetched::Refused(refusal.number()));
        for server in [0, 1] {
            assert_eq!(camera.ask().unwrap().0, server);
            assert_eq!(camera.hear(&refused), Ok(Answered::Refused(refusal.number())));
        }
        assert_eq!(camera.ask(), None);
        assert_eq!(camera.progress(), Some(Progress::Downloading(250)), "what is stored stays");
        assert!(camera.update(&update));
        assert_eq!(camera.board.image_changes(), 4);
    }
    // An offer that is taken back ends it as well, even when the image is ready.
    let mut camera = Camera::new();
    camera.contact(Some(update.offer()));
    camera.fetch(&update);
    assert!(camera.downloader.is_ready());
    camera.contact(Some(update.offer()));
    assert!(camera.downloader.is_ready(), "the same offer changes nothing");
    camera.contact(None);
    assert_eq!(camera.hand_over(), Err(HandOverError::NotReady));
    assert!(camera.update(&update));
    assert_eq!(camera.board.image_changes(), 4, "nothing was fetched twice");
}

#[test]
fn another_offer_takes_the_place_of_one_that_is_not_finished() {
    let (first, second) = (Update::good(SIZE), Update::new(&image(SIZE, 2), &manifest(&image(SIZE, 2))));
    let mut camera = Camera::new();
    hear_manifest(&mut camera, &first).unwrap();
    camera.ask().unwrap();
    camera.hear(&first.chunk(0)).unwrap();
    assert!(camera.update(&second));
    // One that is handed over stays until the next start.
    camera.contact(Some(first.offer()));
    assert_eq!((camera.ask(), camera.progress()), (None, Some(Progress::Ready)));
    camera.restart().unwrap();
    assert_eq!(camera.contact(None).unwrap().update, second.id);
}

#[test]
fn an_update_that_is_not_taken_or_does_not_start_is_tried_three_times() {
    let update = Update::good(SIZE);
    for does_start in [false, true] {
        let mut camera = Camera::new();
        for attempt in 1..=ATTEMPTS_MAX {
            camera.contact(Some(update.offer()));
            camera.fetch(&update);
            camera.hand_over().unwrap();
            let error = if does_start {
                camera.restart_of(Restart::Program).unwrap();
                assert_eq!(camera.progress(), Some(Progress::Ready), "the device may still start with it");
                camera.restart().unwrap();
                UpdateError::NotStarted
            } else {
                camera.downloader.handle_refusal().unwrap();
                camera.restart().unwrap();
                UpdateError::NotInstalled
            };
            for _ in 0..2 {
                assert_eq!(camera.progress(), Some(Progress::Failed(error.number())), "attempt {attempt}");
                camera.restart().unwrap();
            }
        }
        camera.contact(Some(update.offer()));
        assert_eq!(camera.ask(), None);
        camera.downloader.handle_refusal().unwrap();
        assert_eq!(camera.progress(), None, "nothing was handed over that could be refused");
    }
}

#[test]
fn what_became_of_an_update_is_told_until_a_server_knows() {
    let update = Update::good(SIZE);
    let mut camera = Camera::new();
    camera.update(&update);
    camera.restart().unwrap();
    let report = camera.downloader.report();
    assert_eq!(report.unwrap().progress, Progress::Installed);
    // A reply to a request that did not carry it.
    camera.downloader.handle_reply(0, None, None).unwrap();
    assert_eq!(camera.downloader.report(), report);
    // And to one that carried an older report, or that on another update.
    let older = report.map(|report| Report { progress: Progress::Ready, ..report });
    let other = report.map(|report| Report { update: [0; 32], ..report });
    for carried in [older, other] {
        camera.downloader.handle_reply(0, None, carried).unwrap();
        assert_eq!(camera.downloader.report(), report);
    }
    camera.restart().unwrap();
    assert_eq!(camera.downloader.report(), report);
    camera.downloader.handle_reply(0, None, report).unwrap();
    assert_eq!(camera.downloader.report(), None);
    camera.restart().unwrap();
    assert_eq!(camera.downloader.report(), None);
    // A program that starts anew with the update is as good as a device.
    let mut camera = Camera::with(Board::new(1), factory());
    camera.update(&update);
    camera.restart_of(Restart::Program).unwrap();
    assert_eq!(camera.progress(), Some(Progress::Installed));
}
