//! Several servers on one ledger.

use std::sync::Barrier;
use std::thread::{scope, sleep};

use core::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use core::time::Duration;

use hwlicense::primary::{Authentication, Operation, Outcome, Refusal};
use hwlicense_server::ledger;
use hwlicense_server::store::postgres::PostgresStore;
use hwlicense_server::store::{Store, StoreError, Transaction};

use crate::cluster::Cluster;
use crate::open;
use crate::proxy::{Cut, Proxy};
use crate::site::{DAY, Device, Site, entitlement, key};

const SERVERS: usize = 3;

/// Servers on one ledger, each with a connection of its own.
fn servers(url: &str) -> Vec<Site<PostgresStore>> {
    (0..SERVERS).map(|_| Site::new(open(url))).collect()
}

/// All servers work at the same time; what each of them gives.
fn together<R: Send>(
    servers: &mut [Site<PostgresStore>],
    work: impl Fn(usize, &mut Site<PostgresStore>) -> R + Sync,
) -> Vec<R> {
    let start = Barrier::new(servers.len());
    scope(|scope| {
        let threads: Vec<_> = servers
            .iter_mut()
            .enumerate()
            .map(|(index, site)| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(index, site)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn assert_balanced(site: &mut Site<PostgresStore>) {
    site.assert_balanced();
}

#[test]
fn of_servers_that_race_for_the_last_channels_none_gives_one_too_many() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    for round in 1..=40u8 {
        servers[0].import(&entitlement(round, 4)).unwrap();
        let outcomes = together(&mut servers, |index, site| {
            let devices = (0..4).map(|device| Device::new(u32::from(round) * 100 + index as u32 * 10 + device));
            devices.map(|mut device| device.contact(site).outcome).collect::<Vec<_>>()
        })
        .concat();
        let given = outcomes.iter().filter(|outcome| **outcome == Outcome::Licensed).count();
        assert_eq!(given, 4, "round {round}: {outcomes:?}");
        let refused = Outcome::Refused(Refusal::NoCapacity.number());
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Licensed || *outcome == refused), "{outcomes:?}");
        assert_eq!(servers[0].used(round), (4, 0));
    }
    assert_balanced(&mut servers[1]);
}

#[test]
fn a_new_client_at_all_servers_at_once_is_one_client() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    servers[0].import(&entitlement(1, 100)).unwrap();
    for number in 1..=20 {
        let answers = together(&mut servers, |index, site| {
            let mut device = Device::new(number);
            device.salt = index as u8;
            device.contact(site)
        });
        assert!(answers.iter().all(|answer| answer.outcome == Outcome::Licensed), "{number}");
        assert!(answers.iter().all(|answer| answer.leases == answers[0].leases), "{number}");
        assert_eq!(servers[0].used(1), (number, 0));
    }
    assert_balanced(&mut servers[0]);
}

#[test]
fn a_request_that_comes_to_all_servers_is_decided_once() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    servers[0].import(&entitlement(1, 100)).unwrap();
    for number in 1..=20 {
        let body = Device::new(number).request(Operation::Contact, Authentication::None);
        let answers = together(&mut servers, |_, site| site.send(&body));
        assert!(answers.iter().all(|answer| answer.bytes == answers[0].bytes), "{number}");
    }
    assert_eq!(servers[0].used(1), (20, 0));
}

#[test]
fn what_is_freed_is_freed_once() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    servers[0].import(&entitlement(1, 100)).unwrap();
    let mut devices: Vec<Device> = (1..=30).map(Device::new).collect();
    for device in &mut devices {
        device.settle(&mut servers[0]);
        device.ask(&mut servers[0], Operation::Deactivate(key(1)));
    }
    assert_eq!(servers[0].used(1), (30, 0));
    servers.iter_mut().for_each(|site| site.now += 60 * DAY);
    let freed = together(&mut servers, |_, site| site.with(ledger::sweep).unwrap());
    assert_eq!((freed.iter().sum::<u32>(), servers[0].used(1)), (30, (0, 0)), "{freed:?}");
    assert_balanced(&mut servers[0]);
}

