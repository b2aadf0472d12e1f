-- A site may have thousands of entitlements, each contact finds one of them, and each activation changes what
-- is in use of one.

-- What was signed lies beside the row and is not copied with each version of it, and a page has room for the
-- next ones.
ALTER TABLE entitlements ALTER COLUMN envelope SET STORAGE EXTERNAL;
ALTER TABLE entitlements ALTER COLUMN certificate SET STORAGE EXTERNAL;
ALTER TABLE entitlements SET (toast_tuple_target = 128, fillfactor = 50);
ALTER TABLE clients SET (fillfactor = 75);

-- Those with room. A column of its own, so that an index changes only when one is full or has room again.
ALTER TABLE entitlements ADD COLUMN is_full BOOLEAN NOT NULL
    GENERATED ALWAYS AS (used >= capacity OR excess > 0) STORED;
DROP INDEX entitlements_by_class;
CREATE INDEX entitlements_by_class ON entitlements (class, brand, key);
CREATE INDEX entitlements_with_room ON entitlements (class, brand, key) WHERE NOT is_full AND revoked IS NULL;

-- That by which a client without a licence believes its server.
CREATE INDEX entitlements_by_service ON entitlements (brand, serves_until, key) WHERE revoked IS NULL;
