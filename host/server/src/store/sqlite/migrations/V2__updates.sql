-- Software updates: what was published, and how far it has come on each client.
-- A version is its major, minor, patch (two bytes each) and build (four), big-endian: bytes sort as versions do.

-- state: 0 arriving, 1 active, 2 paused, 3 withdrawn. group_names: one on each line; empty for all clients.
CREATE TABLE updates (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    brand            TEXT    NOT NULL,
    component        TEXT    NOT NULL,
    version          BLOB    NOT NULL CHECK (length(version) = 10),
    security_version INTEGER NOT NULL CHECK (security_version >= 0),
    size             INTEGER NOT NULL CHECK (size > 0),
    valid_until      INTEGER NOT NULL,
    state            INTEGER NOT NULL CHECK (state IN (0, 1, 2, 3)),
    reason           TEXT    NOT NULL,
    since            INTEGER NOT NULL,
    share            INTEGER NOT NULL CHECK (share BETWEEN 0 AND 1000),
    group_names      TEXT    NOT NULL,
    round            INTEGER NOT NULL CHECK (round >= 0),
    published        INTEGER NOT NULL,
    manifest         BLOB    NOT NULL,
    certificate      BLOB    NOT NULL
) STRICT;
CREATE INDEX updates_active ON updates (brand, component, version) WHERE state = 1;

CREATE TABLE update_chunks (
    update_id   BLOB    NOT NULL REFERENCES updates (id),
    chunk_index INTEGER NOT NULL CHECK (chunk_index >= 0),
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (update_id, chunk_index)
) STRICT;

CREATE TABLE update_leaves (
    update_id BLOB NOT NULL PRIMARY KEY REFERENCES updates (id) ON DELETE CASCADE,
    leaves    BLOB NOT NULL
) STRICT;

-- stage: 0 offered, 1 downloading, 2 ready, 3 installed, 4 failed. detail: thousandths of a download, or
-- the number of a failure. stirred: the later of offered and last_report.
CREATE TABLE deliveries (
    update_id    BLOB    NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
    client       INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    stage        INTEGER NOT NULL CHECK (stage IN (0, 1, 2, 3, 4)),
    detail       INTEGER NOT NULL CHECK (detail BETWEEN 0 AND 65535),
    failures     INTEGER NOT NULL CHECK (failures >= 0),
    round        INTEGER NOT NULL CHECK (round >= 0),
    offered      INTEGER NOT NULL,
    first_report INTEGER,
    last_report  INTEGER,
    stirred      INTEGER NOT NULL,
    PRIMARY KEY (update_id, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_client ON deliveries (client, offered);
CREATE INDEX deliveries_by_stage ON deliveries (update_id, stage, stirred);
CREATE INDEX deliveries_failed ON deliveries (update_id, round) WHERE failures > 0;

-- What a client said that it runs; NULL until it did. The group is the administrator's.
ALTER TABLE clients ADD COLUMN running_component TEXT;
ALTER TABLE clients ADD COLUMN running_model TEXT;
ALTER TABLE clients ADD COLUMN running_hardware INTEGER;
ALTER TABLE clients ADD COLUMN running_version BLOB CHECK (length(running_version) = 10);
ALTER TABLE clients ADD COLUMN running_security INTEGER;
ALTER TABLE clients ADD COLUMN security_floor INTEGER;
ALTER TABLE clients ADD COLUMN group_name TEXT;
