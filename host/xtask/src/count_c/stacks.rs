//! The stack of every exported function, beside the number in its documentation.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{build, measured, said};
use crate::archive::exports;
use crate::boards::M4F;
use crate::vector_table::GROUPS;

/// A documented number may be this many hundredths of the measured one.
const HUNDREDTHS_MAX: u64 = 125;
/// Below this it may be anything: a compiler's next version shall not make a quarter of nothing.
const SLACK_BYTES: u64 = 32;

/// Measures, prints, and returns what is documented wrongly.
pub(super) fn compare(work: &Path) -> Result<Vec<String>> {
    let tables: Vec<PathBuf> = GROUPS.iter().map(|group| work.join("tables").join(group.file)).collect();
    let names: Vec<&str> = tables.iter().filter_map(|path| path.to_str()).collect();
    let sources: Vec<&str> = ["stacks.c", "measure.c"].into_iter().chain(names).collect();
    let include = format!("-I{}", crate::tree::root()?.join("tests/qemu/vectors").display());
    let image = build(&M4F, work, "stacks", &sources, &[&include])?;
    let numbers = measured(&M4F, &image)?;
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
        println!("stack of {function:<30} {measured:>6} documented {:>6}{}", stack.bytes, stack.remark());
        if measured > least || (!with_verifier && stack.bytes > most) {
            wrong.push(format!("{function}: {measured} bytes of stack, documented as {}", stack.bytes));
        }
    }
    Ok(wrong)
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
    let declared = header.find(&format!("{function}("))?;
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
    fn the_number_belongs_to_the_function_below_it() {
        let header = "/** Stack: 16 bytes. */\nint hwl_a(void);\n/**\n * Stack: 300 bytes and that of the verifier.\n */\nint hwl_b(int);";
        assert_eq!(documented(header, "hwl_a").unwrap().bytes, 16);
        let second = documented(header, "hwl_b").unwrap();
        assert!(second.bytes == 300 && second.and_verifier);
        assert!(documented(header, "hwl_c").is_none());
    }
}
