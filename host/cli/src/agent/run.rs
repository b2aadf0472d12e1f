//! The agent's loop: core's client decides, and this carries bytes for it.

use core::time::Duration;
use std::path::{Path, PathBuf};

use hwlicense::license::Report;
use hwlicense::primary::client::{Answered, Client, InputError, ReplyError, Right, Start};
use hwlicense::signed::{Ed25519, Trust};
use hwlicense::time::UnixSeconds;
use hwlicense::update::Report as UpdateReport;
use hwlicense_probe::HexBytes;
use serde_json::{Value, json};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::control::{self, Command};
use super::device::{Description, DeviceArgs};
use super::exchange::{Server, Transport, Trouble, exchange};
use super::slots::{Slots, socket_in};
use super::status::{Known, Status};
use super::updates::{Happened, Site, UpdateArgs, Updates};
use crate::clock;
use crate::exit::{Failure, Outcome};
use crate::output::{Output, json_text};
use crate::random;

/// When this software was written: no earlier time counts (2026-11-01).
const BUILT: UnixSeconds = UnixSeconds(1_793_491_200);
/// Largest frame of a request.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// How often the machine and the licence are looked at, whatever else happens, in seconds.
const LOOK_S: u64 = 3_600;

/// What an agent is started with.
pub(super) struct Setup<'s> {
    pub(super) servers: Vec<Server>,
    pub(super) transport: Transport,
    pub(super) trust: Trust<'static, Ed25519>,
    pub(super) device: &'s DeviceArgs,
    pub(super) updates: &'s UpdateArgs,
    pub(super) state: &'s Path,
    pub(super) once: bool,
    pub(super) output: Output,
}

type Exchange = JoinHandle<Result<Vec<u8>, Trouble>>;

/// The agent at work.
struct Agent<'s> {
    setup: Setup<'s>,
    client: Client<Slots>,
    description: Description,
    exchange: Option<Exchange>,
    trouble: Option<Trouble>,
    /// The server that was asked last.
    asked: String,
    report: Report,
    right: Option<Right>,
    told: Option<String>,
    /// What fetches updates, if the agent was told how.
    updates: Option<Updates>,
    /// What the device runs, as the next request says it; empty without updates.
    running: Vec<u8>,
    /// The report in the request under way.
    reported: Option<UpdateReport>,
}

/// Seconds since this machine started, also those that it slept.
fn uptime_s() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

/// Runs until a signal ends it, or with `once` until the first contact is over.
pub(super) fn run(setup: Setup<'_>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::internal("runtime", error))?;
    runtime.block_on(async { Agent::start(setup)?.work().await })
}

impl<'s> Agent<'s> {
    fn start(setup: Setup<'s>) -> Result<Self, Failure> {
        let description = Description::read(setup.device)?;
        let slots = Slots::open(setup.state)?;
        let seed = u64::from_le_bytes(random::bytes()?);
        let servers = u8::try_from(setup.servers.len()).unwrap_or(u8::MAX);
        let start = Start { built: BUILT, seed, servers, uptime_s: uptime_s() };
        let mut client = Client::load(slots, start).map_err(|error| Failure::file("read", setup.state, &error))?;
        let report = client.check(uptime_s(), &setup.trust, &description.device(&[]), |_| {});
        let updates = setup.updates.open(description.brand(), seed, servers)?;
        if setup.once {
            client.set_servers(servers, uptime_s());
        }
        let (exchange, trouble, asked, right, told) = (None, None, String::new(), None, None);
        let (running, reported) = (Vec::new(), None);
        Ok(Self {
            setup,
            client,
            description,
            exchange,
            trouble,
            asked,
            report,
            right,
            told,
            updates,
            running,
            reported,
        })
    }

    async fn work(&mut self) -> Outcome {
        let path = socket_in(self.setup.state);
        let listener = listen(&path)?;
        let _removed_at_the_end = Removed(path);
        let mut ends = Ends::new()?;
        loop {
            let is_over = self.step();
            if self.setup.once && is_over {
                break;
            }
            let pause = self.pause();
            tokio::select! {
                answer = arrived(self.exchange.as_mut()) => self.take_answer(answer),
                happened = happened(self.updates.as_mut()) => self.go_on_with_update(happened),
                Ok((stream, _)) = listener.accept() => self.serve(stream).await,
                () = tokio::time::sleep(pause) => self.look_at_the_machine(),
                () = ends.arrived() => break,
            }
        }
        let status = self.status();
        if self.setup.once {
            status.show(self.setup.output)?;
        }
        Ok(status.exit())
    }

    /// Lets the client do what is due, and gives whether a contact is over.
    fn step(&mut self) -> bool {
        let now = uptime_s();
        if let Err(error) = self.client.handle_timeout(now) {
            self.log(&json!({ "event": "not-saved", "error": error.to_string() }));
        }
        if self.exchange.is_none() {
            self.ask(now);
        }
        self.judge();
        self.update(now);
        self.exchange.is_none() && (self.trouble.is_some() || self.client.last_contact().is_some())
    }

