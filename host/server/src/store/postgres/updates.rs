//! Tables of updates, their images and their deliveries.

use hwlicense::time::UnixSeconds;
use hwlicense::update::{Progress, UpdateId};
use tokio_postgres::Row;

use super::columns::{Column, get, take};
use super::transaction::{PostgresTransaction, locking};
use crate::store::{ClientId, DeliveryRow, Reach, Stage, StoreError, UpdateRow, UpdateState, UpdateTable, Verdict};

macro_rules! update_columns {
    () => {
        "id, brand, component, version, security_version, size, valid_until, state, reason, since, share,
         group_names, round, published, manifest, certificate"
    };
}

fn read_update(row: &Row) -> Result<UpdateRow, StoreError> {
    Ok(UpdateRow {
        id: get(row, 0)?,
        brand: take(row, 1)?,
        component: take(row, 2)?,
        version: get(row, 3)?,
        security_version: get(row, 4)?,
        size: get(row, 5)?,
        valid_until: get(row, 6)?,
        state: match get::<i64>(row, 7)? {
            0 => UpdateState::Arriving,
            1 => UpdateState::Active,
            2 => UpdateState::Paused,
            _ => UpdateState::Withdrawn,
        },
        reason: take(row, 8)?,
        since: get(row, 9)?,
        share: get(row, 10)?,
        groups: take::<&str>(row, 11)?.lines().map(str::to_owned).collect(),
        round: get(row, 12)?,
        published: get(row, 13)?,
        manifest: take(row, 14)?,
        certificate: take(row, 15)?,
    })
}

macro_rules! delivery_columns {
    () => {
        "update_id, client, stage, detail, failures, round, offered, first_report, last_report"
    };
}

