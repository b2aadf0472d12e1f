//! Fills `@NAME@` in a text.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// What stands for each name.
pub(super) type Values = BTreeMap<&'static str, String>;

/// The text with every name filled in. A name that nobody gave a value is an error.
pub(super) fn fill(text: &str, values: &Values) -> Result<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("@{name}@"), value);
    }
    match filled.split('@').skip(1).step_by(2).find(|between| is_name(between)) {
        Some(name) => bail!("nobody fills in @{name}@"),
        None => Ok(filled),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn every_name_is_filled_in_or_missed() {
        let values = Values::from([("VERSION", "1.2.3".to_owned())]);
        assert_eq!(fill("v@VERSION@, a@b", &values).unwrap(), "v1.2.3, a@b");
        assert!(fill("@SONAME@", &values).unwrap_err().to_string().contains("SONAME"));
    }
}
