//! A value as it was written, and what a setting makes of it.

use core::fmt;
use core::time::Duration;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::{Config, WebAddress};
use crate::net::Address;
use crate::store::Location;

/// A value of TOML, as far as settings have such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(u64),
    Switch(bool),
    List(Vec<Self>),
    /// A table, a date, a broken or a negative number: what no setting takes.
    Other(String),
}

impl Value {
    /// The value in a file.
    pub(super) fn of(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Boolean(switch) => Self::Switch(*switch),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| Self::Other(number.as_str().to_owned()), Self::Number),
            DeValue::Float(number) => Self::Other(number.as_str().to_owned()),
            DeValue::Datetime(time) => Self::Other(time.to_string()),
            DeValue::Array(list) => Self::List(list.iter().map(|value| Self::of(value.get_ref())).collect()),
            DeValue::Table(_) => Self::Other("a table".to_owned()),
        }
    }
}

/// As TOML writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            Self::Switch(switch) => switch.fmt(f),
            Self::Other(text) => f.write_str(text),
            Self::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

/// What a setting takes, and where it goes.
pub(super) enum Field {
    Addresses(fn(&mut Config) -> &mut Vec<Address>),
    Location(fn(&mut Config) -> &mut Location),
    Path(fn(&mut Config) -> &mut PathBuf),
    OptionalPath(fn(&mut Config) -> &mut Option<PathBuf>),
    Paths(fn(&mut Config) -> &mut Vec<PathBuf>),
    Texts(fn(&mut Config) -> &mut Vec<String>),
    Web(fn(&mut Config) -> &mut Option<WebAddress>),
    Switch(fn(&mut Config) -> &mut bool),
    Count { min: u32, max: u32, place: fn(&mut Config) -> &mut u32 },
    Seconds { min: u32, max: u32, place: fn(&mut Config) -> &mut Duration },
    Choice(Choice),
}

/// One of several words.
pub(super) struct Choice {
    pub(super) words: &'static [&'static str],
    pub(super) put: fn(&mut Config, usize),
    pub(super) index: fn(&Config) -> usize,
}

impl Field {
    /// What it takes, in words.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Addresses(_) => crate::net::AddressError.to_string().replacen("an address", "a list of addresses", 1),
            Self::Location(_) => Location::EXPECTED.to_owned(),
            Self::Path(_) | Self::OptionalPath(_) => "the path of a file".to_owned(),
            Self::Paths(_) => "a list of paths of files".to_owned(),
            Self::Texts(_) => "a list of texts".to_owned(),
            Self::Web(_) => {
                "an address such as \"http://127.0.0.1:16771\" or \"https://0.0.0.0:16771\", or \"off\"".to_owned()
            }
            Self::Switch(_) => "true or false".to_owned(),
            Self::Count { min, max, .. } => format!("a whole number from {min} to {max}"),
            Self::Seconds { min, max, .. } => format!("a whole number of seconds from {min} to {max}"),
            Self::Choice(choice) => format!("one of: {}", choice.words.join(", ")),
        }
    }

    /// A value that it does not take, as a message may show it: a URL may hold a password.
    pub(super) fn shown(&self, value: &Value) -> String {
        match (self, value) {
            (Self::Location(_), Value::Text(text)) if text.contains("://") => "a URL".to_owned(),
            _ => value.to_string(),
        }
    }

    /// The value that a text of the environment or of the command line stands for. Lists are separated
    /// by commas, or written as in the file.
    pub(super) fn value_of_text(&self, text: &str) -> Value {
        let other = || Value::Other(format!("{text:?}"));
        match self {
            Self::Addresses(_) | Self::Paths(_) | Self::Texts(_) if text.starts_with('[') => {
                DeValue::parse(text).map_or_else(|_| other(), |value| Value::of(value.get_ref()))
            }
            Self::Addresses(_) | Self::Paths(_) | Self::Texts(_) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Value::List(parts.map(|part| Value::Text(part.to_owned())).collect())
            }
            Self::Location(_) | Self::Path(_) | Self::OptionalPath(_) | Self::Web(_) | Self::Choice(_) => {
                Value::Text(text.to_owned())
            }
            Self::Switch(_) => text.parse().map_or_else(|_| other(), Value::Switch),
            Self::Count { .. } | Self::Seconds { .. } => text.parse().map_or_else(|_| other(), Value::Number),
        }
    }

    /// Puts a value into its place; relative paths begin at the folder. `None` if it is none that this
    /// takes, and then nothing was changed.
    pub(super) fn put(&self, config: &mut Config, value: &Value, folder: &Path) -> Option<()> {
        match (self, value) {
            (Self::Addresses(place), Value::List(values)) => {
                let address = |value: &Value| if let Value::Text(text) = value { text.parse().ok() } else { None };
                *place(config) = values.iter().map(address).collect::<Option<_>>()?;
            }
            (Self::Location(place), Value::Text(text)) => *place(config) = Location::parse(text, folder)?,
            (Self::Path(place), value) => *place(config) = path(value, folder)?,
            (Self::OptionalPath(place), value) => *place(config) = Some(path(value, folder)?),
            (Self::Paths(place), Value::List(values)) => {
                *place(config) = values.iter().map(|value| path(value, folder)).collect::<Option<_>>()?;
            }
            (Self::Texts(place), Value::List(values)) => {
                let text = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
                *place(config) = values.iter().map(text).collect::<Option<_>>()?;
            }
            (Self::Web(place), Value::Text(text)) => {
                *place(config) = if text == "off" { None } else { Some(text.parse().ok()?) };
            }
            (Self::Switch(place), Value::Switch(switch)) => *place(config) = *switch,
            (Self::Count { min, max, place }, Value::Number(number)) => *place(config) = within(*number, *min, *max)?,
            (Self::Seconds { min, max, place }, Value::Number(number)) => {
                *place(config) = Duration::from_secs(within(*number, *min, *max)?.into());
            }
            (Self::Choice(choice), Value::Text(word)) => {
                (choice.put)(config, choice.words.iter().position(|known| known == word)?);
            }
            _ => return None,
        }
        Some(())
    }

    /// What is in its place.
    pub(super) fn get(&self, config: &mut Config) -> Option<Value> {
        let text = |path: &PathBuf| Value::Text(path.display().to_string());
        Some(match self {
            Self::Addresses(place) => {
                Value::List(place(config).iter().map(|address| Value::Text(address.to_string())).collect())
            }
            Self::Location(place) => Value::Text(place(config).to_string()),
            Self::Path(place) => text(place(config)),
            Self::OptionalPath(place) => text(place(config).as_ref()?),
            Self::Paths(place) => Value::List(place(config).iter().map(text).collect()),
            Self::Texts(place) => Value::List(place(config).iter().cloned().map(Value::Text).collect()),
            Self::Web(place) => {
                Value::Text(place(config).map_or_else(|| "off".to_owned(), |address| address.to_string()))
            }
            Self::Switch(place) => Value::Switch(*place(config)),
            Self::Count { place, .. } => Value::Number((*place(config)).into()),
            Self::Seconds { place, .. } => Value::Number(place(config).as_secs()),
            Self::Choice(choice) => Value::Text((*choice.words.get((choice.index)(config))?).to_owned()),
        })
    }
}

fn path(value: &Value, folder: &Path) -> Option<PathBuf> {
    match value {
        Value::Text(text) if !text.is_empty() => Some(folder.join(text)),
        _ => None,
    }
}

fn within(number: u64, min: u32, max: u32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| (min..=max).contains(number))
}
