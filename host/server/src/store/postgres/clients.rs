//! Tables of the ledger itself, of clients, and of those that are expected.

use hwlicense::hwid::Hwid;
use hwlicense::time::UnixSeconds;
use tokio_postgres::Row;

use super::columns::{Column, get, take};
use super::lineage::lineage;
use super::transaction::{PostgresTransaction, locking};
use crate::store::{
    AnswerRow, ClientId, ClientRow, ClientTable, CloneMark, CloneSign, ExpectedRow, ExpectedTable, LedgerRow,
    LedgerTable, RunningRow, SecretRow, Service, StoreError,
};

/// The serial that the sequence gives next.
macro_rules! next_serial {
    () => {
        "(SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM lease_serials)"
    };
}

impl LedgerTable for PostgresTransaction<'_> {
    fn ledger(&mut self) -> Result<Option<LedgerRow>, StoreError> {
        self.first(concat!("SELECT id, epoch, ", next_serial!(), ", founded FROM ledger"), &[], |row| {
            Ok(LedgerRow { id: get(row, 0)?, epoch: get(row, 1)?, next_serial: get(row, 2)?, founded: get(row, 3)? })
        })
    }

    fn put_ledger(&mut self, row: &LedgerRow) -> Result<(), StoreError> {
        self.change_one(
            concat!(
                "INSERT INTO ledger (only_row, id, epoch, founded, lineage) VALUES (1, $1, $2, $3, ",
                lineage!(),
                ") ON CONFLICT (only_row) DO UPDATE SET id = excluded.id, epoch = excluded.epoch,
                     founded = excluded.founded"
            ),
            &[&Column(row.id), &Column(row.epoch), &Column(row.founded)],
        )?;
        // Serials only go on: others may have taken some since the row was read.
        let sql = concat!("SELECT setval('lease_serials', $1, false) WHERE ", next_serial!(), " < $1");
        self.first(sql, &[&Column(row.next_serial)], |_| Ok(())).map(|_| ())
    }

    fn take_serial(&mut self) -> Result<u64, StoreError> {
        self.first("SELECT nextval('lease_serials') FROM ledger", &[], |row| get(row, 0))?.ok_or(StoreError::Conflict)
    }

    fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        self.first("SELECT value FROM settings WHERE name = $1", &[&name], |row| take(row, 0))
    }

    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[&name, &value],
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
fn read_running(row: &Row) -> Result<Option<RunningRow>, StoreError> {
    let Some(component) = take(row, 20)? else { return Ok(None) };
    Ok(Some(RunningRow {
        component,
        model: take(row, 21)?,
        hardware: get(row, 22)?,
        version: get(row, 23)?,
        security_version: get(row, 24)?,
        security_floor: get(row, 25)?,
    }))
}

fn read_client(row: &Row) -> Result<ClientRow, StoreError> {
    let since: Option<UnixSeconds> = get(row, 18)?;
    let sign = get::<Option<i64>>(row, 19)?.map(|number| match number {
        0 => CloneSign::SecondSecret,
        _ => CloneSign::CounterWentBack,
    });
    Ok(ClientRow {
        id: ClientId(get(row, 0)?),
        hwid: get(row, 1)?,
        name: take(row, 2)?,
        brand: take(row, 3)?,
        software: take(row, 4)?,
        state: get(row, 5)?,
        counter: get(row, 6)?,
        wanted_class: get(row, 7)?,
        wanted_count: get(row, 8)?,
        clock: get(row, 9)?,
        first_contact: get(row, 10)?,
        last_contact: get(row, 11)?,
        outcome: get(row, 12)?,
        reason: get(row, 13)?,
        assigned: get(row, 14)?,
        service: match get::<i64>(row, 15)? {
            0 => Service::Offered,
            1 => Service::GivenUp,
            _ => Service::Withdrawn,
        },
        change_asked: get(row, 16)?,
        change_allowed: get(row, 17)?,
        clone_mark: since.zip(sign).map(|(since, sign)| CloneMark { since, sign }),
        running: read_running(row)?,
        group: take(row, 26)?,
    })
}

