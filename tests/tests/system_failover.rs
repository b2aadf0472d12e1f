//! The failover plan against oracles that share nothing with it: every assignment tried out in
//! small Systems; in larger ones a maximum flow for each priority, and a cheapest assignment of
//! devices to places for moves and squares.
//!
//! `HWLICENSE_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::BTreeMap;

use hwlicense::license::Class;
use hwlicense::system::failover::{EXACT_SERVERS_MAX, Obstacle, Placement, Quality, RETURN_AFTER_S, Summary};
use hwlicense::system::{Device, DeviceId, Event, Grant, Presence, Priority, Reach, Scope, ServerId, ServerIndex};
use hwlicense::time::UnixSeconds;
use hwlicense_tests::random::Random;
use hwlicense_tests::system::{NOW, Rows, device, server};
use pathfinding::kuhn_munkres::kuhn_munkres_min;
use pathfinding::matrix::Matrix;
use petgraph::algo::maximum_flow::dinics;
use petgraph::graph::DiGraph;

/// What an oracle knows of a System: the rules, written once more and differently.
struct Rules<'r> {
    rows: &'r Rows,
    event: Option<Event>,
}

/// What the rules say of a device.
#[derive(Debug, PartialEq)]
enum Fate {
    Idle,
    Unlicensed,
    Home(u16),
    Never,
    Options(Vec<u16>),
}

impl Rules<'_> {
    fn online_since(&self, index: u16) -> Option<UnixSeconds> {
        match (self.event, self.rows.servers[usize::from(index)].presence) {
            (Some(Event::Fail(server) | Event::Detach(server)), _) if server.0 == index => None,
            (_, Presence::Online { since }) => Some(since),
            _ => None,
        }
    }

    fn reach(&self, device: &Device) -> Vec<u16> {
        let first = device.reach.first as usize;
        self.rows.reach[first..first + usize::from(device.reach.count)].iter().map(|index| index.0).collect()
    }

    fn recorded_by(&self, device: &Device) -> Option<u16> {
        device.host.map(|host| host.0).filter(|host| self.online_since(*host).is_some())
    }

    fn fate(&self, position: usize) -> Fate {
        let device = &self.rows.devices[position];
        let (reach, own) = (self.reach(device), device.preferred.0);
        if !device.wanted {
            return Fate::Idle;
        }
        if matches!(self.rows.grants[position], Grant::NotWanted | Grant::Without(_)) {
            return Fate::Unlicensed;
        }
        if let Some(since) = self.online_since(own).filter(|_| reach.contains(&own)) {
            let host = self.recorded_by(device);
            let stable = NOW.0 - since.0 >= 60;
            if host.is_none() || host == Some(own) || stable || device.priority == Priority::Never {
                return Fate::Home(own);
            }
        }
        if device.priority == Priority::Never {
            return Fate::Never;
        }
        let place = |index: u16| self.rows.servers[usize::from(index)].location;
        let mut options = reach;
        options.retain(|index| self.online_since(*index).is_some());
        options.retain(|index| *index == own || self.rows.servers[usize::from(*index)].failover.enabled);
        options.retain(|index| self.rows.scope == Scope::Anywhere || place(*index) == place(own));
        options.sort_unstable();
        options.dedup();
        Fate::Options(options)
    }

    fn fates(&self) -> Vec<Fate> {
        (0..self.rows.devices.len()).map(|position| self.fate(position)).collect()
    }

    /// Devices at home, by server.
    fn home(&self, fates: &[Fate]) -> Vec<u32> {
        let mut home = vec![0; self.rows.servers.len()];
        for fate in fates {
            if let Fate::Home(own) = fate {
                home[usize::from(*own)] += 1;
            }
        }
        home
    }

    /// How many devices of others a server may record.
    fn room(&self, home: &[u32]) -> Vec<u32> {
        self.rows
            .servers
            .iter()
            .zip(home)
            .map(|(server, home)| server.failover.devices_max.saturating_sub(*home))
            .collect()
    }

    /// Those who compete, first of all who comes first.
    fn in_order(&self, fates: &[Fate]) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..fates.len()).filter(|position| matches!(fates[*position], Fate::Options(_))).collect();
        order.sort_by_key(|position| {
            let device = &self.rows.devices[*position];
            (device.priority, self.recorded_by(device).is_none(), device.id)
        });
        order
    }

    fn moves(&self, placements: &[Option<u16>]) -> u32 {
        let moved = self
            .rows
            .devices
            .iter()
            .zip(placements)
            .filter(|(device, to)| self.recorded_by(device).is_some_and(|from| to.is_some_and(|to| to != from)));
        u32::try_from(moved.count()).unwrap()
    }

    fn squares(&self, placements: &[Option<u16>]) -> u64 {
        let mut counts = vec![0u64; self.rows.servers.len()];
        placements.iter().flatten().for_each(|server| counts[usize::from(*server)] += 1);
        counts.iter().map(|count| count * count).sum()
    }
}

