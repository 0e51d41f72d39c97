"""Invented tickets: what happens to one from its first event to its last, by chance but always the same."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.core.config import decode
from opsconsole.settings import Settings
from opsconsole.tickets.clocks import Policies, clocks
from opsconsole.tickets.model import Event, EventKind, Party, Phase, Priority, Source, Ticket, apply, changed, fold
from opsconsole.tickets.watching import look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.settings import Lifecycle, TicketSettings

CONFIGURATION: Final = """
tickets:
  teams:
    support: {members: [ana, ben, carla, dan]}
    developers: {members: [eva, finn, gita]}
  calendars:
    office: {zone: UTC, hours: {mon: ["08:00-12:00", "13:00-17:00"], tue: ["08:00-12:00", "13:00-17:00"],
             wed: ["08:00-12:00", "13:00-17:00"], thu: ["08:00-12:00", "13:00-17:00"], fri: ["08:00-15:00"]}}
  ladders:
    usual: {levels: [{tell: [assignee], at: due-15m}, {tell: [team], at: due}, {tell: [team], at: due+4h}]}
  policies:
    usual:
      calendar: office
      promises:
        urgent: {response: 15m, resolution: 4h, calendar: clock, ladder: usual}
        high: {response: 2h, resolution: 8h, ladder: usual}
        medium: {response: 4h, resolution: 3d}
        low: {response: 1d, resolution: next release}
