-- What happened in each hour, counted from 1970 (UTC), for pictures. Nothing is decided by it.
CREATE TABLE contacts_by_hour (
    hour     INTEGER NOT NULL PRIMARY KEY,
    licensed INTEGER NOT NULL CHECK (licensed >= 0),
    waiting  INTEGER NOT NULL CHECK (waiting >= 0),
    refused  INTEGER NOT NULL CHECK (refused >= 0),
    put_off  INTEGER NOT NULL CHECK (put_off >= 0)
) STRICT;

-- The most channels of a class that were in use in an hour, and the most that were paid for.
CREATE TABLE usage_by_hour (
    hour     INTEGER NOT NULL,
    class    INTEGER NOT NULL CHECK (class BETWEEN 0 AND 65535),
    used     INTEGER NOT NULL CHECK (used >= 0),
    capacity INTEGER NOT NULL CHECK (capacity >= 0),
    PRIMARY KEY (hour, class)
) STRICT, WITHOUT ROWID;
