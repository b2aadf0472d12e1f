//! Which reason wins: every combination of conditions against an oracle of the test's own.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod support;

use std::collections::BTreeSet;

use hwlicense::hardware::Field;
use hwlicense::hwid::{Evidence, EvidenceSet, Machine};
use hwlicense::license::{
    Binding, BoundDigests, Class, Contact, Context, EvidencePolicy, License, Reason, Tolerance, Verdict, Weights,
    check, check_twice, refuse,
};
use hwlicense::signed::{Label, Verified, VerifyError};
use hwlicense::time::{Clock, UnixSeconds};
use support::hardware::{featureless, other_server, server, unprivileged};
use support::{BRAND, DAY, ISSUED, issuer, license};

const NOT_BEFORE: u64 = ISSUED + 10 * DAY;
const EXPIRES: u64 = ISSUED + 100 * DAY;
/// A date at which clocks start that were never set, and the first that counts as set.
const NEVER_SET: [u64; 2] = [0, 1_767_225_599];

/// What a machine is to the licences of this test.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hardware {
    Same,
    Other,
    Unreadable,
    NotUnique,
}

/// A licence, and what the oracle knows of it.
struct Case {
    verified: Verified<'static, License<'static>>,
    unknown_class: bool,
    tolerant: bool,
    asks_much: bool,
    not_before: u64,
    expires: Option<u64>,
    contact_required: bool,
}

fn cases() -> Vec<Case> {
    let enrollment = server().enrollment(7);
    let digests = BoundDigests::of(&enrollment);
    let tolerant = Binding::Tolerant(Tolerance::of(&enrollment, &digests, Weights::default()).unwrap());
    let strict = Binding::Strict(enrollment.hwid());
    let mut cases = Vec::new();
    for (bits, not_before) in (0..16).flat_map(|bits| [(bits, ISSUED), (bits, NOT_BEFORE)]) {
        let is = |bit: u8| bits >> bit & 1 == 1;
        for expires in [None, Some(EXPIRES)] {
            let asked = EvidenceSet::EMPTY.with(if is(2) { Evidence::CpuSerial } else { Evidence::SystemUuid });
            let terms = License {
                class: if is(0) { Class(31) } else { Class::PROFESSIONAL },
                binding: if is(1) { tolerant.clone() } else { strict.clone() },
                evidence: EvidencePolicy::new(asked, EvidenceSet::EMPTY),
                not_before: UnixSeconds(not_before),
                expires: expires.map(UnixSeconds),
                contact_required: is(3),
                ..license()
            };
            cases.push(Case {
                verified: issuer().verified(&terms),
                unknown_class: is(0),
                tolerant: is(1),
                asks_much: is(2),
                not_before,
                expires,
                contact_required: is(3),
            });
        }
    }
    cases
}

/// Wall clock and floor.
fn clocks() -> Vec<(Option<u64>, u64)> {
    let times = [
        ISSUED,
        NOT_BEFORE - 1,
        NOT_BEFORE,
        EXPIRES - 15 * DAY - 1,
        EXPIRES - 15 * DAY,
        EXPIRES - 1,
        EXPIRES,
        EXPIRES + 90 * DAY,
    ];
    let mut clocks = Vec::new();
    for time in times {
        clocks.extend([(Some(time), 0), (Some(time), ISSUED), (None, time), (Some(NEVER_SET[1]), time)]);
        clocks.extend([(Some(NEVER_SET[0]), time), (Some(time - DAY), time), (Some(time - DAY - 1), time)]);
    }
    clocks
}

