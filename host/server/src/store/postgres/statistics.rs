//! Tables of what happened in each hour.

use super::columns::{Column, get};
use super::transaction::PostgresTransaction;
use crate::store::{ContactsRow, StatisticsTable, StoreError, UsageRow};

impl StatisticsTable for PostgresTransaction<'_> {
    fn add_contacts(&mut self, row: &ContactsRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO contacts_by_hour AS of (hour, licensed, waiting, refused, put_off) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (hour) DO UPDATE SET licensed = of.licensed + excluded.licensed,
                 waiting = of.waiting + excluded.waiting, refused = of.refused + excluded.refused,
                 put_off = of.put_off + excluded.put_off",
            &[
                &Column(row.hour),
                &Column(row.licensed),
                &Column(row.waiting),
                &Column(row.refused),
                &Column(row.put_off),
            ],
        )
    }

    fn contacts_since(&mut self, hour: u32) -> Result<Vec<ContactsRow>, StoreError> {
        let sql = "SELECT hour, licensed, waiting, refused, put_off FROM contacts_by_hour WHERE hour >= $1
             ORDER BY hour";
        self.all(sql, &[&Column(hour)], |row| {
            Ok(ContactsRow {
                hour: get(row, 0)?,
                licensed: get(row, 1)?,
                waiting: get(row, 2)?,
                refused: get(row, 3)?,
                put_off: get(row, 4)?,
            })
        })
    }

    fn raise_usage(&mut self, row: &UsageRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO usage_by_hour AS of (hour, class, used, capacity) VALUES ($1, $2, $3, $4)
             ON CONFLICT (hour, class) DO UPDATE SET used = greatest(of.used, excluded.used),
                 capacity = greatest(of.capacity, excluded.capacity)",
            &[&Column(row.hour), &Column(row.class), &Column(row.used), &Column(row.capacity)],
        )
    }

    fn usage_since(&mut self, hour: u32) -> Result<Vec<UsageRow>, StoreError> {
        let sql = "SELECT hour, class, used, capacity FROM usage_by_hour WHERE hour >= $1 ORDER BY hour, class";
        self.all(sql, &[&Column(hour)], |row| {
            Ok(UsageRow { hour: get(row, 0)?, class: get(row, 1)?, used: get(row, 2)?, capacity: get(row, 3)? })
        })
    }

    fn delete_statistics_before(&mut self, hour: u32) -> Result<(), StoreError> {
        self.run("DELETE FROM contacts_by_hour WHERE hour < $1", &[&Column(hour)])?;
        self.run("DELETE FROM usage_by_hour WHERE hour < $1", &[&Column(hour)]).map(|_| ())
    }
}
