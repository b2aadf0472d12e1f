//! What every store must do, whatever it is made of.
//!
//! [`conforms`] takes a function that opens an empty store; a further store calls it with its own.

use hwlicense::hwid::Hwid;
use hwlicense::license::Class;
use hwlicense::signed::KeyId;
use hwlicense::time::UnixSeconds;
use hwlicense::update::{Progress, Version};
use hwlicense_server::store::{
    ActivationId, ActivationRow, ActivationState, AnswerRow, AuditRow, ClientId, ClientRow, CloneMark, CloneSign,
    ContactsRow, DeliveryRow, EntitlementRow, ExpectedRow, HeldRow, LastEnd, LeaseRow, LedgerRow, ListRow, MoveKind,
    MoveRow, Reach, RunningRow, SecretRow, Service, Stage, Store, StoreError, TokenRow, Transaction, UpdateRow,
    UpdateState, Usable, UsageRow, Verdict, attempt,
};

use crate::site::{hwid, key, sqlite};

#[test]
fn sqlite_conforms() {
    let folders = core::cell::RefCell::new(Vec::new());
    conforms(|| {
        let folder = tempfile::tempdir().unwrap();
        let store = sqlite(folder.path());
        folders.borrow_mut().push(folder);
        store
    });
}

/// Tests a store.
pub fn conforms<S: Store>(open: impl Fn() -> S) {
    transactions(&mut open());
    savepoints(&mut open());
    the_ledger(&mut open());
    clients(&mut open());
    secrets_and_answers(&mut open());
    expected(&mut open());
    entitlements(&mut open());
    usable_entitlements(&mut open());
    activations(&mut open());
    leases(&mut open());
    rights(&mut open());
    updates(&mut open());
    images(&mut open());
    deliveries(&mut open());
    audit(&mut open());
    statistics(&mut open());
    numbers(&mut open());
}

/// Runs work that must succeed.
fn done<S: Store, R>(store: &mut S, work: impl FnMut(&mut dyn Transaction) -> Result<R, StoreError>) -> R {
    store.transaction(work).unwrap()
}

/// Runs work that must fail, and says with what.
fn fails<S: Store, R: core::fmt::Debug>(
    store: &mut S,
    work: impl FnMut(&mut dyn Transaction) -> Result<R, StoreError>,
) -> StoreError {
    store.transaction(work).unwrap_err()
}

fn time(seconds: u64) -> UnixSeconds {
    UnixSeconds(seconds)
}

fn transactions<S: Store>(store: &mut S) {
    let error = fails(store, |tx| {
        tx.put_setting("a", "1")?;
        Err::<(), _>(StoreError::Conflict)
    });
    assert_eq!(error, StoreError::Conflict);
    assert_eq!(done(store, |tx| tx.setting("a")), None, "what failed was not kept");
    done(store, |tx| tx.put_setting("a", "1"));
    done(store, |tx| tx.put_setting("a", "2"));
    assert_eq!(store.snapshot(|tx| tx.setting("a")), Ok(Some("2".into())));
    assert_eq!(store.snapshot(|tx| tx.put_setting("a", "3")), Err(StoreError::ReadOnly));
    assert_eq!(done(store, |tx| tx.setting("a")), Some("2".into()));
}

fn savepoints<S: Store>(store: &mut S) {
    done(store, |tx| {
        let inner = attempt(tx, |tx| {
            tx.put_setting("kept", "")?;
            let innermost = attempt(tx, |tx| {
                tx.put_setting("undone", "")?;
                // A rule that is broken leaves the transaction usable.
                tx.insert_lease(&lease(1, ActivationId(77)))
            })?;
            assert_eq!(innermost, Err(StoreError::Conflict));
            tx.put_setting("kept too", "")
        })?;
        assert_eq!(inner, Ok(()));
        let outcome: Result<(), StoreError> = attempt(tx, |tx| {
            attempt(tx, |tx| tx.put_setting("undone with it", ""))??;
            Err(StoreError::Conflict)
        })?;
        assert_eq!(outcome, Err(StoreError::Conflict));
        Ok(())
    });
    let names = ["kept", "undone", "kept too", "undone with it"];
    let there = names.map(|name| done(store, |tx| tx.setting(name)).is_some());
    assert_eq!(there, [true, false, true, false]);
}

