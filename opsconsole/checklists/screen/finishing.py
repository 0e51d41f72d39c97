"""What the keys of the walk do to the whole run: sign it, send it back, adopt a new version, put it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.checklists import actions
from opsconsole.checklists.errors import Unfinished
from opsconsole.checklists.model import RunState, Verdict
from opsconsole.checklists.present.signing import change_lines, missing_lines, signing_lines
from opsconsole.checklists.screen import doing
from opsconsole.checklists.walk import handed_over, missing
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.page_screen import page_view
from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.checklists.model import Run
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.actions import Action

    Base = ConsoleScreen
else:
    Base = object


class Finishing(Base):
    """The actions on the run; the screen has it."""

    number: int
    walk: Walk | None

    @property
    def state(self) -> RunState:
        """How the run stands."""
        raise NotImplementedError

    @property
    def step(self) -> Step | None:
        """The item under the cursor."""
        raise NotImplementedError

    async def read(self) -> None:
        """Read the run again."""
        raise NotImplementedError

    def stand_on(self, item: str) -> None:
        """Put the cursor on an item."""
        raise NotImplementedError

    def unfinished(self, action: Action) -> str | None:
        """Why an action on the run does not work now; None: it does, or it is no such action."""
        fine = _FINE.get(action.id)
        return fine(self) if fine is not None and self.walk is not None else None

    # -- signing ------------------------------------------------------------------------------------------------------

    def action_sign(self) -> None:
        """Put a name under it, or see what is missing."""
        self._work(self._sign())

    async def _sign(self) -> None:
        service, walk = doing.service_or_none(self), self.walk
        if service is None or walk is None:
            return
        await self.read()
        walk = self.walk or walk
        if items := missing(walk):
            await self._show_missing(items)
            return
        try:
            draft = await service.draft(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            return
        lines = signing_lines(walk, draft, page_view(self))
        if not await self.app.push_screen_wait(Confirm(f"Sign {doing.named(walk.run.title)} off?", lines, yes="sign",
                                                       glyphs=self.context.glyphs)):
            return
        try:
            run = await service.sign(self.context.actor, self.number)
        except Unfinished as error:
            await self.read()
            await self._show_missing(error.items)
            return
        except OpsError as error:
            self.console.notify_error(error)
            await self.read()
            return
        await self.read()
        self.console.say(f"{doing.named(run.title)} is signed." if run.seal else
                         f"{doing.named(run.title)} is signed by you; a second person signs it too.")

    async def _show_missing(self, items: tuple[str, ...]) -> None:
        walk = self.walk
        if walk is None or not items:
            return
        self.stand_on(items[0])
        count = len(items)
        await self.app.push_screen_wait(Confirm(
            f"{count} item{' keeps' if count == 1 else 's keep'} it from being signed. Go to the first?",
            missing_lines(walk, items, page_view(self)), yes="go there", glyphs=self.context.glyphs))

    def action_send_back(self) -> None:
        """The second person does not sign."""
        self._work(self._reasoned("Why do you not sign it?", "send it back", lambda service, reason: service.send_back(
            self.context.actor, self.number, reason)))

    def action_waive_item(self) -> None:
        """Let an item be."""
        step = self.step
        if step is not None:
            item = step.item
            self._work(self._reasoned(
                f"Why may {doing.named(item.title)} be as it is?", "waive",
                lambda service, reason: service.waive_item(self.context.actor, self.number, item.id, reason)))

    async def _reasoned(self, question: str, done: str, then: Callable[[Any, str], Awaitable[object]]) -> None:
        service = doing.service_or_none(self)
        reason = await doing.ask_reason(self, question, done)
        if reason is not None and service is not None:
            await doing.carry_out(self, then(service, reason))
            await self.read()

    # -- and the rest -------------------------------------------------------------------------------------------------

    def action_acknowledge(self) -> None:
        """What the run before left open is known."""
        service = doing.service_or_none(self)
        if service is not None:
            self._work(self._then(service.acknowledge(self.context.actor, self.number), ""))

    def action_adopt(self) -> None:
        """Go on with the new version of the template."""
        self._work(self._adopt())

    async def _adopt(self) -> None:
        service, walk = doing.service_or_none(self), self.walk
        if service is None or walk is None:
            return
        try:
            changes = await service.changes(self.number)
        except OpsError as error:
            self.console.notify_error(error)
            return
        if await self.app.push_screen_wait(Confirm("Adopt the new version of its template?",
                                                   change_lines(changes, page_view(self)), yes="adopt",
                                                   glyphs=self.context.glyphs)):
            await self._then(service.adopt(self.context.actor, self.number), "The new version is adopted.")

    def action_escalate(self) -> None:
        """Start the ladder of the failed item."""
        step, service = self.step, doing.service_or_none(self)
        if step is not None and service is not None:
            self._work(self._then(service.escalate(self.context.actor, self.number, step.item.id),
                                  "The escalation was started."))

    def action_follow(self) -> None:
        """Start the checklist that the item names."""
        step, service = self.step, doing.service_or_none(self)
        if step is not None and service is not None:
            self._work(self._then(service.follow(self.context.actor, self.number, step.item.id),
                                  "The other checklist was started; it stands in the list."))

    def action_marks(self) -> None:
        """What seemed rubber-stamped was looked at."""
        service = doing.service_or_none(self)
        if service is not None:
            self._work(self._then(service.look_at_marks(self.context.actor, self.number),
                                  "That you have looked at it is recorded."))

    def action_explain(self) -> None:
        """Why it was missed."""
        self._of_run(doing.explain)

    def action_waive(self) -> None:
        """Let it be."""
        self._of_run(doing.waive)

    def action_defer(self) -> None:
        """Put it off, or take it up again."""
        if self.state is RunState.DEFERRED:
            self._of_run(doing.resume)
        elif self.walk is not None:
            self._of_run(_put_off)

    def _of_run(self, what: Callable[[Any, Run], Awaitable[bool]]) -> None:
        if self.walk is not None:
            run = self.walk.run

            async def done() -> None:
                if await what(self, run):
                    await self.read()

            self._work(done())

    async def _then(self, work: Awaitable[object], said: str) -> None:
        await doing.carry_out(self, work, said)
        await self.read()

    def _work(self, work: Awaitable[object]) -> None:
        async def done() -> None:
            await work

        self.run_worker(done(), group="doing")


async def _put_off(screen: Any, run: Run) -> bool:
    return await doing.defer(screen, [run])


def _failed(screen: Finishing) -> str | None:
    step = screen.step
    return None if step is not None and step.verdict is Verdict.FAILED else "Put the cursor on an item that failed."


def _going(screen: Finishing) -> str | None:
    return f"It is {screen.state.value}." if screen.state.ended else None


def _at_work(screen: Finishing) -> str | None:
    return _going(screen) or (doing.PUT_OFF if screen.state is RunState.DEFERRED else None)


_FINE: dict[str, Callable[[Any], str | None]] = {
    actions.SIGN.id: _at_work, actions.WAIVE.id: _going, actions.DEFER.id: _going,
    actions.ESCALATE.id: lambda screen: _at_work(screen) or _failed(screen),
    actions.FOLLOW.id: lambda screen: _going(screen) or _failed(screen),
    actions.ASK.id: _going,
    actions.SEND_BACK.id: lambda screen: (None if screen.state is RunState.WAITING else
                                          "It does not wait for a second person."),
    actions.ADOPT.id: lambda screen: (_at_work(screen) if screen.walk.newer else "Its template is as it was."),
    actions.ACKNOWLEDGE.id: lambda screen: (None if not handed_over(screen.walk) and not screen.state.ended else
                                            "Nothing was handed over that is not acknowledged."),
    actions.WAIVE_ITEM.id: lambda screen: _at_work(screen) or (
        None if screen.step is not None and screen.step.verdict in (Verdict.FAILED, Verdict.OPEN) else
        "Put the cursor on an item that failed or is open."),
    actions.MARKS.id: lambda screen: None if screen.walk.run.marks else "Nothing in it seems rubber-stamped.",
    actions.EXPLAIN.id: lambda screen: (None if screen.state is RunState.MISSED else "It was not missed.")}
"""Why an action does not work now, by its id."""