fn read_delivery(row: &Row) -> Result<DeliveryRow, StoreError> {
    let detail: u16 = get(row, 3)?;
    Ok(DeliveryRow {
        update: get(row, 0)?,
        client: ClientId(get(row, 1)?),
        stage: match get::<i64>(row, 2)? {
            0 => Stage::Offered,
            1 => Stage::Reported(Progress::Downloading(detail)),
            2 => Stage::Reported(Progress::Ready),
            3 => Stage::Reported(Progress::Installed),
            _ => Stage::Reported(Progress::Failed(detail)),
        },
        failures: get(row, 4)?,
        round: get(row, 5)?,
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

impl UpdateTable for PostgresTransaction<'_> {
    fn update(&mut self, id: &UpdateId) -> Result<Option<UpdateRow>, StoreError> {
        let sql = locking!(self, "SELECT ", update_columns!(), " FROM updates WHERE id = $1");
        self.first(sql, &[&Column(*id)], read_update)
    }

    fn updates(&mut self) -> Result<Vec<UpdateRow>, StoreError> {
        let sql = concat!("SELECT ", update_columns!(), " FROM updates ORDER BY published DESC, id");
        self.all(sql, &[], read_update)
    }

    fn updates_active(&mut self, brand: &str, component: &str) -> Result<Vec<UpdateRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            update_columns!(),
            " FROM updates WHERE state = 1 AND brand = $1 AND component = $2 ORDER BY version DESC, id"
        );
        self.all(sql, &[&brand, &component], read_update)
    }

    fn put_update(&mut self, row: &UpdateRow) -> Result<(), StoreError> {
        let state: i64 = match row.state {
            UpdateState::Arriving => 0,
            UpdateState::Active => 1,
            UpdateState::Paused => 2,
            UpdateState::Withdrawn => 3,
        };
        let sql = concat!(
            "INSERT INTO updates (",
            update_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (id) DO UPDATE SET brand = excluded.brand, component = excluded.component,
                 version = excluded.version, security_version = excluded.security_version, size = excluded.size,
                 valid_until = excluded.valid_until, state = excluded.state, reason = excluded.reason,
                 since = excluded.since, share = excluded.share, group_names = excluded.group_names,
                 round = excluded.round, published = excluded.published, manifest = excluded.manifest,
                 certificate = excluded.certificate"
        );
        self.change_one(
            sql,
            &[
                &Column(row.id),
                &row.brand,
                &row.component,
                &Column(row.version),
                &Column(row.security_version),
                &Column(row.size),
                &Column(row.valid_until),
                &state,
                &row.reason,
                &Column(row.since),
                &Column(row.share),
                &row.groups.join("\n"),
                &Column(row.round),
                &Column(row.published),
                &row.manifest,
                &row.certificate,
            ],
        )
    }

    fn delete_update(&mut self, id: &UpdateId) -> Result<(), StoreError> {
        self.change_one("DELETE FROM updates WHERE id = $1", &[&Column(*id)])
    }

    fn insert_chunk(&mut self, id: &UpdateId, index: u32, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO update_chunks (update_id, chunk_index, bytes) VALUES ($1, $2, $3)";
        self.change_one(sql, &[&Column(*id), &Column(index), &bytes])
    }

    fn chunk(&mut self, id: &UpdateId, index: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM update_chunks WHERE update_id = $1 AND chunk_index = $2";
        self.first(sql, &[&Column(*id), &Column(index)], |row| take(row, 0))
    }

    fn chunk_count(&mut self, id: &UpdateId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM update_chunks WHERE update_id = $1";
        Ok(self.first(sql, &[&Column(*id)], |row| get(row, 0))?.unwrap_or_default())
    }

    fn delete_chunks(&mut self, id: &UpdateId, limit: u32) -> Result<u32, StoreError> {
        let deleted = self.run(
            "DELETE FROM update_chunks WHERE update_id = $1 AND chunk_index IN
                 (SELECT chunk_index FROM update_chunks WHERE update_id = $1 LIMIT $2)",
            &[&Column(*id), &Column(limit)],
        )?;
        Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
    }

    fn put_leaves(&mut self, id: &UpdateId, leaves: &[u8]) -> Result<(), StoreError> {
        self.change_one(
            "INSERT INTO update_leaves (update_id, leaves) VALUES ($1, $2)
             ON CONFLICT (update_id) DO UPDATE SET leaves = excluded.leaves",
            &[&Column(*id), &leaves],
        )
    }

    fn leaves(&mut self, id: &UpdateId) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT leaves FROM update_leaves WHERE update_id = $1", &[&Column(*id)], |row| take(row, 0))
    }

    fn delivery(&mut self, id: &UpdateId, client: ClientId) -> Result<Option<DeliveryRow>, StoreError> {
        let sql =
            locking!(self, "SELECT ", delivery_columns!(), " FROM deliveries WHERE update_id = $1 AND client = $2");
        self.first(sql, &[&Column(*id), &client.0], read_delivery)
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
            " FROM deliveries WHERE update_id = $1 AND client > $2 ORDER BY client LIMIT $3"
        );
        self.all(sql, &[&Column(*id), &after.map_or(0, |id| id.0), &Column(limit)], read_delivery)
    }

    fn deliveries_to(&mut self, client: ClientId) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM deliveries WHERE client = $1 ORDER BY offered DESC, update_id"
        );
        self.all(sql, &[&client.0], read_delivery)
    }

    fn put_delivery(&mut self, row: &DeliveryRow) -> Result<(), StoreError> {
        let (stage, detail) = stage_columns(row.stage);
        let stirred = row.last_report.map_or(row.offered, |reported| reported.max(row.offered));
        self.change_one(
            concat!(
                "INSERT INTO deliveries (",
                delivery_columns!(),
                ", stirred) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (update_id, client) DO UPDATE SET stage = excluded.stage, detail = excluded.detail,
                     failures = excluded.failures, round = excluded.round, offered = excluded.offered,
                     first_report = excluded.first_report, last_report = excluded.last_report,
                     stirred = excluded.stirred"
            ),
            &[
                &Column(row.update),
                &row.client.0,
                &stage,
                &Column(detail),
                &Column(row.failures),
                &Column(row.round),
                &Column(row.offered),
                &Column(row.first_report),
                &Column(row.last_report),
                &Column(stirred),
            ],
        )
    }

    fn reach(&mut self, id: &UpdateId) -> Result<Reach, StoreError> {
        let sql = "SELECT stage, count(*) FROM deliveries WHERE update_id = $1 GROUP BY stage";
        let counts = self.all(sql, &[&Column(*id)], |row| Ok((get::<i64>(row, 0)?, get::<u32>(row, 1)?)))?;
        let of = |stage| counts.iter().find(|(of, _)| *of == stage).map_or(0, |(_, count)| *count);
        Ok(Reach { offered: of(0), downloading: of(1), ready: of(2), installed: of(3), failed: of(4) })
    }

    fn verdict(&mut self, id: &UpdateId, round: u32) -> Result<Verdict, StoreError> {
        let sql = "SELECT count(*) FILTER (WHERE stage = 3), count(*) FILTER (WHERE stage <> 3 AND failures > 0)
             FROM deliveries WHERE update_id = $1 AND round = $2";
        let verdict = self.first(sql, &[&Column(*id), &Column(round)], |row| {
            Ok(Verdict { installed: get(row, 0)?, failed: get(row, 1)? })
        })?;
        Ok(verdict.unwrap_or_default())
    }

    fn under_way(&mut self, id: &UpdateId, since: UnixSeconds) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM deliveries WHERE update_id = $1 AND stage IN (0, 1, 2) AND stirred >= $2";
        Ok(self.first(sql, &[&Column(*id), &Column(since)], |row| get(row, 0))?.unwrap_or_default())
    }
}
