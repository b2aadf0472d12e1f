//! The C header, generated from the sources of `ffi` and committed.

use core::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use cbindgen::{Builder, Config, DocumentationStyle, Language};

use crate::stage::Outcome;
use crate::tree;

const HEADER: &str = "include/hwlicense.h";

/// Writes the header.
pub(crate) fn write() -> Result<Outcome> {
    let path = path()?;
    fs::write(&path, generate()?).with_context(|| path.display().to_string())?;
    println!("wrote {HEADER}");
    Ok(Outcome::Done)
}

/// Fails if the committed header is not what the sources give.
pub(crate) fn is_fresh() -> Result<Outcome> {
    let path = path()?;
    let committed = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    if committed != generate()? {
        bail!("{HEADER} is stale: run `cargo xtask header` and commit it");
    }
    Ok(Outcome::Done)
}

fn path() -> Result<PathBuf> {
    Ok(tree::root()?.join(HEADER))
}

/// What the generator complained of. It only logs what it leaves out or gets wrong, and for a
/// header each of these is an error.
static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Collector;

impl log::Log for Collector {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        let text = record.args().to_string();
        // A private constant is left out on purpose.
        let is_harmless = text.starts_with("Skip ") && text.ends_with("(not `pub`).");
        if self.enabled(record.metadata())
            && !is_harmless
            && let Ok(mut complaints) = COMPLAINTS.lock()
        {
            complaints.push(text);
        }
    }

    fn flush(&self) {}
}

/// The text of the header.
fn generate() -> Result<String> {
    // Set already when a job generates twice.
    let _ = log::set_logger(&Collector);
    log::set_max_level(log::LevelFilter::Warn);
    let crate_dir = tree::root()?.join("ffi");
    let bindings = Builder::new()
        .with_crate(&crate_dir)
        .with_config(config()?)
        .generate()
        .with_context(|| format!("cannot read {}", crate_dir.display()))?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let complaints = COMPLAINTS.lock().map(|list| list.join("\n")).unwrap_or_default();
    if !complaints.is_empty() {
        bail!("the header's generator warns:\n{complaints}");
    }
    let text = String::from_utf8(bytes).context("the header is text")?;
    Ok(tidy(&text))
}

fn config() -> Result<Config> {
    let mut config = Config {
        language: Language::C,
        cpp_compat: true,
        include_guard: Some("HWLICENSE_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        include_version: false,
        line_length: 110,
        header: Some(PREFACE.trim_end().to_owned()),
        after_includes: Some(versions()?),
        ..Config::default()
    };
    config.function.must_use = Some("HWL_MUST_USE".to_owned());
    config.function.no_return = Some("HWL_NO_RETURN".to_owned());
    config.function.deprecated = Some("HWL_DEPRECATED".to_owned());
    for width in [32, 64] {
        config.defines.insert(format!("target_pointer_width = {width}"), format!("HWL_POINTERS_{width}"));
    }
    // No function mentions the alias: they spell the integer that it is.
    config.export.include = vec!["hwl_status".to_owned()];
    Ok(config)
}

/// The doc comments as C programmers read them: headings of Rust become words.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.lines() {
        let line = match line.trim_start() {
            "* # Errors" => " * Fails with:",
            "* # Safety" => " * Needs:",
            _ => line,
        };
        tidied.push_str(line.trim_end());
        tidied.push('\n');
    }
    tidied
}

/// The version macros, from the one place that holds the version.
fn versions() -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let numbers: Vec<u32> = version.split('.').map(str::parse).collect::<Result<_, _>>().context("version")?;
    let &[major, minor, patch] = numbers.as_slice() else { bail!("{version} is no version of three numbers") };
    let mut text = String::new();
    writeln!(text, "/** Version of the library that this header belongs to. */")?;
    writeln!(text, "#define HWL_VERSION_MAJOR {major}")?;
    writeln!(text, "#define HWL_VERSION_MINOR {minor}")?;
    writeln!(text, "#define HWL_VERSION_PATCH {patch}")?;
    writeln!(text, "/** The version in one number that orders as versions do; compare `hwl_version`. */")?;
    writeln!(
        text,
        "#define HWL_VERSION ((uint32_t)HWL_VERSION_MAJOR << 24 | (uint32_t)HWL_VERSION_MINOR << 16 | \
         (uint32_t)HWL_VERSION_PATCH)"
    )?;
    text.push_str(MACROS);
    Ok(text.trim_end().to_owned())
}

const MACROS: &str = "
/* How wide pointers are: opaque objects hold many of them. */
#if UINTPTR_MAX > 0xffffffff
#define HWL_POINTERS_64
#else
#define HWL_POINTERS_32
#endif
/** Marks a result that must be looked at. Define it as empty to have no warnings. */
#ifndef HWL_MUST_USE
#if defined(__GNUC__) || defined(__clang__)
#define HWL_MUST_USE __attribute__((warn_unused_result))
#else
#define HWL_MUST_USE
#endif
#endif
/** Marks a function that does not return. */
#ifndef HWL_NO_RETURN
#if defined(__GNUC__) || defined(__clang__)
#define HWL_NO_RETURN __attribute__((noreturn))
#else
#define HWL_NO_RETURN
#endif
#endif
";

const PREFACE: &str = "\
/**
 * @file hwlicense.h
 * Hardware IDs and hardware-bound licences, for C99 and C++17. Generated: do not edit.
 *
 * From a machine to a verdict:
 *   hwl_trust_init       trust in the vendor's root keys, with a callback that verifies signatures
 *   hwl_license_verify   a licence file, verified with its certificate
 *   hwl_identity_read    the machine, from a descriptor that the program fills in
 *   hwl_license_check    the licence on this machine at this time: a report
 *   hwl_report_grant     the right to go on, asked for where it counts
 *
 * Memory is the caller's. Plain structs have public fields; those that begin with struct_size are
 * zeroed and given their own sizeof first. Opaque objects are storage for private contents: they
 * are not moved or copied between the call that makes them and the one that ends them. Nothing is
 * allocated, there are no globals, and two objects never interact.
 *
 * Every pointer is checked for NULL and alignment, every length and struct_size for sense, outputs
 * for overlap with inputs: the calls that are wrong in such a way fail with HWL_E_NULL,
 * HWL_E_ALIGN, HWL_E_LENGTH, HWL_E_SIZE, HWL_E_OVERLAP, HWL_E_VALUE or HWL_E_STATE, named \"those
 * of a wrong call\" below, and HWL_E_PANIC names a defect of the library. (NULL, 0) is an empty
 * buffer. Outputs are written only on success; the exceptions are length outputs on HWL_E_BUFFER,
 * opaque objects, which are empty after a failure to make them, and reports, which then refuse.
 *
 * Texts in are UTF-8, pointer and length, without a terminator. Texts given as const char * are
 * static, English and terminated.
 *
 * Each function names its thread rule (\"any thread\" or \"one thread at a time per object\"), whether
 * an interrupt may call it, and its worst stack on a Cortex-M4; docs/abi.md tells how these were
 * found.
 */
";