fn the_ledger<S: Store>(store: &mut S) {
    assert_eq!(done(store, |tx| tx.ledger()), None);
    assert_eq!(fails(store, |tx| tx.take_serial()), StoreError::Conflict);
    let row = LedgerRow { id: [7; 16], epoch: u32::MAX, next_serial: 5, founded: time(9) };
    done(store, |tx| tx.put_ledger(&row));
    assert_eq!(done(store, |tx| tx.ledger()), Some(row));
    assert_eq!(done(store, |tx| Ok([tx.take_serial()?, tx.take_serial()?])), [5, 6]);
    fails(store, |tx| {
        assert_eq!(tx.take_serial()?, 7);
        Err::<(), _>(StoreError::Conflict)
    });
    // What was not kept was not given out, and a store may leave it out.
    assert!([7, 8].contains(&done(store, |tx| tx.take_serial())));
    let next = done(store, |tx| tx.ledger()).unwrap().next_serial;
    assert_eq!(done(store, |tx| tx.take_serial()), next);
}

fn client(number: u32) -> ClientRow {
    ClientRow {
        id: ClientId(0),
        hwid: hwid(number),
        name: format!("camera {number}"),
        brand: "northgate".into(),
        software: "V 4.2 (1337)".into(),
        state: 2,
        counter: 300,
        wanted_class: Class(u16::MAX),
        wanted_count: u32::MAX,
        clock: Some(time(1)),
        first_contact: time(2),
        last_contact: time(3),
        outcome: 2,
        reason: 503,
        assigned: None,
        service: Service::GivenUp,
        change_asked: Some(hwid(90)),
        change_allowed: Some(hwid(91)),
        clone_mark: Some(CloneMark { since: time(4), sign: CloneSign::CounterWentBack }),
        running: Some(RunningRow {
            component: "firmware".into(),
            model: "dome 4".into(),
            hardware: u16::MAX,
            version: Version { major: 2, minor: u16::MAX, patch: 1, build: u32::MAX },
            security_version: u32::MAX,
            security_floor: u32::MAX,
        }),
        group: Some("quay".into()),
    }
}

fn clients<S: Store>(store: &mut S) {
    let ids: Vec<ClientId> = (1..=3).map(|number| done(store, |tx| tx.insert_client(&client(number)))).collect();
    let mut row = done(store, |tx| tx.client(ids[0])).unwrap();
    assert_eq!(row, ClientRow { id: ids[0], ..client(1) });
    assert_eq!(done(store, |tx| tx.client_by_hwid(hwid(1))), Some(row.clone()));
    assert_eq!(done(store, |tx| tx.client_by_hwid(Hwid { scheme: 4, ..hwid(1) })), None);
    assert_eq!(fails(store, |tx| tx.insert_client(&client(1))), StoreError::Conflict);
    done(store, |tx| tx.put_enrollment(ids[0], b"enrolment"));
    row.hwid = hwid(8);
    (row.clock, row.change_asked, row.change_allowed, row.clone_mark) = (None, None, None, None);
    for service in [Service::Offered, Service::Withdrawn] {
        row.service = service;
        done(store, |tx| tx.update_client(&row));
        assert_eq!(done(store, |tx| tx.client(ids[0])), Some(row.clone()));
    }
    (row.running, row.group) = (None, None);
    row.clone_mark = Some(CloneMark { since: time(4), sign: CloneSign::SecondSecret });
    done(store, |tx| tx.update_client(&row));
    assert_eq!(done(store, |tx| tx.client(ids[0])), Some(row.clone()));
    assert_eq!(done(store, |tx| tx.enrollment(ids[0])), Some(b"enrolment".to_vec()));
    assert_eq!(fails(store, |tx| tx.update_client(&ClientRow { hwid: hwid(2), ..row.clone() })), StoreError::Conflict);
    assert_eq!(fails(store, |tx| tx.update_client(&client(70))), StoreError::Conflict);
    let unknown = ClientRow { assigned: Some(key(1)), ..row };
    assert_eq!(fails(store, |tx| tx.update_client(&unknown)), StoreError::Conflict);
    let page = |store: &mut S, after| -> Vec<ClientId> {
        done(store, |tx| tx.clients_after(after, 2)).into_iter().map(|row| row.id).collect()
    };
    assert_eq!(page(store, None), ids[..2]);
    assert_eq!(page(store, Some(ids[1])), ids[2..]);
    assert_eq!(page(store, Some(ids[2])), []);
}

fn secrets_and_answers<S: Store>(store: &mut S) {
    let id = done(store, |tx| tx.insert_client(&client(1)));
    assert_eq!(done(store, |tx| tx.secret(id)), None);
    for (confirmed, candidate) in [(false, None), (true, Some([2; 32])), (true, None)] {
        let row = SecretRow { secret: [1; 32], confirmed, candidate };
        done(store, |tx| tx.put_secret(id, &row));
        assert!(done(store, |tx| tx.secret(id)) == Some(row.clone()));
        assert!(!format!("{row:?}").contains('1'), "a secret is not shown");
    }
    let answer = |number: u8| AnswerRow { request: [number; 16], digest: [9; 32], decision: vec![number] };
    for number in 1..=4 {
        done(store, |tx| tx.put_answer(id, &answer(number), 3));
    }
    assert_eq!(done(store, |tx| tx.answer(id, [1; 16])), None);
    assert_eq!(done(store, |tx| tx.answer(id, [2; 16])), Some(answer(2)));
    assert_eq!(fails(store, |tx| tx.put_answer(id, &answer(4), 3)), StoreError::Conflict);
    assert_eq!(done(store, |tx| tx.answer(ClientId(id.0 + 1), [2; 16])), None);
    done(store, |tx| tx.delete_client(id));
    assert_eq!(done(store, |tx| tx.answer(id, [2; 16])), None);
    assert_eq!(done(store, |tx| tx.secret(id)), None);
    assert_eq!(fails(store, |tx| tx.delete_client(id)), StoreError::Conflict);
}

