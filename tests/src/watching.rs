//! Servers of a System under a simulated clock: real state machines, a network that loses, delays
//! and cuts, storage that survives a crash, and devices that take their time to start.
//!
//! Real time is in milliseconds and each server's clock runs at a rate of its own. The plan is very
//! simple: a device stays where it is recorded; else it goes to the preferred server, or the lowest
//! that reaches it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items,
    reason = "a failed test is what a wrong index or an overflow should be"
)]

use core::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use hwlicense::system::watch::{
    Contact, Epoch, Identity, Instant, Members, Message, Peer, Role, Timing, Watch, WatchEvent,
};
use hwlicense::system::{Policy, ServerId};

use crate::random::Random;

/// Half of what a turn may take: a call is late by as much, and storing takes as much again.
const LATE_MS: u64 = 100;

/// What the network does.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Messages lost of a thousand.
    pub lost_of_1000: usize,
    /// Most lost in a row from one server to another.
    pub lost_in_a_row_max: u32,
    /// Longest delay, in milliseconds.
    pub delay_ms_max: u64,
    /// Plans that get lost of a thousand, while the messages that carry them do not.
    pub plans_lost_of_1000: usize,
}

impl Weather {
    /// As bad as the promised bounds allow.
    pub const WORST: Self =
        Self { lost_of_1000: 400, lost_in_a_row_max: 2, delay_ms_max: 2_000, plans_lost_of_1000: 0 };
    /// Nothing is lost.
    pub const SLOW: Self = Self { lost_of_1000: 0, lost_in_a_row_max: 0, delay_ms_max: 2_000, plans_lost_of_1000: 0 };
    /// Beyond all bounds.
    pub const STORM: Self =
        Self { lost_of_1000: 500, lost_in_a_row_max: 1_000, delay_ms_max: 6_000, plans_lost_of_1000: 700 };
}

/// Which server is to record each device, and which one that is in contact it is taken from.
#[derive(Clone, Debug, Default)]
struct Plan {
    hosts: Vec<Option<usize>>,
    from: Vec<Option<usize>>,
}

/// A device: where it belongs, and the servers that reach it.
#[derive(Clone, Debug)]
pub struct Camera {
    /// The server to which it belongs.
    pub preferred: usize,
    /// The servers that reach it, ascending.
    pub reach: Vec<usize>,
}

/// How far a server is with recording a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Recorder {
    #[default]
    Off,
    Starting(u64),
    On,
}

/// What was noted while the world went on, by real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A server begins to record a device.
    On(usize, usize),
    /// A server ends to record a device.
    Off(usize, usize),
    /// A server told of another that it is lost.
    Lost(usize, usize),
    /// A server told of another that it is back.
    Back(usize, usize),
    /// A server has to stop all recording.
    Halt(usize),
    /// A server obeys the plan of this counter.
    Obey(usize, u64),
    /// A message of the second came to the first.
    Heard(usize, usize),
}

enum Action {
    Deliver { to: usize, from: usize, bytes: Vec<u8> },
    Wake { server: usize },
    Stored { server: usize, boot: u64, epoch: Epoch },
    Record { server: usize, device: usize, token: u64 },
}

struct Server {
    /// Of its clock: parts of a thousand that it is fast, when it began, and what it showed then.
    fast: i64,
    began: u64,
    offset: u64,
    boot: u64,
    watch: Option<Watch<'static>>,
    stored: Epoch,
    /// What is being stored.
    storing: Epoch,
    /// What its rows say of the others, and whether devices may return to itself.
    online: Vec<bool>,
    is_settled: bool,
    recorders: Vec<Recorder>,
    wake_at: u64,
}

impl Server {
    fn clock(&self, real: u64) -> Instant {
        let rate = u64::try_from(1_000 + self.fast).unwrap();
        Instant(self.offset + (real - self.began) * rate / 1_000)
    }

    fn real(&self, clock: Instant) -> u64 {
        let rate = u64::try_from(1_000 + self.fast).unwrap();
        self.began + (clock.0.saturating_sub(self.offset) * 1_000).div_ceil(rate)
    }
}

