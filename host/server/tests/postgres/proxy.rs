//! A way to the database that is cut at the worst moment.

use core::sync::atomic::{AtomicU8, Ordering::SeqCst};
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

/// When the way is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    Never,
    /// A commit is lost on its way.
    BeforeCommit,
    /// The commit happens, and nobody hears of it.
    AfterCommit,
}

/// A socket that passes everything on, until a commit comes and it is to be cut.
pub struct Proxy {
    folder: TempDir,
    cut: Arc<AtomicU8>,
}

impl Proxy {
    /// Before the socket that is in this folder.
    pub fn before(server: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let (server, watched) = (server.join(".s.PGSQL.5432"), Arc::clone(&cut));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, cut) = (UnixStream::connect(&server).unwrap(), Arc::clone(&watched));
                let (mut back, mut answers) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
                std::thread::spawn(move || pass(client, server, &cut));
            }
        });
        Self { folder, cut }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.folder.path().to_str().unwrap().replace('/', "%2F"))
    }

    /// Cuts the way at the next commit.
    pub fn cut_at_commit(&self, cut: Cut) {
        self.cut.store(cut as u8, SeqCst);
    }
}

fn pass(mut client: UnixStream, mut server: UnixStream, cut: &AtomicU8) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let bytes = &buffer[..length];
        if cut.load(SeqCst) != Cut::Never as u8 && bytes.windows(7).any(|word| word == b"COMMIT\0") {
            // The answer goes nowhere; the next connection is a whole one.
            client.shutdown(std::net::Shutdown::Both).unwrap();
            if cut.swap(Cut::Never as u8, SeqCst) == Cut::AfterCommit as u8 {
                server.write_all(bytes).unwrap();
                std::thread::sleep(Duration::from_millis(300));
            }
            return;
        }
        if server.write_all(bytes).is_err() {
            return;
        }
    }
}