fn expected<S: Store>(store: &mut S) {
    let row = |name: Option<&str>, hwid: Option<Hwid>| ExpectedRow {
        id: 0,
        name: name.map(String::from),
        hwid,
        assigned: None,
        note: "quay".into(),
        entered: time(1),
        client: None,
    };
    let by_name = done(store, |tx| tx.insert_expected(&row(Some("a"), None)));
    let by_hwid = done(store, |tx| tx.insert_expected(&row(None, Some(hwid(1)))));
    assert_eq!(fails(store, |tx| tx.insert_expected(&row(None, None))), StoreError::Conflict);
    assert_eq!(fails(store, |tx| tx.insert_expected(&row(Some("a"), None))), StoreError::Conflict);
    assert_eq!(fails(store, |tx| tx.insert_expected(&row(None, Some(hwid(1))))), StoreError::Conflict);
    let found =
        |store: &mut S, number, name: &str| done(store, |tx| tx.expected_for(hwid(number), name)).map(|row| row.id);
    assert_eq!(found(store, 1, "a"), Some(by_hwid), "a HWID before a name");
    assert_eq!(found(store, 2, "a"), Some(by_name));
    assert_eq!(found(store, 2, "b"), None);
    let client = done(store, |tx| tx.insert_client(&client(5)));
    let met = ExpectedRow { id: by_name, client: Some(client), ..row(Some("a"), None) };
    done(store, |tx| tx.update_expected(&met));
    assert_eq!(found(store, 2, "a"), None);
    assert_eq!(done(store, |tx| tx.expected_after(None, 9)).len(), 1);
    done(store, |tx| tx.insert_expected(&row(Some("a"), None)));
    done(store, |tx| tx.delete_expected(by_hwid));
    assert_eq!(fails(store, |tx| tx.delete_expected(by_hwid)), StoreError::Conflict);
    assert_eq!(done(store, |tx| tx.expected_after(Some(by_hwid), 9)).len(), 1);
}

fn entitlement(number: u8) -> EntitlementRow {
    EntitlementRow {
        key: key(number),
        brand: "northgate".into(),
        class: Class::EDGE,
        capacity: 10,
        used: 0,
        excess: 0,
        per_client: 4,
        holder: "Harbour Authority".into(),
        issued: time(1),
        not_before: time(2),
        expires: Some(time(3)),
        serves_until: time(4),
        lease_s: Some(5),
        moves_max: u16::MAX,
        moves_used: 6,
        revoked: Some(time(7)),
        imported: time(8),
        envelope: vec![1, 2, 3],
        certificate: vec![4, 5],
    }
}

fn entitlements<S: Store>(store: &mut S) {
    let none = EntitlementRow { expires: None, lease_s: None, revoked: None, class: Class(9), ..entitlement(2) };
    for row in [none.clone(), entitlement(1), entitlement(3)] {
        done(store, |tx| tx.put_entitlement(&row));
        assert_eq!(done(store, |tx| tx.entitlement(row.key)), Some(row.clone()));
        assert_eq!(done(store, |tx| tx.lock_entitlement(row.key)), Some(row));
    }
    assert_eq!(done(store, |tx| tx.entitlement(key(9))), None);
    assert_eq!(done(store, |tx| tx.entitlements()), [entitlement(1), none, entitlement(3)]);
    let full = EntitlementRow { used: 10, excess: 1, ..entitlement(1) };
    done(store, |tx| tx.put_entitlement(&full));
    let over = EntitlementRow { used: 11, ..entitlement(1) };
    assert_eq!(fails(store, |tx| tx.put_entitlement(&over)), StoreError::Conflict, "more used than there is");
    let moved = EntitlementRow { moves_max: 5, ..entitlement(1) };
    assert_eq!(fails(store, |tx| tx.put_entitlement(&moved)), StoreError::Conflict, "more moves than there are");
    assert_eq!(done(store, |tx| tx.entitlement(key(1))), Some(full));
    let counted = EntitlementRow { used: 3, excess: 2, moves_used: 9, ..entitlement(3) };
    let other = EntitlementRow { holder: "somebody else".into(), revoked: None, ..counted.clone() };
    done(store, |tx| tx.count_entitlement(&other));
    assert_eq!(done(store, |tx| tx.entitlement(key(3))), Some(counted), "nothing but what is in use");
    assert_eq!(fails(store, |tx| tx.count_entitlement(&over)), StoreError::Conflict);
    assert_eq!(fails(store, |tx| tx.count_entitlement(&entitlement(9))), StoreError::Conflict, "not there");
}

