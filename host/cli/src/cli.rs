//! The command line as a whole.

use clap::{Parser, Subcommand};

use crate::exit::{EXIT_HELP, Outcome};
use crate::output::Output;
use crate::{
    agent, bundle, documentation, enroll, entitlement, explain, hwid, key, license, probe, quickstart, revocation,
    server, system, update,
};

/// Hardware IDs, and software licences bound to them
#[derive(Debug, Parser)]
#[command(
    name = "hwlicense",
    version,
    before_help = "Examples:\n  hwlicense quickstart\n  hwlicense hwid",
    after_help = EXIT_HELP,
)]
pub(crate) struct Cli {
    /// Write JSON on stdout
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
    /// No remarks on stderr; errors still go there
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    quiet: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Probe(probe::Args),
    Hwid(hwid::Args),
    Enroll(enroll::Args),
    Explain(explain::Args),
    Key(key::Args),
    Revocation(revocation::Args),
    License(license::Args),
    Entitlement(entitlement::Args),
    System(system::Args),
    Serve(server::serve::Args),
    Server(server::Args),
    Update(update::Args),
    Agent(agent::Args),
    Bundle(bundle::Args),
    Quickstart(quickstart::Args),
    Completions(documentation::CompletionsArgs),
    Man(documentation::ManArgs),
}

impl Cli {
    pub(crate) fn output(&self) -> Output {
        Output { json: self.json, quiet: self.quiet }
    }

    pub(crate) fn run(&self, output: Output) -> Outcome {
        match &self.verb {
            Verb::Probe(args) => probe::run(args, output),
            Verb::Hwid(args) => hwid::run(args, output),
            Verb::Enroll(args) => enroll::run(args, output),
            Verb::Explain(args) => explain::run(args, output),
            Verb::Key(args) => key::run(args, output),
            Verb::Revocation(args) => revocation::run(args, output),
            Verb::License(args) => license::run(args, output),
            Verb::Entitlement(args) => entitlement::run(args, output),
            Verb::System(args) => system::run(args, output),
            Verb::Serve(args) => server::serve::run(args, output),
            Verb::Server(args) => server::run(args, output),
            Verb::Update(args) => update::run(args, output),
            Verb::Agent(args) => agent::run(args, output),
            Verb::Bundle(args) => bundle::run(args, output),
            Verb::Quickstart(args) => quickstart::run(args, output),
            Verb::Completions(args) => documentation::completions(args, output),
            Verb::Man(args) => documentation::man(args, output),
        }
    }
}
