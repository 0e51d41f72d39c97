"""Emergencies: declaring one, telling others of it, writing down what is known, ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.clock import MINUTE, SECOND
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited, storable
from opsconsole.logbook.cases.checks import checked, cleaned, worded
from opsconsole.logbook.cases.writing import Writing
from opsconsole.logbook.errors import NoEntry, NotNow
from opsconsole.logbook.messages import WORD, closed, jotted, text_of
from opsconsole.logbook.model import MOST_NAME, MOST_TITLE, TOPIC, Entry, EntryState, EntryType, Status
from opsconsole.logbook.model.emergency import MOST_FIELD, Emergency, Message, Standing, Told, Way
from opsconsole.logbook.sealing import DETAIL, seal_of_told
from opsconsole.logbook.store import emergency as rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.core.jobs import Guard
    from opsconsole.logbook.cases.base import Kept
    from opsconsole.logbook.model.emergency import PostMortem
    from opsconsole.logbook.store import Reader

AGAIN: Final = 15 * MINUTE
"""After which somebody is reminded once more of a message that is due."""
CATEGORY: Final = "emergency"
"""The category of all notices about emergencies: routes can name it."""
MOST_TOLD: Final = 500
"""Messages of one emergency."""
NAMELESS: Final = "Emergency"
"""The title of one of which nobody had the time to say what it is about."""
_FIELDS: Final = {"issue": "The issue", "impact": "The impact", "resolution": "The time to resolution",
                  "contact": "The contact"}


class Emergencies(Writing):
    """Emergencies: an entry with a clock, a checklist, and messages to all whom it concerns."""

    async def declare(self, actor: Actor, title: str = "") -> Standing:
        """Opens the entry of an emergency, and starts its clock; the first message is due when the first time is over.

        Raises:
            PermissionDenied: the role does not allow it.
            UsageError: the title cannot be.
        """
        require(actor, Role.OPERATOR, "declare an emergency")
        settings, now = self.settings.emergency, self._clock.now()
        until = now + round(settings.within * SECOND)
        given = cleaned({"type": EntryType.EMERGENCY, "title": title.strip() or NAMELESS, "begun": now,
                         "performed_by": (actor.name[:MOST_NAME],), "status": Status.ISSUES})
        async with self._db.write() as tx:
            entry = await self._opened(tx, actor, Entry(0, **given), "emergency")
            made = Emergency(entry.id, now, until, due=until)
            await rows.add_emergency(tx, made)
        return Standing(made, entry, going=True)

    async def emergency(self, number: int) -> Standing:
        """One emergency, also one that is over.

        Raises:
            NoEntry: there is none of that number.
        """
        return self._standing(await self._emergency(self._db, number), await self._stored(self._db, number))

    async def emergencies(self) -> list[Standing]:
        """Those that go on, the newest first; cheap where there is none."""
        return [self._standing(one, await self._stored(self._db, one.entry)) for one in await rows.going(self._db)]

    async def taken_runs(self) -> Collection[int]:
        """The runs of checklists that belong to emergencies."""
        return await rows.taken_runs(self._db)

    async def join(self, actor: Actor, number: int, run: int) -> Standing:
        """Notes which run of a checklist belongs to an emergency.

        Raises:
            NoEntry: there is no such emergency.
            NotNow: it is over.
            PermissionDenied: the role does not allow it.
        """
        async with self._change(actor, number, "emergency-with", "work on an emergency") as kept:
            found = replace(await self._unended(kept), run=run)
            kept.set(run=kept.entry.run or run)
            kept.grow()
            kept.tell(run=run)
            await rows.put_emergency(kept.tx, found)
            return self._standing(found, kept.entry)

    async def tell(self, actor: Actor, number: int, message: Message, way: Way, tell: Sequence[str] = ()) -> Told:
        """A message goes out: by the channels of `notify`, or by the hand of whoever wrote it; the record is kept.

        Args:
            actor: who.
            number: of the emergency.
            message: what it says; `next` is when the next one is due from now on.
            way: how it goes out.
            tell: where it is sent: whom, as `Notice.tell`; empty: as the configuration says.

        Raises:
            NoEntry: there is no such emergency.
            NotNow: it is over.
            UsageError: the message has no subject, or a field is too long.
            PermissionDenied: the role does not allow it.
        """
        require(actor, Role.OPERATOR, "tell others of an emergency")
        said = _checked(message)
        async with self._change(actor, number, "tell", "tell others of an emergency") as kept:
            found = await self._unended(kept)
            if len(found.told) >= MOST_TOLD:
                raise NotNow(f"An emergency has at most {MOST_TOLD} messages.", "End it, and declare another one.")
            named = tuple(storable(one) for one in (tell or self.settings.emergency.tell)) if way is Way.SENT else ()
            told = Told(number, len(found.told) + 1, kept.now, storable(actor.name), way, said, named)
            row = await rows.add_told(kept.tx, told)
            await rows.put_emergency(kept.tx, replace(found, due=said.next, reminded=None))
            if way is Way.SENT:
                await self._send(kept.tx, told)
            kept.grow()
            kept.tell(seq=told.seq, way=way.value, status=said.status.value, issue=said.issue,
                      **{DETAIL: {"seal": seal_of_told(row)}})
            return told

    async def jot(self, actor: Actor, number: int, text: str) -> Entry:
        """Writes one thing that is known into the notes, with the time and a name.

        Raises:
            NoEntry: there is no such emergency.
            NotNow: it is over.
            UsageError: there is nothing to write, or it is too long.
            PermissionDenied: the role does not allow it.
        """
        line = worded(text, "What is known", MOST_FIELD)
        async with self._change(actor, number, "jot", "write entries of the log") as kept:
            await self._unended(kept)
            notes = jotted(kept.entry.notes, line, storable(actor.name), kept.now, self._zone)
            kept.set(**cleaned({"notes": notes}))
            kept.grow()
            kept.tell(known=line)
            return kept.entry

    async def finish(self, actor: Actor, number: int, mortem: PostMortem) -> Entry:
        """Ends an emergency: what is known and learnt goes into its entry, which can then be signed.

        Raises:
            NoEntry: there is no such emergency.
            NotNow: it is over already.
            UsageError: a value cannot be.
            PermissionDenied: the role does not allow it.
        """
        async with self._change(actor, number, "emergency-over", "end an emergency") as kept:
            found = await self._unended(kept)
            kept.set(**cleaned(closed(kept.entry, mortem, found.told)))
            checked(kept.entry)
            await rows.put_emergency(kept.tx, replace(found, due=None, over=max(kept.now, found.begun)))
            kept.grow()
            last = found.last
            kept.tell(messages=len(found.told), **({"status": last.message.status.value} if last is not None else {}))
            return kept.shown

    async def remind(self, guard: Guard) -> int:
        """Reminds whoever told the last of messages that are due; for the agent. How many were reminded of.

        Raises:
            LeaseLost: another agent works now.
        """
        now = self._clock.now()
        if not any(_unheard(one, now) for one in await rows.due(self._db, now)):
            return 0
        async with self._db.write() as tx:
            await guard.confirm(tx)
            wanted = [one for one in await rows.due(tx, now) if _unheard(one, now)]
            for one in wanted:
                await self._remind(tx, one, now)
                await rows.put_emergency(tx, replace(one, reminded=now))
            if wanted:
                tx.touch(TOPIC)
        return len(wanted)

    async def draft_in(self, tx: Transaction, actor: Actor, entry: Entry) -> Entry:
        """See `Writing.draft_in`; what the checklist of an emergency says goes into the entry of that."""
        number = await rows.emergency_of_run(tx, entry.run) if entry.run else 0
        if number:
            kept = await self._kept(tx, actor, number)
            if kept.entry.state is EntryState.OPEN:
                kept.set(**cleaned(_taken_up(kept.entry, entry)))
                kept.grow()
                kept.tell(run=entry.run)
                await self._written(kept, "save")
                return kept.entry
        return await super().draft_in(tx, actor, entry)

    # -- what these share ---------------------------------------------------------------------------------------------

    @staticmethod
    def _standing(emergency: Emergency, entry: Entry) -> Standing:
        return Standing(emergency, entry, going=emergency.over is None and entry.state is EntryState.OPEN)

    async def _emergency(self, db: Reader, number: int) -> Emergency:
        found = await rows.emergency(db, number) if 0 < number < 2**63 else None
        if found is None:
            raise NoEntry(f"There is no emergency {limited(str(number), 40)}.",
                          "`opsconsole log list type:emergency` names those that there were.")
        return found

    async def _unended(self, kept: Kept) -> Emergency:
        found = await self._emergency(kept.tx, kept.entry.id)
        kept.open_for("changed")
        if found.over is not None:
            raise NotNow(f"Emergency {kept.entry.id} is over.", "Declare another one, or edit its entry.")
        return found

    async def _send(self, tx: Transaction, told: Told) -> None:
        from opsconsole.notify import service as notify  # noqa: PLC0415 - only what is sent needs it
        from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415 - as above

        # Resolved is told as loudly as what went before, or whoever was woken waits for a digest to hear of it.
        await notify.put(tx, Notice(
            NoticeKind.NOTE, thread_of(told.entry), Severity.CRITICAL, told.message.subject,
            text_of(told.message, self._zone), told.at, CATEGORY, tell=told.tell, word=WORD))

    async def _remind(self, tx: Transaction, one: Emergency, now: Instant) -> None:
        from opsconsole.notify import service as notify  # noqa: PLC0415 - seldom needed
        from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415 - as above

        whole, entry = await self._emergency(tx, one.entry), await self._stored(tx, one.entry)
        last = whole.last
        who = last.actor if last is not None else entry.created_by
        first = "first" if last is None else "next"
        await notify.put(tx, Notice(
            NoticeKind.NOTE, thread_of(one.entry), Severity.CRITICAL,
            f"The {first} message about emergency {one.entry} is due: {limited(entry.title, MOST_TITLE)}",
            "Others were told when they would hear of it. `E` in the console opens it;"
            f" `opsconsole log emergency message {one.entry}` writes it.", now, CATEGORY, tell=(who,) if who else ()))


def thread_of(number: int) -> str:
    """What the notices about an emergency have in common."""
    return f"emergency:{number}"


def _unheard(one: Emergency, now: Instant) -> bool:
    # Put back by the clock, a reminder lies ahead; it counts as one that was never made.
    return one.reminded is None or not one.reminded <= now < one.reminded + AGAIN


def _checked(message: Message) -> Message:
    subject = worded(" ".join(message.subject.split()), "A subject", MOST_TITLE)
    return replace(message, subject=subject, **{
        name: worded(getattr(message, name), what, MOST_FIELD, empty=True) for name, what in _FIELDS.items()})


def _taken_up(entry: Entry, draft: Entry) -> dict[str, Any]:
    """The fields of an entry with those of a draft added."""
    fields: dict[str, Any] = {name: tuple(dict.fromkeys((*getattr(entry, name), *getattr(draft, name))))
                              for name in ("tasks", "found", "resolved", "escalated", "actions", "performed_by")}
    if draft.notes.strip():
        fields["notes"] = "\n\n".join(part for part in (entry.notes.rstrip(), draft.notes.strip()) if part)
    return fields

