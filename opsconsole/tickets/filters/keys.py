"""The keys that a filter knows, and which values each takes."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from opsconsole.tickets.model import LinkKind, Priority, Source

Kind = Literal["choice", "text", "rank", "number", "time", "sort"]


class Key(NamedTuple):
    """One key: how its values are read, what it is for, and the words that it knows."""

    kind: Kind
    help: str
    words: tuple[str, ...] = ()
    """Of a choice: all that is allowed. Of others: what is offered besides names."""
    example: str = ""


IS: Final = ("open", "done", "waiting", "initial", "active", "late", "unassigned", "mine", "watched", "escalated",
             "reopened", "merged", "paused", "unanswered", "rated")
HAS: Final = ("attachment", "root-cause", "knowledge", "satisfaction")
SORTS: Final = ("due", "created", "updated", "priority", "number", "state", "assignee", "rank")
_PAST: Final = ("today", "yesterday", "week", "month")
_AGES: Final = ("<1h", "<1d", "<2d", "<1w", ">1w", ">30d")

KEYS: Final[dict[str, Key]] = {
    "is": Key("choice", "what it is: open, late, mine …", IS, "is:open"),
    "state": Key("text", "the state by name; a dash may stand for a space", (), "state:in-progress"),
    "priority": Key("rank", "how urgent: <=high is urgent or high",
                    (*(str(one) for one in Priority), "<=high", ">=medium"), "priority:<=high"),
    "assignee": Key("text", "who has it; me, none, or a name with *", ("me", "none"), "assignee:me"),
    "team": Key("text", "whose it is; none, or a name with *", ("none",), "team:support"),
    "requester": Key("text", "who asked: a part of the name or of the address", ("none",), "requester:ana"),
    "category": Key("text", "its kind", (), "category:billing"),
    "tag": Key("text", "a tag that it carries; none, or a name with *", ("none",), "tag:vpn"),
    "watcher": Key("text", "who watches it; me, none, or a name with *", ("me", "none"), "watcher:me"),
    "source": Key("choice", "where it came from", tuple(str(one) for one in Source), "source:mail"),
    "release": Key("text", "in which release; none, or a name with *", ("none",), "release:2.*"),
    "alert": Key("text", "the alert it is about; none, or a name with *", ("none", "*"), "alert:check:redis"),
    "link": Key("text", "what it is linked to: a kind, a ticket, a name; none, or *",
                (*(str(one) for one in LinkKind), "none", "*"), "link:blocks"),
    "number": Key("number", "its number, or a range", (), "number:40..50"),
    "created": Key("time", "when it came: <2d within the last two days", (*_AGES, *_PAST), "created:<2d"),
    "updated": Key("time", "when something happened last", (*_AGES, *_PAST), "updated:>1w"),
    "resolved": Key("time", "when it was done; none: it is open", (*_AGES, *_PAST, "none"), "resolved:week"),
    "due": Key("time", "when its promise ends: <2h within two hours, or late",
               ("late", "<2h", "<1d", "today", "tomorrow", "week", "month", "yesterday", "none"), "due:today"),
    "has": Key("choice", "what there is of it", HAS, "has:attachment"),
    "satisfaction": Key("rank", "how the requester rated it, 1 to 5", ("<=3", ">=4", "none"), "satisfaction:<=3"),
    "sort": Key("sort", "the order; with - from the other end", (*SORTS, *(f"-{one}" for one in SORTS)),
                "sort:-updated"),
}
"""In the order in which they are offered."""
