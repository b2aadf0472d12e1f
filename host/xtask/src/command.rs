//! Running other programs: always announced, never silent about failure, never reading input.

use core::time::Duration;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Whether this is a CI run, where nothing may be skipped.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Where `program` is found on the search path, if it is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|candidate| candidate.is_file())
}

/// A command without the variables that `cargo run` left in our environment.
///
/// They would reach build scripts that watch them, and everything would be built again whenever
/// a job and a plain cargo call alternate.
pub(crate) fn command(program: impl AsRef<OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs the command to its end and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = line_of(command);
    eprintln!("+ {line}");
    let status = command.status().with_context(|| format!("cannot start: {line}"))?;
    if !status.success() {
        bail!("{status}: {line}");
    }
    Ok(())
}

/// What the command prints on standard output; `None` if it cannot be started or fails.
pub(crate) fn try_output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// What the command prints on both outputs; fails if it fails or runs longer than `limit`.
///
/// A program that has hung is killed, so that no job waits for ever.
pub(crate) fn output_within(command: &mut Command, limit: Duration) -> Result<String> {
    let line = line_of(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start: {line}"))?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let status = wait_within(&mut child, limit)?;
    let mut text = stdout.join().unwrap_or_default();
    text.push_str(&stderr.join().unwrap_or_default());
    match status {
        Some(status) if status.success() => Ok(text),
        Some(status) => bail!("{status}: {line}\n{text}"),
        None => bail!("no end within {} s: {line}\n{text}", limit.as_secs()),
    }
}

/// Reads to the end on a thread of its own, so that neither pipe can fill up and block.
fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// How the child ended, or `None` if it had to be killed.
fn wait_within(child: &mut Child, limit: Duration) -> Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The command as a person would type it, without its environment.
fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_hung_program_is_ended() {
        let mut hung = Command::new("sleep");
        let error = output_within(hung.arg("60"), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().starts_with("no end within"), "{error}");
    }

    #[test]
    fn failure_shows_what_was_printed() {
        let mut failing = Command::new("sh");
        let error = output_within(failing.args(["-c", "echo why; echo how >&2; exit 3"]), Duration::from_secs(10))
            .unwrap_err()
            .to_string();
        assert!(error.contains("why") && error.contains("how"), "{error}");
    }
}
