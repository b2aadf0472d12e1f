//! Tables of entitlements, and of those that are in use.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::time::UnixSeconds;
use tokio_postgres::Row;

use super::columns::{Column, get, take};
use super::transaction::{PostgresTransaction, locking};
use crate::store::{
    ActivationId, ActivationRow, ActivationState, ActivationTable, EntitlementRow, EntitlementTable, StoreError, Usable,
};

macro_rules! entitlement_columns {
    () => {
        "key, brand, class, capacity, used, excess, per_client, holder, issued, not_before, expires, serves_until,
         lease_s, moves_max, moves_used, revoked, imported, envelope, certificate"
    };
}

fn read_entitlement(row: &Row) -> Result<EntitlementRow, StoreError> {
    Ok(EntitlementRow {
        key: get(row, 0)?,
        brand: take(row, 1)?,
        class: get(row, 2)?,
        capacity: get(row, 3)?,
        used: get(row, 4)?,
        excess: get(row, 5)?,
        per_client: get(row, 6)?,
        holder: take(row, 7)?,
        issued: get(row, 8)?,
        not_before: get(row, 9)?,
        expires: get(row, 10)?,
        serves_until: get(row, 11)?,
        lease_s: get(row, 12)?,
        moves_max: get(row, 13)?,
        moves_used: get(row, 14)?,
        revoked: get(row, 15)?,
        imported: get(row, 16)?,
        envelope: take(row, 17)?,
        certificate: take(row, 18)?,
    })
}

impl EntitlementTable for PostgresTransaction<'_> {
    fn entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError> {
        let sql = concat!("SELECT ", entitlement_columns!(), " FROM entitlements WHERE key = $1");
        self.first(sql, &[&Column(key)], read_entitlement)
    }

    fn lock_entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError> {
        let sql = locking!(self, "SELECT ", entitlement_columns!(), " FROM entitlements WHERE key = $1");
        self.first(sql, &[&Column(key)], read_entitlement)
    }

    fn entitlements(&mut self) -> Result<Vec<EntitlementRow>, StoreError> {
        self.all(concat!("SELECT ", entitlement_columns!(), " FROM entitlements ORDER BY key"), &[], read_entitlement)
    }

    fn usable_entitlements(
        &mut self,
        usable: &Usable<'_>,
        after: Option<LicenseKey>,
        limit: u32,
    ) -> Result<Vec<EntitlementRow>, StoreError> {
        macro_rules! usable {
            ($and:literal) => {
                concat!(
                    "SELECT ",
                    entitlement_columns!(),
                    " FROM entitlements WHERE class = $1 AND brand = $2 AND revoked IS NULL
                        AND not_before <= $3 AND serves_until >= $3 AND (expires IS NULL OR expires > $3)",
                    $and,
                    " AND ($5::BYTEA IS NULL OR key > $5) ORDER BY key LIMIT $6"
                )
            };
        }
        // Those that are full are not even looked at: there is an index of the others.
        let sql = match usable.room {
            0 => usable!(" AND $4::BIGINT = 0"),
            _ => usable!(" AND NOT is_full AND capacity - used >= least($4::BIGINT, per_client)"),
        };
        self.all(
            sql,
            &[
                &Column(usable.class),
                &usable.brand,
                &Column(usable.now),
                &Column(usable.room),
                &Column(after),
                &Column(limit),
            ],
            read_entitlement,
        )
    }

    fn credential(&mut self, brand: &str) -> Result<Option<EntitlementRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            entitlement_columns!(),
            " FROM entitlements WHERE brand = $1 AND revoked IS NULL ORDER BY serves_until DESC, key DESC LIMIT 1"
        );
        self.first(sql, &[&brand], read_entitlement)
    }

    fn put_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError> {
        let sql = concat!(
            "INSERT INTO entitlements (",
            entitlement_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            ON CONFLICT (key) DO UPDATE SET brand = excluded.brand, class = excluded.class,
                capacity = excluded.capacity, used = excluded.used, excess = excluded.excess,
                per_client = excluded.per_client, holder = excluded.holder, issued = excluded.issued,
                not_before = excluded.not_before, expires = excluded.expires, serves_until = excluded.serves_until,
                lease_s = excluded.lease_s, moves_max = excluded.moves_max, moves_used = excluded.moves_used,
                revoked = excluded.revoked, imported = excluded.imported, envelope = excluded.envelope,
                certificate = excluded.certificate"
        );
        self.change_one(
            sql,
            &[
                &Column(row.key),
                &row.brand,
                &Column(row.class),
                &Column(row.capacity),
                &Column(row.used),
                &Column(row.excess),
                &Column(row.per_client),
                &row.holder,
                &Column(row.issued),
                &Column(row.not_before),
                &Column(row.expires),
                &Column(row.serves_until),
                &Column(row.lease_s),
                &Column(row.moves_max),
                &Column(row.moves_used),
                &Column(row.revoked),
                &Column(row.imported),
                &row.envelope,
                &row.certificate,
            ],
        )
    }

    fn count_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE entitlements SET used = $2, excess = $3, moves_used = $4 WHERE key = $1",
            &[&Column(row.key), &Column(row.used), &Column(row.excess), &Column(row.moves_used)],
        )
    }
}

