-- Tickets. Times are milliseconds UTC. What a ticket is follows from its events; its row is kept to list and find it.

CREATE TABLE ticket (
    number         INTEGER NOT NULL PRIMARY KEY,
    title          TEXT NOT NULL,
    state          TEXT NOT NULL,
    phase          TEXT NOT NULL CHECK (phase IN ('initial', 'active', 'waiting', 'done')),
    -- 0 urgent, 1 high, 2 medium, 3 low
    priority       INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
    category       TEXT NOT NULL,
    team           TEXT NOT NULL,
    assignee       TEXT NOT NULL,
    requester      TEXT NOT NULL,
    requester_mail TEXT NOT NULL,
    source         TEXT NOT NULL,
    tags           TEXT NOT NULL,
    created        INTEGER NOT NULL,
    updated        INTEGER NOT NULL,
    resolved       INTEGER,
    -- The next promise to be kept, or the first one that is broken and still open.
    due            INTEGER,
    due_kind       TEXT NOT NULL DEFAULT '',
    warn           INTEGER,
    promise        TEXT NOT NULL DEFAULT '',
    -- How the queue is sorted: the due time, or far ahead where none runs.
    queue          INTEGER NOT NULL,
    -- When the agent has to look at it: a warning, a due time, a level of a ladder, the return to the pool.
    wake           INTEGER,
    unanswered     INTEGER NOT NULL DEFAULT 0,
    escalated      INTEGER NOT NULL DEFAULT 0,
    recurred       INTEGER NOT NULL DEFAULT 0,
    reopened       INTEGER NOT NULL DEFAULT 0,
    attachments    INTEGER NOT NULL DEFAULT 0,
    satisfaction   INTEGER NOT NULL DEFAULT 0,
    merged_into    INTEGER NOT NULL DEFAULT 0,
    alert_key      TEXT NOT NULL DEFAULT '',
    release        TEXT NOT NULL DEFAULT '',
    rank           REAL NOT NULL DEFAULT 0,
    version        INTEGER NOT NULL,
    -- The whole ticket as JSON, see tickets/model.py.
    data           TEXT NOT NULL,
    -- What statistics and filters ask besides; `answers` counts public answers, the others say whether there is one.
    -- Plain columns, since a connection that trusts no schema refuses generated ones that read JSON.
    answers        INTEGER NOT NULL DEFAULT 0,
    knowledge      INTEGER NOT NULL DEFAULT 0,
    root_cause     INTEGER NOT NULL DEFAULT 0,
    -- The requester's name and address, in which parts of them are looked for; see tickets/search.py. No generated
    -- column either: SQLite 3.40 reads the whole row for one, even where an index has it.
    asker          TEXT NOT NULL DEFAULT ' '
) STRICT;

-- The order of the queue, for what is open and for all. Both hold every column that a filter can ask for, so that no
-- filter has to read the wide rows.
CREATE INDEX ticket_open ON ticket (
    queue, priority, number, phase, state, category, team, assignee, source, created, updated, resolved, due, promise,
    unanswered, escalated, recurred, reopened, attachments, satisfaction, merged_into, root_cause, knowledge, answers,
    release, rank, asker, alert_key) WHERE phase <> 'done';
CREATE INDEX ticket_queue ON ticket (
    phase = 'done', queue, priority, number, phase, state, category, team, assignee, source, created, updated, resolved,
    due, promise, unanswered, escalated, recurred, reopened, attachments, satisfaction, merged_into, root_cause, knowledge,
    answers, release, rank, asker, alert_key);
CREATE INDEX ticket_created ON ticket (created, merged_into, resolved, reopened, escalated);
CREATE INDEX ticket_updated ON ticket (updated);
CREATE INDEX ticket_resolved ON ticket (resolved, created, merged_into, reopened, answers, knowledge, satisfaction)
    WHERE resolved IS NOT NULL;
