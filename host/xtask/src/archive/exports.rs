//! What the header promises: the names of its functions, and its numbers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::tree;

/// The one function that the header declares and the C program supplies.
pub(crate) const ON_PANIC: &str = "hwl_on_panic";
/// Every exported name begins with this.
pub(crate) const PREFIX: &str = "hwl_";

/// The folder of the public headers.
pub(crate) fn include() -> Result<PathBuf> {
    Ok(tree::root()?.join("include"))
}

/// Names of the functions that the library exports, sorted.
pub(crate) fn functions() -> Result<BTreeSet<String>> {
    let found = declared(&header()?);
    if found.is_empty() {
        bail!("include/hwlicense.h declares no function");
    }
    Ok(found)
}

/// The number of the ABI, which is also the number in the soname.
pub(crate) fn abi_version() -> Result<u32> {
    defined(&header()?, "HWL_ABI_VERSION").context("include/hwlicense.h defines no HWL_ABI_VERSION")
}

/// Version of the library: that of the workspace.
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn header() -> Result<String> {
    let path = include()?.join("hwlicense.h");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Function names of a header: identifiers with the prefix that a parenthesis follows.
///
/// The name of a function type stands in parentheses itself, so `(` never follows it directly.
fn declared(header: &str) -> BTreeSet<String> {
    let code = without_comments(header);
    let mut found = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices(PREFIX) {
            let (before, from) = line.split_at(at);
            if before.ends_with(is_in_identifier) {
                continue;
            }
            let name: String = from.chars().take_while(|&character| is_in_identifier(character)).collect();
            let behind = from.strip_prefix(name.as_str()).unwrap_or_default().trim_start();
            // A pointer type in front of a function type's name also has a parenthesis behind it.
            let is_pointer = behind.strip_prefix('(').is_some_and(|inside| inside.trim_start().starts_with('*'));
            if behind.starts_with('(') && !is_pointer {
                found.insert(name);
            }
        }
    }
    found.remove(ON_PANIC);
    found
}

fn is_in_identifier(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The header without its comments, of both kinds. The header holds no string literals.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('/') {
        code.push_str(before);
        rest = if let Some(comment) = from.strip_prefix('*') {
            comment.split_once("*/").map_or("", |(_, behind)| behind)
        } else if let Some(comment) = from.strip_prefix('/') {
            comment.find('\n').map_or("", |end| comment.split_at(end).1)
        } else {
            code.push('/');
            from
        };
    }
    code.push_str(rest);
    code
}

/// The number that a macro stands for.
fn defined(header: &str, name: &str) -> Option<u32> {
    without_comments(header).lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("#define") && words.next() == Some(name))
            .then(|| words.next()?.trim_end_matches(['u', 'U']).parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\
        #define HWL_ABI_VERSION 3U // the third\n\
        #define HWL_CALL(x) hwl_macro(x)\n\
        /** Calls hwl_in_a_comment(). */\n\
        typedef uint32_t (*hwl_verify_function)(void *ctx); // hwl_neither()\n\
        typedef hwl_status (*hwl_log)(void *ctx);\n\
        hwl_status hwl_hwid_parse(const uint8_t *text,\n  size_t length);\n\
        const char *hwl_status_name (hwl_status status);\n\
        extern void hwl_on_panic(void);\n";

    #[test]
    fn only_functions_are_exports() {
        let expected: BTreeSet<String> = ["hwl_hwid_parse", "hwl_status_name"].map(str::to_owned).into();
        assert_eq!(declared(HEADER), expected);
    }

    #[test]
    fn the_number_of_the_abi_is_read() {
        assert_eq!(defined(HEADER, "HWL_ABI_VERSION"), Some(3));
        assert_eq!(defined(HEADER, "HWL_VERSION"), None);
    }
}
