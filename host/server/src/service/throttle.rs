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

/// How often a device may make requests at once after a pause: for a licence, to show its new secret, to
/// give one up, and once again for an answer that was lost.
pub(super) const BURST: u32 = 4;

type Device = (u8, [u8; 16], IpAddr);

/// Remembers which device asked how often, for as long as it matters.
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    burst: u32,
    devices: Mutex<Devices>,
}

/// Until when each device has used up its share. Two generations: when the younger one is as old as a
/// share can reach, the older one holds nothing that matters and is dropped whole.
#[derive(Debug)]
struct Devices {
    began: Instant,
    recent: HashMap<Device, Instant>,
    older: HashMap<Device, Instant>,
}

impl Throttle {
    /// Lets each device ask once in an interval, and so often at once after a pause.
    pub(super) fn new(interval: Duration, burst: u32, now: Instant) -> Self {
        let devices = Devices { began: now, recent: HashMap::new(), older: HashMap::new() };
        Self { interval, burst, devices: Mutex::new(devices) }
    }

    /// Takes note that a device asks: nothing if it may, or after how many seconds it may again. Being
    /// refused does not put that off.
    pub(super) fn wait_s(&self, hwid: Hwid, address: IpAddr, now: Instant) -> Option<u32> {
        let device = (hwid.scheme, hwid.bytes, address);
        let reach = self.interval.saturating_mul(self.burst);
        // Whoever panicked with it left whole rows.
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(devices.began) >= reach {
            devices.older = core::mem::take(&mut devices.recent);
            devices.began = now;
        }
        let known = devices.recent.get(&device).or_else(|| devices.older.get(&device));
        let used = known.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let with_this = used.saturating_add(self.interval);
        if let Some(wait) = with_this.checked_sub(reach).filter(|wait| !wait.is_zero()) {
            return Some(u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX));
        }
        if let Some(until) = now.checked_add(with_this).filter(|_| devices.recent.len() < DEVICES_MAX) {
            devices.recent.insert(device, until);
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
    fn a_device_has_its_share_and_others_do_not_count() {
        let start = Instant::now();
        let at = |millis| start.checked_add(Duration::from_millis(millis)).unwrap();
        let throttle = Throttle::new(Duration::from_secs(2), BURST, start);
        let ask = |number, address, millis| throttle.wait_s(hwid(number), address, at(millis));
        for _ in 0..BURST {
            assert_eq!(ask(1, NEAR, 7_000), None);
        }
        assert_eq!(ask(1, NEAR, 7_000), Some(2));
        assert_eq!(ask(2, NEAR, 7_001), None, "another device behind the same router");
        assert_eq!(ask(1, FAR, 7_001), None, "somebody who only names the device");
        assert_eq!(ask(1, NEAR, 8_500), Some(1), "in the next generation as well");
        assert_eq!(ask(1, NEAR, 9_000), None, "being refused did not put it off");
        assert_eq!(ask(1, NEAR, 9_100), Some(2));
        let served = (10_000..110_000).step_by(100).filter(|millis| ask(1, NEAR, *millis).is_none()).count();
        assert_eq!(served, 50, "once in two seconds");
        assert!((0..BURST).all(|_| ask(1, NEAR, 200_000).is_none()), "after a pause");
    }

    #[test]
    fn without_an_interval_everybody_is_served() {
        let start = Instant::now();
        let throttle = Throttle::new(Duration::ZERO, BURST, start);
        assert!((0..100).all(|_| throttle.wait_s(hwid(1), NEAR, start).is_none()));
    }

    #[test]
    fn a_flood_of_devices_takes_bounded_memory_and_is_forgotten() {
        let start = Instant::now();
        let throttle = Throttle::new(Duration::from_secs(2), BURST, start);
        for number in 0..100_000 {
            assert_eq!(throttle.wait_s(hwid(number), NEAR, start), None);
        }
        assert_eq!(throttle.devices.lock().unwrap().recent.len(), DEVICES_MAX);
        for seconds in [8, 16] {
            throttle.wait_s(hwid(0), NEAR, start.checked_add(Duration::from_secs(seconds)).unwrap());
        }
        let devices = throttle.devices.lock().unwrap();
        assert_eq!((devices.recent.len(), devices.older.len()), (1, 1));
    }
}
