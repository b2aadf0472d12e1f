//! The ledger beside a model that only counts what devices could still use.
//!
//! The model keeps each lease that was ever handed out, also those whose answer was lost, and knows
//! nothing of activations. At every step the channels of live leases, one lease for each device, are
//! within what was paid for, except for what is named: the excess after a restore, leases that a
//! restored ledger has not seen again yet, and leases that an administrator moved away from.

use hwlicense::primary::{Operation, Outcome, Refusal};
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{self, Policy};
use hwlicense_server::store::sqlite::{Access, SqliteStore};

use crate::hardware;
use crate::site::{Answered, DAY, Device, Random, Site, entitlement, key};

const CAPACITY: u32 = 6;
const DEVICES: u32 = 9;

/// A lease that somebody may hold.
#[derive(Clone, Debug)]
struct Held {
    owner: usize,
    count: u32,
    until: u64,
    /// Epoch and serial.
    order: (u32, u64),
    /// When it was noted in the ledger, counted in steps of the model.
    noted: u64,
    /// Whether a restored ledger has forgotten it and has not seen it again.
    is_forgotten: bool,
    /// Whether an administrator moved its channels away.
    is_moved: bool,
}

struct Model {
    site: Site<SqliteStore>,
    folder: tempfile::TempDir,
    devices: Vec<Device>,
    generation: Vec<u8>,
    leases: Vec<Held>,
    noted: u64,
    /// When the backup was made, counted in the same steps.
    backed_up: Option<u64>,
    seed: u64,
    step: u32,
}

