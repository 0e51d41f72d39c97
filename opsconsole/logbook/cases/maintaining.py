"""Maintenance: an entry that mutes the checks that are worked on, until it is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.core import format as fmt
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited
from opsconsole.logbook import store
from opsconsole.logbook.cases.checks import MOST_REASON, cleaned, worded
from opsconsole.logbook.cases.signing import Signing
from opsconsole.logbook.errors import NotGreen, NotNow
from opsconsole.logbook.model import MOST_NAME, MOST_POINTS, MOST_TITLE, Entry, EntryType, Point, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.logbook.cases.base import Kept
    from opsconsole.logbook.model.maintenance import Trouble, Work

GOING_ON: Final = frozenset({EntryType.EMERGENCY, EntryType.INCIDENT})
"""Kinds of entries that are about more than the maintenance that they need: they go on when that is finished."""
_NAMED: Final = 3


class Maintaining(Signing):
    """Starting, extending and finishing maintenance. All of it raises PermissionDenied and StorageError."""

    async def start_maintenance(self, actor: Actor, title: str, names: Sequence[str], until: Instant, *,
                                type: EntryType = EntryType.CHANGE,  # noqa: A002 - the field's name
                                fields: Mapping[str, Any] | None = None) -> Entry:
        """Opens an entry that begins now, and mutes what is worked on with all that depends on it, in one step.

        Args:
            actor: who; operator and up.
            title: what is done; whoever is not told of an alert reads it as the reason.
            names: of checks, groups, rules, targets.
            until: when it ends by itself.
            type: the kind of entry.
            fields: what else the entry says, as in `save`.

        Raises:
            UsageError: nothing has such a name, or a value cannot be.
        """
        require(actor, Role.OPERATOR, "start maintenance")
        known = self.windows.known(names)
        given = cleaned({"performed_by": (actor.name[:MOST_NAME],), **(fields or {}), "begun": self._clock.now(),
                         "ended": None, "checks": known, "type": type, "title": title})
        async with self._db.write() as tx:
            number = await store.next_number(tx)
            window = await self.windows.begin(tx, actor, number, known, given["title"], until)
            return await self._opened(tx, actor, Entry(0, window=window, **given), "maintain")

    async def mute_for(self, actor: Actor, number: int, names: Sequence[str], until: Instant) -> Entry:
        """Mutes checks for an entry that is there already, such as that of an emergency.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is signed or dropped, or its maintenance goes on.
            UsageError: nothing has such a name.
        """
        require(actor, Role.OPERATOR, "start maintenance")
        known = self.windows.known(names)
        async with self._change(actor, number, "maintain", "start maintenance") as kept:
            kept.open_for("changed")
            work = await self._look(kept)
            if work is not None and not work.over(kept.now):
                raise NotNow(f"The maintenance of log entry {number} goes on until {self._moment(work.ends)}.",
                             f"Extend it: `opsconsole log maintenance extend {number} --by 1h`.")
            await self._begin(kept, known, until)
            return kept.shown

    async def extend_maintenance(self, actor: Actor, number: int, more: int) -> Entry:
        """Lets it end later; where it ran out and was not finished, it begins again now.

        Args:
            actor: who; operator and up.
            number: of the entry.
            more: ms that are added to its end as it is now, whoever moved that meanwhile; from now where it ran out.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is no maintenance, or that is finished; or the entry is signed or dropped.
            UsageError: it would be over at once, or last too long.
        """
        async with self._change(actor, number, "extend", "extend maintenance") as kept:
            kept.open_for("extended")
            work = await self._unfinished(kept, kept.entry.ended is None)
            until = more + (kept.now if work.over(kept.now) else work.ends)
            if await self.windows.extend(kept.tx, actor, work.window, until):
                kept.grow()
                kept.tell(until=until)
            else:
                await self._begin(kept, work.names, until)
            return kept.shown

    async def adopt_maintenance(self, actor: Actor, window: int) -> Entry:
        """Opens the entry of maintenance that was made without one; from then on it is extended and finished as any.

        Args:
            actor: who; operator and up.
            window: its number, as `opsconsole maintenance list` shows it.

        Raises:
            NotNow: there is none, it is over or has not begun, or it has an entry.
        """
        require(actor, Role.OPERATOR, "start maintenance")
        async with self._db.write() as tx:
            work = await self._loose(tx, window)
            people = dict.fromkeys(name[:MOST_NAME] for name in (work.author, actor.name) if name)
            title = " ".join(limited(work.reason, MOST_TITLE).split()) or f"maintenance of {', '.join(work.names)}"
            given = cleaned({"performed_by": tuple(people), "begun": work.begins, "ended": None, "checks": work.names,
                             "type": EntryType.CHANGE, "title": title[:MOST_TITLE]})
            number = await store.next_number(tx)
            await self.windows.adopt(tx, actor, window, number)
            return await self._opened(tx, actor, Entry(0, window=window, **given), "maintain")

    async def extend_window(self, actor: Actor, window: int, more: int) -> Work:
        """Lets maintenance that was made without an entry end so many ms later.

        Raises:
            NotNow: as `adopt_maintenance`.
            UsageError: it would be over at once, or last too long.
        """
        require(actor, Role.OPERATOR, "extend maintenance")
        async with self._db.write() as tx:
            work = await self._loose(tx, window)
            await self.windows.extend(tx, actor, window, work.ends + more)
            return await self._loose(tx, window)

    async def finish_maintenance(self, actor: Actor, number: int, reason: str = "") -> Entry:
        """Ends it: what still fires is told. Without a reason, all that was worked on must be green.

        What is not green stands in the entry as an issue that was found, and the reason in its notes. An entry of an
        emergency or an incident goes on; every other one ends now.

        Raises:
            NoEntry: there is no such entry.
            NotNow: it is no maintenance, or somebody finished it before; or the entry is signed or dropped.
            NotGreen: something is not green, and no reason was given; nothing was changed.
        """
        require(actor, Role.OPERATOR, "finish maintenance")
        why = worded(reason, "A reason", MOST_REASON, empty=True)
        # Before the transaction: what checks found is in another file, and nobody waits for that meanwhile.
        troubles = await self.troubles(number)
        async with self._change(actor, number, "finish", "finish maintenance") as kept:
            kept.open_for("finished")
            work = await self._unfinished(kept, kept.entry.ended is None and kept.entry.type not in GOING_ON)
            if troubles and not why:
                raise _not_green(number, troubles)
            await self.windows.end(kept.tx, actor, work.window)
            if troubles:
                _note(kept, troubles, why)
            if kept.entry.type not in GOING_ON and kept.entry.ended is None:
                ended = max(kept.now, kept.entry.begun)
                kept.set(ended=ended, seconds=kept.entry.seconds or (ended - kept.entry.begun) / 1000)
            kept.grow()
            kept.tell(**({"reason": why, "not_green": [one.name for one in troubles]} if troubles else {}))
            return kept.shown

    async def work(self, entry: Entry) -> Work | None:
        """The maintenance of an entry; None: it has none, or that is not kept any more."""
        if not entry.window or self._windows is None:
            return None
        return await self.windows.look(self._db, entry.window)

    async def works(self) -> list[Work]:
        """All maintenance of entries that goes on, the next to end first."""
        return await self.windows.going(self._db) if self._windows is not None else []

    async def loose_works(self) -> list[Work]:
        """All maintenance without an entry that goes on, the next to end first."""
        return await self.windows.loose(self._db) if self._windows is not None else []

    async def overrun(self) -> int:
        """How many entries there are of which the maintenance ran out, and nobody has finished it."""
        if self._windows is None:
            return 0
        now, found = self._clock.now(), await store.working(self._db)
        works = [await self.windows.look(self._db, window) for window in found]
        return sum(one is not None and one.over(now) for one in works)

    async def troubles(self, number: int) -> tuple[Trouble, ...]:
        """What keeps maintenance from being finished without a reason.

        Raises:
            NoEntry: there is no such entry.
        """
        work = await self.work(await self._stored(self._db, number))
        return await self.windows.troubles(work) if work is not None else ()

    async def _loose(self, tx: Transaction, window: int) -> Work:
        """Maintenance without an entry that goes on.

        Raises:
            NotNow: it is none.
        """
        work, now = await self.windows.look(tx, window), self._clock.now()
        if work is None:
            raise NotNow(f"There is no maintenance {window}.", "`opsconsole maintenance list` names what there is.")
        if work.entry:
            raise NotNow(f"Maintenance {window} belongs to log entry {work.entry}.", "Give that number without"
                         " `--window`.")
        if work.over(now) or work.begins > now:
            raise NotNow(f"Maintenance {window} {'is over' if work.over(now) else 'has not begun'}.",
                         "`opsconsole maintenance list` names what there is.")
        return work

    async def _begin(self, kept: Kept, names: Sequence[str], until: Instant) -> None:
        window = await self.windows.begin(kept.tx, kept.actor, kept.entry.id, names, kept.entry.title, until)
        checks = tuple(dict.fromkeys((*kept.entry.checks, *names)))
        kept.set(window=window, **cleaned({"checks": checks}))
        kept.grow()
        kept.tell(until=until, checks=list(names))

    async def _look(self, kept: Kept) -> Work | None:
        return await self.windows.look(kept.tx, kept.entry.window) if kept.entry.window else None

    async def _unfinished(self, kept: Kept, unfinished: bool) -> Work:
        """The maintenance of an entry.

        Args:
            kept: the entry.
            unfinished: whether something is left to do about it where its time is over.

        Raises:
            NotNow: it has none, or nothing is left to do.
        """
        work = await self._look(kept)
        if work is None:
            raise NotNow(f"Log entry {kept.entry.id} is no maintenance.",
                         "`opsconsole log maintenance show` names what goes on.")
        if work.over(kept.now) and not unfinished:
            by = f" by {limited(work.ended_by, 40)}" if work.ended_by else ""
            raise NotNow(f"The maintenance of log entry {kept.entry.id} was finished{by}"
                         f" {self._moment(work.ended if work.ended is not None else work.ends)}.", "")
        return work

    def _moment(self, at: Instant) -> str:
        return fmt.moment(at, self._clock.now(), self._zone)


def _not_green(number: int, troubles: Sequence[Trouble]) -> NotGreen:
    named = "; ".join(f"{limited(one.name, 60)} {limited(one.text, 120)}" for one in troubles[:_NAMED])
    more = f"; and {len(troubles) - _NAMED} more" if len(troubles) > _NAMED else ""
    return NotGreen(f"Not everything is green after the maintenance of log entry {number}: {named}{more}.",
                    "Mend it, or finish with a reason: `--reason`.", tuple(troubles))


def _note(kept: Kept, troubles: Sequence[Trouble], why: str) -> None:
    """What was not green when it was finished, and why it was finished all the same."""
    entry = kept.entry
    room = max(0, MOST_POINTS - len(entry.found))
    points = [Point(f"{one.name[:80]}: {one.text[:400]}") for one in troubles[:room]]
    said = f"Finished while not everything was green: {why}"
    given = cleaned({"found": (*entry.found, *points), "notes": f"{entry.notes}\n\n{said}" if entry.notes else said})
    kept.set(**given, status=Status.ISSUES)
