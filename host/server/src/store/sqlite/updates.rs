//! Tables of updates, their images and their deliveries.

use hwlicense::time::UnixSeconds;
use hwlicense::update::{Progress, UpdateId};
use rusqlite::{Row, named_params};

use super::columns::{Column, get};
use super::transaction::SqliteTransaction;
use crate::store::{ClientId, DeliveryRow, Reach, Stage, StoreError, UpdateRow, UpdateState, UpdateTable, Verdict};

macro_rules! update_columns {
    () => {
        "id, brand, component, version, security_version, size, valid_until, state, reason, since, share, group_names,
         round, published, manifest, certificate"
    };
}

fn read_update(row: &Row<'_>) -> rusqlite::Result<UpdateRow> {
    Ok(UpdateRow {
        id: row.get(0)?,
        brand: row.get(1)?,
        component: row.get(2)?,
        version: get(row, 3)?,
        security_version: row.get(4)?,
        size: row.get(5)?,
        valid_until: get(row, 6)?,
        state: match row.get::<_, i64>(7)? {
            0 => UpdateState::Arriving,
            1 => UpdateState::Active,
            2 => UpdateState::Paused,
            _ => UpdateState::Withdrawn,
        },
        reason: row.get(8)?,
        since: get(row, 9)?,
        share: row.get(10)?,
        groups: row.get::<_, String>(11)?.lines().map(str::to_owned).collect(),
        round: row.get(12)?,
        published: get(row, 13)?,
        manifest: row.get(14)?,
        certificate: row.get(15)?,
    })
}

macro_rules! delivery_columns {
    () => {
        "update_id, client, stage, detail, failures, round, offered, first_report, last_report"
    };
}

fn read_delivery(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    let detail: u16 = row.get(3)?;
    Ok(DeliveryRow {
        update: row.get(0)?,
        client: ClientId(row.get(1)?),
        stage: match row.get::<_, i64>(2)? {
            0 => Stage::Offered,
            1 => Stage::Reported(Progress::Downloading(detail)),
            2 => Stage::Reported(Progress::Ready),
            3 => Stage::Reported(Progress::Installed),
            _ => Stage::Reported(Progress::Failed(detail)),
        },
        failures: row.get(4)?,
        round: row.get(5)?,
        offered: get(row, 6)?,
        first_report: get(row, 7)?,
        last_report: get(row, 8)?,
    })
}

/// The two columns of a stage.
const fn stage_columns(stage: Stage) -> (i64, u16) {
    match stage {
        Stage::Offered => (0, 0),
        Stage::Reported(Progress::Downloading(thousandths)) => (1, thousandths),
        Stage::Reported(Progress::Ready) => (2, 0),
        Stage::Reported(Progress::Installed) => (3, 0),
        Stage::Reported(Progress::Failed(number)) => (4, number),
    }
}