impl Model {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("ledger.db"), Access::Write).unwrap();
        let mut site = Site::new(store);
        site.policy = Policy { rebinds_max: 1000, ..Policy::default() };
        site.import(&hwlicense::primary::Entitlement { moves_max: 1000, ..entitlement(1, CAPACITY) }).unwrap();
        let devices = (0..DEVICES).map(|number| Self::device(number, 0)).collect();
        let generation = vec![0; DEVICES as usize];
        Self { site, folder, devices, generation, leases: Vec::new(), noted: 0, backed_up: None, seed, step: 0 }
    }

    fn device(number: u32, generation: u8) -> Device {
        let board = format!("ZM16AS0344{number:02}");
        let mac = (number as u8) * 16 + generation;
        Device { name: format!("camera {number}"), ..hardware::device(&board, mac, number as u8) }
    }

    fn context(&self) -> String {
        format!("seed {}, step {}", self.seed, self.step)
    }

    /// Notes what was answered.
    fn handed_out(&mut self, owner: usize, answered: &Answered) {
        for (_, count, until, serial) in &answered.leases {
            let (count, until, order, noted) = (*count, until.unwrap(), (answered.epoch, *serial), self.noted);
            self.leases.push(Held { owner, count, until, order, noted, is_forgotten: false, is_moved: false });
            self.noted += 1;
        }
    }

    fn contact(&mut self, owner: usize, random: &mut Random) {
        let mut device = self.devices[owner].clone();
        device.wanted.count = 1 + random.below(2);
        device.entered = (random.below(3) == 0).then_some(key(1));
        let could_record = self.records(owner);
        let shown: Vec<(u32, u64)> = self.held(owner).into_iter().map(|(order, _)| order).collect();
        let answered = device.contact(&mut self.site);
        if answered.outcome == Outcome::refused(Refusal::NoCapacity) {
            let (used, excess) = self.site.used(1);
            assert!(excess > 0 || used + device.wanted.count > CAPACITY, "refused with room: {}", self.context());
        }
        assert!(!could_record || answered.outcome == Outcome::Licensed, "stopped: {}, {answered:?}", self.context());
        self.noted += 1;
        for order in shown {
            let of_owner = self.leases.iter_mut().filter(|held| held.owner == owner);
            of_owner.filter(|held| held.order == order && held.is_forgotten).for_each(|held| {
                // Entered now, so a later restore of an earlier backup forgets it again.
                (held.noted, held.is_forgotten) = (self.noted, false);
            });
        }
        self.handed_out(owner, &answered);
        device.previous = None;
        // One answer in four is lost on its way.
        if random.below(4) > 0 {
            self.devices[owner] = device;
        } else {
            self.devices[owner].counter = device.counter;
        }
    }

    /// Epochs, serials and ends of the leases that a device holds for the hardware that it has.
    fn held(&self, owner: usize) -> Vec<((u32, u64), u64)> {
        let device = &self.devices[owner];
        let leases = device.held.iter().map(|bytes| {
            let envelope = hwlicense::signed::Envelope::parse(bytes).unwrap();
            let lease: hwlicense::primary::Lease<'_> = envelope.unverified().unwrap();
            (lease.hwid, (lease.ledger_epoch, lease.serial), lease.until.unwrap().0)
        });
        leases.filter(|(hwid, ..)| *hwid == device.hwid).map(|(_, order, until)| (order, until)).collect()
    }

    /// Whether one of them is good.
    fn records(&self, owner: usize) -> bool {
        self.held(owner).iter().any(|(_, until)| *until > self.site.now)
    }

    fn deactivate(&mut self, owner: usize) {
        let answered = self.devices[owner].ask(&mut self.site, Operation::Deactivate(key(1)));
        if answered.outcome == Outcome::Deactivated {
            // The tombstone on the device.
            self.devices[owner].held.clear();
        }
    }

    fn change_hardware(&mut self, owner: usize) {
        let (generation, old) = (self.generation[owner] + 1, &self.devices[owner]);
        let is_settled = old.secret.is_some() && old.previous.is_none();
        if generation < 16 && is_settled && self.backed_up.is_none() {
            self.generation[owner] = generation;
            let fresh = Self::device(owner as u32, generation);
            self.devices[owner] = Device {
                previous: Some(old.hwid),
                secret: old.secret,
                counter: old.counter,
                held: Vec::new(),
                ..fresh
            };
        }
    }

    fn administrator_moves(&mut self, owner: usize) {
        let hwid = self.devices[owner].hwid;
        if self.site.with(|book| ledger::move_channels(book, key(1), hwid, None)).is_ok() {
            self.leases.iter_mut().filter(|held| held.owner == owner).for_each(|held| held.is_moved = true);
            self.devices[owner].held.clear();
        }
    }

    fn back_up_or_restore(&mut self) {
        let backup = self.folder.path().join("backup.db");
        match self.backed_up.take() {
            None => {
                self.site.store.backup(&backup).unwrap();
                self.backed_up = Some(self.noted);
            }
            Some(known) => {
                let path = self.folder.path().join("ledger.db");
                let now = UnixSeconds(self.site.now);
                self.site.store = SqliteStore::open(&self.folder.path().join("aside.db"), Access::Write).unwrap();
                SqliteStore::restore(&backup, &path, |tx, former| ledger::begin_epoch(tx, former, 0, now)).unwrap();
                self.site.store = SqliteStore::open(&path, Access::Write).unwrap();
                std::fs::remove_file(backup).unwrap();
                self.leases.iter_mut().filter(|held| held.noted >= known).for_each(|held| held.is_forgotten = true);
            }
        }
    }

    /// What the model and the ledger know, for a failure.
    fn books(&mut self) -> String {
        let activations = self.site.with(|book| book.rows().activations_of(key(1))).unwrap();
        let lines = self.site.with(|book| book.rows().audit_after(None, u32::MAX)).unwrap();
        let mut text = String::new();
        for (owner, device) in self.devices.iter().enumerate() {
            let held: Vec<_> = self.leases.iter().filter(|held| held.owner == owner).collect();
            let known: Vec<_> = activations.iter().filter(|row| row.hwid == device.hwid).collect();
            text += &format!("\n{owner}: {held:?}\n   {known:?}");
            for line in lines.iter().filter(|line| line.hwid == Some(device.hwid)) {
                let action = ledger::Action::from_number(line.action).map(ledger::Action::code);
                text += &format!("\n   {} {action:?} {}", line.at.0, line.detail);
            }
        }
        text
    }

    fn check(&mut self) {
        let now = self.site.now;
        self.leases.retain(|held| held.until > now);
        let (used, excess) = self.site.used(1);
        assert!(used <= CAPACITY, "{}", self.context());
        let live: u32 = (0..DEVICES as usize)
            .map(|owner| {
                let of_owner =
                    self.leases.iter().filter(|held| held.owner == owner && !held.is_forgotten && !held.is_moved);
                of_owner.map(|held| held.count).max().unwrap_or(0)
            })
            .sum();
        let context = self.context();
        assert!(live <= CAPACITY + excess, "{live} live, {excess} beyond: {context}, {}", self.books());
        assert_eq!(self.site.with(ledger::balance).unwrap(), [], "{context}");
    }

    fn run(&mut self, steps: u32) {
        let mut random = Random::new(self.seed);
        for step in 0..steps {
            self.step = step;
            let owner = random.below(DEVICES) as usize;
            match random.below(40) {
                0..=23 => self.contact(owner, &mut random),
                24..=26 => self.deactivate(owner),
                27..=29 => self.site.now += u64::from(random.below(12)) * DAY,
                30..=31 => self.site.now += u64::from(random.below(4000)),
                32..=33 => self.change_hardware(owner),
                34..=35 => {
                    self.site.with(ledger::sweep).unwrap();
                }
                36 => self.administrator_moves(owner),
                37 => self.back_up_or_restore(),
                _ => {
                    let hwid = self.devices[owner].hwid;
                    if self.site.with(|book| ledger::deactivate(book, hwid, key(1))).is_ok() {
                        self.devices[owner].held.clear();
                    }
                }
            }
            self.check();
        }
    }
}

#[test]
fn never_more_than_was_paid_for_but_what_is_named() {
    for seed in 0..20 {
        Model::new(seed).run(250);
    }
}
