"""What runs, answers and their kin are; pure."""

from opsconsole.checklists.model.types import (
    Answer,
    Event,
    Evidence,
    LogDraft,
    Proposal,
    Record,
    Run,
    Signature,
    Unscheduled,
    Value,
)
from opsconsole.checklists.model.words import (
    MOST_NAME,
    MOST_ROWS,
    MOST_TEXT,
    TOPIC,
    Catch,
    Category,
    EventKind,
    Given,
    Holiday,
    Mode,
    RunState,
    Verdict,
    topic_of,
)

__all__ = ["MOST_NAME", "MOST_ROWS", "MOST_TEXT", "TOPIC", "Answer", "Catch", "Category", "Event", "EventKind",
           "Evidence", "Given", "Holiday", "LogDraft", "Mode", "Proposal", "Record", "Run", "RunState", "Signature",
           "Unscheduled", "Value", "Verdict", "topic_of"]
