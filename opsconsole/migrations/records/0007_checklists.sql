-- Checklists. Times are milliseconds UTC. A run follows from its template, its answers and its events; its row is kept
-- to list and find it.

-- Templates as runs keep them, by their SHA-256 (64 hexadecimal digits).
CREATE TABLE checklist_template (
    hash TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    data TEXT NOT NULL,
    seen INTEGER NOT NULL
) STRICT;

CREATE TRIGGER checklist_template_no_update BEFORE UPDATE ON checklist_template
BEGIN
    SELECT RAISE(ABORT, 'a pinned template cannot be changed');
END;

CREATE TRIGGER checklist_template_no_delete BEFORE DELETE ON checklist_template
BEGIN
    SELECT RAISE(ABORT, 'a pinned template cannot be removed');
END;

-- Up to when the occurrences of a template have been made into runs; it begins when the template is first seen.
CREATE TABLE checklist_schedule (
    slug TEXT NOT NULL PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;

CREATE TABLE checklist_run (
    id         INTEGER NOT NULL PRIMARY KEY,
    slug       TEXT NOT NULL,
    title      TEXT NOT NULL,
    category   TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    template   TEXT NOT NULL REFERENCES checklist_template (hash),
    opens      INTEGER NOT NULL,
    due        INTEGER,
    late       INTEGER,
    missed     INTEGER,
    begun      INTEGER,
    ended      INTEGER,
    outcome    TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'done', 'waived', 'missed')),
    deferred   INTEGER,
    performers TEXT NOT NULL DEFAULT '[]',
    signatures TEXT NOT NULL DEFAULT '[]',
    persons    INTEGER NOT NULL DEFAULT 1,
    seal       TEXT NOT NULL DEFAULT '',
    total      INTEGER NOT NULL DEFAULT 0,
    answered   INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    marks      TEXT NOT NULL DEFAULT '[]',
    -- For statistics, set by the last signature: time spent, and whether it was done before it was late.
    seconds    REAL NOT NULL DEFAULT 0,
    timely     INTEGER NOT NULL DEFAULT 0 CHECK (timely IN (0, 1)),
    -- When somebody asked the machine to propose anew; the agent compares it with what it proposed last.
    wanted     INTEGER NOT NULL DEFAULT 0,
    version    INTEGER NOT NULL,
    UNIQUE (slug, occurrence)
) STRICT;

CREATE INDEX checklist_run_going ON checklist_run (due, id) WHERE ended IS NULL;
CREATE INDEX checklist_run_ended ON checklist_run (ended, slug) WHERE ended IS NOT NULL;
CREATE INDEX checklist_run_unexplained ON checklist_run (id) WHERE outcome = 'missed' AND reason = '';
CREATE INDEX checklist_run_slug ON checklist_run (slug, id);
CREATE INDEX checklist_run_due ON checklist_run (due, slug);

CREATE TRIGGER checklist_run_no_delete BEFORE DELETE ON checklist_run
BEGIN
    SELECT RAISE(ABORT, 'runs are not deleted');
END;

-- What was signed stays as it was signed. Why a run was missed and that somebody looked at the marks may follow.
CREATE TRIGGER checklist_run_sealed BEFORE UPDATE OF id, slug, title, category, occurrence, template, opens, due, late,
    missed, begun, ended, outcome, performers, signatures, persons, seal, total, answered, failed,
    seconds, timely ON checklist_run
    WHEN OLD.seal <> ''
BEGIN
    SELECT RAISE(ABORT, 'a signed run cannot be changed');
END;

CREATE TABLE checklist_answer (
    id       INTEGER NOT NULL PRIMARY KEY,
    run      INTEGER NOT NULL REFERENCES checklist_run (id),
    item     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    origin   TEXT NOT NULL,
    given    TEXT NOT NULL,
    verdict  TEXT NOT NULL CHECK (verdict IN ('open', 'ok', 'failed', 'skipped', 'n/a')),
    -- As JSON; `number` is the same where it is one, for history.
    value    TEXT NOT NULL,
    number   REAL,
    unit     TEXT NOT NULL,
    bounds   TEXT NOT NULL,
    note     TEXT NOT NULL,
    evidence TEXT NOT NULL,
    ticket   INTEGER NOT NULL,
    proposed INTEGER NOT NULL CHECK (proposed IN (0, 1)),
    seconds  REAL NOT NULL,
    -- The answer that this one takes back; 0: none.
    undoes   INTEGER NOT NULL
) STRICT;

CREATE INDEX checklist_answer_run ON checklist_answer (run, id);
CREATE INDEX checklist_answer_at ON checklist_answer (at, actor, verdict);

CREATE TRIGGER checklist_answer_no_update BEFORE UPDATE ON checklist_answer
BEGIN
    SELECT RAISE(ABORT, 'an answer cannot be changed');
END;

CREATE TRIGGER checklist_answer_no_delete BEFORE DELETE ON checklist_answer
BEGIN
    SELECT RAISE(ABORT, 'an answer cannot be removed');
END;

CREATE TRIGGER checklist_answer_sealed BEFORE INSERT ON checklist_answer
    WHEN (SELECT seal FROM checklist_run WHERE id = NEW.run) <> ''
BEGIN
    SELECT RAISE(ABORT, 'a signed run takes no answer');
END;

-- Of each item of each run the answer that counts; those that are open have none. It follows from the answers, and is
-- kept so that the last values of an item, and its history, are found without looking at those that were corrected.
CREATE TABLE checklist_current (
    slug   TEXT NOT NULL,
    item   TEXT NOT NULL,
    run    INTEGER NOT NULL REFERENCES checklist_run (id),
    answer INTEGER NOT NULL REFERENCES checklist_answer (id),
    -- Whether something was entered or read, besides the verdict.
    valued INTEGER NOT NULL CHECK (valued IN (0, 1)),
    PRIMARY KEY (slug, item, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX checklist_current_valued ON checklist_current (slug, item, run, answer) WHERE valued = 1;

CREATE TABLE checklist_event (
    id    INTEGER NOT NULL PRIMARY KEY,
    run   INTEGER NOT NULL REFERENCES checklist_run (id),
    at    INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    actor TEXT NOT NULL,
    text  TEXT NOT NULL,
    data  TEXT NOT NULL
) STRICT;

CREATE INDEX checklist_event_run ON checklist_event (run, id);
CREATE INDEX checklist_event_at ON checklist_event (at);

CREATE TRIGGER checklist_event_no_update BEFORE UPDATE ON checklist_event
BEGIN
    SELECT RAISE(ABORT, 'what happened to a run cannot be changed');
END;

CREATE TRIGGER checklist_event_no_delete BEFORE DELETE ON checklist_event
BEGIN
    SELECT RAISE(ABORT, 'what happened to a run cannot be removed');
END;

-- What the machine thinks of an item, the newest of each; nothing of it counts before it is an answer.
CREATE TABLE checklist_proposal (
    run      INTEGER NOT NULL REFERENCES checklist_run (id),
    item     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    verdict  TEXT NOT NULL,
    value    TEXT NOT NULL,
    text     TEXT NOT NULL,
    bounds   TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (run, item)
) STRICT;

-- The tickets of failed items: those of one key share a ticket while it is open.
CREATE TABLE checklist_ticket (
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    slug   TEXT NOT NULL,
    item   TEXT NOT NULL,
    run    INTEGER NOT NULL REFERENCES checklist_run (id),
    PRIMARY KEY (ticket, slug, item, run)
) STRICT;

CREATE INDEX checklist_ticket_item ON checklist_ticket (slug, item, ticket);
CREATE INDEX checklist_ticket_run ON checklist_ticket (run);
