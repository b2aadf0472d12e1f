//! `server token`: tokens of administrators, for pages, API and devices.

use std::path::PathBuf;

use clap::Subcommand;
use hwlicense::time::UnixSeconds;
use hwlicense_server::ledger::{Role, make_token, revoke_token};
use hwlicense_server::registration::digits;
use hwlicense_server::store::TokenRow;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::site::{Keep, SiteArgs};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::{Output, table};
use crate::random;

/// Make, list and revoke tokens of administrators
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server token new ann --out ann.token\n  hwlicense server token revoke ann"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(NewArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a token, in a file that only its owner may read
///
/// With it an administrator logs in on the pages, calls the API, and deactivates on a device. The ledger
/// keeps a digest of it: who loses the file makes another token and revokes this one.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server token new ann --out ann.token\n  hwlicense server token new night-shift --expires 2027-01-31 --out night.token",
    verbatim_doc_comment
)]
struct NewArgs {
    /// Whose it is
    #[arg(value_name = "NAME")]
    name: String,
    /// Where to write the token
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// It may see everything but secrets, and change nothing
    #[arg(long)]
    read_only: bool,
    /// First second at which it is worth nothing
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    expires: Option<UnixSeconds>,
    #[command(flatten)]
    site: SiteArgs,
}

/// List the tokens: not what they are, but whose, and until when
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense server token list\n  hwlicense server token list --json")]
struct ListArgs {
    #[command(flatten)]
    site: SiteArgs,
}

/// Revoke a token
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense server token revoke ann\n  hwlicense server token revoke night-shift --json"
)]
struct RevokeArgs {
    /// Whose it is
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    site: SiteArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::New(args) => new(args, output),
        Verb::List(args) => list(args, output),
        Verb::Revoke(args) => revoke(args, output),
    }
}

fn new(args: &NewArgs, output: Output) -> Outcome {
    let mut site = args.site.open()?;
    let role = if args.read_only { Role::Reader } else { Role::Administrator };
    files::check_free(&args.out, Existing::Keep)?;
    let token = Zeroizing::new(digits(&*Zeroizing::new(random::bytes::<32>()?)));
    site.change(Keep::Changes, |book| {
        make_token(book, &args.name, role, token.as_bytes(), args.expires)?;
        // Within the transaction: a token that nobody could be given must not be in the ledger.
        files::write(&args.out, token.as_bytes(), Mode::Secret, Existing::Keep)
    })?;
    let facts = [
        ("name", json!(args.name)),
        ("role", json!(role.code())),
        ("expires", clock::value(args.expires)),
        ("file", json!(args.out.display().to_string())),
        ("pages", json!(site.config.admin.listen.map(|address| address.to_string()))),
        ("next", json!("open the pages in a browser on this machine, and log in with what the file holds")),
    ];
    output.facts("server-token-new", "made a token", &facts)?;
    Ok(Exit::Done)
}

fn list(args: &ListArgs, output: Output) -> Outcome {
    let now = clock::now();
    let tokens = args.site.open()?.read(|book| Ok(book.rows().tokens()?))?;
    let state = |revoked: bool, good: bool| {
        if revoked {
            "revoked"
        } else if good {
            "good"
        } else {
            "expired"
        }
    };
    let role = |token: &TokenRow| Role::from_number(token.role).code();
    if output.json {
        let rows: Vec<Value> = tokens
            .iter()
            .map(|token| {
                json!({ "name": token.name, "role": role(token), "state": state(token.revoked.is_some(), token.is_good(now)),
                        "created": clock::value(Some(token.created)), "expires": clock::value(token.expires),
                        "revoked": clock::value(token.revoked) })
            })
            .collect();
        output.object("server-tokens", json!({ "tokens": rows }))?;
    } else {
        let rows = tokens.iter().map(|token| {
            let expires = token.expires.map_or_else(|| "Never".to_owned(), clock::show);
            let state = state(token.revoked.is_some(), token.is_good(now)).to_owned();
            vec![token.name.clone(), role(token).to_owned(), state, clock::show(token.created), expires]
        });
        output.line(&table(Some(&["Name", "Role", "State", "Created", "Expires"]), rows))?;
    }
    Ok(if tokens.is_empty() { Exit::No } else { Exit::Done })
}

fn revoke(args: &RevokeArgs, output: Output) -> Outcome {
    let was_there = args.site.open()?.change(Keep::Changes, |book| Ok(revoke_token(book, &args.name)?))?;
    if !was_there {
        return Err(Failure::no(
            "unknown-token",
            format!("there is no token of {:?} that is good", args.name),
            "`hwlicense server token list` shows them.",
        ));
    }
    output.facts("server-token-revoke", "revoked the token", &[("name", json!(args.name))])?;
    Ok(Exit::Done)
}
