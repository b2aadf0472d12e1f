//! Rules of failure detection and fencing, one by one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failed unwrap is a failed test"
)]

use hwlicense::system::watch::{
    COUNTER_AHEAD_MAX, Contact, Epoch, Hearing, Identity, InputError, Instant, IssueError, Members, MembersError,
    Message, Peer, Role, SETTLED_AFTER_MS, Timing, Watch, WatchEvent,
};
use hwlicense::system::{Policy, ServerId};

const BOOT: u64 = 5;

fn id(number: u8) -> ServerId {
    ServerId([number; 16])
}

fn epoch(counter: u64, issuer: u8) -> Epoch {
    Epoch { counter, issuer: id(issuer), digest: [0xd1; 32] }
}

fn others(numbers: &[u8]) -> Vec<Peer> {
    numbers.iter().map(|number| Peer::new(id(*number), Role::Server, Contact::Settled)).collect()
}

fn watch(number: u8, policy: Policy, stored: Epoch, peers: &mut [Peer]) -> Watch<'_> {
    let me = Identity { id: id(number), role: Role::Server, boot: BOOT, stored };
    Watch::new(Instant(0), Timing::DEFAULT, policy, me, peers).unwrap()
}

fn events(watch: &mut Watch<'_>) -> Vec<WatchEvent> {
    core::iter::from_fn(|| watch.poll_event()).collect()
}

/// What another says at a time that is the same on both clocks, hearing us without delay.
fn says(at: u64, epoch: Epoch) -> Message {
    let hearing = Hearing::Heard { boot: BOOT, sent: Instant(at) };
    let (boot, sent) = (1, Instant(at));
    Message { boot, sent, hearing, epoch, chain_from: epoch.counter, apart_ms: u32::MAX, offer: None }
}

fn offers(at: u64, epoch: Epoch, parent: Epoch) -> Message {
    Message { offer: Some(parent), ..says(at, epoch) }
}

/// Whoever is listed speaks every half second, from then until then.
fn talk(watch: &mut Watch<'_>, from: u64, until: u64, numbers: &[u8], epoch: Epoch) -> Vec<WatchEvent> {
    let mut seen = Vec::new();
    for at in (from..=until).step_by(500) {
        for number in numbers {
            watch.handle_input(Instant(at), id(*number), &says(at, epoch)).unwrap();
        }
        watch.handle_timeout(Instant(at));
        seen.extend(events(watch));
    }
    seen
}

#[test]
fn lists_that_are_none_are_refused() {
    let me = Identity { id: id(1), role: Role::Server, boot: 1, stored: Epoch::NONE };
    for numbers in [&[1, 2][..], &[3, 2, 3]] {
        let mut peers = others(numbers);
        let refused = Watch::new(Instant(0), Timing::DEFAULT, Policy::Majority, me, &mut peers).err();
        assert_eq!(refused, Some(MembersError::Duplicate));
    }
}

#[test]
fn silence_is_noticed_when_it_is_too_long_and_not_before() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    events(&mut watch);
    let silence = Timing::DEFAULT.lost_after_ms();
    watch.handle_input(Instant(1_000), id(2), &says(1_000, epoch(4, 1))).unwrap();
    watch.handle_timeout(Instant(1_000 + silence - 1));
    assert_eq!(events(&mut watch), []);
    assert_eq!(watch.poll_timeout(), Instant(1_000 + silence));
    watch.handle_timeout(Instant(1_000 + silence));
    let lost = WatchEvent::Lost { member: id(2), heard: Instant(1_000) };
    assert_eq!(events(&mut watch), [lost, WatchEvent::PlanDue]);
}

#[test]
fn return_takes_a_minute_without_a_break() {
    let mut peers = [Peer::new(id(2), Role::Server, Contact::Lost)];
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    let back = |since| WatchEvent::Back { member: id(2), since: Instant(since) };
    let seen = talk(&mut watch, 5_000, 5_000 + SETTLED_AFTER_MS - 500, &[2], epoch(4, 1));
    assert!(seen.contains(&back(5_000)));
    assert!(!seen.iter().any(|event| matches!(event, WatchEvent::Settled { member, .. } if *member == id(2))));
    // This server itself has been up for a minute meanwhile.
    assert!(seen.contains(&WatchEvent::Settled { member: id(1), since: Instant(SETTLED_AFTER_MS) }));
    // A break just before the minute is over: it begins again.
    watch.handle_timeout(Instant(80_000));
    assert!(matches!(events(&mut watch)[..], [WatchEvent::Lost { .. }, ..]));
    let seen = talk(&mut watch, 100_000, 100_000 + SETTLED_AFTER_MS, &[2], epoch(4, 1));
    assert_eq!(seen[0], back(100_000));
    assert!(seen.contains(&WatchEvent::Settled { member: id(2), since: Instant(100_000 + SETTLED_AFTER_MS) }));
}