fn servers_of(placements: &[Placement]) -> Vec<Option<u16>> {
    placements.iter().map(|placement| placement.server().map(|server| server.0)).collect()
}

/// How many devices of each priority are recorded.
fn hosted(summary: &Summary) -> [u32; 4] {
    [summary.high, summary.medium, summary.low, summary.never].map(|tally| tally.hosted)
}

/// How good an assignment is, as numbers of which the first that differ decide, and more is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    counts: [u32; 3],
    who: Vec<bool>,
    moves: i64,
    squares: i64,
}

/// The best of all assignments.
fn best_of_all(rules: &Rules<'_>, fates: &[Fate]) -> Score {
    let home = rules.home(fates);
    let order = rules.in_order(fates);
    let mut placements: Vec<Option<u16>> =
        fates.iter().map(|fate| if let Fate::Home(own) = fate { Some(*own) } else { None }).collect();
    let mut room = rules.room(&home);
    let mut best = None;
    try_all(rules, fates, &order, 0, &mut room, &mut placements, &mut best);
    best.unwrap()
}

fn try_all(
    rules: &Rules<'_>,
    fates: &[Fate],
    order: &[usize],
    next: usize,
    room: &mut [u32],
    placements: &mut Vec<Option<u16>>,
    best: &mut Option<Score>,
) {
    let Some(position) = order.get(next) else {
        let score = score(rules, order, placements);
        if best.as_ref().is_none_or(|best| *best < score) {
            *best = Some(score);
        }
        return;
    };
    try_all(rules, fates, order, next + 1, room, placements, best);
    let Fate::Options(options) = &fates[*position] else { unreachable!() };
    for option in options {
        if room[usize::from(*option)] > 0 {
            room[usize::from(*option)] -= 1;
            placements[*position] = Some(*option);
            try_all(rules, fates, order, next + 1, room, placements, best);
            placements[*position] = None;
            room[usize::from(*option)] += 1;
        }
    }
}

fn score(rules: &Rules<'_>, order: &[usize], placements: &[Option<u16>]) -> Score {
    let mut counts = [0; 3];
    for position in order.iter().filter(|position| placements[**position].is_some()) {
        match rules.rows.devices[*position].priority {
            Priority::High => counts[0] += 1,
            Priority::Medium => counts[1] += 1,
            Priority::Low | Priority::Never => counts[2] += 1,
        }
    }
    Score {
        counts,
        who: order.iter().map(|position| placements[*position].is_some()).collect(),
        moves: -i64::from(rules.moves(placements)),
        squares: -i64::try_from(rules.squares(placements)).unwrap(),
    }
}

/// What holds for every plan, small or large.
fn check_invariants(rules: &Rules<'_>, fates: &[Fate], summary: &Summary, placements: &[Placement]) {
    let home = rules.home(fates);
    let mut taken = vec![0u32; home.len()];
    for (position, (fate, placement)) in fates.iter().zip(placements).enumerate() {
        match (fate, placement) {
            (Fate::Idle, Placement::Idle) | (Fate::Unlicensed, Placement::Unlicensed) => {}
            (Fate::Home(own), Placement::Hosted(server)) => assert_eq!(*own, server.0),
            (Fate::Never, Placement::Without(Obstacle::Never)) => {}
            (Fate::Options(options), Placement::Hosted(server)) => {
                assert!(options.contains(&server.0), "device {position} on {server:?}, may: {options:?}");
                taken[usize::from(server.0)] += 1;
            }
            (Fate::Options(options), Placement::Without(Obstacle::Full)) => assert!(!options.is_empty()),
            (Fate::Options(options), Placement::Without(_)) => assert!(options.is_empty()),
            _ => panic!("device {position}: {fate:?}, {placement:?}"),
        }
    }
    for (taken, room) in taken.iter().zip(rules.room(&home)) {
        assert!(*taken <= room, "{taken} devices in room for {room}");
    }
    let servers = servers_of(placements);
    assert_eq!(summary.moves, rules.moves(&servers));
    assert_eq!(summary.squares, rules.squares(&servers));
    let all: u32 = hosted(summary).iter().sum();
    assert_eq!(usize::try_from(all).unwrap(), servers.iter().flatten().count());
}

