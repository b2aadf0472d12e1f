//! A server that runs as a program.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::bench::Bench;

/// How long a server may take to start, or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. It is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Process {
    /// Starts the server of the folder `site` on a port that the system chooses.
    pub(super) fn start(bench: &Bench, rest: &str) -> Self {
        Self::start_with(bench, rest, &[])
    }

    pub(super) fn start_with(bench: &Bench, rest: &str, variables: &[(&str, &str)]) -> Self {
        let line = format!(
            "serve --config site/server.toml --set listen=tcp://127.0.0.1:0 --set limits.device_interval_s=0 {rest}"
        );
        let log = File::create(bench.path("server.log")).unwrap();
        let mut command = bench.command(line.split_whitespace());
        command.envs(variables.iter().copied()).stdout(Stdio::null()).stderr(log);
        let mut child = command.spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let address = loop {
            if let Some(address) = listening(&log_of(bench)) {
                break address;
            }
            assert!(child.try_wait().unwrap().is_none(), "it ended: {}", log_of(bench));
            assert!(Instant::now() < deadline, "it does not listen: {}", log_of(bench));
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { child, address }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop.
    pub(super) fn terminate(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap().success());
    }

    /// Kills it, as a power cut does.
    pub(super) fn kill(&self) {
        assert!(Command::new("kill").args(["-KILL", &self.id().to_string()]).status().unwrap().success());
    }

    /// Waits until it has stopped: its exit code.
    pub(super) fn wait(mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The most memory that it had at any time, in KiB.
    pub(super) fn memory_peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything that the server wrote.
pub(super) fn log_of(bench: &Bench) -> String {
    String::from_utf8(bench.get("server.log")).unwrap()
}

/// The address in the line that says where it listens, in either form of the log.
fn listening(log: &str) -> Option<SocketAddr> {
    let rest = log.split_once("tcp://")?.1;
    // A line that is not whole yet could end within the number.
    let end = rest.find(['\n', '"'])?;
    rest.get(..end)?.trim().parse().ok()
}
