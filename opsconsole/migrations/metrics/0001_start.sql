-- What other consoles have to read again: a version per topic, raised in the transaction that changed the data.
CREATE TABLE topic (
    topic   TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