/// A System of any kind, with as many servers and devices as asked for.
fn any_rows(random: &mut Random, servers: usize, devices: usize, room: usize) -> Rows {
    let mut rows = Rows::of(Vec::new());
    rows.scope = *random.pick(&[Scope::Anywhere, Scope::Anywhere, Scope::SameLocation]);
    for _ in 0..servers {
        let mut row = server(u128::from(random.next()), u32::try_from(random.below(room)).unwrap());
        row.presence = match random.below(6) {
            0 => Presence::Offline { since: UnixSeconds(NOW.0 - 400) },
            1 => Presence::Online { since: UnixSeconds(NOW.0 - RETURN_AFTER_S + 1) },
            2 => Presence::Online { since: UnixSeconds(NOW.0 - RETURN_AFTER_S) },
            3 if random.once_in(3) && !rows.servers.is_empty() => Presence::Removed,
            _ => row.presence,
        };
        row.failover.enabled = !random.once_in(5);
        row.location = u16::try_from(random.below(2)).unwrap();
        rows.servers.push(row);
    }
    rows.servers[0].presence = Presence::Online { since: UnixSeconds(5) };
    let any = |random: &mut Random| u16::try_from(random.below(servers)).unwrap();
    for _ in 0..devices {
        let mut row = device(u128::from(random.next()), any(random));
        row.wanted = !random.once_in(10);
        row.priority = *random.pick(&[
            Priority::High,
            Priority::High,
            Priority::Medium,
            Priority::Medium,
            Priority::Low,
            Priority::Low,
            Priority::Never,
        ]);
        row.host = (!random.once_in(3)).then(|| ServerIndex(any(random)));
        let mut reach: Vec<u16> = (0..random.below(servers + 1)).map(|_| any(random)).collect();
        if random.once_in(2) {
            reach.push(row.preferred.0);
        }
        rows.add(row, &reach);
        if random.once_in(12) {
            *rows.grants.last_mut().unwrap() = Grant::Without(Class::PROFESSIONAL);
        }
    }
    rows
}

fn any_event(random: &mut Random, rows: &Rows) -> Option<Event> {
    let server = ServerIndex(u16::try_from(random.below(rows.servers.len())).unwrap());
    *random.pick(&[None, Some(Event::Fail(server)), Some(Event::Detach(server))])
}

#[test]
fn small_plans_are_the_best_of_all_assignments() {
    let mut random = Random::announced("small_plans_are_the_best_of_all_assignments");
    for _ in 0..6_000 {
        let (servers, devices) = (1 + random.below(4), random.below(8));
        let rows = any_rows(&mut random, servers, devices, 5);
        let event = any_event(&mut random, &rows);
        let rules = Rules { rows: &rows, event };
        let fates = rules.fates();
        let (summary, placements) = rows.plan(event);
        check_invariants(&rules, &fates, &summary, &placements);
        let best = best_of_all(&rules, &fates);
        let found = score(&rules, &rules.in_order(&fates), &servers_of(&placements));
        assert_eq!(found, best, "{rows:#?} {event:?}\n{placements:?}");
        assert_eq!(summary.quality, Quality::Least);
    }
}

/// How many devices of the first priorities can be recorded together, by a maximum flow.
fn flow(rules: &Rules<'_>, fates: &[Fate], priorities: &[Priority]) -> u32 {
    let mut graph = DiGraph::<(), u32>::new();
    let (source, sink) = (graph.add_node(()), graph.add_node(()));
    let rooms = rules.room(&rules.home(fates));
    let servers: Vec<_> = rooms.iter().map(|_| graph.add_node(())).collect();
    for (server, room) in servers.iter().zip(&rooms) {
        graph.add_edge(*server, sink, *room);
    }
    for (fate, row) in fates.iter().zip(&rules.rows.devices) {
        if let (Fate::Options(options), true) = (fate, priorities.contains(&row.priority)) {
            let node = graph.add_node(());
            graph.add_edge(source, node, 1);
            for option in options {
                graph.add_edge(node, servers[usize::from(*option)], 1);
            }
        }
    }
    dinics(&graph, source, sink).0
}

