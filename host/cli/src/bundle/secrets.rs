//! What must not leave: private keys, passphrases, tokens.
//!
//! Nothing of the kind is collected. What a person hands over, a note, a System file, an update
//! history, may still hold some: values are left out whose names say that they are secret, and a
//! file that holds a private key is refused.

use std::path::Path;

use serde_json::Value;

use crate::exit::Failure;
use crate::files;

/// What stands where a secret stood.
const LEFT_OUT: &str = "[left out]";
/// Longest file that is taken in, in bytes.
const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A shorter value of the environment is no secret, and leaving it out would maim ordinary words.
const VALUE_CHARS_MIN: usize = 6;
/// Parts of names whose values are secret; case, `-`, `_` and blanks do not count.
const SECRET_NAMES: [&str; 11] = [
    "password",
    "passphrase",
    "passwd",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "authorization",
    "cookie",
];

/// A text without its secrets, and how many were taken out.
pub(super) type Stripped = (String, usize);

/// Reads a file that a person wants in the archive.
pub(super) fn read(path: &Path) -> Result<Stripped, Failure> {
    let bytes = files::read(path, FILE_BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage("not-text", format!("{} is no UTF-8 text", path.display()), "Check that it is the right file.")
    })?;
    strip(&text).ok_or_else(|| {
        Failure::usage(
            "private-key-given",
            format!("{} holds a private key, which never belongs into a bundle", path.display()),
            "Name another file. If that key was sent to anybody before, revoke it.",
        )
    })
}

/// A text without what its names say is secret; nothing if it holds a private key.
///
/// Text without secrets comes back byte for byte.
pub(super) fn strip(text: &str) -> Option<Stripped> {
    if text.contains("PRIVATE KEY-----") {
        return None;
    }
    if let Some(stripped) = strip_json(text) {
        return Some(stripped);
    }
    let mut replaced = 0usize;
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| {
            let (line, count) = strip_json(line).unwrap_or_else(|| strip_line(line));
            replaced = replaced.saturating_add(count);
            line
        })
        .collect();
    Some((lines.concat(), replaced))
}

fn strip_json(text: &str) -> Option<Stripped> {
    let mut value: Value =
        serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())?;
    let replaced = strip_value(&mut value);
    // What was not touched stays as it was given, down to its blanks.
    let text = if replaced == 0 { text.to_owned() } else { format!("{value}\n") };
    Some((text, replaced))
}

fn strip_value(value: &mut Value) -> usize {
    match value {
        Value::Object(fields) => fields.iter_mut().fold(0, |replaced, (name, value)| {
            let count = if is_secret_name(name) && !value.is_null() {
                *value = Value::from(LEFT_OUT);
                1
            } else {
                strip_value(value)
            };
            replaced.saturating_add(count)
        }),
        Value::Array(values) => {
            values.iter_mut().fold(0, |replaced, value| replaced.saturating_add(strip_value(value)))
        }
        Value::String(text) => {
            let (stripped, replaced) = strip_line(text);
            *text = stripped;
            replaced
        }
        _ => 0,
    }
}

/// One line of `name: value` or `name = value`, and of words between them.
fn strip_line(line: &str) -> Stripped {
    let (line, logins) = strip_logins(line);
    let mut start = 0usize;
    for (separator, _) in line.match_indices([':', '=']) {
        let (name, after) = (line.get(start..separator), line.get(separator.saturating_add(1)..));
        start = separator.saturating_add(1);
        let (Some(name), Some(after)) = (name, after) else { break };
        if is_secret_name(name) && !after.trim().is_empty() {
            // Where such a value ends is not known, so the rest of the line goes with it.
            let kept = line.get(..start).unwrap_or_default();
            let end = if line.ends_with('\n') { "\n" } else { "" };
            return (format!("{kept} {LEFT_OUT}{end}"), logins.saturating_add(1));
        }
    }
    (line, logins)
}

