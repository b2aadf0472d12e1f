//! Tables of entitlements, and of those that are in use.

use hwlicense::hwid::Hwid;
use hwlicense::license::LicenseKey;
use hwlicense::time::UnixSeconds;
use rusqlite::{Row, named_params};

use super::columns::{Column, get};
use super::transaction::SqliteTransaction;
use crate::store::{
    ActivationId, ActivationRow, ActivationState, ActivationTable, EntitlementRow, EntitlementTable, StoreError, Usable,
};

macro_rules! entitlement_columns {
    () => {
        "key, brand, class, capacity, used, excess, per_client, holder, issued, not_before, expires, serves_until,
         lease_s, moves_max, moves_used, revoked, imported, envelope, certificate"
    };
}

fn read_entitlement(row: &Row<'_>) -> rusqlite::Result<EntitlementRow> {
    Ok(EntitlementRow {
        key: get(row, 0)?,
        brand: row.get(1)?,
        class: get(row, 2)?,
        capacity: row.get(3)?,
        used: row.get(4)?,
        excess: row.get(5)?,
        per_client: row.get(6)?,
        holder: row.get(7)?,
        issued: get(row, 8)?,
        not_before: get(row, 9)?,
        expires: get(row, 10)?,
        serves_until: get(row, 11)?,
        lease_s: row.get(12)?,
        moves_max: row.get(13)?,
        moves_used: row.get(14)?,
        revoked: get(row, 15)?,
        imported: get(row, 16)?,
        envelope: row.get(17)?,
        certificate: row.get(18)?,
    })
}

impl EntitlementTable for SqliteTransaction<'_> {
    fn entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError> {
        let sql = concat!("SELECT ", entitlement_columns!(), " FROM entitlements WHERE key = ?1");
        self.first(sql, [Column(key)], read_entitlement)
    }

    fn lock_entitlement(&mut self, key: LicenseKey) -> Result<Option<EntitlementRow>, StoreError> {
        // A transaction that may write holds the whole file.
        self.entitlement(key)
    }

    fn entitlements(&mut self) -> Result<Vec<EntitlementRow>, StoreError> {
        self.all(concat!("SELECT ", entitlement_columns!(), " FROM entitlements ORDER BY key"), [], read_entitlement)
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
                    " FROM entitlements WHERE class = :class AND brand = :brand AND revoked IS NULL
                        AND not_before <= :now AND serves_until >= :now AND (expires IS NULL OR expires > :now)",
                    $and,
                    " AND (:after IS NULL OR key > :after) ORDER BY key LIMIT :limit"
                )
            };
        }
        // Those that are full are not even looked at: there is an index of the others.
        let sql = match usable.room {
            0 => usable!(" AND :room = 0"),
            _ => usable!(" AND used < capacity AND excess = 0 AND capacity - used >= min(:room, per_client)"),
        };
        self.all(
            sql,
            named_params! {
                ":class": Column(usable.class),
                ":brand": usable.brand,
                ":now": Column(usable.now),
                ":room": usable.room,
                ":after": after.map(Column),
                ":limit": limit,
            },
            read_entitlement,
        )
    }

    fn credential(&mut self, brand: &str) -> Result<Option<EntitlementRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            entitlement_columns!(),
            " FROM entitlements WHERE brand = ?1 AND revoked IS NULL ORDER BY serves_until DESC, key DESC LIMIT 1"
        );
        self.first(sql, [brand], read_entitlement)
    }

    fn put_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError> {
        let sql = concat!(
            "INSERT INTO entitlements (",
            entitlement_columns!(),
            ") VALUES (:key, :brand, :class, :capacity, :used, :excess, :per_client, :holder, :issued, :not_before,
              :expires, :serves_until, :lease_s, :moves_max, :moves_used, :revoked, :imported, :envelope, :certificate)
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
            named_params! {
                ":key": Column(row.key),
                ":brand": row.brand,
                ":class": Column(row.class),
                ":capacity": row.capacity,
                ":used": row.used,
                ":excess": row.excess,
                ":per_client": row.per_client,
                ":holder": row.holder,
                ":issued": Column(row.issued),
                ":not_before": Column(row.not_before),
                ":expires": Column(row.expires),
                ":serves_until": Column(row.serves_until),
                ":lease_s": row.lease_s,
                ":moves_max": row.moves_max,
                ":moves_used": row.moves_used,
                ":revoked": Column(row.revoked),
                ":imported": Column(row.imported),
                ":envelope": row.envelope,
                ":certificate": row.certificate,
            },
        )
    }

    fn count_entitlement(&mut self, row: &EntitlementRow) -> Result<(), StoreError> {
        self.change_one(
            "UPDATE entitlements SET used = :used, excess = :excess, moves_used = :moves_used WHERE key = :key",
            named_params! {
                ":key": Column(row.key),
                ":used": row.used,
                ":excess": row.excess,
                ":moves_used": row.moves_used,
            },
        )
    }
}

