"""What walks, runs and histories show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.adoption import differences
from opsconsole.checklists.cases.base import no_run
from opsconsole.checklists.cases.opening import Opening, no_checklist
from opsconsole.checklists.model import Verdict
from opsconsole.checklists.states import state_of
from opsconsole.checklists.store import figures as store_figures
from opsconsole.checklists.template import EvidenceItem, InstructionItem, TickItem
from opsconsole.checklists.walk import Left, make_walk
from opsconsole.core.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.checklists.cases.types import Change
    from opsconsole.checklists.model import Answer, Run, RunState
    from opsconsole.checklists.store import Reader
    from opsconsole.checklists.template import Template
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.clock import Instant

_HANDED_OVER: Final = 7 * DAY
"""How long what a run left open is shown to the one that follows it."""
_LEFT: Final = frozenset({Verdict.FAILED, Verdict.SKIPPED})
_MANY: Final = 10_000
"""Runs of one checklist in a time: more than there are hours in a year."""
_DONE: Final = "done"
"""The phase of a ticket of which nothing is left open."""


class Reading(Opening):
    """What walks, runs and histories show."""

    async def run(self, number: int) -> Run:
        """One run.

        Raises:
            NoRun: there is none of that number.
        """
        return await self._run(self._db, number)

    async def find(self, name: str, occurrence: str = "") -> Run:
        """A run by its number (`17`, `#17`), or by the slug of its checklist.

        Of a checklist it is the one that goes on, of several the oldest; or else the newest.

        Args:
            name: number or slug.
            occurrence: of several of that slug, which: `2027-01-04`.

        Raises:
            NoRun: there is none; names what is near.
        """
        digits = name.strip().removeprefix("#")
        if digits.isascii() and digits.isdecimal():
            return await self._run(self._db, int(digits[:20]))
        if occurrence:
            found = await store.of(self._db, name, occurrence)
        else:
            found = await store.newest(self._db, name, going=True) or await store.newest(self._db, name)
        if found is not None:
            return found
        known = {*self.library.templates, *await store.slugs(self._db)}
        if name not in known:
            raise no_checklist(name, known)
        raise no_run(f"{name} {occurrence}".strip())

    async def runs(self, slug: str = "", since: Instant | None = None, until: Instant | None = None, limit: int = 200,
                   before: int = 0) -> list[Run]:
        """Runs, newest first; those of a slug, or of a time; `before` is the number to go on from."""
        return await store.listed(self._db, slug, since, until, max(limit, 0), before)

    def state(self, run: Run) -> RunState:
        """How a run stands now."""
        return state_of(run, self._clock.now())

    async def walk(self, number: int) -> Walk:
        """A run with all that belongs to it.

        Raises:
            NoRun: there is none of that number.
        """
        run = await self._run(self._db, number)
        return await self._walk(self._db, run)

    async def _walk(self, db: Reader, run: Run) -> Walk:
        template = await self._template(db, run.template)
        answers, events = await store.answers(db, run.id), await store.events(db, run.id)
        bare = make_walk(run, template, answers, (), events)
        before = await self._before(db, run, template)
        numbers = {step.ticket for walk in (bare, *before) for step in walk.steps if step.ticket}
        states = await self._states(db, numbers)
        left = [one for walk in before for one in _left_open(walk, states)]
        loaded = self.library.get(run.slug)
        return make_walk(run, template, answers, await store.proposals(db, run.id), events, left,
                         newer=loaded is not None and loaded.hash != run.template and run.ended is None,
                         states={number: state for number, (state, _) in states.items()})

    async def _before(self, db: Reader, run: Run, template: Template) -> list[Walk]:
        """The runs that were finished last of those that this one follows, as they were when it began."""
        until = run.begun if run.begun is not None else self._clock.now()
        found = []
        for slug in template.follows:
            last = await store.finished(db, slug, until - _HANDED_OVER, until, run.id)
            if last is not None:
                found.append(make_walk(last, await self._template(db, last.template),
                                       await store.answers(db, last.id), (), await store.events(db, last.id)))
        return found

    async def _states(self, db: Reader, numbers: set[int]) -> dict[int, tuple[str, bool]]:
        """Of each of these tickets its state, and whether it is done."""
        if not numbers or self._tickets is None:
            return {}
        from opsconsole.tickets.store import get_many  # noqa: PLC0415 - only where something failed

        found = await get_many(db, sorted(numbers))
        return {number: (ticket.state, ticket.phase.value == _DONE) for number, ticket in found.items()}

    async def figures(self, run: Run, items: Sequence[str] = (), limit: int = 5) -> Mapping[str, tuple[Answer, ...]]:
        """The last values of items in the runs of the same checklist before this one, newest first.

        Of these answers only the value is there, with unit, verdict, whose and when; `history` has all of them.

        Args:
            run: whose.
            items: the ids of some of its items; none: all of those that have values.
            limit: how many of each.
        """
        wanted = list(items)
        if not wanted:
            template = await self._template(self._db, run.template)
            wanted = [item.id for item in template.items()
                      if not isinstance(item, TickItem | InstructionItem | EvidenceItem)]
        return await store_figures.figures(self._db, run.slug, wanted, run.id, max(limit, 0))

    async def history(self, slug: str, item: str, since: Instant | None = None, limit: int = 1000) -> list[Answer]:
        """The answers that counted to one item over time, newest run first."""
        return await store_figures.history(self._db, slug, item, since, max(limit, 0))

    async def answered(self, slug: str, item: str, since: Instant, until: Instant) -> list[tuple[Run, Answer | None]]:
        """The runs of a time, oldest first, each with the answer that counts to one item; None: it has none.

        A run belongs to the time at which it is due, one without at which it opened.
        """
        runs = await store.listed(self._db, slug, since, until, _MANY)
        if not runs:
            return []
        numbers = [run.id for run in runs]
        given = await store_figures.answers_of(self._db, slug, item, min(numbers), max(numbers))
        return [(run, given.get(run.id)) for run in sorted(runs, key=lambda run: (run.due or run.opens, run.id))]

    async def changes(self, number: int) -> tuple[Change, ...]:
        """What adopting the new version of its template would do to a run; nothing where there is none."""
        run = await self._run(self._db, number)
        loaded = self.library.get(run.slug)
        if loaded is None or loaded.hash == run.template or run.ended is not None:
            return ()
        template = await self._template(self._db, run.template)
        walk = make_walk(run, template, await store.answers(self._db, number))
        return differences(template, loaded.template, answered_in(walk))


def answered_in(walk: Walk) -> set[str]:
    """The items of a run that have an answer."""
    return {step.item.id for step in walk.steps if step.answer is not None}


def _left_open(walk: Walk, states: Mapping[int, tuple[str, bool]]) -> list[Left]:
    """What a run left open: what failed or was left out, and of what must be answered what was not.

    What a supervisor has waived, or a ticket has dealt with, is not open any more.
    """
    return [_as_left(walk.run, step, states) for step in walk.steps if _is_left(step, states)]


def _is_left(step: Step, states: Mapping[int, tuple[str, bool]]) -> bool:
    if not step.shown or step.waived is not None or states.get(step.ticket, ("", False))[1]:
        return False
    return step.verdict in _LEFT or (step.verdict is Verdict.OPEN and step.item.required)


def _as_left(run: Run, step: Step, states: Mapping[int, tuple[str, bool]]) -> Left:
    return Left(run.id, run.slug, run.title, run.occurrence, step.item.id, step.item.title, step.verdict,
                step.answer.note if step.answer is not None else "", step.ticket,
                states.get(step.ticket, ("", False))[0])
