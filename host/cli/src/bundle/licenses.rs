//! The licences of a bundle: the verdict on each file, and the list as a spreadsheet reads it.

use std::path::{Path, PathBuf};

use hwlicense::system::Status;
use hwlicense::time::Clock;
use serde_json::{Value, json};

use super::archive::Archive;
use crate::clock;
use crate::exit::Failure;
use crate::license::check::{Judged, Question, TrustFiles};
use crate::machine::Subject;
use crate::sealing;
use crate::system::licenses::{COLUMNS, word};
use hwlicense_admin::text::csv;

/// Adds the verdict on each licence, as `license check --json` gives it, and the list of them.
pub(super) fn add(
    archive: &mut Archive,
    paths: &[PathBuf],
    trusted: &TrustFiles,
    subject: &Subject,
) -> Result<(), Failure> {
    let trust = trusted.trust()?;
    let clock = Clock::new(Some(clock::now()), trust.latest_signed());
    let question = Question { trust: &trust, subject, brand: None, clock };
    let mut list = csv::row(&COLUMNS);
    for (number, path) in (1u32..).zip(paths) {
        let licence = sealing::read(path)?;
        let judged = question.judge(licence.as_deref().map_err(|error| *error))?;
        let mut verdict = judged.object();
        if let Some(fields) = verdict.as_object_mut() {
            fields.insert("file".to_owned(), json!(file_name(path)));
        }
        list.push_str(&row(&judged, &verdict, subject));
        archive.add_object(&format!("verdicts/{number:02}.json"), "check", verdict)?;
    }
    archive.add("licenses.csv", &list);
    Ok(())
}

/// The name of a file without the folders that it is in, which tell more of a site than support needs.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a verified licence says; of one that is not, only its status is known.
fn row(judged: &Judged, verdict: &Value, subject: &Subject) -> String {
    let text = |name: &str| match verdict.get("license").and_then(|license| license.get(name)) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let hwid = text("hwid");
    // A tolerant licence may still be good here after the HWID changed.
    let is_here = judged.is_granted() || verdict.get("machine_hwid").is_some_and(|machine| *machine == hwid);
    let server = subject.reading.machine.as_deref().filter(|_| is_here).unwrap_or_default();
    let expires = match text("expires").as_str() {
        "never" => "Never".to_owned(),
        time => time.to_owned(),
    };
    let status = word(Status::Verdict(judged.report.reason), judged.checked_at);
    csv::row(&[&*text("class"), &*text("count"), &*text("license_key"), &*expires, status, server, &*hwid])
}
