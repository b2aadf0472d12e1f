//! The database goes away and comes back, and servers die.

use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use core::time::Duration;
use std::sync::mpsc;
use std::thread::{scope, sleep};
use std::time::Instant;

use hwlicense::primary::{Authentication, Operation, Outcome};
use hwlicense_server::store::postgres::PostgresStore;
use hwlicense_server::store::{Store as _, StoreError, Writer};

use crate::cluster::Cluster;
use crate::open;
use crate::site::{Device, Site, entitlement};

/// Leases that were acknowledged: epoch and serial.
type Acknowledged = Vec<(u32, u64)>;

/// New devices ask, one after the other, until they shall not any more.
fn ask_until(site: &mut Site<PostgresStore>, from: u32, stop: &AtomicBool) -> (Acknowledged, Vec<StoreError>) {
    let (mut acknowledged, mut failures) = (Vec::new(), Vec::new());
    let mut number = from;
    while !stop.load(SeqCst) {
        let body = Device::new(number).request(Operation::Contact, Authentication::None);
        match site.try_send(&body) {
            Ok(answer) => {
                assert_eq!(answer.outcome, Outcome::Licensed);
                acknowledged.extend(answer.leases.iter().map(|lease| (answer.epoch, lease.3)));
                number += 1;
            }
            Err(error) => {
                failures.push(error);
                sleep(Duration::from_millis(20));
            }
        }
    }
    (acknowledged, failures)
}

pub fn assert_kept(site: &mut Site<PostgresStore>, acknowledged: &[(u32, u64)]) {
    for (epoch, serial) in acknowledged {
        let kept = site.store.snapshot(|tx| tx.lease(*epoch, *serial)).unwrap();
        assert!(kept.is_some(), "lease {serial} of epoch {epoch} was acknowledged and is lost");
    }
    site.assert_balanced();
}

#[test]
fn a_database_that_crashes_under_load_loses_nothing_that_was_acknowledged() {
    let Some(mut cluster) = Cluster::start(&[]) else { return };
    let url = cluster.database("ledger");
    Site::new(open(&url)).import(&entitlement(1, 100_000)).unwrap();
    let mut sites = [Site::new(open(&url)), Site::new(open(&url))];
    let stop = AtomicBool::new(false);
    let heard = scope(|scope| {
        let threads: Vec<_> = sites
            .iter_mut()
            .zip([1u32, 50_000])
            .map(|(site, from)| {
                let stop = &stop;
                scope.spawn(move || ask_until(site, from, stop))
            })
            .collect();
        for _ in 0..3 {
            sleep(Duration::from_millis(700));
            cluster.crash();
            sleep(Duration::from_millis(300));
            cluster.resume();
        }
        sleep(Duration::from_secs(6));
        stop.store(true, SeqCst);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for (acknowledged, failures) in &heard {
        assert!(acknowledged.len() > 20 && failures.len() >= 3, "{} {}", acknowledged.len(), failures.len());
        assert!(failures.iter().all(|error| *error == StoreError::Unavailable), "{failures:?}");
        assert_kept(&mut sites[0], acknowledged);
    }
    let epoch = sites[0].store.snapshot(|tx| tx.ledger()).unwrap().unwrap().epoch;
    assert_eq!(epoch, 1, "a crash forgets nothing, so no epoch begins");
}

#[test]
fn without_a_database_a_store_says_so_at_once_and_comes_back_by_itself() {
    let Some(mut cluster) = Cluster::start(&[]) else { return };
    let mut store = open(&cluster.database("ledger"));
    cluster.crash();
    let begin = Instant::now();
    for _ in 0..200 {
        assert_eq!(store.transaction(|tx| tx.put_setting("a", "b")), Err(StoreError::Unavailable));
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    cluster.resume();
    let deadline = Instant::now() + Duration::from_secs(10);
    while store.transaction(|tx| tx.put_setting("a", "b")).is_err() {
        assert!(Instant::now() < deadline);
        sleep(Duration::from_millis(50));
    }
    // A session that was cut while nobody used it is made anew without a failure.
    cluster
        .sql("ledger", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hwlicense'");
    assert_eq!(store.snapshot(|tx| tx.setting("a")), Ok(Some("b".into())));
    cluster
        .sql("ledger", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hwlicense'");
    assert_eq!(store.transaction(|tx| tx.put_setting("a", "c")), Ok(()));
}

#[test]
fn a_server_that_dies_in_the_middle_holds_up_nobody() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let url = cluster.database("ledger");
    let mut site = Site::new(open(&url));
    site.import(&entitlement(1, 1)).unwrap();
    let (hold, held) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let dying = std::thread::spawn(move || {
        let mut site = Site::new(open(&url));
        let mut device = Device::new(1);
        let body = device.request(Operation::Contact, Authentication::None);
        site.with(|book| {
            let signed = hwlicense::primary::SignedRequest::parse(&body).unwrap();
            hwlicense_server::ledger::answer(book, &signed)?;
            begun.send(()).unwrap();
            let _ = held.recv();
            Err::<(), _>(StoreError::Unavailable)
        })
    });
    has_begun.recv().unwrap();
    // Its session goes as it does when the process is killed.
    let killed = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE state = 'idle in transaction'";
    assert_eq!(cluster.sql("ledger", killed), "1");
    let answer = Device::new(2).contact(&mut site);
    assert_eq!((answer.outcome, site.used(1)), (Outcome::Licensed, (1, 0)), "what it had not committed is free");
    drop(hold);
    assert!(dying.join().unwrap().is_err());
    site.assert_balanced();
}

#[test]
fn a_batch_of_which_one_job_met_another_runs_again_as_a_whole() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let url = cluster.database("ledger");
    let mut other = open(&url);
    let writer = Writer::start(vec![open(&url)]).unwrap();
    let handle = writer.handle();
    let (hold, held) = mpsc::channel::<()>();
    let wait = move |_: &mut PostgresStore| {
        let _released = held.recv();
    };
    handle.submit_alone(wait).unwrap();
    let (tell, told) = mpsc::channel();
    for name in ["a", "b", "c"] {
        let tell = tell.clone();
        let mut runs = 0;
        let is_second = name == "b";
        handle
            .submit(
                move |tx| {
                    runs += 1;
                    tx.put_setting(name, "ours")?;
                    if is_second && runs == 1 {
                        // Somebody else enters the same token before this commits.
                        tx.insert_token(&token("taken"))?;
                    }
                    Ok::<_, StoreError>(runs)
                },
                move |outcome| tell.send((name, outcome)).unwrap(),
            )
            .unwrap();
    }
    other.transaction(|tx| tx.insert_token(&token("taken"))).unwrap();
    drop(hold);
    let outcomes: Vec<_> = told.iter().take(3).collect();
    assert_eq!(outcomes, [("a", Ok(2)), ("b", Ok(2)), ("c", Ok(2))]);
    let settings = ["a", "b", "c"].map(|name| other.snapshot(|tx| tx.setting(name)).unwrap());
    assert!(settings.iter().all(|value| value.as_deref() == Some("ours")));
    drop(handle);
    writer.stop();
}

fn token(name: &str) -> hwlicense_server::store::TokenRow {
    let created = hwlicense::time::UnixSeconds(1);
    hwlicense_server::store::TokenRow {
        name: name.into(),
        digest: [1; 32],
        role: 0,
        created,
        expires: None,
        revoked: None,
    }
}