CREATE INDEX ticket_took ON ticket (resolved - created, resolved, created, merged_into) WHERE resolved IS NOT NULL;
CREATE INDEX ticket_done_by ON ticket (assignee, resolved, created, merged_into, satisfaction) WHERE resolved IS NOT NULL;
CREATE INDEX ticket_wake ON ticket (wake) WHERE wake IS NOT NULL;
CREATE INDEX ticket_requester ON ticket (requester_mail) WHERE requester_mail <> '';
CREATE INDEX ticket_alert ON ticket (alert_key) WHERE alert_key <> '';
CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into <> 0;

CREATE TRIGGER ticket_no_delete BEFORE DELETE ON ticket
BEGIN
    SELECT RAISE(ABORT, 'tickets are not deleted');
END;

-- The timeline. `id` is ticket * 1048576 + seq: so the events of a ticket lie together and in order.
CREATE TABLE ticket_event (
    id      INTEGER NOT NULL PRIMARY KEY,
    ticket  INTEGER NOT NULL REFERENCES ticket (number) DEFERRABLE INITIALLY DEFERRED,
    seq     INTEGER NOT NULL CHECK (seq BETWEEN 1 AND 1048575),
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    party   TEXT NOT NULL CHECK (party IN ('staff', 'requester', 'system', 'robot')),
    via     TEXT NOT NULL,
    public  INTEGER NOT NULL CHECK (public IN (0, 1)),
    text    TEXT NOT NULL,
    changes TEXT NOT NULL,
    data    TEXT NOT NULL,
    batch   INTEGER NOT NULL,
    CHECK (id = ticket * 1048576 + seq)
) STRICT;

CREATE INDEX ticket_event_at ON ticket_event (at, kind);
CREATE INDEX ticket_event_batch ON ticket_event (batch);

CREATE TRIGGER ticket_event_no_update BEFORE UPDATE ON ticket_event
BEGIN
    SELECT RAISE(ABORT, 'what happened to a ticket cannot be changed');
END;

CREATE TRIGGER ticket_event_no_delete BEFORE DELETE ON ticket_event
BEGIN
    SELECT RAISE(ABORT, 'what happened to a ticket cannot be removed');
END;

-- What was done at once, and can be undone at once.
CREATE TABLE ticket_batch (
    id     INTEGER NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    -- The batch that took it back.
    undone INTEGER
) STRICT;

CREATE INDEX ticket_batch_actor ON ticket_batch (actor, id);