#[test]
fn serials_are_given_once_and_servers_do_not_wait_for_each_other() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    let (mut first, mut rest) = (servers.remove(0), servers);
    let mut serials = Vec::new();
    first
        .store
        .transaction(|tx| {
            serials.push(tx.take_serial()?);
            // It is open still, and the others get theirs.
            for site in &mut rest {
                serials.push(site.store.transaction(|tx| tx.take_serial())?);
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), SERVERS);
}

/// Locks two entitlements, so that the other transaction has time to lock them the other way round.
fn lock_both(tx: &mut dyn Transaction, order: [u8; 2], runs: &AtomicUsize) -> Result<(), StoreError> {
    let first_run = runs.fetch_add(1, SeqCst) < 2;
    tx.lock_entitlement(key(order[0]))?;
    if first_run {
        sleep(Duration::from_millis(300));
    }
    let mut row = tx.lock_entitlement(key(order[1]))?.ok_or(StoreError::Conflict)?;
    row.moves_used += 1;
    tx.put_entitlement(&row)
}

#[test]
fn work_that_met_a_deadlock_runs_again_and_both_are_done() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut servers = servers(&cluster.database("ledger"));
    servers.truncate(2);
    servers[0].import(&entitlement(1, 1)).unwrap();
    servers[0].import(&entitlement(2, 1)).unwrap();
    let runs = AtomicUsize::new(0);
    let outcomes = together(&mut servers, |index, site| {
        let order = if index == 0 { [1, 2] } else { [2, 1] };
        site.store.transaction(|tx| lock_both(tx, order, &runs))
    });
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    assert_eq!(runs.load(SeqCst), 3, "one of the two ran again");
    let moves = [1, 2].map(|number| servers[0].store.snapshot(|tx| tx.entitlement(key(number))).unwrap().unwrap());
    assert_eq!(moves.map(|row| row.moves_used), [1, 1]);
}

#[test]
fn a_conflict_that_is_nobody_elses_is_one() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut store = open(&cluster.database("ledger"));
    let mut runs = 0;
    let outcome = store.transaction(|tx| {
        runs += 1;
        tx.put_setting("a", "b")?;
        tx.update_expected(&hwlicense_server::store::ExpectedRow {
            id: 1,
            name: None,
            hwid: None,
            assigned: None,
            note: String::new(),
            entered: hwlicense::time::UnixSeconds(1),
            client: None,
        })
    });
    assert_eq!((outcome, runs), (Err(StoreError::Conflict), 1), "nobody can have been in the way");
    assert_eq!(store.snapshot(|tx| tx.setting("a")), Ok(None));
}

#[test]
fn a_commit_that_nobody_heard_of_is_found_done_when_the_request_comes_again() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut direct = Site::new(open(&cluster.database("ledger")));
    direct.import(&entitlement(1, 5)).unwrap();
    let proxy = Proxy::before(cluster.socket());
    let mut site = Site::new(open(&proxy.url("ledger")));
    for (number, cut, used) in [(1, Cut::AfterCommit, 1), (2, Cut::BeforeCommit, 1)] {
        let body = Device::new(number).request(Operation::Contact, Authentication::None);
        proxy.cut_at_commit(cut);
        assert_eq!(site.try_send(&body).unwrap_err(), StoreError::Unavailable, "{cut:?}");
        // What is on its way arrives.
        sleep(Duration::from_secs(1));
        assert_eq!(direct.used(1), (used, 0), "{cut:?}");
        let again = site.send(&body);
        assert_eq!((again.outcome, direct.used(1)), (Outcome::Licensed, (number, 0)), "{cut:?}");
        assert_eq!(direct.send(&body).bytes, again.bytes, "{cut:?}");
    }
    assert_balanced(&mut direct);
}