    fn ask(&mut self, now: u64) {
        let Ok(random) = random::bytes() else { return };
        let mut buffer = vec![0; REQUEST_BYTES_MAX];
        self.running = self.updates.as_ref().map_or_else(Vec::new, Updates::running);
        let device = self.description.device(&self.running);
        match self.client.poll_transmit(now, &random, &device, &mut buffer) {
            Ok(Some(transmit)) => {
                let Some(server) = self.setup.servers.get(usize::from(transmit.server)) else { return };
                self.asked = server.to_string();
                self.reported = self.updates.as_ref().and_then(Updates::report);
                let work = exchange(server.clone(), self.setup.transport.clone(), transmit.frame.to_vec());
                self.exchange = Some(tokio::spawn(work));
            }
            Ok(None) => {}
            Err(error) => {
                let (server, message) = (self.setup.state.display().to_string(), error.to_string());
                let next_step = "Check the disk that --state is on, and that the name of the device is not too long.";
                self.log(&json!({ "event": "no-request", "message": message }));
                self.trouble = Some(Trouble { server, code: "no-request", message, next_step });
            }
        }
    }

    fn take_answer(&mut self, answer: Result<Vec<u8>, Trouble>) {
        self.exchange = None;
        let reported = self.reported.take();
        let taken = answer.and_then(|body| self.take(&body, reported));
        self.trouble = taken.err();
        if let Some(trouble) = self.trouble.clone() {
            self.log(&json!({ "event": "no-answer", "server": trouble.server, "reason": trouble.code, "message": trouble.message }));
            self.client.handle_failure(uptime_s());
        }
    }

    /// Hands the body of an answer to the client, and what it offers on.
    fn take(&mut self, body: &[u8], reported: Option<UpdateReport>) -> Result<(), Trouble> {
        let device = self.description.device(&self.running);
        let answered = self.client.handle_input(uptime_s(), body, &self.setup.trust, &device);
        let trouble = |code, message, next_step| Trouble { server: self.asked.clone(), code, message, next_step };
        match answered {
            Ok(Answered::Reply(_)) => {
                if let Some(updates) = &mut self.updates {
                    updates.replied(uptime_s(), self.client.offer(), reported);
                }
                Ok(())
            }
            Ok(Answered::Busy) => Ok(()),
            Ok(Answered::NotUnderstood(number)) => Err(trouble(
                "not-understood",
                format!("the server does not understand this agent (number {number})"),
                "Update the older of the two.",
            )),
            Err(error) => {
                let (code, next_step) = cure(&error);
                Err(trouble(code, error.to_string(), next_step))
            }
        }
    }

    fn look_at_the_machine(&mut self) {
        // A reading that fails leaves the one that was good; the next comes soon.
        if let Ok(description) = Description::read(self.setup.device) {
            self.description = description;
        }
    }

    /// Lets the update do what is due, and says so when something became of it.
    fn update(&mut self, now: u64) {
        let (Some(updates), Some(hwid)) = (&mut self.updates, self.description.hwid()) else { return };
        let site = Site { servers: &self.setup.servers, transport: &self.setup.transport };
        let trust = self.client.trust(&self.setup.trust);
        let news = updates.step(now, &site, &trust, hwid, self.client.floor(now));
        news.iter().for_each(|event| self.log(event));
    }

    /// Takes a part that came, or what became of the vendor's program.
    fn go_on_with_update(&mut self, happened: Happened) {
        let (Some(updates), Some(hwid)) = (&mut self.updates, self.description.hwid()) else { return };
        let (now, trust) = (uptime_s(), self.client.trust(&self.setup.trust));
        updates.handle(now, happened, &trust, hwid, self.client.floor(now));
    }

    /// Judges what the client holds, and says so when it changed.
    fn judge(&mut self) {
        let mut best: Option<Right> = None;
        let better = |right: &Right| {
            let is_good = right.report.verdict.grant().is_some();
            if is_good && best.is_none_or(|best| best.count < right.count) {
                best = Some(*right);
            }
        };
        self.report = self.client.check(uptime_s(), &self.setup.trust, &self.description.device(&self.running), better);
        self.right = best;
        let status = self.status();
        let told = format!("{} {} {:?}", status.state, status.reason, status.license_key);
        if self.told.as_ref() != Some(&told) {
            self.told = Some(told);
            self.log(&json!({
                "event": "state", "licensed": status.licensed, "state": status.state, "reason": status.reason,
                "message": status.message, "next_step": status.next_step, "until": status.until,
            }));
        }
    }

    fn status(&self) -> Status {
        let now = uptime_s();
        Status::of(Known {
            report: self.report,
            right: self.right,
            state: self.client.state(),
            refusal: self.client.refusal(),
            trouble: self.trouble.as_ref(),
            hwid: self.description.hwid().map_or_else(String::new, |hwid| hwid.to_string()),
            last_contact: self.client.last_contact().map(clock::show),
            next_contact_s: self.client.next_contact().map(|at| at.saturating_sub(now)),
            update: self.updates.as_ref().map(Updates::status),
        })
    }

