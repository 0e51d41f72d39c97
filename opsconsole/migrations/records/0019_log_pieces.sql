-- Words that are looked for over the whole timeline, also in the middle of others, and several of which each is common:
-- pieces of three signs, without their places. `work` is the type, and who did it. Each text ends with two blanks: then
-- a piece begins at each of its signs, and less than a piece is found as the beginning of some.

CREATE VIRTUAL TABLE log_pieces USING fts5 (title, work, detail = column, tokenize = 'trigram');
CREATE VIRTUAL TABLE log_piece USING fts5vocab (log_pieces, row);
INSERT INTO log_pieces (rowid, title, work)
    SELECT id, title || '  ', type || ' ' || performers || '  ' FROM log_entry;

DROP INDEX log_entry_called;

-- Who signed what stands in it, so that the trail is read for what is shown only.
DROP INDEX audit_log_signed;
CREATE INDEX audit_log_signed ON audit (at, seq, subject, actor) WHERE action = 'log.sign';
