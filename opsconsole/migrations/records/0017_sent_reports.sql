-- Hand-overs by their time, for the timeline; reports that were sent by themselves. Times are milliseconds UTC.

CREATE INDEX handover_written ON handover (written, id);

-- What goes with a notice besides its words, such as a report to be read and printed.
CREATE TABLE outbox_document (
    notice  INTEGER NOT NULL PRIMARY KEY REFERENCES outbox_notice (seq) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;

-- Up to when the reports of one line of the configuration were dealt with; `at` is when that line says that they are
-- due, so that one which is changed begins anew.
CREATE TABLE report_schedule (
    key  TEXT NOT NULL PRIMARY KEY,
    at   TEXT NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each report goes out once for each time at which it is due, whatever clocks and agents do.
CREATE TABLE report_sent (
    key  TEXT NOT NULL,
    due  INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (key, due)
) STRICT, WITHOUT ROWID;

CREATE INDEX report_sent_due ON report_sent (due);
