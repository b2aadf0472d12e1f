//! `update`: software updates, from the vendor's desk to the devices of a site.
//!
//! | Room | One idea |
//! |---|---|
//! | `sign` | a manifest for an image, at the vendor's desk |
//! | `show` | what a manifest says |
//! | `publish` | manifest and image into the ledger of a Primary Server |
//! | `list` | how far each update has come |
//! | `steer` | pause, resume, withdraw, share, groups |

mod list;
mod publish;
mod show;
mod sign;
mod steer;

use clap::Subcommand;
use hwlicense::update::UpdateId;
use hwlicense_admin::listing::share_of_words;
use hwlicense_server::image::ImageError;
use hwlicense_server::ledger::Book;
use hwlicense_server::ledger::update::{UpdateFault, find};

use crate::exit::{Failure, Outcome};
use crate::output::Output;

/// Sign software updates, publish them, and roll them out step by step
///
/// The vendor signs a manifest for an image. The Primary Server of a site offers it to the devices that
/// it is for, to a share of them first, and pauses it by itself when it fails. Devices verify it with
/// their own trust in the vendor.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense update publish dome-2.7.hwlup dome-2.7.img --share 10%\n  hwlicense update list",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Sign(sign::Args),
    Show(show::Args),
    Publish(publish::Args),
    List(list::Args),
    Share(steer::ShareArgs),
    Groups(steer::GroupsArgs),
    Pause(steer::PauseArgs),
    Resume(steer::ResumeArgs),
    Withdraw(steer::WithdrawArgs),
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    match &args.verb {
        Verb::Sign(args) => sign::run(args, output),
        Verb::Show(args) => show::run(args, output),
        Verb::Publish(args) => publish::run(args, output),
        Verb::List(args) => list::run(args, output),
        Verb::Share(args) => steer::share(args, output),
        Verb::Groups(args) => steer::groups(args, output),
        Verb::Pause(args) => steer::pause(args, output),
        Verb::Resume(args) => steer::resume(args, output),
        Verb::Withdraw(args) => steer::withdraw(args, output),
    }
}

impl From<UpdateFault> for Failure {
    fn from(fault: UpdateFault) -> Self {
        match fault {
            UpdateFault::Store(error) => error.into(),
            _ => Self::no(fault.code(), fault, fault.next_step()),
        }
    }
}

/// The update whose id begins with these digits.
fn update_named(book: &mut Book<'_>, digits: &str) -> Result<UpdateId, Failure> {
    Ok(find(book, digits)?)
}

/// Why an image cannot be an update.
fn image_failure(path: &std::path::Path, error: &ImageError) -> Failure {
    match error {
        ImageError::Read(error) => Failure::file("read", path, error),
        ImageError::Empty | ImageError::TooLarge => Failure::usage(
            "update-image",
            format!("{}: {error}", path.display()),
            "Name the right file, or use larger chunks (`--chunk-kib 32`).",
        ),
    }
}

/// A share as it is written on the command line, in thousandths.
fn parse_share(text: &str) -> Result<u16, String> {
    share_of_words(text).ok_or_else(|| "write it in hundredths, from 0% to 100%, such as 10% or 2.5%".to_owned())
}
