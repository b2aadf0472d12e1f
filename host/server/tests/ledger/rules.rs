//! The rules, one by one.

use hwlicense::primary::{Operation, Outcome, Refusal};

use crate::site::{DAY, Device, NOW, Site, entitlement, key, sqlite};

#[test]
fn a_client_gets_a_secret_and_a_lease_and_the_same_hwid_uses_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 2)).unwrap();
    let mut camera = Device::new(1);
    let first = camera.contact(&mut site);
    assert_eq!(first.outcome, Outcome::Licensed);
    assert!(first.secret.is_some());
    assert_eq!(first.leases, [(key(1), 1, Some(NOW + 30 * DAY), 1)]);
    let second = camera.contact(&mut site);
    assert_eq!((second.secret, second.leases), (None, first.leases));
    assert_eq!(site.used(1), (1, 0));
    site.now += 11 * DAY;
    assert_eq!(camera.contact(&mut site).leases, [(key(1), 1, Some(NOW + 41 * DAY), 2)]);
    assert_eq!(site.used(1), (1, 0));
    site.assert_balanced();
}

#[test]
fn what_was_given_up_stays_used_until_the_last_lease_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(sqlite(folder.path()));
    site.import(&entitlement(1, 1)).unwrap();
    let (mut first, mut second) = (Device::new(1), Device::new(2));
    first.settle(&mut site);
    let given_up = first.ask(&mut site, Operation::Deactivate(key(1)));
    assert_eq!((given_up.outcome, given_up.receipt), (Outcome::Deactivated, Some(Some(NOW + 30 * DAY))));
    assert_eq!(first.contact(&mut site).outcome, Outcome::Waiting);
    assert_eq!(second.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.now += 30 * DAY - 1;
    assert_eq!(second.contact(&mut site).outcome, Outcome::refused(Refusal::NoCapacity));
    site.now += 1;
    assert_eq!(second.contact(&mut site).outcome, Outcome::Licensed);
    site.assert_balanced();
}