/// What is found for a client, against the rules said once more row by row.
fn usable_entitlements<S: Store>(store: &mut S) {
    let now = time(100);
    let good = EntitlementRow {
        not_before: now,
        serves_until: now,
        expires: Some(time(101)),
        revoked: None,
        ..entitlement(0)
    };
    let rows = [
        good.clone(),
        EntitlementRow { expires: None, used: 7, ..good.clone() },
        EntitlementRow { used: 6, ..good.clone() },
        EntitlementRow { used: 10, ..good.clone() },
        EntitlementRow { excess: 1, ..good.clone() },
        EntitlementRow { capacity: 2, per_client: 2, ..good.clone() },
        EntitlementRow { brand: "southgate".into(), ..good.clone() },
        EntitlementRow { class: Class(9), ..good.clone() },
        EntitlementRow { revoked: Some(now), ..good.clone() },
        EntitlementRow { not_before: time(101), ..good.clone() },
        EntitlementRow { serves_until: time(99), ..good.clone() },
        EntitlementRow { expires: Some(now), ..good.clone() },
    ];
    let rows: Vec<_> = (1..).zip(rows).map(|(number, row)| EntitlementRow { key: key(number), ..row }).collect();
    rows.iter().for_each(|row| done(store, |tx| tx.put_entitlement(row)));
    for room in 0..=5 {
        let found = |store: &mut S, after: Option<u8>, limit| {
            let usable = Usable { brand: "northgate", class: Class::EDGE, now, room };
            let rows = done(store, |tx| tx.usable_entitlements(&usable, after.map(key), limit));
            rows.iter().map(|row| row.key).collect::<Vec<_>>()
        };
        let expected: Vec<_> = rows
            .iter()
            .filter(|row| row.brand == "northgate" && row.class == Class::EDGE && row.is_valid(now))
            .filter(|row| {
                let free = if row.excess > 0 { 0 } else { row.capacity - row.used };
                room == 0 || free >= room.min(row.per_client)
            })
            .map(|row| row.key)
            .collect();
        assert!(expected.len() >= 3, "room {room}");
        assert_eq!(found(store, None, 99), expected, "room {room}");
        assert_eq!(found(store, None, 2), expected[..2], "room {room}");
        assert_eq!(found(store, Some(1), 99), expected[1..], "room {room}");
    }
    let credential = |store: &mut S, brand| done(store, |tx| tx.credential(brand)).map(|row| row.key);
    assert_eq!(credential(store, "northgate"), Some(key(12)), "the last key of those that serve as long");
    let longest = EntitlementRow { key: key(2), serves_until: time(200), ..good.clone() };
    done(store, |tx| tx.put_entitlement(&longest));
    let revoked = EntitlementRow { key: key(3), serves_until: time(300), revoked: Some(now), ..good };
    done(store, |tx| tx.put_entitlement(&revoked));
    assert_eq!(credential(store, "northgate"), Some(key(2)));
    assert_eq!(credential(store, "eastgate"), None);
}

fn activation(number: u8, device: u32) -> ActivationRow {
    ActivationRow {
        id: ActivationId(0),
        entitlement: key(number),
        hwid: hwid(device),
        count: 2,
        state: ActivationState::Active,
        first_start: time(5),
    }
}