#[test]
fn contact_needs_both_directions() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    events(&mut watch);
    let deaf = Message { hearing: Hearing::Lost, ..says(500, epoch(4, 1)) };
    watch.handle_input(Instant(500), id(2), &deaf).unwrap();
    assert_eq!(events(&mut watch)[0], WatchEvent::Lost { member: id(2), heard: Instant(500) });
}

#[test]
fn what_was_overtaken_changes_nothing() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    events(&mut watch);
    watch.handle_input(Instant(900), id(2), &says(900, epoch(4, 1))).unwrap();
    let overtaken = Message { hearing: Hearing::Lost, ..says(800, epoch(4, 1)) };
    watch.handle_input(Instant(950), id(2), &overtaken).unwrap();
    assert_eq!(events(&mut watch), []);
}

#[test]
fn a_plan_is_obeyed_only_after_it_was_stored() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 2), &mut peers);
    assert_eq!(events(&mut watch), [WatchEvent::Obey(epoch(4, 2)), WatchEvent::Start(epoch(4, 2))]);
    watch.handle_input(Instant(10), id(2), &offers(10, epoch(5, 2), epoch(4, 2))).unwrap();
    assert_eq!(events(&mut watch), [WatchEvent::Store(epoch(5, 2))]);
    watch.handle_stored(Instant(20), &epoch(6, 2));
    assert_eq!((watch.epoch(), events(&mut watch)), (epoch(4, 2), vec![]), "another was stored");
    watch.handle_stored(Instant(30), &epoch(5, 2));
    assert_eq!(events(&mut watch), [WatchEvent::Obey(epoch(5, 2)), WatchEvent::Start(epoch(5, 2))]);
    watch.handle_stored(Instant(40), &epoch(5, 2));
    assert_eq!(events(&mut watch), [], "once is enough");
}

#[test]
fn a_higher_plan_that_comes_while_storing_is_stored_instead() {
    let mut peers = others(&[2, 3]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 2), &mut peers);
    events(&mut watch);
    watch.handle_input(Instant(10), id(2), &offers(10, epoch(5, 2), epoch(4, 2))).unwrap();
    watch.handle_input(Instant(11), id(3), &offers(11, epoch(5, 3), epoch(4, 2))).unwrap();
    watch.handle_input(Instant(12), id(2), &offers(12, epoch(5, 2), epoch(4, 2))).unwrap();
    assert_eq!(events(&mut watch), [WatchEvent::Store(epoch(5, 3))]);
    watch.handle_stored(Instant(13), &epoch(5, 2));
    assert_eq!(watch.epoch(), epoch(4, 2));
    watch.handle_stored(Instant(14), &epoch(5, 3));
    assert_eq!(watch.epoch(), epoch(5, 3));
}

#[test]
fn lower_plans_and_plans_without_content_are_not_obeyed() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 2), &mut peers);
    events(&mut watch);
    watch.handle_input(Instant(10), id(2), &offers(10, epoch(4, 1), epoch(3, 2))).unwrap();
    watch.handle_input(Instant(11), id(2), &offers(11, epoch(9, 1), epoch(3, 2)).without_plan()).unwrap();
    assert_eq!(events(&mut watch), []);
}

#[test]
fn a_restart_obeys_what_was_stored_and_nothing_lower() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(7, 1), &mut peers);
    assert_eq!(events(&mut watch), [WatchEvent::Obey(epoch(7, 1)), WatchEvent::Start(epoch(7, 1))]);
    watch.handle_input(Instant(10), id(2), &offers(10, epoch(6, 2), epoch(5, 2))).unwrap();
    assert_eq!((watch.epoch(), events(&mut watch)), (epoch(7, 1), vec![]));
}

#[test]
fn the_lowest_that_is_heard_makes_the_plan_above_all_that_was_seen() {
    let mut peers = others(&[1, 3]);
    let mut watch = watch(2, Policy::KeepRecording, epoch(4, 1), &mut peers);
    events(&mut watch);
    // The first falls silent while the third tells of a lower plan.
    let seen = talk(&mut watch, 0, 20_000, &[3], epoch(3, 3));
    assert!(seen.contains(&WatchEvent::PlanDue));
    let issued = watch.issue(Instant(20_000), [9; 32], Members::Same).unwrap();
    assert_eq!(issued, Epoch { counter: 5, issuer: id(2), digest: [9; 32] });
    assert_eq!(watch.issue(Instant(20_000), [9; 32], Members::Same), Err(IssueError::NotDue), "it is being stored");
}

