//! Updates: who is offered which, what reports do, and what stops a bad one.

use hwlicense::primary::{Authentication, Operation};
use hwlicense::signed::{Revocation, VerifyError};
use hwlicense::time::UnixSeconds;
use hwlicense::update::{
    FetchRefusal, Fetched, Manifest, Part, Progress, Report, Running, UpdateError, UpdateId, tree,
};
use hwlicense_server::image::{CHUNKS_MAX, Digests, next_chunk};
use hwlicense_server::ledger::update::{self, HandedOut, Plan, RETRY_S, UNDER_WAY_S, UpdateFault, hand_out};
use hwlicense_server::ledger::{self, Action};
use hwlicense_server::store::sqlite::SqliteStore;
use hwlicense_server::store::{Reach, Stage, Store as _, StoreError, UpdateRow, UpdateState};

use crate::site::{
    Answered, BRAND, DAY, Device, Key, NOW, Random, Site, bundle, certificate, entitlement, hwid, issuer, root, sqlite,
};

const CHUNK: u32 = 1_024;

fn site(folder: &tempfile::TempDir) -> Site<SqliteStore> {
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 10_000)).unwrap();
    site.policy.updates.at_once = 1_000;
    site
}

fn image(number: u8) -> Vec<u8> {
    let mut random = Random::new(number.into());
    (0..10_000).map(|_| random.below(256) as u8).collect()
}

fn digests(image: &[u8]) -> Digests {
    Digests::of(&mut &*image, CHUNK, &mut |_| {}).unwrap()
}

/// A manifest for an image that is told from others by the number.
fn manifest(number: u8, version: &str) -> Manifest<'static> {
    let digests = digests(&image(number));
    Manifest {
        issued: UnixSeconds(NOW - DAY),
        valid_until: UnixSeconds(NOW + 100 * DAY),
        brand: BRAND.into(),
        component: "firmware".into(),
        models: ["NG-200".into(), "NG-210".into()].into_iter().collect(),
        hardware_min: 2,
        hardware_max: 4,
        version: version.parse().unwrap(),
        security_version: 5,
        version_min: "2.0".parse().unwrap(),
        size: digests.size,
        sha256: digests.sha256,
        chunk_bytes: CHUNK,
        chunks_root: digests.root,
        share: 1_000,
        extensions: hwlicense::extension::Extensions::new(),
    }
}

fn file(manifest: &Manifest<'_>) -> Vec<u8> {
    bundle(&[&issuer().seal(manifest, 1), &certificate()])
}

fn chunks(image: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = image;
    core::iter::from_fn(|| next_chunk(&mut rest, CHUNK).unwrap()).collect()
}

fn begin(site: &mut Site<SqliteStore>, file: &[u8], image: &[u8]) -> Result<update::Arrival, UpdateFault> {
    let plan = Plan { share: None, groups: Vec::new() };
    site.with(|book| update::begin(book, &[root().public()], file, &digests(image), &plan))
}

fn publish_file(site: &mut Site<SqliteStore>, file: &[u8], image: &[u8]) -> Result<UpdateId, UpdateFault> {
    let arrival = begin(site, file, image)?;
    while site.with(|book| update::clear(book, &arrival))? {}
    site.with(|book| update::keep_chunks(book, &arrival, &digests(image), 0, &chunks(image)))?;
    site.with(|book| update::finish(book, &arrival, &digests(image)))?;
    Ok(arrival.id)
}

fn publish(site: &mut Site<SqliteStore>, number: u8, version: &str) -> UpdateId {
    publish_file(site, &file(&manifest(number, version)), &image(number)).unwrap()
}

fn running(version: &str) -> Running<'static> {
    Running {
        brand: BRAND.into(),
        component: "firmware".into(),
        model: "NG-210".into(),
        hardware: 3,
        version: version.parse().unwrap(),
        security_version: 5,
        report: None,
    }
}

/// A device with its secret, that runs version 2.0.
fn device(site: &mut Site<SqliteStore>, number: u32) -> Device {
    let mut device = Device { running: Some(running("2.0")), ..Device::new(number) };
    assert_eq!(device.contact(site).offer, None, "nobody is offered anything who proved nothing");
    device
}

