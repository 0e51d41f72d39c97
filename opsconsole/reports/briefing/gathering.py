"""Asks every feature what happened while somebody was away, and what stands open when somebody leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from opsconsole.core.clock import local
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level
from opsconsole.core.timeline import Happening
from opsconsole.health.changes.model import Change, ChangeKind, grouped
from opsconsole.reports.briefing.collecting import PARTS, sections, things
from opsconsole.reports.briefing.drafting import Standing
from opsconsole.reports.briefing.model import Briefing, Item, Part, Section

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import tzinfo

    from opsconsole.checklists.service import ChecklistService
    from opsconsole.core.clock import Instant
    from opsconsole.core.timeline import Source
    from opsconsole.health.alerts.model import Alert
    from opsconsole.health.alerts.service import AlertService
    from opsconsole.logbook.service import LogService
    from opsconsole.reports.briefing.service import BriefingService
    from opsconsole.tickets.service import TicketService

MOST: Final = 500
"""Happenings of one kind that are looked at, the newest; who was away for longer reads the timeline."""
_OWN: Final = ("is:mine sort:-updated", "is:watched sort:-updated")
"""The tickets of a person."""
_MOST_OWN: Final = 2_000
_GIVEN: Final = "assignee:me is:open sort:-updated"
_MOST_GIVEN: Final = 50
"""Of those that changed last, how many are looked at for who gave them."""
_MOST_STANDING: Final = 200
"""Tickets of a person, and the newest runs of checklists, that are looked at."""
_CHANGE: Final = "change"
"""The kind of what the timeline tells of this host."""
_BAD: Final = {"warning": Level.WARNING, "critical": Level.CRITICAL}

T = TypeVar("T")


class Features(NamedTuple):
    """Whom to ask."""

    briefing: BriefingService
    alerts: AlertService
    tickets: TicketService
    log: LogService
    checklists: ChecklistService
    timeline: Sequence[Source]
    zone: tzinfo | None = None
    """Whose days count; None: the machine's."""


async def gather(features: Features, me: str, since: Instant, until: Instant, origin: str = "") -> Briefing:
    """What happened in a time; a part that cannot be read is told of, and the others are there.

    Args:
        features: whom to ask.
        me: who was away.
        origin: where they are now: that root has signed in from there is no news to root.
        since: ms UTC, included.
        until: ms UTC, left out.
    """
    asking = _Asking(features, me, since, until, origin)
    handovers = await asking.told(features.briefing.open)
    firing = await asking.told(features.alerts.open)
    told = [Section(Part.WRONG, tuple(_wrong(one, since) for one in firing)),
            Section(Part.YOURS, tuple(await asking.told(asking.taken))),
            Section(Part.YOURS, tuple(await asking.told(asking.due))),
            Section(Part.YOURS, tuple(await asking.told(asking.given)))]
    told += await asking.happened({f"alert:{one.id}" for one in firing})
    mine = await asking.told(asking.own) if any(section.part is Part.TICKETS for section in told) else ()
    return Briefing(me, since, until, tuple(handovers), sections(told, frozenset(mine)), tuple(asking.problems))


async def standing(features: Features, me: str, now: Instant) -> Standing:
    """What is not over now.

    Raises:
        StorageError: the records cannot be read.
    """
    found = await features.tickets.find("assignee:me is:open sort:due", me, limit=_MOST_STANDING)
    due = await features.log.due_actions(local(now, features.zone).date())
    runs = await features.checklists.runs(limit=_MOST_STANDING)
    return Standing(await features.alerts.open(), await features.tickets.rows(found, 0, _MOST_STANDING),
                    [one for one in runs if one.begun is not None and one.ended is None],
                    [action for _, _, action in due])