/// Every reason that applies, each by itself, in no order.
fn applicable(
    case: &Case,
    hardware: Hardware,
    brand: Option<&str>,
    (wall, floor): (Option<u64>, u64),
    contact: Contact,
) -> Vec<Reason> {
    let wall = wall.filter(|wall| *wall > NEVER_SET[1]);
    // The licence itself is signed, so its day of issue has passed.
    let floor = if floor > ISSUED { floor } else { ISSUED };
    let behind = wall.map_or(0, |wall| i128::from(floor) - i128::from(wall));
    let set_back = behind > i128::from(DAY);
    let now = if behind < 0 { wall.unwrap() } else { floor };
    let believable = wall.is_some() && !set_back;
    let ends = case.expires.is_some();
    let left = case.expires.map(|expires| i128::from(expires) - i128::from(now));

    let mut reasons = Vec::new();
    let mut add = |reason, applies: bool| {
        if applies {
            reasons.push(reason);
        }
    };
    add(Reason::Valid, true);
    add(Reason::ExpiresSoon, left.is_some_and(|left| left <= i128::from(15 * DAY)));
    add(Reason::ContactRequired, case.contact_required && contact == Contact::None);
    add(Reason::Expired, left.is_some_and(|left| left <= 0));
    add(Reason::NotYetValid, now < case.not_before && (ends || believable));
    add(Reason::ClockNotPlausible, ends && set_back);
    let unread = hardware == Hardware::Unreadable;
    // A machine of which the UUID cannot be read does not show it.
    let shows_uuid = matches!(hardware, Hardware::Same | Hardware::Other);
    add(Reason::EvidenceTooWeak, case.asks_much || !shows_uuid);
    add(Reason::HardwareNotReadable, unread);
    // A tolerant licence compares components, and those of a machine without numbers differ.
    let differs = hardware == Hardware::Other || (hardware == Hardware::NotUnique && case.tolerant);
    add(Reason::OtherHardware, differs);
    add(Reason::OtherBrand, brand.is_some_and(|brand| brand != BRAND));
    add(Reason::UnknownClass, case.unknown_class);
    reasons
}

#[test]
fn the_first_reason_that_applies_wins_in_every_combination() {
    let machines: [(Hardware, Machine<'_>); 4] = [
        (Hardware::Same, server().machine()),
        (Hardware::Other, other_server().machine()),
        (Hardware::Unreadable, unprivileged(server()).machine()),
        (Hardware::NotUnique, featureless().machine()),
    ];
    let mut reached = BTreeSet::new();
    let mut checked = 0u32;
    for case in cases() {
        for (hardware, machine) in &machines {
            for brand in [None, Some(BRAND), Some("Other")] {
                for clock in clocks() {
                    for contact in [Contact::None, Contact::Current] {
                        let context = Context {
                            identity: machine.identity(),
                            brand: brand.map(Label::from),
                            clock: Clock::new(clock.0.map(UnixSeconds), UnixSeconds(clock.1)),
                            contact,
                        };
                        let report = check(&case.verified, &context);
                        let applies = applicable(&case, *hardware, brand, clock, contact);
                        let first = Reason::ALL.iter().find(|reason| applies.contains(reason)).unwrap();
                        assert_eq!(
                            report.reason, *first,
                            "{hardware:?} {brand:?} {clock:?} {contact:?} {:?}",
                            case.verified
                        );
                        assert_eq!(report.verdict.grant().is_some(), report.reason.is_accepting());
                        assert_eq!(report.verdict.word() == Verdict::GRANTED, report.reason.is_accepting());
                        assert_eq!(report.cause, None);
                        reached.insert(report.reason.number());
                        checked += 1;
                    }
                }
            }
        }
    }
    let of_terms: BTreeSet<u16> = Reason::ALL
        .iter()
        .filter(|reason| reason.number() >= Reason::UnknownClass.number())
        .map(|r| r.number())
        .collect();
    assert_eq!(reached, of_terms, "every reason of the terms was reached");
    assert!(checked > 80_000);
}

#[test]
fn reasons_are_numbered_in_the_order_in_which_they_win() {
    let numbers: Vec<u16> = Reason::ALL.iter().map(|reason| reason.number()).collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<u16>>());
    let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert_eq!(reason.is_accepting(), matches!(reason, Reason::Valid | Reason::ExpiresSoon));
        assert!(!reason.next_step().is_empty() && reason.to_string() == reason.message());
    }
}

#[test]
fn every_reason_of_the_envelope_comes_from_an_error() {
    let reached: BTreeSet<u16> = VerifyError::ALL.iter().map(|error| Reason::from(*error).number()).collect();
    assert_eq!(reached, (1..=7).collect());
    for error in VerifyError::ALL {
        assert!(Reason::from(*error).number() < Reason::UnknownClass.number());
    }
}

