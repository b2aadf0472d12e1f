//! Clients that do their worst to the program itself: what it takes of memory, and what others notice.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Instant;

use hwlicense::primary::Outcome;

use super::device::Device;
use super::licensed_site;
use super::process::{Process, log_of};

/// The most memory that the server may take here: 64 MiB. The greedy alone would take that much, if
/// what they send were kept for each of them.
const MEMORY_MAX_KIB: u64 = 64 * 1024;
/// Short connections, unless the variable `HWLICENSE_TEST_CONNECTIONS` says otherwise.
const CONNECTIONS: u32 = 5_000;

#[test]
fn memory_stays_bounded_while_everybody_sends_as_much_as_they_can() {
    let (bench, _) = licensed_site(100);
    let process = Process::start(&bench, "--set limits.frame_s=60 --set limits.connections_max=2000");
    let mut device = Device::new(1, "gate-1");
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let before = process.memory_peak_kib();

    // Frames of 64 KiB that are never whole, and lies of 4 GiB.
    let mut greedy = Vec::new();
    let part = [&[0, 1, 0, 0, 1][..], &[7; 60_000]].concat();
    for number in 0..1_000u32 {
        let mut stream = TcpStream::connect(process.address).unwrap();
        let _ = if number % 4 == 0 { stream.write_all(&[0xff; 5_000]) } else { stream.write_all(&part) };
        greedy.push(stream);
    }
    let began = Instant::now();
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let served_in = began.elapsed();
    drop(greedy);

    let named = std::env::var("HWLICENSE_TEST_CONNECTIONS").ok();
    let connections = named.map_or(CONNECTIONS, |text| text.parse().unwrap());
    for number in 0..connections {
        let mut stream = TcpStream::connect(process.address).unwrap();
        let _ = stream.write_all(&number.to_be_bytes());
    }
    assert_eq!(device.contact(process.address), Outcome::Licensed);
    let peak = process.memory_peak_kib();
    println!(
        "memory: {before} KiB before, {peak} KiB at most with 1000 greedy and {connections} short connections; a good \
         client among the greedy was served in {} ms",
        served_in.as_millis()
    );
    assert!(peak < MEMORY_MAX_KIB, "{peak} KiB");
    assert!(served_in.as_secs() < 2);
    process.terminate();
    assert_eq!(process.wait(), Some(0));
    let lines = log_of(&bench).lines().count();
    assert!(lines < 500, "the log does not grow with the attack: {lines} lines");
}
