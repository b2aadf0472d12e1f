//! The stack of every exported function, beside the number in its documentation.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Measured, build_with, measured, said, source};
use crate::archive::{self, exports};
use crate::boards::M4F;
use crate::pin::Tool;
use crate::vector_table::GROUPS;

/// A documented number may be this many hundredths of the measured one.
const HUNDREDTHS_MAX: u64 = 125;
/// Below this it may be anything: a compiler's next version shall not make a quarter of nothing.
const SLACK_BYTES: u64 = 32;

/// What is documented is the measured number and this many hundredths, for the next compiler.
const HEADROOM_HUNDREDTHS: u64 = 110;

/// The stack of every function, by its name, as one image measures it.
fn measure(work: &Path) -> Result<Measured> {
    let mut sources = Tool::build()?.fixture_in_c(work, 4)?;
    for name in ["stacks.c", "machine.c", "installation.c", "measure.c"] {
        sources.push(source(name)?);
    }
    sources.extend(GROUPS.iter().map(|group| work.join("tables").join(group.file)));
    let include = format!("-I{}", crate::tree::root()?.join("tests/qemu/vectors").display());
    let image = build_with(&M4F, &archive::firmware(M4F.target)?, work, "stacks", &sources, &[&include])?;
    measured(&M4F, &image)
}

/// Measures, prints, and returns what is documented wrongly by more than so many hundredths.
pub(super) fn compare(work: &Path, slack_hundredths: u64) -> Result<Vec<String>> {
    let numbers = measure(work)?;
    let header = std::fs::read_to_string(exports::include()?.join("hwlicense.h")).context("cannot read the header")?;
    let verifier = documented(&header, "hwl_ed25519_verify").map_or(0, |stack| stack.bytes);
    let mut wrong = Vec::new();
    for function in exports::functions()? {
        let Ok(measured) = said(&numbers, "stack", &function) else {
            wrong.push(format!("{function}: its stack is not measured"));
            continue;
        };
        let Some(stack) = documented(&header, &function) else {
            wrong.push(format!("{function}: documents no stack, {measured} were measured"));
            continue;
        };
        // The self-test runs with the real verifier, because another one ends it early.
        let with_verifier = function == "hwl_self_test";
        let least = if with_verifier { stack.bytes.saturating_add(verifier) } else { stack.bytes };
        let most = (measured.saturating_mul(HUNDREDTHS_MAX) / 100).max(measured.saturating_add(SLACK_BYTES));
        let least = least.saturating_mul(slack_hundredths.saturating_add(100)) / 100;
        println!("stack of {function:<30} {measured:>6} documented {:>6}{}", stack.bytes, stack.remark());
        if measured > least || (!with_verifier && stack.bytes > most) {
            wrong.push(format!("{function}: {measured} bytes of stack, documented as {}", stack.bytes));
        }
    }
    Ok(wrong)
}

/// Measures, and writes the numbers into the documentation in `ffi`, from which the header is made.
pub(super) fn write(work: &Path) -> Result<()> {
    let numbers = measure(work)?;
    let verifier = said(&numbers, "stack", "hwl_ed25519_verify")?;
    let folder = crate::tree::root()?.join("ffi/src");
    let folders = [folder.join("client"), folder.join("system"), folder];
    for path in folders.iter().map(|folder| sources_in(folder)).collect::<Result<Vec<_>>>()?.concat() {
        let mut text = std::fs::read_to_string(&path)?;
        for function in exports::functions()? {
            let Ok(bytes) = said(&numbers, "stack", &function) else { continue };
            let bytes = if function == "hwl_self_test" { bytes.saturating_sub(verifier) } else { bytes };
            let bytes = (bytes.saturating_mul(HEADROOM_HUNDREDTHS) / 100).next_multiple_of(8).max(16);
            if let Some(changed) = with_number(&text, &function, bytes) {
                text = changed;
            }
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The files of a folder that hold functions.
fn sources_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    Ok(sources)
}

/// The source with another number in the last `Stack: N bytes` before the function.
fn with_number(source: &str, function: &str, bytes: u64) -> Option<String> {
    let declared = source.find(&format!("fn {function}("))?;
    let before = source.get(..declared)?;
    let number = before.rfind("Stack: ")?.checked_add("Stack: ".len())?;
    let end = number.checked_add(source.get(number..)?.find(' ')?)?;
    Some(format!("{}{bytes}{}", source.get(..number)?, source.get(end..)?))
}

/// What the header says of a function's stack.
struct Stack {
    bytes: u64,
    and_verifier: bool,
}

impl Stack {
    fn remark(&self) -> &'static str {
        if self.and_verifier { " and that of the verifier" } else { "" }
    }
}

/// The last `Stack: N bytes` before the function is declared.
fn documented(header: &str, function: &str) -> Option<Stack> {
    // Comments name functions too; a declaration does not begin with their star.
    let is_code = |at: usize| {
        let line = header.get(..at).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
        !line.trim_start().starts_with('*')
    };
    let (declared, _) = header.match_indices(&format!("{function}(")).find(|(at, _)| is_code(*at))?;
    let before = header.get(..declared)?;
    let block = before.get(before.rfind("/**")?..)?;
    let (_, after) = block.rsplit_once("Stack: ")?;
    let bytes = after.split(' ').next()?.parse().ok()?;
    Some(Stack { bytes, and_verifier: after.contains("of the verifier") })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_number_is_put_into_its_place() {
        let source = "/// Stack: 16 bytes.\nfn hwl_a() {}\n/// Stack: 3 bytes and that of the verifier.\nfn hwl_b() {}";
        let changed = with_number(source, "hwl_b", 40).unwrap();
        assert!(changed.contains("Stack: 16 bytes") && changed.contains("Stack: 40 bytes and that"));
        assert!(with_number(source, "hwl_c", 40).is_none());
    }

    #[test]
    fn the_number_belongs_to_the_function_below_it() {
        let header = "/** Stack: 16 bytes. */\nint hwl_a(void);\n/**\n * Stack: 300 bytes and that of the verifier.\n */\nint hwl_b(int);";
        assert_eq!(documented(header, "hwl_a").unwrap().bytes, 16);
        let second = documented(header, "hwl_b").unwrap();
        assert!(second.bytes == 300 && second.and_verifier);
        assert!(documented(header, "hwl_c").is_none());
    }
}
