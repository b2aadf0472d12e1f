//! `completions` and `man`: what other programs show of this one.

use std::path::PathBuf;

use clap::{Command, CommandFactory as _};
use serde_json::json;

use crate::cli::Cli;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::Output;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense completions bash > /etc/bash_completion.d/hwlicense\n  hwlicense completions zsh > _hwlicense"
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: clap_complete::Shell,
}

pub(crate) fn completions(args: &CompletionsArgs, output: Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hwlicense", &mut script);
    if output.json {
        let script = String::from_utf8_lossy(&script);
        output.object("completions", json!({ "shell": args.shell.to_string(), "script": script }))?;
    } else {
        output.raw(&script)?;
    }
    Ok(Exit::Done)
}

/// Write the man pages into a folder
#[derive(Debug, clap::Args)]
#[command(before_help = "Examples:\n  hwlicense man man1\n  hwlicense man /usr/local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn man(args: &ManArgs, output: Output) -> Outcome {
    let failed = |error| Failure::file("write into", &args.folder, &error);
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(with_examples_last(Cli::command()), &args.folder).map_err(failed)?;
    output.facts("man", "wrote man pages", &[("folder", json!(args.folder.display().to_string()))])?;
    Ok(Exit::Done)
}

/// The same command with its examples after the options, where man pages show them.
fn with_examples_last(command: Command) -> Command {
    let parts = [command.get_before_help(), command.get_after_help()];
    let extra: Vec<String> = parts.into_iter().flatten().map(ToString::to_string).collect();
    let command = command.after_help(extra.join("\n\n")).mut_subcommands(with_examples_last);
    // Pages describe the verbs; each of them is its own help.
    command.disable_help_subcommand(true)
}
