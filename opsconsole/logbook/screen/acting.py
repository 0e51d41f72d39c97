"""What the keys do to an entry: to the one under the cursor of the list, or to the one that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.files import ask_file
from opsconsole.console.page_screen import page_view
from opsconsole.core.errors import OpsError
from opsconsole.core.text import harmless, limited
from opsconsole.logbook import actions
from opsconsole.logbook.model import EntryState
from opsconsole.logbook.present.signing import signing_lines
from opsconsole.logbook.screen.desk import service_or_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.core.actions import Action
    from opsconsole.logbook.service import LogService

    Base = ConsoleScreen
else:
    Base = object

_WRITTEN: Final = frozenset({EntryState.OPEN, EntryState.WAITING})
_NEEDS: Final[dict[str, tuple[frozenset[EntryState], dict[EntryState, str]]]] = {
    actions.EDIT.id: (frozenset({EntryState.OPEN}), {
        EntryState.WAITING: "It is signed by one person; send it back first.",
        EntryState.SIGNED: "It is signed; amend it.", EntryState.DROPPED: "It was dropped."}),
    actions.ATTACH.id: (frozenset({EntryState.OPEN}), {
        EntryState.WAITING: "It is signed by one person; send it back first.",
        EntryState.SIGNED: "It is signed: files are attached before that.", EntryState.DROPPED: "It was dropped."}),
    actions.SIGN.id: (_WRITTEN, {EntryState.SIGNED: "It is signed.", EntryState.DROPPED: "It was dropped."}),
    actions.AMEND.id: (frozenset({EntryState.SIGNED}), {
        EntryState.OPEN: "It is not signed; edit it.", EntryState.WAITING: "It is not signed by all; send it back.",
        EntryState.DROPPED: "It was dropped."}),
    actions.SEND_BACK.id: (frozenset({EntryState.WAITING}), dict.fromkeys(
        EntryState, "It does not wait for a second person.")),
    actions.RESTORE.id: (frozenset({EntryState.DROPPED}), dict.fromkeys(EntryState, "It was not dropped.")),
    actions.DROP.id: (_WRITTEN, {EntryState.SIGNED: "It is signed, and stays.",
                                 EntryState.DROPPED: "It was dropped."})}
"""In which states an action is possible, and why not in others."""


class Acting(Base):
    """The actions of entries; the screen that it is part of knows which entry is meant."""

    @property
    def number(self) -> int:
        """Of the entry; 0: none is chosen."""
        raise NotImplementedError

    @property
    def state(self) -> EntryState | None:
        """How far the entry is; None: nobody knows yet."""
        raise NotImplementedError

    @property
    def next_action(self) -> tuple[int, int, bool] | None:
        """Entry and place of the next action under the cursor, and whether it is done; None: the cursor is on none."""
        raise NotImplementedError

    if TYPE_CHECKING:
        def again(self) -> None:
            """Read everything again; bases of the screen know how."""

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.group != "log" or action.id in (actions.NEW.id, actions.MAINTENANCE.id):
            return super().unavailable(action)
        if action.id == actions.DONE.id:
            return None if self.next_action is not None else "Put the cursor on a next action first."
        if not self.number:
            return "No entry is chosen."
        if action.id in _NEEDS:
            states, why = _NEEDS[action.id]
            if self.state is None:
                return "It is being read; try again in a moment."
            return None if self.state in states else why.get(self.state, "That does not work now.")
        return super().unavailable(action)

    def _do(self, work: Awaitable[bool]) -> None:
        async def done() -> None:
            if await work:
                self.again()

        self.run_worker(done(), group="doing")

    async def _carry_out(self, work: Callable[[LogService], Awaitable[Any]], said: str) -> bool:
        service = service_or_none(self)
        if service is None:
            return False
        try:
            await work(service)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(said)
        return True

    def action_new(self) -> None:
        """A new entry."""
        from opsconsole.logbook.screen.forms import NewScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(NewScreen(self.written))

    def written(self, number: int) -> None:
        """An entry was opened by the form."""
        raise NotImplementedError

    def action_edit(self) -> None:
        """Go on writing it."""
        from opsconsole.logbook.screen.forms import EditScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(EditScreen(self.number))

    def action_amend(self) -> None:
        """Correct what was signed."""
        from opsconsole.logbook.screen.forms import AmendScreen  # noqa: PLC0415 - when it is opened

        self.app.push_screen(AmendScreen(self.number))

    def action_sign(self) -> None:
        """Put a name under it."""
        self._do(self._sign(self.number))

    async def _sign(self, number: int) -> bool:
        service = service_or_none(self)
        if service is None:
            return False
        try:
            entry = await service.entry(number)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        view = page_view(self)._replace(cells=60)
        if not await self.app.push_screen_wait(Confirm(f"Put your name under entry {number}?",
                                                       signing_lines(entry, view), yes="sign",
                                                       glyphs=self.context.glyphs)):
            return False
        try:
            signed = await service.sign(self.context.actor, number)
        except OpsError as error:
            self.console.notify_error(error)
            return False
        self.console.say(f"Entry {number} is signed." if signed.state is EntryState.SIGNED else
                         f"Entry {number} waits for the signature of a second person.")
        return True

    def action_send_back(self) -> None:
        """Not as the second person."""
        number = self.number
        self._do(self._with_reason(
            f"Why is entry {number} sent back?", "send back",
            lambda service, why: service.send_back(self.context.actor, number, why),
            f"Entry {number} can be edited again; it is not signed."))

    def action_drop(self) -> None:
        """Nobody wants it."""
        number = self.number
        self._do(self._with_reason(
            f"Why is entry {number} not wanted?", "drop", lambda service, why: service.drop(
                self.context.actor, number, why), f"Entry {number} is out of sight; is:dropped finds it."))

    def action_restore(self) -> None:
        """It is wanted after all."""
        number = self.number
        self._do(self._carry_out(lambda service: service.restore(self.context.actor, number),
                                 f"Entry {number} is back; it can be edited and signed."))

    async def _with_reason(self, question: str, done: str, work: Callable[[LogService, str], Awaitable[Any]],
                           said: str) -> bool:
        reason = await self.app.push_screen_wait(Ask(
            question, done=done, hint="others will read it", glyphs=self.context.glyphs,
            check=lambda text: None if text.strip() else "Say why, or go back."))
        return reason is not None and await self._carry_out(lambda service: work(service, reason.strip()), said)

    def action_done(self) -> None:
        """The next action is done, or is not."""
        chosen = self.next_action
        if chosen is not None:
            number, place, done = chosen
            self._do(self._carry_out(
                lambda service: service.finish_action(self.context.actor, number, place, done=not done),
                f"Done; it stands in entry {number}." if not done else "It is to be done again."))

    def action_maintenance(self) -> None:
        """Start maintenance, or finish or extend what goes on."""
        from opsconsole.logbook.screen.maintaining import maintain  # noqa: PLC0415 - when it is asked for

        self._do(maintain(self, number=self.number))

    def action_attach(self) -> None:
        """A file of this machine."""
        self._do(self._attach_file(self.number))

    async def _attach_file(self, number: int) -> bool:
        path = await ask_file(self, f"Attach which file to entry {number}?")
        return path is not None and await self._carry_out(
            lambda service: service.attach(self.context.actor, number, path.name, path),
            f"{harmless(limited(path.name, 60))} is attached to entry {number}.")
