-- How large folders were, so that of a disk that fills it can be said what grew. Times are milliseconds UTC.
CREATE TABLE folder_size (
    mount TEXT NOT NULL,
    at    INTEGER NOT NULL,
    path  TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (mount, at, path)
) STRICT, WITHOUT ROWID;