fn offered(answered: &Answered) -> Option<UpdateId> {
    answered.offer.map(|offer| offer.update)
}

/// Contacts with a report: what is offered then.
fn report(site: &mut Site<SqliteStore>, device: &mut Device, update: UpdateId, progress: Progress) -> Option<UpdateId> {
    device.running.as_mut().unwrap().report = Some(Report { update, progress });
    offered(&device.contact(site))
}

fn failed(error: UpdateError) -> Progress {
    Progress::Failed(error.number())
}

fn state(site: &mut Site<SqliteStore>, id: UpdateId) -> UpdateState {
    site.with(|book| book.rows().update(&id)).unwrap().unwrap().state
}

fn reach(site: &mut Site<SqliteStore>, id: UpdateId) -> Reach {
    site.with(|book| book.rows().reach(&id)).unwrap()
}

fn noted(site: &mut Site<SqliteStore>, action: Action) -> Vec<(String, String)> {
    let lines = site.with(|book| book.rows().audit_after(None, 100_000)).unwrap();
    lines.into_iter().filter(|line| line.action == action.number()).map(|line| (line.actor, line.detail)).collect()
}

#[test]
fn what_is_published_is_verified_whole_and_known_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let (good, picture) = (manifest(1, "2.7"), image(1));
    let fault =
        |site: &mut Site<_>, manifest: &Manifest<'_>| publish_file(site, &file(manifest), &picture).unwrap_err();
    let forged = bundle(&[&Key::new(3).seal(&good, 1), &certificate()]);
    let unknown = UpdateFault::Verify(VerifyError::UnknownKey);
    assert_eq!(publish_file(&mut site, &forged, &picture), Err(unknown));
    assert_eq!(publish_file(&mut site, &bundle(&[&issuer().seal(&good, 1)]), &picture), Err(unknown));
    let sound = file(&good);
    for position in (0..sound.len()).step_by(7) {
        let mut damaged = sound.clone();
        damaged[position] ^= 1;
        assert!(publish_file(&mut site, &damaged, &picture).is_err(), "{position}");
    }
    assert_eq!(fault(&mut site, &Manifest { valid_until: UnixSeconds(NOW - 1), ..good.clone() }), UpdateFault::Expired);
    for other in [
        Manifest { size: good.size - 1, ..good.clone() },
        Manifest { sha256: [1; 32], ..good.clone() },
        Manifest { chunks_root: [1; 32], ..good.clone() },
    ] {
        assert_eq!(fault(&mut site, &other), UpdateFault::OtherImage);
    }
    assert_eq!(publish_file(&mut site, &sound, &image(2)), Err(UpdateFault::OtherImage));
    assert_eq!(site.with(|book| book.rows().updates()).unwrap(), [], "what was refused left nothing");

    let id = publish_file(&mut site, &sound, &picture).unwrap();
    assert_eq!(publish_file(&mut site, &sound, &picture), Err(UpdateFault::Published));
    let again = Manifest { share: 10, ..good.clone() };
    assert_eq!(fault(&mut site, &again), UpdateFault::SameVersion);
    // For other devices, or as another version, it is another update.
    let models = ["NG-300".into()].into_iter().collect();
    publish_file(&mut site, &file(&Manifest { models, ..good.clone() }), &picture).unwrap();
    publish_file(&mut site, &file(&Manifest { hardware_min: 5, hardware_max: 5, ..good.clone() }), &picture).unwrap();
    site.with(|book| update::withdraw(book, &id, "")).unwrap();
    assert_eq!(publish_file(&mut site, &sound, &picture), Err(UpdateFault::Withdrawn));
    publish_file(&mut site, &file(&again), &picture).unwrap();
    assert_eq!(noted(&mut site, Action::UpdatePublished).len(), 4);
}