/// All of it.
pub struct World {
    /// Real time, in milliseconds.
    pub now: u64,
    /// What the network does.
    pub weather: Weather,
    /// What happened, in order.
    pub notes: Vec<(u64, Note)>,
    /// The devices.
    pub cameras: Vec<Camera>,
    random: Random,
    policy: Policy,
    timing: Timing,
    witness: Option<usize>,
    servers: Vec<Server>,
    plans: HashMap<Epoch, Plan>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    actions: HashMap<u64, Action>,
    next_action: u64,
    lost_in_a_row: HashMap<(usize, usize), u32>,
    cut: Vec<Vec<bool>>,
}

/// The id of a server by its number.
fn id(server: usize) -> ServerId {
    ServerId([u8::try_from(server + 1).unwrap(); 16])
}

fn number(id: ServerId) -> usize {
    usize::from(id.0[0]) - 1
}

impl World {
    /// Servers that all start now, clocks of their own, and devices.
    #[must_use]
    pub fn new(random: Random, policy: Policy, servers: usize, witness: Option<usize>, cameras: Vec<Camera>) -> Self {
        let mut world = Self {
            now: 0,
            weather: Weather::WORST,
            notes: Vec::new(),
            random,
            policy,
            timing: Timing::DEFAULT,
            witness,
            servers: Vec::new(),
            plans: HashMap::new(),
            queue: BinaryHeap::new(),
            actions: HashMap::new(),
            next_action: 0,
            lost_in_a_row: HashMap::new(),
            cut: vec![vec![false; servers]; servers],
            cameras,
        };
        for _ in 0..servers {
            let fast = *world.random.pick(&[-5, -5, 0, 3, 5, 5]);
            let recorders = vec![Recorder::Off; world.cameras.len()];
            let online = vec![true; servers];
            let (boot, stored, storing, wake_at) = (0, Epoch::NONE, Epoch::NONE, 0);
            world.servers.push(Server {
                fast,
                began: 0,
                offset: 0,
                boot,
                watch: None,
                stored,
                storing,
                online,
                is_settled: false,
                recorders,
                wake_at,
            });
        }
        for server in 0..servers {
            world.start(server);
        }
        world
    }

    /// How many servers there are.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// Whether a server runs.
    #[must_use]
    pub fn is_up(&self, server: usize) -> bool {
        self.servers[server].watch.is_some()
    }

    /// The plan that a server obeys, or stored last.
    #[must_use]
    pub fn epoch(&self, server: usize) -> Epoch {
        let server = &self.servers[server];
        server.watch.as_ref().map_or(server.stored, Watch::epoch)
    }

    /// The servers that record a device now.
    #[must_use]
    pub fn recorders(&self, device: usize) -> Vec<usize> {
        let is_on = |server: &usize| self.servers[*server].recorders[device] == Recorder::On;
        (0..self.servers.len()).filter(is_on).collect()
    }

    /// Cuts or mends the way from one server to another.
    pub fn set_cut(&mut self, from: usize, to: usize, cut: bool) {
        self.cut[from][to] = cut;
    }

    /// A server starts, with what it stored.
    pub fn start(&mut self, server: usize) {
        if self.is_up(server) {
            return;
        }
        // A clock that begins anew may show what it has shown before.
        let offset = self.random.next() % 20_000;
        let own = &mut self.servers[server];
        (own.began, own.offset) = (self.now, offset);
        own.boot += 1;
        own.is_settled = false;
        let role = |of: usize| if self.witness == Some(of) { Role::Witness } else { Role::Server };
        let others = (0..own.online.len()).filter(|other| *other != server).map(|other| {
            let contact = if own.online[other] { Contact::Settled } else { Contact::Lost };
            Peer::new(id(other), role(other), contact)
        });
        // A process lends the memory for as long as it runs; here it is lent for good.
        let peers = Vec::leak(others.collect());
        let me = Identity { id: id(server), role: role(server), boot: own.boot, stored: own.stored };
        let now = own.clock(self.now);
        own.watch = Some(Watch::new(now, self.timing, self.policy, me, peers).unwrap());
        self.serve(server);
    }

