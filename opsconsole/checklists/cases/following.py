"""What follows from a failed item."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from opsconsole.checklists import store
from opsconsole.checklists.cases.base import worded
from opsconsole.checklists.cases.reading import Reading
from opsconsole.checklists.cases.texts import failure_text, failure_title, thread_of
from opsconsole.checklists.cases.types import Answered
from opsconsole.checklists.errors import NotNow
from opsconsole.checklists.model import MOST_TEXT, EventKind, Given, Verdict
from opsconsole.core.errors import UsageError
from opsconsole.core.identity import Role, require
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.checklists.cases.work import Work
    from opsconsole.checklists.model import Answer, Event, Run
    from opsconsole.checklists.template import OnFail
    from opsconsole.checklists.walk import Step
    from opsconsole.core.identity import Actor
    from opsconsole.tickets.model import Ticket

LOG = logging.getLogger(__name__)

_CATEGORY: Final = "checklists"
"""That of notices."""


class Following(Reading):
    """What follows from a failed item."""

    async def raise_ticket(self, actor: Actor, number: int, item: str, *, category: str = "", priority: str = "",
                           text: str = "") -> Answered:
        """Opens a ticket with item, evidence and run in it, or joins the open one about the same item.

        An item that nobody has answered fails by that, with all consequences; any other keeps its answer.

        Raises:
            NotNow: it is signed or over, or the item has such a ticket already; or nothing here has tickets.
            UsageError: there is no such priority, or no ticket can be opened as things are configured.
        """
        require(actor, Role.OPERATOR, "open tickets")
        words = worded(text, "The text", MOST_TEXT, empty=True)
        async with self._change(actor, number, "ticket", "answer this checklist") as work:
            step = work.step(item)._replace(proposal=await store.proposal(work.tx, number, item))
            work.open_for_answers()
            on_fail = work.template.on_fail_of(step.item)
            if not step.shown:
                raise NotNow(f"`{limited(step.item.title, 60)}` is not asked as things stand: {step.item.when}.", "")
            answer, followed = step.answer, None
            if answer is None:
                await work.begin()
                answer = await work.answer(item, verdict=Verdict.FAILED, given=Given.CONSOLE, note=words)
                followed = await self._besides(work, step, answer, on_fail)
            ticket, joined = await self._ticket(work, step, answer, category or on_fail.category,
                                                priority or on_fail.priority, words)
            return Answered(answer, work.shape(), ticket, joined, climbing(work.events).get(item, ""), followed)

    async def escalate(self, actor: Actor, number: int, item: str, ladder: str = "") -> str:
        """Starts a ladder of `notify`; returns its name.

        Raises:
            NotNow: it is signed or over; or the item has not failed.
            UsageError: neither the template nor the caller names a ladder.
        """
        async with self._change(actor, number, "escalate", "answer this checklist") as work:
            step = work.step(item)._replace(proposal=await store.proposal(work.tx, number, item))
            work.open_for_answers()
            if step.answer is None or step.verdict is not Verdict.FAILED:
                raise NotNow(f"`{limited(step.item.title, 60)}` has not failed, so nobody is called.",
                             "Answer that it failed first.")
            on_fail = work.template.on_fail_of(step.item)
            name = worded(ladder or on_fail.escalate, "The name of a ladder", 80)
            running = climbing(work.events).get(item)
            if running is not None:
                raise NotNow(f"The ladder `{limited(running, 40)}` runs because of this item already.", "")
            await self._climb(work, step, step.answer, name, on_fail.severity)
            return name

    async def follow(self, actor: Actor, number: int, item: str, slug: str = "") -> Run:
        """Starts another checklist because of an item; gives back its run, or the one that goes on already.

        Raises:
            NoRun: there is no such checklist.
            UsageError: neither the template nor the caller names one.
        """
        async with self._change(actor, number, "follow", "answer this checklist") as work:
            step = work.step(item)
            work.going("followed")
            name = worded(slug or work.template.on_fail_of(step.item).run, "The name of a checklist", 80)
            return await self._follow(work, item, name)

    async def _answered(self, work: Work, step: Step, said: dict[str, Any]) -> Answered:
        """Adds an answer, with all that the template wants of it."""
        item = step.item.id
        # What the machine decides begins no run: one that nobody walks through is late, and missed in the end.
        if work.actor is not None:
            await work.begin()
        failed = said["verdict"] is Verdict.FAILED
        again = step.answer is not None and step.answer.verdict is Verdict.FAILED
        if failed and again and step.answer is not None:
            said = {**said, "ticket": step.answer.ticket}
        answer = await self._failed(work, step, said) if failed and not again else None
        if answer is not None:
            return answer
        made = await work.answer(item, **said)
        work.tell(item=item, answer=made.id, verdict=made.verdict.value, note=made.note)
        await self._calm(work, made)
        return Answered(made, work.shape())

    async def _failed(self, work: Work, step: Step, said: dict[str, Any]) -> Answered:
        """Adds the answer that an item failed, which it had not before: ticket, ladder, another checklist."""
        item = step.item.id
        on_fail = work.template.on_fail_of(step.item)
        ticket, joined = None, False
        if on_fail.ticket:
            draft = _draft(work, item, said)
            ticket, joined = await self._ticket_if_can(work, step, draft, on_fail)
        made = await work.answer(item, **said, **({"ticket": ticket.number} if ticket is not None else {}))
        work.tell(item=item, answer=made.id, verdict=made.verdict.value, note=made.note)
        followed = await self._besides(work, step, made, on_fail)
        return Answered(made, work.shape(), ticket, joined, on_fail.escalate, followed)

    async def _besides(self, work: Work, step: Step, answer: Answer, on_fail: OnFail) -> Run | None:
        """What a failure has for consequences besides a ticket: a ladder, another checklist."""
        if on_fail.escalate and step.item.id not in climbing(work.events):
            await self._climb(work, step, answer, on_fail.escalate, on_fail.severity)
        return await self._follow_if_can(work, step.item.id, on_fail.run) if on_fail.run else None

    async def _ticket_if_can(self, work: Work, step: Step, answer: Answer, on_fail: OnFail
                             ) -> tuple[Ticket | None, bool]:
        """The ticket that the template wants; none where there can be none: the answer counts all the same."""
        if self._tickets is None:
            return None, False
        try:
            return await self._ticket(work, step, answer, on_fail.category, on_fail.priority, "")
        except UsageError as problem:
            LOG.warning("no ticket was opened for `%s` of checklist run %s: %s", step.item.id, work.run.id, problem)
            return None, False

    async def _ticket(self, work: Work, step: Step, answer: Answer | None, category: str, priority: str, words: str
                      ) -> tuple[Ticket, bool]:
        if self._tickets is None:
            raise NotNow("There are no tickets here.", "")
        from opsconsole.tickets.model import Priority  # noqa: PLC0415 - only where something failed

        if priority and priority not in set(Priority):
            raise UsageError(f"There is no priority `{limited(priority, 20)}`.", "It is urgent, high, medium or low.")
        run, item = work.run, step.item.id
        about = await store.tickets_about(work.tx, run.slug, item)
        if any(one.kind is EventKind.TICKET and one.data.get("item") == item and one.data.get("ticket") in about[:1]
               for one in work.events) and about and await self._is_open(work, about[0]):
            raise NotNow(f"Ticket #{about[0]} is about this item of this run already.", "")
        ticket, joined = await self._tickets.from_checklist(
            work.tx, about, run.id, failure_title(run, step.item), failure_text(run, step, answer, words),
            actor=work.actor, category=category, priority=Priority(priority) if priority else None)
        await store.add_ticket(work.tx, ticket.number, run.slug, item, run.id)
        await work.event(EventKind.TICKET, data={"item": item, "ticket": ticket.number, "joined": joined})
        work.tell(item=item, ticket=ticket.number)
        return ticket, joined

    async def _is_open(self, work: Work, number: int) -> bool:
        from opsconsole.tickets.store import open_among  # noqa: PLC0415 - only where something failed

        return number in await open_among(work.tx, [number])

    async def _climb(self, work: Work, step: Step, answer: Answer, ladder: str, severity: str) -> None:
        """Tells the first step of a ladder; it climbs until somebody has taken it."""
        from opsconsole.notify import service as outbox  # noqa: PLC0415 - only where something failed
        from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415 - as above

        run = work.run
        await outbox.put(work.tx, Notice(
            NoticeKind.FIRING, thread_of(run.id, step.item.id), Severity(severity), failure_title(run, step.item),
            failure_text(run, step, answer), work.now, _CATEGORY, ladder))
        await work.event(EventKind.ESCALATED, data={"item": step.item.id, "ladder": ladder, "severity": severity})
        work.tell(item=step.item.id, ladder=ladder)

    async def _calm(self, work: Work, answer: Answer) -> None:
        """Ends the ladder of an item that does not fail any more."""
        if answer.verdict is not Verdict.FAILED and answer.item in climbing(work.events):
            await self._end_ladder(work, answer.item, answer.verdict.value)

    async def _end_ladders(self, work: Work, why: str) -> None:
        """Ends all ladders of a run, which has ended."""
        for item in climbing(work.events):
            await self._end_ladder(work, item, why)

    async def _end_ladder(self, work: Work, item: str, why: str) -> None:
        from opsconsole.notify import service as outbox  # noqa: PLC0415 - only where something failed
        from opsconsole.notify.model import Notice, NoticeKind, Severity  # noqa: PLC0415 - as above

        run = work.run
        started = next(one for one in reversed(work.events)
                       if one.kind is EventKind.ESCALATED and one.data.get("item") == item)
        step = work.walk().step(item)
        title = failure_title(run, step.item) if step is not None else limited(run.title, 80)
        await outbox.put(work.tx, Notice(
            NoticeKind.RESOLVED, thread_of(run.id, item), Severity(str(started.data.get("severity", "critical"))),
            title, why, work.now, _CATEGORY, str(started.data.get("ladder", ""))))
        await work.event(EventKind.ESCALATED, why, {"item": item, "ladder": started.data.get("ladder", ""),
                                                    "over": True})

    async def _follow_if_can(self, work: Work, item: str, slug: str) -> Run | None:
        """Another checklist, where it can be started: the answer counts all the same."""
        try:
            return await self._follow(work, item, slug, check=False)
        except UsageError as problem:
            LOG.warning("`%s` was not started for `%s` of checklist run %s: %s", slug, item, work.run.id, problem)
            return None

    async def _follow(self, work: Work, item: str, slug: str, *, check: bool = True) -> Run:
        run = await self._started(work.tx, work.actor, slug, because={"run": work.run.id, "item": item},
                                  check=check)
        await work.event(EventKind.FOLLOWED, data={"item": item, "run": run.id, "slug": slug})
        work.tell(item=item, followed=run.id)
        return run


def climbing(events: Iterable[Event]) -> dict[str, str]:
    """The items of a run whose ladders run, with their ladders."""
    running: dict[str, str] = {}
    for event in events:
        if event.kind is EventKind.ESCALATED and (item := event.data.get("item")):
            running.pop(str(item), None)
            if not event.data.get("over"):
                running[str(item)] = str(event.data.get("ladder", ""))
    return running


def _draft(work: Work, item: str, said: dict[str, Any]) -> Answer:
    """An answer that is about to be given, for whoever describes it."""
    from opsconsole.checklists.model import Answer  # noqa: PLC0415 - a type else

    return Answer(0, work.run.id, item, work.now, work.name, **said)
