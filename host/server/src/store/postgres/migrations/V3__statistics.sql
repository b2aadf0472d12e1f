-- What happened in each hour, counted from 1970 (UTC), for pictures. Nothing is decided by it.
CREATE TABLE contacts_by_hour (
    hour     BIGINT NOT NULL PRIMARY KEY,
    licensed BIGINT NOT NULL CHECK (licensed >= 0),
    waiting  BIGINT NOT NULL CHECK (waiting >= 0),
    refused  BIGINT NOT NULL CHECK (refused >= 0),
    put_off  BIGINT NOT NULL CHECK (put_off >= 0)
);

-- The most channels of a class that were in use in an hour, and the most that were paid for.
CREATE TABLE usage_by_hour (
    hour     BIGINT NOT NULL,
    class    BIGINT NOT NULL CHECK (class BETWEEN 0 AND 65535),
    used     BIGINT NOT NULL CHECK (used >= 0),
    capacity BIGINT NOT NULL CHECK (capacity >= 0),
    PRIMARY KEY (hour, class)
);
