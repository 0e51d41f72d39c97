-- What changed on this host: markers on the time axis, and "what changed before it broke". Times are milliseconds UTC.
CREATE TABLE change (
    at   INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (at, kind, text)
) STRICT, WITHOUT ROWID;
