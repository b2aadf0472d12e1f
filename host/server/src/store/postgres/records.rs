//! Tables of leases, moves, tokens, revocation lists and the audit.

use hwlicense::hwid::Hwid;
use hwlicense::signed::KeyId;
use hwlicense::time::UnixSeconds;
use tokio_postgres::Row;

use super::columns::{Column, get, take};
use super::transaction::PostgresTransaction;
use crate::store::{
    ActivationId, AuditRow, AuditTable, ClientId, HeldRow, LastEnd, LeaseRow, LeaseTable, ListRow, MoveKind, MoveRow,
    RightsTable, StoreError, TokenRow,
};

macro_rules! lease_columns {
    () => {
        "epoch, serial, activation, hwid, count, starts, ends, envelope"
    };
}

fn read_lease(row: &Row) -> Result<LeaseRow, StoreError> {
    Ok(LeaseRow {
        epoch: get(row, 0)?,
        serial: get(row, 1)?,
        activation: ActivationId(get(row, 2)?),
        hwid: get(row, 3)?,
        count: get(row, 4)?,
        starts: get(row, 5)?,
        ends: get(row, 6)?,
        envelope: take(row, 7)?,
    })
}

/// When the last of some leases ends: how many, how many with an end, the last end.
fn read_last_end(row: &Row, first: usize) -> Result<LastEnd, StoreError> {
    let [with_end, last] = [first.saturating_add(1), first.saturating_add(2)];
    Ok(LastEnd::of(get(row, first)?, get(row, with_end)?, get(row, last)?))
}

impl LeaseTable for PostgresTransaction<'_> {
    fn insert_lease(&mut self, row: &LeaseRow) -> Result<(), StoreError> {
        self.change_one(
            concat!("INSERT INTO leases (", lease_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
            &[
                &Column(row.epoch),
                &Column(row.serial),
                &row.activation.0,
                &Column(row.hwid),
                &Column(row.count),
                &Column(row.starts),
                &Column(row.ends),
                &row.envelope,
            ],
        )
    }

    fn lease(&mut self, epoch: u32, serial: u64) -> Result<Option<LeaseRow>, StoreError> {
        let sql = concat!("SELECT ", lease_columns!(), " FROM leases WHERE epoch = $1 AND serial = $2");
        self.first(sql, &[&Column(epoch), &Column(serial)], read_lease)
    }

    fn newest_lease(&mut self, activation: ActivationId) -> Result<Option<LeaseRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            lease_columns!(),
            " FROM leases WHERE activation = $1 ORDER BY epoch DESC, serial DESC LIMIT 1"
        );
        self.first(sql, &[&activation.0], read_lease)
    }

    fn last_end(&mut self, activation: ActivationId) -> Result<LastEnd, StoreError> {
        let sql = "SELECT count(*), count(ends), max(ends) FROM leases WHERE activation = $1";
        let found = self.first(sql, &[&activation.0], |row| read_last_end(row, 0))?;
        Ok(found.unwrap_or(LastEnd::NoLease))
    }

    fn held_between(&mut self, first: ClientId, last: ClientId) -> Result<Vec<HeldRow>, StoreError> {
        let sql = "SELECT c.id, a.entitlement, a.count, count(l.activation), count(l.ends), max(l.ends)
             FROM clients AS c JOIN activations AS a ON a.hwid = c.hwid LEFT JOIN leases AS l ON l.activation = a.id
             WHERE c.id BETWEEN $1 AND $2 AND a.state = 0
             GROUP BY c.id, a.id, a.entitlement, a.count ORDER BY c.id, a.id DESC";
        self.all(sql, &[&first.0, &last.0], |row| {
            Ok(HeldRow {
                client: ClientId(get(row, 0)?),
                entitlement: get(row, 1)?,
                count: get(row, 2)?,
                last_end: read_last_end(row, 3)?,
            })
        })
    }

    fn delete_leases_ended(&mut self, before: UnixSeconds, limit: u32) -> Result<u32, StoreError> {
        let deleted = self.run(
            "DELETE FROM leases WHERE (epoch, serial) IN
                 (SELECT old.epoch, old.serial FROM leases AS old
                  WHERE old.ends < $1 AND EXISTS
                      (SELECT 1 FROM leases AS newer WHERE newer.activation = old.activation
                           AND (newer.epoch, newer.serial) > (old.epoch, old.serial))
                  LIMIT $2)",
            &[&Column(before), &Column(limit)],
        )?;
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }
}

