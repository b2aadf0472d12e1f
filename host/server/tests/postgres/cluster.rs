//! A real PostgreSQL for tests: a cluster of Debian's package in a folder of its own, reached by a socket.

use core::time::Duration;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

/// How long PostgreSQL may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// PostgreSQL's programs; `None`, said aloud, where they are not installed. CI has them.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").is_file());
    found.sort();
    let newest = found.pop();
    if newest.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI must have PostgreSQL: cargo xtask setup installs it");
        eprintln!("SKIPPED: PostgreSQL is not installed (Debian's package postgresql; cargo xtask setup)");
    }
    newest
}

/// A cluster that runs. It is gone when this is dropped.
pub struct Cluster {
    bin: PathBuf,
    folder: TempDir,
    settings: Vec<String>,
    port: u16,
    server: Option<Child>,
}

/// The port of its socket, unless it has another one.
const PORT: u16 = 5432;

impl Cluster {
    /// A new cluster with these settings; `None` where there is no PostgreSQL.
    pub fn start(settings: &[&str]) -> Option<Self> {
        let cluster = Self::folder(programs()?, settings);
        let data = cluster.data();
        cluster.program("initdb", &["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", path(&data)]);
        Some(cluster.running())
    }

    /// A new cluster that is reached on 127.0.0.1 too, with TLS; and its port there.
    pub fn start_tls(certificate: &str, key: &str) -> Option<(Self, u16)> {
        let mut cluster = Self::folder(programs()?, &[]);
        cluster.port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (certificate, key) = (cluster.file("tls.pem", certificate), cluster.file("tls.key", key));
        cluster.settings = vec![
            "listen_addresses=127.0.0.1".into(),
            format!("port={}", cluster.port),
            "ssl=on".into(),
            format!("ssl_cert_file={certificate}"),
            format!("ssl_key_file={key}"),
        ];
        let data = cluster.data();
        cluster.program("initdb", &["-N", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", path(&data)]);
        let cluster = cluster.running();
        let port = cluster.port;
        Some((cluster, port))
    }

    /// A file that PostgreSQL may read; its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        if let Some(user) = unprivileged() {
            chown(&file, Some(user), Some(user)).unwrap();
        }
        path(&file).to_owned()
    }

    /// A replica that follows this one by streaming. Its name there is `replica`.
    pub fn replica(&self) -> Self {
        let replica = Self::folder(self.bin.clone(), &[]);
        let data = replica.data();
        let from = format!("host={} user=postgres application_name=replica", path(self.folder.path()));
        self.program("pg_basebackup", &["-D", path(&data), "-d", &from, "-R", "-X", "stream", "-c", "fast", "-N"]);
        replica.running()
    }

    fn folder(bin: PathBuf, settings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        if let Some(user) = unprivileged() {
            chown(folder.path(), Some(user), Some(user)).unwrap();
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            bin,
            folder,
            settings: settings.iter().map(|text| (*text).to_owned()).collect(),
            port: PORT,
            server: None,
        }
    }

    fn running(mut self) -> Self {
        self.resume();
        self
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it, again after it was stopped.
    pub fn resume(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = self.command("postgres");
        command.args(["-D", path(&self.data()), "-k", path(self.folder.path()), "-c", "listen_addresses="]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        self.server = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let deadline = Instant::now() + PATIENCE;
        while !self.command("pg_isready").args(["-q", "-h", path(self.folder.path())]).status().unwrap().success() {
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it as a crash does: nothing is written any more, sessions are cut.
    pub fn crash(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until a query gives this.
    pub fn until(&self, sql: &str, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.sql("postgres", sql) != wanted {
            assert!(Instant::now() < deadline, "{sql}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes a replica the primary.
    pub fn promote(&self) {
        self.program("pg_ctl", &["promote", "-w", "-D", path(&self.data())]);
    }

    /// Runs SQL as the owner of everything; what it gives, without decoration.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let arguments = ["-h", path(self.folder.path()), "-U", "postgres", "-d", database, "-XAtq", "-c", sql];
        self.program("psql", &["-v", "ON_ERROR_STOP=1"].into_iter().chain(arguments).collect::<Vec<_>>())
    }

    /// Runs SQL as somebody, which must fail; what is said.
    pub fn refused(&self, user: &str, database: &str, sql: &str) -> String {
        let output = self.command("psql").args(["-U", user, "-d", database, "-XAtq", "-c", sql]).output().unwrap();
        assert!(!output.status.success(), "{user} may do this: {sql}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Makes an empty database; its URL.
    pub fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url("postgres", name)
    }

    /// The URL of a database for a user.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@{}/{database}", path(self.folder.path()).replace('/', "%2F"))
    }

    /// Runs one of PostgreSQL's programs; what it says.
    pub fn program(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(name).args(arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} {arguments:?}: {words}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        if let Some(user) = unprivileged() {
            command.uid(user).gid(user);
        }
        command.current_dir(self.folder.path()).env("PGHOST", self.folder.path()).env("PGUSER", "postgres");
        command.env("PGPORT", self.port.to_string());
        command
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.crash();
    }
}

/// Who PostgreSQL runs as where the tests run as root, which it refuses: nobody.
fn unprivileged() -> Option<u32> {
    const NOBODY: u32 = 65_534;
    let id = Command::new("id").arg("-u").output().unwrap();
    (id.stdout.trim_ascii() == b"0").then_some(NOBODY)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