#[test]
fn updates_and_chunks_are_no_more_than_there_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let row = site.store.snapshot(|tx| tx.update(&id)).unwrap().unwrap();
    let filled: Result<(), StoreError> = site.store.transaction(|tx| {
        (2..update::UPDATES_MAX).try_for_each(|number| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&number.to_be_bytes());
            tx.put_update(&UpdateRow { id, state: UpdateState::Withdrawn, ..row.clone() })
        })
    });
    filled.unwrap();
    let leaves = vec![[1; 32]; CHUNKS_MAX + 1];
    let (next, picture) = (file(&manifest(2, "2.8")), image(2));
    let large = Digests { leaves, ..digests(&picture) };
    let plan = Plan { share: None, groups: Vec::new() };
    let begun = site.with(|book| update::begin(book, &[root().public()], &next, &large, &plan));
    assert_eq!(begun, Err(UpdateFault::TooManyChunks));
    publish_file(&mut site, &next, &picture).unwrap();
    let further = file(&manifest(3, "2.9"));
    assert_eq!(publish_file(&mut site, &further, &image(3)), Err(UpdateFault::TooMany));
}

#[test]
fn an_update_that_did_not_arrive_whole_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = device(&mut site, 1);
    let (picture, parts) = (image(1), chunks(&image(1)));
    let arrival = begin(&mut site, &file(&manifest(1, "2.7")), &picture).unwrap();
    let keep = |site: &mut Site<_>, first, parts: &[Vec<u8>]| {
        site.with(|book| update::keep_chunks(book, &arrival, &digests(&picture), first, parts))
    };
    keep(&mut site, 0, &parts[..4]).unwrap();
    assert_eq!(keep(&mut site, 4, &parts[5..6]), Err(UpdateFault::OtherImage), "another chunk in its place");
    assert_eq!(site.with(|book| update::finish(book, &arrival, &digests(&picture))), Err(UpdateFault::OtherImage));
    // Here the publisher dies.
    assert_eq!(camera.contact(&mut site).offer, None);
    assert_eq!(site.with(update::updates).unwrap(), []);
    let got = site.store.snapshot(|tx| hand_out(tx, &arrival.id, Part::Chunk(0))).unwrap();
    assert_eq!(got, HandedOut::Refused(FetchRefusal::UnknownUpdate));
    let digits = format!("{:02x}{:02x}", arrival.id[0], arrival.id[1]);
    assert_eq!(site.with(|book| update::find(book, &digits)), Err(UpdateFault::Unknown));
    // The next attempt begins anew.
    let id = publish(&mut site, 1, "2.7");
    assert_eq!(offered(&camera.contact(&mut site)), Some(id));

    let arrival = begin(&mut site, &file(&manifest(2, "2.8")), &image(2)).unwrap();
    site.with(|book| update::keep_chunks(book, &arrival, &digests(&image(2)), 0, &chunks(&image(2)))).unwrap();
    site.now += DAY;
    site.with(ledger::sweep).unwrap();
    assert!(site.with(|book| book.rows().update(&arrival.id)).unwrap().is_some(), "it may still arrive");
    site.now += 1;
    site.with(ledger::sweep).unwrap();
    assert!(site.with(|book| book.rows().update(&arrival.id)).unwrap().is_none());
    assert_eq!(site.with(|book| book.rows().chunk_count(&id)).unwrap(), 10, "the others stay");
}