    fn pause(&self) -> Duration {
        let due = self.client.poll_timeout().map_or(0, |at| at.saturating_sub(uptime_s()));
        let due = self.updates.as_ref().map_or(due, |updates| updates.due(uptime_s()).min(due));
        // A second, so that the uptime, which is cut to seconds, has certainly moved on.
        Duration::from_secs(due.clamp(1, LOOK_S))
    }

    /// The client does not wait for the answer under way any more.
    fn break_off(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            exchange.abort();
        }
    }

    async fn serve(&mut self, mut stream: UnixStream) {
        if let Some(command) = control::read(&mut stream).await {
            let value = self.obey(command).unwrap_or_else(|error| json!({ "error": error }));
            self.judge();
            control::answer(stream, value).await;
        }
    }

    fn obey(&mut self, command: Command) -> Result<Value, String> {
        let now = uptime_s();
        let servers = u8::try_from(self.setup.servers.len()).unwrap_or(u8::MAX);
        match command {
            Command::Status => {}
            Command::Contact => {
                self.break_off();
                self.client.set_servers(servers, now);
            }
            Command::GiveUp { license_key } => {
                let key = license_key.parse().map_err(|error| format!("{error}"))?;
                self.client.give_up(now, key).map_err(|error| format!("the state cannot be saved: {error}"))?;
                self.break_off();
            }
            Command::Request => {
                let random = random::bytes().map_err(|failure| failure.message)?;
                let mut buffer = vec![0; REQUEST_BYTES_MAX];
                let device = self.description.device(&self.running);
                let body = self.client.write_carried(now, &random, &device, &mut buffer);
                let body = body.map_err(|error| error.to_string())?;
                return Ok(json!({ "request": HexBytes(body.to_vec()).to_string() }));
            }
            Command::Reply { body } => {
                let body = HexBytes::parse(&body).ok_or("these are no hex digits")?;
                self.take(&body.0, None).map_err(|trouble| trouble.message)?;
            }
            Command::Correct { envelope } => {
                let envelope = HexBytes::parse(&envelope).ok_or("these are no hex digits")?;
                let device = self.description.device(&self.running);
                let taken = self.client.handle_correction(now, &envelope.0, &self.setup.trust, &device);
                taken.map_err(|error| error.to_string())?;
            }
        }
        self.judge();
        serde_json::to_value(self.status()).map_err(|error| error.to_string())
    }

    /// One line of JSON on stderr for each thing that happens.
    fn log(&self, event: &Value) {
        let mut event = event.clone();
        if let Some(fields) = event.as_object_mut() {
            fields.insert("time".to_owned(), json!(clock::show(clock::now())));
        }
        self.setup.output.note(&json_text(&event));
    }
}

/// Name and cure of an answer that is not taken.
fn cure(error: &InputError<std::io::Error>) -> (&'static str, &'static str) {
    match error {
        InputError::Reply(error @ ReplyError::NotEntitled) => {
            (error.code(), "Import an entitlement on the Primary Server: `hwlicense server import FILE`.")
        }
        InputError::Reply(error) => (error.code(), "Try again; if it stays, look at the Primary Server's log."),
        InputError::NotBelieved(error) => (
            error.code(),
            "Check that --trust names the root key of this product's vendor, and that the server is the site's own.",
        ),
        InputError::Frame(error) => {
            (error.code(), "Check what listens at that address, and the versions on both sides.")
        }
        _ => ("not-saved", "Check the disk that --state is on."),
    }
}

/// What the exchange under way brings; never, if there is none.
async fn arrived(exchange: Option<&mut Exchange>) -> Result<Vec<u8>, Trouble> {
    match exchange {
        Some(exchange) => exchange.await.unwrap_or_else(|error| {
            Err(Trouble::unreachable(String::new(), format!("the exchange was broken off: {error}")))
        }),
        None => core::future::pending().await,
    }
}

/// What becomes of an update; never anything, if there is none.
async fn happened(updates: Option<&mut Updates>) -> Happened {
    match updates {
        Some(updates) => updates.happened().await,
        None => core::future::pending().await,
    }
}

/// The signals that end the agent.
struct Ends(Signal, Signal);

impl Ends {
    fn new() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(|error| Failure::internal("signals", error));
        Ok(Self(on(SignalKind::terminate())?, on(SignalKind::interrupt())?))
    }

    async fn arrived(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Whoever holds the lock of the folder owns the socket: one that is there is left over.
fn listen(path: &Path) -> Result<UnixListener, Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::file("replace", path, &error));
        }
        _ => {}
    }
    UnixListener::bind(path).map_err(|error| Failure::file("listen at", path, &error))
}

/// A file that goes when this does.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
