"""What the keys of the walk do to the item under the cursor; each answer is one call, and the cursor goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.checklists import actions
from opsconsole.checklists.cases.types import File, Reply
from opsconsole.checklists.errors import Overtaken
from opsconsole.checklists.model import RunState, Verdict
from opsconsole.checklists.present.walk import HANDOVER
from opsconsole.checklists.present.words import answer_text
from opsconsole.checklists.screen import asking, doing
from opsconsole.checklists.template import (
    AutoItem,
    ChoiceItem,
    EvidenceItem,
    NumberItem,
    TableItem,
    TextItem,
    YesNoItem,
)
from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.choose import Choose, Option
from opsconsole.console.page_screen import page_view
from opsconsole.core.errors import OpsError
from opsconsole.core.levels import Level

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from opsconsole.checklists.cases.types import Answered
    from opsconsole.checklists.model import Answer
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action

    Base = ConsoleScreen
else:
    Base = object

_TYPED: Final = (NumberItem, TextItem, ChoiceItem, TableItem)
_OF_ITEM: Final = frozenset(one.id for one in (
    actions.OK, actions.FAIL, actions.SKIP, actions.NOT_APPLICABLE, actions.VALUE, actions.NOTE, actions.TICKET,
    actions.EVIDENCE, actions.UNDO))
_OF_ANY: Final = frozenset({actions.HELP.id, actions.DETAILS.id})


class Answering(Base):
    """The answers; the screen has the run, and the page with the cursor."""

    number: int
    walk: Walk | None

    @property
    def page(self) -> LinesView:
        """The page."""
        raise NotImplementedError

    @property
    def state(self) -> RunState:
        """How the run stands."""
        raise NotImplementedError

    @property
    def step(self) -> Step | None:
        """The item under the cursor."""
        raise NotImplementedError

    @property
    def seconds(self) -> float:
        """How long the cursor has stood there."""
        raise NotImplementedError

    async def read(self) -> None:
        """Read the run again."""
        raise NotImplementedError

    def go_on(self, item: str) -> None:
        """To the next open item."""
        raise NotImplementedError

    # -- what works now -----------------------------------------------------------------------------------------------

    def unanswerable(self, action: Action) -> str | None:
        """Why an action on an item does not work now; None: it does, or it is no such action."""
        step, walk = self.step, self.walk
        if walk is None:
            return None
        if action.id == actions.OK.id and self.page.target == HANDOVER:
            return None
        if action.id in _OF_ANY:
            return None if step is not None else "Put the cursor on an item."
        if action.id not in _OF_ITEM:
            return None
        if step is None:
            return "Put the cursor on an item."
        return self._refused(walk) or self._no_more(action, step)

    def _refused(self, walk: Walk) -> str | None:
        """Why nothing can be answered now by this person."""
        if self.state.ended:
            return f"It is {self.state.value}: nothing can be answered any more."
        if walk.run.signatures:
            return "It is signed; send it back to answer again."
        if self.state is RunState.DEFERRED:
            return doing.PUT_OFF
        if self.context.actor.role < walk.template.who.role:
            return f"To answer needs the role {walk.template.who.role.word}."
        return None

    def _no_more(self, action: Action, step: Step) -> str | None:
        if action.id == actions.UNDO.id and step.answer is None:
            return "Nothing was answered to it."
        if action.id == actions.TICKET.id and step.ticket:
            return f"Ticket #{step.ticket} is about it already."
        if action.id == actions.VALUE.id and not isinstance(step.item, (*_TYPED, AutoItem, YesNoItem)):
            return "It has no value: enter says that it is done."
        return None

    # -- the keys -----------------------------------------------------------------------------------------------------

    def action_ok(self) -> None:
        """It is so: confirm, or enter what is asked for."""
        if self.page.target == HANDOVER:
            self._do(self._acknowledge())
            return
        step = self.step
        if step is None:
            return
        if step.verdict is Verdict.OK:
            # Whoever presses enter once more wants to go on, and not to say it again.
            self.go_on(step.item.id)
        else:
            self._do(self._ok(step))

    async def _ok(self, step: Step) -> None:
        item, proposal = step.item, step.proposal
        if isinstance(item, YesNoItem) and item.expect != "either":
            await self.give(step, Reply(value=item.expect == "yes", seconds=self.seconds))
        elif isinstance(item, (*_TYPED, YesNoItem)):
            await self._enter(step)
        elif proposal is not None and proposal.verdict.answered:
            await self.give(step, Reply(verdict=Verdict.OK, seconds=self.seconds))
        elif isinstance(item, AutoItem):
            await self._enter(step)
        elif isinstance(item, EvidenceItem) and (step.answer is None or not step.answer.evidence):
            await self._evidence(step)
        else:
            await self.give(step, Reply(verdict=Verdict.OK, seconds=self.seconds))

    def action_fail(self) -> None:
        """It failed, or what is proposed is wrong."""
        step = self.step
        if step is None:
            return
        if isinstance(step.item, YesNoItem) and step.item.expect != "either":
            reply = Reply(value=step.item.expect != "yes", seconds=self.seconds)
        else:
            reply = Reply(verdict=Verdict.FAILED, seconds=self.seconds)
        self._do(self.give(step, reply))

    def action_not_applicable(self) -> None:
        """It does not apply."""
        step = self.step
        if step is not None:
            self._do(self.give(step, Reply(verdict=Verdict.NOT_APPLICABLE, seconds=self.seconds)))

    def action_skip(self) -> None:
        """Leave it out."""
        step = self.step
        if step is not None:
            self._do(self._skip(step))

    async def _skip(self, step: Step) -> None:
        seconds = self.seconds
        reason = await doing.ask_reason(self, f"Why is {doing.named(step.item.title)} skipped?", "skip")
        if reason is not None:
            await self.give(step, Reply(verdict=Verdict.SKIPPED, note=reason, seconds=seconds))

    def action_value(self) -> None:
        """Enter or correct its value."""
        step = self.step
        if step is not None:
            self._do(self._enter(step))

    async def _enter(self, step: Step) -> None:
        seconds = self.seconds
        await asking.ask_value(self, step, self.number,
                               lambda value: self.give(step, Reply(value=value, seconds=seconds)))

    def action_note(self) -> None:
        """Write a note."""
        step = self.step
        if step is not None:
            self._do(self._note(step))

    async def _note(self, step: Step) -> None:
        await asking.ask_note(self, step, self.number, lambda note: self.give(step, Reply(note=note), stay=True))

    def action_undo(self) -> None:
        """Take the last answer back."""
        step, service = self.step, doing.service_or_none(self)
        if step is not None and service is not None:
            self._do(self._done(service.take_back(self.context.actor, self.number, step.item.id, base=step.base)))

    def action_evidence(self) -> None:
        """Add a file."""
        step = self.step
        if step is not None:
            self._do(self._evidence(step))

    async def _evidence(self, step: Step) -> None:
        service = doing.service_or_none(self)
        text = await self.app.push_screen_wait(Ask(
            f"Which file is evidence for {doing.named(step.item.title)}?", hint="its path on this machine", done="add",
            check=_no_file, glyphs=self.context.glyphs))
        if text is None or service is None:
            return
        path = _path(text)
        was = step.answer is not None
        if await self._done(service.add_evidence(self.context.actor, self.number, step.item.id,
                                                 [File(path.name, path)], base=step.base)) and not was:
            self.go_on(step.item.id)

    def action_ticket(self) -> None:
        """A ticket about it."""
        step = self.step
        if step is not None:
            self._do(self._ticket(step))

    async def _ticket(self, step: Step) -> None:
        service, walk = doing.service_or_none(self), self.walk
        if service is None or walk is None:
            return

        async def store(category: str, priority: str, text: str) -> bool:
            try:
                done = await service.raise_ticket(self.context.actor, self.number, step.item.id, category=category,
                                                  priority=priority, text=text)
            except OpsError as error:
                self.console.notify_error(error)
                await self.read()
                return False
            self._tell(done)
            await self.read()
            if step.answer is None:
                self.go_on(step.item.id)
            return True

        await asking.ask_ticket(self, step, walk.template.on_fail_of(step.item), self.number, store)

    async def _acknowledge(self) -> None:
        service = doing.service_or_none(self)
        if service is not None and await self._done(service.acknowledge(self.context.actor, self.number)):
            self.go_on("")

    # -- one answer ---------------------------------------------------------------------------------------------------

    async def give(self, step: Step, reply: Reply, *, stay: bool = False, base: int | None = None) -> bool:
        """Answer an item that was seen as `step`; what somebody else said meanwhile is shown first.

        Returns:
            whether it is stored, or not wanted any more.
        """
        service = doing.service_or_none(self)
        if service is None:
            return False
        try:
            done = await service.answer(self.context.actor, self.number, step.item.id, reply,
                                        base=step.base if base is None else base)
        except Overtaken as overtaken:
            return await self._overtaken(step, reply, overtaken, stay=stay)
        except OpsError as error:
            self.console.notify_error(error)
            await self.read()
            return False
        self._tell(done)
        await self.read()
        if not stay:
            self.go_on(step.item.id)
        return True

    async def _overtaken(self, step: Step, reply: Reply, overtaken: Overtaken, *, stay: bool) -> bool:
        """Somebody else was quicker: show what they said, and ask which answer counts where it is another one."""
        theirs, view = overtaken.answer, page_view(self)
        who = doing.named(theirs.actor) or "The machine"
        await self.read()
        if _same(theirs, reply):
            self.console.say(f"{who} has just said the same.")
            self.go_on(step.item.id)
            return True
        said = answer_text(theirs, view)
        options = [Option("theirs", f"that of {who}"[:24], f"{theirs.verdict.value} {said}".strip()),
                   Option("mine", "yours", "both stay visible")]
        chosen = await self.app.push_screen_wait(Choose(
            f"{who} answered {doing.named(step.item.title)} meanwhile. Which answer counts?", options,
            glyphs=self.context.glyphs))
        if chosen == "mine":
            return await self.give(step, reply, stay=stay, base=theirs.id)
        if not stay:
            self.go_on(step.item.id)
        return chosen == "theirs"

    def _tell(self, done: Answered) -> None:
        """What followed from an answer."""
        told = []
        if done.ticket is not None:
            told.append(f"Ticket #{done.ticket.number} {'is joined' if done.joined else 'is open'}.")
        if done.escalated:
            told.append(f"The ladder {doing.named(done.escalated)} was started.")
        if done.followed is not None:
            told.append(f"{doing.named(done.followed.title)} was started.")
        if told:
            self.console.say(" ".join(told), Level.WARNING)

    async def _done(self, work: Awaitable[object]) -> bool:
        done = await doing.carry_out(self, work)
        await self.read()
        return done

    def _do(self, work: Awaitable[object]) -> None:
        async def done() -> None:
            await work

        self.run_worker(done(), group="doing")


def _same(theirs: Answer, reply: Reply) -> bool:
    """Whether two people said the same."""
    if reply.note or theirs.note:
        return False
    if reply.value is not None:
        return theirs.value == reply.value
    return reply.verdict is theirs.verdict


def _no_file(text: str) -> str | None:
    if not text.strip():
        return "Name a file."
    return None if os.path.isfile(_path(text)) else "There is no such file here."  # noqa: PTH113 - never raises


def _path(text: str) -> Path:
    # A `~` is the person's, as a shell reads it; one of nobody stays as it is.
    return Path(os.path.expanduser(text.strip()))  # noqa: PTH111 - as said
