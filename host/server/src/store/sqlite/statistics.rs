//! Tables of what happened in each hour.

use super::columns::{Column, get};
use super::transaction::SqliteTransaction;
use crate::store::{ContactsRow, StatisticsTable, StoreError, UsageRow};

impl StatisticsTable for SqliteTransaction<'_> {
    fn add_contacts(&mut self, row: &ContactsRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO contacts_by_hour (hour, licensed, waiting, refused, put_off) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (hour) DO UPDATE SET licensed = licensed + excluded.licensed,
                 waiting = waiting + excluded.waiting, refused = refused + excluded.refused,
                 put_off = put_off + excluded.put_off",
            (row.hour, row.licensed, row.waiting, row.refused, row.put_off),
        )
    }

    fn contacts_since(&mut self, hour: u32) -> Result<Vec<ContactsRow>, StoreError> {
        let sql = "SELECT hour, licensed, waiting, refused, put_off FROM contacts_by_hour WHERE hour >= ?1
             ORDER BY hour";
        self.all(sql, [hour], |row| {
            Ok(ContactsRow {
                hour: row.get(0)?,
                licensed: row.get(1)?,
                waiting: row.get(2)?,
                refused: row.get(3)?,
                put_off: row.get(4)?,
            })
        })
    }

    fn raise_usage(&mut self, row: &UsageRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO usage_by_hour (hour, class, used, capacity) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (hour, class) DO UPDATE SET used = max(used, excluded.used),
                 capacity = max(capacity, excluded.capacity)",
            (row.hour, Column(row.class), row.used, row.capacity),
        )
    }

    fn usage_since(&mut self, hour: u32) -> Result<Vec<UsageRow>, StoreError> {
        let sql = "SELECT hour, class, used, capacity FROM usage_by_hour WHERE hour >= ?1 ORDER BY hour, class";
        self.all(sql, [hour], |row| {
            Ok(UsageRow { hour: row.get(0)?, class: get(row, 1)?, used: row.get(2)?, capacity: row.get(3)? })
        })
    }

    fn delete_statistics_before(&mut self, hour: u32) -> Result<(), StoreError> {
        self.run("DELETE FROM contacts_by_hour WHERE hour < ?1", [hour])?;
        self.run("DELETE FROM usage_by_hour WHERE hour < ?1", [hour]).map(|_| ())
    }
}