impl UpdateTable for SqliteTransaction<'_> {
    fn update(&mut self, id: &UpdateId) -> Result<Option<UpdateRow>, StoreError> {
        self.first(concat!("SELECT ", update_columns!(), " FROM updates WHERE id = ?1"), [id], read_update)
    }

    fn updates(&mut self) -> Result<Vec<UpdateRow>, StoreError> {
        let sql = concat!("SELECT ", update_columns!(), " FROM updates ORDER BY published DESC, id");
        self.all(sql, [], read_update)
    }

    fn updates_active(&mut self, brand: &str, component: &str) -> Result<Vec<UpdateRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            update_columns!(),
            " FROM updates WHERE state = 1 AND brand = ?1 AND component = ?2 ORDER BY version DESC, id"
        );
        self.all(sql, [brand, component], read_update)
    }

    fn put_update(&mut self, row: &UpdateRow) -> Result<(), StoreError> {
        let state = match row.state {
            UpdateState::Arriving => 0,
            UpdateState::Active => 1,
            UpdateState::Paused => 2,
            UpdateState::Withdrawn => 3,
        };
        let sql = concat!(
            "INSERT INTO updates (",
            update_columns!(),
            ") VALUES (:id, :brand, :component, :version, :security_version, :size, :valid_until, :state, :reason,
                 :since, :share, :group_names, :round, :published, :manifest, :certificate)
             ON CONFLICT (id) DO UPDATE SET brand = excluded.brand, component = excluded.component,
                 version = excluded.version, security_version = excluded.security_version, size = excluded.size,
                 valid_until = excluded.valid_until, state = excluded.state, reason = excluded.reason,
                 since = excluded.since, share = excluded.share, group_names = excluded.group_names, round = excluded.round,
                 published = excluded.published, manifest = excluded.manifest, certificate = excluded.certificate"
        );
        self.change_one(
            sql,
            named_params! {
                ":id": row.id,
                ":brand": row.brand,
                ":component": row.component,
                ":version": Column(row.version),
                ":security_version": row.security_version,
                ":size": row.size,
                ":valid_until": Column(row.valid_until),
                ":state": state,
                ":reason": row.reason,
                ":since": Column(row.since),
                ":share": row.share,
                ":group_names": row.groups.join("\n"),
                ":round": row.round,
                ":published": Column(row.published),
                ":manifest": row.manifest,
                ":certificate": row.certificate,
            },
        )
    }

    fn delete_update(&mut self, id: &UpdateId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM updates WHERE id = ?1", [id])
    }

    fn insert_chunk(&mut self, id: &UpdateId, index: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO update_chunks (update_id, chunk_index, bytes) VALUES (?1, ?2, ?3)";
        self.change_one(sql, (id, index, bytes))
    }

    fn chunk(&mut self, id: &UpdateId, index: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM update_chunks WHERE update_id = ?1 AND chunk_index = ?2";
        self.first(sql, (id, index), |row| row.get(0))
    }

    fn chunk_count(&mut self, id: &UpdateId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM update_chunks WHERE update_id = ?1";
        Ok(self.first(sql, [id], |row| row.get(0))?.unwrap_or_default())
    }

    fn delete_chunks(&mut self, id: &UpdateId, limit: u32) -> Result<u32, StoreError> {
        let deleted = self.run(
            "DELETE FROM update_chunks WHERE update_id = ?1 AND chunk_index IN
                 (SELECT chunk_index FROM update_chunks WHERE update_id = ?1 LIMIT ?2)",
            (id, limit),
        )?;
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }

    fn put_leaves(&mut self, id: &UpdateId, leaves: &[u8]) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO update_leaves (update_id, leaves) VALUES (?1, ?2)
             ON CONFLICT (update_id) DO UPDATE SET leaves = excluded.leaves",
            (id, leaves),
        )
    }

    fn leaves(&mut self, id: &UpdateId) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT leaves FROM update_leaves WHERE update_id = ?1", [id], |row| row.get(0))
    }

    fn delivery(&mut self, id: &UpdateId, client: ClientId) -> Result<Option<DeliveryRow>, StoreError> {
        let sql = concat!("SELECT ", delivery_columns!(), " FROM deliveries WHERE update_id = ?1 AND client = ?2");
        self.first(sql, (id, client.0), read_delivery)
    }

    fn deliveries_after(
        &mut self,
        id: &UpdateId,
        after: Option<ClientId>,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries WHERE update_id = ?1 AND client > ?2 ORDER BY client LIMIT ?3"
        );
        self.all(sql, (id, after.map_or(0, |id| id.0), limit), read_delivery)
    }

    fn deliveries_to(&mut self, client: ClientId) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries WHERE client = ?1 ORDER BY offered DESC, update_id"
        );
        self.all(sql, [client.0], read_delivery)
    }

    fn put_delivery(&mut self, row: &DeliveryRow) -> Result<(), StoreError> {
        let (stage, detail) = stage_columns(row.stage);
        let stirred = row.last_report.map_or(row.offered, |reported| reported.max(row.offered));
        self.change_one(
            concat!(
                "INSERT INTO deliveries (",
                delivery_columns!(),
                ", stirred) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (update_id, client) DO UPDATE SET stage = excluded.stage, detail = excluded.detail,
                     failures = excluded.failures, round = excluded.round, offered = excluded.offered,
                     first_report = excluded.first_report, last_report = excluded.last_report,
                     stirred = excluded.stirred"
            ),
            (
                row.update,
                row.client.0,
                stage,
                detail,
                row.failures,
                row.round,
                Column(row.offered),
                Column(row.first_report),
                Column(row.last_report),
                Column(stirred),
            ),
        )
    }

    fn reach(&mut self, id: &UpdateId) -> Result<Reach, StoreError> {
        let sql = "SELECT stage, count(*) FROM deliveries WHERE update_id = ?1 GROUP BY stage";
        let counts = self.all(sql, [id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?)))?;
        let of = |stage| counts.iter().find(|(of, _)| *of == stage).map_or(0, |(_, count)| *count);
        Ok(Reach { offered: of(0), downloading: of(1), ready: of(2), installed: of(3), failed: of(4) })
    }

    fn verdict(&mut self, id: &UpdateId, round: u32) -> Result<Verdict, StoreError> {
        let installed = "SELECT count(*) FROM deliveries WHERE update_id = ?1 AND stage = 3 AND round = ?2";
        let failed =
            "SELECT count(*) FROM deliveries WHERE update_id = ?1 AND round = ?2 AND failures > 0 AND stage <> 3";
        let mut count = |sql| self.first(sql, (id, round), |row| row.get(0)).map(Option::unwrap_or_default);
        Ok(Verdict { installed: count(installed)?, failed: count(failed)? })
    }

    fn under_way(&mut self, id: &UpdateId, since: UnixSeconds) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM deliveries WHERE update_id = ?1 AND stage IN (0, 1, 2) AND stirred >= ?2";
        Ok(self.first(sql, (id, Column(since)), |row| row.get(0))?.unwrap_or_default())
    }
}
