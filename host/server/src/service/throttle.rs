//! How often one device may ask.
//!
//! A device is a HWID at an address. By the HWID, because a site behind one router has one address for
//! a thousand cameras. By the address as well, because a HWID is no secret: somebody elsewhere who
//! names it must not keep the camera from its server.

use core::net::IpAddr;
use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hwlicense::hwid::Hwid;

/// Most devices that are remembered of each interval. Those beyond are served: they are more than a
/// server has clients, and the number of connections is bounded anyway.
const DEVICES_MAX: usize = 65_536;

type Device = (u8, [u8; 16], IpAddr);

/// Remembers which device was served when, for as long as it matters.
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    served: Mutex<Served>,
}

/// Two generations: after an interval the older one holds nothing that matters and is dropped whole.
#[derive(Debug)]
struct Served {
    began: Instant,
    recent: HashMap<Device, Instant>,
    older: HashMap<Device, Instant>,
}

impl Throttle {
    /// Lets each device ask once in an interval.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        let served = Served { began: now, recent: HashMap::new(), older: HashMap::new() };
        Self { interval, served: Mutex::new(served) }
    }

    /// Takes note that a device asks: nothing if it may, or after how many seconds it may again. Being
    /// refused does not put that off.
    pub(super) fn wait_s(&self, hwid: Hwid, address: IpAddr, now: Instant) -> Option<u32> {
        let device = (hwid.scheme, hwid.bytes, address);
        // Whoever panicked with it left whole rows.
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(served.began) >= self.interval {
            served.older = core::mem::take(&mut served.recent);
            served.began = now;
        }
        let last = served.recent.get(&device).or_else(|| served.older.get(&device));
        let wait = last.and_then(|last| self.interval.checked_sub(now.saturating_duration_since(*last)));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Some(u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX));
        }
        if served.recent.len() < DEVICES_MAX {
            served.recent.insert(device, now);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    const NEAR: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 0, 1));
    const FAR: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 1));

    fn hwid(number: u32) -> Hwid {
        let mut bytes = [0; 16];
        bytes.first_chunk_mut::<4>().unwrap().copy_from_slice(&number.to_be_bytes());
        Hwid { scheme: 3, bytes }
    }

    #[test]
    fn a_device_is_served_once_in_an_interval_and_others_do_not_count() {
        let start = Instant::now();
        let at = |millis| start.checked_add(Duration::from_millis(millis)).unwrap();
        let throttle = Throttle::new(Duration::from_secs(2), start);
        let ask = |number, address, millis| throttle.wait_s(hwid(number), address, at(millis));
        assert_eq!(ask(1, NEAR, 1_500), None);
        assert_eq!(ask(1, NEAR, 1_501), Some(2));
        assert_eq!(ask(2, NEAR, 1_501), None, "another device behind the same router");
        assert_eq!(ask(1, FAR, 1_501), None, "somebody who only names the device");
        assert_eq!(ask(1, NEAR, 3_000), Some(1), "in the next generation as well");
        assert_eq!(ask(1, NEAR, 3_500), None, "being refused did not put it off");
        assert_eq!(ask(1, NEAR, 3_600), Some(2));
        assert_eq!(ask(1, NEAR, 60_000), None);
    }

    #[test]
    fn without_an_interval_everybody_is_served() {
        let start = Instant::now();
        let throttle = Throttle::new(Duration::ZERO, start);
        assert!((0..3).all(|_| throttle.wait_s(hwid(1), NEAR, start).is_none()));
    }

    #[test]
    fn a_flood_of_devices_takes_bounded_memory_and_is_forgotten() {
        let start = Instant::now();
        let throttle = Throttle::new(Duration::from_secs(2), start);
        for number in 0..100_000 {
            assert_eq!(throttle.wait_s(hwid(number), NEAR, start), None);
        }
        assert_eq!(throttle.served.lock().unwrap().recent.len(), DEVICES_MAX);
        for seconds in [2, 4] {
            throttle.wait_s(hwid(0), NEAR, start.checked_add(Duration::from_secs(seconds)).unwrap());
        }
        let served = throttle.served.lock().unwrap();
        assert_eq!((served.recent.len(), served.older.len()), (1, 1));
    }
}
