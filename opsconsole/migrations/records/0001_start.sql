-- What other consoles have to read again: a version per topic, raised in the transaction that changed the data.
CREATE TABLE topic (
    topic   TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

-- The audit trail: a hash chain, see opsconsole/core/audit.py. Times are milliseconds UTC.
CREATE TABLE audit (
    seq      INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    uid      INTEGER NOT NULL,
    origin   TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_subject ON audit (subject, seq);

-- The guards stop accidents and careless programs; the proof is reading the chain again.
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail cannot be changed');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail cannot be shortened');
END;

-- REPLACE deletes without firing triggers where a connection has recursive_triggers off; this one fires before.
CREATE TRIGGER audit_only_at_end BEFORE INSERT ON audit
WHEN NEW.seq <> coalesce((SELECT max(seq) FROM audit), 0) + 1
BEGIN
    SELECT RAISE(ABORT, 'the audit trail grows only at its end');
END;
