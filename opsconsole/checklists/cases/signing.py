"""Names under runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from opsconsole.checklists import store
from opsconsole.checklists.cases.answering import Answering
from opsconsole.checklists.cases.base import worded
from opsconsole.checklists.drafting import log_draft
from opsconsole.checklists.entering import entry_of
from opsconsole.checklists.errors import NotNow, Unfinished
from opsconsole.checklists.marks import NEEDED, marks
from opsconsole.checklists.model import MOST_TEXT, EventKind, RunState, Signature, Verdict
from opsconsole.checklists.sealing import DETAIL, fingerprints
from opsconsole.checklists.states import state_of
from opsconsole.checklists.store import figures
from opsconsole.checklists.template import NumberItem, TextItem
from opsconsole.checklists.walk import make_walk, missing
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from opsconsole.checklists.cases.work import Work
    from opsconsole.checklists.model import Answer, Event, LogDraft, Run
    from opsconsole.checklists.walk import Walk
    from opsconsole.core.identity import Actor

_NAMED: Final = 3
"""Items that a sentence names."""


class Signing(Answering):
    """Names under runs."""

    async def sign(self, actor: Actor, number: int) -> Run:
        """Puts a name under a run; the last one freezes it: seal, audit, an entry of the log.

        Of two persons the second one has neither answered nor signed.

        Raises:
            NotNow: it is over, or put off; or this person has signed, or has answered and a second one is wanted.
            Unfinished: something is missing; says what.
            PermissionDenied: the template wants a higher role.
        """
        async with self._change(actor, number, "sign", "sign this checklist", role=Role.VIEWER) as work:
            run, second = work.run, bool(work.run.signatures)
            require(actor, work.template.sign_off.role if second else work.template.who.role, "sign this checklist")
            work.going("signed")
            if run.deferred is not None and run.deferred > work.now:
                raise NotNow(f"{work.called} is put off.", "Take it up again first: `opsconsole checklist resume`.")
            _may_sign(work, actor)
            if items := missing(work.walk()):
                raise _unfinished(work, items)
            await work.begin()
            signed = (*run.signatures, Signature(actor.name, work.now, actor.origin))
            work.set(signatures=signed)
            if len(signed) < run.persons:
                await work.event(EventKind.SIGNED)
                work.tell(signatures=len(signed), of=run.persons)
            else:
                await self._freeze(work, second=second)
            return work.shape()

    async def send_back(self, actor: Actor, number: int, reason: str) -> Run:
        """The second person does not sign: the first signature is taken away, and it goes on.

        Raises:
            NotNow: it does not wait for a second signature.
            PermissionDenied: the template wants a higher role.
        """
        why = worded(reason, "A reason", MOST_TEXT)
        async with self._change(actor, number, "return", "sign this checklist", role=Role.VIEWER) as work:
            require(actor, work.template.sign_off.role, "send this checklist back")
            if work.run.ended is not None or not work.run.signatures:
                raise NotNow(f"{work.called} does not wait for a second signature.", "")
            work.tell(reason=why, signed=[one.actor for one in work.run.signatures])
            work.set(signatures=())
            await work.event(EventKind.RETURNED, why)
            return work.shape()

    async def waive_item(self, actor: Actor, number: int, item: str, reason: str) -> Event:
        """A supervisor lets an item be as it is.

        Raises:
            NotNow: the run is signed or over; or the item neither failed nor is open.
        """
        why = worded(reason, "A reason", MOST_TEXT)
        async with self._change(actor, number, "waive-item", "waive items", role=Role.SUPERVISOR) as work:
            step = work.step(item)
            work.open_for_answers()
            if step.verdict not in (Verdict.FAILED, Verdict.OPEN):
                raise NotNow(f"`{limited(step.item.title, 60)}` neither failed nor is open.",
                             "There is nothing to waive.")
            work.tell(item=item, reason=why)
            return await work.event(EventKind.WAIVED, why, {"item": item})

    async def waive(self, actor: Actor, number: int, reason: str) -> Run:
        """A supervisor lets a whole run be.

        Raises:
            NotNow: it is over.
        """
        why = worded(reason, "A reason", MOST_TEXT)
        async with self._change(actor, number, "waive", "waive checklists", role=Role.SUPERVISOR) as work:
            work.going("waived")
            work.tell(reason=why)
            work.set(ended=work.now, outcome="waived", reason=why)
            await work.event(EventKind.WAIVED, why)
            await self._end_ladders(work, "The checklist was waived.")
            return work.shape()

    async def draft(self, number: int) -> LogDraft:
        """The log entry that a run proposes, signed or not.

        Raises:
            NoRun: there is no such run.
        """
        walk = await self._walk(self._db, await self._run(self._db, number))
        for event in reversed(walk.events):
            if walk.run.seal and (kept := event.data.get("draft")):
                return msgspec.convert(kept, type(log_draft(walk, self._clock.now())))
        states = await self._states(self._db, {step.ticket for step in walk.steps if step.ticket})
        return log_draft(walk, self._clock.now(), solved={one for one, (_, done) in states.items() if done})

    async def _freeze(self, work: Work, *, second: bool) -> None:
        """What the last signature does: the end of its ladders, the entry of the log, marks, the seal."""
        await self._end_ladders(work, "The checklist was signed.")
        # Not before it began, whatever somebody did to the clock meanwhile.
        work.set(ended=max(work.now, work.run.begun or work.now), outcome="done", deferred=None)
        work.timely = state_of(work.run, work.now) is RunState.DONE
        work.shape()
        proposals = await store.proposals(work.tx, work.run.id)
        walk = work.walk(proposals)
        states = await self._states(work.tx, {step.ticket for step in walk.steps if step.ticket})
        draft = log_draft(walk, work.now, solved={one for one, (_, done) in states.items() if done})
        work.seconds = draft.seconds
        data = {"draft": msgspec.to_builtins(draft)}
        if self._log is not None and work.actor is not None:
            entry = await self._log.draft_in(work.tx, work.actor, entry_of(draft, work.name))
            data["entry"] = entry.id
            work.tell(entry=entry.id)
        await work.event(EventKind.COUNTERSIGNED if second else EventKind.SIGNED, data=data)
        # Sealed is what will be read again, not what was meant to be written.
        answers, events = await store.answers(work.tx, work.run.id), await store.events(work.tx, work.run.id)
        prints = fingerprints(replace(work.shape(), seal=""), answers, events)
        marked = marks(make_walk(work.run, work.template, answers, proposals, events), await self._earlier(work, walk))
        work.set(seal=str(prints["seal"]), marks=marked)
        run = work.run
        work.tell(seal=run.seal, total=run.total, answered=run.answered, failed=run.failed, **{DETAIL: prints})

    async def _earlier(self, work: Work, walk: Walk) -> dict[str, list[Answer]]:
        """What was answered in the runs before to items that people fill in."""
        return {step.item.id: await figures.history(work.tx, work.run.slug, step.item.id, None, NEEDED, work.run.id)
                for step in walk.steps if step.answer is not None and isinstance(step.item, NumberItem | TextItem)}


def _may_sign(work: Work, actor: Actor) -> None:
    """Lets pass who may put their name under it besides others.

    Raises:
        NotNow: this person has signed, or has answered and a second one is wanted.
    """
    if any(one.actor == actor.name for one in work.run.signatures):
        raise NotNow(f"{work.called} has your signature already.", "It waits for that of a second person.")
    if work.run.signatures and actor.name in work.run.performers:
        raise NotNow(f"{work.called} wants the signature of somebody who has not answered in it.",
                     "Ask a second person to look at it and sign.")


def _unfinished(work: Work, items: tuple[str, ...]) -> Unfinished:
    walk = work.walk()
    titles = [limited(step.item.title, 60) for step in map(walk.step, items[:_NAMED]) if step is not None]
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return Unfinished(f"{work.called} cannot be signed yet: {', '.join(titles)}{more}.",
                      "Answer these; what failed wants a ticket, or a waiver by a supervisor.", items)
