//! `serve` and `server`: the Primary Server, and what its administrator does.
//!
//! | Room | One idea |
//! |---|---|
//! | `site` | which server: its configuration, its key, its ledger |
//! | `init` | a new server: key, ledger, configuration, registration |
//! | `serve`, `check` | running it, and looking before that whether it can run |
//! | `show`, `clients`, `licenses`, `audit` | what the ledger tells |
//! | `import`, `decide`, `expect`, `token` | what changes it |
//! | `answer` | activation by file, for sites without a network |
//! | `backup` | copies of the ledger, and putting one back |
//! | `move_database` | from the file to PostgreSQL |
//!
//! The verbs work on the ledger itself, also while the server runs: both see what the other has
//! committed.

mod answer;
mod audit;
mod backup;
mod check;
mod clients;
mod decide;
mod expect;
mod import;
mod init;
mod licenses;
mod move_database;
pub(crate) mod serve;
mod show;
pub(crate) mod site;
mod token;

use clap::Subcommand;

use crate::exit::Outcome;
use crate::output::Output;

/// Set up and administer a Primary Server
///
/// Run it as the user of the server, on its machine; the server may be running.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server init /var/lib/hwlicense --trust vendor.pub\n  hwlicense server clients",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Args),
    Show(show::Args),
    Import(import::Args),
    Clients(clients::Args),
    Licenses(licenses::Args),
    Expect(expect::Args),
    Assign(decide::AssignArgs),
    Allow(decide::AllowArgs),
    Accept(decide::AcceptArgs),
    Deactivate(decide::DeactivateArgs),
    Withdraw(decide::WithdrawArgs),
    Group(decide::GroupArgs),
    Answer(answer::Args),
    Audit(audit::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Restored(backup::RestoredArgs),
    MoveDatabase(move_database::Args),
    Token(token::Args),
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::Init(args) => init::run(args, output),
        Verb::Show(args) => show::run(args, output),
        Verb::Import(args) => import::run(args, output),
        Verb::Clients(args) => clients::run(args, output),
        Verb::Licenses(args) => licenses::run(args, output),
        Verb::Expect(args) => expect::run(args, output),
        Verb::Assign(args) => decide::assign(args, output),
        Verb::Allow(args) => decide::allow(args, output),
        Verb::Accept(args) => decide::accept(args, output),
        Verb::Deactivate(args) => decide::deactivate(args, output),
        Verb::Withdraw(args) => decide::withdraw(args, output),
        Verb::Group(args) => decide::group(args, output),
        Verb::Answer(args) => answer::run(args, output),
        Verb::Audit(args) => audit::run(args, output),
        Verb::Backup(args) => backup::backup(args, output),
        Verb::Restore(args) => backup::restore(args, output),
        Verb::Restored(args) => backup::restored(args, output),
        Verb::MoveDatabase(args) => move_database::run(args, output),
        Verb::Token(args) => token::run(args, output),
    }
}