#[test]
fn the_report_names_evidence_and_fields() {
    let machine = server().machine();
    let context = |identity| Context { identity, brand: None, clock: Clock::default(), contact: Contact::None };
    let bound = Binding::Strict(machine.hwid().unwrap());
    let asks = EvidenceSet::EMPTY.with(Evidence::CpuSerial).with(Evidence::Mac);
    let terms = License { binding: bound, evidence: EvidencePolicy::new(asks, EvidenceSet::EMPTY), ..license() };
    let report = check(&issuer().verified(&terms), &context(machine.identity()));
    assert_eq!(report.reason, Reason::EvidenceTooWeak);
    assert_eq!(report.evidence_missing, EvidenceSet::EMPTY.with(Evidence::CpuSerial));
    assert!(report.evidence_unwanted.is_empty() && report.unreadable.is_empty());

    let mut virtual_server = server();
    virtual_server.kind = hwlicense::hardware::MachineKind::VirtualMachine;
    let machine = virtual_server.machine();
    let terms = License { binding: Binding::Strict(machine.hwid().unwrap()), ..terms };
    let terms = License { evidence: EvidencePolicy::new(EvidenceSet::EMPTY, EvidenceSet::EMPTY), ..terms };
    let report = check(&issuer().verified(&terms), &context(machine.identity()));
    assert_eq!(report.reason, Reason::EvidenceTooWeak);
    assert_eq!(report.evidence_unwanted, EvidenceSet::EMPTY.with(Evidence::VirtualMachine));
    let terms = License { evidence: EvidencePolicy::default(), ..terms };
    assert_eq!(check(&issuer().verified(&terms), &context(machine.identity())).reason, Reason::Valid);

    let mut partly = server();
    partly.board.serial = Field::Unreadable;
    let report = check(&issuer().verified(&terms), &context(partly.machine().identity()));
    assert_eq!(report.reason, Reason::HardwareNotReadable);
    assert_eq!(report.unreadable.to_string(), "board.serial");
}

#[test]
fn evidence_that_this_software_does_not_know_is_never_there() {
    let machine = server().machine();
    let all = u16::MAX;
    // Two numbers: what is required, here a bit without a name, and what is accepted.
    let policy: EvidencePolicy = postcard::from_bytes(&support::encoded(&(0x8000u16, all))).unwrap();
    let binding = Binding::Strict(machine.hwid().unwrap());
    let verified = issuer().verified(&License { binding, evidence: policy, ..license() });
    assert_eq!(verified.claims().evidence, policy, "the bit survives");
    let context =
        Context { identity: machine.identity(), brand: None, clock: Clock::default(), contact: Contact::None };
    let report = check(&verified, &context);
    assert_eq!(report.reason, Reason::EvidenceTooWeak);
    assert!(report.verdict.grant().is_none());
}

#[test]
fn known_classes_and_those_of_vendors_are_checked_and_others_wait_for_newer_software() {
    let machine = server().machine();
    let binding = Binding::Strict(machine.hwid().unwrap());
    let context =
        Context { identity: machine.identity(), brand: None, clock: Clock::default(), contact: Contact::None };
    for class in [0, 1, 12, 13, 31, 32, 0x7fff, 0x8000, 0xffff] {
        let terms = License { class: Class(class), binding: binding.clone(), ..license() };
        let known = matches!(class, 1..=12 | 0x8000..);
        // No certificate covers a class that has no bit in its set.
        if !hwlicense::license::ClassSet::ALL.contains(Class(class)) {
            assert!(!known);
            continue;
        }
        let expected = if known { Reason::Valid } else { Reason::UnknownClass };
        assert_eq!(check(&issuer().verified(&terms), &context).reason, expected, "class {class}");
    }
}

#[test]
fn each_of_both_contexts_decides() {
    let verified = issuer().verified(&License { binding: Binding::Strict(server().enrollment(7).hwid()), ..license() });
    let (same, other) = (server(), other_server());
    let (same, other) = (same.machine(), other.machine());
    let twice = |first: &Machine<'_>, second: &Machine<'_>| {
        let mut report = refuse(VerifyError::Malformed);
        check_twice(&verified, &context(first), &context(second), &mut report);
        report
    };
    let on = |machine: &Machine<'_>| twice(&same, machine);
    assert!(on(&same).verdict.grant().is_some());
    assert!(on(&other).verdict.grant().is_none());
    assert!(twice(&other, &same).verdict.grant().is_none());
}

fn context<'m>(machine: &'m Machine<'_>) -> Context<'m> {
    let clock = Clock::new(Some(UnixSeconds(NOT_BEFORE)), UnixSeconds(ISSUED));
    Context { identity: machine.identity(), brand: Some(Label::from(BRAND)), clock, contact: Contact::Current }
}