fn activations<S: Store>(store: &mut S) {
    done(store, |tx| tx.put_entitlement(&entitlement(1)));
    done(store, |tx| tx.put_entitlement(&entitlement(2)));
    assert_eq!(fails(store, |tx| tx.insert_activation(&activation(3, 1))), StoreError::Conflict, "of nothing");
    let mut rows = Vec::new();
    for (number, device) in [(1, 1), (2, 1), (1, 2), (1, 3)] {
        let mut row = activation(number, device);
        row.id = done(store, |tx| tx.insert_activation(&row));
        assert_eq!(done(store, |tx| tx.activation(row.entitlement, row.hwid)), Some(row.clone()));
        assert_eq!(done(store, |tx| tx.activation_by_id(row.id)), Some(row.clone()));
        rows.push(row);
    }
    assert_eq!(fails(store, |tx| tx.insert_activation(&activation(1, 1))), StoreError::Conflict, "twice");
    assert_eq!(done(store, |tx| tx.activations_of_hwid(hwid(1))), [rows[1].clone(), rows[0].clone()]);
    assert_eq!(done(store, |tx| tx.activations_of(key(1))), [rows[0].clone(), rows[2].clone(), rows[3].clone()]);
    for (row, free_from) in rows.iter_mut().zip([Some(time(30)), Some(time(10)), Some(time(20)), None]) {
        row.state = ActivationState::Leaving { free_from };
        done(store, |tx| tx.update_activation(row));
    }
    let free = |store: &mut S, key, now| -> Vec<ActivationId> {
        done(store, |tx| tx.activations_to_free(key, time(now), 2)).into_iter().map(|row| row.id).collect()
    };
    assert_eq!(free(store, None, 9), []);
    assert_eq!(free(store, None, 10), [rows[1].id]);
    assert_eq!(free(store, None, 99), [rows[1].id, rows[2].id], "the first two");
    assert_eq!(free(store, Some(key(1)), 99), [rows[2].id, rows[0].id]);
    rows[0].state = ActivationState::Ended;
    done(store, |tx| tx.update_activation(&rows[0]));
    assert_eq!(free(store, Some(key(1)), 99), [rows[2].id]);
    let taken = ActivationRow { hwid: hwid(2), ..rows[0].clone() };
    assert_eq!(fails(store, |tx| tx.update_activation(&taken)), StoreError::Conflict);
}

fn lease(serial: u64, activation: ActivationId) -> LeaseRow {
    LeaseRow {
        epoch: 1,
        serial,
        activation,
        hwid: hwid(1),
        count: 2,
        starts: time(10),
        ends: Some(time(100 + serial)),
        envelope: vec![1, 2],
    }
}

fn leases<S: Store>(store: &mut S) {
    done(store, |tx| tx.put_entitlement(&entitlement(1)));
    let first = done(store, |tx| tx.insert_activation(&activation(1, 1)));
    let second = done(store, |tx| tx.insert_activation(&activation(1, 2)));
    assert_eq!(done(store, |tx| tx.last_end(first)), LastEnd::NoLease);
    assert_eq!(done(store, |tx| tx.newest_lease(first)), None);
    let later_epoch = LeaseRow { epoch: 2, ends: Some(time(50)), ..lease(1, first) };
    for row in [lease(1, first), lease(2, first), later_epoch.clone(), lease(3, second)] {
        done(store, |tx| tx.insert_lease(&row));
        assert_eq!(done(store, |tx| tx.lease(row.epoch, row.serial)), Some(row));
    }
    assert_eq!(fails(store, |tx| tx.insert_lease(&lease(1, second))), StoreError::Conflict, "a serial twice");
    assert_eq!(done(store, |tx| tx.newest_lease(first)), Some(later_epoch));
    assert_eq!(done(store, |tx| tx.last_end(first)), LastEnd::At(time(102)));
    // The newest of each stays, the others go when they have ended, so many at a time.
    assert_eq!(done(store, |tx| tx.delete_leases_ended(time(102), 9)), 1);
    assert_eq!(done(store, |tx| tx.delete_leases_ended(time(1000), 9)), 1);
    assert_eq!(done(store, |tx| tx.delete_leases_ended(time(1000), 9)), 0);
    let endless = LeaseRow { epoch: 3, ends: None, ..lease(9, first) };
    done(store, |tx| tx.insert_lease(&endless));
    assert_eq!(done(store, |tx| tx.last_end(first)), LastEnd::Never);
    assert_eq!(done(store, |tx| tx.lease(3, 9)), Some(endless));
    what_clients_hold(store);
}

/// After the leases: two clients have a channel of the first entitlement, with a lease and one without end.
fn what_clients_hold<S: Store>(store: &mut S) {
    let clients: Vec<ClientId> = (1..=4).map(|number| done(store, |tx| tx.insert_client(&client(number)))).collect();
    done(store, |tx| tx.put_entitlement(&entitlement(2)));
    let ended = ActivationRow { state: ActivationState::Ended, ..activation(2, 1) };
    let further = ActivationRow { count: 7, ..activation(2, 2) };
    for row in [ended, further, activation(2, 4)] {
        done(store, |tx| tx.insert_activation(&row));
    }
    let held = |number: usize, entitlement, count, last_end| HeldRow {
        client: clients[number],
        entitlement: key(entitlement),
        count,
        last_end,
    };
    let between =
        |store: &mut S, first: usize, last: usize| done(store, |tx| tx.held_between(clients[first], clients[last]));
    let of_second = [held(1, 2, 7, LastEnd::NoLease), held(1, 1, 2, LastEnd::At(time(103)))];
    assert_eq!(between(store, 1, 1), of_second, "the newest activation first");
    assert_eq!(between(store, 0, 2), [held(0, 1, 2, LastEnd::Never), of_second[0], of_second[1]]);
    assert_eq!(between(store, 2, 2), []);
    assert_eq!(between(store, 2, 3), [held(3, 2, 2, LastEnd::NoLease)]);
}

