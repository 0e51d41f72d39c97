-- The history of series, see opsconsole/health/history/. Times are milliseconds UTC.
CREATE TABLE series (
    id    INTEGER NOT NULL PRIMARY KEY,
    -- UTF-8; bytes that are none stand as they were in the name of the mount or interface.
    name  BLOB NOT NULL UNIQUE,
    since INTEGER NOT NULL,
    -- The newest value that was rolled up.
    seen  INTEGER NOT NULL
) STRICT;

-- What was recorded: the time in the lower 44 bits of the key; the bits above grow when the clock was put back, so that
-- keys always grow. `ids` are the series, `vals` their values, float64.
CREATE TABLE sample (
    key  INTEGER NOT NULL PRIMARY KEY,
    ids  BLOB NOT NULL,
    vals BLOB NOT NULL
) STRICT;

-- One row per series and hour, with a cell per minute; the key is the hour since 1970, then 20 bits of series.
CREATE TABLE minute (
    key      INTEGER NOT NULL PRIMARY KEY,
    cells    BLOB NOT NULL,
    -- Of latencies: a histogram of each cell with more than two values, and one of the whole row.
    sketches BLOB,
    whole    BLOB
) STRICT;

-- One row per series and day of UTC, with a cell per quarter of an hour; the key is the day since 1970, then the series.
CREATE TABLE quarter (
    key      INTEGER NOT NULL PRIMARY KEY,
    cells    BLOB NOT NULL,
    sketches BLOB,
    whole    BLOB
) STRICT;

-- Up to which key samples are in `minute` and `quarter`; part -1 is everything, the others are ahead of it for a moment.
CREATE TABLE rolled (
    part INTEGER NOT NULL PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;

INSERT INTO rolled (part, upto) VALUES (-1, 0);

-- From when on a table is complete; what is older may have been pruned.
CREATE TABLE kept (
    tier  TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

INSERT INTO kept (tier, since) VALUES ('sample', 0), ('minute', 0);

-- When something was recorded without a break; in between nobody was watching.
CREATE TABLE watched (
    begun INTEGER NOT NULL PRIMARY KEY,
    ended INTEGER NOT NULL
) STRICT;
