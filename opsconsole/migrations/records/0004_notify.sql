-- The outbox of notifications. Times are milliseconds UTC.

-- What happened, written in the transaction of its cause; `planned` is when it was decided who is told.
CREATE TABLE outbox_notice (
    seq      INTEGER NOT NULL PRIMARY KEY,
    kind     TEXT NOT NULL,
    thread   TEXT NOT NULL,
    severity TEXT NOT NULL,
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    category TEXT NOT NULL,
    ladder   TEXT NOT NULL,
    channels TEXT NOT NULL,
    planned  INTEGER
) STRICT;

CREATE INDEX outbox_notice_planned ON outbox_notice (planned, seq);
CREATE INDEX outbox_notice_thread ON outbox_notice (thread, seq);

-- What goes to one recipient at once. The text is made of its notices when it is sent.
-- state: waiting, sending, sent, failed, cancelled.
CREATE TABLE outbox_message (
    id       TEXT NOT NULL PRIMARY KEY,
    channel  TEXT NOT NULL,
    contact  TEXT NOT NULL,
    lane     TEXT NOT NULL,
    severity TEXT NOT NULL,
    created  INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    unsure   INTEGER NOT NULL DEFAULT 0,
    claimed  INTEGER,
    receipt  TEXT NOT NULL DEFAULT '',
    finished INTEGER,
    problem  TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX outbox_message_due ON outbox_message (channel, due) WHERE state = 'waiting';
CREATE INDEX outbox_message_sending ON outbox_message (claimed) WHERE state = 'sending';
CREATE INDEX outbox_message_failed ON outbox_message (finished) WHERE state = 'failed';
CREATE INDEX outbox_message_recipient ON outbox_message (channel, contact, created);
CREATE INDEX outbox_message_created ON outbox_message (created);

CREATE TABLE outbox_part (
    message TEXT NOT NULL REFERENCES outbox_message (id) ON DELETE CASCADE,
    notice  INTEGER NOT NULL REFERENCES outbox_notice (seq) ON DELETE CASCADE,
    PRIMARY KEY (message, notice)
) STRICT;

CREATE INDEX outbox_part_notice ON outbox_part (notice);

-- What is not over: a thread from its FIRING to its RESOLVED.
CREATE TABLE outbox_thread (
    thread          TEXT NOT NULL PRIMARY KEY,
    severity        TEXT NOT NULL,
    title           TEXT NOT NULL,
    text            TEXT NOT NULL,
    category        TEXT NOT NULL,
    ladder          TEXT NOT NULL,
    fired           INTEGER NOT NULL,
    begun           INTEGER NOT NULL,
    reminded        INTEGER NOT NULL,
    acknowledged    INTEGER,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    held            INTEGER
) STRICT;

-- Which steps of its ladder a thread has climbed: each once.
CREATE TABLE outbox_climbed (
    thread TEXT NOT NULL REFERENCES outbox_thread (thread) ON DELETE CASCADE,
    round  INTEGER NOT NULL,
    step   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (thread, round, step)
) STRICT;

-- Who got, or may have got, word of a thread: whom its RESOLVED goes to.
CREATE TABLE outbox_told (
    thread  TEXT NOT NULL,
    channel TEXT NOT NULL,
    contact TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (thread, channel, contact)
) STRICT;

-- Since when a channel delivers nothing, and when the others were told of it.
CREATE TABLE outbox_trouble (
    channel TEXT NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL,
    told    INTEGER,
    problem TEXT NOT NULL
) STRICT;
