//! `server move-database`: the ledger leaves its file for PostgreSQL.

use hwlicense_server::store::Location;
use hwlicense_server::store::moving::{Departure, MoveError, move_ledger};
use serde_json::json;

use super::init::location;
use super::site::SiteArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// Move the ledger from its file into a database of PostgreSQL, which several servers may share
///
/// The server must be stopped, and the database empty. Every row is copied, read back and compared; ids,
/// serials and the audit stay what they are. Afterwards a server that is started on the file refuses and
/// says where the ledger is. Name the database in the configuration yourself then.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server move-database --to postgres://hwlicense@db.site/ledger --dry-run\n  hwlicense server move-database --to postgres://hwlicense@db.site/ledger",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The database; a password is better kept in a file that PGPASSFILE names
    #[arg(long, value_name = "URL", value_parser = location)]
    to: Location,
    /// Copy and compare everything, and undo it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let config = args.site.config()?;
    let (Location::Sqlite(from), Location::Postgres(to)) = (&config.database, &args.to) else {
        return Err(Failure::usage(
            "no-such-move",
            format!(
                "a ledger moves from a file to PostgreSQL, and this would be from {} to {}",
                config.database, args.to
            ),
            "Name the file as `database` in the configuration, and a postgres:// URL with --to.",
        ));
    };
    if let Err(error) = std::fs::metadata(from) {
        return Err(Failure::file("read", from, &error));
    }
    let departure = if args.dry_run { Departure::Rehearsal } else { Departure::Final };
    let shown = output.progress(0);
    let moved = move_ledger(from, to, departure, &mut |progress| {
        shown.set_length(progress.of);
        shown.set_position(progress.done);
    });
    shown.finish_and_clear();
    let tables = moved.map_err(|error| failure(&error))?;
    let rows: u64 = tables.iter().map(|table| table.rows).sum();
    let mut facts = vec![
        ("from", json!(from.display().to_string())),
        ("to", json!(args.to.to_string())),
        ("rows", json!(rows)),
        ("dry_run", json!(args.dry_run)),
    ];
    let counts = tables.iter().map(|table| (table.name.clone(), json!(table.rows))).collect();
    if output.json {
        facts.push(("tables", serde_json::Value::Object(counts)));
    }
    facts.push((
        "next_step",
        json!(if args.dry_run {
            "nothing was changed; the same without --dry-run moves the ledger".to_owned()
        } else {
            format!("set database = \"{}\" in the configuration, and start the server", args.to)
        }),
    ));
    let heading = if args.dry_run { "the ledger could be moved" } else { "moved the ledger" };
    output.facts("server-move-database", heading, &facts)?;
    Ok(Exit::Done)
}

fn failure(error: &MoveError) -> Failure {
    match error {
        MoveError::InUse => Failure::no("in-use", error, "`systemctl stop hwlicense`, and then again."),
        MoveError::TargetHolds => Failure::no("target-holds", error, "Name an empty database."),
        MoveError::Store(error) => (*error).into(),
        _ => Failure::internal("move-database", error),
    }
}
