-- The maintenance log. Times are milliseconds UTC.

CREATE TABLE log_entry (
    id          INTEGER NOT NULL PRIMARY KEY,
    type        TEXT NOT NULL,
    title       TEXT NOT NULL,
    begun       INTEGER NOT NULL,
    ended       INTEGER,
    status      TEXT NOT NULL CHECK (status IN ('normal', 'issues')),
    state       TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'signed', 'dropped')),
    performers  TEXT NOT NULL,
    -- How many points `tasks`, `found`, `resolved`, `escalated` and open next actions there are, amendments counted in.
    tasks       INTEGER NOT NULL,
    found       INTEGER NOT NULL,
    resolved    INTEGER NOT NULL,
    escalated   INTEGER NOT NULL,
    actions     INTEGER NOT NULL,
    attachments INTEGER NOT NULL DEFAULT 0,
    amended     INTEGER NOT NULL DEFAULT 0,
    seconds     REAL NOT NULL,
    run         INTEGER NOT NULL DEFAULT 0,
    "window"    INTEGER NOT NULL DEFAULT 0,
    seal        TEXT NOT NULL DEFAULT '',
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    -- The whole entry as JSON, see logbook/model.
    data        TEXT NOT NULL
) STRICT;

CREATE INDEX log_entry_begun ON log_entry (begun, id, state, type, status);
CREATE INDEX log_entry_open ON log_entry (state, begun) WHERE state <> 'signed';
CREATE INDEX log_entry_run ON log_entry (run) WHERE run <> 0;

CREATE TRIGGER log_entry_no_delete BEFORE DELETE ON log_entry
BEGIN
    SELECT RAISE(ABORT, 'entries are not deleted');
END;

-- What was signed stays as it was signed; what amendments and attachments count may follow.
CREATE TRIGGER log_entry_sealed BEFORE UPDATE OF id, type, begun, ended, status, state, run, seal, created, data ON log_entry
    WHEN OLD.seal <> ''
BEGIN
    SELECT RAISE(ABORT, 'a signed entry cannot be changed, only amended');
END;

CREATE TABLE log_amendment (
    id      INTEGER NOT NULL PRIMARY KEY,
    entry   INTEGER NOT NULL REFERENCES log_entry (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    changes TEXT NOT NULL,
    seal    TEXT NOT NULL,
    UNIQUE (entry, seq)
) STRICT;

CREATE TRIGGER log_amendment_no_update BEFORE UPDATE ON log_amendment
BEGIN
    SELECT RAISE(ABORT, 'an amendment cannot be changed');
END;

CREATE TRIGGER log_amendment_no_delete BEFORE DELETE ON log_amendment
BEGIN
    SELECT RAISE(ABORT, 'an amendment cannot be removed');
END;

-- Next actions by their date, of entries in any state.
CREATE TABLE log_action (
    entry  INTEGER NOT NULL REFERENCES log_entry (id),
    place  INTEGER NOT NULL,
    text   TEXT NOT NULL,
    person TEXT NOT NULL,
    due    TEXT NOT NULL,
    done   INTEGER,
    done_by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (entry, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_action_due ON log_action (due, entry) WHERE done IS NULL;

CREATE TABLE log_attachment (
    id     INTEGER NOT NULL PRIMARY KEY,
    entry  INTEGER NOT NULL REFERENCES log_entry (id),
    name   TEXT NOT NULL,
    size   INTEGER NOT NULL,
    type   TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    by     TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX log_attachment_entry ON log_attachment (entry, id);
CREATE INDEX log_attachment_sha256 ON log_attachment (sha256);

-- The words of entries, amendments included; each row is an entry, by its id.
CREATE VIRTUAL TABLE log_text USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');

-- Files of entries are kept as well.
DROP VIEW kept_file;
CREATE VIEW kept_file (sha256) AS
    SELECT sha256 FROM ticket_attachment WHERE deleted IS NULL
    UNION ALL SELECT sha256 FROM ticket_mail_kept
    UNION ALL SELECT sha256 FROM checklist_file
    UNION ALL SELECT sha256 FROM log_attachment;
