-- The agent: its lease and the runs of its jobs. Instants are milliseconds UTC.

-- Who may run the jobs: one row, taken by compare-and-swap of `token` and `beats`. Without a token nobody works.
CREATE TABLE lease (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    token  TEXT NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('permanent', 'child')),
    host   TEXT NOT NULL,
    boot   TEXT NOT NULL,
    space  TEXT NOT NULL,
    pid    INTEGER NOT NULL,
    born   INTEGER NOT NULL,
    taken  INTEGER NOT NULL,
    beat   INTEGER NOT NULL,
    -- Rises with every change: whoever waits compares it, because clocks can be set.
    beats  INTEGER NOT NULL,
    -- The token of a permanent agent that asks the child at work to end.
    wanted TEXT NOT NULL
) STRICT;

-- The last run of each job, and what it did not run for.
CREATE TABLE job (
    name         TEXT NOT NULL PRIMARY KEY,
    last_due     INTEGER NOT NULL,
    last_started INTEGER,
    last_ended   INTEGER,
    ok           INTEGER CHECK (ok IN (0, 1)),
    took         REAL,
    error        TEXT NOT NULL,
    runs         INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    missed       INTEGER NOT NULL,
    skipped      INTEGER NOT NULL,
    seen         INTEGER NOT NULL
) STRICT;