#[test]
fn a_device_is_offered_the_newest_update_that_is_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let mut camera = device(&mut site, 1);
    assert_eq!(camera.contact(&mut site).offer, None);
    let older = publish(&mut site, 1, "2.7");
    let newer = publish(&mut site, 2, "2.10");
    let answered = camera.contact(&mut site);
    assert_eq!(offered(&answered), Some(newer));
    let secret = crate::site::server_key();
    let ticket = hwlicense::update::ticket(secret.ticket_secret(), hwid(1), &newer);
    assert_eq!(answered.offer.unwrap().ticket, ticket);
    // What is no longer offered leaves the next one.
    site.with(|book| update::withdraw(book, &newer, "")).unwrap();
    assert_eq!(offered(&camera.contact(&mut site)), Some(older));
    for (number, other) in [
        Running { brand: "southgate".into(), ..running("2.0") },
        Running { component: "recorder".into(), ..running("2.0") },
        Running { model: "NG-300".into(), ..running("2.0") },
        Running { hardware: 1, ..running("2.0") },
        Running { hardware: 5, ..running("2.0") },
        Running { security_version: 6, ..running("2.0") },
        running("2.7"),
        running("2.8"),
        running("1.9"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut other = Device { running: Some(other), ..Device::new(100 + number as u32) };
        assert_eq!(other.settle(&mut site).offer, None, "{:?}", other.running);
    }
    site.now = NOW + 100 * DAY + 1;
    assert_eq!(camera.contact(&mut site).offer, None, "it has expired");
}

#[test]
fn nobody_goes_below_the_highest_security_version_they_ever_ran() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    publish(&mut site, 1, "2.7");
    let mut camera = device(&mut site, 1);
    camera.running = Some(Running { security_version: 6, ..running("2.0") });
    camera.contact(&mut site);
    camera.running = Some(running("2.0"));
    assert_eq!(camera.contact(&mut site).offer, None);
    let row = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap().running.unwrap();
    assert_eq!((row.security_version, row.security_floor), (5, 6));
}

#[test]
fn who_proves_nothing_is_offered_nothing_and_reports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let mut camera = device(&mut site, 1);
    assert_eq!(offered(&camera.contact(&mut site)), Some(id));
    let mut thief = Device { salt: 9, counter: 50, ..camera.clone() };
    thief.running =
        Some(Running { report: Some(Report { update: id, progress: failed(UpdateError::Storage) }), ..running("9.9") });
    let body = thief.request(Operation::Contact, Authentication::None);
    assert_eq!(site.send(&body).offer, None);
    assert_eq!(reach(&mut site, id), Reach { offered: 1, ..Reach::default() });
    let row = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap();
    assert_eq!(row.running.unwrap().version, "2.0".parse().unwrap());
    // Of an update that it was not offered a device has nothing to say.
    let mut other = Device { running: Some(running("2.7")), ..Device::new(2) };
    other.settle(&mut site);
    assert_eq!(report(&mut site, &mut other, id, failed(UpdateError::Storage)), None);
    assert_eq!(reach(&mut site, id), Reach { offered: 1, ..Reach::default() });
}

#[test]
fn a_device_without_a_licence_is_updated_and_one_that_was_withdrawn_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    site.policy.assignment = ledger::Assignment::Manual;
    let mut camera = device(&mut site, 1);
    let answered = camera.contact(&mut site);
    assert_eq!((answered.outcome, offered(&answered)), (hwlicense::primary::Outcome::Waiting, Some(id)));
    site.with(|book| ledger::withdraw(book, hwid(1))).unwrap();
    assert_eq!(camera.contact(&mut site).offer, None);
}

#[test]
fn a_request_that_comes_again_gets_the_same_offer() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let mut camera = device(&mut site, 1);
    let secret = camera.secret.unwrap();
    let body = camera.request(Operation::Contact, Authentication::Client(&secret));
    let first = site.send(&body);
    assert_eq!(offered(&first), Some(id));
    site.with(|book| update::withdraw(book, &id, "")).unwrap();
    assert_eq!(site.send(&body).bytes, first.bytes);
    assert_eq!(camera.contact(&mut site).offer, None);
}

