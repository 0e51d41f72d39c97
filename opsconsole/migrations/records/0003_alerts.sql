-- Alerts, silences and maintenance windows. Times are milliseconds UTC.
CREATE TABLE alert (
    id              INTEGER NOT NULL PRIMARY KEY,
    key             TEXT NOT NULL,
    rule            TEXT NOT NULL,
    target          TEXT NOT NULL,
    title           TEXT NOT NULL,
    severity        TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    phase           TEXT NOT NULL CHECK (phase IN ('firing', 'recovering', 'ok')),
    begun           INTEGER NOT NULL,
    fired           INTEGER NOT NULL,
    ended           INTEGER,
    text            TEXT NOT NULL,
    detail          TEXT NOT NULL,
    acknowledged    INTEGER,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    note            TEXT NOT NULL DEFAULT '',
    flapping        INTEGER NOT NULL DEFAULT 0,
    muted_by        TEXT NOT NULL DEFAULT '',
    told            INTEGER NOT NULL DEFAULT 0,
    count           INTEGER NOT NULL DEFAULT 1,
    version         INTEGER NOT NULL DEFAULT 1,
    CHECK ((phase = 'ok') = (ended IS NOT NULL))
) STRICT;

-- Two of the same at once would be told twice.
CREATE UNIQUE INDEX alert_open ON alert (key) WHERE ended IS NULL;
CREATE INDEX alert_key ON alert (key, fired);
CREATE INDEX alert_fired ON alert (fired);

CREATE TABLE alert_event (
    id    INTEGER NOT NULL PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    at    INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    actor TEXT NOT NULL,
    text  TEXT NOT NULL
) STRICT;

CREATE INDEX alert_event_alert ON alert_event (alert, id);

CREATE TABLE alert_evidence (
    alert INTEGER NOT NULL PRIMARY KEY REFERENCES alert (id) ON DELETE CASCADE,
    data  TEXT NOT NULL
) STRICT;

-- What the agent must remember of each alert, pending ones too, so that a restart forgets nothing.
CREATE TABLE alert_machine (
    key     TEXT NOT NULL PRIMARY KEY,
    alert   INTEGER REFERENCES alert (id) ON DELETE SET NULL,
    state   TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE silence (
    id       INTEGER NOT NULL PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('silence', 'maintenance')),
    pattern  TEXT NOT NULL,
    author   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    begins   INTEGER NOT NULL,
    ends     INTEGER NOT NULL CHECK (ends > begins),
    ended    INTEGER,
    ended_by TEXT NOT NULL DEFAULT '',
    warned   INTEGER NOT NULL DEFAULT 0,
    version  INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX silence_ends ON silence (ends);
