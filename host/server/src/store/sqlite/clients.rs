//! Tables of the ledger itself, of clients, and of those that are expected.

use hwlicense::hwid::Hwid;
use hwlicense::time::UnixSeconds;
use rusqlite::{Row, named_params};

use super::columns::{Column, get};
use super::transaction::SqliteTransaction;
use crate::store::{
    AnswerRow, ClientId, ClientRow, ClientTable, CloneMark, CloneSign, ExpectedRow, ExpectedTable, LedgerRow,
    LedgerTable, RunningRow, SecretRow, Service, StoreError,
};

impl LedgerTable for SqliteTransaction<'_> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        self.first("SELECT id, epoch, next_serial, founded FROM ledger", [], |row| {
            Ok(LedgerRow { id: row.get(0)?, epoch: row.get(1)?, next_serial: get(row, 2)?, founded: get(row, 3)? })
        })
    }

    fn put_ledger(&mut self, row: &LedgerRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO ledger (only_row, id, epoch, next_serial, founded)
             VALUES (1, :id, :epoch, :next_serial, :founded)
             ON CONFLICT (only_row) DO UPDATE SET id = excluded.id, epoch = excluded.epoch,
                 next_serial = excluded.next_serial, founded = excluded.founded",
            named_params! {
                ":id": row.id,
                ":epoch": row.epoch,
                ":next_serial": Column(row.next_serial),
                ":founded": Column(row.founded),
            },
        )
    }

    fn take_serial(&mut self) -> Result<u64, StoreError> {
        self.first("UPDATE ledger SET next_serial = next_serial + 1 RETURNING next_serial - 1", [], |row| get(row, 0))?
            .ok_or(StoreError::Conflict)
    }

    fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        self.first("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
    }

    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )
    }
}

/// The columns of a client, in the order in which [`read_client`] reads them.
macro_rules! client_columns {
    () => {
        "id, hwid, name, brand, software, state, counter, wanted_class, wanted_count, clock, first_contact,
         last_contact, outcome, reason, assigned, service, change_asked, change_allowed, clone_since, clone_sign,
         running_component, running_model, running_hardware, running_version, running_security, security_floor,
         group_name"
    };
}

/// What a client runs; all columns of it are there, or none.
fn read_running(row: &Row<'_>) -> rusqlite::Result<Option<RunningRow>> {
    let Some(component) = row.get(20)? else { return Ok(None) };
    Ok(Some(RunningRow {
        component,
        model: row.get(21)?,
        hardware: row.get(22)?,
        version: get(row, 23)?,
        security_version: row.get(24)?,
        security_floor: row.get(25)?,
    }))
}

fn read_client(row: &Row<'_>) -> rusqlite::Result<ClientRow> {
    let since: Option<UnixSeconds> = get(row, 18)?;
    let sign = row.get::<_, Option<i64>>(19)?.map(|number| match number {
        0 => CloneSign::SecondSecret,
        _ => CloneSign::CounterWentBack,
    });
    Ok(ClientRow {
        id: ClientId(row.get(0)?),
        hwid: get(row, 1)?,
        name: row.get(2)?,
        brand: row.get(3)?,
        software: row.get(4)?,
        state: row.get(5)?,
        counter: get(row, 6)?,
        wanted_class: get(row, 7)?,
        wanted_count: row.get(8)?,
        clock: get(row, 9)?,
        first_contact: get(row, 10)?,
        last_contact: get(row, 11)?,
        outcome: row.get(12)?,
        reason: row.get(13)?,
        assigned: get(row, 14)?,
        service: match row.get::<_, i64>(15)? {
            0 => Service::Offered,
            1 => Service::GivenUp,
            _ => Service::Withdrawn,
        },
        change_asked: get(row, 16)?,
        change_allowed: get(row, 17)?,
        clone_mark: since.zip(sign).map(|(since, sign)| CloneMark { since, sign }),
        running: read_running(row)?,
        group: row.get(26)?,
    })
}