#[test]
fn a_share_is_as_large_as_it_says_and_grows_around_those_within() {
    let ids = [[1; 32], [2; 32]];
    for id in ids {
        let within = |share: u16| (0..10_000).filter(|number| update::bucket(&id, hwid(*number)) < share).count();
        for share in [1, 10, 100, 500, 900] {
            let (count, expected) = (within(share) as f64, f64::from(share) * 10.0);
            // Five standard deviations of a binomial distribution.
            let tolerance = 5.0 * (expected * (1.0 - f64::from(share) / 1_000.0)).sqrt();
            assert!((count - expected).abs() <= tolerance, "{count} of {expected}");
        }
        assert_eq!((within(0), within(1_000)), (0, 10_000));
    }
    let differs = |number: &u32| update::bucket(&ids[0], hwid(*number)) != update::bucket(&ids[1], hwid(*number));
    assert!((0..1_000).filter(differs).count() > 980, "not always the same devices try first");

    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let mut fleet: Vec<Device> = (1..=60).map(|number| device(&mut site, number)).collect();
    // A share that is the place of one device does not reach it; the next one does.
    let place = update::bucket(&id, fleet[6].hwid);
    let mut shares = [0, place, place + 1, 300, 600, 1_000];
    shares.sort_unstable();
    let mut counts = Vec::new();
    for share in shares {
        site.with(|book| update::set_share(book, &id, share)).unwrap();
        for device in &mut fleet {
            let is_within = update::bucket(&id, device.hwid) < share;
            assert_eq!(offered(&device.contact(&mut site)).is_some(), is_within, "{share}");
        }
        counts.push(fleet.iter().filter(|device| update::bucket(&id, device.hwid) < share).count());
    }
    assert!(counts.is_sorted() && counts[0] == 0 && counts[5] == 60, "{counts:?}");
    assert_eq!(site.with(|book| update::set_share(book, &id, 1_001)), Err(UpdateFault::Share));
}

#[test]
fn an_update_for_a_group_is_for_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    site.with(|book| update::set_groups(book, &id, &["test".into(), "quay".into()])).unwrap();
    let mut cameras = [1, 2, 3].map(|number| device(&mut site, number));
    for (number, group) in [(1, "quay"), (2, "gate")] {
        site.with(|book| update::set_client_group(book, hwid(number), Some(group))).unwrap();
    }
    let mut offers = |site: &mut Site<_>| cameras.each_mut().map(|camera| offered(&camera.contact(site)).is_some());
    assert_eq!(offers(&mut site), [true, false, false]);
    site.with(|book| update::set_client_group(book, hwid(1), None)).unwrap();
    assert_eq!(offers(&mut site), [false; 3]);
    site.with(|book| update::set_groups(book, &id, &[])).unwrap();
    assert_eq!(offers(&mut site), [true; 3]);
    for name in ["", "two\nlines", &"n".repeat(65)] {
        assert_eq!(site.with(|book| update::set_groups(book, &id, &[name.into()])), Err(UpdateFault::Group));
        assert_eq!(site.with(|book| update::set_client_group(book, hwid(1), Some(name))), Err(UpdateFault::Group));
    }
    assert_eq!(site.with(|book| update::set_client_group(book, hwid(9), None)), Err(UpdateFault::UnknownClient));
}

#[test]
fn reports_are_kept_and_a_failure_is_tried_again_for_some_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.policy.updates.failures_min = 100;
    let id = publish(&mut site, 1, "2.7");
    let mut camera = device(&mut site, 1);
    camera.contact(&mut site);
    assert_eq!(report(&mut site, &mut camera, id, Progress::Downloading(300)), Some(id));
    assert_eq!(report(&mut site, &mut camera, id, Progress::Ready), Some(id));
    let failure = failed(UpdateError::NotStarted);
    for attempt in 1..=3 {
        assert_eq!(report(&mut site, &mut camera, id, failure), None, "not at once");
        assert_eq!(report(&mut site, &mut camera, id, failure), None, "the same failure counts once");
        let client = site.with(|book| book.rows().client_by_hwid(hwid(1))).unwrap().unwrap().id;
        let row = site.with(|book| book.rows().delivery(&id, client)).unwrap().unwrap();
        assert_eq!((row.failures, row.stage), (attempt, Stage::Reported(failure)));
        assert_eq!(row.first_report, Some(UnixSeconds(NOW)));
        site.now += RETRY_S;
        camera.running.as_mut().unwrap().report = None;
        assert_eq!(camera.contact(&mut site).offer.is_some(), attempt < 3, "{attempt}");
    }
    assert_eq!(reach(&mut site, id), Reach { failed: 1, ..Reach::default() });
    // An older one may still be right.
    let older = publish(&mut site, 2, "2.5");
    assert_eq!(offered(&camera.contact(&mut site)), Some(older));
    // Who says that it runs something else has not installed it.
    assert_eq!(report(&mut site, &mut camera, older, Progress::Installed), Some(older));
    assert_eq!(reach(&mut site, older).installed, 0);
    camera.running = Some(running("2.5"));
    assert_eq!(report(&mut site, &mut camera, older, Progress::Installed), None);
    assert_eq!(reach(&mut site, older).installed, 1);
    assert!(noted(&mut site, Action::UpdateFailed)[0].1.contains("did not start with the update"));
    assert_eq!(noted(&mut site, Action::UpdateInstalled).len(), 1);
}

