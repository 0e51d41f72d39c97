-- Emergencies: what belongs to them besides their entry of the log. Times are milliseconds UTC.

CREATE TABLE log_emergency (
    entry    INTEGER NOT NULL PRIMARY KEY REFERENCES log_entry (id),
    begun    INTEGER NOT NULL,
    -- When the time for the first steps is over.
    until    INTEGER NOT NULL,
    run      INTEGER NOT NULL DEFAULT 0,
    -- When the next message is due, and when somebody was reminded of it.
    due      INTEGER,
    reminded INTEGER,
    over     INTEGER
) STRICT;

CREATE INDEX log_emergency_going ON log_emergency (begun) WHERE over IS NULL;
CREATE INDEX log_emergency_run ON log_emergency (run) WHERE run <> 0;

-- What was told of them; the message is JSON, see logbook/model.
CREATE TABLE log_told (
    entry   INTEGER NOT NULL REFERENCES log_emergency (entry),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    way     TEXT NOT NULL CHECK (way IN ('sent', 'copied', 'shown')),
    message TEXT NOT NULL,
    tell    TEXT NOT NULL,
    PRIMARY KEY (entry, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER log_told_no_update BEFORE UPDATE ON log_told
BEGIN
    SELECT RAISE(ABORT, 'what was told stays as it was told');
END;

CREATE TRIGGER log_told_no_delete BEFORE DELETE ON log_told
BEGIN
    SELECT RAISE(ABORT, 'what was told stays');
END;

-- The word in brackets before the title of a message, where it is not how loud it is.
ALTER TABLE outbox_notice ADD COLUMN word TEXT NOT NULL DEFAULT '';