/// Runs a statement with the values of all columns of a client but its number.
fn write_client(
    tx: &mut SqliteTransaction<'_>,
    sql: &str,
    id: Option<ClientId>,
    row: &ClientRow,
) -> Result<usize, StoreError> {
    let sign = row.clone_mark.map(|mark| match mark.sign {
        CloneSign::SecondSecret => 0,
        CloneSign::CounterWentBack => 1,
    });
    let service = match row.service {
        Service::Offered => 0,
        Service::GivenUp => 1,
        Service::Withdrawn => 2,
    };
    let running = row.running.as_ref();
    tx.run(
        sql,
        named_params! {
            ":id": id.map(|id| id.0),
            ":hwid": Column(row.hwid),
            ":name": row.name,
            ":brand": row.brand,
            ":software": row.software,
            ":state": row.state,
            ":counter": Column(row.counter),
            ":wanted_class": Column(row.wanted_class),
            ":wanted_count": row.wanted_count,
            ":clock": Column(row.clock),
            ":first_contact": Column(row.first_contact),
            ":last_contact": Column(row.last_contact),
            ":outcome": row.outcome,
            ":reason": row.reason,
            ":assigned": Column(row.assigned),
            ":service": service,
            ":change_asked": Column(row.change_asked),
            ":change_allowed": Column(row.change_allowed),
            ":clone_since": Column(row.clone_mark.map(|mark| mark.since)),
            ":clone_sign": sign,
            ":running_component": running.map(|running| &running.component),
            ":running_model": running.map(|running| &running.model),
            ":running_hardware": running.map(|running| running.hardware),
            ":running_version": Column(running.map(|running| running.version)),
            ":running_security": running.map(|running| running.security_version),
            ":security_floor": running.map(|running| running.security_floor),
            ":group_name": row.group,
        },
    )
}

impl ClientTable for SqliteTransaction<'_> {
    fn client(&mut self, id: ClientId) -> Result<Option<ClientRow>, StoreError> {
        self.first(concat!("SELECT ", client_columns!(), " FROM clients WHERE id = ?1"), [id.0], read_client)
    }

    fn client_by_hwid(&mut self, hwid: Hwid) -> Result<Option<ClientRow>, StoreError> {
        let sql = concat!("SELECT ", client_columns!(), " FROM clients WHERE hwid = ?1");
        self.first(sql, [Column(hwid)], read_client)
    }

    fn clients_after(&mut self, after: Option<ClientId>, limit: u32) -> Result<Vec<ClientRow>, StoreError> {
        let sql = concat!("SELECT ", client_columns!(), " FROM clients WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.all(sql, (after.map_or(0, |id| id.0), limit), read_client)
    }

    fn insert_client(&mut self, row: &ClientRow) -> Result<ClientId, StoreError> {
        let sql = concat!(
            "INSERT INTO clients (",
            client_columns!(),
            ") VALUES (:id, :hwid, :name, :brand, :software, :state, :counter, :wanted_class, :wanted_count, :clock,
              :first_contact, :last_contact, :outcome, :reason, :assigned, :service, :change_asked,
              :change_allowed, :clone_since, :clone_sign, :running_component, :running_model, :running_hardware,
              :running_version, :running_security, :security_floor, :group_name)"
        );
        write_client(self, sql, None, row)?;
        Ok(ClientId(self.connection.last_insert_rowid()))
    }

    fn update_client(&mut self, row: &ClientRow) -> Result<(), StoreError> {
        let sql = "UPDATE clients SET hwid = :hwid, name = :name, brand = :brand, software = :software,
                state = :state, counter = :counter, wanted_class = :wanted_class, wanted_count = :wanted_count,
                clock = :clock, first_contact = :first_contact, last_contact = :last_contact, outcome = :outcome,
                reason = :reason, assigned = :assigned, service = :service, change_asked = :change_asked,
                change_allowed = :change_allowed, clone_since = :clone_since, clone_sign = :clone_sign,
                running_component = :running_component, running_model = :running_model,
                running_hardware = :running_hardware, running_version = :running_version,
                running_security = :running_security, security_floor = :security_floor, group_name = :group_name
            WHERE id = :id";
        match write_client(self, sql, Some(row.id), row)? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    fn delete_client(&mut self, id: ClientId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM clients WHERE id = ?1", [id.0])
    }

    fn enrollment(&mut self, id: ClientId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.first("SELECT enrollment FROM clients WHERE id = ?1", [id.0], |row| row.get(0))?.flatten())
    }

    fn put_enrollment(&mut self, id: ClientId, enrollment: &[u8]) -> Result<(), StoreError> {
        self.change_one("UPDATE clients SET enrollment = ?2 WHERE id = ?1", (id.0, enrollment))
    }

    fn secret(&mut self, id: ClientId) -> Result<Option<SecretRow>, StoreError> {
        self.first("SELECT secret, confirmed, candidate FROM secrets WHERE client = ?1", [id.0], |row| {
            Ok(SecretRow { secret: row.get(0)?, confirmed: row.get(1)?, candidate: row.get(2)? })
        })
    }

    fn put_secret(&mut self, id: ClientId, row: &SecretRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO secrets (client, secret, confirmed, candidate) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (client) DO UPDATE SET secret = excluded.secret, confirmed = excluded.confirmed,
                 candidate = excluded.candidate",
            (id.0, row.secret, row.confirmed, row.candidate),
        )
    }

    fn answer(&mut self, id: ClientId, request: [u8; 16]) -> Result<Option<AnswerRow>, StoreError> {
        self.first(
            "SELECT request, digest, decision FROM answers WHERE client = ?1 AND request = ?2",
            (id.0, request),
            |row| Ok(AnswerRow { request: row.get(0)?, digest: row.get(1)?, decision: row.get(2)? }),
        )
    }

    fn put_answer(&mut self, id: ClientId, row: &AnswerRow, keep: u32) -> Result<(), StoreError> {
        self.insert(
            "INSERT INTO answers (client, request, digest, decision) VALUES (?1, ?2, ?3, ?4)",
            (id.0, row.request, row.digest, &row.decision),
        )?;
        self.run(
            "DELETE FROM answers WHERE client = ?1 AND id NOT IN
                 (SELECT id FROM answers WHERE client = ?1 ORDER BY id DESC LIMIT ?2)",
            (id.0, keep),
        )?;
        Ok(())
    }
}

