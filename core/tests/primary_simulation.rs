//! A camera through months: answers are lost, late, doubled and forged, the power fails in the middle of
//! writes, clocks jump, licences are given up and taken away.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a failed unwrap is a failed test"
)]

mod primary_support;
mod support;

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use hwlicense::primary::client::{Answered, InputError, RequestError};
use hwlicense::primary::{Answer, BUSY_S_MAX, Outcome, Refusal, SignedRequest, request_digest};
use primary_support::flash::{Flash, FlashError, Torn};
use primary_support::{Camera, Draft, Server, answer, device, entitlement, lease, random};
use support::{BRAND, DAY, Key};

const HOUR: u64 = 3_600;
const STEPS: usize = 300;
const SEEDS: u64 = 12;

/// `SplitMix64`, as in the library, with another stream.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// The world, and what must be true in it.
struct World {
    dice: Dice,
    camera: Camera,
    server: Server,
    /// Every answer that ever was on the way.
    answers: Vec<Vec<u8>>,
    /// The first second at which each lease is no longer good, by its serial.
    leases: Vec<u64>,
    /// No lease up to this serial counts.
    dead: u64,
    /// Whether a give-up or a withdrawal may have been saved without anybody knowing.
    dead_perhaps: u64,
    counter: u64,
    /// Uptime of the last request, or of the last answer that was carried here.
    contacted: u64,
    recorded: usize,
    taken: usize,
    cuts: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let (dice, camera, server) = (Dice(seed), Camera::with(Flash::new()), Server::new());
        let (answers, leases) = (Vec::new(), vec![0]);
        Self {
            dice,
            camera,
            server,
            answers,
            leases,
            dead: 0,
            dead_perhaps: 0,
            counter: 0,
            contacted: 0,
            recorded: 0,
            taken: 0,
            cuts: 0,
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.camera.uptime += seconds;
        self.server.time += seconds;
    }

    fn step(&mut self) {
        match self.dice.below(16) {
            0 => self.fail_next_write(),
            1 => self.reboot(),
            2 => self.administrate(),
            3 => self.set_clock(),
            4 => self.attack(),
            5 => self.carry(),
            6 => {
                let seconds = self.dice.below(6 * HOUR);
                self.sleep(seconds);
            }
            _ => self.contact(),
        }
        if self.camera.flash.is_dark() {
            self.reboot();
        }
        self.judge();
    }

    /// Runs through what the time asks for, so that nothing is overdue.
    fn sleep(&mut self, seconds: u64) {
        let end = self.camera.uptime + seconds;
        while let Some(at) = self.camera.client.poll_timeout()
            && at <= end
        {
            self.pass(at.saturating_sub(self.camera.uptime));
            let _ = self.camera.client.handle_timeout(self.camera.uptime);
        }
        if self.camera.client.poll_timeout().is_some() {
            self.pass(end.saturating_sub(self.camera.uptime));
        }
    }

    /// The request that is due, if the flash lets it be made.
    fn ask(&mut self) -> Option<Vec<u8>> {
        while let Some(at) = self.camera.client.poll_timeout() {
            self.pass(at.saturating_sub(self.camera.uptime));
            if self.camera.client.handle_timeout(self.camera.uptime).is_err() {
                return None;
            }
        }
        let (mut buffer, random) = (vec![0; 8_192], random(self.dice.next()));
        let device = device(&self.camera.machine, self.camera.wall, BRAND);
        let uptime = self.camera.uptime;
        let gap = uptime - self.contacted;
        let most = 4 * HOUR + u64::from(BUSY_S_MAX) + 60;
        assert!(gap <= most, "{gap} s without a contact");
        self.contacted = uptime;
        let frame = match self.camera.client.poll_transmit(uptime, &random, &device, &mut buffer) {
            Ok(transmit) => transmit.unwrap().frame[5..].to_vec(),
            Err(RequestError::Save(_)) => return None,
            Err(error) => panic!("{error:?}"),
        };
        self.count(&frame);
        Some(frame)
    }

