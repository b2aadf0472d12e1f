//! The command `hwlicense`.
//!
//! | Verb | Module |
//! |---|---|
//! | `probe`, `hwid`, `enroll`, `explain` | of the same name; the machine they are about comes from `machine` |
//! | `key new, show, id, certify, retire, revoke, correct-time` | `key`, over `keyfile` and `passphrase` |
//! | `revocation new` | `revocation` |
//! | `license issue, issued, inspect, check` | `license` |
//! | `entitlement issue` | `entitlement` |
//! | `system show, allocate, merge, what-if, failover, simulate` | `system` |
//! | `serve`, `server init, show, import, clients, licenses, …` | `server` |
//! | `update sign, show, publish, list, share, groups, pause, resume, withdraw` | `update` |
//! | `agent`, `agent status, contact, give-up, request, reply, correct` | `agent` |
//! | `bundle` | `bundle`; its history of HWIDs is kept by `hw_log` |
//! | `quickstart` | `quickstart` |
//! | `completions`, `man` | `documentation` |
//!
//! Every verb gives back an [`exit::Exit`] or a [`exit::Failure`], which knows its exit code and
//! its cure. Data goes to stdout and the rest to stderr (`output`); files are read within bounds
//! and written whole (`files`), or grow by a row (`journal`); what is signed passes through `sealing`.

#![forbid(unsafe_code)]

mod agent;
mod bundle;
mod carried;
mod cli;
mod clock;
mod documentation;
mod enroll;
mod entitlement;
mod exit;
mod explain;
mod files;
mod hw_log;
mod hwid;
mod journal;
mod key;
mod keyfile;
mod license;
mod machine;
mod output;
mod passphrase;
mod payloads;
mod probe;
mod quickstart;
mod random;
mod revocation;
mod sealing;
mod server;
mod system;
mod update;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    // A panic is a mistake of ours. It is said in one sentence, without a backtrace.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        let message = "hwlicense: internal error: this is a mistake in hwlicense; please report it with the command";
        let _ = writeln!(std::io::stderr(), "{message}{place}");
    }));
    let exit = std::panic::catch_unwind(run).unwrap_or(Exit::Internal);
    ExitCode::from(exit.code())
}

fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for and go to stdout; everything else is wrong usage.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let output = cli.output();
    cli.run(output).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit
    })
}
