-- Whom a notice is addressed to, in place of what the routes say.

ALTER TABLE outbox_notice ADD COLUMN tell TEXT NOT NULL DEFAULT '[]';