/// Runs a query with the values of all columns of a client but its number, which it returns.
fn write_client(
    tx: &mut PostgresTransaction<'_>,
    sql: &'static str,
    id: Option<ClientId>,
    row: &ClientRow,
) -> Result<Option<ClientId>, StoreError> {
    let service: i64 = match row.service {
        Service::Offered => 0,
        Service::GivenUp => 1,
        Service::Withdrawn => 2,
    };
    let sign = row.clone_mark.map(|mark| match mark.sign {
        CloneSign::SecondSecret => 0i64,
        CloneSign::CounterWentBack => 1,
    });
    let running = row.running.as_ref();
    tx.first(
        sql,
        &[
            &Column(id.map(|id| id.0)),
            &Column(row.hwid),
            &row.name,
            &row.brand,
            &row.software,
            &Column(row.state),
            &Column(row.counter),
            &Column(row.wanted_class),
            &Column(row.wanted_count),
            &Column(row.clock),
            &Column(row.first_contact),
            &Column(row.last_contact),
            &Column(row.outcome),
            &Column(row.reason),
            &Column(row.assigned),
            &service,
            &Column(row.change_asked),
            &Column(row.change_allowed),
            &Column(row.clone_mark.map(|mark| mark.since)),
            &sign,
            &running.map(|running| &running.component),
            &running.map(|running| &running.model),
            &Column(running.map(|running| running.hardware)),
            &Column(running.map(|running| running.version)),
            &Column(running.map(|running| running.security_version)),
            &Column(running.map(|running| running.security_floor)),
            &row.group,
        ],
        |row| get(row, 0).map(ClientId),
    )
}

impl ClientTable for PostgresTransaction<'_> {
    fn client(&mut self, id: ClientId) -> Result<Option<ClientRow>, StoreError> {
        let sql = locking!(self, "SELECT ", client_columns!(), " FROM clients WHERE id = $1");
        self.first(sql, &[&id.0], read_client)
    }

    fn client_by_hwid(&mut self, hwid: Hwid) -> Result<Option<ClientRow>, StoreError> {
        let sql = locking!(self, "SELECT ", client_columns!(), " FROM clients WHERE hwid = $1");
        self.first(sql, &[&Column(hwid)], read_client)
    }

    fn clients_after(&mut self, after: Option<ClientId>, limit: u32) -> Result<Vec<ClientRow>, StoreError> {
        let sql = concat!("SELECT ", client_columns!(), " FROM clients WHERE id > $1 ORDER BY id LIMIT $2");
        self.all(sql, &[&after.map_or(0, |id| id.0), &Column(limit)], read_client)
    }

    fn insert_client(&mut self, row: &ClientRow) -> Result<ClientId, StoreError> {
        let sql = concat!(
            "INSERT INTO clients (",
            client_columns!(),
            ") VALUES (coalesce($1, nextval(pg_get_serial_sequence('clients', 'id'))), $2, $3, $4, $5, $6, $7, $8, $9,
              $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) RETURNING id"
        );
        write_client(self, sql, None, row)?.ok_or(StoreError::Corrupt)
    }

    fn update_client(&mut self, row: &ClientRow) -> Result<(), StoreError> {
        let sql = "UPDATE clients SET hwid = $2, name = $3, brand = $4, software = $5, state = $6, counter = $7,
                wanted_class = $8, wanted_count = $9, clock = $10, first_contact = $11, last_contact = $12,
                outcome = $13, reason = $14, assigned = $15, service = $16, change_asked = $17,
                change_allowed = $18, clone_since = $19, clone_sign = $20, running_component = $21, running_model = $22,
                running_hardware = $23, running_version = $24, running_security = $25, security_floor = $26,
                group_name = $27
            WHERE id = $1 RETURNING id";
        write_client(self, sql, Some(row.id), row)?.map(|_| ()).ok_or(StoreError::Conflict)
    }

    fn delete_client(&mut self, id: ClientId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM clients WHERE id = $1", &[&id.0])
    }

    fn enrollment(&mut self, id: ClientId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.first("SELECT enrollment FROM clients WHERE id = $1", &[&id.0], |row| take(row, 0))?.flatten())
    }

    fn put_enrollment(&mut self, id: ClientId, enrollment: &[u8]) -> Result<(), StoreError> {
        self.change_one("UPDATE clients SET enrollment = $2 WHERE id = $1", &[&id.0, &enrollment])
    }

    fn secret(&mut self, id: ClientId) -> Result<Option<SecretRow>, StoreError> {
        self.first("SELECT secret, confirmed, candidate FROM secrets WHERE client = $1", &[&id.0], |row| {
            Ok(SecretRow { secret: get(row, 0)?, confirmed: get(row, 1)?, candidate: get(row, 2)? })
        })
    }

    fn put_secret(&mut self, id: ClientId, row: &SecretRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO secrets (client, secret, confirmed, candidate) VALUES ($1, $2, $3, $4)
             ON CONFLICT (client) DO UPDATE SET secret = excluded.secret, confirmed = excluded.confirmed,
                 candidate = excluded.candidate",
            &[&id.0, &Column(row.secret), &Column(row.confirmed), &Column(row.candidate)],
        )
    }

    fn answer(&mut self, id: ClientId, request: [u8; 16]) -> Result<Option<AnswerRow>, StoreError> {
        self.first(
            "SELECT request, digest, decision FROM answers WHERE client = $1 AND request = $2",
            &[&id.0, &Column(request)],
            |row| Ok(AnswerRow { request: get(row, 0)?, digest: get(row, 1)?, decision: take(row, 2)? }),
        )
    }

    fn put_answer(&mut self, id: ClientId, row: &AnswerRow, keep: u32) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO answers (client, request, digest, decision) VALUES ($1, $2, $3, $4)",
            &[&id.0, &Column(row.request), &Column(row.digest), &row.decision],
        )?;
        // `id + 0` keeps the planner from walking the answers of all clients in the order of their ids, as
        // it does in the first minute after thousands of new rows, before it knows how few a client has.
        self.run(
            "DELETE FROM answers WHERE id = ANY (ARRAY(
                 SELECT id FROM answers WHERE client = $1 ORDER BY id + 0 DESC OFFSET $2))",
            &[&id.0, &Column(keep)],
        )?;
        Ok(())
    }
}

