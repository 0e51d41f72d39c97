-- Beginnings of words are found as soon as words: while somebody types, each word is such a beginning first, and two
-- letters begin very many.

CREATE VIRTUAL TABLE log_words USING fts5 (text, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO log_words (rowid, text) SELECT rowid, text FROM log_text;
DROP TABLE log_text;
ALTER TABLE log_words RENAME TO log_text;