macro_rules! activation_columns {
    () => {
        "id, entitlement, hwid, count, state, free_from, first_start"
    };
}

fn read_activation(row: &Row) -> Result<ActivationRow, StoreError> {
    let state = match get::<i64>(row, 4)? {
        0 => ActivationState::Active,
        1 => ActivationState::Leaving { free_from: get(row, 5)? },
        _ => ActivationState::Ended,
    };
    Ok(ActivationRow {
        id: ActivationId(get(row, 0)?),
        entitlement: get(row, 1)?,
        hwid: get(row, 2)?,
        count: get(row, 3)?,
        state,
        first_start: get(row, 6)?,
    })
}

/// The two columns of a state.
fn state_columns(state: ActivationState) -> (i64, Column<Option<UnixSeconds>>) {
    match state {
        ActivationState::Active => (0, Column(None)),
        ActivationState::Leaving { free_from } => (1, Column(free_from)),
        ActivationState::Ended => (2, Column(None)),
    }
}

impl ActivationTable for PostgresTransaction<'_> {
    fn activation(&mut self, entitlement: LicenseKey, hwid: Hwid) -> Result<Option<ActivationRow>, StoreError> {
        let sql =
            locking!(self, "SELECT ", activation_columns!(), " FROM activations WHERE entitlement = $1 AND hwid = $2");
        self.first(sql, &[&Column(entitlement), &Column(hwid)], read_activation)
    }

    fn activation_by_id(&mut self, id: ActivationId) -> Result<Option<ActivationRow>, StoreError> {
        let sql = locking!(self, "SELECT ", activation_columns!(), " FROM activations WHERE id = $1");
        self.first(sql, &[&id.0], read_activation)
    }

    fn activations_of_hwid(&mut self, hwid: Hwid) -> Result<Vec<ActivationRow>, StoreError> {
        let sql =
            locking!(self, "SELECT ", activation_columns!(), " FROM activations WHERE hwid = $1 ORDER BY id DESC");
        self.all(sql, &[&Column(hwid)], read_activation)
    }

    fn activations_of(&mut self, entitlement: LicenseKey) -> Result<Vec<ActivationRow>, StoreError> {
        let sql =
            locking!(self, "SELECT ", activation_columns!(), " FROM activations WHERE entitlement = $1 ORDER BY id");
        self.all(sql, &[&Column(entitlement)], read_activation)
    }

    fn activations_to_free(
        &mut self,
        entitlement: Option<LicenseKey>,
        now: UnixSeconds,
        limit: u32,
    ) -> Result<Vec<ActivationRow>, StoreError> {
        let sql = locking!(
            self,
            "SELECT ",
            activation_columns!(),
            " FROM activations WHERE state = 1 AND free_from <= $1 AND ($2::BYTEA IS NULL OR entitlement = $2)
              ORDER BY free_from, id LIMIT $3"
        );
        self.all(sql, &[&Column(now), &Column(entitlement), &Column(limit)], read_activation)
    }

    fn insert_activation(&mut self, row: &ActivationRow) -> Result<ActivationId, StoreError> {
        let (state, free_from) = state_columns(row.state);
        self.insert(
            "INSERT INTO activations (entitlement, hwid, count, state, free_from, first_start)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            &[
                &Column(row.entitlement),
                &Column(row.hwid),
                &Column(row.count),
                &state,
                &free_from,
                &Column(row.first_start),
            ],
        )
        .map(ActivationId)
    }

    fn update_activation(&mut self, row: &ActivationRow) -> Result<(), StoreError> {
        let (state, free_from) = state_columns(row.state);
        self.change_one(
            "UPDATE activations SET entitlement = $2, hwid = $3, count = $4, state = $5, free_from = $6,
                 first_start = $7
             WHERE id = $1",
            &[
                &row.id.0,
                &Column(row.entitlement),
                &Column(row.hwid),
                &Column(row.count),
                &state,
                &free_from,
                &Column(row.first_start),
            ],
        )
    }
}
