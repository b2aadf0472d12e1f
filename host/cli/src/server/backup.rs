//! `server backup` and `restore`.

use std::path::PathBuf;

use hwlicense_server::ledger::begin_epoch;
use hwlicense_server::store::sqlite::{Access, SqliteStore};
use serde_json::json;

use super::site::{SiteArgs, open_ledger};
use crate::clock;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

/// Copy the ledger into a new file, also while the server runs
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
    open_ledger(&config.database, Access::Read)?.backup(&args.file)?;
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
    let epoch = SqliteStore::restore(&args.file, &config.database, |tx, former| {
        begin_epoch(tx, former, args.epoch_min, clock::now())
    })?;
    let facts = [("ledger", json!(config.database.display().to_string())), ("epoch", json!(epoch))];
    output.facts("server-restore", "put the copy in the place of the ledger", &facts)?;
    Ok(Exit::Done)
}
