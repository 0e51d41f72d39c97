"""Stories of tickets in a few words, for the tests of clocks and ladders.

`mon 09:00` and the like would need a calendar beside them, so a story has dates: `03-02 09:00 create high` is Monday, 2
March 2026, in the zone of the category's calendar; `10-25 01:00Z` is UTC.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from opsconsole.core.clock import HOUR, MINUTE, Instant
from opsconsole.core.config import decode
from opsconsole.core.walltime import at_wall
from opsconsole.notify.moments import read_moment
from opsconsole.tickets.clocks import Clock, Policies, clocks
from opsconsole.tickets.model import Event, EventKind, Party
from opsconsole.tickets.settings import TicketSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")

PROMISES = """promises:
      urgent: {response: 1h, next: 30m, resolution: 4h, calendar: clock}
      high: {response: 4h, resolution: 16h}
      medium: {response: 8h, resolution: 40h}
      low: {response: 24h, resolution: next release}"""
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _hours(days: Iterable[str], *spans: str) -> str:
    return "{" + ", ".join(f"{day}: [{', '.join(spans)}]" for day in days) + "}"


_OFFICE = _hours(_WEEK[:5], '"09:00-12:00"', '"13:00-18:00"')
_PLAIN = _hours(_WEEK[:5], '"09:00-17:00"')
CALENDARS = {
    "office": f'{{zone: Europe/Berlin, hours: {_OFFICE}, holidays: {{dates: ["2026-05-01", "12-25", "12-26"]}}}}',
    "bavaria": f'{{zone: Europe/Berlin, hours: {_PLAIN}, holidays: {{country: DE, region: BY, but: ["2026-06-04"]}}}}',
    "germany": f"{{zone: Europe/Berlin, hours: {_PLAIN}, holidays: {{country: DE}}}}",
    "newyork": f"{{zone: America/New_York, hours: {_PLAIN}, holidays: {{country: US}}}}",
    "early": f"{{zone: Europe/Berlin, hours: {_hours(_WEEK, '00:00-06:00')}}}",
    "nyearly": f"{{zone: America/New_York, hours: {_hours(_WEEK, '00:00-06:00')}}}",
    "gap": f"{{zone: Europe/Berlin, hours: {_hours(_WEEK, '02:00-03:00')}}}",
    "night": f"{{zone: Europe/Berlin, hours: {_hours(_WEEK, '00:00-06:00', '22:00-24:00')}}}"}
SETTINGS: TicketSettings = decode(
    "categories: {" + ", ".join(f"{name}: {{}}" for name in (*CALENDARS, "nothing")) + "}\ncalendars:\n"
    + "".join(f"  {name}: {text}\n" for name, text in CALENDARS.items()) + "policies:\n"
    + "".join(f"  {name}:\n    categories: [{name}]\n    calendar: {name}\n    {PROMISES}\n" for name in CALENDARS),
    TicketSettings, source="tickets.yaml", env={})
"""A policy for each category, in the calendar of the same name, with the same promises."""
POLICIES = Policies(SETTINGS, BERLIN)


def moment(text: str, zone: ZoneInfo = BERLIN) -> Instant:
    """The instant of `03-02 09:00`, in 2026, or of `2027-03-02 09:00`; with a `Z` in UTC."""
    text = text.strip()
    full = text if re.match(r"\d{4}-", text) else f"2026-{text}"
    return at_wall(read_moment(full.removesuffix("Z")), ZoneInfo("UTC") if text.endswith("Z") else zone)


def length(text: str) -> int:
    """Milliseconds of `1h30m`, `-2h`."""
    found = re.fullmatch(r"(-?)(?:(\d+)h)?(?:(\d+)m)?", text)
    assert found, text
    return (-1 if found[1] else 1) * (int(found[2] or 0) * HOUR + int(found[3] or 0) * MINUTE)


class Story:
    """The events of a ticket, told one by one."""

    def __init__(self, category: str = "office", mail: str = "kim@example.com") -> None:
        self.events: list[Event] = []
        self.fields: dict[str, Any] = {"category": category, "requester_mail": mail, "phase": "initial",
                                       "priority": "medium", "merged_into": 0, "assignee": ""}

    @property
    def seq(self) -> int:
        return len(self.events) + 1

    def add(self, at: Instant, kind: EventKind, party: Party = Party.STAFF, *, public: bool = False,
            data: dict[str, Any] | None = None, **fields: Any) -> Event:
        """One more event; fields as they are set."""
        changes = {name: (self.fields[name], value) for name, value in fields.items() if self.fields[name] != value}
        self.fields |= fields
        event = Event(7, self.seq, at, kind, party=party, public=public, changes=changes, data=data or {})
        self.events.append(event)
        return event

    def tell(self, at: Instant, verb: str, words: Sequence[str]) -> None:
        """One line of a story."""
        if verb == "create":
            given, self.fields = self.fields, {**self.fields, "category": "", "requester_mail": ""}
            rest = [word for word in words[1:] if word != "staff"]
            mail = "" if "nomail" in rest else given["requester_mail"]
            phase = next((word for word in rest if word in ("active", "waiting", "done")), "initial")
            self.add(at, EventKind.CREATED, Party.STAFF if "staff" in words else Party.REQUESTER, priority=words[0],
                     category=given["category"], requester_mail=mail, phase=phase,
                     assignee="ana" if "assigned" in rest else "")
        elif verb in ("reply", "note", "ask", "robot", "system"):
            party = {"ask": Party.REQUESTER, "robot": Party.ROBOT, "system": Party.SYSTEM}.get(verb, Party.STAFF)
            self.add(at, EventKind.MESSAGE, party, public=verb != "note")
        elif verb in ("wait", "work", "done"):
            self.add(at, EventKind.CHANGED, phase={"wait": "waiting", "work": "active", "done": "done"}[verb])
        elif verb in ("priority", "category", "assign", "mail", "merge"):
            name = {"assign": "assignee", "mail": "requester_mail", "merge": "merged_into"}.get(verb, verb)
            value: Any = int(words[0]) if verb == "merge" else " ".join(words)
            self.add(at, EventKind.CHANGED, **{name: value})
        elif verb == "route":
            self.add(at, EventKind.ROUTED, Party.SYSTEM, assignee=words[0])
        elif verb == "ack":
            self.add(at, EventKind.ACKNOWLEDGED)
        elif verb in ("breach", "waive"):
            kind = EventKind.BREACHED if verb == "breach" else EventKind.WAIVED
            self.add(at, kind, data={"clock": words[0], "segment": int(words[1])})
        elif verb == "undo":
            self.undo(at, [int(word) for word in words])
        else:
            raise AssertionError(verb)

    def undo(self, at: Instant, seqs: Sequence[int]) -> Event:
        """Take events back: the fields that they set become what they were."""
        old: dict[str, Any] = {}
        for event in self.events:
            if event.seq in seqs:
                for name, (before, _) in event.changes.items():
                    old.setdefault(name, before)
        return self.add(at, EventKind.UNDONE, data={"seqs": list(seqs)}, **old)


def story(text: str, category: str = "office", zone: ZoneInfo = BERLIN) -> list[Event]:
    """The events of a story, a line or a part between semicolons each."""
    told = Story(category)
    for line in re.split(r"[;\n]", text):
        if line.strip():
            found = re.fullmatch(r"\s*((?:\d{4}-)?\d\d-\d\d \d\d:\d\dZ?) (\w+) ?(.*?)\s*", line)
            assert found, line
            told.tell(moment(found[1], zone), found[2], found[3].split())
    return told.events


def stand(text: str, now: str, category: str = "office", zone: ZoneInfo = BERLIN,
          policies: Policies = POLICIES) -> dict[str, Clock]:
    """The clocks of a story: `response`, `next`, `resolution`, the later ones as `resolution 2`."""
    found = clocks(story(text, category, zone), policies, moment(now, zone))
    return {one.kind.value + (f" {one.segment}" if one.segment > 1 else ""): one for one in found}
