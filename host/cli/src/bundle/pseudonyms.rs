//! A reading whose serial numbers are replaced by pseudonyms.
//!
//! Equal values get equal names, so that support still sees which ones repeat; a name is a number in
//! order of appearance, so nothing can be computed back from it. What is no serial number but a
//! filling of the maker's stays as it is, since it is what support looks for. A MAC address keeps
//! the half that names its maker.

use hwlicense_probe::Reading;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::machine::Subject;

/// A shorter value is replaced where it stands as a field, but not looked for elsewhere, where it
/// would maim ordinary words.
const VALUE_CHARS_MIN: usize = 6;

/// What a field holds that identifies a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Serial,
    Uuid,
    Mac,
    Id,
}

impl Kind {
    /// The kind of a field, by its name and that of the list that it is in.
    fn of(list: &str, field: &str) -> Option<Self> {
        match (list, field) {
            (_, "serial" | "system_serial" | "chassis_serial") => Some(Self::Serial),
            (_, "system_uuid") => Some(Self::Uuid),
            (_, "mac" | "permanent_mac") => Some(Self::Mac),
            ("platform_ids", "id") => Some(Self::Id),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Uuid => "uuid",
            Self::Mac => "mac",
            Self::Id => "id",
        }
    }
}

/// A value and what stands for it.
#[derive(Debug)]
struct Pseudonym {
    kind: Kind,
    value: String,
    name: String,
}

/// The pseudonyms of one reading.
#[derive(Debug, Default)]
struct Pseudonyms(Vec<Pseudonym>);

/// A reading in which nothing identifies the machine.
pub(super) fn reading(reading: &Reading) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(reading).map_err(|error| Failure::internal("reading-encoding", error))?;
    let mut pseudonyms = Pseudonyms::default();
    pseudonyms.replace_fields("", &mut value);
    // A name such as enx0123456789ab, or a remark, may repeat what a field holds.
    pseudonyms.replace_mentions(&mut value);
    Ok(value)
}

impl Pseudonyms {
    fn replace_fields(&mut self, list: &str, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (Kind::of(list, name), &*value) {
                        (Some(kind), Value::String(text)) => *value = json!(self.name_for(kind, text)),
                        _ => self.replace_fields(name, value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace_fields(list, value)),
            _ => (),
        }
    }

    fn name_for(&mut self, kind: Kind, value: &str) -> String {
        let folded = value.trim().to_ascii_lowercase();
        if let Some(known) = self.0.iter().find(|known| known.kind == kind && known.value == folded) {
            return known.name.clone();
        }
        if is_filling(kind, value) {
            return value.to_owned();
        }
        let number = self.0.iter().filter(|known| known.kind == kind).count().saturating_add(1);
        let name = match (kind, value.get(..8)) {
            (Kind::Mac, Some(maker)) => format!("{maker}:(mac-{number})"),
            _ => format!("({}-{number})", kind.name()),
        };
        self.0.push(Pseudonym { kind, value: folded, name: name.clone() });
        name
    }

    fn replace_mentions(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| self.replace_mentions(value)),
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace_mentions(value)),
            Value::String(text) => *text = self.without_mentions(text),
            _ => (),
        }
    }

    fn without_mentions(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, known| {
            let bare: String = known.value.chars().filter(char::is_ascii_alphanumeric).collect();
            let text = replace_any_case(&text, &known.value, &known.name);
            if bare == known.value { text } else { replace_any_case(&text, &bare, &known.name) }
        })
    }
}

/// Whether a value says nothing of this machine: the core finds nothing unique in it.
fn is_filling(kind: Kind, value: &str) -> bool {
    let field = match kind {
        Kind::Serial => "serial",
        Kind::Uuid => "system_uuid",
        Kind::Mac | Kind::Id => return false,
    };
    let reading = serde_json::from_value::<Reading>(json!({ "board": { field: value } }));
    let subject = reading.map(|reading| Subject { reading, enrollment: None });
    subject.is_ok_and(|subject| subject.with_machine(|machine| machine.hwid().is_err()).unwrap_or(false))
}

fn replace_any_case(text: &str, value: &str, name: &str) -> String {
    if value.chars().count() < VALUE_CHARS_MIN {
        return text.to_owned();
    }
    // ASCII folding keeps every position, so what is found in one is there in the other.
    let folded = text.to_ascii_lowercase();
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0usize;
    for (start, found) in folded.match_indices(value) {
        replaced.push_str(text.get(end..start).unwrap_or_default());
        replaced.push_str(name);
        end = start.saturating_add(found.len());
    }
    replaced.push_str(text.get(end..).unwrap_or_default());
    replaced
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed, as it should")]
    use super::*;

    #[test]
    fn equal_values_get_equal_names_and_fillings_stay() {
        let read: Reading = serde_json::from_value(json!({
            "board": { "serial": "ZM17AS031337", "system_serial": "zm17as031337 ", "chassis_serial": "To Be Filled By O.E.M.",
                       "system_uuid": "3f2b8c1e-77aa-4d0e-9c51-0cc47ad1b2e6", "product": "X11 of ZM17AS031337" },
            "cpu": { "id": "E9 06 09 00 FF FB EB BF" },
            "nics": [{ "name": "enx0CC47AD1B2E6", "mac": "0c:c4:7a:d1:b2:e6", "permanent_mac": "0C:C4:7A:D1:B2:E6" }],
            "platform_ids": [{ "source": "soc", "id": "0011223344556677" }],
        }))
        .unwrap();
        let shown = reading(&read).unwrap();
        assert_eq!(shown["board"]["serial"], "(serial-1)");
        assert_eq!(shown["board"]["system_serial"], "(serial-1)");
        assert_eq!(shown["board"]["chassis_serial"], "To Be Filled By O.E.M.");
        assert_eq!(shown["board"]["system_uuid"], "(uuid-1)");
        assert_eq!(shown["board"]["product"], "X11 of (serial-1)");
        assert_eq!(shown["cpu"]["id"], "E9 06 09 00 FF FB EB BF");
        assert_eq!(shown["nics"][0]["mac"], "0c:c4:7a:(mac-1)");
        assert_eq!(shown["nics"][0]["permanent_mac"], "0c:c4:7a:(mac-1)");
        assert_eq!(shown["nics"][0]["name"], "enx0c:c4:7a:(mac-1)");
        assert_eq!(shown["platform_ids"][0]["id"], "(id-1)");
    }
}
