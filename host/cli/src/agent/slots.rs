//! What must survive a power cut: two files in a folder, for the licence and for updates alike.
//!
//! The head of a slot is what makes it count, so what came before is on the disk before the head is
//! written, and the head before the write returns.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hwlicense::primary::client::{Slot, Storage, WRITE_BYTES};

use crate::exit::Failure;

/// The slots, open, and locked against a second agent.
#[derive(Debug)]
pub(super) struct Slots {
    files: [File; 2],
    /// Held as long as the agent runs.
    _lock: File,
}

impl Slots {
    /// Opens the slots in a folder, which is made if it is not there.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| Failure::file("open", &path, &error)
        };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail(folder))?;
        let open = |name: &str| -> Result<File, Failure> {
            let path = folder.join(name);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600);
            options.open(&path).map_err(fail(&path))
        };
        let lock = open("lock")?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Failure::usage(
                "agent-runs",
                format!("another agent runs with the state in {}", folder.display()),
                "Ask it with `hwlicense agent status`, or use other folders for --state and --updates.",
            ),
            TryLockError::Error(error) => Failure::file("lock", &folder.join("lock"), &error),
        })?;
        let files = [open("state.a")?, open("state.b")?];
        crate::files::sync_folder(&folder.join("lock")).map_err(fail(folder))?;
        Ok(Self { files, _lock: lock })
    }

    fn file(&self, slot: Slot) -> &File {
        let [a, b] = &self.files;
        match slot {
            Slot::A => a,
            Slot::B => b,
        }
    }
}

impl Storage for Slots {
    type Error = io::Error;

    fn read(&mut self, slot: Slot, offset: u32, bytes: &mut [u8]) -> io::Result<()> {
        bytes.fill(0);
        let mut done = 0;
        // What was never written is as good as erased.
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = u64::from(offset).saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            match self.file(slot).read_at(rest, at) {
                Ok(0) => break,
                Ok(read) => done = done.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn erase(&mut self, slot: Slot) -> io::Result<()> {
        self.file(slot).set_len(0)
    }

    fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8; WRITE_BYTES]) -> io::Result<()> {
        let file = self.file(slot);
        let is_head = offset == 0;
        if is_head {
            file.sync_data()?;
        }
        file.write_all_at(bytes, offset.into())?;
        if is_head { file.sync_data() } else { Ok(()) }
    }
}

/// The socket on which the agent answers.
pub(super) fn socket_in(folder: &Path) -> PathBuf {
    folder.join("agent.sock")
}
