//! Enrolments: their bytes, and the machine they let a later reading be.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use hwlicense::hardware::{Field, Mac, Nic, NicClass, PlatformId, PlatformIdSource, Uuid};
use hwlicense::hwid::{COUNTED_NICS_MAX, ENROLLMENT_BYTES_MAX, Enrollment, EnrollmentError, Evidence, HwidError};
use proptest::prelude::*;
use support::hardware::{Parts, featureless, nameless_pc, nic, server, unprivileged};

type Change = fn(&mut Parts);

fn encoded(parts: &Parts) -> Vec<u8> {
    let mut buffer = [0; ENROLLMENT_BYTES_MAX];
    parts.enrollment(7).encode(&mut buffer).unwrap().to_vec()
}

/// The largest enrolment there is.
fn largest() -> Parts {
    let mut parts = server();
    parts.cpu.serial = "C04D177A2E90B1".into();
    let wired = |n: usize| nic(&format!("0025905c{:04x}", n + 1));
    parts.nics = Field::Read((0..COUNTED_NICS_MAX).map(wired).collect());
    parts
}

#[test]
fn bytes_round_trip() {
    for parts in [server(), nameless_pc(), largest()] {
        let bytes = encoded(&parts);
        assert_eq!(Enrollment::decode(&bytes), Ok(parts.enrollment(7)));
    }
}

#[test]
fn the_largest_fits_one_flash_page() {
    let bytes = encoded(&largest());
    assert_eq!(largest().enrollment(7).nic_digests().len(), COUNTED_NICS_MAX);
    assert!(bytes.len() <= ENROLLMENT_BYTES_MAX, "{} bytes", bytes.len());
}

#[test]
fn every_truncation_and_every_flipped_bit_is_refused() {
    for parts in [server(), largest()] {
        let bytes = encoded(&parts);
        for length in 0..bytes.len() {
            assert!(Enrollment::decode(&bytes[..length]).is_err(), "cut to {length}");
        }
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[position] ^= 1 << bit;
                assert!(Enrollment::decode(&flipped).is_err(), "byte {position}, bit {bit}");
            }
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Enrollment::decode(&longer), Err(EnrollmentError::Damaged));
        let huge = [&bytes[..], &[0; ENROLLMENT_BYTES_MAX]].concat();
        assert_eq!(Enrollment::decode(&huge), Err(EnrollmentError::NotAnEnrollment));
    }
}

