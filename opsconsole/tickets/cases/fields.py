"""What stands on a ticket besides state and person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import UsageError
from opsconsole.tickets import store
from opsconsole.tickets.cases import checks
from opsconsole.tickets.cases.base import Desk
from opsconsole.tickets.cases.checks import SCALES
from opsconsole.tickets.cases.types import Edit
from opsconsole.tickets.errors import Clash
from opsconsole.tickets.lifecycle import FORM, value
from opsconsole.tickets.model import EventKind, Source, changed, plain
from opsconsole.tickets.store.rows import encodable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.identity import Actor
    from opsconsole.tickets.cases.types import Done
    from opsconsole.tickets.cases.work import Work
    from opsconsole.tickets.model import Ticket


class Fields(Desk):
    """Editing, tags, watchers, votes, ratings."""

    async def edit(self, actor: Actor, number: int, base: Mapping[str, Any], wanted: Mapping[str, Any]) -> Done:
        """Gives fields other values; what others changed meanwhile is kept.

        Field by field: where the ticket is still as `base`, it becomes as `wanted`; where it is as `wanted` already,
        nothing happens; else it is a clash. A field of the form is named `fields.NAME`.

        Args:
            actor: who; operator and up.
            number: of the ticket.
            base: the values that the actor saw, for every field of `wanted`.
            wanted: title, description, category, priority, requester, requester_mail, team, assignee, tags, watchers,
                fields.NAME, impact, effort, value, release, version_seen, root_cause, knowledge.

        Raises:
            PermissionDenied, NotThere: as `note`.
            Clash: others changed the same fields; with all three values of each. Nothing was stored.
            UsageError: a field that cannot be edited, or a value that it cannot have.
        """
        return await self.edit_all(actor, {number: Edit(base, wanted)})

    async def edit_all(self, actor: Actor, edits: Mapping[int, Edit]) -> Done:
        """Edits several tickets at once, each as `edit` does; all of them or none.

        Raises:
            PermissionDenied, NotThere, UsageError: as `edit`.
            Clash: others changed the same fields of one; `Clash.ticket` says which.
        """
        new = {number: checks.fields(one.wanted, self.settings) for number, one in edits.items()}
        absent = dict.fromkeys(name for number, wanted in new.items() for name in wanted
                               if name not in edits[number].base)
        if absent:
            raise UsageError(f"It is not known what {', '.join(absent)} was when it was read.", "Give it in `base`.")
        async with self._change(actor, "edit", "edit tickets", via=Source.CONSOLE) as work:
            for ticket in await work.read(list(edits)):
                merged, clashes = merged_fields(ticket, edits[ticket.number].base, new[ticket.number])
                if clashes:
                    raise _clash(ticket, clashes, await _who(work, ticket, clashes))
                work.change(ticket.number, checks.with_fields(ticket, merged, self.settings))
            return await work.finish()

    async def tag(self, actor: Actor, numbers: int | Sequence[int], add: Sequence[str] = (),
                  remove: Sequence[str] = ()) -> Done:
        """Adds and removes tags; they are trimmed and in lower case.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: a tag is empty, too long, or holds a blank or a comma.
        """
        more, fewer = checks.tags(add), set(checks.tags(remove))
        async with self._change(actor, "tag", "tag tickets") as work:
            for ticket in await work.read(numbers):
                tags = tuple(tag for tag in dict.fromkeys((*ticket.tags, *more)) if tag not in fewer)
                work.change(ticket.number, changed(ticket, tags=checks.most(tags, "tags")))
            return await work.finish()

    async def watch(self, actor: Actor, numbers: int | Sequence[int], person: str = "") -> Done:
        """Tells a person, or (empty) the actor, of what happens to tickets from now on.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        name = checks.person(person or actor.name)
        async with self._change(actor, "watch", "watch tickets") as work:
            for ticket in await work.read(numbers):
                people = checks.most(tuple(dict.fromkeys((*ticket.watchers, name))), "watchers")
                work.change(ticket.number, changed(ticket, watchers=people))
            return await work.finish()

    async def unwatch(self, actor: Actor, numbers: int | Sequence[int], person: str = "") -> Done:
        """Ends `watch`."""
        name = checks.person(person or actor.name)
        async with self._change(actor, "unwatch", "watch tickets") as work:
            for ticket in await work.read(numbers):
                people = tuple(one for one in ticket.watchers if one != name)
                work.change(ticket.number, changed(ticket, watchers=people))
            return await work.finish()

    async def vote(self, actor: Actor, number: int, voter: str = "") -> Done:
        """Counts the wish of one more person: a requester's address, or (empty) the actor. Nobody counts twice.

        Raises:
            PermissionDenied, NotThere, UsageError: as `note`.
        """
        return await self._vote(actor, number, voter, more=True)

    async def unvote(self, actor: Actor, number: int, voter: str = "") -> Done:
        """Ends `vote`."""
        return await self._vote(actor, number, voter, more=False)

    async def rate(self, actor: Actor, number: int, score: int, note: str = "") -> Done:
        """Enters how satisfied the requester is, from 1 to 5.

        Raises:
            PermissionDenied, NotThere: as `note`.
            UsageError: it is no such number, or the note is too long.
        """
        if not 1 <= score <= 5:
            raise UsageError(f"{score} is no rating.", "It is a number from 1 (not at all satisfied) to 5 (very).")
        said = checks.line(note, "The note", checks.MOST_REASON)
        async with self._change(actor, "rate", "enter ratings") as work:
            ticket = (await work.read(number))[0]
            work.change(number, changed(ticket, satisfaction=score, satisfaction_note=said), EventKind.RATED)
            return await work.finish()

    async def _vote(self, actor: Actor, number: int, voter: str, *, more: bool) -> Done:
        name = checks.line(voter or actor.name, "A voter").lower()
        async with self._change(actor, "vote" if more else "unvote", "enter votes") as work:
            ticket = (await work.read(number))[0]
            others = tuple(one for one in ticket.voters if one != name)
            work.change(number, changed(ticket, voters=(*others, name) if more and name not in ticket.voters
                                        else ticket.voters if more else others), EventKind.VOTED)
            return await work.finish()


