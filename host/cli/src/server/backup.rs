//! `server backup` and `restore`.

use std::path::PathBuf;

use hwlicense_server::ledger::begin_epoch;
use hwlicense_server::store::sqlite::SqliteStore;
use hwlicense_server::store::{Access, AnyStore, Location, Store as _};
use serde_json::json;

use super::site::{SiteArgs, open_ledger};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// Copy the ledger into a new file, also while the server runs
///
/// This is for a ledger in a file; one in PostgreSQL is backed up with its database (docs/postgresql.md).
///
/// The file holds the clients' secrets: keep it as the ledger itself. The server's key and configuration
/// are not in it; they change seldom, copy them once.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server backup /backup/ledger-monday.sqlite\n  hwlicense server backup ledger.copy --config /var/lib/hwlicense/server.toml",
    verbatim_doc_comment
)]
pub(crate) struct BackupArgs {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn backup(args: &BackupArgs, output: Output) -> Outcome {
    let config = args.site.config()?;
    match open_ledger(&config.database, Access::Read)? {
        AnyStore::Sqlite(store) => store.backup(&args.file)?,
        AnyStore::Postgres(_) => {
            return Err(not_a_file("Back it up with PostgreSQL's own means: pg_dump, or archived WAL."));
        }
    }
    output.facts("server-backup", "copied the ledger", &[("file", json!(args.file.display().to_string()))])?;
    Ok(Exit::Done)
}

/// Put a copy in the place of the ledger; the server must be stopped
///
/// The ledger begins a new epoch. What was leased since the copy was made comes back by itself: each
/// client shows its lease at its next contact, and nobody stops recording. The former ledger is kept
/// beside the new one.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server restore /backup/ledger-monday.sqlite\n  hwlicense server restore ledger.copy --epoch-min 7",
    verbatim_doc_comment
)]
pub(crate) struct RestoreArgs {
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Least number of the new epoch, where the former ledger is lost and was restored before
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    epoch_min: u32,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn restore(args: &RestoreArgs, output: Output) -> Outcome {
    let config = args.site.config()?;
    let Location::Sqlite(ledger) = &config.database else {
        return Err(not_a_file(
            "Put it back with PostgreSQL's own means, and say so with `hwlicense server restored`.",
        ));
    };
    let epoch =
        SqliteStore::restore(&args.file, ledger, |tx, former| begin_epoch(tx, former, args.epoch_min, clock::now()))?;
    report(&config.database, epoch, "put the copy in the place of the ledger", output)
}

/// Say that the database of the ledger was put back from a backup
///
/// The ledger begins a new epoch: what was leased since the backup comes back by itself, each client shows
/// its lease at its next contact. A server notices by itself that a replica was promoted, that a database
/// was restored to a point in time, or that a dump was put into a new one; this is for a dump whose rows
/// were put into the tables that were there. Stop all servers of the ledger before.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server restored\n  hwlicense server restored --epoch-min 7",
    verbatim_doc_comment
)]
pub(crate) struct RestoredArgs {
    /// Least number of the new epoch, where it is known that there was a higher one than in the backup
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    epoch_min: u32,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn restored(args: &RestoredArgs, output: Output) -> Outcome {
    let config = args.site.config()?;
    let mut store = open_ledger(&config.database, Access::Write)?;
    let epoch = store.transaction(|tx| begin_epoch(tx, None, args.epoch_min, clock::now()))?;
    report(&config.database, epoch, "the ledger was restored", output)
}

fn report(ledger: &Location, epoch: u32, heading: &str, output: Output) -> Outcome {
    let facts = [("ledger", json!(ledger.to_string())), ("epoch", json!(epoch))];
    output.facts("server-restore", heading, &facts)?;
    Ok(Exit::Done)
}

fn not_a_file(next_step: &str) -> Failure {
    Failure::usage("not-a-file", "the ledger is in a database of PostgreSQL", next_step)
}
