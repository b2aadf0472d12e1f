//! How values of ours lie in columns: numbers as BIGINT, everything else of fixed size as BYTEA.

use core::error::Error;
use core::fmt;

use hwlicense::hwid::Hwid;
use hwlicense::license::{Class, LicenseKey};
use hwlicense::time::UnixSeconds;
use hwlicense::update::Version;
use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::StoreError;

/// A column holds what this software would not write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongShape;

impl fmt::Display for WrongShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column holds what was never written there")
    }
}

impl Error for WrongShape {}

type Boxed = Box<dyn Error + Sync + Send>;

/// What PostgreSQL is given.
pub(super) enum Cell {
    Null,
    Number(i64),
    Bytes(Vec<u8>),
}

/// A value of ours that has a form in a column.
pub(super) trait InColumn: Sized + fmt::Debug {
    fn write(&self) -> Cell;
    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed>;
}

/// A value of ours as a parameter of a statement, or as a column of a row.
#[derive(Debug)]
pub(super) struct Column<T>(pub(super) T);

impl<T: InColumn> ToSql for Column<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self.0.write() {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Number(number) => number.to_sql(ty, out),
            Cell::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::BYTEA
    }

    to_sql_checked!();
}

impl<'a, T: InColumn> FromSql<'a> for Column<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        T::read(ty, Some(raw)).map(Self)
    }

    fn from_sql_null(ty: &Type) -> Result<Self, Boxed> {
        T::read(ty, None).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::BYTEA
    }
}

/// A value of ours from a row.
pub(super) fn get<T: InColumn>(row: &Row, index: usize) -> Result<T, StoreError> {
    Ok(row.try_get::<_, Column<T>>(index)?.0)
}

/// Text or bytes of any length from a row.
pub(super) fn take<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, StoreError> {
    Ok(row.try_get(index)?)
}

impl<T: InColumn> InColumn for Option<T> {
    fn write(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, T::write)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        raw.map(|raw| T::read(ty, Some(raw))).transpose()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl InColumn for $number {
            fn write(&self) -> Cell {
                Cell::Number(i64::try_from(*self).unwrap_or(i64::MAX))
            }

            fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
                let number = i64::from_sql(ty, raw.ok_or(WrongShape)?)?;
                Self::try_from(number).map_err(|_| WrongShape.into())
            }
        }
    )*};
}

numbers! { u8 u16 u32 i64 u64 }

impl InColumn for bool {
    fn write(&self) -> Cell {
        Cell::Number(i64::from(*self))
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        u8::read(ty, raw).map(|number| number != 0)
    }
}

impl InColumn for UnixSeconds {
    fn write(&self) -> Cell {
        self.0.write()
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        u64::read(ty, raw).map(Self)
    }
}

impl InColumn for Class {
    fn write(&self) -> Cell {
        self.0.write()
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        u16::read(ty, raw).map(Self)
    }
}

impl<const N: usize> InColumn for [u8; N] {
    fn write(&self) -> Cell {
        Cell::Bytes(self.to_vec())
    }

    fn read(_ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        raw.and_then(|raw| Self::try_from(raw).ok()).ok_or_else(|| WrongShape.into())
    }
}

impl InColumn for LicenseKey {
    fn write(&self) -> Cell {
        self.bytes().write()
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        let bytes = <[u8; 10]>::read(ty, raw)?;
        // The check at the end is made again; a key that has another one never was a key.
        let key = Self::from_random(bytes);
        if key.bytes() == bytes { Ok(key) } else { Err(WrongShape.into()) }
    }
}

impl InColumn for Hwid {
    fn write(&self) -> Cell {
        Cell::Bytes([self.scheme].into_iter().chain(self.bytes).collect())
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        let [scheme, bytes @ ..] = <[u8; 17]>::read(ty, raw)?;
        Ok(Self { scheme, bytes })
    }
}

/// Bytes that sort as versions do.
impl InColumn for Version {
    fn write(&self) -> Cell {
        let [major, minor, patch] = [self.major, self.minor, self.patch].map(u16::to_be_bytes);
        Cell::Bytes([&major[..], &minor, &patch, &self.build.to_be_bytes()].concat())
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Self, Boxed> {
        let [a, b, c, d, e, f, build @ ..] = <[u8; 10]>::read(ty, raw)?;
        let [major, minor, patch] = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
        Ok(Self { major, minor, patch, build: u32::from_be_bytes(build) })
    }
}