impl RightsTable for PostgresTransaction<'_> {
    fn insert_move(&mut self, row: &MoveRow) -> Result<(), StoreError> {
        let kind: i64 = match row.kind {
            MoveKind::Move => 0,
            MoveKind::Rebind => 1,
        };
        self.change_one(
            "INSERT INTO moves (kind, client, entitlement, old_hwid, new_hwid, at) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &kind,
                &row.client.map(|id| id.0),
                &Column(row.entitlement),
                &Column(row.old_hwid),
                &Column(row.new_hwid),
                &Column(row.at),
            ],
        )
    }

    fn rebinds_since(&mut self, client: ClientId, since: UnixSeconds) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM moves WHERE client = $1 AND kind = 1 AND at >= $2";
        Ok(self.first(sql, &[&client.0, &Column(since)], |row| get(row, 0))?.unwrap_or(0))
    }

    fn insert_token(&mut self, row: &TokenRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO tokens (name, digest, role, created, expires, revoked) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &row.name,
                &Column(row.digest),
                &Column(row.role),
                &Column(row.created),
                &Column(row.expires),
                &Column(row.revoked),
            ],
        )
    }

    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError> {
        let sql = "SELECT name, digest, role, created, expires, revoked FROM tokens ORDER BY name COLLATE \"C\"";
        self.all(sql, &[], |row| {
            Ok(TokenRow {
                name: take(row, 0)?,
                digest: get(row, 1)?,
                role: get(row, 2)?,
                created: get(row, 3)?,
                expires: get(row, 4)?,
                revoked: get(row, 5)?,
            })
        })
    }

    fn revoke_token(&mut self, name: &str, at: UnixSeconds) -> Result<bool, StoreError> {
        let sql = "UPDATE tokens SET revoked = $2 WHERE name = $1 AND revoked IS NULL";
        Ok(self.run(sql, &[&name, &Column(at)])? > 0)
    }

    fn lists(&mut self) -> Result<Vec<ListRow>, StoreError> {
        let sql = "SELECT signer, epoch, sequence, envelope, certificate FROM revocation_lists ORDER BY signer";
        self.all(sql, &[], |row| {
            Ok(ListRow {
                signer: KeyId(get(row, 0)?),
                epoch: get(row, 1)?,
                sequence: get(row, 2)?,
                envelope: take(row, 3)?,
                certificate: take(row, 4)?,
            })
        })
    }

    fn put_list(&mut self, row: &ListRow) -> Result<(), StoreError> {
        // Nobody locks lists to read them, so a newer one that somebody else imported meanwhile stays.
        self.change_one(
            "INSERT INTO revocation_lists (signer, epoch, sequence, envelope, certificate) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (signer) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence,
                 envelope = excluded.envelope, certificate = excluded.certificate
             WHERE (revocation_lists.epoch, revocation_lists.sequence) <= (excluded.epoch, excluded.sequence)",
            &[&Column(row.signer.0), &Column(row.epoch), &Column(row.sequence), &row.envelope, &row.certificate],
        )
    }
}

macro_rules! audit_columns {
    () => {
        "id, at, actor, action, hwid, entitlement, detail"
    };
}

impl AuditTable for PostgresTransaction<'_> {
    fn append_audit(&mut self, row: &AuditRow) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO audit (at, actor, action, hwid, entitlement, detail) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &Column(row.at),
                &row.actor,
                &Column(row.action),
                &Column(row.hwid),
                &Column(row.entitlement),
                &row.detail,
            ],
        )
    }

    fn audit_after(&mut self, after: Option<i64>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let sql = concat!("SELECT ", audit_columns!(), " FROM audit WHERE id > $1 ORDER BY id LIMIT $2");
        self.all(sql, &[&after.unwrap_or(0), &Column(limit)], read_audit)
    }

    fn audit_before(
        &mut self,
        hwid: Option<Hwid>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        match hwid {
            None => {
                let sql = concat!("SELECT ", audit_columns!(), " FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2");
                self.all(sql, &[&before, &Column(limit)], read_audit)
            }
            Some(hwid) => {
                let sql = concat!(
                    "SELECT ",
                    audit_columns!(),
                    " FROM audit WHERE hwid = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
                );
                self.all(sql, &[&Column(hwid), &before, &Column(limit)], read_audit)
            }
        }
    }
}

fn read_audit(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: get(row, 0)?,
        at: get(row, 1)?,
        actor: take(row, 2)?,
        action: get(row, 3)?,
        hwid: get(row, 4)?,
        entitlement: get(row, 5)?,
        detail: take(row, 6)?,
    })
}
