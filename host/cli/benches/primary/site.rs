//! A site: the vendor's keys, an entitlement, and the servers themselves, made with the command.

use core::time::Duration;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::exchange::{Ports, Target};

/// Brand of the clients.
pub(crate) const BRAND: &str = "load";

/// Servers that run on one ledger.
pub(crate) struct Site {
    folder: TempDir,
    servers: Vec<Child>,
    pub(crate) target: Target,
}

fn hwlicense(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_hwlicense")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Site {
    /// Starts so many servers on a ledger: in a file, or in the database at a URL.
    pub(crate) fn start(database: Option<&str>, servers: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        set_up(at, database);
        let authority = certificates(&at.join("site"));
        let mut site = Self { folder, servers: Vec::new(), target: Target { ports: Vec::new(), authority } };
        (0..servers).for_each(|index| site.start_server(index));
        site
    }

    fn start_server(&mut self, index: usize) {
        let at = self.folder.path();
        let log = at.join(format!("log{index}"));
        let ports = Ports { plain: free_port(), tls: free_port() };
        let listen = format!("listen=tcp://127.0.0.1:{},tls://127.0.0.1:{}", ports.plain, ports.tls);
        let mut server = Command::new(env!("CARGO_BIN_EXE_hwlicense"))
            .args(["serve", "--config", "site/server.toml", "--set", &listen])
            .args(["--set", "tls.certificate=site/tls.pem", "--set", "tls.key=site/tls.key"])
            .args(["--set", "limits.device_interval_s=0"])
            .current_dir(at)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", ports.plain)).is_err() {
            if server.try_wait().unwrap().is_some() || begin.elapsed() > Duration::from_secs(20) {
                panic!("the server does not start: {}", fs::read_to_string(log).unwrap());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.servers.push(server);
        self.target.ports.push(ports);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A line of the first server's `/proc/…/status`, in MiB.
    pub(crate) fn memory_mib(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.servers[0].id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// A vendor, a server in the folder `site`, and an entitlement for more clients than there are.
fn set_up(at: &Path, database: Option<&str>) {
    let run = |line: &str| hwlicense(at, &line.split(' ').collect::<Vec<_>>());
    run("key new --root --out vendor.key --no-passphrase");
    run("key new --issuer --out desk.key --no-passphrase");
    run(
        "key certify --root vendor.key --issuer desk.pub --name Desk --kinds entitlement --count-max 1000000 --out desk.cert",
    );
    let database = database.map_or_else(String::new, |url| format!(" --database {url}"));
    run(&format!("server init site --trust vendor.pub{database}"));
    run(&format!(
        "entitlement issue --key desk.key --certificate desk.cert --server site/registration.json --brand {BRAND} \
         --class edge --count 1000000 --per-client 1 --out edge.entitlement"
    ));
    run("server import --config site/server.toml edge.entitlement");
}

/// A certificate for 127.0.0.1 and its key in the folder; gives the authority that signed it.
fn certificates(folder: &Path) -> Vec<u8> {
    let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    fs::write(folder.join("tls.pem"), pair.cert.pem()).unwrap();
    fs::write(folder.join("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    pair.cert.der().to_vec()
}
