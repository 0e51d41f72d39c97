"""Tickets: frozen types, and how events make a ticket. Pure: no I/O, no clock, no framework.

A ticket is what its events make of it: `apply` is the only way from one state to the next, so what is stored can be
rebuilt from the events at any time. Every field that a person or the program sets is set by the `changes` of an event,
old value and new, whatever the kind of the event; the kind says why.
"""

from opsconsole.tickets.model.making import SETTABLE, apply, changed, fold, plain
from opsconsole.tickets.model.types import Attachment, Event, Link, Presence, Record, Summary, Ticket
from opsconsole.tickets.model.words import (
    MOST_NAME,
    MOST_TEXT,
    MOST_TITLE,
    PRESENCE,
    TOPIC,
    ClockKind,
    EventKind,
    LinkKind,
    Party,
    Phase,
    Priority,
    Source,
    topic_of,
)

__all__ = ["MOST_NAME", "MOST_TEXT", "MOST_TITLE", "PRESENCE", "SETTABLE", "TOPIC", "Attachment", "ClockKind", "Event",
           "EventKind", "Link", "LinkKind", "Party", "Phase", "Presence", "Priority", "Record", "Source", "Summary",
           "Ticket", "apply", "changed", "fold", "plain", "topic_of"]
