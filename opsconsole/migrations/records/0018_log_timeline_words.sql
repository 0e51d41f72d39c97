-- Words that are looked for over the whole timeline: what entries are called and who did them, and who signed which of
-- them, without reading entries or the trail.

CREATE INDEX log_entry_called ON log_entry (title, performers, type);
CREATE INDEX audit_log_signer ON audit (actor, subject) WHERE action = 'log.sign';
