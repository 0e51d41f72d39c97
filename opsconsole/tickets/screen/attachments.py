"""Files of a ticket: shown in a pager once nothing in them can act, saved, attached, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.files import ask_file, keep_file, show_file
from opsconsole.core.text import harmless, limited
from opsconsole.tickets import actions
from opsconsole.tickets.screen import doing, settings_of

if TYPE_CHECKING:
    from textual.worker import Worker

    from opsconsole.console.screen import ConsoleScreen
    from opsconsole.console.widgets.lines_view import LinesView
    from opsconsole.core.actions import Action
    from opsconsole.tickets.model import Attachment
    from opsconsole.tickets.screen.case import Case

    Base = ConsoleScreen
else:
    Base = object


class Attaching(Base):
    """The actions for files; the screen that it is part of has the case, and the page with the cursor."""

    case: Case

    @property
    def page(self) -> LinesView:
        """The page."""
        raise NotImplementedError

    @property
    def number(self) -> int:
        """Of the ticket."""
        raise NotImplementedError

    def read_again(self) -> Worker[None]:
        """Read what is new."""
        raise NotImplementedError

    @property
    def file(self) -> Attachment | None:
        """The file under the cursor; where the cursor is on none, the only one that there is."""
        kind, _, id_ = self.page.target.partition(":")
        there = [file for file in self.case.files if file.deleted is None]
        if kind == "file":
            return next((file for file in there if str(file.id) == id_), None)
        return there[0] if len(there) == 1 else None

    def unavailable(self, action: Action) -> str | None:
        """See `ActingScreen.unavailable`."""
        if action.id in (actions.SHOW.id, actions.KEEP.id, actions.DELETE.id) and self.file is None:
            return "Put the cursor on a file first." if self.case.files else "It has no files."
        return super().unavailable(action)

    def action_show(self) -> None:
        """In the pager."""
        self.run_worker(self._show_file(), group="files", exclusive=True)

    async def _show_file(self) -> None:
        if (file := self.file) is not None:
            await show_file(self, file, actions.KEEP.id, settings_of(self.context).attachments.open)

    def action_keep(self) -> None:
        """As a file of this machine."""
        self.run_worker(self._keep_file(), group="files", exclusive=True)

    async def _keep_file(self) -> None:
        if (file := self.file) is not None:
            await keep_file(self, file)

    def action_attach(self) -> None:
        """A file of this machine."""
        self.run_worker(self._attach_file(), group="files", exclusive=True)

    async def _attach_file(self) -> None:
        service = doing.service_or_none(self)
        path = await ask_file(self, f"Attach which file to #{self.number}?")
        if path is None or service is None:
            return
        if await doing.carry_out(self, service.attach(self.context.actor, self.number, path.name, path),
                                 f"{limited(path.name, 60)} is attached to #{self.number}."):
            self.read_again()

    def action_delete(self) -> None:
        """For good; a mark stays."""
        self.run_worker(self._delete(), group="files", exclusive=True)

    async def _delete(self) -> None:
        file, service = self.file, doing.service_or_none(self)
        if file is None or service is None:
            return
        reason = await self.app.push_screen_wait(Ask(
            f"Delete {harmless(limited(file.name, 40))} for good? Then say why:", hint="its name and the reason stay",
            done="delete", check=lambda text: None if text.strip() else "Say why, or go back.",
            glyphs=self.context.glyphs))
        if reason is not None and await doing.carry_out(
                self, service.delete_attachment(self.context.actor, file.id, reason.strip()),
                f"{harmless(limited(file.name, 60))} is deleted."):
            self.read_again()