/// Logins inside of addresses, `scheme://user:password@host`.
fn strip_logins(line: &str) -> Stripped {
    let (mut kept, mut rest, mut replaced) = (String::with_capacity(line.len()), line, 0usize);
    while let Some((before, address)) = rest.split_once("://") {
        let end = address.find(|character: char| character.is_whitespace() || "/\"'<>".contains(character));
        let (authority, after) = address.split_at(end.unwrap_or(address.len()));
        let host = match authority.rsplit_once('@') {
            Some((_, host)) => {
                replaced = replaced.saturating_add(1);
                format!("{LEFT_OUT}@{host}")
            }
            None => authority.to_owned(),
        };
        kept.push_str(&format!("{before}://{host}"));
        rest = after;
    }
    kept.push_str(rest);
    (kept, replaced)
}

fn is_secret_name(name: &str) -> bool {
    let folded: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect();
    SECRET_NAMES.iter().any(|secret| folded.contains(secret))
}

/// Values of this program's environment whose names say that they are secret.
#[derive(Clone, Default)]
pub(super) struct Environment(Vec<String>);

impl core::fmt::Debug for Environment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Environment({} secrets)", self.0.len())
    }
}

impl Environment {
    pub(super) fn read() -> Self {
        let named =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::of(named)
    }

    fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        let mut values: Vec<String> = variables
            .filter(|(name, value)| is_secret_name(name) && value.chars().count() >= VALUE_CHARS_MIN)
            .map(|(_, value)| value)
            .collect();
        // A longer one first, so that none is left in part because another one is inside of it.
        values.sort_by_key(|value| core::cmp::Reverse(value.len()));
        Self(values)
    }

    /// A text without these values, also where JSON escapes them.
    pub(super) fn strip(&self, text: &str) -> Stripped {
        self.0.iter().fold((text.to_owned(), 0usize), |(text, replaced), value| {
            let quoted = Value::from(value.as_str()).to_string();
            let escaped = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
            let count = text.matches(value.as_str()).count().saturating_add(match escaped == value {
                true => 0,
                false => text.matches(escaped).count(),
            });
            let text = text.replace(value.as_str(), LEFT_OUT).replace(escaped, LEFT_OUT);
            (text, replaced.saturating_add(count))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]
    use super::*;

    #[test]
    fn what_is_named_as_a_secret_is_left_out_in_every_form() {
        let cases = [
            r#"{"user":"a","Admin-Password":"hunter22","nested":[{"api_key":"hunter22"}]}"#,
            "password: hunter22\nhost = a\n",
            "user=a password=hunter22 host=b\n",
            "store = postgres://admin:hunter22@db/primary\n",
            "{\"at\":1,\"token\":\"hunter22\"}\n{\"at\":2}\n",
            r#"{"command":"run --passphrase=hunter22"}"#,
            "Authorization: Bearer hunter22",
        ];
        for text in cases {
            let (stripped, replaced) = strip(text).unwrap();
            assert!(!stripped.contains("hunter22") && replaced > 0, "{text} became {stripped}");
            assert!(stripped.contains(LEFT_OUT), "{stripped}");
        }
        let (stripped, replaced) = strip(cases[0]).unwrap();
        assert_eq!(replaced, 2);
        assert_eq!(serde_json::from_str::<Value>(&stripped).unwrap().get("user"), Some(&Value::from("a")));
    }

    #[test]
    fn what_holds_no_secret_comes_back_byte_for_byte() {
        for text in [
            "{ \"servers\": [\n 1 ] }\n",
            "2026-11-22T08:00:00Z updated 1.0 to 1.1: done\n",
            "https://camera.example/a@b\n",
            "",
            "a = b = c",
        ] {
            assert_eq!(strip(text), Some((text.to_owned(), 0)));
        }
    }

    #[test]
    fn a_private_key_refuses_the_whole() {
        assert_eq!(strip("x\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n"), None);
    }

    #[test]
    fn secrets_of_the_environment_are_found_by_their_value() {
        let variables = [("HWLICENSE_PASSPHRASE", "tea \"time\""), ("DB_PASSWORD", "short"), ("HOME", "/home/admin")];
        let environment =
            Environment::of(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let text = "plain tea \"time\", short, /home/admin and {\"a\": \"tea \\\"time\\\"\"}";
        let (stripped, replaced) = environment.strip(text);
        assert_eq!(replaced, 2);
        assert_eq!(stripped, "plain [left out], short, /home/admin and {\"a\": \"[left out]\"}");
    }
}