#[test]
fn a_bad_image_reaches_no_more_devices_than_may_work_on_it_at_once() {
    for seed in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut site = site(&folder);
        (site.policy.updates.at_once, site.policy.updates.failures_min) = (20, 3);
        let id = publish(&mut site, 1, "2.7");
        let mut random = Random::new(seed);
        let mut fleet: Vec<(Device, Option<UpdateId>)> =
            (1..=300).map(|number| (device(&mut site, number), None)).collect();
        // Each contact is that of some device; one that got the image fails at its next one.
        let mut contacts_left = 3_000;
        while contacts_left > 0 {
            contacts_left -= 1;
            site.now += 5;
            let at = random.below(300) as usize;
            let (device, has) = &mut fleet[at];
            if let Some(id) = *has {
                let progress = failed(UpdateError::NotStarted);
                device.running.as_mut().unwrap().report = Some(Report { update: id, progress });
            }
            *has = offered(&device.contact(&mut site)).or(*has);
            // After the pause a few more ask in vain.
            if contacts_left > 300 && state(&mut site, id) == UpdateState::Paused {
                contacts_left = 300;
            }
        }
        let got = fleet.iter().filter(|(_, has)| has.is_some()).count();
        assert_eq!(state(&mut site, id), UpdateState::Paused, "seed {seed}");
        println!("seed {seed}: a bad image reached {got} of 300 devices");
        assert!((20..=22).contains(&got), "{got}: twenty at work, and two in the place of the first two failures");
        let paused = noted(&mut site, Action::UpdatePaused);
        assert_eq!((paused.len(), paused[0].0.as_str()), (1, "server"), "{paused:?}");
        assert!(paused[0].1.contains("failed on 3 of 3 devices"), "{paused:?}");
    }
}

#[test]
fn failures_pause_an_update_only_where_they_are_many() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let mut fleet: Vec<Device> = (1..=40).map(|number| device(&mut site, number)).collect();
    fleet.iter_mut().for_each(|device| assert!(device.contact(&mut site).offer.is_some()));
    let mut end = |site: &mut Site<_>, at: usize, progress| {
        if progress == Progress::Installed {
            fleet[at].running = Some(running("2.7"));
        }
        report(site, &mut fleet[at], id, progress);
        state(site, id)
    };
    let failure = failed(UpdateError::WrongImage);
    assert_eq!([0, 1].map(|at| end(&mut site, at, failure)), [UpdateState::Active; 2], "two are not three");
    for at in 2..16 {
        assert_eq!(end(&mut site, at, Progress::Installed), UpdateState::Active);
    }
    assert_eq!(end(&mut site, 16, failure), UpdateState::Active, "3 of 17 are not a fifth");
    assert_eq!(end(&mut site, 17, failure), UpdateState::Paused, "4 of 18 are");
    let row = site.with(|book| book.rows().update(&id)).unwrap().unwrap();
    assert_eq!(row.reason, "it failed on 4 of 18 devices");

    // Resuming counts anew: three of three are needed again.
    site.with(|book| update::resume(book, &id)).unwrap();
    assert_eq!([18, 19].map(|at| end(&mut site, at, failure)), [UpdateState::Active; 2]);
    assert_eq!(end(&mut site, 20, failure), UpdateState::Paused);
}

