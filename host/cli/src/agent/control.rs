//! The agent's local socket: one line of JSON asks, one answers.
//!
//! Whoever may open the socket may ask; it lies in the folder of the state, which is its owner's.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use hwlicense::license::LicenseKey;
use hwlicense_probe::HexBytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

use super::slots::socket_in;
use crate::exit::Failure;

/// Longest line in bytes: a carried answer as hex digits, and what stands around it.
const LINE_BYTES_MAX: u64 = 2 * 65_536 + 1_024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Command {
    /// Say how things are.
    Status,
    /// Contact the server now.
    Contact,
    /// Give up what a licence grants.
    GiveUp {
        /// Its key.
        license_key: String,
    },
    /// Write a request that is carried to the server as a file.
    Request,
    /// Take an answer that was carried here.
    Reply {
        /// Its body in hex digits.
        body: String,
    },
    /// Take a correction of time.
    Correct {
        /// Its envelope in hex digits.
        envelope: String,
    },
}

impl Command {
    /// The command that gives up a licence.
    pub(super) fn give_up(key: LicenseKey) -> Self {
        Self::GiveUp { license_key: key.to_string() }
    }

    /// The command with an answer.
    pub(super) fn reply(body: &[u8]) -> Self {
        Self::Reply { body: HexBytes(body.to_vec()).to_string() }
    }

    /// The command with a correction.
    pub(super) fn correct(envelope: &[u8]) -> Self {
        Self::Correct { envelope: HexBytes(envelope.to_vec()).to_string() }
    }
}

/// Asks the agent whose state lies in this folder.
pub(super) fn ask(state: &Path, command: &Command) -> Result<Value, Failure> {
    let path = socket_in(state);
    let stream = UnixStream::connect(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Failure::usage(
            "agent-not-running",
            format!("no agent runs with the state in {}", state.display()),
            "Start it: `hwlicense agent --server HOST …`, or name its folder with --state.",
        ),
        _ => Failure::file("ask", &path, &error),
    })?;
    let talk = |mut stream: UnixStream| -> std::io::Result<String> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = serde_json::to_vec(command)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut answer)?;
        Ok(answer)
    };
    let answer = talk(stream).map_err(|error| Failure::file("ask", &path, &error))?;
    serde_json::from_str(&answer).map_err(|error| Failure::internal("agent-answer", error))
}

/// Reads the command of somebody who connected. One that is none, or comes too slowly, gets no answer.
pub(super) async fn read(stream: &mut tokio::net::UnixStream) -> Option<Command> {
    let (reader, _) = stream.split();
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(reader.take(LINE_BYTES_MAX));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await.ok()?.ok()?;
    serde_json::from_str(&line).ok()
}

/// Answers. Whoever went away does not hear it.
pub(super) async fn answer(mut stream: tokio::net::UnixStream, value: Value) {
    let line = format!("{value}\n");
    let _ = tokio::time::timeout(PATIENCE, stream.write_all(line.as_bytes())).await;
}
