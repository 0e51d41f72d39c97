-- Beginnings of words are found as soon as words: while somebody types, each word is such a beginning first, and two
-- letters begin very many. The words go through a plain table: to rename one for searching takes SQLite as long as all
-- other steps together.

CREATE TABLE log_words (entry INTEGER NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT;
INSERT INTO log_words (entry, text) SELECT rowid, text FROM log_text;
DROP TABLE log_text;
CREATE VIRTUAL TABLE log_text USING fts5 (text, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO log_text (rowid, text) SELECT entry, text FROM log_words;
DROP TABLE log_words;