class _Asking:
    """One question to all features."""

    def __init__(self, features: Features, me: str, since: Instant, until: Instant, origin: str) -> None:
        self._features, self._me, self._since, self._until = features, me, since, until
        self._signed_in = f"root from {origin}" if origin not in ("", "local") else "root here"
        self.problems: list[str] = []

    async def told(self, ask: Callable[[], Awaitable[Sequence[T]]]) -> Sequence[T]:
        """What a feature says; nothing, and a sentence among the problems, where it cannot be read."""
        try:
            return await ask()
        except OpsError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return ()

    async def happened(self, firing: set[str]) -> list[Section]:
        """What is told of each kind; what still fires is told elsewhere."""
        found = []
        for source in self._features.timeline:
            if source.kind not in PARTS:
                # Hand-overs that wait stand above all else.
                continue

            async def ask(source: Source = source) -> Sequence[Happening]:
                return await source.happenings(self._since, self._until, MOST)

            happenings = await self.told(ask)
            others = [one for one in happenings if not self._own_sign_in(one)]
            if source.kind == _CHANGE:
                others = _together(others)
            items = [one for one in things(others, self._me) if one.target not in firing]
            if items:
                found.append(Section(PARTS[source.kind], tuple(items), len(happenings) >= MOST))
        return found

    def _own_sign_in(self, one: Happening) -> bool:
        """Nobody stands beside what was found in logs; whoever is root has signed in to be here."""
        return self._me == "root" and one.deed == ChangeKind.SIGN_IN.value and one.about == self._signed_in

    async def taken(self) -> list[Item]:
        """Own hand-overs that somebody has taken."""
        found = await self._features.briefing.taken(self._me, self._since, self._until)
        return [Item(one.ended if one.ended is not None else one.written, f"your hand-over {one.id} was taken",
                     (one.ended_by,), None, f"handover:{one.id}") for one in found]

    async def due(self) -> list[Item]:
        """Own next actions of the log that became due."""
        zone = self._features.zone
        before, today = local(self._since, zone).date(), local(self._until, zone).date()
        found = await self._features.log.due_actions(today) if today > before else []
        own = [(entry, action) for entry, _, action in found
               if action.person == self._me and action.due > before.isoformat()]
        return [Item(self._until, f"to do: {action.text}", day=action.due, target=f"entry:{entry}",
                     level=Level.WARNING if action.due < today.isoformat() else None) for entry, action in own]

    async def given(self) -> list[Item]:
        """Tickets that somebody gave to the person; the timeline tells of no assignment."""
        tickets = self._features.tickets
        found = await tickets.rows(await tickets.find(_GIVEN, self._me, limit=_MOST_GIVEN), 0, _MOST_GIVEN)
        items = []
        for ticket in found:
            if ticket.updated < self._since:
                break
            events = [one for one in await tickets.last_events(ticket.number) if self._since <= one.at < self._until]
            last = next((one for one in reversed(events) if one.changes.get("assignee", ("", ""))[1] == self._me), None)
            if last is not None and last.actor != self._me:
                items.append(Item(last.at, f"#{ticket.number} was given to you: {ticket.title}",
                                  (last.actor,) if last.actor else (), None, f"ticket:{ticket.number}"))
        return items

    async def own(self) -> list[str]:
        """The tickets that are the person's own, as targets."""
        found = [await self._features.tickets.find(text, self._me, limit=_MOST_OWN) for text in _OWN]
        return [f"ticket:{number}" for one in found for number in one.numbers]


def _together(changes: Sequence[Happening]) -> list[Happening]:
    """Packages that were changed with one command as one, as health tells of them."""
    found = grouped(Change(one.at, ChangeKind(one.deed), one.about) for one in changes)
    return [Happening(one.at, _CHANGE, f"{one.kind.value}: {one.text}") for one in found]


def _wrong(alert: Alert, since: Instant) -> Item:
    """An alert that fires."""
    taken = alert.acknowledged_by or alert.ticket_assignee
    return Item(alert.fired, f"{alert.title}: {alert.text}", (taken,) if taken else (),
                _BAD.get(alert.severity.value), f"alert:{alert.id}", known=alert.fired < since)
