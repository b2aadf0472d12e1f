//! A site with devices in every state, and its administration.

use core::time::Duration;
use std::time::Instant;

use hwlicense::hwid::Hwid;
use hwlicense::license::Class;
use hwlicense::primary::Authentication;
use hwlicense::update::Progress;
use hwlicense_server::store::{
    Access, AnyStore, ContactsRow, DeliveryRow, Location, Stage, Store as _, StoreError, UsageRow,
};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use crate::bench::Bench;
use crate::cluster::Cluster;
use crate::device::{Device, exchange};
use crate::process::{Process, log_of};

/// A name that does harm wherever it is taken for something else than text.
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// A server that runs, with tokens of an administrator and of a reader.
pub(super) struct Site {
    pub(super) bench: Bench,
    pub(super) process: Process,
    /// Where the administration is, as `http://127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) token: String,
    pub(super) reader: String,
    /// Key of the first licence.
    pub(super) key: String,
    /// Its ledger.
    location: Location,
    /// Where the ledger is, if it is no file.
    _cluster: Option<Cluster>,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn of(mut response: Response<ureq::Body>) -> Self {
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        Self { status, headers, body: response.body_mut().read_to_string().unwrap() }
    }

    #[track_caller]
    pub(super) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Asks, and takes every status for an answer.
pub(super) fn agent() -> Agent {
    let timeout = Some(Duration::from_secs(30));
    Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(timeout).build().into()
}

impl Site {
    /// A site with a licence for so many channels.
    pub(super) fn new(count: u32) -> Self {
        Self::start(count, None, "admin.listen=http://127.0.0.1:0")
    }

    /// The same, with its ledger in PostgreSQL; `None`, said aloud, where there is none.
    pub(super) fn on_postgres(count: u32) -> Option<Self> {
        let cluster = Cluster::start(&[])?;
        Some(Self::start(count, Some(cluster), "admin.listen=http://127.0.0.1:0"))
    }

    /// A site whose administration is reached as this setting says.
    pub(super) fn reached(setting: &str) -> Self {
        Self::start(1, None, setting)
    }

    fn start(count: u32, cluster: Option<Cluster>, setting: &str) -> Self {
        let bench = Bench::with_desk();
        bench
            .run("key certify --root root.key --issuer desk.pub --name Desk --kinds entitlement,revocation-list,update-manifest --out site.cert")
            .ends(0);
        let database = cluster.as_ref().map(|cluster| cluster.database("ledger"));
        let option = database.as_ref().map_or_else(String::new, |url| format!(" --database {url}"));
        bench.run(&format!("server init site --trust root.pub{option}")).ends(0);
        let location = match &database {
            Some(url) => Location::parse(url, bench.folder()).unwrap(),
            None => Location::Sqlite(bench.path("site/ledger.sqlite")),
        };
        entitle(&bench, "first.hwl", &format!("--class professional --count {count}"));
        let imported = bench.run("server import first.hwl --config site/server.toml --json").ends(0).json();
        let key = imported["files"][0]["license_key"].as_str().unwrap().to_owned();
        bench.run("server token new ann --out ann.token --config site/server.toml").ends(0);
        bench.run("server token new guard --read-only --out guard.token --config site/server.toml").ends(0);
        let read = |name| String::from_utf8(bench.get(name)).unwrap();
        let (token, reader) = (read("ann.token"), read("guard.token"));
        let systems = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/systems/harbour.json");
        let settings = format!("--set {setting} --set admin.systems={systems},/srv/old-harbour.json");
        let process = Process::start(&bench, &settings);
        let address = administration(&bench);
        Self { bench, process, address, token, reader, key, location, _cluster: cluster }
    }

    /// Asks with the administrator's token.
    pub(super) fn get(&self, path: &str) -> Answer {
        self.get_as(&self.token, path)
    }