macro_rules! activation_columns {
    () => {
        "id, entitlement, hwid, count, state, free_from, first_start"
    };
}

fn read_activation(row: &Row<'_>) -> rusqlite::Result<ActivationRow> {
    let state = match row.get::<_, i64>(4)? {
        0 => ActivationState::Active,
        1 => ActivationState::Leaving { free_from: get(row, 5)? },
        _ => ActivationState::Ended,
    };
    Ok(ActivationRow {
        id: ActivationId(row.get(0)?),
        entitlement: get(row, 1)?,
        hwid: get(row, 2)?,
        count: row.get(3)?,
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

impl ActivationTable for SqliteTransaction<'_> {
    fn activation(&mut self, entitlement: LicenseKey, hwid: Hwid) -> Result<Option<ActivationRow>, StoreError> {
        let sql = concat!("SELECT ", activation_columns!(), " FROM activations WHERE entitlement = ?1 AND hwid = ?2");
        self.first(sql, (Column(entitlement), Column(hwid)), read_activation)
    }

    fn activation_by_id(&mut self, id: ActivationId) -> Result<Option<ActivationRow>, StoreError> {
        let sql = concat!("SELECT ", activation_columns!(), " FROM activations WHERE id = ?1");
        self.first(sql, [id.0], read_activation)
    }

    fn activations_of_hwid(&mut self, hwid: Hwid) -> Result<Vec<ActivationRow>, StoreError> {
        let sql = concat!("SELECT ", activation_columns!(), " FROM activations WHERE hwid = ?1 ORDER BY id DESC");
        self.all(sql, [Column(hwid)], read_activation)
    }

    fn activations_of(&mut self, entitlement: LicenseKey) -> Result<Vec<ActivationRow>, StoreError> {
        let sql = concat!("SELECT ", activation_columns!(), " FROM activations WHERE entitlement = ?1 ORDER BY id");
        self.all(sql, [Column(entitlement)], read_activation)
    }

    fn activations_to_free(
        &mut self,
        entitlement: Option<LicenseKey>,
        now: UnixSeconds,
        limit: u32,
    ) -> Result<Vec<ActivationRow>, StoreError> {
        let sql = concat!(
            "SELECT ",
            activation_columns!(),
            " FROM activations WHERE state = 1 AND free_from <= ?1 AND (?2 IS NULL OR entitlement = ?2)
              ORDER BY free_from, id LIMIT ?3"
        );
        self.all(sql, (Column(now), Column(entitlement), limit), read_activation)
    }

    fn insert_activation(&mut self, row: &ActivationRow) -> Result<ActivationId, StoreError> {
        let (state, free_from) = state_columns(row.state);
        self.insert(
            "INSERT INTO activations (entitlement, hwid, count, state, free_from, first_start)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (Column(row.entitlement), Column(row.hwid), row.count, state, free_from, Column(row.first_start)),
        )
        .map(ActivationId)
    }

    fn update_activation(&mut self, row: &ActivationRow) -> Result<(), StoreError> {
        let (state, free_from) = state_columns(row.state);
        self.change_one(
            "UPDATE activations SET entitlement = ?2, hwid = ?3, count = ?4, state = ?5, free_from = ?6,
                 first_start = ?7
             WHERE id = ?1",
            (row.id.0, Column(row.entitlement), Column(row.hwid), row.count, state, free_from, Column(row.first_start)),
        )
    }
}