macro_rules! expected_columns {
    () => {
        "id, name, hwid, assigned, note, entered, client"
    };
}

fn read_expected(row: &Row) -> Result<ExpectedRow, StoreError> {
    Ok(ExpectedRow {
        id: get(row, 0)?,
        name: take(row, 1)?,
        hwid: get(row, 2)?,
        assigned: get(row, 3)?,
        note: take(row, 4)?,
        entered: get(row, 5)?,
        client: get::<Option<i64>>(row, 6)?.map(ClientId),
    })
}

impl ExpectedTable for PostgresTransaction<'_> {
    fn insert_expected(&mut self, row: &ExpectedRow) -> Result<i64, StoreError> {
        self.insert(
            "INSERT INTO expected (name, hwid, assigned, note, entered, client) VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id",
            &[
                &row.name,
                &Column(row.hwid),
                &Column(row.assigned),
                &row.note,
                &Column(row.entered),
                &row.client.map(|id| id.0),
            ],
        )
    }

    fn update_expected(&mut self, row: &ExpectedRow) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE expected SET name = $2, hwid = $3, assigned = $4, note = $5, entered = $6, client = $7
             WHERE id = $1",
            &[
                &row.id,
                &row.name,
                &Column(row.hwid),
                &Column(row.assigned),
                &row.note,
                &Column(row.entered),
                &row.client.map(|id| id.0),
            ],
        )
    }

    fn delete_expected(&mut self, id: i64) -> Result<(), StoreError> {
        self.change_one("DELETE FROM expected WHERE id = $1", &[&id])
    }

    fn expected_for(&mut self, hwid: Hwid, name: &str) -> Result<Option<ExpectedRow>, StoreError> {
        let sql = locking!(
            self,
            "SELECT ",
            expected_columns!(),
            " FROM expected WHERE client IS NULL AND (hwid = $1 OR hwid IS NULL AND name = $2)
              ORDER BY hwid IS NULL LIMIT 1"
        );
        self.first(sql, &[&Column(hwid), &name], read_expected)
    }

    fn expected_after(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<ExpectedRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            expected_columns!(),
            " FROM expected WHERE client IS NULL AND id > $1 ORDER BY id LIMIT $2"
        );
        self.all(sql, &[&after.unwrap_or(0), &Column(limit)], read_expected)
    }
}
