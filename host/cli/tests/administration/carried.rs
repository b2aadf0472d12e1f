//! Activation of a real agent by pictures: drawn in a terminal, read by a decoder that is not ours.

use core::time::Duration;
use std::process::{Child, Stdio};
use std::time::Instant;

use crate::bench::{Bench, other_server};
use crate::site::{Site, entitle};

/// An agent that runs, and ends with the test.
struct Agent(Child);

impl Agent {
    /// Starts one that reaches no server.
    fn start(bench: &Bench) -> Self {
        bench.put("other.json", other_server().to_string());
        let line = "agent --server 127.0.0.1:9 --trust root.pub --brand acme --class edge --from other.json --state far \
                    --name far";
        let log = std::fs::File::create(bench.path("agent.log")).unwrap();
        let agent = Self(bench.command(line.split_whitespace()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(20);
        while bench.run("agent status --state far --json").code == 2 {
            assert!(Instant::now() < deadline, "the agent does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the pictures on a terminal say, as a telephone reads them.
fn scan(terminal: &str) -> Vec<String> {
    let is_picture = |line: &&str| line.starts_with('█') || line.starts_with('▀');
    let mut pictures: Vec<Vec<Vec<char>>> = Vec::new();
    let mut inside = false;
    for line in terminal.lines() {
        let now = is_picture(&line);
        if now && !inside {
            pictures.push(Vec::new());
        }
        if now {
            pictures.last_mut().unwrap().push(line.chars().collect());
        }
        inside = now;
    }
    pictures.iter().map(|rows| decode(rows)).collect()
}

fn decode(rows: &[Vec<char>]) -> String {
    const SCALE: usize = 4;
    let side = rows[0].len();
    let is_light = |x: usize, y: usize| match (rows[y / 2][x], y % 2) {
        ('█', _) | ('▀', 0) | ('▄', 1) => true,
        _ => y >= side,
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
        if is_light(x / SCALE, y / SCALE) { 255 } else { 0 }
    });
    image.detect_grids()[0].decode().unwrap().1
}

/// The code that a terminal shows below the pictures.
fn code(terminal: &str) -> &str {
    terminal.lines().find_map(|line| line.strip_prefix("Code: ")).unwrap()
}

#[test]
fn an_agent_without_a_network_is_activated_by_pictures_both_ways() {
    let site = Site::new(1);
    let bench = &site.bench;
    entitle(bench, "edge.hwl", "--class edge --count 1");
    bench.run("server import edge.hwl --config site/server.toml").ends(0);
    let _agent = Agent::start(bench);

    let asked = bench.run("agent request --qr --state far").ends(0).stdout;
    let scanned = scan(&asked);
    assert!(!scanned.is_empty());
    let text = scanned.join("\n");
    // The command answers in pictures, the page the same in text.
    let answered =
        bench.run_with_stdin("server answer - --qr --config site/server.toml", text.as_bytes()).ends(0).stdout;
    assert!(answered.contains(code(&asked)), "both sides show the code of the request: {answered}");
    let mut pictures = scan(&answered);
    assert!(pictures.len() > 1, "a reply takes several pictures");
    pictures.reverse();
    bench.put("answer.txt", pictures.join(" "));
    let status = bench.run("agent reply answer.txt --state far --json").ends(0).json();
    assert_eq!(status["licensed"], true, "{status}");
    bench.put("half.txt", &pictures[0]);
    bench.run("agent reply half.txt --state far").ends(2).says("is missing");
}
