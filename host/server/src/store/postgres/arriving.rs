//! A ledger that comes from elsewhere: whole tables, written as they are and read back.

use core::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::transaction::{Mode, PostgresTransaction};
use super::{End, PostgresStore};
use crate::store::moving::{Cell, Shape};
use crate::store::{LedgerRow, LedgerTable as _, StoreError};

/// An empty ledger that is filled, while nobody else uses it.
pub(in crate::store) struct Arriving<'t, 'l> {
    tx: &'t mut PostgresTransaction<'l>,
}

impl PostgresStore {
    /// Fills the ledger in one transaction, which is kept if the work says so.
    pub(in crate::store) fn arrive<E: From<StoreError>>(
        &mut self,
        mut work: impl FnMut(&mut Arriving<'_, '_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connect()?;
        let end = self.once(Mode::Exclusive, &mut |tx: &mut PostgresTransaction<'_>| {
            // It takes as long as it takes.
            tx.batch("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")?;
            work(&mut Arriving { tx })
        })?;
        match end {
            End::Done(()) => Ok(()),
            End::Again | End::NotBegun => Err(StoreError::Busy.into()),
        }
    }
}

impl Arriving<'_, '_> {
    pub(in crate::store) fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        self.tx.ledger()
    }

    pub(in crate::store) fn put_ledger(&mut self, row: &LedgerRow) -> Result<(), StoreError> {
        self.tx.put_ledger(row)
    }

    /// Writes rows of a table.
    pub(in crate::store) fn put_rows(&mut self, table: &Shape, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
        let columns = columns(table);
        let copied = self.tx.with_client(async |client| {
            let shape = client.prepare(&format!("SELECT {columns} FROM \"{}\"", table.name)).await?;
            let types: Vec<Type> = shape.columns().iter().map(|column| column.type_().clone()).collect();
            let sql = format!("COPY \"{}\" ({columns}) FROM STDIN BINARY", table.name);
            let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &types));
            for row in rows {
                let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|cell| -> &(dyn ToSql + Sync) { cell }).collect();
                writer.as_mut().write(&values).await?;
            }
            writer.finish().await
        });
        Ok(copied.map(|_| ())?)
    }

    /// Lets the table go on numbering rows where the other one was.
    pub(in crate::store) fn count_on(&mut self, table: &Shape) -> Result<(), StoreError> {
        if table.highest_id == 0 {
            return Ok(());
        }
        let sql = "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)";
        self.tx.first(sql, &[&table.name, &table.highest_id], |_| Ok(())).map(|_| ())
    }

    /// Begins to read a table in the order of its key, as the other database has it.
    pub(in crate::store) fn begin_reading(&mut self, table: &Shape) -> Result<(), StoreError> {
        let key: Vec<String> = table
            .key
            .iter()
            .map(|(name, is_text)| format!("\"{name}\"{}", if *is_text { " COLLATE \"C\"" } else { "" }))
            .collect();
        let (columns, order) = (columns(table), key.join(", "));
        let sql = format!("DECLARE moved CURSOR FOR SELECT {columns} FROM \"{}\" ORDER BY {order}", table.name);
        self.tx.batch(&sql)
    }

    /// The next rows, so many if there are.
    pub(in crate::store) fn read_rows(&mut self, count: usize) -> Result<Vec<Vec<Cell>>, StoreError> {
        let sql = format!("FETCH {count} FROM moved");
        let rows = self.tx.with_client(async |client| client.query(&sql, &[]).await)?;
        rows.iter().map(|row| (0..row.len()).map(|index| Ok(row.try_get(index)?)).collect()).collect()
    }

    pub(in crate::store) fn end_reading(&mut self) -> Result<(), StoreError> {
        self.tx.batch("CLOSE moved")
    }
}

fn columns(table: &Shape) -> String {
    table.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

type Boxed = Box<dyn core::error::Error + Sync + Send>;

impl ToSql for Cell {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(ty, out),
            Self::Text(text) => text.to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(match *ty {
            Type::INT8 => Self::Number(i64::from_sql(ty, raw)?),
            Type::TEXT => Self::Text(String::from_sql(ty, raw)?),
            _ => Self::Bytes(raw.to_vec()),
        })
    }

    fn from_sql_null(_ty: &Type) -> Result<Self, Boxed> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        <Self as ToSql>::accepts(ty)
    }
}