#[test]
fn whoever_is_not_the_lowest_plans_nothing() {
    let mut peers = others(&[1, 3]);
    let mut watch = watch(2, Policy::KeepRecording, epoch(4, 1), &mut peers);
    let seen = talk(&mut watch, 0, 20_000, &[1], epoch(4, 1));
    assert!(seen.iter().any(|event| matches!(event, WatchEvent::Lost { .. })));
    assert!(!seen.contains(&WatchEvent::PlanDue));
    assert_eq!(watch.issue(Instant(20_000), [9; 32], Members::Same), Err(IssueError::NotDue));
}

#[test]
fn a_higher_plan_comes_before_the_next_one() {
    let mut peers = others(&[2, 3]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    let seen = talk(&mut watch, 0, 20_000, &[2], epoch(8, 2));
    assert!(!seen.contains(&WatchEvent::PlanDue), "the second has a higher plan");
    watch.handle_input(Instant(20_100), id(2), &offers(20_100, epoch(8, 2), epoch(7, 2))).unwrap();
    watch.handle_stored(Instant(20_200), &epoch(8, 2));
    let seen = talk(&mut watch, 20_500, 30_000, &[2], epoch(8, 2));
    assert!(seen.contains(&WatchEvent::PlanDue), "the third is still lost");
    assert_eq!(watch.issue(Instant(30_000), [9; 32], Members::Changed).unwrap().counter, 1 << 32);
}

#[test]
fn counters_neither_jump_nor_wrap() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(u64::MAX, 1), &mut peers);
    watch.handle_change(Instant(20_000));
    watch.handle_timeout(Instant(20_000));
    assert_eq!(watch.issue(Instant(20_000), [9; 32], Members::Same), Err(IssueError::CounterExhausted));
    assert_eq!(watch.issue(Instant(20_000), [9; 32], Members::Changed), Err(IssueError::CounterExhausted));

    let mut peers = others(&[2]);
    let mut watch = self::watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    let ahead = |by| says(10, epoch(4 + by, 2));
    assert_eq!(watch.handle_input(Instant(10), id(2), &ahead(COUNTER_AHEAD_MAX + 1)), Err(InputError::CounterAhead));
    assert_eq!(watch.handle_input(Instant(10), id(2), &ahead(COUNTER_AHEAD_MAX)), Ok(()));
}

#[test]
fn strangers_and_contradictions_are_named() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    assert_eq!(watch.handle_input(Instant(1), id(9), &says(1, epoch(4, 1))), Err(InputError::NotAMember));
    assert_eq!(watch.handle_input(Instant(1), id(1), &says(1, epoch(4, 1))), Err(InputError::NotAMember));
    let wrong = offers(1, epoch(4, 1), epoch(5, 1));
    assert_eq!(watch.handle_input(Instant(1), id(2), &wrong), Err(InputError::Inconsistent));
}

#[test]
fn nothing_is_said_before_it_is_done() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 1), &mut peers);
    watch.handle_timeout(Instant(0));
    assert_eq!(watch.poll_transmit(), None, "events are left");
    events(&mut watch);
    let (to, message) = watch.poll_transmit().unwrap();
    assert_eq!((to, message.epoch, message.hearing), (id(2), epoch(4, 1), Hearing::Presumed));
    assert_eq!(watch.poll_transmit(), None);
}

#[test]
fn what_a_plan_moves_is_released_when_the_others_had_time() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::KeepRecording, epoch(4, 2), &mut peers);
    events(&mut watch);
    watch.handle_input(Instant(500), id(2), &offers(500, epoch(5, 2), epoch(4, 2))).unwrap();
    watch.handle_stored(Instant(500), &epoch(5, 2));
    let seen = talk(&mut watch, 1_000, 14_000, &[2], epoch(5, 2));
    assert!(!seen.contains(&WatchEvent::Release(epoch(5, 2))));
    watch.handle_timeout(Instant(500 + 13_545));
    assert!(events(&mut watch).contains(&WatchEvent::Release(epoch(5, 2))));
}

#[test]
fn a_majority_lends_and_without_it_recording_stops() {
    let mut peers = others(&[2, 3, 4]);
    let mut watch = watch(1, Policy::Majority, epoch(4, 1), &mut peers);
    assert_eq!(events(&mut watch), [WatchEvent::Obey(epoch(4, 1))]);
    // Two of four are no majority, however long.
    let seen = talk(&mut watch, 0, 20_000, &[2], epoch(4, 1));
    assert!(!seen.contains(&WatchEvent::Start(epoch(4, 1))) && !seen.contains(&WatchEvent::PlanDue));
    let seen = talk(&mut watch, 20_500, 30_000, &[2, 3], epoch(4, 1));
    assert!(seen.contains(&WatchEvent::Start(epoch(4, 1))) && seen.contains(&WatchEvent::PlanDue));
    // The third falls silent: the last that it answered was sent at 30 s.
    let halt_at = 30_000 + Timing::DEFAULT.lease_ms();
    let seen = talk(&mut watch, 30_500, halt_at - 1, &[2], epoch(4, 1));
    assert!(!seen.contains(&WatchEvent::Halt));
    watch.handle_timeout(Instant(halt_at));
    assert!(events(&mut watch).contains(&WatchEvent::Halt));
}

