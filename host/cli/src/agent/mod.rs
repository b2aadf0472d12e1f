//! `agent`: the client of a Primary Server on a Linux camera or server.

mod control;
mod device;
mod exchange;
mod run;
mod slots;
mod status;
mod updater;
mod updates;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use hwlicense::license::LicenseKey;
use hwlicense::primary::frame::write_head;
use hwlicense::signed::{Bundle, Kind};
use hwlicense_admin::carried::code_of;
use hwlicense_probe::HexBytes;
use serde_json::{Value, json};

use self::control::Command;
use self::device::DeviceArgs;
use self::exchange::{Server, Transport};
use self::run::Setup;
use self::status::Status;
use self::updates::UpdateArgs;
use crate::carried::{self, Carried};
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::license::check::trust_in;
use crate::output::Output;
use crate::sealing;

/// Get and keep a licence from a Primary Server
///
/// Runs until it is stopped, contacts the server every minute until there is a licence and every
/// four hours then, and goes on through an outage as long as the licence lasts. What it needs over
/// a restart lies in the folder of --state. `agent status` asks a running one: exit code 0 if the
/// device may record, 1 or 5 if not, 4 if that is because no server can be reached.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense agent --server site.example --trust vendor.pub --brand acme --state /var/lib/hwlicense\n  hwlicense agent status --state /var/lib/hwlicense",
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// A Primary Server, HOST or HOST:PORT (16770 if nothing is said); several are tried in their order
    #[arg(long = "server", value_name = "SERVER", required = true)]
    servers: Vec<Server>,
    /// The vendor's root key
    #[arg(long, value_name = "PUB", required = true)]
    trust: Option<PathBuf>,
    /// The folder of the state; it is made if it is not there
    #[arg(long, value_name = "DIR", required = true)]
    state: Option<PathBuf>,
    /// Use TLS, and believe certificates that this authority signed
    #[arg(long, value_name = "PEM")]
    tls_authority: Option<PathBuf>,
    /// Make one contact, show the status, and end with its exit code
    #[arg(long)]
    once: bool,
    #[command(flatten, next_help_heading = "Device")]
    device: DeviceArgs,
    #[command(flatten, next_help_heading = "Updates")]
    updates: UpdateArgs,
}

/// Which agent.
#[derive(Debug, clap::Args)]
struct StateArgs {
    /// The folder of its state
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say whether the device may record, why, and what to do; the exit code says it as well
    Status(StateArgs),
    /// Contact the Primary Server now
    Contact(StateArgs),
    /// Give up what a licence grants, so that another device can have it
    GiveUp {
        /// Its key
        #[arg(value_name = "KEY")]
        license_key: LicenseKey,
        #[command(flatten)]
        state: StateArgs,
    },
    /// Make a request that is carried to a Primary Server, as a file or as pictures: `hwlicense server answer`
    Request {
        /// Where to write it
        #[arg(long, value_name = "FILE", required_unless_present = "qr")]
        out: Option<PathBuf>,
        /// Show it as QR codes that a telephone scans from the terminal
        #[arg(long, conflicts_with = "json")]
        qr: bool,
        /// Replace a file that is there already
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        state: StateArgs,
    },
    /// Take the answer that was carried back
    Reply {
        /// The file that `hwlicense server answer` wrote, or one with the text of all its pictures; `-` is
        /// standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        state: StateArgs,
    },
    /// Take a correction of trusted time: `hwlicense key correct-time`
    Correct {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        state: StateArgs,
    },
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let Some(verb) = &args.verb else { return start(&args.run, output) };
    match verb {
        Verb::Status(at) => tell(&at.state, &Command::Status, output),
        Verb::Contact(at) => tell(&at.state, &Command::Contact, output),
        Verb::GiveUp { license_key, state } => tell(&state.state, &Command::give_up(*license_key), output),
        Verb::Request { out, qr, force, state } => {
            request(out.as_deref(), *qr, Existing::forced(*force), &state.state, output)
        }
        Verb::Reply { file, state } => {
            let next_step = "Name the file that `hwlicense server answer --out FILE` wrote.";
            let answer = Carried::read(file, "answer of a Primary Server", next_step)?;
            tell(&state.state, &Command::reply(answer.body()), output)
        }
        Verb::Correct { file, state } => {
            let bytes = sealing::read_sound(file)?;
            let bundle = Bundle::parse(&bytes).map_err(|error| sealing::unusable(file, error))?;
            let envelope = sealing::only(&bundle, Kind::TimeCorrection, file)?;
            tell(&state.state, &Command::correct(envelope.bytes()), output)
        }
    }
}

fn start(args: &RunArgs, output: Output) -> Outcome {
    let (Some(trust), Some(state)) = (&args.trust, &args.state) else { return Err(missing()) };
    run::run(Setup {
        servers: args.servers.clone(),
        transport: Transport::new(args.tls_authority.as_deref())?,
        trust: trust_in(trust)?,
        device: &args.device,
        updates: &args.updates,
        state,
        once: args.once,
        output,
    })
}

/// What must be there unless there is a verb, which the parser has seen to.
fn missing() -> Failure {
    Failure::internal("missing-argument", "an argument that must be there is missing")
}

/// Asks a running agent, and gives what it answered unless that is an error.
fn asked(state: &Path, command: &Command) -> Result<Value, Failure> {
    let answer = control::ask(state, command)?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(Failure::no("agent-refused", error, "See `hwlicense agent status`.")),
        None => Ok(answer),
    }
}

/// Asks for something that is answered with the status.
fn tell(state: &Path, command: &Command, output: Output) -> Outcome {
    let status: Status =
        serde_json::from_value(asked(state, command)?).map_err(|error| Failure::internal("agent-answer", error))?;
    status.show(output)?;
    Ok(status.exit())
}

fn request(out: Option<&Path>, qr: bool, existing: Existing, state: &Path, output: Output) -> Outcome {
    if let Some(out) = out {
        files::check_free(out, existing)?;
    }
    let answer = asked(state, &Command::Request)?;
    let body = answer.get("request").and_then(Value::as_str).and_then(HexBytes::parse);
    let body = body.ok_or_else(|| Failure::internal("agent-answer", "there is no request in it"))?.0;
    let head = write_head(body.len()).map_err(|error| Failure::internal("agent-answer", error))?;
    let frame = [&head[..], &body].concat();
    if qr {
        carried::show(&frame, output)?;
    }
    if let Some(out) = out {
        files::write(out, &frame, Mode::Public, existing)?;
        let facts = [("file", json!(out.display().to_string())), ("code", json!(code_of(&frame)))];
        output.facts("agent-request", "carry this file to the Primary Server", &facts)?;
    }
    Ok(Exit::Done)
}