fn read_expected(row: &Row<'_>) -> rusqlite::Result<ExpectedRow> {
    Ok(ExpectedRow {
        id: row.get(0)?,
        name: row.get(1)?,
        hwid: get(row, 2)?,
        assigned: get(row, 3)?,
        note: row.get(4)?,
        entered: get(row, 5)?,
        client: row.get::<_, Option<i64>>(6)?.map(ClientId),
    })
}

impl ExpectedTable for SqliteTransaction<'_> {
    fn insert_expected(&mut self, row: &ExpectedRow) -> Result<i64, StoreError> {
        self.insert(
            "INSERT INTO expected (name, hwid, assigned, note, entered, client) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                &row.name,
                Column(row.hwid),
                Column(row.assigned),
                &row.note,
                Column(row.entered),
                row.client.map(|id| id.0),
            ),
        )
    }

    fn update_expected(&mut self, row: &ExpectedRow) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE expected SET name = ?2, hwid = ?3, assigned = ?4, note = ?5, entered = ?6, client = ?7
             WHERE id = ?1",
            (
                row.id,
                &row.name,
                Column(row.hwid),
                Column(row.assigned),
                &row.note,
                Column(row.entered),
                row.client.map(|id| id.0),
            ),
        )
    }

    fn delete_expected(&mut self, id: i64) -> Result<(), StoreError> {
        self.change_one("DELETE FROM expected WHERE id = ?1", [id])
    }

    fn expected_for(&mut self, hwid: Hwid, name: &str) -> Result<Option<ExpectedRow>, StoreError> {
        self.first(
            "SELECT id, name, hwid, assigned, note, entered, client FROM expected
             WHERE client IS NULL AND (hwid = ?1 OR hwid IS NULL AND name = ?2)
             ORDER BY hwid IS NULL LIMIT 1",
            (Column(hwid), name),
            read_expected,
        )
    }

    fn expected_after(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<ExpectedRow>, StoreError> {
        self.all(
            "SELECT id, name, hwid, assigned, note, entered, client FROM expected
             WHERE client IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
            (after.unwrap_or(0), limit),
            read_expected,
        )
    }
}