#[test]
fn a_witness_counts_and_never_plans() {
    let mut peers =
        [Peer::new(id(1), Role::Witness, Contact::Settled), Peer::new(id(3), Role::Server, Contact::Settled)];
    let mut watch = watch(2, Policy::Majority, epoch(4, 3), &mut peers);
    let seen = talk(&mut watch, 0, 20_000, &[1], epoch(4, 3));
    assert!(seen.contains(&WatchEvent::Start(epoch(4, 3))));
    assert!(seen.contains(&WatchEvent::PlanDue), "the witness has a lower id and makes no plan");
}

#[test]
fn leases_that_others_lent_are_waited_for() {
    let mut peers = others(&[2, 3]);
    let mut watch = watch(1, Policy::Majority, epoch(4, 1), &mut peers);
    events(&mut watch);
    // The second lent to the third a second ago, and cannot say that the third has the plan.
    let lent = |at: u64| Message { apart_ms: 1_000 + u32::try_from(at - 20_000).unwrap(), ..says(at, epoch(4, 1)) };
    let mut begun = None;
    for at in (20_000..40_000).step_by(100) {
        watch.handle_input(Instant(at), id(2), &lent(at)).unwrap();
        watch.handle_timeout(Instant(at));
        if events(&mut watch).contains(&WatchEvent::Start(epoch(4, 1))) {
            begun = begun.or(Some(at));
        }
    }
    let over = 19_000 + 7_955;
    assert!(begun.is_some_and(|at| (over..over + 200).contains(&at)), "{begun:?}");
}

#[test]
fn recording_goes_on_under_a_plan_that_follows_and_stops_under_one_that_does_not() {
    for (parent, goes_on) in [(epoch(4, 1), true), (epoch(5, 3), false)] {
        let mut peers = others(&[2, 3]);
        let mut watch = watch(1, Policy::Majority, epoch(4, 1), &mut peers);
        let seen = talk(&mut watch, 0, 20_000, &[2, 3], epoch(4, 1));
        assert!(seen.contains(&WatchEvent::Start(epoch(4, 1))));
        watch.handle_input(Instant(20_100), id(2), &offers(20_100, epoch(6, 2), parent)).unwrap();
        watch.handle_stored(Instant(20_200), &epoch(6, 2));
        let seen = events(&mut watch);
        assert_eq!(seen.contains(&WatchEvent::Halt), !goes_on);
        assert!(seen.contains(&WatchEvent::Release(epoch(6, 2))));
        assert!(!seen.contains(&WatchEvent::Start(epoch(6, 2))), "the third may still record under the old one");
        watch.handle_input(Instant(20_300), id(2), &says(20_300, epoch(6, 2))).unwrap();
        watch.handle_input(Instant(20_300), id(3), &says(20_300, epoch(6, 2))).unwrap();
        assert!(events(&mut watch).contains(&WatchEvent::Start(epoch(6, 2))), "all have it");
    }
}

#[test]
fn answers_to_an_earlier_run_lend_nothing() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::Majority, epoch(4, 1), &mut peers);
    for at in (0..20_000).step_by(500) {
        let hearing = Hearing::Heard { boot: BOOT - 1, sent: Instant(at) };
        watch.handle_input(Instant(at), id(2), &Message { hearing, ..says(at, epoch(4, 1)) }).unwrap();
        assert!(!events(&mut watch).contains(&WatchEvent::Start(epoch(4, 1))));
    }
}

#[test]
fn a_server_alone_is_a_majority_of_itself() {
    let mut watch = watch(1, Policy::Majority, Epoch::NONE, &mut []);
    assert_eq!(events(&mut watch), [WatchEvent::PlanDue]);
    let issued = watch.issue(Instant(0), [1; 32], Members::Same).unwrap();
    watch.handle_stored(Instant(0), &issued);
    assert!(events(&mut watch).ends_with(&[WatchEvent::Release(issued), WatchEvent::Start(issued)]));
}

#[test]
fn calls_that_are_not_needed_do_nothing() {
    let mut peers = others(&[2]);
    let mut watch = watch(1, Policy::Majority, epoch(4, 1), &mut peers);
    events(&mut watch);
    watch.handle_timeout(Instant(700));
    while watch.poll_transmit().is_some() {}
    let due = watch.poll_timeout();
    for at in [700, 100, 0] {
        watch.handle_timeout(Instant(at));
        assert_eq!((events(&mut watch), watch.poll_transmit(), watch.poll_timeout()), (vec![], None, due));
    }
}