/// Compares the numbers recorded by priority with maximum flows.
fn check_counts(rules: &Rules<'_>, fates: &[Fate], placements: &[Placement]) {
    let tiers = [Priority::High, Priority::Medium, Priority::Low];
    for last in 1..=tiers.len() {
        let recorded = fates.iter().zip(placements).zip(&rules.rows.devices).filter(|((fate, placement), row)| {
            matches!(fate, Fate::Options(_)) && placement.server().is_some() && tiers[..last].contains(&row.priority)
        });
        assert_eq!(u32::try_from(recorded.count()).unwrap(), flow(rules, fates, &tiers[..last]));
    }
}

/// The least cost at which those who are recorded can be: moves, then squares.
fn least_cost(rules: &Rules<'_>, fates: &[Fate], placements: &[Placement]) -> (u32, u64) {
    const MOVE: i64 = 1_000_000;
    const IMPOSSIBLE: i64 = 1_000_000_000;
    let home = rules.home(fates);
    let mut places = Vec::new();
    for (index, (own, room)) in home.iter().zip(rules.room(&home)).enumerate() {
        for more in 0..i64::from(room) {
            places.push((u16::try_from(index).unwrap(), 2 * (i64::from(*own) + more) + 1));
        }
    }
    let rows: Vec<Vec<i64>> = (0..fates.len())
        .filter(|position| placements[*position].server().is_some())
        .filter_map(|position| {
            let Fate::Options(options) = &fates[position] else { return None };
            let from = rules.recorded_by(&rules.rows.devices[position]);
            let costs = places.iter().map(|(to, square)| {
                let moved = if from.is_some_and(|from| from != *to) { MOVE } else { 0 };
                if options.contains(to) { moved + square } else { IMPOSSIBLE }
            });
            Some(costs.collect())
        })
        .collect();
    let at_home: u64 = home.iter().map(|count| u64::from(*count).pow(2)).sum();
    let moves_home = fates.iter().zip(&rules.rows.devices).filter(
        |(fate, row)| matches!(fate, Fate::Home(own) if rules.recorded_by(row).is_some_and(|from| from != *own)),
    );
    let moves_home = u32::try_from(moves_home.count()).unwrap();
    if rows.is_empty() {
        return (moves_home, at_home);
    }
    let (cost, _) = kuhn_munkres_min(&Matrix::from_rows(rows).unwrap());
    (moves_home + u32::try_from(cost / MOVE).unwrap(), at_home + u64::try_from(cost % MOVE).unwrap())
}

#[test]
fn plans_of_medium_size_agree_with_flows_and_cheapest_assignments() {
    let mut random = Random::announced("plans_of_medium_size_agree_with_flows_and_cheapest_assignments");
    for _ in 0..150 {
        let (servers, devices) = (2 + random.below(9), 10 + random.below(50));
        let rows = any_rows(&mut random, servers, devices, 1 + 3 * devices / servers);
        let event = any_event(&mut random, &rows);
        let rules = Rules { rows: &rows, event };
        let fates = rules.fates();
        let (summary, placements) = rows.plan(event);
        check_invariants(&rules, &fates, &summary, &placements);
        check_counts(&rules, &fates, &placements);
        assert_eq!(summary.quality, Quality::Least);
        assert_eq!((summary.moves, summary.squares), least_cost(&rules, &fates, &placements));
    }
}

/// A ring: each server reaches devices of its neighbours only, so that room is far away.
fn ring(random: &mut Random, servers: u16, devices: usize, room: u32) -> Rows {
    let mut rows = Rows::of((0..servers).map(|id| server(u128::from(id) * 7 + 3, room)).collect());
    rows.servers.push(server(1, 0));
    rows.servers.last_mut().unwrap().presence = Presence::Removed;
    for _ in 0..devices {
        let first = u16::try_from(random.below(usize::from(servers))).unwrap();
        let mut row = device(u128::from(random.next()), servers);
        row.priority = *random.pick(&[Priority::High, Priority::Medium, Priority::Low]);
        let reach: Vec<u16> = (0..3).map(|step| (first + step) % servers).collect();
        row.host = random.once_in(2).then(|| ServerIndex(*random.pick(&reach)));
        rows.add(row, &reach);
    }
    rows
}

#[test]
fn large_plans_record_as_many_as_maximum_flows() {
    let mut random = Random::announced("large_plans_record_as_many_as_maximum_flows");
    for room in [8, 10, 11, 30] {
        for _ in 0..4 {
            let near = ring(&mut random, 100, 1_000, room);
            let far = any_rows(&mut random, 60, 900, 2 * usize::try_from(room).unwrap());
            for rows in [near, far] {
                let event = any_event(&mut random, &rows);
                let rules = Rules { rows: &rows, event };
                let fates = rules.fates();
                let (summary, placements) = rows.plan(event);
                check_invariants(&rules, &fates, &summary, &placements);
                check_counts(&rules, &fates, &placements);
            }
        }
    }
}

