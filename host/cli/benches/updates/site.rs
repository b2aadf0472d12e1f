//! A site with an update: keys, an entitlement, an image, and the server itself, made with the command.

use core::time::Duration;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::exchange::{Ports, Target};

/// Brand of the clients and of the devices.
pub(crate) const BRAND: &str = "load";
/// Bytes of the image.
pub(crate) const IMAGE_BYTES: usize = 16 << 20;

/// A server that runs.
pub(crate) struct Site {
    _folder: TempDir,
    server: Child,
    pub(crate) port: u16,
    pub(crate) target: Target,
}

fn hwlicense(folder: &Path, line: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwlicense"));
    let output = command.args(line.split_whitespace()).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Site {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        // Bytes that no file system and no network can make fewer.
        let mut state = 1u64;
        let image = core::iter::repeat_with(|| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 56) as u8
        });
        fs::write(at.join("dome.img"), image.take(IMAGE_BYTES).collect::<Vec<u8>>()).unwrap();
        let desk = "--key desk.key --certificate desk.cert";
        for line in [
            "key new --root --out vendor.key --no-passphrase",
            "key new --issuer --out desk.key --no-passphrase",
            "key certify --root vendor.key --issuer desk.pub --name Desk --kinds entitlement,update-manifest \
             --count-max 1000000 --out desk.cert",
            "server init site --trust vendor.pub",
            &format!(
                "entitlement issue {desk} --server site/registration.json --brand {BRAND} --class edge --count 1000000 \
                 --per-client 1 --out edge.entitlement"
            ),
            "server import --config site/server.toml edge.entitlement",
            &format!(
                "update sign dome.img {desk} --brand {BRAND} --component firmware --models dome --version 2.0 \
                 --security-version 0 --out dome.hwlup"
            ),
            "update publish dome.hwlup dome.img --config site/server.toml",
        ] {
            hwlicense(at, line);
        }
        let plain = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = [
            &format!("listen=tcp://127.0.0.1:{plain}"),
            "limits.device_interval_s=0",
            "updates.at_once=100000",
            "log.level=warn",
        ];
        let server = Command::new(env!("CARGO_BIN_EXE_hwlicense"))
            .args(["serve", "--config", "site/server.toml"])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .current_dir(at)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(at.join("log")).unwrap())
            .spawn()
            .unwrap();
        let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let target = Target { ports: vec![Ports { plain, tls: 0 }], authority: pair.cert.der().to_vec() };
        let site = Self { _folder: folder, server, port: plain, target };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", plain)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        site
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