fn rights<S: Store>(store: &mut S) {
    let moved = |kind, client, at| MoveRow {
        kind,
        client,
        entitlement: Some(key(1)),
        old_hwid: hwid(1),
        new_hwid: Some(hwid(2)),
        at: time(at),
    };
    let (one, other) = (Some(ClientId(1)), Some(ClientId(2)));
    for row in [
        moved(MoveKind::Rebind, one, 10),
        moved(MoveKind::Rebind, one, 20),
        moved(MoveKind::Rebind, other, 20),
        moved(MoveKind::Move, one, 20),
    ] {
        done(store, |tx| tx.insert_move(&row));
    }
    assert_eq!([10, 11, 21].map(|at| done(store, |tx| tx.rebinds_since(ClientId(1), time(at)))), [2, 1, 0]);

    let token = |name: &str, digest| TokenRow {
        name: name.into(),
        digest: [digest; 32],
        role: 1,
        created: time(1),
        expires: Some(time(2)),
        revoked: None,
    };
    done(store, |tx| tx.insert_token(&token("b", 1)));
    done(store, |tx| tx.insert_token(&token("a", 2)));
    assert_eq!(fails(store, |tx| tx.insert_token(&token("a", 3))), StoreError::Conflict);
    assert_eq!(fails(store, |tx| tx.insert_token(&token("c", 1))), StoreError::Conflict);
    let revoked = ["a", "a", "x"].map(|name| done(store, |tx| tx.revoke_token(name, time(3))));
    assert_eq!(revoked, [true, false, false]);
    let expected = [TokenRow { revoked: Some(time(3)), ..token("a", 2) }, token("b", 1)];
    assert_eq!(done(store, |tx| tx.tokens()), expected);

    let list = |signer, sequence| ListRow {
        signer: KeyId([signer; 16]),
        epoch: 1,
        sequence,
        envelope: vec![1],
        certificate: vec![2],
    };
    for row in [list(2, 1), list(1, 1), list(1, 2)] {
        done(store, |tx| tx.put_list(&row));
    }
    assert_eq!(done(store, |tx| tx.lists()), [list(1, 2), list(2, 1)]);
}

fn update(number: u8, minor: u16) -> UpdateRow {
    UpdateRow {
        id: [number; 32],
        brand: "northgate".into(),
        component: "firmware".into(),
        version: Version { major: 2, minor, patch: 3, build: 4 },
        security_version: u32::MAX,
        size: u32::MAX,
        valid_until: time(1),
        state: UpdateState::Active,
        reason: "three of ten failed".into(),
        since: time(2),
        share: 1_000,
        groups: vec!["quay".into(), "gate 2".into()],
        round: 1,
        published: time(3),
        manifest: vec![1, 2],
        certificate: vec![3],
    }
}

fn updates<S: Store>(store: &mut S) {
    let rows = [
        update(1, 9),
        UpdateRow { published: time(9), ..update(2, 255) },
        UpdateRow { published: time(7), groups: vec![], reason: String::new(), ..update(3, 256) },
    ];
    for row in &rows {
        done(store, |tx| tx.put_update(row));
        assert_eq!(done(store, |tx| tx.update(&row.id)), Some(row.clone()));
    }
    let ids = |rows: Vec<UpdateRow>| rows.iter().map(|row| row.id[0]).collect::<Vec<_>>();
    assert_eq!(done(store, |tx| tx.update(&[9; 32])), None);
    assert_eq!(ids(done(store, |tx| tx.updates())), [2, 3, 1], "the newest first");
    let active =
        |store: &mut S, brand: &str, component: &str| ids(done(store, |tx| tx.updates_active(brand, component)));
    assert_eq!(active(store, "northgate", "firmware"), [3, 2, 1], "the highest version first");
    for state in [UpdateState::Arriving, UpdateState::Paused, UpdateState::Withdrawn] {
        let row = UpdateRow { state, ..update(2, 255) };
        done(store, |tx| tx.put_update(&row));
        assert_eq!(done(store, |tx| tx.update(&row.id)), Some(row));
        assert_eq!(active(store, "northgate", "firmware"), [3, 1]);
    }
    assert!(active(store, "southgate", "firmware").is_empty());
    assert!(active(store, "northgate", "recorder").is_empty());
    let greedy = UpdateRow { share: 1_001, ..update(1, 9) };
    assert_eq!(fails(store, |tx| tx.put_update(&greedy)), StoreError::Conflict, "more than all");
    done(store, |tx| tx.delete_update(&[1; 32]));
    assert_eq!(fails(store, |tx| tx.delete_update(&[1; 32])), StoreError::Conflict);
}

