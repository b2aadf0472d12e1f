//! A file with every setting, explained.

use core::fmt::Write as _;

use super::settings::Setting;
use super::{Config, VARIABLE_PREFIX};

/// Columns of a comment.
const COLUMNS: usize = 100;

/// A configuration file that sets what this configuration says, with each setting explained.
#[must_use]
pub fn example(config: &Config) -> String {
    let mut config = config.clone();
    let mut text = String::new();
    comment(
        &mut text,
        &format!(
            "Configuration of an hwlicense Primary Server. Paths are taken from the folder of this file. A variable of \
             the environment ({VARIABLE_PREFIX}LIMITS_IDLE_S=30) wins over this file, a flag (--set limits.idle_s=30) \
             over both. `hwlicense serve --check` tells whether all of it is right.",
        ),
    );
    let mut table = "";
    for setting in Setting::all() {
        if setting.table() != table {
            table = setting.table();
            let _ = write!(text, "\n[{table}]\n");
        }
        text.push('\n');
        comment(&mut text, &format!("{} Takes {}.", setting.about, setting.field.expected()));
        // A setting that has no value is shown as one could write it.
        let (mark, value) = match setting.field.get(&mut config) {
            Some(value) => ("", value.to_string()),
            None => ("# ", "\"/etc/hwlicense/FILE.pem\"".to_owned()),
        };
        let _ = writeln!(text, "{mark}{} = {value}", setting.name());
    }
    text
}

/// Sentences as lines of a comment.
fn comment(text: &mut String, sentences: &str) {
    let mut line = String::from("#");
    for word in sentences.split_whitespace() {
        if line.len().saturating_add(word.len()) >= COLUMNS {
            let _ = writeln!(text, "{line}");
            line = String::from("#");
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(text, "{line}");
}
