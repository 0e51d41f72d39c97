-- Which files beside the database something refers to, by their SHA-256. Whoever cleans up asks `kept_file`; a feature
-- that keeps files of its own adds them to this view.

-- Those of checklists stand in the evidence of answers and proposals, which is JSON. These rows follow from it.
CREATE TABLE checklist_file (
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    run    INTEGER NOT NULL REFERENCES checklist_run (id),
    item   TEXT NOT NULL,
    -- The answer whose evidence it is; 0: what the machine proposed last.
    answer INTEGER NOT NULL,
    PRIMARY KEY (sha256, run, item, answer)
) STRICT, WITHOUT ROWID;

CREATE INDEX checklist_file_run ON checklist_file (run, item, answer);

CREATE TRIGGER checklist_file_of_answer AFTER INSERT ON checklist_answer WHEN NEW.evidence <> '[]'
BEGIN
    INSERT OR IGNORE INTO checklist_file (sha256, run, item, answer)
        SELECT part.atom, NEW.run, NEW.item, NEW.id FROM json_tree(NEW.evidence) AS part
        WHERE part.key = 'sha256' AND part.atom <> '';
END;

CREATE TRIGGER checklist_file_of_proposal AFTER INSERT ON checklist_proposal WHEN NEW.evidence <> '[]'
BEGIN
    INSERT OR IGNORE INTO checklist_file (sha256, run, item, answer)
        SELECT part.atom, NEW.run, NEW.item, 0 FROM json_tree(NEW.evidence) AS part
        WHERE part.key = 'sha256' AND part.atom <> '';
END;

CREATE TRIGGER checklist_file_of_new_proposal AFTER UPDATE OF evidence ON checklist_proposal
    WHEN NEW.evidence <> OLD.evidence
BEGIN
    DELETE FROM checklist_file WHERE run = NEW.run AND item = NEW.item AND answer = 0;
    INSERT OR IGNORE INTO checklist_file (sha256, run, item, answer)
        SELECT part.atom, NEW.run, NEW.item, 0 FROM json_tree(NEW.evidence) AS part
        WHERE part.key = 'sha256' AND part.atom <> '';
END;

CREATE VIEW kept_file (sha256) AS
    SELECT sha256 FROM ticket_attachment WHERE deleted IS NULL
    UNION ALL SELECT sha256 FROM ticket_mail_kept
    UNION ALL SELECT sha256 FROM checklist_file;
