"""Events and tickets to draw."""

from __future__ import annotations

from typing import Any

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.glyphs import UNICODE
from opsconsole.core.view import View
from opsconsole.tickets.model import Event, EventKind, Link, LinkKind, Party, Phase, Priority, Source, Ticket
from tests.health.samples import NOW, ZONE

VIEW = View(78, UNICODE, NOW, ZONE)
TICKET = Ticket(
    42, "redis refuses connections", "It **fails**.", "bug", "in progress", Phase.ACTIVE, Priority.URGENT, "bug",
    "Maria Lopez", "maria@example.com", "web", "ana", ("ben", "cho"), ("redis", "shop"),
    fields={"url": "https://shop.example/", "steps": "1. click\n2. wait", "old": "kept"},
    links=(Link(LinkKind.BLOCKED_BY, "7"), Link(LinkKind.RELATES, "8"), Link(LinkKind.ALERT, "12")),
    created=NOW - 3 * DAY, updated=NOW - HOUR, release="2.4", version_seen="2.3", reopened=2, unanswered=1)


def event(kind: EventKind, seq: int = 1, ago: int = 5 * MINUTE, actor: str = "ana", **more: Any) -> Event:
    """One event, so long ago."""
    return Event(42, seq, NOW - ago, kind, actor, **more)


def system(kind: EventKind, seq: int = 1, **more: Any) -> Event:
    """One of the program itself."""
    return event(kind, seq, actor="", party=Party.SYSTEM, **more)


STORY = (
    system(EventKind.CREATED, 1, via=Source.ALERT, ago=2 * DAY,
           changes={"priority": (None, "high"), "title": ("", "redis"), "state": ("", "reported")},
           text="it was seen:\nline 88\nbad \x1b[31mdirective"),
    system(EventKind.ROUTED, 2, ago=2 * DAY, text="to ana, on duty", changes={"assignee": ("", "ana")}),
    event(EventKind.CHANGED, 3, DAY, changes={"state": ("reported", "triage"), "phase": ("initial", "active"),
                                              "assignee": ("ana", "")}),
    event(EventKind.MESSAGE, 4, 3 * HOUR, text="config test fails"),
    event(EventKind.MESSAGE, 5, 2 * HOUR, text="We *take* it back.\n\n- now", public=True),
    event(EventKind.MESSAGE, 6, HOUR, "Maria Lopez", text="Thank you", party=Party.REQUESTER, via=Source.MAIL),
    event(EventKind.MESSAGE, 7, HOUR, "mailer", text="I am away", party=Party.ROBOT, via=Source.MAIL),
    system(EventKind.WARNED, 8, data={"clock": "response", "segment": 1, "due": NOW + MINUTE}),
    system(EventKind.BREACHED, 9, data={"clock": "resolution", "segment": 1, "due": NOW - MINUTE}),
    system(EventKind.ESCALATED, 10, data={"ladder": "l", "level": 2, "clock": "resolution", "segment": 1}),
    event(EventKind.ATTACHED, 11, data={"id": 3, "name": "../../etc/passwd", "size": 2048, "type": "text/plain"}),
    event(EventKind.CHANGED, 12, changes={"tags": (["a", "b"], ["b", "c"]), "priority": ("high", "urgent"),
                                          "fields": ({"url": "x"}, {"url": "y", "role": "admin"}),
                                          "description": ("a", "b")}),
    event(EventKind.UNDONE, 13, 0, data={"seqs": [12]}, changes={"priority": ("urgent", "high")}),
)