fn images<S: Store>(store: &mut S) {
    let id = [1; 32];
    assert_eq!(fails(store, |tx| tx.insert_chunk(&id, 0, b"x")), StoreError::Conflict, "of nothing");
    done(store, |tx| tx.put_update(&update(1, 1)));
    let large = vec![7; 32_768];
    done(store, |tx| {
        tx.insert_chunk(&id, 0, &large)?;
        tx.insert_chunk(&id, 1, b"last")
    });
    assert_eq!(fails(store, |tx| tx.insert_chunk(&id, 1, b"other")), StoreError::Conflict, "twice");
    assert_eq!(done(store, |tx| tx.chunk(&id, 0)), Some(large));
    assert_eq!(store.snapshot(|tx| tx.chunk(&id, 1)), Ok(Some(b"last".to_vec())));
    assert_eq!(done(store, |tx| tx.chunk(&id, 2)), None);
    assert_eq!(done(store, |tx| tx.chunk(&[2; 32], 0)), None);
    assert_eq!(done(store, |tx| Ok([tx.chunk_count(&id)?, tx.chunk_count(&[2; 32])?])), [2, 0]);
    assert_eq!(done(store, |tx| tx.leaves(&id)), None);
    for leaves in [[1; 64], [2; 64]] {
        done(store, |tx| tx.put_leaves(&id, &leaves));
        assert_eq!(done(store, |tx| tx.leaves(&id)), Some(leaves.to_vec()));
    }
    assert_eq!(fails(store, |tx| tx.delete_update(&id)), StoreError::Conflict, "while it has chunks");
    assert_eq!([1, 1, 1].map(|limit| done(store, |tx| tx.delete_chunks(&id, limit))), [1, 1, 0]);
    done(store, |tx| tx.delete_update(&id));
    assert_eq!(done(store, |tx| tx.leaves(&id)), None);
}

fn deliveries<S: Store>(store: &mut S) {
    let clients: Vec<ClientId> = (1..=5).map(|number| done(store, |tx| tx.insert_client(&client(number)))).collect();
    done(store, |tx| tx.put_update(&update(1, 1)));
    done(store, |tx| tx.put_update(&update(2, 2)));
    let stages = [
        Stage::Offered,
        Stage::Reported(Progress::Downloading(999)),
        Stage::Reported(Progress::Ready),
        Stage::Reported(Progress::Installed),
        Stage::Reported(Progress::Failed(u16::MAX)),
    ];
    let row = |at: usize| DeliveryRow {
        update: [1; 32],
        client: clients[at],
        stage: stages[at],
        failures: 1,
        round: 3,
        offered: time(10),
        first_report: (at > 0).then_some(time(20)),
        last_report: (at > 0).then_some(time(30)),
    };
    assert_eq!(fails(store, |tx| tx.put_delivery(&DeliveryRow { update: [9; 32], ..row(0) })), StoreError::Conflict);
    for (at, client) in clients.iter().enumerate() {
        done(store, |tx| tx.put_delivery(&DeliveryRow { failures: 7, ..row(at) }));
        done(store, |tx| tx.put_delivery(&row(at)));
        assert_eq!(done(store, |tx| tx.delivery(&[1; 32], *client)), Some(row(at)));
    }
    assert_eq!(done(store, |tx| tx.delivery(&[2; 32], clients[0])), None);
    let page = |store: &mut S, after| done(store, |tx| tx.deliveries_after(&[1; 32], after, 2));
    assert_eq!(page(store, None), [row(0), row(1)]);
    assert_eq!(page(store, Some(clients[3])), [row(4)]);
    let later = DeliveryRow { update: [2; 32], offered: time(11), ..row(0) };
    done(store, |tx| tx.put_delivery(&later));
    assert_eq!(done(store, |tx| tx.deliveries_to(clients[0])), [later, row(0)], "what was offered last comes first");
    let once = Reach { offered: 1, downloading: 1, ready: 1, installed: 1, failed: 1 };
    assert_eq!(done(store, |tx| tx.reach(&[1; 32])), once);
    assert_eq!(done(store, |tx| tx.reach(&[9; 32])), Reach::default());
    assert_eq!(done(store, |tx| tx.verdict(&[1; 32], 3)), Verdict { installed: 1, failed: 4 });
    assert_eq!(done(store, |tx| tx.verdict(&[1; 32], 2)), Verdict::default());
    done(store, |tx| tx.put_delivery(&DeliveryRow { failures: 0, ..row(1) }));
    assert_eq!(done(store, |tx| tx.verdict(&[1; 32], 3)).failed, 3, "one that never failed is none of them");
    assert_eq!([10, 11, 30, 31].map(|since| done(store, |tx| tx.under_way(&[1; 32], time(since)))), [3, 2, 2, 0]);
    done(store, |tx| tx.delete_client(clients[0]));
    assert_eq!(done(store, |tx| tx.delivery(&[1; 32], clients[0])), None);
    done(store, |tx| tx.delete_update(&[1; 32]));
    assert_eq!(done(store, |tx| tx.deliveries_to(clients[1])), []);
}

