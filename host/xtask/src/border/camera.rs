//! The camera example in C with a real Primary Server: from an entitlement to a licence, through an
//! outage and a restart of the camera, and back; then from one version of its software to the next, over a
//! power cut in the middle of the download.

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

/// Bytes of the new image: with the rate below some seconds of download.
const IMAGE_BYTES: usize = 200_000;
/// Parts that a device gets in a second.
const PARTS_PER_S: &str = "updates.device_per_s=10";
/// What the camera says when a part of the image is stored, and when all of it is.
const A_FIFTH: &str = "update     downloading: An update is being downloaded. 20 %";
const HANDED_OVER: &str = "update     handed-over: An update is installed with the next start of the device.";
/// What it says when it starts with the update.
const UPDATED: &[&str] = &["runs       1.1.0+7", "update     installed: The device was updated."];

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
    let camera = build(&site.work)?;
    site.play(&camera)?;
    site.play_update(&camera)?;
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
    cc.args(["-I", "../server-c", "main.c", "network.c", "storage.c", "image.c", "updates.c", "../server-c/machine.c"]);
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

    /// The vendor publishes an image; the camera fetches a part of it, loses power, fetches the rest, installs
    /// it, and says so.
    fn play_update(&self, camera: &Path) -> Result<()> {
        let image: Vec<u8> = (0..=u8::MAX).rev().cycle().take(IMAGE_BYTES).collect();
        std::fs::write(self.work.join("image"), &image)?;
        std::fs::create_dir_all(self.work.join("updates"))?;
        self.publish()?;
        let server = self.serve()?;
        let first = self.start_updating(camera, "update-first.log")?;
        first.says(&["runs       1.0.0+1"])?;
        first.says(LICENSED)?;
        first.contact_now()?;
        first.says(&[A_FIFTH])?;
        first.cut_power()?;
        if self.work.join("updates/firmware").exists() {
            bail!("half an image was installed");
        }
        let second = self.start_updating(camera, "update-second.log")?;
        second.says(LICENSED)?;
        second.contact_now()?;
        second.says(&[HANDED_OVER])?;
        if second.said()?.contains(" 0 %") {
            bail!("the download began anew:\n{}", second.said()?);
        }
        second.end()?;
        let installed = std::fs::read(self.work.join("updates/firmware"))?;
        if !installed.ends_with(&image) {
            bail!("what was installed is not the image");
        }
        let third = self.start_updating(camera, "update-third.log")?;
        third.says(UPDATED)?;
        third.contact_now()?;
        self.wait_for_list("\"installed\":1")?;
        third.end()?;
        server.end()?;
        eprintln!("camera-client-c: updated over a power cut, and the server knows it");
        Ok(())
    }

    /// A release desk signs the image, and the site publishes it.
    fn publish(&self) -> Result<()> {
        self.hwlicense("key new --issuer --out updates.key --no-passphrase")?;
        self.hwlicense(
            "key certify --root vendor/vendor.key --issuer updates.pub --name Updates --kinds update-manifest \
             --out updates.cert",
        )?;
        self.hwlicense(
            "update sign image --key updates.key --certificate updates.cert --brand quickstart \
             --component firmware --models CAMERA-1 --version 1.1.0+7 --security-version 2 --chunk-kib 4 \
             --out image.hwlup",
        )?;
        self.hwlicense("update publish image.hwlup image --share 100% --config site/server.toml")?;
        Ok(())
    }

    /// Waits until the server's list of updates says this.
    fn wait_for_list(&self, words: &str) -> Result<()> {
        let began = Instant::now();
        loop {
            let list: Value = serde_json::from_str(&self.hwlicense("update list --config site/server.toml --json")?)?;
            if list.to_string().contains(words) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!("{words} is missing in {list}");
            }
            sleep(LOOK);
        }
    }

    fn serve(&self) -> Result<Beside> {
        let mut tool = command(&self.tool, &self.work);
        let listen = format!("listen=tcp://127.0.0.1:{}", self.port);
        tool.args(["serve", "--config", "site/server.toml", "--set", &listen, "--set", PARTS_PER_S]);
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
        Beside::start(self.camera(camera), self.work.join(log))
    }

    /// The same with updates.
    fn start_updating(&self, camera: &Path, log: &str) -> Result<Beside> {
        let mut program = self.camera(camera);
        program.args(["--updates", "updates"]);
        Beside::start(program, self.work.join(log))
    }

    fn camera(&self, camera: &Path) -> Command {
        let mut program = command(camera, &self.work);
        program.arg(format!("127.0.0.1:{}", self.port)).args(["state.bin", "root.key", "quickstart", HWID]);
        program
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

    /// Ends it in the middle of whatever it does.
    fn cut_power(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
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