    pub(super) fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = agent().get(format!("{}{path}", self.address));
        Answer::of(request.header("authorization", format!("Bearer {token}")).call().unwrap())
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&self.token, path, body)
    }

    pub(super) fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = agent().post(format!("{}{path}", self.address));
        let request = request.header("authorization", format!("Bearer {token}")).content_type("application/json");
        Answer::of(request.send(body.to_string()).unwrap())
    }

    pub(super) fn post_bytes(&self, path: &str, body: &[u8]) -> Answer {
        let request = agent().post(format!("{}{path}", self.address));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        Answer::of(request.send(body).unwrap())
    }

    /// Logs in as a browser does; the cookie of the session.
    pub(super) fn log_in(&self) -> String {
        let fields = [("token", self.token.as_str())];
        let entered = agent().post(format!("{}/login", self.address)).send_form(fields).unwrap();
        assert_eq!(entered.status(), 303);
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Asks without a token, with these headers.
    pub(super) fn bare(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = agent().get(format!("{}{path}", self.address));
        Answer::of(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).call().unwrap())
    }

    /// Makes contact with new devices of these numbers.
    pub(super) fn contact(&self, numbers: core::ops::RangeInclusive<u8>, name: &str) -> Vec<Device> {
        let met = numbers.map(|number| {
            let mut device = Device::new(number, &format!("{name}-{number:02}"));
            device.contact(self.process.address);
            device
        });
        met.collect()
    }

    /// Fills the site: devices that record, wait, are two, were never seen or are silent, and a past.
    pub(super) fn populate(&self) {
        // The first shows that it has its secret, so that a copy of it is noticed.
        self.contact(1..=14, "quay")[0].contact(self.process.address);
        let soon = jiff::Timestamp::from_second(i64::try_from(now() + 8 * 86_400).unwrap()).unwrap();
        entitle(&self.bench, "edge.hwl", &format!("--class edge --count 8 --expires {soon}"));
        entitle(&self.bench, "wall.hwl", "--class video-wall --count 4");
        self.bench.run("server import edge.hwl wall.hwl --config site/server.toml").ends(0);
        self.contact(15..=17, "gate");
        let mut hostile = Device::new(18, HOSTILE);
        hostile.contact(self.process.address);
        // A second device with the Hardware ID of the first, and one that lost its memory.
        let mut copy = Device::new(1, "quay-01");
        for _ in 0..2 {
            let body = copy.request(hwlicense::primary::Operation::Contact, Authentication::None);
            exchange(self.process.address, &body).unwrap();
        }
        self.bench.put("cameras.csv", format!("name,hwid,key,note\ncrane-1,,{},by the crane\ncrane-2,,,\n", self.key));
        self.bench.run("server expect --csv cameras.csv --config site/server.toml").ends(0);
        self.bench.put("dome.img", [7; 40_000]);
        self.bench
            .run(
                "update sign dome.img --key desk.key --certificate site.cert --brand acme --component firmware --models \
                 dome-4,dome-6 --hardware 1-3 --version 2.7.1 --security-version 5 --share 100% --out dome.hwlup",
            )
            .ends(0);
        self.bench.run("update publish dome.hwlup dome.img --config site/server.toml").ends(0);
        self.make_a_past();
    }

    /// Its ledger, opened beside the server.
    pub(super) fn store(&self) -> AnyStore {
        AnyStore::open(&self.location, Access::Write).unwrap()
    }

    /// Thirty days of statistics, and devices that were not heard for a while.
    fn make_a_past(&self) {
        let mut store = self.store();
        let written: Result<(), StoreError> = store.transaction(|tx| {
            for number in 4..=6 {
                let hwid = Hwid { scheme: 3, bytes: [number; 16] };
                let mut client = tx.client_by_hwid(hwid)?.unwrap();
                client.last_contact.0 -= 11 * 3_600;
                tx.update_client(&client)?;
            }
            let update = tx.updates()?.remove(0).id;
            for (index, client) in (0u16..).zip(tx.clients_after(None, 16)?) {
                let stage = match index {
                    0..=8 => Stage::Reported(Progress::Installed),
                    9 | 10 => Stage::Reported(Progress::Ready),
                    11..=13 => Stage::Reported(Progress::Downloading(index * 50)),
                    14 => Stage::Reported(Progress::Failed(1)),
                    _ => Stage::Offered,
                };
                let at = client.last_contact;
                tx.put_delivery(&DeliveryRow {
                    update,
                    client: client.id,
                    stage,
                    failures: u32::from(index == 14),
                    round: 0,
                    offered: at,
                    first_report: Some(at),
                    last_report: Some(at),
                })?;
            }
            let now = u32::try_from(now() / 3_600).unwrap();
            for back in 1..720u32 {
                let hour = now - back;
                let day = (720 - back) / 24;
                let licensed = 28 + (hour * 7 % 13) + if (7..19).contains(&(hour % 24)) { 14 } else { 0 };
                let refused = u32::from(hour % 11 == 0) * 3;
                tx.add_contacts(&ContactsRow { hour, licensed, waiting: hour % 5, refused, put_off: 0 })?;
                let (used, capacity) = ((3 + day * 2 / 5).min(14), if day < 9 { 8 } else { 14 });
                tx.raise_usage(&UsageRow { hour, class: Class::PROFESSIONAL, used, capacity })?;
            }
            Ok(())
        });
        written.unwrap();
    }

    /// Waits until no job runs, and gives the jobs.
    pub(super) fn jobs(&self) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let jobs = self.get("/api/v1/jobs").is(200).json();
            let list = jobs["jobs"].as_array().unwrap();
            if list.iter().all(|job| job["state"] != json!("running")) {
                return jobs;
            }
            assert!(Instant::now() < deadline, "{jobs}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Issues an entitlement into a file.
pub(super) fn entitle(bench: &Bench, file: &str, terms: &str) {
    bench
        .run(&format!(
            "entitlement issue --key desk.key --certificate site.cert --server site/registration.json --brand acme \
             {terms} --out {file}"
        ))
        .ends(0);
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Where the log says that the administration is.
fn administration(bench: &Bench) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let log = log_of(bench);
        // A line that is not whole yet could end within the number.
        let mut lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        if let Some(line) = lines.find(|line| line.contains("administration") && line.contains("://")) {
            let rest = &line[line.find("http").unwrap()..];
            return rest[..rest.find(['\n', '"', ' ']).unwrap()].to_owned();
        }
        assert!(Instant::now() < deadline, "no administration: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