CREATE TABLE ticket_tag (
    tag    TEXT NOT NULL,
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    PRIMARY KEY (tag, ticket)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_tag_ticket ON ticket_tag (ticket);

CREATE TABLE ticket_watcher (
    person TEXT NOT NULL,
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    PRIMARY KEY (person, ticket)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_watcher_ticket ON ticket_watcher (ticket);

CREATE TABLE ticket_link (
    ticket INTEGER NOT NULL REFERENCES ticket (number),
    kind   TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (ticket, kind, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_link_target ON ticket_link (kind, target);

-- The clocks as they were computed last; see tickets/clocks.py.
CREATE TABLE ticket_clock (
    ticket   INTEGER NOT NULL REFERENCES ticket (number),
    kind     TEXT NOT NULL CHECK (kind IN ('response', 'next', 'resolution')),
    segment  INTEGER NOT NULL,
    started  INTEGER NOT NULL,
    -- Milliseconds of the promise, in the hours of its calendar; NULL: none, or the next release.
    target   INTEGER,
    due      INTEGER,
    met      INTEGER,
    breached INTEGER,
    waived   INTEGER,
    -- Milliseconds that counted until it was met.
    used     INTEGER,
    -- Of the ticket; here too, because statistics over a year have no time to look at each ticket.
    priority INTEGER NOT NULL,
    category TEXT NOT NULL,
    assignee TEXT NOT NULL,
    merged   INTEGER NOT NULL,
    -- When it was met or broken, whichever came first; NULL while neither is, of no promise, and of one that was waived.
    decided  INTEGER,
    kept     INTEGER NOT NULL,
    PRIMARY KEY (ticket, kind, segment)
) STRICT, WITHOUT ROWID;

-- For statistics: which promises were kept, in the order in which they are grouped; and how long it took, by time and by
-- length, because of values in their order the middle one is found without sorting.
CREATE INDEX ticket_clock_kept ON ticket_clock (kind, priority, category, assignee, merged, decided, kept)
    WHERE decided IS NOT NULL;
CREATE INDEX ticket_clock_met ON ticket_clock (kind, met, started, merged) WHERE met IS NOT NULL;
CREATE INDEX ticket_clock_took ON ticket_clock (kind, met - started, met, started, merged) WHERE met IS NOT NULL;

-- Which levels of a ladder a clock has climbed: each once.
CREATE TABLE ticket_rung (
    ticket  INTEGER NOT NULL REFERENCES ticket (number),
    ladder  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    segment INTEGER NOT NULL,
    level   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (ticket, ladder, kind, segment, level)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_attachment (
    id         INTEGER NOT NULL PRIMARY KEY,
    ticket     INTEGER NOT NULL REFERENCES ticket (number) DEFERRABLE INITIALLY DEFERRED,
    seq        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    type       TEXT NOT NULL,
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    by         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    public     INTEGER NOT NULL DEFAULT 0,
    deleted    INTEGER,
    deleted_by TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX ticket_attachment_ticket ON ticket_attachment (ticket, id);
CREATE INDEX ticket_attachment_sha256 ON ticket_attachment (sha256);

-- Who looks at or writes to a ticket at this moment; one row for each console and ticket.
CREATE TABLE ticket_presence (
    session TEXT NOT NULL,
    ticket  INTEGER NOT NULL REFERENCES ticket (number),
    actor   TEXT NOT NULL,
    writing INTEGER NOT NULL CHECK (writing IN (0, 1)),
    since   INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    PRIMARY KEY (session, ticket)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_presence_ticket ON ticket_presence (ticket);

-- Whose turn it is in a team.
CREATE TABLE ticket_turn (
    team   TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which ticket a mail belongs to, by its Message-ID, in or out.
CREATE TABLE ticket_mail_id (
    message_id TEXT NOT NULL PRIMARY KEY,
    ticket     INTEGER NOT NULL REFERENCES ticket (number) DEFERRABLE INITIALLY DEFERRED,
    seq        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_mail_id_ticket ON ticket_mail_id (ticket, seq);

-- Mail that leaves. What is written to the requester is that of the event.
CREATE TABLE ticket_mail (
    id         INTEGER NOT NULL PRIMARY KEY,
    ticket     INTEGER NOT NULL REFERENCES ticket (number) DEFERRABLE INITIALLY DEFERRED,
    seq        INTEGER NOT NULL,
    -- reply, confirm (a new ticket's number), survey (with the solution)
    kind       TEXT NOT NULL,
    message_id TEXT NOT NULL,
    recipients TEXT NOT NULL,
    created    INTEGER NOT NULL,
    -- Not before; until then it can be undone.
    due        INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    claimed    INTEGER,
    -- How many attempts ended in such a way that nobody knows whether it left.
    unsure     INTEGER NOT NULL DEFAULT 0,
    finished   INTEGER,
    problem    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX ticket_mail_due ON ticket_mail (due) WHERE state IN ('waiting', 'sending');
CREATE INDEX ticket_mail_ticket ON ticket_mail (ticket, seq);
CREATE UNIQUE INDEX ticket_mail_message ON ticket_mail (message_id);

-- Mail that came, by sender, to count how much one sender sends.
CREATE TABLE ticket_mail_in (
    id     INTEGER NOT NULL PRIMARY KEY,
    sender TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX ticket_mail_in_sender ON ticket_mail_in (sender, at);

-- Mail that became no ticket and no message: broken, a loop, too much of it. Its bytes lie beside the database.
CREATE TABLE ticket_mail_kept (
    id         INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    sender     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    size       INTEGER NOT NULL,
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    looked_at  INTEGER,
    looked_by  TEXT NOT NULL DEFAULT ''
) STRICT;

-- The words of titles, descriptions, messages and names of attachments; each row is an event, by its id.
CREATE VIRTUAL TABLE ticket_text USING fts5 (text, content = '', tokenize = 'unicode61 remove_diacritics 2');
