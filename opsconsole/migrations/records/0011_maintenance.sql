-- Maintenance that the log opens: several names in one window, and the way from it to its entry.

-- The names beside `pattern`: a JSON list.
ALTER TABLE silence ADD COLUMN others TEXT NOT NULL DEFAULT '[]';
-- The entry of the log that opened it; 0: none did.
ALTER TABLE silence ADD COLUMN entry INTEGER NOT NULL DEFAULT 0;
