-- What people find when they come back: until when each of them knows what happened, and what others handed over.

-- No deed and no record of one: it only says from where the next "since your last visit" begins.
CREATE TABLE visit (
    actor TEXT NOT NULL PRIMARY KEY,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE handover (
    id       INTEGER NOT NULL PRIMARY KEY,
    author   TEXT NOT NULL,
    origin   TEXT NOT NULL,
    written  INTEGER NOT NULL,
    text     TEXT NOT NULL CHECK (text <> ''),
    -- The one that its author wrote anew with this one, before anybody had taken it; 0: none.
    replaces INTEGER NOT NULL DEFAULT 0,
    -- `open`, `taken` by whoever came next, `replaced` by a newer one, `withdrawn` by its author.
    state    TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'replaced', 'withdrawn')),
    ended    INTEGER,
    ended_by TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (ended IS NULL))
) STRICT;

CREATE INDEX handover_open ON handover (written) WHERE state = 'open';
CREATE INDEX handover_ended ON handover (ended) WHERE ended IS NOT NULL;

CREATE TRIGGER handover_no_delete BEFORE DELETE ON handover
BEGIN
    SELECT RAISE(ABORT, 'hand-overs are not deleted');
END;

-- What was read and confirmed is what was written.
CREATE TRIGGER handover_as_written BEFORE UPDATE OF id, author, origin, written, text, replaces ON handover
BEGIN
    SELECT RAISE(ABORT, 'a hand-over is not changed, only written anew');
END;

CREATE TRIGGER handover_once BEFORE UPDATE ON handover WHEN OLD.state <> 'open'
BEGIN
    SELECT RAISE(ABORT, 'a hand-over is taken once');
END;
