-- Software updates: what was published, and how far it has come on each client.
-- A version is its major, minor, patch (two bytes each) and build (four), big-endian: bytes sort as versions do.

-- state: 0 arriving, 1 active, 2 paused, 3 withdrawn. group_names: one on each line; empty for all clients.
CREATE TABLE updates (
    id               BYTEA  NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    brand            TEXT   NOT NULL,
    component        TEXT   NOT NULL,
    version          BYTEA  NOT NULL CHECK (length(version) = 10),
    security_version BIGINT NOT NULL CHECK (security_version >= 0),
    size             BIGINT NOT NULL CHECK (size > 0),
    valid_until      BIGINT NOT NULL,
    state            BIGINT NOT NULL CHECK (state IN (0, 1, 2, 3)),
    reason           TEXT   NOT NULL,
    since            BIGINT NOT NULL,
    share            BIGINT NOT NULL CHECK (share BETWEEN 0 AND 1000),
    group_names      TEXT   NOT NULL,
    round            BIGINT NOT NULL CHECK (round >= 0),
    published        BIGINT NOT NULL,
    manifest         BYTEA  NOT NULL,
    certificate      BYTEA  NOT NULL
);
CREATE INDEX updates_active ON updates (brand, component, version) WHERE state = 1;

CREATE TABLE update_chunks (
    update_id   BYTEA  NOT NULL REFERENCES updates (id),
    chunk_index BIGINT NOT NULL CHECK (chunk_index >= 0),
    bytes       BYTEA  NOT NULL,
    PRIMARY KEY (update_id, chunk_index)
);

CREATE TABLE update_leaves (
    update_id BYTEA NOT NULL PRIMARY KEY REFERENCES updates (id) ON DELETE CASCADE,
    leaves    BYTEA NOT NULL
);

-- stage: 0 offered, 1 downloading, 2 ready, 3 installed, 4 failed. detail: thousandths of a download, or
-- the number of a failure. stirred: the later of offered and last_report.
CREATE TABLE deliveries (
    update_id    BYTEA  NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
    client       BIGINT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    stage        BIGINT NOT NULL CHECK (stage IN (0, 1, 2, 3, 4)),
    detail       BIGINT NOT NULL CHECK (detail BETWEEN 0 AND 65535),
    failures     BIGINT NOT NULL CHECK (failures >= 0),
    round        BIGINT NOT NULL CHECK (round >= 0),
    offered      BIGINT NOT NULL,
    first_report BIGINT,
    last_report  BIGINT,
    stirred      BIGINT NOT NULL,
    PRIMARY KEY (update_id, client)
);
CREATE INDEX deliveries_by_client ON deliveries (client, offered);
CREATE INDEX deliveries_by_stage ON deliveries (update_id, stage, stirred);
CREATE INDEX deliveries_failed ON deliveries (update_id, round) WHERE failures > 0;

-- What a client said that it runs; NULL until it did. The group is the administrator's.
ALTER TABLE clients ADD COLUMN running_component TEXT;
ALTER TABLE clients ADD COLUMN running_model TEXT;
ALTER TABLE clients ADD COLUMN running_hardware BIGINT;
ALTER TABLE clients ADD COLUMN running_version BYTEA CHECK (length(running_version) = 10);
ALTER TABLE clients ADD COLUMN running_security BIGINT;
ALTER TABLE clients ADD COLUMN security_floor BIGINT;
ALTER TABLE clients ADD COLUMN group_name TEXT;
