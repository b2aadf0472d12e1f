//! Servers whose database fails over to its replica while they serve.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::thread::{scope, sleep};
use std::time::Instant;

use hwlicense::primary::{Outcome, Refusal};

use super::device::Device;
use super::postgres::{copy_of, outcome, shared_site};
use super::process::{Process, log_of};
use crate::cluster::Cluster;

/// Channels of the licence; more devices ask than there are.
const CHANNELS: u32 = 24;
const DEVICES_OF_THREAD: u8 = 10;

/// A replica that has everything before it is acknowledged.
fn synchronous_replica(primary: &Cluster) -> Cluster {
    let replica = primary.replica();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'replica'");
    primary.sql("postgres", "SELECT pg_reload_conf()");
    primary.until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "1");
    replica
}

#[test]
fn two_servers_go_on_through_a_failover_and_nothing_is_given_twice() {
    let Some(mut primary) = Cluster::start(&[]) else { return };
    let first = shared_site(&primary, CHANNELS);
    let second = copy_of(&first);
    let replica = synchronous_replica(&primary);
    let host = |cluster: &Cluster| cluster.socket().to_str().unwrap().replace('/', "%2F");
    // Whichever comes first in the URL: a server takes the one that accepts changes.
    let settings = |one: &Cluster, other: &Cluster| {
        format!("--set database=postgres://postgres@{},{}/ledger --set admin.listen=off", host(one), host(other))
    };
    let processes =
        [Process::start(&first, &settings(&primary, &replica)), Process::start(&second, &settings(&replica, &primary))];
    let count = AtomicU32::new(0);
    let mut licensed: Vec<Device> = scope(|scope| {
        let (processes, count) = (&processes, &count);
        let threads: Vec<_> = (0..4u8)
            .map(|thread| {
                scope.spawn(move || {
                    let devices = (0..DEVICES_OF_THREAD).map(|number| {
                        let mut device = Device::new(thread * 50 + number + 1, &format!("gate {thread}.{number}"));
                        let outcome = outcome(&mut device, &processes[usize::from(thread % 2)]).unwrap();
                        let is_licensed = outcome == Outcome::Licensed;
                        assert!(is_licensed || outcome == Outcome::refused(Refusal::NoCapacity), "{outcome:?}");
                        count.fetch_add(u32::from(is_licensed), Ordering::SeqCst);
                        is_licensed.then_some(device)
                    });
                    devices.flatten().collect::<Vec<_>>()
                })
            })
            .collect();
        let deadline = Instant::now() + Duration::from_secs(30);
        while count.load(Ordering::SeqCst) < CHANNELS / 3 {
            assert!(Instant::now() < deadline, "{}", log_of(&first));
            sleep(Duration::from_millis(1));
        }
        primary.crash();
        let before = count.load(Ordering::SeqCst);
        assert!(before < CHANNELS, "the failover is in the middle");
        replica.promote();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(licensed.len(), usize::try_from(CHANNELS).unwrap(), "all were given, and no more");
    let balance = "SELECT used, excess, (SELECT sum(count) FROM activations WHERE state < 2) FROM entitlements";
    assert_eq!(replica.sql("ledger", balance), format!("{CHANNELS}|0|{CHANNELS}"));
    assert_eq!(replica.sql("ledger", "SELECT epoch FROM ledger"), "2", "one epoch for one failover");
    for device in &mut licensed {
        for process in &processes {
            assert_eq!(outcome(device, process), Some(Outcome::Licensed), "{}", device.name);
        }
    }
    for (bench, process) in [&first, &second].into_iter().zip(processes) {
        process.terminate();
        assert_eq!(process.wait(), Some(0), "{}", log_of(bench));
    }
}
