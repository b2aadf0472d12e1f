//! Clients before their first contact, one by one or from a CSV file.

use core::fmt;

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::primary::{DEVICE_NAME_BYTES_MAX, Refusal};

use super::{Action, Book, CommandError};
use crate::store::{ExpectedRow, StoreError};

/// A client that is to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Name by which it will be known.
    pub name: Option<String>,
    /// HWID by which it will be known; then the name says nothing.
    pub hwid: Option<Hwid>,
    /// Entitlement that it gets.
    pub assigned: Option<LicenseKey>,
    /// For people.
    pub note: String,
}

/// Why a row of a CSV file is no client, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsvError {
    /// The first row does not name the columns: `name`, `hwid`, `key`, `note`, in any order, with at
    /// least one of the first two.
    Header,
    /// This line is not made as CSV is, or has another number of fields than the first.
    Row(u64),
    /// Neither a name nor a HWID, or a name that is too long.
    Name(u64),
    /// The HWID is none.
    Hwid(u64),
    /// The licence key is none.
    Key(u64),
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the first row names the columns: name, hwid, key, note"),
            Self::Row(line) => write!(f, "line {line} is no row of the table"),
            Self::Name(line) => write!(f, "line {line} has no name and no HWID, or too long a name"),
            Self::Hwid(line) => write!(f, "line {line}: a HWID is exactly 34 hexadecimal digits"),
            Self::Key(line) => write!(f, "line {line}: a licence key reads AAAA-BBBB-CCCC-DDDD"),
        }
    }
}

impl core::error::Error for CsvError {}

/// Reads clients that are expected from a CSV file (RFC 4180) whose first row names the columns.
///
/// # Errors
/// [`CsvError`], with the number of the line, for the first row that is wrong.
pub fn read_csv(text: &str) -> Result<Vec<Expected>, CsvError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| CsvError::Header)?.clone();
    let is_known = |name: &str| matches!(name, "name" | "hwid" | "key" | "note");
    let has = |name: &str| header.iter().any(|column| column == name);
    if !header.iter().all(is_known) || !(has("name") || has("hwid")) {
        return Err(CsvError::Header);
    }
    let mut clients = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| CsvError::Row(error.position().map_or(0, csv::Position::line)))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |name: &str| {
            let mut fields = header.iter().zip(record.iter()).filter(|(column, _)| *column == name);
            fields.next().map(|(_, field)| field).filter(|field| !field.is_empty())
        };
        let hwid = field("hwid").map(str::parse::<Hwid>).transpose().map_err(|_| CsvError::Hwid(line))?;
        let assigned = field("key").map(str::parse::<LicenseKey>).transpose().map_err(|_| CsvError::Key(line))?;
        let name = field("name").map(String::from);
        let is_nameless = name.is_none() && hwid.is_none();
        if is_nameless || name.as_ref().is_some_and(|name| name.len() > DEVICE_NAME_BYTES_MAX) {
            return Err(CsvError::Name(line));
        }
        clients.push(Expected { name, hwid, assigned, note: field("note").unwrap_or_default().into() });
    }
    Ok(clients)
}

/// Enters a client that is expected, and gives its number. If it made contact already, it is
/// assigned what it was to get.
///
/// # Errors
/// [`CommandError::Refused`] with [`Refusal::UnknownLicenseKey`]; [`StoreError::Conflict`] for one
/// that is expected already.
pub fn expect(book: &mut Book<'_>, expected: &Expected) -> Result<i64, CommandError> {
    if let Some(key) = expected.assigned
        && book.tx.entitlement(key)?.is_none()
    {
        return Err(Refusal::UnknownLicenseKey.into());
    }
    let met = match expected.hwid {
        Some(hwid) => book.tx.client_by_hwid(hwid)?,
        None => None,
    };
    let id = book.tx.insert_expected(&ExpectedRow {
        id: 0,
        name: expected.name.clone(),
        hwid: expected.hwid,
        assigned: expected.assigned,
        note: expected.note.clone(),
        entered: book.now,
        client: met.as_ref().map(|client| client.id),
    })?;
    book.note(Action::Expected, expected.hwid, expected.assigned, expected.name.clone().unwrap_or_default())?;
    if let Some(client) = met
        && expected.assigned.is_some()
    {
        super::assign(book, client.hwid, expected.assigned)?;
    }
    Ok(id)
}

/// Strikes a client out that is expected no more.
///
/// # Errors
/// [`StoreError::Conflict`] if none is expected under this number: it was struck out, or made contact.
pub fn strike_expected(book: &mut Book<'_>, id: i64) -> Result<(), StoreError> {
    let next = book.tx.expected_after(Some(id.saturating_sub(1)), 1)?;
    let row = next.into_iter().find(|row| row.id == id).ok_or(StoreError::Conflict)?;
    book.tx.delete_expected(id)?;
    book.note(Action::NotExpected, row.hwid, row.assigned, row.name.unwrap_or_default())
}
