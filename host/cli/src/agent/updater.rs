//! The vendor's program that installs an image.
//!
//! It gets the path of the image, and the facts of the signed manifest in its environment. Exit code 0
//! says that it took the image; what runs after the next start says whether that was so.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use hwlicense::update::client::{Cleared, Handover};
use hwlicense_probe::HexBytes;
use tokio::task::JoinHandle;

/// What became of the program: nothing, or why it did not take the image.
pub(super) type Verdict = Result<(), String>;

/// Starts the program. That it may is proved by the clearance.
pub(super) fn start(program: &Path, image: &Path, handover: &Handover, _cleared: Cleared) -> JoinHandle<Verdict> {
    let mut command = Command::new(program);
    command
        .arg(image)
        .env("HWLICENSE_UPDATE_ID", HexBytes(handover.update.to_vec()).to_string())
        .env("HWLICENSE_UPDATE_VERSION", handover.version.to_string())
        .env("HWLICENSE_UPDATE_SECURITY_VERSION", handover.security_version.to_string())
        .env("HWLICENSE_UPDATE_SIZE", handover.size.to_string())
        .env("HWLICENSE_UPDATE_SHA256", HexBytes(handover.sha256.to_vec()).to_string())
        .stdin(Stdio::null())
        // What it says belongs into the agent's log, and nothing but the status onto its stdout.
        .stdout(io::stderr());
    let name = program.display().to_string();
    // An installation takes minutes, and the licence must be looked after meanwhile.
    tokio::task::spawn_blocking(move || match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} did not take the update: {status}")),
        Err(error) => Err(format!("{name} cannot be run: {error}")),
    })
}
