//! Replicas that are promoted, and databases that are put back.

use hwlicense::primary::{Outcome, Refusal};
use hwlicense_server::store::Store as _;
use hwlicense_server::store::postgres::PostgresStore;

use crate::cluster::Cluster;
use crate::open;
use crate::outage::assert_kept;
use crate::site::{Device, Site, entitlement};

/// New devices with a licence each, and what was acknowledged to them.
fn licensed(site: &mut Site<PostgresStore>, numbers: core::ops::Range<u32>) -> (Vec<Device>, Vec<(u32, u64)>) {
    let mut acknowledged = Vec::new();
    let devices = numbers.map(|number| {
        let mut device = Device::new(number);
        let answer = device.settle(site);
        assert_eq!(answer.outcome, Outcome::Licensed, "{number}");
        acknowledged.extend(answer.leases.iter().map(|lease| (answer.epoch, lease.3)));
        device
    });
    (devices.collect(), acknowledged)
}

fn epoch(site: &mut Site<PostgresStore>) -> u32 {
    site.store.snapshot(|tx| tx.ledger()).unwrap().unwrap().epoch
}

/// The servers' URL: both hosts, and whichever is the primary.
fn either(primary: &Cluster, replica: &Cluster) -> String {
    let host = |cluster: &Cluster| cluster.socket().to_str().unwrap().replace('/', "%2F");
    format!("postgres://postgres@{},{}/ledger", host(primary), host(replica))
}

#[test]
fn with_synchronous_replication_a_failover_loses_nothing_that_was_acknowledged() {
    let Some(mut primary) = Cluster::start(&[]) else { return };
    primary.database("ledger");
    let replica = primary.replica();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'replica'");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    primary.until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "1");
    let url = either(&primary, &replica);
    let mut sites = [Site::new(open(&url)), Site::new(open(&url))];
    sites[0].import(&entitlement(1, 30)).unwrap();
    let (mut devices, mut acknowledged) = licensed(&mut sites[0], 1..15);
    let (others, further) = licensed(&mut sites[1], 15..25);
    devices.extend(others);
    acknowledged.extend(further);
    primary.crash();
    replica.promote();
    for site in &mut sites {
        assert_kept(site, &acknowledged);
        assert_eq!((epoch(site), site.used(1)), (2, (24, 0)), "one epoch for one failover");
    }
    for device in &mut devices {
        assert_eq!(device.contact(&mut sites[1]).outcome, Outcome::Licensed);
    }
    let (_, further) = licensed(&mut sites[0], 25..31);
    assert_kept(&mut sites[1], &further);
    let refused = Device::new(31).contact(&mut sites[1]).outcome;
    assert_eq!(refused, Outcome::Refused(Refusal::NoCapacity.number()));
    assert_eq!(sites[0].used(1), (30, 0));
}

#[test]
fn what_a_failover_lost_is_entered_again_from_what_clients_hold() {
    let Some(mut primary) = Cluster::start(&[]) else { return };
    primary.database("ledger");
    let mut replica = primary.replica();
    let url = either(&primary, &replica);
    let mut site = Site::new(open(&url));
    site.import(&entitlement(1, 6)).unwrap();
    let (mut devices, _) = licensed(&mut site, 1..4);
    let position = primary.sql("ledger", "SELECT pg_current_wal_lsn()");
    replica.until(&format!("SELECT pg_last_wal_replay_lsn() >= '{position}'"), "t");
    // The replica hears nothing of what follows.
    replica.crash();
    let (forgotten, _) = licensed(&mut site, 4..6);
    devices.extend(forgotten);
    assert_eq!(site.used(1), (5, 0));
    primary.crash();
    replica.resume();
    replica.promote();
    let mut other = Site::new(open(&url));
    assert_eq!((epoch(&mut site), epoch(&mut other), other.used(1)), (2, 2, (3, 0)));
    // Of what the ledger knows to be free somebody else gets what there is, and no more.
    let (new, _) = licensed(&mut other, 10..12);
    for device in &mut devices {
        let answer = device.contact(&mut site);
        assert_eq!((answer.outcome, answer.epoch), (Outcome::Licensed, 2), "nobody stops");
    }
    assert_eq!(other.used(1), (6, 1), "what is beyond is named");
    let refused = Device::new(20).contact(&mut other).outcome;
    assert_eq!(refused, Outcome::Refused(Refusal::NoCapacity.number()), "and nothing is given beyond");
    for mut device in new {
        assert_eq!(device.contact(&mut other).outcome, Outcome::Licensed);
    }
    site.assert_balanced();
    other.assert_balanced();
}

#[test]
fn a_dump_that_is_put_into_a_new_database_begins_an_epoch() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut site = Site::new(open(&cluster.database("ledger")));
    site.import(&entitlement(1, 3)).unwrap();
    let (mut devices, _) = licensed(&mut site, 1..3);
    let dump = cluster.socket().join("dump.sql");
    let dump = dump.to_str().unwrap();
    cluster.program("pg_dump", &["ledger", "-f", dump]);
    let (forgotten, _) = licensed(&mut site, 3..4);
    devices.extend(forgotten);
    drop(site);
    let url = cluster.database("again");
    cluster.program("psql", &["-v", "ON_ERROR_STOP=1", "-Xq", "-d", "again", "-f", dump]);
    let mut site = Site::new(open(&url));
    assert_eq!((epoch(&mut site), site.used(1)), (2, (2, 0)));
    for device in &mut devices {
        assert_eq!(device.contact(&mut site).outcome, Outcome::Licensed);
    }
    assert_eq!(site.used(1), (3, 0));
    drop(site);
    assert_eq!(epoch(&mut Site::new(open(&url))), 2, "and only one");
}
