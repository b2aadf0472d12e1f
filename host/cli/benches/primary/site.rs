//! A site: the vendor's keys, an entitlement, and the server itself, made with the command.

use core::time::Duration;
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::exchange::Target;

/// Brand of the clients.
pub(crate) const BRAND: &str = "load";

/// A server that runs.
pub(crate) struct Site {
    folder: TempDir,
    server: Child,
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
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        hwlicense(at, &["key", "new", "--root", "--out", "vendor.key", "--no-passphrase"]);
        hwlicense(at, &["key", "new", "--issuer", "--out", "desk.key", "--no-passphrase"]);
        let certify = "key certify --root vendor.key --issuer desk.pub --name Desk --kinds entitlement --count-max 1000000 --out desk.cert";
        hwlicense(at, &certify.split(' ').collect::<Vec<_>>());
        hwlicense(at, &["server", "init", "site", "--trust", "vendor.pub"]);
        hwlicense(
            at,
            &[
                "entitlement",
                "issue",
                "--key",
                "desk.key",
                "--certificate",
                "desk.cert",
                "--server",
                "site/registration.json",
                "--brand",
                BRAND,
                "--class",
                "edge",
                "--count",
                "1000000",
                "--per-client",
                "1",
                "--out",
                "edge.entitlement",
            ],
        );
        let config = at.join("site/server.toml");
        let (plain, tls) = (free_port(), free_port());
        let authority = certificates(&at.join("site"));
        let listen = format!("listen=tcp://127.0.0.1:{plain},tls://127.0.0.1:{tls}");
        let config = config.to_str().unwrap();
        hwlicense(at, &["server", "import", "--config", config, "edge.entitlement"]);
        let server = Command::new(env!("CARGO_BIN_EXE_hwlicense"))
            .args(["serve", "--config", config, "--set", &listen])
            .args(["--set", "tls.certificate=site/tls.pem", "--set", "tls.key=site/tls.key"])
            .args(["--set", "limits.device_interval_s=0"])
            .current_dir(at)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(at.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut site = Self { folder, server, target: Target { plain, tls, authority } };
        site.wait();
        site
    }

    fn wait(&mut self) {
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.target.plain)).is_err() {
            if self.server.try_wait().unwrap().is_some() || begin.elapsed() > Duration::from_secs(20) {
                let mut log = String::new();
                fs::File::open(self.folder.path().join("log")).unwrap().read_to_string(&mut log).unwrap();
                panic!("the server does not start: {log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A line of the server's `/proc/…/status`, in MiB.
    pub(crate) fn memory_mib(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A certificate for 127.0.0.1 and its key in the folder; gives the authority that signed it.
fn certificates(folder: &Path) -> Vec<u8> {
    let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    fs::write(folder.join("tls.pem"), pair.cert.pem()).unwrap();
    fs::write(folder.join("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    pair.cert.der().to_vec()
}
