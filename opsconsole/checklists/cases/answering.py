"""Answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists import store
from opsconsole.checklists.cases.base import worded
from opsconsole.checklists.cases.following import Following
from opsconsole.checklists.cases.work import before
from opsconsole.checklists.errors import NotNow, Overtaken
from opsconsole.checklists.judging import judge, limit_of
from opsconsole.checklists.model import MOST_TEXT, TOPIC, Given, RunState, Verdict, topic_of
from opsconsole.checklists.states import state_of
from opsconsole.checklists.template import AutoItem, EvidenceItem
from opsconsole.core.clock import HOUR, SECOND
from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.cases.types import Answered, Reply
    from opsconsole.checklists.cases.work import Work
    from opsconsole.checklists.model import Answer, Proposal
    from opsconsole.checklists.template import Item
    from opsconsole.checklists.walk import Step
    from opsconsole.core.clock import Instant
    from opsconsole.core.identity import Actor
    from opsconsole.core.jobs import Guard

_PATIENCE: Final = 2
"""How many times `checklists.refresh` what the machine proposed can be confirmed: whoever reads it takes a while."""
_SOON: Final = 10 * SECOND
"""After which the machine is asked again for what it did not know, while somebody waits for it."""
_WALKED: Final = HOUR
"""How long after its begin a run is one that somebody walks through."""
_LONGEST: Final = 24 * 3600.0
"""Seconds that an item can have stood open under a cursor."""
_COPIED: Final = ("verdict", "value", "unit", "limit", "note", "evidence", "ticket", "proposed")
"""What an answer says, in contrast to who gave it and when."""


class Answering(Following):
    """Answers."""

    async def answer(self, actor: Actor, number: int, item: str, reply: Reply, *, base: int | None = None,
                     given: Given | None = None) -> Answered:
        """Answers an item; what was answered before stays visible. A failure has the consequences of its template.

        A note alone is added to what was answered.

        Args:
            actor: who.
            number: of the run.
            item: its id.
            reply: what they say.
            base: `Step.base` of the item as it was seen; None: whatever was said before.
            given: None: in the console.

        Raises:
            NoRun: there is no such run or item.
            NotNow: it is signed or over, or put off; or the item is not asked.
            Overtaken: somebody answered it since.
            UsageError: the value does not fit, or a reason is missing.
            PermissionDenied: the template wants a higher role.
        """
        async with self._change(actor, number, "answer", "answer this checklist") as work:
            return await self._replied(work, item, reply, base, given)

    async def _replied(self, work: Work, item: str, reply: Reply, base: int | None, given: Given | None) -> Answered:
        """The same, as a part of something."""
        step = self._asked(work, item, base)
        proposal = await store.proposal(work.tx, work.run.id, item)
        said = _said(step, reply, proposal if self.fresh(proposal) else None)
        return await self._answered(work, step._replace(proposal=proposal), {
            **said, "given": Given.CONSOLE if given is None else given,
            "seconds": min(max(reply.seconds, 0.0), _LONGEST)})

    async def take_back(self, actor: Actor, number: int, item: str, *, base: int | None = None) -> Answer:
        """The item is open again, or answered as it was before the last answer; that one stays visible.

        Taking back twice takes back the last two.
        """
        async with self._change(actor, number, "take-back", "answer this checklist") as work:
            step = self._asked(work, item, base, shown=False)
            last, earlier = before(work.answers, item)
            if last is None:
                raise NotNow(f"Nothing was answered to `{limited(step.item.title, 60)}`.", "")
            said = {"verdict": Verdict.OPEN} if earlier is None else {name: getattr(earlier, name) for name in _COPIED}
            made = await work.answer(item, **said, undoes=last.id)
            work.tell(item=item, undoes=last.id, answer=made.id, verdict=made.verdict.value)
            await self._calm(work, made)
            return made

    async def propose(self, number: int, proposals: Sequence[Proposal], guard: Guard | None = None) -> list[Answer]:
        """Stores what the machine thinks; where the template lets it decide, that is an answer.

        It decides what nobody has answered, and again where it comes to another verdict. What somebody answered or
        took back it leaves alone, unless it was asked to propose anew since. Of a run that is over or signed nothing
        is stored.

        Returns:
            The answers that it gave.
        """
        made: list[Answer] = []
        async with self._db.write() as tx:
            if guard is not None:
                await guard.confirm(tx)
            work = await self._work(tx, None, number, "propose")
            if state_of(work.run, work.now).ended or work.run.signatures:
                return []
            known = [one for one in proposals if one.run == number and work.template.item(one.item) is not None]
            if not await store.put_proposals(tx, known):
                return []
            wanted = await store.wanted(tx, number)
            for one in known:
                item = work.template.item(one.item)
                if isinstance(item, AutoItem) and item.decide == "auto" and _may_decide(work, one, wanted):
                    step = work.step(one.item)._replace(proposal=one)
                    if step.shown:
                        said = _of_proposal(item, one)
                        made.append((await self._answered(work, step, {**said, "given": Given.AUTO})).answer)
            await work.finish()
            tx.touch(TOPIC)
            tx.touch(topic_of(number))
        return made

    async def want(self, number: int) -> None:
        """Asks the machine to propose anew."""
        async with self._db.write() as tx:
            run = await self._run(tx, number)
            await store.want(tx, run.id, self._clock.now())
            tx.touch(TOPIC)

    async def wanting(self) -> list[int]:
        """The runs for which the machine has to propose something.

        Those that go on and are not put off, whose proposals are too old, or for which somebody asked. Before anybody
        has begun it, a run is proposed for once; what is old then is made anew when it is begun. What a check could
        not say yet is asked for again soon while somebody walks through the run.
        """
        now = self._clock.now()
        oldest = now - round(self.settings.refresh * 1000)
        proposed = await store.proposed(self._db)
        found = []
        for run in await store.going(self._db):
            state = state_of(run, now)
            if state.ended or state in (RunState.UPCOMING, RunState.DEFERRED) or run.signatures:
                continue
            moments, wanted = proposed.get(run.id, ({}, 0))
            items = (await self._template(self._db, run.template)).items()
            since = max(wanted, oldest) if run.begun is not None else wanted
            soon = now - _SOON if run.begun is not None and now - run.begun <= _WALKED else 0
            if any(_is_old(item, moments.get(item.id), since, soon) for item in items if asks_machine(item)):
                found.append(run.id)
        return found

    def said_again(self, answer: Answer) -> dict[str, Any]:
        """What an answer says, for one that says it with something more."""
        return {name: getattr(answer, name) for name in _COPIED}

    def fresh(self, proposal: Proposal | None) -> bool:
        """Whether what the machine proposed is new enough to be confirmed."""
        return proposal is not None and (
            self._clock.now() - proposal.at <= _PATIENCE * round(self.settings.refresh * 1000))

    def _asked(self, work: Work, item: str, base: int | None, *, shown: bool = True) -> Step:
        """An item that can be answered now, by whoever saw what was said last."""
        step = work.step(item)
        work.open_for_answers()
        last = work.last(item)
        if base is not None and last is not None and last.id > base:
            name = limited(last.actor, 40) or "The program"
            raise Overtaken(f"{name} answered `{limited(step.item.title, 60)}` meanwhile.",
                            "Nothing was stored; look at that answer first.", last)
        if shown and not step.shown:
            raise NotNow(f"`{limited(step.item.title, 60)}` is not asked as things stand: {step.item.when}.", "")
        return step


def asks_machine(item: Item) -> bool:
    """Whether the machine can propose something for an item."""
    return isinstance(item, AutoItem) or (isinstance(item, EvidenceItem) and bool(item.command))


def _is_old(item: Item, proposed: tuple[Instant, bool] | None, since: Instant, soon: Instant) -> bool:
    """Whether the machine has to be asked about an item.

    Args:
        item: the item.
        proposed: when it proposed something last, and whether it knew anything; None: never.
        since: what is older than that is too old.
        soon: the same for what it did not know; commands are left out, as they may take long.
    """
    if proposed is None:
        return True
    at, known = proposed
    again = not known and isinstance(item, AutoItem) and item.source != "command"
    return at < (max(since, soon) if again else since)


def _said(step: Step, reply: Reply, proposal: Proposal | None) -> dict[str, Any]:
    """What an answer says, of a reply and of what the machine proposes for the item.

    Raises:
        UsageError: the value does not fit, or a reason is missing.
    """
    item = step.item
    note = worded(reply.note, "The note", MOST_TEXT, empty=True)
    if reply.verdict in (Verdict.SKIPPED, Verdict.NOT_APPLICABLE):
        return _left_out(item, reply.verdict, note)
    if reply.verdict is Verdict.OPEN:
        raise UsageError("An answer cannot be that there is none.", "Take the last one back instead.")
    if reply.value is not None:
        judged = judge(item, reply.value)
        # With a value, people can say that it is worse than it looks, and not that it is better.
        verdict = Verdict.FAILED if reply.verdict is Verdict.FAILED else judged.verdict
        return {**judged._asdict(), "verdict": verdict, "note": note, "evidence": _kept(step, proposal)}
    if reply.verdict is None and note:
        return {**_again(step), "note": note}
    if proposal is not None and proposal.verdict.answered and asks_machine(item):
        if reply.verdict is not Verdict.FAILED or proposal.verdict is Verdict.FAILED:
            return {**_of_proposal(item, proposal), "proposed": True, "note": note}
        return {"verdict": Verdict.FAILED, "note": note, "limit": proposal.limit, "evidence": proposal.evidence}
    if reply.verdict is Verdict.FAILED or (reply.verdict is Verdict.OK and isinstance(item, AutoItem)):
        # Of an item of the machine people can say how it is without the figure that only the machine can read.
        return {"verdict": reply.verdict, "note": note, "limit": limit_of(item), "evidence": _kept(step, proposal)}
    if isinstance(item, EvidenceItem) and not _kept(step, proposal):
        raise UsageError(f"`{limited(item.title, 60)}` wants a file as evidence.", "Add one, or skip it with a reason.")
    return {**judge(item, None)._asdict(), "note": note, "evidence": _kept(step, proposal)}


def _left_out(item: Item, verdict: Verdict, note: str) -> dict[str, Any]:
    if verdict is Verdict.SKIPPED and not note:
        raise UsageError(f"To skip `{limited(item.title, 60)}` takes a reason.", "Say it in the note.")
    return {"verdict": verdict, "note": note}


def _again(step: Step) -> dict[str, Any]:
    """What was answered to an item, to be said again with something added."""
    if step.answer is None:
        return {"verdict": Verdict.OPEN}
    return {name: getattr(step.answer, name) for name in _COPIED}


def _kept(step: Step, proposal: Proposal | None) -> tuple[Any, ...]:
    """The evidence that stays with an item: files that people added, or what a command of its own printed."""
    files = () if step.answer is None else tuple(one for one in step.answer.evidence if one.kind == "file")
    return files or (proposal.evidence if proposal is not None and isinstance(step.item, EvidenceItem) else ())


def _of_proposal(item: Item, proposal: Proposal) -> dict[str, Any]:
    """What an answer says that takes the machine's word."""
    unit = getattr(item, "unit", "") if isinstance(proposal.value, int | float) else ""
    return {"verdict": proposal.verdict, "value": proposal.value, "unit": unit, "limit": proposal.limit,
            "evidence": proposal.evidence}


def _may_decide(work: Work, proposal: Proposal, wanted: Instant) -> bool:
    """Whether what the machine thinks becomes an answer by itself."""
    if not proposal.verdict.answered:
        return False
    last = work.last(proposal.item)
    if last is None or last.given is Given.ADOPTED:
        return last is None or last.verdict is Verdict.OPEN
    if last.actor:
        return last.verdict is Verdict.OPEN and wanted > last.at
    return last.verdict is not proposal.verdict