#[test]
fn a_small_buffer_is_refused() {
    let bytes = encoded(&server());
    let mut buffer = [0; ENROLLMENT_BYTES_MAX];
    for size in 0..bytes.len() {
        let found = server().enrollment(7).encode(&mut buffer[..size]).map(<[u8]>::to_vec);
        assert_eq!(found, Err(EnrollmentError::BufferTooSmall), "{size} bytes");
    }
    assert_eq!(server().enrollment(7).encode(&mut buffer[..bytes.len()]).unwrap(), &bytes[..]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_an_enrolment_or_are_not(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
        prop_assert!(Enrollment::decode(&bytes).is_err());
    }

    #[test]
    fn any_salt_round_trips(salt in any::<[u8; 16]>()) {
        let enrollment = Enrollment::new(&server().machine(), salt).unwrap();
        let mut buffer = [0; ENROLLMENT_BYTES_MAX];
        let bytes = enrollment.encode(&mut buffer).unwrap();
        prop_assert_eq!(Enrollment::decode(bytes), Ok(enrollment.clone()));
        prop_assert_eq!(server().enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
    }
}

#[test]
fn salts_hide_that_two_enrolments_are_of_one_machine() {
    let (one, other) = (server().enrollment(1), server().enrollment(2));
    assert_eq!(one.hwid(), other.hwid());
    assert!(one.nic_digests().iter().all(|digest| !other.nic_digests().contains(digest)));
    let (one, other) = (encoded(&server()), {
        let mut buffer = [0; ENROLLMENT_BYTES_MAX];
        server().enrollment(8).encode(&mut buffer).unwrap().to_vec()
    });
    // Beside the head with the HWID no run of eight bytes is in both.
    for window in one[38..one.len() - 1].windows(8).filter(|window| window.iter().any(|byte| *byte != 0)) {
        assert!(!other.windows(8).any(|found| found == window));
    }
}

#[test]
fn nobody_enrols_what_is_not_known_for_certain() {
    let not_unique = featureless().machine();
    assert_eq!(Enrollment::new(&not_unique, [0; 16]).unwrap_err(), HwidError::NotUnique);
    let hidden = unprivileged(server()).machine();
    assert!(matches!(Enrollment::new(&hidden, [0; 16]), Err(HwidError::NotReadable(_))));
    let stood_in = unprivileged(server()).enrolled(&server().enrollment(1));
    assert!(stood_in.hwid().is_ok());
    assert!(matches!(Enrollment::new(&stood_in, [0; 16]), Err(HwidError::NotReadable(_))));
}

fn wired(parts: &mut Parts) -> &mut Vec<Nic<'static>> {
    match &mut parts.nics {
        Field::Read(nics) => nics,
        _ => unreachable!(),
    }
}

#[test]
fn a_nic_added_later_changes_nothing() {
    for base in [server(), nameless_pc()] {
        let enrollment = base.enrollment(1);
        let mut later = base.clone();
        wired(&mut later).insert(0, nic("00:25:90:5c:d1:38"));
        assert_ne!(later.machine().hwid(), base.machine().hwid(), "by itself it is another");
        assert_eq!(later.enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
        assert!(!later.enrolled(&enrollment).identity().evidence().contains(Evidence::Enrollment));
    }
}

#[test]
fn more_nics_later_than_can_count_change_nothing() {
    let enrollment = server().enrollment(1);
    let mut later = server();
    wired(&mut later).extend((0..COUNTED_NICS_MAX).map(|n| nic(&format!("0025905c{:04x}", n + 1))));
    assert_eq!(later.enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
}

#[test]
fn a_nic_gone_or_replaced_or_masked_changes_the_hwid() {
    let enrollment = server().enrollment(1);
    let changes: [Change; 4] = [
        |parts| wired(parts).truncate(1),
        |parts| wired(parts)[1] = nic("00:25:90:5c:d1:38"),
        |parts| wired(parts)[1].class = NicClass::Usb,
        |parts| wired(parts)[1].permanent_mac = Field::Read(Mac([0x02, 0x42, 0xac, 0x11, 0, 7])),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut later = server();
        change(&mut later);
        if index == 3 {
            wired(&mut later)[1].current_mac = later.nics.clone().read().unwrap()[1].permanent_mac;
        }
        let hwid = later.enrolled(&enrollment).hwid();
        assert!(hwid.is_ok() && hwid != Ok(enrollment.hwid()), "change {index}");
        assert_eq!(hwid, later.machine().hwid());
    }
}

/// A permanent MAC hidden by a driver is still the current one of a NIC that stands alone.
#[test]
fn a_driver_that_forgets_the_permanent_mac_changes_nothing() {
    let mut later = server();
    for nic in wired(&mut later) {
        nic.permanent_mac = Field::Absent;
    }
    assert_eq!(later.machine().hwid(), server().machine().hwid());
}

#[test]
fn newly_readable_fields_keep_the_enrolled_hwid() {
    let base = nameless_pc();
    let enrollment = base.enrollment(1);
    let news: [Change; 6] = [
        |parts| parts.board.serial = "BSS-0123987".into(),
        |parts| parts.board.system_serial = "SYS-8815".into(),
        |parts| parts.board.system_uuid = Field::Read(Uuid(*b"a uuid, at last.")),
        |parts| parts.cpu.serial = "00000000acf9d788".into(),
        |parts| {
            parts.platform_ids =
                vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Read(b"\x81\x2f\xc4\x07") }];
        },
        |parts| wired(parts).push(nic("00:25:90:5c:d1:38")),
    ];
    let mut all = base.clone();
    for (index, add) in news.into_iter().enumerate() {
        let mut later = base.clone();
        add(&mut later);
        add(&mut all);
        assert_ne!(later.machine().hwid(), base.machine().hwid(), "news {index}");
        assert_eq!(later.enrolled(&enrollment).hwid(), Ok(enrollment.hwid()), "news {index}");
    }
    assert_eq!(all.enrolled(&enrollment).hwid(), Ok(enrollment.hwid()));
}

/// What was not enrolled is absent, so that it is hidden or absent makes no difference.
#[test]
fn fields_hidden_that_were_never_enrolled_do_not_matter() {
    let mut base = nameless_pc();
    base.board = hwlicense::hardware::Board { serial: "BSS-0123987".into(), ..Default::default() };
    base.memory = Default::default();
    let enrollment = base.enrollment(1);
    let hides: [(&str, Change); 7] = [
        ("product", |parts| parts.board.product = Field::Unreadable),
        ("system serial", |parts| parts.board.system_serial = Field::Unreadable),
        ("uuid", |parts| parts.board.system_uuid = Field::Unreadable),
        ("cpu serial", |parts| parts.cpu.serial = Field::Unreadable),
        ("modules", |parts| parts.memory.modules = Field::Unreadable),
        ("platform", |parts| {
            parts.platform_ids = vec![PlatformId { source: PlatformIdSource::Tpm, bytes: Field::Unreadable }];
        }),
        ("a name that repeats the serial", |parts| parts.board.product = "BSS0123987".into()),
    ];
    for (what, hide) in hides {
        let mut later = base.clone();
        hide(&mut later);
        let machine = later.enrolled(&enrollment);
        assert_eq!(machine.hwid(), Ok(enrollment.hwid()), "{what}");
        assert!(!machine.identity().evidence().contains(Evidence::Enrollment), "{what}: nothing stood in");
    }
}

#[test]
fn an_ordinary_user_gets_the_enrolled_hwid() {
    let enrollment = server().enrollment(1);
    let user = unprivileged(server());
    assert!(matches!(user.machine().hwid(), Err(HwidError::NotReadable(_))));
    let machine = user.enrolled(&enrollment);
    assert_eq!(machine.hwid(), Ok(enrollment.hwid()));
    assert!(machine.identity().evidence().contains(Evidence::Enrollment));
    assert!(machine.identity().unreadable().is_empty());
    assert_eq!(machine.identity().stood_in(), user.machine().identity().unreadable());
    assert!(server().enrolled(&enrollment).identity().stood_in().is_empty());
}
