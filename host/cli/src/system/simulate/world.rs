//! The simulation itself: real state machines, one for each server, under one simulated clock, with
//! a network that loses and delays, disks that take their time, and devices that take longer.
//!
//! The network is as bad as the promised bounds allow: of messages from one server to another at
//! most two are lost in a row, and each takes up to the longest delay. Everything random comes from
//! one seed, and what happens at one time happens in the order in which it was arranged.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use hwlicense::system::watch::{Epoch, Instant, LOST_IN_A_ROW_MAX, Members, Message, Peer, Timing, Watch, WatchEvent};
use hwlicense::system::{Policy, Presence, ServerId, ServerIndex};
use hwlicense::time::UnixSeconds;

use super::node::{Node, Recorder};
use super::plan::Plan;
use super::random::Random;
use super::script::Act;
use crate::exit::Failure;
use crate::system::model::Model;

/// Messages that are lost, of a hundred.
const LOST_OF_100: u64 = 20;
/// Shortest time that a device takes to start.
const START_MS_MIN: u64 = 1_000;
/// A server does within this time what is due, and stores within it what is to be stored: half of
/// the turn that the bounds allow for.
const LATE_MS_MAX: u64 = 100;

/// What was seen, by real time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// Something was done from outside.
    Act(Act),
    /// A server lost another, which it last heard then.
    Lost { by: ServerIndex, member: ServerIndex, heard_ms: u64 },
    /// A server is in contact with another again.
    Back { by: ServerIndex, member: ServerIndex },
    /// A server is content that another stays.
    Settled { by: ServerIndex, member: ServerIndex },
    /// A server issued a plan.
    Issued { by: ServerIndex, counter: u64 },
    /// A server obeys a plan.
    Obeys { by: ServerIndex, counter: u64 },
    /// A server stops all recording: no majority lets it go on.
    Halts { by: ServerIndex },
    /// A server records a device from now on.
    On { by: ServerIndex, device: usize },
    /// It does so no more.
    Off { by: ServerIndex, device: usize },
}

enum Action {
    Do(Act),
    Deliver { to: ServerIndex, from: ServerId, message: Message },
    Wake { server: ServerIndex },
    Stored { server: ServerIndex, boot: u64, epoch: Epoch },
    Record { server: ServerIndex, device: usize, order: u64 },
}

/// All servers and what is between them.
pub(super) struct World<'w> {
    model: &'w Model,
    policy: Policy,
    timing: Timing,
    random: Random,
    now: u64,
    nodes: Vec<Node<'w>>,
    /// What is lent to state machines, one for each start of a server.
    memory: core::slice::IterMut<'w, Vec<Peer>>,
    /// Servers hear each other within a part.
    parts: Vec<usize>,
    lost_in_a_row: HashMap<(ServerId, ServerIndex), u64>,
    plans: HashMap<Epoch, Rc<Plan>>,
    queue: BTreeMap<(u64, u64), Action>,
    arranged: u64,
    /// What was seen, in order.
    pub(super) notes: Vec<(u64, Note)>,
    /// The plans that were issued, in order, and when.
    pub(super) issued: Vec<(u64, Rc<Plan>)>,
}

impl<'w> World<'w> {
    /// Starts every server that is online. `memory` has an entry for each start that will be.
    pub(super) fn new(
        model: &'w Model,
        began: UnixSeconds,
        policy: Policy,
        seed: u64,
        memory: &'w mut [Vec<Peer>],
    ) -> Result<Self, Failure> {
        let mut random = Random::new(seed);
        let nodes = (0..u16::MAX).map(ServerIndex).take(model.servers.len());
        let nodes: Vec<Node<'w>> = nodes.map(|index| Node::new(index, model, began, &mut random)).collect();
        let mut world = Self {
            model,
            policy,
            timing: Timing::DEFAULT,
            random,
            now: 0,
            parts: vec![0; nodes.len()],
            nodes,
            memory: memory.iter_mut(),
            lost_in_a_row: HashMap::new(),
            plans: HashMap::new(),
            queue: BTreeMap::new(),
            arranged: 0,
            notes: Vec::new(),
            issued: Vec::new(),
        };
        for (index, server) in (0..u16::MAX).map(ServerIndex).zip(&model.servers) {
            if server.presence.is_online() {
                world.start(index)?;
            }
        }
        Ok(world)
    }

    /// Arranges that something is done.
    pub(super) fn arrange(&mut self, at: u64, act: Act) {
        self.at(at, Action::Do(act));
    }

    /// Goes on until that time.
    pub(super) fn run_until(&mut self, until: u64) -> Result<(), Failure> {
        while let Some(entry) = self.queue.first_entry() {
            let (at, _) = *entry.key();
            if at > until {
                break;
            }
            let action = entry.remove();
            self.now = at;
            self.act(action)?;
        }
        self.now = until;
        Ok(())
    }

