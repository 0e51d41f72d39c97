"""Moving tickets on, and giving them to people.

Each takes many tickets in one transaction, which one undo takes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.mailing import queue_survey
from opsconsole.tickets.cases.reading import blockers
from opsconsole.tickets.cases.writing import Writing
from opsconsole.tickets.errors import NotAllowed, NotThere, Taken
from opsconsole.tickets.lifecycle import offer
from opsconsole.tickets.model import ClockKind, EventKind, Phase, Priority, Source, changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.clocks import Clock
    from opsconsole.tickets.lifecycle import Offer
    from opsconsole.tickets.model import Ticket


class Working(Writing):
    """Moves, assignments, priorities, and what stops a ladder."""

    async def move(self, actor: Actor, numbers: int | Sequence[int], state: str, text: str = "",
                   fields: Mapping[str, Any] | None = None, *, public: bool | None = None, reason: str = "",
                   via: Source = Source.CONSOLE) -> Done:
        """Moves tickets to another state of their lifecycle; all of them or none.

        Args:
            actor: who; operator and up, or the role that the lifecycle asks for.
            numbers: of the tickets.
            state: where to.
            text: a message that goes with it; needed by some moves.
            fields: values for fields that the move asks for: `assignee`, `release`, `root_cause`, of the form …
            public: whether the message is a reply or a note; None: what the lifecycle offers for this move.
            reason: why, in spite of an objection; it stands in the timeline.
            via: where it is done.

        Raises:
            PermissionDenied, NotThere: as `note`.
            NotAllowed: the lifecycle does not offer it, a field or the message is missing, something that blocks it
                is open, or a gate objects and no reason is given; with the reason for each ticket.
            UsageError: a field that there is not, a value that it cannot have, a text that is too long.
        """
        words = checks.text(text, "The message", empty=True)
        why = checks.line(reason, "A reason", checks.MOST_REASON)
        given = checks.fields(fields or {}, self.settings)
        async with self._change(actor, "move", "move tickets", via=via) as work:
            tickets = await work.read(numbers)
            offers = await self._may_move(work, actor, tickets, state, given, words)
            objections = await self._objections(work, tickets, offers)
            if objections and not why:
                raise _objected(objections)
            for ticket, offered in zip(tickets, offers, strict=True):
                said = offered.message == "reply" if public is None else public
                if words:
                    await self._message(work, ticket, words, public=said)
                await self._moved(work, work.ticket(ticket.number), offered, given, why,
                                  objections.get(ticket.number, ""))
            return await work.finish()

    async def take(self, actor: Actor, numbers: int | Sequence[int], *,
                   shown: Mapping[int, str] | None = None) -> Done:
        """Gives tickets to the actor.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            shown: who had each of them when the actor decided; one that is not named: nobody.

        Raises:
            PermissionDenied, NotThere: as `note`.
            Taken: somebody else took one meanwhile; says who. Nothing was changed.
        """
        seen = shown or {}
        async with self._change(actor, "take", "take tickets") as work:
            tickets = await work.read(numbers)
            others = {one.number: one.assignee for one in tickets
                      if one.assignee not in ("", actor.name, seen.get(one.number, ""))}
            if others:
                raise _taken(others)
            for ticket in tickets:
                work.change(ticket.number, changed(ticket, assignee=actor.name))
            return await work.finish()

    async def assign(self, actor: Actor, numbers: int | Sequence[int], person: str, team: str | None = None) -> Done:
        """Gives tickets to a person, or to nobody.

        Args:
            actor: who; operator and up.
            numbers: of the tickets.
            person: a login name; empty: nobody, the ticket goes back to its team.
            team: a team of the configuration; empty: none; None: as it is.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: there is no such team, or the name is too long.
        """
        name = checks.person(person, nobody=True)
        wanted: dict[str, Any] = {"assignee": name}
        if team is not None:
            wanted["team"] = checks.team(team, self.settings)
        async with self._change(actor, "assign", "assign tickets") as work:
            for ticket in await work.read(numbers):
                work.change(ticket.number, changed(ticket, **wanted))
            return await work.finish()

    async def set_priority(self, actor: Actor, numbers: int | Sequence[int], priority: Priority) -> Done:
        """Gives tickets another priority: their clocks keep their start and get new targets.

        Raises:
            PermissionDenied, NotThere: as `note`.
        """
        wanted = checks.priority(priority)
        async with self._change(actor, "priority", "set priorities") as work:
            for ticket in await work.read(numbers):
                work.change(ticket.number, changed(ticket, priority=wanted))
            return await work.finish()

    async def acknowledge(self, actor: Actor, numbers: int | Sequence[int], text: str = "") -> Done:
        """Says that somebody has it in hand: the ladders of the clocks that run now stop.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        words = checks.line(text, "The note", checks.MOST_REASON)
        async with self._change(actor, "acknowledge", "acknowledge tickets") as work:
            for ticket in await work.read(numbers):
                held = [[clock.kind.value, clock.segment] for clock in await self._computed(work, ticket) if clock.open]
                work.add(ticket.number, EventKind.ACKNOWLEDGED, text=words, data={"clocks": held})
            return await work.finish()

    async def waive(self, actor: Actor, number: int, kind: ClockKind, segment: int, reason: str) -> Done:
        """Takes a broken promise back; it stays in the timeline, with who waived it and why.

        Raises:
            PermissionDenied: supervisor and up.
            NotThere: there is no such ticket, or no broken promise of this kind and segment.
            UsageError: there is no reason.
        """
        why = checks.line(reason, "A reason", checks.MOST_REASON)
        if not why:
            raise UsageError("To waive a promise takes a reason.", "Others will read it.")
        async with self._change(actor, "waive", "waive a broken promise", role=Role.SUPERVISOR) as work:
            ticket = (await work.read(number))[0]
            found = [clock for clock in await self._computed(work, ticket)
                     if (clock.kind, clock.segment) == (kind, segment)]
            if not found or found[0].waived is not None or not (found[0].breached or found[0].late(work.now)):
                raise NotThere(f"Ticket {number} has no broken promise `{ClockKind(kind).value}` {segment}.",
                               "Its clocks say what was promised.")
            work.add(number, EventKind.WAIVED, text=why, data={"clock": ClockKind(kind).value, "segment": segment})
            return await work.finish()

    async def _computed(self, work: Work, ticket: Ticket) -> tuple[Clock, ...]:
        from opsconsole.tickets.clocks import clocks  # noqa: PLC0415 - only where promises are asked for

        return clocks(await store.for_clocks(work.tx, ticket.number), self.policies, work.now)

    async def _go(self, work: Work, actor: Actor, tickets: Sequence[Ticket], state: str, *, text: str) -> None:
        """Moves tickets as part of another change that has said `text` already.

        Raises:
            NotAllowed: as `move`.
        """
        offers = await self._may_move(work, actor, tickets, state, {}, text)
        if objections := await self._objections(work, tickets, offers):
            raise _objected(objections)
        for ticket, offered in zip(tickets, offers, strict=True):
            await self._moved(work, ticket, offered, {}, "", "")

    async def _may_move(self, work: Work, actor: Actor, tickets: Sequence[Ticket], state: str,
                        given: Mapping[str, Any], text: str) -> list[Offer]:
        """What the lifecycle says to each move.

        Raises:
            NotAllowed: it refuses one, a field is missing, or the message that it takes.
        """
        # What is done together with this move holds nothing up: a parent is closed with all its children.
        together = {ticket.number for ticket in tickets}
        offers, refused = [], {}
        missing: dict[str, None] = {}
        for ticket in tickets:
            held = [number for number in await blockers(work.tx, ticket) if number not in together]
            offered = offer(ticket, self.settings, actor.role, state, blockers=held, given=given)
            offers.append(offered)
            if not offered.allowed:
                refused[ticket.number] = offered.reason
            elif offered.require:
                refused[ticket.number] = f"it needs {', '.join(offered.require)}"
                missing |= dict.fromkeys(offered.require)
            elif offered.needs_message and not text:
                what = "a message to the requester" if offered.message == "reply" else "a note"
                refused[ticket.number] = f"it needs {what} that says why"
        if refused:
            raise _refused(refused, state, tuple(missing))
        return offers

    async def _objections(self, work: Work, tickets: Sequence[Ticket], offers: Sequence[Offer]) -> dict[int, str]:
        found = {}
        for ticket, offered in zip(tickets, offers, strict=True):
            for gate in self._gates:
                said = await gate.objection(work.tx, ticket, offered.phase)
                if said:
                    found[ticket.number] = said
                    break
        return found

    async def _moved(self, work: Work, ticket: Ticket, offered: Offer, given: Mapping[str, Any], why: str,
                     objection: str) -> None:
        changes = checks.with_fields(ticket, given, self.settings)
        changes |= changed(ticket, state=offered.state, phase=offered.phase)
        event = work.add(ticket.number, EventKind.CHANGED, text=why, changes=changes,
                         data={"objection": objection} if objection else {})
        if offered.phase is Phase.DONE and ticket.phase.open:
            await queue_survey(work, work.ticket(ticket.number), event, self.settings)


def _refused(refused: Mapping[int, str], state: str, missing: Sequence[str]) -> NotAllowed:
    number, why = next(iter(refused.items()))
    others = f" The same or the like holds for {len(refused) - 1} more." if len(refused) > 1 else ""
    todo = "Fill it in with the move." if missing else "Leave these out, or do what is missing."
    return NotAllowed(f"Ticket {number} cannot go to {state}: {why}.{others}", todo, why=refused, missing=missing)


def _objected(objections: Mapping[int, str]) -> NotAllowed:
    number, why = next(iter(objections.items()))
    others = f" The same or the like holds for {len(objections) - 1} more." if len(objections) > 1 else ""
    return NotAllowed(f"Ticket {number} should not be moved yet: {why}.{others}",
                      "Wait, or give a reason why it is right all the same.", why=objections, overridable=True)


def _taken(others: Mapping[int, str]) -> Taken:
    number, by = next(iter(others.items()))
    more = f", and {len(others) - 1} more are taken" if len(others) > 1 else ""
    return Taken(f"{by} has taken ticket {number} meanwhile{more}.", "Take it over if that is right.", others)
