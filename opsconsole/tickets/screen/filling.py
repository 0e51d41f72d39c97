"""What the forms of tickets share besides what all forms do: others see that somebody writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole.console import form_screen
from opsconsole.console.form_screen import TextScreen
from opsconsole.tickets.screen.presence import Attendance, attend

if TYPE_CHECKING:
    from opsconsole.console.widgets.form import Form

__all__ = ["FormScreen", "TextScreen"]


class FormScreen(form_screen.FormScreen, inherit_bindings=False):
    """A form of tickets; see `console.form_screen`."""

    FORM_GROUPS: ClassVar[frozenset[str]] = frozenset({"form", "message"})

    def __init__(self) -> None:
        super().__init__()
        self._attendance: Attendance | None = None

    def be_at(self, number: int) -> None:
        """Others see that somebody writes to this ticket."""
        if self._attendance is None:
            self._attendance = attend(self, number)

    async def on_unmount(self) -> None:
        """No more."""
        if self._attendance is not None:
            await self._attendance.leave(self)

    def on_form_edited(self, event: Form.Edited) -> None:
        """Something stands in it."""
        event.stop()
        if self._attendance is not None:
            self._attendance.write(self, any(value.strip() for value in event.form.values.values()))
