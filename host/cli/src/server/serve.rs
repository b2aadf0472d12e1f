//! `serve`: the Primary Server, running.

use hwlicense_admin::Administration;
use hwlicense_admin::systems::LookAtSystems;
use hwlicense_server::config::Config;
use hwlicense_server::service::{self, Depot, Desk};
use hwlicense_server::store::{Access, AnyStore};
use hwlicense_server::{logs, service::StartError};

use super::check::{self, State};
use super::site::{SiteArgs, open_ledger, policy, roots};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::system;

/// Run the Primary Server, until it is asked to stop (SIGTERM or Ctrl-C)
///
/// It goes on in the foreground, writes its log to stderr, and tells systemd when it is ready. With
/// --check it only looks whether it could run: exit code 0 if it could, 1 if not, 3 for missing rights.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense serve --config /var/lib/hwlicense/server.toml\n  hwlicense serve --check",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// Look whether the server could run, and say what is wrong and what to do
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    if args.check {
        return check::run(&args.site, output);
    }
    let config = args.site.config()?;
    logs::start(config.log_format, config.log_level);
    for finding in check::look(&args.site, &config) {
        match finding.state {
            State::Good => {}
            State::Warning => service::warn_at_start(&finding.message, &finding.next_step),
            State::Wrong => return Err(Failure::no("cannot-serve", finding.message, finding.next_step)),
            State::Denied => return Err(Failure::rights("cannot-serve", finding.message, finding.next_step)),
        }
    }
    let key = args.site.key(&config)?;
    let connections = 0..config.connections();
    let stores = connections.map(|_| open_ledger(&config.database, Access::Write)).collect::<Result<_, _>>()?;
    let roots = roots(&config)?;
    let (location, tickets) = (config.database.clone(), *key.ticket_secret());
    let depot = Depot::open(tickets, config.updates, move || AnyStore::open(&location, Access::Read));
    let depot = depot.map_err(StartError::System).map_err(start_failure)?;
    let desk = Desk::open(stores, key, policy(&config), config.device_interval).map_err(StartError::System);
    let database = config.database.clone();
    desk.and_then(|desk| {
        let reading = Box::new(move || AnyStore::open(&database, Access::Read));
        let administration = Administration::new(&config, desk.clerk(), reading, roots, systems(&config));
        service::run(&config, desk, depot, |stop| administration.serve(stop))
    })
    .map_err(start_failure)?;
    Ok(Exit::Done)
}

fn start_failure(error: StartError) -> Failure {
    match error {
        StartError::LedgerStopped => Failure::internal("ledger-stopped", error),
        _ => Failure::no("cannot-serve", &error, error.cure()),
    }
}

/// Who looks at the Systems that the configuration names.
fn systems(config: &Config) -> LookAtSystems {
    let files = config.admin.systems.clone();
    Box::new(move || files.iter().map(|file| system::look(file)).collect())
}
