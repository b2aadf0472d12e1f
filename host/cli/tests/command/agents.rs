//! `agent`, with the real server on the same machine.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::bench::{Bench, Ran, other_server};

/// A program that runs beside the test, and ends with it.
pub(crate) struct Beside(Child);

impl Beside {
    /// Starts it with arguments separated by blanks; what it says goes into a file.
    pub(crate) fn start(bench: &Bench, line: &str, log: &str) -> Self {
        let log = std::fs::File::create(bench.path(log)).unwrap();
        let mut command = bench.command(line.split_whitespace());
        Self::of(command.stdout(Stdio::null()).stderr(log))
    }

    /// Starts another program.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Repeats until it is so, and fails with the last answer when it takes too long.
#[track_caller]
pub(crate) fn wait_for<T: core::fmt::Debug>(mut ask: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) -> T {
    let begin = Instant::now();
    loop {
        let answer = ask();
        if is_so(&answer) {
            return answer;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "still {answer:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A site with one entitlement of two channels, and one channel for each client.
pub(crate) struct Site {
    pub(crate) bench: Bench,
    port: u16,
}

impl Site {
    fn new() -> Self {
        let bench = Bench::with_desk();
        bench
            .run(
                "key certify --root root.key --issuer desk.pub --name Desk --kinds entitlement --out entitlements.cert",
            )
            .ends(0);
        bench.run("server init site --trust root.pub").ends(0);
        bench.put("other.json", other_server().to_string());
        Self { bench, port: free_port() }
    }

    pub(crate) fn with_entitlement() -> Self {
        let site = Self::new();
        site.entitle("edge", "--count 2 --per-client 1");
        site
    }

    /// Has the vendor issue an entitlement, and imports it.
    fn entitle(&self, class: &str, rest: &str) {
        let issue = "entitlement issue --key desk.key --certificate entitlements.cert --server site/registration.json";
        self.bench.run(&format!("{issue} --brand acme --class {class} {rest} --out {class}.entitlement")).ends(0);
        self.bench.run(&format!("server import --config site/server.toml {class}.entitlement")).ends(0);
    }

    fn serve(&self) -> Beside {
        self.serve_with("")
    }

    /// The server with further settings.
    pub(crate) fn serve_with(&self, rest: &str) -> Beside {
        let line = format!("serve --config site/server.toml --set listen=tcp://127.0.0.1:{} {rest}", self.port);
        let server = Beside::start(&self.bench, &line, "server.log");
        wait_for(|| std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok(), |is_up| *is_up);
        server
    }

    /// The line that starts an agent of the machine in `from`.
    pub(crate) fn agent_line(&self, state: &str, from: &str) -> String {
        let port = self.port;
        format!(
            "agent --server 127.0.0.1:{port} --trust root.pub --brand acme --class edge --from {from} --state {state} --name {state}"
        )
    }

    fn agent(&self, state: &str) -> Beside {
        let agent = Beside::start(&self.bench, &self.agent_line(state, "server.json"), "agent.log");
        // A socket that a killed one left behind does not answer.
        wait_for(|| self.status(state), |ran| ran.code != 2);
        agent
    }

    pub(crate) fn status(&self, state: &str) -> Ran {
        self.bench.run(&format!("agent status --state {state} --json"))
    }

    fn clients(&self) -> Value {
        self.bench.run("server clients --config site/server.toml --json").ends(0).json()
    }
}

#[test]
fn an_agent_gets_a_licence_keeps_it_through_an_outage_and_over_a_crash() {
    let site = Site::with_entitlement();
    let server = site.serve();
    let agent = site.agent("camera");
    let status = wait_for(|| site.status("camera"), |ran| ran.code == 0).json();
    assert_eq!((&status["state"], &status["channels"]), (&Value::from("licensed"), &Value::from(1)), "{status}");
    assert_eq!(status["class"], "edge");
    assert!(status["until"].is_string() && status["next_contact_s"].as_u64().unwrap() > 3 * 3_600, "{status}");

    server.kill();
    site.bench.run("agent contact --state camera").ends(0);
    let ran = wait_for(|| site.status("camera"), |ran| ran.json()["state"] == "contact-lost");
    let status = ran.ends(0).json();
    assert!(status["next_step"].as_str().unwrap().contains("nothing listens there"), "{status}");
    assert!(status["next_contact_s"].as_u64().unwrap() <= 3_600, "{status}");

    // What was acknowledged survives a crash of the device, without a server.
    agent.kill();
    let agent = site.agent("camera");
    wait_for(|| site.status("camera"), |ran| ran.code == 0);

    let _server = site.serve();
    site.bench.run("agent contact --state camera").ends(0);
    wait_for(|| site.status("camera"), |ran| ran.json()["state"] == "licensed");
    let clients = site.clients();
    assert_eq!(clients["clients"].as_array().unwrap().len(), 1, "{clients}");
    drop(agent);
    site.status("camera").ends(2).says("no agent runs");
}

#[test]
fn one_contact_is_enough_for_a_script() {
    let site = Site::with_entitlement();
    let _server = site.serve();
    let ran = site.bench.run(&format!("{} --once --json", site.agent_line("camera", "server.json"))).ends(0);
    assert_eq!(ran.json()["licensed"], true);
    let other = site.bench.run(&format!("{} --once --json", site.agent_line("door", "other.json"))).ends(0);
    assert_eq!(other.json()["licensed"], true);
    assert_ne!(ran.json()["hwid"], other.json()["hwid"]);
}

#[test]
fn what_is_given_up_is_gone_at_once_and_stays_gone() {
    let site = Site::with_entitlement();
    let _server = site.serve();
    let agent = site.agent("camera");
    let status = wait_for(|| site.status("camera"), |ran| ran.code == 0).json();
    let key = status["license_key"].as_str().unwrap().to_owned();
    let ran = site.bench.run(&format!("agent give-up {key} --state camera --json"));
    assert_ne!(ran.code, 0);
    assert_eq!(ran.json()["licensed"], false);
    drop(agent);
    let _agent = site.agent("camera");
    assert_eq!(site.status("camera").json()["licensed"], false);
    wait_for(|| site.clients(), |clients| clients["clients"][0]["state"] == "given-up");
}

#[test]
fn a_site_without_a_network_carries_files() {
    let site = Site::with_entitlement();
    let agent = site.agent("camera");
    site.bench.run("agent request --state camera --out camera.request").ends(0);
    // The answer is also taken by an agent that was started again since.
    drop(agent);
    let _agent = site.agent("camera");
    site.bench.run("server answer --config site/server.toml camera.request --out camera.answer").ends(0);
    let status = site.bench.run("agent reply camera.answer --state camera --json").ends(0).json();
    assert_eq!(status["licensed"], true);
    site.bench.run("agent reply camera.answer --state camera").ends(1).says("second time");
    for (name, bytes) in [("empty", vec![]), ("cut", site.bench.get("camera.answer")[..40].to_vec())] {
        site.bench.put(name, bytes);
        site.bench.run(&format!("agent reply {name} --state camera")).ends(2);
    }
}

#[test]
fn a_wrong_port_and_a_wrong_server_are_told_in_words() {
    let site = Site::with_entitlement();
    let once = format!("{} --once --json", site.agent_line("camera", "server.json"));
    let closed = site.bench.run(&once).ends(4).json();
    assert!(closed["message"].as_str().unwrap().contains("the port is the same on both sides"), "{closed}");

    // Something else listens there.
    let listener = TcpListener::bind(("127.0.0.1", site.port)).unwrap();
    let web = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 64]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let other = site.bench.run(&once).ends(4).json();
    assert!(other["message"].as_str().unwrap().contains("no Primary Server"), "{other}");
    web.join().unwrap();
}

#[test]
fn a_server_without_an_entitlement_is_not_believed() {
    let site = Site::new();
    let _server = site.serve();
    let ran = site.bench.run(&format!("{} --once --json", site.agent_line("camera", "server.json"))).ends(1);
    assert_eq!(ran.json()["reason"], "not-entitled");
    assert!(ran.json()["next_step"].as_str().unwrap().contains("hwlicense server import"), "{ran:?}");
}

#[test]
fn refusals_have_their_reason_and_exit_code() {
    let site = Site::new();
    site.entitle("edge", "--count 1");
    let _server = site.serve();
    site.bench.run(&format!("{} --once", site.agent_line("camera", "server.json"))).ends(0);
    let ran = site.bench.run(&format!("{} --once --json", site.agent_line("door", "other.json"))).ends(5).json();
    assert_eq!(ran["reason"], "no-capacity", "{ran}");
    assert!(ran["next_step"].as_str().unwrap().contains("hwlicense server"), "{ran}");
}

#[test]
fn two_agents_do_not_share_a_state() {
    let site = Site::new();
    let _agent = site.agent("camera");
    site.bench.run(&site.agent_line("camera", "server.json")).ends(2).says("another agent runs");
}

/// The commands of the README's section, as somebody types them who has nothing yet.
#[test]
fn the_readme_leads_from_nothing_to_licensed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let section = readme.split("\n## A Primary Server\n").nth(1).unwrap();
    let block = section.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let commands: Vec<&str> = block.lines().map(|line| line.strip_prefix("$ hwlicense ").unwrap()).collect();
    assert!(commands.len() <= 7, "no more than a person types in two minutes");
    let bench = Bench::new();
    let port = free_port();
    let mut beside = Vec::new();
    for (number, line) in commands.iter().enumerate() {
        // Port 16770 may be taken on a machine that runs tests.
        let line = line.replace("--server localhost", &format!("--server 127.0.0.1:{port}"));
        match line.strip_suffix(" &") {
            None if line.starts_with("agent status") => {
                let ran = wait_for(|| bench.run(&format!("{line} --json")), |ran| ran.code == 0);
                assert_eq!(ran.json()["licensed"], true);
            }
            None => drop(bench.run(&line).ends(0)),
            Some(line) => {
                let listen = line.starts_with("serve").then(|| format!(" --set listen=tcp://127.0.0.1:{port}"));
                beside.push(Beside::start(
                    &bench,
                    &format!("{line}{}", listen.unwrap_or_default()),
                    &number.to_string(),
                ));
            }
        }
    }
    assert_eq!(beside.len(), 2);
}
