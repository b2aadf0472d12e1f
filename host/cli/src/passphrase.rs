//! Passphrases of private keys: from a file, the environment or the terminal, never an argument.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::files;

/// The environment variable that may hold a passphrase.
pub(crate) const VARIABLE: &str = "HWLICENSE_PASSPHRASE";
/// Longest passphrase in bytes.
const PASSPHRASE_BYTES_MAX: usize = 1024;

/// Where the passphrase of a private key comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase; else the variable HWLICENSE_PASSPHRASE, else a prompt
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of a key that exists.
    pub(crate) fn existing(&self, key: &Path) -> Result<Zeroizing<String>, Failure> {
        self.without_prompt()?.map_or_else(|| prompt(&format!("Passphrase of {}: ", key.display())), Ok)
    }

    /// The passphrase of a new key. At a prompt it is asked for twice.
    pub(crate) fn fresh(&self, key: &Path) -> Result<Zeroizing<String>, Failure> {
        if let Some(passphrase) = self.without_prompt()? {
            return Ok(passphrase);
        }
        let first = prompt(&format!("New passphrase of {}: ", key.display()))?;
        let again = prompt("The same once more: ")?;
        if first == again {
            return Ok(first);
        }
        Err(Failure::usage("passphrases-differ", "the two passphrases differ", "Nothing was written. Try again."))
    }

    fn without_prompt(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let bytes = Zeroizing::new(files::read(path, PASSPHRASE_BYTES_MAX)?);
            let text = core::str::from_utf8(&bytes).map_err(|_| not_text())?;
            let line = text.split('\n').next().unwrap_or_default();
            return usable(line.trim_end_matches('\r')).map(Some);
        }
        match std::env::var(VARIABLE) {
            Ok(text) => usable(&Zeroizing::new(text)).map(Some),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(not_text()),
        }
    }
}

fn not_text() -> Failure {
    Failure::usage("passphrase-not-text", "the passphrase is not UTF-8 text", "Use a passphrase of plain characters.")
}

fn usable(text: &str) -> Result<Zeroizing<String>, Failure> {
    if text.is_empty() {
        return Err(Failure::usage(
            "passphrase-empty",
            "the passphrase is empty",
            "Use a real one; `key new --no-passphrase` makes a key without.",
        ));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn prompt(question: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "no-passphrase",
            "this needs a passphrase, and there is no terminal to ask on",
            format!(
                "Give it in one of three ways: --passphrase-file FILE, the environment variable {VARIABLE}, or a \
                 prompt on a terminal."
            ),
        ));
    }
    let typed = rpassword::prompt_password(question).map_err(|error| {
        Failure::usage(
            "prompt-failed",
            format!("cannot ask for the passphrase: {error}"),
            format!("Use --passphrase-file FILE, or the environment variable {VARIABLE}."),
        )
    })?;
    usable(&Zeroizing::new(typed))
}
