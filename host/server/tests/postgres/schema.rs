//! What is in the database: the rules of every store, rights, and schemas that are somebody else's.

use core::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger;
use hwlicense_server::store::{Access, Store as _, StoreError};

use crate::cluster::Cluster;
use crate::conformance::conforms;
use crate::site::LEDGER;
use crate::{open, try_open};

#[test]
fn postgres_conforms() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let number = Cell::new(0);
    conforms(|| {
        number.set(number.get() + 1);
        open(&cluster.database(&format!("ledger{}", number.get())))
    });
}

#[test]
fn what_is_no_ledger_or_a_newer_one_is_not_touched() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let url = cluster.database("other");
    cluster.sql("other", "CREATE TABLE somebodys (a int)");
    let refused = |access| try_open(&url, access).map(|_| ()).unwrap_err();
    assert_eq!(refused(Access::Write), StoreError::NotALedger);
    assert_eq!(cluster.sql("other", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
    let url = cluster.database("empty");
    let refused = |access| try_open(&url, access).map(|_| ()).unwrap_err();
    assert_eq!(refused(Access::Read), StoreError::NotALedger, "who reads makes nothing");
    drop(open(&url));
    cluster.sql("empty", "UPDATE refinery_schema_history SET version = version + 1000");
    assert_eq!(refused(Access::Write), StoreError::NewerSchema);
    assert_eq!(refused(Access::Read), StoreError::NewerSchema);
    let nobody = cluster.url("nobody", "empty");
    assert_eq!(try_open(&nobody, Access::Write).map(|_| ()), Err(StoreError::Denied));
    let nowhere = cluster.url("postgres", "nowhere");
    assert_eq!(try_open(&nowhere, Access::Write).map(|_| ()), Err(StoreError::NotALedger));
}

/// What docs/postgresql.md says that the role of the servers needs.
const GRANTS: &str = "
    GRANT USAGE ON SCHEMA public TO hwlicense;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hwlicense;
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO hwlicense;
    REVOKE UPDATE, DELETE ON audit FROM hwlicense;
    REVOKE INSERT, UPDATE, DELETE ON refinery_schema_history FROM hwlicense;";

#[test]
fn a_role_with_the_least_rights_serves_and_cannot_change_the_audit() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let owner = cluster.database("ledger");
    open(&owner).transaction(|tx| ledger::found(tx, LEDGER, UnixSeconds(1))).unwrap();
    cluster.sql("ledger", "CREATE ROLE hwlicense LOGIN");
    cluster.sql("ledger", GRANTS);
    let mut store = open(&cluster.url("hwlicense", "ledger"));
    store.transaction(|tx| tx.put_setting("a", "b")).unwrap();
    store.transaction(|tx| tx.take_serial()).unwrap();
    store.transaction(|tx| ledger::begin_epoch(tx, None, 0, UnixSeconds(2))).unwrap();
    // The owner meets the trigger, the role not even that.
    for change in ["UPDATE audit SET actor = ''", "DELETE FROM audit", "TRUNCATE audit"] {
        for (user, words) in [("postgres", "the audit is append-only"), ("hwlicense", "permission denied")] {
            let said = cluster.refused(user, "ledger", change);
            assert!(said.contains(words), "{user}: {change}: {said}");
        }
    }
    let mut reader = try_open(&cluster.url("hwlicense", "ledger"), Access::Read).unwrap();
    assert_eq!(reader.snapshot(|tx| tx.ledger()).unwrap().unwrap().epoch, 2);
    assert_eq!(reader.transaction(|tx| tx.put_setting("a", "c")), Err(StoreError::ReadOnly));
}

#[test]
fn a_database_that_forgets_in_a_power_cut_is_refused() {
    let Some(cluster) = Cluster::start(&["fsync=off"]) else { return };
    let url = cluster.database("ledger");
    assert_eq!(try_open(&url, Access::Write).map(|_| ()), Err(StoreError::NotDurable));
    drop(cluster);
    let Some(cluster) = Cluster::start(&["synchronous_commit=off", "log_statement=all"]) else { return };
    drop(open(&cluster.database("ledger")));
    assert!(cluster.log().contains("SET synchronous_commit = on"), "what a session may decide, it decides");
}

#[test]
fn work_that_goes_on_after_a_failure_is_not_taken_for_done() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut store = open(&cluster.database("ledger"));
    let outcome = store.transaction(|tx| {
        tx.put_setting("a", "b")?;
        let _passed_over = tx.put_enrollment(hwlicense_server::store::ClientId(1), &[]);
        let _passed_over = tx.insert_lease(&lease_of_nobody());
        Ok::<_, StoreError>(())
    });
    assert_eq!(outcome, Err(StoreError::Conflict));
    assert_eq!(store.snapshot(|tx| tx.setting("a")), Ok(None));
    assert_eq!(store.transaction(|tx| tx.put_setting("a", "c")), Ok(()), "the next one begins anew");
}

fn lease_of_nobody() -> hwlicense_server::store::LeaseRow {
    hwlicense_server::store::LeaseRow {
        epoch: 1,
        serial: 1,
        activation: hwlicense_server::store::ActivationId(77),
        hwid: crate::site::hwid(1),
        count: 1,
        starts: UnixSeconds(1),
        ends: None,
        envelope: Vec::new(),
    }
}

#[test]
fn the_way_to_the_database_is_encrypted_and_its_certificate_checked() {
    let names = vec!["localhost".to_owned()];
    let pair = rcgen::generate_simple_self_signed(names.clone()).unwrap();
    let Some((cluster, port)) = Cluster::start_tls(&pair.cert.pem(), &pair.signing_key.serialize_pem()) else { return };
    cluster.database("ledger");
    let other = rcgen::generate_simple_self_signed(names).unwrap();
    let (right, wrong) = (cluster.file("right.pem", &pair.cert.pem()), cluster.file("wrong.pem", &other.cert.pem()));
    let url = |host: &str, rest: &str| format!("postgres://postgres@{host}:{port}/ledger?{rest}");
    let trusting = |roots: &str| format!("sslrootcert={}", roots.replace('/', "%2F"));
    drop(open(&url("localhost", &trusting(&right))));
    let encrypted =
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'hwlicense'";
    let store = open(&url("localhost", &format!("sslmode=verify-full&{}", trusting(&right))));
    assert_eq!(cluster.sql("ledger", encrypted), "t");
    drop(store);
    for refused in [
        url("localhost", &trusting(&wrong)),
        url("localhost", ""),
        url("127.0.0.1", &trusting(&right)),
        url("localhost", &trusting("/nowhere")),
    ] {
        assert_eq!(try_open(&refused, Access::Write).map(|_| ()), Err(StoreError::Unavailable), "{refused}");
    }
    drop(open(&url("127.0.0.1", "sslmode=disable")));
}

#[test]
fn a_database_that_declines_tls_hears_nothing_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let database = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The wish for TLS has eight bytes, and "N" declines it.
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"N").unwrap();
        stream.read(&mut [0; 1]).unwrap_or(0)
    });
    let url = format!("postgres://anna:hunter2@127.0.0.1:{port}/ledger");
    assert_eq!(try_open(&url, Access::Write).map(|_| ()), Err(StoreError::Unavailable));
    assert_eq!(database.join().unwrap(), 0, "neither a name nor a password");
}