"""
"""No holidays and no summer time: so what happened in one week can have happened in any other."""
PLACE: Final = "@@"
"""What stands for a word that only this ticket has."""
PEOPLE: Final = {"support": ("ana", "ben", "carla", "dan"), "developers": ("eva", "finn", "gita")}
TAGS: Final = ("vpn", "printer", "invoice", "login", "search", "import", "export", "mail", "mobile", "slow", "security",
               "backup", "disk", "office", "customer", "regression")
_USUAL: Final = re.findall(r"\w+", """
order invoice customer server page error slow search login password mail printer network disk backup database export
import button screen browser update version release test account payment address report table file upload download
timeout connection refused memory cache proxy certificate expired redirect script query index lock queue worker session
cookie token menu form field label missing wrong twice never always sometimes since yesterday after restart please help
thanks again still works broken fixed deployed checked found cause because another however""")
_BEGIN: Final = ("b", "br", *"dfghklmnprstvw")
_MIDDLE: Final = (*"aeiou", "ai", "ou")
_END: Final = tuple("klmnrstx")
_RARE: Final = [f"{one}{two}{three}{four}" for one in _BEGIN for two in _MIDDLE for three in _END
                for four in ("a", "en", "o", "us")]
_WAY: Final = {"bug": ("triage", "assigned", "in progress", "testing", "resolved", "deployed"),
               "feature": ("review", "prioritise", "plan", "develop", "test", "deploy"),
               "support": ("open", "resolved")}


def settings() -> TicketSettings:
    """The configuration in which the stories happen."""
    found = decode(CONFIGURATION, Settings, source="stories", env={})
    made: TicketSettings = found.tickets
    return made


def words(chance: random.Random, count: int) -> str:
    """So many words, usual and rare ones."""
    return " ".join(chance.choice(_USUAL) if chance.random() < 0.85 else chance.choice(_RARE) for _ in range(count))


class Teller:
    """Tells stories, each ticket's number 1 until it is told of another.

    Args:
        seed: other stories for another one.
        zone: the local zone.
    """

    def __init__(self, seed: int, zone: tzinfo) -> None:
        self.chance = random.Random(seed)
        self.settings = settings()
        self.policies = Policies(self.settings, zone)

    def story(self, begin: Instant, now: Instant, *, ends: bool, long: int = 0) -> list[Event]:
        """A story that begins then; one that does not end goes on as far as there is time, and leaves it open."""
        telling = _Telling(self.chance, self.settings, begin, now, ends=ends)
        return self.settled(telling.told(long), now)

    def settled(self, events: Sequence[Event], now: Instant) -> list[Event]:
        """The same with what the agent would have written: what broke, and what was escalated."""
        found = list(events)
        for _ in range(20):
            acts = look(fold(found), found, clocks(found, self.policies, now), self.policies, now)
            if not acts:
                break
            found += [Event(1, 0, act.at, act.kind, party=Party.SYSTEM, text=act.text, changes=act.changes,
                            data=act.data) for act in acts]
            found = [replace(event, seq=seq) for seq, event in
                     enumerate(sorted(found, key=lambda one: (one.kind is not EventKind.CREATED, one.at)), 1)]
        return found


class _Telling:
    """One story while it is told."""

    def __init__(self, chance: random.Random, settings: TicketSettings, begin: Instant, now: Instant, *,
                 ends: bool) -> None:
        self.chance, self.settings, self.at, self.now, self.ends = chance, settings, begin, now, ends
        self.events: list[Event] = []
        self.ticket: Ticket | None = None
        self.lifecycle: Lifecycle | None = None

    def told(self, long: int) -> list[Event]:
        self.opens()
        assert self.ticket is not None
        way = _WAY[self.ticket.lifecycle]
        stops = len(way) if self.ends else self.chance.randrange(len(way))
        for place, state in enumerate(way[:stops]):
            if not self.talks(self.chance.choice((0, 0, 0, 0, 1) if place else (0, 1, 1, 2))):
                break
            if self.chance.random() < 0.1 and not self.waits():
                break
            if not self.moves(state):
                break
        while len(self.events) < long and self.notes():
            pass
        if self.ends and self.chance.random() < 0.3:
            self.adds(EventKind.RATED, changes=self.change(satisfaction=self.chance.choice((2, 4, 4, 5, 5))))
        return self.events

    def opens(self) -> None:
        chance = self.chance
        category = chance.choice(("technical", "technical", "technical", "billing", "bug", "bug", "feature"))
        name, self.lifecycle = self.settings.lifecycle_of(category)
        priority = Priority.of_rank(chance.choices(range(4), (1, 4, 10, 5))[0])
        number = chance.randrange(4000)
        fields = {"title": f"{words(chance, chance.randrange(3, 8))} {PLACE}", "lifecycle": name,
                  "description": words(chance, chance.randrange(15, 60)), "state": self.lifecycle.initial,
                  "phase": Phase.INITIAL, "priority": priority, "category": category,
                  "requester": f"{_RARE[number % len(_RARE)].title()} {_RARE[number * 7 % len(_RARE)].title()}",
                  "requester_mail": f"{_RARE[number % len(_RARE)]}@customer{number % 300}.example",
                  "source": chance.choice((Source.MAIL, Source.MAIL, Source.CONSOLE, Source.COMMAND)),
                  "tags": tuple(dict.fromkeys(chance.choice(TAGS) for _ in range(chance.randrange(3))))}
        blank = Ticket(1, created=self.at)
        mail = fields["source"] is Source.MAIL
        self.adds(EventKind.CREATED, party=Party.REQUESTER if mail else Party.STAFF,
                  actor=str(fields["requester_mail"]) if mail else "ana", changes=changed(blank, **fields), wait=0)
        team = "developers" if name != "support" else "support"
        self.adds(EventKind.ROUTED, party=Party.SYSTEM, actor="", text=f"rule 1 sends it to {team}",
                  changes=self.change(team=team), wait=0)

    def talks(self, count: int) -> bool:
        """Messages to and fro; False when the time is over."""
        for _ in range(count):
            outside = self.chance.random() < 0.4
            if outside and not self.says(Party.REQUESTER, public=True):
                return False
            if not self.says(Party.STAFF, public=outside or self.chance.random() < 0.5):
                return False
        return True

    def notes(self) -> bool:
        return self.says(Party.STAFF, public=False)

    def says(self, party: Party, *, public: bool) -> bool:
        assert self.ticket is not None
        actor = self.ticket.requester_mail if party is Party.REQUESTER else self.someone()
        return self.adds(EventKind.MESSAGE, party=party, actor=actor, public=public,
                         text=words(self.chance, self.chance.randrange(6, 40)))

    def waits(self) -> bool:
        assert self.ticket is not None
        before = self.ticket.state
        return self.moves("waiting") and self.says(Party.REQUESTER, public=True) and self.moves(before)

    def moves(self, state: str) -> bool:
        assert self.lifecycle is not None
        assert self.ticket is not None
        wanted: dict[str, Any] = {"state": state, "phase": self.lifecycle.states[state]}
        if not self.ticket.assignee:
            wanted["assignee"] = self.someone()
        if state in ("deployed", "deploy"):
            wanted["release"] = f"2.{self.chance.randrange(40)}"
        return self.adds(EventKind.CHANGED, changes=self.change(**wanted))

    def someone(self) -> str:
        assert self.ticket is not None
        return self.ticket.assignee or self.chance.choice(PEOPLE[self.ticket.team or "support"])

    def change(self, **wanted: Any) -> dict[str, tuple[Any, Any]]:
        assert self.ticket is not None
        return changed(self.ticket, **wanted)

    def adds(self, kind: EventKind, *, wait: int | None = None, actor: str | None = None, **rest: Any) -> bool:
        """One more event, some time later; False when that would be in the future."""
        at = self.at + (round(self.chance.lognormvariate(0, 1.3) * 90) * MINUTE if wait is None else wait)
        at = min(at, self.at + 2 * DAY)
        if at >= self.now - HOUR:
            return False
        event = Event(1, len(self.events) + 1, at, kind, actor if actor is not None else self.someone(), **rest)
        self.ticket = apply(self.ticket, event)
        self.at = at
        self.events.append(event)
        return True