def merged_fields(ticket: Ticket, base: Mapping[str, Any],
                  wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[Any, Any, Any]]]:
    """Which fields become as wanted, and which clash: what was read, what is wanted, what is there now.

    Tags and watchers never clash: what was added and removed is added and removed.
    """
    merged: dict[str, Any] = {}
    clashes: dict[str, tuple[Any, Any, Any]] = {}
    for name, mine in wanted.items():
        now = encodable(plain(value(ticket, name)))
        old = _read(name, base[name])
        if name in ("tags", "watchers"):
            old = [str(one) for one in old] if isinstance(old, list) else []
            merged[name] = [one for one in dict.fromkeys((*now, *mine)) if one in mine or one not in old]
        elif now in (old, mine):
            merged[name] = mine
        else:
            clashes[name] = (old, mine, now)
    return merged, clashes


def _read(name: str, given: Any) -> Any:
    """A value that was read, in the form in which it is stored, whatever form it was kept in meanwhile."""
    old = encodable(plain(given))
    if name in SCALES and isinstance(old, str):
        return int(old) if old.isascii() and old.isdecimal() and len(old) < 9 else old
    return old.replace(",", " ").split() if name in ("tags", "watchers") and isinstance(old, str) else old


async def _who(work: Work, ticket: Ticket, names: Mapping[str, Any]) -> dict[str, str]:
    """Who gave each field its present value."""
    by: dict[str, str] = {}
    for event in await store.for_clocks(work.tx, ticket.number):
        for name in names:
            field = "fields" if name.startswith(FORM) else name
            if field in event.changes:
                by[name] = event.actor or "opsconsole"
    return by


def _clash(ticket: Ticket, clashes: Mapping[str, tuple[Any, Any, Any]], by: Mapping[str, str]) -> Clash:
    people = ", ".join(sorted(set(by.values()))) or "Somebody else"
    return Clash(f"{people} changed {', '.join(clashes)} of ticket {ticket.number} since you read it.",
                 "Choose which value is right, and save again.", clashes, by,
                 ticket.number)