    /// A server stops dead. What it stored stays.
    pub fn crash(&mut self, server: usize) {
        self.servers[server].watch = None;
        for device in 0..self.cameras.len() {
            self.stop(server, device);
        }
    }

    /// Goes on until that time.
    pub fn run_until(&mut self, until: u64) {
        while let Some(Reverse((at, key))) = self.queue.peek().copied() {
            if at > until {
                break;
            }
            self.queue.pop();
            self.now = at;
            if let Some(action) = self.actions.remove(&key) {
                self.act(action);
            }
        }
        self.now = until;
    }

    fn at(&mut self, at: u64, action: Action) {
        self.next_action += 1;
        self.actions.insert(self.next_action, action);
        self.queue.push(Reverse((at, self.next_action)));
    }

    /// A span up to a bound; the bounds themselves are as likely as all between.
    fn span(&mut self, max: u64) -> u64 {
        match self.random.below(3) {
            0 => 0,
            1 => max,
            _ => self.random.next() % (max + 1),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Deliver { to, from, bytes } => self.deliver(to, from, &bytes),
            Action::Wake { server } => {
                let now = self.servers[server].clock(self.now);
                if let Some(watch) = &mut self.servers[server].watch {
                    watch.handle_timeout(now);
                    self.serve(server);
                }
            }
            Action::Stored { server, boot, epoch }
                if self.servers[server].boot == boot && self.servers[server].storing == epoch && self.is_up(server) =>
            {
                let now = self.servers[server].clock(self.now);
                self.servers[server].stored = epoch;
                if let Some(watch) = &mut self.servers[server].watch {
                    watch.handle_stored(now, &epoch);
                    self.serve(server);
                }
            }
            Action::Record { server, device, token }
                if self.servers[server].recorders[device] == Recorder::Starting(token) =>
            {
                self.servers[server].recorders[device] = Recorder::On;
                self.notes.push((self.now, Note::On(server, device)));
            }
            Action::Stored { .. } | Action::Record { .. } => {}
        }
    }

    fn deliver(&mut self, to: usize, from: usize, bytes: &[u8]) {
        let now = self.servers[to].clock(self.now);
        let mut message = Message::decode(bytes).unwrap();
        if self.random.below(1_000) < self.weather.plans_lost_of_1000 {
            message = message.without_plan();
        }
        if let Some(watch) = &mut self.servers[to].watch {
            watch.handle_input(now, id(from), &message).unwrap();
            self.notes.push((self.now, Note::Heard(to, from)));
            self.serve(to);
        }
    }

    /// Does what the machine of a server asks for.
    fn serve(&mut self, server: usize) {
        while let Some(event) = self.servers[server].watch.as_mut().and_then(Watch::poll_event) {
            self.handle(server, event);
        }
        while let Some((to, message)) = self.servers[server].watch.as_mut().and_then(Watch::poll_transmit) {
            self.send(server, number(to), &message);
        }
        let own = &mut self.servers[server];
        let Some(watch) = &own.watch else { return };
        let due = own.real(watch.poll_timeout()).max(self.now);
        let at = due + self.span(LATE_MS);
        let own = &mut self.servers[server];
        // A call that is already arranged is not put off by what came in meanwhile.
        if own.wake_at <= self.now || at < own.wake_at {
            own.wake_at = at;
            self.at(at, Action::Wake { server });
        }
    }

    fn send(&mut self, from: usize, to: usize, message: &Message) {
        if self.cut[from][to] {
            return;
        }
        let row = self.lost_in_a_row.get(&(from, to)).copied().unwrap_or_default();
        let is_lost = row < self.weather.lost_in_a_row_max && self.random.below(1_000) < self.weather.lost_of_1000;
        self.lost_in_a_row.insert((from, to), if is_lost { row + 1 } else { 0 });
        if is_lost {
            return;
        }
        let mut buffer = [0; hwlicense::system::watch::MESSAGE_BYTES_MAX];
        let bytes = message.encode(&mut buffer).to_vec();
        let at = self.now + self.span(self.weather.delay_ms_max) + self.span(LATE_MS);
        self.at(at, Action::Deliver { to, from, bytes });
    }