fn audit<S: Store>(store: &mut S) {
    let line = |detail: &str| AuditRow {
        id: 0,
        at: time(1),
        actor: "administrator anna".into(),
        action: u16::MAX,
        hwid: Some(hwid(1)),
        entitlement: Some(key(1)),
        detail: detail.into(),
    };
    for detail in ["first", "second", "third"] {
        done(store, |tx| tx.append_audit(&line(detail)));
    }
    let lines = done(store, |tx| tx.audit_after(None, 2));
    assert_eq!(lines, [AuditRow { id: lines[0].id, ..line("first") }, AuditRow { id: lines[1].id, ..line("second") }]);
    let rest = done(store, |tx| tx.audit_after(Some(lines[1].id), 2));
    assert_eq!(rest.iter().map(|line| line.detail.as_str()).collect::<Vec<_>>(), ["third"]);

    done(store, |tx| tx.append_audit(&AuditRow { hwid: Some(hwid(2)), ..line("of another") }));
    done(store, |tx| tx.append_audit(&AuditRow { hwid: None, ..line("of none") }));
    let mut newest = |hwid, before, limit| {
        let lines = done(store, |tx| tx.audit_before(hwid, before, limit));
        lines.into_iter().map(|line| line.detail).collect::<Vec<_>>()
    };
    assert_eq!(newest(None, None, 2), ["of none", "of another"]);
    assert_eq!(newest(None, Some(lines[1].id), 9), ["first"]);
    assert_eq!(newest(Some(hwid(1)), None, 9), ["third", "second", "first"]);
    assert_eq!(newest(Some(hwid(1)), Some(lines[1].id), 9), ["first"]);
    assert_eq!(newest(Some(hwid(9)), None, 9), [""; 0]);
}

fn statistics<S: Store>(store: &mut S) {
    let contacts = |hour, licensed| ContactsRow { hour, licensed, waiting: 2, refused: 3, put_off: 4 };
    for (hour, licensed) in [(10, 1), (11, 5), (10, 2)] {
        done(store, |tx| tx.add_contacts(&contacts(hour, licensed)));
    }
    let doubled = ContactsRow { hour: 10, licensed: 3, waiting: 4, refused: 6, put_off: 8 };
    assert_eq!(done(store, |tx| tx.contacts_since(0)), [doubled, contacts(11, 5)]);
    assert_eq!(done(store, |tx| tx.contacts_since(11)), [contacts(11, 5)]);

    let usage = |hour, class, used, capacity| UsageRow { hour, class, used, capacity };
    let (digital, edge) = (Class::PROFESSIONAL, Class::EDGE);
    for row in [usage(10, edge, 1, 9), usage(10, digital, 3, 8), usage(10, digital, 2, 9), usage(11, digital, 0, 0)] {
        done(store, |tx| tx.raise_usage(&row));
    }
    let mut hour_10 = [usage(10, digital, 3, 9), usage(10, edge, 1, 9)];
    hour_10.sort_by_key(|row| row.class.0);
    assert_eq!(done(store, |tx| tx.usage_since(0)), [hour_10[0], hour_10[1], usage(11, digital, 0, 0)]);
    done(store, |tx| tx.delete_statistics_before(11));
    assert_eq!(done(store, |tx| tx.usage_since(0)), [usage(11, digital, 0, 0)]);
    assert_eq!(done(store, |tx| tx.contacts_since(0)), [contacts(11, 5)]);
}

fn numbers<S: Store>(store: &mut S) {
    let greedy = ClientRow { counter: u64::MAX, clock: Some(time(u64::MAX)), ..client(1) };
    let id = done(store, |tx| tx.insert_client(&greedy));
    let row = done(store, |tx| tx.client(id)).unwrap();
    let highest = i64::MAX as u64;
    assert_eq!((row.counter, row.clock), (highest, Some(time(highest))));
}

#[test]
fn the_audit_cannot_be_changed_in_the_file_either() {
    let folder = tempfile::tempdir().unwrap();
    drop(crate::site::Site::new(sqlite(folder.path())));
    let raw = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    assert!(raw.execute("UPDATE audit SET detail = 'nothing happened'", []).is_err());
    assert!(raw.execute("DELETE FROM audit", []).is_err());
    let lines: i64 = raw.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap();
    assert_eq!(lines, 1);
}
