"""Runs come into being."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.checklists import store
from opsconsole.checklists.cases.planning import Planning
from opsconsole.checklists.errors import NoRun, NotNow
from opsconsole.checklists.model import TOPIC, Event, EventKind, Mode, Run, RunState, topic_of
from opsconsole.checklists.scheduling import plan
from opsconsole.checklists.states import missed_at, next_change, state_of
from opsconsole.checklists.template import encoded
from opsconsole.checklists.walk import counts, make_walk
from opsconsole.core.clock import DAY, MINUTE, SECOND
from opsconsole.core.identity import require
from opsconsole.core.text import limited
from opsconsole.core.walltime import at_wall, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsconsole.checklists.cases.work import Work
    from opsconsole.checklists.library import Loaded
    from opsconsole.checklists.recurrence import Occurrence
    from opsconsole.checklists.store import Reader
    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.core.identity import Actor
    from opsconsole.core.jobs import Guard

_SET_BACK: Final = MINUTE
"""By which the clock must have been put back, so that what was missed meanwhile was not."""
_AHEAD: Final = 400
"""Occurrences that were begun ahead of their time and are passed over for the next one."""


class Opening(Planning):
    """Runs come into being."""

    async def open_due(self, guard: Guard | None = None) -> int:
        """Makes the runs whose time has come, and records those that are over as missed.

        What was missed only because the clock was wrong, so that its end is to come yet, is open again, unless somebody
        has said why it was missed.

        May be called at any time by anybody, by several at once too. Where there is nothing to do, it only reads.

        Returns:
            How many runs are new, were recorded as missed, or are open again.
        """
        self.library.refresh()
        now = self._clock.now()
        schedule = plan(await self._known(self._db, now), now)
        if not (schedule.runs or schedule.upto or await self._over(self._db, now)
                or await self._early(self._db, now)):
            return 0
        async with self._db.write() as tx:
            if guard is not None:
                await guard.confirm(tx)
            made = [await self._revive(tx, run) for run in await self._early(tx, now)]
            made += [await self._miss(tx, run, now) for run in await self._over(tx, now)]
            # Others may have done it since, and what was missed just now can be followed by another one.
            schedule = plan(await self._known(tx, now), now)
            for each in schedule.runs:
                run = await self._make(tx, self.library.templates[each.slug], each.occurrence, now, each.missed)
                made += [run] if run is not None else []
            await store.put_upto(tx, schedule.upto)
            if made:
                tx.touch(TOPIC)
            for topic in {topic_of(run.id) for run in made}:
                tx.touch(topic)
        return len(made)

    async def next_change(self) -> Instant | None:
        """When `open_due` has to do something again at the latest, or a run comes to stand otherwise; None: never."""
        now = self._clock.now()
        moments = [next_change(run, now) for run in await store.going(self._db)]
        moments.append(plan(await self._known(self._db, now), now).next)
        return min((moment for moment in moments if moment is not None), default=None)

    async def start(self, actor: Actor, slug: str, occurrence: str = "") -> Run:
        """Begins a run: the one that is open, or a new one on demand, or the next one ahead of its time.

        Raises:
            NoRun: there is no such checklist, or no such occurrence.
            NotNow: it is over, signed or put off.
            PermissionDenied: the template wants a higher role.
        """
        self.library.refresh()
        async with self._db.write() as tx:
            run = await self._started(tx, actor, slug, occurrence, check=True)
            work = await self._work(tx, actor, run.id, "start")
            work.open_for_answers()
            await self._begun(work)
            return await work.finish()

    async def begin(self, actor: Actor, number: int) -> Run:
        """Somebody opens a run to walk through it; notes that it has begun, or who joined.

        One that is over, signed or put off stays as it is.

        Raises:
            NoRun: there is no such run.
            PermissionDenied: the template wants a higher role.
        """
        async with self._change(actor, number, "begin", "work on this checklist") as work:
            run, now = work.run, work.now
            put_off = run.deferred is not None and now < run.deferred
            if not (state_of(run, now).ended or run.signatures or put_off):
                await self._begun(work)
            return work.shape()

    async def _begun(self, work: Work) -> None:
        """Notes that a run has begun, or that one more person works on it."""
        if await work.begin():
            return
        known = {one.actor for one in work.events if one.kind in (EventKind.STARTED, EventKind.JOINED)}
        if work.name and work.name not in known and work.name not in work.run.performers:
            await work.event(EventKind.JOINED)

    async def _over(self, db: Reader, now: Instant) -> list[Run]:
        """The runs that have to be recorded as missed."""
        return [run for run in await store.going(db) if state_of(run, now) is RunState.MISSED]

    async def _miss(self, tx: Transaction, run: Run, now: Instant) -> Run:
        work = await self._work(tx, None, run.id, "miss")
        at = missed_at(run)
        work.set(ended=now if at is None else min(at, now), outcome="missed")
        await work.event(EventKind.MISSED)
        return await work.finish()

    async def _early(self, db: Reader, now: Instant) -> list[Run]:
        """The runs that were missed at a time that is still to come."""
        return [run for run in await store.unexplained(db)
                if run.ended is not None and run.ended > now + _SET_BACK]

    async def _revive(self, tx: Transaction, run: Run) -> Run:
        work = await self._work(tx, None, run.id, "revive")
        work.set(ended=None, outcome="")
        await work.event(EventKind.OPENED, "The clock was put back; it was not missed.")
        return await work.finish()

    async def _make(self, tx: Transaction, loaded: Loaded, occurrence: Occurrence | None, now: Instant,
                    missed: Instant | None = None, because: Mapping[str, Any] | None = None) -> Run | None:
        """A new run of an occurrence, or the record that it was missed; None where there is one already.

        Args:
            tx: the transaction.
            loaded: the template, which the run keeps.
            occurrence: None: it is started on demand.
            now: the present.
            missed: when it was missed; None: it is opened.
            because: of what it was started, for the event.
        """
        template = loaded.template
        await store.pin(tx, loaded.hash, template.slug, encoded(template), now)
        name, opens, due, late, ends = (
            (f"#{await store.next_demand(tx, template.slug)}", now, None, None, None) if occurrence is None else
            (occurrence.name, occurrence.opens, occurrence.due, occurrence.late, occurrence.missed))
        run = Run(0, template.slug, template.title, template.category, name, loaded.hash, opens, due, late, ends,
                  ended=missed, outcome="" if missed is None else "missed", persons=template.sign_off.persons,
                  version=1)
        made = await store.add(tx, replace(run, total=counts(make_walk(run, template, ()))[0]))
        if made is not None:
            await store.add_event(tx, Event(0, made.id, now, EventKind.OPENED if missed is None else EventKind.MISSED,
                                            data=dict(because or {})))
        return made

    async def _started(self, tx: Transaction, actor: Actor | None, slug: str, occurrence: str = "", *,
                       check: bool = True, because: Mapping[str, Any] | None = None) -> Run:
        """The run that somebody wants to begin, made where there is none yet; that it has begun is not noted.

        Args:
            tx: the transaction.
            actor: who; None: the program.
            slug: of the checklist.
            occurrence: which; empty: the one that is open, the next one, or on demand a new one.
            check: whether the template's role is asked for.
            because: of what it is started.

        Raises:
            NoRun: there is no such checklist, or no such occurrence.
            NotNow: it is over.
            PermissionDenied: the template wants a higher role.
        """
        loaded = self.library.get(slug)
        if loaded is None:
            raise no_checklist(slug, self.library.templates)
        if check and actor is not None:
            require(actor, loaded.template.who.role, "start this checklist")
        now = self._clock.now()
        known = await store.of(tx, slug, occurrence) if occurrence else await store.newest(tx, slug, going=True)
        if known is not None and (occurrence or state_of(known, now) is not RunState.MISSED):
            return known
        rhythm = self._recurrence(loaded)
        found: Occurrence | None = None
        if rhythm.when.every is not Mode.DEMAND or occurrence:
            found = await (self._named(tx, loaded, occurrence) if occurrence else self._next(tx, loaded, now))
        run = await self._make(tx, loaded, found, now, because=because)
        if run is None:
            raise NotNow(f"`{limited(slug, 40)}` {limited(occurrence, 40)} was made by somebody else meanwhile.",
                         "Try again.")
        tx.touch(TOPIC)
        return run

    async def _next(self, tx: Transaction, loaded: Loaded, now: Instant) -> Occurrence:
        """The occurrence that comes next, of which there is no run yet."""
        rhythm, slug = self._recurrence(loaded), loaded.template.slug
        upto = (await store.upto(tx)).get(slug)
        if rhythm.when.every is Mode.COMPLETION:
            ended, _ = await store.completed(tx, slug)
            taken = (await store.taken(tx, 0)).get(slug, set())
            found = rhythm.following(ended, now if upto is None else upto, taken)
        else:
            missed = round(rhythm.when.missed * SECOND)
            taken = (await store.taken(tx, now - missed - 2 * DAY)).get(slug, set())
            # One that can still be begun and has no run comes first: nobody may have looked since it was due.
            found = next((each for each in rhythm.between(now - missed + 1, now + 1) if each.name not in taken), None)
            found = found if found is not None else rhythm.after(now)
            for _ in range(_AHEAD):
                if found is None or found.name not in taken:
                    break
                found = rhythm.after(found.due)
        if found is None:
            raise NoRun(f"`{limited(slug, 40)}` is not due any more.", "Its template says until when it is.")
        return found

    async def _named(self, tx: Transaction, loaded: Loaded, name: str) -> Occurrence:
        """The occurrence of a name, of which there is no run yet."""
        slug, rhythm = loaded.template.slug, self._recurrence(loaded)
        try:
            day = at_wall(midnight(date.fromisoformat(name[:10])), rhythm.zone)
        except (ValueError, OverflowError):
            day = None
        around = () if day is None else rhythm.between(day - 2 * DAY, day + 3 * DAY)
        found = next((each for each in around if each.name == name), None)
        if found is None and rhythm.when.every is Mode.COMPLETION:
            following = await self._next(tx, loaded, self._clock.now())
            found = following if following.name == name else None
        if found is None:
            raise NoRun(f"`{limited(slug, 40)}` has no occurrence `{limited(name, 40)}`.",
                        "An occurrence is a date such as 2027-01-04 on which it is due.")
        if found.missed <= self._clock.now():
            raise NotNow(f"`{limited(slug, 40)}` {name} is over, so it cannot be begun any more.", "")
        return found


def no_checklist(slug: str, known: Iterable[str]) -> NoRun:
    """That there is no such checklist; names what is near."""
    from opsconsole.core.config import nearest  # noqa: PLC0415 - only where a word is wrong

    return NoRun(f"There is no checklist `{limited(slug, 40)}`{nearest(slug, known)}.",
                 "`opsconsole checklist list` names those that there are.")