    /// A counter never goes back.
    fn count(&mut self, request: &[u8]) {
        let counter = SignedRequest::parse(request).unwrap().request.counter;
        assert!(counter > self.counter, "the counter goes back from {} to {counter}", self.counter);
        self.counter = counter;
    }

    /// What an honest server says.
    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        // A skew of its clock, within reason.
        let honest = self.server.time;
        self.server.time += self.dice.below(120);
        let answer = self.server.answer(request);
        self.leases.resize(self.server.serial as usize + 1, self.server.time + 30 * DAY);
        self.server.time = honest;
        self.answers.push(answer.clone());
        answer
    }

    fn contact(&mut self) {
        let Some(request) = self.ask() else { return };
        match self.dice.below(8) {
            0 => {}
            1 => {
                let seconds = self.dice.pick(&[0, 30, 900, u32::MAX]);
                self.camera.hear(&answer(&Answer::Busy(seconds))).unwrap();
                return;
            }
            2 => {
                // The answer is lost.
                self.answer(&request);
            }
            3 => {
                // It comes too late.
                let answer = self.answer(&request);
                self.pass(11);
                let _ = self.camera.client.handle_timeout(self.camera.uptime);
                assert!(self.hear(&answer).is_err());
                return;
            }
            4 => {
                // It comes behind an old one, and twice.
                if let Some(old) = self.answers.last().cloned() {
                    assert!(self.hear(&old).is_err());
                }
                let answer = self.answer(&request);
                let is_taken = self.hear(&answer).is_ok();
                assert!(self.hear(&answer).is_err() || !is_taken, "it counts once");
                return;
            }
            _ => {
                let answer = self.answer(&request);
                if self.hear(&answer).is_ok() {
                    return;
                }
            }
        }
        self.camera.client.handle_failure(self.camera.uptime);
    }

    fn carry(&mut self) {
        let (mut buffer, random) = (vec![0; 8_192], random(self.dice.next()));
        let device = device(&self.camera.machine, self.camera.wall, BRAND);
        let client = &mut self.camera.client;
        let Ok(body) = client.write_carried(self.camera.uptime, &random, &device, &mut buffer) else { return };
        let body = body.to_vec();
        self.count(&body);
        let answer = self.answer(&body);
        self.sleep(60);
        if self.dice.one_in(2) {
            self.reboot();
        }
        let _ = self.hear(&answer);
    }

    /// Takes an answer; whatever is not taken leaves what is worth something as it was.
    fn hear(&mut self, body: &[u8]) -> Result<Answered, InputError<FlashError>> {
        let before = self.worth();
        let heard = self.camera.hear(body);
        match heard {
            Ok(Answered::Reply(Outcome::Deactivated)) => self.dead = self.dead.max(self.server.serial),
            Ok(Answered::Reply(outcome)) if outcome == Outcome::refused(Refusal::Withdrawn) => {
                self.dead = self.dead.max(self.server.serial);
            }
            Ok(_) => {}
            Err(InputError::Save(_)) => {
                // It may have been saved all the same.
                self.dead_perhaps = self.server.serial;
                assert_eq!(self.worth(), before);
            }
            Err(_) => assert_eq!(self.worth(), before),
        }
        if heard.is_ok() {
            self.taken += 1;
            self.contacted = self.camera.uptime;
        }
        heard
    }

    /// Whether it would record if it had no clock.
    fn worth(&mut self) -> bool {
        let wall = self.camera.wall.take();
        let records = self.camera.records();
        self.camera.wall = wall;
        records
    }

    fn fail_next_write(&mut self) {
        let (after, torn) = (self.dice.below(30) as usize, self.dice.pick(&Torn::ALL));
        if self.dice.one_in(4) {
            self.camera.flash.fail_after(after, torn);
        } else {
            self.camera.flash.cut_after(after, torn);
        }
    }

    fn reboot(&mut self) {
        // What had not been saved before the power failed may be.
        let (before, was_dark) = (self.worth(), self.camera.flash.is_dark());
        self.cuts += usize::from(was_dark);
        let off = self.dice.below(DAY);
        self.camera.try_restart().unwrap();
        (self.contacted, self.server.time) = (0, self.server.time + off);
        if before && self.dead_perhaps <= self.dead {
            assert!(self.worth(), "a right was lost by a restart");
        }
        self.dead_perhaps = 0;
    }

    fn administrate(&mut self) {
        match self.dice.below(6) {
            0 => {
                match self.camera.client.give_up(self.camera.uptime, entitlement().key) {
                    // All that the client can have; what is on its way comes too late.
                    Ok(()) => self.dead = self.dead.max(self.server.serial),
                    Err(_) => self.dead_perhaps = self.server.serial,
                }
            }
            1 => self.server.refusal = Some(Refusal::Withdrawn),
            2 => self.server.refusal = Some(self.dice.pick(Refusal::ALL)),
            3 => self.server.ledger_epoch += 1,
            _ => (self.server.refusal, self.server.gives) = (None, true),
        }
    }

    fn set_clock(&mut self) {
        let now = self.server.time;
        let ways = [None, Some(0), Some(now), Some(now - 300 * DAY), Some(now + 3_650 * DAY), Some(u64::MAX)];
        self.camera.wall = self.dice.pick(&ways);
    }

    /// Somebody on the way, who has every answer that ever was and a server of his own.
    fn attack(&mut self) {
        let request = if self.dice.one_in(2) { self.ask() } else { None };
        for _ in 0..3 {
            let digest = request.as_deref().map_or([1; 32], request_digest);
            let mut forged = match self.dice.below(3) {
                0 if !self.answers.is_empty() => {
                    let which = self.dice.below(self.answers.len() as u64) as usize;
                    self.answers[which].clone()
                }
                1 => {
                    let mut draft = Draft::licensed(self.server.time, digest, &lease(self.server.time, 1 << 40));
                    draft.key = Key::new(41);
                    draft.body()
                }
                _ => {
                    // The true answer to another request.
                    Draft::licensed(self.server.time, [2; 32], &lease(self.server.time, 1 << 40)).body()
                }
            };
            if self.dice.one_in(3) {
                let bit = self.dice.below(forged.len() as u64 * 8) as usize;
                forged[bit / 8] ^= 1 << (bit % 8);
            }
            let heard = self.hear(&forged);
            assert!(heard.is_err(), "{heard:?}");
        }
        self.camera.client.handle_failure(self.camera.uptime);
    }

    /// Nothing is recorded without a lease that is alive and in force by the floor.
    fn judge(&mut self) {
        let floor = self.camera.client.floor(self.camera.uptime).0;
        let best = self.leases.iter().skip(self.dead as usize + 1).max().copied().unwrap_or_default();
        for records in [self.camera.records(), self.worth()] {
            assert!(!records || best > floor, "it records at {floor}, and its last lease ended at {best}");
            self.recorded += usize::from(records);
        }
        assert!(floor <= self.server.time + 120, "the floor is ahead of every signed time");
    }
}

#[test]
fn a_camera_lives_through_months_of_misfortune() {
    let (mut recorded, mut taken, mut cuts) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for step in 0..STEPS {
            let outcome = catch_unwind(AssertUnwindSafe(|| world.step()));
            if let Err(panic) = outcome {
                eprintln!("seed {seed}, step {step}");
                resume_unwind(panic);
            }
        }
        recorded += world.recorded;
        taken += world.taken;
        cuts += world.cuts;
    }
    // It was not all misfortune.
    let steps = STEPS * SEEDS as usize;
    assert!(recorded > steps / 4 && taken > steps / 8 && cuts > steps / 40, "{recorded} {taken} {cuts} of {steps}");
}