    fn at(&mut self, at: u64, action: Action) {
        self.arranged = self.arranged.saturating_add(1);
        self.queue.insert((at, self.arranged), action);
    }

    fn note(&mut self, note: Note) {
        self.notes.push((self.now, note));
    }

    fn node(&mut self, server: ServerIndex) -> Option<&mut Node<'w>> {
        self.nodes.get_mut(server.position())
    }

    fn index_of(&self, id: ServerId) -> Option<ServerIndex> {
        let position = self.model.servers.iter().position(|server| server.id == id)?;
        u16::try_from(position).ok().map(ServerIndex)
    }

    fn act(&mut self, action: Action) -> Result<(), Failure> {
        let real = self.now;
        match action {
            Action::Do(act) => self.perform(act),
            Action::Deliver { to, from, message } => self.call(to, |watch, now| {
                // Nobody but members sends, and every message is one that a machine made.
                let _ = watch.handle_input(now, from, &message);
            }),
            Action::Wake { server } => {
                let Some(node) = self.node(server).filter(|node| node.wake_at == Some(real)) else { return Ok(()) };
                node.wake_at = None;
                self.call(server, |watch, now| watch.handle_timeout(now))
            }
            Action::Stored { server, boot, epoch } => {
                let Some(node) = self.node(server).filter(|node| node.boot == boot && node.watch.is_some()) else {
                    return Ok(());
                };
                node.stored = epoch;
                self.call(server, |watch, now| watch.handle_stored(now, &epoch))
            }
            Action::Record { server, device, order } => {
                let recorder = self.node(server).and_then(|node| node.recorders.get_mut(device));
                if let Some(recorder) = recorder.filter(|recorder| **recorder == Recorder::Starting(order)) {
                    *recorder = Recorder::On;
                    self.note(Note::On { by: server, device });
                }
                Ok(())
            }
        }
    }

    fn perform(&mut self, act: Act) -> Result<(), Failure> {
        self.note(Note::Act(act.clone()));
        match act {
            Act::Fail(server) => {
                if let Some(node) = self.node(server) {
                    node.watch = None;
                }
                self.keep_only(server, |_| false);
                Ok(())
            }
            Act::Return(server) => self.start(server),
            Act::Cut(parts) => {
                self.parts = parts;
                Ok(())
            }
            Act::Heal => {
                self.parts.fill(0);
                Ok(())
            }
        }
    }

    fn start(&mut self, server: ServerIndex) -> Result<(), Failure> {
        let (now, model, timing, policy) = (self.now, self.model, self.timing, self.policy);
        let Some(memory) = self.memory.next() else {
            return Err(Failure::internal("no-memory", "more starts than were counted"));
        };
        let Some(node) = self.nodes.get_mut(server.position()) else { return Ok(()) };
        if node.boot > 0 || now > 0 {
            let since = node.time_of_day(node.clock(now));
            if let Some(presence) = node.presence.get_mut(server.position()) {
                *presence = Presence::Online { since };
            }
        }
        node.start(now, model, timing, policy, memory)?;
        self.serve(server)
    }

    /// Calls the state machine of a server that runs, then does what it asks for.
    fn call(&mut self, server: ServerIndex, handle: impl FnOnce(&mut Watch<'w>, Instant)) -> Result<(), Failure> {
        let real = self.now;
        let Some(node) = self.node(server) else { return Ok(()) };
        let now = node.clock(real);
        let Some(watch) = &mut node.watch else { return Ok(()) };
        handle(watch, now);
        self.serve(server)
    }

    fn serve(&mut self, server: ServerIndex) -> Result<(), Failure> {
        while let Some(event) = self.node(server).and_then(|node| node.watch.as_mut()?.poll_event()) {
            self.handle(server, event)?;
        }
        while let Some((to, message)) = self.node(server).and_then(|node| node.watch.as_mut()?.poll_transmit()) {
            self.send(server, to, message);
        }
        let late = self.random.between(0, LATE_MS_MAX);
        let now = self.now;
        let Some(node) = self.node(server) else { return Ok(()) };
        let Some(watch) = &node.watch else { return Ok(()) };
        let at = node.real(watch.poll_timeout()).max(now).saturating_add(late);
        // A call that was arranged is not put off by what came in meanwhile.
        if node.wake_at.is_none_or(|wake_at| at < wake_at) {
            node.wake_at = Some(at);
            self.at(at, Action::Wake { server });
        }
        Ok(())
    }

    fn send(&mut self, from: ServerIndex, to: ServerId, message: Message) {
        let Some(to) = self.index_of(to) else { return };
        if self.parts.get(from.position()) != self.parts.get(to.position()) {
            return;
        }
        let Some(sender) = self.model.servers.get(from.position()).map(|server| server.id) else { return };
        let is_unlucky = self.random.between(1, 100) <= LOST_OF_100;
        let lost = self.lost_in_a_row.entry((sender, to)).or_default();
        if is_unlucky && *lost < LOST_IN_A_ROW_MAX {
            *lost = lost.saturating_add(1);
            return;
        }
        *lost = 0;
        let delay = self.random.between(0, self.timing.conditions().delay_ms_max.into());
        self.at(self.now.saturating_add(delay), Action::Deliver { to, from: sender, message });
    }

    fn handle(&mut self, server: ServerIndex, event: WatchEvent) -> Result<(), Failure> {
        match event {
            WatchEvent::Lost { member, heard } => self.set_presence(server, member, |node, member| {
                let since = node.time_of_day(heard);
                let note = Note::Lost { by: node.index, member, heard_ms: node.real(heard) };
                (Presence::Offline { since }, note)
            }),
            WatchEvent::Back { member, since } => self.set_presence(server, member, |node, member| {
                let since = node.time_of_day(since);
                (Presence::Online { since }, Note::Back { by: node.index, member })
            }),
            WatchEvent::Settled { member, .. } => {
                if let Some(member) = self.index_of(member) {
                    self.note(Note::Settled { by: server, member });
                }
            }
            WatchEvent::Store(epoch) => {
                let at = self.now.saturating_add(self.random.between(0, LATE_MS_MAX));
                let boot = self.node(server).map_or(0, |node| node.boot);
                self.at(at, Action::Stored { server, boot, epoch });
            }
            WatchEvent::Obey(epoch) => {
                self.note(Note::Obeys { by: server, counter: epoch.counter });
                let plan = self.plans.get(&epoch).cloned();
                let now = self.now;
                let Some(at) = self.node(server).map(|node| node.time_of_day(node.clock(now))) else { return Ok(()) };
                self.keep_only(server, |device| {
                    plan.as_ref().is_some_and(|plan| plan.leaves(server, device) || plan.moves(server, device, at))
                });
            }
            WatchEvent::Release(epoch) => {
                let plan = self.plans.get(&epoch).cloned();
                self.keep_only(server, |device| plan.as_ref().is_some_and(|plan| plan.leaves(server, device)));
            }
            WatchEvent::Start(epoch) => self.begin(server, epoch),
            WatchEvent::Halt => {
                self.note(Note::Halts { by: server });
                self.keep_only(server, |_| false);
            }
            WatchEvent::PlanDue => self.plan(server)?,
            // Later versions may tell more; what they tell by then changes nothing here.
            _ => (),
        }
        Ok(())
    }

    fn set_presence(
        &mut self,
        server: ServerIndex,
        member: ServerId,
        tell: impl FnOnce(&Node<'w>, ServerIndex) -> (Presence, Note),
    ) {
        let Some(member) = self.index_of(member) else { return };
        let Some(node) = self.node(server) else { return };
        let (presence, note) = tell(node, member);
        if let Some(known) = node.presence.get_mut(member.position()) {
            *known = presence;
        }
        self.note(note);
    }

    /// Makes a plan and issues it.
    fn plan(&mut self, server: ServerIndex) -> Result<(), Failure> {
        let (real, model) = (self.now, self.model);
        let Some(node) = self.nodes.get_mut(server.position()) else { return Ok(()) };
        let now = node.clock(real);
        let at = node.time_of_day(now);
        let Some(watch) = &mut node.watch else { return Ok(()) };
        let before = self.plans.get(&watch.epoch());
        let draft = Plan::after(before.map(Rc::as_ref), model, &node.presence, at)?;
        // If contact changed in between, another plan will be due.
        let Ok(epoch) = watch.issue(now, draft.digest, Members::Same) else { return Ok(()) };
        let plan = Rc::new(draft.plan);
        self.plans.insert(epoch, Rc::clone(&plan));
        self.issued.push((real, plan));
        self.note(Note::Issued { by: server, counter: epoch.counter });
        Ok(())
    }

    /// Begins to record what a plan gives to a server.
    fn begin(&mut self, server: ServerIndex, epoch: Epoch) {
        let Some(plan) = self.plans.get(&epoch).cloned() else { return };
        for device in 0..self.model.devices.len() {
            if !plan.gives(server, device) {
                continue;
            }
            let start = self.random.between(START_MS_MIN, self.timing.conditions().start_ms_max.into());
            let (at, order) = (self.now.saturating_add(start), self.arranged);
            let recorder = self.node(server).and_then(|node| node.recorders.get_mut(device));
            if let Some(recorder) = recorder.filter(|recorder| **recorder == Recorder::Off) {
                *recorder = Recorder::Starting(order);
                self.at(at, Action::Record { server, device, order });
            }
        }
    }

    /// Ends the recording of all devices but some.
    fn keep_only(&mut self, server: ServerIndex, keeps: impl Fn(usize) -> bool) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(server.position()) else { return };
        for (device, recorder) in node.recorders.iter_mut().enumerate().filter(|(device, _)| !keeps(*device)) {
            if core::mem::take(recorder) == Recorder::On {
                self.notes.push((now, Note::Off { by: server, device }));
            }
        }
    }
}
