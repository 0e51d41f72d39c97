"""What entries of the maintenance log are; pure."""

from opsconsole.logbook.model.maintenance import Trouble, Work
from opsconsole.logbook.model.types import (
    Action,
    Amendment,
    Attachment,
    Entry,
    Found,
    Point,
    Proposal,
    Proposed,
    Record,
    Signature,
    Summary,
)
from opsconsole.logbook.model.words import (
    LINK,
    LISTS,
    MOST_NAME,
    MOST_POINTS,
    MOST_TEXT,
    MOST_TITLE,
    PROPOSED,
    TOPIC,
    EntryState,
    EntryType,
    Status,
    topic_of,
)

__all__ = ["LINK", "LISTS", "MOST_NAME", "MOST_POINTS", "MOST_TEXT", "MOST_TITLE", "PROPOSED", "TOPIC", "Action",
           "Amendment", "Attachment", "Entry", "EntryState", "EntryType", "Found", "Point", "Proposal", "Proposed",
           "Record", "Signature", "Status", "Summary", "Trouble", "Work", "topic_of"]
