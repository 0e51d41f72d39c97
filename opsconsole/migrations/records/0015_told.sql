-- What was told of emergencies, by its time, for the timeline.

CREATE INDEX log_told_at ON log_told (at, entry, seq);
