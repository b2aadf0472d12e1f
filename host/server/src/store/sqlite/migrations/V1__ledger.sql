-- The ledger of a Primary Server. Times are seconds since 1970 (UTC); a HWID is its scheme and its
-- 16 bytes; a licence key is its ten bytes; signed things are kept as the bytes that were signed.

-- Which ledger this is. The epoch grows with each restore, the serial with each lease.
CREATE TABLE ledger (
    only_row    INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    epoch       INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 4294967295),
    next_serial INTEGER NOT NULL CHECK (next_serial >= 1),
    founded     INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entitlements (
    key          BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 10),
    brand        TEXT    NOT NULL,
    class        INTEGER NOT NULL CHECK (class BETWEEN 0 AND 65535),
    capacity     INTEGER NOT NULL CHECK (capacity >= 0),
    used         INTEGER NOT NULL CHECK (used >= 0),
    excess       INTEGER NOT NULL CHECK (excess >= 0),
    per_client   INTEGER NOT NULL CHECK (per_client >= 0),
    holder       TEXT    NOT NULL,
    issued       INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    expires      INTEGER,
    serves_until INTEGER NOT NULL,
    lease_s      INTEGER CHECK (lease_s >= 0),
    moves_max    INTEGER NOT NULL CHECK (moves_max >= 0),
    moves_used   INTEGER NOT NULL CHECK (moves_used >= 0),
    revoked      INTEGER CHECK (revoked >= 0),
    imported     INTEGER NOT NULL,
    envelope     BLOB    NOT NULL,
    certificate  BLOB    NOT NULL,
    CHECK (used <= capacity),
    CHECK (moves_used <= moves_max)
) STRICT;
CREATE INDEX entitlements_by_class ON entitlements (class, key);

CREATE TABLE clients (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    hwid           BLOB    NOT NULL UNIQUE CHECK (length(hwid) = 17),
    name           TEXT    NOT NULL,
    brand          TEXT    NOT NULL,
    software       TEXT    NOT NULL,
    state          INTEGER NOT NULL,
    counter        INTEGER NOT NULL,
    wanted_class   INTEGER NOT NULL,
    wanted_count   INTEGER NOT NULL,
    clock          INTEGER,
    first_contact  INTEGER NOT NULL,
    last_contact   INTEGER NOT NULL,
    outcome        INTEGER NOT NULL,
    reason         INTEGER NOT NULL,
    assigned       BLOB    REFERENCES entitlements (key),
    service        INTEGER NOT NULL CHECK (service IN (0, 1, 2)),
    change_asked   BLOB    CHECK (length(change_asked) = 17),
    change_allowed BLOB    CHECK (length(change_allowed) = 17),
    clone_since    INTEGER,
    clone_sign     INTEGER,
    enrollment     BLOB,
    CHECK ((clone_since IS NULL) = (clone_sign IS NULL))
) STRICT;
CREATE INDEX clients_by_assigned ON clients (assigned) WHERE assigned IS NOT NULL;

-- Apart from the clients, so that no list of clients reads a secret by accident.
CREATE TABLE secrets (
    client    INTEGER NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    secret    BLOB    NOT NULL CHECK (length(secret) = 32),
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    candidate BLOB    CHECK (length(candidate) = 32)
) STRICT;

CREATE TABLE answers (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    client   INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    request  BLOB    NOT NULL CHECK (length(request) = 16),
    digest   BLOB    NOT NULL CHECK (length(digest) = 32),
    decision BLOB    NOT NULL,
    UNIQUE (client, request)
) STRICT;

CREATE TABLE expected (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT,
    hwid     BLOB    UNIQUE CHECK (length(hwid) = 17),
    assigned BLOB    REFERENCES entitlements (key),
    note     TEXT    NOT NULL,
    entered  INTEGER NOT NULL,
    client   INTEGER REFERENCES clients (id) ON DELETE SET NULL,
    CHECK (name IS NOT NULL OR hwid IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX expected_by_name ON expected (name) WHERE client IS NULL;
CREATE INDEX expected_by_client ON expected (client);
CREATE INDEX expected_by_assigned ON expected (assigned);

-- state: 0 active, 1 leaving (counts until free_from, for ever if that is NULL), 2 ended.
CREATE TABLE activations (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    entitlement BLOB    NOT NULL REFERENCES entitlements (key),
    hwid        BLOB    NOT NULL CHECK (length(hwid) = 17),
    count       INTEGER NOT NULL CHECK (count >= 0),
    state       INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
    free_from   INTEGER CHECK (free_from IS NULL OR state = 1),
    first_start INTEGER NOT NULL,
    UNIQUE (entitlement, hwid)
) STRICT;
CREATE INDEX activations_by_hwid ON activations (hwid);
CREATE INDEX activations_leaving ON activations (free_from) WHERE state = 1;

CREATE TABLE leases (
    epoch      INTEGER NOT NULL,
    serial     INTEGER NOT NULL,
    activation INTEGER NOT NULL REFERENCES activations (id),
    hwid       BLOB    NOT NULL CHECK (length(hwid) = 17),
    count      INTEGER NOT NULL,
    starts     INTEGER NOT NULL,
    ends       INTEGER,
    envelope   BLOB    NOT NULL,
    PRIMARY KEY (epoch, serial)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_by_activation ON leases (activation, epoch, serial);
CREATE INDEX leases_by_end ON leases (ends);

-- kind: 0 move to other hardware, 1 rebind after a change of hardware.
CREATE TABLE moves (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        INTEGER NOT NULL CHECK (kind IN (0, 1)),
    client      INTEGER,
    entitlement BLOB,
    old_hwid    BLOB    NOT NULL CHECK (length(old_hwid) = 17),
    new_hwid    BLOB    CHECK (length(new_hwid) = 17),
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX moves_by_client ON moves (client, kind, at);

CREATE TABLE tokens (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL UNIQUE,
    digest  BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    role    INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT;

CREATE TABLE revocation_lists (
    signer   BLOB    NOT NULL PRIMARY KEY CHECK (length(signer) = 16),
    epoch    INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    envelope BLOB    NOT NULL,
    certificate BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      INTEGER NOT NULL,
    hwid        BLOB    CHECK (length(hwid) = 17),
    entitlement BLOB    CHECK (length(entitlement) = 10),
    detail      TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_hwid ON audit (hwid);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
