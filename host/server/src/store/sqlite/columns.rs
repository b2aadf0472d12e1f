//! How values of ours lie in columns.

use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, LicenseKey};
use hwlicense::time::UnixSeconds;
use hwlicense::update::Version;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

/// A value of ours that has a form in a column.
pub(super) trait InColumn: Copy {
    fn write(self) -> Value;
    fn read(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

/// A value of ours as a parameter of a statement, or as a column of a row.
pub(super) struct Column<T>(pub(super) T);

impl<T: InColumn> ToSql for Column<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(self.0.write()))
    }
}

impl<T: InColumn> FromSql for Column<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::read(value).map(Self)
    }
}

/// A value of ours from a row.
pub(super) fn get<T: InColumn>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    row.get(index).map(|Column(value)| value)
}

impl<T: InColumn> InColumn for Option<T> {
    fn write(self) -> Value {
        self.map_or(Value::Null, T::write)
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        if value == ValueRef::Null { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl InColumn for u64 {
    fn write(self) -> Value {
        Value::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        Self::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl InColumn for UnixSeconds {
    fn write(self) -> Value {
        self.0.write()
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u64::read(value).map(Self)
    }
}

impl InColumn for Class {
    fn write(self) -> Value {
        Value::Integer(self.0.into())
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u16::column_result(value).map(Self)
    }
}

impl InColumn for LicenseKey {
    fn write(self) -> Value {
        Value::Blob(self.bytes().into())
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 10]>::column_result(value)?;
        // The check at the end is made again; a key that has another one never was a key.
        let key = Self::from_random(bytes);
        if key.bytes() == bytes { Ok(key) } else { Err(FromSqlError::InvalidType) }
    }
}

impl InColumn for Hwid {
    fn write(self) -> Value {
        Value::Blob([self.scheme].into_iter().chain(self.bytes).collect())
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let [scheme, bytes @ ..] = <[u8; 17]>::column_result(value)?;
        Ok(Self { scheme, bytes })
    }
}

/// Bytes that sort as versions do.
impl InColumn for Version {
    fn write(self) -> Value {
        let [major, minor, patch] = [self.major, self.minor, self.patch].map(u16::to_be_bytes);
        Value::Blob([&major[..], &minor, &patch, &self.build.to_be_bytes()].concat())
    }

    fn read(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let [a, b, c, d, e, f, build @ ..] = <[u8; 10]>::column_result(value)?;
        let [major, minor, patch] = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
        Ok(Self { major, minor, patch, build: u32::from_be_bytes(build) })
    }
}
