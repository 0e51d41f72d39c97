-- What happened, by its time: the timeline reads each of these newest first, and no more of it than it shows.

CREATE INDEX alert_event_at ON alert_event (at, kind);
CREATE INDEX silence_begins ON silence (begins);
CREATE INDEX silence_over ON silence (coalesce(ended, ends));
CREATE INDEX log_entry_created ON log_entry (created, id);
CREATE INDEX log_entry_ended ON log_entry (ended, id) WHERE ended IS NOT NULL;
CREATE INDEX log_amendment_at ON log_amendment (at, entry);
-- Who signed an entry, and when, stands in its JSON and here.
CREATE INDEX audit_log_signed ON audit (at, seq) WHERE action = 'log.sign';
