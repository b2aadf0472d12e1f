//! `bundle`: what the vendor's support asks for, in one archive that can be read before it is sent.
//!
//! | Module | One idea |
//! |---|---|
//! | `archive` | the tar.gz and its manifest |
//! | `secrets` | what never goes into it |
//! | `pseudonyms` | a reading without its serial numbers |
//! | `licenses` | verdicts, and the licence list |

mod archive;
mod licenses;
mod pseudonyms;
mod secrets;

use std::path::{Path, PathBuf};

use hwlicense::hwid::{SCHEME, compare};
use hwlicense::signed::FORMAT_VERSION;
use serde_json::{Value, json};

use self::archive::{Archive, Packed};
use self::secrets::{Environment, Stripped};
use crate::clock;
use crate::exit::{Exit, Failure, Outcome};
use crate::explain;
use crate::files::{self, Existing, Mode};
use crate::hw_log;
use crate::hwid::Answer;
use crate::license::check::{TrustFiles, WithdrawnArgs};
use crate::machine::{MachineArgs, Subject};
use crate::output::{Output, object_of, table};
use crate::system;

/// Longest description of the system that is read, in bytes.
const OS_RELEASE_BYTES_MAX: usize = 64 * 1024;

/// Pack what the vendor's support asks for into one archive
///
/// Holds the note, versions, what this machine says of itself with pseudonyms for its serial
/// numbers, its Hardware ID and the history of it, and whatever files are named: licences with the
/// verdict on each, the System, the history of updates. Keys, passphrases and tokens stay out.
/// Read it before you send it.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense bundle --note \"licence refused since Monday\" --enrollment machine.enrollment\n  hwlicense bundle --license camera.hwl --trust vendor.pub --system harbour.json \\\n      --output ticket-4711.tar.gz",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// What happened, in your own words
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The System file
    #[arg(long, value_name = "FILE")]
    system: Option<PathBuf>,
    /// A licence to check and list; again for each
    #[arg(long = "license", value_name = "FILE", requires = "trust")]
    licenses: Vec<PathBuf>,
    /// A root's public key, to check licences with; again for each
    #[arg(long, value_name = "PUB")]
    trust: Vec<PathBuf>,
    #[command(flatten)]
    withdrawn: WithdrawnArgs,
    /// What is known of earlier updates, as text
    #[arg(long, value_name = "FILE")]
    updates: Option<PathBuf>,
    /// The history of HWIDs, if it is not beside the enrolment
    #[arg(long, value_name = "FILE")]
    hw_log: Option<PathBuf>,
    /// Serial numbers, UUIDs and MAC addresses as they are, for when support asks for them
    #[arg(long)]
    with_serials: bool,
    /// The archive; by default hwlicense-bundle-TIME.tar.gz in this folder. It replaces nothing
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    machine: MachineArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let created = clock::now();
    let path = args.output.clone().unwrap_or_else(|| {
        let time: String = clock::show(created).chars().filter(|character| !"-:".contains(*character)).collect();
        PathBuf::from(format!("hwlicense-bundle-{time}.tar.gz"))
    });
    files::check_free(&path, Existing::Keep).map_err(keeps)?;
    let packed = collect(args, output)?.pack(created)?;
    files::write(&path, &packed.bytes, Mode::Secret, Existing::Keep).map_err(keeps)?;
    let facts = [
        ("file", json!(path.display().to_string())),
        ("bytes", json!(packed.bytes.len())),
        ("files", json!(packed.files)),
        ("left_out", json!(packed.left_out)),
    ];
    if output.json {
        output.object("bundle", object_of(&facts))?;
    } else {
        output.line(&format!("wrote {}", path.display()))?;
        output.line(&listing(&packed))?;
    }
    output.note(&format!("read it before you send it: tar -xzf {}", path.display()));
    Ok(Exit::Done)
}

/// An archive is never replaced: the one that is there may already be with support.
fn keeps(failure: Failure) -> Failure {
    match failure.code {
        "file-exists" => Failure { next_step: "Choose another name, or move it away.".to_owned(), ..failure },
        _ => failure,
    }
}

fn listing(packed: &Packed) -> String {
    let files = packed.files.iter().map(|file| vec![format!("  {}", file.name), file.bytes.to_string()]);
    let left_out = packed.left_out.iter().map(|left_out| vec![format!("  {}", left_out.what), left_out.why.clone()]);
    [table(Some(&["  file", "bytes"]), files), table(Some(&["  left out", "why"]), left_out)].join("\n\n")
}

