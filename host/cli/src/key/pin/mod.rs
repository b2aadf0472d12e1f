//! `key pin`: the table with which firmware verifies the signatures of one key.

mod text;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hwlicense::signed::{PinnedKey, PublicKey, TablePoint, Unpinnable};
use serde_json::json;

use self::text::Table;
use super::read_either;
use crate::exit::{Exit, Failure, Outcome};
use crate::files::{self, Existing, Mode};
use crate::output::Output;
use crate::passphrase::PassphraseArgs;

/// Write a key as a table that firmware verifies its signatures with
///
/// Firmware that is built with a table of each key that signs for it (roots and issuers) verifies
/// in a fraction of the time. More teeth are faster and take more flash: 0.75, 1.5 or 3 KiB a key, and
/// as much once for all keys of one size.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense key pin vendor.pub --format c --out pinned_vendor.c\n  hwlicense key pin issuer.pub --format rust --teeth 6 --out pinned_issuer.rs",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// A public key, or a private one, of which only the public part is written
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language: c for the C ABI, rust for the crate hwlicense with its feature ed25519-small
    #[arg(long, value_enum)]
    format: Format,
    /// Size of the table: 4 for 0.75 KiB, 5 for 1.5 KiB, 6 for 3 KiB, and once as much for all keys
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(4..=6))]
    teeth: u8,
    /// What the constant is called; after the file if nothing is said
    #[arg(long, value_parser = identifier)]
    name: Option<String>,
    /// Where to write it; standard output if nothing is said
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// The language of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    C,
    Rust,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let existing = Existing::forced(args.force);
    if let Some(path) = &args.out {
        files::check_free(path, existing)?;
    }
    let key = read_either(&args.file, &args.passphrase)?;
    let name = args.name.clone().unwrap_or_else(|| name_after(&args.file));
    let table = table(key, args.teeth, name).map_err(|error| unpinnable(&args.file, error))?;
    let text = match args.format {
        Format::C => text::c(&table),
        Format::Rust => text::rust(&table),
    };
    let mut facts = vec![
        ("key_id", json!(key.id().to_string())),
        ("name", json!(table.name)),
        ("teeth", json!(args.teeth)),
        ("table_bytes", json!(table.bytes())),
    ];
    match &args.out {
        Some(path) => {
            files::write(path, text.as_bytes(), Mode::Public, existing)?;
            facts.push(("file", json!(path.display().to_string())));
            output.facts("key-pin", "wrote the table of a key", &facts)?;
        }
        None if output.json => {
            facts.push(("text", json!(text)));
            output.facts("key-pin", "", &facts)?;
        }
        None => output.raw(text.as_bytes())?,
    }
    Ok(Exit::Done)
}

/// The table of a key.
fn table(key: PublicKey, teeth: u8, name: String) -> Result<Table, Unpinnable> {
    match teeth {
        4 => of_size::<8>(key, teeth, name),
        5 => of_size::<16>(key, teeth, name),
        _ => of_size::<32>(key, teeth, name),
    }
}

fn of_size<const ENTRIES: usize>(key: PublicKey, teeth: u8, name: String) -> Result<Table, Unpinnable> {
    let points = PinnedKey::<ENTRIES>::generate(&key.bytes)?.words().to_vec();
    let base = PinnedKey::<ENTRIES>::BASE.iter().map(TablePoint::words).collect();
    Ok(Table { key, name, teeth, base, points })
}

fn unpinnable(path: &Path, error: Unpinnable) -> Failure {
    Failure::usage(
        "key-not-pinnable",
        format!("{} cannot be pinned: {error}", path.display()),
        "Pin a key that `hwlicense key new` made, or one of another tool that makes Ed25519 keys as RFC 8032 says.",
    )
}

/// A name for both languages, as the option gives it.
fn identifier(text: &str) -> Result<String, String> {
    let starts_well = text.starts_with(|first: char| first.is_ascii_alphabetic());
    if starts_well && text.chars().all(|other| other.is_ascii_alphanumeric() || other == '_') {
        Ok(text.to_owned())
    } else {
        Err("a name has letters, digits and _, and begins with a letter".to_owned())
    }
}

/// `pinned_desk_1` of `desk-1.pub`.
fn name_after(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let letters = stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
    format!("pinned_{}", letters.collect::<String>())
}
