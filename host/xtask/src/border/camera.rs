//! The camera example in C with a real Primary Server: from an entitlement to a licence, through an
//! outage and a restart of the camera, and back.

use core::time::Duration;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{RUN_TIME_MAX, WARNINGS, folder, hex};
use crate::archive;
use crate::command::{command, find, output_within, run};
use crate::lint::host_cargo;
use crate::stage::Outcome;
use crate::toolchain::host;
use crate::tree;

/// The machine of the camera.
const HWID: &str = "034b929dc1700bed72c66578bf5c3a1da8";
/// A camera asks for its first licence within ten seconds.
const PATIENCE: Duration = Duration::from_secs(40);
/// Between two looks at what a program has said.
const LOOK: Duration = Duration::from_millis(50);

/// What the camera says in each state, in this order.
const LICENSED: &[&str] =
    &["state      licensed:", "reason     valid: The licence is valid. Nothing to do.", "recording  4 channels"];
const CONTACT_LOST: &[&str] = &["contact    no answer", "state      contact-lost:", "recording  4 channels"];

/// Sets a site up, and plays the scenes.
pub(crate) fn all() -> Result<Outcome> {
    if find("cc").is_none() || find("kill").is_none() {
        return Ok(Outcome::Skipped("no cc or no kill".to_owned()));
    }
    run(host_cargo("build")?.args(["--package", "hwlicense-cli"]))?;
    let work = folder("camera")?;
    // Keys and ledger of an earlier run are of no use.
    std::fs::remove_dir_all(&work)?;
    let site = Site { work: folder("camera")?, tool: tree::output()?.join("debug/hwlicense"), port: free_port()? };
    site.set_up()?;
    site.play(&build(&site.work)?)?;
    Ok(Outcome::Done)
}

/// A port that nobody listens on.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn build(work: &Path) -> Result<PathBuf> {
    let camera = work.join("camera");
    let mut cc = command("cc", &tree::root()?.join("examples/camera-client-c"));
    cc.args(["-std=c99", "-O2"]).args(WARNINGS).arg("-I").arg(archive::exports::include()?);
    cc.args(["-I", "../server-c", "main.c", "network.c", "storage.c", "../server-c/machine.c"]);
    cc.arg(archive::host_shared()?).arg(format!("-Wl,-rpath,{}", archive::folder(&host()?)?.display()));
    run(cc.arg("-o").arg(&camera))?;
    Ok(camera)
}

/// A vendor, a Primary Server and a camera.
struct Site {
    work: PathBuf,
    tool: PathBuf,
    port: u16,
}

impl Site {
    /// Runs the command `hwlicense` and gives what it prints.
    fn hwlicense(&self, line: &str) -> Result<String> {
        let mut tool = command(&self.tool, &self.work);
        output_within(tool.args(line.split_whitespace()), RUN_TIME_MAX).with_context(|| format!("hwlicense {line}"))
    }

    /// The keys of a vendor, a server, and an entitlement for it.
    fn set_up(&self) -> Result<()> {
        self.hwlicense("quickstart vendor")?;
        self.hwlicense("server init site --trust vendor/vendor.pub")?;
        self.hwlicense(
            "entitlement issue --key vendor/issuer.key --certificate vendor/issuer.cert \
             --server site/registration.json --brand quickstart --class edge --count 8 --per-client 4 \
             --out site.entitlement",
        )?;
        self.hwlicense("server import site.entitlement --config site/server.toml")?;
        let shown: Value = serde_json::from_str(&self.hwlicense("key show vendor/vendor.pub --json")?)?;
        let root = shown.get("public_key").and_then(Value::as_str).and_then(hex).context("no root key")?;
        Ok(std::fs::write(self.work.join("root.key"), root)?)
    }

    /// From the first request to a licence, an outage with a restart in it, and back.
    fn play(&self, camera: &Path) -> Result<()> {
        let server = self.serve()?;
        let first = self.start_camera(camera, "first.log")?;
        first.says(LICENSED)?;
        server.end()?;
        first.contact_now()?;
        first.says(CONTACT_LOST)?;
        first.end()?;
        let second = self.start_camera(camera, "second.log")?;
        second.says(LICENSED)?;
        second.contact_now()?;
        second.says(CONTACT_LOST)?;
        let server = self.serve()?;
        second.contact_now()?;
        second.says(&[CONTACT_LOST, LICENSED].concat())?;
        second.end()?;
        server.end()?;
        let clients = self.hwlicense("server clients --config site/server.toml --json")?;
        if clients.matches(HWID).count() == 0 || !clients.contains("camera-client-c") {
            bail!("the ledger does not know the camera:\n{clients}");
        }
        eprintln!("camera-client-c: licensed, kept through an outage and a restart, and back");
        Ok(())
    }

    fn serve(&self) -> Result<Beside> {
        let mut tool = command(&self.tool, &self.work);
        let listen = format!("listen=tcp://127.0.0.1:{}", self.port);
        tool.args(["serve", "--config", "site/server.toml", "--set", &listen]);
        let server = Beside::start(tool, self.work.join("server.log"))?;
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if began.elapsed() > PATIENCE {
                bail!("the server does not listen:\n{}", server.said()?);
            }
            sleep(LOOK);
        }
        Ok(server)
    }

    fn start_camera(&self, camera: &Path, log: &str) -> Result<Beside> {
        let mut program = command(camera, &self.work);
        program.arg(format!("127.0.0.1:{}", self.port)).args(["state.bin", "root.key", "quickstart", HWID]);
        Beside::start(program, self.work.join(log))
    }
}

/// A program that runs beside this one, and what it says.
struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    fn start(mut program: Command, log: PathBuf) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        program.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = program.spawn().with_context(|| format!("cannot start {program:?}"))?;
        Ok(Self { child, log })
    }

    fn said(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    /// Waits until it has said these lines, one after the other.
    fn says(&self, lines: &[&str]) -> Result<()> {
        let began = Instant::now();
        loop {
            let said = self.said()?;
            let mut rest = Some(said.as_str());
            for line in lines {
                rest = rest.and_then(|rest| rest.split_once(line)).map(|(_, after)| after);
            }
            if rest.is_some() {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!("{lines:?} is missing in:\n{said}");
            }
            sleep(LOOK);
        }
    }

    fn signal(&self, name: &str) -> Result<()> {
        run(command("kill", &tree::root()?).args([&format!("-{name}"), &self.child.id().to_string()]))
    }

    /// Somebody asks for a contact.
    fn contact_now(&self) -> Result<()> {
        self.signal("HUP")
    }

    /// Tells it to end, which it does without a complaint.
    fn end(mut self) -> Result<()> {
        self.signal("TERM")?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("{status}:\n{}", self.said()?) }
    }
}

impl Drop for Beside {
    /// Nothing stays behind when a scene fails.
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
