-- Maintenance that the log opens: several names in one window, and from a window the way to its entry.

-- The names beside `pattern`: a JSON list.
ALTER TABLE silence ADD COLUMN others TEXT NOT NULL DEFAULT '[]';

CREATE INDEX log_entry_window ON log_entry ("window") WHERE "window" <> 0;
