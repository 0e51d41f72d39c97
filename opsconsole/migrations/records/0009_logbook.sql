-- The maintenance log. Times are milliseconds UTC.

CREATE TABLE log_entry (
    id          INTEGER NOT NULL PRIMARY KEY,
    type        TEXT NOT NULL,
    title       TEXT NOT NULL,
    begun       INTEGER NOT NULL,
    ended       INTEGER,
    status      TEXT NOT NULL CHECK (status IN ('normal', 'issues')),
    state       TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'signed', 'dropped')),
    -- As they are shown: a JSON list.
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
    -- The whole entry as JSON, see logbook/model; the columns above show it with its amendments.
    data        TEXT NOT NULL
) STRICT;

-- Lists go along it, newest first, without looking at entries.
CREATE INDEX log_entry_begun ON log_entry (begun, id, state, type, status, amended);
CREATE INDEX log_entry_open ON log_entry (state, begun) WHERE state <> 'signed';
CREATE INDEX log_entry_run ON log_entry (run) WHERE run <> 0;

CREATE TRIGGER log_entry_no_delete BEFORE DELETE ON log_entry
BEGIN
    SELECT RAISE(ABORT, 'entries are not deleted');
END;

-- What was signed stays as it was signed; the columns that show it with its amendments may follow.
CREATE TRIGGER log_entry_sealed BEFORE UPDATE OF id, state, run, "window", seal, attachments, created, data ON log_entry
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

CREATE TRIGGER log_amendment_of_signed BEFORE INSERT ON log_amendment
    WHEN NOT EXISTS (SELECT 1 FROM log_entry WHERE id = NEW.entry AND seal <> '')
BEGIN
    SELECT RAISE(ABORT, 'only a signed entry is amended');
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

CREATE TRIGGER log_attachment_no_update BEFORE UPDATE ON log_attachment
BEGIN
    SELECT RAISE(ABORT, 'an attachment cannot be changed');
END;

CREATE TRIGGER log_attachment_no_delete BEFORE DELETE ON log_attachment
BEGIN
    SELECT RAISE(ABORT, 'an attachment cannot be removed');
END;

CREATE TRIGGER log_attachment_of_open BEFORE INSERT ON log_attachment
    WHEN EXISTS (SELECT 1 FROM log_entry WHERE id = NEW.entry AND state <> 'open')
BEGIN
    SELECT RAISE(ABORT, 'only an open entry takes attachments');
END;

CREATE INDEX log_attachment_entry ON log_attachment (entry, id);
CREATE INDEX log_attachment_sha256 ON log_attachment (sha256);

-- By what entries are found: who performed them, their tags, the checks that they affect, the tickets that they name.
CREATE TABLE log_mention (
    kind  TEXT NOT NULL CHECK (kind IN ('by', 'tag', 'check', 'ticket')),
    name  TEXT NOT NULL,
    entry INTEGER NOT NULL REFERENCES log_entry (id),
    PRIMARY KEY (kind, name, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_mention_entry ON log_mention (entry);

-- The words of entries, amendments included; each row is an entry, by its id.
CREATE VIRTUAL TABLE log_text USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');

-- Files of entries are kept as well.
DROP VIEW kept_file;
CREATE VIEW kept_file (sha256) AS
    SELECT sha256 FROM ticket_attachment WHERE deleted IS NULL
    UNION ALL SELECT sha256 FROM ticket_mail_kept
    UNION ALL SELECT sha256 FROM checklist_file
    UNION ALL SELECT sha256 FROM log_attachment;