    fn handle(&mut self, server: usize, event: WatchEvent) {
        match event {
            WatchEvent::Lost { member, .. } => {
                self.servers[server].online[number(member)] = false;
                self.notes.push((self.now, Note::Lost(server, number(member))));
            }
            WatchEvent::Back { member, .. } => {
                self.servers[server].online[number(member)] = true;
                self.notes.push((self.now, Note::Back(server, number(member))));
            }
            WatchEvent::Settled { member, .. } if number(member) == server => self.servers[server].is_settled = true,
            WatchEvent::Store(epoch) => {
                let at = self.now + self.span(LATE_MS);
                let boot = self.servers[server].boot;
                self.servers[server].storing = epoch;
                self.at(at, Action::Stored { server, boot, epoch });
            }
            WatchEvent::Obey(epoch) => {
                self.notes.push((self.now, Note::Obey(server, epoch.counter)));
                self.keep_only(server, |plan, device| {
                    plan.hosts[device] == Some(server) || plan.from[device] == Some(server)
                });
            }
            WatchEvent::Release(_) => self.keep_only(server, |plan, device| plan.hosts[device] == Some(server)),
            WatchEvent::Start(epoch) => self.begin(server, epoch),
            WatchEvent::Halt => {
                self.notes.push((self.now, Note::Halt(server)));
                self.keep_only(server, |_, _| false);
            }
            WatchEvent::PlanDue => self.plan(server),
            _ => {}
        }
    }

    fn keep_only(&mut self, server: usize, keep: impl Fn(&Plan, usize) -> bool) {
        let plan = self.plans.get(&self.epoch(server)).cloned();
        for device in 0..self.cameras.len() {
            if !plan.as_ref().is_some_and(|plan| keep(plan, device)) {
                self.stop(server, device);
            }
        }
    }

    fn stop(&mut self, server: usize, device: usize) {
        let before = core::mem::take(&mut self.servers[server].recorders[device]);
        if before == Recorder::On {
            self.notes.push((self.now, Note::Off(server, device)));
        }
    }

    fn begin(&mut self, server: usize, epoch: Epoch) {
        let plan = self.plans[&epoch].clone();
        for device in 0..self.cameras.len() {
            if plan.hosts[device] == Some(server) && self.servers[server].recorders[device] == Recorder::Off {
                let at = self.now + self.span(self.timing.conditions().start_ms_max.into());
                let token = self.next_action;
                self.servers[server].recorders[device] = Recorder::Starting(token);
                self.at(at, Action::Record { server, device, token });
            }
        }
    }

    fn plan(&mut self, server: usize) {
        let now = self.servers[server].clock(self.now);
        let own = if self.servers[server].is_settled { Contact::Settled } else { Contact::Back };
        let Some(watch) = &mut self.servers[server].watch else { return };
        let contact = |of: usize| watch.peers().iter().find(|peer| peer.id() == id(of)).map_or(own, Peer::contact);
        let before = self.plans.get(&watch.epoch()).map_or(vec![None; self.cameras.len()], |plan| plan.hosts.clone());
        let is_there = |of: &usize| contact(*of).is_made();
        let host = |(camera, host): (&Camera, &Option<usize>)| {
            let preferred = Some(camera.preferred).filter(is_there);
            let Some(host) = host.filter(is_there) else {
                return preferred.or_else(|| camera.reach.iter().copied().find(is_there)).or(*host);
            };
            // Both: else a part that was cut off would take devices back as soon as there is contact.
            let has_settled = [camera.preferred, host].iter().all(|of| contact(*of) == Contact::Settled);
            if has_settled { Some(camera.preferred) } else { Some(host) }
        };
        let hosts = self.cameras.iter().zip(&before).map(host).collect();
        // From a server that is lost nothing is handed over: others record in its place.
        let from = before.iter().map(|host| host.filter(is_there)).collect();
        let plan = Plan { hosts, from };
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&self.random.next().to_le_bytes());
        let epoch = watch.issue(now, digest, Members::Same).unwrap();
        self.plans.insert(epoch, plan);
    }
}
