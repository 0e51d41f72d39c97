"""Tickets as a test wants them, and a service that holds them in memory: fast, and without surprises."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from opsconsole.core.clock import DAY, HOUR, MINUTE
from opsconsole.tickets.cases.types import Batch, Done, Found
from opsconsole.tickets.clocks import Clock
from opsconsole.tickets.errors import NotThere
from opsconsole.tickets.filters import Named, Numbered, Vocabulary, Words, parse_filter
from opsconsole.tickets.lifecycle import Offer, moves
from opsconsole.tickets.model import (
    ClockKind,
    Event,
    EventKind,
    Party,
    Phase,
    Presence,
    Priority,
    Source,
    Summary,
    Ticket,
)
from opsconsole.tickets.settings import TicketSettings
from tests.health.samples import NOW

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.errors import OpsError
    from opsconsole.core.identity import Actor

RESPONSE, RESOLUTION = ClockKind.RESPONSE, ClockKind.RESOLUTION


def row(number: int, title: str, priority: Priority = Priority.MEDIUM, state: str = "open", *, assignee: str = "",
        due: Instant | None = None, warn: Instant | None = None, kind: ClockKind | None = RESOLUTION, promise: str = "",
        phase: Phase = Phase.ACTIVE, age: int = HOUR, **more: Any) -> Summary:
    """One row of the queue, as long before now as `age` says."""
    return Summary(number, title, state, phase, priority, more.pop("category", "technical"), more.pop("team", ""),
                   assignee, more.pop("requester", ""), NOW - age, more.pop("updated", NOW - min(age, 12 * MINUTE)),
                   due=due, due_kind=kind if due is not None else None, warn=warn, promise=promise, **more)


PICTURE = (
    row(1042, "redis refuses connections", Priority.URGENT, "in progress", assignee="ana", due=NOW - 4 * MINUTE,
        kind=RESPONSE, age=4 * MINUTE, unanswered=2, requester="on-call", tags=("redis",)),
    row(1039, "invoice PDF empty for some customers", Priority.HIGH, "assigned", assignee="ben",
        due=NOW + 35 * MINUTE, warn=NOW - MINUTE, kind=RESPONSE, age=3 * HOUR, tags=("invoice", "pdf"), attachments=2),
    row(1036, "sign-in slow since Monday", Priority.HIGH, "in progress", assignee="ana", due=NOW + 70 * MINUTE,
        warn=NOW - MINUTE, age=DAY, escalated=1),
    row(1038, "search on orders returns twice", Priority.MEDIUM, "triage", due=NOW + 5 * HOUR, age=2 * HOUR),
    row(1031, "slow search on orders", Priority.MEDIUM, "waiting", assignee="ana", promise="paused",
        phase=Phase.WAITING, age=2 * DAY),
    row(1027, "mail to gmail lands in spam", Priority.MEDIUM, "assigned", assignee="cho", due=NOW + DAY, age=3 * DAY,
        team="support"),
    row(1019, "wish: export as CSV", Priority.LOW, "review", promise="next release", age=9 * DAY, category="feature"),
)
"""As in the picture of the design."""


def many(number: int) -> tuple[Summary, ...]:
    """A long queue."""
    return tuple(row(5000 - each, f"ticket {each} about something", tuple(Priority)[each % 4],
                     ("triage", "assigned", "in progress")[each % 3], assignee=("ana", "ben", "", "cho")[each % 4],
                     due=NOW + (each - 3) * 7 * MINUTE, warn=NOW + (each - 8) * 7 * MINUTE, age=(each + 1) * HOUR,
                     tags=("vpn",) if each % 5 == 0 else ()) for each in range(number))


def ticket_of(of: Summary) -> Ticket:
    """The ticket of a row."""
    return Ticket(of.number, of.title, f"It began when {of.title}.", _lifecycle(of.category), of.state, of.phase,
                  of.priority, of.category, of.requester, assignee=of.assignee, team=of.team, tags=of.tags,
                  created=of.created, updated=of.updated, messages=1, unanswered=of.unanswered, version=4,
                  attachments=of.attachments)


def _lifecycle(category: str) -> str:
    return category if category in {"bug", "feature"} else "support"


class FakeService:
    """The use cases as the queue needs them."""

    def __init__(self, rows: Sequence[Summary] = PICTURE) -> None:
        self.all = {one.number: one for one in rows}
        self.calls: list[tuple[Any, ...]] = []
        self.problem: OpsError | None = None
        self.refusals: list[OpsError] = []
        """What the next moves are refused with."""
        self.people: tuple[Presence, ...] = ()
        self.batches: list[tuple[str, dict[int, Summary]]] = []
        self.held: asyncio.Event | None = None
        """While it is set and not done, no filter finds an end."""

    # -- reading ------------------------------------------------------------------------------------------------------

    async def find(self, filter_text: str, me: str, *, limit: int | None = None) -> Found:
        if self.problem is not None:
            raise self.problem
        if self.held is not None:
            await self.held.wait()
        self.calls.append(("find", filter_text))
        terms = parse_filter(filter_text).terms
        fitting = (one.number for one in self.all.values() if all(fits(one, term, me) for term in terms))
        return Found(array("q", list(fitting)[:limit]))

    async def rows(self, found: Found, offset: int, limit: int) -> list[Summary]:
        return [self.all[number] for number in found.numbers[offset:offset + limit]]

    async def position(self, found: Found, number: int) -> int | None:
        return found.numbers.index(number) if number in found.numbers else None

    async def counts(self, me: str) -> dict[str, int]:
        views = TicketSettings().views_of(me)
        return {name: len((await self.find(view.filter, me)).numbers) for name, view in views.items()}

    async def vocabulary(self) -> Vocabulary:
        return Vocabulary(states=("open", "waiting"), people=("ana", "ben", "cho"), tags=("invoice", "redis", "vpn"))

    async def get(self, number: int) -> Ticket:
        if number not in self.all:
            raise NotThere(f"There is no ticket {number}.")
        return ticket_of(self.all[number])

    async def get_many(self, numbers: Sequence[int]) -> dict[int, Ticket]:
        return {number: await self.get(number) for number in numbers}

    async def clocks(self, number: int) -> tuple[Clock, ...]:
        of = self.all[number]
        if of.promise == "next release":
            return (Clock(RESOLUTION, 1, of.created, None, "clock", release=True),)
        return (Clock(RESPONSE, 1, of.created, 15 * MINUTE, "clock", due=of.due if of.due_kind is RESPONSE else None,
                      met=None if of.due_kind is RESPONSE else of.created + MINUTE, used=19 * MINUTE,
                      left=-4 * MINUTE, breached=of.due if of.late(NOW) else None),
                Clock(RESOLUTION, 1, of.created, 2 * HOUR, "clock", due=NOW + 112 * MINUTE, used=8 * MINUTE,
                      left=112 * MINUTE, paused=of.phase is Phase.WAITING))

    async def last_events(self, number: int, limit: int = 100, *, before: int | None = None) -> list[Event]:
        return [
            Event(number, 1, NOW - 4 * MINUTE, EventKind.CREATED, party=Party.SYSTEM, via=Source.ALERT),
            Event(number, 2, NOW - 3 * MINUTE, EventKind.ROUTED, party=Party.SYSTEM, text="to ana, on duty"),
            Event(number, 3, NOW - MINUTE, EventKind.MESSAGE, "ana",
                  text="config test fails: bad directive at line 88, after the upgrade"),
            Event(number, 4, NOW, EventKind.MESSAGE, "ana", public=True, text="We are on it."),
        ][:limit]

    async def presence(self, number: int, *, but: str = "") -> list[Presence]:
        return [one for one in self.people if one.ticket == number]

    async def offers(self, actor: Actor, number: int) -> tuple[Offer, ...]:
        return moves(await self.get(number), TicketSettings(), actor.role)

    async def last_batch(self, actor: Actor) -> Batch | None:
        if not self.batches:
            return None
        action, rows = self.batches[-1]
        return Batch(len(self.batches), NOW, actor.name, action, len(rows))

    # -- writing ------------------------------------------------------------------------------------------------------

    def done(self, action: str, numbers: int | Sequence[int], **fields: Any) -> Done:
        if self.problem is not None:
            raise self.problem
        chosen = [numbers] if isinstance(numbers, int) else list(numbers)
        self.calls.append((action, tuple(chosen), fields))
        self.batches.append((action, {number: self.all[number] for number in chosen}))
        for number in chosen:
            known = {name: value for name, value in fields.items() if name in Summary.__struct_fields__}
            self.all[number] = replace(self.all[number], **known)
        return Done(len(self.batches), tuple(ticket_of(self.all[number]) for number in chosen))

    async def take(self, actor: Actor, numbers: Sequence[int], *, shown: dict[int, str] | None = None) -> Done:
        return self.done("take", numbers, assignee=actor.name, shown=shown)

    async def assign(self, actor: Actor, numbers: Sequence[int], person: str, team: str | None = None) -> Done:
        return self.done("assign", numbers, assignee=person, **({} if team is None else {"team": team}))

    async def set_priority(self, actor: Actor, numbers: Sequence[int], priority: Priority) -> Done:
        return self.done("priority", numbers, priority=priority)

    async def tag(self, actor: Actor, numbers: Sequence[int], add: Sequence[str] = (),
                  remove: Sequence[str] = ()) -> Done:
        return self.done("tag", numbers, add=tuple(add), remove=tuple(remove))

    async def watch(self, actor: Actor, numbers: Sequence[int]) -> Done:
        return self.done("watch", numbers)

    async def link(self, actor: Actor, number: int, kind: str, target: str) -> Done:
        return self.done("link", number, kind=kind, target=target)

    async def merge(self, actor: Actor, number: int, into: int) -> Done:
        return self.done("merge", number, merged_into=into)

    async def move(self, actor: Actor, numbers: Sequence[int], state: str, text: str = "",
                   fields: dict[str, Any] | None = None, *, reason: str = "") -> Done:
        phase = next(one.states[state] for one in TicketSettings().all_lifecycles.values() if state in one.states)
        if self.refusals:
            raise self.refusals.pop(0)
        return self.done("move", numbers, state=state, phase=phase, text=text, given=fields, reason=reason)

    async def undo(self, actor: Actor, batch: int | None = None) -> Done:
        action, rows = self.batches.pop()
        self.all.update(rows)
        self.calls.append(("undo", action))
        return Done(batch or 1, tuple(map(ticket_of, rows.values())))


def fits(of: Summary, term: Any, me: str) -> bool:
    """Enough of the filter language for a test."""
    if isinstance(term, Words):
        return (term.text.casefold() in of.title.casefold()) is not term.negated
    if isinstance(term, Numbered):
        return any((low or 0) <= of.number <= (high or 10**9) for low, high in term.values)
    if not isinstance(term, Named):
        return of.due is not None and of.due < NOW + 10 * HOUR
    known = {"open": of.phase.open, "waiting": of.phase is Phase.WAITING, "done": not of.phase.open,
             "late": of.late(NOW), me: of.assignee == me, "me": of.assignee == me, "none": not of.assignee}
    return any(known.get(value, value in of.tags or value == of.state) for value in term.values) is not term.negated