#[test]
fn a_paused_update_is_for_nobody_until_it_is_resumed_and_a_withdrawn_one_never() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    let mut camera = device(&mut site, 1);
    assert_eq!(site.with(|book| update::resume(book, &id)), Err(UpdateFault::NotPaused));
    let handed_out =
        |site: &mut Site<SqliteStore>| site.store.snapshot(|tx| hand_out(tx, &id, Part::Chunk(9))).unwrap();
    let HandedOut::Body(body) = handed_out(&mut site) else { panic!("it is active") };
    let Ok(Fetched::Chunk { index, path, bytes }) = Fetched::parse(&body) else { panic!("a chunk") };
    assert_eq!((index, bytes), (9, chunks(&image(1))[9].as_slice()));
    assert!(tree::is_in(&manifest(1, "2.7").chunks_root, 10, 9, &tree::leaf(bytes), path));
    let beyond = site.store.snapshot(|tx| hand_out(tx, &id, Part::Chunk(10))).unwrap();
    assert_eq!(beyond, HandedOut::Refused(FetchRefusal::NoSuchChunk));

    site.with(|book| update::pause(book, &id, "night")).unwrap();
    assert_eq!((camera.contact(&mut site).offer, handed_out(&mut site)), (None, HandedOut::Paused));
    assert_eq!(site.with(|book| update::pause(book, &id, "")), Err(UpdateFault::NotActive));
    site.with(|book| update::resume(book, &id)).unwrap();
    assert_eq!(offered(&camera.contact(&mut site)), Some(id));
    site.with(|book| update::withdraw(book, &id, "black pictures")).unwrap();
    let gone = HandedOut::Refused(FetchRefusal::UnknownUpdate);
    assert_eq!((camera.contact(&mut site).offer, handed_out(&mut site)), (None, gone));
    for again in [update::resume, |book: &mut ledger::Book<'_>, id: &UpdateId| update::pause(book, id, "")] {
        assert_eq!(site.with(|book| again(book, &id)), Err(UpdateFault::Withdrawn));
    }
    site.with(ledger::sweep).unwrap();
    assert_eq!(site.with(|book| book.rows().chunk_count(&id)).unwrap(), 0, "its room is given back");
    assert_eq!(noted(&mut site, Action::UpdateWithdrawn)[0].0, "administrator anna");
}

#[test]
fn who_is_never_heard_of_again_makes_room_for_others_after_a_week() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    site.policy.updates.at_once = 1;
    let id = publish(&mut site, 1, "2.7");
    let [mut first, mut second, mut third] = [1, 2, 3].map(|number| device(&mut site, number));
    assert_eq!(offered(&first.contact(&mut site)), Some(id));
    assert_eq!(second.contact(&mut site).offer, None, "one at a time");
    assert_eq!(offered(&first.contact(&mut site)), Some(id), "who began goes on");
    site.now += UNDER_WAY_S;
    assert_eq!(second.contact(&mut site).offer, None);
    site.now += 1;
    assert_eq!(offered(&second.contact(&mut site)), Some(id));
    // As many more may as have installed it.
    second.running = Some(running("2.7"));
    report(&mut site, &mut second, id, Progress::Installed);
    assert_eq!(offered(&third.contact(&mut site)), Some(id));
    let mut fourth = device(&mut site, 4);
    assert_eq!(offered(&fourth.contact(&mut site)), Some(id), "one more, because one has installed it");
    assert_eq!(device(&mut site, 5).contact(&mut site).offer, None);
}

#[test]
fn a_revoked_issuer_takes_its_updates_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let id = publish(&mut site, 1, "2.7");
    site.revoke(1, Revocation::KeyRetired(issuer().public().id(), UnixSeconds(NOW))).unwrap();
    assert_eq!(state(&mut site, id), UpdateState::Active, "it was signed before");
    site.revoke(2, Revocation::KeyRetired(issuer().public().id(), UnixSeconds(NOW - 2 * DAY))).unwrap();
    assert_eq!(state(&mut site, id), UpdateState::Withdrawn);
}
