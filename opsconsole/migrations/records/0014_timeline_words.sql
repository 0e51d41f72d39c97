-- Words that are looked for over the whole timeline: who did something, and what tickets are called, without reading
-- every event.

CREATE INDEX ticket_event_actor ON ticket_event (actor, at);
CREATE INDEX ticket_title ON ticket (title);