#[test]
fn moves_are_the_fewest_beyond_the_size_at_which_load_is_exact_too() {
    let mut random = Random::announced("moves_are_the_fewest_beyond_the_size_at_which_load_is_exact_too");
    let servers = u16::try_from(EXACT_SERVERS_MAX).unwrap() + 4;
    for devices in [90, 130, 200, 250, 264, 290] {
        for _ in 0..3 {
            let rows = ring(&mut random, servers, devices, 2);
            let rules = Rules { rows: &rows, event: any_event(&mut random, &rows) };
            let fates = rules.fates();
            let (summary, placements) = rows.plan(rules.event);
            check_invariants(&rules, &fates, &summary, &placements);
            check_counts(&rules, &fates, &placements);
            assert_eq!(summary.quality, Quality::FewestMoves);
            assert_eq!(summary.moves, least_cost(&rules, &fates, &placements).0);
        }
    }
}

/// The same System with its rows in another order.
fn permuted(random: &mut Random, rows: &Rows) -> Rows {
    let mut old: Vec<u16> = (0..).take(rows.servers.len()).collect();
    random.shuffle(&mut old);
    let mut new = vec![ServerIndex(0); old.len()];
    for (to, from) in (0..).zip(&old) {
        new[usize::from(*from)] = ServerIndex(to);
    }
    let mut other = Rows::of(old.iter().map(|from| rows.servers[usize::from(*from)]).collect());
    other.scope = rows.scope;
    let mut order: Vec<usize> = (0..rows.devices.len()).collect();
    random.shuffle(&mut order);
    for position in order {
        let mut row = rows.devices[position];
        let first = row.reach.first as usize;
        let mut reach: Vec<u16> = rows.reach[first..first + usize::from(row.reach.count)]
            .iter()
            .map(|server| new[server.position()].0)
            .collect();
        random.shuffle(&mut reach);
        row.preferred = new[row.preferred.position()];
        row.host = row.host.map(|host| new[host.position()]);
        row.reach = Reach::default();
        other.add(row, &reach);
        *other.grants.last_mut().unwrap() = rows.grants[position];
    }
    other
}

/// Who records whom, by ids.
fn by_id(rows: &Rows, placements: &[Placement]) -> BTreeMap<DeviceId, Result<ServerId, Placement>> {
    let named = |placement: &Placement| match placement.server() {
        Some(server) => Ok(rows.servers[server.position()].id),
        None => Err(*placement),
    };
    rows.devices.iter().zip(placements).map(|(row, placement)| (row.id, named(placement))).collect()
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let mut random = Random::announced("the_order_of_rows_changes_nothing");
    for case in 0..60 {
        let rows = match case % 3 {
            0 => any_rows(&mut random, 6, 40, 9),
            1 => any_rows(&mut random, 60, 900, 20),
            _ => ring(&mut random, 100, 1_000, 10),
        };
        let other = permuted(&mut random, &rows);
        let ((summary, placements), (other_summary, other_placements)) = (rows.plan(None), other.plan(None));
        assert_eq!(summary, other_summary);
        assert_eq!(by_id(&rows, &placements), by_id(&other, &other_placements));
    }
}

const STABLE: Presence = Presence::Online { since: UnixSeconds(NOW.0 - RETURN_AFTER_S) };

#[test]
fn a_plan_that_was_carried_out_stays() {
    let mut random = Random::announced("a_plan_that_was_carried_out_stays");
    for case in 0..60 {
        let mut rows = match case % 2 {
            0 => any_rows(&mut random, 60, 900, 20),
            _ => ring(&mut random, 100, 1_000, 10),
        };
        // A device that no other server records any more no longer waits for its own server's
        // contact to be stable, and so may come home with the next plan.
        rows.servers.iter_mut().filter(|row| row.presence.is_online()).for_each(|row| row.presence = STABLE);
        let (summary, placements) = rows.plan(None);
        for (row, placement) in rows.devices.iter_mut().zip(&placements) {
            row.host = placement.server();
        }
        let (again, same) = rows.plan(None);
        assert_eq!((again.moves, again.starts, again.stops), (0, 0, 0));
        assert_eq!(hosted(&again), hosted(&summary));
        assert_eq!(same, placements);
    }
}