/// Everything that goes into the archive.
fn collect(args: &Args, output: Output) -> Result<Archive, Failure> {
    let trusted = TrustFiles::read(args.trust.iter(), &args.withdrawn)?;
    let subject = args.machine.subject()?;
    let mut archive = Archive::new(Environment::read());
    match &args.note {
        Some(note) => add_stripped(&mut archive, "note.txt", text_of(note)?),
        None => archive.leave_out("note.txt", "no --note was given"),
    }
    archive.add_object("versions.json", "versions", versions(args.machine.from.is_none()))?;
    add_probe(&mut archive, &subject, args.with_serials)?;
    archive.add_object("hwid.json", "hwid", hwid(&subject)?)?;
    add_history(&mut archive, args, output)?;
    add_file(&mut archive, "updates.txt", "--updates", args.updates.as_deref())?;
    if args.licenses.is_empty() {
        archive.leave_out("licenses.csv", "no --license was given");
    } else {
        licenses::add(&mut archive, &args.licenses, &trusted, &subject)?;
    }
    add_file(&mut archive, "system.json", "--system", args.system.as_deref())?;
    if let Some(path) = &args.system {
        // A System file that cannot be read is what support most needs to see.
        match system::license_list(path, clock::now()) {
            Ok(list) => archive.add("system-licenses.csv", &list),
            Err(failure) => archive.leave_out("system-licenses.csv", &failure.message),
        }
    }
    Ok(archive)
}

fn add_stripped(archive: &mut Archive, name: &str, (text, replaced): Stripped) {
    if replaced > 0 {
        archive.leave_out(name, &format!("{replaced} places that are named as secret"));
    }
    archive.add(name, &text);
}

/// Adds a file that a person named, without its secrets.
fn add_file(archive: &mut Archive, name: &str, flag: &str, path: Option<&Path>) -> Result<(), Failure> {
    match path {
        Some(path) => add_stripped(archive, name, secrets::read(path)?),
        None => archive.leave_out(name, &format!("no {flag} was given")),
    }
    Ok(())
}

fn text_of(note: &str) -> Result<Stripped, Failure> {
    secrets::strip(&format!("{note}\n")).ok_or_else(|| {
        Failure::usage("private-key-given", "the note holds a private key", "Leave the key out, and revoke it.")
    })
}

/// The versions that matter, of this tool and of the system below it.
fn versions(is_this_machine: bool) -> Value {
    let system = is_this_machine.then(|| {
        let (bytes, _) = files::read_beginning(Path::new("/etc/os-release"), OS_RELEASE_BYTES_MAX).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches('"').to_owned())
    });
    json!({
        "hwid_scheme": SCHEME,
        "format_version": FORMAT_VERSION,
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "system": system.flatten(),
    })
}

fn add_probe(archive: &mut Archive, subject: &Subject, with_serials: bool) -> Result<(), Failure> {
    let reading = if with_serials {
        serde_json::to_value(&subject.reading).map_err(|error| Failure::internal("reading-encoding", error))?
    } else {
        archive.leave_out("probe.json", "serial numbers, UUIDs and MAC addresses: pseudonyms stand for them");
        pseudonyms::reading(&subject.reading)?
    };
    archive.add_object("probe.json", "reading", reading)
}

/// The HWID, what it rests on, and what became of the machine since it was enrolled.
fn hwid(subject: &Subject) -> Result<Value, Failure> {
    let mut object = Answer::of(subject)?.object();
    let Some(enrollment) = &subject.enrollment else { return Ok(object) };
    let comparison = subject.with_bare_machine(|machine| compare(enrollment, machine))?;
    let now = object.get("hwid").and_then(Value::as_str);
    let since = object_of(&explain::facts(&comparison, &enrollment.hwid().to_string(), now));
    if let Some(fields) = object.as_object_mut() {
        fields.insert("since_enrollment".to_owned(), since);
    }
    Ok(object)
}

fn add_history(archive: &mut Archive, args: &Args, output: Output) -> Result<(), Failure> {
    let beside = args.machine.enrollment.as_deref().map(hw_log::path_for).filter(|path| path.exists());
    match args.hw_log.clone().or(beside) {
        Some(path) => archive.add("hw_log.jsonl", &hw_log::text(&path, output)?),
        None => archive
            .leave_out("hw_log.jsonl", "no history was found: none is beside an --enrollment, or named by --hw-log"),
    }
    Ok(())
}
