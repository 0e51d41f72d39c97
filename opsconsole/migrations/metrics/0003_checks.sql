-- What checks found. Times are milliseconds UTC, lengths of time are seconds.

-- The newest of each check, and the period that is still open: it reaches from `begun` to `at`.
CREATE TABLE check_state (
    name   TEXT NOT NULL PRIMARY KEY,
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 3),
    since  INTEGER NOT NULL,
    text   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    took   REAL NOT NULL,
    detail TEXT NOT NULL,
    output TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ok', 'warning', 'critical', 'unknown', 'maintenance')),
    begun  INTEGER NOT NULL,
    reason TEXT NOT NULL,
    p95    REAL,
    uptime REAL
) STRICT;

-- Periods that have ended; what lies between two of them was watched by nobody.
CREATE TABLE check_period (
    name   TEXT NOT NULL,
    begun  INTEGER NOT NULL,
    ended  INTEGER NOT NULL CHECK (ended > begun),
    status TEXT NOT NULL CHECK (status IN ('ok', 'warning', 'critical', 'unknown', 'maintenance')),
    reason TEXT NOT NULL,
    PRIMARY KEY (name, begun)
) STRICT, WITHOUT ROWID;

-- What jobs reported of themselves.
CREATE TABLE heartbeat (
    seq     INTEGER NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('start', 'ok', 'fail')),
    message TEXT NOT NULL,
    took    REAL
) STRICT;

CREATE INDEX heartbeat_name ON heartbeat (name, kind, seq);

-- Numbers that were sent: the newest of each name, and all that the recorder has not taken yet.
CREATE TABLE pushed (
    name  TEXT NOT NULL PRIMARY KEY,
    at    INTEGER NOT NULL,
    value REAL NOT NULL
) STRICT;

CREATE TABLE pushed_value (
    seq   INTEGER NOT NULL PRIMARY KEY,
    name  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    value REAL NOT NULL
) STRICT;
