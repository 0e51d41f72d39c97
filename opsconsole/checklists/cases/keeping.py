"""What becomes of runs besides walking through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists import store
from opsconsole.checklists.adoption import differences, reopened
from opsconsole.checklists.cases.base import worded
from opsconsole.checklists.cases.reading import answered_in
from opsconsole.checklists.cases.signing import Signing
from opsconsole.checklists.errors import NotNow
from opsconsole.checklists.model import MOST_TEXT, EventKind, Given, Verdict
from opsconsole.checklists.template import encoded
from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.model import Event, Run
    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor

_MOST: Final = 200
"""Runs that are put off at once."""


class Keeping(Signing):
    """What becomes of runs besides walking through them."""

    async def explain(self, actor: Actor, number: int, reason: str) -> Run:
        """Says why a run was missed; may be said anew, the words before stay among the events.

        Raises:
            NotNow: it was not missed.
            PermissionDenied: the template wants a higher role.
        """
        why = worded(reason, "A reason", MOST_TEXT)
        async with self._change(actor, number, "explain", "work on this checklist") as work:
            if work.run.outcome != "missed":
                raise NotNow(f"{work.called} was not missed.", "")
            work.set(reason=why)
            work.tell(reason=why)
            await work.event(EventKind.EXPLAINED, why)
            return work.shape()

    async def defer(self, actor: Actor, numbers: Sequence[int], until: Instant, reason: str) -> list[Run]:
        """Puts routine runs off, for an emergency; recorded. All of them, or none.

        A run keeps its times. It is neither due nor late until then; nobody misses it before it has had as long after
        that as it would have had after its due time. Done after its late time it is done late all the same.

        Raises:
            NotNow: one is over or signed, or its template does not allow it.
            UsageError: that time is over, or there is no reason.
            PermissionDenied: the template of one wants a higher role.
        """
        why = worded(reason, "A reason", MOST_TEXT)
        wanted = list(dict.fromkeys(numbers))
        if until <= self._clock.now():
            raise UsageError("The time until which it is put off is over.", "Name one that is to come.")
        if len(wanted) > _MOST:
            raise UsageError(f"{_MOST} runs can be put off at once, and these are {len(wanted)}.", "Do it in parts.")
        require(actor, Role.VIEWER, "put checklists off")
        done = []
        async with self._db.write() as tx:
            for number in wanted:
                work = await self._work(tx, actor, number, "defer")
                require(actor, work.template.who.role, "put this checklist off")
                work.going("put off")
                if work.run.signatures:
                    raise NotNow(f"{work.called} is signed.", "Whoever signs second can send it back.")
                if not work.template.defer:
                    raise NotNow(f"{work.called} cannot be put off: its template does not allow it.", "")
                work.set(deferred=until)
                work.tell(until=until, reason=why)
                await work.event(EventKind.DEFERRED, why, {"until": until})
                done.append(await work.finish())
        return done

    async def resume(self, actor: Actor, number: int) -> Run:
        """It is not put off any more: the delay ends now, and what counts from its end counts from now.

        Raises:
            NotNow: it is not put off.
            PermissionDenied: the template wants a higher role.
        """
        async with self._change(actor, number, "resume", "work on this checklist") as work:
            if work.run.ended is not None or work.run.deferred is None or work.run.deferred <= work.now:
                raise NotNow(f"{work.called} is not put off.", "")
            work.set(deferred=work.now)
            await work.event(EventKind.RESUMED)
            return work.shape()

    async def acknowledge(self, actor: Actor, number: int, note: str = "") -> Event:
        """What the run before left open is known.

        Raises:
            NotNow: it left nothing open; or this one is over.
            PermissionDenied: the template wants a higher role.
        """
        words = worded(note, "The note", MOST_TEXT, empty=True)
        async with self._change(actor, number, "acknowledge", "work on this checklist") as work:
            work.going("acknowledged")
            left = (await self._walk(work.tx, work.run)).left
            if not left:
                raise NotNow(f"Nothing was left open before {work.called}.", "")
            items = [[one.run, one.item] for one in left]
            work.tell(left=items[:20], note=words)
            return await work.event(EventKind.HANDED_OVER, words, {"left": items})

    async def adopt(self, actor: Actor, number: int) -> Run:
        """The run goes on with the new version of its template; answers to items that are the same stay.

        Raises:
            NotNow: it is over or signed, or there is no new version.
            PermissionDenied: the template, old or new, wants a higher role.
        """
        self.library.refresh()
        async with self._change(actor, number, "adopt", "work on this checklist") as work:
            work.open_for_answers()
            run, loaded = work.run, self.library.get(work.run.slug)
            if loaded is None or loaded.hash == run.template:
                raise NotNow(f"There is no new version of `{limited(run.slug, 40)}`.", "")
            new = loaded.template
            require(actor, new.who.role, "work on this checklist")
            changes = differences(work.template, new, answered_in(work.walk()))
            await store.pin(work.tx, loaded.hash, new.slug, encoded(new), work.now)
            for item in reopened(changes):
                made = await work.answer(item, verdict=Verdict.OPEN, given=Given.ADOPTED)
                await self._calm(work, made)
            work.adopt(new, loaded.hash)
            await work.event(EventKind.ADOPTED, data={
                "from": run.template, "to": loaded.hash,
                "changes": [[one.what, one.item, one.reopened] for one in changes]})
            work.tell(to=loaded.hash, was=run.template)
            return work.shape()

    async def look_at_marks(self, actor: Actor, number: int, note: str = "") -> Run:
        """A supervisor has seen what looked rubber-stamped; the marks are in the event from then on.

        Raises:
            NotNow: there are no marks.
        """
        words = worded(note, "The note", MOST_TEXT, empty=True)
        async with self._change(actor, number, "look", "look at marks", role=Role.SUPERVISOR) as work:
            if not work.run.marks:
                raise NotNow(f"{work.called} has no marks.", "")
            seen = list(work.run.marks)
            work.tell(note=words)
            work.set(marks=())
            await work.event(EventKind.CHECKED, words, {"marks": seen})
            return work.shape()
