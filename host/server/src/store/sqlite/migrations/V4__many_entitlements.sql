-- A site may have thousands of entitlements, and each contact finds one of them: one with room, or that by which
-- a client without a licence believes its server.
DROP INDEX entitlements_by_class;
CREATE INDEX entitlements_by_class ON entitlements (class, brand, key);
CREATE INDEX entitlements_with_room ON entitlements (class, brand, key)
    WHERE used < capacity AND excess = 0 AND revoked IS NULL;
CREATE INDEX entitlements_by_service ON entitlements (brand, serves_until, key) WHERE revoked IS NULL;
